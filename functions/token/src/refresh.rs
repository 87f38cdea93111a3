//! The grant `refresh_token` (RFC 6749 §6), with rotation.

use domain::{Act, ActKind, Actor, Client, Delivery, EndReason, Message, RefreshToken, SignedDuration};
use edge::{Ctx, Params, limits};
use signin::StartedSession;
use store::{Exchange, Limit, RefreshOutcome, Send, Session};

use crate::token::Tokens;
use crate::{Token, TokenError};

/// Continues a session. Signed first: while nothing can be signed, no family moves on, and no
/// customer who tries again looks like a thief.
pub(crate) async fn exchange(flow: &Token, ctx: &Ctx, client: &Client, params: &Params) -> Result<Tokens, TokenError> {
    let token = check_refresh_token(flow, params).await?;
    check_no_scope(params)?;
    let looked = flow.store.refresh_look(&token, &client.client_id, ctx.now).await?;
    let exchange = check_good(flow, ctx, looked).await?;
    check_retries(flow, ctx, &exchange).await?;
    let tokens = sign(flow, ctx, client, &exchange).await?;
    let cause = ctx.act(ActKind::SessionRefreshed, Actor::Customer(token.customer)).in_session(token.session);
    let made = flow.store.refresh_commit(exchange, flow.signin.times(), ctx.now, &cause).await?;
    check_good(flow, ctx, made).await?;
    Ok(tokens)
}

async fn check_good(flow: &Token, ctx: &Ctx, outcome: RefreshOutcome) -> Result<Exchange, TokenError> {
    match outcome {
        RefreshOutcome::Good(exchange) => Ok(*exchange),
        RefreshOutcome::Reused(session) => {
            end_family(flow, ctx, &session).await?;
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

/// Customers' tokens carry no scope, so that any would be more than was granted.
fn check_no_scope(params: &Params) -> Result<(), TokenError> {
    if params.text("scope").is_none() { Ok(()) } else { Err(TokenError::InvalidScope) }
}

async fn sign(flow: &Token, ctx: &Ctx, client: &Client, exchange: &Exchange) -> Result<Tokens, TokenError> {
    let Exchange { session, successor, .. } = exchange;
    let continued = StartedSession {
        customer: session.customer,
        session: session.id,
        epoch: session.epoch,
        auth_time: session.state.auth_time,
        proofs: &session.proofs.all(),
        refresh: successor,
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

/// Somebody copied a token of this session: it ends for both, and its customer is told.
async fn end_family(flow: &Token, ctx: &Ctx, session: &Session) -> Result<(), TokenError> {
    ctx.count("RefreshReused", 1);
    let actor = Actor::Client(session.client_id.clone());
    let cause: Act = ctx.act(ActKind::RefreshReused, actor).to(session.customer).in_session(session.id);
    let Some(customer) = flow.store.customer(session.customer).await? else {
        flow.store.session_end(session.customer, session.id, ctx.now, &cause).await?;
        return Ok(());
    };
    let message = Message::SessionsEnded { at: ctx.now, reason: EndReason::RefreshReuse };
    let (to, locale, issuer) = (customer.data.email.into(), customer.locale, ctx.issuer.clone());
    let jurisdiction = customer.jurisdiction;
    let delivery = Delivery { to, locale, issuer, jurisdiction, message };
    let notice = Send::new(delivery, ctx.now, &ctx.rng).about(session.customer);
    Ok(flow.store.refresh_family_end(session, &notice, ctx.now, &cause).await?)
}
