//! `POST /oauth2/introspect` (RFC 7662): whether a token is good now. Signed, where the client asks for that or is
//! registered so (RFC 9701).

use std::sync::Arc;

use axum::extract::State;
use axum::http::HeaderMap;
use axum::http::header::{ACCEPT, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use domain::{AccessToken, AuthenticationMethod, Client, Confirmation, RefreshToken, SessionId};
use edge::{Ctx, Json, OAuthError, OAuthErrorDocument, OAuthForm};
use serde::Serialize;
use store::Session;

use crate::{Token, TokenError};

const PATH: &str = "/oauth2/introspect";
/// The media type of signed answers.
const SIGNED: &str = "application/token-introspection+jwt";

/// Which token.
#[derive(utoipa::ToSchema)]
#[expect(dead_code, reason = "the parameters' description; they are read one by one")]
pub(crate) struct IntrospectionRequest {
    /// An access token or a refresh token of this deployment.
    #[schema(example = "prt_AZqxVtEqfHyLJc0mT1uXk9sB2nD5gR8w")]
    token: String,
    /// Not needed: a token says itself what it is.
    #[schema(nullable = false, example = "access_token")]
    token_type_hint: Option<String>,
    /// The client, unless it authenticates by HTTP Basic.
    #[schema(nullable = false)]
    client_id: Option<String>,
    /// Its secret, unless it authenticates by HTTP Basic.
    #[schema(nullable = false, format = "password")]
    client_secret: Option<String>,
}

/// What is known of a token; of one that is not good, nothing but that.
#[derive(Default, Serialize, utoipa::ToSchema)]
pub(crate) struct Introspection {
    /// Whether it is good now: genuine, not expired, and its session alive.
    #[schema(example = true)]
    active: bool,
    /// What it permits, separated by blanks.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    scope: Option<String>,
    /// The client that it was issued to.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = "portico")]
    client_id: Option<String>,
    /// `Bearer` for an access token, or `DPoP` where it is bound to a key.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = "Bearer")]
    token_type: Option<&'static str>,
    /// When it ends, in seconds since 1970.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    exp: Option<i64>,
    /// When it was issued, in seconds since 1970.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    iat: Option<i64>,
    /// The customer, or the client itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    sub: Option<String>,
    /// Whom it is for.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    aud: Option<Vec<String>>,
    /// Who issued it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    iss: Option<String>,
    /// Its id.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    jti: Option<String>,
    /// The customer's session.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, value_type = Option<String>)]
    sid: Option<SessionId>,
    /// When the customer proved who they are, in seconds since 1970.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    auth_time: Option<i64>,
    /// By what (RFC 8176).
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, value_type = Option<Vec<String>>)]
    amr: Option<Vec<AuthenticationMethod>>,
    /// How surely.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = "aal1")]
    acr: Option<String>,
    /// The key without which it is good for nothing (RFC 9449 §6.2).
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, value_type = Option<Object>, example = json!({"jkt": "0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I"}))]
    cnf: Option<Confirmation>,
}

/// Ask about a token
///
/// For registered clients that may introspect. The answer is live: a token whose session was ended
/// is not active, though its signature is still good.
#[utoipa::path(post, path = "/oauth2/introspect", tag = "tokens", security(("client_basic" = [])),
    request_body(content = IntrospectionRequest, content_type = "application/x-www-form-urlencoded"),
    responses(
        (status = 200, description = "What is known of the token.", content(
            (Introspection = "application/json"), (String = "application/token-introspection+jwt"))),
        (status = 400, description = "The request is refused, or the client may not introspect.",
            body = OAuthErrorDocument, examples(
            ("unauthorized_client" = (value = json!({"error": "unauthorized_client",
                "error_description": "The client is not registered for introspection."})))))))]
pub(crate) async fn introspect(
    State(flow): State<Arc<Token>>,
    ctx: Ctx,
    headers: HeaderMap,
    OAuthForm(params): OAuthForm,
) -> Result<Response, OAuthError> {
    let client = &*flow.client(&ctx, &headers, &params, PATH).await?;
    check_introspects(client)?;
    let text = params.required("token")?;
    let found = match flow.store.refresh_token_decode(text).await.map_err(TokenError::from)? {
        Some(token) => refresh_token(&flow, &ctx, &token).await?,
        None => access_token(&flow, &ctx, text).await?,
    };
    let found = found.unwrap_or_default();
    if client.introspection_signed || wants_signed(&headers) {
        let jwt = flow.signin.signed_introspection(&ctx, client, &found).await?;
        return Ok(([(CONTENT_TYPE, SIGNED)], jwt).into_response());
    }
    Ok(Json(found).into_response())
}

/// RFC 9701 §4.
fn wants_signed(headers: &HeaderMap) -> bool {
    let lines = headers.get_all(ACCEPT).iter().filter_map(|line| line.to_str().ok());
    let mut types = lines.flat_map(|line| line.split(',')).filter_map(|one| one.split(';').next());
    types.any(|one| one.trim().eq_ignore_ascii_case(SIGNED))
}

/// Public clients can't authenticate, so none of them may (RFC 7662 §2.1).
fn check_introspects(client: &Client) -> Result<(), TokenError> {
    match (client.is_public(), client.introspect) {
        (false, true) => Ok(()),
        (false, false) => Err(TokenError::IntrospectionNotAllowed),
        (true, _) => Err(TokenError::PublicClient),
    }
}

async fn refresh_token(flow: &Token, ctx: &Ctx, token: &RefreshToken) -> Result<Option<Introspection>, TokenError> {
    let Some((session, security)) = flow.store.session(token.customer, token.session).await? else { return Ok(None) };
    // What a browser keeps is nobody's refresh token.
    if session.is_browser() || !session.is_alive(&security, ctx.now) || !session.is_current(token)? {
        return Ok(None);
    }
    let Some(client) = flow.clients.find(ctx, &session.client_id).await? else { return Ok(None) };
    let sub = subject(flow, &client, &session).await?;
    Ok(Some(Introspection {
        active: true,
        client_id: Some(session.client_id),
        exp: Some(session.state.ends_at().as_second()),
        sub: Some(sub),
        scope: session.grant.as_ref().map(|grant| grant.scope.join(" ")).filter(|scope| !scope.is_empty()),
        cnf: session.grant.as_ref().and_then(|grant| grant.jkt.clone()).map(|jkt| Confirmation { jkt }),
        iss: Some(ctx.issuer.clone()),
        sid: Some(session.id),
        auth_time: Some(session.state.auth_time.as_second()),
        amr: Some(domain::methods(&session.proofs.all())),
        acr: Some(domain::assurance(&session.proofs.all()).as_str().to_owned()),
        ..Introspection::default()
    }))
}

/// The customer, as the session's client knows them.
async fn subject(flow: &Token, client: &Client, session: &Session) -> Result<String, TokenError> {
    match &session.grant {
        Some(_) => Ok(flow.signin.subject(client, session.customer).await?),
        None => Ok(session.customer.to_string()),
    }
}

async fn access_token(flow: &Token, ctx: &Ctx, text: &str) -> Result<Option<Introspection>, TokenError> {
    let Some(token) = flow.believe(ctx, text).await? else { return Ok(None) };
    let is_alive = match token.sid {
        Some(_) => flow.gate.session(ctx, &token).await?.is_some(),
        None => token.sub == token.client_id,
    };
    Ok(is_alive.then(|| Introspection::of(token)))
}

impl Introspection {
    fn of(token: AccessToken) -> Self {
        Self {
            active: true,
            scope: Some(token.scope).filter(|scope| !scope.is_empty()),
            client_id: Some(token.client_id),
            token_type: Some(if token.cnf.is_some() { "DPoP" } else { "Bearer" }),
            exp: Some(token.exp),
            iat: Some(token.iat),
            sub: Some(token.sub),
            aud: Some(token.aud),
            iss: Some(token.iss),
            jti: Some(token.jti),
            sid: token.sid,
            auth_time: token.auth_time,
            amr: Some(token.amr).filter(|amr| !amr.is_empty()),
            acr: token.acr,
            cnf: token.cnf,
        }
    }
}
