//! Calls, added up.

use local::aws::{Service, calls::Call};

/// What some calls come to.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Tally {
    /// Calls of DynamoDB, transactions among them.
    pub(crate) calls: usize,
    /// Transactions.
    pub(crate) transactions: usize,
    /// Read units.
    pub(crate) reads: f64,
    /// Write units.
    pub(crate) writes: f64,
    /// Calls of KMS under symmetric keys.
    pub(crate) unwraps: usize,
    /// Signatures by KMS.
    pub(crate) signs: usize,
    /// Mails handed to SES.
    pub(crate) mails: usize,
}

impl Tally {
    /// Adds up calls.
    pub(crate) fn of<'a>(calls: impl IntoIterator<Item = &'a Call>) -> Self {
        let mut tally = Self::default();
        for call in calls {
            match (call.service, call.action.as_str()) {
                (Service::DynamoDb, _) => {
                    tally.calls += 1;
                    tally.transactions += usize::from(call.transaction);
                    tally.reads += call.read_units;
                    tally.writes += call.write_units;
                }
                (Service::Kms, "Sign") => tally.signs += 1,
                (Service::Kms, _) => tally.unwraps += 1,
                (Service::Ses, _) => tally.mails += 1,
                _ => {}
            }
        }
        tally
    }

    /// All calls of KMS.
    pub(crate) fn kms(&self) -> usize {
        self.unwraps + self.signs
    }
}
