//! Spanish.

use super::Texts;

pub(super) const TEXTS: Texts = Texts {
    ask_title: "¿Cerrar la sesión?",
    ask: "Se cerrará su sesión aquí y en todas las aplicaciones en las que entró con este navegador.",
    ask_hint: "Si no lo quería, cierre la página: no ha cambiado nada.",
    button: "Cerrar la sesión",
    done: ["La sesión está cerrada", "Ya nadie tiene la sesión abierta en este navegador."],
    wrong: [
        "Este cierre de sesión no funciona",
        "La aplicación ha enviado algo que no se puede usar. No ha cambiado nada; a quienes la hacen les servirá esto:",
    ],
};
