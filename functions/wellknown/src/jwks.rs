//! `GET /.well-known/jwks.json`: the keys that tokens are signed with (RFC 7517 §5).

use std::{collections::HashSet, sync::Arc};

use axum::{extract::State, http::HeaderMap, response::Response};
use domain::{Jwk, JwkNumbers, KeySchedule, SigningAlg, Timestamp};
use edge::{Ctx, Problem, document};
use serde::Serialize;
use store::{Store, StoreError};
use utoipa::ToSchema;

use crate::KEEP;

/// The key set
///
/// The public keys that tokens are signed with, or were and may still be checked by.
#[utoipa::path(
    get,
    path = "/.well-known/jwks.json",
    operation_id = "jwks",
    tag = "discovery",
    responses(
        (status = 200, description = "The keys.", body = KeySet,
            headers(
                ("ETag" = String, description = "Changes when the document does."),
                ("Cache-Control" = String, description = "How long it may be kept."))),
        (status = 304, description = "The caller has it already (`If-None-Match`)."),
    )
)]
pub(crate) async fn jwks(ctx: Ctx, State(store): State<Arc<Store>>, headers: HeaderMap) -> Result<Response, Problem> {
    document::public(&headers, &key_set(&store, ctx.now).await?, KEEP)
}

/// The permanent keys
///
/// The public keys of receipts of consent, certificates of erasure and roots of the audit log. None ever
/// leaves the set: what one signed can be verified years later.
#[utoipa::path(
    get,
    path = "/.well-known/permanent-keys.json",
    operation_id = "permanent_keys",
    tag = "discovery",
    responses(
        (status = 200, description = "The keys.", body = KeySet,
            headers(
                ("ETag" = String, description = "Changes when the document does."),
                ("Cache-Control" = String, description = "How long it may be kept."))),
        (status = 304, description = "The caller has it already (`If-None-Match`)."),
    )
)]
pub(crate) async fn permanent_keys(State(store): State<Arc<Store>>, headers: HeaderMap) -> Result<Response, Problem> {
    document::public(&headers, &permanent_set(&store).await?, KEEP)
}

#[derive(Debug, thiserror::Error)]
enum JwksError {
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error("there is no key for every algorithm yet")]
    NoKeys,
}

impl From<JwksError> for Problem {
    fn from(error: JwksError) -> Self {
        match error {
            JwksError::Store(error) => error.into(),
            // `rotate` runs every few minutes; an empty schedule is read again after half of one.
            error @ JwksError::NoKeys => Self::unavailable(30, &error),
        }
    }
}

/// A set that lacks an algorithm is not given away: it would be kept, and the missing key signs as
/// soon as it is there.
async fn key_set(store: &Store, now: Timestamp) -> Result<KeySet, JwksError> {
    let is_whole = |schedule: &KeySchedule| SigningAlg::ALL.iter().all(|alg| schedule.signer(*alg, now).is_some());
    let mut schedule = store.key_schedule(now).await?;
    if !is_whole(&schedule) {
        schedule = store.key_schedule_fresh(now).await?;
    }
    if is_whole(&schedule) { Ok(KeySet::of(&schedule, now)) } else { Err(JwksError::NoKeys) }
}

/// An empty set is not given away either.
async fn permanent_set(store: &Store) -> Result<KeySet, JwksError> {
    let keys = store.permanent_keys().await?;
    if keys.is_empty() {
        return Err(JwksError::NoKeys);
    }
    Ok(KeySet { keys: keys.iter().map(|key| PublicKey::from(&key.jwk)).collect() })
}

/// A JSON Web Key Set.
#[derive(Serialize, ToSchema)]
pub(crate) struct KeySet {
    /// Its keys.
    keys: Vec<PublicKey>,
}

impl KeySet {
    fn of(schedule: &KeySchedule, now: Timestamp) -> Self {
        let mut seen = HashSet::new();
        // A key of KMS that came back into use stands in the schedule twice.
        let keys = schedule.published(now).map(|key| &key.jwk).filter(|jwk| seen.insert(&jwk.kid));
        Self { keys: keys.map(PublicKey::from).collect() }
    }
}

/// A JSON Web Key: a point on P-256 (`crv`, `x`, `y`), or an RSA modulus and exponent (`n`, `e`).
#[derive(Serialize, ToSchema)]
#[schema(as = Jwk, example = json!({"kty": "EC", "use": "sig", "alg": "ES256", "kid": "qT5yKRo0isoECLGe0-hJJux4iMROawVfs8LFcQ2Aveo",
    "crv": "P-256", "x": "WKn-ZIGevcwGIyyrzFoZNBdaq9_TsqzGl96oc0CWuis", "y": "y77t-RvAHRKTsSGdIYUfweuOvwrvDD-Q3Hv5J0fSKbE"}))]
pub(crate) struct PublicKey {
    /// `EC` or `RSA`.
    kty: &'static str,
    /// Always `sig`.
    #[serde(rename = "use")]
    usage: String,
    /// The one algorithm that it is used with.
    alg: &'static str,
    /// Its thumbprint (RFC 7638), as tokens name it.
    kid: String,
    /// The curve.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    crv: Option<String>,
    /// The point's x.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    x: Option<String>,
    /// The point's y.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    y: Option<String>,
    /// The modulus.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    n: Option<String>,
    /// The exponent.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    e: Option<String>,
}

impl From<&Jwk> for PublicKey {
    fn from(jwk: &Jwk) -> Self {
        let (kty, [crv, x, y, n, e]) = match jwk.numbers.clone() {
            JwkNumbers::Ec { crv, x, y } => ("EC", [Some(crv), Some(x), Some(y), None, None]),
            JwkNumbers::Rsa { n, e } => ("RSA", [None, None, None, Some(n), Some(e)]),
        };
        let (usage, alg, kid) = (jwk.usage.clone(), jwk.alg.as_str(), jwk.kid.clone());
        Self { kty, usage, alg, kid, crv, x, y, n, e }
    }
}
