//! Signed authorization requests (RFC 9101), by value.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::{Map, Value};

use crate::oidc::JwtRefused;
use crate::oidc::client_assertion::{AHEAD, Aud, LONGEST, Seconds, check_time};
use crate::oidc::client_key::Received;
use crate::{Client, Timestamp};

/// The parameters of a signed request. What is around the object counts for nothing (RFC 9101 §6.3).
#[derive(Clone, PartialEq, Eq)]
pub struct RequestObject {
    parameters: BTreeMap<String, String>,
    resources: Vec<String>,
}

impl std::fmt::Debug for RequestObject {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("RequestObject(***)")
    }
}

#[derive(Deserialize)]
struct Claims {
    iss: String,
    client_id: String,
    aud: Aud,
    #[serde(default)]
    sub: Option<String>,
    #[serde(default)]
    exp: Option<Seconds>,
    #[serde(default)]
    nbf: Option<Seconds>,
    #[serde(default)]
    iat: Option<Seconds>,
    #[serde(flatten)]
    others: Map<String, Value>,
}

impl RequestObject {
    /// The request that a client signed for us and for now.
    ///
    /// # Errors
    /// When it did not, or the object is another kind of JWT.
    pub fn open(jwt: &str, client: &Client, issuer: &str, now: Timestamp) -> Result<Self, JwtRefused> {
        let received = Received::parse(jwt, client.algs())?;
        if received.header.has_type() && !received.header.is_type(&["oauth-authz-req+jwt", "jwt"]) {
            return Err(JwtRefused::Type);
        }
        let claims: Claims = received.by_one_of(client.keys().ok_or(JwtRefused::UnknownKey)?)?;
        check_parties(&claims, client, issuer)?;
        check_lifetime(&claims, client, now)?;
        check_not_nested(&claims)?;
        let mut resources = vec![];
        let mut parameters = BTreeMap::from([("client_id".to_owned(), claims.client_id)]);
        for (name, value) in claims.others {
            match value {
                Value::Null => {}
                _ if name == "jti" => {}
                Value::Array(many) if name == "resource" => {
                    for one in many {
                        resources.push(one.as_str().ok_or(JwtRefused::Malformed)?.to_owned());
                    }
                }
                one if name == "resource" => resources.push(text(one)),
                one => {
                    parameters.insert(name, text(one));
                }
            }
        }
        Ok(Self { parameters, resources })
    }

    /// A parameter; an empty one is as if it were absent.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.parameters.get(name).map(String::as_str).filter(|value| !value.is_empty())
    }

    /// The values of `resource`.
    pub fn resources(&self) -> Vec<&str> {
        self.resources.iter().map(String::as_str).collect()
    }
}

fn text(value: Value) -> String {
    match value {
        Value::String(text) => text,
        other => other.to_string(),
    }
}

/// RFC 9101 §5 and §10.8: an assertion, which has the client as its subject, is no request.
fn check_parties(claims: &Claims, client: &Client, issuer: &str) -> Result<(), JwtRefused> {
    let is_for_us = match &claims.aud {
        Aud::One(one) => one == issuer,
        Aud::Many(many) => many.iter().any(|one| one == issuer),
    };
    if claims.iss != client.client_id || claims.sub.is_some() {
        Err(JwtRefused::Issuer)
    } else if claims.client_id != client.client_id {
        Err(JwtRefused::Contradiction)
    } else if !is_for_us {
        Err(JwtRefused::Audience)
    } else {
        Ok(())
    }
}

/// FAPI 2.0 Message Signing §5.3.1: not older than an hour, and for an hour at most.
fn check_lifetime(claims: &Claims, client: &Client, now: Timestamp) -> Result<(), JwtRefused> {
    match (claims.exp, claims.nbf) {
        (None, _) if client.fapi2 => return Err(JwtRefused::LongLived),
        (_, None) if client.fapi2 => return Err(JwtRefused::Early),
        (Some(exp), Some(nbf)) if client.fapi2 && exp.0.saturating_sub(nbf.0) > LONGEST => {
            return Err(JwtRefused::LongLived);
        }
        (_, Some(nbf)) if client.fapi2 && nbf.0 < now.as_second() - LONGEST => return Err(JwtRefused::Expired),
        _ => {}
    }
    // Without `exp` it is judged as if it ended in a moment: `nbf` and `iat` still count.
    check_time(claims.exp.unwrap_or(Seconds(now.as_second() + AHEAD)), [claims.nbf, claims.iat], now)
}

/// RFC 9101 §4.
fn check_not_nested(claims: &Claims) -> Result<(), JwtRefused> {
    let is_nested = ["request", "request_uri", "registration"].iter().any(|name| claims.others.contains_key(*name));
    if is_nested { Err(JwtRefused::Contradiction) } else { Ok(()) }
}
