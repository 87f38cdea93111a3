//! German, with the polite „Sie“.

use super::Texts;

pub(super) static TEXTS: Texts = Texts {
    help: "Brauchen Sie Hilfe?",
    privacy: "Datenschutzhinweise",
    terms: "Nutzungsbedingungen",
    hint: |min| format!("Mindestens {min} Zeichen, beliebige. Ein ganzer Satz ist ein gutes Passwort."),
    too_short: |min| format!("Dieses Passwort ist zu kurz. Verwenden Sie mindestens {min} Zeichen."),
    too_long: |max| format!("Dieses Passwort ist zu lang. Verwenden Sie höchstens {max} Zeichen."),
    common: "Das ist eines der Passwörter, die andere zuerst versuchen. Wählen Sie ein anderes.",
    breached: "Dieses Passwort stammt aus einem Datenleck: Andere kennen es. Wählen Sie ein anderes.",
    guessable: "Dieses Passwort besteht aus Ihrer Adresse oder unserem Namen. Wählen Sie ein anderes.",
    too_many: ["Zu viele Versuche", "Bitte warten Sie ein paar Minuten und versuchen Sie es dann noch einmal."],
    changed: [
        "Ihr Konto wurde gerade geändert",
        "Etwas anderes hat es im selben Moment geändert. Bitte versuchen Sie es noch einmal.",
    ],
    unreadable: [
        "Diese Anfrage ist nicht lesbar",
        "Gehen Sie auf die vorige Seite zurück, oder öffnen Sie den Link in Ihrer E-Mail noch einmal.",
    ],
    unavailable: [
        "Im Moment nicht verfügbar",
        "Es ist nichts verloren. Bitte versuchen Sie es in einer Minute noch einmal: Ihr Link gilt wie bisher.",
    ],
    mistake: [
        "Etwas ist schiefgegangen",
        "Der Fehler liegt bei uns, und wir haben ihn festgehalten. Bitte versuchen Sie es später noch einmal.",
    ],
    sign_in_over: [
        "Diese Anmeldung ist vorbei",
        "Sie hat zu lange gedauert, ist schon abgeschlossen oder wurde in einem anderen Browser begonnen. Gehen Sie zurück zur App und beginnen Sie von vorn.",
    ],
    scopes: [
        "Sie wiederzuerkennen",
        "Ihr Profil, etwa Ihren Namen",
        "Ihre E-Mail-Adresse",
        "Ihre Telefonnummer",
        "Ihre Postanschrift",
        "all das auch, während Sie nicht da sind",
    ],
};
