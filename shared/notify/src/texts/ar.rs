//! Modern Standard Arabic. Requests are polite and name no gender: «يُرجى» and a verbal noun.

mod erasure;
mod notices;

use domain::{DsarKind, EndReason, Message, Method};

use super::{Labels, Language, Say, Words};

pub(super) static LANGUAGE: Language = Language {
    labels: Labels {
        colon: ":",
        code: "رمزك",
        verify: "تأكيد العنوان",
        undo: "التراجع عن التغيير",
        sign_in: "تسجيل الدخول",
        reset: "اختيار كلمة مرور جديدة",
        not_me: "لم أكن أنا",
        refuse: "رفض",
        agree: "نعم، أوافق",
        keep: "الإبقاء على حسابي",
        certificate: "الشهادة",
        erased_from: "موعد الحذف",
        on_hold_until: "مؤجَّل حتى",
        address: "إن لم يعمل الزر، يمكن فتح هذا العنوان:",
        when: "الوقت",
        device: "الجهاز",
        place: "المكان",
        new_address: "العنوان الجديد",
        method: "الطريقة",
        called: "الاسم",
        left: "الرموز المتبقية",
        purpose: "الغرض",
        request: "الطلب",
        asked: "المطلوب",
        due: "الموعد الأخير",
        help: "هل تحتاج إلى مساعدة؟",
    },
    method,
    asked,
    words,
    sms: |code, brand| format!("{code} هو رمزك لدى {brand}. لا تشاركه مع أحد."),
    sms_recovery: |brand| {
        format!(
            "{brand}: يريد شخص ما دخول حسابك من دون طرق تسجيل الدخول. إن لم تكن أنت، فارفض ذلك بالرابط في رسالتنا الإلكترونية."
        )
    },
    sms_recovered: |brand| {
        format!("{brand}: تم دخول حسابك من دون طرق تسجيل الدخول. إن لم تكن أنت، فاستخدم الرابط في رسالتنا الإلكترونية.")
    },
};

fn method(method: Method) -> &'static str {
    match method {
        Method::Passkey => "مفتاح مرور",
        Method::Totp => "تطبيق مصادقة",
        Method::Sms => "رمز برسالة نصية",
        Method::Email => "رمز بالبريد الإلكتروني",
        Method::RecoveryCode => "رمز استرداد",
        Method::Password => "كلمة مرور",
        Method::DelayedRecovery => "استرداد بعد مهلة",
    }
}

fn asked(kind: DsarKind) -> &'static str {
    match kind {
        DsarKind::Access => "نسخة من البيانات",
        DsarKind::Portability => "بيانات لمقدّم خدمة آخر",
        DsarKind::Erasure => "الحذف",
        DsarKind::Rectification => "التصحيح",
        DsarKind::Objection => "الاعتراض",
        DsarKind::Restriction => "التقييد",
    }
}

fn words(message: &Message, say: &Say<'_>) -> Words {
    let Say { name, brand, .. } = say;
    match message {
        Message::Registration { expires_at, .. } => {
            let until = say.when(expires_at);
            Words {
                subject: format!("تأكيد عنوان بريدك الإلكتروني لدى {name}"),
                preheader: format!("رمز التأكيد في هذه الرسالة، وهو صالح حتى {until}."),
                headline: "تأكيد عنوان بريدك الإلكتروني".into(),
                opening: vec![format!(
                    "مرحبًا بك في {brand}! يُرجى إدخال هذا الرمز حيث بدأت التسجيل، لتأكيد أن هذا العنوان يخصّك."
                )],
                afterwards: vec![
                    format!("الرمز صالح لمرة واحدة، حتى {until}."),
                    "ويمكن أيضًا تأكيد العنوان هنا، من أي جهاز:".into(),
                ],
                caution: format!(
                    "لا تشارك هذا الرمز مع أحد، فلن يطلبه منك أي شخص من {brand} أبدًا. وإن لم تكن أنت من بدأ التسجيل، فلا داعي لفعل أي شيء: لن يُنشأ أي حساب من دون الرمز."
                ),
                reason: format!("وصلتك هذه الرسالة لأن هذا العنوان استُخدم للتسجيل لدى {brand}."),
            }
        }
        Message::AlreadyRegistered {} => Words {
            subject: format!("لديك حساب بالفعل لدى {name}"),
            preheader: "يمكنك تسجيل الدخول كالمعتاد.".into(),
            headline: "لديك حساب بالفعل".into(),
            opening: vec![
                format!(
                    "حاول شخص ما، وربما كنت أنت، التسجيل لدى {brand} بهذا العنوان. ولأن لهذا العنوان حسابًا بالفعل، لم نُنشئ حسابًا آخر."
                ),
                "يمكنك تسجيل الدخول كالمعتاد.".into(),
            ],
            afterwards: vec![],
            caution: "إن لم تكن أنت من حاول ذلك، فلا داعي لفعل أي شيء: لم يدخل أحد إلى حسابك، ولم يتغيّر فيه شيء.".into(),
            reason: format!("وصلتك هذه الرسالة لأن هذا العنوان استُخدم لمحاولة تسجيل لدى {brand}."),
        },
        Message::EmailChange { expires_at, .. } => {
            let until = say.when(expires_at);
            Words {
                subject: format!("تأكيد عنوان بريدك الإلكتروني الجديد لدى {name}"),
                preheader: format!("رمز التأكيد في هذه الرسالة، وهو صالح حتى {until}."),
                headline: "تأكيد عنوان بريدك الإلكتروني الجديد".into(),
                opening: vec![format!("يُرجى إدخال هذا الرمز لاستخدام هذا العنوان في حسابك لدى {brand}.")],
                afterwards: vec![format!(
                    "الرمز صالح لمرة واحدة، حتى {until}. وإلى أن يُدخَل الرمز، يبقى عنوان حسابك الحالي كما هو."
                )],
                caution: format!(
                    "لا تشارك هذا الرمز مع أحد، فلن يطلبه منك أي شخص من {brand} أبدًا. وإن لم تكن أنت من طلب هذا التغيير، فلا داعي لفعل أي شيء: لن يتغيّر شيء من دون الرمز."
                ),
                reason: format!("وصلتك هذه الرسالة لأن شخصًا ما طلب استخدام هذا العنوان في حساب لدى {brand}."),
            }
        }
        Message::EmailChanged { undo_until, .. } => {
            let until = say.when(undo_until);
            Words {
                subject: format!("تغيّر عنوان البريد الإلكتروني لحسابك لدى {name}"),
                preheader: format!("إن لم تكن أنت من غيّره، فيمكنك التراجع عن التغيير حتى {until}."),
                headline: "تغيّر عنوان بريدك الإلكتروني".into(),
                opening: vec![format!(
                    "أصبح لحسابك لدى {brand} عنوان بريد إلكتروني آخر. إن كنت أنت من غيّره، فلا داعي لفعل أي شيء."
                )],
                afterwards: vec![format!("وإن لم تكن أنت من غيّره، فيمكنك التراجع عن التغيير هنا، حتى {until}.")],
                caution: "يُرجى بعد ذلك تغيير كلمة المرور، فربما يعرفها شخص آخر.".into(),
                reason: format!("وصلتك هذه الرسالة لأن هذا العنوان كان عنوان حسابك لدى {brand}."),
            }
        }
        Message::SignInCode { expires_at, .. } => {
            let until = say.when(expires_at);
            Words {
                subject: format!("رمز تسجيل الدخول إلى {name}"),
                preheader: format!("الرمز في هذه الرسالة، وهو صالح حتى {until}."),
                headline: "رمز تسجيل الدخول".into(),
                opening: vec![format!("يُرجى إدخال هذا الرمز حيث بدأت تسجيل الدخول إلى {brand}.")],
                afterwards: vec![format!("الرمز صالح لمرة واحدة، حتى {until}.")],
                caution: format!(
                    "لا تشارك هذا الرمز مع أحد، فلن يطلبه منك أي شخص من {brand} أبدًا. وإن لم تكن أنت من أراد تسجيل الدخول، فلا داعي لفعل أي شيء: لن يدخل أحد إلى حسابك من دون الرمز."
                ),
                reason: format!("وصلتك هذه الرسالة لأن شخصًا ما يريد تسجيل الدخول إلى {brand} بهذا العنوان."),
            }
        }
        Message::SignInLink { expires_at, .. } => {
            let until = say.when(expires_at);
            Words {
                subject: format!("رابط تسجيل الدخول إلى {name}"),
                preheader: format!("الرابط صالح حتى {until}."),
                headline: "رابط تسجيل الدخول".into(),
                opening: vec![format!(
                    "يمكنك بهذا الرابط تسجيل الدخول إلى {brand}. يُرجى فتحه في المتصفح الذي طلبته منه."
                )],
                afterwards: vec![format!("الرابط صالح لمرة واحدة، حتى {until}.")],
                caution: "لا تشارك هذا الرابط مع أحد. وإن لم تكن أنت من أراد تسجيل الدخول، فلا داعي لفعل أي شيء: لن يدخل أحد إلى حسابك من دون الرابط.".into(),
                reason: format!("وصلتك هذه الرسالة لأن شخصًا ما يريد تسجيل الدخول إلى {brand} بهذا العنوان."),
            }
        }
        Message::FactorCode { expires_at, .. } => {
            let until = say.when(expires_at);
            Words {
                subject: format!("رمز الأمان لدى {name}"),
                preheader: format!("الرمز في هذه الرسالة، وهو صالح حتى {until}."),
                headline: "رمز الأمان".into(),
                opening: vec![format!("يُرجى إدخال هذا الرمز لتأكيد هويتك لدى {brand}.")],
                afterwards: vec![format!("الرمز صالح لمرة واحدة، حتى {until}.")],
                caution: format!(
                    "لا تشارك هذا الرمز مع أحد، فلن يطلبه منك أي شخص من {brand} أبدًا. وإن لم تكن أنت من طلبه، فيُرجى تغيير كلمة المرور، فربما يعرفها شخص آخر."
                ),
                reason: format!("وصلتك هذه الرسالة لأنها تتعلق بأمان حسابك لدى {brand}."),
            }
        }
        Message::PasswordReset { expires_at, .. } => {
            let until = say.when(expires_at);
            Words {
                subject: format!("كلمة مرور جديدة لحسابك لدى {name}"),
                preheader: format!("الرمز في هذه الرسالة، وهو صالح حتى {until}."),
                headline: "اختيار كلمة مرور جديدة".into(),
                opening: vec![format!(
                    "طلب شخص ما، وربما كنت أنت، كلمة مرور جديدة لحسابك لدى {brand}. يُرجى إدخال هذا الرمز حيث طُلبت كلمة المرور."
                )],
                afterwards: vec![
                    format!("الرمز صالح لمرة واحدة، حتى {until}."),
                    "ويمكن أيضًا اختيار كلمة المرور الجديدة هنا، من أي جهاز:".into(),
                ],
                caution: format!(
                    "لا تشارك هذا الرمز مع أحد، فلن يطلبه منك أي شخص من {brand} أبدًا. وإن لم تكن أنت من طلبه، فلا داعي لفعل أي شيء: لن تتغيّر كلمة مرورك من دون الرمز."
                ),
                reason: format!("وصلتك هذه الرسالة لأن شخصًا ما طلب من {brand} كلمة مرور جديدة بهذا العنوان."),
            }
        }
        Message::NoAccount {} => Words {
            subject: format!("لا يوجد حساب بهذا العنوان لدى {name}"),
            preheader: "ربما استخدمت عنوانًا آخر عند التسجيل.".into(),
            headline: "لا يوجد حساب بهذا العنوان".into(),
            opening: vec![
                format!(
                    "حاول شخص ما، وربما كنت أنت، تسجيل الدخول إلى {brand} أو اختيار كلمة مرور جديدة بهذا العنوان. ولا يوجد حساب به."
                ),
                "ربما استخدمت عنوانًا آخر عند التسجيل، فيمكنك المحاولة به، أو إنشاء حساب بهذا العنوان.".into(),
            ],
            afterwards: vec![],
            caution: "إن لم تكن أنت من حاول ذلك، فلا داعي لفعل أي شيء.".into(),
            reason: format!("وصلتك هذه الرسالة لأن شخصًا ما أدخل هذا العنوان لدى {brand}."),
        },
        Message::ConsentOptIn { expires_at, .. } => {
            let until = say.when(expires_at);
            Words {
                subject: format!("يُرجى تأكيد اختيارك لدى {name}"),
                preheader: format!("لن نرسل شيئًا من دون تأكيدك. يمكنك التأكيد حتى {until}."),
                headline: "يُرجى تأكيد اختيارك".into(),
                opening: vec![format!("وافقت في حسابك لدى {brand} على ما هو مذكور هنا.")],
                afterwards: vec![format!("تسري موافقتك بعد تأكيدها، ويمكنك ذلك حتى {until}.")],
                caution: "إن لم توافق على شيء، فلا داعي لفعل أي شيء: لا تسري الموافقة من دون تأكيدك. ويمكنك تغيير رأيك في حسابك في أي وقت.".into(),
                reason: format!("وصلتك هذه الرسالة لأن هذا هو عنوان حسابك لدى {brand}."),
            }
        }
        Message::PasswordChanged { until, .. } => Words {
            subject: format!("تغيّرت كلمة مرور حسابك لدى {name}"),
            preheader: "إن كنت أنت من غيّرها، فلا داعي لفعل أي شيء.".into(),
            headline: "تغيّرت كلمة مرورك".into(),
            opening: vec![format!(
                "تغيّرت كلمة مرور حسابك لدى {brand}، وأُنهيت جميع جلساتك الأخرى. إن كنت أنت من غيّرها، فلا داعي لفعل أي شيء."
            )],
            afterwards: vec![format!(
                "وإن لم تكن أنت من غيّرها، فيمكنك إنهاء جميع جلسات حسابك هنا، حتى {}.",
                say.when(until)
            )],
            caution: "يُرجى بعد ذلك اختيار كلمة مرور جديدة عن طريق «نسيت كلمة المرور»، فالحالية يعرفها شخص آخر.".into(),
            reason: format!("وصلتك هذه الرسالة لأنها تتعلق بأمان حسابك لدى {brand}."),
        },
        Message::Notice { what, until, .. } => notices::words(what, until, say),
        Message::ErasureRequested { by, due_at, on_hold_until, link, .. } => {
            erasure::requested(*by, (due_at, on_hold_until.as_ref()), link.is_some(), say)
        }
        Message::ErasureOnHold { until } => erasure::on_hold(until, say),
        Message::ErasureWithdrawn { .. } => erasure::withdrawn(say),
        Message::Erased { .. } => erasure::erased(say),
        Message::Inactive { until, on_hold_until } => erasure::inactive(until, on_hold_until.as_ref(), say),
        Message::SessionsEnded { reason: EndReason::RefreshReuse, .. } => Words {
            subject: format!("أنهينا جلسة من جلسات حسابك لدى {name}"),
            preheader: "لحماية حسابك، سجّلنا خروجك من أحد أجهزتك.".into(),
            headline: "أنهينا جلسة لحماية حسابك".into(),
            opening: vec![
                format!(
                    "استُخدم مرتين المفتاح الذي يُبقي أحد أجهزتك متصلًا بحسابك لدى {brand}. وربما نسخه شخص آخر، لذلك أنهينا تلك الجلسة."
                ),
                "يُرجى تسجيل الدخول من جديد على ذلك الجهاز.".into(),
            ],
            afterwards: vec![],
            caution: format!("إن لاحظت في حسابك شيئًا لا تعرفه، فيُرجى تغيير كلمة المرور والتواصل مع {brand}."),
            reason: format!("وصلتك هذه الرسالة لأنها تتعلق بأمان حسابك لدى {brand}."),
        },
        Message::SessionsEnded { reason: EndReason::EmailChangeUndone, .. } => Words {
            subject: format!("أُلغي تغيير عنوان حسابك لدى {name}"),
            preheader: "لحماية حسابك، سجّلنا خروجك من جميع أجهزتك.".into(),
            headline: "أُلغي تغيير العنوان".into(),
            opening: vec![
                format!("عاد إلى حسابك لدى {brand} عنوان بريده الإلكتروني السابق. ولحماية الحساب، أنهينا جميع جلساته."),
                "يُرجى تسجيل الدخول من جديد وتغيير كلمة المرور، فربما يعرفها شخص آخر.".into(),
            ],
            afterwards: vec![],
            caution: format!("إن لم يكن لديك علم بذلك، فيُرجى التواصل مع {brand} فورًا."),
            reason: format!("وصلتك هذه الرسالة لأنها تتعلق بأمان حسابك لدى {brand}."),
        },
        Message::RequestDue { due_at, is_overdue: false, .. } => {
            let due = say.when(due_at);
            Words {
                subject: format!("اقترب موعد الرد على طلب يخص بيانات شخصية لدى {name}"),
                preheader: format!("الموعد الأخير: {due}."),
                headline: "اقترب موعد الرد على طلب".into(),
                opening: vec![format!("ينتظر طلبٌ من أحد عملاء {brand} بشأن بياناته الشخصية ردًّا. الموعد الأخير: {due}.")],
                afterwards: vec![],
                caution: "يُرجى الرد عليه، أو تسجيل سبب الحاجة إلى وقت أطول، ثم إغلاقه بعد إتمامه.".into(),
                reason: format!("وصلتك هذه الرسالة لأن هذا العنوان مسؤول عن حماية البيانات لدى {brand}."),
            }
        }
        Message::RequestDue { due_at, is_overdue: true, .. } => {
            let due = say.when(due_at);
            Words {
                subject: format!("تأخر الرد على طلب يخص بيانات شخصية لدى {name}"),
                preheader: format!("كان الموعد الأخير: {due}."),
                headline: "تأخر الرد على طلب".into(),
                opening: vec![format!(
                    "لا يزال طلبٌ من أحد عملاء {brand} بشأن بياناته الشخصية مفتوحًا، وكان موعده الأخير: {due}."
                )],
                afterwards: vec![],
                caution: "يُرجى الرد عليه، أو تسجيل سبب الحاجة إلى وقت أطول، ثم إغلاقه بعد إتمامه.".into(),
                reason: format!("وصلتك هذه الرسالة لأن هذا العنوان مسؤول عن حماية البيانات لدى {brand}."),
            }
        }
    }
}
