//! `POST /oauth2/par` (RFC 9126): a client pushes its request before it sends a browser.

use std::borrow::Cow;
use std::sync::Arc;

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use domain::oidc::{AuthorizationRequest, claimed_client};
use domain::{ActKind, Actor, Client, GrantType, Handle};
use edge::{Ctx, Json, OAuthCode, OAuthError, OAuthErrorDocument, OAuthForm, Params, Proving, UnspentProof, limits};
use serde::Serialize;
use store::Store;

use crate::Authorize;
use crate::pushed::URN;
use crate::said::Said;

const PATH: &str = "/oauth2/par";

/// Where the request is now.
#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct PushedAnswer {
    /// Goes to `/oauth2/authorize`, with `client_id` and nothing else.
    #[schema(example = "urn:ietf:params:oauth:request_uri:txn_2Sz5nWcXUYb0e1hQvFKtL3mXyD8rJqPa")]
    request_uri: String,
    /// How long it waits to be opened, in seconds.
    #[schema(example = 90)]
    expires_in: i64,
}

/// The parameters of `/oauth2/authorize`, and the client's credentials.
#[derive(utoipa::ToSchema)]
#[expect(dead_code, reason = "the parameters' description; they are read one by one")]
pub(crate) struct PushForm {
    /// The client, unless it authenticates in another way.
    #[schema(nullable = false, example = "shop")]
    client_id: Option<String>,
    /// Its secret, unless it authenticates in another way.
    #[schema(nullable = false, format = "password")]
    client_secret: Option<String>,
    /// A JWT by which it authenticates (RFC 7523), in place of a secret.
    #[schema(nullable = false)]
    client_assertion: Option<String>,
    /// `urn:ietf:params:oauth:client-assertion-type:jwt-bearer`.
    #[schema(nullable = false)]
    client_assertion_type: Option<String>,
    /// `code`.
    #[schema(nullable = false, example = "code")]
    response_type: Option<String>,
    /// Where the answer goes.
    #[schema(nullable = false, format = "uri")]
    redirect_uri: Option<String>,
    /// What the app asks for.
    #[schema(nullable = false, example = "openid email")]
    scope: Option<String>,
    /// All of it, signed by the client (RFC 9101).
    #[schema(nullable = false)]
    request: Option<String>,
}

/// Push a request
///
/// The client shows who it is, and what it asks for is checked, before any browser moves (RFC 9126). With a proof
/// in the header `DPoP` the code will be good with its key alone (RFC 9449 §10.1).
#[utoipa::path(post, path = "/oauth2/par", operation_id = "authorization_push", tag = "authorization",
    security((), ("client_basic" = [])),
    request_body(content = PushForm, content_type = "application/x-www-form-urlencoded"),
    responses(
        (status = 201, description = "It waits to be opened.", body = PushedAnswer,
            headers(("Cache-Control" = String, description = "`no-store`"))),
        (status = 400, description = "What is asked is refused.", body = OAuthErrorDocument, examples(
            ("invalid_request" = (value = json!({"error": "invalid_request",
                "error_description": "redirect_uri is not one that the client has registered"}))),
            ("unauthorized_client" = (value = json!({"error": "unauthorized_client",
                "error_description": "The client is not registered for authorization_code."}))),
            ("invalid_scope" = (value = json!({"error": "invalid_scope",
                "error_description": "the client may ask for none of these scopes: admin:erasure"}))),
            ("invalid_target" = (value = json!({"error": "invalid_target",
                "error_description": "a resource is none that the client may reach"}))),
            ("invalid_dpop_proof" = (value = json!({"error": "invalid_dpop_proof",
                "error_description": "The proof is of another key."}))),
            ("invalid_request_object" = (value = json!({"error": "invalid_request_object",
                "error_description": "The request object is not signed by the client."}))),
            ("unsupported_response_type" = (value = json!({"error": "unsupported_response_type",
                "error_description": "only response_type=code is supported"}))))),
        (status = 401, description = "The client is unknown, or is not this one.", body = OAuthErrorDocument)))]
pub(crate) async fn push(
    State(flow): State<Arc<Authorize>>,
    ctx: Ctx,
    headers: HeaderMap,
    OAuthForm(params): OAuthForm,
) -> Result<Response, OAuthError> {
    // Before it has shown who it is: that is written in its document.
    if let Some(id) = claimed(&params) {
        flow.documents.renew(&ctx, &flow.clients, &id).await?;
    }
    let client = flow.gate.authenticate(&ctx, &flow.clients, &headers, &params, PATH).await?;
    check_may(&client)?;
    check_not_pushed(&params)?;
    count(&flow, &ctx, &client).await?;
    let proof = flow.dpop.look(&ctx, &headers, Proving::post(PATH, &client)).await?;
    let request = bind(Said::read(&ctx, &client, &params)?.check(&client)?, proof.as_ref().map(UnspentProof::jkt))?;
    flow.dpop.spend(proof.as_ref()).await?;
    let handle = Handle::generate(&ctx.rng);
    let cause = ctx.act(ActKind::AuthorizationRequested, Actor::Client(client.client_id.clone()));
    flow.store.request_push(&handle, &request, ctx.now, &cause).await?;
    let answer =
        PushedAnswer { request_uri: format!("{URN}{}", handle.reveal()), expires_in: Store::PUSHED_FOR.as_secs() };
    Ok((StatusCode::CREATED, Json(answer)).into_response())
}

/// Whose request it claims to be.
fn claimed(params: &Params) -> Option<Cow<'_, str>> {
    match params.text("client_id") {
        Some(id) => Some(id.into()),
        None => params.text("client_assertion").and_then(claimed_client).map(Cow::from),
    }
}

fn check_may(client: &Client) -> Result<(), OAuthError> {
    if client.may(GrantType::AuthorizationCode) {
        return Ok(());
    }
    Err(OAuthError::new(OAuthCode::UnauthorizedClient, "The client is not registered for authorization_code."))
}

/// RFC 9126 §2.1.
fn check_not_pushed(params: &Params) -> Result<(), OAuthError> {
    match params.text("request_uri") {
        None => Ok(()),
        Some(_) => Err(OAuthError::new(OAuthCode::InvalidRequest, "A request_uri cannot be pushed.")),
    }
}

/// A public client proves nothing, and has something written.
async fn count(flow: &Authorize, ctx: &Ctx, client: &Client) -> Result<(), OAuthError> {
    if !client.is_public() {
        return Ok(());
    }
    let addr = limits::client_addr(ctx, &flow.store).await?;
    limits::count_oauth(ctx, &flow.store, &[(flow.per_client, addr.as_str().to_owned())]).await
}

/// RFC 9449 §10.1: a proof says the key; where the request says one too, it is the same.
fn bind(request: AuthorizationRequest, proof: Option<&str>) -> Result<AuthorizationRequest, OAuthError> {
    match (&request.dpop_jkt, proof) {
        (_, None) => Ok(request),
        (Some(said), Some(shown)) if *said != shown => {
            Err(OAuthError::new(OAuthCode::InvalidDpopProof, "The proof is another key's than dpop_jkt says."))
        }
        (_, Some(shown)) => Ok(AuthorizationRequest { dpop_jkt: Some(shown.to_owned()), ..request }),
    }
}
