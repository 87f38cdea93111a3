//! `DELETE /v1/me/devices/{id}`: a device is no longer trusted.

use std::sync::Arc;

use axum::extract::rejection::PathRejection;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use domain::{ActKind, DeviceId};
use edge::{Caller, Ctx, Problem};

use crate::{SessionError, Sessions};

/// End the trust in a device
///
/// The next sign-in on it asks for a second factor again. Its sessions go on.
#[utoipa::path(delete, path = "/v1/me/devices/{id}", operation_id = "device_distrust", tag = "sessions", security(("bearer" = [])),
    params(("id" = String, Path, description = "The device's id.", example = "dev_01hf7yat00e9j8b5v2m3n4p6q7")),
    responses((status = 204, description = "The device is not trusted.")))]
pub(crate) async fn distrust(
    State(flow): State<Arc<Sessions>>,
    ctx: Ctx,
    caller: Caller,
    id: Result<Path<String>, PathRejection>,
) -> Result<StatusCode, Problem> {
    // The key begins with the caller's id, so that another's device is one that is not there.
    let id = id.ok().and_then(|Path(id)| DeviceId::parse(&id)).ok_or(SessionError::NotFound)?;
    let cause = ctx.act(ActKind::DeviceDistrusted, caller.actor()).in_session(caller.session.id);
    if flow.store.device_distrust(caller.customer, id, ctx.now, &cause).await? {
        Ok(StatusCode::NO_CONTENT)
    } else {
        Err(SessionError::NotFound.into())
    }
}
