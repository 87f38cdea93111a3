//! `POST /oauth2/revoke` (RFC 7009): a client gives a token back, and its session ends.

use std::sync::Arc;

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use domain::{ActKind, Actor, Client, CustomerId, SessionId};
use edge::{Ctx, OAuthError, OAuthErrorDocument, OAuthForm};

use crate::{Token, TokenError};

const PATH: &str = "/oauth2/revoke";

/// Which token.
#[derive(utoipa::ToSchema)]
#[expect(dead_code, reason = "the parameters' description; they are read one by one")]
pub(crate) struct RevocationRequest {
    /// A refresh token, or an access token of a customer.
    #[schema(example = "prt_AZqxVtEqfHyLJc0mT1uXk9sB2nD5gR8w")]
    token: String,
    /// Not needed: a token says itself what it is.
    #[schema(nullable = false, example = "refresh_token")]
    token_type_hint: Option<String>,
    /// The client, unless it authenticates by HTTP Basic; the built-in first-party client where it
    /// is left out.
    #[schema(nullable = false, example = "portico")]
    client_id: Option<String>,
    /// Its secret, unless it authenticates by HTTP Basic.
    #[schema(nullable = false, format = "password")]
    client_secret: Option<String>,
}

/// Revoke a token
///
/// Ends the session that the token belongs to, and with it all of its tokens. A token that is
/// unknown, expired or already revoked is as good as revoked: the answer is the same.
#[utoipa::path(post, path = "/oauth2/revoke", tag = "tokens", security((), ("client_basic" = [])),
    request_body(content = RevocationRequest, content_type = "application/x-www-form-urlencoded"),
    responses(
        (status = 200, description = "The token is no longer good for anything here."),
        (status = 400, description = "The request is refused, or the token is not one to revoke.",
            body = OAuthErrorDocument, examples(
            ("invalid_grant" = (value = json!({"error": "invalid_grant",
                "error_description": "The token was issued to another client."}))),
            ("unsupported_token_type" = (value = json!({"error": "unsupported_token_type",
                "error_description": "A token of a client's own expires, and cannot be revoked."})))))))]
pub(crate) async fn revoke(
    State(flow): State<Arc<Token>>,
    ctx: Ctx,
    headers: HeaderMap,
    OAuthForm(params): OAuthForm,
) -> Result<StatusCode, OAuthError> {
    let client = &*flow.client(&ctx, &headers, &params, PATH).await?;
    if let Some((customer, session)) = check_token(&flow, &ctx, client, params.required("token")?).await? {
        end(&flow, &ctx, client, customer, session).await?;
    }
    Ok(StatusCode::OK)
}

/// The session that the token belongs to, if it is a token.
async fn check_token(
    flow: &Token,
    ctx: &Ctx,
    client: &Client,
    text: &str,
) -> Result<Option<(CustomerId, SessionId)>, TokenError> {
    if let Some(token) = flow.store.refresh_token_decode(text).await? {
        return Ok(Some((token.customer, token.session)));
    }
    let Some(token) = flow.believe(ctx, text).await? else { return Ok(None) };
    if token.client_id != client.client_id {
        return Err(TokenError::OtherClient);
    }
    flow.gate.customer(&token).await?.zip(token.sid).map(Some).ok_or(TokenError::Irrevocable)
}

async fn end(
    flow: &Token,
    ctx: &Ctx,
    client: &Client,
    customer: CustomerId,
    session: SessionId,
) -> Result<(), TokenError> {
    let Some((session, security)) = flow.store.session(customer, session).await? else { return Ok(()) };
    if session.client_id != client.client_id {
        return Err(TokenError::OtherClient);
    }
    if session.is_alive(&security, ctx.now) {
        let actor = Actor::Client(client.client_id.clone());
        let cause = ctx.act(ActKind::SessionEnded, actor).to(customer).in_session(session.id);
        flow.store.session_end(customer, session.id, ctx.now, &cause).await?;
    }
    Ok(())
}
