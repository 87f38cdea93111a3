//! `GET` and `POST /sign-in`: the page on which customers sign in to every app.
//!
//! It is for a request of an app that waits in this browser: nobody else's cookie opens it, and a form of another
//! site comes without any, so that nobody is signed in by somebody else. What is posted is tried as `/v1/login`
//! tries it, and ends in a session of the browser.

use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;
use domain::{Email, Method, Password};
use edge::{Cookie, Ctx, Form, Kind, Problem, Query};
use pages::{ButtonRefused, PageRefused, lead_on};
use serde::Deserialize;
use signin::{Advanced, InBrowser, SignedInBrowser, Waiting, keep_pending, leave_browser};

use crate::credentials::{Given, sign_in};
use crate::texts::{Texts, texts};
use crate::{Login, LoginError};

/// Which request.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Opened {
    transaction: String,
}

/// What the page sends.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Submitted {
    /// The app's request that waits.
    #[schema(example = "txn_2Sz5nWcXUYb0e1hQvFKtL3mXyD8rJqPa")]
    transaction: String,
    /// The verified address.
    #[schema(example = "ada@example.com")]
    email: String,
    /// The password.
    #[schema(format = "password", example = "correct horse battery staple")]
    password: String,
}

/// The page on which a customer signs in
///
/// Where `/oauth2/authorize` leads whoever is not signed in. Changes nothing.
#[utoipa::path(get, path = "/sign-in", operation_id = "sign_in_page", tag = "pages",
    params(("transaction" = String, Query, description = "The app's request that waits.")),
    responses((status = 200, description = "The page.", body = String, content_type = "text/html"), PageRefused))]
pub(crate) async fn page(
    State(flow): State<Arc<Login>>,
    ctx: Ctx,
    headers: HeaderMap,
    query: Result<Query<Opened>, Problem>,
) -> Response {
    look(&flow, &ctx, &headers, query).await.unwrap_or_else(|error| flow.refuse(ctx.locale, error))
}

/// Sign in on the page
///
/// Leads on with a session of the browser, or to the page that asks for another proof. The answer and the work are
/// the same for a wrong password and for an address that nobody has.
#[utoipa::path(post, path = "/sign-in", operation_id = "sign_in", tag = "pages",
    request_body(content = Submitted, content_type = "application/x-www-form-urlencoded"),
    responses(
        (status = 303, description = "Back to the app, or to another proof."),
        (status = 401, description = "Wrong password, or unknown address.", body = String, content_type = "text/html"),
        ButtonRefused))]
pub(crate) async fn submit(
    State(flow): State<Arc<Login>>,
    ctx: Ctx,
    headers: HeaderMap,
    form: Result<Form<Submitted>, Problem>,
) -> Response {
    attempt(&flow, &ctx, &headers, form).await.unwrap_or_else(|error| flow.refuse(ctx.locale, error))
}

async fn look(
    flow: &Login,
    ctx: &Ctx,
    headers: &HeaderMap,
    query: Result<Query<Opened>, Problem>,
) -> Result<Response, LoginError> {
    let Query(Opened { transaction }) = query.map_err(LoginError::Unreadable)?;
    let waits = waiting(flow, ctx, headers, &transaction).await?;
    let hint = waits.interaction.request.login_hint.as_deref();
    let email = hint.and_then(|hint| Email::parse(hint).ok()).map(|email| email.reveal());
    Ok(show(flow, ctx, &waits, &email.unwrap_or_default(), None))
}

async fn attempt(
    flow: &Login,
    ctx: &Ctx,
    headers: &HeaderMap,
    form: Result<Form<Submitted>, Problem>,
) -> Result<Response, LoginError> {
    let Form(Submitted { transaction, email: typed, password }) = form.map_err(LoginError::Unreadable)?;
    let waits = waiting(flow, ctx, headers, &transaction).await?;
    // A page without the field is never sent with one.
    if !waits.client.asks_for(Method::Password) {
        return Ok(Problem::new(Kind::InvalidFields).on_page(show(flow, ctx, &waits, "", None)));
    }
    let texts = texts(waits.locale(ctx));
    let Ok(email) = Email::parse(&typed) else {
        let page = show(flow, ctx, &waits, &typed, Some(texts.no_address));
        return Ok(Problem::new(Kind::InvalidFields).on_page(page));
    };
    let password = Password::new(&password);
    let given = Given { email, password, client: &waits.client, device_token: Cookie::DEVICE.read(headers) };
    match sign_in(flow, ctx, &InBrowser::of(headers, &waits), given).await {
        Ok(Advanced::Complete(signed_in)) => Ok(complete(flow, ctx, headers, &waits, &signed_in).await),
        Ok(Advanced::Missing(required)) => {
            let proof = format!("/sign-in/proof?transaction={}", waits.handle.reveal());
            Ok(lead_to(&proof, &required.transaction))
        }
        Ok(Advanced::ErasurePending(pending)) => Ok(lead_to(signin::erasure::WITHDRAW_PAGE, &pending.transaction)),
        Err(LoginError::InvalidCredentials) => {
            let page = show(flow, ctx, &waits, &typed, Some(texts.wrong));
            Ok(Problem::new(Kind::InvalidCredentials).on_page(page))
        }
        Err(error) => Ok(flow.pages(&waits.client).refuse(waits.locale(ctx), error.into(), None)),
    }
}

async fn waiting(flow: &Login, ctx: &Ctx, headers: &HeaderMap, transaction: &str) -> Result<Waiting, LoginError> {
    Waiting::find(&flow.store, &flow.clients, ctx, headers, transaction).await?.ok_or(LoginError::Gone)
}

/// Leads on with the session that has begun, or that goes on with another secret. Another customer's ends.
async fn complete(
    flow: &Login,
    ctx: &Ctx,
    headers: &HeaderMap,
    waits: &Waiting,
    signed_in: &SignedInBrowser,
) -> Response {
    leave_browser(&flow.store, &flow.clients, ctx, headers).await;
    let mut response = lead_on(&waits.next());
    signed_in.remember(response.headers_mut(), flow.signin.times());
    response
}

/// Leads to where what is missing is asked for.
fn lead_to(page: &str, transaction: &str) -> Response {
    let mut response = lead_on(page);
    keep_pending(response.headers_mut(), transaction);
    response
}

#[derive(Template)]
#[template(path = "sign_in.html")]
struct SignInPage<'a> {
    texts: &'a Texts,
    welcome: Option<&'a str>,
    lead: String,
    /// Whether a password is asked for.
    password: bool,
    transaction: &'a str,
    leave: &'a str,
    email: &'a str,
    wrong: Option<&'a str>,
}

/// The page. Its answer leads back to the app in the end, so that its policy says nothing of where forms lead.
fn show(flow: &Login, ctx: &Ctx, waits: &Waiting, email: &str, wrong: Option<&str>) -> Response {
    let locale = waits.locale(ctx);
    let (texts, pages) = (texts(locale), flow.pages(&waits.client));
    let (own, app) = (pages.own_texts(locale), pages::isolated(locale, &waits.client.known_as()));
    let body = SignInPage {
        texts,
        welcome: own.and_then(|own| own.welcome.as_deref()),
        lead: (texts.lead)(&app, &pages.brand(locale)),
        password: waits.client.asks_for(Method::Password),
        transaction: waits.handle.reveal(),
        leave: waits.leave(),
        email,
        wrong,
    };
    let title = own.and_then(|own| own.sign_in_title.as_deref()).unwrap_or(texts.title);
    pages.show_leading_out(locale, title, &body)
}
