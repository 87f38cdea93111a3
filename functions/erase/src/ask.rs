//! `GET` and `POST /v1/me/erasure`: what an erasure would be, and asking for it.

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use domain::ErasureBy;
use edge::{Caller, Ctx, Json, Problem};
use serde::Serialize;
use signin::FreshAuthentication;
use signin::erasure::{self, Asking, CERTIFICATE};

use crate::{ATTEMPTS, Erase, EraseError};

/// What would come of asking. Somebody who has asked has no session to see this by.
#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct ErasureTerms {
    /// How many days there are to change one's mind.
    #[schema(example = 14)]
    grace_days: i64,
    /// Until when a legal hold forbids it: it would be done after that.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, format = "date-time", example = "2027-06-30T00:00:00Z")]
    on_hold_until: Option<String>,
}

/// An erasure that was asked for.
#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct ErasureAsked {
    /// Its id.
    #[schema(example = "era_01hf7yat00e9j8b5v2m3n4p6q7")]
    id: String,
    /// From when it is done. Until then signing in answers `erasure_pending`.
    #[schema(format = "date-time", example = "2026-12-09T10:15:30Z")]
    due_at: String,
    /// Until when a legal hold forbids it: it is done after that.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, format = "date-time", example = "2027-06-30T00:00:00Z")]
    on_hold_until: Option<String>,
    /// Gets the certificate once there is no account any more. To be kept by the customer alone.
    #[schema(example = "cus_01hf7yat00e9j8b5v2m3n4p6q7.Wk3Ry7Bn1Lq9Vc5Xt2Hp0A")]
    receipt: String,
    /// Where it will be: with the receipt, for whoever has it.
    #[schema(
        format = "uri",
        example = "https://id.example.com/v1/erasure/certificate?receipt=cus_01hf7yat00e9j8b5v2m3n4p6q7.Wk3Ry7Bn1Lq9Vc5Xt2Hp0A"
    )]
    certificate_url: String,
}

impl ErasureAsked {
    fn new(ctx: &Ctx, asked: &erasure::Asked) -> Self {
        let receipt = asked.receipt.reveal();
        Self {
            id: asked.id.to_string(),
            due_at: asked.due_at.to_string(),
            on_hold_until: asked.on_hold_until.map(|until| until.to_string()),
            certificate_url: format!("{}{CERTIFICATE}?receipt={receipt}", ctx.issuer),
            receipt,
        }
    }
}

/// See what being erased would be
///
/// How long there is to change one's mind, and whether something stands against it.
#[utoipa::path(get, path = "/v1/me/erasure", operation_id = "erasure_terms", tag = "privacy", security(("bearer" = [])),
    responses((status = 200, description = "What would come of asking.", body = ErasureTerms)))]
pub(crate) async fn look(
    State(flow): State<Arc<Erase>>,
    ctx: Ctx,
    caller: Caller,
) -> Result<Json<ErasureTerms>, Problem> {
    let standing = flow.store.erasure_standing(caller.customer).await?.ok_or(EraseError::Erased)?;
    Ok(Json(ErasureTerms {
        grace_days: flow.grace.as_hours() / 24,
        on_hold_until: standing.held.told(ctx.now + flow.grace, ctx.now).map(|until| until.to_string()),
    }))
}

/// Ask to be erased
///
/// Every session ends at once and the account is closed; when the grace period is over, everything that
/// is stored about the customer goes. Until then signing in leads to `POST /v1/erasure/withdraw`, and a
/// mail has a button. Asks for an authentication of the last ten minutes.
#[utoipa::path(post, path = "/v1/me/erasure", operation_id = "erasure_ask", tag = "privacy", security(("bearer" = [])),
    responses((status = 202, description = "It is done when the grace period is over.", body = ErasureAsked)))]
pub(crate) async fn ask(
    State(flow): State<Arc<Erase>>,
    ctx: Ctx,
    caller: Caller,
) -> Result<(StatusCode, Json<ErasureAsked>), Problem> {
    let fresh = FreshAuthentication::of_session(&flow.sign_in, &ctx, &flow.store, &caller).await?;
    let (facts, _) = fresh.ok_or(EraseError::Stale)?;
    for _ in 0..ATTEMPTS {
        let standing = flow.store.erasure_standing(caller.customer).await?.ok_or(EraseError::Erased)?;
        // The standing of the request's beginning: whatever ended the session since ends this too. A hold does not.
        if standing.security != caller.security {
            break;
        }
        let asking = Asking {
            customer: &facts.profile,
            security: &caller.security,
            held: standing.held,
            by: ErasureBy::Customer,
            actor: caller.actor(),
            session: Some(caller.session.id),
            reason: None,
            reference: None,
            fulfils: None,
        };
        if let Some(asked) = erasure::ask(&ctx, &flow.store, flow.grace, asking).await? {
            ctx.count("ErasuresRequested", 1);
            return Ok((StatusCode::ACCEPTED, Json(ErasureAsked::new(&ctx, &asked))));
        }
    }
    Err(EraseError::Changed.into())
}
