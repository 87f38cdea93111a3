//! What activates a factor: a code, and the transaction that it belongs to.

use domain::{ActKind, Code, Handle};
use edge::Ctx;
use serde::Deserialize;
use store::{Enrolment, OneTime};

use crate::{FactorsError, Flows, Owner};

/// A code, and what it belongs to.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ActivationRequest {
    /// What the beginning answered.
    #[schema(example = "txn_2Sz5nWcXUYb0e1hQvFKtL3mXyD8rJqPa")]
    transaction: String,
    /// The six digits; blanks and hyphens between them do no harm.
    #[schema(example = "123456")]
    code: String,
}

/// The code, if it is one.
pub(crate) fn parsed(body: &ActivationRequest) -> Result<Code, FactorsError> {
    Code::parse(&body.code).ok_or_else(|| FactorsError::field("/code", "code", "is not six digits"))
}

/// Counts a try, and then looks what it is about. Also says how many are left.
pub(crate) async fn tried(
    flow: &Flows,
    ctx: &Ctx,
    owner: &Owner,
    body: &ActivationRequest,
) -> Result<(OneTime, Enrolment, u32), FactorsError> {
    let handle = Handle::parse(&body.transaction).ok_or(FactorsError::Gone)?;
    let cause = ctx.act(ActKind::CodeTried, owner.caller.actor());
    let (thing, left) = flow.store.one_time_try(&handle, ctx.now, &cause).await?.ok_or(FactorsError::Gone)?;
    let enrolment = flow.enrolling(&thing, owner).await?;
    Ok((thing, enrolment, left))
}
