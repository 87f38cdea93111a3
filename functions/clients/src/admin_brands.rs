//! `/v1/admin/brands`: administrators see the brands of the hosted pages, and write and remove those that do not stand
//! in the deployment's file.

use std::sync::Arc;

use axum::extract::rejection::PathRejection;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use domain::scope::AdminBrands;
use domain::{ActKind, FieldError, PageBrand, WrittenBrand};
use edge::{Ctx, Json, Operator, Problem};
use serde::Serialize;

use crate::shown::{Origin, check_seen, tagged};
use crate::{ClientsFlowError, Registrar};

/// So many brands there are at most, beside those of the file.
const MOST_BRANDS: usize = 50;

/// A brand, as administrators see it.
#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct ShownBrand {
    /// As it is written.
    brand: WrittenBrand,
    /// Where it comes from.
    origin: Origin,
}

/// Brands.
#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct BrandList {
    /// First those of the deployment's file; then the others, by their keys.
    brands: Vec<ShownBrand>,
}

impl ShownBrand {
    fn new(brand: &PageBrand, origin: Origin) -> Self {
        Self { brand: brand.written().clone(), origin }
    }
}

/// List brands
///
/// Those of the deployment's file, and those that were written since.
#[utoipa::path(get, path = "/v1/admin/brands", operation_id = "admin_brands_list", tag = "administration",
    security(("bearer" = ["admin:brands"])),
    responses((status = 200, description = "The brands.", body = BrandList)))]
pub(crate) async fn list(
    State(flow): State<Arc<Registrar>>,
    _operator: Operator<AdminBrands>,
) -> Result<Json<BrandList>, Problem> {
    let stored = flow.store.brands_stored().await?;
    // What stands in the file by now is not what was written.
    let written = stored.iter().filter(|stored| flow.known.filed_brand(&stored.key).is_none());
    let written = written.filter_map(|stored| stored.brand.as_deref());
    let filed = flow.known.filed_brands().map(|brand| ShownBrand::new(brand, Origin::File));
    let brands = filed.chain(written.map(|brand| ShownBrand::new(brand, Origin::Administrator))).collect();
    Ok(Json(BrandList { brands }))
}

/// See a brand
///
/// One of the deployment's file has no `ETag`: it is changed there.
#[utoipa::path(get, path = "/v1/admin/brands/{key}", operation_id = "admin_brand_see", tag = "administration",
    security(("bearer" = ["admin:brands"])),
    params(("key" = String, Path, description = "The brand's key.", example = "shop")),
    responses((status = 200, description = "The brand.", body = ShownBrand,
        headers(("ETag" = String, description = "For `If-Match` of a change.")))))]
pub(crate) async fn see(
    State(flow): State<Arc<Registrar>>,
    _operator: Operator<AdminBrands>,
    key: Result<Path<String>, PathRejection>,
) -> Result<Response, Problem> {
    let Path(key) = key.map_err(|_| ClientsFlowError::NotFound)?;
    if let Some(brand) = flow.known.filed_brand(&key) {
        return Ok(Json(ShownBrand::new(brand, Origin::File)).into_response());
    }
    let stored = flow.store.brand_stored(&key).await?.ok_or(ClientsFlowError::NotFound)?;
    let brand = stored.brand.as_deref().ok_or(ClientsFlowError::NotFound)?;
    Ok((tagged(stored.version), Json(ShownBrand::new(brand, Origin::Administrator))).into_response())
}

/// Write a brand
///
/// The whole of it, as it would stand in the deployment's file, and checked in the same way. With `If-Match`, only if
/// it is still what was read. It holds everywhere after a minute.
#[utoipa::path(put, path = "/v1/admin/brands/{key}", operation_id = "admin_brand_change", tag = "administration",
    security(("bearer" = ["admin:brands"])),
    params(("key" = String, Path, description = "The brand's key.", example = "shop"),
        ("If-Match" = Option<String>, Header, nullable = false, description = "The `ETag` of what was read.", example = "\"3\"")),
    request_body = WrittenBrand,
    responses(
        (status = 200, description = "The brand as it is now.", body = ShownBrand,
            headers(("ETag" = String, description = "For `If-Match` of the next change."))),
        (status = 201, description = "There is such a brand now.", body = ShownBrand,
            headers(("ETag" = String, description = "For `If-Match` of the next change.")))))]
pub(crate) async fn change(
    State(flow): State<Arc<Registrar>>,
    ctx: Ctx,
    operator: Operator<AdminBrands>,
    headers: HeaderMap,
    key: Result<Path<String>, PathRejection>,
    Json(written): Json<WrittenBrand>,
) -> Result<Response, Problem> {
    if key.ok().is_none_or(|Path(key)| key != written.key) {
        return Err(Problem::field("/key", "value", "is not the one in the address"));
    }
    let brand = PageBrand::try_from(written)
        .map_err(|why| Problem::fields(vec![FieldError::new(format!("/{}", why.field()), "brand", why.to_string())]))?;
    check_not_filed(&flow, brand.key())?;
    let seen = flow.store.brand_stored(brand.key()).await?;
    let now = seen.as_ref().filter(|stored| stored.brand.is_some());
    check_seen(&headers, now.map(|stored| stored.version))?;
    if now.is_none() {
        check_room(&flow).await?;
    }
    let cause = ctx.act(ActKind::BrandChanged, operator.actor).to_nobody();
    if !flow.store.brand_write(&brand, seen.as_ref(), &cause).await? {
        return Err(ClientsFlowError::Changed.into());
    }
    let status = if now.is_some() { StatusCode::OK } else { StatusCode::CREATED };
    let version = seen.map_or(1, |seen| seen.version + 1);
    let shown = ShownBrand::new(&brand, Origin::Administrator);
    Ok((status, tagged(version), Json(shown)).into_response())
}

/// Remove a brand
///
/// Customers of the clients that name it see the deployment's own pages then, after a minute at most.
#[utoipa::path(delete, path = "/v1/admin/brands/{key}", operation_id = "admin_brand_remove", tag = "administration",
    security(("bearer" = ["admin:brands"])),
    params(("key" = String, Path, description = "The brand's key.", example = "shop"),
        ("If-Match" = Option<String>, Header, nullable = false, description = "The `ETag` of what was read.", example = "\"3\"")),
    responses((status = 204, description = "It is removed.")))]
pub(crate) async fn remove(
    State(flow): State<Arc<Registrar>>,
    ctx: Ctx,
    operator: Operator<AdminBrands>,
    headers: HeaderMap,
    key: Result<Path<String>, PathRejection>,
) -> Result<StatusCode, Problem> {
    let Path(key) = key.map_err(|_| ClientsFlowError::NotFound)?;
    check_not_filed(&flow, &key)?;
    let seen = flow.store.brand_stored(&key).await?.filter(|stored| stored.brand.is_some());
    let seen = seen.ok_or(ClientsFlowError::NotFound)?;
    check_seen(&headers, Some(seen.version))?;
    let cause = ctx.act(ActKind::BrandRemoved, operator.actor).to_nobody();
    if flow.store.brand_remove(&seen, ctx.now, &cause).await? {
        Ok(StatusCode::NO_CONTENT)
    } else {
        Err(ClientsFlowError::Changed.into())
    }
}

fn check_not_filed(flow: &Registrar, key: &str) -> Result<(), ClientsFlowError> {
    if flow.known.filed_brand(key).is_some() { Err(ClientsFlowError::FiledBrand) } else { Ok(()) }
}

/// As many as a list can show.
async fn check_room(flow: &Registrar) -> Result<(), ClientsFlowError> {
    let many = flow.store.brands_stored().await?.len();
    if many < MOST_BRANDS { Ok(()) } else { Err(ClientsFlowError::ManyBrands) }
}
