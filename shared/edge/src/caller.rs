//! Who is calling: a customer with a live session, by an access token of ours.

use std::sync::Arc;

use axum::extract::{FromRef, FromRequestParts};
use domain::{AccessToken, ActKind, Actor, ConfigError, CustomerId, SessionTimes, Settings, TokenRefused, jws};
use http::request::Parts;
use store::{Security, Session, Store, StoreError};

use crate::{Bearer, Challenge, Ctx, Kind, Problem};

/// What it takes to know a caller; every flow that has callers keeps one in its state.
#[derive(Clone)]
pub struct Gate {
    store: Store,
    times: Arc<SessionTimes>,
}

impl Gate {
    /// A gate over this store.
    ///
    /// # Errors
    /// When the lifetimes of sessions can't be used.
    pub fn new(store: &Store, settings: &Settings) -> Result<Self, ConfigError> {
        Ok(Self { store: store.clone(), times: Arc::new(SessionTimes::read(settings)?) })
    }

    /// Believes a token of ours, for us, whatever its session.
    ///
    /// # Errors
    /// Why it is not believed, or that nothing could be looked up.
    pub async fn believe(&self, ctx: &Ctx, token: &str) -> Result<Result<AccessToken, TokenRefused>, StoreError> {
        let check = |keys: &domain::KeySchedule| jws::verify::<AccessToken>(token, keys, &ctx.issuer, ctx.now);
        let mut verdict = check(&*self.store.key_schedule(ctx.now).await?);
        if verdict.as_ref().err() == Some(&TokenRefused::UnknownKey) {
            verdict = check(&*self.store.key_schedule_fresh(ctx.now).await?);
        }
        Ok(verdict.and_then(
            |token| {
                if token.aud.contains(&ctx.issuer) { Ok(token) } else { Err(TokenRefused::WrongIssuer) }
            },
        ))
    }

    /// The live session of a token, and its customer's standing.
    ///
    /// # Errors
    /// When nothing could be looked up.
    pub async fn session(&self, ctx: &Ctx, token: &AccessToken) -> Result<Option<(Session, Security)>, StoreError> {
        let (Some(customer), Some(sid)) = (token.customer(), token.sid) else { return Ok(None) };
        let found = self.store.session(customer, sid).await?;
        Ok(found.filter(|(session, security)| {
            session.is_alive(security, ctx.now) && token.epoch.is_some_and(|epoch| epoch <= session.epoch)
        }))
    }
}

/// A flow with callers keeps its gate in the state that it shares.
impl<T: AsRef<Self>> FromRef<Arc<T>> for Gate {
    fn from_ref(flow: &Arc<T>) -> Self {
        flow.as_ref().as_ref().clone()
    }
}

/// A customer whose session is alive.
#[derive(Clone, Debug)]
pub struct Caller {
    /// Who.
    pub customer: CustomerId,
    /// In which session.
    pub session: Session,
    /// In which standing.
    pub security: Security,
}

impl Caller {
    /// The caller as the actor of an act.
    pub fn actor(&self) -> Actor {
        Actor::Customer(self.customer)
    }

    /// Whether they proved anything in the last ten minutes. Whether that was all that they have,
    /// `signin::FreshAuthentication` says.
    pub fn is_fresh(&self, ctx: &Ctx) -> bool {
        self.session.state.is_fresh(ctx.now)
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Caller
where
    Gate: FromRef<S>,
{
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let ctx = Ctx::from_request_parts(parts, state).await?;
        let bearer = Bearer::from_headers(&parts.headers)?;
        let gate = Gate::from_ref(state);
        let token = gate.believe(&ctx, bearer.0.reveal()).await?.map_err(|_| invalid_token())?;
        let (session, security) = gate.session(&ctx, &token).await?.ok_or_else(invalid_token)?;
        ctx.client(&session.client_id);
        let caller = Self { customer: session.customer, session, security };
        let cause = ctx.act(ActKind::SessionSeen, caller.actor()).in_session(caller.session.id);
        // Best effort: a session that could not be noted as seen is no reason to refuse its owner.
        let _ = gate.store.session_seen(&caller.session, &gate.times, ctx.now, &cause).await;
        Ok(caller)
    }
}

fn invalid_token() -> Problem {
    Problem::new(Kind::InvalidToken).www_authenticate(&Challenge::BearerError { error: "invalid_token", scope: None })
}
