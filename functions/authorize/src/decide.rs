//! What an app's request still lacks: a list of checks over values.

use domain::oidc::{AuthorizationRequest, AuthorizeCode};
use domain::{Acr, Client, MfaPolicy, Timestamp, assurance};
use store::{BrowserSession, SignInOf};

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
    /// When the app has its customers asked for a second factor.
    pub(crate) asks: MfaPolicy,
    pub(crate) now: Timestamp,
}

/// The beginning of a request that waits.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Began {
    pub(crate) at: Timestamp,
    /// The last sign-in in the browser then.
    pub(crate) before: Option<SignInOf>,
}

/// What comes next.
pub(crate) fn decide(case: &Case<'_>) -> Next {
    let silent = case.request.prompt.none;
    // Asked again, they would be the same.
    if case.browser.is_some_and(|browser| !case.is_hinted && is_since(case, browser)) {
        return Next::Refuse(AuthorizeCode::LoginRequired, "Somebody else signed in than the request names.");
    }
    match case.browser.filter(|browser| is_signed_in(case, browser)) {
        None if silent => Next::Refuse(AuthorizeCode::LoginRequired, "Nobody is signed in who would do."),
        None => Next::SignIn,
        Some(browser) if !meets_policy(case, browser) => sign_in_again(silent),
        Some(browser) if !meets_essential_acr(case, browser) => match is_since(case, browser) || is_unknown(case) {
            true => Next::Refuse(
                AuthorizeCode::UnmetAuthenticationRequirements,
                "Nothing that the customer has proved, or has, reaches this level.",
            ),
            false => sign_in_again(silent),
        },
        // A wish (§3.1.2.1): nothing is shown for it where nothing may be, and a sign-in of now has met it as well
        // as it can be.
        Some(browser) if !silent && wishes_more(case, browser) && !is_since(case, browser) => Next::SignIn,
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
    let is_another = |before| session.last_sign_in().is_ok_and(|last| Some(last) != before);
    case.began.is_some_and(|began| session.state.auth_time >= began.at && is_another(began.before))
}

/// Whether a second factor was asked for at least as often, as the session began, as this app has it asked for:
/// nobody comes in by the app that asks for the least.
fn meets_policy(case: &Case<'_>, browser: &BrowserSession) -> bool {
    browser.session.is_enough_for(case.asks)
}

/// `acr` as an essential claim (OpenID Connect Core §5.5.1.1): one of the values that are asked for, or an error.
fn meets_essential_acr(case: &Case<'_>, browser: &BrowserSession) -> bool {
    let values = case.request.claims.essential_acr();
    values.is_empty() || values.iter().any(|value| reaches(browser, value))
}

/// Whether no value that is asked for is one that we have.
fn is_unknown(case: &Case<'_>) -> bool {
    let values = case.request.claims.essential_acr();
    values.iter().all(|value| [Acr::Aal1, Acr::Aal2].iter().all(|known| known.as_str() != *value))
}

/// Whether `acr_values` asks for more than the session is.
fn wishes_more(case: &Case<'_>, browser: &BrowserSession) -> bool {
    let mut values = case.request.acr_values.iter().peekable();
    values.peek().is_some() && !values.any(|value| reaches(browser, value))
}

fn reaches(browser: &BrowserSession, value: &str) -> bool {
    let own = assurance(&browser.session.proofs.all());
    value == own.as_str() || own == Acr::Aal2 && value == Acr::Aal1.as_str()
}

fn sign_in_again(silent: bool) -> Next {
    match silent {
        true => Next::Refuse(AuthorizeCode::LoginRequired, "The session is not of the level that is asked for."),
        false => Next::SignIn,
    }
}

/// Apps of the deployment's own are never asked about; those of others once, and for more again.
fn has_consented(case: &Case<'_>, browser: &BrowserSession) -> bool {
    let allowed = browser.allowed.as_ref().is_some_and(|allowed| allowed.covers(&case.request.scope));
    !case.client.third_party || allowed && !case.request.prompt.consent
}
