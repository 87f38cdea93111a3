//! German.

use super::Texts;

pub(super) const TEXTS: Texts = Texts {
    title: "Ein Gerät verbinden",
    lead: "Geben Sie den Code ein, den Ihr Gerät zeigt.",
    code: "Code des Geräts",
    go_on: "Weiter",
    wrong: "Diesen Code gibt es nicht, oder seine Zeit ist vorbei. Wenn Sie am Gerät von vorn beginnen, zeigt es einen neuen.",
    confirm_title: |app| format!("Auf einem Gerät bei {app} anmelden?"),
    confirm_lead: |app, brand| format!("Auf einem Gerät bittet {app} {brand} um dies:"),
    compare: "Ihr Gerät muss genau diesen Code zeigen:",
    place: |place| format!("Das Gerät ist ungefähr hier: {place}."),
    warning: "Machen Sie nur weiter, wenn Sie das selbst begonnen haben und das Gerät vor Ihnen steht. Niemand, der es ehrlich meint, schickt Ihnen einen Code, um ihn hier einzugeben: Wer das tut, will sich als Sie anmelden.",
    allow: "Auf dem Gerät anmelden",
    deny: "Nicht anmelden",
    allowed: ["Das Gerät ist angemeldet", "Sie können zu ihm zurückgehen und diese Seite schließen."],
    denied: ["Das Gerät ist nicht angemeldet", "Es bekommt nichts. Sie können diese Seite schließen."],
};
