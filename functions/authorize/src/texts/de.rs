//! German.

use super::Texts;

pub(super) const TEXTS: Texts = Texts {
    consent_title: |app| format!("{app} erlauben?"),
    consent_lead: |app, brand| format!("{app} ist eine App von jemand anderem. Sie bittet {brand} um Folgendes:"),
    consent_host: |host| {
        format!(
            "Ihre Adresse ist {host}. Wie sie heißt, sagt sie selbst: Erlauben Sie es nur, wenn Sie die Adresse kennen."
        )
    },
    consent_back: |host| format!("Danach werden Sie zu {host} geführt."),
    consent_back_here: "Danach werden Sie zu einem Programm auf diesem Gerät geführt.",
    consent_hint: "Sie können das jederzeit in Ihrem Konto zurücknehmen.",
    allow: "Erlauben",
    deny: "Nicht erlauben",
    policy: "Datenschutzhinweise der App",
    terms: "Nutzungsbedingungen der App",
    form_post_title: "Zurück zur App",
    go_on: "Weiter",
    over: [
        "Diese Anmeldung ist vorbei",
        "Sie hat zu lange gedauert, ist schon abgeschlossen oder wurde in einem anderen Browser begonnen. Gehen Sie zurück zur App und beginnen Sie von vorn.",
    ],
    wrong: [
        "Diese Anmeldung geht nicht",
        "Die App hat etwas geschickt, womit wir nichts anfangen können. Sie können nichts dafür; wer die App macht, wird dies wissen wollen:",
    ],
};
