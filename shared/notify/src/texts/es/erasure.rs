//! The end of an account, in Spanish.

use domain::{ErasureBy, Timestamp};

use crate::texts::{Say, Words};

pub(super) fn requested(
    by: ErasureBy,
    (due_at, on_hold_until): (&Timestamp, Option<&Timestamp>),
    can_withdraw: bool,
    say: &Say<'_>,
) -> Words {
    let (Say { name, brand, .. }, until) = (say, say.when(due_at));
    let why = match by {
        ErasureBy::Customer => format!("Nos ha pedido que eliminemos su cuenta de {brand} y todo lo que contiene."),
        ErasureBy::Administrator => {
            format!("Se nos ha pedido en su nombre que eliminemos su cuenta de {brand} y todo lo que contiene.")
        }
        ErasureBy::Inactivity => {
            format!("Hace mucho tiempo que no utiliza su cuenta de {brand}, por lo que vamos a eliminarla.")
        }
    };
    Words {
        subject: format!("Su cuenta de {name} se va a eliminar"),
        preheader: if can_withdraw { format!("Puede cambiar de opinión hasta el {until}.") } else { why.clone() },
        headline: "Su cuenta se va a eliminar".into(),
        opening: [why, "Ya está cerrada, y se ha cerrado la sesión en todos los dispositivos.".into()]
            .into_iter()
            .chain(on_hold_until.map(|until| kept(until, say)))
            .collect(),
        afterwards: if can_withdraw {
            vec![format!("Puede cambiar de opinión hasta el {until}: pulse aquí, o inicie sesión e indíquelo.")]
        } else {
            vec![]
        },
        caution: if can_withdraw {
            "Si no lo ha pedido usted, pulse el botón y cambie después su contraseña: es posible que otra persona la conozca."
                .into()
        } else {
            format!("Si no lo ha pedido usted, póngase en contacto con {brand} de inmediato.")
        },
        reason: format!("Recibe este correo porque se trata del fin de su cuenta de {brand}."),
    }
}

pub(super) fn on_hold(until: &Timestamp, say: &Say<'_>) -> Words {
    let Say { name, brand, .. } = say;
    Words {
        subject: format!("La eliminación de su cuenta de {name} tiene que esperar"),
        preheader: kept(until, say),
        headline: "La eliminación tiene que esperar".into(),
        opening: vec![
            format!("Su cuenta de {brand} está cerrada y se va a eliminar, pero eso tiene que esperar."),
            kept(until, say),
        ],
        afterwards: vec![
            "No tiene que hacer nada. Mientras tanto, puede cambiar de opinión: inicie sesión e indíquelo."
                .into(),
        ],
        caution:
            "Si no lo ha pedido usted, inicie sesión para conservar su cuenta y cambie después su contraseña: es posible que otra persona la conozca."
                .into(),
        reason: format!("Recibe este correo porque se trata del fin de su cuenta de {brand}."),
    }
}

/// What is said of a legal hold: never why.
fn kept(until: &Timestamp, say: &Say<'_>) -> String {
    format!(
        "Por motivos legales debemos conservar sus datos, por ahora hasta el {}. Después se eliminarán.",
        say.when(until)
    )
}

pub(super) fn withdrawn(say: &Say<'_>) -> Words {
    let Say { name, brand, .. } = say;
    Words {
        subject: format!("Su cuenta de {name} se conserva"),
        preheader: "No se va a eliminar.".into(),
        headline: "Su cuenta se conserva".into(),
        opening: vec![
            format!("Su cuenta de {brand} no se va a eliminar. Todo sigue como estaba."),
            "Vuelva a iniciar sesión en sus dispositivos.".into(),
        ],
        afterwards: vec![],
        caution: format!("Si no sabe nada de esto, cambie su contraseña y póngase en contacto con {brand}."),
        reason: format!("Recibe este correo porque se trata de la seguridad de su cuenta de {brand}."),
    }
}

pub(super) fn erased(say: &Say<'_>) -> Words {
    let Say { name, brand, .. } = say;
    Words {
        subject: format!("Estamos eliminando su cuenta de {name}"),
        preheader: "Este es el último correo que le enviamos.".into(),
        headline: "Estamos eliminando su cuenta".into(),
        opening: vec![format!(
            "Estamos eliminando ahora su cuenta de {brand} y todo lo que contiene. Este es el último correo al respecto."
        )],
        afterwards: vec!["Un certificado firmado indica cuándo se ha hecho y a partir de cuándo ninguna copia de seguridad contiene nada de ella. En cuanto esté hecho, lo encontrará aquí; guarde este correo mientras pueda necesitarlo:".into()],
        caution: "Puede volver a registrarse con esta dirección cuando quiera. Para nosotros será una persona nueva."
            .into(),
        reason: format!("Recibe este correo porque se trata del fin de su cuenta de {brand}."),
    }
}

pub(super) fn inactive(until: &Timestamp, on_hold_until: Option<&Timestamp>, say: &Say<'_>) -> Words {
    let (Say { name, brand, .. }, until) = (say, say.when(until));
    Words {
        subject: format!("¿Todavía necesita su cuenta de {name}?"),
        preheader: format!("Inicie sesión antes del {until} para conservarla."),
        headline: "¿Todavía necesita su cuenta?".into(),
        opening: vec![
            format!("Hace mucho tiempo que no utiliza su cuenta de {brand}. No guardamos nada que nadie necesite."),
            format!("Si quiere conservarla, simplemente inicie sesión antes del {until}."),
        ],
        afterwards: on_hold_until.map(|until| kept(until, say)).into_iter().collect(),
        caution: "Si ya no la necesita, no tiene que hacer nada: la eliminaremos, con todo lo que contiene.".into(),
        reason: format!("Recibe este correo porque tiene una cuenta de {brand}."),
    }
}
