//! Limits, counted before anything is looked up.

use domain::{ActKind, Actor};
use futures_util::future::try_join_all;
use store::{BlindIndex, Limit, Store, StoreError};

use crate::{Ctx, OAuthError, Problem};

/// Counts one against each limit; every one is counted, whichever is full.
///
/// # Errors
/// `429` when one is full, with the longest time to wait; `503` when they can't be counted.
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

/// Counts one against each limit. The longest time to wait, in seconds, when one is full.
async fn tally(ctx: &Ctx, store: &Store, limits: &[(Limit, String)]) -> Result<Option<u64>, StoreError> {
    let one = |(limit, subject): &(Limit, String)| {
        let (limit, subject) = (*limit, subject.clone());
        async move {
            let crossing = ctx.act(ActKind::LimitReached, Actor::Anonymous);
            store.limit_count(&limit, &subject, ctx.now, &crossing).await
        }
    };
    let counted = try_join_all(limits.iter().map(one)).await?;
    let full = counted.into_iter().filter_map(Result::err).map(|reached| reached.retry_after).max();
    if full.is_some() {
        ctx.count("Limited", 1);
    }
    Ok(full)
}

/// The client's address, as limits know it: a blind index.
///
/// # Errors
/// When the index key can't be unwrapped.
pub async fn client_addr(ctx: &Ctx, store: &Store) -> Result<BlindIndex, StoreError> {
    store.blind("client address", &ctx.client_addr.reveal()).await
}
