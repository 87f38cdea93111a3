//! `POST /v1/mfa/challenge`: one of the methods is chosen, and its code sent or its question asked.

use std::sync::Arc;

use axum::extract::State;
use domain::{Code, Delivery, FactorKind, Message, Method, PhoneNumber, Recipient};
use edge::{Ctx, Json, Problem};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use signin::Delivered;
use store::{Challenge, Send};

use crate::waits::{Asked, Waits};
use crate::{Mfa, MfaError};

/// By what somebody wants to prove who they are.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ChallengeRequest {
    /// What the sign-in answered.
    #[schema(example = "txn_2Sz5nWcXUYb0e1hQvFKtL3mXyD8rJqPa")]
    transaction: String,
    /// One of its `methods`: `email`, `sms` or `passkey`. The others need no challenge.
    #[schema(value_type = String, example = "email")]
    method: Method,
}

/// What is to be answered at `/v1/mfa`.
#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct ChallengeAnswer {
    /// The method.
    #[schema(value_type = String, example = "email")]
    method: Method,
    /// How the code travels.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    delivery: Option<Delivered>,
    /// `PublicKeyCredentialRequestOptionsJSON` (WebAuthn Level 3 §5.1.9).
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Object, nullable = false)]
    public_key: Option<Value>,
}

/// Ask for a code, or for a passkey's question
///
/// A transaction can be challenged eight times; wrong answers stay counted. What was sent by one way
/// answers for no other.
#[utoipa::path(post, path = "/v1/mfa/challenge", operation_id = "mfa_challenge", tag = "sign-in",
    request_body = ChallengeRequest,
    responses((status = 200, description = "The code is on its way, or here is the question.", body = ChallengeAnswer)))]
pub(crate) async fn challenge(
    State(flow): State<Arc<Mfa>>,
    ctx: Ctx,
    Json(body): Json<ChallengeRequest>,
) -> Result<Json<ChallengeAnswer>, Problem> {
    flow.count_client(&ctx).await?;
    let waits = flow.find(&ctx, &body.transaction).await?;
    if waits.pending.enrolling || !waits.pending.methods.contains(&body.method) {
        return Err(MfaError::not_offered().into());
    }
    let (delivery, public_key) = match body.method {
        Method::Email => (Some(by_mail(&flow, &ctx, &waits).await?), None),
        Method::Sms => (Some(by_sms(&flow, &ctx, &waits).await?), None),
        Method::Passkey => (None, Some(by_passkey(&flow, &ctx, &waits).await?)),
        Method::Totp | Method::RecoveryCode | Method::Password | Method::DelayedRecovery => {
            return Err(MfaError::field("/method", "no_challenge", "needs no challenge: send it to /v1/mfa").into());
        }
    };
    Ok(Json(ChallengeAnswer { method: body.method, delivery, public_key }))
}

/// Mails a code to the verified address.
pub(crate) async fn by_mail(flow: &Mfa, ctx: &Ctx, waits: &Waits) -> Result<Delivered, MfaError> {
    let profile = &waits.facts.profile;
    flow.count(ctx, &[flow.limits.per_address.of(&profile.index)]).await?;
    send(flow, ctx, waits, profile.data.email.clone().into()).await?;
    Ok(Delivered { channel: "email".to_owned(), to: profile.data.email.masked() })
}

/// Sends a code to the customer's phone.
pub(crate) async fn by_sms(flow: &Mfa, ctx: &Ctx, waits: &Waits) -> Result<Delivered, MfaError> {
    let number = phone(flow, waits).ok_or_else(MfaError::not_offered)?;
    let limits = flow.limits.sms.of_code(&flow.store, number).await?;
    flow.count(ctx, &limits).await?;
    send(flow, ctx, waits, Recipient::Phone(number.clone())).await?;
    Ok(Delivered { channel: "sms".to_owned(), to: number.masked() })
}

/// The phone that codes may go to.
fn phone<'a>(flow: &Mfa, waits: &'a Waits) -> Option<&'a PhoneNumber> {
    flow.signin.policy().phone(&waits.facts.factors.factors)
}

async fn send(flow: &Mfa, ctx: &Ctx, waits: &Waits, to: Recipient) -> Result<(), MfaError> {
    let code = Code::generate(&ctx.rng);
    let delivery = Delivery {
        to,
        locale: waits.facts.profile.locale,
        issuer: ctx.issuer.clone(),
        jurisdiction: waits.facts.profile.jurisdiction.clone(),
        message: Message::FactorCode { code: code.clone(), expires_at: waits.thing.expires_at },
    };
    let send = Send::new(delivery, ctx.now, &ctx.rng).about(waits.facts.customer);
    flow.challenge(ctx, waits, &Challenge::Code(&code, &send)).await
}

async fn by_passkey(flow: &Mfa, ctx: &Ctx, waits: &Waits) -> Result<Value, MfaError> {
    let stored = waits.facts.factors.factors.list.iter().filter_map(|factor| match &factor.kind {
        FactorKind::Passkey { credential, .. } => Some(credential),
        FactorKind::Totp { .. } | FactorKind::Sms { .. } | FactorKind::Email {} => None,
    });
    let stored: Vec<_> = stored.collect();
    if stored.is_empty() {
        return Err(MfaError::not_offered());
    }
    let (options, ceremony) = flow.ceremonies.at(&ctx.issuer)?.ask(&stored)?;
    flow.ask(ctx, waits, &Asked::Passkey { ceremony }).await?;
    Ok(options)
}
