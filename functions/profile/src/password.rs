//! `PUT /v1/me/password`: the caller's password is changed, or set for the first time.

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use domain::{ActKind, Password};
use edge::{Caller, Ctx, Json, Problem};
use serde::Deserialize;
use signin::{FreshAuthentication, notices};
use store::{NewPassword, SignInFacts, Spent};

use crate::proof::check_fresh;
use crate::{Profile, ProfileError, facts};

/// The new password, and the current one where the sign-in was more than ten minutes ago.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct PasswordChange {
    /// The current password; not needed within ten minutes of the sign-in.
    #[serde(default)]
    #[schema(format = "password", example = "correct horse battery staple")]
    current_password: Option<String>,
    /// 8 to 1,024 characters of any kind, unless the deployment says otherwise.
    #[schema(format = "password", example = "seven lean cows, seven fat ones")]
    new_password: String,
}

/// Change one's password
///
/// Ends every other session, and tells the customer by mail. A customer without a password sets
/// one, within ten minutes of the sign-in.
#[utoipa::path(put, path = "/v1/me/password", operation_id = "password_change", tag = "profile", security(("bearer" = [])),
    request_body = PasswordChange, responses((status = 204, description = "The password is changed.")))]
pub(crate) async fn password(
    State(flow): State<Arc<Profile>>,
    ctx: Ctx,
    caller: Caller,
    Json(body): Json<PasswordChange>,
) -> Result<StatusCode, Problem> {
    let password = Password::new(&body.new_password);
    let facts = facts(&flow, &ctx, &caller).await?;
    let policy = flow.passwords.check(&password, &facts.profile.data.email, "/new_password");
    policy.map_err(|refused| ProfileError::Fields(vec![refused]))?;
    let proof = check_fresh(&flow, &ctx, (&caller, &facts), body.current_password.as_deref()).await?;
    change(&flow, &ctx, (&caller, &facts), &password, proof).await?;
    Ok(StatusCode::NO_CONTENT)
}

async fn change(
    flow: &Profile,
    ctx: &Ctx,
    (caller, facts): (&Caller, &SignInFacts),
    password: &Password,
    _: FreshAuthentication,
) -> Result<(), ProfileError> {
    let hash = flow.passwords.hash(password, &ctx.rng).await?;
    let notice = notices::password_changed(ctx, &flow.store, &facts.profile);
    let cause = ctx.act(ActKind::PasswordChanged, caller.actor()).in_session(caller.session.id);
    // The epoch of the request's beginning: of two changes at once, one wins.
    let (epoch, keep) = (caller.security.epoch, Some(caller.session.id));
    let data_key = &facts.data_key;
    let new = NewPassword { customer: caller.customer, data_key, hash: &hash, epoch, keep, mailed_to: None };
    match flow.store.password_change(&new, None, &notice, ctx.now, &cause).await? {
        Spent::Done => Ok(()),
        Spent::Gone | Spent::Taken | Spent::Changed => Err(ProfileError::Changed),
    }
}
