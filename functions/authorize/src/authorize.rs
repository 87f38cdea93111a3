//! `GET` and `POST /oauth2/authorize`: an app sends a browser, and gets it back with a code.

use std::sync::Arc;

use axum::extract::State;
use axum::http::{HeaderMap, Uri};
use axum::response::Response;
use domain::oidc::{AuthorizationRequest, RedirectTarget};
use domain::{ActKind, Actor, GrantType, Handle};
use edge::{Ctx, OAuthError, OAuthForm, Params};
use signin::{Browser, KnownClient};
use store::{Interaction, Purpose, PushedRequest, SignInOf};

use crate::answer::{self, Ending};
use crate::decide::Next;
use crate::pushed;
use crate::resume::weigh;
use crate::said::Said;
use crate::{Authorize, AuthorizeError};

/// Sign a customer in to an app
///
/// The authorization endpoint (RFC 6749 §3.1, OpenID Connect Core §3.1.2). Shows what has to be shown and leads
/// back to the app, with a code or an error and with `iss` (RFC 9207).
#[utoipa::path(get, path = "/oauth2/authorize", operation_id = "authorize", tag = "authorization",
    params(
        ("client_id" = String, Query, description = "The client.", example = "shop"),
        ("response_type" = Option<String>, Query, description = "`code`."),
        ("redirect_uri" = Option<String>, Query, description = "Where the answer goes: one that the client has registered, letter by letter."),
        ("scope" = Option<String>, Query, description = "What the app asks for: `openid`, `profile`, `email`, `phone`, `address`, `offline_access`, `account`."),
        ("state" = Option<String>, Query, description = "Comes back as it is."),
        ("nonce" = Option<String>, Query, description = "Goes into the ID token."),
        ("code_challenge" = Option<String>, Query, description = "The PKCE challenge (RFC 7636)."),
        ("code_challenge_method" = Option<String>, Query, description = "`S256`."),
        ("response_mode" = Option<String>, Query, description = "`query` or `form_post`."),
        ("prompt" = Option<String>, Query, description = "`none`, `login`, `consent`, `select_account`."),
        ("max_age" = Option<String>, Query, description = "How old the authentication may be, in seconds."),
        ("acr_values" = Option<String>, Query, description = "How sure of the customer the app wants to be."),
        ("claims" = Option<String>, Query, description = "Claims by name (OpenID Connect Core §5.5)."),
        ("login_hint" = Option<String>, Query, description = "The address to sign in with."),
        ("id_token_hint" = Option<String>, Query, description = "Who is expected: an ID token of ours."),
        ("ui_locales" = Option<String>, Query, description = "The languages of the pages."),
        ("display" = Option<String>, Query, description = "`page`, `popup`, `touch` or `wap`: all are the same page."),
        ("resource" = Option<String>, Query, description = "What the tokens are for (RFC 8707); may come more than once."),
        ("dpop_jkt" = Option<String>, Query, description = "The key that the code is bound to (RFC 9449 §10)."),
        ("request" = Option<String>, Query, description = "All of it, signed by the client (RFC 9101)."),
        ("request_uri" = Option<String>, Query, description = "All of it, as `/oauth2/par` has answered (RFC 9126)."),
    ),
    responses(
        (status = 200, description = "The page that posts the answer to the app (`form_post`).", body = String, content_type = "text/html"),
        (status = 303, description = "To sign in, or back to the app."),
        (status = 429, description = "Too many requests.", body = String, content_type = "text/html"), pages::PageRefused))]
pub(crate) async fn get(State(flow): State<Arc<Authorize>>, ctx: Ctx, headers: HeaderMap, uri: Uri) -> Response {
    let params = Params::of_query(&uri).map_err(AuthorizeError::Malformed);
    begin(&flow, &ctx, &headers, params).await.unwrap_or_else(|error| flow.refuse(ctx.locale, None, error))
}

/// Sign a customer in to an app, asked by a form
///
/// As `GET` (OpenID Connect Core §3.1.2.1). A form of another site comes without cookies, so that the request is
/// kept, and opened again by `GET`.
#[utoipa::path(post, path = "/oauth2/authorize", operation_id = "authorize_by_form", tag = "authorization",
    request_body(content = AuthorizeForm, content_type = "application/x-www-form-urlencoded"),
    responses((status = 303, description = "To the same request by `GET`, or back to the app."), pages::ButtonRefused))]
pub(crate) async fn post(
    State(flow): State<Arc<Authorize>>,
    ctx: Ctx,
    form: Result<OAuthForm, OAuthError>,
) -> Response {
    let params = form.map(|OAuthForm(params)| params).map_err(AuthorizeError::Malformed);
    keep(&flow, &ctx, params).await.unwrap_or_else(|error| flow.refuse(ctx.locale, None, error))
}

/// The parameters of `GET`, in a form.
#[derive(utoipa::ToSchema)]
#[expect(dead_code, reason = "the parameters' description; they are read one by one")]
pub(crate) struct AuthorizeForm {
    /// The client.
    #[schema(example = "shop")]
    client_id: String,
    /// Where the answer goes.
    #[schema(nullable = false)]
    redirect_uri: Option<String>,
    /// `code`.
    #[schema(nullable = false)]
    response_type: Option<String>,
    /// What the app asks for.
    #[schema(nullable = false)]
    scope: Option<String>,
}

async fn keep(flow: &Authorize, ctx: &Ctx, params: Result<Params, AuthorizeError>) -> Result<Response, AuthorizeError> {
    let params = params?;
    let client = &check_client(flow, ctx, &params).await?;
    let kept = keep_for(flow, ctx, client, &params).await;
    Ok(kept.unwrap_or_else(|error| flow.refuse(ctx.locale, Some(client), error)))
}

async fn keep_for(
    flow: &Authorize,
    ctx: &Ctx,
    client: &KnownClient,
    params: &Params,
) -> Result<Response, AuthorizeError> {
    flow.count(ctx).await?;
    let asked = ask(flow, ctx, client, params).await?;
    let request = match asked.request {
        Ok(request) => request,
        Err(refused) => return answer::tell(flow, ctx, client, &asked.target, refused),
    };
    let handle = Handle::generate(&ctx.rng);
    let cause = ctx.act(ActKind::AuthorizationRequested, Actor::Anonymous);
    flow.store.request_keep(&handle, &request, asked.pushed.as_ref(), ctx.now, &cause).await?;
    Ok(answer::see(&pushed::address(&client.client_id, &handle)))
}

async fn begin(
    flow: &Authorize,
    ctx: &Ctx,
    headers: &HeaderMap,
    params: Result<Params, AuthorizeError>,
) -> Result<Response, AuthorizeError> {
    let params = params?;
    let client = &check_client(flow, ctx, &params).await?;
    let begun = begin_for(flow, ctx, headers, client, &params).await;
    Ok(begun.unwrap_or_else(|error| flow.refuse(ctx.locale, Some(client), error)))
}

async fn begin_for(
    flow: &Authorize,
    ctx: &Ctx,
    headers: &HeaderMap,
    client: &KnownClient,
    params: &Params,
) -> Result<Response, AuthorizeError> {
    let asked = ask(flow, ctx, client, params).await?;
    let request = match asked.request {
        Ok(request) => request,
        Err(refused) => return answer::tell(flow, ctx, client, &asked.target, refused),
    };
    let (next, browser) = weigh(flow, ctx, headers, (client, &request), None).await?;
    let ending = Ending {
        client,
        request: &request,
        thing: None,
        pushed: asked.pushed.as_ref().map(|pushed| pushed.digest.as_str()),
    };
    match (next, browser) {
        (Next::Code, Some(browser)) => answer::issue(flow, ctx, &ending, &browser, None).await,
        (Next::Refuse(code, why), _) => answer::refuse(flow, ctx, &ending, code, why).await,
        (_, browser) => {
            let before = browser.map(|browser| browser.session.last_sign_in()).transpose()?;
            wait(flow, ctx, headers, &request, asked.pushed.map(|pushed| pushed.digest), before).await
        }
    }
}

/// The client: one that may ask here.
async fn check_client(flow: &Authorize, ctx: &Ctx, params: &Params) -> Result<KnownClient, AuthorizeError> {
    let id = params.text("client_id").ok_or(AuthorizeError::UnknownClient)?;
    flow.documents.renew(ctx, &flow.clients, id).await?;
    let client = flow.clients.find(ctx, id).await?.ok_or(AuthorizeError::UnknownClient)?;
    ctx.client(&client.client_id);
    if client.may(GrantType::AuthorizationCode) { Ok(client) } else { Err(AuthorizeError::UnknownClient) }
}

/// What is asked, and where the answer goes: both are known, or nobody is sent anywhere.
pub(crate) struct Asked {
    pub(crate) target: RedirectTarget,
    pub(crate) request: Result<AuthorizationRequest, domain::oidc::RequestRefused>,
    pub(crate) pushed: Option<PushedRequest>,
}

/// Reads what is asked: pushed before, signed by the client, or plain.
async fn ask(flow: &Authorize, ctx: &Ctx, client: &KnownClient, params: &Params) -> Result<Asked, AuthorizeError> {
    if params.text("request_uri").is_some() {
        pushed::check_alone(params)?;
        let pushed = pushed::find(flow, ctx, client, params).await?;
        let request = pushed.request.clone();
        return Ok(Asked { target: request.target(), request: Ok(request), pushed: Some(pushed) });
    }
    if client.needs_pushed_requests() {
        return Err(AuthorizeError::NotPushed);
    }
    let said = Said::read(ctx, client, params)?;
    Ok(Asked { target: said.target(client)?, request: said.check(client), pushed: None })
}

/// Has the request wait in this browser for its customer.
async fn wait(
    flow: &Authorize,
    ctx: &Ctx,
    headers: &HeaderMap,
    request: &AuthorizationRequest,
    pushed: Option<String>,
    before: Option<SignInOf>,
) -> Result<Response, AuthorizeError> {
    flow.count(ctx).await?;
    let browser = Browser::read(headers).unwrap_or_else(|| Browser::new(&ctx.rng));
    let handle = Handle::generate(&ctx.rng);
    let interaction = Interaction {
        request: request.clone(),
        browser: browser.digest(),
        pushed,
        began: ctx.now,
        before,
        purpose: Purpose::App,
    };
    let cause = ctx.act(ActKind::AuthorizationRequested, Actor::Anonymous);
    flow.store.interaction_start(&handle, &interaction, ctx.now, &cause).await?;
    let mut response = answer::see(&format!("/oauth2/continue?transaction={}", handle.reveal()));
    browser.remember(response.headers_mut());
    Ok(response)
}
