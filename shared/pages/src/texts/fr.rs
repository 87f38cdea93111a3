//! French, with « vous ». The no-break spaces before `:`, `;`, `!` and `?` are written out.

use super::Texts;

pub(super) static TEXTS: Texts = Texts {
    help: "Besoin d’aide\u{a0}?",
    privacy: "Avis de confidentialité",
    terms: "Conditions d’utilisation",
    hint: |min| format!("Au moins {min} caractères, quels qu’ils soient. Une phrase entière est un bon mot de passe."),
    too_short: |min| format!("Ce mot de passe est trop court. Utilisez au moins {min} caractères."),
    too_long: |max| format!("Ce mot de passe est trop long. Utilisez au plus {max} caractères."),
    common: "Ce mot de passe est l’un de ceux que l’on essaie en premier. Choisissez-en un autre.",
    breached: "Ce mot de passe figure dans une fuite de données : d’autres le connaissent. Choisissez-en un autre.",
    guessable: "Ce mot de passe est composé de votre adresse ou de notre nom. Choisissez-en un autre.",
    too_many: ["Trop de tentatives", "Veuillez patienter quelques minutes, puis réessayer."],
    changed: [
        "Votre compte vient d’être modifié",
        "Une autre opération l’a modifié au même moment. Veuillez réessayer.",
    ],
    unreadable: [
        "Cette demande est illisible",
        "Revenez à la page précédente, ou ouvrez de nouveau le lien reçu par e-mail.",
    ],
    unavailable: [
        "Indisponible pour le moment",
        "Rien n’est perdu. Veuillez réessayer dans une minute\u{a0}: votre lien reste valable comme avant.",
    ],
    mistake: [
        "Une erreur s’est produite",
        "L’erreur vient de nous et nous l’avons enregistrée. Veuillez réessayer plus tard.",
    ],
    sign_in_over: [
        "Cette connexion est terminée",
        "Elle a duré trop longtemps, est déjà achevée, ou a été commencée dans un autre navigateur. Retournez dans l’application et recommencez.",
    ],
    scopes: [
        "de vous reconnaître",
        "votre profil, par exemple votre nom",
        "votre adresse e-mail",
        "votre numéro de téléphone",
        "votre adresse postale",
        "tout cela aussi en votre absence",
    ],
};
