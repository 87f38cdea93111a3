//! Who is calling: a service or an administrator, by the scope that their access token carries.

use std::marker::PhantomData;

use axum::extract::{FromRef, FromRequestParts};
use domain::scope::administers;
use domain::{AccessToken, Actor, Scope};
use http::request::Parts;

use crate::caller::{insufficient_scope, invalid_token};
use crate::{Caller, Ctx, Gate, Problem, Scheme};

/// Somebody whose token carries the scope `S`: a registered client for itself (`client_credentials`),
/// or a customer who administers the deployment and whose session is alive. To administer, a token has to be for this
/// API alone: whoever else it is good to could administer with it.
#[derive(Clone, Debug)]
pub struct Operator<S> {
    /// Who, for the act.
    pub actor: Actor,
    /// The person and their session; nobody, if it is a service with a token of its own.
    pub caller: Option<Caller>,
    scope: PhantomData<S>,
}

impl<S: Scope, T: Send + Sync> FromRequestParts<T> for Operator<S>
where
    Gate: FromRef<T>,
{
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &T) -> Result<Self, Problem> {
        let ctx = Ctx::from_request_parts(parts, state).await?;
        let gate = Gate::from_ref(state);
        let token = gate.token(&ctx, (&parts.method, parts.uri.path()), &parts.headers).await?;
        let (actor, caller) = operator(&gate, &ctx, &token).await?;
        ctx.client(&token.client_id);
        if !token.scope.split(' ').any(|scope| scope == S::NAME) {
            return Err(insufficient_scope(Scheme::of(&token), S::NAME));
        }
        if administers(S::NAME) && token.aud != [ctx.issuer.as_str()] {
            return Err(invalid_token(Scheme::of(&token)));
        }
        Ok(Self { actor, caller, scope: PhantomData })
    }
}

/// Whose token it is. A token that names a customer or a session, but not both of one that is alive, is nobody's.
async fn operator(gate: &Gate, ctx: &Ctx, token: &AccessToken) -> Result<(Actor, Option<Caller>), Problem> {
    if token.sid.is_none() && token.epoch.is_none() && token.sub == token.client_id {
        return Ok((Actor::Client(token.client_id.clone()), None));
    }
    let (session, security) = gate.session(ctx, token).await?.ok_or_else(|| invalid_token(Scheme::of(token)))?;
    let caller = Caller { customer: session.customer, session, security };
    Ok((caller.actor(), Some(caller)))
}
