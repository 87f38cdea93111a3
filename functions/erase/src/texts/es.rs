//! Spanish, with «usted».

use domain::{Locale, when};
use pages::{Prompt, Words};

use super::{Language, Page};

pub(super) static LANGUAGE: Language = Language {
    prompt: Prompt {
        password: None,
        button: "Conservar mi cuenta",
        caution: "Si quiere que se elimine, simplemente cierre esta página: así se hará.",
    },
    words,
};

fn words(page: Page, brand: &str) -> Words {
    match page {
        Page::Withdraw { on_hold_until } => Words::new(
            "¿Quiere conservar su cuenta?",
            [
                &format!("Su cuenta de {brand} está cerrada y se va a eliminar. Con este botón, se queda como estaba."),
                "Después, inicie sesión como siempre.",
            ],
        )
        .and(on_hold_until.map(|until| {
            format!(
                "Por motivos legales debemos conservar sus datos, por ahora hasta el {}. Después se eliminarán.",
                when(Locale::Es, until)
            )
        })),
        Page::Withdrawn => Words::new(
            "Su cuenta se conserva",
            [
                &format!("No se elimina nada de su cuenta de {brand}. Ya puede iniciar sesión como siempre."),
                "Si lo pidió otra persona, cambie su contraseña: es posible que la conozca.",
            ],
        ),
        Page::Over => Words::new(
            "Este enlace ya no es válido",
            [
                &format!(
                    "Ya se ha utilizado, o es demasiado tarde: su cuenta de {brand} se está eliminando o ya se ha eliminado."
                ),
                "Si no es así, inicie sesión como siempre: allí puede indicar que quiere conservarla.",
            ],
        ),
        Page::Broken => Words::new(
            "Este enlace está incompleto",
            [
                &format!(
                    "Si no sirve abrirlo otra vez, inicie sesión en {brand} como siempre: allí puede indicar que quiere conservar su cuenta."
                ),
                "Ábralo desde el correo, o cópielo entero en la barra de direcciones.",
            ],
        ),
    }
}
