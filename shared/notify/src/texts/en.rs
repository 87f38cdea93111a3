//! English.

mod erasure;
mod notices;

use domain::{DsarKind, EndReason, Message, Method};

use super::{Labels, Language, Say, Words};

pub(super) static LANGUAGE: Language = Language {
    labels: Labels {
        colon: ":",
        code: "Your code",
        verify: "Confirm address",
        undo: "Undo the change",
        sign_in: "Sign in",
        reset: "Choose a new password",
        not_me: "This wasn’t me",
        refuse: "Refuse",
        agree: "Yes, I agree",
        keep: "Keep my account",
        certificate: "Certificate",
        erased_from: "Erased from",
        on_hold_until: "On hold until",
        address: "If the button doesn’t work, open this address:",
        when: "When",
        device: "Device",
        place: "Place",
        new_address: "New address",
        method: "Method",
        called: "Name",
        left: "Codes left",
        purpose: "What for",
        request: "Request",
        asked: "Asked for",
        due: "Due",
        help: "Need help?",
    },
    method,
    asked,
    words,
    sms: |code, brand| format!("{code} is your code for {brand}. Never share it with anyone."),
    sms_recovery: |brand| {
        format!(
            "{brand}: somebody wants to get into your account without its sign-in methods. If it was not you, refuse this by the link in our email."
        )
    },
    sms_recovered: |brand| {
        format!(
            "{brand}: somebody got into your account without its sign-in methods. If it was not you, use the link in our email."
        )
    },
};

fn method(method: Method) -> &'static str {
    match method {
        Method::Passkey => "Passkey",
        Method::Totp => "Authenticator app",
        Method::Sms => "Code by SMS",
        Method::Email => "Code by email",
        Method::RecoveryCode => "Recovery code",
        Method::Password => "Password",
        Method::DelayedRecovery => "Recovery after a wait",
    }
}

fn asked(kind: DsarKind) -> &'static str {
    match kind {
        DsarKind::Access => "A copy of the data",
        DsarKind::Portability => "Data for another provider",
        DsarKind::Erasure => "Erasure",
        DsarKind::Rectification => "Correction",
        DsarKind::Objection => "Objection",
        DsarKind::Restriction => "Restriction",
    }
}

fn words(message: &Message, say: &Say<'_>) -> Words {
    let Say { name, brand, .. } = say;
    match message {
        Message::Registration { expires_at, .. } => {
            let until = say.when(expires_at);
            Words {
                subject: format!("Confirm your email address for {name}"),
                preheader: format!("Your code is in this email. It works until {until}."),
                headline: "Confirm your email address".into(),
                opening: vec![format!(
                    "Welcome to {brand}! Enter this code where you signed up, to confirm that this address is yours."
                )],
                afterwards: vec![
                    format!("The code works once, until {until}."),
                    "You can also confirm here, on any device:".into(),
                ],
                caution: format!(
                    "Never share this code; nobody from {brand} will ever ask you for it. If you didn’t sign up, there is nothing to do: without the code, no account is created."
                ),
                reason: format!("You get this email because somebody signed up for {brand} with this address."),
            }
        }
        Message::AlreadyRegistered {} => Words {
            subject: format!("You already have an account with {name}"),
            preheader: "Simply sign in as usual.".into(),
            headline: "You already have an account".into(),
            opening: vec![
                format!(
                    "Somebody, probably you, tried to sign up for {brand} with this address. It already has an account, so we didn’t create another one."
                ),
                "Simply sign in as usual.".into(),
            ],
            afterwards: vec![],
            caution:
                "If it wasn’t you, there is nothing to do: nobody got into your account, and nothing in it has changed."
                    .into(),
            reason: format!("You get this email because somebody signed up for {brand} with this address."),
        },
        Message::EmailChange { expires_at, .. } => {
            let until = say.when(expires_at);
            Words {
                subject: format!("Confirm your new email address for {name}"),
                preheader: format!("Your code is in this email. It works until {until}."),
                headline: "Confirm your new email address".into(),
                opening: vec![format!("Enter this code to use this address for your {brand} account.")],
                afterwards: vec![format!(
                    "The code works once, until {until}. Until you enter it, your account keeps its present address."
                )],
                caution: format!(
                    "Never share this code; nobody from {brand} will ever ask you for it. If you didn’t ask for this, there is nothing to do: without the code, nothing changes."
                ),
                reason: format!("You get this email because somebody asked to use this address for a {brand} account."),
            }
        }
        Message::EmailChanged { undo_until, .. } => {
            let until = say.when(undo_until);
            Words {
                subject: format!("The email address of your {name} account has changed"),
                preheader: format!("If it wasn’t you, you can undo this until {until}."),
                headline: "Your email address has changed".into(),
                opening: vec![format!(
                    "Your {brand} account now has another email address. If it was you who changed it, there is nothing to do."
                )],
                afterwards: vec![format!("If it wasn’t you, undo the change here. You can do so until {until}.")],
                caution: "After that, please change your password: somebody else may know it.".into(),
                reason: format!("You get this email because this was the address of your {brand} account."),
            }
        }
        Message::SignInCode { expires_at, .. } => {
            let until = say.when(expires_at);
            Words {
                subject: format!("Your code to sign in to {name}"),
                preheader: format!("Your code is in this email. It works until {until}."),
                headline: "Your code to sign in".into(),
                opening: vec![format!("Enter this code where you are signing in to {brand}.")],
                afterwards: vec![format!("The code works once, until {until}.")],
                caution: format!(
                    "Never share this code; nobody from {brand} will ever ask you for it. If you didn’t want to sign in, there is nothing to do: without the code, nobody gets into your account."
                ),
                reason: format!("You get this email because somebody wants to sign in to {brand} with this address."),
            }
        }
        Message::SignInLink { expires_at, .. } => {
            let until = say.when(expires_at);
            Words {
                subject: format!("Your link to sign in to {name}"),
                preheader: format!("The link works until {until}."),
                headline: "Your link to sign in".into(),
                opening: vec![format!(
                    "This link signs you in to {brand}. Please open it in the browser in which you asked for it."
                )],
                afterwards: vec![format!("It works once, until {until}.")],
                caution: "Never pass this link on. If you didn’t want to sign in, there is nothing to do: without the link, nobody gets into your account.".into(),
                reason: format!("You get this email because somebody wants to sign in to {brand} with this address."),
            }
        }
        Message::FactorCode { expires_at, .. } => {
            let until = say.when(expires_at);
            Words {
                subject: format!("Your security code for {name}"),
                preheader: format!("Your code is in this email. It works until {until}."),
                headline: "Your security code".into(),
                opening: vec![format!("Enter this code to confirm to {brand} that it is you.")],
                afterwards: vec![format!("The code works once, until {until}.")],
                caution: format!(
                    "Never share this code; nobody from {brand} will ever ask you for it. If you didn’t ask for it, please change your password: somebody else may know it."
                ),
                reason: format!("You get this email because it concerns the security of your {brand} account."),
            }
        }
        Message::PasswordReset { expires_at, .. } => {
            let until = say.when(expires_at);
            Words {
                subject: format!("A new password for your {name} account"),
                preheader: format!("Your code is in this email. It works until {until}."),
                headline: "Choose a new password".into(),
                opening: vec![format!(
                    "Somebody, probably you, asked for a new password for your {brand} account. Enter this code where you asked for it."
                )],
                afterwards: vec![
                    format!("The code works once, until {until}."),
                    "You can also choose the new password here, on any device:".into(),
                ],
                caution: format!(
                    "Never share this code; nobody from {brand} will ever ask you for it. If you didn’t ask for it, there is nothing to do: without the code, your password stays as it is."
                ),
                reason: format!(
                    "You get this email because somebody asked {brand} for a new password with this address."
                ),
            }
        }
        Message::NoAccount {} => Words {
            subject: format!("This address has no account with {name}"),
            preheader: "Perhaps you signed up with another address.".into(),
            headline: "This address has no account".into(),
            opening: vec![
                format!(
                    "Somebody, probably you, tried to sign in to {brand} or to choose a new password with this address. It has no account."
                ),
                "You may have signed up with another address: try that one. Or sign up with this one.".into(),
            ],
            afterwards: vec![],
            caution: "If it wasn’t you, there is nothing to do.".into(),
            reason: format!("You get this email because somebody entered this address at {brand}."),
        },
        Message::ConsentOptIn { expires_at, .. } => {
            let until = say.when(expires_at);
            Words {
                subject: format!("Please confirm your choice at {name}"),
                preheader: format!("Without your confirmation, nothing is sent. You have until {until}."),
                headline: "Please confirm your choice".into(),
                opening: vec![format!("You agreed in your {brand} account to what is named here.")],
                afterwards: vec![format!("It takes effect once you confirm it. You can do so until {until}.")],
                caution: "If you didn’t agree, there is nothing to do: without your confirmation, it does not take effect. You can change your mind in your account at any time.".into(),
                reason: format!("You get this email because this is the address of your {brand} account."),
            }
        }
        Message::PasswordChanged { until, .. } => Words {
            subject: format!("The password of your {name} account has changed"),
            preheader: "If it was you, there is nothing to do.".into(),
            headline: "Your password has changed".into(),
            opening: vec![format!(
                "The password of your {brand} account has changed, and all your other sessions have ended. If it was you, there is nothing to do."
            )],
            afterwards: vec![format!(
                "If it wasn’t you, end every session of your account here. You can do so until {}.",
                say.when(until)
            )],
            caution: "After that, choose a new password by “forgot password”: somebody else knows the present one."
                .into(),
            reason: format!("You get this email because it concerns the security of your {brand} account."),
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
            subject: format!("We ended a session of your {name} account"),
            preheader: "To protect your account, we signed you out on one device.".into(),
            headline: "We ended a session to protect you".into(),
            opening: vec![
                format!(
                    "What keeps one of your devices signed in to {brand} was used twice. Somebody may have copied it, so we ended that session."
                ),
                "Please sign in again on that device.".into(),
            ],
            afterwards: vec![],
            caution: format!(
                "If you find anything in your account that you don’t recognise, change your password and contact {brand}."
            ),
            reason: format!("You get this email because it concerns the security of your {brand} account."),
        },
        Message::SessionsEnded { reason: EndReason::EmailChangeUndone, .. } => Words {
            subject: format!("The new email address of your {name} account was undone"),
            preheader: "To protect your account, we signed you out on every device.".into(),
            headline: "The address change was undone".into(),
            opening: vec![
                format!(
                    "Your {brand} account has its former email address again. To protect it, we ended all of its sessions."
                ),
                "Please sign in again and change your password: somebody else may know it.".into(),
            ],
            afterwards: vec![],
            caution: format!("If you know nothing of this, please contact {brand} at once."),
            reason: format!("You get this email because it concerns the security of your {brand} account."),
        },
        Message::RequestDue { due_at, is_overdue: false, .. } => {
            let due = say.when(due_at);
            Words {
                subject: format!("A request about personal data at {name} is due soon"),
                preheader: format!("It is due on {due}."),
                headline: "A request is due soon".into(),
                opening: vec![format!(
                    "A request of a customer of {brand} about their personal data waits for an answer. It is due on {due}."
                )],
                afterwards: vec![],
                caution: "Please answer it, or record why it takes longer, and close it when it is done.".into(),
                reason: format!("You get this email because this address answers for data protection at {brand}."),
            }
        }
        Message::RequestDue { due_at, is_overdue: true, .. } => {
            let due = say.when(due_at);
            Words {
                subject: format!("A request about personal data at {name} is overdue"),
                preheader: format!("It was due on {due}."),
                headline: "A request is overdue".into(),
                opening: vec![format!(
                    "A request of a customer of {brand} about their personal data was due on {due}, and is still open."
                )],
                afterwards: vec![],
                caution: "Please answer it, or record why it takes longer, and close it when it is done.".into(),
                reason: format!("You get this email because this address answers for data protection at {brand}."),
            }
        }
    }
}
