//! Requests of data subjects, on record: what somebody asked for, by when it is due, what came of it.

use serde::{Deserialize, Serialize};

use crate::{ActId, CustomerId, Rng, SignedDuration, Timestamp};

/// A request's id. It names its customer too, so that whoever has the id finds the request in the
/// customer's own partition, and no pointer outlives them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DsarId {
    /// Whose data it is about.
    pub customer: CustomerId,
    number: ActId,
}

impl DsarId {
    const PREFIX: &'static str = "dsr_";

    /// A new id.
    pub fn generate(customer: CustomerId, now: Timestamp, rng: &Rng) -> Self {
        Self { customer, number: ActId::generate(now, rng) }
    }

    /// The id that this text names, if it is exactly how one is written.
    pub fn parse(text: &str) -> Option<Self> {
        let (customer, number) = text.strip_prefix(Self::PREFIX)?.split_at_checked(26)?;
        let customer = CustomerId::parse(&format!("cus_{customer}"))?;
        Some(Self { customer, number: ActId::parse(&format!("act_{number}"))? })
    }
}

impl std::fmt::Display for DsarId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (customer, number) = (self.customer.to_string(), self.number.to_string());
        let bare = |id: &str| id.split_once('_').map(|(_, bare)| bare.to_owned()).unwrap_or_default();
        write!(f, "{}{}{}", Self::PREFIX, bare(&customer), bare(&number))
    }
}

impl Serialize for DsarId {
    fn serialize<S: serde::Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for DsarId {
    fn deserialize<D: serde::Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<str>::deserialize(d)?;
        Self::parse(&text).ok_or_else(|| serde::de::Error::custom("not an id that starts with dsr_"))
    }
}

/// What is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = RequestType, example = "access")]
pub enum DsarKind {
    /// To see what is held (GDPR Article 15).
    Access,
    /// To have it in a form for another controller (Article 20).
    Portability,
    /// To have it erased (Article 17).
    Erasure,
    /// To have it corrected (Article 16).
    Rectification,
    /// That it is no longer processed for a purpose (Article 21).
    Objection,
    /// That it is kept, and nothing else (Article 18).
    Restriction,
}

impl DsarKind {
    /// Its name.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Access => "access",
            Self::Portability => "portability",
            Self::Erasure => "erasure",
            Self::Rectification => "rectification",
            Self::Objection => "objection",
            Self::Restriction => "restriction",
        }
    }

    /// Whether it is answered with a copy of the data.
    pub fn wants_copy(self) -> bool {
        matches!(self, Self::Access | Self::Portability)
    }
}

/// By which law, and so by when.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(example = "gdpr")]
pub enum Law {
    /// The General Data Protection Regulation: one month, and two more.
    Gdpr,
    /// The California Consumer Privacy Act: 45 days, and 45 more.
    Ccpa,
}

impl Law {
    /// How long there is.
    pub fn term(self) -> SignedDuration {
        SignedDuration::from_hours(24 * if self == Self::Gdpr { 30 } else { 45 })
    }

    /// How much longer, once the person was told why.
    pub fn extension(self) -> SignedDuration {
        SignedDuration::from_hours(24 * if self == Self::Gdpr { 60 } else { 45 })
    }
}

/// What came of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = RequestOutcome, example = "fulfilled")]
pub enum DsarOutcome {
    /// All that was asked for was done.
    Fulfilled,
    /// Some of it was done; the note says what was not, and why.
    PartlyFulfilled,
    /// It was refused; the note says why.
    Refused,
    /// The person no longer wants it.
    Withdrawn,
}

/// That there is more time, and why.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[schema(as = RequestExtension)]
pub struct DsarExtension {
    /// Since when.
    #[schema(value_type = String, format = "date-time", example = "2026-12-20T10:15:30Z")]
    pub at: Timestamp,
    /// Why: what the person was told.
    #[schema(example = "The request concerns several systems.")]
    pub reason: String,
}

/// That it is done with.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[schema(as = RequestClosing, example = json!({"at": "2026-12-20T10:15:30Z", "outcome": "fulfilled", "note": "Handed over in the shop, on a stick."}))]
pub struct DsarClosing {
    /// When.
    #[schema(value_type = String, format = "date-time", example = "2026-12-20T10:15:30Z")]
    pub at: Timestamp,
    /// What came of it.
    pub outcome: DsarOutcome,
    /// What was handed over, or why not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = "Handed over in the shop, on a stick.")]
    pub note: Option<String>,
}

/// A copy that was fetched, to be handed over.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[schema(example = json!({"at": "2026-12-20T10:15:30Z", "bytes": 48123, "sha256": "2bb80d537b1da3e38bd30361aa855686bde0eacd7162fef6a25fe97bf527a25b"}))]
pub struct HandedOver {
    /// When the last byte was sent.
    #[schema(value_type = String, format = "date-time", example = "2026-12-20T10:15:30Z")]
    pub at: Timestamp,
    /// Its size.
    #[schema(example = 48123)]
    pub bytes: u64,
    /// SHA-256 over all of it, in hexadecimal: by this a copy proves that it is the one.
    #[schema(
        min_length = 64,
        max_length = 64,
        example = "2bb80d537b1da3e38bd30361aa855686bde0eacd7162fef6a25fe97bf527a25b"
    )]
    pub sha256: String,
}

/// A request, as it is sealed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Dsar {
    /// What is asked for.
    pub kind: DsarKind,
    /// By which law.
    pub law: Law,
    /// When it reached the deployment's owner.
    pub received_at: Timestamp,
    /// When it was put on record.
    pub recorded_at: Timestamp,
    /// How the person was identified.
    pub identified_by: String,
    /// Whether there is more time.
    pub extension: Option<DsarExtension>,
    /// The copies that were fetched for it.
    pub handed_over: Vec<HandedOver>,
    /// Whether it is done with.
    pub closing: Option<DsarClosing>,
}

/// Why a request stays as it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DsarRefused {
    /// It is done with.
    #[error("the request is closed")]
    Closed,
    /// There was more time already.
    #[error("the request was extended before")]
    Extended,
    /// Its time is over: more can be had only while there is some.
    #[error("the request is overdue")]
    Overdue,
}

impl Dsar {
    /// By when it is due.
    pub fn due_at(&self) -> Timestamp {
        let term = self.received_at + self.law.term();
        if self.extension.is_some() { term + self.law.extension() } else { term }
    }

    /// Whether it waits for an answer.
    pub fn is_open(&self) -> bool {
        self.closing.is_none()
    }

    /// Gives it more time, once.
    ///
    /// # Errors
    /// When it is closed, overdue, or had more time before.
    pub fn extend(&mut self, reason: String, now: Timestamp) -> Result<(), DsarRefused> {
        if !self.is_open() {
            return Err(DsarRefused::Closed);
        }
        if self.extension.is_some() {
            return Err(DsarRefused::Extended);
        }
        if self.due_at() <= now {
            return Err(DsarRefused::Overdue);
        }
        self.extension = Some(DsarExtension { at: now, reason });
        Ok(())
    }

    /// Closes it.
    ///
    /// # Errors
    /// When it is closed.
    pub fn close(&mut self, outcome: DsarOutcome, note: Option<String>, now: Timestamp) -> Result<(), DsarRefused> {
        if !self.is_open() {
            return Err(DsarRefused::Closed);
        }
        self.closing = Some(DsarClosing { at: now, outcome, note });
        Ok(())
    }
}

/// How urgent an open request is. Whoever answers for it is told once at each.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Urgency {
    /// There is time.
    None,
    /// A week is left.
    Week,
    /// A day is left.
    Day,
    /// It should have been answered.
    Overdue,
}

impl Urgency {
    /// How long before its time the first reminder goes out.
    pub const FIRST: SignedDuration = SignedDuration::from_hours(7 * 24);
    const LAST: SignedDuration = SignedDuration::from_hours(24);

    /// How urgent a request is at `now` that is due then.
    pub fn of(due_at: Timestamp, now: Timestamp) -> Self {
        let left = due_at.duration_since(now);
        if left <= SignedDuration::ZERO {
            Self::Overdue
        } else if left <= Self::LAST {
            Self::Day
        } else if left <= Self::FIRST {
            Self::Week
        } else {
            Self::None
        }
    }

    /// Its place in their order.
    pub fn number(self) -> u8 {
        match self {
            Self::None => 0,
            Self::Week => 1,
            Self::Day => 2,
            Self::Overdue => 3,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    fn dsar(law: Law) -> Dsar {
        Dsar {
            kind: DsarKind::Access,
            law,
            received_at: at("2027-01-15T08:00:00Z"),
            recorded_at: at("2027-01-15T08:00:00Z"),
            identified_by: "passport".into(),
            extension: None,
            handed_over: vec![],
            closing: None,
        }
    }

    #[test]
    fn an_id_names_its_customer_and_is_written_one_way_only() {
        let rng = Rng::seeded([7; 32]);
        let customer = CustomerId::generate(Timestamp::UNIX_EPOCH, &rng);
        let id = DsarId::generate(customer, Timestamp::UNIX_EPOCH, &rng);
        let text = id.to_string();
        assert_eq!((DsarId::parse(&text), id.customer), (Some(id), customer));
        assert_eq!(text.len(), 56);
        for wrong in ["", "dsr_", &text[1..], &text[..55], &format!("{text}0"), &text.to_uppercase(), "dsr_ä"] {
            assert_eq!(DsarId::parse(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn each_law_has_its_terms_and_gives_more_time_once() {
        for (law, due, extended) in [
            (Law::Gdpr, "2027-02-14T08:00:00Z", "2027-04-15T08:00:00Z"),
            (Law::Ccpa, "2027-03-01T08:00:00Z", "2027-04-15T08:00:00Z"),
        ] {
            let mut dsar = dsar(law);
            assert_eq!(dsar.due_at(), at(due));
            assert_eq!(dsar.clone().extend("late".into(), at(due)), Err(DsarRefused::Overdue));
            dsar.extend("many systems".into(), at("2027-01-20T08:00:00Z")).unwrap();
            assert_eq!(dsar.due_at(), at(extended));
            assert_eq!(dsar.extend("again".into(), at("2027-01-20T08:00:00Z")), Err(DsarRefused::Extended));
            dsar.close(DsarOutcome::Fulfilled, None, at("2027-01-21T08:00:00Z")).unwrap();
            assert_eq!(dsar.close(DsarOutcome::Refused, None, at("2027-01-22T08:00:00Z")), Err(DsarRefused::Closed));
        }
    }

    #[test]
    fn time_runs_out_in_steps() {
        let due = at("2027-02-14T08:00:00Z");
        for (now, urgency) in [
            ("2027-02-07T07:59:59Z", Urgency::None),
            ("2027-02-07T08:00:00Z", Urgency::Week),
            ("2027-02-13T08:00:00Z", Urgency::Day),
            ("2027-02-14T08:00:00Z", Urgency::Overdue),
        ] {
            assert_eq!(Urgency::of(due, at(now)), urgency, "{now}");
        }
    }
}
