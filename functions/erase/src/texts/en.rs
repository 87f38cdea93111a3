//! English.

use domain::{Locale, when};
use pages::{Prompt, Words};

use super::{Language, Page};

pub(super) static LANGUAGE: Language = Language {
    prompt: Prompt {
        password: None,
        button: "Keep my account",
        caution: "If you want it to be erased, simply close this page: it will be.",
    },
    words,
};

fn words(page: Page, brand: &str) -> Words {
    match page {
        Page::Withdraw { on_hold_until } => Words::new(
            "Keep your account?",
            [
                &format!(
                    "Your {brand} account is closed and is going to be erased. Press the button, and it stays as it was."
                ),
                "Then sign in as usual.",
            ],
        )
        .and(on_hold_until.map(|until| format!("For legal reasons we have to keep your data, as things stand until {}. It is erased after that.", when(Locale::En, until)))),
        Page::Withdrawn => Words::new(
            "Your account stays",
            [
                &format!("Nothing of your {brand} account is erased. Sign in as usual now."),
                "If somebody else asked for this, change your password: they may know it.",
            ],
        ),
        Page::Over => Words::new(
            "This link no longer works",
            [
                &format!("It was used already, or it is too late: your {brand} account is being erased or has been."),
                "If it has not, sign in as usual: you can say there that you want to keep it.",
            ],
        ),
        Page::Broken => Words::new(
            "This link is incomplete",
            [
                &format!(
                    "If it does not help to open it once more, sign in to {brand} as usual: you can say there that you want to keep your account."
                ),
                "Please open it from the email, or copy all of it into the address bar.",
            ],
        ),
    }
}
