//! `GET` and `POST /oauth2/userinfo` (OpenID Connect Core §5.3): what an app may know about its customer.

use std::sync::Arc;

use axum::extract::FromRequest;
use axum::extract::{Request, State};
use axum::http::header::{AUTHORIZATION, CONTENT_TYPE};
use axum::http::{HeaderMap, Method};
use axum::response::{IntoResponse, Response};
use domain::oidc::{ClientAlg, cut};
use domain::{AccessToken, Client, Secret};
use edge::{
    Challenge, Ctx, Json, Kind, OAuthError, OAuthErrorDocument, OAuthForm, Presented, Problem, Scheme,
    insufficient_scope, invalid_token,
};
use serde_json::{Map, Value};
use store::{Grant, Session};

use crate::{Token, claims};

const PATH: &str = "/oauth2/userinfo";

/// What is told about the customer: `sub`, and of the claims of OpenID Connect Core §5.1 those that the token's
/// scopes mean, as far as they are known.
#[derive(utoipa::ToSchema)]
#[expect(dead_code, reason = "the answer's description; it is put together by name")]
pub(crate) struct UserInfo {
    /// The customer, as the app knows them.
    #[schema(example = "cus_01hf7yat00e9j8b5v2m3n4p6q7")]
    sub: String,
    /// With the scope `email`.
    #[schema(nullable = false, example = "ada@example.com")]
    email: Option<String>,
    /// With the scope `email`.
    #[schema(nullable = false)]
    email_verified: Option<bool>,
    /// With the scope `profile`.
    #[schema(nullable = false, example = "Ada Lovelace")]
    name: Option<String>,
}

/// Ask about the customer
///
/// For an access token with the scope `openid`: what its scopes permit, and what the app asked for by name. Signed,
/// for apps that are registered so.
#[utoipa::path(get, path = "/oauth2/userinfo", operation_id = "userinfo", tag = "tokens", security(("bearer" = [])),
    responses(
        (status = 200, description = "What is known.", content(
            (UserInfo = "application/json"), (String = "application/jwt"))),
        (status = 401, description = "The token is not good here.", body = OAuthErrorDocument, examples(
            ("invalid_token" = (value = json!({"error": "invalid_token",
                "error_description": "The access token is invalid, expired, or revoked."}))))),
        (status = 403, description = "The token lacks the scope `openid`.", body = OAuthErrorDocument, examples(
            ("insufficient_scope" = (value = json!({"error": "insufficient_scope",
                "error_description": "The access token permits less."})))))))]
pub(crate) async fn get(State(flow): State<Arc<Token>>, ctx: Ctx, headers: HeaderMap) -> Result<Response, OAuthError> {
    let answer = async {
        let presented = Presented::from_headers(&headers)?;
        answer(&flow, &ctx, &Method::GET, &headers, &presented).await
    };
    answer.await.map_err(|problem| OAuthError::of_token(&problem))
}

/// Ask about the customer by a form
///
/// As `GET`; the token may stand in the body as `access_token` (RFC 6750 §2.2), where no header carries it.
#[utoipa::path(post, path = "/oauth2/userinfo", operation_id = "userinfo_by_form", tag = "tokens",
    security(("bearer" = [])),
    responses(
        (status = 200, description = "What is known.", content(
            (UserInfo = "application/json"), (String = "application/jwt"))),
        (status = 401, description = "The token is not good here.", body = OAuthErrorDocument, examples(
            ("invalid_token" = (value = json!({"error": "invalid_token",
                "error_description": "The access token is invalid, expired, or revoked."}))))),
        (status = 403, description = "The token lacks the scope `openid`.", body = OAuthErrorDocument, examples(
            ("insufficient_scope" = (value = json!({"error": "insufficient_scope",
                "error_description": "The access token permits less."})))))))]
pub(crate) async fn post(State(flow): State<Arc<Token>>, ctx: Ctx, request: Request) -> Result<Response, OAuthError> {
    let headers = request.headers().clone();
    let answer = async {
        let presented = presented(&headers, request).await?;
        answer(&flow, &ctx, &Method::POST, &headers, &presented).await
    };
    answer.await.map_err(|problem| OAuthError::of_token(&problem))
}

/// The token, in the header or in the form (RFC 6750 §2): in one way.
async fn presented(headers: &HeaderMap, request: Request) -> Result<Presented, Problem> {
    let in_body = if headers.contains_key(CONTENT_TYPE) { body_token(request).await? } else { None };
    match (headers.contains_key(AUTHORIZATION), in_body) {
        (_, None) => Presented::from_headers(headers),
        (false, Some(token)) => Ok(Presented { token: Secret::new(token), scheme: Scheme::Bearer }),
        (true, Some(_)) => Err(malformed("The token is sent in two ways at once.")),
    }
}

/// The token in the form, if the body is one.
async fn body_token(request: Request) -> Result<Option<String>, Problem> {
    let OAuthForm(params) =
        OAuthForm::from_request(request, &()).await.map_err(|_| malformed("The body is not a form."))?;
    Ok(params.text("access_token").map(str::to_owned))
}

async fn answer(
    flow: &Token,
    ctx: &Ctx,
    method: &Method,
    headers: &HeaderMap,
    presented: &Presented,
) -> Result<Response, Problem> {
    let algs = async |token: &AccessToken| {
        let client = flow.clients.find(ctx, &token.client_id).await?;
        Ok(client.map_or(&ClientAlg::ALL[..], |client| client.algs()))
    };
    let token = flow.gate.presented(ctx, (method, PATH), headers, presented, algs).await?;
    let session = check_session(flow, ctx, &token, presented.scheme).await?;
    let (scope, grant) = check_openid(&token, &session, presented.scheme)?;
    let client = flow.clients.find(ctx, &session.client_id).await?;
    let client = &*client.ok_or_else(|| invalid_token(presented.scheme))?;
    ctx.client(&client.client_id);
    let wanted = claims::of_userinfo(client, &grant, &scope);
    let mut told = if wanted.is_empty() {
        Map::new()
    } else {
        let customer = flow.store.customer(session.customer).await?;
        cut(&claims::known(&customer.ok_or_else(|| invalid_token(presented.scheme))?), &wanted)
    };
    told.insert("sub".to_owned(), token.sub.into());
    reply(flow, ctx, client, told).await
}

/// Its session is alive.
async fn check_session(flow: &Token, ctx: &Ctx, token: &AccessToken, scheme: Scheme) -> Result<Session, Problem> {
    let found = flow.gate.session(ctx, token).await?;
    found.map(|(session, _)| session).ok_or_else(|| invalid_token(scheme))
}

/// §5.3.1: a token of OpenID Connect, which apps are given at the authorization endpoint.
fn check_openid(token: &AccessToken, session: &Session, scheme: Scheme) -> Result<(Vec<String>, Grant), Problem> {
    let scope: Vec<String> = token.scope.split(' ').map(str::to_owned).collect();
    match &session.grant {
        Some(grant) if scope.iter().any(|scope| scope == "openid") => Ok((scope, grant.clone())),
        Some(_) | None => Err(insufficient_scope(scheme, "openid")),
    }
}

async fn reply(flow: &Token, ctx: &Ctx, client: &Client, told: Map<String, Value>) -> Result<Response, Problem> {
    match client.userinfo_signed_response_alg {
        None => Ok(Json(told).into_response()),
        Some(alg) => {
            let jwt = flow.signin.signed_userinfo(ctx, (client, alg), told).await?;
            Ok(([(CONTENT_TYPE, "application/jwt")], jwt).into_response())
        }
    }
}

fn malformed(why: &'static str) -> Problem {
    let challenge = Challenge::BearerError { error: "invalid_request", scope: None };
    Problem::new(Kind::InvalidRequest).detail(why).www_authenticate(&challenge)
}
