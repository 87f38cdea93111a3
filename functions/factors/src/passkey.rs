//! `POST /v1/me/factors/passkey/options` and `POST /v1/me/factors/passkey`: a passkey is made.

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use domain::{ActKind, FactorKind, Handle};
use edge::{Caller, Ctx, Json, Level, Problem};
use passkeys::{CeremonyError, Use};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use store::{Enrolling, OneTime, OneTimeKind, Waiting};

use crate::list::ListedFactor;
use crate::{FactorsError, Flows, name};

/// How the passkey is to be used.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewPasskeyRequest {
    /// Whether it may be a security key without a PIN, which proves possession alone and stands beside a
    /// password. Left out, it has to verify its user, and signs in by itself.
    #[serde(default)]
    second_factor: Option<bool>,
}

/// What the browser is asked.
#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct NewPasskeyOptions {
    /// Goes with the answer to `/v1/me/factors/passkey`.
    #[schema(example = "txn_2Sz5nWcXUYb0e1hQvFKtL3mXyD8rJqPa")]
    transaction: String,
    /// How long the challenge lives, in seconds.
    #[schema(example = 600)]
    expires_in: i64,
    /// `PublicKeyCredentialCreationOptionsJSON` (WebAuthn Level 3 §5.1.8), for
    /// `PublicKeyCredential.parseCreationOptionsFromJSON`.
    #[schema(value_type = Object, example = json!({"challenge": "R9ViGE0BbY7qEk2jT1z3xQ",
        "rp": {"id": "id.example.com", "name": "Portico"}}))]
    public_key: Value,
}

/// What the browser made.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewPasskey {
    /// What `/v1/me/factors/passkey/options` answered.
    #[schema(example = "txn_2Sz5nWcXUYb0e1hQvFKtL3mXyD8rJqPa")]
    transaction: String,
    /// `RegistrationResponseJSON` (WebAuthn Level 3 §5.1.8): what `PublicKeyCredential.toJSON()` makes.
    #[schema(value_type = Object, example = json!({"id": "AAAA", "rawId": "AAAA", "type": "public-key",
        "clientExtensionResults": {}, "response": {"clientDataJSON": "e30", "attestationObject": "oA"}}))]
    credential: Value,
    /// What its owner calls it; the device's name where it is left out.
    #[serde(default)]
    #[schema(min_length = 1, max_length = 64, example = "My phone")]
    name: Option<String>,
}

/// Ask for a challenge to make a passkey
#[utoipa::path(post, path = "/v1/me/factors/passkey/options", operation_id = "factor_passkey_options", tag = "factors",
    security(("bearer" = [])), request_body = NewPasskeyRequest,
    responses((status = 200, description = "The challenge.", body = NewPasskeyOptions)))]
pub(crate) async fn options(
    State(flow): State<Arc<Flows>>,
    ctx: Ctx,
    caller: Caller,
    Json(body): Json<NewPasskeyRequest>,
) -> Result<Json<NewPasskeyOptions>, Problem> {
    let owner = flow.owner(&ctx, caller).await?;
    owner.check_room()?;
    let party = flow.ceremonies.at(&ctx.issuer).map_err(FactorsError::from)?;
    let known: Vec<&str> = owner
        .stored
        .factors
        .list
        .iter()
        .filter_map(|factor| match &factor.kind {
            FactorKind::Passkey { credential_id, .. } => Some(credential_id.as_str()),
            FactorKind::Totp { .. } | FactorKind::Sms { .. } | FactorKind::Email {} => None,
        })
        .collect();
    let usage = if body.second_factor == Some(true) { Use::SecondFactor } else { Use::Passkey };
    let address = owner.customer.data.email.reveal();
    let (public_key, state) =
        party.register(owner.caller.customer, &address, &known, usage).map_err(FactorsError::from)?;

    let handle = Handle::generate(&ctx.rng);
    let waiting = Waiting {
        handle: &handle,
        kind: OneTimeKind::Enrolment,
        code: None,
        link: None,
        state: Some(&state),
        body: &owner.enrolment(None, Enrolling::Passkey {}),
        send: None,
    };
    let cause = ctx.act(ActKind::ChallengeMade, owner.caller.actor()).in_session(owner.caller.session.id);
    flow.store.waiting_start(&waiting, ctx.now, &cause).await?;
    let (transaction, expires_in) = (handle.reveal().to_owned(), OneTime::LIFETIME.as_secs());
    Ok(Json(NewPasskeyOptions { transaction, expires_in, public_key }))
}

/// Add a passkey
///
/// A challenge is good for one answer, right or wrong.
#[utoipa::path(post, path = "/v1/me/factors/passkey", operation_id = "factor_passkey_add", tag = "factors",
    security(("bearer" = [])), request_body = NewPasskey,
    responses((status = 201, description = "The passkey is active.", body = ListedFactor)))]
pub(crate) async fn add(
    State(flow): State<Arc<Flows>>,
    ctx: Ctx,
    caller: Caller,
    Json(body): Json<NewPasskey>,
) -> Result<(StatusCode, Json<ListedFactor>), Problem> {
    let name = name(body.name)?;
    let owner = flow.owner(&ctx, caller).await?;
    let handle = Handle::parse(&body.transaction).ok_or(FactorsError::Gone)?;
    let cause = ctx.act(ActKind::CodeTried, owner.caller.actor());
    let thing = flow.store.challenge_take(&handle, ctx.now, &cause).await?.ok_or(FactorsError::Gone)?;
    let enrolment = flow.enrolling(&thing, &owner).await?;
    if !matches!(enrolment.what, Enrolling::Passkey {}) {
        return Err(FactorsError::Gone.into());
    }
    let state = flow.store.ceremony_state(&thing).await?;
    let party = flow.ceremonies.at(&ctx.issuer).map_err(FactorsError::from)?;
    let new = match party.registered(&state, &body.credential) {
        Ok(new) => new,
        Err(CeremonyError::Broken(error)) => return Err(FactorsError::from(error).into()),
        Err(CeremonyError::Refused(why)) => {
            ctx.log(Level::Warn, "passkey refused", json!({"why": why.as_str()}));
            let detail = format!("is no answer to this challenge: {}", why.as_str());
            return Err(FactorsError::field("/credential", "credential", detail).into());
        }
    };
    let kind = FactorKind::Passkey { credential_id: new.credential_id, credential: new.credential, synced: new.synced };
    let factor = flow.add(&ctx, &owner, &thing, name, kind).await?;
    Ok((StatusCode::CREATED, Json(ListedFactor::of(&factor, None, ""))))
}
