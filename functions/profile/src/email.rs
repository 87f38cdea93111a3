//! `PUT /v1/me/email`: the caller wants another address. Nothing changes before it is verified.

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use domain::{ActKind, Code, Delivery, Email, FieldError, Handle, Message};
use edge::{Caller, Ctx, Json, Problem, limits};
use serde::Deserialize;
use signin::{FreshAuthentication, Started};
use store::{Customer, EmailChange, OneTime, Send};

use crate::proof::check_fresh;
use crate::{Profile, ProfileError, facts};

/// The new address, and the password where the sign-in was more than ten minutes ago.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct AddressChange {
    /// The new address; a code is sent to it.
    #[schema(format = "email", max_length = 254, example = "ada@example.org")]
    email: String,
    /// The current password; not needed within ten minutes of the sign-in.
    #[serde(default)]
    #[schema(format = "password", example = "correct horse battery staple")]
    current_password: Option<String>,
}

/// Change one's address
///
/// Sends a six-digit code to the new address, for `/v1/verify`. The answer is the same for an
/// address that another customer has.
#[utoipa::path(put, path = "/v1/me/email", operation_id = "email_change", tag = "profile", security(("bearer" = [])), request_body = AddressChange,
    responses((status = 202, description = "A mail is on its way.", body = Started)))]
pub(crate) async fn email(
    State(flow): State<Arc<Profile>>,
    ctx: Ctx,
    caller: Caller,
    Json(body): Json<AddressChange>,
) -> Result<(StatusCode, Json<Started>), Problem> {
    let refused = |code, detail: String| ProfileError::Fields(vec![FieldError::new("/email", code, detail)]);
    let email = Email::parse(&body.email).map_err(|why| refused("email", why.to_string()))?;
    let facts = facts(&flow, &ctx, &caller).await?;
    if email.index_form() == facts.profile.data.email.index_form() {
        return Err(refused("same", "is the address that the account has".to_owned()).into());
    }
    let proof = check_fresh(&flow, &ctx, (&caller, &facts), body.current_password.as_deref()).await?;
    count(&flow, &ctx, &caller, &email).await?;
    let started = start(&flow, &ctx, &caller, &facts.profile, email, proof).await?;
    Ok((StatusCode::ACCEPTED, Json(started)))
}

async fn count(flow: &Profile, ctx: &Ctx, caller: &Caller, email: &Email) -> Result<(), ProfileError> {
    let index = flow.store.email_index(email).await?;
    let counted = [flow.limits.addresses(caller), flow.codes.of(&index)];
    limits::count(ctx, &flow.store, &counted).await.map_err(ProfileError::Limited)
}

async fn start(
    flow: &Profile,
    ctx: &Ctx,
    caller: &Caller,
    customer: &Customer,
    email: Email,
    _: FreshAuthentication,
) -> Result<Started, ProfileError> {
    let (handle, code) = (Handle::generate(&ctx.rng), Code::generate(&ctx.rng));
    let started = Started::by_mail(&handle, &email);
    let message = Message::EmailChange { code: code.clone(), expires_at: ctx.now + OneTime::LIFETIME };
    let (to, locale, issuer) = (email.clone().into(), customer.locale, ctx.issuer.clone());
    let jurisdiction = customer.jurisdiction.clone();
    let delivery = Delivery { to, locale, issuer, jurisdiction, message };
    let send = Send::new(delivery, ctx.now, &ctx.rng).about(caller.customer);
    let change = EmailChange { customer: caller.customer, epoch: caller.security.epoch, email };
    let cause = ctx.act(ActKind::EmailChangeStarted, caller.actor()).in_session(caller.session.id);
    flow.store.email_change_start(&handle, &code, &change, &send, ctx.now, &cause).await?;
    Ok(started)
}
