//! German, with the polite „Sie“.

use pages::{Prompt, Words};

use super::{Language, Page};

pub(super) static LANGUAGE: Language = Language {
    confirm: Prompt {
        password: None,
        button: "Ja, ich stimme zu",
        caution: "Wenn Sie nicht zugestimmt haben, schließen Sie diese Seite einfach: Es ist nichts geschehen und wird nichts geschehen.",
    },
    unsubscribe: Prompt {
        password: None,
        button: "Abbestellen",
        caution: "Wenn Sie es weiter erhalten möchten, schließen Sie diese Seite einfach: Es ist nichts geschehen.",
    },
    words,
};

fn words(page: Page, brand: &str, about: &str) -> Words {
    match page {
        Page::Confirm => Words::new(
            "Bitte bestätigen Sie Ihre Wahl",
            [
                &format!("Sie haben bei {brand} zugestimmt: {about}."),
                "Ihre Zustimmung gilt, sobald Sie die Schaltfläche drücken. In Ihrem Konto können Sie Ihre Meinung jederzeit ändern.",
            ],
        ),
        Page::Confirmed => Words::new(
            "Danke, das ist bestätigt",
            [
                &format!("In Ihrem Konto bei {brand} können Sie Ihre Meinung jederzeit ändern."),
                "Diese Seite können Sie schließen.",
            ],
        ),
        Page::ConfirmOver => Words::new(
            "Dieser Link gilt nicht mehr",
            [
                "Er wurde schon benutzt, seine sieben Tage sind vorbei, oder Sie haben sich inzwischen anders entschieden.",
                &format!("Was Sie erlaubt haben, sehen und ändern Sie in Ihrem Konto bei {brand}."),
            ],
        ),
        Page::ConfirmBroken => Words::new(
            "Dieser Link ist unvollständig",
            [
                "Bitte öffnen Sie ihn noch einmal aus der E-Mail, oder kopieren Sie ihn ganz in die Adresszeile.",
                &format!("Was Sie erlaubt haben, sehen und ändern Sie auch in Ihrem Konto bei {brand}."),
            ],
        ),
        Page::Unsubscribe => Words::new(
            "Möchten Sie abbestellen?",
            [&format!("Drücken Sie die Schaltfläche, und {brand} sendet Ihnen nichts mehr davon."), about],
        ),
        Page::Unsubscribed => Words::new(
            "Sie haben abbestellt",
            [
                &format!(
                    "{brand} sendet Ihnen nichts mehr davon. Eine E-Mail, die schon unterwegs ist, kann noch ankommen."
                ),
                "Diese Seite können Sie schließen.",
            ],
        ),
        Page::UnsubscribeBroken => Words::new(
            "Dieser Link ist unvollständig",
            [
                "Bitte öffnen Sie ihn noch einmal aus der E-Mail, oder kopieren Sie ihn ganz in die Adresszeile.",
                &format!("Abbestellen können Sie auch in Ihrem Konto bei {brand}."),
            ],
        ),
    }
}
