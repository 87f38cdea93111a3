//! Tells whoever answers for data protection which requests are due: a week before, a day before, and
//! when one is overdue, once each.
//!
//! Powers: reads the index of open requests, notes in it who was told of what, drops what belongs to
//! nobody any more, and queues mail. It opens no request.

use std::sync::Arc;

use domain::{ActKind, Actor, ConfigError, Delivery, Email, KeyPurpose, Locale, Message, Settings, Urgency};
use edge::{BoxError, Ctx, Deployment, Flow, Function, Level};
use keys::Keys;
use serde_json::{Value, json};
use store::{OpenDsar, Send, Store, StoreError};

struct Reminders {
    store: Store,
    /// Who is told.
    contact: Option<Email>,
}

/// The function: `{"portico": "remind"}`, by a schedule.
///
/// # Errors
/// When a setting is missing or can't be used.
pub fn function(deployment: &Deployment) -> Result<Function, ConfigError> {
    let Deployment { sdk, settings, rng, .. } = deployment;
    let store = Store::open(sdk, settings, rng)?.with_keys(Keys::new(sdk, settings)?, &[KeyPurpose::Outbox]);
    let flow = Arc::new(Reminders { store, contact: contact(settings)? });
    Ok(edge::event(deployment, &Flow { name: "dsar_reminders" }, move |ctx, _| {
        let flow = flow.clone();
        async move { flow.round(&ctx).await }
    }))
}

/// Reads `PRIVACY_CONTACT`.
fn contact(settings: &Settings) -> Result<Option<Email>, ConfigError> {
    let parse = |text| Email::parse(text).map_err(|_| ConfigError::new("PRIVACY_CONTACT", "is no address"));
    settings.text("PRIVACY_CONTACT").map(parse).transpose()
}

/// How many are read at once.
const PAGE: i32 = 100;

impl Reminders {
    /// Looks at every request that is due within a week. One that fails is tried again next time, and
    /// holds up none of the others.
    async fn round(&self, ctx: &Ctx) -> Result<Value, BoxError> {
        let (mut told, mut failed, mut overdue, mut after) = (0_u64, None, 0_u64, None);
        loop {
            let page = self.store.dsars_open(ctx.now + Urgency::FIRST, after, PAGE).await?;
            for open in &page {
                overdue += u64::from(open.due_at <= ctx.now);
                match self.look(ctx, open).await {
                    Ok(is_told) => told += u64::from(is_told),
                    Err(error) => failed = Some(error),
                }
            }
            match page.last() {
                Some(last) if i32::try_from(page.len()).is_ok_and(|count| count >= PAGE) => {
                    after = Some((last.id, last.due_at));
                }
                _ => break,
            }
        }
        if overdue > 0 {
            ctx.count("RequestsOverdue", overdue);
        }
        match failed {
            None => Ok(json!({"told": told})),
            Some(error) => Err(error.into()),
        }
    }

    async fn look(&self, ctx: &Ctx, open: &OpenDsar) -> Result<bool, StoreError> {
        let Some(urgency) = open.reminder(ctx.now) else { return Ok(false) };
        let cause = ctx.act(ActKind::RequestReminded, Actor::System).to(open.id.customer);
        if !self.store.dsar_is_there(open).await? {
            // Its customer was erased, and the request with them.
            self.store.dsar_forget(open, &cause).await?;
            return Ok(false);
        }
        let Some(contact) = &self.contact else {
            let fields = json!({"request": open.id.to_string(), "urgency": urgency.number()});
            ctx.log(Level::Warn, "a request is due and PRIVACY_CONTACT is not set", fields);
            return Ok(false);
        };
        let send = Send::new(mail(ctx, contact, open, urgency), ctx.now, &ctx.rng);
        self.store.dsar_remind(open, urgency, &send, ctx.now, &cause).await
    }
}

fn mail(ctx: &Ctx, contact: &Email, open: &OpenDsar, urgency: Urgency) -> Delivery {
    let is_overdue = urgency == Urgency::Overdue;
    let message = Message::RequestDue { request: open.id, asked: open.kind, due_at: open.due_at, is_overdue };
    Delivery {
        to: contact.clone().into(),
        locale: Locale::default(),
        issuer: ctx.issuer.clone(),
        jurisdiction: None,
        message,
    }
}
