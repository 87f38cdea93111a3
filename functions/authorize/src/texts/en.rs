//! English.

use super::Texts;

pub(super) const TEXTS: Texts = Texts {
    consent_title: |app| format!("Allow {app}?"),
    consent_lead: |app, brand| format!("{app} is an app of somebody else's. It asks {brand} for this:"),
    consent_host: |host| {
        format!("Its address is {host}. What it is called it says itself: allow it only if you know the address.")
    },
    consent_back: |host| format!("You are then led to {host}."),
    consent_back_here: "You are then led to a program on this device.",
    consent_hint: "You can take this back at any time in your account.",
    allow: "Allow",
    deny: "Do not allow",
    policy: "Privacy notice of the app",
    terms: "Terms of the app",
    form_post_title: "Back to the app",
    go_on: "Continue",
    over: [
        "This sign-in is over",
        "It took too long, was finished already, or was begun in another browser. Go back to the app and start again.",
    ],
    wrong: [
        "This sign-in does not work",
        "The app has sent something that cannot be used. You can do nothing about it; its makers will want to know this:",
    ],
};
