//! `DELETE /v1/admin/customers/{id}/sessions`: an administrator ends all of a customer's sessions.

use std::sync::Arc;

use axum::extract::rejection::PathRejection;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use domain::scope::AdminSessions;
use domain::{ActKind, CustomerId};
use edge::{Ctx, Operator, Problem};

use crate::{SessionError, Sessions};

/// End a customer's sessions
///
/// All of them, and the trust in every device: what the customer signs in with stays as it is.
#[utoipa::path(delete, path = "/v1/admin/customers/{id}/sessions", operation_id = "admin_sessions_end",
    tag = "administration", security(("bearer" = ["admin:sessions"])),
    params(("id" = String, Path, description = "The customer's id.", example = "cus_01hf7yat00e9j8b5v2m3n4p6q7")),
    responses((status = 204, description = "The sessions have ended.")))]
pub(crate) async fn admin_end_all(
    State(flow): State<Arc<Sessions>>,
    ctx: Ctx,
    operator: Operator<AdminSessions>,
    id: Result<Path<String>, PathRejection>,
) -> Result<StatusCode, Problem> {
    let customer = id.ok().and_then(|Path(id)| CustomerId::parse(&id)).ok_or(SessionError::NotFound)?;
    let security = flow.store.security(customer).await?.ok_or(SessionError::NotFound)?;
    let cause = ctx.act(ActKind::SessionsEnded, operator.actor).to(customer);
    let ending = (flow.store.sessions(customer).await?, security.epoch, None);
    let tells = signin::tells_of_all(&flow.store, &flow.clients, &ctx, ending).await?;
    flow.store.sessions_end_all(customer, security.epoch, None, &tells, (ctx.now, &cause)).await?;
    Ok(StatusCode::NO_CONTENT)
}
