//! Arabic, about an account's safety.

use domain::{Notice, Timestamp};

use crate::texts::{Say, Words};

pub(super) fn words(what: &Notice, until: &Timestamp, say: &Say<'_>) -> Words {
    let Say { name, brand, .. } = say;
    let until = say.when(until);
    let safety = Words {
        subject: String::new(),
        preheader: "إن كنت أنت من فعل ذلك، فلا داعي لفعل أي شيء.".into(),
        headline: String::new(),
        opening: vec![],
        afterwards: vec![format!("وإن لم تكن أنت من فعل ذلك، فيمكنك إنهاء جميع جلسات حسابك هنا، حتى {until}.")],
        caution: "يُرجى بعد ذلك تسجيل الدخول من جديد وتغيير كلمة المرور، فربما يعرفها شخص آخر.".into(),
        reason: format!("وصلتك هذه الرسالة لأنها تتعلق بأمان حسابك لدى {brand}."),
    };
    match what {
        Notice::FactorAdded { .. } => Words {
            subject: format!("أُضيفت طريقة تسجيل دخول جديدة إلى حسابك لدى {name}"),
            headline: "لديك طريقة جديدة لتسجيل الدخول".into(),
            opening: vec![format!(
                "أُضيفت طريقة جديدة لتسجيل الدخول إلى حسابك لدى {brand}. إن كنت أنت من أضافها، فلا داعي لفعل أي شيء."
            )],
            afterwards: vec![format!(
                "وإن لم تكن أنت من أضافها، فيمكنك إزالتها هنا وإنهاء جميع جلسات حسابك معها، حتى {until}."
            )],
            ..safety
        },
        Notice::FactorRemoved { .. } => Words {
            subject: format!("أُزيلت طريقة تسجيل دخول من حسابك لدى {name}"),
            headline: "أُزيلت طريقة لتسجيل الدخول".into(),
            opening: vec![format!(
                "أُزيلت من حسابك لدى {brand} طريقة لتسجيل الدخول. إن كنت أنت من أزالها، فلا داعي لفعل أي شيء."
            )],
            ..safety
        },
        Notice::NewDevice {} => Words {
            subject: format!("تسجيل دخول جديد إلى حسابك لدى {name}"),
            headline: "سجّل شخص ما الدخول من جهاز جديد".into(),
            opening: vec![format!(
                "سجّل شخص ما الدخول إلى حسابك لدى {brand} من جهاز لا نعرفه. إن كنت أنت من فعل ذلك، فلا داعي لفعل أي شيء."
            )],
            ..safety
        },
        Notice::RecoveryCodeUsed { left } => Words {
            subject: format!("استُخدم أحد رموز استرداد حسابك لدى {name}"),
            preheader: "لم يعد هذا الرمز صالحًا.".into(),
            headline: "استُخدم رمز استرداد".into(),
            opening: [
                Some(format!(
                    "سجّل شخص ما الدخول إلى حسابك لدى {brand} بأحد رموز الاسترداد. ولم يعد ذلك الرمز صالحًا."
                )),
                match left {
                    0 => Some(
                        "كان هذا آخر رمز. إن كنت أنت من استخدمه، فيُرجى إنشاء رموز جديدة من حسابك.".into(),
                    ),
                    1..=3 => Some(
                        "بقي عدد قليل من الرموز. إن كنت أنت من استخدم هذا الرمز، فيُرجى إنشاء رموز جديدة من حسابك قريبًا.".into(),
                    ),
                    _ => None,
                },
            ]
            .into_iter()
            .flatten()
            .collect(),
            ..safety
        },
        Notice::RecoveryCodesMade {} => Words {
            subject: format!("أُنشئت رموز استرداد جديدة لحسابك لدى {name}"),
            headline: "لديك رموز استرداد جديدة".into(),
            opening: vec![format!(
                "أُنشئت رموز استرداد جديدة لحسابك لدى {brand}. وهي وحدها الصالحة الآن، أما الرموز السابقة فلم تعد صالحة. إن كنت أنت من أنشأها، فلا داعي لفعل أي شيء."
            )],
            ..safety
        },
        Notice::PasskeyCopied { .. } => Words {
            subject: format!("ربما نُسخ مفتاح مرور لحسابك لدى {name}"),
            preheader: "يمكنك إزالته من هذه الرسالة.".into(),
            headline: "ربما نُسخ أحد مفاتيح المرور".into(),
            opening: vec![format!(
                "استُخدم أحد مفاتيح المرور لحسابك لدى {brand} بطريقة توحي بوجود نسخة منه."
            )],
            afterwards: vec![format!(
                "لحماية حسابك، يمكنك إزالة المفتاح هنا وإنهاء جميع جلسات الحساب معه، حتى {until}."
            )],
            caution: "يُرجى بعد ذلك تسجيل الدخول من جديد وإضافة مفتاح مرور جديد.".into(),
            ..safety
        },
        Notice::SecondFactorRefused {} => Words {
            subject: format!("ربما يعرف شخص ما كلمة مرور حسابك لدى {name}"),
            preheader: "أدخلها شخص ما، لكنه لم يتمكن من الدخول.".into(),
            headline: "ربما يعرف شخص ما كلمة مرورك".into(),
            opening: vec![
                format!(
                    "أدخل شخص ما كلمة المرور الصحيحة لحسابك لدى {brand}، ثم رُفض عدة مرات لأن الإثبات الثاني كان خاطئًا. ولم يدخل أحد إلى حسابك بهذه الطريقة."
                ),
                "إن كنت أنت من فعل ذلك، فلا داعي لفعل أي شيء.".into(),
            ],
            afterwards: vec![format!(
                "وإن لم تكن أنت من فعل ذلك، فيمكنك إبطال كلمة المرور هنا وإنهاء جميع جلسات حسابك معها، حتى {until}."
            )],
            caution: "يُرجى بعد ذلك اختيار كلمة مرور جديدة لا تستخدمها في أي مكان آخر.".into(),
            ..safety
        },
        Notice::RecoveryStarted { ready_at } => Words {
            subject: format!("يريد شخص ما استرداد حسابك لدى {name}"),
            preheader: format!("إن لم تكن أنت من طلب ذلك، فيمكنك رفضه حتى {until}."),
            headline: "يريد شخص ما استرداد حسابك".into(),
            opening: vec![
                format!(
                    "يريد شخص ما، وربما كنت أنت، الدخول إلى حسابك لدى {brand} من دون أي من طرق تسجيل الدخول التي تحميه. وسيكون ذلك ممكنًا ابتداءً من {}.",
                    say.when(ready_at)
                ),
                "إن كنت أنت من طلب ذلك، فيكفي أن تعود في ذلك الوقت.".into(),
            ],
            afterwards: vec![format!("وإن لم تكن أنت من طلب ذلك، فيمكنك رفضه هنا، حتى {until}.")],
            caution: "يُرجى بعد ذلك تغيير كلمة المرور، فربما يعرفها شخص آخر.".into(),
            ..safety
        },
        Notice::RecoveryEnded {} => Words {
            subject: format!("أُوقف استرداد حسابك لدى {name}"),
            preheader: "سجّل شخص ما الدخول بإحدى الطرق التي تحميه.".into(),
            headline: "أُوقف استرداد حسابك".into(),
            opening: vec![
                format!(
                    "سجّل شخص ما، وربما كنت أنت، الدخول إلى حسابك لدى {brand} بإحدى طرق تسجيل الدخول التي تحميه. فهذه الطرق إذن لم تُفقد، ولذلك أُوقف الاسترداد الذي أخبرناك به."
                ),
                "إن كنت أنت من فعل ذلك، فلا داعي لفعل أي شيء.".into(),
            ],
            ..safety
        },
        Notice::Recovered {} => Words {
            subject: format!("جرى استرداد حسابك لدى {name}"),
            preheader: "أُزيلت طرق تسجيل الدخول التي كانت تحميه.".into(),
            headline: "جرى استرداد حسابك".into(),
            opening: vec![
                format!(
                    "دخل شخص ما إلى حسابك لدى {brand} عن طريق الاسترداد الذي أخبرناك به. وأُزيلت طرق تسجيل الدخول التي كانت تحمي الحساب."
                ),
                "إن كنت أنت من فعل ذلك، فيُرجى إضافة طرق جديدة من حسابك.".into(),
            ],
            ..safety
        },
        Notice::ExportRequested {} => Words {
            subject: format!("طُلبت نسخة من بيانات حسابك لدى {name}"),
            headline: "طُلبت نسخة من بياناتك".into(),
            opening: vec![format!("طلب شخص سجّل الدخول إلى حسابك لدى {brand} نسخة من كل ما نحتفظ به عنك. إن كنت أنت من طلب ذلك، فلا حاجة إلى فعل أي شيء.")],
            afterwards: vec![format!("وإن لم تكن أنت من طلب ذلك، فيمكنك هنا إنهاء جميع جلسات حسابك، ولن يمكن بعدها تنزيل النسخة، إلا إذا نُزّلت من قبل. ويمكنك ذلك حتى {until}.")],
            ..safety
        },
        Notice::ExportMade {} => Words {
            subject: format!("أعددنا نسخة من بيانات حسابك لدى {name}"),
            preheader: "إن كنت أنت من طلبها، فلا حاجة إلى فعل أي شيء.".into(),
            headline: "أُعدّت نسخة من بياناتك".into(),
            opening: vec![format!("طلبت منا بياناتك، أو طلبها شخص باسمك، فأعدّت {brand} نسخة من كل ما نحتفظ به عنك لتسليمها. إن كنت أنت من طلب ذلك، فلا حاجة إلى فعل أي شيء.")],
            afterwards: vec![format!("وإن لم تكن أنت من طلب ذلك، فيمكنك هنا إنهاء جميع جلسات حسابك، ولن يمكن بعدها تنزيل النسخة، إلا إذا نُزّلت من قبل. ويمكنك ذلك حتى {until}.")],
            caution: format!("يُرجى بعد ذلك التواصل مع {brand} فورًا."),
            ..safety
        },
    }
}
