//! French.

use super::Texts;

pub(super) const TEXTS: Texts = Texts {
    ask_title: "Se déconnecter ?",
    ask: "Vous serez déconnecté ici et de toutes les applications auxquelles vous vous êtes connecté dans ce navigateur.",
    ask_hint: "Si vous ne le vouliez pas, fermez la page : rien n’a changé.",
    button: "Se déconnecter",
    done: ["Vous êtes déconnecté", "Plus personne n’est connecté dans ce navigateur."],
    wrong: [
        "Cette déconnexion ne fonctionne pas",
        "L’application a envoyé quelque chose d’inutilisable. Rien n’a changé ; ses auteurs voudront savoir ceci :",
    ],
};
