//! What tokens say.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::{CustomerId, SessionId, digest};

/// The kind of a token, by its `typ` header; each kind is refused wherever another is expected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TokenType {
    /// An access token: `at+jwt` (RFC 9068 §2.1).
    Access,
    /// An ID token: `JWT` (OpenID Connect Core §2).
    Id,
}

impl TokenType {
    /// The `typ` value.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Access => "at+jwt",
            Self::Id => "JWT",
        }
    }
}

/// What the permanent key signs, by its `typ` header: none of them is a token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AttestationType {
    /// A receipt of a decision on a purpose.
    ConsentReceipt,
    /// A certificate that somebody was erased.
    ErasureCertificate,
    /// A root over all chains of the audit log.
    AuditRoot,
}

impl AttestationType {
    /// The `typ` value.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::ConsentReceipt => "consent-receipt+jwt",
            Self::ErasureCertificate => "erasure-certificate+jwt",
            Self::AuditRoot => "audit-root+jwt",
        }
    }
}

/// A factor by which somebody proved who they are (RFC 8176).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum AuthenticationMethod {
    /// A password.
    Pwd,
    /// A one-time code.
    Otp,
    /// A code sent by SMS.
    Sms,
    /// A key that can't leave its hardware.
    Hwk,
    /// A key in software, or kept in more than one place.
    Swk,
    /// The customer was there and did something.
    User,
    /// More than one factor.
    Mfa,
}

/// The claims of an access token (RFC 9068 §2.2).
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct AccessToken {
    /// Issuer.
    pub iss: String,
    /// The customer, or the client itself.
    pub sub: String,
    /// Whom it is for.
    #[serde(with = "one_or_many")]
    pub aud: Vec<String>,
    /// Ends (seconds).
    pub exp: i64,
    /// Begins (seconds).
    pub iat: i64,
    /// Its id.
    pub jti: String,
    /// The client that it was given to.
    pub client_id: String,
    /// What it permits, separated by blanks.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub scope: String,
    /// The customer's session; absent in a client's own token.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sid: Option<SessionId>,
    /// The customer's epoch when it was issued; Portico's own endpoints refuse an older one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub epoch: Option<u64>,
    /// When the customer proved who they are (seconds).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub auth_time: Option<i64>,
    /// By what.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub amr: Vec<AuthenticationMethod>,
    /// How surely.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub acr: Option<String>,
    /// The key without which it is good for nothing (RFC 9449 §6).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cnf: Option<Confirmation>,
}

/// The key that a token is bound to (RFC 7800 §3.1).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Confirmation {
    /// The key's thumbprint (RFC 7638).
    pub jkt: String,
}

impl AccessToken {
    /// The customer whose token it is, if it is a customer's.
    pub fn customer(&self) -> Option<CustomerId> {
        self.sid.and_then(|_| CustomerId::parse(&self.sub))
    }
}

/// The claims of an ID token (OpenID Connect Core §2).
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct IdToken {
    /// Issuer.
    pub iss: String,
    /// The customer, as the client knows them.
    pub sub: String,
    /// The client.
    pub aud: String,
    /// Ends (seconds).
    pub exp: i64,
    /// Begins (seconds).
    pub iat: i64,
    /// When the customer proved who they are (seconds).
    pub auth_time: i64,
    /// By what.
    pub amr: Vec<AuthenticationMethod>,
    /// How surely.
    pub acr: String,
    /// The session: the browser's, where the app was signed in to by one, as the client knows it.
    pub sid: String,
    /// What the client sent along, so that it knows the token for its own request's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub nonce: Option<String>,
    /// Which access token came with it, by half its digest.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at_hash: Option<String>,
    /// What the client asked for beside these (§5.5).
    #[serde(flatten)]
    pub claims: Map<String, Value>,
}

impl IdToken {
    /// The left half of an access token's SHA-256 (OpenID Connect Core §3.1.3.6).
    pub fn at_hash(access_token: &str) -> String {
        let digest = digest(access_token.as_bytes());
        let (left, _) = digest.split_at(16);
        URL_SAFE_NO_PAD.encode(left)
    }
}

/// Claims that say when and for whom they hold.
pub trait Claims: Serialize {
    /// The `typ` of a token with these claims.
    const TYPE: TokenType;
}

impl Claims for AccessToken {
    const TYPE: TokenType = TokenType::Access;
}

impl Claims for IdToken {
    const TYPE: TokenType = TokenType::Id;
}

/// `aud` is a string, or an array of several (RFC 7519 §4.1.3).
mod one_or_many {
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Either {
        One(String),
        Many(Vec<String>),
    }

    pub(super) fn serialize<S: Serializer>(all: &[String], s: S) -> Result<S::Ok, S::Error> {
        match all {
            [one] => one.serialize(s),
            many => many.serialize(s),
        }
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(d: D) -> Result<Vec<String>, D::Error> {
        Ok(match Either::deserialize(d)? {
            Either::One(one) => vec![one],
            Either::Many(many) => many,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_access_token_is_named_by_half_its_digest() {
        // OpenID Connect Core, appendix A.4.
        assert_eq!(IdToken::at_hash("jHkWEdUXMU1BwAsC4vtUsZwnNvTIxEl0z9K3vx5KF0Y"), "77QmUPtjPfzWtF2AnpK9RQ");
    }
}
