//! `GET /v1/me`: what is known about the caller.

use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;
use edge::{Caller, Problem};

use crate::me::{self, Me};
use crate::{Profile, load};

/// Read one's profile
#[utoipa::path(get, path = "/v1/me", operation_id = "profile_read", tag = "profile", security(("bearer" = [])),
    responses((status = 200, description = "What is known about the caller.", body = Me,
        headers(("ETag" = String, description = "For `If-Match` of a change.")))))]
pub(crate) async fn read(State(flow): State<Arc<Profile>>, caller: Caller) -> Result<Response, Problem> {
    Ok(me::answer(&flow, load(&flow, &caller).await?))
}
