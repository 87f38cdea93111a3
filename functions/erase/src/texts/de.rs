//! German, with the polite „Sie“.

use domain::{Locale, when};
use pages::{Prompt, Words};

use super::{Language, Page};

pub(super) static LANGUAGE: Language = Language {
    prompt: Prompt {
        password: None,
        button: "Konto behalten",
        caution: "Wenn es gelöscht werden soll, schließen Sie diese Seite einfach: Dann geschieht es.",
    },
    words,
};

fn words(page: Page, brand: &str) -> Words {
    match page {
        Page::Withdraw { on_hold_until } => Words::new(
            "Möchten Sie Ihr Konto behalten?",
            [
                &format!(
                    "Ihr Konto bei {brand} ist geschlossen und wird gelöscht. Mit der Schaltfläche bleibt es, wie es war."
                ),
                "Melden Sie sich danach wie gewohnt an.",
            ],
        )
        .and(on_hold_until.map(|until| format!("Aus rechtlichen Gründen müssen wir Ihre Daten aufbewahren, nach jetzigem Stand bis {}. Danach werden sie gelöscht.", when(Locale::De, until)))),
        Page::Withdrawn => Words::new(
            "Ihr Konto bleibt bestehen",
            [
                &format!("Von Ihrem Konto bei {brand} wird nichts gelöscht. Melden Sie sich jetzt wie gewohnt an."),
                "Wenn jemand anderes darum gebeten hat, ändern Sie Ihr Passwort: Vielleicht ist es bekannt.",
            ],
        ),
        Page::Over => Words::new(
            "Dieser Link gilt nicht mehr",
            [
                &format!(
                    "Er wurde schon benutzt, oder es ist zu spät: Ihr Konto bei {brand} wird gerade gelöscht oder ist es bereits."
                ),
                "Wenn nicht, melden Sie sich wie gewohnt an: Dort können Sie sagen, dass Sie es behalten möchten.",
            ],
        ),
        Page::Broken => Words::new(
            "Dieser Link ist unvollständig",
            [
                &format!(
                    "Wenn es nicht hilft, ihn noch einmal zu öffnen, melden Sie sich wie gewohnt bei {brand} an: Dort können Sie sagen, dass Sie Ihr Konto behalten möchten."
                ),
                "Bitte öffnen Sie ihn aus der E-Mail, oder kopieren Sie ihn ganz in die Adresszeile.",
            ],
        ),
    }
}
