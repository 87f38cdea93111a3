//! The keys that KMS makes and wraps, one for each purpose.

use domain::{ActKind, Actor, KeyPurpose};
use edge::Ctx;

use crate::{Done, Powers, RotateError};

/// Makes each wrapped key that is not in the vault. What there is stays for good: addresses are
/// found and data keys opened with it.
pub(crate) async fn make_missing(powers: &Powers, ctx: &Ctx, done: &mut Done) {
    let present = match powers.store.wrapped_keys_present().await {
        Ok(present) => present,
        Err(error) => return done.failures.push(error.into()),
    };
    for purpose in KeyPurpose::WRAPPED.into_iter().filter(|purpose| !present.contains(purpose)) {
        match make(powers, ctx, purpose).await {
            Ok(true) => done.wrapped.push(purpose.as_str()),
            Ok(false) => {}
            Err(error) => done.failures.push(error),
        }
    }
}

/// False if another run was faster: its key is the one.
async fn make(powers: &Powers, ctx: &Ctx, purpose: KeyPurpose) -> Result<bool, RotateError> {
    let wrapped = powers.keys.new_key(purpose).await?;
    let cause = ctx.act(ActKind::KeyRotated, Actor::System);
    Ok(powers.store.wrapped_key_put(purpose, &wrapped, &cause).await?)
}
