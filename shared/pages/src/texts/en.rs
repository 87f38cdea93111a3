//! English.

use super::Texts;

pub(super) static TEXTS: Texts = Texts {
    help: "Need help?",
    privacy: "Privacy notice",
    terms: "Terms of use",
    hint: |min| format!("At least {min} characters of any kind. A sentence is a good password."),
    too_short: |min| format!("This password is too short. Use at least {min} characters."),
    too_long: |max| format!("This password is too long. Use at most {max} characters."),
    common: "This is one of the passwords that others try first. Choose another one.",
    breached: "This password was found in a breach: others know it. Choose another one.",
    guessable: "This password is made of your address or our name. Choose another one.",
    too_many: ["Too many attempts", "Please wait a few minutes, then try again."],
    changed: ["Your account has just changed", "Something else changed it at the same moment. Please try again."],
    unreadable: [
        "This request can’t be read",
        "Go back to the page that you came from, or open the link in your email again.",
    ],
    unavailable: [
        "Not available at the moment",
        "Nothing is lost. Please try again in a minute: your link still works as before.",
    ],
    mistake: ["Something went wrong", "The mistake is ours, and we have noted it. Please try again later."],
    sign_in_over: [
        "This sign-in is over",
        "It took too long, was finished already, or was begun in another browser. Go back to the app and start again.",
    ],
    scopes: [
        "to recognise you",
        "your profile, such as your name",
        "your e-mail address",
        "your phone number",
        "your postal address",
        "all of this while you are away, too",
    ],
};
