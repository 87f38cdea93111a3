//! French.

use super::Texts;

pub(super) const TEXTS: Texts = Texts {
    title: "Connecter un appareil",
    lead: "Saisissez le code que votre appareil affiche.",
    code: "Code de l’appareil",
    go_on: "Continuer",
    wrong: "Ce code n’existe pas ou n’est plus valable. Si vous recommencez sur l’appareil, il en affiche un nouveau.",
    confirm_title: |app| format!("Se connecter à {app} sur un appareil\u{a0}?"),
    confirm_lead: |app, brand| format!("Sur un appareil, {app} demande ceci à {brand}\u{a0}:"),
    compare: "Votre appareil doit afficher exactement ce code\u{a0}:",
    place: |place| format!("L’appareil se trouve près de {place}."),
    warning: "Ne continuez que si vous avez commencé vous-même et que l’appareil est devant vous. Personne d’honnête ne vous envoie un code à saisir ici\u{a0}: qui le fait veut se connecter à votre place.",
    allow: "Se connecter sur l’appareil",
    deny: "Ne pas se connecter",
    allowed: ["L’appareil est connecté", "Vous pouvez y retourner et fermer cette page."],
    denied: ["L’appareil n’est pas connecté", "Il ne reçoit rien. Vous pouvez fermer cette page."],
};
