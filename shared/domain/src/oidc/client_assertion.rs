//! `private_key_jwt`: a client says who it is by a JWT that it signed (RFC 7523, OpenID Connect Core §9).

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use serde::{Deserialize, Deserializer};

use crate::oidc::JwtRefused;
use crate::oidc::client_key::Received;
use crate::{AuthMethod, Client, Timestamp};

/// The one `client_assertion_type`.
pub const ASSERTION_TYPE: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

/// How far ahead a client's clock may be, in seconds: FAPI 2.0 §5.3.2.1 wants 10 accepted and 60 refused.
pub(crate) const AHEAD: i64 = 30;
/// How long a client's JWT may hold, in seconds.
pub(crate) const LONGEST: i64 = 3600;
const LONGEST_ID: usize = 128;

/// Where an assertion is received, and when.
#[derive(Clone, Copy, Debug)]
pub struct Audience<'a> {
    /// The issuer.
    pub issuer: &'a str,
    /// The URLs of the endpoints where clients authenticate; not for FAPI clients, who name the issuer.
    pub endpoints: &'a [&'a str],
    /// Now.
    pub now: Timestamp,
}

/// What can be used once only: the caller remembers it until it no longer holds anyway.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OnceOnly {
    /// Its id, unique for the client.
    pub jti: String,
    /// Until when it holds (seconds).
    pub until: i64,
}

/// A moment as JWTs write it: seconds, perhaps with a fraction (RFC 7519 §2).
#[derive(Clone, Copy)]
pub(crate) struct Seconds(pub(crate) i64);

impl<'de> Deserialize<'de> for Seconds {
    // The cast saturates, and a moment that far away is refused.
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        f64::deserialize(d).map(|seconds| Self(seconds as i64))
    }
}

/// `aud`: a string or an array (RFC 7519 §4.1.3).
#[derive(Deserialize)]
#[serde(untagged)]
pub(crate) enum Aud {
    One(String),
    Many(Vec<String>),
}

#[derive(Deserialize)]
struct Assertion {
    iss: String,
    sub: String,
    aud: Aud,
    exp: Seconds,
    #[serde(default)]
    iat: Option<Seconds>,
    #[serde(default)]
    nbf: Option<Seconds>,
    #[serde(default)]
    jti: Option<String>,
}

/// Whose assertion it claims to be: to find the client by, and to believe nothing yet.
pub fn claimed_client(assertion: &str) -> Option<String> {
    #[derive(Deserialize)]
    struct Claimed {
        sub: String,
    }
    let claims = assertion.split('.').nth(1).filter(|claims| claims.len() <= 8192)?;
    serde_json::from_slice::<Claimed>(&URL_SAFE_NO_PAD.decode(claims).ok()?).ok().map(|claimed| claimed.sub)
}

/// Whether a client signed this assertion, for us and for now. It holds once: what is returned must be spent.
///
/// # Errors
/// When it did not, or authenticates in another way.
pub fn check_assertion(jwt: &str, client: &Client, audience: &Audience<'_>) -> Result<OnceOnly, JwtRefused> {
    let received = Received::parse(jwt, client.algs())?;
    if received.header.has_type() && !received.header.is_type(&["jwt", "client-authentication+jwt"]) {
        return Err(JwtRefused::Type);
    }
    let keys = client.keys().filter(|_| client.authenticates_by(AuthMethod::PrivateKeyJwt));
    let claims: Assertion = received.by_one_of(keys.ok_or(JwtRefused::UnknownKey)?)?;
    if claims.iss != client.client_id || claims.sub != client.client_id {
        return Err(JwtRefused::Issuer);
    }
    check_audience(&claims.aud, client, audience)?;
    check_time(claims.exp, [claims.iat, claims.nbf], audience.now)?;
    let jti = claims.jti.filter(|jti| is_id(jti)).ok_or(JwtRefused::NoId)?;
    Ok(OnceOnly { jti, until: claims.exp.0 })
}

/// FAPI 2.0 §5.3.2.1: the issuer, as a string. For others the endpoint too, and an array of one; never an array
/// of several, where another provider may be one of them.
fn check_audience(aud: &Aud, client: &Client, audience: &Audience<'_>) -> Result<(), JwtRefused> {
    let fits = match aud {
        Aud::One(one) if one == audience.issuer => true,
        Aud::One(one) => !client.fapi2 && audience.endpoints.contains(&one.as_str()),
        Aud::Many(many) => match many.as_slice() {
            [one] => !client.fapi2 && (one == audience.issuer || audience.endpoints.contains(&one.as_str())),
            _ => false,
        },
    };
    if fits { Ok(()) } else { Err(JwtRefused::Audience) }
}

pub(crate) fn check_time(exp: Seconds, begins: [Option<Seconds>; 2], now: Timestamp) -> Result<(), JwtRefused> {
    let now = now.as_second();
    if exp.0 <= now {
        Err(JwtRefused::Expired)
    } else if exp.0 > now + LONGEST + AHEAD {
        Err(JwtRefused::LongLived)
    } else if begins.into_iter().flatten().any(|begin| begin.0 > now + AHEAD) {
        Err(JwtRefused::Early)
    } else {
        Ok(())
    }
}

/// Short enough to be kept, and long enough to be somebody's own.
pub(crate) fn is_id(jti: &str) -> bool {
    !jti.is_empty() && jti.len() <= LONGEST_ID && !jti.chars().any(char::is_control)
}
