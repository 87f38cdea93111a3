//! German, with the polite „Sie“.

mod erasure;
mod notices;

use domain::{DsarKind, EndReason, Message, Method};

use super::{Labels, Language, Say, Words};

pub(super) static LANGUAGE: Language = Language {
    labels: Labels {
        colon: ":",
        code: "Ihr Code",
        verify: "Adresse bestätigen",
        undo: "Änderung rückgängig machen",
        sign_in: "Anmelden",
        reset: "Neues Passwort wählen",
        not_me: "Das war ich nicht",
        refuse: "Ablehnen",
        agree: "Ja, ich stimme zu",
        keep: "Konto behalten",
        certificate: "Bescheinigung",
        erased_from: "Löschung ab",
        on_hold_until: "Zurückgestellt bis",
        address: "Wenn die Schaltfläche nicht funktioniert, öffnen Sie diese Adresse:",
        when: "Zeitpunkt",
        device: "Gerät",
        place: "Ort",
        new_address: "Neue Adresse",
        method: "Methode",
        called: "Name",
        left: "Übrige Codes",
        purpose: "Wofür",
        request: "Anfrage",
        asked: "Verlangt wird",
        due: "Fällig",
        help: "Brauchen Sie Hilfe?",
    },
    method,
    asked,
    words,
    sms: |code, brand| format!("{code} ist Ihr Code für {brand}. Geben Sie ihn niemandem weiter."),
    sms_recovery: |brand| {
        format!(
            "{brand}: Jemand möchte ohne Ihre Anmeldemethoden Zugang zu Ihrem Konto. Wenn Sie es nicht waren, lehnen Sie mit dem Link in unserer E-Mail ab."
        )
    },
    sms_recovered: |brand| {
        format!(
            "{brand}: Jemand hat ohne Ihre Anmeldemethoden Zugang zu Ihrem Konto erhalten. Wenn Sie es nicht waren, nutzen Sie den Link in unserer E-Mail."
        )
    },
};

fn method(method: Method) -> &'static str {
    match method {
        Method::Passkey => "Passkey",
        Method::Totp => "Authenticator-App",
        Method::Sms => "Code per SMS",
        Method::Email => "Code per E-Mail",
        Method::RecoveryCode => "Wiederherstellungscode",
        Method::Password => "Passwort",
        Method::DelayedRecovery => "Wiederherstellung nach einer Wartezeit",
    }
}

fn asked(kind: DsarKind) -> &'static str {
    match kind {
        DsarKind::Access => "Eine Kopie der Daten",
        DsarKind::Portability => "Daten für einen anderen Anbieter",
        DsarKind::Erasure => "Löschung",
        DsarKind::Rectification => "Berichtigung",
        DsarKind::Objection => "Widerspruch",
        DsarKind::Restriction => "Einschränkung",
    }
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
        Message::SignInCode { expires_at, .. } => {
            let until = say.when(expires_at);
            Words {
                subject: format!("Ihr Code zum Anmelden bei {name}"),
                preheader: format!("Ihr Code steht in dieser E-Mail. Er gilt bis {until}."),
                headline: "Ihr Code zum Anmelden".into(),
                opening: vec![format!("Geben Sie diesen Code dort ein, wo Sie sich bei {brand} anmelden.")],
                afterwards: vec![format!("Der Code gilt einmal, bis {until}.")],
                caution: format!(
                    "Geben Sie diesen Code niemandem weiter; auch {brand} wird Sie nie danach fragen. Wenn Sie sich nicht anmelden wollten, müssen Sie nichts tun: Ohne den Code erhält niemand Zugang zu Ihrem Konto."
                ),
                reason: format!(
                    "Sie erhalten diese E-Mail, weil sich jemand mit dieser Adresse bei {brand} anmelden möchte."
                ),
            }
        }
        Message::SignInLink { expires_at, .. } => {
            let until = say.when(expires_at);
            Words {
                subject: format!("Ihr Link zum Anmelden bei {name}"),
                preheader: format!("Der Link gilt bis {until}."),
                headline: "Ihr Link zum Anmelden".into(),
                opening: vec![format!(
                    "Dieser Link meldet Sie bei {brand} an. Bitte öffnen Sie ihn in dem Browser, in dem Sie ihn angefordert haben."
                )],
                afterwards: vec![format!("Er gilt einmal, bis {until}.")],
                caution: "Geben Sie diesen Link niemandem weiter. Wenn Sie sich nicht anmelden wollten, müssen Sie nichts tun: Ohne den Link erhält niemand Zugang zu Ihrem Konto.".into(),
                reason: format!(
                    "Sie erhalten diese E-Mail, weil sich jemand mit dieser Adresse bei {brand} anmelden möchte."
                ),
            }
        }
        Message::FactorCode { expires_at, .. } => {
            let until = say.when(expires_at);
            Words {
                subject: format!("Ihr Sicherheitscode für {name}"),
                preheader: format!("Ihr Code steht in dieser E-Mail. Er gilt bis {until}."),
                headline: "Ihr Sicherheitscode".into(),
                opening: vec![format!("Bestätigen Sie mit diesem Code bei {brand}, dass Sie es sind.")],
                afterwards: vec![format!("Der Code gilt einmal, bis {until}.")],
                caution: format!(
                    "Geben Sie diesen Code niemandem weiter; auch {brand} wird Sie nie danach fragen. Wenn Sie ihn nicht angefordert haben, ändern Sie bitte Ihr Passwort: Vielleicht kennt es jemand anderes."
                ),
                reason: format!("Sie erhalten diese E-Mail, weil es um die Sicherheit Ihres Kontos bei {brand} geht."),
            }
        }
        Message::PasswordReset { expires_at, .. } => {
            let until = say.when(expires_at);
            Words {
                subject: format!("Ein neues Passwort für Ihr Konto bei {name}"),
                preheader: format!("Ihr Code steht in dieser E-Mail. Er gilt bis {until}."),
                headline: "Wählen Sie ein neues Passwort".into(),
                opening: vec![format!(
                    "Jemand, vermutlich Sie selbst, möchte ein neues Passwort für Ihr Konto bei {brand}. Geben Sie diesen Code dort ein, wo Sie es angefordert haben."
                )],
                afterwards: vec![
                    format!("Der Code gilt einmal, bis {until}."),
                    "Sie können das neue Passwort auch hier wählen, auf jedem Gerät:".into(),
                ],
                caution: format!(
                    "Geben Sie diesen Code niemandem weiter; auch {brand} wird Sie nie danach fragen. Wenn Sie ihn nicht angefordert haben, müssen Sie nichts tun: Ohne den Code bleibt Ihr Passwort, wie es ist."
                ),
                reason: format!(
                    "Sie erhalten diese E-Mail, weil jemand mit dieser Adresse bei {brand} ein neues Passwort angefordert hat."
                ),
            }
        }
        Message::NoAccount {} => Words {
            subject: format!("Zu dieser Adresse gibt es kein Konto bei {name}"),
            preheader: "Vielleicht haben Sie sich mit einer anderen Adresse registriert.".into(),
            headline: "Zu dieser Adresse gibt es kein Konto".into(),
            opening: vec![
                format!(
                    "Jemand, vermutlich Sie selbst, wollte sich mit dieser Adresse bei {brand} anmelden oder ein neues Passwort wählen. Für sie gibt es kein Konto."
                ),
                "Vielleicht haben Sie sich mit einer anderen Adresse registriert: Versuchen Sie es mit ihr. Oder registrieren Sie sich mit dieser.".into(),
            ],
            afterwards: vec![],
            caution: "Wenn Sie es nicht waren, müssen Sie nichts tun.".into(),
            reason: format!("Sie erhalten diese E-Mail, weil jemand diese Adresse bei {brand} eingegeben hat."),
        },
        Message::ConsentOptIn { expires_at, .. } => {
            let until = say.when(expires_at);
            Words {
                subject: format!("Bitte bestätigen Sie Ihre Wahl bei {name}"),
                preheader: format!("Ohne Ihre Bestätigung senden wir nichts. Sie haben Zeit bis {until}."),
                headline: "Bitte bestätigen Sie Ihre Wahl".into(),
                opening: vec![format!("Sie haben in Ihrem Konto bei {brand} dem zugestimmt, was hier steht.")],
                afterwards: vec![format!("Ihre Zustimmung gilt, sobald Sie sie bestätigen. Das geht bis {until}.")],
                caution: "Wenn Sie nicht zugestimmt haben, müssen Sie nichts tun: Ohne Ihre Bestätigung gilt sie nicht. In Ihrem Konto können Sie Ihre Meinung jederzeit ändern.".into(),
                reason: format!("Sie erhalten diese E-Mail, weil dies die Adresse Ihres Kontos bei {brand} ist."),
            }
        }
        Message::PasswordChanged { until, .. } => Words {
            subject: format!("Das Passwort Ihres Kontos bei {name} wurde geändert"),
            preheader: "Wenn Sie es selbst waren, müssen Sie nichts tun.".into(),
            headline: "Ihr Passwort wurde geändert".into(),
            opening: vec![format!(
                "Das Passwort Ihres Kontos bei {brand} wurde geändert, und alle Ihre anderen Sitzungen wurden beendet. Wenn Sie es selbst waren, müssen Sie nichts tun."
            )],
            afterwards: vec![format!(
                "Wenn Sie es nicht waren, beenden Sie hier alle Sitzungen Ihres Kontos. Das geht bis {}.",
                say.when(until)
            )],
            caution: "Wählen Sie danach über „Passwort vergessen“ ein neues Passwort: Jemand anderes kennt das jetzige."
                .into(),
            reason: format!("Sie erhalten diese E-Mail, weil es um die Sicherheit Ihres Kontos bei {brand} geht."),
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
        Message::RequestDue { due_at, is_overdue: false, .. } => {
            let due = say.when(due_at);
            Words {
                subject: format!("Eine Anfrage zu personenbezogenen Daten bei {name} ist bald fällig"),
                preheader: format!("Sie ist am {due} fällig."),
                headline: "Eine Anfrage ist bald fällig".into(),
                opening: vec![format!("Eine Anfrage zu den personenbezogenen Daten einer Kundin oder eines Kunden von {brand} wartet auf Antwort. Sie ist am {due} fällig.")],
                afterwards: vec![],
                caution: "Bitte beantworten Sie sie, oder vermerken Sie, warum es länger dauert, und schließen Sie sie ab, wenn alles getan ist.".into(),
                reason: format!("Sie erhalten diese E-Mail, weil diese Adresse bei {brand} für den Datenschutz zuständig ist."),
            }
        }
        Message::RequestDue { due_at, is_overdue: true, .. } => {
            let due = say.when(due_at);
            Words {
                subject: format!("Eine Anfrage zu personenbezogenen Daten bei {name} ist überfällig"),
                preheader: format!("Sie war am {due} fällig."),
                headline: "Eine Anfrage ist überfällig".into(),
                opening: vec![format!("Eine Anfrage zu den personenbezogenen Daten einer Kundin oder eines Kunden von {brand} war am {due} fällig und ist noch offen.")],
                afterwards: vec![],
                caution: "Bitte beantworten Sie sie, oder vermerken Sie, warum es länger dauert, und schließen Sie sie ab, wenn alles getan ist.".into(),
                reason: format!("Sie erhalten diese E-Mail, weil diese Adresse bei {brand} für den Datenschutz zuständig ist."),
            }
        }
    }
}
