//! Spanish, with «usted».

use pages::{Prompt, Words};

use super::{Language, Page};

pub(super) static LANGUAGE: Language = Language {
    confirm: Prompt {
        password: Some("Elija una contraseña (opcional)"),
        button: "Confirmar dirección",
        caution: "Si no se ha registrado, cierre esta página: no ha pasado nada y sin este botón no pasará nada.",
    },
    undo: Prompt {
        password: Some("Nueva contraseña (recomendado)"),
        button: "Deshacer el cambio",
        caution: "Si ha cambiado usted la dirección, cierre esta página: no ha pasado nada.",
    },
    words,
};

fn words(page: Page, brand: &str, address: &str) -> Words {
    match page {
        Page::Confirm => Words::new(
            "Confirme su dirección de correo",
            [
                &format!("Pulse el botón para confirmar que {address} es suya y para abrir su cuenta en {brand}."),
                "Si indicó una contraseña al registrarse, introdúzcala aquí de nuevo: por su seguridad, solo cuenta lo que elija en esta página.",
            ],
        ),
        Page::Confirmed => Words::new(
            "Su dirección está confirmada",
            [&format!("Su cuenta en {brand} está lista. Ya puede iniciar sesión."), "Puede cerrar esta página."],
        ),
        Page::LinkOver => Words::new(
            "Este enlace ya no es válido",
            [
                "Ya se ha usado, lo ha sustituido otro más reciente o han pasado sus diez minutos.",
                "Si ha confirmado su dirección, inicie sesión como siempre. Si no, regístrese de nuevo y le enviaremos otro correo.",
            ],
        ),
        Page::LinkBroken => Words::new(
            "Este enlace está incompleto",
            [
                "Ábralo otra vez desde el correo o cópielo entero en la barra de direcciones.",
                "Si no funciona, regístrese de nuevo y le enviaremos otro correo.",
            ],
        ),
        Page::AddressTaken => Words::new(
            "Ya tiene una cuenta",
            [&format!("Su dirección ya tiene una cuenta en {brand}. Inicie sesión como siempre.")],
        ),
        Page::Undo => Words::new(
            "Deshacer el cambio de dirección",
            [
                &format!(
                    "Su cuenta en {brand} recupera su dirección anterior, {address}, y se cierra la sesión en todos los dispositivos."
                ),
                "Elija también una contraseña nueva: es posible que otra persona conozca la anterior.",
            ],
        ),
        Page::Undone => Words::new(
            "Se ha deshecho el cambio",
            [
                &format!(
                    "Su cuenta en {brand} vuelve a tener su dirección anterior, y se ha cerrado la sesión en todos los dispositivos."
                ),
                "Vuelva a iniciar sesión. Si no acaba de elegir una contraseña nueva, la anterior tampoco sirve ya: establezca una nueva como si la hubiera olvidado.",
            ],
        ),
        Page::UndoBroken => Words::new(
            "Este enlace está incompleto",
            [
                "Ábralo otra vez desde el correo o cópielo entero en la barra de direcciones.",
                &format!("Si no funciona, póngase en contacto con {brand} de inmediato."),
            ],
        ),
        Page::UndoOver => Words::new(
            "Este cambio ya no se puede deshacer",
            [
                "Ya se ha deshecho o han pasado los siete días para hacerlo.",
                &format!("Si algo en su cuenta no está como debería, póngase en contacto con {brand} de inmediato."),
            ],
        ),
    }
}
