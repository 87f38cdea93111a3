//! German, with the polite „Sie“.

use pages::{Prompt, Words};

use super::{Language, Page};

pub(super) static LANGUAGE: Language = Language {
    confirm: Prompt {
        password: Some("Passwort wählen (freiwillig)"),
        button: "Adresse bestätigen",
        caution: "Wenn Sie sich nicht registriert haben, schließen Sie diese Seite einfach: Es ist nichts geschehen, und ohne die Schaltfläche geschieht auch nichts.",
    },
    undo: Prompt {
        password: Some("Neues Passwort (empfohlen)"),
        button: "Änderung rückgängig machen",
        caution: "Wenn Sie die Adresse selbst geändert haben, schließen Sie diese Seite einfach: Es ist nichts geschehen.",
    },
    words,
};

fn words(page: Page, brand: &str, address: &str) -> Words {
    match page {
        Page::Confirm => Words::new(
            "Bestätigen Sie Ihre E-Mail-Adresse",
            [
                &format!(
                    "Mit der Schaltfläche bestätigen Sie, dass {address} Ihnen gehört, und eröffnen Ihr Konto bei {brand}."
                ),
                "Wenn Sie bei der Registrierung ein Passwort angegeben haben, geben Sie es hier noch einmal ein: Zu Ihrer Sicherheit zählt nur, was Sie auf dieser Seite wählen.",
            ],
        ),
        Page::Confirmed => Words::new(
            "Ihre Adresse ist bestätigt",
            [
                &format!("Ihr Konto bei {brand} ist bereit. Sie können sich jetzt anmelden."),
                "Diese Seite können Sie schließen.",
            ],
        ),
        Page::LinkOver => Words::new(
            "Dieser Link gilt nicht mehr",
            [
                "Er wurde schon benutzt oder durch einen neueren ersetzt, oder seine zehn Minuten sind vorbei.",
                "Wenn Sie Ihre Adresse bestätigt haben, melden Sie sich wie gewohnt an. Registrieren Sie sich sonst noch einmal; dann senden wir Ihnen eine neue E-Mail.",
            ],
        ),
        Page::LinkBroken => Words::new(
            "Dieser Link ist unvollständig",
            [
                "Bitte öffnen Sie ihn noch einmal aus der E-Mail, oder kopieren Sie ihn ganz in die Adresszeile.",
                "Wenn das nicht hilft, registrieren Sie sich noch einmal; dann senden wir Ihnen eine neue E-Mail.",
            ],
        ),
        Page::AddressTaken => Words::new(
            "Sie haben bereits ein Konto",
            [&format!("Zu Ihrer Adresse gibt es schon ein Konto bei {brand}. Melden Sie sich einfach wie gewohnt an.")],
        ),
        Page::Undo => Words::new(
            "Adressänderung rückgängig machen",
            [
                &format!(
                    "Ihr Konto bei {brand} erhält seine frühere Adresse {address} zurück, und alle Geräte werden abgemeldet."
                ),
                "Bitte wählen Sie auch ein neues Passwort: Vielleicht kennt jemand anderes das alte.",
            ],
        ),
        Page::Undone => Words::new(
            "Die Änderung ist rückgängig gemacht",
            [
                &format!("Ihr Konto bei {brand} hat wieder seine frühere Adresse, und alle Geräte wurden abgemeldet."),
                "Bitte melden Sie sich neu an. Wenn Sie eben kein neues Passwort gewählt haben, gilt das alte trotzdem nicht mehr: Setzen Sie ein neues, als hätten Sie es vergessen.",
            ],
        ),
        Page::UndoBroken => Words::new(
            "Dieser Link ist unvollständig",
            [
                "Bitte öffnen Sie ihn noch einmal aus der E-Mail, oder kopieren Sie ihn ganz in die Adresszeile.",
                &format!("Wenn das nicht hilft, wenden Sie sich bitte sofort an {brand}."),
            ],
        ),
        Page::UndoOver => Words::new(
            "Diese Änderung lässt sich nicht mehr rückgängig machen",
            [
                "Das ist schon geschehen, oder die sieben Tage dafür sind vorbei.",
                &format!(
                    "Wenn mit Ihrem Konto etwas nicht so ist, wie es sein sollte, wenden Sie sich bitte sofort an {brand}."
                ),
            ],
        ),
    }
}
