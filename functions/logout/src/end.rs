//! `POST /oauth2/logout/confirm`: the customer logs out; and how a logout ends.

use std::sync::Arc;

use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header::LOCATION};
use axum::response::{IntoResponse, Response};
use domain::{ActKind, Actor};
use edge::{Cookie, Ctx, OAuthError, OAuthForm, Problem};
use pages::Words;
use signin::browser_session;
use store::Session;

use crate::request::{Request, address, read};
use crate::texts::texts;
use crate::{Logout, LogoutError};

/// What the page's button sends.
#[derive(utoipa::ToSchema)]
#[expect(dead_code, reason = "the parameters' description; they are read one by one")]
pub(crate) struct Confirmed {
    /// The app that asked.
    #[schema(nullable = false)]
    client_id: Option<String>,
    /// Where to go after.
    #[schema(nullable = false)]
    post_logout_redirect_uri: Option<String>,
    /// Comes back as it is.
    #[schema(nullable = false)]
    state: Option<String>,
}

/// Log out, as the page asked
///
/// The browser's cookie does not come with a form of another site, so that no other site can press it.
#[utoipa::path(post, path = "/oauth2/logout/confirm", operation_id = "oidc_logout_confirm", tag = "authorization",
    request_body(content = Confirmed, content_type = "application/x-www-form-urlencoded"),
    responses(
        (status = 200, description = "Nobody is signed in any more.", body = String, content_type = "text/html"),
        (status = 303, description = "Back to the app."), pages::ButtonRefused))]
pub(crate) async fn confirm(
    State(flow): State<Arc<Logout>>,
    ctx: Ctx,
    headers: HeaderMap,
    form: Result<OAuthForm, OAuthError>,
) -> Response {
    press(&flow, &ctx, &headers, form).await.unwrap_or_else(|error| flow.refuse(ctx.locale, error))
}

async fn press(
    flow: &Logout,
    ctx: &Ctx,
    headers: &HeaderMap,
    form: Result<OAuthForm, OAuthError>,
) -> Result<Response, LogoutError> {
    let OAuthForm(params) = form.map_err(LogoutError::Malformed)?;
    // A form of another site comes without the cookie: it is shown the page.
    if Cookie::SESSION.read(headers).is_none() {
        return Ok(see(&address(&params)));
    }
    let request = read(flow, ctx, &params).await?;
    match browser_session(&flow.store, ctx, headers, None).await? {
        Some(browser) => end(flow, ctx, &request, &browser.session).await,
        None => Ok(gone(flow, &request)),
    }
}

/// Ends the browser's session and those of the apps that it was signed in to, which are told, and leads on.
pub(crate) async fn end(
    flow: &Logout,
    ctx: &Ctx,
    request: &Request,
    session: &Session,
) -> Result<Response, LogoutError> {
    let cause = ctx.act(ActKind::SessionEnded, Actor::Customer(session.customer)).in_session(session.id);
    signin::end_session(&flow.store, &flow.clients, ctx, session, &cause).await?;
    ctx.count("LoggedOut", 1);
    Ok(gone(flow, request))
}

/// Nobody is signed in here any more: back to the app, or a page that says so.
pub(crate) fn gone(flow: &Logout, request: &Request) -> Response {
    let texts = texts(request.locale);
    let mut response = match &request.target {
        Some(target) => see(&target.address()),
        None => flow.pages(request.client.as_ref()).tell(request.locale, &Words::new(texts.done[0], [texts.done[1]])),
    };
    Cookie::SESSION.clear(response.headers_mut());
    response
}

/// Leads on by `GET`.
pub(crate) fn see(address: &str) -> Response {
    match HeaderValue::from_str(address) {
        Ok(location) => (StatusCode::SEE_OTHER, [(LOCATION, location)]).into_response(),
        Err(error) => Problem::internal(&error).into_response(),
    }
}
