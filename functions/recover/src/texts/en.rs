//! English.

use pages::{Prompt, Words};

use super::{Language, Page};

pub(super) static LANGUAGE: Language = Language {
    reset: Prompt {
        password: Some("New password"),
        button: "Set password",
        caution: "If you didn’t ask for this, simply close this page: nothing has happened, and your password stays as it is.",
    },
    undo: Prompt {
        password: None,
        button: "This wasn’t me",
        caution: "If it was you, simply close this page: nothing has happened.",
    },
    words,
};

fn words(page: Page, brand: &str, address: &str) -> Words {
    match page {
        Page::Reset => Words::new(
            "Choose a new password",
            [
                &format!(
                    "This is the new password of your account {address} with {brand}. Every device is signed out."
                ),
                "If you sign in with a second step, it stays as it is.",
            ],
        ),
        Page::ResetDone => Words::new(
            "Your new password is set",
            [
                &format!("Every device was signed out. Sign in to {brand} with your new password now."),
                "You can close this page.",
            ],
        ),
        Page::ResetOver => Words::new(
            "This link no longer works",
            [
                "It was used already, or its ten minutes are over.",
                "If you still need a new password, say where you sign in that you have forgotten it, and we’ll send you a new email.",
            ],
        ),
        Page::ResetBroken => Words::new(
            "This link is incomplete",
            [
                "Please open it from the email once more, or copy all of it into the address bar.",
                "If that doesn’t help, say where you sign in that you have forgotten your password, and we’ll send you a new email.",
            ],
        ),
        Page::Undo => Words::new(
            "Secure your account",
            [
                &format!(
                    "Press the button if it wasn’t you: every device is signed out of your account with {brand}, its password ends, and what our email told you about is taken back where it still can be, or made useless."
                ),
                "You then set a new password, as if you had forgotten it.",
            ],
        ),
        Page::Undone => Words::new(
            "Your account is secured",
            [
                &format!("Every device was signed out, and the old password of your account with {brand} has ended."),
                "Now set a new one: say where you sign in that you have forgotten your password. If somebody else may read your email, change the password of your mailbox first.",
            ],
        ),
        Page::UndoOver => Words::new(
            "This link no longer works",
            [
                "It was used already, or its seven days are over.",
                &format!(
                    "If something about your account is not as it should be, set a new password, as if you had forgotten it: that signs out every device. If that doesn’t help, please contact {brand} at once."
                ),
            ],
        ),
        Page::UndoBroken => Words::new(
            "This link is incomplete",
            [
                "Please open it from the email once more, or copy all of it into the address bar.",
                &format!("If that doesn’t help, please contact {brand} at once."),
            ],
        ),
    }
}
