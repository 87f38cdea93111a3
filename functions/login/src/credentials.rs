//! An address and a password are tried: in one way, whoever asks.

use domain::{ActKind, Actor, Client, ConfigError, Email, KeyPurpose, Password, Proofs, Settings, SignedDuration};
use edge::{Ctx, limits};
use signin::{Advanced, Along, Arriving, DeviceToken, Ending};
use store::{BlindIndex, Limit, SignInFacts};

use crate::{Login, LoginError};

/// Who signs in.
pub(crate) struct Given<'a> {
    /// The address.
    pub(crate) email: Email,
    /// The password.
    pub(crate) password: Password,
    /// The app.
    pub(crate) client: &'a Client,
    /// What the last sign-in from this device left there.
    pub(crate) device_token: Option<&'a str>,
}

/// How many sign-ins may be tried.
pub(crate) struct Limits {
    per_address: Limit,
    per_device: Limit,
    per_client: Limit,
}

impl Limits {
    const WINDOW: SignedDuration = SignedDuration::from_mins(15);
    const DAY: SignedDuration = SignedDuration::from_hours(24);

    /// Reads, for a quarter of an hour, `LIMIT_LOGIN_PER_ADDRESS` (10), `LIMIT_LOGIN_PER_DEVICE` (10) and
    /// `LIMIT_LOGIN_PER_CLIENT` (300, for many customers share an office's or a carrier's address); for a
    /// day, `LIMIT_LOGIN_PER_ADDRESS_DAY` and `LIMIT_LOGIN_PER_DEVICE_DAY` (100: who guesses slowly gets
    /// no further).
    pub(crate) fn read(settings: &Settings) -> Result<Self, ConfigError> {
        let limit = |name, setting, most| Ok(Limit::new(name, settings.number(setting, most)?, Self::WINDOW));
        let by_day = |limit: Limit, setting| Ok(limit.and(settings.number(setting, 100)?, Self::DAY));
        Ok(Self {
            per_address: by_day(limit("login", "LIMIT_LOGIN_PER_ADDRESS", 10)?, "LIMIT_LOGIN_PER_ADDRESS_DAY")?,
            per_device: by_day(limit("login-device", "LIMIT_LOGIN_PER_DEVICE", 10)?, "LIMIT_LOGIN_PER_DEVICE_DAY")?,
            per_client: limit("login-client", "LIMIT_LOGIN_PER_CLIENT", 300)?,
        })
    }

    /// The bucket of all devices that an account does not know.
    fn of_strangers(&self, account: &BlindIndex) -> (Limit, String) {
        (self.per_address, account.as_str().to_owned())
    }
}

/// Tries them. The answer and the work are the same for a wrong password and for an address that nobody has.
pub(crate) async fn sign_in<E: Ending>(
    flow: &Login,
    ctx: &Ctx,
    ending: &E,
    given: Given<'_>,
) -> Result<Advanced<E::Done>, LoginError> {
    let Given { email, password, client, device_token } = given;
    let account = flow.store.email_index(&email).await?;
    let device = device(flow, ctx, &account, device_token).await?;
    count(flow, ctx, &account, device).await?;

    let claimed = flow.store.customer_by_email(&account).await?;
    let facts = flow.store.sign_in_facts(claimed, device.map(|token| token.device), ctx.now).await?;
    if device.is_some() && facts.as_ref().is_none_or(|facts| facts.known.is_none()) {
        count_stranger(flow, ctx, &account).await?;
    }
    let hash = facts.as_ref().and_then(|facts| facts.password.as_ref());
    let is_right = flow.passwords.verify(&password, hash).await?;
    let facts = decide(ctx, is_right, facts)?;

    let proofs = Proofs::of(facts.password_proof(), ctx.now);
    let who = Arriving { facts: &facts, client, proofs, known: facts.known };
    let advanced = flow.signin.advance(ending, ctx, who, Along::default()).await?;
    rehash(flow, ctx, &facts, &password).await;
    Ok(advanced)
}

/// The customer, if the password is theirs and they may sign in. Why not is nobody's business.
fn decide(ctx: &Ctx, is_right: bool, facts: Option<SignInFacts>) -> Result<SignInFacts, LoginError> {
    let facts = facts.filter(|facts| is_right && facts.security.status.provable(ctx.now).is_ok());
    facts.ok_or(LoginError::InvalidCredentials)
}

async fn device(
    flow: &Login,
    ctx: &Ctx,
    account: &BlindIndex,
    token: Option<&str>,
) -> Result<Option<DeviceToken>, LoginError> {
    let key = flow.store.key(KeyPurpose::Mac).await?;
    Ok(token.and_then(|token| DeviceToken::decode(token, key, account, ctx.now)))
}

/// Counts the try: by client address, and by account in a bucket of known devices or in that of all
/// unknown ones.
async fn count(flow: &Login, ctx: &Ctx, account: &BlindIndex, device: Option<DeviceToken>) -> Result<(), LoginError> {
    let limits = &flow.limits;
    let by_account = match device {
        Some(device) => (limits.per_device, format!("{}#{}", account.as_str(), device.bucket())),
        None => limits.of_strangers(account),
    };
    let client = limits::client_addr(ctx, &flow.store).await?;
    let by_client = (limits.per_client, client.as_str().to_owned());
    limits::count(ctx, &flow.store, &[by_client, by_account]).await.map_err(LoginError::Limited)
}

/// Counts the try of a device that the account knows no longer among those of all others. What its
/// token says of the epoch is known only now: still before anything is hashed.
async fn count_stranger(flow: &Login, ctx: &Ctx, account: &BlindIndex) -> Result<(), LoginError> {
    limits::count(ctx, &flow.store, &[flow.limits.of_strangers(account)]).await.map_err(LoginError::Limited)
}

/// Makes an outdated hash anew. Best effort: the sign-in is done, and the next one tries again.
async fn rehash(flow: &Login, ctx: &Ctx, facts: &SignInFacts, password: &Password) {
    if !facts.password.as_ref().is_some_and(|hash| flow.passwords.is_outdated(hash)) {
        return;
    }
    let Ok(new) = flow.passwords.hash(password, &ctx.rng).await else { return };
    let cause = ctx.act(ActKind::PasswordRehashed, Actor::Customer(facts.customer));
    let _ = flow.store.password_rehash(facts, &new, &cause).await;
}
