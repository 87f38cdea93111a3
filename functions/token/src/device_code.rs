//! The grant of RFC 8628: a device asks until its customer has decided in a browser elsewhere.

use domain::{ActKind, Actor, Client, Handle};
use edge::{Ctx, Params, UnspentProof};
use store::{AuthorizationCode, DevicePolled, OneTime, SessionAbout, Spent};

use crate::token::Tokens;
use crate::{Token, TokenError, authorization_code, grants};

/// Gives a device what its customer has allowed: once. Signed first: while nothing can be signed, nothing is spent.
pub(crate) async fn exchange(
    flow: &Token,
    ctx: &Ctx,
    client: &Client,
    params: &Params,
    proof: Option<&UnspentProof>,
) -> Result<Tokens, TokenError> {
    let handle = check_device_code(params)?;
    let jkt = grants::check_proof(client, None, proof.map(UnspentProof::jkt))?;
    let (thing, allowed) = check_allowed(flow, ctx, client, &handle).await?;
    let resource = grants::check_resource(&allowed.grant.resource, params)?;
    let facts = authorization_code::check_browser_session(flow, ctx, client, &allowed).await?;
    flow.spend(proof).await?;
    let session = authorization_code::begin(flow, ctx, client, &here(ctx, allowed.clone()), jkt);
    let tokens = authorization_code::sign(flow, ctx, client, &allowed, &session, &resource).await?;
    let cause = ctx.act(ActKind::SessionStarted, Actor::Customer(session.customer)).in_session(session.id);
    match flow.store.code_redeem(&thing, (&session, client.third_party), &facts, ctx.now, &cause).await? {
        Spent::Done => Ok(tokens),
        Spent::Gone | Spent::Taken | Spent::Changed => Err(TokenError::InvalidCode),
    }
}

fn check_device_code(params: &Params) -> Result<Handle, TokenError> {
    let text = params.required("device_code").map_err(TokenError::Malformed)?;
    Handle::parse(text).ok_or(TokenError::InvalidCode)
}

/// §3.5.
async fn check_allowed(
    flow: &Token,
    ctx: &Ctx,
    client: &Client,
    handle: &Handle,
) -> Result<(OneTime, AuthorizationCode), TokenError> {
    match flow.store.device_poll(handle, &client.client_id, ctx.now).await? {
        DevicePolled::Allowed(found) => Ok(*found),
        DevicePolled::Pending => Err(TokenError::DevicePending),
        DevicePolled::TooSoon => Err(TokenError::DeviceTooSoon),
        DevicePolled::Refused => Err(TokenError::DeviceRefused),
        DevicePolled::Expired => Err(TokenError::DeviceExpired),
        DevicePolled::Gone => Err(TokenError::InvalidCode),
    }
}

/// The session is where the device is, and not where its customer decided.
fn here(ctx: &Ctx, allowed: AuthorizationCode) -> AuthorizationCode {
    AuthorizationCode { about: SessionAbout { device: ctx.device.clone(), place: ctx.place.clone() }, ..allowed }
}
