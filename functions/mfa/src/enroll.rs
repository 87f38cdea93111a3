//! `POST /v1/mfa/enroll`: somebody who must have a second factor begins to enrol one.

use std::sync::Arc;

use axum::extract::State;
use domain::{Method, Secret, Totp};
use edge::{Ctx, Json, Problem};
use passkeys::Use;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use signin::Delivered;

use crate::waits::{Asked, Waits};
use crate::{Mfa, MfaError, challenge};

/// What is to be enrolled.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct EnrollRequest {
    /// What the sign-in answered with `enrollment_required`.
    #[schema(example = "txn_2Sz5nWcXUYb0e1hQvFKtL3mXyD8rJqPa")]
    transaction: String,
    /// One of its `methods`: `passkey`, `totp` or `email`.
    #[schema(value_type = String, example = "totp")]
    method: Method,
}

/// What the factor is made of: its proof goes to `/v1/mfa`, which adds it and signs in.
#[derive(Serialize, utoipa::ToSchema)]
#[serde(untagged)]
pub(crate) enum EnrollAnswer {
    /// `totp`.
    Totp(AppSecret),
    /// `passkey`.
    Passkey(CredentialOptions),
    /// `email`.
    Email(CodeSent),
}

/// What an authenticator app is given, by picture, link or hand.
#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct AppSecret {
    /// The secret, in base 32.
    #[schema(example = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ")]
    pub(crate) secret: String,
    /// The same for the app, an `otpauth:` URI.
    #[schema(
        format = "uri",
        example = "otpauth://totp/Portico:ada%40example.com?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=Portico"
    )]
    pub(crate) uri: String,
    /// The URI as a QR code, an SVG document.
    #[schema(example = "<svg xmlns=\"http://www.w3.org/2000/svg\"></svg>")]
    pub(crate) qr_svg: String,
}

/// What the browser is asked to make.
#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct CredentialOptions {
    /// `PublicKeyCredentialCreationOptionsJSON` (WebAuthn Level 3 §5.1.8).
    #[schema(value_type = Object)]
    public_key: Value,
}

/// The code that comes back shows that the mailbox is the customer's.
#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct CodeSent {
    /// How the code travels.
    delivery: Delivered,
}

/// Begin to enrol the factor that is missing
///
/// Only where the sign-in answered `enrollment_required`. Begun anew, the last one counts.
#[utoipa::path(post, path = "/v1/mfa/enroll", operation_id = "mfa_enroll", tag = "sign-in", request_body = EnrollRequest,
    responses((status = 200, description = "What the factor is made of.", body = EnrollAnswer)))]
pub(crate) async fn enroll(
    State(flow): State<Arc<Mfa>>,
    ctx: Ctx,
    Json(body): Json<EnrollRequest>,
) -> Result<Json<EnrollAnswer>, Problem> {
    flow.count_client(&ctx).await?;
    let waits = flow.find(&ctx, &body.transaction).await?;
    if !waits.pending.enrolling || !waits.pending.methods.contains(&body.method) {
        return Err(MfaError::not_offered().into());
    }
    let answer = match body.method {
        Method::Totp => EnrollAnswer::Totp(totp(&flow, &ctx, &waits).await?),
        Method::Passkey => passkey(&flow, &ctx, &waits).await?,
        Method::Email => EnrollAnswer::Email(CodeSent { delivery: challenge::by_mail(&flow, &ctx, &waits).await? }),
        Method::Sms | Method::RecoveryCode | Method::Password | Method::DelayedRecovery => {
            return Err(MfaError::not_offered().into());
        }
    };
    Ok(Json(answer))
}

/// Gives an authenticator app a new secret.
pub(crate) async fn totp(flow: &Mfa, ctx: &Ctx, waits: &Waits) -> Result<AppSecret, MfaError> {
    let secret = Totp::secret(&ctx.rng);
    let answer = in_words(flow, waits, &secret);
    flow.ask(ctx, waits, &Asked::Totp { secret }).await?;
    Ok(answer)
}

/// The secret as apps take it.
pub(crate) fn in_words(flow: &Mfa, waits: &Waits, secret: &Secret<Vec<u8>>) -> AppSecret {
    let uri = Totp::uri(secret, &flow.brand, &waits.facts.profile.data.email);
    AppSecret { secret: Totp::base32(secret), qr_svg: Totp::qr_svg(&uri), uri }
}

async fn passkey(flow: &Mfa, ctx: &Ctx, waits: &Waits) -> Result<EnrollAnswer, MfaError> {
    let party = flow.ceremonies.at(&ctx.issuer)?;
    let address = waits.facts.profile.data.email.reveal();
    let (options, ceremony) = party.register(waits.facts.customer, &address, &[], Use::Passkey)?;
    flow.ask(ctx, waits, &Asked::Passkey { ceremony }).await?;
    Ok(EnrollAnswer::Passkey(CredentialOptions { public_key: options }))
}
