//! What limits of several flows have in common.

use domain::{ConfigError, Settings, SignedDuration};
use edge::{Ctx, Problem, limits};
use store::{Limit, Store, StoreError};

use crate::CodesPerAddress;

/// How much of what travels by mail may be tried in a quarter of an hour from one client address, and
/// how much one address is sent.
#[derive(Clone, Copy, Debug)]
pub struct MailedLimits {
    per_client: Limit,
    /// How much one address is sent.
    pub per_address: CodesPerAddress,
}

impl MailedLimits {
    const WINDOW: SignedDuration = SignedDuration::from_mins(15);

    /// The limit of this name, as the setting says or else `most`; and what one address is sent.
    ///
    /// # Errors
    /// When a setting is no number.
    pub fn read(settings: &Settings, name: &'static str, setting: &str, most: u64) -> Result<Self, ConfigError> {
        let per_client = Limit::new(name, settings.number(setting, most)?, Self::WINDOW);
        Ok(Self { per_client, per_address: CodesPerAddress::read(settings)? })
    }

    /// The limit of this client address and its subject, for `edge::limits::count`.
    ///
    /// # Errors
    /// When the index key can't be unwrapped.
    pub async fn by_client(&self, ctx: &Ctx, store: &Store) -> Result<(Limit, String), StoreError> {
        let addr = limits::client_addr(ctx, store).await?;
        Ok((self.per_client, addr.as_str().to_owned()))
    }

    /// Counts what this client address does, before anything is looked up.
    ///
    /// # Errors
    /// When there was enough of it, or it can't be counted.
    pub async fn count(&self, ctx: &Ctx, store: &Store) -> Result<(), Problem> {
        limits::count(ctx, store, &[self.by_client(ctx, store).await?]).await
    }
}
