//! `POST /v1/passkey/options`: a challenge for whatever passkey the browser has.

use std::sync::Arc;

use axum::extract::State;
use domain::{ActKind, Actor, Handle};
use edge::{Ctx, Json, Problem};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use store::{NewOneTime, OneTime, OneTimeKind, PasskeySignIn};

use crate::{Passkey, PasskeyError};

/// Where somebody is to be signed in.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct PasskeyOptionsRequest {
    /// The app; the built-in first-party client where it is left out.
    #[serde(default)]
    #[schema(example = "portico")]
    client_id: Option<String>,
}

/// What the browser is asked.
#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct PasskeyOptions {
    /// Goes with the answer to `/v1/passkey`.
    #[schema(example = "txn_2Sz5nWcXUYb0e1hQvFKtL3mXyD8rJqPa")]
    transaction: String,
    /// How long the challenge lives, in seconds.
    #[schema(example = 600)]
    expires_in: i64,
    /// `PublicKeyCredentialRequestOptionsJSON` (WebAuthn Level 3 §5.1.9), for
    /// `PublicKeyCredential.parseRequestOptionsFromJSON`.
    #[schema(value_type = Object, example = json!({"challenge": "R9ViGE0BbY7qEk2jT1z3xQ", "rpId": "id.example.com",
        "userVerification": "required", "allowCredentials": [], "timeout": 300_000}))]
    public_key: Value,
}

/// Ask for a challenge to sign in with a passkey
///
/// For a button, and for autofill (`mediation: "conditional"`). The same for everybody: whoever has no
/// passkey here learns nothing.
#[utoipa::path(post, path = "/v1/passkey/options", operation_id = "passkey_options", tag = "sign-in",
    request_body = PasskeyOptionsRequest,
    responses((status = 200, description = "The challenge.", body = PasskeyOptions)))]
pub(crate) async fn options(
    State(flow): State<Arc<Passkey>>,
    ctx: Ctx,
    Json(body): Json<PasskeyOptionsRequest>,
) -> Result<Json<PasskeyOptions>, Problem> {
    let client = flow.clients.direct(body.client_id.as_deref()).ok_or(PasskeyError::UnknownClient)?;
    ctx.client(&client.client_id);
    flow.count(&ctx).await?;

    let party = flow.ceremonies.at(&ctx.issuer).map_err(PasskeyError::from)?;
    let (public_key, state) = party.discover().map_err(PasskeyError::from)?;
    let handle = Handle::generate(&ctx.rng);
    let body = PasskeySignIn { client_id: client.client_id.clone() };
    let new = NewOneTime { state: Some(&state), ..NewOneTime::new(&handle, OneTimeKind::PasskeySignIn, &body) };
    let cause = ctx.act(ActKind::ChallengeMade, Actor::Anonymous);
    flow.store.one_time_start(&new, None, ctx.now, &cause).await?;
    let (transaction, expires_in) = (handle.reveal().to_owned(), OneTime::LIFETIME.as_secs());
    Ok(Json(PasskeyOptions { transaction, expires_in, public_key }))
}
