//! What a registered client is told of itself (RFC 7591 §3.2.1), and why it is not registered (§3.2.2).

use domain::oidc::JwkSet;
use domain::oidc::registration::MetadataRefused;
use domain::{AuthMethod, Client, GrantType, SubjectType};
use edge::{Challenge, Ctx, Json, Kind, OAuthCode, OAuthError, Problem};
use serde::Serialize;
use serde_json::{Map, Value};
use store::StoredClient;

/// The body of a request to register.
pub(crate) type Metadata = Map<String, Value>;

/// What a client says of itself, by the names of RFC 7591 and OpenID Connect Registration. Other names are ignored.
#[derive(utoipa::ToSchema)]
#[expect(dead_code, reason = "the members' description; they are read one by one")]
pub(crate) struct ClientMetadata {
    /// Its name, as people are shown it.
    #[schema(nullable = false, min_length = 1, max_length = 128, example = "The Calendar")]
    client_name: Option<String>,
    /// Where answers may be sent.
    #[schema(nullable = false, example = json!(["https://calendar.example/back"]))]
    redirect_uris: Option<Vec<String>>,
    /// `authorization_code`, `refresh_token`, `urn:ietf:params:oauth:grant-type:device_code`.
    #[schema(nullable = false, example = json!(["authorization_code", "refresh_token"]))]
    grant_types: Option<Vec<String>>,
    /// `code`.
    #[schema(nullable = false, example = json!(["code"]))]
    response_types: Option<Vec<String>>,
    /// How it shows who it is; `client_secret_basic` where it is left out.
    #[schema(nullable = false, example = "client_secret_basic")]
    token_endpoint_auth_method: Option<String>,
    /// What it may ask customers for, with blanks.
    #[schema(nullable = false, example = "openid email")]
    scope: Option<String>,
    /// Its public keys (RFC 7517). Nothing is fetched: `jwks_uri` is refused.
    #[schema(nullable = false)]
    jwks: Option<JwkSet>,
    /// Where customers may be sent when they have signed out.
    #[schema(nullable = false)]
    post_logout_redirect_uris: Option<Vec<String>>,
    /// Where it is told that a session has ended: https, and public.
    #[schema(nullable = false, format = "uri")]
    backchannel_logout_uri: Option<String>,
    /// `public` or `pairwise`.
    #[schema(nullable = false, example = "pairwise")]
    subject_type: Option<String>,
    /// `RS256`, where it is left out, or `ES256`.
    #[schema(nullable = false, example = "ES256")]
    id_token_signed_response_alg: Option<String>,
    /// How userinfo is signed; plain JSON where it is left out.
    #[schema(nullable = false)]
    userinfo_signed_response_alg: Option<String>,
    /// `max_age` of its requests that have none, in seconds.
    #[schema(nullable = false)]
    default_max_age: Option<i64>,
    /// Whether its requests must be pushed (RFC 9126).
    #[schema(nullable = false)]
    require_pushed_authorization_requests: Option<bool>,
    /// Whether its requests must be signed (RFC 9101).
    #[schema(nullable = false)]
    require_signed_request_object: Option<bool>,
    /// Whether its tokens are always bound to a key of its own (RFC 9449).
    #[schema(nullable = false)]
    dpop_bound_access_tokens: Option<bool>,
    /// Its home page.
    #[schema(nullable = false, format = "uri")]
    client_uri: Option<String>,
    /// Its logo.
    #[schema(nullable = false, format = "uri")]
    logo_uri: Option<String>,
    /// What it does with people's data.
    #[schema(nullable = false, format = "uri")]
    policy_uri: Option<String>,
    /// Its terms.
    #[schema(nullable = false, format = "uri")]
    tos_uri: Option<String>,
}

/// The same where a client changes what it has said: with its id.
#[derive(utoipa::ToSchema)]
#[expect(dead_code, reason = "the members' description; they are read one by one")]
pub(crate) struct ChangedMetadata {
    /// The client's id.
    #[schema(example = "cli_q8Yx0kq2vC7oJ3mT1uXk9g")]
    client_id: String,
    /// Its secret, if it says one: the one that it has.
    #[schema(nullable = false, format = "password")]
    client_secret: Option<String>,
    /// Its name, as people are shown it.
    #[schema(nullable = false, example = "The Calendar")]
    client_name: Option<String>,
    /// Where answers may be sent. All other members are those of a registration.
    #[schema(nullable = false, example = json!(["https://calendar.example/back"]))]
    redirect_uris: Option<Vec<String>>,
}

/// A registered client, as it is told of itself.
#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct ClientInformation {
    /// Its id.
    #[schema(example = "cli_q8Yx0kq2vC7oJ3mT1uXk9g")]
    client_id: String,
    /// Since when, in seconds since 1970.
    #[schema(example = 1_795_515_330)]
    client_id_issued_at: i64,
    /// Its secret: said once, when it is made.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, format = "password", example = "pcs_8vT1uXk9sB2nD5gR8wAZqxVtEqfHyLJc0m4pZ7aQy1c")]
    client_secret: Option<String>,
    /// 0: it does not end.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = 0)]
    client_secret_expires_at: Option<i64>,
    /// The token by which it manages itself.
    #[schema(format = "password", example = "prat_mT1uXk9sB2nD5gR8wAZqxVtEqfHyLJc0m4pZ7aQy1c8v")]
    registration_access_token: String,
    /// Where it does so (RFC 7592).
    #[schema(format = "uri", example = "https://id.example.com/oauth2/register/cli_q8Yx0kq2vC7oJ3mT1uXk9g")]
    registration_client_uri: String,
    /// Its name.
    #[schema(example = "The Calendar")]
    client_name: String,
    /// Where answers may be sent.
    #[schema(example = json!(["https://calendar.example/back"]))]
    redirect_uris: Vec<String>,
    /// What it may do at the token endpoint.
    #[schema(example = json!(["authorization_code", "refresh_token"]))]
    grant_types: Vec<GrantType>,
    /// `code`.
    #[schema(value_type = Vec<String>, example = json!(["code"]))]
    response_types: [&'static str; 1],
    /// How it shows who it is.
    token_endpoint_auth_method: AuthMethod,
    /// What it may ask customers for.
    #[schema(example = "openid email")]
    scope: String,
    /// What `sub` its customers have.
    subject_type: SubjectType,
    /// How its ID tokens are signed.
    #[schema(value_type = String, example = "ES256")]
    id_token_signed_response_alg: &'static str,
    /// How userinfo is signed for it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, value_type = Option<String>)]
    userinfo_signed_response_alg: Option<&'static str>,
    /// Its public keys.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    jwks: Option<JwkSet>,
    /// Where customers may be sent when they have signed out.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    post_logout_redirect_uris: Vec<String>,
    /// Where it is told that a session has ended.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, format = "uri")]
    backchannel_logout_uri: Option<String>,
    /// `max_age` of its requests that have none.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    default_max_age: Option<i64>,
    /// Whether its requests must be pushed.
    #[schema(example = false)]
    require_pushed_authorization_requests: bool,
    /// Whether its requests must be signed.
    #[schema(example = false)]
    require_signed_request_object: bool,
    /// Whether its tokens are always bound to a key of its own.
    #[schema(example = false)]
    dpop_bound_access_tokens: bool,
    /// Its home page.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, format = "uri")]
    client_uri: Option<String>,
    /// Its logo.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, format = "uri")]
    logo_uri: Option<String>,
    /// What it does with people's data.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, format = "uri")]
    policy_uri: Option<String>,
    /// Its terms.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, format = "uri")]
    tos_uri: Option<String>,
}

impl ClientInformation {
    /// What it is told, with the token that it manages itself by and, where one was made just now, its secret.
    pub(crate) fn of(ctx: &Ctx, stored: StoredClient, token: &str, secret: Option<String>) -> Self {
        let Client { client_id, .. } = &stored.client;
        let registration_client_uri = format!("{}/oauth2/register/{client_id}", ctx.issuer);
        let client = stored.client;
        Self {
            client_id_issued_at: stored.registered_at.as_second(),
            client_secret_expires_at: secret.as_ref().map(|_| 0),
            client_secret: secret,
            registration_access_token: token.to_owned(),
            registration_client_uri,
            response_types: ["code"],
            token_endpoint_auth_method: client.token_endpoint_auth_method.unwrap_or(AuthMethod::None),
            scope: client.scope.join(" "),
            subject_type: client.subject_type,
            id_token_signed_response_alg: client.signing_alg.as_str(),
            userinfo_signed_response_alg: client.userinfo_signed_response_alg.map(|alg| alg.as_str()),
            default_max_age: client.default_max_age,
            require_pushed_authorization_requests: client.require_pushed_authorization_requests,
            require_signed_request_object: client.request_object_required,
            dpop_bound_access_tokens: client.dpop_bound_access_tokens,
            client_id: client.client_id,
            client_name: client.client_name,
            redirect_uris: client.redirect_uris,
            grant_types: client.grant_types,
            jwks: client.jwks,
            post_logout_redirect_uris: client.post_logout_redirect_uris,
            backchannel_logout_uri: client.backchannel_logout_uri,
            client_uri: client.client_uri,
            logo_uri: client.logo_uri,
            policy_uri: client.policy_uri,
            tos_uri: client.tos_uri,
        }
    }
}

/// The body, if it is one.
pub(crate) fn metadata(body: Result<Json<Metadata>, Problem>) -> Result<Metadata, OAuthError> {
    body.map(|Json(metadata)| metadata).map_err(|problem| match problem.kind() {
        Kind::InvalidFields | Kind::InvalidRequest | Kind::UnsupportedMediaType => {
            OAuthError::new(OAuthCode::InvalidClientMetadata, "The body is no JSON object, as application/json.")
        }
        _ => OAuthError::of_token(&problem),
    })
}

/// Why it is not registered, as RFC 7591 says it.
pub(crate) fn refused(why: MetadataRefused) -> OAuthError {
    match why {
        MetadataRefused::RedirectUri(why) => OAuthError::new(OAuthCode::InvalidRedirectUri, why),
        MetadataRefused::Metadata(why) => OAuthError::new(OAuthCode::InvalidClientMetadata, why),
    }
}

/// The token is none of this client's, or there is no such client: nobody learns which (RFC 7592 §2).
pub(crate) fn not_its_token() -> OAuthError {
    let challenge = Challenge::BearerError { error: "invalid_token", scope: None };
    OAuthError::of_token(&Problem::new(Kind::InvalidToken).www_authenticate(&challenge))
}
