//! English, about an account's safety.

use domain::{Notice, Timestamp};

use crate::texts::{Say, Words};

pub(super) fn words(what: &Notice, until: &Timestamp, say: &Say<'_>) -> Words {
    let Say { name, brand, .. } = say;
    let until = say.when(until);
    let safety = Words {
        subject: String::new(),
        preheader: "If it was you, there is nothing to do.".into(),
        headline: String::new(),
        opening: vec![],
        afterwards: vec![format!(
            "If it wasn’t you, end every session of your account here. You can do so until {until}."
        )],
        caution: "After that, please sign in again and change your password: somebody else may know it.".into(),
        reason: format!("You get this email because it concerns the security of your {brand} account."),
    };
    match what {
        Notice::FactorAdded { .. } => Words {
            subject: format!("Your {name} account has a new sign-in method"),
            headline: "You have a new sign-in method".into(),
            opening: vec![format!(
                "A sign-in method was added to your {brand} account. If it was you, there is nothing to do."
            )],
            afterwards: vec![format!(
                "If it wasn’t you, make it useless here, and end every session of your account. You can do so until {until}."
            )],
            caution: "After that, please set a new password: somebody else may know the old one. If no other method is left that protects your account, it takes a recovery to get in again, which has a waiting time.".into(),
            ..safety
        },
        Notice::FactorRemoved { .. } => Words {
            subject: format!("A sign-in method of your {name} account was removed"),
            headline: "A sign-in method was removed".into(),
            opening: vec![format!(
                "A sign-in method was removed from your {brand} account. If it was you, there is nothing to do."
            )],
            ..safety
        },
        Notice::NewDevice {} => Words {
            subject: format!("New sign-in to your {name} account"),
            headline: "Somebody signed in on a new device".into(),
            opening: vec![format!(
                "Somebody signed in to your {brand} account on a device that we haven’t seen before. If it was you, there is nothing to do."
            )],
            ..safety
        },
        Notice::RecoveryCodeUsed { left } => Words {
            subject: format!("A recovery code of your {name} account was used"),
            preheader: "It won’t work again.".into(),
            headline: "A recovery code was used".into(),
            opening: [
                Some(format!(
                    "Somebody signed in to your {brand} account with one of your recovery codes. It won’t work again."
                )),
                match left {
                    0 => Some("It was the last one. If it was you, please make new ones in your account.".into()),
                    1..=3 => Some("Few are left. If it was you, please make new ones in your account soon.".into()),
                    _ => None,
                },
            ]
            .into_iter()
            .flatten()
            .collect(),
            ..safety
        },
        Notice::RecoveryCodesMade {} => Words {
            subject: format!("Your {name} account has new recovery codes"),
            headline: "You have new recovery codes".into(),
            opening: vec![format!(
                "New recovery codes were made for your {brand} account. Only these work now, and no earlier ones. If it was you, there is nothing to do."
            )],
            ..safety
        },
        Notice::PasskeyCopied { .. } => Words {
            subject: format!("A passkey of your {name} account may have been copied"),
            preheader: "You can make it useless from this email.".into(),
            headline: "A passkey may have been copied".into(),
            opening: vec![format!(
                "The way in which a passkey of your {brand} account was used suggests that there is a copy of it."
            )],
            afterwards: vec![format!(
                "To be safe, make it useless here, and end every session of your account. You can do so until {until}."
            )],
            caution: "After that, please set a new password and add a new passkey. If no other method is left that protects your account, it takes a recovery to get in again, which has a waiting time.".into(),
            ..safety
        },
        Notice::SecondFactorRefused {} => Words {
            subject: format!("Somebody may know the password of your {name} account"),
            preheader: "Somebody entered it, but didn’t get in.".into(),
            headline: "Somebody may know your password".into(),
            opening: vec![
                format!(
                    "Somebody entered the right password of your {brand} account and was then refused several times, because the second proof was wrong. Nobody got into your account this way."
                ),
                "If it was you, there is nothing to do.".into(),
            ],
            afterwards: vec![format!(
                "If it wasn’t you, make the password useless here, and end every session of your account. You can do so until {until}."
            )],
            caution: "After that, please choose a new password that you use nowhere else.".into(),
            ..safety
        },
        Notice::RecoveryStarted { ready_at } => Words {
            subject: format!("Somebody wants to recover your {name} account"),
            preheader: format!("If it wasn’t you, you can refuse this until {until}."),
            headline: "Somebody wants to recover your account".into(),
            opening: vec![
                format!(
                    "Somebody, perhaps you, wants to get into your {brand} account without any of the sign-in methods that protect it. This works from {}.",
                    say.when(ready_at)
                ),
                "If it was you, simply come back then.".into(),
            ],
            afterwards: vec![format!("If it wasn’t you, refuse it here. You can do so until {until}.")],
            caution: "After that, please change your password: somebody else may know it.".into(),
            ..safety
        },
        Notice::RecoveryEnded {} => Words {
            subject: format!("The recovery of your {name} account was stopped"),
            preheader: "Somebody signed in with one of its sign-in methods.".into(),
            headline: "The recovery of your account was stopped".into(),
            opening: vec![
                format!(
                    "Somebody, probably you, signed in to your {brand} account with one of the sign-in methods that protect it. So these are not lost, and the recovery that we wrote to you about was stopped."
                ),
                "If it was you, there is nothing to do.".into(),
            ],
            ..safety
        },
        Notice::Recovered {} => Words {
            subject: format!("Your {name} account was recovered"),
            preheader: "The sign-in methods that protected it were removed.".into(),
            headline: "Your account was recovered".into(),
            opening: vec![
                format!(
                    "Somebody got into your {brand} account by the recovery that we wrote to you about. The sign-in methods that protected it were removed."
                ),
                "If it was you, please add new ones in your account.".into(),
            ],
            ..safety
        },
        Notice::ExportRequested {} => Words {
            subject: format!("A copy of the data in your {name} account was asked for"),
            headline: "A copy of your data was asked for".into(),
            opening: vec![format!(
                "Somebody who is signed in to your {brand} account asked for a copy of all that we hold on you. If it was you, there is nothing to do."
            )],
            afterwards: vec![format!(
                "If it wasn’t you, end every session of your account here: the copy can no longer be fetched then, unless it was already. You can do so until {until}."
            )],
            ..safety
        },
        Notice::ExportMade {} => Words {
            subject: format!("We made a copy of the data in your {name} account"),
            preheader: "If you asked for it, there is nothing to do.".into(),
            headline: "A copy of your data was made".into(),
            opening: vec![format!(
                "You asked us for your data, or somebody did in your name, and {brand} made a copy of all that we hold on you to hand it over. If it was you, there is nothing to do."
            )],
            afterwards: vec![format!(
                "If it wasn’t you, end every session of your account here: the copy can no longer be fetched then, unless it was already. You can do so until {until}."
            )],
            caution: format!("After that, please contact {brand} at once."),
            ..safety
        },
    }
}
