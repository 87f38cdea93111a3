//! `GET` and `POST /sign-in/proof`, `POST /sign-in/challenge`: the pages that ask for another proof.
//!
//! They are for a request of an app that waits in this browser, and for the sign-in that the browser keeps in a
//! cookie. Both are asked for: a link opens nothing elsewhere, and a form of another site comes without cookies.

use std::sync::Arc;

use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;
use domain::{Code, Handle, Locale, Method, RecoveryCode, SessionKind};
use edge::{Ctx, Form, Kind, Problem, Query};
use pages::{ButtonRefused, PageRefused, lead_on};
use serde::Deserialize;
use signin::{Advanced, InBrowser, KnownClient, SignedInBrowser, Waiting, keep_pending, kept_pending, leave_browser};

use crate::answer::{Answer, Given, settle};
use crate::texts::texts;
use crate::view::{self, Shown};
use crate::waits::Waits;
use crate::{Mfa, MfaError, challenge, enroll};

/// Which request, and by what somebody wants to prove who they are.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Opened {
    transaction: String,
    method: Option<Method>,
    /// Whether a code is on its way.
    #[serde(default)]
    sent: Option<Checked>,
}

/// What is checked, or goes without saying.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Checked {
    /// Yes.
    On,
}

/// What the page sends with a code.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Proved {
    /// The app's request that waits.
    #[schema(example = "txn_2Sz5nWcXUYb0e1hQvFKtL3mXyD8rJqPa")]
    transaction: String,
    /// `totp`, `sms`, `email` or `recovery_code`.
    #[schema(value_type = String, example = "totp")]
    method: Method,
    /// The code.
    #[schema(example = "123456")]
    code: String,
    /// Whether this device is not to be asked again for a time.
    #[serde(default)]
    #[schema(nullable = false)]
    remember_device: Option<Checked>,
}

/// What the page sends to have a code sent, or an app enrolled.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Wanted {
    /// The app's request that waits.
    #[schema(example = "txn_2Sz5nWcXUYb0e1hQvFKtL3mXyD8rJqPa")]
    transaction: String,
    /// `sms` or `email`; `totp` where an app is to be enrolled.
    #[schema(value_type = String, example = "email")]
    method: Method,
}

/// The page that asks for another proof
///
/// Where `/sign-in` leads whoever has to prove more. Asks for what works without a script. Changes nothing.
#[utoipa::path(get, path = "/sign-in/proof", operation_id = "sign_in_proof_page", tag = "pages",
    params(
        ("transaction" = String, Query, description = "The app's request that waits."),
        ("method" = Option<String>, Query, description = "By what; the preferred one where it is left out."),
        ("sent" = Option<String>, Query, description = "`on` where a code is on its way."),
    ),
    responses((status = 200, description = "The page.", body = String, content_type = "text/html"), PageRefused))]
pub(crate) async fn page(
    State(flow): State<Arc<Mfa>>,
    ctx: Ctx,
    headers: HeaderMap,
    query: Result<Query<Opened>, Problem>,
) -> Response {
    look(&flow, &ctx, &headers, query).await.unwrap_or_else(|refused| refused.page(&flow))
}

/// Prove who one is on the page
///
/// Leads on with a session of the browser, or to what is still missing. Tries are counted as `/v1/mfa` counts them.
#[utoipa::path(post, path = "/sign-in/proof", operation_id = "sign_in_proof", tag = "pages",
    request_body(content = Proved, content_type = "application/x-www-form-urlencoded"),
    responses((status = 303, description = "Back to the app, or to another proof."), ButtonRefused))]
pub(crate) async fn prove(
    State(flow): State<Arc<Mfa>>,
    ctx: Ctx,
    headers: HeaderMap,
    form: Result<Form<Proved>, Problem>,
) -> Response {
    attempt(&flow, &ctx, &headers, form).await.unwrap_or_else(|refused| refused.page(&flow))
}

/// Have a code sent, or begin to enrol an app, on the page
///
/// Leads back to the page. Where a factor is to be enrolled, the code that proves it is asked for there too.
#[utoipa::path(post, path = "/sign-in/challenge", operation_id = "sign_in_challenge", tag = "pages",
    request_body(content = Wanted, content_type = "application/x-www-form-urlencoded"),
    responses((status = 303, description = "Back to the page, which asks for the code."), ButtonRefused))]
pub(crate) async fn challenge(
    State(flow): State<Arc<Mfa>>,
    ctx: Ctx,
    headers: HeaderMap,
    form: Result<Form<Wanted>, Problem>,
) -> Response {
    ask(&flow, &ctx, &headers, form).await.unwrap_or_else(|refused| refused.page(&flow))
}

/// Why a page does not go on, in which language, and the request of an app with which one can begin again.
struct Refused {
    locale: Locale,
    back: Option<(Handle, KnownClient)>,
    error: MfaError,
}

impl Refused {
    fn early(ctx: &Ctx, error: MfaError) -> Self {
        Self { locale: ctx.locale, back: None, error }
    }

    fn page(self, flow: &Mfa) -> Response {
        let Self { locale, back, error } = self;
        match (error, back) {
            (error, Some((back, client))) if error.is_over() => {
                view::over(&flow.pages(&client), locale, &back, error.into())
            }
            (error, None) if error.is_over() => flow.pages.sign_in_over(locale),
            (error, Some((_, client))) => flow.pages(&client).refuse(locale, error.into(), None),
            (error, None) => flow.pages.refuse(locale, error.into(), None),
        }
    }
}

/// The app's request that waits in this browser, and what the browser keeps of a sign-in.
struct Way {
    waiting: Waiting,
    kept: Option<Handle>,
    locale: Locale,
}

impl Way {
    async fn find(flow: &Mfa, ctx: &Ctx, headers: &HeaderMap, transaction: &str) -> Result<Self, Refused> {
        let waiting = Waiting::find(&flow.store, &flow.clients, ctx, headers, transaction).await;
        let waiting = waiting.map_err(MfaError::from).and_then(|waiting| waiting.ok_or(MfaError::Gone));
        let waiting = waiting.map_err(|error| Refused::early(ctx, error))?;
        Ok(Self { kept: kept_pending(headers), locale: waiting.locale(ctx), waiting })
    }

    fn refused(&self, error: MfaError) -> Refused {
        Refused { locale: self.locale, back: Some((self.waiting.handle.clone(), self.waiting.client.clone())), error }
    }

    /// Whether the pages of the app's brand ask for this.
    fn allows(&self, method: Method) -> bool {
        self.waiting.client.asks_for(method)
    }

    fn client_id(&self) -> &str {
        &self.waiting.client.client_id
    }

    /// What waits for a proof, for the app that this is about.
    async fn waits(&self, flow: &Mfa, ctx: &Ctx) -> Result<Waits, MfaError> {
        let kept = self.kept.as_ref().ok_or(MfaError::Gone)?;
        let waits = flow.look(ctx, kept, SessionKind::Browser).await?;
        if waits.pending.client_id == self.client_id() { Ok(waits) } else { Err(MfaError::Gone) }
    }

    async fn show(&self, flow: &Mfa, ctx: &Ctx, shown: Shown) -> Result<Response, Refused> {
        let page = async {
            let waits = self.waits(flow, ctx).await?;
            view::show(flow, self.locale, &self.waiting, &waits, shown).await
        };
        page.await.map_err(|error| self.refused(error))
    }

    fn proof_page(&self) -> String {
        format!("/sign-in/proof?transaction={}", self.waiting.handle.reveal())
    }
}

async fn look(
    flow: &Mfa,
    ctx: &Ctx,
    headers: &HeaderMap,
    query: Result<Query<Opened>, Problem>,
) -> Result<Response, Refused> {
    let Query(opened) = query.map_err(|problem| Refused::early(ctx, MfaError::Unreadable(problem)))?;
    let way = Way::find(flow, ctx, headers, &opened.transaction).await?;
    way.show(flow, ctx, Shown { method: opened.method, is_sent: opened.sent.is_some(), wrong: None }).await
}

async fn attempt(
    flow: &Mfa,
    ctx: &Ctx,
    headers: &HeaderMap,
    form: Result<Form<Proved>, Problem>,
) -> Result<Response, Refused> {
    let Form(proved) = form.map_err(|problem| Refused::early(ctx, MfaError::Unreadable(problem)))?;
    let way = Way::find(flow, ctx, headers, &proved.transaction).await?;
    if !way.allows(proved.method) {
        return Err(way.refused(MfaError::not_offered()));
    }
    let (method, texts) = (proved.method, texts(way.locale));
    let wrong = |wrong: String| Shown { method: Some(method), is_sent: true, wrong: Some(wrong) };
    let Some(given) = given(method, &proved.code).map_err(|error| way.refused(error))? else {
        let why = if method == Method::RecoveryCode { texts.no_recovery_code } else { texts.no_code };
        let page = way.show(flow, ctx, wrong(why.to_owned())).await?;
        return Ok(Problem::new(Kind::InvalidFields).on_page(page));
    };
    let answer = Answer {
        transaction: way.kept.clone(),
        method,
        given,
        client_id: Some(way.client_id()),
        remember: proved.remember_device.is_some(),
    };
    match settle(flow, ctx, &InBrowser::of(headers, &way.waiting), answer).await {
        Ok(Advanced::Complete(signed_in)) => Ok(complete(flow, ctx, headers, &way, &signed_in).await),
        Ok(Advanced::Missing(required)) => Ok(lead_to(&way.proof_page(), &required.transaction)),
        Ok(Advanced::ErasurePending(pending)) => Ok(lead_to(signin::erasure::WITHDRAW_PAGE, &pending.transaction)),
        Err(MfaError::WrongCode(left @ 1..)) => {
            let page = way.show(flow, ctx, wrong((texts.wrong)(left))).await?;
            Ok(Problem::new(Kind::InvalidCode).on_page(page))
        }
        Err(error) => Err(way.refused(error)),
    }
}

/// What was typed, if it can be such a code at all.
fn given(method: Method, code: &str) -> Result<Option<Given>, MfaError> {
    Ok(match method {
        Method::Totp => Code::parse(code).map(Given::Totp),
        Method::Sms => Code::parse(code).map(Given::Sms),
        Method::Email => Code::parse(code).map(Given::Email),
        Method::RecoveryCode => RecoveryCode::parse(code).map(Given::RecoveryCode),
        Method::Passkey | Method::Password | Method::DelayedRecovery => return Err(MfaError::not_offered()),
    })
}

async fn ask(
    flow: &Mfa,
    ctx: &Ctx,
    headers: &HeaderMap,
    form: Result<Form<Wanted>, Problem>,
) -> Result<Response, Refused> {
    let Form(Wanted { transaction, method }) =
        form.map_err(|problem| Refused::early(ctx, MfaError::Unreadable(problem)))?;
    let way = Way::find(flow, ctx, headers, &transaction).await?;
    send(flow, ctx, &way, method).await.map_err(|error| way.refused(error))?;
    Ok(lead_on(&format!("{}&method={}&sent=on", way.proof_page(), method.as_str())))
}

async fn send(flow: &Mfa, ctx: &Ctx, way: &Way, method: Method) -> Result<(), MfaError> {
    flow.count_client(ctx).await?;
    let waits = way.waits(flow, ctx).await?;
    if !waits.pending.methods.contains(&method) || !way.allows(method) {
        return Err(MfaError::not_offered());
    }
    match (method, waits.pending.enrolling) {
        (Method::Email, _) => challenge::by_mail(flow, ctx, &waits).await.map(drop),
        (Method::Sms, false) => challenge::by_sms(flow, ctx, &waits).await.map(drop),
        (Method::Totp, true) => enroll::totp(flow, ctx, &waits).await.map(drop),
        (
            Method::Sms
            | Method::Totp
            | Method::Passkey
            | Method::RecoveryCode
            | Method::Password
            | Method::DelayedRecovery,
            _,
        ) => Err(MfaError::not_offered()),
    }
}

/// Leads on with the session that has begun, or that goes on with another secret. Another customer's ends.
async fn complete(flow: &Mfa, ctx: &Ctx, headers: &HeaderMap, way: &Way, signed_in: &SignedInBrowser) -> Response {
    leave_browser(&flow.store, &flow.clients, ctx, headers).await;
    let mut response = lead_on(&way.waiting.next());
    signed_in.remember(response.headers_mut(), flow.signin.times());
    response
}

/// Leads to where what is missing is asked for.
fn lead_to(page: &str, transaction: &str) -> Response {
    let mut response = lead_on(page);
    keep_pending(response.headers_mut(), transaction);
    response
}
