//! One chain: every entry in its place, each naming the one before it, up to its head, and as the roots
//! have it.

use domain::Act;

use crate::report::{Kind, Report};
use crate::roots::{Anchor, Anchors};
use crate::table::{self, Item, ReadError, chain_name, number, text};
use crate::{Log, hash};

/// Clocks of two instances may differ by so much, in seconds.
const SKEW: i64 = 300;
/// How often what is not in the index yet is looked for again.
const TRIES: u32 = 3;

/// An entry whose hash is not that of what it says.
pub(crate) struct Suspect {
    chain: u8,
    seq: u64,
    previous: String,
    hash: String,
    body: String,
    /// Which finding it is.
    finding: usize,
}

struct Walk<'a> {
    log: &'a Log,
    chain: u8,
    anchors: &'a [Anchor<'a>],
    /// The first anchor that has not been passed.
    next_anchor: usize,
    /// The last entry seen.
    seq: u64,
    /// Its hash; unknown after an entry that was tampered with, or is gone.
    previous: Option<String>,
    /// Up to where the roots agreed.
    agreed: u64,
    is_rewritten: bool,
    suspects: Vec<Suspect>,
}

pub(crate) async fn walk(
    log: &Log,
    chain: u8,
    anchors: &Anchors,
    report: &mut Report,
) -> Result<Vec<Suspect>, ReadError> {
    let anchors = anchors.of(chain);
    // Read before the entries: what it names is there.
    let head = table::item(log, &chain_name(chain), "HEAD").await?;
    let expected = head.as_ref().and_then(|head| number(head, "last")).unwrap_or(0);
    let mut walk = Walk {
        log,
        chain,
        anchors: &anchors,
        next_anchor: 0,
        seq: 0,
        previous: Some(String::new()),
        agreed: 0,
        is_rewritten: false,
        suspects: Vec::new(),
    };
    for attempt in 0..=TRIES {
        walk.on(report).await?;
        if walk.seq >= expected || attempt == TRIES {
            break;
        }
        // The index follows the table within moments.
        tokio::time::sleep(log.patience).await;
    }
    let head = table::item(log, &chain_name(chain), "HEAD").await?;
    walk.end(head.as_ref(), expected, report);
    Ok(walk.suspects)
}

impl Walk<'_> {
    /// From where it stands to the end of what the index has.
    async fn on(&mut self, report: &mut Report) -> Result<(), ReadError> {
        let (from, mut start) = (self.seq + 1, None);
        loop {
            let (items, next) = table::entries(self.log, self.chain, from, start).await?;
            for item in &items {
                self.step(item, report);
            }
            start = next;
            if start.is_none() {
                return Ok(());
            }
        }
    }

    fn step(&mut self, item: &Item, report: &mut Report) {
        let Some(seq) = number::<u64>(item, "seq") else { return };
        if seq <= self.seq {
            let what = format!("stands there twice; one is {} {}", text(item, "pk"), text(item, "sk"));
            report.entry(Kind::Added, self.chain, seq, what);
            self.previous = None;
            return;
        }
        if seq > self.seq + 1 {
            self.gap(self.seq + 1, seq - 1, report);
        }
        self.pass(seq);
        self.seq = seq;
        report.entries += 1;
        self.entry(item, seq, report);
        self.anchored(text(item, "hash"), report);
    }

    /// Entries that are not there: removed, unless their time was over.
    fn gap(&mut self, first: u64, last: u64, report: &mut Report) {
        for (from, until) in self.missed(first, last, report) {
            let what = match until - from {
                0 => "is gone".to_owned(),
                _ => format!("is gone, and so are all up to {until}"),
            };
            report.entry(Kind::Removed, self.chain, from, what);
        }
        self.pass(last + 1);
        let before = self.next_anchor.checked_sub(1).and_then(|at| self.anchors.get(at));
        self.previous = before.filter(|anchor| anchor.last == last).map(|anchor| anchor.hash.to_owned());
        self.agreed = self.agreed.max(before.map_or(0, |anchor| anchor.last));
    }

    /// Leaves the roots behind that end before an entry.
    fn pass(&mut self, seq: u64) {
        while self.anchors.get(self.next_anchor).is_some_and(|anchor| anchor.last < seq) {
            self.next_anchor += 1;
        }
    }

    /// The roots that end with the entry that is looked at, or after it.
    fn ahead(&self) -> &[Anchor<'_>] {
        self.anchors.get(self.next_anchor..).unwrap_or_default()
    }

    /// Of entries that are not there, those that should be. An entry's time is that of the hour that it was
    /// sealed in: of the first root that ends with it or after it.
    fn missed(&self, first: u64, last: u64, report: &mut Report) -> Vec<(u64, u64)> {
        let (mut at, mut missed) = (first, Vec::new());
        while at <= last {
            let anchor = self.ahead().iter().find(|anchor| anchor.last >= at);
            let until = anchor.map_or(last, |anchor| anchor.last.min(last));
            if anchor.is_some_and(|anchor| anchor.is_expired(self.log.now)) {
                report.expired += until - at + 1;
            } else {
                missed.push((at, until));
            }
            at = until + 1;
        }
        missed
    }

    fn entry(&mut self, item: &Item, seq: u64, report: &mut Report) {
        let (previous, hash, body) = (text(item, "previous"), text(item, "hash"), text(item, "body"));
        if hash::entry(seq, previous, body) != hash {
            self.suspects.push(Suspect {
                chain: self.chain,
                seq,
                previous: previous.to_owned(),
                hash: hash.to_owned(),
                body: body.to_owned(),
                finding: report.findings.len(),
            });
            report.entry(Kind::Changed, self.chain, seq, "was changed: its hash is not that of what it says");
            self.previous = None;
            return;
        }
        if self.previous.as_deref().is_some_and(|expected| expected != previous) {
            let what = format!("was changed with its hash: it is not what entry {seq} was sealed after");
            report.entry(Kind::Changed, self.chain, seq.saturating_sub(1), what);
        }
        self.previous = Some(hash.to_owned());
        self.place(item, seq, body, report);
        self.time(item, seq, report);
    }

    /// Whether it stands where its act belongs: neither is part of the hash.
    fn place(&self, item: &Item, seq: u64, body: &str, report: &mut Report) {
        let Ok(act) = serde_json::from_str::<Act>(body) else {
            return report.entry(Kind::Changed, self.chain, seq, "says something that is no act");
        };
        let pk = act.subject.map_or_else(|| "SYS".to_owned(), |customer| format!("CUS#{customer}"));
        if text(item, "pk") != pk || text(item, "sk") != act.id.to_string() {
            let what =
                format!("stands under {} {} and belongs under {pk} {}", text(item, "pk"), text(item, "sk"), act.id);
            report.entry(Kind::Moved, self.chain, seq, what);
        }
    }

    /// Whether it was sealed when the roots around it say.
    fn time(&self, item: &Item, seq: u64, report: &mut Report) {
        let sealed = number::<i64>(item, "sealed_at").map(|ms| ms.div_euclid(1000));
        let before = self.next_anchor.checked_sub(1).and_then(|at| self.anchors.get(at));
        let (earliest, latest) = (before.map(|anchor| anchor.iat), self.ahead().first().map(|anchor| anchor.iat));
        let is_in_time = sealed.is_some_and(|sealed| {
            earliest.is_none_or(|of| of - SKEW <= sealed) && latest.is_none_or(|of| sealed <= of + SKEW)
        });
        if !is_in_time {
            report.entry(Kind::Changed, self.chain, seq, "says that it was sealed in another hour than it was");
        }
    }

    /// Compares with the roots that end with this entry.
    fn anchored(&mut self, hash: &str, report: &mut Report) {
        while let Some(anchor) = self.anchors.get(self.next_anchor).filter(|anchor| anchor.last == self.seq) {
            self.next_anchor += 1;
            if anchor.hash == hash {
                self.agreed = anchor.last;
            } else if !self.is_rewritten {
                self.is_rewritten = true;
                let what = format!(
                    "the chain was rewritten: the root of {} ends it with another entry, somewhere from {} on",
                    anchor.hour,
                    self.agreed + 1
                );
                report.entry(Kind::Rewritten, self.chain, anchor.last, what);
            }
        }
    }

    /// Compares with the head and with the roots that end behind the last entry.
    fn end(&mut self, head: Option<&Item>, expected: u64, report: &mut Report) {
        let anchor = self.anchors.last().filter(|anchor| anchor.last > self.seq);
        let until = anchor.map_or(expected, |anchor| anchor.last.max(expected));
        if let Some((from, _)) = self.missed(self.seq + 1, until, report).first() {
            let what = match anchor {
                Some(anchor) => format!("the chain ends before it, and the root of {} at {}", anchor.hour, anchor.last),
                None => format!("the chain ends before it, and its head at {expected}"),
            };
            return report.entry(Kind::Truncated, self.chain, *from, what);
        }
        match (head.and_then(|head| number::<u64>(head, "last")), self.seq) {
            (None, 0) => {}
            (None, seq) => report.entry(Kind::Removed, self.chain, seq, "the chain's head is gone"),
            (Some(last), seq) if seq > last => {
                report.entry(Kind::Added, self.chain, last + 1, "stands behind the chain's head");
            }
            (Some(last), seq) if seq == last => {
                let hash = head.map(|head| text(head, "hash"));
                if self.previous.as_deref().is_some_and(|own| Some(own) != hash) {
                    report.entry(Kind::Changed, self.chain, seq, "is not what the chain's head names");
                }
            }
            _ => {}
        }
    }
}

/// Of entries that were changed, those that stand in one another's place.
pub(crate) fn pair(suspects: &[Suspect], report: &mut Report) {
    /// More than these were not swapped one by one.
    const MOST: usize = 500;
    for (at, one) in suspects.iter().take(MOST).enumerate() {
        for other in suspects.iter().take(MOST).skip(at + 1) {
            let said = |of: &Suspect, by: &Suspect| hash::entry(of.seq, &of.previous, &by.body) == of.hash;
            let stood = |of: &Suspect, at: u64| hash::entry(at, &of.previous, &of.body) == of.hash;
            let is_swapped = said(one, other) && said(other, one)
                || one.chain == other.chain && stood(one, other.seq) && stood(other, one.seq);
            if is_swapped {
                for (own, with) in [(one, other), (other, one)] {
                    if let Some(finding) = report.findings.get_mut(own.finding) {
                        finding.kind = Kind::Swapped;
                        finding.what = format!("was swapped with chain {}, seq {}", with.chain, with.seq);
                    }
                }
            }
        }
    }
}
