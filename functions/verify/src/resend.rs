//! `POST /v1/verify/resend`: the code is sent again, as a new one.

use std::sync::Arc;

use axum::extract::State;
use domain::{ActKind, Actor, Code, Delivery, Email, Handle, Jurisdiction, Locale, Message, Secret};
use edge::{Ctx, Json, Problem, limits};
use http::StatusCode;
use serde::Deserialize;
use signin::Started;
use store::{Link, OneTime, Send};

use crate::{ByCode, Verify, VerifyError, verified_by_code};

/// What waits for its code.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Again {
    /// What `/v1/register` or `/v1/me/email` answered.
    #[schema(example = "txn_2Sz5nWcXUYb0e1hQvFKtL3mXyD8rJqPa")]
    transaction: String,
}

/// Have the code sent again
///
/// Sends a new code, with new tries and ten more minutes; the one before, and its link, end. Three
/// times at most.
#[utoipa::path(post, path = "/v1/verify/resend", operation_id = "verify_resend", tag = "registration", request_body = Again,
    responses((status = 202, description = "A mail is on its way.", body = Started)))]
pub(crate) async fn resend(
    State(flow): State<Arc<Verify>>,
    ctx: Ctx,
    Json(body): Json<Again>,
) -> Result<(StatusCode, Json<Started>), Problem> {
    flow.count(&ctx).await?;
    let handle = Handle::parse(&body.transaction).ok_or(VerifyError::Gone)?;
    let thing = flow.store.one_time(&handle, ctx.now).await?.ok_or(VerifyError::Gone)?;
    let (to, locale, jurisdiction) = addressee(&flow, &thing).await?;
    let account = flow.store.email_index(&to).await?;
    limits::count(&ctx, &flow.store, &[flow.limits.per_address.of(&account)]).await?;

    let (code, link) = (Code::generate(&ctx.rng), flow.store.link_new(&handle));
    let (message, link) = message(&ctx, &thing, &code, &link)?;
    let delivery = Delivery { to: to.clone().into(), locale, issuer: ctx.issuer.clone(), jurisdiction, message };
    let send = Send::new(delivery, ctx.now, &ctx.rng);
    let cause = ctx.act(ActKind::CodeResent, Actor::Anonymous);
    if !flow.store.code_renew(&thing, &code, link, &send, ctx.now, &cause).await? {
        return Err(VerifyError::SentOften.into());
    }
    Ok((StatusCode::ACCEPTED, Json(Started::by_mail(&handle, &to))))
}

/// Whose code it is, in which language they read, and whose law protects them.
async fn addressee(flow: &Verify, thing: &OneTime) -> Result<(Email, Locale, Option<Jurisdiction>), VerifyError> {
    match verified_by_code(thing.kind)? {
        ByCode::Registration => {
            let pending = flow.store.registration(thing).await?;
            Ok((pending.email, pending.locale, pending.jurisdiction))
        }
        ByCode::EmailChange => {
            let change = flow.store.email_change(thing).await?;
            let customer = flow.store.customer(change.customer).await?.ok_or(VerifyError::Gone)?;
            Ok((change.email, customer.locale, customer.jurisdiction))
        }
    }
}

/// The mail, and its link if that kind of mail has one.
fn message<'a>(
    ctx: &Ctx,
    thing: &OneTime,
    code: &Code,
    link: &'a Link,
) -> Result<(Message, Option<&'a Link>), VerifyError> {
    let (code, expires_at) = (code.clone(), ctx.now + OneTime::LIFETIME);
    match verified_by_code(thing.kind)? {
        ByCode::Registration => {
            let address = Secret::new(format!("{}/verify?token={}", ctx.issuer, link.reveal()));
            Ok((Message::Registration { code, link: address, expires_at }, Some(link)))
        }
        ByCode::EmailChange => Ok((Message::EmailChange { code, expires_at }, None)),
    }
}
