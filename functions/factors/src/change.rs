//! `PATCH` and `DELETE /v1/me/factors/{id}`: a factor is named, preferred, or removed.

use std::sync::Arc;

use axum::extract::rejection::PathRejection;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use domain::{ActKind, FactorId, Notice};
use edge::{Caller, Ctx, Json, Problem};
use serde::Deserialize;

use crate::list::ListedFactor;
use crate::{FactorsError, Flows, name};

/// What is to be different.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct FactorChange {
    /// What its owner calls it from now on.
    #[serde(default)]
    #[schema(min_length = 1, max_length = 64, example = "My phone")]
    name: Option<String>,
    /// Whether it is asked for first from now on.
    #[serde(default)]
    #[schema(example = true)]
    preferred: Option<bool>,
}

/// The factor that a path names. Another customer's is one that is not there.
fn id(path: Result<Path<String>, PathRejection>) -> Result<FactorId, FactorsError> {
    path.ok().and_then(|Path(id)| FactorId::parse(&id)).ok_or(FactorsError::NotFound)
}

/// Name a factor, or prefer it
#[utoipa::path(patch, path = "/v1/me/factors/{id}", operation_id = "factor_change", tag = "factors",
    security(("bearer" = [])), request_body = FactorChange,
    params(("id" = String, Path, description = "The factor's id.", example = "fac_01hf7yat00e9j8b5v2m3n4p6q7")),
    responses((status = 200, description = "The factor as it is now.", body = ListedFactor)))]
pub(crate) async fn change(
    State(flow): State<Arc<Flows>>,
    ctx: Ctx,
    caller: Caller,
    path: Result<Path<String>, PathRejection>,
    Json(body): Json<FactorChange>,
) -> Result<Json<ListedFactor>, Problem> {
    let (id, name) = (id(path)?, name(body.name)?);
    let owner = flow.owner(&ctx, caller).await?;
    let mut factors = owner.stored.factors.clone();
    let factor = factors.list.iter_mut().find(|factor| factor.id == id).ok_or(FactorsError::NotFound)?;
    if let Some(name) = name {
        factor.name = name;
    }
    let factor = factor.clone();
    match body.preferred {
        Some(true) => factors.preferred = Some(id),
        Some(false) if factors.preferred == Some(id) => factors.preferred = None,
        Some(false) | None => {}
    }
    flow.write(&ctx, &owner, &factors, None, None, ActKind::FactorChanged).await?;
    Ok(Json(ListedFactor::of(&factor, factors.preferred, &owner.customer.data.email.masked())))
}

/// Remove a factor
///
/// With the last one go the recovery codes that stood in for it. Other sessions go on:
/// `DELETE /v1/me/sessions?keep=current` ends them.
#[utoipa::path(delete, path = "/v1/me/factors/{id}", operation_id = "factor_remove", tag = "factors",
    security(("bearer" = [])),
    params(("id" = String, Path, description = "The factor's id.", example = "fac_01hf7yat00e9j8b5v2m3n4p6q7")),
    responses((status = 204, description = "The factor is gone.")))]
pub(crate) async fn remove(
    State(flow): State<Arc<Flows>>,
    ctx: Ctx,
    caller: Caller,
    path: Result<Path<String>, PathRejection>,
) -> Result<StatusCode, Problem> {
    let id = id(path)?;
    let owner = flow.owner(&ctx, caller).await?;
    let mut factors = owner.stored.factors.clone();
    let removed = factors.remove(id).ok_or(FactorsError::NotFound)?;
    let what = Notice::FactorRemoved { method: removed.method(), name: removed.name };
    flow.write(&ctx, &owner, &factors, None, Some((what, None)), ActKind::FactorRemoved).await?;
    Ok(StatusCode::NO_CONTENT)
}
