//! French, with « vous ». The no-break spaces before `:`, `;`, `!` and `?` are written out.

use domain::{Locale, when};
use pages::{Prompt, Words};

use super::{Language, Page};

pub(super) static LANGUAGE: Language = Language {
    prompt: Prompt {
        password: None,
        button: "Garder mon compte",
        caution: "Si vous souhaitez qu’il soit supprimé, fermez simplement cette page\u{a0}: il le sera.",
    },
    words,
};

fn words(page: Page, brand: &str) -> Words {
    match page {
        Page::Withdraw { on_hold_until } => Words::new(
            "Garder votre compte\u{a0}?",
            [
                &format!(
                    "Votre compte {brand} est fermé et va être supprimé. Avec ce bouton, il reste tel qu’il était."
                ),
                "Connectez-vous ensuite comme d’habitude.",
            ],
        )
        .and(on_hold_until.map(|until| format!("Pour des raisons juridiques, nous devons conserver vos données, en l’état actuel jusqu’au {}. Elles seront supprimées ensuite.", when(Locale::Fr, until)))),
        Page::Withdrawn => Words::new(
            "Votre compte est conservé",
            [
                &format!("Rien de votre compte {brand} n’est supprimé. Connectez-vous maintenant comme d’habitude."),
                "Si quelqu’un d’autre l’avait demandé, changez votre mot de passe\u{a0}: il est peut-être connu.",
            ],
        ),
        Page::Over => Words::new(
            "Ce lien n’est plus valable",
            [
                &format!(
                    "Il a déjà servi, ou il est trop tard\u{a0}: votre compte {brand} est en cours de suppression, ou l’a été."
                ),
                "Sinon, connectez-vous comme d’habitude\u{a0}: vous pourrez y dire que vous souhaitez le garder.",
            ],
        ),
        Page::Broken => Words::new(
            "Ce lien est incomplet",
            [
                &format!(
                    "Si cela ne sert à rien de l’ouvrir encore une fois, connectez-vous à {brand} comme d’habitude\u{a0}: vous pourrez y dire que vous souhaitez garder votre compte."
                ),
                "Ouvrez-le depuis l’e-mail, ou copiez-le en entier dans la barre d’adresse.",
            ],
        ),
    }
}
