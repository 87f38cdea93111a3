//! `GET` and `POST /oauth2/logout`: an app sends a browser.

use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use axum::http::{HeaderMap, Uri};
use axum::response::Response;
use edge::{Cookie, Ctx, OAuthError, OAuthForm, Params};
use signin::browser_session;

use crate::request::{Request, address, read};
use crate::texts::{Texts, texts};
use crate::{Logout, LogoutError, end};

/// Log out of the browser
///
/// The end session endpoint (OpenID Connect RP-Initiated Logout §2). With an ID token of the session that the
/// browser has, that session ends and the browser goes back; without one the customer is asked.
#[utoipa::path(get, path = "/oauth2/logout", operation_id = "oidc_logout", tag = "authorization",
    params(
        ("id_token_hint" = Option<String>, Query, description = "An ID token of the session; it may have expired."),
        ("client_id" = Option<String>, Query, description = "The app, where no ID token says which."),
        ("post_logout_redirect_uri" = Option<String>, Query, description = "Where to go after: one that the client has registered, letter by letter."),
        ("state" = Option<String>, Query, description = "Comes back as it is."),
        ("logout_hint" = Option<String>, Query, description = "Not needed: the browser knows who is signed in."),
        ("ui_locales" = Option<String>, Query, description = "The languages of the pages."),
    ),
    responses(
        (status = 200, description = "The page that asks, or that says that nobody is signed in any more.", body = String, content_type = "text/html"),
        (status = 303, description = "Back to the app."), pages::PageRefused))]
pub(crate) async fn get(State(flow): State<Arc<Logout>>, ctx: Ctx, headers: HeaderMap, uri: Uri) -> Response {
    let params = Params::of_query(&uri).map_err(LogoutError::Malformed);
    look(&flow, &ctx, &headers, params).await.unwrap_or_else(|error| flow.refuse(ctx.locale, error))
}

/// Log out of the browser, asked by a form
///
/// As `GET`. A form of another site comes without cookies, so that it is opened again by `GET`.
#[utoipa::path(post, path = "/oauth2/logout", operation_id = "oidc_logout_by_form", tag = "authorization",
    request_body(content = LogoutForm, content_type = "application/x-www-form-urlencoded"),
    responses(
        (status = 200, description = "The page that asks, or that says that nobody is signed in any more.", body = String, content_type = "text/html"),
        (status = 303, description = "To the same request by `GET`, or back to the app."), pages::ButtonRefused))]
pub(crate) async fn post(
    State(flow): State<Arc<Logout>>,
    ctx: Ctx,
    headers: HeaderMap,
    form: Result<OAuthForm, OAuthError>,
) -> Response {
    let params = match form {
        Ok(OAuthForm(params)) if Cookie::SESSION.read(&headers).is_none() => return end::see(&address(&params)),
        Ok(OAuthForm(params)) => Ok(params),
        Err(error) => Err(LogoutError::Malformed(error)),
    };
    look(&flow, &ctx, &headers, params).await.unwrap_or_else(|error| flow.refuse(ctx.locale, error))
}

/// The parameters of `GET`, in a form.
#[derive(utoipa::ToSchema)]
#[expect(dead_code, reason = "the parameters' description; they are read one by one")]
pub(crate) struct LogoutForm {
    /// An ID token of the session.
    #[schema(nullable = false)]
    id_token_hint: Option<String>,
    /// The app.
    #[schema(nullable = false)]
    client_id: Option<String>,
    /// Where to go after.
    #[schema(nullable = false)]
    post_logout_redirect_uri: Option<String>,
    /// Comes back as it is.
    #[schema(nullable = false)]
    state: Option<String>,
}

#[derive(Template)]
#[template(path = "ask.html")]
struct Asked<'a> {
    texts: &'a Texts,
    client_id: &'a str,
    uri: &'a str,
    state: &'a str,
}

async fn look(
    flow: &Logout,
    ctx: &Ctx,
    headers: &HeaderMap,
    params: Result<Params, LogoutError>,
) -> Result<Response, LogoutError> {
    let request = read(flow, ctx, &params?).await?;
    let Some(browser) = browser_session(&flow.store, ctx, headers, None).await? else {
        return Ok(end::gone(flow, &request));
    };
    if is_meant(flow, &request, &browser.session).await? {
        return end::end(flow, ctx, &request, &browser.session).await;
    }
    let texts = texts(request.locale);
    let target = request.target.as_ref();
    let asked = Asked {
        texts,
        client_id: request.client.as_ref().map(|client| client.client_id.as_str()).unwrap_or_default(),
        uri: target.map(|target| target.uri.as_str()).unwrap_or_default(),
        state: target.and_then(|target| target.state.as_deref()).unwrap_or_default(),
    };
    Ok(flow.pages(request.client.as_ref()).show_leading_out(request.locale, texts.ask_title, &asked))
}

/// Whether the ID token is of the very session that the browser has: nobody needs to be asked then.
async fn is_meant(flow: &Logout, request: &Request, session: &store::Session) -> Result<bool, LogoutError> {
    let (Some((sub, sid)), Some(client)) = (&request.hint, &request.client) else { return Ok(false) };
    Ok(*sid == flow.signin.session_name(client, session.id).await?
        && *sub == flow.signin.subject(client, session.customer).await?)
}
