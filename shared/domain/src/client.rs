//! Registered clients.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use crate::oidc::{ClientAlg, JwkSet};
use crate::{Jurisdiction, MfaPolicy, SigningAlg, digest, equal};

/// A grant of RFC 6749 and its extensions.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum GrantType {
    /// RFC 6749 §4.1.
    AuthorizationCode,
    /// §6.
    RefreshToken,
    /// §4.4.
    ClientCredentials,
    /// RFC 8628.
    #[serde(rename = "urn:ietf:params:oauth:grant-type:device_code")]
    DeviceCode,
}

impl GrantType {
    /// Every grant.
    pub const ALL: [Self; 4] = [Self::AuthorizationCode, Self::RefreshToken, Self::ClientCredentials, Self::DeviceCode];

    /// The `grant_type` value.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::AuthorizationCode => "authorization_code",
            Self::RefreshToken => "refresh_token",
            Self::ClientCredentials => "client_credentials",
            Self::DeviceCode => "urn:ietf:params:oauth:grant-type:device_code",
        }
    }
}

/// How a client says who it is (OpenID Connect Core §9).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum AuthMethod {
    /// Not at all: a public client.
    None,
    /// Its secret, in `Authorization`.
    ClientSecretBasic,
    /// Its secret, in the body.
    ClientSecretPost,
    /// A JWT that it signed (RFC 7523).
    PrivateKeyJwt,
}

impl AuthMethod {
    /// Every method.
    pub const ALL: [Self; 4] = [Self::None, Self::ClientSecretBasic, Self::ClientSecretPost, Self::PrivateKeyJwt];

    /// The `token_endpoint_auth_method` value.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::ClientSecretBasic => "client_secret_basic",
            Self::ClientSecretPost => "client_secret_post",
            Self::PrivateKeyJwt => "private_key_jwt",
        }
    }
}

/// Whether a customer has the same `sub` at every client (OpenID Connect Core §8).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum SubjectType {
    /// The same.
    #[default]
    Public,
    /// Another for each sector, so that two services can't compare their customers.
    Pairwise,
}

/// A registered client. Names are those of RFC 7591 and OpenID Connect Registration where they have one.
#[derive(Clone, Debug, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Client {
    /// Its id.
    #[schema(pattern = "^[A-Za-z0-9._~-]{1,128}$", example = "calendar")]
    pub client_id: String,
    /// Its name, as people know it.
    #[schema(min_length = 1, max_length = 128, example = "The Calendar")]
    pub client_name: String,
    /// What it may do at the token endpoint.
    #[schema(example = json!(["authorization_code", "refresh_token"]))]
    pub grant_types: Vec<GrantType>,
    /// The scopes that it may ask for as itself.
    #[serde(default)]
    pub scopes: Vec<String>,
    /// The scopes that it may ask customers for.
    #[serde(default = "customers_scopes")]
    #[schema(example = json!(["openid", "email"]))]
    pub scope: Vec<String>,
    /// Whether it may register and sign in customers through `/v1/*` itself: a first-party app.
    #[serde(default)]
    pub direct: bool,
    /// Whether it may introspect tokens (RFC 7662).
    #[serde(default)]
    pub introspect: bool,
    /// Whether what it is told of a token is a signed JWT (RFC 9701).
    #[serde(default)]
    pub introspection_signed: bool,
    /// Whether administrators administer by it: their tokens carry their scopes for no other client.
    #[serde(default)]
    pub administration: bool,
    /// Whether somebody else runs it: then customers are asked for their consent.
    #[serde(default)]
    #[schema(example = true)]
    pub third_party: bool,
    /// Whose pages its customers see; the deployment's own where it is left out.
    #[serde(default)]
    #[schema(nullable = false)]
    pub brand: Option<String>,
    /// When it asks for a second factor; the deployment's policy where it is left out.
    #[serde(default)]
    #[schema(value_type = Option<String>, nullable = false)]
    pub mfa: Option<MfaPolicy>,
    /// The page of the app to which a mailed link to sign in leads, with `#token=` added.
    #[serde(default)]
    #[schema(nullable = false, format = "uri")]
    pub sign_in_uri: Option<String>,
    /// Whose law protects the customers who register with it; the deployment's default where it is left out.
    #[serde(default)]
    #[schema(value_type = Option<String>, nullable = false)]
    pub jurisdiction: Option<Jurisdiction>,
    /// How its tokens are signed.
    #[serde(default = "es256")]
    #[schema(value_type = String)]
    pub signing_alg: SigningAlg,
    /// Further audiences of its access tokens, beside the issuer.
    #[serde(default)]
    pub audience: Vec<String>,
    /// The resources that it may ask for tokens for (RFC 8707).
    #[serde(default)]
    pub resources: Vec<String>,
    /// SHA-256, in lower-case hex, of each secret: several, so that one can be rotated. Secrets are
    /// 256 random bits, so that no slow hash is needed.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub secret_sha256: Vec<String>,
    /// How it says who it is. Left out: by a secret, in either way, if it has one; else by its keys;
    /// else not at all.
    #[serde(default)]
    #[schema(nullable = false)]
    pub token_endpoint_auth_method: Option<AuthMethod>,
    /// Its public keys.
    #[serde(default)]
    #[schema(nullable = false)]
    pub jwks: Option<JwkSet>,
    /// Where answers may be sent.
    #[serde(default)]
    #[schema(example = json!(["https://calendar.example/back"]))]
    pub redirect_uris: Vec<String>,
    /// Where customers may be sent when they have signed out.
    #[serde(default)]
    pub post_logout_redirect_uris: Vec<String>,
    /// Where it is told that a session has ended.
    #[serde(default)]
    #[schema(nullable = false, format = "uri")]
    pub backchannel_logout_uri: Option<String>,
    /// Whether its requests must be pushed (RFC 9126 §6).
    #[serde(default)]
    pub require_pushed_authorization_requests: bool,
    /// Whether its requests must be signed (RFC 9101).
    #[serde(default)]
    pub request_object_required: bool,
    /// Whether its requests must carry a PKCE challenge; a public client's must anyway.
    #[serde(default = "yes")]
    pub require_pkce: bool,
    /// Whether its tokens are always bound to a key of its own (RFC 9449 §5.2).
    #[serde(default)]
    pub dpop_bound_access_tokens: bool,
    /// Whether it keeps to the FAPI 2.0 Security Profile.
    #[serde(default)]
    pub fapi2: bool,
    /// What `sub` its customers have.
    #[serde(default)]
    pub subject_type: SubjectType,
    /// The sector that its pairwise subjects belong to; the host of its redirect URIs where it is left out.
    #[serde(default)]
    #[schema(nullable = false)]
    pub sector_identifier: Option<String>,
    /// How `userinfo` is signed for it; plain JSON where it is left out.
    #[serde(default)]
    #[schema(value_type = Option<String>, nullable = false)]
    pub userinfo_signed_response_alg: Option<SigningAlg>,
    /// `max_age` of its requests that have none, in seconds.
    #[serde(default)]
    #[schema(nullable = false)]
    pub default_max_age: Option<i64>,
    /// Its logo.
    #[serde(default)]
    #[schema(nullable = false, format = "uri")]
    pub logo_uri: Option<String>,
    /// Its home page.
    #[serde(default)]
    #[schema(nullable = false, format = "uri")]
    pub client_uri: Option<String>,
    /// What it does with people's data.
    #[serde(default)]
    #[schema(nullable = false, format = "uri")]
    pub policy_uri: Option<String>,
    /// Its terms.
    #[serde(default)]
    #[schema(nullable = false, format = "uri")]
    pub tos_uri: Option<String>,
}

fn es256() -> SigningAlg {
    SigningAlg::Es256
}

fn yes() -> bool {
    true
}

fn customers_scopes() -> Vec<String> {
    ["openid", "profile", "email", "phone", "address", "offline_access"].map(str::to_owned).to_vec()
}

impl Client {
    /// A public client that may do nothing yet.
    pub fn new(client_id: &str, client_name: &str) -> Self {
        Self {
            client_id: client_id.to_owned(),
            client_name: client_name.to_owned(),
            grant_types: vec![],
            scopes: vec![],
            scope: customers_scopes(),
            direct: false,
            introspect: false,
            introspection_signed: false,
            administration: false,
            third_party: false,
            brand: None,
            mfa: None,
            sign_in_uri: None,
            jurisdiction: None,
            signing_alg: es256(),
            audience: vec![],
            resources: vec![],
            secret_sha256: vec![],
            token_endpoint_auth_method: None,
            jwks: None,
            redirect_uris: vec![],
            post_logout_redirect_uris: vec![],
            backchannel_logout_uri: None,
            require_pushed_authorization_requests: false,
            request_object_required: false,
            require_pkce: true,
            dpop_bound_access_tokens: false,
            fapi2: false,
            subject_type: SubjectType::Public,
            sector_identifier: None,
            userinfo_signed_response_alg: None,
            default_max_age: None,
            logo_uri: None,
            client_uri: None,
            policy_uri: None,
            tos_uri: None,
        }
    }

    /// Whether it can't prove who it is.
    pub fn is_public(&self) -> bool {
        self.authenticates_by(AuthMethod::None)
    }

    /// Whether it says who it is in this way.
    pub fn authenticates_by(&self, method: AuthMethod) -> bool {
        if let Some(only) = self.token_endpoint_auth_method {
            return only == method;
        }
        let (secrets, keys) = (!self.secret_sha256.is_empty(), self.keys().is_some());
        match method {
            AuthMethod::ClientSecretBasic | AuthMethod::ClientSecretPost => secrets,
            AuthMethod::PrivateKeyJwt => keys && !secrets,
            AuthMethod::None => !keys && !secrets,
        }
    }

    /// Whether a stored client can have this id: it becomes part of a key, and is not looked up otherwise.
    pub fn is_id(text: &str) -> bool {
        let fits = |b: u8| b.is_ascii_alphanumeric() || b"-._~".contains(&b);
        (1..=128).contains(&text.len()) && text.bytes().all(fits)
    }

    /// Whether its secret is how it says who it is.
    pub fn needs_secret(&self) -> bool {
        let method = self.token_endpoint_auth_method;
        matches!(method, Some(AuthMethod::ClientSecretBasic | AuthMethod::ClientSecretPost))
    }

    /// Its public keys, if it has any that can be used.
    pub fn keys(&self) -> Option<&JwkSet> {
        self.jwks.as_ref().filter(|set| !set.keys().is_empty())
    }

    /// The algorithms with which it may sign what it sends.
    pub fn algs(&self) -> &'static [ClientAlg] {
        if self.fapi2 { &[ClientAlg::Es256, ClientAlg::Ps256] } else { &ClientAlg::ALL }
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

    /// Whether its requests must be pushed.
    pub fn needs_pushed_requests(&self) -> bool {
        self.require_pushed_authorization_requests || self.fapi2
    }

    /// Whether its requests must carry a PKCE challenge.
    pub fn needs_pkce(&self) -> bool {
        self.require_pkce || self.fapi2 || self.is_public()
    }

    /// Whether its tokens are good only with a key of its own.
    pub fn needs_dpop(&self) -> bool {
        self.dpop_bound_access_tokens || self.fapi2
    }

    /// Whether its refresh tokens are exchanged for new ones (FAPI 2.0 §5.3.2.1 forbids it).
    pub fn rotates_refresh_tokens(&self) -> bool {
        !self.fapi2
    }

    /// What it is called before its customer is asked about it: by its host, where it says itself what it is called.
    pub fn known_as(&self) -> Cow<'_, str> {
        crate::oidc::document_host(&self.client_id).map_or(Cow::Borrowed(&self.client_name), Cow::Owned)
    }

    /// Whether it may ask for this scope of its customers.
    pub fn may_ask(&self, scope: &str) -> bool {
        self.scope.iter().any(|known| known == scope)
            && (scope != "offline_access" || self.may(GrantType::RefreshToken))
    }

    /// Whether it may ask for tokens for this resource.
    pub fn may_reach(&self, resource: &str) -> bool {
        self.resources.iter().chain(&self.audience).any(|known| known == resource)
    }
}
