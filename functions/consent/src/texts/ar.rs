//! Modern Standard Arabic. Requests are polite and name no gender: «يُرجى» and a verbal noun.

use pages::{Prompt, Words};

use super::{Language, Page};

pub(super) static LANGUAGE: Language = Language {
    confirm: Prompt {
        password: None,
        button: "نعم، أوافق",
        caution: "إن لم توافق على شيء، فيكفي إغلاق هذه الصفحة: لم يحدث شيء ولن يحدث.",
    },
    unsubscribe: Prompt {
        password: None,
        button: "إلغاء الاشتراك",
        caution: "إن أردت الاستمرار في تلقي هذه الرسائل، فيكفي إغلاق هذه الصفحة: لم يحدث شيء.",
    },
    words,
};

fn words(page: Page, brand: &str, about: &str) -> Words {
    match page {
        Page::Confirm => Words::new(
            "يُرجى تأكيد اختيارك",
            [
                &format!("وافقت لدى {brand} على: {about}."),
                "تسري موافقتك عند الضغط على الزر. ويمكنك تغيير رأيك في حسابك في أي وقت.",
            ],
        ),
        Page::Confirmed => Words::new(
            "شكرًا، تم التأكيد",
            [&format!("يمكنك تغيير رأيك في حسابك لدى {brand} في أي وقت."), "يمكنك إغلاق هذه الصفحة."],
        ),
        Page::ConfirmOver => Words::new(
            "لم يعد هذا الرابط صالحًا",
            [
                "سبق استخدامه، أو انتهت أيامه السبعة، أو غيّرت قرارك بعد ذلك.",
                &format!("يمكنك الاطلاع على ما وافقت عليه وتغييره في حسابك لدى {brand}."),
            ],
        ),
        Page::ConfirmBroken => Words::new(
            "هذا الرابط غير مكتمل",
            [
                "يُرجى فتحه من رسالة البريد مرة أخرى، أو نسخه كاملًا إلى شريط العنوان.",
                &format!("ويمكنك أيضًا الاطلاع على ما وافقت عليه وتغييره في حسابك لدى {brand}."),
            ],
        ),
        Page::Unsubscribe => Words::new(
            "هل تريد إلغاء الاشتراك؟",
            [&format!("يُرجى الضغط على الزر، ولن يرسل إليك {brand} المزيد من هذا."), about],
        ),
        Page::Unsubscribed => Words::new(
            "أُلغي اشتراكك",
            [
                &format!("لن يرسل إليك {brand} المزيد من هذا. وقد تصل رسالة كانت في طريقها إليك."),
                "يمكنك إغلاق هذه الصفحة.",
            ],
        ),
        Page::UnsubscribeBroken => Words::new(
            "هذا الرابط غير مكتمل",
            [
                "يُرجى فتحه من رسالة البريد مرة أخرى، أو نسخه كاملًا إلى شريط العنوان.",
                &format!("ويمكنك أيضًا إلغاء الاشتراك في حسابك لدى {brand}."),
            ],
        ),
    }
}
