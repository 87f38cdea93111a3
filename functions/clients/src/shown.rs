//! A client, as administrators see it.

use axum::http::{HeaderMap, HeaderName};
use axum::response::{IntoResponse, Response};
use domain::Client;
use edge::{Json, document};
use http::header::{ETAG, IF_MATCH};
use serde::Serialize;
use serde_json::{Map, Value};
use store::{ClientOrigin, StoredClient};

use crate::ClientsFlowError;

/// Where a client or a brand comes from.
#[derive(Clone, Copy, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Origin {
    /// The deployment's file: it is changed there.
    File,
    /// An administrator wrote it.
    Administrator,
    /// It registered itself.
    Registration,
}

/// A client.
#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct ShownClient {
    /// What it may do.
    #[schema(value_type = Client)]
    client: Map<String, Value>,
    /// Where it comes from.
    origin: Origin,
    /// Its secrets, the oldest first; none of a client of the file.
    secrets: Vec<ShownSecret>,
    /// Since when, unless it stands in the file.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, format = "date-time", example = "2026-11-24T10:15:30Z")]
    registered_at: Option<String>,
    /// A secret that was made just now: said once.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, format = "password", example = "pcs_8vT1uXk9sB2nD5gR8wAZqxVtEqfHyLJc0m4pZ7aQy1c")]
    client_secret: Option<String>,
}

/// A secret, of which a digest is kept.
#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct ShownSecret {
    /// What it is called.
    #[schema(example = "sec_3mXyD8rJqPa2Sz5n")]
    pub(crate) id: String,
    /// Since when.
    #[schema(format = "date-time", example = "2026-11-24T10:15:30Z")]
    pub(crate) made_at: String,
}

/// What it may do, without what is left out and without digests.
fn plain(client: &Client) -> Map<String, Value> {
    let client = Client { secret_sha256: Vec::new(), ..client.clone() };
    let mut map = match serde_json::to_value(&client) {
        Ok(Value::Object(map)) => map,
        _ => Map::new(),
    };
    map.retain(|_, value| !value.is_null());
    map
}

impl ShownClient {
    /// One of the deployment's file.
    pub(crate) fn filed(client: &Client) -> Self {
        Self {
            client: plain(client),
            origin: Origin::File,
            secrets: Vec::new(),
            registered_at: None,
            client_secret: None,
        }
    }

    /// One that was registered.
    pub(crate) fn stored(stored: &StoredClient) -> Self {
        let origin = match stored.origin {
            ClientOrigin::Administrator => Origin::Administrator,
            ClientOrigin::Registration => Origin::Registration,
        };
        let secrets = stored.secrets.iter();
        let secrets = secrets.map(|one| ShownSecret { id: one.id.clone(), made_at: one.made_at.to_string() });
        Self {
            client: plain(&stored.client),
            origin,
            secrets: secrets.collect(),
            registered_at: Some(stored.registered_at.to_string()),
            client_secret: None,
        }
    }

    /// With a secret that was made just now.
    pub(crate) fn with(self, client_secret: Option<String>) -> Self {
        Self { client_secret, ..self }
    }
}

/// The tag of a version.
fn etag(version: u64) -> String {
    format!("\"{version}\"")
}

/// Whether the caller has read this version, as far as they say. What is not there was read by nobody.
pub(crate) fn check_seen(headers: &HeaderMap, version: Option<u64>) -> Result<(), ClientsFlowError> {
    let is_seen = match version {
        Some(version) => document::may_change(headers, &etag(version)),
        None => !headers.contains_key(IF_MATCH),
    };
    if is_seen { Ok(()) } else { Err(ClientsFlowError::Changed) }
}

/// The tag of a version, as a header.
pub(crate) fn tagged(version: u64) -> [(HeaderName, String); 1] {
    [(ETAG, etag(version))]
}

/// A registered client with its tag.
pub(crate) fn answer(shown: ShownClient, version: u64) -> Response {
    (tagged(version), Json(shown)).into_response()
}
