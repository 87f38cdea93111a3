//! `POST /v1/admin/customers/lookup`: whose an address is.

use std::sync::Arc;

use axum::extract::State;
use domain::scope::AdminRequests;
use domain::{ActKind, Email, FieldError};
use edge::{Ctx, Json, Operator, Problem};
use serde::{Deserialize, Serialize};

use crate::{RequestError, Requests};

/// Whom to look for.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = CustomerLookup)]
pub(crate) struct Lookup {
    /// Their address. In the body, because a path stands in logs.
    #[schema(format = "email", example = "ada@example.com")]
    email: String,
}

/// Who was found.
#[derive(Serialize, utoipa::ToSchema)]
#[schema(as = CustomersFound)]
pub(crate) struct Found {
    /// The ids of the customers with this address: one, or none.
    #[schema(example = json!(["cus_01hf7yat00e9j8b5v2m3n4p6q7"]))]
    customers: Vec<String>,
}

/// Find a customer
///
/// By their verified address. That an administrator looked is kept in the audit log, where the customer sees it.
#[utoipa::path(post, path = "/v1/admin/customers/lookup", operation_id = "admin_customer_lookup",
    tag = "administration", security(("bearer" = ["admin:requests"])), request_body = Lookup,
    responses((status = 200, description = "Who was found.", body = Found)))]
pub(crate) async fn lookup(
    State(flow): State<Arc<Requests>>,
    ctx: Ctx,
    operator: Operator<AdminRequests>,
    Json(lookup): Json<Lookup>,
) -> Result<Json<Found>, Problem> {
    let email = Email::parse(&lookup.email)
        .map_err(|error| RequestError::Fields(vec![FieldError::new("/email", "email", error.to_string())]))?;
    let cause = |customer| ctx.act(ActKind::CustomerLookedUp, operator.actor.clone()).to(customer);
    let found = flow.store.customer_look_up(&email, cause).await?;
    Ok(Json(Found { customers: found.iter().map(ToString::to_string).collect() }))
}
