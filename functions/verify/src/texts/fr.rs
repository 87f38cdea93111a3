//! French, with « vous ». The no-break spaces before `:`, `;`, `!` and `?` are written out.

use pages::{Prompt, Words};

use super::{Language, Page};

pub(super) static LANGUAGE: Language = Language {
    confirm: Prompt {
        password: Some("Choisissez un mot de passe (facultatif)"),
        button: "Confirmer l’adresse",
        caution: "Si cette inscription ne vient pas de vous, fermez simplement cette page\u{a0}: rien ne s’est passé, et rien ne se passera sans ce bouton.",
    },
    undo: Prompt {
        password: Some("Nouveau mot de passe (recommandé)"),
        button: "Annuler le changement",
        caution: "Si vous avez changé l’adresse vous-même, fermez simplement cette page\u{a0}: rien ne s’est passé.",
    },
    words,
};

fn words(page: Page, brand: &str, address: &str) -> Words {
    match page {
        Page::Confirm => Words::new(
            "Confirmez votre adresse e-mail",
            [
                &format!(
                    "Avec ce bouton, vous confirmez que {address} est bien à vous et vous ouvrez votre compte chez {brand}."
                ),
                "Si vous avez indiqué un mot de passe lors de l’inscription, saisissez-le ici de nouveau\u{a0}: pour votre sécurité, seul compte ce que vous choisissez sur cette page.",
            ],
        ),
        Page::Confirmed => Words::new(
            "Votre adresse est confirmée",
            [
                &format!("Votre compte chez {brand} est prêt. Vous pouvez maintenant vous connecter."),
                "Vous pouvez fermer cette page.",
            ],
        ),
        Page::LinkOver => Words::new(
            "Ce lien n’est plus valable",
            [
                "Il a déjà servi, un lien plus récent l’a remplacé, ou ses dix minutes sont écoulées.",
                "Si vous avez confirmé votre adresse, connectez-vous comme d’habitude. Sinon, inscrivez-vous de nouveau et nous vous enverrons un nouvel e-mail.",
            ],
        ),
        Page::LinkBroken => Words::new(
            "Ce lien est incomplet",
            [
                "Veuillez l’ouvrir de nouveau depuis l’e-mail, ou le copier en entier dans la barre d’adresse.",
                "Si cela ne suffit pas, inscrivez-vous de nouveau et nous vous enverrons un nouvel e-mail.",
            ],
        ),
        Page::AddressTaken => Words::new(
            "Vous avez déjà un compte",
            [&format!("Votre adresse a déjà un compte chez {brand}. Connectez-vous simplement comme d’habitude.")],
        ),
        Page::Undo => Words::new(
            "Annuler le changement d’adresse",
            [
                &format!(
                    "Votre compte chez {brand} retrouve son ancienne adresse {address}, et tous les appareils sont déconnectés."
                ),
                "Choisissez aussi un nouveau mot de passe\u{a0}: quelqu’un d’autre connaît peut-être l’ancien.",
            ],
        ),
        Page::Undone => Words::new(
            "Le changement a été annulé",
            [
                &format!(
                    "Votre compte chez {brand} a retrouvé son ancienne adresse, et tous les appareils ont été déconnectés."
                ),
                "Veuillez vous reconnecter. Si vous n’avez pas choisi de nouveau mot de passe à l’instant, l’ancien n’est plus valable pour autant : définissez-en un nouveau comme si vous l’aviez oublié.",
            ],
        ),
        Page::UndoBroken => Words::new(
            "Ce lien est incomplet",
            [
                "Veuillez l’ouvrir de nouveau depuis l’e-mail, ou le copier en entier dans la barre d’adresse.",
                &format!("Si cela ne suffit pas, contactez {brand} sans attendre."),
            ],
        ),
        Page::UndoOver => Words::new(
            "Ce changement ne peut plus être annulé",
            [
                "Il a déjà été annulé, ou les sept jours prévus pour cela sont écoulés.",
                &format!("Si quelque chose ne va pas dans votre compte, contactez {brand} sans attendre."),
            ],
        ),
    }
}
