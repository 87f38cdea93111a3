//! Who is calling: a customer with a live session, by an access token of ours.

use std::sync::Arc;

use axum::extract::{FromRef, FromRequestParts};
use domain::oidc::{ClientAlg, customer_of};
use domain::{AccessToken, ActKind, Actor, ConfigError, CustomerId, SessionTimes, Settings, TokenRefused, jws};
use http::{HeaderMap, Method, request::Parts};
use store::{Security, Session, Store, StoreError};

use crate::{Ctx, Dpop, Kind, Presented, Problem, Proving, Scheme, UnspentProof};

/// What it takes to know a caller; every flow that has callers keeps one in its state.
#[derive(Clone)]
pub struct Gate {
    store: Store,
    times: Arc<SessionTimes>,
    dpop: Dpop,
}

impl Gate {
    /// A gate over this store.
    ///
    /// # Errors
    /// When the lifetimes of sessions can't be used.
    pub fn new(store: &Store, settings: &Settings) -> Result<Self, ConfigError> {
        let times = Arc::new(SessionTimes::read(settings)?);
        Ok(Self { store: store.clone(), times, dpop: Dpop::new(store, settings)? })
    }

    /// The token of a request, for us, whatever its session: presented as it has to be. One that is bound to a
    /// key is nobody's who has not the key.
    ///
    /// # Errors
    /// Why it is not believed, or that nothing could be looked up.
    pub async fn token(
        &self,
        ctx: &Ctx,
        (method, path): (&Method, &str),
        headers: &HeaderMap,
    ) -> Result<AccessToken, Problem> {
        let presented = Presented::from_headers(headers)?;
        self.presented(ctx, (method, path), headers, &presented, async |_: &AccessToken| Ok(&ClientAlg::ALL[..])).await
    }

    /// As [`Gate::token`], for a token that was presented where a route allows it, with a proof by one of the
    /// algorithms that its client may use.
    ///
    /// # Errors
    /// As [`Gate::token`].
    pub async fn presented(
        &self,
        ctx: &Ctx,
        (method, path): (&Method, &str),
        headers: &HeaderMap,
        presented: &Presented,
        algs: impl AsyncFnOnce(&AccessToken) -> Result<&'static [ClientAlg], Problem>,
    ) -> Result<AccessToken, Problem> {
        let text = presented.token.reveal();
        let token = self.believe(ctx, text).await?.map_err(|_| invalid_token(presented.scheme))?;
        match (presented.scheme, &token.cnf) {
            (Scheme::Bearer, None) => {}
            (Scheme::Bearer, Some(_)) => {
                return Err(invalid_token(Scheme::Dpop).detail("This token is bound to a key: it needs a DPoP proof."));
            }
            (Scheme::Dpop, None) => {
                return Err(invalid_token(Scheme::Bearer).detail("This token is bound to no key."));
            }
            (Scheme::Dpop, Some(bound)) => {
                let of = Proving { method, path, token: Some(text), algs: algs(&token).await? };
                let proof = self.dpop.look(ctx, headers, of).await?;
                if proof.as_ref().map(UnspentProof::jkt) != Some(&bound.jkt) {
                    return Err(invalid_token(Scheme::Dpop).detail("There is no proof of the key of this token."));
                }
                self.dpop.spend(proof.as_ref()).await?;
            }
        }
        Ok(token)
    }

    /// What it takes to believe proofs.
    pub fn dpop(&self) -> &Dpop {
        &self.dpop
    }

    /// Believes a token of ours, for us, whatever its session.
    ///
    /// # Errors
    /// Why it is not believed, or that nothing could be looked up.
    pub async fn believe(&self, ctx: &Ctx, token: &str) -> Result<Result<AccessToken, TokenRefused>, StoreError> {
        Ok(self
            .believe_for_any(ctx, token)
            .await?
            .and_then(|token| if token.aud.contains(&ctx.issuer) { Ok(token) } else { Err(TokenRefused::WrongIssuer) }))
    }

    /// Believes a token of ours, whomever it is for: to say what it is, never to act on it.
    ///
    /// # Errors
    /// Why it is not believed, or that nothing could be looked up.
    pub async fn believe_for_any(
        &self,
        ctx: &Ctx,
        token: &str,
    ) -> Result<Result<AccessToken, TokenRefused>, StoreError> {
        let check = |keys: &domain::KeySchedule| jws::verify::<AccessToken>(token, keys, &ctx.issuer, ctx.now);
        let mut verdict = check(&*self.store.key_schedule(ctx.now).await?);
        if verdict.as_ref().err() == Some(&TokenRefused::UnknownKey) {
            verdict = check(&*self.store.key_schedule_fresh(ctx.now).await?);
        }
        Ok(verdict)
    }

    /// The customer whose token it is. A pairwise subject (OpenID Connect Core §8.1) is opened where there is
    /// the key for it.
    ///
    /// # Errors
    /// When the key can't be unwrapped.
    pub async fn customer(&self, token: &AccessToken) -> Result<Option<CustomerId>, StoreError> {
        match (token.customer(), token.sid) {
            (Some(customer), _) => Ok(Some(customer)),
            (None, None) => Ok(None),
            (None, Some(_)) => match self.store.subject_key().await {
                Ok(key) => Ok(customer_of(&key, &token.sub)),
                Err(StoreError::NoKey(_)) => Ok(None),
                Err(error) => Err(error),
            },
        }
    }

    /// The live session of a token, and its customer's standing.
    ///
    /// # Errors
    /// When nothing could be looked up.
    pub async fn session(&self, ctx: &Ctx, token: &AccessToken) -> Result<Option<(Session, Security)>, StoreError> {
        let (Some(customer), Some(sid)) = (self.customer(token).await?, token.sid) else { return Ok(None) };
        let found = self.store.session(customer, sid).await?;
        Ok(found.filter(|(session, security)| {
            session.is_alive(security, ctx.now)
                && !session.is_browser()
                && token.epoch.is_some_and(|epoch| epoch <= session.epoch)
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
        let gate = Gate::from_ref(state);
        let token = gate.token(&ctx, (&parts.method, parts.uri.path()), &parts.headers).await?;
        let scheme = Scheme::of(&token);
        check_known(&token, scheme)?;
        let (session, security) = gate.session(&ctx, &token).await?.ok_or_else(|| invalid_token(scheme))?;
        ctx.client(&session.client_id);
        check_account(&token, &session, scheme)?;
        let caller = Self { customer: session.customer, session, security };
        let cause = ctx.act(ActKind::SessionSeen, caller.actor()).in_session(caller.session.id);
        // Best effort: a session that could not be noted as seen is no reason to refuse its owner.
        let _ = gate.store.session_seen(&caller.session, &gate.times, ctx.now, &cause).await;
        Ok(caller)
    }
}

/// The scope by which an app may manage the account of the customer that it signs in.
const ACCOUNT: &str = "account";

/// An app that knows a customer by a subject of its own must not learn here who that is to others.
fn check_known(token: &AccessToken, scheme: Scheme) -> Result<(), Problem> {
    if token.sub.starts_with("pws_") { Err(insufficient_scope(scheme, ACCOUNT)) } else { Ok(()) }
}

/// An app that signs a customer in does not own their account: sessions that it was given at the authorization
/// endpoint manage it with a scope for that alone.
fn check_account(token: &AccessToken, session: &Session, scheme: Scheme) -> Result<(), Problem> {
    let may = session.grant.is_none() || token.scope.split(' ').any(|scope| scope == ACCOUNT);
    if may { Ok(()) } else { Err(insufficient_scope(scheme, ACCOUNT)) }
}

/// The token permits something else.
pub fn insufficient_scope(scheme: Scheme, scope: &'static str) -> Problem {
    Problem::new(Kind::InsufficientScope).www_authenticate(&scheme.challenge("insufficient_scope", Some(scope)))
}

/// The token is not good here, or no longer.
pub fn invalid_token(scheme: Scheme) -> Problem {
    Problem::new(Kind::InvalidToken).www_authenticate(&scheme.challenge("invalid_token", None))
}
