//! Spanish.

use super::Texts;

pub(super) const TEXTS: Texts = Texts {
    consent_title: |app| format!("¿Permitir {app}?"),
    consent_lead: |app, brand| format!("{app} es una aplicación de otra persona. Le pide a {brand} lo siguiente:"),
    consent_host: |host| {
        format!("Su dirección es {host}. Su nombre lo elige ella misma: permítalo solo si conoce la dirección.")
    },
    consent_back: |host| format!("Después se le llevará a {host}."),
    consent_back_here: "Después se le llevará a un programa de este dispositivo.",
    consent_hint: "Puede retirarlo en cualquier momento en su cuenta.",
    allow: "Permitir",
    deny: "No permitir",
    policy: "Aviso de privacidad de la aplicación",
    terms: "Condiciones de la aplicación",
    form_post_title: "Volver a la aplicación",
    go_on: "Seguir",
    over: [
        "Este inicio de sesión ha terminado",
        "Tardó demasiado, ya se completó o se empezó en otro navegador. Vuelva a la aplicación y empiece de nuevo.",
    ],
    wrong: [
        "Este inicio de sesión no funciona",
        "La aplicación ha enviado algo que no se puede usar. Usted no puede hacer nada; a quienes la hacen les servirá esto:",
    ],
};
