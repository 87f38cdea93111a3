//! English.

use super::Texts;

pub(super) const TEXTS: Texts = Texts {
    title: "Connect a device",
    lead: "Type the code that your device shows.",
    code: "Code",
    go_on: "Continue",
    wrong: "There is no such code, or its time is over. If you start again on the device, it shows a new one.",
    confirm_title: |app| format!("Sign in to {app} on a device?"),
    confirm_lead: |app, brand| format!("On a device, {app} asks {brand} for this:"),
    compare: "Your device must show this very code:",
    place: |place| format!("The device is near {place}."),
    warning: "Go on only if you have begun this yourself and have the device before you. Nobody who is honest sends you a code to type here: who does wants to sign in as you.",
    allow: "Sign in on the device",
    deny: "Do not sign in",
    allowed: ["The device is signed in", "You can go back to it and close this page."],
    denied: ["The device is not signed in", "It gets nothing. You can close this page."],
};
