//! Spanish, with «usted».

mod erasure;
mod notices;

use domain::{DsarKind, EndReason, Message, Method};

use super::{Labels, Language, Say, Words};

pub(super) static LANGUAGE: Language = Language {
    labels: Labels {
        colon: ":",
        code: "Su código",
        verify: "Confirmar dirección",
        undo: "Deshacer el cambio",
        sign_in: "Iniciar sesión",
        reset: "Elegir una contraseña nueva",
        not_me: "No he sido yo",
        refuse: "Rechazar",
        agree: "Sí, acepto",
        keep: "Conservar mi cuenta",
        certificate: "Certificado",
        erased_from: "Eliminación a partir de",
        on_hold_until: "En espera hasta",
        address: "Si el botón no funciona, abra esta dirección:",
        when: "Fecha",
        device: "Dispositivo",
        place: "Lugar",
        new_address: "Nueva dirección",
        method: "Método",
        called: "Nombre",
        left: "Códigos restantes",
        purpose: "Para",
        request: "Solicitud",
        asked: "Se pide",
        due: "Vence",
        help: "¿Necesita ayuda?",
    },
    method,
    asked,
    words,
    sms: |code, brand| format!("{code} es su código de {brand}. No lo comparta con nadie."),
    sms_recovery: |brand| {
        format!(
            "{brand}: alguien quiere entrar en su cuenta sin sus métodos de acceso. Si no ha sido usted, rechácelo con el enlace de nuestro correo."
        )
    },
    sms_recovered: |brand| {
        format!(
            "{brand}: alguien ha entrado en su cuenta sin sus métodos de acceso. Si no ha sido usted, use el enlace de nuestro correo."
        )
    },
};

fn method(method: Method) -> &'static str {
    match method {
        Method::Passkey => "Llave de acceso",
        Method::Totp => "Aplicación de autenticación",
        Method::Sms => "Código por SMS",
        Method::Email => "Código por correo",
        Method::RecoveryCode => "Código de recuperación",
        Method::Password => "Contraseña",
        Method::DelayedRecovery => "Recuperación tras una espera",
    }
}

fn asked(kind: DsarKind) -> &'static str {
    match kind {
        DsarKind::Access => "Una copia de los datos",
        DsarKind::Portability => "Datos para otro proveedor",
        DsarKind::Erasure => "Supresión",
        DsarKind::Rectification => "Rectificación",
        DsarKind::Objection => "Oposición",
        DsarKind::Restriction => "Limitación",
    }
}

fn words(message: &Message, say: &Say<'_>) -> Words {
    let Say { name, brand, .. } = say;
    match message {
        Message::Registration { expires_at, .. } => {
            let until = say.when(expires_at);
            Words {
                subject: format!("Confirme su dirección de correo para {name}"),
                preheader: format!("Su código está en este correo. Es válido hasta el {until}."),
                headline: "Confirme su dirección de correo".into(),
                opening: vec![format!(
                    "¡Le damos la bienvenida a {brand}! Introduzca este código donde se registró para confirmar que esta dirección es suya."
                )],
                afterwards: vec![
                    format!("El código es válido una sola vez, hasta el {until}."),
                    "También puede confirmar aquí, desde cualquier dispositivo:".into(),
                ],
                caution: format!(
                    "No comparta este código con nadie; {brand} nunca se lo pedirá. Si no se ha registrado, no tiene que hacer nada: sin el código no se crea ninguna cuenta."
                ),
                reason: format!("Recibe este correo porque alguien se ha registrado en {brand} con esta dirección."),
            }
        }
        Message::AlreadyRegistered {} => Words {
            subject: format!("Ya tiene una cuenta en {name}"),
            preheader: "Inicie sesión como siempre.".into(),
            headline: "Ya tiene una cuenta".into(),
            opening: vec![
                format!(
                    "Alguien, probablemente usted, ha intentado registrarse en {brand} con esta dirección. Ya tiene una cuenta, así que no hemos creado otra."
                ),
                "Inicie sesión como siempre.".into(),
            ],
            afterwards: vec![],
            caution: "Si no ha sido usted, no tiene que hacer nada: nadie ha entrado en su cuenta y nada ha cambiado en ella.".into(),
            reason: format!("Recibe este correo porque alguien ha intentado registrarse en {brand} con esta dirección."),
        },
        Message::EmailChange { expires_at, .. } => {
            let until = say.when(expires_at);
            Words {
                subject: format!("Confirme su nueva dirección de correo para {name}"),
                preheader: format!("Su código está en este correo. Es válido hasta el {until}."),
                headline: "Confirme su nueva dirección de correo".into(),
                opening: vec![format!("Introduzca este código para usar esta dirección en su cuenta de {brand}.")],
                afterwards: vec![format!(
                    "El código es válido una sola vez, hasta el {until}. Mientras no lo introduzca, su cuenta conserva la dirección actual."
                )],
                caution: format!(
                    "No comparta este código con nadie; {brand} nunca se lo pedirá. Si no ha pedido este cambio, no tiene que hacer nada: sin el código no cambia nada."
                ),
                reason: format!(
                    "Recibe este correo porque alguien ha pedido usar esta dirección en una cuenta de {brand}."
                ),
            }
        }
        Message::EmailChanged { undo_until, .. } => {
            let until = say.when(undo_until);
            Words {
                subject: format!("Ha cambiado la dirección de correo de su cuenta de {name}"),
                preheader: format!("Si no ha sido usted, puede deshacerlo hasta el {until}."),
                headline: "Su dirección de correo ha cambiado".into(),
                opening: vec![format!(
                    "Su cuenta de {brand} tiene ahora otra dirección de correo. Si la ha cambiado usted, no tiene que hacer nada."
                )],
                afterwards: vec![format!(
                    "Si no ha sido usted, deshaga el cambio aquí. Puede hacerlo hasta el {until}."
                )],
                caution: "Después, cambie su contraseña: es posible que otra persona la conozca.".into(),
                reason: format!("Recibe este correo porque esta era la dirección de su cuenta de {brand}."),
            }
        }
        Message::SignInCode { expires_at, .. } => {
            let until = say.when(expires_at);
            Words {
                subject: format!("Su código para iniciar sesión en {name}"),
                preheader: format!("Su código está en este correo. Es válido hasta el {until}."),
                headline: "Su código para iniciar sesión".into(),
                opening: vec![format!("Introduzca este código donde está iniciando sesión en {brand}.")],
                afterwards: vec![format!("El código es válido una sola vez, hasta el {until}.")],
                caution: format!(
                    "No comparta este código con nadie; {brand} nunca se lo pedirá. Si no quería iniciar sesión, no tiene que hacer nada: sin el código nadie entra en su cuenta."
                ),
                reason: format!(
                    "Recibe este correo porque alguien quiere iniciar sesión en {brand} con esta dirección."
                ),
            }
        }
        Message::SignInLink { expires_at, .. } => {
            let until = say.when(expires_at);
            Words {
                subject: format!("Su enlace para iniciar sesión en {name}"),
                preheader: format!("El enlace es válido hasta el {until}."),
                headline: "Su enlace para iniciar sesión".into(),
                opening: vec![format!(
                    "Este enlace inicia su sesión en {brand}. Ábralo en el navegador en el que lo ha pedido."
                )],
                afterwards: vec![format!("Es válido una sola vez, hasta el {until}.")],
                caution: "No comparta este enlace con nadie. Si no quería iniciar sesión, no tiene que hacer nada: sin el enlace nadie entra en su cuenta.".into(),
                reason: format!(
                    "Recibe este correo porque alguien quiere iniciar sesión en {brand} con esta dirección."
                ),
            }
        }
        Message::FactorCode { expires_at, .. } => {
            let until = say.when(expires_at);
            Words {
                subject: format!("Su código de seguridad de {name}"),
                preheader: format!("Su código está en este correo. Es válido hasta el {until}."),
                headline: "Su código de seguridad".into(),
                opening: vec![format!("Introduzca este código para confirmar a {brand} que es usted.")],
                afterwards: vec![format!("El código es válido una sola vez, hasta el {until}.")],
                caution: format!(
                    "No comparta este código con nadie; {brand} nunca se lo pedirá. Si no lo ha pedido, cambie su contraseña: es posible que otra persona la conozca."
                ),
                reason: format!("Recibe este correo porque se trata de la seguridad de su cuenta de {brand}."),
            }
        }
        Message::PasswordReset { expires_at, .. } => {
            let until = say.when(expires_at);
            Words {
                subject: format!("Una contraseña nueva para su cuenta de {name}"),
                preheader: format!("Su código está en este correo. Es válido hasta el {until}."),
                headline: "Elija una contraseña nueva".into(),
                opening: vec![format!(
                    "Alguien, probablemente usted, ha pedido una contraseña nueva para su cuenta de {brand}. Introduzca este código donde la pidió."
                )],
                afterwards: vec![
                    format!("El código es válido una sola vez, hasta el {until}."),
                    "También puede elegir la contraseña nueva aquí, desde cualquier dispositivo:".into(),
                ],
                caution: format!(
                    "No comparta este código con nadie; {brand} nunca se lo pedirá. Si no lo ha pedido, no tiene que hacer nada: sin el código su contraseña no cambia."
                ),
                reason: format!(
                    "Recibe este correo porque alguien ha pedido a {brand} una contraseña nueva con esta dirección."
                ),
            }
        }
        Message::NoAccount {} => Words {
            subject: format!("Esta dirección no tiene cuenta en {name}"),
            preheader: "Es posible que se registrara con otra dirección.".into(),
            headline: "Esta dirección no tiene cuenta".into(),
            opening: vec![
                format!(
                    "Alguien, probablemente usted, ha intentado iniciar sesión en {brand} o elegir una contraseña nueva con esta dirección. No tiene ninguna cuenta."
                ),
                "Es posible que se registrara con otra dirección: pruebe con ella. O regístrese con esta.".into(),
            ],
            afterwards: vec![],
            caution: "Si no ha sido usted, no tiene que hacer nada.".into(),
            reason: format!("Recibe este correo porque alguien ha introducido esta dirección en {brand}."),
        },
        Message::ConsentOptIn { expires_at, .. } => {
            let until = say.when(expires_at);
            Words {
                subject: format!("Confirme su elección en {name}"),
                preheader: format!("Sin su confirmación no enviaremos nada. Tiene hasta el {until}."),
                headline: "Confirme su elección".into(),
                opening: vec![format!("En su cuenta de {brand} ha aceptado lo que aquí se indica.")],
                afterwards: vec![format!("Tendrá efecto cuando lo confirme. Puede hacerlo hasta el {until}.")],
                caution: "Si no ha aceptado nada, no tiene que hacer nada: sin su confirmación no tiene efecto. Puede cambiar de opinión en su cuenta en cualquier momento.".into(),
                reason: format!("Recibe este correo porque esta es la dirección de su cuenta de {brand}."),
            }
        }
        Message::PasswordChanged { until, .. } => Words {
            subject: format!("Ha cambiado la contraseña de su cuenta de {name}"),
            preheader: "Si ha sido usted, no tiene que hacer nada.".into(),
            headline: "Su contraseña ha cambiado".into(),
            opening: vec![format!(
                "La contraseña de su cuenta de {brand} ha cambiado y se han cerrado todas sus demás sesiones. Si ha sido usted, no tiene que hacer nada."
            )],
            afterwards: vec![format!(
                "Si no ha sido usted, cierre aquí todas las sesiones de su cuenta. Puede hacerlo hasta el {}.",
                say.when(until)
            )],
            caution: "Después, elija una contraseña nueva con «he olvidado mi contraseña»: otra persona conoce la actual."
                .into(),
            reason: format!("Recibe este correo porque se trata de la seguridad de su cuenta de {brand}."),
        },
        Message::Notice { what, until, .. } => notices::words(what, until, say),
        Message::ErasureRequested { by, due_at, on_hold_until, link, .. } => {
            erasure::requested(*by, (due_at, on_hold_until.as_ref()), link.is_some(), say)
        }
        Message::ErasureOnHold { until } => erasure::on_hold(until, say),
        Message::ErasureWithdrawn { .. } => erasure::withdrawn(say),
        Message::Erased { .. } => erasure::erased(say),
        Message::Inactive { until, on_hold_until } => erasure::inactive(until, on_hold_until.as_ref(), say),
        Message::SessionsEnded { reason: EndReason::RefreshReuse, .. } => Words {
            subject: format!("Hemos cerrado una sesión de su cuenta de {name}"),
            preheader: "Para proteger su cuenta, hemos cerrado la sesión en un dispositivo.".into(),
            headline: "Hemos cerrado una sesión por su seguridad".into(),
            opening: vec![
                format!(
                    "La clave que mantiene abierta la sesión de {brand} en uno de sus dispositivos se ha usado dos veces. Es posible que alguien la haya copiado, así que hemos cerrado esa sesión."
                ),
                "Vuelva a iniciar sesión en ese dispositivo.".into(),
            ],
            afterwards: vec![],
            caution: format!(
                "Si encuentra en su cuenta algo que no reconoce, cambie su contraseña y póngase en contacto con {brand}."
            ),
            reason: format!("Recibe este correo porque se trata de la seguridad de su cuenta de {brand}."),
        },
        Message::SessionsEnded { reason: EndReason::EmailChangeUndone, .. } => Words {
            subject: format!("Se ha deshecho el cambio de dirección de su cuenta de {name}"),
            preheader: "Para proteger su cuenta, hemos cerrado la sesión en todos los dispositivos.".into(),
            headline: "Se ha deshecho el cambio de dirección".into(),
            opening: vec![
                format!(
                    "Su cuenta de {brand} vuelve a tener su dirección de correo anterior. Para protegerla, hemos cerrado todas sus sesiones."
                ),
                "Vuelva a iniciar sesión y cambie su contraseña: es posible que otra persona la conozca.".into(),
            ],
            afterwards: vec![],
            caution: format!("Si no sabe nada de esto, póngase en contacto con {brand} de inmediato."),
            reason: format!("Recibe este correo porque se trata de la seguridad de su cuenta de {brand}."),
        },
        Message::RequestDue { due_at, is_overdue: false, .. } => {
            let due = say.when(due_at);
            Words {
                subject: format!("Una solicitud sobre datos personales en {name} vence pronto"),
                preheader: format!("Vence el {due}."),
                headline: "Una solicitud vence pronto".into(),
                opening: vec![format!("Una solicitud de un cliente de {brand} sobre sus datos personales espera respuesta. Vence el {due}.")],
                afterwards: vec![],
                caution: "Respóndala, o anote por qué se necesita más tiempo, y ciérrela cuando esté atendida.".into(),
                reason: format!("Recibe este correo porque esta dirección es responsable de la protección de datos en {brand}."),
            }
        }
        Message::RequestDue { due_at, is_overdue: true, .. } => {
            let due = say.when(due_at);
            Words {
                subject: format!("Una solicitud sobre datos personales en {name} ha vencido"),
                preheader: format!("Venció el {due}."),
                headline: "Una solicitud ha vencido".into(),
                opening: vec![format!("Una solicitud de un cliente de {brand} sobre sus datos personales venció el {due} y sigue abierta.")],
                afterwards: vec![],
                caution: "Respóndala, o anote por qué se necesita más tiempo, y ciérrela cuando esté atendida.".into(),
                reason: format!("Recibe este correo porque esta dirección es responsable de la protección de datos en {brand}."),
            }
        }
    }
}
