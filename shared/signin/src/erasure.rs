//! Erasures, whoever asks for one: how it begins, and how it is withdrawn.

use domain::{
    ActKind, Actor, ConfigError, Delivery, DsarOutcome, Email, ErasureBy, ErasureId, Handle, Message, Secret,
    SessionId, Settings, SignedDuration, Timestamp,
};
use edge::Ctx;
use store::{
    Customer, ErasureAbout, ErasureRequest, ErasureStanding, Held, Hold, NewErasure, OneTime, Receipt, Security, Send,
    Spent, Store, StoreError, StoredDsar, TakenBack,
};

/// The page behind the link by which an erasure is withdrawn.
pub const WITHDRAW_PAGE: &str = "/erasure/withdraw";
/// Where a certificate is had with a receipt.
pub const CERTIFICATE: &str = "/v1/erasure/certificate";

/// How long somebody who is to be erased can change their mind: `ERASURE_GRACE_DAYS` (14).
///
/// # Errors
/// When it is no number, or more than the month that the law gives.
pub fn grace(settings: &Settings) -> Result<SignedDuration, ConfigError> {
    match settings.number("ERASURE_GRACE_DAYS", 14)? {
        days @ 0..=30 => Ok(SignedDuration::from_hours(24 * i64::try_from(days).unwrap_or(14))),
        _ => Err(ConfigError::new("ERASURE_GRACE_DAYS", "is not between 0 and 30")),
    }
}

/// Who is to be erased, and on whose word.
pub struct Asking<'a> {
    /// Who.
    pub customer: &'a Customer,
    /// Their standing as it was read.
    pub security: &'a Security,
    /// Their holds as they were read.
    pub held: Held,
    /// Who asks.
    pub by: ErasureBy,
    /// The same, for the act.
    pub actor: Actor,
    /// In which session, where the customer asks.
    pub session: Option<SessionId>,
    /// Why, in an administrator's words.
    pub reason: Option<String>,
    /// By which number the administrator's own records know it.
    pub reference: Option<String>,
    /// The open request on record that is fulfilled by it.
    pub fulfils: Option<&'a StoredDsar>,
}

/// An erasure that was asked for.
#[derive(Clone, Debug)]
pub struct Asked {
    /// Its id.
    pub id: ErasureId,
    /// When the grace period ends.
    pub due_at: Timestamp,
    /// Until when a hold puts it off, as far as the customer may be told.
    pub on_hold_until: Option<Timestamp>,
    /// What the customer keeps.
    pub receipt: Receipt,
}

/// Asks for it: every session ends, the account is closed, and the customer is told. Nothing if their
/// standing has changed since it was read, or a hold of which they are told.
///
/// # Errors
/// When the store fails.
pub async fn ask(
    ctx: &Ctx,
    store: &Store,
    grace: SignedDuration,
    asking: Asking<'_>,
) -> Result<Option<Asked>, StoreError> {
    let Asking { customer, security, held, by, actor, session, reason, reference, fulfils } = asking;
    let closed = fulfils.and_then(|request| {
        let mut dsar = request.dsar.clone();
        dsar.close(DsarOutcome::Fulfilled, None, ctx.now).ok()?;
        Some((request, dsar, ctx.act(ActKind::RequestClosed, actor.clone()).to(customer.id)))
    });
    let (id, due_at) = (ErasureId::generate(ctx.now, &ctx.rng), ctx.now + grace);
    let on_hold_until = held.told(due_at, ctx.now);
    let receipt = Receipt::new(customer.id, &ctx.rng);
    let issuer = ctx.issuer.clone();
    let about = ErasureAbout { issuer, receipt: Secret::new(receipt.reveal()), reason, reference };
    // Where it is due at once there is nothing to press.
    let withdrawal = (!grace.is_zero()).then(|| {
        let handle = Handle::generate(&ctx.rng);
        let link = store.link_new(&handle);
        (handle, link)
    });
    let url = |(_, link): &(_, store::Link)| format!("{}{WITHDRAW_PAGE}?token={}", ctx.issuer, link.reveal());
    let link = withdrawal.as_ref().map(url).map(Secret::new);
    let send = mail(ctx, customer, Message::ErasureRequested { at: ctx.now, due_at, on_hold_until, by, link });
    let new = NewErasure {
        id,
        customer,
        security,
        by,
        held,
        due_at,
        receipt: &receipt,
        about: &about,
        withdrawal: withdrawal.as_ref().map(|(handle, link)| (handle, link)),
        send: &send,
        fulfils: closed.as_ref().map(|(request, dsar, act)| (*request, dsar, act)),
    };
    let mut cause = ctx.act(ActKind::ErasureRequested, actor).to(customer.id);
    cause.session = session;
    Ok(match store.erasure_ask(&new, ctx.now, &cause).await? {
        Spent::Done => Some(Asked { id, due_at, on_hold_until, receipt }),
        Spent::Gone | Spent::Taken | Spent::Changed => None,
    })
}

/// Withdraws it, and tells the customer. `spend` is what it is withdrawn with.
///
/// # Errors
/// When the store fails.
pub async fn withdraw(
    ctx: &Ctx,
    store: &Store,
    (customer, security): (&Customer, &Security),
    erasure: &ErasureRequest,
    spend: Option<&OneTime>,
    actor: Actor,
) -> Result<Spent, StoreError> {
    let send = mail(ctx, customer, Message::ErasureWithdrawn { at: ctx.now });
    let cause = ctx.act(ActKind::ErasureWithdrawn, actor).to(customer.id);
    store.erasure_withdraw(erasure, security, spend, &send, ctx.now, &cause).await
}

/// The mail that a hold sends to somebody who is to be erased: where they may be told of it, and it puts that off
/// for longer than they know.
pub fn on_hold(ctx: &Ctx, customer: &Customer, standing: &ErasureStanding, hold: &Hold) -> Option<Send> {
    let due_at = standing.erasure.as_ref()?.due_at;
    let known = standing.held.told(due_at, ctx.now).unwrap_or_else(|| due_at.max(ctx.now));
    let is_news = hold.is_told && known < hold.until;
    is_news.then(|| mail(ctx, customer, Message::ErasureOnHold { until: hold.until }))
}

/// What is written where securing an account takes an erasure back that waits; `to` is the address of whoever
/// secures it.
pub fn taken_back(ctx: &Ctx, customer: &Customer, to: &Email) -> TakenBack {
    TakenBack {
        send: mail_to(ctx, customer, to, Message::ErasureWithdrawn { at: ctx.now }),
        cause: ctx.act(ActKind::ErasureWithdrawn, Actor::Customer(customer.id)),
    }
}

/// A mail to a customer, about themselves.
pub fn mail(ctx: &Ctx, customer: &Customer, message: Message) -> Send {
    mail_to(ctx, customer, &customer.data.email, message)
}

fn mail_to(ctx: &Ctx, customer: &Customer, to: &Email, message: Message) -> Send {
    let (to, locale, issuer) = (to.clone().into(), customer.locale, ctx.issuer.clone());
    let delivery = Delivery { to, locale, issuer, jurisdiction: customer.jurisdiction.clone(), message };
    Send::new(delivery, ctx.now, &ctx.rng).about(customer.id)
}
