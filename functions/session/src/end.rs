//! `DELETE /v1/me/sessions/{id}`: one of the caller's sessions ends.

use std::sync::Arc;

use axum::extract::rejection::PathRejection;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use domain::{ActKind, SessionId};
use edge::{Caller, Ctx, Problem};

use crate::{SessionError, Sessions};

/// End a session
///
/// Its tokens are refused here at once; an access token may live on elsewhere, for ten minutes at
/// most. The session that asks can be ended too. A browser's ends with those of the apps that it was signed in to,
/// and apps that want to be told are. One that has ended can be ended again, for whoever lost the first answer.
#[utoipa::path(delete, path = "/v1/me/sessions/{id}", operation_id = "session_end", tag = "sessions", security(("bearer" = [])),
    params(("id" = String, Path, description = "The session's id.", example = "ses_01hf7yat00e9j8b5v2m3n4p6q7")),
    responses((status = 204, description = "The session has ended.")))]
pub(crate) async fn end(
    State(flow): State<Arc<Sessions>>,
    ctx: Ctx,
    caller: Caller,
    id: Result<Path<String>, PathRejection>,
) -> Result<StatusCode, Problem> {
    // The key begins with the caller's id, so that another's session is one that is not there.
    let id = id.ok().and_then(|Path(id)| SessionId::parse(&id)).ok_or(SessionError::NotFound)?;
    let cause = ctx.act(ActKind::SessionEnded, caller.actor()).in_session(id);
    let (session, _) = flow.store.session(caller.customer, id).await?.ok_or(SessionError::NotFound)?;
    signin::end_session(&flow.store, &flow.clients, &ctx, &session, &cause).await?;
    Ok(StatusCode::NO_CONTENT)
}
