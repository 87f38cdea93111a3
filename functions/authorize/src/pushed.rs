//! Requests that did not come by way of the browser's address: pushed before (RFC 9126), or kept from a form.

use domain::oidc::redirect_uri;
use domain::{Client, Handle};
use edge::{Ctx, OAuthCode, OAuthError, Params};
use store::PushedRequest;

use crate::{Authorize, AuthorizeError};

/// What `request_uri` begins with (RFC 9126 §2.2).
pub(crate) const URN: &str = "urn:ietf:params:oauth:request_uri:";

/// The pushed request that `request_uri` names, if the same client pushed it, and is still registered for where its
/// answer goes.
pub(crate) async fn find(
    flow: &Authorize,
    ctx: &Ctx,
    client: &Client,
    params: &Params,
) -> Result<PushedRequest, AuthorizeError> {
    let handle = params.text("request_uri").and_then(|uri| uri.strip_prefix(URN)).and_then(Handle::parse);
    let handle = handle.ok_or(AuthorizeError::UnknownRequestUri)?;
    let found = flow.store.pushed_request(&handle, ctx.now).await?.ok_or(AuthorizeError::UnknownRequestUri)?;
    let is_registered = redirect_uri::is_registered(&client.redirect_uris, &found.request.redirect_uri);
    if found.request.client_id != client.client_id || !is_registered {
        return Err(AuthorizeError::UnknownRequestUri);
    }
    if client.needs_pushed_requests() && !found.by_client {
        return Err(AuthorizeError::NotPushed);
    }
    Ok(found)
}

/// RFC 9101 §5: what is named is not said as well.
pub(crate) fn check_alone(params: &Params) -> Result<(), AuthorizeError> {
    if params.text("request").is_some() {
        let why = "request and request_uri cannot be sent together.";
        return Err(AuthorizeError::Malformed(OAuthError::new(OAuthCode::InvalidRequest, why)));
    }
    Ok(())
}

/// Where a request that is kept is opened.
pub(crate) fn address(client_id: &str, handle: &Handle) -> String {
    let query = [("client_id", client_id.to_owned()), ("request_uri", format!("{URN}{}", handle.reveal()))];
    domain::oidc::with_query("/oauth2/authorize", &query)
}
