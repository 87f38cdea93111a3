//! `GET` and `PUT /v1/me/preferences`: how the caller wants to be written to.

use std::sync::Arc;

use axum::extract::State;
use domain::{ActKind, Channels, Frequency, Locale, Preferences, QuietHours};
use edge::{Caller, Ctx, Json, Problem};
use serde::{Deserialize, Serialize};
use store::StoredPreferences;

use crate::{Consent, ConsentError};

/// How a customer wants to be written to. It permits nothing: that is a matter of consent.
#[derive(Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = Preferences)]
pub(crate) struct ShownPreferences {
    /// By which ways.
    channels: Channels,
    /// About what: topics of `/v1/purposes`.
    #[schema(max_items = 100, example = json!(["offers"]))]
    topics: Vec<String>,
    /// How often.
    frequency: Frequency,
    /// When not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    quiet_hours: Option<QuietHours>,
    /// The language of mails: the profile's, too.
    #[schema(example = "en")]
    language: Locale,
    /// Changes with each change; a change names the one that was read.
    #[schema(minimum = 0, example = 0)]
    version: u64,
}

impl ShownPreferences {
    fn of(stored: StoredPreferences) -> Self {
        let Preferences { channels, topics, frequency, quiet_hours } = stored.preferences;
        let (language, version) = (stored.customer.locale, stored.version);
        Self { channels, topics, frequency, quiet_hours, language, version }
    }
}

/// Read one's preferences
///
/// The least, where the customer never said: by mail, about nothing in particular, once a week.
#[utoipa::path(get, path = "/v1/me/preferences", operation_id = "preferences_read", tag = "privacy", security(("bearer" = [])),
    responses((status = 200, description = "How the caller wants to be written to.", body = ShownPreferences)))]
pub(crate) async fn read(State(flow): State<Arc<Consent>>, caller: Caller) -> Result<Json<ShownPreferences>, Problem> {
    let stored = flow.store.preferences(caller.customer).await?.ok_or(ConsentError::Erased)?;
    Ok(Json(ShownPreferences::of(stored)))
}

/// Change one's preferences
///
/// All of them at once, if they are still what was read.
#[utoipa::path(put, path = "/v1/me/preferences", operation_id = "preferences_change", tag = "privacy", security(("bearer" = [])),
    request_body = ShownPreferences,
    responses((status = 200, description = "The preferences as they are now.", body = ShownPreferences)))]
pub(crate) async fn change(
    State(flow): State<Arc<Consent>>,
    ctx: Ctx,
    caller: Caller,
    Json(wanted): Json<ShownPreferences>,
) -> Result<Json<ShownPreferences>, Problem> {
    flow.count(&ctx, caller.customer).await?;
    let ShownPreferences { channels, topics, frequency, quiet_hours, language, version } = wanted;
    let new = Preferences { channels, topics, frequency, quiet_hours };
    let errors = new.check(&*flow.registry(&ctx).await?);
    if !errors.is_empty() {
        return Err(ConsentError::Fields(errors).into());
    }
    let mut stored = flow.store.preferences(caller.customer).await?.ok_or(ConsentError::Erased)?;
    let is_same = stored.preferences == new && stored.customer.locale == language && stored.version > 0;
    // Who sends a change twice has made it once.
    let is_again = is_same && stored.version == version.saturating_add(1);
    if stored.version != version && !is_again {
        return Err(ConsentError::Changed.into());
    }
    if !is_same {
        let cause = ctx.act(ActKind::PreferencesChanged, caller.actor()).in_session(caller.session.id);
        flow.store.preferences_put(&stored, &new, language, &cause).await?;
        stored.version += 1;
        stored.customer.locale = language;
        stored.preferences = new;
    }
    Ok(Json(ShownPreferences::of(stored)))
}
