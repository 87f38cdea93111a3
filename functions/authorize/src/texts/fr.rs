//! French.

use super::Texts;

pub(super) const TEXTS: Texts = Texts {
    consent_title: |app| format!("Autoriser {app} ?"),
    consent_lead: |app, brand| format!("{app} est l’application de quelqu’un d’autre. Elle demande à {brand} :"),
    consent_host: |host| {
        format!(
            "Son adresse est {host}. Elle choisit elle-même son nom : n’autorisez que si vous connaissez l’adresse."
        )
    },
    consent_back: |host| format!("Vous serez ensuite dirigé vers {host}."),
    consent_back_here: "Vous serez ensuite dirigé vers un programme de cet appareil.",
    consent_hint: "Vous pouvez revenir là-dessus à tout moment dans votre compte.",
    allow: "Autoriser",
    deny: "Ne pas autoriser",
    policy: "Politique de confidentialité de l’application",
    terms: "Conditions de l’application",
    form_post_title: "Retour à l’application",
    go_on: "Continuer",
    over: [
        "Cette connexion est terminée",
        "Elle a duré trop longtemps, est déjà achevée ou a été commencée dans un autre navigateur. Retournez à l’application et recommencez.",
    ],
    wrong: [
        "Cette connexion ne fonctionne pas",
        "L’application a envoyé quelque chose d’inutilisable. Vous n’y pouvez rien ; ses auteurs voudront savoir ceci :",
    ],
};
