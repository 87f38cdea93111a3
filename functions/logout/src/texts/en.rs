//! English.

use super::Texts;

pub(super) const TEXTS: Texts = Texts {
    ask_title: "Log out?",
    ask: "You will be logged out here and of every app that you signed in to in this browser.",
    ask_hint: "If you did not want this, close the page: nothing has changed.",
    button: "Log out",
    done: ["You are logged out", "Nobody is signed in in this browser any more."],
    wrong: [
        "This logout does not work",
        "The app has sent something that cannot be used. Nothing has changed; its makers will want to know this:",
    ],
};
