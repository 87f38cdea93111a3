//! `PATCH /v1/me/factors/{id}`: a factor is named, or preferred.

use std::sync::Arc;

use axum::extract::rejection::PathRejection;
use axum::extract::{Path, State};
use domain::{ActKind, FactorId, Factors, FieldError};
use edge::{Caller, Ctx, MergePatch, Problem};
use serde::{Deserialize, Deserializer};

use crate::add::write;
use crate::list::ListedFactor;
use crate::{FactorError, FactorsFlow, load, name};

/// What is to change, as a JSON Merge Patch (RFC 7396): what is left out stays.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct FactorPatch {
    /// What it is to be called.
    #[serde(default, deserialize_with = "present")]
    #[schema(nullable = false, max_length = 64, example = "My old phone")]
    name: Option<String>,
    /// Always `true`: it is offered first, in place of another.
    #[serde(default, deserialize_with = "present")]
    #[schema(nullable = false, example = true)]
    preferred: Option<bool>,
}

/// A member of a patch that can't be removed, so that `null` is no value for it.
fn present<'de, D: Deserializer<'de>, T: Deserialize<'de>>(value: D) -> Result<Option<T>, D::Error> {
    T::deserialize(value).map(Some)
}

/// Name or prefer a factor
///
/// One that is suspended can only be removed.
#[utoipa::path(patch, path = "/v1/me/factors/{id}", operation_id = "factor_change", tag = "factors", security(("bearer" = [])),
    params(("id" = String, Path, description = "The factor's id.", example = "fac_01hf7yat00e9j8b5v2m3n4p6q7")),
    request_body(content((FactorPatch = "application/json"), (FactorPatch = "application/merge-patch+json"))),
    responses((status = 200, description = "The factor as it is now.", body = ListedFactor)))]
pub(crate) async fn change(
    State(flow): State<Arc<FactorsFlow>>,
    ctx: Ctx,
    caller: Caller,
    id: Result<Path<String>, PathRejection>,
    MergePatch(patch): MergePatch<FactorPatch>,
) -> Result<edge::Json<ListedFactor>, Problem> {
    let id = id.ok().and_then(|Path(id)| FactorId::parse(&id)).ok_or(FactorError::NotFound)?;
    let name = name::chosen(patch.name.as_deref()).map_err(|wrong| FactorError::Fields(vec![wrong]))?;
    if patch.preferred == Some(false) {
        let wrong = FieldError::new("/preferred", "value", "must be true; prefer another factor instead");
        return Err(FactorError::Fields(vec![wrong]).into());
    }
    let facts = load(&flow, &ctx, &caller).await?;
    let factors = decide(&facts.factors.factors, id, name.as_deref(), patch.preferred.is_some())?;
    if let Some(factors) = &factors {
        let cause = ctx.act(ActKind::FactorChanged, caller.actor()).in_session(caller.session.id);
        let change = facts.change(factors);
        write(&flow, &ctx, &change, &cause).await?;
    }
    let factors = factors.as_ref().unwrap_or(&facts.factors.factors);
    let factor = factors.find(id).ok_or(FactorError::NotFound)?;
    Ok(edge::Json(ListedFactor::of(factor, factors, &facts.profile)))
}

/// The factors after the patch, if it changes anything.
fn decide(factors: &Factors, id: FactorId, name: Option<&str>, prefers: bool) -> Result<Option<Factors>, FactorError> {
    if factors.suspended_since(id).is_some() {
        return Err(FactorError::Suspended);
    }
    let known = factors.find(id).ok_or(FactorError::NotFound)?;
    let renames = name.is_some_and(|name| name != known.name);
    if !renames && (!prefers || factors.preferred == Some(id)) {
        return Ok(None);
    }
    let mut changed = factors.clone();
    for factor in changed.list.iter_mut().filter(|factor| factor.id == id) {
        factor.name = name.unwrap_or(&factor.name).to_owned();
    }
    if prefers {
        changed.preferred = Some(id);
    }
    Ok(Some(changed))
}
