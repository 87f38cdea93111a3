//! The end of an account, in Arabic.

use domain::{ErasureBy, Timestamp};

use crate::texts::{Say, Words};

pub(super) fn requested(
    by: ErasureBy,
    (due_at, on_hold_until): (&Timestamp, Option<&Timestamp>),
    can_withdraw: bool,
    say: &Say<'_>,
) -> Words {
    let (Say { name, brand, .. }, until) = (say, say.when(due_at));
    let why = match by {
        ErasureBy::Customer => format!("طلبت منا حذف حسابك لدى {brand} وكل ما فيه."),
        ErasureBy::Administrator => format!("طُلب منا نيابةً عنك حذف حسابك لدى {brand} وكل ما فيه."),
        ErasureBy::Inactivity => format!("لم يُستخدم حسابك لدى {brand} منذ مدة طويلة، ولذلك سنحذفه."),
    };
    Words {
        subject: format!("سيُحذف حسابك لدى {name}"),
        preheader: if can_withdraw {
            format!("يمكنك العدول عن ذلك حتى {until}.")
        } else {
            why.clone()
        },
        headline: "سيُحذف حسابك".into(),
        opening: [why, "لقد أُغلق الحساب بالفعل، وسُجّل خروجك من جميع الأجهزة.".into()]
            .into_iter()
            .chain(on_hold_until.map(|until| kept(until, say)))
            .collect(),
        afterwards: if can_withdraw {
            vec![format!("يمكنك العدول عن ذلك حتى {until}: بالضغط هنا، أو بتسجيل الدخول واختيار ذلك.")]
        } else {
            vec![]
        },
        caution: if can_withdraw {
            "إن لم تكن أنت من طلب ذلك، فيُرجى الضغط على الزر ثم تغيير كلمة المرور، فربما يعرفها شخص آخر.".into()
        } else {
            format!("إن لم تكن أنت من طلب ذلك، فيُرجى التواصل مع {brand} فورًا.")
        },
        reason: format!("وصلتك هذه الرسالة لأنها تتعلق بإنهاء حسابك لدى {brand}."),
    }
}

pub(super) fn on_hold(until: &Timestamp, say: &Say<'_>) -> Words {
    let Say { name, brand, .. } = say;
    Words {
        subject: format!("حذف حسابك لدى {name} مؤجَّل"),
        preheader: kept(until, say),
        headline: "حذف حسابك مؤجَّل".into(),
        opening: vec![format!("حسابك لدى {brand} مغلق وسيُحذف، لكن ذلك مؤجَّل الآن."), kept(until, say)],
        afterwards: vec!["لا حاجة إلى فعل شيء. وما دام الحذف مؤجَّلًا يمكنك العدول عنه بتسجيل الدخول واختيار ذلك.".into()],
        caution:
            "إن لم تكن أنت من طلب ذلك، فيُرجى تسجيل الدخول للإبقاء على حسابك ثم تغيير كلمة المرور، فربما يعرفها شخص آخر."
                .into(),
        reason: format!("وصلتك هذه الرسالة لأنها تتعلق بإنهاء حسابك لدى {brand}."),
    }
}

/// What is said of a legal hold: never why.
fn kept(until: &Timestamp, say: &Say<'_>) -> String {
    format!("لأسباب قانونية علينا الاحتفاظ ببياناتك، وذلك حاليًا حتى {}. وستُحذف بعد ذلك.", say.when(until))
}

pub(super) fn withdrawn(say: &Say<'_>) -> Words {
    let Say { name, brand, .. } = say;
    Words {
        subject: format!("سيبقى حسابك لدى {name}"),
        preheader: "لن يُحذف حسابك.".into(),
        headline: "سيبقى حسابك".into(),
        opening: vec![
            format!("لن يُحذف حسابك لدى {brand}، وكل ما فيه باقٍ كما كان."),
            "يُرجى تسجيل الدخول من جديد على أجهزتك.".into(),
        ],
        afterwards: vec![],
        caution: format!("إن لم يكن لديك علم بذلك، فيُرجى تغيير كلمة المرور والتواصل مع {brand}."),
        reason: format!("وصلتك هذه الرسالة لأنها تتعلق بأمان حسابك لدى {brand}."),
    }
}

pub(super) fn erased(say: &Say<'_>) -> Words {
    let Say { name, brand, .. } = say;
    Words {
        subject: format!("يجري الآن حذف حسابك لدى {name}"),
        preheader: "هذه آخر رسالة نرسلها إليك.".into(),
        headline: "يجري الآن حذف حسابك".into(),
        opening: vec![format!("نحذف الآن حسابك لدى {brand} وكل ما فيه. وهذه آخر رسالة بشأنه.")],
        afterwards: vec!["تبيّن شهادة موقّعة متى تم ذلك، ومتى لا يبقى منه شيء في أي نسخة احتياطية. ستجدها هنا عند اكتمال الحذف؛ يُرجى الاحتفاظ بهذه الرسالة ما دمت قد تحتاج إليها:".into()],
        caution: "يمكنك التسجيل من جديد بهذا العنوان متى شئت، وستكون حينها شخصًا جديدًا بالنسبة إلينا.".into(),
        reason: format!("وصلتك هذه الرسالة لأنها تتعلق بإنهاء حسابك لدى {brand}."),
    }
}

pub(super) fn inactive(until: &Timestamp, on_hold_until: Option<&Timestamp>, say: &Say<'_>) -> Words {
    let (Say { name, brand, .. }, until) = (say, say.when(until));
    Words {
        subject: format!("هل ما زلت بحاجة إلى حسابك لدى {name}؟"),
        preheader: format!("يُرجى تسجيل الدخول قبل {until} للإبقاء عليه."),
        headline: "هل ما زلت بحاجة إلى حسابك؟".into(),
        opening: vec![
            format!("لم يُستخدم حسابك لدى {brand} منذ مدة طويلة، ونحن لا نحتفظ بما لا يحتاج إليه أحد."),
            format!("إن أردت الإبقاء عليه، فيكفي تسجيل الدخول قبل {until}."),
        ],
        afterwards: on_hold_until.map(|until| kept(until, say)).into_iter().collect(),
        caution: "وإن لم تعد بحاجة إليه، فلا حاجة إلى فعل شيء: سنحذفه مع كل ما فيه.".into(),
        reason: format!("وصلتك هذه الرسالة لأن لديك حسابًا لدى {brand}."),
    }
}
