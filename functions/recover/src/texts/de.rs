//! German, with the polite „Sie“.

use pages::{Prompt, Words};

use super::{Language, Page};

pub(super) static LANGUAGE: Language = Language {
    reset: Prompt {
        password: Some("Neues Passwort"),
        button: "Passwort speichern",
        caution: "Wenn Sie das nicht angefordert haben, schließen Sie diese Seite einfach: Es ist nichts geschehen, und Ihr Passwort bleibt, wie es ist.",
    },
    undo: Prompt {
        password: None,
        button: "Das war ich nicht",
        caution: "Wenn Sie es selbst waren, schließen Sie diese Seite einfach: Es ist nichts geschehen.",
    },
    words,
};

fn words(page: Page, brand: &str, address: &str) -> Words {
    match page {
        Page::Reset => Words::new(
            "Wählen Sie ein neues Passwort",
            [
                &format!("Es gilt von nun an für Ihr Konto {address} bei {brand}. Alle Geräte werden abgemeldet."),
                "Wenn Sie sich in zwei Schritten anmelden, bleibt der zweite, wie er ist.",
            ],
        ),
        Page::ResetDone => Words::new(
            "Ihr neues Passwort gilt",
            [
                &format!("Alle Geräte wurden abgemeldet. Melden Sie sich jetzt mit dem neuen Passwort bei {brand} an."),
                "Diese Seite können Sie schließen.",
            ],
        ),
        Page::ResetOver => Words::new(
            "Dieser Link gilt nicht mehr",
            [
                "Er wurde schon benutzt, oder seine zehn Minuten sind vorbei.",
                "Wenn Sie noch ein neues Passwort brauchen, geben Sie bei der Anmeldung an, dass Sie es vergessen haben; dann senden wir Ihnen eine neue E-Mail.",
            ],
        ),
        Page::ResetBroken => Words::new(
            "Dieser Link ist unvollständig",
            [
                "Bitte öffnen Sie ihn noch einmal aus der E-Mail, oder kopieren Sie ihn ganz in die Adresszeile.",
                "Wenn das nicht hilft, geben Sie bei der Anmeldung an, dass Sie Ihr Passwort vergessen haben; dann senden wir Ihnen eine neue E-Mail.",
            ],
        ),
        Page::Undo => Words::new(
            "Sichern Sie Ihr Konto",
            [
                &format!(
                    "Wenn Sie es nicht waren, drücken Sie die Schaltfläche: Alle Geräte werden von Ihrem Konto bei {brand} abgemeldet, sein Passwort gilt nicht mehr, und was unsere E-Mail Ihnen gemeldet hat, wird zurückgenommen, soweit es noch geht, oder unbrauchbar gemacht."
                ),
                "Danach setzen Sie ein neues Passwort, als hätten Sie es vergessen.",
            ],
        ),
        Page::Undone => Words::new(
            "Ihr Konto ist gesichert",
            [
                &format!(
                    "Alle Geräte wurden abgemeldet, und das alte Passwort Ihres Kontos bei {brand} gilt nicht mehr."
                ),
                "Setzen Sie jetzt ein neues: Geben Sie bei der Anmeldung an, dass Sie Ihr Passwort vergessen haben. Wenn vielleicht jemand anderes Ihre E-Mails liest, ändern Sie zuerst das Passwort Ihres Postfachs.",
            ],
        ),
        Page::UndoOver => Words::new(
            "Dieser Link gilt nicht mehr",
            [
                "Er wurde schon benutzt, oder seine sieben Tage sind vorbei.",
                &format!(
                    "Wenn mit Ihrem Konto etwas nicht so ist, wie es sein sollte, setzen Sie ein neues Passwort, als hätten Sie es vergessen: Damit werden alle Geräte abgemeldet. Wenn das nicht hilft, wenden Sie sich bitte sofort an {brand}."
                ),
            ],
        ),
        Page::UndoBroken => Words::new(
            "Dieser Link ist unvollständig",
            [
                "Bitte öffnen Sie ihn noch einmal aus der E-Mail, oder kopieren Sie ihn ganz in die Adresszeile.",
                &format!("Wenn das nicht hilft, wenden Sie sich bitte sofort an {brand}."),
            ],
        ),
    }
}
