//! `POST /v1/recover`: somebody has forgotten their password.

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use domain::{ActKind, Actor, Code, Delivery, Email, FieldError, Handle, Message, Secret};
use edge::{Ctx, Json, Problem, limits};
use serde::Deserialize;
use signin::Started;
use store::{NewOneTime, OneTime, OneTimeKind, PasswordReset, Send};

use crate::{Recover, RecoverError, link};

/// Who has forgotten their password.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Forgotten {
    /// The verified address; a code and a link are sent to it.
    #[schema(format = "email", max_length = 254, example = "ada@example.com")]
    email: String,
    /// The app; the built-in first-party client where it is left out.
    #[serde(default)]
    #[schema(example = "portico")]
    client_id: Option<String>,
}

/// Ask for a new password
///
/// Sends a six-digit code, and a link whose page asks for the password. The answer is the same for
/// an address that has no account; a mail says so there.
#[utoipa::path(post, path = "/v1/recover", operation_id = "recover", tag = "sign-in", request_body = Forgotten,
    responses((status = 202, description = "A mail is on its way.", body = Started)))]
pub(crate) async fn start(
    State(flow): State<Arc<Recover>>,
    ctx: Ctx,
    Json(body): Json<Forgotten>,
) -> Result<(StatusCode, Json<Started>), Problem> {
    let client = flow.clients.direct(body.client_id.as_deref()).ok_or(RecoverError::UnknownClient)?;
    ctx.client(&client.client_id);
    let email = Email::parse(&body.email)
        .map_err(|why| RecoverError::Fields(vec![FieldError::new("/email", "email", why.to_string())]))?;

    let by_address = flow.limits.per_address.of(&flow.store.email_index(&email).await?);
    let by_client = flow.limits.by_client(&ctx, &flow.store).await?;
    limits::count(&ctx, &flow.store, &[by_client, by_address]).await?;

    let (handle, code) = (Handle::generate(&ctx.rng), Code::generate(&ctx.rng));
    let link = flow.store.link_new(&handle);
    let message = Message::PasswordReset {
        code: code.clone(),
        link: Secret::new(format!("{}{}?token={}", ctx.issuer, link::PAGE, link.reveal())),
        expires_at: ctx.now + OneTime::LIFETIME,
    };
    // The mailer knows the customer's own language and jurisdiction, where there is a customer.
    let (to, locale, issuer) = (email.clone().into(), ctx.locale, ctx.issuer.clone());
    let delivery = Delivery { to, locale, issuer, jurisdiction: None, message };
    let started = Started::by_mail(&handle, &email);
    let (body, send) = (PasswordReset { email }, Send::new(delivery, ctx.now, &ctx.rng));
    let new = NewOneTime {
        code: Some(&code),
        link: Some(&link),
        ..NewOneTime::new(&handle, OneTimeKind::PasswordReset, &body)
    };
    let cause = ctx.act(ActKind::CodeRequested, Actor::Anonymous);
    flow.store.one_time_start(&new, Some(&send), ctx.now, &cause).await?;
    Ok((StatusCode::ACCEPTED, Json(started)))
}
