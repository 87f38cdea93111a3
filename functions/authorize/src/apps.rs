//! `GET /v1/me/apps` and `DELETE /v1/me/apps/{id}`: what the caller allows apps of others, and taking it back.

use std::cmp::Reverse;
use std::sync::Arc;

use axum::extract::rejection::PathRejection;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use domain::oidc::document_host;
use domain::{ActKind, Client};
use edge::{Caller, Ctx, Json, Kind, Problem};
use serde::Serialize;
use store::{AllowedApp, Session, document_name};

use crate::Authorize;

/// The apps of others that the caller allows something.
#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct AppList {
    /// The newest first.
    apps: Vec<ListedApp>,
}

/// An app of somebody else's, as its customer sees it.
#[derive(Serialize, utoipa::ToSchema)]
#[schema(as = App)]
pub(crate) struct ListedApp {
    /// What it is called where it is taken back: its `client_id`, or a name for it where that is an address.
    #[schema(example = "calendar")]
    id: String,
    /// The client.
    #[schema(example = "calendar")]
    client_id: String,
    /// Its name.
    #[schema(example = "The Calendar")]
    name: String,
    /// What it may do.
    #[schema(example = json!(["openid", "email"]))]
    scope: Vec<String>,
    /// Since when.
    #[schema(format = "date-time", example = "2026-11-24T10:15:30Z")]
    since: String,
    /// Since when it is signed in, if it is: when its oldest session began that is alive.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, format = "date-time", example = "2026-11-24T10:15:31Z")]
    signed_in_since: Option<String>,
}

/// List what one allows apps of others
#[utoipa::path(get, path = "/v1/me/apps", operation_id = "apps_list", tag = "authorization", security(("bearer" = [])),
    responses((status = 200, description = "The apps.", body = AppList)))]
pub(crate) async fn list(
    State(flow): State<Arc<Authorize>>,
    ctx: Ctx,
    caller: Caller,
) -> Result<Json<AppList>, Problem> {
    let mut allowed = flow.store.allowed_apps(caller.customer).await?;
    allowed.sort_by_key(|app| Reverse(app.since));
    let mut alive = flow.store.sessions(caller.customer).await?;
    alive.retain(|session| session.is_alive(&caller.security, ctx.now));
    let mut apps = Vec::with_capacity(allowed.len());
    for app in allowed {
        let client = flow.clients.find(&ctx, &app.client_id).await?;
        apps.push(show(client.as_deref(), app, &alive));
    }
    Ok(Json(AppList { apps }))
}

fn show(client: Option<&Client>, app: AllowedApp, alive: &[Session]) -> ListedApp {
    let name = client.map_or(&app.client_id, |client| &client.client_name).clone();
    let own = alive.iter().filter(|session| session.is_granted_to(&app.client_id));
    let since = own.map(|session| session.id.made_at()).min();
    ListedApp {
        id: listed_id(&app.client_id),
        name,
        scope: app.scope,
        since: app.since.to_string(),
        signed_in_since: since.map(|since| since.to_string()),
        client_id: app.client_id,
    }
}

/// Take back what one allows an app
///
/// Its sessions end, of which it is told if it wants to be; to sign in to it again is to be asked again. What was taken
/// back can be taken back again, for whoever lost the first answer.
#[utoipa::path(delete, path = "/v1/me/apps/{id}", operation_id = "app_revoke", tag = "authorization",
    security(("bearer" = [])),
    params(("id" = String, Path, description = "The app: the `id` of the list.", example = "calendar")),
    responses((status = 204, description = "It is allowed nothing.")))]
pub(crate) async fn revoke(
    State(flow): State<Arc<Authorize>>,
    ctx: Ctx,
    caller: Caller,
    id: Result<Path<String>, PathRejection>,
) -> Result<StatusCode, Problem> {
    let id = id.ok().map(|Path(id)| id).filter(|id| is_id(id)).ok_or(Problem::new(Kind::NotFound))?;
    let client_id = client_of(&flow, &caller, id).await?;
    // First, so that no code that is on its way begins another session.
    let cause = ctx.act(ActKind::AppRevoked, caller.actor());
    if !flow.store.allowed_app_delete(caller.customer, &client_id, &cause).await? {
        return Err(Problem::new(Kind::NotFound));
    }
    for session in flow.store.sessions(caller.customer).await? {
        if session.is_granted_to(&client_id) && session.ended_at.is_none() {
            let cause = ctx.act(ActKind::SessionEnded, caller.actor()).in_session(session.id);
            signin::end_session(&flow.store, &flow.clients, &ctx, &session, &cause).await?;
        }
    }
    Ok(StatusCode::NO_CONTENT)
}

/// An address has slashes, which are no part of a path on every way: it has a name there.
fn listed_id(client_id: &str) -> String {
    if document_host(client_id).is_some() { document_name(client_id) } else { client_id.to_owned() }
}

/// The client that the caller means by this id: one of those that they allow something, or did.
async fn client_of(flow: &Authorize, caller: &Caller, id: String) -> Result<String, Problem> {
    if !id.starts_with("doc_") {
        return Ok(id);
    }
    let allowed = flow.store.apps_once_allowed(caller.customer).await?;
    Ok(allowed.into_iter().find(|client_id| listed_id(client_id) == id).unwrap_or(id))
}

/// What a client can be called: it becomes part of a key.
fn is_id(text: &str) -> bool {
    (1..=512).contains(&text.len()) && !text.chars().any(char::is_control)
}
