//! One attempt at one mail: lease, decide, send, note.

use domain::{
    ActKind, Actor, ConfigError, CustomerId, Delivery, Email, KeyPurpose, LogoutNotice, Message, OutboxId, Recipient,
    Settings, SignedDuration, Timestamp,
};
use edge::{Ctx, Level};
use notify::Rendered;
use serde_json::json;
use store::{BlindIndex, Customer, Limit, LimitReached, OutboxItem, Outgoing, StoreError};

use crate::{
    Mailer,
    backoff::{Next, NotSent, next},
};

/// What became of a mail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// SES or SNS took it.
    Sent,
    /// The app took it.
    Told,
    /// Nothing is sent to this address, for it bounced or complained.
    Suppressed,
    /// This address has had enough mails for now.
    Limited,
    /// The customer that it was meant for has gone.
    Nobody,
    /// The table of transfers has no ground for it.
    Refused,
    /// It is tried again later.
    Deferred,
    /// It was given up.
    Parked,
    /// It is somebody else's turn, or was done before.
    NotOurs,
    /// It could not even be begun; its lease or its place in the index brings it back.
    Unknown,
}

impl Outcome {
    fn as_str(self) -> &'static str {
        match self {
            Self::Sent => "sent",
            Self::Told => "told",
            Self::Suppressed => "suppressed",
            Self::Limited => "limited",
            Self::Nobody => "nobody",
            Self::Refused => "refused",
            Self::Deferred => "deferred",
            Self::Parked => "parked",
            Self::NotOurs => "not ours",
            Self::Unknown => "unknown",
        }
    }

    fn metric(self) -> Option<&'static str> {
        match self {
            Self::Sent => Some("MailSent"),
            Self::Told => Some("LogoutsTold"),
            Self::Suppressed => Some("MailSuppressed"),
            Self::Limited => Some("MailLimited"),
            Self::Refused => Some("TransfersRefused"),
            Self::Deferred => Some("MailDeferred"),
            Self::Parked => Some("MailParked"),
            Self::Nobody | Self::NotOurs | Self::Unknown => None,
        }
    }
}

/// How many mails an address gets that strangers can ask for.
#[derive(Clone, Copy)]
pub(crate) struct Limits {
    all: Limit,
    already_registered: Limit,
    no_account: Limit,
}

impl Limits {
    /// `LIMIT_MAIL_PER_ADDRESS`: in a day.
    pub(crate) fn read(settings: &Settings) -> Result<Self, ConfigError> {
        let most = settings.number("LIMIT_MAIL_PER_ADDRESS", 20)?;
        Ok(Self {
            all: Limit::new("mail", most, SignedDuration::from_hours(24)),
            already_registered: Limit::new("mail-already-registered", 1, SignedDuration::from_hours(1)),
            no_account: Limit::new("mail-no-account", 1, SignedDuration::from_hours(1)),
        })
    }
}

impl Mailer {
    /// Tries to send one mail. Whatever happens is noted in its item, never returned.
    pub(crate) async fn attempt(&self, ctx: &Ctx, id: OutboxId) -> Outcome {
        // Without keys nothing can be read: that must not use attempts up.
        if let Err(error) = self.store.key(KeyPurpose::Outbox).await {
            return self.report(ctx, id, None, Outcome::Unknown, Some(&error.into()), Ok(()));
        }
        let item = match self.store.outbox_lease(id, self.clock.now()).await {
            Ok(Some(item)) => item,
            Ok(None) => return Outcome::NotOurs,
            Err(error @ StoreError::Corrupt(_)) => {
                let noted = self.store.outbox_park(id, self.clock.now()).await;
                return self.report(ctx, id, None, Outcome::Parked, Some(&error.into()), noted);
            }
            Err(error) => return self.report(ctx, id, None, Outcome::Unknown, Some(&error.into()), Ok(())),
        };
        let (outcome, error) = match self.deliver(ctx, &item).await {
            Ok(outcome) => (outcome, None),
            Err(error) => match next(&error, item.attempt, &self.rng) {
                Next::Suppressed => (Outcome::Suppressed, None),
                Next::Park => (Outcome::Parked, Some(error)),
                Next::Refuse(whose) => {
                    let noted = self.refuse(ctx, id, whose).await;
                    return self.report(ctx, id, Some(&item), Outcome::Refused, Some(&error), noted);
                }
                Next::Wait(wait) => {
                    let noted = self.store.outbox_defer(id, self.clock.now() + wait).await;
                    return self.report(ctx, id, Some(&item), Outcome::Deferred, Some(&error), noted);
                }
            },
        };
        let noted = match outcome {
            Outcome::Parked => self.store.outbox_park(id, self.clock.now()).await,
            _ => self.done(id, outcome).await,
        };
        self.report(ctx, id, Some(&item), outcome, error.as_ref(), noted)
    }

    /// Notes that an item is done, twice if need be: not to know would send the mail again.
    async fn done(&self, id: OutboxId, outcome: Outcome) -> Result<(), StoreError> {
        let now = self.clock.now();
        match self.store.outbox_done(id, outcome.as_str(), now).await {
            Ok(()) => Ok(()),
            Err(_) => self.store.outbox_done(id, outcome.as_str(), now).await,
        }
    }

    /// Notes that an item may not be sent, with an act: again at its next turn, if it can't be noted now.
    async fn refuse(&self, ctx: &Ctx, id: OutboxId, whose: Option<CustomerId>) -> Result<(), StoreError> {
        let mut cause = ctx.act(ActKind::TransferRefused, Actor::System);
        cause.subject = whose;
        self.store.outbox_refuse(id, self.clock.now(), &cause).await
    }

    async fn deliver(&self, ctx: &Ctx, item: &OutboxItem) -> Result<Outcome, NotSent> {
        match &item.what {
            Outgoing::Logout(notice) => self.tell(notice, item.about).await,
            Outgoing::Delivery(delivery) => match &delivery.to {
                Recipient::Email(address) => self.deliver_mail(ctx, item, delivery, address).await,
                // Whoever asks for an SMS is told when there were too many, so the flow has counted it.
                Recipient::Phone(_) => self.send(delivery, item.id, item.about).await,
            },
        }
    }

    /// Tells an app that a session has ended. Who flows ask does not know its customer's law: it is looked up here.
    async fn tell(&self, notice: &LogoutNotice, whose: Option<CustomerId>) -> Result<Outcome, NotSent> {
        let Some(whose) = whose else { return Ok(Outcome::Nobody) };
        let Some(customer) = self.store.customer(whose).await? else { return Ok(Outcome::Nobody) };
        let now = self.clock.now();
        let refused = |why| NotSent::Refused { why, whose: Some(whose) };
        let permit = self.transfers.allow(customer.jurisdiction.as_ref(), now).map_err(refused)?;
        // Each attempt has a token of its own, which lives for two minutes.
        let token = self.signin.logout_token(notice, now, &self.rng).await?;
        self.dispatch.send(permit, &notice.uri, &token).await?;
        Ok(Outcome::Told)
    }

    async fn deliver_mail(
        &self,
        ctx: &Ctx,
        item: &OutboxItem,
        asked: &Delivery,
        address: &Email,
    ) -> Result<Outcome, NotSent> {
        let now = self.clock.now();
        let index = self.store.email_index(address).await?;
        let (holder, suppressed) = self.store.mail_facts(&index, now).await?;
        if suppressed {
            return Ok(Outcome::Suppressed);
        }
        let asked = asked.clone();
        let delivery = match (meant_for(&asked.message), holder) {
            // Whose law counts is said anew: it may be another than when the mail was queued.
            (MeantFor::Whoever, Some(holder)) if is_on(&asked.message) => match self.store.customer(holder).await? {
                Some(Customer { jurisdiction, .. }) => Delivery { jurisdiction, ..asked },
                None => asked,
            },
            (MeantFor::Whoever, _) | (MeantFor::Stranger, None) => asked,
            (MeantFor::Customer, None) => Delivery { message: Message::NoAccount {}, ..asked },
            (meant @ (MeantFor::Stranger | MeantFor::Customer), Some(holder)) => {
                let Some(customer) = self.store.customer(holder).await? else { return Ok(Outcome::Nobody) };
                let message = if meant == MeantFor::Customer { asked.message } else { Message::AlreadyRegistered {} };
                let Customer { data, locale, jurisdiction, .. } = customer;
                Delivery { to: data.email.into(), locale, jurisdiction, message, ..asked }
            }
        };
        // Counted once a mail: an outage must not use an address's mails up.
        if item.attempt == 1 && !self.may_have(ctx, &index, &delivery.message, now).await? {
            return Ok(Outcome::Limited);
        }
        self.send(&delivery, item.id, holder.or(item.about)).await
    }

    /// Data leaves here, and nowhere else: through the gate, which knows whose law says what.
    async fn send(&self, delivery: &Delivery, id: OutboxId, whose: Option<CustomerId>) -> Result<Outcome, NotSent> {
        let (jurisdiction, now) = (delivery.jurisdiction.as_ref(), self.clock.now());
        let refused = |why| NotSent::Refused { why, whose };
        match notify::render(delivery, self.notify.brand())? {
            Rendered::Mail(mail) => {
                let permit = self.transfers.allow(jurisdiction, now).map_err(refused)?;
                self.notify.send(permit, &mail, &id).await?
            }
            Rendered::Sms(sms) => {
                let permit = self.transfers.allow(jurisdiction, now).map_err(refused)?;
                self.notify.send_sms(permit, &sms).await?
            }
        };
        Ok(Outcome::Sent)
    }

    /// Counts a mail to this address, and says whether it may go out.
    async fn may_have(
        &self,
        ctx: &Ctx,
        index: &BlindIndex,
        message: &Message,
        now: Timestamp,
    ) -> Result<bool, NotSent> {
        let all = (&self.limits.all, ActKind::LimitReached);
        let limits = match message {
            // One in an hour is the rule and nothing to be told of, so its act is not a reached limit.
            Message::AlreadyRegistered {} => vec![(&self.limits.already_registered, ActKind::MailSent), all],
            Message::NoAccount {} => vec![(&self.limits.no_account, ActKind::MailSent), all],
            Message::Registration { .. }
            | Message::EmailChange { .. }
            | Message::SignInCode { .. }
            | Message::SignInLink { .. }
            | Message::PasswordReset { .. }
            | Message::ConsentOptIn { .. } => vec![all],
            // What happened to their account is always said: strangers could use the limit up before
            // they do it. Nor do strangers get as far as a factor's code.
            Message::FactorCode { .. }
            | Message::EmailChanged { .. }
            | Message::PasswordChanged { .. }
            | Message::Notice { .. }
            | Message::ErasureRequested { .. }
            | Message::ErasureOnHold { .. }
            | Message::ErasureWithdrawn { .. }
            | Message::Erased { .. }
            | Message::Inactive { .. }
            | Message::SessionsEnded { .. }
            | Message::RequestDue { .. } => vec![],
        };
        for (limit, crossing) in limits {
            let crossing = ctx.act(crossing, Actor::System);
            match self.store.limit_count(limit, index.as_str(), now, &crossing).await? {
                Ok(()) => {}
                // A throttled counter says one second, and would lose the mail. The last second of a
                // window says so too: then the address has one mail too many.
                Err(LimitReached { retry_after: 1, .. }) => return Err(NotSent::Busy),
                Err(LimitReached { .. }) => return Ok(false),
            }
        }
        Ok(true)
    }

    /// Says what became of a mail, without saying whose it is.
    fn report(
        &self,
        ctx: &Ctx,
        id: OutboxId,
        item: Option<&OutboxItem>,
        outcome: Outcome,
        error: Option<&NotSent>,
        noted: Result<(), StoreError>,
    ) -> Outcome {
        let level = match outcome {
            Outcome::Sent | Outcome::Told | Outcome::Suppressed | Outcome::NotOurs => Level::Info,
            Outcome::Limited | Outcome::Nobody | Outcome::Deferred => Level::Warn,
            Outcome::Parked | Outcome::Unknown | Outcome::Refused => Level::Error,
        };
        let fields = json!({
            "outbox": id,
            "kind": item.map(|item| item.what.kind()),
            "attempt": item.map(|item| item.attempt),
            "waited_s": item.map(|item| self.clock.now().duration_since(item.created_at).as_secs()),
            "outcome": outcome.as_str(),
            "cause": error.map(|error| edge::chain(error)),
        });
        ctx.log(level, "mail", fields);
        if let Some(metric) = outcome.metric() {
            ctx.count(metric, 1);
        }
        if let Err(error) = noted {
            ctx.log(Level::Error, "outcome not noted", json!({"outbox": id, "cause": edge::chain(&error)}));
        }
        outcome
    }
}

/// Whom a mail is for, of those to whom its flow says the same without looking their address up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum MeantFor {
    /// Somebody whose address has no account; to one that has, another mail goes.
    Stranger,
    /// Somebody whose address has an account; to one that has none, another mail goes.
    Customer,
    /// Whoever has the address: the flow knew them.
    Whoever,
}

/// Whether a mail is about whoever has its address: what is due is told to whoever answers for it.
fn is_on(message: &Message) -> bool {
    !matches!(message, Message::RequestDue { .. })
}

fn meant_for(message: &Message) -> MeantFor {
    match message {
        Message::Registration { .. } | Message::EmailChange { .. } => MeantFor::Stranger,
        Message::SignInCode { .. } | Message::SignInLink { .. } | Message::PasswordReset { .. } => MeantFor::Customer,
        Message::AlreadyRegistered {}
        | Message::NoAccount {}
        | Message::ConsentOptIn { .. }
        | Message::EmailChanged { .. }
        | Message::FactorCode { .. }
        | Message::PasswordChanged { .. }
        | Message::Notice { .. }
        | Message::ErasureRequested { .. }
        | Message::ErasureOnHold { .. }
        | Message::ErasureWithdrawn { .. }
        | Message::Erased { .. }
        | Message::Inactive { .. }
        | Message::SessionsEnded { .. }
        | Message::RequestDue { .. } => MeantFor::Whoever,
    }
}
