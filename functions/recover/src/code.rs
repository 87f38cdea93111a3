//! `POST /v1/recover/verify`: a code comes back to the app that asked for it, with a new password.

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use domain::{ActKind, Actor, Code, FieldError, Handle, Password};
use edge::{Ctx, Json, Problem};
use serde::Deserialize;
use store::{OneTimeKind, TryOutcome};

use crate::{Recover, RecoverError, reset};

/// A code, what it belongs to, and the password to set.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct PasswordResetRequest {
    /// What `/v1/recover` answered.
    #[schema(example = "txn_2Sz5nWcXUYb0e1hQvFKtL3mXyD8rJqPa")]
    transaction: String,
    /// The six digits from the mail; blanks and hyphens between them do no harm.
    #[schema(example = "123456")]
    code: String,
    /// 8 to 1,024 characters of any kind, unless the deployment says otherwise.
    #[schema(format = "password", example = "seven lean cows, seven fat ones")]
    password: String,
}

/// Set a new password with a code
///
/// Ends every session, and tells the customer by mail. Signs nobody in: the password is one proof,
/// and a second factor is asked for as before. A code has five tries and lives ten minutes; a password
/// that can't be used costs no try.
#[utoipa::path(post, path = "/v1/recover/verify", operation_id = "recover_verify", tag = "sign-in",
    request_body = PasswordResetRequest, responses((status = 204, description = "The password is set.")))]
pub(crate) async fn verify(
    State(flow): State<Arc<Recover>>,
    ctx: Ctx,
    Json(body): Json<PasswordResetRequest>,
) -> Result<StatusCode, Problem> {
    let code = Code::parse(&body.code)
        .ok_or_else(|| RecoverError::Fields(vec![FieldError::new("/code", "code", "is not six digits")]))?;
    let password = Password::new(&body.password);
    flow.count(&ctx).await?;
    let handle = Handle::parse(&body.transaction).ok_or(RecoverError::Gone)?;

    let thing = flow.store.one_time(&handle, ctx.now).await?;
    let thing = thing.filter(|thing| thing.kind == OneTimeKind::PasswordReset).ok_or(RecoverError::Gone)?;
    let email = flow.store.password_reset(&thing).await?.email;
    flow.passwords.check(&password, &email, "/password").map_err(|refused| RecoverError::Fields(vec![refused]))?;

    let cause = ctx.act(ActKind::CodeTried, Actor::Anonymous);
    let thing = match flow.store.code_try(&handle, &code, ctx.now, &cause).await? {
        TryOutcome::Right(thing) => thing,
        TryOutcome::Wrong { left } => return Err(RecoverError::WrongCode(left).into()),
        TryOutcome::Gone => return Err(RecoverError::Gone.into()),
    };
    reset::reset(&flow, &ctx, &thing, &email, &password).await?;
    Ok(StatusCode::NO_CONTENT)
}
