//! Authorization requests: what may be asked, and the list of checks that a request goes through.

use serde::{Deserialize, Serialize};

use super::request_checks::{
    LONGEST_HINT, LONGEST_STATE, LONGEST_TOKEN, check_acr_values, check_claims, check_client, check_dpop_jkt,
    check_grant, check_max_age, check_nonce, check_pkce, check_prompt, check_redirect_uri, check_resource,
    check_response_mode, check_response_type, check_scope, check_state, check_text, check_ui_locales, display, is_text,
};
use super::{ClaimsRequest, RedirectRefused, RequestRefused, redirect_uri};
use crate::{Client, Locale};

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

    /// Where its answer goes.
    pub fn target(&self) -> RedirectTarget {
        RedirectTarget {
            redirect_uri: self.redirect_uri.clone(),
            response_mode: self.response_mode,
            state: self.state.clone(),
        }
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
}
