//! `POST /v1/me/export`: the caller asks for a copy of all that is held on them.

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use domain::ActKind;
use edge::{Caller, Ctx, Json, Problem, limits};
use signin::FreshAuthentication;

use crate::ticket::{Copy, issue};
use crate::{ExportError, Exports};

/// Ask for a copy of one's data
///
/// Everything that is held on the caller, in one ZIP: `data.json`, each set as CSV, and a page to read. Needs an
/// authentication of the last ten minutes; a mail says that the copy was asked for.
#[utoipa::path(post, path = "/v1/me/export", operation_id = "export_own", tag = "privacy", security(("bearer" = [])),
    responses((status = 201, description = "Where the copy can be fetched.", body = Copy)))]
pub(crate) async fn own(
    State(flow): State<Arc<Exports>>,
    ctx: Ctx,
    caller: Caller,
) -> Result<(StatusCode, Json<Copy>), Problem> {
    let fresh = FreshAuthentication::of_session(&flow.policy, &ctx, &flow.store, &caller).await?;
    let (facts, _) = fresh.ok_or(ExportError::Stale)?;
    let limit = (flow.per_customer, caller.customer.to_string());
    limits::count(&ctx, &flow.store, &[limit]).await.map_err(ExportError::Limited)?;
    let cause = ctx.act(ActKind::ExportRequested, caller.actor()).in_session(caller.session.id);
    let copy = issue(&flow, &ctx, &facts.profile, caller.security.epoch, &cause, None).await?;
    Ok((StatusCode::CREATED, Json(copy)))
}
