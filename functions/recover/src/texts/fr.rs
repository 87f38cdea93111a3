//! French, with « vous ». The no-break spaces before `:`, `;`, `!` and `?` are written out.

use pages::{Prompt, Words};

use super::{Language, Page};

pub(super) static LANGUAGE: Language = Language {
    reset: Prompt {
        password: Some("Nouveau mot de passe"),
        button: "Enregistrer le mot de passe",
        caution: "Si cette demande ne vient pas de vous, fermez simplement cette page\u{a0}: rien ne s’est passé, et votre mot de passe reste le même.",
    },
    undo: Prompt {
        password: None,
        button: "Ce n’était pas moi",
        caution: "Si c’était bien vous, fermez simplement cette page\u{a0}: rien ne s’est passé.",
    },
    words,
};

fn words(page: Page, brand: &str, address: &str) -> Words {
    match page {
        Page::Reset => Words::new(
            "Choisissez un nouveau mot de passe",
            [
                &format!(
                    "Ce sera celui de votre compte {address} chez {brand}. Tous les appareils seront déconnectés."
                ),
                "Si vous vous connectez en deux étapes, la seconde ne change pas.",
            ],
        ),
        Page::ResetDone => Words::new(
            "Votre nouveau mot de passe est enregistré",
            [
                &format!(
                    "Tous les appareils ont été déconnectés. Connectez-vous maintenant à {brand} avec le nouveau mot de passe."
                ),
                "Vous pouvez fermer cette page.",
            ],
        ),
        Page::ResetOver => Words::new(
            "Ce lien n’est plus valable",
            [
                "Il a déjà servi, ou ses dix minutes sont écoulées.",
                "S’il vous faut encore un nouveau mot de passe, indiquez lors de la connexion que vous l’avez oublié et nous vous enverrons un nouvel e-mail.",
            ],
        ),
        Page::ResetBroken => Words::new(
            "Ce lien est incomplet",
            [
                "Veuillez l’ouvrir de nouveau depuis l’e-mail, ou le copier en entier dans la barre d’adresse.",
                "Si cela ne suffit pas, indiquez lors de la connexion que vous avez oublié votre mot de passe et nous vous enverrons un nouvel e-mail.",
            ],
        ),
        Page::Undo => Words::new(
            "Protégez votre compte",
            [
                &format!(
                    "Si ce n’était pas vous, appuyez sur le bouton\u{a0}: tous les appareils sont déconnectés de votre compte chez {brand}, son mot de passe n’est plus valable, et ce que notre e-mail vous a signalé est annulé si cela est encore possible, ou rendu inutilisable."
                ),
                "Vous définissez ensuite un nouveau mot de passe, comme si vous l’aviez oublié.",
            ],
        ),
        Page::Undone => Words::new(
            "Votre compte est protégé",
            [
                &format!(
                    "Tous les appareils ont été déconnectés, et l’ancien mot de passe de votre compte chez {brand} n’est plus valable."
                ),
                "Définissez-en maintenant un nouveau\u{a0}: indiquez lors de la connexion que vous avez oublié votre mot de passe. Si quelqu’un d’autre peut lire vos e-mails, changez d’abord le mot de passe de votre messagerie.",
            ],
        ),
        Page::UndoOver => Words::new(
            "Ce lien n’est plus valable",
            [
                "Il a déjà servi, ou ses sept jours sont écoulés.",
                &format!(
                    "Si quelque chose ne va pas dans votre compte, définissez un nouveau mot de passe, comme si vous l’aviez oublié\u{a0}: cela déconnecte tous les appareils. Si cela ne suffit pas, contactez {brand} sans attendre."
                ),
            ],
        ),
        Page::UndoBroken => Words::new(
            "Ce lien est incomplet",
            [
                "Veuillez l’ouvrir de nouveau depuis l’e-mail, ou le copier en entier dans la barre d’adresse.",
                &format!("Si cela ne suffit pas, contactez {brand} sans attendre."),
            ],
        ),
    }
}
