//! French, about an account's safety.

use domain::{Notice, Timestamp};

use crate::texts::{Say, Words};

pub(super) fn words(what: &Notice, until: &Timestamp, say: &Say<'_>) -> Words {
    let Say { name, brand, .. } = say;
    let until = say.when(until);
    let safety = Words {
        subject: String::new(),
        preheader: "Si c’était vous, vous n’avez rien à faire.".into(),
        headline: String::new(),
        opening: vec![],
        afterwards: vec![format!(
            "Si ce n’était pas vous, fermez ici toutes les sessions de votre compte. C’est possible jusqu’au {until}."
        )],
        caution:
            "Ensuite, reconnectez-vous et changez votre mot de passe\u{a0}: quelqu’un d’autre le connaît peut-être."
                .into(),
        reason: format!("Vous recevez cet e-mail car il concerne la sécurité de votre compte {brand}."),
    };
    match what {
        Notice::FactorAdded { .. } => Words {
            subject: format!("Votre compte {name} a une nouvelle méthode de connexion"),
            headline: "Vous avez une nouvelle méthode de connexion".into(),
            opening: vec![format!(
                "Une méthode de connexion a été ajoutée à votre compte {brand}. Si c’était vous, vous n’avez rien à faire."
            )],
            afterwards: vec![format!(
                "Si ce n’était pas vous, rendez-la ici inutilisable et fermez ainsi toutes les sessions de votre compte. C’est possible jusqu’au {until}."
            )],
            caution: "Ensuite, définissez un nouveau mot de passe\u{a0}: quelqu’un d’autre connaît peut-être l’ancien. Si aucune autre méthode ne protège plus votre compte, vous n’y accéderez de nouveau que par une récupération, qui comporte un délai d’attente.".into(),
            ..safety
        },
        Notice::FactorRemoved { .. } => Words {
            subject: format!("Une méthode de connexion de votre compte {name} a été supprimée"),
            headline: "Une méthode de connexion a été supprimée".into(),
            opening: vec![format!(
                "Une méthode de connexion a été supprimée de votre compte {brand}. Si c’était vous, vous n’avez rien à faire."
            )],
            ..safety
        },
        Notice::NewDevice {} => Words {
            subject: format!("Nouvelle connexion à votre compte {name}"),
            headline: "Quelqu’un s’est connecté sur un nouvel appareil".into(),
            opening: vec![format!(
                "Quelqu’un s’est connecté à votre compte {brand} sur un appareil que nous ne connaissions pas. Si c’était vous, vous n’avez rien à faire."
            )],
            ..safety
        },
        Notice::RecoveryCodeUsed { left } => Words {
            subject: format!("Un code de récupération de votre compte {name} a été utilisé"),
            preheader: "Il n’est plus valable.".into(),
            headline: "Un code de récupération a été utilisé".into(),
            opening: [
                Some(format!(
                    "Quelqu’un s’est connecté à votre compte {brand} avec l’un de vos codes de récupération. Ce code n’est plus valable."
                )),
                match left {
                    0 => Some("C’était le dernier. Si c’était vous, créez-en de nouveaux dans votre compte.".into()),
                    1..=3 => Some(
                        "Il en reste peu. Si c’était vous, créez-en bientôt de nouveaux dans votre compte.".into(),
                    ),
                    _ => None,
                },
            ]
            .into_iter()
            .flatten()
            .collect(),
            ..safety
        },
        Notice::RecoveryCodesMade {} => Words {
            subject: format!("Votre compte {name} a de nouveaux codes de récupération"),
            headline: "Vous avez de nouveaux codes de récupération".into(),
            opening: vec![format!(
                "De nouveaux codes de récupération ont été créés pour votre compte {brand}. Eux seuls sont valables désormais, les précédents ne le sont plus. Si c’était vous, vous n’avez rien à faire."
            )],
            ..safety
        },
        Notice::PasskeyCopied { .. } => Words {
            subject: format!("Une clé d’accès de votre compte {name} a peut-être été copiée"),
            preheader: "Vous pouvez la rendre inutilisable depuis cet e-mail.".into(),
            headline: "Une clé d’accès a peut-être été copiée".into(),
            opening: vec![format!(
                "Une clé d’accès de votre compte {brand} a été utilisée d’une manière qui laisse penser qu’il en existe une copie."
            )],
            afterwards: vec![format!(
                "Par sécurité, rendez-la ici inutilisable et fermez ainsi toutes les sessions de votre compte. C’est possible jusqu’au {until}."
            )],
            caution: "Ensuite, définissez un nouveau mot de passe et ajoutez une nouvelle clé d’accès. Si aucune autre méthode ne protège plus votre compte, vous n’y accéderez de nouveau que par une récupération, qui comporte un délai d’attente.".into(),
            ..safety
        },
        Notice::SecondFactorRefused {} => Words {
            subject: format!("Quelqu’un connaît peut-être le mot de passe de votre compte {name}"),
            preheader: "Quelqu’un l’a saisi, mais n’a pas pu entrer.".into(),
            headline: "Quelqu’un connaît peut-être votre mot de passe".into(),
            opening: vec![
                format!(
                    "Quelqu’un a saisi le bon mot de passe de votre compte {brand}, puis a été refusé plusieurs fois, car la deuxième preuve était fausse. Personne n’est entré ainsi dans votre compte."
                ),
                "Si c’était vous, vous n’avez rien à faire.".into(),
            ],
            afterwards: vec![format!(
                "Si ce n’était pas vous, rendez ici ce mot de passe inutilisable et fermez ainsi toutes les sessions de votre compte. C’est possible jusqu’au {until}."
            )],
            caution: "Ensuite, choisissez un nouveau mot de passe que vous n’utilisez nulle part ailleurs.".into(),
            ..safety
        },
        Notice::RecoveryStarted { ready_at } => Words {
            subject: format!("Quelqu’un veut récupérer votre compte {name}"),
            preheader: format!("Si ce n’était pas vous, vous pouvez refuser jusqu’au {until}."),
            headline: "Quelqu’un veut récupérer votre compte".into(),
            opening: vec![
                format!(
                    "Quelqu’un, peut-être vous, veut accéder à votre compte {brand} sans aucune des méthodes de connexion qui le protègent. Ce sera possible à partir du {}.",
                    say.when(ready_at)
                ),
                "Si c’était vous, revenez simplement à ce moment-là.".into(),
            ],
            afterwards: vec![format!("Si ce n’était pas vous, refusez ici. C’est possible jusqu’au {until}.")],
            caution: "Ensuite, changez votre mot de passe\u{a0}: quelqu’un d’autre le connaît peut-être.".into(),
            ..safety
        },
        Notice::RecoveryEnded {} => Words {
            subject: format!("La récupération de votre compte {name} a été arrêtée"),
            preheader: "Quelqu’un s’est connecté avec l’une des méthodes qui le protègent.".into(),
            headline: "La récupération de votre compte a été arrêtée".into(),
            opening: vec![
                format!(
                    "Quelqu’un, probablement vous, s’est connecté à votre compte {brand} avec l’une des méthodes de connexion qui le protègent. Elles ne sont donc pas perdues, et la récupération dont nous vous avons informé par e-mail a été arrêtée."
                ),
                "Si c’était vous, vous n’avez rien à faire.".into(),
            ],
            ..safety
        },
        Notice::Recovered {} => Words {
            subject: format!("Votre compte {name} a été récupéré"),
            preheader: "Les méthodes de connexion qui le protégeaient ont été supprimées.".into(),
            headline: "Votre compte a été récupéré".into(),
            opening: vec![
                format!(
                    "Quelqu’un a accédé à votre compte {brand} grâce à la récupération dont nous vous avons informé par e-mail. Les méthodes de connexion qui le protégeaient ont été supprimées."
                ),
                "Si c’était vous, ajoutez-en de nouvelles dans votre compte.".into(),
            ],
            ..safety
        },
        Notice::ExportRequested {} => Words {
            subject: format!("Une copie des données de votre compte {name} a été demandée"),
            headline: "Une copie de vos données a été demandée".into(),
            opening: vec![format!("Une personne connectée à votre compte {brand} a demandé une copie de tout ce que nous conservons sur vous. Si c’était vous, vous n’avez rien à faire.")],
            afterwards: vec![format!("Si ce n’était pas vous, fermez ici toutes les sessions de votre compte\u{a0}: la copie ne pourra plus être téléchargée, si elle ne l’a pas déjà été. C’est possible jusqu’au {until}.")],
            ..safety
        },
        Notice::ExportMade {} => Words {
            subject: format!("Nous avons fait une copie des données de votre compte {name}"),
            preheader: "Si vous l’avez demandée, vous n’avez rien à faire.".into(),
            headline: "Une copie de vos données a été faite".into(),
            opening: vec![format!("Vous nous avez demandé vos données, ou quelqu’un l’a fait en votre nom, et {brand} a fait une copie de tout ce que nous conservons sur vous pour vous la remettre. Si c’était vous, vous n’avez rien à faire.")],
            afterwards: vec![format!("Si ce n’était pas vous, fermez ici toutes les sessions de votre compte\u{a0}: la copie ne pourra plus être téléchargée, si elle ne l’a pas déjà été. C’est possible jusqu’au {until}.")],
            caution: format!("Ensuite, contactez {brand} sans attendre."),
            ..safety
        },
    }
}
