//! The permanent key: KMS made it, and it is published once.

use domain::{ActKind, Actor};
use edge::Ctx;
use store::PermanentKey;

use crate::{Done, Powers, RotateError};

/// Publishes the template's permanent key, if it is not published yet.
pub(crate) async fn publish(powers: &Powers, ctx: &Ctx, done: &mut Done) {
    match publish_missing(powers, ctx).await {
        Ok(published) => done.permanent = published,
        Err(error) => done.failures.push(error),
    }
}

async fn publish_missing(powers: &Powers, ctx: &Ctx) -> Result<Option<String>, RotateError> {
    let Some(arn) = powers.keys.permanent() else { return Ok(None) };
    if powers.store.permanent_keys().await?.iter().any(|key| key.arn == arn) {
        return Ok(None);
    }
    let key = PermanentKey { jwk: powers.keys.public_key(arn).await?, arn: arn.to_owned(), since: ctx.now };
    let cause = ctx.act(ActKind::KeyRotated, Actor::System);
    Ok(powers.store.permanent_key_put(&key, &cause).await?.then_some(key.jwk.kid))
}
