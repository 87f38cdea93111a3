//! Decisions on purposes: what one leads to, whether it permits, and the receipt of it.

use serde::{Deserialize, Serialize};

use crate::purpose::{DataRecipient, LegalBasis};
use crate::{CustomerId, DecisionId, Locale, Purpose, SignedDuration, Standing, Status, Timestamp};

/// What a decision came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// The customer agrees.
    Granted,
    /// They said no, and had not agreed before.
    Refused,
    /// They no longer agree.
    Withdrawn,
    /// They agreed, and have yet to press the button behind the link that was mailed to them.
    Pending,
}

impl Outcome {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Granted, Self::Refused, Self::Withdrawn, Self::Pending];

    /// Its name.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Granted => "granted",
            Self::Refused => "refused",
            Self::Withdrawn => "withdrawn",
            Self::Pending => "pending",
        }
    }

    /// The outcome of this name.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|outcome| outcome.as_str() == text)
    }
}

/// How a decision was made known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Source {
    /// With the registration.
    Registration,
    /// By the signed-in customer, in an app.
    Account,
    /// By the button behind the link that was mailed to them.
    DoubleOptIn,
    /// By the link in a mail to unsubscribe.
    Unsubscribe,
    /// By their browser's signal (Global Privacy Control).
    Gpc,
}

impl Source {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::Registration, Self::Account, Self::DoubleOptIn, Self::Unsubscribe, Self::Gpc];

    /// Its name.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Registration => "registration",
            Self::Account => "account",
            Self::DoubleOptIn => "double_opt_in",
            Self::Unsubscribe => "unsubscribe",
            Self::Gpc => "gpc",
        }
    }

    /// The source of this name.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|source| source.as_str() == text)
    }
}

/// What somebody was shown who decided: all that it takes to prove it, once the registry has gone on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Shown {
    /// Which purpose.
    pub purpose: String,
    /// Which version of it.
    pub version: u32,
    /// In which language.
    pub language: Locale,
    /// Its title in that language.
    pub title: String,
    /// The digest of what was read: [`PurposeText::sha256`](crate::PurposeText::sha256).
    pub text_sha256: String,
    /// On what ground.
    pub legal_basis: LegalBasis,
    /// Which kinds of data.
    pub data_categories: Vec<String>,
    /// Whom they are given to, and in which countries.
    pub recipients: Vec<DataRecipient>,
    /// How long they are kept.
    pub retention: String,
    /// Where all of it can be read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub policy_url: Option<String>,
}

/// Who answers for what is done with the data.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Controller {
    /// The deployment's name.
    pub name: String,
    /// Its address.
    pub url: String,
}

/// A receipt of a decision: its claims, as they are signed. The fields follow ISO/IEC TS 27560, and
/// those of Kantara's consent receipts before it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Receipt {
    /// The deployment that signs it.
    pub iss: String,
    /// Its id, and the decision's.
    pub jti: DecisionId,
    /// The customer.
    pub sub: CustomerId,
    /// When it was decided (seconds).
    pub iat: i64,
    /// After which document the fields are named.
    pub schema_version: String,
    /// When it was decided.
    pub timestamp: Timestamp,
    /// Who answers for it.
    pub pii_controller: Controller,
    /// What was decided.
    pub decision: Outcome,
    /// How that was made known.
    pub method: Source,
    /// What was shown.
    pub notice: Shown,
}

impl Receipt {
    /// The receipt of a decision that is made now.
    pub fn new(
        (id, customer): (DecisionId, CustomerId),
        (decision, method): (Outcome, Source),
        notice: Shown,
        pii_controller: Controller,
        now: Timestamp,
    ) -> Self {
        Self {
            iss: pii_controller.url.clone(),
            jti: id,
            sub: customer,
            iat: now.as_second(),
            schema_version: "ISO/IEC TS 27560:2023".to_owned(),
            timestamp: now,
            pii_controller,
            decision,
            method,
            notice,
        }
    }
}

/// Where a customer stands with a purpose.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Consent {
    /// What the last decision came to.
    pub outcome: Outcome,
    /// Which decision that is.
    pub decision: DecisionId,
    /// How many there were.
    pub seq: u64,
    /// When it was made.
    pub at: Timestamp,
    /// How it was made known.
    pub source: Source,
    /// What was shown.
    pub shown: Shown,
    /// When the link was mailed whose button is waited for, or was pressed: who agrees to a later version
    /// then keeps it.
    pub mailed_at: Option<Timestamp>,
}

impl Consent {
    /// When the link was mailed by whose button this consent was confirmed.
    pub fn confirmed(&self) -> Option<Timestamp> {
        self.mailed_at.filter(|_| self.outcome == Outcome::Granted)
    }
}

/// What a customer's wish leads to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    /// Nothing: it is so already.
    None,
    /// Another mail with a link, for the one before it was not answered.
    MailAgain,
    /// A decision.
    To(Outcome),
}

/// How soon the link can be mailed again: who sends a request twice gets one mail.
const MAIL_AGAIN_AFTER: SignedDuration = SignedDuration::from_mins(1);

/// What it leads to that a customer agrees. Whoever pressed the button once need not for a later
/// version: the mailbox is theirs.
pub fn grant(current: Option<&Consent>, purpose: &Purpose, now: Timestamp) -> Change {
    let asked = if purpose.double_opt_in { Outcome::Pending } else { Outcome::Granted };
    let Some(current) = current else { return Change::To(asked) };
    let is_same = current.shown.version == purpose.version;
    match current.outcome {
        Outcome::Granted if is_same => Change::None,
        Outcome::Granted if current.confirmed().is_some() => Change::To(Outcome::Granted),
        Outcome::Pending if is_same && purpose.double_opt_in => {
            let is_old = |mailed: Timestamp| now.duration_since(mailed) >= MAIL_AGAIN_AFTER;
            if current.mailed_at.is_none_or(is_old) { Change::MailAgain } else { Change::None }
        }
        Outcome::Granted | Outcome::Pending | Outcome::Refused | Outcome::Withdrawn => Change::To(asked),
    }
}

/// What it leads to that a customer does not agree, or no longer.
pub fn withdraw(current: Option<&Consent>) -> Change {
    match current.map(|current| current.outcome) {
        None => Change::To(Outcome::Refused),
        Some(Outcome::Granted | Outcome::Pending) => Change::To(Outcome::Withdrawn),
        Some(Outcome::Refused | Outcome::Withdrawn) => Change::None,
    }
}

/// Whether data may be used for a purpose, and why.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// Yes: the customer agreed.
    Granted,
    /// Yes: it comes with the account.
    Required,
    /// No: there is no such purpose, or no such customer, or no longer.
    Unknown,
    /// No: the account is closed, or to be erased.
    Closed,
    /// No: nobody asked them.
    Undecided,
    /// No: they said so.
    Refused,
    /// No: no longer.
    Withdrawn,
    /// Not yet: the button behind the mailed link was not pressed.
    Pending,
    /// No: they agreed to a version since which everybody is asked again.
    Outdated,
}

impl Verdict {
    /// Judges by the registry, the customer's standing, and their last decision.
    pub fn of(standing: Option<&Standing>, status: Option<Status>, current: Option<&Consent>) -> Self {
        let (Some(standing), Some(status)) = (standing, status) else { return Self::Unknown };
        match status {
            // Who is to be erased may take it back, and nothing of theirs is used until they have.
            Status::Closed | Status::ErasurePending { .. } | Status::Erasing => return Self::Closed,
            // Who may not sign in for a while is a customer like any other.
            Status::Active | Status::Locked { .. } => {}
        }
        if standing.purpose.required {
            return Self::Required;
        }
        match current.map(|current| (current.outcome, current.shown.version)) {
            None => Self::Undecided,
            Some((Outcome::Granted, version)) if standing.is_outdated(version) => Self::Outdated,
            Some((Outcome::Granted, _)) => Self::Granted,
            Some((Outcome::Refused, _)) => Self::Refused,
            Some((Outcome::Withdrawn, _)) => Self::Withdrawn,
            Some((Outcome::Pending, _)) => Self::Pending,
        }
    }

    /// Whether data may be used.
    pub fn is_allowed(self) -> bool {
        match self {
            Self::Granted | Self::Required => true,
            Self::Unknown
            | Self::Closed
            | Self::Undecided
            | Self::Refused
            | Self::Withdrawn
            | Self::Pending
            | Self::Outdated => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::purpose::tests::newsletter;

    fn now() -> Timestamp {
        Timestamp::from_second(1_800_000_000).unwrap()
    }

    fn decided(outcome: Outcome, version: u32) -> Consent {
        Consent {
            outcome,
            decision: DecisionId::from_bytes([1; 16]),
            seq: 1,
            at: now(),
            source: Source::Account,
            shown: Shown { version, ..newsletter().shown(Locale::En) },
            mailed_at: Some(now()),
        }
    }

    #[test]
    fn a_wish_leads_to_a_decision_once() {
        let simple = Purpose { version: 2, ..newsletter() };
        let double = Purpose { double_opt_in: true, ..simple.clone() };
        let grant = |current: Option<Consent>, purpose: &Purpose| super::grant(current.as_ref(), purpose, now());
        assert_eq!(grant(None, &simple), Change::To(Outcome::Granted));
        assert_eq!(grant(None, &double), Change::To(Outcome::Pending));
        for (outcome, version, to_simple, to_double) in [
            (Outcome::Granted, 2, Change::None, Change::None),
            (Outcome::Granted, 1, Change::To(Outcome::Granted), Change::To(Outcome::Granted)),
            (Outcome::Pending, 2, Change::To(Outcome::Granted), Change::None),
            (Outcome::Pending, 1, Change::To(Outcome::Granted), Change::To(Outcome::Pending)),
            (Outcome::Refused, 2, Change::To(Outcome::Granted), Change::To(Outcome::Pending)),
            (Outcome::Withdrawn, 2, Change::To(Outcome::Granted), Change::To(Outcome::Pending)),
        ] {
            let current = || Some(decided(outcome, version));
            assert_eq!((grant(current(), &simple), grant(current(), &double)), (to_simple, to_double), "{outcome:?}");
        }
        let later = now() + SignedDuration::from_mins(1);
        assert_eq!(super::grant(Some(&decided(Outcome::Pending, 2)), &double, later), Change::MailAgain);
        let before_mails = Consent { mailed_at: None, ..decided(Outcome::Granted, 1) };
        assert_eq!(grant(Some(before_mails.clone()), &double), Change::To(Outcome::Pending), "never confirmed");
        assert_eq!(grant(Some(before_mails), &simple), Change::To(Outcome::Granted));
        let no = |outcome| withdraw(Some(&decided(outcome, 1)));
        assert_eq!(withdraw(None), Change::To(Outcome::Refused));
        assert_eq!(
            (no(Outcome::Granted), no(Outcome::Pending)),
            (Change::To(Outcome::Withdrawn), Change::To(Outcome::Withdrawn))
        );
        assert_eq!((no(Outcome::Refused), no(Outcome::Withdrawn)), (Change::None, Change::None));
    }

    #[test]
    fn data_may_be_used_by_who_agreed_to_a_version_that_counts() {
        let standing = Standing::first(newsletter()).followed_by(Purpose { version: 2, ..newsletter() });
        let verdict =
            |outcome, version| Verdict::of(Some(&standing), Some(Status::Active), Some(&decided(outcome, version)));
        assert_eq!(verdict(Outcome::Granted, 2), Verdict::Granted);
        assert_eq!(verdict(Outcome::Granted, 1), Verdict::Outdated);
        assert_eq!(verdict(Outcome::Withdrawn, 2), Verdict::Withdrawn);
        let granted = decided(Outcome::Granted, 2);
        assert_eq!(Verdict::of(None, Some(Status::Active), Some(&granted)), Verdict::Unknown);
        assert_eq!(Verdict::of(Some(&standing), None, Some(&granted)), Verdict::Unknown);
        assert_eq!(Verdict::of(Some(&standing), Some(Status::Closed), Some(&granted)), Verdict::Closed);
        assert_eq!(Verdict::of(Some(&standing), Some(Status::Active), None), Verdict::Undecided);
    }

    #[test]
    fn names_are_read_as_they_are_written() {
        for outcome in Outcome::ALL {
            assert_eq!(Outcome::parse(outcome.as_str()), Some(outcome));
            assert_eq!(serde_json::to_value(outcome).unwrap(), outcome.as_str());
        }
        for source in Source::ALL {
            assert_eq!(Source::parse(source.as_str()), Some(source));
            assert_eq!(serde_json::to_value(source).unwrap(), source.as_str());
        }
    }
}
