//! Authorization requests: a list of checks, each with its paragraph.

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::oidc::redirect_uri;
use crate::{Acr, Client, GrantType, Locale};

/// The parameters of a request: each at most once, an empty one as if it were absent (RFC 6749 §3.1).
pub type Params<'a> = dyn Fn(&str) -> Option<&'a str> + 'a;

/// How an answer goes back.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ResponseMode {
    /// In the query.
    #[default]
    Query,
    /// In a form that the browser posts (OAuth 2.0 Form Post Response Mode).
    FormPost,
}

impl ResponseMode {
    /// Every mode.
    pub const ALL: [Self; 2] = [Self::Query, Self::FormPost];

    /// The `response_mode` value.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Query => "query",
            Self::FormPost => "form_post",
        }
    }

    /// The mode of this `response_mode` value.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|mode| mode.as_str() == text)
    }
}

/// An error of the authorization endpoint.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AuthorizeCode {
    /// RFC 6749 §4.1.2.1.
    InvalidRequest,
    /// RFC 6749 §4.1.2.1.
    UnauthorizedClient,
    /// RFC 6749 §4.1.2.1.
    AccessDenied,
    /// RFC 6749 §4.1.2.1.
    UnsupportedResponseType,
    /// RFC 6749 §4.1.2.1.
    InvalidScope,
    /// RFC 6749 §4.1.2.1.
    ServerError,
    /// RFC 6749 §4.1.2.1.
    TemporarilyUnavailable,
    /// OpenID Connect Core §3.1.2.6.
    LoginRequired,
    /// OpenID Connect Core §3.1.2.6.
    ConsentRequired,
    /// OpenID Connect Core §3.1.2.6.
    InteractionRequired,
    /// OpenID Connect Core §3.1.2.6.
    AccountSelectionRequired,
    /// RFC 8707 §2.
    InvalidTarget,
    /// RFC 9101 §7.
    InvalidRequestObject,
    /// OpenID Connect Core §3.1.2.6.
    RequestNotSupported,
    /// OpenID Connect Core §3.1.2.6.
    RequestUriNotSupported,
    /// OpenID Connect Core §3.1.2.6.
    RegistrationNotSupported,
    /// OpenID Connect Core Unmet Authentication Requirements.
    UnmetAuthenticationRequirements,
}

impl AuthorizeCode {
    /// The `error` value.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::InvalidRequest => "invalid_request",
            Self::UnauthorizedClient => "unauthorized_client",
            Self::AccessDenied => "access_denied",
            Self::UnsupportedResponseType => "unsupported_response_type",
            Self::InvalidScope => "invalid_scope",
            Self::ServerError => "server_error",
            Self::TemporarilyUnavailable => "temporarily_unavailable",
            Self::LoginRequired => "login_required",
            Self::ConsentRequired => "consent_required",
            Self::InteractionRequired => "interaction_required",
            Self::AccountSelectionRequired => "account_selection_required",
            Self::InvalidTarget => "invalid_target",
            Self::InvalidRequestObject => "invalid_request_object",
            Self::RequestNotSupported => "request_not_supported",
            Self::RequestUriNotSupported => "request_uri_not_supported",
            Self::RegistrationNotSupported => "registration_not_supported",
            Self::UnmetAuthenticationRequirements => "unmet_authentication_requirements",
        }
    }
}

/// A request that the client is told is wrong.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{description}")]
pub struct RequestRefused {
    /// What is wrong.
    pub error: AuthorizeCode,
    /// In words, for whoever builds the client.
    pub description: Cow<'static, str>,
}

impl RequestRefused {
    /// Refused with this error.
    pub fn new(error: AuthorizeCode, description: impl Into<Cow<'static, str>>) -> Self {
        Self { error, description: description.into() }
    }
}

fn invalid<T>(description: &'static str) -> Result<T, RequestRefused> {
    Err(RequestRefused::new(AuthorizeCode::InvalidRequest, description))
}

/// A request whose answer has nowhere to go: the customer sees a page, and no browser is sent anywhere.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RedirectRefused {
    /// None is given (OpenID Connect Core §3.1.2.1).
    #[error("redirect_uri is missing")]
    Missing,
    /// The client has not registered it.
    #[error("redirect_uri is not one that the client has registered")]
    Unregistered,
}

/// Where the answer to a request goes, right or wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RedirectTarget {
    /// Where.
    pub redirect_uri: String,
    /// How.
    pub response_mode: ResponseMode,
    /// The client's own note, given back as it came.
    pub state: Option<String>,
}

/// Where the answer goes. To be asked before anything else: what fails here is never redirected.
///
/// # Errors
/// When no registered `redirect_uri` is given.
pub fn redirect_target(params: &Params<'_>, client: &Client) -> Result<RedirectTarget, RedirectRefused> {
    let given = params("redirect_uri").ok_or(RedirectRefused::Missing)?;
    if !redirect_uri::is_registered(&client.redirect_uris, given) {
        return Err(RedirectRefused::Unregistered);
    }
    Ok(RedirectTarget {
        redirect_uri: given.to_owned(),
        // An unknown mode is refused by `check`: in the query, where every client looks.
        response_mode: params("response_mode").and_then(ResponseMode::parse).unwrap_or_default(),
        state: params("state").filter(|state| is_text(state, LONGEST_STATE)).map(str::to_owned),
    })
}

/// What may be done with the customer (OpenID Connect Core §3.1.2.1, `prompt`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Prompt {
    /// Nothing: an answer without a page, or an error.
    pub none: bool,
    /// They sign in again.
    pub login: bool,
    /// They are asked for their consent.
    pub consent: bool,
    /// They say who they are.
    pub select_account: bool,
}

/// How the client shows the pages.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Display {
    /// The whole page.
    Page,
    /// A small window.
    Popup,
    /// A touch screen.
    Touch,
    /// A feature phone.
    Wap,
}

/// What is asked about one claim (OpenID Connect Core §5.5.1).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ClaimRequest {
    /// Whether the client can't do without.
    pub essential: bool,
    /// The one value that it wants.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub value: Option<Value>,
    /// The values that it wants, best first.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub values: Vec<Value>,
}

/// The claims that are asked for one by one (OpenID Connect Core §5.5). `null` asks for a claim with nothing
/// to say about it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ClaimsRequest {
    /// In the ID token.
    #[serde(skip_serializing_if = "BTreeMap::is_empty", deserialize_with = "claims")]
    pub id_token: BTreeMap<String, ClaimRequest>,
    /// At userinfo.
    #[serde(skip_serializing_if = "BTreeMap::is_empty", deserialize_with = "claims")]
    pub userinfo: BTreeMap<String, ClaimRequest>,
}

fn claims<'de, D: serde::Deserializer<'de>>(d: D) -> Result<BTreeMap<String, ClaimRequest>, D::Error> {
    let all = Option::<BTreeMap<String, Option<ClaimRequest>>>::deserialize(d)?.unwrap_or_default();
    Ok(all.into_iter().map(|(name, asked)| (name, asked.unwrap_or_default())).collect())
}

impl ClaimsRequest {
    /// Whether nothing is asked for.
    pub fn is_empty(&self) -> bool {
        self.id_token.is_empty() && self.userinfo.is_empty()
    }

    /// The `acr` values of which the ID token must have one (OpenID Connect Core §5.5.1.1); none: any will do.
    pub fn essential_acr(&self) -> Vec<&str> {
        let acr = self.id_token.get("acr").filter(|asked| asked.essential);
        acr.into_iter().flat_map(|asked| asked.value.iter().chain(&asked.values)).filter_map(Value::as_str).collect()
    }

    /// The least level of ours that would do where `acr` is essential: what a sign-in for the request has to reach.
    pub fn demanded_acr(&self) -> Option<Acr> {
        self.essential_acr().into_iter().filter_map(Acr::parse).min()
    }

    /// The subject that the answer must be about (OpenID Connect Core §5.5.1).
    pub fn subject(&self) -> Option<&str> {
        self.id_token.get("sub").and_then(|asked| asked.value.as_ref()).and_then(Value::as_str)
    }
}

/// An authorization request that may be answered, once the customer has signed in.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuthorizationRequest {
    /// Who asks.
    pub client_id: String,
    /// Where the answer goes.
    pub redirect_uri: String,
    /// How it goes there.
    pub response_mode: ResponseMode,
    /// The client's own note.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub state: Option<String>,
    /// What it asks for, in its order, without what it may not have.
    pub scope: Vec<String>,
    /// Binds the ID token to the client's session.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub nonce: Option<String>,
    /// The PKCE challenge, S256.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code_challenge: Option<String>,
    /// What may be done with the customer.
    pub prompt: Prompt,
    /// How long ago the customer may have signed in at most, in seconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_age: Option<i64>,
    /// How surely the client would like to know who it is, best first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub acr_values: Vec<String>,
    /// The claims that it asks for by name.
    #[serde(default, skip_serializing_if = "ClaimsRequest::is_empty")]
    pub claims: ClaimsRequest,
    /// Who it probably is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub login_hint: Option<String>,
    /// An ID token of who it should be.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id_token_hint: Option<String>,
    /// The languages that the customer reads, best first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub ui_locales: Vec<Locale>,
    /// How the client shows the pages.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub display: Option<Display>,
    /// What the tokens are for (RFC 8707).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub resource: Vec<String>,
    /// The thumbprint of the key that the code is bound to (RFC 9449 §10).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dpop_jkt: Option<String>,
}

impl std::fmt::Debug for AuthorizationRequest {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("AuthorizationRequest")
            .field("client_id", &self.client_id)
            .field("scope", &self.scope)
            .finish_non_exhaustive()
    }
}

const LONGEST_STATE: usize = 2048;
const LONGEST_NONCE: usize = 512;
const LONGEST_LIST: usize = 1024;
const LONGEST_HINT: usize = 320;
const LONGEST_TOKEN: usize = 8192;
const MOST_RESOURCES: usize = 8;

impl AuthorizationRequest {
    /// The request that these parameters make. `resources` are the values of `resource`, the one parameter that
    /// may come more than once (RFC 8707 §2). `request`, `request_uri` and `registration` are the caller's.
    ///
    /// # Errors
    /// When something is wrong that the client is told, at the place that [`redirect_target`] names.
    pub fn check(params: &Params<'_>, resources: &[&str], client: &Client) -> Result<Self, RequestRefused> {
        check_client(params, client)?;
        let target = check_redirect_uri(params, client)?;
        check_state(params)?;
        check_response_type(params)?;
        check_response_mode(params)?;
        check_grant(client)?;
        Ok(Self {
            client_id: client.client_id.clone(),
            redirect_uri: target.redirect_uri,
            response_mode: target.response_mode,
            state: target.state,
            code_challenge: check_pkce(params, client)?,
            scope: check_scope(params, client)?,
            nonce: check_nonce(params)?,
            prompt: check_prompt(params)?,
            max_age: check_max_age(params, client)?,
            acr_values: check_acr_values(params)?,
            claims: check_claims(params)?,
            login_hint: check_text(params, "login_hint", LONGEST_HINT, "login_hint is too long")?,
            id_token_hint: check_text(params, "id_token_hint", LONGEST_TOKEN, "id_token_hint is too long")?,
            ui_locales: check_ui_locales(params)?,
            display: display(params),
            resource: check_resource(resources, client)?,
            dpop_jkt: check_dpop_jkt(params)?,
        })
    }

    /// The request of a device (RFC 8628 §3.1), which has nowhere to be sent back to: it asks again for itself.
    ///
    /// # Errors
    /// When the client may not have what it asks for.
    pub fn of_device(params: &Params<'_>, resources: &[&str], client: &Client) -> Result<Self, RequestRefused> {
        Ok(Self {
            client_id: client.client_id.clone(),
            redirect_uri: String::new(),
            response_mode: ResponseMode::Query,
            state: None,
            scope: check_scope(params, client)?,
            nonce: None,
            code_challenge: None,
            prompt: Prompt::default(),
            max_age: None,
            acr_values: vec![],
            claims: ClaimsRequest::default(),
            login_hint: None,
            id_token_hint: None,
            ui_locales: vec![],
            display: None,
            resource: check_resource(resources, client)?,
            dpop_jkt: None,
        })
    }

    /// Whether it is a request of OpenID Connect: then there is an ID token.
    pub fn is_openid(&self) -> bool {
        self.has_scope("openid")
    }

    /// Whether it asks for a scope.
    pub fn has_scope(&self, scope: &str) -> bool {
        self.scope.iter().any(|asked| asked == scope)
    }
}

/// RFC 6749 §4.1.1.
fn check_client(params: &Params<'_>, client: &Client) -> Result<(), RequestRefused> {
    match params("client_id") {
        Some(other) if other != client.client_id => invalid("client_id is another client's"),
        _ => Ok(()),
    }
}

/// RFC 6749 §3.1.2.3, OpenID Connect Core §3.1.2.1.
fn check_redirect_uri(params: &Params<'_>, client: &Client) -> Result<RedirectTarget, RequestRefused> {
    redirect_target(params, client).or_else(|refused| match refused {
        RedirectRefused::Missing => invalid("redirect_uri is missing"),
        RedirectRefused::Unregistered => invalid("redirect_uri is not one that the client has registered"),
    })
}

/// RFC 6749 §4.1.1.
fn check_state(params: &Params<'_>) -> Result<(), RequestRefused> {
    check_text(params, "state", LONGEST_STATE, "state is longer than 2048 characters or has control characters")
        .map(|_| ())
}

/// RFC 6749 §3.1.1.
fn check_response_type(params: &Params<'_>) -> Result<(), RequestRefused> {
    match params("response_type") {
        Some("code") => Ok(()),
        Some(_) => Err(RequestRefused::new(AuthorizeCode::UnsupportedResponseType, "response_type must be code")),
        None => invalid("response_type is missing"),
    }
}

/// OAuth 2.0 Multiple Response Type Encoding Practices §2.1.
fn check_response_mode(params: &Params<'_>) -> Result<(), RequestRefused> {
    match params("response_mode") {
        Some(mode) if ResponseMode::parse(mode).is_none() => invalid("response_mode must be query or form_post"),
        _ => Ok(()),
    }
}

/// RFC 6749 §4.1.2.1.
fn check_grant(client: &Client) -> Result<(), RequestRefused> {
    if client.may(GrantType::AuthorizationCode) {
        Ok(())
    } else {
        Err(RequestRefused::new(AuthorizeCode::UnauthorizedClient, "the client may not use authorization_code"))
    }
}

/// RFC 7636 §4.3; `plain`, its default, is refused (RFC 9700 §2.1.1).
fn check_pkce(params: &Params<'_>, client: &Client) -> Result<Option<String>, RequestRefused> {
    match (params("code_challenge"), params("code_challenge_method")) {
        (None, None) if client.needs_pkce() => invalid("code_challenge is missing: the client must use PKCE"),
        (None, None) => Ok(None),
        (None, Some(_)) => invalid("code_challenge_method without code_challenge"),
        (Some(challenge), Some("S256")) if is_digest(challenge) => Ok(Some(challenge.to_owned())),
        (Some(_), Some("S256")) => invalid("code_challenge is not a SHA-256 in base64url"),
        (Some(_), _) => invalid("code_challenge_method must be S256"),
    }
}

/// RFC 6749 §3.3. What is unknown is passed over (OpenID Connect Core §3.1.2.1); without anything left there
/// is nothing to permit.
fn check_scope(params: &Params<'_>, client: &Client) -> Result<Vec<String>, RequestRefused> {
    let asked = match check_text(params, "scope", LONGEST_LIST, "scope is too long")? {
        Some(asked) => asked,
        // There would be nothing that its customers could be asked for.
        None if client.third_party => {
            return Err(RequestRefused::new(AuthorizeCode::InvalidScope, "this client has to say what it asks for"));
        }
        None => return Ok(vec![]),
    };
    let mut kept: Vec<String> = vec![];
    for scope in asked.split(' ').filter(|scope| client.may_ask(scope)) {
        if !kept.iter().any(|known| known == scope) {
            kept.push(scope.to_owned());
        }
    }
    if kept.is_empty() {
        let named: Vec<&str> = asked.split(' ').filter_map(sayable_scope).take(3).collect();
        let which = if named.is_empty() { String::new() } else { format!(": {}", named.join(", ")) };
        let why = format!("the client may ask for none of these scopes{which}");
        return Err(RequestRefused::new(AuthorizeCode::InvalidScope, why));
    }
    Ok(kept)
}

/// A scope that an error may repeat, in answer to whoever sent it. RFC 6749 §3.3 would have more signs in it: not those
/// of markup and of addresses, for apps show what they are told, and a link to us can be anybody's.
pub fn sayable_scope(scope: &str) -> Option<&str> {
    let is_plain = |b: u8| b.is_ascii_alphanumeric() || b"-._:+".contains(&b);
    Some(scope).filter(|scope| (1..=64).contains(&scope.len()) && scope.bytes().all(is_plain))
}

/// OpenID Connect Core §3.1.2.1.
fn check_nonce(params: &Params<'_>) -> Result<Option<String>, RequestRefused> {
    check_text(params, "nonce", LONGEST_NONCE, "nonce is longer than 512 characters or has control characters")
}

/// OpenID Connect Core §3.1.2.1: values that are not known are passed over.
fn check_prompt(params: &Params<'_>) -> Result<Prompt, RequestRefused> {
    let asked = check_text(params, "prompt", LONGEST_LIST, "prompt is too long")?.unwrap_or_default();
    let values: Vec<&str> = asked.split(' ').filter(|value| !value.is_empty()).collect();
    let has = |name: &str| values.contains(&name);
    if has("none") && values.iter().any(|value| *value != "none") {
        return invalid("prompt is none and something else");
    }
    Ok(Prompt {
        none: has("none"),
        login: has("login"),
        consent: has("consent"),
        select_account: has("select_account"),
    })
}

/// OpenID Connect Core §3.1.2.1.
fn check_max_age(params: &Params<'_>, client: &Client) -> Result<Option<i64>, RequestRefused> {
    let Some(text) = params("max_age") else { return Ok(client.default_max_age) };
    let is_number = text.len() <= 10 && text.bytes().all(|b| b.is_ascii_digit());
    match text.parse() {
        Ok(seconds) if is_number => Ok(Some(seconds)),
        _ => invalid("max_age is not a number of seconds"),
    }
}

/// OpenID Connect Core §3.1.2.1.
fn check_acr_values(params: &Params<'_>) -> Result<Vec<String>, RequestRefused> {
    let asked = check_text(params, "acr_values", LONGEST_LIST, "acr_values is too long")?.unwrap_or_default();
    Ok(asked.split(' ').filter(|value| !value.is_empty()).take(8).map(str::to_owned).collect())
}

/// OpenID Connect Core §5.5.
fn check_claims(params: &Params<'_>) -> Result<ClaimsRequest, RequestRefused> {
    let Some(json) = params("claims") else { return Ok(ClaimsRequest::default()) };
    if json.len() > LONGEST_TOKEN {
        return invalid("claims is too long");
    }
    serde_json::from_str(json).or_else(|_| invalid("claims is not the JSON of a claims request"))
}

/// OpenID Connect Core §3.1.2.1: no language is no error.
fn check_ui_locales(params: &Params<'_>) -> Result<Vec<Locale>, RequestRefused> {
    let asked = check_text(params, "ui_locales", LONGEST_LIST, "ui_locales is too long")?.unwrap_or_default();
    let mut known: Vec<Locale> = asked.split(' ').filter_map(Locale::parse).collect();
    known.dedup();
    Ok(known)
}

/// OpenID Connect Core §3.1.2.1: only a wish.
fn display(params: &Params<'_>) -> Option<Display> {
    match params("display")? {
        "page" => Some(Display::Page),
        "popup" => Some(Display::Popup),
        "touch" => Some(Display::Touch),
        "wap" => Some(Display::Wap),
        _ => None,
    }
}

/// RFC 8707 §2.
///
/// # Errors
/// When a resource is no absolute URI, or one that the client may not ask for.
pub fn check_resource(resources: &[&str], client: &Client) -> Result<Vec<String>, RequestRefused> {
    let refused = |why| Err(RequestRefused::new(AuthorizeCode::InvalidTarget, why));
    if resources.len() > MOST_RESOURCES {
        refused("too many resources")
    } else if !resources.iter().all(|resource| is_resource(resource)) {
        refused("resource is not an absolute URI without a fragment")
    } else if !resources.iter().all(|resource| client.may_reach(resource)) {
        refused("the client may not ask for tokens for this resource")
    } else {
        Ok(resources.iter().map(|&resource| resource.to_owned()).collect())
    }
}

/// Whether it can be a resource indicator: an absolute URI without a fragment (RFC 8707 §2).
pub fn is_resource(text: &str) -> bool {
    is_text(text, LONGEST_LIST) && !text.contains(['#', ' ']) && url::Url::parse(text).is_ok()
}

/// RFC 9449 §10.
fn check_dpop_jkt(params: &Params<'_>) -> Result<Option<String>, RequestRefused> {
    match params("dpop_jkt") {
        Some(jkt) if !is_digest(jkt) => invalid("dpop_jkt is not a SHA-256 in base64url"),
        jkt => Ok(jkt.map(str::to_owned)),
    }
}

fn check_text(
    params: &Params<'_>,
    name: &str,
    longest: usize,
    why: &'static str,
) -> Result<Option<String>, RequestRefused> {
    match params(name) {
        Some(text) if !is_text(text, longest) => invalid(why),
        text => Ok(text.map(str::to_owned)),
    }
}

fn is_text(text: &str, longest: usize) -> bool {
    text.len() <= longest && !text.chars().any(char::is_control)
}

/// SHA-256 in base64url: 43 characters.
fn is_digest(text: &str) -> bool {
    text.len() == 43 && text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'))
}
