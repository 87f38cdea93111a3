//! Spanish, with «usted».

use pages::{Prompt, Words};

use super::{Language, Page};

pub(super) static LANGUAGE: Language = Language {
    reset: Prompt {
        password: Some("Nueva contraseña"),
        button: "Guardar contraseña",
        caution: "Si no lo ha pedido usted, cierre esta página: no ha pasado nada y su contraseña sigue siendo la misma.",
    },
    undo: Prompt {
        password: None,
        button: "No he sido yo",
        caution: "Si ha sido usted, cierre esta página: no ha pasado nada.",
    },
    words,
};

fn words(page: Page, brand: &str, address: &str) -> Words {
    match page {
        Page::Reset => Words::new(
            "Elija una nueva contraseña",
            [
                &format!("Será la de su cuenta {address} en {brand}. Se cerrará la sesión en todos los dispositivos."),
                "Si inicia sesión en dos pasos, el segundo no cambia.",
            ],
        ),
        Page::ResetDone => Words::new(
            "Su nueva contraseña está guardada",
            [
                &format!(
                    "Se ha cerrado la sesión en todos los dispositivos. Inicie sesión ahora en {brand} con la nueva contraseña."
                ),
                "Puede cerrar esta página.",
            ],
        ),
        Page::ResetOver => Words::new(
            "Este enlace ya no es válido",
            [
                "Ya se ha usado o han pasado sus diez minutos.",
                "Si todavía necesita una nueva contraseña, indique al iniciar sesión que la ha olvidado y le enviaremos otro correo.",
            ],
        ),
        Page::ResetBroken => Words::new(
            "Este enlace está incompleto",
            [
                "Ábralo otra vez desde el correo o cópielo entero en la barra de direcciones.",
                "Si no funciona, indique al iniciar sesión que ha olvidado su contraseña y le enviaremos otro correo.",
            ],
        ),
        Page::Undo => Words::new(
            "Proteja su cuenta",
            [
                &format!(
                    "Si no ha sido usted, pulse el botón: se cierra la sesión de su cuenta en {brand} en todos los dispositivos, su contraseña deja de servir y, si aún es posible, se deshace o se inutiliza lo que le comunicamos en el correo."
                ),
                "Después establezca una nueva contraseña, como si la hubiera olvidado.",
            ],
        ),
        Page::Undone => Words::new(
            "Su cuenta está protegida",
            [
                &format!(
                    "Se ha cerrado la sesión en todos los dispositivos y la contraseña anterior de su cuenta en {brand} ya no sirve."
                ),
                "Establezca ahora una nueva: indique al iniciar sesión que ha olvidado su contraseña. Si es posible que otra persona lea su correo, cambie primero la contraseña de su buzón.",
            ],
        ),
        Page::UndoOver => Words::new(
            "Este enlace ya no es válido",
            [
                "Ya se ha usado o han pasado sus siete días.",
                &format!(
                    "Si algo en su cuenta no está como debería, establezca una nueva contraseña, como si la hubiera olvidado: así se cierra la sesión en todos los dispositivos. Si no basta, póngase en contacto con {brand} de inmediato."
                ),
            ],
        ),
        Page::UndoBroken => Words::new(
            "Este enlace está incompleto",
            [
                "Ábralo otra vez desde el correo o cópielo entero en la barra de direcciones.",
                &format!("Si no funciona, póngase en contacto con {brand} de inmediato."),
            ],
        ),
    }
}
