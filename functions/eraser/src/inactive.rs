//! Customers who are not seen any more: told, told again, then erased like anybody who asks for it.
//!
//! Off unless `INACTIVE_DAYS` says how long: no law names a number, and a deployment whose customers sign
//! in once in five years must say so.

use domain::{ActKind, Actor, ConfigError, CustomerId, ErasureBy, Message, Settings, SignedDuration, Timestamp};
use edge::{BoxError, Ctx, Level};
use serde_json::{Value, json};
use signin::erasure::{self, Asking};
use store::{Activity, StoreError, Told, Walk};

use crate::{BUDGET, Eraser, Unfinished};

const NAME: &str = "inactive";
/// How often the walk begins anew: the items of sessions stay for longer, so that it meets each.
const EVERY: SignedDuration = SignedDuration::from_hours(3 * 24);
/// How long before the end, and how long apart, somebody is told.
const NOTICE: SignedDuration = SignedDuration::from_hours(30 * 24);

/// Reads `INACTIVE_DAYS`: 0 is never.
pub(crate) fn read(settings: &Settings) -> Result<Option<SignedDuration>, ConfigError> {
    match settings.number("INACTIVE_DAYS", 0)? {
        0 => Ok(None),
        days @ 180..=7300 => Ok(Some(SignedDuration::from_hours(24 * i64::try_from(days).unwrap_or_default()))),
        _ => Err(ConfigError::new("INACTIVE_DAYS", "is neither 0 nor between 180 and 7300")),
    }
}

impl Eraser {
    /// Goes on with the walk through all customers, until its time is up.
    pub(crate) async fn walk(&self, ctx: &Ctx) -> Result<Value, BoxError> {
        let Some(limit) = self.inactive else { return Ok(json!({"walked": 0})) };
        let mut cursor = match self.store.cursor(NAME).await? {
            Some((cursor, is_over)) if !is_over => cursor,
            Some((cursor, _)) if ctx.now < cursor.began_at + EVERY => return Ok(json!({"walked": 0})),
            Some(_) | None => Walk::begin(ctx.now),
        };
        let (mut walked, mut failures) = (0_u64, Vec::new());
        loop {
            let (customers, next) = self.store.customers_walk(&cursor).await?;
            for customer in customers {
                walked += 1;
                if let Err(error) = self.look(ctx, customer, limit).await {
                    ctx.log(Level::Error, "not looked at", json!({"customer": customer, "cause": edge::chain(&error)}));
                    failures.push(error);
                }
            }
            let is_over = next.is_none();
            cursor = next.unwrap_or(cursor);
            let cause = ctx.act(ActKind::CustomerSeen, Actor::System);
            self.store.cursor_put(NAME, &cursor, is_over, &cause).await?;
            if is_over || self.clock.now().duration_since(ctx.now) > BUDGET {
                break;
            }
        }
        if failures.is_empty() { Ok(json!({"walked": walked})) } else { Err(Unfinished(failures).into()) }
    }

    async fn look(&self, ctx: &Ctx, id: CustomerId, limit: SignedDuration) -> Result<(), StoreError> {
        let (seen, noted) = self.store.activity(id).await?;
        let known = noted.unwrap_or(Activity { seen_at: id.made_at(), told: Told::Never });
        let seen_at = seen.map_or(known.seen_at, |seen| seen.max(known.seen_at));
        match next(known, seen_at, limit, ctx.now) {
            Next::Nothing => Ok(()),
            Next::Note => {
                let activity = Activity { seen_at, told: Told::Never };
                let cause = ctx.act(ActKind::CustomerSeen, Actor::System).to(id);
                self.store.activity_note(id, &activity, None, ctx.now, &cause).await
            }
            Next::Tell(times, until) => {
                let Some(customer) = self.store.customer(id).await? else { return Ok(()) };
                let Some(standing) = self.store.erasure_standing(id).await? else { return Ok(()) };
                let on_hold_until = standing.held.told(until, ctx.now);
                let send = erasure::mail(ctx, &customer, Message::Inactive { until, on_hold_until });
                let activity = Activity { seen_at, told: Told::Times(times, ctx.now) };
                let cause = ctx.act(ActKind::CustomerInactive, Actor::System).to(id);
                ctx.count("InactiveTold", 1);
                self.store.activity_note(id, &activity, Some(&send), ctx.now, &cause).await
            }
            Next::Erase => {
                let Some(standing) = self.store.erasure_standing(id).await? else { return Ok(()) };
                let Some(customer) = self.store.customer(id).await? else { return Ok(()) };
                let asking = Asking {
                    customer: &customer,
                    security: &standing.security,
                    held: standing.held,
                    by: ErasureBy::Inactivity,
                    actor: Actor::System,
                    session: None,
                    reason: None,
                    reference: None,
                    fulfils: None,
                };
                // Whoever signs in at this very moment has changed something: the next walk sees them.
                if erasure::ask(ctx, &self.store, self.grace, asking).await?.is_some() {
                    ctx.count("ErasuresRequested", 1);
                }
                Ok(())
            }
        }
    }
}

/// What is to be done about somebody.
#[derive(Debug, PartialEq, Eq)]
enum Next {
    Nothing,
    /// They were seen: to be noted.
    Note,
    /// They are to be told, for the how-manieth time, and until when.
    Tell(u32, Timestamp),
    /// They were told twice, and have not come.
    Erase,
}

fn next(known: Activity, seen_at: Timestamp, limit: SignedDuration, now: Timestamp) -> Next {
    let away = now.duration_since(seen_at);
    if let Told::Times(_, told_at) = known.told
        && seen_at > told_at
    {
        return Next::Note;
    }
    if seen_at.duration_since(known.seen_at) >= Activity::NOTED_EVERY {
        return Next::Note;
    }
    let end = seen_at + limit;
    match known.told {
        Told::Never if away >= limit - NOTICE - NOTICE => Next::Tell(1, end.max(now + NOTICE + NOTICE)),
        Told::Times(1, told_at) if now >= told_at + NOTICE => Next::Tell(2, end.max(now + NOTICE)),
        Told::Times(2.., told_at) if now >= told_at + NOTICE && away >= limit => Next::Erase,
        Told::Never | Told::Times(..) => Next::Nothing,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn days(n: i64) -> Timestamp {
        Timestamp::UNIX_EPOCH + SignedDuration::from_hours(24 * n)
    }

    #[test]
    fn somebody_who_stays_away_is_told_twice_before_the_end() {
        let limit = SignedDuration::from_hours(24 * 1000);
        let known = |told| Activity { seen_at: days(0), told };
        let at = |told, now| next(known(told), days(0), limit, days(now));
        assert_eq!(at(Told::Never, 939), Next::Nothing);
        assert_eq!(at(Told::Never, 940), Next::Tell(1, days(1000)));
        assert_eq!(at(Told::Never, 1100), Next::Tell(1, days(1160)));
        assert_eq!(at(Told::Times(1, days(940)), 969), Next::Nothing);
        assert_eq!(at(Told::Times(1, days(940)), 970), Next::Tell(2, days(1000)));
        assert_eq!(at(Told::Times(2, days(970)), 999), Next::Nothing);
        assert_eq!(at(Told::Times(2, days(970)), 1000), Next::Erase);
    }

    #[test]
    fn somebody_who_comes_back_begins_anew() {
        let limit = SignedDuration::from_hours(24 * 1000);
        let told = Activity { seen_at: days(0), told: Told::Times(2, days(970)) };
        assert_eq!(next(told, days(980), limit, days(1001)), Next::Note);
        let known = Activity { seen_at: days(0), told: Told::Never };
        assert_eq!(next(known, days(29), limit, days(30)), Next::Nothing);
        assert_eq!(next(known, days(30), limit, days(30)), Next::Note);
    }
}
