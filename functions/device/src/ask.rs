//! `POST /oauth2/device_authorization` (RFC 8628 §3.1): a device asks for its codes.

use std::sync::Arc;

use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::{IntoResponse, Response};
use domain::oidc::{AuthorizationRequest, UserCode, with_query};
use domain::{ActKind, Actor, Client, GrantType, Handle};
use edge::{Ctx, Json, OAuthCode, OAuthError, OAuthErrorDocument, OAuthForm, limits};
use serde::Serialize;
use store::Store;

use crate::Device;

const PATH: &str = "/oauth2/device_authorization";

/// The device's codes (RFC 8628 §3.2).
#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct DeviceCodes {
    /// The device's own, for `/oauth2/token`.
    #[schema(example = "txn_2Sz5nWcXUYb0e1hQvFKtL3mXyD8rJqPa")]
    device_code: String,
    /// What the device shows.
    #[schema(example = "WDJB-MJHT")]
    user_code: String,
    /// Where it is typed.
    #[schema(example = "https://id.example.com/device", format = "uri")]
    verification_uri: String,
    /// The same with the code, for a picture to point a phone at. The customer is asked all the same.
    #[schema(example = "https://id.example.com/device?user_code=WDJB-MJHT", format = "uri")]
    verification_uri_complete: String,
    /// How long they live, in seconds.
    #[schema(example = 600)]
    expires_in: i64,
    /// How long to wait between two questions, in seconds.
    #[schema(example = 5)]
    interval: i64,
}

/// What a device asks for.
#[derive(utoipa::ToSchema)]
#[expect(dead_code, reason = "the parameters' description; they are read one by one")]
pub(crate) struct DeviceForm {
    /// The client, unless it authenticates in another way.
    #[schema(nullable = false, example = "tv")]
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
    /// What the app asks for.
    #[schema(nullable = false, example = "openid email")]
    scope: Option<String>,
    /// What the tokens are for (RFC 8707); may come more than once.
    #[schema(nullable = false)]
    resource: Option<String>,
}

/// Ask for a device's codes
///
/// The device shows one, which its customer types in a browser elsewhere, and asks the token endpoint with the other
/// until they have decided.
#[utoipa::path(post, path = "/oauth2/device_authorization", operation_id = "device_authorization", tag = "authorization",
    security((), ("client_basic" = [])),
    request_body(content = DeviceForm, content_type = "application/x-www-form-urlencoded"),
    responses(
        (status = 200, description = "The codes.", body = DeviceCodes,
            headers(("Cache-Control" = String, description = "`no-store`"))),
        (status = 400, description = "What is asked is refused.", body = OAuthErrorDocument, examples(
            ("invalid_scope" = (value = json!({"error": "invalid_scope",
                "error_description": "the client may ask for none of these scopes: admin:erasure"}))),
            ("invalid_target" = (value = json!({"error": "invalid_target",
                "error_description": "the client may not ask for this resource"}))),
            ("unauthorized_client" = (value = json!({"error": "unauthorized_client",
                "error_description": "The client is not registered for this grant."})))))))]
pub(crate) async fn ask(
    State(flow): State<Arc<Device>>,
    ctx: Ctx,
    headers: HeaderMap,
    OAuthForm(params): OAuthForm,
) -> Result<Response, OAuthError> {
    let client = &*flow.gate.authenticate(&ctx, &flow.clients, &headers, &params, PATH).await?;
    check_may(client)?;
    count(&flow, &ctx, client).await?;
    let request = AuthorizationRequest::of_device(&|name| params.text(name), &params.resources(), client)?;
    let (device_code, user_code) = (Handle::generate(&ctx.rng), UserCode::generate(&ctx.rng));
    let cause = ctx.act(ActKind::AuthorizationRequested, Actor::Client(client.client_id.clone()));
    flow.store.device_start((&device_code, &user_code), (request, ctx.place.clone()), ctx.now, &cause).await?;
    let verification_uri = format!("{}/device", ctx.issuer);
    let codes = DeviceCodes {
        device_code: device_code.reveal().to_owned(),
        user_code: user_code.reveal(),
        verification_uri_complete: with_query(&verification_uri, &[("user_code", user_code.reveal())]),
        verification_uri,
        expires_in: Store::DEVICE_FOR.as_secs(),
        interval: Store::DEVICE_INTERVAL.as_secs(),
    };
    Ok(Json(codes).into_response())
}

fn check_may(client: &Client) -> Result<(), OAuthError> {
    if client.may(GrantType::DeviceCode) {
        return Ok(());
    }
    Err(OAuthError::new(OAuthCode::UnauthorizedClient, "The client is not registered for this grant."))
}

/// A public client proves nothing, and has something written.
async fn count(flow: &Device, ctx: &Ctx, client: &Client) -> Result<(), OAuthError> {
    if !client.is_public() {
        return Ok(());
    }
    let addr = limits::client_addr(ctx, &flow.store).await?;
    limits::count_oauth(ctx, &flow.store, &[(flow.asked, addr.as_str().to_owned())]).await
}
