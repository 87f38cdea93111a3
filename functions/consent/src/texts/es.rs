//! Spanish, with «usted».

use pages::{Prompt, Words};

use super::{Language, Page};

pub(super) static LANGUAGE: Language = Language {
    confirm: Prompt {
        password: None,
        button: "Sí, acepto",
        caution: "Si no ha aceptado nada, cierre esta página: no ha pasado nada ni pasará.",
    },
    unsubscribe: Prompt {
        password: None,
        button: "Darme de baja",
        caution: "Si quiere seguir recibiéndolo, cierre esta página: no ha pasado nada.",
    },
    words,
};

fn words(page: Page, brand: &str, about: &str) -> Words {
    match page {
        Page::Confirm => Words::new(
            "Confirme su elección",
            [
                &format!("Ha aceptado en {brand}: {about}."),
                "Tendrá efecto cuando pulse el botón. Puede cambiar de opinión en su cuenta en cualquier momento.",
            ],
        ),
        Page::Confirmed => Words::new(
            "Gracias, está confirmado",
            [
                &format!("Puede cambiar de opinión en su cuenta de {brand} en cualquier momento."),
                "Puede cerrar esta página.",
            ],
        ),
        Page::ConfirmOver => Words::new(
            "Este enlace ya no es válido",
            [
                "Ya se ha usado, han pasado sus siete días o ha decidido otra cosa desde entonces.",
                &format!("Puede ver y cambiar lo que ha aceptado en su cuenta de {brand}."),
            ],
        ),
        Page::ConfirmBroken => Words::new(
            "Este enlace está incompleto",
            [
                "Ábralo de nuevo desde el correo o cópielo entero en la barra de direcciones.",
                &format!("También puede ver y cambiar lo que ha aceptado en su cuenta de {brand}."),
            ],
        ),
        Page::Unsubscribe => Words::new(
            "¿Quiere darse de baja?",
            [&format!("Pulse el botón y {brand} no le enviará nada más de esto."), about],
        ),
        Page::Unsubscribed => Words::new(
            "Se ha dado de baja",
            [
                &format!("{brand} no le enviará nada más de esto. Aún puede llegar un correo que ya esté en camino."),
                "Puede cerrar esta página.",
            ],
        ),
        Page::UnsubscribeBroken => Words::new(
            "Este enlace está incompleto",
            [
                "Ábralo de nuevo desde el correo o cópielo entero en la barra de direcciones.",
                &format!("También puede darse de baja en su cuenta de {brand}."),
            ],
        ),
    }
}
