//! French, with « vous ». The no-break spaces before `:`, `;`, `!` and `?` are written out.

mod erasure;
mod notices;

use domain::{DsarKind, EndReason, Message, Method};

use super::{Labels, Language, Say, Words};

pub(super) static LANGUAGE: Language = Language {
    labels: Labels {
        colon: "\u{a0}:",
        code: "Votre code",
        verify: "Confirmer l’adresse",
        undo: "Annuler le changement",
        sign_in: "Se connecter",
        reset: "Choisir un nouveau mot de passe",
        not_me: "Ce n’était pas moi",
        refuse: "Refuser",
        agree: "Oui, j’accepte",
        keep: "Garder mon compte",
        certificate: "Attestation",
        erased_from: "Suppression à partir du",
        on_hold_until: "En attente jusqu’au",
        address: "Si le bouton ne fonctionne pas, ouvrez cette adresse\u{a0}:",
        when: "Date",
        device: "Appareil",
        place: "Lieu",
        new_address: "Nouvelle adresse",
        method: "Méthode",
        called: "Nom",
        left: "Codes restants",
        purpose: "Pour",
        request: "Demande",
        asked: "Objet",
        due: "Échéance",
        help: "Besoin d’aide\u{a0}?",
    },
    method,
    asked,
    words,
    sms: |code, brand| format!("{code} est votre code pour {brand}. Ne le communiquez à personne."),
    sms_recovery: |brand| {
        format!(
            "{brand}\u{a0}: quelqu’un veut accéder à votre compte sans vos méthodes de connexion. Si ce n’est pas vous, refusez avec le lien dans notre e-mail."
        )
    },
    sms_recovered: |brand| {
        format!(
            "{brand}\u{a0}: quelqu’un a accédé à votre compte sans vos méthodes de connexion. Si ce n’est pas vous, utilisez le lien dans notre e-mail."
        )
    },
};

fn method(method: Method) -> &'static str {
    match method {
        Method::Passkey => "Clé d’accès",
        Method::Totp => "Application d’authentification",
        Method::Sms => "Code par SMS",
        Method::Email => "Code par e-mail",
        Method::RecoveryCode => "Code de récupération",
        Method::Password => "Mot de passe",
        Method::DelayedRecovery => "Récupération après un délai",
    }
}

fn asked(kind: DsarKind) -> &'static str {
    match kind {
        DsarKind::Access => "Une copie des données",
        DsarKind::Portability => "Des données pour un autre fournisseur",
        DsarKind::Erasure => "Effacement",
        DsarKind::Rectification => "Rectification",
        DsarKind::Objection => "Opposition",
        DsarKind::Restriction => "Limitation",
    }
}

fn words(message: &Message, say: &Say<'_>) -> Words {
    let Say { name, brand, .. } = say;
    match message {
        Message::Registration { expires_at, .. } => {
            let until = say.when(expires_at);
            Words {
                subject: format!("Confirmez votre adresse e-mail pour {name}"),
                preheader: format!("Votre code est dans cet e-mail. Il est valable jusqu’au {until}."),
                headline: "Confirmez votre adresse e-mail".into(),
                opening: vec![format!(
                    "Bienvenue chez {brand}. Pour confirmer que cette adresse est bien la vôtre, saisissez ce code là où vous avez commencé l’inscription."
                )],
                afterwards: vec![
                    format!("Le code est valable une seule fois, jusqu’au {until}."),
                    "Vous pouvez aussi confirmer ici, sur n’importe quel appareil\u{a0}:".into(),
                ],
                caution: format!(
                    "Ne communiquez ce code à personne\u{a0}; {brand} ne vous le demandera jamais. Si cette inscription ne vient pas de vous, vous n’avez rien à faire\u{a0}: sans le code, aucun compte n’est créé."
                ),
                reason: format!("Vous recevez cet e-mail car cette adresse a servi à une inscription chez {brand}."),
            }
        }
        Message::AlreadyRegistered {} => Words {
            subject: format!("Vous avez déjà un compte chez {name}"),
            preheader: "Connectez-vous simplement comme d’habitude.".into(),
            headline: "Vous avez déjà un compte".into(),
            opening: vec![
                format!(
                    "Quelqu’un, sans doute vous, a voulu s’inscrire chez {brand} avec cette adresse. Elle a déjà un compte\u{a0}; nous n’en avons donc pas créé d’autre."
                ),
                "Connectez-vous simplement comme d’habitude.".into(),
            ],
            afterwards: vec![],
            caution: "Si ce n’était pas vous, vous n’avez rien à faire\u{a0}: personne n’a eu accès à votre compte et rien n’y a changé.".into(),
            reason: format!("Vous recevez cet e-mail car cette adresse a servi à une inscription chez {brand}."),
        },
        Message::EmailChange { expires_at, .. } => {
            let until = say.when(expires_at);
            Words {
                subject: format!("Confirmez votre nouvelle adresse e-mail pour {name}"),
                preheader: format!("Votre code est dans cet e-mail. Il est valable jusqu’au {until}."),
                headline: "Confirmez votre nouvelle adresse e-mail".into(),
                opening: vec![format!("Saisissez ce code pour utiliser cette adresse avec votre compte {brand}.")],
                afterwards: vec![format!(
                    "Le code est valable une seule fois, jusqu’au {until}. Tant que vous ne l’avez pas saisi, votre compte garde son adresse actuelle."
                )],
                caution: format!(
                    "Ne communiquez ce code à personne\u{a0}; {brand} ne vous le demandera jamais. Si cette demande ne vient pas de vous, vous n’avez rien à faire\u{a0}: sans le code, rien ne change."
                ),
                reason: format!(
                    "Vous recevez cet e-mail car quelqu’un a demandé à utiliser cette adresse pour un compte {brand}."
                ),
            }
        }
        Message::EmailChanged { undo_until, .. } => {
            let until = say.when(undo_until);
            Words {
                subject: format!("L’adresse e-mail de votre compte {name} a changé"),
                preheader: format!("Si ce n’était pas vous, vous pouvez annuler jusqu’au {until}."),
                headline: "Votre adresse e-mail a changé".into(),
                opening: vec![format!(
                    "Votre compte {brand} a maintenant une autre adresse e-mail. Si c’est vous qui l’avez changée, vous n’avez rien à faire."
                )],
                afterwards: vec![format!(
                    "Si ce n’était pas vous, annulez le changement ici. C’est possible jusqu’au {until}."
                )],
                caution: "Ensuite, changez votre mot de passe\u{a0}: quelqu’un d’autre le connaît peut-être.".into(),
                reason: format!("Vous recevez cet e-mail car cette adresse était celle de votre compte {brand}."),
            }
        }
        Message::SignInCode { expires_at, .. } => {
            let until = say.when(expires_at);
            Words {
                subject: format!("Votre code de connexion à {name}"),
                preheader: format!("Votre code est dans cet e-mail. Il est valable jusqu’au {until}."),
                headline: "Votre code de connexion".into(),
                opening: vec![format!("Saisissez ce code là où vous vous connectez à {brand}.")],
                afterwards: vec![format!("Le code est valable une seule fois, jusqu’au {until}.")],
                caution: format!(
                    "Ne communiquez ce code à personne\u{a0}; {brand} ne vous le demandera jamais. Si vous ne vouliez pas vous connecter, vous n’avez rien à faire\u{a0}: sans le code, personne n’accède à votre compte."
                ),
                reason: format!("Vous recevez cet e-mail car quelqu’un veut se connecter à {brand} avec cette adresse."),
            }
        }
        Message::SignInLink { expires_at, .. } => {
            let until = say.when(expires_at);
            Words {
                subject: format!("Votre lien de connexion à {name}"),
                preheader: format!("Le lien est valable jusqu’au {until}."),
                headline: "Votre lien de connexion".into(),
                opening: vec![format!(
                    "Ce lien vous connecte à {brand}. Ouvrez-le dans le navigateur où vous l’avez demandé."
                )],
                afterwards: vec![format!("Il est valable une seule fois, jusqu’au {until}.")],
                caution: "Ne transmettez ce lien à personne. Si vous ne vouliez pas vous connecter, vous n’avez rien à faire\u{a0}: sans le lien, personne n’accède à votre compte.".into(),
                reason: format!("Vous recevez cet e-mail car quelqu’un veut se connecter à {brand} avec cette adresse."),
            }
        }
        Message::FactorCode { expires_at, .. } => {
            let until = say.when(expires_at);
            Words {
                subject: format!("Votre code de sécurité pour {name}"),
                preheader: format!("Votre code est dans cet e-mail. Il est valable jusqu’au {until}."),
                headline: "Votre code de sécurité".into(),
                opening: vec![format!("Saisissez ce code pour confirmer à {brand} que c’est bien vous.")],
                afterwards: vec![format!("Le code est valable une seule fois, jusqu’au {until}.")],
                caution: format!(
                    "Ne communiquez ce code à personne\u{a0}; {brand} ne vous le demandera jamais. Si vous ne l’avez pas demandé, changez votre mot de passe\u{a0}: quelqu’un d’autre le connaît peut-être."
                ),
                reason: format!("Vous recevez cet e-mail car il concerne la sécurité de votre compte {brand}."),
            }
        }
        Message::PasswordReset { expires_at, .. } => {
            let until = say.when(expires_at);
            Words {
                subject: format!("Un nouveau mot de passe pour votre compte {name}"),
                preheader: format!("Votre code est dans cet e-mail. Il est valable jusqu’au {until}."),
                headline: "Choisissez un nouveau mot de passe".into(),
                opening: vec![format!(
                    "Quelqu’un, sans doute vous, a demandé un nouveau mot de passe pour votre compte {brand}. Saisissez ce code là où vous l’avez demandé."
                )],
                afterwards: vec![
                    format!("Le code est valable une seule fois, jusqu’au {until}."),
                    "Vous pouvez aussi choisir le nouveau mot de passe ici, sur n’importe quel appareil\u{a0}:".into(),
                ],
                caution: format!(
                    "Ne communiquez ce code à personne\u{a0}; {brand} ne vous le demandera jamais. Si cette demande ne vient pas de vous, vous n’avez rien à faire\u{a0}: sans le code, votre mot de passe ne change pas."
                ),
                reason: format!(
                    "Vous recevez cet e-mail car quelqu’un a demandé à {brand} un nouveau mot de passe avec cette adresse."
                ),
            }
        }
        Message::NoAccount {} => Words {
            subject: format!("Cette adresse n’a pas de compte chez {name}"),
            preheader: "Vous avez peut-être utilisé une autre adresse.".into(),
            headline: "Cette adresse n’a pas de compte".into(),
            opening: vec![
                format!(
                    "Quelqu’un, sans doute vous, a voulu se connecter à {brand} ou choisir un nouveau mot de passe avec cette adresse. Elle n’a pas de compte."
                ),
                "Vous vous êtes peut-être inscrit avec une autre adresse\u{a0}: essayez avec celle-là. Ou inscrivez-vous avec celle-ci.".into(),
            ],
            afterwards: vec![],
            caution: "Si ce n’était pas vous, vous n’avez rien à faire.".into(),
            reason: format!("Vous recevez cet e-mail car quelqu’un a saisi cette adresse chez {brand}."),
        },
        Message::ConsentOptIn { expires_at, .. } => {
            let until = say.when(expires_at);
            Words {
                subject: format!("Veuillez confirmer votre choix chez {name}"),
                preheader: format!("Sans votre confirmation, nous n’enverrons rien. Vous avez jusqu’au {until}."),
                headline: "Veuillez confirmer votre choix".into(),
                opening: vec![format!("Vous avez accepté, dans votre compte {brand}, ce qui est indiqué ici.")],
                afterwards: vec![format!("Votre accord prend effet une fois confirmé. Vous pouvez le faire jusqu’au {until}.")],
                caution: "Si vous n’avez rien accepté, vous n’avez rien à faire\u{a0}: sans votre confirmation, cet accord ne prend pas effet. Vous pouvez changer d’avis à tout moment dans votre compte.".into(),
                reason: format!("Vous recevez cet e-mail car cette adresse est celle de votre compte {brand}."),
            }
        }
        Message::PasswordChanged { until, .. } => Words {
            subject: format!("Le mot de passe de votre compte {name} a changé"),
            preheader: "Si c’était vous, vous n’avez rien à faire.".into(),
            headline: "Votre mot de passe a changé".into(),
            opening: vec![format!(
                "Le mot de passe de votre compte {brand} a changé, et toutes vos autres sessions ont été fermées. Si c’était vous, vous n’avez rien à faire."
            )],
            afterwards: vec![format!(
                "Si ce n’était pas vous, fermez ici toutes les sessions de votre compte. C’est possible jusqu’au {}.",
                say.when(until)
            )],
            caution: "Ensuite, choisissez un nouveau mot de passe par «\u{a0}mot de passe oublié\u{a0}»\u{a0}: quelqu’un d’autre connaît l’actuel.".into(),
            reason: format!("Vous recevez cet e-mail car il concerne la sécurité de votre compte {brand}."),
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
            subject: format!("Nous avons fermé une session de votre compte {name}"),
            preheader: "Pour protéger votre compte, nous avons fermé la session d’un appareil.".into(),
            headline: "Nous avons fermé une session pour vous protéger".into(),
            opening: vec![
                format!(
                    "La clé qui garde l’un de vos appareils connecté à votre compte {brand} a été utilisée deux fois. Quelqu’un l’a peut-être copiée\u{a0}; nous avons donc fermé cette session."
                ),
                "Veuillez vous reconnecter sur cet appareil.".into(),
            ],
            afterwards: vec![],
            caution: format!(
                "Si vous remarquez dans votre compte quelque chose que vous ne reconnaissez pas, changez votre mot de passe et contactez {brand}."
            ),
            reason: format!("Vous recevez cet e-mail car il concerne la sécurité de votre compte {brand}."),
        },
        Message::SessionsEnded { reason: EndReason::EmailChangeUndone, .. } => Words {
            subject: format!("Le changement d’adresse de votre compte {name} a été annulé"),
            preheader: "Pour protéger votre compte, nous avons fermé la session de tous vos appareils.".into(),
            headline: "Le changement d’adresse a été annulé".into(),
            opening: vec![
                format!(
                    "Votre compte {brand} a retrouvé son ancienne adresse e-mail. Pour le protéger, nous avons fermé toutes ses sessions."
                ),
                "Reconnectez-vous et changez votre mot de passe\u{a0}: quelqu’un d’autre le connaît peut-être.".into(),
            ],
            afterwards: vec![],
            caution: format!("Si vous n’êtes pas au courant, contactez {brand} sans attendre."),
            reason: format!("Vous recevez cet e-mail car il concerne la sécurité de votre compte {brand}."),
        },
        Message::RequestDue { due_at, is_overdue: false, .. } => {
            let due = say.when(due_at);
            Words {
                subject: format!("Une demande relative aux données personnelles chez {name} arrive à échéance"),
                preheader: format!("Son échéance est le {due}."),
                headline: "Une demande arrive à échéance".into(),
                opening: vec![format!("Une demande d’un client de {brand} relative à ses données personnelles attend une réponse. Son échéance est le {due}.")],
                afterwards: vec![],
                caution: "Répondez-y, ou indiquez pourquoi il faut plus de temps, et clôturez-la une fois traitée.".into(),
                reason: format!("Vous recevez cet e-mail car cette adresse est responsable de la protection des données chez {brand}."),
            }
        }
        Message::RequestDue { due_at, is_overdue: true, .. } => {
            let due = say.when(due_at);
            Words {
                subject: format!("Une demande relative aux données personnelles chez {name} est en retard"),
                preheader: format!("Son échéance était le {due}."),
                headline: "Une demande est en retard".into(),
                opening: vec![format!("L’échéance d’une demande d’un client de {brand} relative à ses données personnelles était le {due}, et elle est toujours ouverte.")],
                afterwards: vec![],
                caution: "Répondez-y, ou indiquez pourquoi il faut plus de temps, et clôturez-la une fois traitée.".into(),
                reason: format!("Vous recevez cet e-mail car cette adresse est responsable de la protection des données chez {brand}."),
            }
        }
    }
}
