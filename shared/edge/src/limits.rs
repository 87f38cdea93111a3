//! Limits, counted before anything is looked up.

use domain::{ActKind, Actor};
use store::{BlindIndex, Limit, Store, StoreError};

use crate::{Ctx, OAuthError, Problem};

/// Counts one against each limit, in their order, up to the first that is full. The caller's own
/// come first: whoever is refused by theirs must not use up anybody else's.
///
/// # Errors
/// `429` when one is full, with the time to wait; `503` when they can't be counted.
pub async fn count(ctx: &Ctx, store: &Store, limits: &[(Limit, String)]) -> Result<(), Problem> {
    tally(ctx, store, limits).await?.map_or(Ok(()), |seconds| Err(Problem::too_many_requests(seconds)))
}

/// As [`count()`], for `/oauth2/*`.
///
/// # Errors
/// As [`count()`], in RFC 6749's form.
pub async fn count_oauth(ctx: &Ctx, store: &Store, limits: &[(Limit, String)]) -> Result<(), OAuthError> {
    tally(ctx, store, limits).await?.map_or(Ok(()), |seconds| Err(OAuthError::too_many_requests(seconds)))
}

/// As [`count()`], for whoever answers in a form of their own: the time to wait, in seconds, when one is full.
///
/// # Errors
/// When they can't be counted.
pub async fn tally(ctx: &Ctx, store: &Store, limits: &[(Limit, String)]) -> Result<Option<u64>, StoreError> {
    for (limit, subject) in limits {
        let crossing = ctx.act(ActKind::LimitReached, Actor::Anonymous);
        if let Err(reached) = store.limit_count(limit, subject, ctx.now, &crossing).await? {
            ctx.count("Limited", 1);
            return Ok(Some(reached.retry_after));
        }
    }
    Ok(None)
}

/// The client's address, as limits know it: a blind index.
///
/// # Errors
/// When the index key can't be unwrapped.
pub async fn client_addr(ctx: &Ctx, store: &Store) -> Result<BlindIndex, StoreError> {
    store.blind("client address", &ctx.client_addr.reveal()).await
}
