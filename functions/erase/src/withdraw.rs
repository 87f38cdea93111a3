//! `POST /v1/erasure/withdraw`: somebody who signed in has changed their mind.

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use domain::{Actor, Handle, Status};
use edge::{Ctx, Json, Problem};
use serde::Deserialize;
use signin::erasure;
use store::{ErasureRequest, ErasureStanding, ErasureWithdrawal, OneTime, OneTimeKind, Spent};

use crate::{ATTEMPTS, Erase, EraseError};

/// Who has changed their mind.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Withdrawal {
    /// What the sign-in answered with `erasure_pending`.
    #[schema(example = "txn_2Sz5nWcXUYb0e1hQvFKtL3mXyD8rJqPa")]
    transaction: String,
}

/// Stay after all
///
/// The account is as it was, and the customer signs in as usual.
#[utoipa::path(post, path = "/v1/erasure/withdraw", operation_id = "erasure_withdraw", tag = "privacy",
    request_body = Withdrawal, responses((status = 204, description = "Nothing is erased.")))]
pub(crate) async fn withdraw(
    State(flow): State<Arc<Erase>>,
    ctx: Ctx,
    Json(body): Json<Withdrawal>,
) -> Result<StatusCode, Problem> {
    flow.count(&ctx).await?;
    let handle = Handle::parse(&body.transaction).ok_or(EraseError::Gone)?;
    take_back(&flow, &ctx, &by_handle(&flow, &ctx, &handle).await?).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// The withdrawal that a sign-in has offered.
pub(crate) async fn by_handle(flow: &Erase, ctx: &Ctx, handle: &Handle) -> Result<OneTime, EraseError> {
    let thing = flow.store.one_time(handle, ctx.now).await?;
    thing.filter(|thing| thing.kind == OneTimeKind::ErasureWithdrawal).ok_or(EraseError::Gone)
}

/// The erasure that a withdrawal was given for, as long as it has not begun, and all that stands beside it.
pub(crate) async fn waiting(
    flow: &Erase,
    what: ErasureWithdrawal,
) -> Result<(ErasureStanding, ErasureRequest), EraseError> {
    let mut standing = flow.store.erasure_standing(what.customer).await?.ok_or(EraseError::Gone)?;
    if standing.security.status == Status::Erasing {
        return Err(EraseError::UnderWay);
    }
    let own = standing.erasure.take().filter(|erasure| erasure.id == what.erasure).ok_or(EraseError::Gone)?;
    Ok((standing, own))
}

/// Takes back the erasure that this was given for, and no other.
pub(crate) async fn take_back(flow: &Erase, ctx: &Ctx, thing: &OneTime) -> Result<(), EraseError> {
    let what = flow.store.erasure_withdrawal(thing).await?;
    for _ in 0..ATTEMPTS {
        let (standing, own) = waiting(flow, what).await?;
        let customer = flow.store.customer(what.customer).await?.ok_or(EraseError::Gone)?;
        let who = (&customer, &standing.security);
        let actor = Actor::Customer(what.customer);
        match erasure::withdraw(ctx, &flow.store, who, &own, Some(thing), actor).await? {
            Spent::Done => {
                ctx.count("ErasuresWithdrawn", 1);
                return Ok(());
            }
            Spent::Gone => return Err(EraseError::Gone),
            Spent::Taken | Spent::Changed => {}
        }
    }
    Err(EraseError::Changed)
}
