//! `PUT /v1/admin/customers/{id}/jurisdiction`: an administrator says whose law protects a customer.

use std::sync::Arc;

use axum::extract::rejection::PathRejection;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use domain::scope::AdminResidency;
use domain::{ActKind, CustomerId, FieldError, Jurisdiction};
use edge::{Ctx, Json, Operator, Problem};
use serde::Deserialize;

use crate::{Profile, ProfileError};

/// Whose law.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Residence {
    /// An ISO 3166-1 country, or a group of the table of transfers such as `EU`.
    #[schema(max_length = 12, pattern = "^[A-Z]{2,12}$", example = "DE")]
    jurisdiction: String,
}

/// Say whose law protects a customer
///
/// It decides to whom and where the customer's data may go. What the table of transfers has no ground for
/// is not sent from then on, and each time recorded.
#[utoipa::path(put, path = "/v1/admin/customers/{id}/jurisdiction", operation_id = "admin_jurisdiction_set",
    tag = "administration", security(("bearer" = ["admin:residency"])), request_body = Residence,
    params(("id" = String, Path, description = "The customer's id.", example = "cus_01hf7yat00e9j8b5v2m3n4p6q7")),
    responses((status = 204, description = "It is theirs.")))]
pub(crate) async fn admin_jurisdiction(
    State(flow): State<Arc<Profile>>,
    ctx: Ctx,
    operator: Operator<AdminResidency>,
    id: Result<Path<String>, PathRejection>,
    Json(body): Json<Residence>,
) -> Result<StatusCode, Problem> {
    let customer = id.ok().and_then(|Path(id)| CustomerId::parse(&id)).ok_or(ProfileError::NotFound)?;
    let jurisdiction = Jurisdiction::parse(&body.jurisdiction).filter(|of| flow.transfers.knows(of));
    let jurisdiction = jurisdiction.ok_or_else(|| {
        let why = "is no country in two capital letters, and no known group of them";
        ProfileError::Fields(vec![FieldError::new("/jurisdiction", "jurisdiction", why)])
    })?;
    let cause = ctx.act(ActKind::JurisdictionChanged, operator.actor).to(customer);
    if !flow.store.customer_jurisdiction(customer, &jurisdiction, &cause).await? {
        return Err(ProfileError::NotFound.into());
    }
    Ok(StatusCode::NO_CONTENT)
}
