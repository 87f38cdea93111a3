//! Demonstrating Proof of Possession (RFC 9449): a token is good only with the key that it was given to.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use serde::Deserialize;
use url::Url;

use crate::oidc::client_assertion::{Seconds, is_id};
use crate::oidc::client_key::Received;
use crate::oidc::{ClientAlg, ClientKey};
use crate::{Key32, Timestamp, digest, equal};

/// What a proof has to be about.
#[derive(Clone, Copy, Debug)]
pub struct DpopExpected<'a> {
    /// The request's method.
    pub method: &'a str,
    /// The request's URL.
    pub url: &'a str,
    /// The access token that came with it.
    pub access_token: Option<&'a str>,
    /// The algorithms that the client may use: `Client::algs`.
    pub algs: &'a [ClientAlg],
    /// Whether a nonce of ours must be in it; one that is there is compared anyway.
    pub nonce: NonceRule,
    /// Now.
    pub now: Timestamp,
}

/// Whether a proof must carry a nonce of ours (§8).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NonceRule {
    /// It must.
    Demanded,
    /// It may.
    Optional,
    /// There are none here: whatever is in it says nothing.
    Ignored,
}

/// A proof that is good, once: `jti` must be spent for `jkt`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DpopProof {
    /// The thumbprint of the key (RFC 7638).
    pub jkt: String,
    /// The proof's id.
    pub jti: String,
    /// When the client says it was made (seconds).
    pub iat: i64,
    /// Until when it could be shown again (seconds).
    pub until: i64,
}

/// Why a proof is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum DpopRefused {
    /// `invalid_dpop_proof`.
    #[error("{0}")]
    Invalid(&'static str),
    /// `use_dpop_nonce`: the client is told the nonce and asks again.
    #[error("a nonce of this server is needed")]
    UseNonce,
}

/// How far the client's clock may be off, in seconds.
const WINDOW: i64 = 60;
const MINUTE: i64 = 60;

#[derive(Deserialize)]
struct Claims {
    jti: String,
    htm: String,
    htu: String,
    iat: Seconds,
    #[serde(default)]
    exp: Option<Seconds>,
    #[serde(default)]
    nbf: Option<Seconds>,
    #[serde(default)]
    ath: Option<String>,
    #[serde(default)]
    nonce: Option<String>,
}

/// The nonce of this minute (§8): nothing that anybody must remember.
pub fn dpop_nonce(key: &Key32, now: Timestamp) -> String {
    nonce_of(key, now.as_second().div_euclid(MINUTE))
}

fn nonce_of(key: &Key32, minute: i64) -> String {
    URL_SAFE_NO_PAD.encode(key.derive("dpop nonce").mac(&[&minute.to_be_bytes()]))
}

/// This minute's or the last one's.
fn is_current(key: &Key32, nonce: &str, now: Timestamp) -> bool {
    let minute = now.as_second().div_euclid(MINUTE);
    [minute, minute - 1].iter().fold(false, |found, &m| equal(nonce_of(key, m).as_bytes(), nonce.as_bytes()) | found)
}

/// Whether there is exactly one proof, and it is for this request (§4.3). `key` makes the nonces.
///
/// # Errors
/// When it is not, or needs a nonce.
pub fn check_dpop(proofs: &[&str], expected: &DpopExpected<'_>, key: &Key32) -> Result<DpopProof, DpopRefused> {
    let invalid = DpopRefused::Invalid;
    let [proof] = proofs else { return Err(invalid("there must be exactly one DPoP proof")) };
    let received = Received::parse(proof, expected.algs).map_err(|_| invalid("not a JWT by an allowed algorithm"))?;
    if !received.header.is_type(&["dpop+jwt"]) {
        return Err(invalid("typ must be dpop+jwt"));
    }
    let jwk = received.header.jwk.as_ref().ok_or(invalid("jwk is missing"))?;
    let client_key = ClientKey::parse(jwk).map_err(|_| invalid("jwk is not a public key that is allowed"))?;
    let claims: Claims = received.by(&client_key).map_err(|_| invalid("wrong signature or claims"))?;
    check_place(&claims, expected)?;
    check_access_token(&claims, expected)?;
    if !is_id(&claims.jti) {
        return Err(invalid("jti must have 1 to 128 characters"));
    }
    check_own_time(&claims, expected)?;
    let until = check_fresh(&claims, expected, key)?;
    Ok(DpopProof { jkt: client_key.thumbprint(), jti: claims.jti, iat: claims.iat.0, until })
}

fn check_place(claims: &Claims, expected: &DpopExpected<'_>) -> Result<(), DpopRefused> {
    if claims.htm != expected.method {
        Err(DpopRefused::Invalid("htm is another method"))
    } else if normalized(&claims.htu).is_none_or(|htu| Some(htu) != normalized(expected.url)) {
        Err(DpopRefused::Invalid("htu is another URL"))
    } else {
        Ok(())
    }
}

/// Scheme and host in lower case, no default port, no query, no fragment.
fn normalized(url: &str) -> Option<Url> {
    let mut url = Url::parse(url).ok()?;
    url.set_query(None);
    url.set_fragment(None);
    Some(url)
}

fn check_access_token(claims: &Claims, expected: &DpopExpected<'_>) -> Result<(), DpopRefused> {
    let Some(token) = expected.access_token else { return Ok(()) };
    let ath = URL_SAFE_NO_PAD.encode(digest(token.as_bytes()));
    match &claims.ath {
        Some(given) if equal(given.as_bytes(), ath.as_bytes()) => Ok(()),
        _ => Err(DpopRefused::Invalid("ath is not the access token's")),
    }
}

/// §4.2: a proof may say itself when it begins and ends, as every JWT may (RFC 7519 §4.1.4 and §4.1.5).
fn check_own_time(claims: &Claims, expected: &DpopExpected<'_>) -> Result<(), DpopRefused> {
    let now = expected.now.as_second();
    if claims.exp.is_some_and(|exp| exp.0 <= now) {
        Err(DpopRefused::Invalid("exp is over"))
    } else if claims.nbf.is_some_and(|nbf| nbf.0 > now + WINDOW) {
        Err(DpopRefused::Invalid("nbf is not yet"))
    } else {
        Ok(())
    }
}

/// A nonce of ours says when; without one, the client's clock does (§11.1). Returns until when it is fresh.
fn check_fresh(claims: &Claims, expected: &DpopExpected<'_>, key: &Key32) -> Result<i64, DpopRefused> {
    let now = expected.now.as_second();
    match claims.nonce.as_ref().filter(|_| expected.nonce != NonceRule::Ignored) {
        Some(nonce) if is_current(key, nonce, expected.now) => Ok(now + 2 * MINUTE),
        Some(_) => Err(DpopRefused::UseNonce),
        None if expected.nonce == NonceRule::Demanded => Err(DpopRefused::UseNonce),
        None if (now - WINDOW..=now + WINDOW).contains(&claims.iat.0) => Ok(claims.iat.0 + WINDOW),
        None => Err(DpopRefused::Invalid("iat is not now")),
    }
}
