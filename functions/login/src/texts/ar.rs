//! Modern Standard Arabic. Requests are polite and name no gender.

use super::Texts;

pub(super) static TEXTS: Texts = Texts {
    title: "تسجيل الدخول",
    lead: |app, brand| format!("يطلب {app} تسجيل الدخول إلى حسابك لدى {brand}."),
    email: "عنوان البريد الإلكتروني",
    password: "كلمة المرور",
    submit: "تسجيل الدخول والمتابعة",
    cancel: "ليس الآن، العودة إلى التطبيق",
    wrong: "العنوان وكلمة المرور لا يتطابقان. يُرجى التحقّق منهما والمحاولة من جديد.",
    no_address: "هذا ليس عنوان بريد إلكتروني. يُرجى التحقّق منه.",
    no_password: "لا تُطلب هنا كلمة مرور، ولا يمكن لهذه الصفحة أن تطلب شيئًا آخر بعد. يُرجى تسجيل الدخول من التطبيق نفسه أو الرجوع.",
};
