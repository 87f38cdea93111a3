//! The end of an account, in French.

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
        ErasureBy::Customer => {
            format!("Vous nous avez demandé de supprimer votre compte {brand} et tout ce qu’il contient.")
        }
        ErasureBy::Administrator => {
            format!("On nous a demandé en votre nom de supprimer votre compte {brand} et tout ce qu’il contient.")
        }
        ErasureBy::Inactivity => {
            format!("Vous n’avez pas utilisé votre compte {brand} depuis longtemps\u{a0}: nous allons le supprimer.")
        }
    };
    Words {
        subject: format!("Votre compte {name} va être supprimé"),
        preheader: if can_withdraw { format!("Vous pouvez changer d’avis jusqu’au {until}.") } else { why.clone() },
        headline: "Votre compte va être supprimé".into(),
        opening: [why, "Il est déjà fermé, et tous vos appareils sont déconnectés.".into()]
            .into_iter()
            .chain(on_hold_until.map(|until| kept(until, say)))
            .collect(),
        afterwards: if can_withdraw {
            vec![format!(
                "Vous pouvez changer d’avis jusqu’au {until}\u{a0}: cliquez ici, ou connectez-vous et dites-le."
            )]
        } else {
            vec![]
        },
        caution: if can_withdraw {
            "Si ce n’est pas vous qui l’avez demandé, cliquez sur le bouton, puis changez votre mot de passe\u{a0}: quelqu’un d’autre le connaît peut-être."
                .into()
        } else {
            format!("Si ce n’est pas vous qui l’avez demandé, contactez {brand} sans attendre.")
        },
        reason: format!("Vous recevez cet e-mail car il concerne la fin de votre compte {brand}."),
    }
}

pub(super) fn on_hold(until: &Timestamp, say: &Say<'_>) -> Words {
    let Say { name, brand, .. } = say;
    Words {
        subject: format!("La suppression de votre compte {name} doit attendre"),
        preheader: kept(until, say),
        headline: "La suppression doit attendre".into(),
        opening: vec![
            format!("Votre compte {brand} est fermé et va être supprimé, mais cela doit attendre."),
            kept(until, say),
        ],
        afterwards: vec![
            "Il n’y a rien à faire. Tant que cela attend, vous pouvez changer d’avis\u{a0}: connectez-vous et dites-le."
                .into(),
        ],
        caution:
            "Si ce n’est pas vous qui l’avez demandé, connectez-vous pour garder votre compte, puis changez votre mot de passe\u{a0}: quelqu’un d’autre le connaît peut-être."
                .into(),
        reason: format!("Vous recevez cet e-mail car il concerne la fin de votre compte {brand}."),
    }
}

/// What is said of a legal hold: never why.
fn kept(until: &Timestamp, say: &Say<'_>) -> String {
    format!(
        "Pour des raisons juridiques, nous devons conserver vos données, en l’état actuel jusqu’au {}. Elles seront supprimées ensuite.",
        say.when(until)
    )
}

pub(super) fn withdrawn(say: &Say<'_>) -> Words {
    let Say { name, brand, .. } = say;
    Words {
        subject: format!("Votre compte {name} est conservé"),
        preheader: "Il ne sera pas supprimé.".into(),
        headline: "Votre compte est conservé".into(),
        opening: vec![
            format!("Votre compte {brand} ne sera pas supprimé. Tout y est comme avant."),
            "Reconnectez-vous sur vos appareils.".into(),
        ],
        afterwards: vec![],
        caution: format!("Si vous n’êtes pas au courant, changez votre mot de passe et contactez {brand}."),
        reason: format!("Vous recevez cet e-mail car il concerne la sécurité de votre compte {brand}."),
    }
}

pub(super) fn erased(say: &Say<'_>) -> Words {
    let Say { name, brand, .. } = say;
    Words {
        subject: format!("Votre compte {name} est en cours de suppression"),
        preheader: "Ceci est le dernier e-mail que nous vous envoyons.".into(),
        headline: "Votre compte est en cours de suppression".into(),
        opening: vec![format!(
            "Nous supprimons maintenant votre compte {brand} et tout ce qu’il contient. Ceci est le dernier e-mail à son sujet."
        )],
        afterwards: vec!["Une attestation signée indique quand cela a été fait, et à partir de quand aucune sauvegarde n’en contient plus rien. Vous la trouverez ici dès que ce sera fait\u{a0}; gardez cet e-mail aussi longtemps que vous pourriez en avoir besoin\u{a0}:".into()],
        caution: "Vous pouvez vous réinscrire avec cette adresse quand vous voulez. Pour nous, vous serez quelqu’un de nouveau."
            .into(),
        reason: format!("Vous recevez cet e-mail car il concerne la fin de votre compte {brand}."),
    }
}

pub(super) fn inactive(until: &Timestamp, on_hold_until: Option<&Timestamp>, say: &Say<'_>) -> Words {
    let (Say { name, brand, .. }, until) = (say, say.when(until));
    Words {
        subject: format!("Avez-vous encore besoin de votre compte {name}\u{a0}?"),
        preheader: format!("Connectez-vous avant le {until} pour le garder."),
        headline: "Avez-vous encore besoin de votre compte\u{a0}?".into(),
        opening: vec![
            format!("Vous n’avez pas utilisé votre compte {brand} depuis longtemps. Nous ne gardons rien d’inutile."),
            format!("Si vous souhaitez le garder, connectez-vous simplement avant le {until}."),
        ],
        afterwards: on_hold_until.map(|until| kept(until, say)).into_iter().collect(),
        caution: "Si vous n’en avez plus besoin, il n’y a rien à faire\u{a0}: nous le supprimerons, avec tout ce qu’il contient."
            .into(),
        reason: format!("Vous recevez cet e-mail car vous avez un compte {brand}."),
    }
}
