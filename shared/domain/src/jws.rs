//! JSON Web Signatures in compact form (RFC 7515 §3.1): what is signed, and who may be believed.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use serde::{Deserialize, Serialize, de::DeserializeOwned};

use crate::jwk::Der;
use crate::{Claims, KeySchedule, SigningAlg, Timestamp, TokenType};

#[derive(Serialize)]
struct Header<'a> {
    alg: &'a str,
    kid: &'a str,
    typ: &'a str,
}

#[derive(Deserialize)]
struct ReceivedHeader {
    alg: String,
    #[serde(default)]
    kid: String,
    #[serde(default)]
    typ: String,
    /// Extensions that must be understood: we understand none (RFC 7515 §4.1.11).
    #[serde(default)]
    crit: Option<serde_json::Value>,
}

#[derive(Deserialize)]
struct Lifetime {
    iss: String,
    exp: i64,
    iat: i64,
}

/// Why a token is not believed. To the caller they are all the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TokenRefused {
    /// Not a JWS whose header and claims can be read.
    #[error("not a token")]
    Malformed,
    /// Another kind of token than this place takes.
    #[error("another kind of token")]
    WrongType,
    /// No published key has this `kid`.
    #[error("unknown key")]
    UnknownKey,
    /// `alg` is not the key's, or the signature is not the key's.
    #[error("wrong signature")]
    BadSignature,
    /// Somebody else's.
    #[error("another issuer")]
    WrongIssuer,
    /// No longer, or not yet.
    #[error("expired")]
    Expired,
}

/// What is signed: header and claims.
///
/// # Errors
/// Never for claims of ours: they are plain maps.
pub fn signing_input<C: Claims>(alg: SigningAlg, kid: &str, claims: &C) -> Result<String, serde_json::Error> {
    input(alg, kid, C::TYPE.as_str(), claims)
}

/// What is signed, for claims that are no token's: of whatever `typ`.
///
/// # Errors
/// When the claims can't be written as JSON.
pub fn input<C: Serialize>(alg: SigningAlg, kid: &str, typ: &str, claims: &C) -> Result<String, serde_json::Error> {
    let header = Header { alg: alg.as_str(), kid, typ };
    let part = |json: Vec<u8>| URL_SAFE_NO_PAD.encode(json);
    Ok(format!("{}.{}", part(serde_json::to_vec(&header)?), part(serde_json::to_vec(claims)?)))
}

/// The token: what was signed, and the signature in JOSE's raw form.
pub fn compact(signing_input: &str, signature: &[u8]) -> String {
    format!("{signing_input}.{}", URL_SAFE_NO_PAD.encode(signature))
}

/// The claims of a token of ours that holds at `now`.
///
/// # Errors
/// When it is not, for whatever reason.
pub fn verify<C: Claims + DeserializeOwned>(
    token: &str,
    keys: &KeySchedule,
    issuer: &str,
    now: Timestamp,
) -> Result<C, TokenRefused> {
    believe(token, keys, issuer, now, false)
}

/// The claims of a token of ours, be it expired: a hint of who somebody was, good for nothing else.
///
/// # Errors
/// When it is not one, or the key that signed it is no longer published.
pub fn verify_past<C: Claims + DeserializeOwned>(
    token: &str,
    keys: &KeySchedule,
    issuer: &str,
    now: Timestamp,
) -> Result<C, TokenRefused> {
    believe(token, keys, issuer, now, true)
}

fn believe<C: Claims + DeserializeOwned>(
    token: &str,
    keys: &KeySchedule,
    issuer: &str,
    now: Timestamp,
    past: bool,
) -> Result<C, TokenRefused> {
    let mut parts = token.split('.');
    let (Some(header), Some(claims), Some(signature), None) = (parts.next(), parts.next(), parts.next(), parts.next())
    else {
        return Err(TokenRefused::Malformed);
    };
    let decode = |part: &str| URL_SAFE_NO_PAD.decode(part).map_err(|_| TokenRefused::Malformed);
    let parsed: ReceivedHeader = serde_json::from_slice(&decode(header)?).map_err(|_| TokenRefused::Malformed)?;
    if parsed.crit.is_some() {
        return Err(TokenRefused::Malformed);
    }
    if !is_type(&parsed.typ, C::TYPE) {
        return Err(TokenRefused::WrongType);
    }
    let key = keys.find(&parsed.kid, now).ok_or(TokenRefused::UnknownKey)?;
    let (signed, _) = token.split_at(header.len() + 1 + claims.len());
    if parsed.alg != key.alg.as_str() || !key.verifies(signed.as_bytes(), &decode(signature)?) {
        return Err(TokenRefused::BadSignature);
    }
    let claims = decode(claims)?;
    let lifetime: Lifetime = serde_json::from_slice(&claims).map_err(|_| TokenRefused::Malformed)?;
    if lifetime.iss != issuer {
        return Err(TokenRefused::WrongIssuer);
    }
    if !past && lifetime.exp <= now.as_second() {
        return Err(TokenRefused::Expired);
    }
    // A minute's grace forward only: our own instances' clocks may differ.
    if lifetime.iat > now.as_second() + 60 {
        return Err(TokenRefused::Expired);
    }
    serde_json::from_slice(&claims).map_err(|_| TokenRefused::Malformed)
}

/// `typ` is a media type: compared without case, `application/` left out or not (RFC 7515 §4.1.9).
fn is_type(typ: &str, expected: TokenType) -> bool {
    let typ = typ.to_ascii_lowercase();
    typ.strip_prefix("application/").unwrap_or(&typ) == expected.as_str().to_ascii_lowercase()
}

/// An ECDSA signature as KMS gives it (DER, RFC 3279 §2.2.3) in JOSE's raw form (RFC 7518 §3.4).
pub fn ecdsa_der_to_raw(der: &[u8]) -> Option<[u8; 64]> {
    let mut numbers = Der(der).read(0x30)?;
    let mut raw = [0; 64];
    let (r, s) = raw.split_at_mut(32);
    for half in [r, s] {
        let number = numbers.read(0x02)?.0;
        let number = number.strip_prefix(&[0]).unwrap_or(number);
        let start = half.len().checked_sub(number.len())?;
        half.get_mut(start..)?.copy_from_slice(number);
    }
    Some(raw)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{AccessToken, IdToken, Jwk, PrivateHalf, SignedDuration, SigningKey};
    use ring::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair as _};

    fn schedule(point: &[u8], now: Timestamp) -> KeySchedule {
        // SubjectPublicKeyInfo of a P-256 point.
        let head = [
            0x30, 0x59, 0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01, 0x06, 0x08, 0x2a, 0x86, 0x48,
            0xce, 0x3d, 0x03, 0x01, 0x07, 0x03, 0x42, 0x00,
        ];
        let jwk = Jwk::from_spki(SigningAlg::Es256, &[&head[..], point].concat()).unwrap();
        KeySchedule::new(vec![SigningKey {
            jwk,
            publish_at: now,
            sign_from: now,
            private: PrivateHalf::Wrapped(vec![]),
        }])
    }

    #[test]
    fn only_a_token_of_ours_of_the_right_kind_and_time_is_believed() {
        let random = ring::rand::SystemRandom::new();
        let alg = &ECDSA_P256_SHA256_FIXED_SIGNING;
        let pkcs8 = EcdsaKeyPair::generate_pkcs8(alg, &random).unwrap();
        let pair = EcdsaKeyPair::from_pkcs8(alg, pkcs8.as_ref(), &random).unwrap();
        let now = Timestamp::from_second(1_800_000_000).unwrap();
        let keys = schedule(pair.public_key().as_ref(), now);
        let kid = keys.newest(SigningAlg::Es256).unwrap().jwk.kid.clone();
        let claims = AccessToken {
            iss: "https://id.example".into(),
            sub: "s".into(),
            aud: vec!["https://id.example".into()],
            exp: now.as_second() + 600,
            iat: now.as_second(),
            jti: "j".into(),
            client_id: "c".into(),
            scope: "a b".into(),
            sid: None,
            epoch: None,
            auth_time: None,
            amr: vec![],
            acr: None,
            cnf: None,
        };
        let sign = |input: &str| compact(input, pair.sign(&random, input.as_bytes()).unwrap().as_ref());
        let token = sign(&signing_input(SigningAlg::Es256, &kid, &claims).unwrap());
        let check = |token: &str, issuer: &str, now| verify::<AccessToken>(token, &keys, issuer, now).map(|c| c.sub);
        let ok = "https://id.example";
        assert_eq!(check(&token, ok, now).as_deref(), Ok("s"));
        assert_eq!(check(&token, "https://evil.example", now), Err(TokenRefused::WrongIssuer));
        assert_eq!(check(&token, ok, now + SignedDuration::from_mins(10)), Err(TokenRefused::Expired));
        assert_eq!(verify::<IdToken>(&token, &keys, ok, now).err(), Some(TokenRefused::WrongType));
        assert_eq!(check(&token[..token.len() - 2], ok, now), Err(TokenRefused::BadSignature));
        for malformed in ["", ".", "..", "a.b.c", "a.b.c.d", &format!("{token}.x")] {
            assert_eq!(check(malformed, ok, now), Err(TokenRefused::Malformed), "{malformed}");
        }
        // Not a word of the claims is read before the signature.
        let (header, rest) = token.split_once('.').unwrap();
        let garbage = format!("{header}.Z2FyYmFnZQ.{}", rest.split_once('.').unwrap().1);
        assert_eq!(check(&garbage, ok, now), Err(TokenRefused::BadSignature));
        let body = token.split('.').nth(1).unwrap();
        for (header, refusal) in [
            (r#"{"alg":"none","typ":"at+jwt"}"#.to_owned(), TokenRefused::UnknownKey),
            (format!(r#"{{"alg":"none","kid":"{kid}","typ":"at+jwt"}}"#), TokenRefused::BadSignature),
            (format!(r#"{{"alg":"HS256","kid":"{kid}","typ":"at+jwt"}}"#), TokenRefused::BadSignature),
            (format!(r#"{{"alg":"ES256","kid":"{kid}","typ":"JWT"}}"#), TokenRefused::WrongType),
            (format!(r#"{{"alg":"ES256","kid":"{kid}","typ":"at+jwt","crit":["b64"]}}"#), TokenRefused::Malformed),
        ] {
            let forged = format!("{}.{body}.", URL_SAFE_NO_PAD.encode(&header));
            assert_eq!(check(&forged, ok, now), Err(refusal), "{header}");
        }
    }

    #[test]
    fn der_signatures_of_any_length_become_64_bytes() {
        assert_eq!(ecdsa_der_to_raw(&[0x30, 6, 2, 1, 1, 2, 1, 2]).map(|raw| (raw[31], raw[63])), Some((1, 2)));
        let long = [&[0x30, 38, 2, 33, 0][..], &[0xff; 32], &[2, 1, 7]].concat();
        assert_eq!(ecdsa_der_to_raw(&long).map(|raw| (raw[0], raw[63])), Some((0xff, 7)));
        assert_eq!(ecdsa_der_to_raw(&[0x30, 2, 2, 1]), None);
        assert_eq!(ecdsa_der_to_raw(&[]), None);
    }
}
