//! German.

use super::Texts;

pub(super) const TEXTS: Texts = Texts {
    ask_title: "Abmelden?",
    ask: "Sie werden hier und von allen Apps abgemeldet, bei denen Sie sich in diesem Browser angemeldet haben.",
    ask_hint: "Wenn Sie das nicht wollten, schließen Sie die Seite: Es hat sich nichts geändert.",
    button: "Abmelden",
    done: ["Sie sind abgemeldet", "In diesem Browser ist niemand mehr angemeldet."],
    wrong: [
        "Diese Abmeldung geht nicht",
        "Die App hat etwas geschickt, womit wir nichts anfangen können. Es hat sich nichts geändert; wer sie macht, wird dies wissen wollen:",
    ],
};
