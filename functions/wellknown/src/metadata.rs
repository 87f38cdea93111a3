//! `GET /.well-known/openid-configuration` (OpenID Connect Discovery 1.0 §4) and
//! `/.well-known/oauth-authorization-server` (RFC 8414 §3): one document at the two places where
//! clients look for it.

use axum::{extract::State, http::HeaderMap, response::Response};
use domain::oidc::{ClientAlg, ResponseMode, known_claims};
use domain::{Acr, AuthMethod, GrantType, Locale, SigningAlg};
use edge::{Ctx, Problem, document};
use serde::Serialize;
use utoipa::ToSchema;

use crate::KEEP;

/// Metadata for OpenID Connect
///
/// Where the endpoints are and what they can do (OpenID Connect Discovery 1.0).
#[utoipa::path(
    get,
    path = "/.well-known/openid-configuration",
    operation_id = "openid_configuration",
    tag = "discovery",
    responses(
        (status = 200, description = "The metadata.", body = Metadata,
            headers(
                ("ETag" = String, description = "Changes when the document does."),
                ("Cache-Control" = String, description = "How long it may be kept."))),
        (status = 304, description = "The caller has it already (`If-None-Match`)."),
    )
)]
pub(crate) async fn openid_configuration(
    State(offers): State<Offers>,
    ctx: Ctx,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    answer(&ctx, &headers, offers)
}

/// Metadata for OAuth
///
/// The same document, where RFC 8414 looks for it.
#[utoipa::path(
    get,
    path = "/.well-known/oauth-authorization-server",
    operation_id = "oauth_authorization_server",
    tag = "discovery",
    responses(
        (status = 200, description = "The metadata.", body = Metadata,
            headers(
                ("ETag" = String, description = "Changes when the document does."),
                ("Cache-Control" = String, description = "How long it may be kept."))),
        (status = 304, description = "The caller has it already (`If-None-Match`)."),
    )
)]
pub(crate) async fn authorization_server(
    State(offers): State<Offers>,
    ctx: Ctx,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    answer(&ctx, &headers, offers)
}

fn answer(ctx: &Ctx, headers: &HeaderMap, offers: Offers) -> Result<Response, Problem> {
    document::public(headers, &Metadata::of(&ctx.issuer, offers), KEEP)
}

/// What a deployment may leave out.
#[derive(Clone, Copy)]
pub(crate) struct Offers {
    /// Clients may register themselves.
    pub(crate) registers: bool,
    /// A client's id may be the address of a document.
    pub(crate) documents: bool,
}

/// The names of a list.
type Names = Vec<&'static str>;

/// What clients can find out about this deployment.
#[derive(Serialize, ToSchema)]
pub(crate) struct Metadata {
    /// `iss` of every token.
    #[schema(example = "https://id.example.com", format = "uri")]
    issuer: String,
    /// Where apps send browsers.
    #[schema(example = "https://id.example.com/oauth2/authorize", format = "uri")]
    authorization_endpoint: String,
    /// Where apps push their requests before (RFC 9126).
    #[schema(example = "https://id.example.com/oauth2/par", format = "uri")]
    pushed_authorization_request_endpoint: String,
    /// Where devices ask that can show no page (RFC 8628).
    #[schema(example = "https://id.example.com/oauth2/device_authorization", format = "uri")]
    device_authorization_endpoint: String,
    /// Where tokens are given for codes, for tokens, or for a client's own credentials.
    #[schema(example = "https://id.example.com/oauth2/token", format = "uri")]
    token_endpoint: String,
    /// What an app may know about its customer.
    #[schema(example = "https://id.example.com/oauth2/userinfo", format = "uri")]
    userinfo_endpoint: String,
    /// Where apps send browsers to sign out (OpenID Connect RP-Initiated Logout).
    #[schema(example = "https://id.example.com/oauth2/logout", format = "uri")]
    end_session_endpoint: String,
    /// Apps are told of a logout behind the browser's back (OpenID Connect Back-Channel Logout).
    #[schema(example = true)]
    backchannel_logout_supported: bool,
    /// With the session that has ended.
    #[schema(example = true)]
    backchannel_logout_session_supported: bool,
    /// Nothing is told through the browser.
    #[schema(example = false)]
    frontchannel_logout_supported: bool,
    /// Where tokens are revoked (RFC 7009).
    #[schema(example = "https://id.example.com/oauth2/revoke", format = "uri")]
    revocation_endpoint: String,
    /// Where clients that may can ask about tokens (RFC 7662).
    #[schema(example = "https://id.example.com/oauth2/introspect", format = "uri")]
    introspection_endpoint: String,
    /// Where clients register themselves (RFC 7591), if any may.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = "https://id.example.com/oauth2/register", format = "uri")]
    registration_endpoint: Option<String>,
    /// Whether a client's id may be the address of a document that says what it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = true)]
    client_id_metadata_document_supported: Option<bool>,
    /// The keys that tokens are signed with.
    #[schema(example = "https://id.example.com/.well-known/jwks.json", format = "uri")]
    jwks_uri: String,
    /// The scopes that apps can ask customers for.
    #[schema(value_type = Vec<String>, example = json!(["openid", "email"]))]
    scopes_supported: Names,
    /// Codes alone.
    #[schema(value_type = Vec<String>, example = json!(["code"]))]
    response_types_supported: Names,
    /// How answers go back to apps.
    #[schema(value_type = Vec<String>, example = json!(["query", "form_post"]))]
    response_modes_supported: Names,
    /// The grants of the token endpoint.
    #[schema(value_type = Vec<String>, example = json!(["authorization_code", "refresh_token", "client_credentials"]))]
    grant_types_supported: Names,
    /// How sure of a customer an app can ask to be.
    #[schema(value_type = Vec<String>, example = json!(["aal1", "aal2"]))]
    acr_values_supported: Names,
    /// `sub` is the same for every client, or another in each sector: chosen per client.
    #[schema(value_type = Vec<String>, example = json!(["public", "pairwise"]))]
    subject_types_supported: Names,
    /// What ID tokens are signed with: chosen per client.
    #[schema(value_type = Vec<String>, example = json!(["ES256", "RS256"]))]
    id_token_signing_alg_values_supported: Names,
    /// What userinfo is signed with, where a client wants that.
    #[schema(value_type = Vec<String>, example = json!(["ES256", "RS256"]))]
    userinfo_signing_alg_values_supported: Names,
    /// What introspection is signed with, where a client wants that (RFC 9701).
    #[schema(value_type = Vec<String>, example = json!(["ES256", "RS256"]))]
    introspection_signing_alg_values_supported: Names,
    /// What clients may sign requests with (RFC 9101).
    #[schema(value_type = Vec<String>, example = json!(["ES256", "PS256", "RS256"]))]
    request_object_signing_alg_values_supported: Names,
    /// What clients may sign proofs of possession with (RFC 9449).
    #[schema(value_type = Vec<String>, example = json!(["ES256", "PS256", "RS256"]))]
    dpop_signing_alg_values_supported: Names,
    /// How clients authenticate at the token endpoint.
    #[schema(value_type = Vec<String>, example = json!(["private_key_jwt", "none"]))]
    token_endpoint_auth_methods_supported: Names,
    /// What they may sign their assertions with.
    #[schema(value_type = Vec<String>, example = json!(["ES256", "PS256", "RS256"]))]
    token_endpoint_auth_signing_alg_values_supported: Names,
    /// How clients authenticate at the revocation endpoint.
    #[schema(value_type = Vec<String>, example = json!(["private_key_jwt", "none"]))]
    revocation_endpoint_auth_methods_supported: Names,
    /// What they may sign their assertions with.
    #[schema(value_type = Vec<String>, example = json!(["ES256", "PS256", "RS256"]))]
    revocation_endpoint_auth_signing_alg_values_supported: Names,
    /// How clients authenticate at the introspection endpoint.
    #[schema(value_type = Vec<String>, example = json!(["private_key_jwt"]))]
    introspection_endpoint_auth_methods_supported: Names,
    /// What they may sign their assertions with.
    #[schema(value_type = Vec<String>, example = json!(["ES256", "PS256", "RS256"]))]
    introspection_endpoint_auth_signing_alg_values_supported: Names,
    /// How pages may be shown: all are the same page.
    #[schema(value_type = Vec<String>, example = json!(["page", "popup", "touch", "wap"]))]
    display_values_supported: Names,
    /// What an app can ask to be done with the customer.
    #[schema(value_type = Vec<String>, example = json!(["none", "login", "consent", "select_account"]))]
    prompt_values_supported: Names,
    /// Claims are said by us alone.
    #[schema(value_type = Vec<String>, example = json!(["normal"]))]
    claim_types_supported: Names,
    /// The claims of ID tokens and of userinfo.
    #[schema(value_type = Vec<String>, example = json!(["iss", "sub", "aud", "exp", "iat", "auth_time", "amr", "acr", "sid"]))]
    claims_supported: Names,
    /// The languages of the pages.
    #[schema(value_type = Vec<String>, example = json!(["en", "de"]))]
    ui_locales_supported: Names,
    /// The one PKCE method (RFC 7636).
    #[schema(value_type = Vec<String>, example = json!(["S256"]))]
    code_challenge_methods_supported: Names,
    /// Claims can be asked for by name (OpenID Connect Core §5.5).
    #[schema(example = true)]
    claims_parameter_supported: bool,
    /// Requests can be signed (RFC 9101).
    #[schema(example = true)]
    request_parameter_supported: bool,
    /// They are fetched from nowhere: `request_uri` names a pushed request.
    #[schema(example = false)]
    request_uri_parameter_supported: bool,
    /// Nobody has to push requests; a client may be registered so that it has to.
    #[schema(example = false)]
    require_pushed_authorization_requests: bool,
    /// Answers name the issuer (RFC 9207).
    #[schema(example = true)]
    authorization_response_iss_parameter_supported: bool,
}

impl Metadata {
    fn of(issuer: &str, offers: Offers) -> Self {
        let at = |path: &str| format!("{issuer}{path}");
        let ours = SigningAlg::ALL.map(SigningAlg::as_str).to_vec();
        let clients = ClientAlg::ALL.map(ClientAlg::as_str).to_vec();
        let methods = AuthMethod::ALL.map(AuthMethod::as_str).to_vec();
        let is_proof = |method: &&'static str| *method != AuthMethod::None.as_str();
        let of_tokens = ["iss", "sub", "aud", "exp", "iat", "auth_time", "amr", "acr", "sid", "nonce", "at_hash"];
        Self {
            issuer: issuer.to_owned(),
            authorization_endpoint: at("/oauth2/authorize"),
            pushed_authorization_request_endpoint: at("/oauth2/par"),
            device_authorization_endpoint: at("/oauth2/device_authorization"),
            token_endpoint: at("/oauth2/token"),
            userinfo_endpoint: at("/oauth2/userinfo"),
            end_session_endpoint: at("/oauth2/logout"),
            backchannel_logout_supported: true,
            backchannel_logout_session_supported: true,
            frontchannel_logout_supported: false,
            revocation_endpoint: at("/oauth2/revoke"),
            introspection_endpoint: at("/oauth2/introspect"),
            registration_endpoint: offers.registers.then(|| at("/oauth2/register")),
            client_id_metadata_document_supported: offers.documents.then_some(true),
            jwks_uri: at("/.well-known/jwks.json"),
            scopes_supported: vec!["openid", "profile", "email", "phone", "address", "offline_access", "account"],
            response_types_supported: vec!["code"],
            response_modes_supported: ResponseMode::ALL.map(ResponseMode::as_str).to_vec(),
            grant_types_supported: GrantType::ALL.map(GrantType::as_str).to_vec(),
            acr_values_supported: [Acr::Aal1, Acr::Aal2].map(Acr::as_str).to_vec(),
            subject_types_supported: vec!["public", "pairwise"],
            id_token_signing_alg_values_supported: ours.clone(),
            userinfo_signing_alg_values_supported: ours.clone(),
            introspection_signing_alg_values_supported: ours,
            request_object_signing_alg_values_supported: clients.clone(),
            dpop_signing_alg_values_supported: clients.clone(),
            token_endpoint_auth_methods_supported: methods.clone(),
            token_endpoint_auth_signing_alg_values_supported: clients.clone(),
            revocation_endpoint_auth_methods_supported: methods.clone(),
            revocation_endpoint_auth_signing_alg_values_supported: clients.clone(),
            introspection_endpoint_auth_methods_supported: methods.into_iter().filter(is_proof).collect(),
            introspection_endpoint_auth_signing_alg_values_supported: clients,
            display_values_supported: vec!["page", "popup", "touch", "wap"],
            prompt_values_supported: vec!["none", "login", "consent", "select_account"],
            claim_types_supported: vec!["normal"],
            claims_supported: of_tokens.into_iter().chain(known_claims()).collect(),
            ui_locales_supported: Locale::ALL.map(Locale::tag).to_vec(),
            code_challenge_methods_supported: vec!["S256"],
            claims_parameter_supported: true,
            request_parameter_supported: true,
            request_uri_parameter_supported: false,
            require_pushed_authorization_requests: false,
            authorization_response_iss_parameter_supported: true,
        }
    }
}
