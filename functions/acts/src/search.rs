//! `GET /v1/admin/audit`: an administrator searches the audit log.
//!
//! One customer's acts stand together. Acts of everybody are read from all chains at once, the newest
//! first by when they were sealed; where in years of them an hour lies, the roots say. A page reads so
//! many entries and no more, however few of them are asked for, and says where to go on.

use std::sync::Arc;

use axum::extract::State;
use domain::scope::AdminAudit;
use domain::{ActId, ActKind, Actor, CustomerId, SignedDuration, Timestamp};
use edge::{Ctx, Json, Operator, Problem, Query};
use futures_util::future::try_join_all;
use serde::{Deserialize, Serialize};
use store::{Between, Chain, StoredAct};

use crate::cursor::Cursor;
use crate::{Acts, ActsError};

/// How many acts a page has at most.
const PAGE: usize = 50;
/// How many entries of one customer a page reads at most.
const OF_A_CUSTOMER: usize = 400;
/// How many entries of each chain are read at once, and how often a page does that at most.
const OF_A_CHAIN: usize = 25;
const ROUNDS: usize = 4;
/// An act is sealed within seconds; one that was sealed later than this is found without `to`.
const SEALED_WITHIN: SignedDuration = SignedDuration::from_hours(1);

/// Which acts.
#[derive(Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct Asked {
    /// On this customer.
    #[serde(default)]
    #[param(nullable = false, required = false, example = "cus_01hf7yat00e9j8b5v2m3n4p6q7")]
    customer: Option<String>,
    /// Of this kind.
    #[serde(default)]
    #[param(nullable = false, required = false, value_type = String, example = "session.started")]
    kind: Option<ActKind>,
    /// By this customer, this client, `system`, or `anonymous`.
    #[serde(default)]
    #[param(nullable = false, required = false, example = "support-desk")]
    actor: Option<String>,
    /// Not before.
    #[serde(default)]
    #[param(nullable = false, required = false, format = "date-time", example = "2026-11-24T00:00:00Z")]
    from: Option<String>,
    /// Not after. What was sealed more than an hour late is found without it.
    #[serde(default)]
    #[param(nullable = false, required = false, format = "date-time", example = "2026-11-25T00:00:00Z")]
    to: Option<String>,
    /// The `cursor` of the page before.
    #[serde(default)]
    #[param(nullable = false, required = false, example = "act_01hf7yat00e9j8b5v2m3n4p6q7")]
    cursor: Option<String>,
}

/// A page of acts.
#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct FoundActs {
    /// The newest first. There may be none although there are more pages.
    acts: Vec<FoundAct>,
    /// For the next page; left out on the last.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = "act_01hf7yat00e9j8b5v2m3n4p6q7")]
    cursor: Option<String>,
}

/// Something that was done.
#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct FoundAct {
    /// Its id.
    #[schema(example = "act_01hf7yat00e9j8b5v2m3n4p6q7")]
    id: String,
    /// When.
    #[schema(format = "date-time", example = "2026-11-24T10:15:30Z")]
    at: String,
    /// What.
    #[schema(value_type = String, example = "session.started")]
    kind: ActKind,
    /// Who.
    actor: FoundActor,
    /// To whom.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = "cus_01hf7yat00e9j8b5v2m3n4p6q7")]
    customer: Option<String>,
    /// In which session.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = "ses_01hf7yat00e9j8b5v2m3n4p6q7")]
    session: Option<String>,
    /// By which request, as the log has it.
    #[schema(example = "KdGj8h24liAEJhw=")]
    request_id: String,
    /// In which chain it is sealed.
    #[schema(example = 3)]
    chain: u8,
    /// Which entry of the chain it is: `verify-audit` names both.
    #[schema(example = 812)]
    seq: u64,
}

/// Who did something.
#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct FoundActor {
    /// Of what kind.
    #[serde(rename = "type")]
    kind: ActorKind,
    /// Their id, where they have one.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = "support-desk")]
    id: Option<String>,
}

/// Of what kind somebody is.
#[derive(Serialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
enum ActorKind {
    /// A customer, who may be an administrator.
    Customer,
    /// A client.
    Client,
    /// The deployment itself.
    System,
    /// Nobody that was known yet.
    Anonymous,
}

/// What is asked for, read.
struct Wanted {
    customer: Option<CustomerId>,
    kind: Option<ActKind>,
    actor: Option<Actor>,
    between: Between,
}

/// Search the audit log
///
/// By customer, kind, actor and time. The search is an act itself, recorded before it is answered, and shown to the
/// customer whose acts are searched for, done to them or by them.
#[utoipa::path(get, path = "/v1/admin/audit", operation_id = "acts_search", tag = "administration",
    security(("bearer" = ["admin:audit"])), params(Asked),
    responses((status = 200, description = "A page of acts.", body = FoundActs)))]
pub(crate) async fn search(
    State(flow): State<Arc<Acts>>,
    ctx: Ctx,
    operator: Operator<AdminAudit>,
    Query(asked): Query<Asked>,
) -> Result<Json<FoundActs>, Problem> {
    let wanted = parse(&asked)?;
    let page = Page::of(&wanted, asked.cursor.as_deref())?;
    for about in wanted.about() {
        let mut cause = ctx.act(ActKind::AuditSearched, operator.actor.clone());
        // Who searches for everybody has searched for nobody, though they be a customer themselves.
        cause.subject = about;
        flow.store.act_record(&cause, ctx.now).await?;
    }
    let found = match page {
        Page::OfCustomer(customer, before) => of_customer(&flow, &wanted, customer, before).await?,
        Page::OfAll(cursor) => of_all(&flow, &wanted, cursor).await?,
    };
    Ok(Json(found))
}

fn parse(asked: &Asked) -> Result<Wanted, ActsError> {
    let customer = read("customer", asked.customer.as_deref(), CustomerId::parse)?;
    let actor = read("actor", asked.actor.as_deref(), |text| Some(actor(text)))?;
    let from = read("from", asked.from.as_deref(), |text| text.parse::<Timestamp>().ok())?;
    let to = read("to", asked.to.as_deref(), |text| text.parse::<Timestamp>().ok())?;
    Ok(Wanted { customer, kind: asked.kind, actor, between: Between { from, to } })
}

fn read<T>(
    name: &'static str,
    text: Option<&str>,
    parse: impl FnOnce(&str) -> Option<T>,
) -> Result<Option<T>, ActsError> {
    match text {
        None | Some("") => Ok(None),
        Some(text) => parse(text).map(Some).ok_or(ActsError::Parameter(name)),
    }
}

fn actor(text: &str) -> Actor {
    match (text, CustomerId::parse(text)) {
        ("system", _) => Actor::System,
        ("anonymous", _) => Actor::Anonymous,
        (_, Some(customer)) => Actor::Customer(customer),
        (client, None) => Actor::Client(client.to_owned()),
    }
}

/// Which page of which search.
enum Page {
    OfCustomer(CustomerId, Option<ActId>),
    OfAll(Option<Cursor>),
}

impl Page {
    fn of(wanted: &Wanted, cursor: Option<&str>) -> Result<Self, ActsError> {
        Ok(match wanted.customer {
            Some(customer) => Self::OfCustomer(customer, read("cursor", cursor, ActId::parse)?),
            None => Self::OfAll(read("cursor", cursor, Cursor::parse)?),
        })
    }
}

impl Wanted {
    /// Whom the search is about: on whom, and by whom. Each of them sees that it was made.
    fn about(&self) -> Vec<Option<CustomerId>> {
        let by = match self.actor {
            Some(Actor::Customer(customer)) => Some(customer),
            Some(Actor::Client(_) | Actor::System | Actor::Anonymous) | None => None,
        };
        let mut about: Vec<_> = [self.customer, by].into_iter().flatten().map(Some).collect();
        about.dedup();
        if about.is_empty() { vec![None] } else { about }
    }

    fn is(&self, stored: &StoredAct) -> bool {
        let act = &stored.act;
        self.kind.is_none_or(|kind| kind == act.kind)
            && self.actor.as_ref().is_none_or(|actor| *actor == act.actor)
            && self.between.holds(act.at)
    }
}

async fn of_customer(
    flow: &Acts,
    wanted: &Wanted,
    customer: CustomerId,
    before: Option<ActId>,
) -> Result<FoundActs, ActsError> {
    let read = flow.store.acts_of(customer, wanted.between, before, OF_A_CUSTOMER).await?;
    let (mut acts, mut last, mut is_more) = (Vec::new(), None, read.len() == OF_A_CUSTOMER);
    for stored in read {
        if acts.len() == PAGE {
            is_more = true;
            break;
        }
        last = Some(stored.act.id);
        if wanted.is(&stored) {
            acts.push(FoundAct::of(stored));
        }
    }
    Ok(FoundActs { acts, cursor: last.filter(|_| is_more).map(|id| id.to_string()) })
}

async fn of_all(flow: &Acts, wanted: &Wanted, cursor: Option<Cursor>) -> Result<FoundActs, ActsError> {
    let mut cursor = match (cursor, wanted.between.to) {
        (Some(cursor), _) => cursor,
        (None, None) => Cursor::newest(),
        // From where the log stood an hour after it: what came later was done later.
        (None, Some(to)) => match to.checked_add(SEALED_WITHIN) {
            Ok(sealed) => flow.store.heads_after(sealed).await?.map_or_else(Cursor::newest, |of| Cursor::from(&of)),
            Err(_) => Cursor::newest(),
        },
    };
    let mut acts = Vec::new();
    for _ in 0..ROUNDS {
        let mut round = Round::read(flow, &cursor).await?;
        while acts.len() < PAGE {
            let Some(stored) = round.next() else { break };
            if let Some(below) = cursor.0.get_mut(usize::from(stored.chain)) {
                *below = stored.seq;
            }
            // What was sealed before it was done before it, and so was all that follows.
            if wanted.between.from.is_some_and(|from| stored.sealed_at < from) {
                return Ok(FoundActs { acts, cursor: None });
            }
            if wanted.is(&stored) {
                acts.push(FoundAct::of(stored));
            }
        }
        if round.is_end() {
            return Ok(FoundActs { acts, cursor: None });
        }
        if acts.len() == PAGE {
            break;
        }
    }
    Ok(FoundActs { acts, cursor: Some(cursor.text()) })
}

/// The newest entries of each chain, merged as long as it is known which comes next.
struct Round(Vec<Lane>);

struct Lane {
    /// The newest last.
    entries: Vec<StoredAct>,
    /// Whether the chain has no more than these.
    is_whole: bool,
}

impl Round {
    async fn read(flow: &Acts, cursor: &Cursor) -> Result<Self, ActsError> {
        let lanes = (0_u8..).zip(cursor.0).map(async |(chain, below)| {
            let mut entries = flow.store.chain_back(Chain(chain), below, OF_A_CHAIN).await?;
            let is_whole = entries.len() < OF_A_CHAIN;
            entries.reverse();
            Ok::<_, ActsError>(Lane { entries, is_whole })
        });
        Ok(Self(try_join_all(lanes).await?))
    }

    /// The newest entry; none once a chain is used up that has more.
    fn next(&mut self) -> Option<StoredAct> {
        if self.0.iter().any(|lane| lane.entries.is_empty() && !lane.is_whole) {
            return None;
        }
        let newest = self.0.iter_mut().max_by_key(|lane| lane.entries.last().map(|stored| stored.sealed_at))?;
        newest.entries.pop()
    }

    fn is_end(&self) -> bool {
        self.0.iter().all(|lane| lane.entries.is_empty() && lane.is_whole)
    }
}

impl FoundAct {
    fn of(stored: StoredAct) -> Self {
        let StoredAct { chain, seq, act, .. } = stored;
        let (kind, id) = match act.actor {
            Actor::Customer(customer) => (ActorKind::Customer, Some(customer.to_string())),
            Actor::Client(client) => (ActorKind::Client, Some(client)),
            Actor::System => (ActorKind::System, None),
            Actor::Anonymous => (ActorKind::Anonymous, None),
        };
        Self {
            id: act.id.to_string(),
            at: act.at.to_string(),
            kind: act.kind,
            actor: FoundActor { kind, id },
            customer: act.subject.map(|customer| customer.to_string()),
            session: act.session.map(|session| session.to_string()),
            request_id: act.request_id.0,
            chain,
            seq,
        }
    }
}

#[cfg(test)]
mod tests {
    use domain::{Act, RequestId, Rng};

    use super::*;

    fn lane(chain: u8, sealed: &[i64], is_whole: bool) -> Lane {
        let entries = sealed.iter().enumerate().map(|(seq, second)| {
            let at = Timestamp::from_second(*second).unwrap();
            let act = Act::new(ActKind::KeyRotated, Actor::System, at, &RequestId("r".into()), &Rng::seeded([1; 32]));
            StoredAct { chain, seq: seq as u64, sealed_at: at, act }
        });
        Lane { entries: entries.collect(), is_whole }
    }

    #[test]
    fn chains_are_merged_until_one_that_has_more_is_used_up() {
        let mut round = Round(vec![lane(0, &[1, 5, 9], true), lane(1, &[4, 7], false), lane(2, &[], true)]);
        let mut seen = Vec::new();
        while let Some(stored) = round.next() {
            seen.push((stored.chain, stored.sealed_at.as_second()));
        }
        assert_eq!(seen, [(0, 9), (1, 7), (0, 5), (1, 4)]);
        assert!(!round.is_end());
        let mut round = Round(vec![lane(0, &[1], true)]);
        assert!(round.next().is_some() && round.next().is_none() && round.is_end());
    }

    #[test]
    fn an_actor_is_told_by_its_form() {
        let ada = CustomerId::from_bytes([1; 16]);
        assert_eq!(actor(&ada.to_string()), Actor::Customer(ada));
        assert_eq!(actor("system"), Actor::System);
        assert_eq!(actor("desk"), Actor::Client("desk".to_owned()));
    }
}
