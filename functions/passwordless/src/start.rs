//! `POST /v1/passwordless`: somebody wants to sign in by their mailbox.

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use domain::{ActKind, Actor, Client, Code, Delivery, Email, FieldError, Handle, KeyPurpose, Locale, Message, Secret};
use edge::{Ctx, Json, Problem, limits};
use serde::Deserialize;
use signin::{DeviceToken, Started};
use store::{EmailSignIn, Link, NewOneTime, OneTime, OneTimeKind, Send};

use crate::{Passwordless, PasswordlessError};

/// Who wants to sign in, and how.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct PasswordlessRequest {
    /// The verified address.
    #[schema(format = "email", max_length = 254, example = "ada@example.com")]
    email: String,
    /// What is mailed.
    #[schema(example = "code")]
    method: MailedMethod,
    /// The app; the built-in first-party client where it is left out.
    #[serde(default)]
    #[schema(example = "portico")]
    client_id: Option<String>,
    /// What the last sign-in from this device answered.
    #[serde(default)]
    device_token: Option<String>,
    /// The language of the mail where the address has no account: a BCP 47 tag. `Accept-Language`
    /// where it is left out. A customer reads their own.
    #[serde(default)]
    #[schema(max_length = 35, pattern = "^[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*$", example = "de")]
    locale: Option<String>,
}

/// What is mailed.
#[derive(Clone, Copy, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum MailedMethod {
    /// Six digits.
    Code,
    /// A link to the app's own page, which works in the browser that asked. Only for clients that
    /// have such a page (`sign_in_uri`).
    Link,
}

/// Begin a sign-in by mail
///
/// Sends a six-digit code, or a link to the client's `sign_in_uri` with `#token=` added. The answer is
/// the same for an address that has no account; a mail says so there.
#[utoipa::path(post, path = "/v1/passwordless", operation_id = "passwordless", tag = "sign-in",
    request_body = PasswordlessRequest, responses((status = 202, description = "A mail is on its way.", body = Started)))]
pub(crate) async fn start(
    State(flow): State<Arc<Passwordless>>,
    ctx: Ctx,
    Json(body): Json<PasswordlessRequest>,
) -> Result<(StatusCode, Json<Started>), Problem> {
    flow.check_offered()?;
    let client = flow.client(&ctx, body.client_id.as_deref())?;
    let (email, locale) = parse(&ctx, &body).map_err(PasswordlessError::Fields)?;
    let handle = Handle::generate(&ctx.rng);
    let mailed = Mailed::new(&ctx, client, body.method, flow.store.link_new(&handle))?;

    let account = flow.store.email_index(&email).await?;
    let key = flow.store.key(KeyPurpose::Mac).await?;
    let device = body.device_token.as_deref().and_then(|token| DeviceToken::decode(token, key, &account, ctx.now));
    let by_client = flow.limits.by_client(&ctx, &flow.store).await?;
    limits::count(&ctx, &flow.store, &[by_client, flow.limits.per_address.of(&account)]).await?;

    let started = Started::by_mail(&handle, &email);
    // The mailer knows whose law protects the customer, where there is a customer.
    let (to, issuer, message) = (email.into(), ctx.issuer.clone(), mailed.message(&ctx));
    let delivery = Delivery { to, locale, issuer, jurisdiction: None, message };
    let (client_id, device) = (client.client_id.clone(), device.map(|token| token.device));
    let (body, send) = (EmailSignIn { account, client_id, device }, Send::new(delivery, ctx.now, &ctx.rng));
    let new = NewOneTime {
        code: mailed.code(),
        link: mailed.link(),
        ..NewOneTime::new(&handle, OneTimeKind::EmailSignIn, &body)
    };
    let cause = ctx.act(ActKind::CodeRequested, Actor::Anonymous);
    flow.store.one_time_start(&new, Some(&send), ctx.now, &cause).await?;
    Ok((StatusCode::ACCEPTED, Json(started)))
}

fn parse(ctx: &Ctx, body: &PasswordlessRequest) -> Result<(Email, Locale), Vec<FieldError>> {
    let email = Email::parse(&body.email).map_err(|why| FieldError::new("/email", "email", why.to_string()));
    match (email, signin::locale(ctx, body.locale.as_deref())) {
        (Ok(email), Ok(locale)) => Ok((email, locale)),
        (email, locale) => Err(email.err().into_iter().chain(locale.err()).collect()),
    }
}

/// What the mail brings.
enum Mailed {
    Code(Code),
    /// The link, and where it leads.
    Link(Link, String),
}

impl Mailed {
    /// A code, or a link to the client's own page. What stands behind a `#` is in no server's log.
    fn new(ctx: &Ctx, client: &Client, method: MailedMethod, link: Link) -> Result<Self, PasswordlessError> {
        match method {
            MailedMethod::Code => Ok(Self::Code(Code::generate(&ctx.rng))),
            MailedMethod::Link => {
                let page = client.sign_in_uri.as_deref().ok_or(PasswordlessError::NotOffered)?;
                let address = format!("{page}#token={}", link.reveal());
                Ok(Self::Link(link, address))
            }
        }
    }

    fn code(&self) -> Option<&Code> {
        match self {
            Self::Code(code) => Some(code),
            Self::Link(..) => None,
        }
    }

    fn link(&self) -> Option<&Link> {
        match self {
            Self::Code(_) => None,
            Self::Link(link, _) => Some(link),
        }
    }

    fn message(&self, ctx: &Ctx) -> Message {
        let expires_at = ctx.now + OneTime::LIFETIME;
        match self {
            Self::Code(code) => Message::SignInCode { code: code.clone(), expires_at },
            Self::Link(_, address) => Message::SignInLink { link: Secret::new(address.clone()), expires_at },
        }
    }
}
