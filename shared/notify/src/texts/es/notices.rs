//! Spanish, about an account's safety.

use domain::{Notice, Timestamp};

use crate::texts::{Say, Words};

pub(super) fn words(what: &Notice, until: &Timestamp, say: &Say<'_>) -> Words {
    let Say { name, brand, .. } = say;
    let until = say.when(until);
    let safety = Words {
        subject: String::new(),
        preheader: "Si ha sido usted, no tiene que hacer nada.".into(),
        headline: String::new(),
        opening: vec![],
        afterwards: vec![format!(
            "Si no ha sido usted, cierre aquí todas las sesiones de su cuenta. Puede hacerlo hasta el {until}."
        )],
        caution: "Después, vuelva a iniciar sesión y cambie su contraseña: es posible que otra persona la conozca."
            .into(),
        reason: format!("Recibe este correo porque se trata de la seguridad de su cuenta de {brand}."),
    };
    match what {
        Notice::FactorAdded { .. } => Words {
            subject: format!("Su cuenta de {name} tiene un nuevo método de acceso"),
            headline: "Tiene un nuevo método de acceso".into(),
            opening: vec![format!(
                "Se ha añadido un método de acceso a su cuenta de {brand}. Si ha sido usted, no tiene que hacer nada."
            )],
            afterwards: vec![format!(
                "Si no ha sido usted, inutilícelo aquí y cierre así todas las sesiones de su cuenta. Puede hacerlo hasta el {until}."
            )],
            caution: "Después, establezca una nueva contraseña: es posible que otra persona conozca la anterior. Si ya no queda ningún otro método que proteja su cuenta, solo podrá volver a entrar mediante una recuperación, que tiene un tiempo de espera.".into(),
            ..safety
        },
        Notice::FactorRemoved { .. } => Words {
            subject: format!("Se ha eliminado un método de acceso de su cuenta de {name}"),
            headline: "Se ha eliminado un método de acceso".into(),
            opening: vec![format!(
                "Se ha eliminado un método de acceso de su cuenta de {brand}. Si ha sido usted, no tiene que hacer nada."
            )],
            ..safety
        },
        Notice::NewDevice {} => Words {
            subject: format!("Nuevo inicio de sesión en su cuenta de {name}"),
            headline: "Alguien ha iniciado sesión en un dispositivo nuevo".into(),
            opening: vec![format!(
                "Alguien ha iniciado sesión en su cuenta de {brand} desde un dispositivo que no conocíamos. Si ha sido usted, no tiene que hacer nada."
            )],
            ..safety
        },
        Notice::RecoveryCodeUsed { left } => Words {
            subject: format!("Se ha usado un código de recuperación de su cuenta de {name}"),
            preheader: "Ya no es válido.".into(),
            headline: "Se ha usado un código de recuperación".into(),
            opening: [
                Some(format!(
                    "Alguien ha iniciado sesión en su cuenta de {brand} con uno de sus códigos de recuperación. Ese código ya no es válido."
                )),
                match left {
                    0 => Some("Era el último. Si ha sido usted, cree otros nuevos en su cuenta.".into()),
                    1..=3 => Some("Quedan pocos. Si ha sido usted, cree pronto otros nuevos en su cuenta.".into()),
                    _ => None,
                },
            ]
            .into_iter()
            .flatten()
            .collect(),
            ..safety
        },
        Notice::RecoveryCodesMade {} => Words {
            subject: format!("Su cuenta de {name} tiene nuevos códigos de recuperación"),
            headline: "Tiene nuevos códigos de recuperación".into(),
            opening: vec![format!(
                "Se han creado nuevos códigos de recuperación para su cuenta de {brand}. Ahora solo son válidos estos, los anteriores ya no. Si ha sido usted, no tiene que hacer nada."
            )],
            ..safety
        },
        Notice::PasskeyCopied { .. } => Words {
            subject: format!("Es posible que se haya copiado una llave de acceso de su cuenta de {name}"),
            preheader: "Puede inutilizarla desde este correo.".into(),
            headline: "Es posible que se haya copiado una llave de acceso".into(),
            opening: vec![format!(
                "Una llave de acceso de su cuenta de {brand} se ha usado de un modo que hace pensar que existe una copia."
            )],
            afterwards: vec![format!(
                "Por seguridad, inutilícela aquí y cierre así todas las sesiones de su cuenta. Puede hacerlo hasta el {until}."
            )],
            caution: "Después, establezca una nueva contraseña y añada una nueva llave de acceso. Si ya no queda ningún otro método que proteja su cuenta, solo podrá volver a entrar mediante una recuperación, que tiene un tiempo de espera.".into(),
            ..safety
        },
        Notice::SecondFactorRefused {} => Words {
            subject: format!("Es posible que alguien conozca la contraseña de su cuenta de {name}"),
            preheader: "Alguien la ha introducido, pero no ha podido entrar.".into(),
            headline: "Es posible que alguien conozca su contraseña".into(),
            opening: vec![
                format!(
                    "Alguien ha introducido la contraseña correcta de su cuenta de {brand} y después ha sido rechazado varias veces, porque la segunda prueba no era válida. Nadie ha entrado así en su cuenta."
                ),
                "Si ha sido usted, no tiene que hacer nada.".into(),
            ],
            afterwards: vec![format!(
                "Si no ha sido usted, inutilice aquí la contraseña y cierre así todas las sesiones de su cuenta. Puede hacerlo hasta el {until}."
            )],
            caution: "Después, elija una nueva contraseña que no use en ningún otro sitio.".into(),
            ..safety
        },
        Notice::RecoveryStarted { ready_at } => Words {
            subject: format!("Alguien quiere recuperar su cuenta de {name}"),
            preheader: format!("Si no ha sido usted, puede rechazarlo hasta el {until}."),
            headline: "Alguien quiere recuperar su cuenta".into(),
            opening: vec![
                format!(
                    "Alguien, quizá usted, quiere entrar en su cuenta de {brand} sin ninguno de los métodos de acceso que la protegen. Será posible a partir del {}.",
                    say.when(ready_at)
                ),
                "Si ha sido usted, simplemente vuelva entonces.".into(),
            ],
            afterwards: vec![format!("Si no ha sido usted, rechácelo aquí. Puede hacerlo hasta el {until}.")],
            caution: "Después, cambie su contraseña: es posible que otra persona la conozca.".into(),
            ..safety
        },
        Notice::RecoveryEnded {} => Words {
            subject: format!("Se ha detenido la recuperación de su cuenta de {name}"),
            preheader: "Alguien ha iniciado sesión con uno de los métodos que la protegen.".into(),
            headline: "Se ha detenido la recuperación de su cuenta".into(),
            opening: vec![
                format!(
                    "Alguien, probablemente usted, ha iniciado sesión en su cuenta de {brand} con uno de los métodos de acceso que la protegen. Por lo tanto, no se han perdido, y se ha detenido la recuperación de la que le escribimos."
                ),
                "Si ha sido usted, no tiene que hacer nada.".into(),
            ],
            ..safety
        },
        Notice::Recovered {} => Words {
            subject: format!("Se ha recuperado su cuenta de {name}"),
            preheader: "Se han eliminado los métodos de acceso que la protegían.".into(),
            headline: "Se ha recuperado su cuenta".into(),
            opening: vec![
                format!(
                    "Alguien ha entrado en su cuenta de {brand} mediante la recuperación de la que le escribimos. Se han eliminado los métodos de acceso que la protegían."
                ),
                "Si ha sido usted, añada otros nuevos en su cuenta.".into(),
            ],
            ..safety
        },
        Notice::ExportRequested {} => Words {
            subject: format!("Se ha pedido una copia de los datos de su cuenta de {name}"),
            headline: "Se ha pedido una copia de sus datos".into(),
            opening: vec![format!("Alguien con la sesión iniciada en su cuenta de {brand} ha pedido una copia de todo lo que guardamos sobre usted. Si ha sido usted, no tiene que hacer nada.")],
            afterwards: vec![format!("Si no ha sido usted, cierre aquí todas las sesiones de su cuenta: así la copia ya no podrá descargarse, si no se ha hecho antes. Puede hacerlo hasta el {until}.")],
            ..safety
        },
        Notice::ExportMade {} => Words {
            subject: format!("Hemos hecho una copia de los datos de su cuenta de {name}"),
            preheader: "Si la pidió usted, no tiene que hacer nada.".into(),
            headline: "Se ha hecho una copia de sus datos".into(),
            opening: vec![format!("Usted nos pidió sus datos, o alguien lo hizo en su nombre, y {brand} ha hecho una copia de todo lo que guardamos sobre usted para entregarla. Si ha sido usted, no tiene que hacer nada.")],
            afterwards: vec![format!("Si no ha sido usted, cierre aquí todas las sesiones de su cuenta: así la copia ya no podrá descargarse, si no se ha hecho antes. Puede hacerlo hasta el {until}.")],
            caution: format!("Después, póngase en contacto con {brand} de inmediato."),
            ..safety
        },
    }
}
