//! `POST /v1/me/factors/totp` and `…/activate`: an authenticator app.

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use domain::{ActKind, FactorKind, Handle, Totp};
use edge::{Caller, Ctx, Json, Problem};
use serde::{Deserialize, Serialize};
use store::{Enrolling, OneTime, OneTimeKind, Waiting};

use crate::code::{ActivationRequest, parsed, tried};
use crate::list::ListedFactor;
use crate::{FactorsError, Flows, name};

/// What the app is to be called.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewTotpRequest {
    /// What its owner calls it; the device's name where it is left out.
    #[serde(default)]
    #[schema(min_length = 1, max_length = 64, example = "Authenticator on my phone")]
    name: Option<String>,
}

/// What the app has to know. Shown once.
#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct NewTotp {
    /// Goes with the app's first code to `/v1/me/factors/totp/activate`.
    #[schema(example = "txn_2Sz5nWcXUYb0e1hQvFKtL3mXyD8rJqPa")]
    transaction: String,
    /// How long it lives, in seconds.
    #[schema(example = 600)]
    expires_in: i64,
    /// The secret in base 32, for those who type it.
    #[schema(example = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ")]
    secret: String,
    /// The same as an `otpauth:` URI.
    #[schema(
        example = "otpauth://totp/Portico:ada%40example.com?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=Portico"
    )]
    uri: String,
    /// The URI as a QR code, an SVG document.
    #[schema(example = "<svg xmlns=\"http://www.w3.org/2000/svg\"></svg>")]
    qr_svg: String,
}

/// Begin to add an authenticator app
///
/// It is active only after its first right code (RFC 6238: SHA-1, six digits, 30 seconds).
#[utoipa::path(post, path = "/v1/me/factors/totp", operation_id = "factor_totp_begin", tag = "factors",
    security(("bearer" = [])), request_body = NewTotpRequest,
    responses((status = 201, description = "The secret.", body = NewTotp)))]
pub(crate) async fn begin(
    State(flow): State<Arc<Flows>>,
    ctx: Ctx,
    caller: Caller,
    Json(body): Json<NewTotpRequest>,
) -> Result<(StatusCode, Json<NewTotp>), Problem> {
    let name = name(body.name)?;
    let owner = flow.owner(&ctx, caller).await?;
    owner.check_room()?;
    let secret = Totp::secret(&ctx.rng);
    let uri = Totp::uri(&secret, &flow.brand, &owner.customer.data.email);
    let handle = Handle::generate(&ctx.rng);
    let answer = NewTotp {
        transaction: handle.reveal().to_owned(),
        expires_in: OneTime::LIFETIME.as_secs(),
        secret: Totp::base32(&secret),
        qr_svg: Totp::qr_svg(&uri),
        uri,
    };
    let waiting = Waiting {
        handle: &handle,
        kind: OneTimeKind::Enrolment,
        code: None,
        link: None,
        state: None,
        body: &owner.enrolment(name, Enrolling::Totp { secret }),
        send: None,
    };
    let cause = ctx.act(ActKind::ChallengeMade, owner.caller.actor()).in_session(owner.caller.session.id);
    flow.store.waiting_start(&waiting, ctx.now, &cause).await?;
    Ok((StatusCode::CREATED, Json(answer)))
}

/// Activate an authenticator app with its first code
#[utoipa::path(post, path = "/v1/me/factors/totp/activate", operation_id = "factor_totp_activate", tag = "factors",
    security(("bearer" = [])), request_body = ActivationRequest,
    responses((status = 201, description = "The app is active.", body = ListedFactor)))]
pub(crate) async fn activate(
    State(flow): State<Arc<Flows>>,
    ctx: Ctx,
    caller: Caller,
    Json(body): Json<ActivationRequest>,
) -> Result<(StatusCode, Json<ListedFactor>), Problem> {
    let code = parsed(&body)?;
    let owner = flow.owner(&ctx, caller).await?;
    let (thing, enrolment, left) = tried(&flow, &ctx, &owner, &body).await?;
    let Enrolling::Totp { secret } = enrolment.what else { return Err(FactorsError::Gone.into()) };
    let last_step = Totp::accept(&secret, &code, 0, ctx.now).ok_or(FactorsError::WrongCode(left))?;
    let kind = FactorKind::Totp { secret, last_step };
    let factor = flow.add(&ctx, &owner, &thing, enrolment.name, kind).await?;
    Ok((StatusCode::CREATED, Json(ListedFactor::of(&factor, None, ""))))
}
