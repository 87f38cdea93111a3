//! Spanish, with «usted».

use super::Texts;

pub(super) static TEXTS: Texts = Texts {
    title: "Iniciar sesión",
    lead: |app, brand| format!("{app} le pide que inicie sesión en su cuenta de {brand}."),
    email: "Correo electrónico",
    password: "Contraseña",
    submit: "Iniciar sesión y continuar",
    cancel: "Ahora no, volver a la aplicación",
    wrong: "La dirección y la contraseña no se corresponden. Compruebe ambas y vuelva a intentarlo.",
    no_address: "Esto no es una dirección de correo. Compruébela.",
    no_password: "Aquí no se pide ninguna contraseña, y esta página aún no puede pedir otra cosa. Inicie sesión en la propia aplicación o vuelva atrás.",
};
