//! `GET /v1/admin/clients`: every client of the deployment.

use std::sync::Arc;

use axum::extract::State;
use domain::Client;
use domain::scope::AdminClients;
use edge::{Json, Operator, Problem, Query};
use serde::{Deserialize, Serialize};

use crate::shown::ShownClient;
use crate::{ClientsFlowError, Registrar};

/// Which page.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Asked {
    #[serde(default)]
    limit: Option<String>,
    #[serde(default)]
    cursor: Option<String>,
}

/// Clients.
#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct ClientList {
    /// First those of the deployment's file, on the first page; then the others, by their ids.
    clients: Vec<ShownClient>,
    /// The `cursor` of the next page, if there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = "calendar")]
    next: Option<String>,
}

/// A page, unless less is asked for: as many as are read at once.
const PAGE: i32 = 100;

/// List clients
///
/// Those of the deployment's file, and those that were registered since.
#[utoipa::path(get, path = "/v1/admin/clients", operation_id = "admin_clients_list", tag = "administration",
    security(("bearer" = ["admin:clients"])),
    params(
        ("limit" = Option<u32>, Query, nullable = false, description = "So many registered clients a page, 100 if it is left out.", minimum = 1, maximum = 100, example = 100),
        ("cursor" = Option<String>, Query, nullable = false, description = "The `next` of the page before.", example = "calendar")),
    responses((status = 200, description = "A page of clients.", body = ClientList)))]
pub(crate) async fn list(
    State(flow): State<Arc<Registrar>>,
    _operator: Operator<AdminClients>,
    Query(asked): Query<Asked>,
) -> Result<Json<ClientList>, Problem> {
    let (most, after) = parse(&asked)?;
    let page = flow.store.clients_page(after, most).await?;
    let filed = flow.known.filed().iter().filter(|_| after.is_none()).map(ShownClient::filed);
    // What stands in the file by now is not what was registered.
    let is_other = |id: &str| flow.known.filed().find(id).is_none();
    let stored = page.clients.iter().filter(|stored| is_other(&stored.client.client_id)).map(ShownClient::stored);
    Ok(Json(ClientList { clients: filed.chain(stored).collect(), next: page.next }))
}

fn parse(asked: &Asked) -> Result<(i32, Option<&str>), ClientsFlowError> {
    let most = match &asked.limit {
        None => Some(PAGE),
        Some(text) => text.parse().ok().filter(|most| (1..=PAGE).contains(most)),
    };
    let most = most.ok_or(ClientsFlowError::Query("`limit` is not between 1 and 100."))?;
    let after = asked.cursor.as_deref();
    if after.is_some_and(|id| !Client::is_id(id)) {
        return Err(ClientsFlowError::Query("The cursor is none of a page before."));
    }
    Ok((most, after))
}
