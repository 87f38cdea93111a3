//! The end of an account, in English.

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
        ErasureBy::Customer => format!("You asked us to erase your {brand} account and everything in it."),
        ErasureBy::Administrator => {
            format!("We were asked on your behalf to erase your {brand} account and everything in it.")
        }
        ErasureBy::Inactivity => {
            format!("You have not used your {brand} account for a long time, so we are going to erase it.")
        }
    };
    Words {
        subject: format!("Your {name} account is going to be erased"),
        preheader: if can_withdraw { format!("You can change your mind until {until}.") } else { why.clone() },
        headline: "Your account is going to be erased".into(),
        opening: [why, "It is closed already, and every device is signed out.".into()]
            .into_iter()
            .chain(on_hold_until.map(|until| kept(until, say)))
            .collect(),
        afterwards: if can_withdraw {
            vec![format!("You can change your mind until {until}: press here, or sign in and say so.")]
        } else {
            vec![]
        },
        caution: if can_withdraw {
            "If it wasn’t you who asked, press the button and then change your password: somebody else may know it."
                .into()
        } else {
            format!("If it wasn’t you who asked, please contact {brand} at once.")
        },
        reason: format!("You get this email because it concerns the end of your {brand} account."),
    }
}

pub(super) fn on_hold(until: &Timestamp, say: &Say<'_>) -> Words {
    let Say { name, brand, .. } = say;
    Words {
        subject: format!("The erasure of your {name} account has to wait"),
        preheader: kept(until, say),
        headline: "The erasure has to wait".into(),
        opening: vec![
            format!("Your {brand} account is closed and is going to be erased, but that has to wait."),
            kept(until, say),
        ],
        afterwards: vec![
            "There is nothing to do. As long as it waits you can change your mind: sign in and say so."
                .into(),
        ],
        caution:
            "If it wasn’t you who asked, sign in to keep your account and then change your password: somebody else may know it."
                .into(),
        reason: format!("You get this email because it concerns the end of your {brand} account."),
    }
}

/// What is said of a legal hold: never why.
fn kept(until: &Timestamp, say: &Say<'_>) -> String {
    format!(
        "For legal reasons we have to keep your data, as things stand until {}. It is erased after that.",
        say.when(until)
    )
}

pub(super) fn withdrawn(say: &Say<'_>) -> Words {
    let Say { name, brand, .. } = say;
    Words {
        subject: format!("Your {name} account stays"),
        preheader: "It is not going to be erased.".into(),
        headline: "Your account stays".into(),
        opening: vec![
            format!("Your {brand} account is not going to be erased. Everything in it is as it was."),
            "Please sign in again on your devices.".into(),
        ],
        afterwards: vec![],
        caution: format!("If you know nothing of this, change your password and contact {brand}."),
        reason: format!("You get this email because it concerns the security of your {brand} account."),
    }
}

pub(super) fn erased(say: &Say<'_>) -> Words {
    let Say { name, brand, .. } = say;
    Words {
        subject: format!("Your {name} account is being erased"),
        preheader: "This is the last email that we send you.".into(),
        headline: "Your account is being erased".into(),
        opening: vec![format!(
            "We are erasing your {brand} account and everything in it now. This is the last email about it."
        )],
        afterwards: vec!["A signed certificate says when it was done, and when no backup has it any more. Once it is done, you find it here; keep this email for as long as you may need it:".into()],
        caution: "You can sign up again with this address whenever you like. You will be somebody new to us.".into(),
        reason: format!("You get this email because it concerns the end of your {brand} account."),
    }
}

pub(super) fn inactive(until: &Timestamp, on_hold_until: Option<&Timestamp>, say: &Say<'_>) -> Words {
    let (Say { name, brand, .. }, until) = (say, say.when(until));
    Words {
        subject: format!("Do you still need your {name} account?"),
        preheader: format!("Sign in before {until} to keep it."),
        headline: "Do you still need your account?".into(),
        opening: vec![
            format!("You have not used your {brand} account for a long time. We keep nothing that nobody needs."),
            format!("If you want to keep it, simply sign in before {until}."),
        ],
        afterwards: on_hold_until.map(|until| kept(until, say)).into_iter().collect(),
        caution: "If you no longer need it, there is nothing to do: we are going to erase it, with everything in it."
            .into(),
        reason: format!("You get this email because you have a {brand} account."),
    }
}
