//! `POST /v1/admin/requests/{id}/export`: an administrator makes a copy, to hand it over.

use std::sync::Arc;

use axum::extract::rejection::PathRejection;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use domain::scope::AdminRequests;
use domain::{ActKind, Actor, DsarId};
use edge::{Ctx, Json, Operator, Problem, limits};
use signin::FreshAuthentication;

use crate::ticket::{Copy, issue};
use crate::{ExportError, Exports};

/// Make a copy for a request
///
/// Of all that is held on the customer whose request this is. When it was fetched whole, that is noted in the request,
/// with time, size and digest. A mail tells the customer. An administrator who is a person needs an authentication of
/// the last ten minutes; a service needs none.
#[utoipa::path(post, path = "/v1/admin/requests/{id}/export", operation_id = "admin_request_export",
    tag = "administration", security(("bearer" = ["admin:requests"])),
    params(("id" = String, Path, description = "The request's id.",
        example = "dsr_01hf7yat00e9j8b5v2m3n4p6q701hf7yat00e9j8b5v2m3n4p6q8")),
    responses((status = 201, description = "Where the copy can be fetched.", body = Copy)))]
pub(crate) async fn on_behalf(
    State(flow): State<Arc<Exports>>,
    ctx: Ctx,
    operator: Operator<AdminRequests>,
    id: Result<Path<String>, PathRejection>,
) -> Result<(StatusCode, Json<Copy>), Problem> {
    if !FreshAuthentication::of_operator(&flow.policy, &ctx, &flow.store, operator.caller.as_ref()).await? {
        return Err(ExportError::Stale.into());
    }
    let limit = (flow.per_operator, name(&operator.actor));
    limits::count(&ctx, &flow.store, &[limit]).await.map_err(ExportError::Limited)?;
    let id = id.ok().and_then(|Path(id)| DsarId::parse(&id)).ok_or(ExportError::NotFound)?;
    let request = flow.store.dsar(id).await?.ok_or(ExportError::NotFound)?;
    decide(&request.dsar)?;
    let customer = flow.store.customer(id.customer).await?.ok_or(ExportError::NotFound)?;
    let security = flow.store.security(id.customer).await?.ok_or(ExportError::NotFound)?;
    let limit = (flow.per_request, id.to_string());
    limits::count(&ctx, &flow.store, &[limit]).await.map_err(ExportError::Limited)?;
    let cause = ctx.act(ActKind::ExportRequested, operator.actor).to(customer.id);
    let copy = issue(&flow, &ctx, &customer, security.epoch, &cause, Some(id)).await?;
    Ok((StatusCode::CREATED, Json(copy)))
}

/// Whose exports are counted together.
fn name(operator: &Actor) -> String {
    match operator {
        Actor::Customer(person) => person.to_string(),
        Actor::Client(service) => service.clone(),
        Actor::System | Actor::Anonymous => String::new(),
    }
}

fn decide(dsar: &domain::Dsar) -> Result<(), ExportError> {
    if !dsar.is_open() {
        Err(ExportError::Closed)
    } else if !dsar.kind.wants_copy() {
        Err(ExportError::NoCopy)
    } else {
        Ok(())
    }
}
