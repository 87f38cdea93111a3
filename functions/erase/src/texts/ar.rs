//! Modern Standard Arabic. Requests are polite and name no gender: «يُرجى» and a verbal noun.

use domain::{Locale, when};
use pages::{Prompt, Words};

use super::{Language, Page};

pub(super) static LANGUAGE: Language = Language {
    prompt: Prompt {
        password: None,
        button: "الإبقاء على حسابي",
        caution: "إن كنت تريد حذفه، فيكفي إغلاق هذه الصفحة: سيُحذف.",
    },
    words,
};

fn words(page: Page, brand: &str) -> Words {
    match page {
        Page::Withdraw { on_hold_until } => Words::new(
            "هل تريد الإبقاء على حسابك؟",
            [
                &format!("حسابك لدى {brand} مغلق وسيُحذف. بالضغط على الزر يبقى كما كان."),
                "وبعد ذلك يُرجى تسجيل الدخول كالمعتاد.",
            ],
        )
        .and(on_hold_until.map(|until| {
            format!("لأسباب قانونية علينا الاحتفاظ ببياناتك، وذلك حاليًا حتى {}. وستُحذف بعد ذلك.", when(Locale::Ar, until))
        })),
        Page::Withdrawn => Words::new(
            "سيبقى حسابك",
            [
                &format!("لن يُحذف شيء من حسابك لدى {brand}. يُرجى الآن تسجيل الدخول كالمعتاد."),
                "وإن كان شخص آخر هو من طلب ذلك، فيُرجى تغيير كلمة المرور، فربما يعرفها.",
            ],
        ),
        Page::Over => Words::new(
            "لم يعد هذا الرابط صالحًا",
            [
                &format!("سبق استخدامه، أو فات الأوان: حسابك لدى {brand} قيد الحذف أو حُذف بالفعل."),
                "وإن لم يكن كذلك، فيُرجى تسجيل الدخول كالمعتاد: يمكنك هناك اختيار الإبقاء عليه.",
            ],
        ),
        Page::Broken => Words::new(
            "هذا الرابط غير مكتمل",
            [
                &format!(
                    "إن لم ينجح فتحه مرة أخرى، فيُرجى تسجيل الدخول إلى {brand} كالمعتاد: يمكنك هناك اختيار الإبقاء على حسابك."
                ),
                "يُرجى فتحه من رسالة البريد، أو نسخه كاملًا إلى شريط العنوان.",
            ],
        ),
    }
}
