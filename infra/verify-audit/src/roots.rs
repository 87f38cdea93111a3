//! The roots: each signed, each naming the one before it, none missing.

use std::collections::BTreeMap;

use domain::{AuditRoot, Hour, Timestamp};

use crate::report::{Kind, Report, counted};
use crate::table::{self, Item, ReadError, number, text};
use crate::{Log, hash};

/// `typ` of a root.
pub(crate) const TYPE: &str = "audit-root+jwt";
/// A root is signed every hour; one that is two hours late is missed.
const LATE: i64 = 2 * 3600;
/// How many chains a log has of which no root says it.
const CHAINS: u8 = 8;

/// A root that can be believed.
#[derive(Clone, Debug)]
pub(crate) struct Root {
    pub(crate) claims: AuditRoot,
    pub(crate) digest: String,
}

/// All roots of the table, by hour, and those that only the bucket has.
#[derive(Default)]
pub(crate) struct Roots {
    pub(crate) by_hour: BTreeMap<Hour, Root>,
    pub(crate) copies: Vec<Root>,
}

impl Root {
    /// What a JWS says, if the permanent key signed it and it is what it says it is.
    pub(crate) fn read(log: &Log, jws: &str) -> Result<Self, &'static str> {
        let claims = log.keys.claims(jws, TYPE)?;
        let claims: AuditRoot = serde_json::from_slice(&claims).map_err(|_| "says something else than a root does")?;
        let heads = claims.heads.iter().map(|head| (head.chain, head.last, head.hash.as_str()));
        if hash::tree(heads) != claims.root {
            return Err("names another hash than that over its heads");
        }
        let is_sorted = claims.heads.iter().enumerate().all(|(at, head)| at == usize::from(head.chain));
        if !is_sorted || Timestamp::from_second(claims.iat).ok().map(Hour::of) != Some(claims.hour) {
            return Err("was signed in another hour than its own, or names its chains twice");
        }
        Ok(Self { claims, digest: hash::digest(jws) })
    }
}

pub(crate) async fn read(log: &Log, report: &mut Report) -> Result<Roots, ReadError> {
    let head = table::item(log, "ROOT", "HEAD").await?;
    let (mut roots, mut last, mut start) = (Roots::default(), None, None);
    loop {
        let (items, next) = table::roots(log, start).await?;
        for item in items.iter().filter(|item| text(item, "sk") != "HEAD") {
            let Some(root) = one(log, item, report) else { continue };
            follows(last.as_ref(), &root, report);
            report.roots += 1;
            roots.by_hour.insert(root.claims.hour, root.clone());
            last = Some(root);
        }
        start = next;
        if start.is_none() {
            break;
        }
    }
    against_head(log, head, last.as_ref(), report).await?;
    fresh(log, last.as_ref(), report);
    Ok(roots)
}

/// One item of the table, as a root.
fn one(log: &Log, item: &Item, report: &mut Report) -> Option<Root> {
    let hour = text(item, "sk");
    let root = match Root::read(log, text(item, "jws")) {
        Ok(root) => root,
        Err(why) => {
            report.root(Kind::Forged, hour, why);
            return None;
        }
    };
    if root.claims.hour.to_string() != hour {
        report.root(Kind::Moved, hour, format!("is the root of {}", root.claims.hour));
        return None;
    }
    if text(item, "digest") != root.digest || number(item, "number") != Some(root.claims.number) {
        report.root(Kind::Changed, hour, "its number or digest is not that of what was signed");
    }
    Some(root)
}

/// Whether a root follows the one before it.
fn follows(last: Option<&Root>, root: &Root, report: &mut Report) {
    let (claims, hour) = (&root.claims, root.claims.hour.to_string());
    let expected = last.map_or(0, |last| last.claims.number) + 1;
    if claims.number > expected {
        let missing = match claims.number - 1 {
            only if only == expected => format!("root number {only} is missing"),
            until => format!("roots number {expected} to {until} are missing"),
        };
        report.root(Kind::Removed, &hour, format!("{missing} before it"));
        return;
    }
    let Some(last) = last else { return };
    let named = claims.previous.as_ref().map(|previous| (previous.hour, previous.digest.as_str()));
    if claims.number < expected || named != Some((last.claims.hour, last.digest.as_str())) {
        report.root(Kind::Forged, &hour, format!("does not follow the root of {}", last.claims.hour));
    }
    let back = claims.heads.iter().zip(&last.claims.heads).find(|(now, before)| now.last < before.last);
    if let Some((now, before)) = back {
        let what = format!(
            "ends chain {} at {}, and the root of {} at {}",
            now.chain, now.last, last.claims.hour, before.last
        );
        report.root(Kind::Rewritten, &hour, what);
    }
    match claims.hour.gap_after(last.claims.hour) {
        0 => {}
        1 => report.warn(Some(&hour), "the hour before it has no root"),
        hours => report.warn(Some(&hour), format!("the {hours} hours before it have no root")),
    }
    let days = |root: &AuditRoot| if root.retention_days == 0 { u32::MAX } else { root.retention_days };
    if days(claims) < days(&last.claims) {
        report.warn(
            Some(&hour),
            format!("from here on an entry is kept for {} only", counted(claims.retention_days.into(), "day", "days")),
        );
    }
}

/// Whether the last root is the one that the table says is the last.
async fn against_head(
    log: &Log,
    first: Option<Item>,
    last: Option<&Root>,
    report: &mut Report,
) -> Result<(), ReadError> {
    let Some(last) = last else {
        if let Some(head) = first {
            let number: u64 = number(&head, "number").unwrap_or_default();
            report.item(
                Kind::Removed,
                format!("there should be {}, and there is none", counted(number, "root", "roots")),
            );
        } else {
            report.warn(None, "there is no root yet: nothing vouches for the chains");
        }
        return Ok(());
    };
    let (hour, claims) = (last.claims.hour.to_string(), &last.claims);
    let is_last = |head: &Item| number(head, "number") == Some(claims.number) && text(head, "digest") == last.digest;
    if first.as_ref().is_some_and(is_last) {
        return Ok(());
    }
    // A root that was signed meanwhile.
    let Some(head) = table::item(log, "ROOT", "HEAD").await? else {
        report.item(Kind::Removed, "the item that names the last root (ROOT, HEAD) is gone");
        return Ok(());
    };
    match number::<u64>(&head, "number") {
        Some(named)
            if named > claims.number && first.is_none_or(|of| number::<u64>(&of, "number") > Some(claims.number)) =>
        {
            report.root(
                Kind::Removed,
                &hour,
                format!("is the last of the table, and there should be {}", counted(named, "root", "roots")),
            );
        }
        Some(named) if named >= claims.number && (named > claims.number || is_last(&head)) => {}
        _ => report.root(Kind::Added, &hour, "stands behind the last root that the table names (ROOT, HEAD)"),
    }
    Ok(())
}

/// Whether roots are still signed.
fn fresh(log: &Log, last: Option<&Root>, report: &mut Report) {
    let Some(last) = last else { return };
    if log.now.as_second() - last.claims.iat > LATE {
        report.warn(Some(&last.claims.hour.to_string()), "is the last: no root was signed since");
    }
}

/// What the roots say of each chain, to be compared with it.
pub(crate) struct Anchors {
    roots: Vec<Root>,
}

/// What one root says of one chain.
#[derive(Clone, Copy)]
pub(crate) struct Anchor<'a> {
    pub(crate) last: u64,
    pub(crate) hash: &'a str,
    pub(crate) hour: Hour,
    /// When it was signed.
    pub(crate) iat: i64,
    /// When the one before it was; its own, where there is none.
    pub(crate) since: i64,
    retention_days: u32,
}

impl Roots {
    /// Those of the table and of the bucket, the oldest first.
    pub(crate) fn anchors(self) -> Anchors {
        let mut roots: Vec<_> = self.by_hour.into_values().chain(self.copies).collect();
        roots.sort_by_key(|root| (root.claims.iat, root.claims.number));
        Anchors { roots }
    }
}

impl Anchors {
    pub(crate) fn chains(&self) -> u8 {
        let named = self.roots.iter().flat_map(|root| root.claims.heads.last()).map(|head| head.chain + 1);
        named.max().unwrap_or(CHAINS).max(CHAINS)
    }

    /// Of one chain, in the order of the entries that they end with.
    pub(crate) fn of(&self, chain: u8) -> Vec<Anchor<'_>> {
        let mut since = None;
        let mut all = Vec::new();
        for Root { claims, .. } in &self.roots {
            if let Some(head) = claims.heads.get(usize::from(chain)) {
                all.push(Anchor {
                    last: head.last,
                    hash: &head.hash,
                    hour: claims.hour,
                    iat: claims.iat,
                    since: since.unwrap_or(claims.iat),
                    retention_days: claims.retention_days,
                });
            }
            since = Some(claims.iat);
        }
        all.sort_by_key(|anchor| anchor.last);
        all
    }
}

impl Anchor<'_> {
    /// Whether entries that were sealed in its hour may have gone.
    pub(crate) fn is_expired(&self, now: Timestamp) -> bool {
        self.retention_days > 0 && self.since + i64::from(self.retention_days) * 86_400 <= now.as_second()
    }
}
