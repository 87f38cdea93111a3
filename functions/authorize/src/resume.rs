//! `GET /oauth2/continue`: a request that waits goes on, as far as it can.

use std::sync::Arc;

use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;
use domain::oidc::AuthorizationRequest;
use domain::{ActKind, Actor, Client, IdToken, jws};
use edge::{Ctx, Problem, Query};
use serde::Deserialize;
use signin::{Waiting, browser_session};
use store::BrowserSession;

use crate::answer::{self, Ending};
use crate::decide::{Began, Case, Next, decide};
use crate::{Authorize, AuthorizeError, consent};

/// Which request.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Resumed {
    transaction: String,
}

/// Go on with an app's request
///
/// Where a sign-in leads. Shows what is missing, or leads back to the app.
#[utoipa::path(get, path = "/oauth2/continue", operation_id = "authorize_continue", tag = "authorization",
    params(("transaction" = String, Query, description = "The request that waits.")),
    responses(
        (status = 200, description = "The page that asks whether the app may have it.", body = String, content_type = "text/html"),
        (status = 303, description = "To sign in, or back to the app."), pages::PageRefused))]
pub(crate) async fn resume(
    State(flow): State<Arc<Authorize>>,
    ctx: Ctx,
    headers: HeaderMap,
    query: Result<Query<Resumed>, Problem>,
) -> Response {
    go_on(&flow, &ctx, &headers, query).await.unwrap_or_else(|error| flow.refuse(ctx.locale, None, error))
}

async fn go_on(
    flow: &Authorize,
    ctx: &Ctx,
    headers: &HeaderMap,
    query: Result<Query<Resumed>, Problem>,
) -> Result<Response, AuthorizeError> {
    let Query(Resumed { transaction }) = query.map_err(AuthorizeError::Unreadable)?;
    let waits = waiting(flow, ctx, headers, &transaction).await?;
    let next = forward(flow, ctx, headers, &waits).await;
    Ok(next.unwrap_or_else(|error| flow.refuse(waits.locale(ctx), Some(&waits.client), error)))
}

async fn forward(
    flow: &Authorize,
    ctx: &Ctx,
    headers: &HeaderMap,
    waits: &Waiting,
) -> Result<Response, AuthorizeError> {
    let (next, browser) = look(flow, ctx, headers, waits).await?;
    let ending = Ending::of(waits);
    match (next, browser) {
        (Next::Code, Some(browser)) => answer::issue(flow, ctx, &ending, &browser, None).await,
        (Next::Refuse(code, why), _) => answer::refuse(flow, ctx, &ending, code, why).await,
        (Next::Consent, _) => Ok(consent::page(flow, ctx, waits)),
        (Next::SignIn | Next::Code, _) => Ok(answer::see(&format!("/sign-in?transaction={}", waits.handle.reveal()))),
    }
}

/// The request that waits in this browser.
pub(crate) async fn waiting(
    flow: &Authorize,
    ctx: &Ctx,
    headers: &HeaderMap,
    transaction: &str,
) -> Result<Waiting, AuthorizeError> {
    let waits = Waiting::find(&flow.store, &flow.clients, ctx, headers, transaction).await?;
    waits.filter(Waiting::is_of_app).ok_or(AuthorizeError::Gone)
}

/// What a request that waits lacks.
pub(crate) async fn look(
    flow: &Authorize,
    ctx: &Ctx,
    headers: &HeaderMap,
    waits: &Waiting,
) -> Result<(Next, Option<BrowserSession>), AuthorizeError> {
    let began = Some(Began { at: waits.interaction.began, before: waits.interaction.before });
    weigh(flow, ctx, headers, (&waits.client, &waits.interaction.request), began).await
}

/// What a request lacks in this browser, and whose session there is.
pub(crate) async fn weigh(
    flow: &Authorize,
    ctx: &Ctx,
    headers: &HeaderMap,
    (client, request): (&Client, &AuthorizationRequest),
    began: Option<Began>,
) -> Result<(Next, Option<BrowserSession>), AuthorizeError> {
    let of_others = client.third_party.then_some(client.client_id.as_str());
    let browser = browser_session(&flow.store, ctx, headers, of_others).await?;
    if let Some(browser) = &browser {
        let cause = ctx.act(ActKind::SessionSeen, Actor::Customer(browser.session.customer));
        // Best effort, as everywhere: it is no reason to refuse anybody.
        let times = flow.signin.times();
        let _ = flow.store.session_seen(&browser.session, times, ctx.now, &cause.in_session(browser.session.id)).await;
    }
    let is_hinted = is_hinted(flow, ctx, client, request, browser.as_ref()).await?;
    let case = Case {
        request,
        client,
        began,
        browser: browser.as_ref(),
        is_hinted,
        asks: flow.signin.asks(client),
        now: ctx.now,
    };
    Ok((decide(&case), browser))
}

/// Whether whoever is signed in is whom the request names, by an ID token or a value of `sub`.
async fn is_hinted(
    flow: &Authorize,
    ctx: &Ctx,
    client: &Client,
    request: &AuthorizationRequest,
    browser: Option<&BrowserSession>,
) -> Result<bool, AuthorizeError> {
    let hinted = match &request.id_token_hint {
        None => request.claims.subject().map(str::to_owned),
        Some(hint) => {
            let keys = flow.store.key_schedule(ctx.now).await?;
            match jws::verify_past::<IdToken>(hint, &keys, &ctx.issuer, ctx.now) {
                Ok(token) if token.aud == client.client_id => Some(token.sub),
                // The key may be gone since: where the customer can be asked, that is as good as no hint.
                Err(_) if !request.prompt.none => None,
                // Another app's token names nobody that could be signed in.
                Ok(_) | Err(_) => Some(String::new()),
            }
        }
    };
    match (hinted, browser) {
        (None, _) => Ok(true),
        (Some(_), None) => Ok(false),
        (Some(sub), Some(browser)) => Ok(flow.signin.subject(client, browser.session.customer).await? == sub),
    }
}
