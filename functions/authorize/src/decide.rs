//! What an app's request still lacks: a list of checks over values.

use domain::oidc::{AuthorizationRequest, AuthorizeCode};
use domain::{Acr, Client, MfaPolicy, SessionId, Timestamp, assurance};
use store::BrowserSession;

/// What comes next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Next {
    /// The customer signs in.
    SignIn,
    /// The customer decides whether the app may have what it asks for.
    Consent,
    /// Nothing is missing.
    Code,
    /// Nothing may be shown, or nothing would help.
    Refuse(AuthorizeCode, &'static str),
}

/// Everything that a decision is made of.
pub(crate) struct Case<'a> {
    /// What is asked.
    pub(crate) request: &'a AuthorizationRequest,
    /// By whom.
    pub(crate) client: &'a Client,
    /// Since when it waits in this browser; nothing if it has just come.
    pub(crate) began: Option<Began>,
    /// Who is signed in here.
    pub(crate) browser: Option<&'a BrowserSession>,
    /// Whether that is whom `id_token_hint` names; true where it names nobody.
    pub(crate) is_hinted: bool,
    pub(crate) now: Timestamp,
}

/// The beginning of a request that waits.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Began {
    pub(crate) at: Timestamp,
    /// The session that the browser had then.
    pub(crate) before: Option<SessionId>,
}

/// What comes next.
pub(crate) fn decide(case: &Case<'_>) -> Next {
    let silent = case.request.prompt.none;
    match case.browser.filter(|browser| is_signed_in(case, browser)) {
        None if silent => Next::Refuse(AuthorizeCode::LoginRequired, "Nobody is signed in who would do."),
        None => Next::SignIn,
        Some(browser) if !meets_acr(case, browser) => acr_missing(case, browser),
        Some(browser) if !has_consented(case, browser) && silent => {
            Next::Refuse(AuthorizeCode::ConsentRequired, "The customer has not allowed this app all of this.")
        }
        Some(browser) if !has_consented(case, browser) => Next::Consent,
        Some(_) => Next::Code,
    }
}

/// Whether the session is one that does: its customer's, and young enough.
fn is_signed_in(case: &Case<'_>, browser: &BrowserSession) -> bool {
    case.is_hinted && is_prompted(case, browser) && is_young(case, browser)
}

/// `prompt=login` and `select_account` (OpenID Connect Core §3.1.2.1): since the request came.
fn is_prompted(case: &Case<'_>, browser: &BrowserSession) -> bool {
    let asks = case.request.prompt.login || case.request.prompt.select_account;
    !asks || is_since(case, browser)
}

/// `max_age`: however small it is, a sign-in that it has caused is young enough.
fn is_young(case: &Case<'_>, browser: &BrowserSession) -> bool {
    let max_age = case.request.max_age.or(case.client.default_max_age);
    let age = case.now.duration_since(browser.session.state.auth_time).as_secs();
    max_age.is_none_or(|max_age| age <= max_age) || is_since(case, browser)
}

fn is_since(case: &Case<'_>, browser: &BrowserSession) -> bool {
    let session = &browser.session;
    case.began.is_some_and(|began| session.state.auth_time >= began.at && Some(session.id) != began.before)
}

/// Whether the session is as sure as the app, its registration, or both ask. What is asked by `acr_values` is a
/// wish (§3.1.2.1), which a sign-in of now has met as well as it can be.
fn meets_acr(case: &Case<'_>, browser: &BrowserSession) -> bool {
    let is_sure = assurance(&browser.session.proofs.all()) == Acr::Aal2;
    let wished = asks_acr(&case.request.acr_values);
    let needs = asks_acr(&case.request.claims.essential_acr()) || matches!(case.client.mfa, Some(MfaPolicy::Required));
    is_sure || !(needs || wished && !is_since(case, browser))
}

fn asks_acr<S: AsRef<str>>(values: &[S]) -> bool {
    let has = |acr: Acr| values.iter().any(|value| value.as_ref() == acr.as_str());
    has(Acr::Aal2) && !has(Acr::Aal1)
}

fn acr_missing(case: &Case<'_>, browser: &BrowserSession) -> Next {
    let essential = asks_acr(&case.request.claims.essential_acr());
    if is_since(case, browser) && essential {
        return Next::Refuse(
            AuthorizeCode::UnmetAuthenticationRequirements,
            "The customer has nothing by which this level could be reached.",
        );
    }
    match (case.request.prompt.none, essential || matches!(case.client.mfa, Some(MfaPolicy::Required))) {
        (true, true) => Next::Refuse(AuthorizeCode::LoginRequired, "The session is not of the level that is asked."),
        (true, false) => Next::Code,
        (false, _) => Next::SignIn,
    }
}

/// Apps of the deployment's own are never asked about; those of others once, and for more again.
fn has_consented(case: &Case<'_>, browser: &BrowserSession) -> bool {
    let allowed = browser.allowed.as_ref().is_some_and(|allowed| allowed.covers(&case.request.scope));
    !case.client.third_party || allowed && !case.request.prompt.consent
}
