//! `POST /oauth2/consent`: the customer allows an app what it asks for, or sends it away.

use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;
use domain::oidc::{AuthorizeCode, document_host, redirect_uri};
use edge::{Ctx, Form, Problem};
use serde::Deserialize;
use signin::Waiting;
use store::{Allows, BrowserSession};

use crate::answer::{self, Ending};
use crate::decide::Next;
use crate::resume::{look, waiting};
use crate::texts::{Texts, texts};
use crate::{Authorize, AuthorizeError};

/// What the buttons of the page send.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Decided {
    /// The request that waits.
    #[schema(example = "txn_2Sz5nWcXUYb0e1hQvFKtL3mXyD8rJqPa")]
    transaction: String,
    /// `allow` or `deny`.
    #[schema(example = "allow")]
    decision: Decision,
}

/// What was pressed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = AppDecision)]
pub(crate) enum Decision {
    /// The app may have it.
    Allow,
    /// It may not, or nobody wants to sign in.
    Deny,
}

#[derive(Template)]
#[template(path = "consent.html")]
struct Asked<'a> {
    texts: &'a Texts,
    /// Where it is and leads, where nothing else says who it is.
    host: Option<String>,
    back: Option<String>,
    lead: String,
    scopes: Vec<&'a str>,
    transaction: &'a str,
    policy_uri: Option<&'a str>,
    tos_uri: Option<&'a str>,
}

/// The page that asks.
pub(crate) fn page(flow: &Authorize, ctx: &Ctx, waits: &Waiting) -> Response {
    let locale = waits.locale(ctx);
    let texts = texts(locale);
    let (client, pages) = (&waits.client, flow.pages(Some(&waits.client)));
    let app = pages::isolated(locale, &client.client_name);
    let host = document_host(&client.client_id);
    let back = host.as_ref().and_then(|host| led_to(host, &waits.interaction.request.redirect_uri));
    let asked = Asked {
        texts,
        host: host.map(|host| (texts.consent_host)(&pages::isolated(locale, &host))),
        back: back.map(|back| match back {
            Led::Here => texts.consent_back_here.to_owned(),
            Led::To(place) => (texts.consent_back)(&pages::isolated(locale, &place)),
        }),
        lead: (texts.consent_lead)(&app, &pages.brand(locale)),
        scopes: waits.interaction.request.scope.iter().map(|scope| pages::scope(locale, scope)).collect(),
        transaction: waits.handle.reveal(),
        policy_uri: client.policy_uri.as_deref(),
        tos_uri: client.tos_uri.as_deref(),
    };
    pages.show_leading_out(locale, &(texts.consent_title)(&app), &asked)
}

/// Where an app has a browser led that is not where its id is.
enum Led {
    Here,
    /// A host, or an app's own scheme.
    To(String),
}

fn led_to(host: &str, redirect_uri: &str) -> Option<Led> {
    if redirect_uri::is_loopback(redirect_uri) {
        return Some(Led::Here);
    }
    let place = redirect_uri::place(redirect_uri)?;
    (place != host).then_some(Led::To(place))
}

/// Allow an app what it asks for, or refuse
///
/// The buttons of the page that asks, and of the page to sign in, where nobody wants to. Leads back to the app.
#[utoipa::path(post, path = "/oauth2/consent", operation_id = "app_consent_decide", tag = "authorization",
    request_body(content = Decided, content_type = "application/x-www-form-urlencoded"),
    responses((status = 303, description = "Back to the app."), pages::ButtonRefused))]
pub(crate) async fn decide(
    State(flow): State<Arc<Authorize>>,
    ctx: Ctx,
    headers: HeaderMap,
    form: Result<Form<Decided>, Problem>,
) -> Response {
    press(&flow, &ctx, &headers, form).await.unwrap_or_else(|error| flow.refuse(ctx.locale, None, error))
}

async fn press(
    flow: &Authorize,
    ctx: &Ctx,
    headers: &HeaderMap,
    form: Result<Form<Decided>, Problem>,
) -> Result<Response, AuthorizeError> {
    let Form(Decided { transaction, decision }) = form.map_err(AuthorizeError::Unreadable)?;
    let waits = waiting(flow, ctx, headers, &transaction).await?;
    let next = pressed(flow, ctx, headers, &waits, decision).await;
    Ok(next.unwrap_or_else(|error| flow.refuse(waits.locale(ctx), Some(&waits.client), error)))
}

async fn pressed(
    flow: &Authorize,
    ctx: &Ctx,
    headers: &HeaderMap,
    waits: &Waiting,
    decision: Decision,
) -> Result<Response, AuthorizeError> {
    if decision == Decision::Deny {
        let ending = Ending::of(waits);
        return answer::refuse(flow, ctx, &ending, AuthorizeCode::AccessDenied, "The customer has refused.").await;
    }
    // What is allowed is added to what was: somebody may be adding to it elsewhere.
    for _ in 0..3 {
        let allowed = match look(flow, ctx, headers, waits).await? {
            (Next::Consent | Next::Code, Some(browser)) => allow(flow, ctx, waits, &browser).await,
            _ => Ok(answer::see(&waits.next())),
        };
        match allowed {
            Err(AuthorizeError::Changed) => {}
            done => return done,
        }
    }
    Err(AuthorizeError::Changed)
}

async fn allow(
    flow: &Authorize,
    ctx: &Ctx,
    waits: &Waiting,
    browser: &BrowserSession,
) -> Result<Response, AuthorizeError> {
    let scope = &waits.interaction.request.scope;
    let allows = Allows::more(browser.allowed.as_ref(), &waits.client.client_id, scope, ctx.now);
    let allows = waits.client.third_party.then_some(&allows);
    answer::issue(flow, ctx, &Ending::of(waits), browser, allows).await
}
