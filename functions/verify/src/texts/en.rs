//! English.

use pages::{Prompt, Words};

use super::{Language, Page};

pub(super) static LANGUAGE: Language = Language {
    confirm: Prompt {
        password: Some("Choose a password (optional)"),
        button: "Confirm address",
        caution: "If you didn’t sign up, simply close this page: nothing has happened, and without this button nothing will.",
    },
    undo: Prompt {
        password: Some("New password (recommended)"),
        button: "Undo the change",
        caution: "If you changed the address yourself, simply close this page: nothing has happened.",
    },
    words,
};

fn words(page: Page, brand: &str, address: &str) -> Words {
    match page {
        Page::Confirm => Words::new(
            "Confirm your email address",
            [
                &format!("Press the button to confirm that {address} is yours, and to open your account with {brand}."),
                "If you gave a password when you signed up, enter it here again: for your safety, only what you choose on this page counts.",
            ],
        ),
        Page::Confirmed => Words::new(
            "Your address is confirmed",
            [&format!("Your account with {brand} is ready. You can sign in now."), "You can close this page."],
        ),
        Page::LinkOver => Words::new(
            "This link no longer works",
            [
                "It was used already, replaced by a newer one, or its ten minutes are over.",
                "If you have confirmed your address, sign in as usual. Otherwise, sign up again and we’ll send you a new email.",
            ],
        ),
        Page::LinkBroken => Words::new(
            "This link is incomplete",
            [
                "Please open it from the email once more, or copy all of it into the address bar.",
                "If that doesn’t help, sign up again and we’ll send you a new email.",
            ],
        ),
        Page::AddressTaken => Words::new(
            "You already have an account",
            [&format!("Your address already has an account with {brand}. Simply sign in as usual.")],
        ),
        Page::Undo => Words::new(
            "Undo the change of address",
            [
                &format!(
                    "Your account with {brand} gets its former address {address} back, and every device is signed out."
                ),
                "Please choose a new password too: somebody else may know the old one.",
            ],
        ),
        Page::Undone => Words::new(
            "The change was undone",
            [
                &format!("Your account with {brand} has its former address again, and every device was signed out."),
                "Please sign in again. If you didn’t choose a new password just now, the old one has ended all the same: set a new one as if you had forgotten it.",
            ],
        ),
        Page::UndoBroken => Words::new(
            "This link is incomplete",
            [
                "Please open it from the email once more, or copy all of it into the address bar.",
                &format!("If that doesn’t help, please contact {brand} at once."),
            ],
        ),
        Page::UndoOver => Words::new(
            "This change can no longer be undone",
            [
                "It was undone already, or the seven days for it are over.",
                &format!("If something about your account is not as it should be, please contact {brand} at once."),
            ],
        ),
    }
}
