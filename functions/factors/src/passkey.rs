//! `POST /v1/me/factors/passkey/options` and `POST /v1/me/factors/passkey`: a passkey or security key
//! is enrolled.

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use domain::{ActKind, FactorKind, Factors, Handle};
use edge::{Caller, Ctx, Json, Problem};
use passkeys::Use;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use store::{Enrolling, OneTime};

use crate::add::{Beginning, add as add_factor, begin, check_room, own};
use crate::fresh::check_fresh;
use crate::list::ListedFactor;
use crate::{FactorError, FactorsFlow, name};

/// What the new credential is for.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct PasskeyWish {
    /// `passkey` signs in by itself, and its user is verified. `second_factor` stands beside a
    /// password: any security key will do.
    #[serde(default)]
    #[schema(value_type = String, nullable = false, required = false, example = "passkey")]
    r#use: CredentialUse,
}

/// What a credential is for.
#[derive(Clone, Copy, Default, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum CredentialUse {
    /// It signs in by itself.
    #[default]
    Passkey,
    /// It stands beside a password.
    SecondFactor,
}

/// What the browser is asked for.
#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct PasskeyCreation {
    /// Goes with the credential to `/v1/me/factors/passkey`.
    #[schema(example = "txn_2Sz5nWcXUYb0e1hQvFKtL3mXyD8rJqPa")]
    transaction: String,
    /// How long it lives, in seconds.
    #[schema(example = 600)]
    expires_in: i64,
    /// For `PublicKeyCredential.parseCreationOptionsFromJSON` and `navigator.credentials.create`.
    #[schema(value_type = Map<String, Value>, example = json!({"challenge": "kX0vVbSgx2xTzN4Vd0o1bA", "rp": {"id": "id.example.com", "name": "Portico"}}))]
    public_key: Value,
}

/// What the browser made of it.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct PasskeyEnrolment {
    /// What the options came with.
    #[schema(example = "txn_2Sz5nWcXUYb0e1hQvFKtL3mXyD8rJqPa")]
    transaction: String,
    /// `PublicKeyCredential.toJSON()`.
    #[schema(example = json!({"id": "AQIDBA", "rawId": "AQIDBA", "type": "public-key", "response": {"clientDataJSON": "e30", "attestationObject": "oA"}}))]
    credential: Map<String, Value>,
    /// What it is to be called; the device, if this is left out.
    #[serde(default)]
    #[schema(max_length = 64, example = "My phone")]
    name: Option<String>,
}

/// Begin to add a passkey
#[utoipa::path(post, path = "/v1/me/factors/passkey/options", operation_id = "factor_passkey_options", tag = "factors", security(("bearer" = [])),
    request_body = PasskeyWish, responses((status = 200, description = "What the browser is to be asked for.", body = PasskeyCreation)))]
pub(crate) async fn options(
    State(flow): State<Arc<FactorsFlow>>,
    ctx: Ctx,
    caller: Caller,
    Json(body): Json<PasskeyWish>,
) -> Result<Json<PasskeyCreation>, Problem> {
    let (facts, proof) = check_fresh(&flow, &ctx, &caller).await?;
    check_room(&facts.factors.factors)?;
    let party = flow.ceremonies.at(&ctx.issuer).map_err(FactorError::Config)?;
    let used_as = match body.r#use {
        CredentialUse::Passkey => Use::Passkey,
        CredentialUse::SecondFactor => Use::SecondFactor,
    };
    let address = facts.profile.data.email.reveal();
    let known = known(&facts.factors.factors);
    let (public_key, state) = party.register(caller.customer, &address, &known, used_as).map_err(FactorError::from)?;
    let new = Beginning { what: Enrolling::Passkey {}, name: None, code: None, state: Some(&state), send: None };
    let handle = begin(&flow, &ctx, &caller, new, proof).await?;
    let transaction = handle.reveal().to_owned();
    Ok(Json(PasskeyCreation { transaction, expires_in: OneTime::LIFETIME.as_secs(), public_key }))
}

/// Add a passkey
///
/// The challenge is spent, whatever the answer is worth.
#[utoipa::path(post, path = "/v1/me/factors/passkey", operation_id = "factor_passkey_add", tag = "factors", security(("bearer" = [])),
    request_body = PasskeyEnrolment, responses((status = 201, description = "The passkey is active.", body = ListedFactor)))]
pub(crate) async fn add(
    State(flow): State<Arc<FactorsFlow>>,
    ctx: Ctx,
    caller: Caller,
    Json(body): Json<PasskeyEnrolment>,
) -> Result<(StatusCode, Json<ListedFactor>), Problem> {
    let name = name::chosen(body.name.as_deref()).map_err(|wrong| FactorError::Fields(vec![wrong]))?;
    let (facts, proof) = check_fresh(&flow, &ctx, &caller).await?;
    let (thing, kind) = prove(&flow, &ctx, &caller, &body.transaction, &Value::Object(body.credential)).await?;
    let name = name.unwrap_or_else(|| ctx.device.clone());
    let added = add_factor(&flow, &ctx, &caller, &facts, (&thing, name, kind), proof).await?;
    Ok((StatusCode::CREATED, Json(added)))
}

/// Spends the challenge, then looks at the answer.
async fn prove(
    flow: &FactorsFlow,
    ctx: &Ctx,
    caller: &Caller,
    transaction: &str,
    credential: &Value,
) -> Result<(OneTime, FactorKind), FactorError> {
    let party = flow.ceremonies.at(&ctx.issuer)?;
    let handle = Handle::parse(transaction).ok_or(FactorError::Gone)?;
    let cause = ctx.act(ActKind::CodeTried, caller.actor()).in_session(caller.session.id);
    let thing = flow.store.challenge_take(&handle, ctx.now, &cause).await?.ok_or(FactorError::Gone)?;
    let enrolment = own(flow, caller, &thing).await?;
    let Enrolling::Passkey {} = enrolment.what else { return Err(FactorError::Gone) };
    let state = flow.store.ceremony_state(&thing).await?.ok_or(FactorError::Gone)?;
    let new = party.registered(&state, credential)?;
    let kind = FactorKind::Passkey { credential_id: new.credential_id, credential: new.credential, synced: new.synced };
    Ok((thing, kind))
}

/// The ids of the credentials that the customer has.
fn known(factors: &Factors) -> Vec<&str> {
    let ids = factors.all().filter_map(|factor| match &factor.kind {
        FactorKind::Passkey { credential_id, .. } => Some(credential_id.as_str()),
        FactorKind::Totp { .. } | FactorKind::Sms { .. } | FactorKind::Email {} => None,
    });
    ids.collect()
}
