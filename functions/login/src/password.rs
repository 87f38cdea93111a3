//! `POST /v1/login`: address and password.

use std::sync::Arc;

use axum::extract::State;
use domain::{Email, FieldError, Password};
use edge::{Ctx, Json, Problem};
use serde::Deserialize;
use signin::{InApp, SignInAnswer};

use crate::credentials::{Given, sign_in};
use crate::{Login, LoginError};

/// Who signs in.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Credentials {
    /// The verified address.
    #[schema(format = "email", max_length = 254, example = "ada@example.com")]
    email: String,
    /// The password.
    #[schema(format = "password", example = "correct horse battery staple")]
    password: String,
    /// The app; the built-in first-party client where it is left out.
    #[serde(default)]
    #[schema(example = "portico")]
    client_id: Option<String>,
    /// What the last sign-in from this device answered.
    #[serde(default)]
    device_token: Option<String>,
}

/// Sign in with address and password
///
/// The answer and the work are the same for a wrong password and for an address that nobody has.
#[utoipa::path(post, path = "/v1/login", tag = "sign-in", request_body = Credentials,
    responses((status = 200, description = "Signed in, or asked for another proof.", body = SignInAnswer)))]
pub(crate) async fn login(
    State(flow): State<Arc<Login>>,
    ctx: Ctx,
    Json(body): Json<Credentials>,
) -> Result<Json<SignInAnswer>, Problem> {
    let email = Email::parse(&body.email)
        .map_err(|why| Problem::fields(vec![FieldError::new("/email", "email", why.to_string())]))?;
    let client = flow.clients.direct(body.client_id.as_deref()).ok_or(LoginError::UnknownClient)?;
    ctx.client(&client.client_id);
    let password = Password::new(&body.password);
    let given = Given { email, password, client, device_token: body.device_token.as_deref() };
    Ok(Json(sign_in(&flow, &ctx, &InApp, given).await?.into()))
}
