//! The grant `refresh_token` (RFC 6749 §6), with rotation.

use domain::{ActKind, Actor, Client, RefreshToken, SignedDuration};
use edge::{Ctx, Params, UnspentProof, limits};
use signin::{GrantedSession, StartedSession};
use store::{Exchange, Grant, Limit, RefreshOutcome};

use crate::token::Tokens;
use crate::{Token, TokenError, claims, family, grants};

/// Continues a session. Signed first: while nothing can be signed, no family moves on, and no
/// customer who tries again looks like a thief.
pub(crate) async fn exchange(
    flow: &Token,
    ctx: &Ctx,
    client: &Client,
    params: &Params,
    proof: Option<&UnspentProof>,
) -> Result<Tokens, TokenError> {
    let token = check_refresh_token(flow, params).await?;
    let looked = flow.store.refresh_look(&token, &client.client_id, ctx.now).await?;
    if matches!(looked, RefreshOutcome::Reused(_)) {
        // A request that is shown again shows its proof again: that is told, and ends nothing.
        flow.spend(proof).await?;
    }
    let exchange = check_good(flow, ctx, looked).await?;
    check_retries(flow, ctx, &exchange).await?;
    let tokens = match exchange.session.grant.clone() {
        None => own_tokens(flow, ctx, client, (&exchange, params)).await?,
        Some(grant) => granted_tokens(flow, ctx, client, (&exchange, grant, params), proof).await?,
    };
    let cause = ctx.act(ActKind::SessionRefreshed, Actor::Customer(token.customer)).in_session(token.session);
    let made = if client.rotates_refresh_tokens() {
        flow.store.refresh_commit(exchange, flow.signin.times(), ctx.now, &cause).await?
    } else {
        flow.store.refresh_keep(exchange, flow.signin.times(), ctx.now, &cause).await?
    };
    check_good(flow, ctx, made).await?;
    Ok(tokens)
}

async fn check_good(flow: &Token, ctx: &Ctx, outcome: RefreshOutcome) -> Result<Exchange, TokenError> {
    match outcome {
        RefreshOutcome::Good(exchange) => Ok(*exchange),
        RefreshOutcome::Reused(session) => {
            let by = Actor::Client(session.client_id.clone());
            family::end(flow, ctx, &session, (ActKind::RefreshReused, by)).await?;
            Err(TokenError::InvalidRefreshToken)
        }
        RefreshOutcome::Dead => Err(TokenError::InvalidRefreshToken),
    }
}

/// A retry costs signatures, and there are only so many of those a second: no client needs many.
async fn check_retries(flow: &Token, ctx: &Ctx, exchange: &Exchange) -> Result<(), TokenError> {
    if !exchange.is_retry() {
        return Ok(());
    }
    let retries = Limit::new("refresh-retry", 20, SignedDuration::from_mins(1));
    let counts = [(retries, exchange.session.id.to_string())];
    limits::count_oauth(ctx, &flow.store, &counts).await.map_err(TokenError::Limited)
}

async fn check_refresh_token(flow: &Token, params: &Params) -> Result<RefreshToken, TokenError> {
    let text = params.required("refresh_token").map_err(TokenError::Malformed)?;
    flow.store.refresh_token_decode(text).await?.ok_or(TokenError::InvalidRefreshToken)
}

/// The tokens of an app that signed its customer in itself. They carry no scope, so that any would be more than
/// was granted.
async fn own_tokens(
    flow: &Token,
    ctx: &Ctx,
    client: &Client,
    (exchange, params): (&Exchange, &Params),
) -> Result<Tokens, TokenError> {
    if let Some(scope) = params.text("scope") {
        return Err(grants::no_scope(scope.split(' ').next().unwrap_or_default()));
    }
    if !params.resources().is_empty() {
        return Err(TokenError::InvalidTarget);
    }
    let session = &exchange.session;
    let continued = StartedSession {
        customer: session.customer,
        session: session.id,
        epoch: session.epoch,
        auth_time: session.state.auth_time,
        proofs: &session.proofs.all(),
        refresh: next(client, exchange),
    };
    let signed = flow.signin.tokens(ctx, client, &continued).await?;
    Ok(Tokens {
        access_token: signed.access_token,
        token_type: "Bearer",
        expires_in: signed.expires_in,
        refresh_token: Some(signed.refresh_token),
        id_token: Some(signed.id_token),
        scope: None,
    })
}

/// The tokens of an app that signed its customer in at the authorization endpoint: what it was given, as far as it is
/// registered for it, or less.
async fn granted_tokens(
    flow: &Token,
    ctx: &Ctx,
    client: &Client,
    (exchange, grant, params): (&Exchange, Grant, &Params),
    proof: Option<&UnspentProof>,
) -> Result<Tokens, TokenError> {
    let grant = grants::still_given(client, grant)?;
    let scope = grants::check_scope(&grant.scope, params.text("scope"))?;
    let resource = grants::check_resource(&grant.resource, params)?;
    let jkt = grants::check_proof(client, grant.jkt.as_deref(), proof.map(UnspentProof::jkt))?;
    flow.spend(proof).await?;
    let grant = Grant { jkt, ..grant };
    let session = &exchange.session;
    let of = GrantedSession {
        customer: session.customer,
        session: session.id,
        epoch: session.epoch,
        auth_time: session.state.auth_time,
        proofs: &session.proofs.all(),
        grant: &grant,
        scope: &scope,
        resource: &resource,
        nonce: None,
        claims: claims::of_id_token(flow, client, session.customer, &grant).await?,
    };
    let signed = flow.signin.granted_tokens(ctx, client, of).await?;
    let refresh_token = flow.store.refresh_token_encode(next(client, exchange)).await?;
    Ok(Tokens::of_grant(signed, &grant, &scope, Some(refresh_token)))
}

/// The token that goes on: the next of its family, or, where none are exchanged, the same.
fn next<'a>(client: &Client, exchange: &'a Exchange) -> &'a RefreshToken {
    if client.rotates_refresh_tokens() { &exchange.successor } else { exchange.presented() }
}
