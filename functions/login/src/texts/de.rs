//! German.

use super::Texts;

pub(super) static TEXTS: Texts = Texts {
    title: "Anmelden",
    lead: |app, brand| format!("{app} bittet Sie, sich bei Ihrem Konto bei {brand} anzumelden."),
    email: "E-Mail-Adresse",
    password: "Passwort",
    submit: "Anmelden und weiter",
    cancel: "Jetzt nicht, zurück zur App",
    wrong: "Adresse und Passwort gehören nicht zusammen. Prüfen Sie beides und versuchen Sie es noch einmal.",
    no_address: "Das ist keine E-Mail-Adresse. Bitte prüfen Sie sie.",
    no_password: "Hier wird nach keinem Passwort gefragt, und nach anderem kann diese Seite noch nicht fragen. Melden Sie sich in der App selbst an, oder gehen Sie zurück.",
};
