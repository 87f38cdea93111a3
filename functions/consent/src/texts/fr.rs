//! French, with « vous ». The no-break spaces before `:`, `;`, `!` and `?` are written out.

use pages::{Prompt, Words};

use super::{Language, Page};

pub(super) static LANGUAGE: Language = Language {
    confirm: Prompt {
        password: None,
        button: "Oui, j’accepte",
        caution: "Si vous n’avez rien accepté, fermez simplement cette page\u{a0}: rien ne s’est passé, et rien ne se passera.",
    },
    unsubscribe: Prompt {
        password: None,
        button: "Se désabonner",
        caution: "Si vous voulez continuer à le recevoir, fermez simplement cette page\u{a0}: rien ne s’est passé.",
    },
    words,
};

fn words(page: Page, brand: &str, about: &str) -> Words {
    match page {
        Page::Confirm => Words::new(
            "Veuillez confirmer votre choix",
            [
                &format!("Vous avez accepté chez {brand}\u{a0}: {about}."),
                "Votre accord prend effet dès que vous appuyez sur le bouton. Vous pouvez changer d’avis à tout moment dans votre compte.",
            ],
        ),
        Page::Confirmed => Words::new(
            "Merci, c’est confirmé",
            [
                &format!("Vous pouvez changer d’avis à tout moment dans votre compte chez {brand}."),
                "Vous pouvez fermer cette page.",
            ],
        ),
        Page::ConfirmOver => Words::new(
            "Ce lien n’est plus valable",
            [
                "Il a déjà servi, ses sept jours sont écoulés, ou vous avez décidé autrement depuis.",
                &format!("Vous pouvez voir et modifier ce que vous avez accepté dans votre compte chez {brand}."),
            ],
        ),
        Page::ConfirmBroken => Words::new(
            "Ce lien est incomplet",
            [
                "Veuillez l’ouvrir de nouveau depuis l’e-mail, ou le copier en entier dans la barre d’adresse.",
                &format!("Vous pouvez aussi voir et modifier ce que vous avez accepté dans votre compte chez {brand}."),
            ],
        ),
        Page::Unsubscribe => Words::new(
            "Voulez-vous vous désabonner\u{a0}?",
            [&format!("Appuyez sur le bouton, et {brand} ne vous enverra plus rien de tel."), about],
        ),
        Page::Unsubscribed => Words::new(
            "Vous êtes désabonné",
            [
                &format!("{brand} ne vous enverra plus rien de tel. Un e-mail déjà en route peut encore arriver."),
                "Vous pouvez fermer cette page.",
            ],
        ),
        Page::UnsubscribeBroken => Words::new(
            "Ce lien est incomplet",
            [
                "Veuillez l’ouvrir de nouveau depuis l’e-mail, ou le copier en entier dans la barre d’adresse.",
                &format!("Vous pouvez aussi vous désabonner dans votre compte chez {brand}."),
            ],
        ),
    }
}
