//! `GET /v1/me/audit`: what was done to the caller's account.

use std::collections::HashMap;
use std::sync::Arc;

use axum::extract::State;
use domain::{ActId, ActKind, Actor, CustomerId, SessionId};
use edge::{Caller, Ctx, Json, Problem, Query};
use serde::{Deserialize, Serialize};
use store::{Between, SessionAbout, StoreError, StoredAct};

use crate::{Acts, ActsError};

/// How many acts a page has.
const PAGE: usize = 50;

/// Which page.
#[derive(Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct Asked {
    /// The `cursor` of the page before; the newest where it is left out.
    #[serde(default)]
    #[param(nullable = false, required = false, example = "act_01hf7yat00e9j8b5v2m3n4p6q7")]
    cursor: Option<String>,
}

/// A page of acts.
#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct OwnActs {
    /// The newest first.
    acts: Vec<OwnAct>,
    /// For the next page; left out on the last.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = "act_01hf7yat00e9j8b5v2m3n4p6q7")]
    cursor: Option<String>,
}

/// Something that was done, as its customer sees it.
#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct OwnAct {
    /// Its id.
    #[schema(example = "act_01hf7yat00e9j8b5v2m3n4p6q7")]
    id: String,
    /// When.
    #[schema(format = "date-time", example = "2026-11-24T10:15:30Z")]
    at: String,
    /// What.
    #[schema(value_type = String, example = "session.started")]
    kind: ActKind,
    /// Who.
    by: By,
    /// In which session, where it was done in one.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = "ses_01hf7yat00e9j8b5v2m3n4p6q7")]
    session: Option<String>,
    /// The device that the session began on, in words, as long as the session is kept.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = "Firefox on Linux")]
    device: Option<String>,
    /// Roughly where it began, in words, where that is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = "Lyon, France")]
    place: Option<String>,
}

/// Who did something, as its customer is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum By {
    /// The customer.
    You,
    /// Somebody who administers the deployment.
    Support,
    /// An app or a service.
    App,
    /// The deployment itself.
    System,
    /// Somebody of whom nothing was known yet.
    Unknown,
}

impl By {
    fn of(actor: &Actor, customer: CustomerId) -> Self {
        match actor {
            Actor::Customer(id) if *id == customer => Self::You,
            Actor::Customer(_) => Self::Support,
            Actor::Client(_) => Self::App,
            Actor::System => Self::System,
            Actor::Anonymous => Self::Unknown,
        }
    }
}

/// See what was done to one's account
///
/// Whoever did it: the customer, an app, support, or the deployment itself; each time somebody looked
/// into this list for the customer, too. Acts say no more than this: on which device and where a session
/// began is told as long as the session is kept.
#[utoipa::path(get, path = "/v1/me/audit", operation_id = "acts_own", tag = "privacy", security(("bearer" = [])),
    params(Asked), responses((status = 200, description = "A page of acts.", body = OwnActs)))]
pub(crate) async fn mine(
    State(flow): State<Arc<Acts>>,
    _ctx: Ctx,
    caller: Caller,
    Query(asked): Query<Asked>,
) -> Result<Json<OwnActs>, Problem> {
    let before = match asked.cursor.as_deref() {
        Some(text) => Some(ActId::parse(text).ok_or(ActsError::Parameter("cursor"))?),
        None => None,
    };
    let acts = told(&flow, caller.customer, before).await?;
    let sessions = sessions(&flow, &caller, &acts).await?;
    let cursor = acts.last().filter(|_| acts.len() == PAGE).map(|stored| stored.act.id.to_string());
    let acts = acts.iter().map(|stored| OwnAct::of(stored, caller.customer, &sessions)).collect();
    Ok(Json(OwnActs { acts, cursor }))
}

/// A page of the acts that the customer may be told of: a full one, if there are as many, so that no gap tells
/// of the others.
async fn told(flow: &Acts, customer: CustomerId, mut before: Option<ActId>) -> Result<Vec<StoredAct>, StoreError> {
    let mut told = Vec::new();
    loop {
        let some = flow.store.acts_of(customer, Between::default(), before, PAGE).await?;
        before = some.last().map(|stored| stored.act.id);
        let is_over = some.len() < PAGE;
        told.extend(some.into_iter().filter(|stored| stored.act.kind.is_told()));
        told.truncate(PAGE);
        if is_over || told.len() == PAGE {
            return Ok(told);
        }
    }
}

/// What is known of the sessions of these acts, as far as they are kept.
async fn sessions(
    flow: &Acts,
    caller: &Caller,
    acts: &[StoredAct],
) -> Result<HashMap<SessionId, SessionAbout>, ActsError> {
    if acts.iter().all(|stored| stored.act.session.is_none()) {
        return Ok(HashMap::new());
    }
    let data_key = flow.store.data_key(caller.customer).await?.ok_or(ActsError::Erased)?;
    let kept = flow.store.sessions(caller.customer).await?;
    let about: Result<_, StoreError> = kept.iter().map(|session| Ok((session.id, session.about(&data_key)?))).collect();
    Ok(about?)
}

impl OwnAct {
    fn of(stored: &StoredAct, customer: CustomerId, sessions: &HashMap<SessionId, SessionAbout>) -> Self {
        let act = &stored.act;
        let about = act.session.and_then(|session| sessions.get(&session));
        Self {
            id: act.id.to_string(),
            at: act.at.to_string(),
            kind: act.kind,
            by: By::of(&act.actor, customer),
            session: act.session.map(|session| session.to_string()),
            device: about.map(|about| about.device.clone()),
            place: about.and_then(|about| about.place.clone()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_is_told_who_of_support_it_was() {
        let [ada, bob] = [1, 2].map(|byte| CustomerId::from_bytes([byte; 16]));
        let told = [
            (Actor::Customer(ada), By::You),
            (Actor::Customer(bob), By::Support),
            (Actor::Client("shop".to_owned()), By::App),
            (Actor::System, By::System),
            (Actor::Anonymous, By::Unknown),
        ];
        for (actor, by) in told {
            assert_eq!(By::of(&actor, ada), by);
        }
    }
}
