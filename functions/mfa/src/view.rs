//! What the pages show: the methods that work without a script, the preferred one first. A passkey needs one, and
//! is passed over.

use askama::Template;
use axum::response::Response;
use domain::{Handle, Locale, Method};
use edge::Problem;
use pages::{Pages, isolated};
use signin::{MethodOffer, Waiting};

use crate::texts::{Texts, texts};
use crate::waits::{Asked, Waits};
use crate::{Mfa, MfaError, enroll};

/// How the page is wanted.
pub(crate) struct Shown {
    /// By what; the preferred one if it is none that is offered.
    pub(crate) method: Option<Method>,
    /// Whether a code is on its way.
    pub(crate) is_sent: bool,
    /// What was wrong with the last code.
    pub(crate) wrong: Option<String>,
}

#[derive(Template)]
#[template(path = "proof.html")]
struct ProofPage<'a> {
    texts: &'a Texts,
    transaction: &'a str,
    /// Where nobody who wants to sign in is led.
    leave: &'a str,
    lead: String,
    wrong: Option<String>,
    method: &'static str,
    /// The secret of an app that is enrolled: its picture, its link, and itself.
    app: Option<NewApp>,
    /// The label of the code's field, if there is anything to type.
    code: Option<&'a str>,
    is_recovery_code: bool,
    can_remember: bool,
    /// The button that has a code sent, or an app begun.
    send: Option<&'a str>,
    others: Vec<Other<'a>>,
    passkey: Option<&'a str>,
}

struct NewApp {
    picture: String,
    uri: String,
    secret: String,
}

struct Other<'a> {
    method: &'static str,
    name: &'a str,
}

#[derive(Template)]
#[template(path = "over.html")]
struct OverPage<'a> {
    texts: &'a Texts,
    transaction: &'a str,
}

/// The page. Its answer leads back to the app in the end, so that its policy says nothing of where forms lead.
pub(crate) async fn show(
    flow: &Mfa,
    locale: Locale,
    waiting: &Waiting,
    waits: &Waits,
    shown: Shown,
) -> Result<Response, MfaError> {
    let (texts, transaction) = (texts(locale), &waiting.handle);
    let enrolling = waits.pending.enrolling;
    let title = if enrolling { texts.enrol_title } else { texts.title };
    let email = Some(&waits.facts.profile.data.email);
    let required = flow.signin.required(transaction, &waits.pending, &waits.facts.factors.factors, email);
    let allowed = required.methods.into_iter().filter(|offer| waiting.client.asks_for(offer.method));
    let (offers, scripted): (Vec<_>, Vec<_>) = allowed.partition(|offer| is_plain(offer.method, enrolling));
    let has_passkey = scripted.iter().any(|offer| offer.method == Method::Passkey);
    let wanted = offers.iter().find(|offer| Some(offer.method) == shown.method);
    let chosen = wanted.or(offers.first());
    let app = match chosen {
        Some(MethodOffer { method: Method::Totp, .. }) if enrolling => new_app(flow, waits).await?,
        _ => None,
    };
    let ask = chosen.map(|offer| Ask::of(texts, locale, offer, (enrolling, shown.is_sent, app.is_some())));
    let ask = ask.unwrap_or_else(|| Ask { lead: texts.nothing.to_owned(), code: None, send: None });
    let method = chosen.map(|offer| offer.method);
    let others = offers.iter().filter(|offer| Some(offer.method) != method);
    let body = ProofPage {
        texts,
        transaction: transaction.reveal(),
        leave: waiting.leave(),
        lead: ask.lead,
        wrong: shown.wrong,
        method: method.map(Method::as_str).unwrap_or_default(),
        app,
        code: ask.code,
        is_recovery_code: method == Some(Method::RecoveryCode),
        can_remember: !enrolling && !flow.signin.policy().trust_for.is_zero(),
        send: ask.send,
        others: others
            .filter_map(|offer| Some(Other { method: offer.method.as_str(), name: texts.name(offer.method)? }))
            .collect(),
        passkey: (has_passkey && method.is_some()).then_some(texts.no_passkey),
    };
    Ok(flow.pages(&waiting.client).show_leading_out(locale, title, &body))
}

/// The page of a sign-in that is over, for a request of an app that is not.
pub(crate) fn over(pages: &Pages, locale: Locale, transaction: &Handle, problem: Problem) -> Response {
    let texts = texts(locale);
    let body = OverPage { texts, transaction: transaction.reveal() };
    problem.on_page(pages.show(locale, texts.over_title, &body))
}

/// Whether a page without a script can ask for it.
fn is_plain(method: Method, enrolling: bool) -> bool {
    match method {
        Method::Totp | Method::Email => true,
        Method::Sms | Method::RecoveryCode => !enrolling,
        Method::Passkey | Method::Password | Method::DelayedRecovery => false,
    }
}

/// The app that is being enrolled, if it has been begun.
async fn new_app(flow: &Mfa, waits: &Waits) -> Result<Option<NewApp>, MfaError> {
    let Some(Asked::Totp { secret }) = flow.asked(waits).await? else { return Ok(None) };
    let words = enroll::in_words(flow, waits, &secret);
    // Within a page it is an element, and no document of its own.
    let picture = words.qr_svg.find("<svg").and_then(|at| words.qr_svg.get(at..)).unwrap_or_default();
    Ok(Some(NewApp { picture: picture.to_owned(), uri: words.uri, secret: words.secret }))
}

/// What the page asks for.
struct Ask<'a> {
    lead: String,
    code: Option<&'a str>,
    send: Option<&'a str>,
}

impl<'a> Ask<'a> {
    fn of(
        texts: &'a Texts,
        locale: Locale,
        offer: &MethodOffer,
        (enrolling, is_sent, is_begun): (bool, bool, bool),
    ) -> Self {
        let to = isolated(locale, offer.hint.as_deref().unwrap_or_default());
        let asking = |lead: &str, code| Self { lead: lead.to_owned(), code: Some(code), send: None };
        match offer.method {
            Method::Totp if enrolling && is_begun => {
                Self { send: Some(texts.begin_again), ..asking(texts.scan, texts.code) }
            }
            Method::Totp if enrolling => {
                Self { lead: texts.begin_lead.to_owned(), code: None, send: Some(texts.begin) }
            }
            Method::Totp => asking(texts.totp_lead, texts.code),
            Method::RecoveryCode => asking(texts.recovery_code_lead, texts.recovery_code),
            Method::Sms | Method::Email if is_sent => {
                Self { lead: (texts.sent)(&to), code: Some(texts.code), send: Some(texts.send_again) }
            }
            Method::Sms | Method::Email => Self { lead: (texts.to_send)(&to), code: None, send: Some(texts.send) },
            Method::Passkey | Method::Password | Method::DelayedRecovery => {
                Self { lead: texts.nothing.to_owned(), code: None, send: None }
            }
        }
    }
}
