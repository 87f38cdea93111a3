//! Registered clients.

use serde::{Deserialize, Serialize};

use crate::{Jurisdiction, MfaPolicy, SigningAlg, digest, equal};

/// A grant of RFC 6749.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum GrantType {
    /// §6.
    RefreshToken,
    /// §4.4.
    ClientCredentials,
}

impl GrantType {
    /// The `grant_type` value.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::RefreshToken => "refresh_token",
            Self::ClientCredentials => "client_credentials",
        }
    }
}

/// A registered client. Names are those of RFC 7591 where it has one.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Client {
    /// Its id.
    pub client_id: String,
    /// Its name, as people know it.
    pub client_name: String,
    /// What it may do at the token endpoint.
    pub grant_types: Vec<GrantType>,
    /// The scopes that it may ask for as itself.
    #[serde(default)]
    pub scopes: Vec<String>,
    /// Whether it may register and sign in customers through `/v1/*` itself: a first-party app.
    #[serde(default)]
    pub direct: bool,
    /// Whether it may introspect tokens (RFC 7662).
    #[serde(default)]
    pub introspect: bool,
    /// Whether administrators administer by it: their tokens carry their scopes for no other client.
    #[serde(default)]
    pub administration: bool,
    /// When it asks for a second factor; the deployment's policy where it is left out.
    #[serde(default)]
    pub mfa: Option<MfaPolicy>,
    /// The page of the app to which a mailed link to sign in leads, with `#token=` added.
    #[serde(default)]
    pub sign_in_uri: Option<String>,
    /// Whose law protects the customers who register with it; the deployment's default where it is left out.
    #[serde(default)]
    pub jurisdiction: Option<Jurisdiction>,
    /// How its tokens are signed.
    #[serde(default = "es256")]
    pub signing_alg: SigningAlg,
    /// Further audiences of its access tokens, beside the issuer.
    #[serde(default)]
    pub audience: Vec<String>,
    /// SHA-256, in lower-case hex, of each secret: several, so that one can be rotated. None: a
    /// public client. Secrets are 256 random bits, so that no slow hash is needed.
    #[serde(default)]
    pub secret_sha256: Vec<String>,
}

fn es256() -> SigningAlg {
    SigningAlg::Es256
}

impl Client {
    /// Whether it has no secret.
    pub fn is_public(&self) -> bool {
        self.secret_sha256.is_empty()
    }

    /// Whether the secret is one of its own. Takes as long for every answer.
    pub fn has_secret(&self, secret: &str) -> bool {
        let hex: String = digest(secret.as_bytes()).iter().map(|b| format!("{b:02x}")).collect();
        self.secret_sha256.iter().fold(false, |found, known| equal(known.as_bytes(), hex.as_bytes()) | found)
    }

    /// Whether it may use a grant.
    pub fn may(&self, grant: GrantType) -> bool {
        self.grant_types.contains(&grant)
    }
}

/// The deployment's clients.
#[derive(Clone, Debug)]
pub struct Clients(Vec<Client>);

/// The client registry can't be used.
#[derive(Debug, thiserror::Error)]
pub enum ClientsError {
    /// Not the JSON of a registry.
    #[error("is not a list of clients: {0}")]
    Malformed(#[from] serde_json::Error),
    /// Two clients share an id, or one has none.
    #[error("has a client without an id of its own: {0:?}")]
    Ambiguous(String),
    /// A service without a secret would let everybody in.
    #[error("lets the client {0:?} use client_credentials or introspection without a secret")]
    Unprotected(String),
    /// A secret's digest is not 64 lower-case hex digits.
    #[error("has a secret_sha256 of {0:?} that is not a SHA-256 in lower-case hex")]
    Digest(String),
    /// A service to which such a token is good could administer with it.
    #[error("lets the client {0:?} administer, and its tokens be good at other services")]
    Administration(String),
}

impl Clients {
    /// The client that a request without `client_id` comes from.
    pub const DEFAULT: &'static str = "portico";

    /// Reads the registry and adds the built-in first-party client, unless it is overridden.
    ///
    /// # Errors
    /// When the registry is malformed, ambiguous, or would let somebody in without a secret.
    pub fn parse(json: &str) -> Result<Self, ClientsError> {
        let mut clients: Vec<Client> = serde_json::from_str(json)?;
        if !clients.iter().any(|c| c.client_id == Self::DEFAULT) {
            clients.push(Client {
                client_id: Self::DEFAULT.to_owned(),
                client_name: "This app".to_owned(),
                grant_types: vec![GrantType::RefreshToken],
                scopes: vec![],
                direct: true,
                introspect: false,
                administration: false,
                mfa: None,
                sign_in_uri: None,
                jurisdiction: None,
                signing_alg: SigningAlg::Es256,
                audience: vec![],
                secret_sha256: vec![],
            });
        }
        for (at, client) in clients.iter().enumerate() {
            let id = &client.client_id;
            if id.is_empty() || clients.iter().skip(at + 1).any(|other| other.client_id == *id) {
                return Err(ClientsError::Ambiguous(id.clone()));
            }
            if client.is_public() && (client.may(GrantType::ClientCredentials) || client.introspect) {
                return Err(ClientsError::Unprotected(id.clone()));
            }
            if client.administration && !client.audience.is_empty() {
                return Err(ClientsError::Administration(id.clone()));
            }
            let is_digest =
                |d: &String| d.len() == 64 && d.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b));
            if !client.secret_sha256.iter().all(is_digest) {
                return Err(ClientsError::Digest(id.clone()));
            }
        }
        Ok(Self(clients))
    }

    /// The client with this id.
    pub fn find(&self, id: &str) -> Option<&Client> {
        self.0.iter().find(|client| client.client_id == id)
    }

    /// The client that a customer's app names, or the default one, if it may act for customers.
    pub fn direct(&self, id: Option<&str>) -> Option<&Client> {
        self.find(id.unwrap_or(Self::DEFAULT)).filter(|client| client.direct)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_registry_that_lets_everybody_in_is_refused() {
        assert!(Clients::parse("[]").unwrap().direct(None).is_some());
        let service =
            r#"[{"client_id":"s","client_name":"S","grant_types":["client_credentials"],"secret_sha256":[SECRET]}]"#;
        assert!(matches!(Clients::parse(&service.replace("SECRET", "")), Err(ClientsError::Unprotected(_))));
        assert!(matches!(Clients::parse(&service.replace("SECRET", "\"x\"")), Err(ClientsError::Digest(_))));
        let known = "\"2bb80d537b1da3e38bd30361aa855686bde0eacd7162fef6a25fe97bf527a25b\"";
        let clients = Clients::parse(&service.replace("SECRET", known)).unwrap();
        assert!(clients.find("s").unwrap().has_secret("secret"));
        assert!(!clients.find("s").unwrap().has_secret("Secret"));
        assert!(clients.direct(Some("s")).is_none());
        let twice = r#"[{"client_id":"a","client_name":"A","grant_types":[]},{"client_id":"a","client_name":"A","grant_types":[]}]"#;
        assert!(matches!(Clients::parse(twice), Err(ClientsError::Ambiguous(_))));
        let console =
            r#"[{"client_id":"a","client_name":"A","grant_types":[],"administration":true,"audience":[SHOP]}]"#;
        assert!(matches!(
            Clients::parse(&console.replace("SHOP", "\"https://shop.example\"")),
            Err(ClientsError::Administration(_))
        ));
        assert!(Clients::parse(&console.replace("SHOP", "")).unwrap().find("a").unwrap().administration);
        assert!(!Clients::parse("[]").unwrap().direct(None).unwrap().administration);
    }
}
