//! English.

use super::Texts;

pub(super) static TEXTS: Texts = Texts {
    title: "Sign in",
    lead: |app, brand| format!("{app} asks you to sign in to your {brand} account."),
    email: "Email address",
    password: "Password",
    submit: "Sign in and continue",
    cancel: "Not now, back to the app",
    wrong: "Address and password do not belong together. Check both and try again.",
    no_address: "This is not an email address. Please check it.",
    no_password: "No password is asked for here, and this page cannot ask for anything else yet. Sign in with the app itself, or go back.",
};
