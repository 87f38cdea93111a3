//! German, with the polite „Sie“.

use domain::{EndReason, Message};

use super::{Labels, Language, Say, Words};
use crate::when::Moment;

pub(super) static LANGUAGE: Language = Language {
    labels: Labels {
        colon: ":",
        code: "Ihr Code",
        verify: "Adresse bestätigen",
        undo: "Änderung rückgängig machen",
        address: "Wenn die Schaltfläche nicht funktioniert, öffnen Sie diese Adresse:",
        when: "Zeitpunkt",
        device: "Gerät",
        place: "Ort",
        new_address: "Neue Adresse",
        help: "Brauchen Sie Hilfe?",
    },
    when,
    words,
    sms: |code, brand| format!("{code} ist Ihr Code für {brand}. Geben Sie ihn niemandem weiter."),
};

const MONTHS: [&str; 12] = [
    "Januar",
    "Februar",
    "März",
    "April",
    "Mai",
    "Juni",
    "Juli",
    "August",
    "September",
    "Oktober",
    "November",
    "Dezember",
];

fn when(at: &Moment) -> String {
    format!("{}. {} {}, {} Uhr (UTC)", at.day, at.month(&MONTHS), at.year, at.clock)
}

fn words(message: &Message, say: &Say<'_>) -> Words {
    let Say { name, brand, .. } = say;
    match message {
        Message::Registration { expires_at, .. } => {
            let until = say.when(expires_at);
            Words {
                subject: format!("Bestätigen Sie Ihre E-Mail-Adresse für {name}"),
                preheader: format!("Ihr Code steht in dieser E-Mail. Er gilt bis {until}."),
                headline: "Bestätigen Sie Ihre E-Mail-Adresse".into(),
                opening: vec![format!(
                    "Willkommen bei {brand}! Geben Sie diesen Code dort ein, wo Sie sich registriert haben. So bestätigen Sie, dass diese Adresse Ihnen gehört."
                )],
                afterwards: vec![
                    format!("Der Code gilt einmal, bis {until}."),
                    "Sie können Ihre Adresse auch hier bestätigen, auf jedem Gerät:".into(),
                ],
                caution: format!(
                    "Geben Sie diesen Code niemandem weiter; auch {brand} wird Sie nie danach fragen. Wenn Sie sich nicht registriert haben, müssen Sie nichts tun: Ohne den Code entsteht kein Konto."
                ),
                reason: format!(
                    "Sie erhalten diese E-Mail, weil sich jemand mit dieser Adresse bei {brand} registriert hat."
                ),
            }
        }
        Message::AlreadyRegistered {} => Words {
            subject: format!("Sie haben bereits ein Konto bei {name}"),
            preheader: "Melden Sie sich einfach wie gewohnt an.".into(),
            headline: "Sie haben bereits ein Konto".into(),
            opening: vec![
                format!(
                    "Jemand, vermutlich Sie selbst, wollte sich mit dieser Adresse bei {brand} registrieren. Für sie gibt es schon ein Konto, deshalb haben wir kein weiteres angelegt."
                ),
                "Melden Sie sich einfach wie gewohnt an.".into(),
            ],
            afterwards: vec![],
            caution: "Wenn Sie es nicht waren, müssen Sie nichts tun: Niemand hat Zugang zu Ihrem Konto erhalten, und nichts daran hat sich geändert.".into(),
            reason: format!(
                "Sie erhalten diese E-Mail, weil sich jemand mit dieser Adresse bei {brand} registrieren wollte."
            ),
        },
        Message::EmailChange { expires_at, .. } => {
            let until = say.when(expires_at);
            Words {
                subject: format!("Bestätigen Sie Ihre neue E-Mail-Adresse für {name}"),
                preheader: format!("Ihr Code steht in dieser E-Mail. Er gilt bis {until}."),
                headline: "Bestätigen Sie Ihre neue E-Mail-Adresse".into(),
                opening: vec![format!(
                    "Geben Sie diesen Code ein, um diese Adresse für Ihr Konto bei {brand} zu verwenden."
                )],
                afterwards: vec![format!(
                    "Der Code gilt einmal, bis {until}. Solange Sie ihn nicht eingeben, behält Ihr Konto die bisherige Adresse."
                )],
                caution: format!(
                    "Geben Sie diesen Code niemandem weiter; auch {brand} wird Sie nie danach fragen. Wenn Sie diese Änderung nicht gewünscht haben, müssen Sie nichts tun: Ohne den Code ändert sich nichts."
                ),
                reason: format!(
                    "Sie erhalten diese E-Mail, weil jemand diese Adresse für ein Konto bei {brand} verwenden möchte."
                ),
            }
        }
        Message::EmailChanged { undo_until, .. } => {
            let until = say.when(undo_until);
            Words {
                subject: format!("Die E-Mail-Adresse Ihres Kontos bei {name} wurde geändert"),
                preheader: format!("Wenn Sie es nicht waren, können Sie das bis {until} rückgängig machen."),
                headline: "Ihre E-Mail-Adresse wurde geändert".into(),
                opening: vec![format!(
                    "Ihr Konto bei {brand} hat jetzt eine andere E-Mail-Adresse. Wenn Sie sie selbst geändert haben, müssen Sie nichts tun."
                )],
                afterwards: vec![format!(
                    "Wenn Sie es nicht waren, machen Sie die Änderung hier rückgängig. Das geht bis {until}."
                )],
                caution: "Ändern Sie danach bitte Ihr Passwort: Vielleicht kennt es jemand anderes.".into(),
                reason: format!("Sie erhalten diese E-Mail, weil dies die Adresse Ihres Kontos bei {brand} war."),
            }
        }
        Message::PasswordChanged { .. } => Words {
            subject: format!("Das Passwort Ihres Kontos bei {name} wurde geändert"),
            preheader: "Wenn Sie es selbst waren, müssen Sie nichts tun.".into(),
            headline: "Ihr Passwort wurde geändert".into(),
            opening: vec![format!(
                "Das Passwort Ihres Kontos bei {brand} wurde geändert, und alle Ihre anderen Sitzungen wurden beendet. Wenn Sie es selbst waren, müssen Sie nichts tun."
            )],
            afterwards: vec![],
            caution: format!(
                "Wenn Sie es nicht waren, hat vielleicht jemand anderes Zugang zu Ihrem Konto. Wenden Sie sich bitte sofort an {brand}."
            ),
            reason: format!("Sie erhalten diese E-Mail, weil es um die Sicherheit Ihres Kontos bei {brand} geht."),
        },
        Message::SessionsEnded { reason: EndReason::RefreshReuse, .. } => Words {
            subject: format!("Wir haben eine Sitzung Ihres Kontos bei {name} beendet"),
            preheader: "Zu Ihrem Schutz haben wir Sie auf einem Gerät abgemeldet.".into(),
            headline: "Wir haben zu Ihrem Schutz eine Sitzung beendet".into(),
            opening: vec![
                format!(
                    "Der Schlüssel, mit dem eines Ihrer Geräte bei {brand} angemeldet bleibt, wurde zweimal benutzt. Vielleicht hat ihn jemand kopiert, deshalb haben wir diese Sitzung beendet."
                ),
                "Bitte melden Sie sich auf diesem Gerät neu an.".into(),
            ],
            afterwards: vec![],
            caution: format!(
                "Wenn Ihnen in Ihrem Konto etwas fremd vorkommt, ändern Sie bitte Ihr Passwort und wenden Sie sich an {brand}."
            ),
            reason: format!("Sie erhalten diese E-Mail, weil es um die Sicherheit Ihres Kontos bei {brand} geht."),
        },
        Message::SessionsEnded { reason: EndReason::EmailChangeUndone, .. } => Words {
            subject: format!("Die Adressänderung Ihres Kontos bei {name} wurde rückgängig gemacht"),
            preheader: "Zu Ihrem Schutz haben wir Sie auf allen Geräten abgemeldet.".into(),
            headline: "Die Adressänderung wurde rückgängig gemacht".into(),
            opening: vec![
                format!(
                    "Ihr Konto bei {brand} hat wieder die frühere E-Mail-Adresse. Zu seinem Schutz haben wir alle Sitzungen beendet."
                ),
                "Bitte melden Sie sich neu an und ändern Sie Ihr Passwort: Vielleicht kennt es jemand anderes.".into(),
            ],
            afterwards: vec![],
            caution: format!("Wenn Sie davon nichts wissen, wenden Sie sich bitte sofort an {brand}."),
            reason: format!("Sie erhalten diese E-Mail, weil es um die Sicherheit Ihres Kontos bei {brand} geht."),
        },
    }
}
