//! Word to an app that a session of its customer has ended (OpenID Connect Back-Channel Logout 1.0).

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::{Client, SignedDuration, SigningAlg, Timestamp};

/// What is to be told to an app: what an outbox item holds, encrypted. The token that says it is signed when it is
/// sent, each time anew, so that it is young whenever it arrives.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LogoutNotice {
    /// The deployment's address.
    pub issuer: String,
    /// The app.
    pub client_id: String,
    /// Where it is told.
    pub uri: String,
    /// How its tokens are signed.
    pub signing_alg: SigningAlg,
    /// The customer, as the app knows them.
    pub sub: String,
    /// The session, as its ID tokens name it.
    pub sid: String,
}

impl LogoutNotice {
    /// The kind of item, for logs and metrics.
    pub const KIND: &str = "backchannel_logout";

    /// What an app is told of a session, if it wants to be.
    pub fn new(issuer: &str, client: &Client, sub: impl FnOnce() -> String, sid: String) -> Option<Self> {
        Some(Self {
            issuer: issuer.to_owned(),
            client_id: client.client_id.clone(),
            uri: client.backchannel_logout_uri.clone()?,
            signing_alg: client.signing_alg,
            sub: sub(),
            sid,
        })
    }
}

/// The claims of a logout token (§2.4): never a nonce, so that it is no ID token.
#[derive(Clone, Debug, Serialize)]
pub struct LogoutToken<'a> {
    iss: &'a str,
    sub: &'a str,
    aud: &'a str,
    iat: i64,
    exp: i64,
    jti: String,
    events: BTreeMap<&'static str, Nothing>,
    sid: &'a str,
}

#[derive(Clone, Debug, Serialize)]
struct Nothing {}

impl<'a> LogoutToken<'a> {
    /// The `typ` value: no other token has it.
    pub const TYPE: &'static str = "logout+jwt";
    /// As §2.4 recommends: two minutes at most.
    const LIFETIME: SignedDuration = SignedDuration::from_mins(2);
    const EVENT: &'static str = "http://schemas.openid.net/event/backchannel-logout";

    /// The token that says it now.
    pub fn new(notice: &'a LogoutNotice, jti: String, now: Timestamp) -> Self {
        Self {
            iss: &notice.issuer,
            sub: &notice.sub,
            aud: &notice.client_id,
            iat: now.as_second(),
            exp: (now + Self::LIFETIME).as_second(),
            jti,
            events: BTreeMap::from([(Self::EVENT, Nothing {})]),
            sid: &notice.sid,
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_logout_token_says_what_the_standard_asks_for_and_no_more() {
        let mut client = Client::new("shop", "Shop");
        let sid = "ses_01hf7yat00e9j8b5v2m3n4p6q7";
        let notice =
            |client: &Client| LogoutNotice::new("https://id.example", client, || "ada".to_owned(), sid.to_owned());
        assert_eq!(notice(&client), None, "it does not want to be told");
        client.backchannel_logout_uri = Some("https://shop.example/logout".to_owned());
        let notice = notice(&client).unwrap();
        let now = Timestamp::from_second(1_800_000_000).unwrap();
        let said = serde_json::to_value(LogoutToken::new(&notice, "once".to_owned(), now)).unwrap();
        let wanted = json!({
            "iss": "https://id.example", "sub": "ada", "aud": "shop", "iat": 1_800_000_000, "exp": 1_800_000_120,
            "jti": "once", "sid": "ses_01hf7yat00e9j8b5v2m3n4p6q7",
            "events": {"http://schemas.openid.net/event/backchannel-logout": {}},
        });
        assert_eq!(said, wanted);
    }
}
