//! `/v1/admin/purposes`: the registry, for administrators.

use std::sync::Arc;

use axum::extract::rejection::PathRejection;
use axum::extract::{Path, State};
use domain::scope::AdminPurposes;
use domain::{ActKind, FieldError, Purpose};
use edge::{Ctx, Json, Operator, Problem};
use serde::Serialize;

use crate::{Consent, ConsentError};

/// Purposes, with the texts of every language.
#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct PurposeRegistry {
    /// Each in its current version, by key.
    purposes: Vec<Purpose>,
}

/// Versions of one purpose.
#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct PurposeVersions {
    /// The oldest first.
    versions: Vec<Purpose>,
}

/// See the registry of purposes
#[utoipa::path(get, path = "/v1/admin/purposes", operation_id = "admin_purposes_list", tag = "administration",
    security(("bearer" = ["admin:purposes"])),
    responses((status = 200, description = "Every purpose in its current version.", body = PurposeRegistry)))]
pub(crate) async fn list(
    State(flow): State<Arc<Consent>>,
    ctx: Ctx,
    _operator: Operator<AdminPurposes>,
) -> Result<Json<PurposeRegistry>, Problem> {
    let registry = flow.registry(&ctx).await?;
    Ok(Json(PurposeRegistry { purposes: registry.all().map(|standing| standing.purpose.clone()).collect() }))
}

/// See the versions of a purpose
///
/// All that were written, and those of the deployment's file.
#[utoipa::path(get, path = "/v1/admin/purposes/{key}", operation_id = "admin_purpose_versions", tag = "administration",
    security(("bearer" = ["admin:purposes"])),
    params(("key" = String, Path, description = "The purpose's key.", example = "newsletter")),
    responses((status = 200, description = "Its versions.", body = PurposeVersions)))]
pub(crate) async fn versions(
    State(flow): State<Arc<Consent>>,
    _operator: Operator<AdminPurposes>,
    key: Result<Path<String>, PathRejection>,
) -> Result<Json<PurposeVersions>, Problem> {
    let key = key.ok().map(|Path(key)| key).filter(|key| Purpose::is_key(key)).ok_or(ConsentError::NotFound)?;
    let versions = flow.store.purpose_versions(&flow.file, &key).await?;
    if versions.is_empty() {
        return Err(ConsentError::NotFound.into());
    }
    Ok(Json(PurposeVersions { versions }))
}

/// Write the next version of a purpose
///
/// Its `version` is the one that follows the current one, from 1. A version never changes once it is
/// written. It holds at once where it was written, and everywhere after a minute.
#[utoipa::path(put, path = "/v1/admin/purposes/{key}", operation_id = "admin_purpose_change", tag = "administration",
    security(("bearer" = ["admin:purposes"])),
    params(("key" = String, Path, description = "The purpose's key.", example = "newsletter")),
    request_body = Purpose,
    responses((status = 200, description = "The version, as it is now current.", body = Purpose)))]
pub(crate) async fn change(
    State(flow): State<Arc<Consent>>,
    ctx: Ctx,
    operator: Operator<AdminPurposes>,
    key: Result<Path<String>, PathRejection>,
    Json(next): Json<Purpose>,
) -> Result<Json<Purpose>, Problem> {
    let mut errors = next.check();
    if key.ok().is_none_or(|Path(key)| key != next.key) {
        errors.push(FieldError::new("/key", "purpose", "is not the one in the address"));
    }
    if !errors.is_empty() {
        return Err(ConsentError::Fields(errors).into());
    }
    let cause = ctx.act(ActKind::PurposeChanged, operator.actor).to_nobody();
    let version = next.clone();
    match flow.store.purpose_put(&flow.file, next, ctx.now, &cause).await? {
        Some(standing) => Ok(Json(standing.purpose)),
        // The same version sent twice is there already.
        None if is_there(&flow, &version).await? => Ok(Json(version)),
        None => Err(ConsentError::Version.into()),
    }
}

async fn is_there(flow: &Consent, version: &Purpose) -> Result<bool, ConsentError> {
    Ok(flow.store.purpose_versions(&flow.file, &version.key).await?.contains(version))
}
