//! The end of an account, in German.

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
        ErasureBy::Customer => {
            format!("Sie haben uns gebeten, Ihr Konto bei {brand} mit allem, was dazugehört, zu löschen.")
        }
        ErasureBy::Administrator => {
            format!("Wir wurden in Ihrem Namen gebeten, Ihr Konto bei {brand} mit allem, was dazugehört, zu löschen.")
        }
        ErasureBy::Inactivity => {
            format!("Sie haben Ihr Konto bei {brand} lange nicht genutzt. Deshalb werden wir es löschen.")
        }
    };
    Words {
        subject: format!("Ihr Konto bei {name} wird gelöscht"),
        preheader: if can_withdraw {
            format!("Sie können es sich bis {until} anders überlegen.")
        } else {
            why.clone()
        },
        headline: "Ihr Konto wird gelöscht".into(),
        opening: [why, "Es ist bereits geschlossen, und alle Geräte sind abgemeldet.".into()]
            .into_iter()
            .chain(on_hold_until.map(|until| kept(until, say)))
            .collect(),
        afterwards: if can_withdraw {
            vec![format!(
                "Sie können es sich bis {until} anders überlegen: Klicken Sie hier, oder melden Sie sich an und sagen Sie es dort."
            )]
        } else {
            vec![]
        },
        caution: if can_withdraw {
            "Wenn Sie nicht darum gebeten haben, klicken Sie auf die Schaltfläche und ändern Sie dann Ihr Passwort: Vielleicht kennt es jemand anderes."
                .into()
        } else {
            format!("Wenn Sie nicht darum gebeten haben, wenden Sie sich bitte sofort an {brand}.")
        },
        reason: format!("Sie erhalten diese E-Mail, weil es um das Ende Ihres Kontos bei {brand} geht."),
    }
}

pub(super) fn on_hold(until: &Timestamp, say: &Say<'_>) -> Words {
    let Say { name, brand, .. } = say;
    Words {
        subject: format!("Die Löschung Ihres Kontos bei {name} muss warten"),
        preheader: kept(until, say),
        headline: "Die Löschung muss warten".into(),
        opening: vec![
            format!("Ihr Konto bei {brand} ist geschlossen und wird gelöscht, aber das muss warten."),
            kept(until, say),
        ],
        afterwards: vec![
            "Es ist nichts zu tun. Solange es wartet, können Sie es sich anders überlegen: Melden Sie sich an und sagen Sie es dort."
                .into(),
        ],
        caution:
            "Wenn Sie nicht darum gebeten haben, melden Sie sich an, um Ihr Konto zu behalten, und ändern Sie dann Ihr Passwort: Vielleicht kennt es jemand anderes."
                .into(),
        reason: format!("Sie erhalten diese E-Mail, weil es um das Ende Ihres Kontos bei {brand} geht."),
    }
}

/// What is said of a legal hold: never why.
fn kept(until: &Timestamp, say: &Say<'_>) -> String {
    format!(
        "Aus rechtlichen Gründen müssen wir Ihre Daten aufbewahren, nach jetzigem Stand bis {}. Danach werden sie gelöscht.",
        say.when(until)
    )
}

pub(super) fn withdrawn(say: &Say<'_>) -> Words {
    let Say { name, brand, .. } = say;
    Words {
        subject: format!("Ihr Konto bei {name} bleibt bestehen"),
        preheader: "Es wird nicht gelöscht.".into(),
        headline: "Ihr Konto bleibt bestehen".into(),
        opening: vec![
            format!("Ihr Konto bei {brand} wird nicht gelöscht. Alles darin ist, wie es war."),
            "Bitte melden Sie sich auf Ihren Geräten neu an.".into(),
        ],
        afterwards: vec![],
        caution: format!("Wenn Sie davon nichts wissen, ändern Sie Ihr Passwort und wenden Sie sich an {brand}."),
        reason: format!("Sie erhalten diese E-Mail, weil es um die Sicherheit Ihres Kontos bei {brand} geht."),
    }
}

pub(super) fn erased(say: &Say<'_>) -> Words {
    let Say { name, brand, .. } = say;
    Words {
        subject: format!("Ihr Konto bei {name} wird jetzt gelöscht"),
        preheader: "Dies ist die letzte E-Mail, die wir Ihnen senden.".into(),
        headline: "Ihr Konto wird jetzt gelöscht".into(),
        opening: vec![format!(
            "Wir löschen jetzt Ihr Konto bei {brand} mit allem, was dazugehört. Dies ist die letzte E-Mail dazu."
        )],
        afterwards: vec!["Eine signierte Bescheinigung sagt, wann das geschehen ist und ab wann auch keine Sicherung mehr etwas davon enthält. Sobald es so weit ist, finden Sie sie hier; bewahren Sie diese E-Mail auf, solange Sie sie brauchen könnten:".into()],
        caution: "Sie können sich mit dieser Adresse jederzeit neu registrieren. Für uns sind Sie dann jemand Neues."
            .into(),
        reason: format!("Sie erhalten diese E-Mail, weil es um das Ende Ihres Kontos bei {brand} geht."),
    }
}

pub(super) fn inactive(until: &Timestamp, on_hold_until: Option<&Timestamp>, say: &Say<'_>) -> Words {
    let (Say { name, brand, .. }, until) = (say, say.when(until));
    Words {
        subject: format!("Brauchen Sie Ihr Konto bei {name} noch?"),
        preheader: format!("Melden Sie sich vor dem {until} an, um es zu behalten."),
        headline: "Brauchen Sie Ihr Konto noch?".into(),
        opening: vec![
            format!("Sie haben Ihr Konto bei {brand} lange nicht genutzt. Wir heben nichts auf, was niemand braucht."),
            format!("Wenn Sie es behalten möchten, melden Sie sich einfach vor dem {until} an."),
        ],
        afterwards: on_hold_until.map(|until| kept(until, say)).into_iter().collect(),
        caution:
            "Wenn Sie es nicht mehr brauchen, ist nichts zu tun: Wir werden es mit allem, was dazugehört, löschen."
                .into(),
        reason: format!("Sie erhalten diese E-Mail, weil Sie ein Konto bei {brand} haben."),
    }
}
