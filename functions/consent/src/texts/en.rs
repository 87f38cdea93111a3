//! English.

use pages::{Prompt, Words};

use super::{Language, Page};

pub(super) static LANGUAGE: Language = Language {
    confirm: Prompt {
        password: None,
        button: "Yes, I agree",
        caution: "If you didn’t agree, simply close this page: nothing has happened, and nothing will.",
    },
    unsubscribe: Prompt {
        password: None,
        button: "Unsubscribe",
        caution: "If you want to go on getting it, simply close this page: nothing has happened.",
    },
    words,
};

fn words(page: Page, brand: &str, about: &str) -> Words {
    match page {
        Page::Confirm => Words::new(
            "Please confirm your choice",
            [
                &format!("You agreed at {brand} to: {about}."),
                "It takes effect once you press the button. You can change your mind in your account at any time.",
            ],
        ),
        Page::Confirmed => Words::new(
            "Thank you, that’s confirmed",
            [&format!("You can change your mind in your account at {brand} at any time."), "You can close this page."],
        ),
        Page::ConfirmOver => Words::new(
            "This link is no longer valid",
            [
                "It was used already, its seven days are over, or you have decided otherwise since.",
                &format!("You can see and change what you agreed to in your account at {brand}."),
            ],
        ),
        Page::ConfirmBroken => Words::new(
            "This link is incomplete",
            [
                "Please open it again from the email, or copy all of it into the address bar.",
                &format!("You can also see and change what you agreed to in your account at {brand}."),
            ],
        ),
        Page::Unsubscribe => Words::new(
            "Do you want to unsubscribe?",
            [&format!("Press the button, and {brand} will send you no more of this."), about],
        ),
        Page::Unsubscribed => Words::new(
            "You are unsubscribed",
            [
                &format!("{brand} will send you no more of this. A mail that is on its way may still arrive."),
                "You can close this page.",
            ],
        ),
        Page::UnsubscribeBroken => Words::new(
            "This link is incomplete",
            [
                "Please open it again from the email, or copy all of it into the address bar.",
                &format!("You can also unsubscribe in your account at {brand}."),
            ],
        ),
    }
}
