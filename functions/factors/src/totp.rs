//! `POST /v1/me/factors/totp` and `POST /v1/me/factors/totp/activate`: an authenticator app is enrolled.

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use domain::{FactorKind, Totp};
use edge::{Caller, Ctx, Json, Problem};
use serde::{Deserialize, Serialize};
use store::{Enrolling, OneTime};

use crate::add::{Beginning, FactorActivation, add, begin, check_room, try_code};
use crate::fresh::check_fresh;
use crate::list::ListedFactor;
use crate::{FactorError, FactorsFlow, name};

/// What an app is called by whoever does not say.
const NAME: &str = "Authenticator";

/// How the app is to be called.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct TotpWish {
    /// What it is to be called here.
    #[serde(default)]
    #[schema(max_length = 64, example = "My phone")]
    name: Option<String>,
}

/// What the app is given, by picture, link or hand. It is shown once.
#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct TotpSecret {
    /// Goes with the app's first code to `/v1/me/factors/totp/activate`.
    #[schema(example = "txn_2Sz5nWcXUYb0e1hQvFKtL3mXyD8rJqPa")]
    transaction: String,
    /// How long it lives, in seconds.
    #[schema(example = 600)]
    expires_in: i64,
    /// The secret in base 32.
    #[schema(example = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ")]
    secret: String,
    /// The same for an app on this very device.
    #[schema(
        format = "uri",
        example = "otpauth://totp/Portico:ada%40example.com?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=Portico"
    )]
    uri: String,
    /// The same as a QR code, in SVG.
    #[schema(example = "<svg xmlns=\"http://www.w3.org/2000/svg\"></svg>")]
    qr_svg: String,
}

/// Begin to add an authenticator app
///
/// The app counts only when its first code has come back.
#[utoipa::path(post, path = "/v1/me/factors/totp", operation_id = "factor_totp_start", tag = "factors", security(("bearer" = [])),
    request_body = TotpWish, responses((status = 201, description = "The secret for the app.", body = TotpSecret)))]
pub(crate) async fn start(
    State(flow): State<Arc<FactorsFlow>>,
    ctx: Ctx,
    caller: Caller,
    Json(body): Json<TotpWish>,
) -> Result<(StatusCode, Json<TotpSecret>), Problem> {
    let name = name::chosen(body.name.as_deref()).map_err(|wrong| FactorError::Fields(vec![wrong]))?;
    let (facts, proof) = check_fresh(&flow, &ctx, &caller).await?;
    check_room(&facts.factors.factors)?;
    let secret = Totp::secret(&ctx.rng);
    let uri = Totp::uri(&secret, &flow.brand, &facts.profile.data.email);
    let what = Enrolling::Totp { secret: secret.clone() };
    let new = Beginning { what, name, code: None, state: None, send: None };
    let handle = begin(&flow, &ctx, &caller, new, proof).await?;
    let answer = TotpSecret {
        transaction: handle.reveal().to_owned(),
        expires_in: OneTime::LIFETIME.as_secs(),
        secret: Totp::base32(&secret),
        qr_svg: Totp::qr_svg(&uri),
        uri,
    };
    Ok((StatusCode::CREATED, Json(answer)))
}

/// Add an authenticator app
///
/// By its first code, which has five tries.
#[utoipa::path(post, path = "/v1/me/factors/totp/activate", operation_id = "factor_totp_activate", tag = "factors", security(("bearer" = [])),
    request_body = FactorActivation, responses((status = 201, description = "The app is active.", body = ListedFactor)))]
pub(crate) async fn activate(
    State(flow): State<Arc<FactorsFlow>>,
    ctx: Ctx,
    caller: Caller,
    Json(body): Json<FactorActivation>,
) -> Result<(StatusCode, Json<ListedFactor>), Problem> {
    let code = body.code()?;
    let (facts, proof) = check_fresh(&flow, &ctx, &caller).await?;
    let (thing, enrolment, left) = try_code(&flow, &ctx, &caller, &body.transaction).await?;
    let Enrolling::Totp { secret } = enrolment.what else { return Err(FactorError::Gone.into()) };
    let last_step = Totp::accept(&secret, &code, 0, ctx.now).ok_or(FactorError::WrongCode(left))?;
    let name = enrolment.name.unwrap_or_else(|| NAME.to_owned());
    let kind = FactorKind::Totp { secret, last_step };
    let added = add(&flow, &ctx, &caller, &facts, (&thing, name, kind), proof).await?;
    Ok((StatusCode::CREATED, Json(added)))
}
