//! `GET /v1/me/sessions`: where the caller is signed in, and which devices they trust.

use std::cmp::Reverse;
use std::sync::Arc;

use axum::extract::State;
use domain::{Acr, AuthenticationMethod, assurance, methods};
use edge::{Caller, Ctx, Json, Problem};
use serde::Serialize;
use store::{DataKey, Session, StoreError, TrustedDevice};

use crate::{SessionError, Sessions};

/// The caller's sessions.
#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct SessionList {
    /// Those that are alive, the newest first.
    sessions: Vec<ListedSession>,
    /// Devices on which a sign-in is not asked for a second factor, the newest first.
    trusted_devices: Vec<ListedDevice>,
}

/// A device that its owner trusts.
#[derive(Serialize, utoipa::ToSchema)]
#[schema(as = TrustedDevice)]
pub(crate) struct ListedDevice {
    /// Its id.
    #[schema(example = "dev_01hf7yat00e9j8b5v2m3n4p6q7")]
    id: String,
    /// What it is, in words.
    #[schema(example = "Firefox on Linux")]
    device: String,
    /// Roughly where it was when it came to be trusted, in words, where that is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = "Lyon, France")]
    place: Option<String>,
    /// Since when it is trusted.
    #[schema(format = "date-time", example = "2026-11-24T10:15:30Z")]
    since: String,
    /// Until when.
    #[schema(format = "date-time", example = "2026-12-24T10:15:30Z")]
    until: String,
}

/// A session, as its customer sees it.
#[derive(Serialize, utoipa::ToSchema)]
#[schema(as = Session)]
pub(crate) struct ListedSession {
    /// Its id; the `sid` of its tokens.
    #[schema(example = "ses_01hf7yat00e9j8b5v2m3n4p6q7")]
    id: String,
    /// Whether it is the one that asks.
    #[schema(example = true)]
    current: bool,
    /// The device that it began on, in words.
    #[schema(example = "Firefox on Linux")]
    device: String,
    /// Roughly where it began, in words, where that is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = "Lyon, France")]
    place: Option<String>,
    /// The app.
    #[schema(example = "portico")]
    client_id: String,
    /// How surely the customer proved who they are: the `acr` of its tokens.
    #[schema(value_type = String, example = "aal2")]
    acr: Acr,
    /// By what: the `amr` of its tokens (RFC 8176).
    #[schema(value_type = Vec<String>, example = json!(["pwd", "otp", "mfa"]))]
    amr: Vec<AuthenticationMethod>,
    /// When the customer signed in.
    #[schema(format = "date-time", example = "2026-11-24T10:15:30Z")]
    auth_time: String,
    /// When it was last seen, to five minutes.
    #[schema(format = "date-time", example = "2026-11-24T11:40:00Z")]
    last_seen: String,
    /// When it ends, if it is not used before.
    #[schema(format = "date-time", example = "2026-12-08T11:40:00Z")]
    expires_at: String,
}

/// List one's sessions and trusted devices
#[utoipa::path(get, path = "/v1/me/sessions", operation_id = "sessions_list", tag = "sessions", security(("bearer" = [])),
    responses((status = 200, description = "The sessions that are alive.", body = SessionList)))]
pub(crate) async fn list(
    State(flow): State<Arc<Sessions>>,
    ctx: Ctx,
    caller: Caller,
) -> Result<Json<SessionList>, Problem> {
    let data_key = flow.store.data_key(caller.customer).await?.ok_or(SessionError::Erased)?;
    let mut alive = flow.store.sessions(caller.customer).await?;
    alive.retain(|session| session.is_alive(&caller.security, ctx.now));
    alive.sort_by_key(|session| Reverse(session.id));
    let sessions: Result<_, StoreError> =
        alive.iter().map(|session| ListedSession::of(session, &caller, &data_key)).collect();
    let mut trusted = flow.store.trusted_devices(caller.customer).await?;
    trusted.retain(|device| device.is_alive(&caller.security, ctx.now));
    trusted.sort_by_key(|device| Reverse(device.id));
    let trusted_devices: Result<_, StoreError> =
        trusted.iter().map(|device| ListedDevice::of(device, &caller, &data_key)).collect();
    Ok(Json(SessionList { sessions: sessions?, trusted_devices: trusted_devices? }))
}

impl ListedDevice {
    fn of(device: &TrustedDevice, caller: &Caller, data_key: &DataKey) -> Result<Self, StoreError> {
        let about = device.about(caller.customer, data_key)?;
        Ok(Self {
            id: device.id.to_string(),
            device: about.device,
            place: about.place,
            since: device.since.to_string(),
            until: device.until.to_string(),
        })
    }
}

impl ListedSession {
    fn of(session: &Session, caller: &Caller, data_key: &DataKey) -> Result<Self, StoreError> {
        let about = session.about(data_key)?;
        Ok(Self {
            id: session.id.to_string(),
            current: session.id == caller.session.id,
            device: about.device,
            place: about.place,
            client_id: session.client_id.clone(),
            acr: assurance(&session.proofs.all()),
            amr: methods(&session.proofs.all()),
            auth_time: session.state.auth_time.to_string(),
            last_seen: session.state.last_seen.to_string(),
            expires_at: session.state.ends_at().to_string(),
        })
    }
}
