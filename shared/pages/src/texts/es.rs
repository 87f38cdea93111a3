//! Spanish, with «usted».

use super::Texts;

pub(super) static TEXTS: Texts = Texts {
    help: "¿Necesita ayuda?",
    privacy: "Aviso de privacidad",
    terms: "Condiciones de uso",
    hint: |min| format!("Al menos {min} caracteres de cualquier tipo. Una frase entera es una buena contraseña."),
    too_short: |min| format!("Esta contraseña es demasiado corta. Use al menos {min} caracteres."),
    too_long: |max| format!("Esta contraseña es demasiado larga. Use como máximo {max} caracteres."),
    common: "Esta es una de las contraseñas que otros prueban primero. Elija otra.",
    breached: "Esta contraseña apareció en una filtración de datos: otros la conocen. Elija otra.",
    guessable: "Esta contraseña está hecha de su dirección o de nuestro nombre. Elija otra.",
    too_many: ["Demasiados intentos", "Espere unos minutos y vuelva a intentarlo."],
    changed: ["Su cuenta acaba de cambiar", "Otra operación la ha cambiado al mismo tiempo. Vuelva a intentarlo."],
    unreadable: [
        "No se puede leer esta solicitud",
        "Vuelva a la página anterior o abra de nuevo el enlace de su correo.",
    ],
    unavailable: [
        "No disponible en este momento",
        "No se ha perdido nada. Vuelva a intentarlo en un minuto: su enlace sigue siendo válido como antes.",
    ],
    mistake: ["Algo ha salido mal", "El error es nuestro y lo hemos registrado. Vuelva a intentarlo más tarde."],
    sign_in_over: [
        "Este inicio de sesión ha terminado",
        "Ha tardado demasiado, ya se completó o empezó en otro navegador. Vuelva a la aplicación y empiece de nuevo.",
    ],
    scopes: [
        "reconocerle",
        "su perfil, por ejemplo su nombre",
        "su dirección de correo",
        "su número de teléfono",
        "su dirección postal",
        "todo esto también cuando usted no está",
    ],
};
