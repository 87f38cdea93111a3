//! The checks of an authorization request, each with its paragraph.

use super::authorize_error::invalid;
use super::request::{Display, Params, Prompt, RedirectTarget, ResponseMode, redirect_target};
use super::{AuthorizeCode, ClaimsRequest, RedirectRefused, RequestRefused};
use crate::{Client, GrantType, Locale};

pub(super) const LONGEST_STATE: usize = 2048;
pub(super) const LONGEST_NONCE: usize = 512;
pub(super) const LONGEST_LIST: usize = 1024;
pub(super) const LONGEST_HINT: usize = 320;
pub(super) const LONGEST_TOKEN: usize = 8192;
const MOST_RESOURCES: usize = 8;

/// RFC 6749 §4.1.1.
pub(super) fn check_client(params: &Params<'_>, client: &Client) -> Result<(), RequestRefused> {
    match params("client_id") {
        Some(other) if other != client.client_id => invalid("client_id is another client's"),
        _ => Ok(()),
    }
}

/// RFC 6749 §3.1.2.3, OpenID Connect Core §3.1.2.1.
pub(super) fn check_redirect_uri(params: &Params<'_>, client: &Client) -> Result<RedirectTarget, RequestRefused> {
    redirect_target(params, client).or_else(|refused| match refused {
        RedirectRefused::Missing => invalid("redirect_uri is missing"),
        RedirectRefused::Unregistered => invalid("redirect_uri is not one that the client has registered"),
    })
}

/// RFC 6749 §4.1.1.
pub(super) fn check_state(params: &Params<'_>) -> Result<(), RequestRefused> {
    check_text(params, "state", LONGEST_STATE, "state is longer than 2048 characters or has control characters")
        .map(|_| ())
}

/// RFC 6749 §3.1.1.
pub(super) fn check_response_type(params: &Params<'_>) -> Result<(), RequestRefused> {
    match params("response_type") {
        Some("code") => Ok(()),
        Some(_) => Err(RequestRefused::new(AuthorizeCode::UnsupportedResponseType, "response_type must be code")),
        None => invalid("response_type is missing"),
    }
}

/// OAuth 2.0 Multiple Response Type Encoding Practices §2.1.
pub(super) fn check_response_mode(params: &Params<'_>) -> Result<(), RequestRefused> {
    match params("response_mode") {
        Some(mode) if ResponseMode::parse(mode).is_none() => invalid("response_mode must be query or form_post"),
        _ => Ok(()),
    }
}

/// RFC 6749 §4.1.2.1.
pub(super) fn check_grant(client: &Client) -> Result<(), RequestRefused> {
    if client.may(GrantType::AuthorizationCode) {
        Ok(())
    } else {
        Err(RequestRefused::new(AuthorizeCode::UnauthorizedClient, "the client may not use authorization_code"))
    }
}

/// RFC 7636 §4.3; `plain`, its default, is refused (RFC 9700 §2.1.1).
pub(super) fn check_pkce(params: &Params<'_>, client: &Client) -> Result<Option<String>, RequestRefused> {
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
pub(super) fn check_scope(params: &Params<'_>, client: &Client) -> Result<Vec<String>, RequestRefused> {
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
pub(super) fn check_nonce(params: &Params<'_>) -> Result<Option<String>, RequestRefused> {
    check_text(params, "nonce", LONGEST_NONCE, "nonce is longer than 512 characters or has control characters")
}

/// OpenID Connect Core §3.1.2.1: values that are not known are passed over.
pub(super) fn check_prompt(params: &Params<'_>) -> Result<Prompt, RequestRefused> {
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
pub(super) fn check_max_age(params: &Params<'_>, client: &Client) -> Result<Option<i64>, RequestRefused> {
    let Some(text) = params("max_age") else { return Ok(client.default_max_age) };
    let is_number = text.len() <= 10 && text.bytes().all(|b| b.is_ascii_digit());
    match text.parse() {
        Ok(seconds) if is_number => Ok(Some(seconds)),
        _ => invalid("max_age is not a number of seconds"),
    }
}

/// OpenID Connect Core §3.1.2.1.
pub(super) fn check_acr_values(params: &Params<'_>) -> Result<Vec<String>, RequestRefused> {
    let asked = check_text(params, "acr_values", LONGEST_LIST, "acr_values is too long")?.unwrap_or_default();
    Ok(asked.split(' ').filter(|value| !value.is_empty()).take(8).map(str::to_owned).collect())
}

/// OpenID Connect Core §5.5.
pub(super) fn check_claims(params: &Params<'_>) -> Result<ClaimsRequest, RequestRefused> {
    let Some(json) = params("claims") else { return Ok(ClaimsRequest::default()) };
    if json.len() > LONGEST_TOKEN {
        return invalid("claims is too long");
    }
    serde_json::from_str(json).or_else(|_| invalid("claims is not the JSON of a claims request"))
}

/// OpenID Connect Core §3.1.2.1: no language is no error.
pub(super) fn check_ui_locales(params: &Params<'_>) -> Result<Vec<Locale>, RequestRefused> {
    let asked = check_text(params, "ui_locales", LONGEST_LIST, "ui_locales is too long")?.unwrap_or_default();
    let mut known: Vec<Locale> = asked.split(' ').filter_map(Locale::parse).collect();
    known.dedup();
    Ok(known)
}

/// OpenID Connect Core §3.1.2.1: only a wish.
pub(super) fn display(params: &Params<'_>) -> Option<Display> {
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
pub(super) fn check_dpop_jkt(params: &Params<'_>) -> Result<Option<String>, RequestRefused> {
    match params("dpop_jkt") {
        Some(jkt) if !is_digest(jkt) => invalid("dpop_jkt is not a SHA-256 in base64url"),
        jkt => Ok(jkt.map(str::to_owned)),
    }
}

pub(super) fn check_text(
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

pub(super) fn is_text(text: &str, longest: usize) -> bool {
    text.len() <= longest && !text.chars().any(char::is_control)
}

/// SHA-256 in base64url: 43 characters.
fn is_digest(text: &str) -> bool {
    text.len() == 43 && text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'))
}
