//! Arabic.

use super::Texts;

pub(super) const TEXTS: Texts = Texts {
    consent_title: |app| format!("هل تسمح لـ {app}؟"),
    consent_lead: |app, brand| format!("{app} تطبيق لجهة أخرى، ويطلب من {brand} ما يلي:"),
    consent_host: |host| format!("عنوانه {host}. وهو يختار اسمه بنفسه: لا تسمح له إلا إذا كنت تعرف هذا العنوان."),
    consent_back: |host| format!("ثم تُنقل إلى {host}."),
    consent_back_here: "ثم تُنقل إلى برنامج على هذا الجهاز.",
    consent_hint: "يمكنك سحب هذا الإذن في أي وقت من حسابك.",
    allow: "أسمح",
    deny: "لا أسمح",
    policy: "سياسة خصوصية التطبيق",
    terms: "شروط التطبيق",
    form_post_title: "العودة إلى التطبيق",
    go_on: "متابعة",
    over: [
        "انتهى تسجيل الدخول هذا",
        "استغرق وقتًا طويلًا، أو اكتمل من قبل، أو بدأ في متصفح آخر. عد إلى التطبيق وابدأ من جديد.",
    ],
    wrong: ["تعذّر تسجيل الدخول هذا", "أرسل التطبيق شيئًا لا يمكن استعماله. ليس بيدك شيء؛ وسيهم أصحابه أن يعرفوا هذا:"],
};
