//! Marks: what may be said once. A client's assertion or a proof of possession is good until it expires, so
//! that its id is remembered for that long, by a digest.

use domain::{SignedDuration, Timestamp, digest};

use crate::client::{Store, Updated};
use crate::item::{Read as _, s, ttl};
use crate::{StoreError, keymap};

/// What is said once. Its name is part of what is remembered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Once {
    /// A client's assertion of who it is (RFC 7523 §3).
    ClientAssertion,
    /// A proof of possession (RFC 9449 §11.1).
    Proof,
}

impl Once {
    fn as_str(self) -> &'static str {
        match self {
            Self::ClientAssertion => "client assertion",
            Self::Proof => "proof",
        }
    }
}

impl Store {
    /// Remembers that `by` has said this: false if it was said before. A lost answer is asked for again by the
    /// SDK, which is no second time.
    ///
    /// # Errors
    /// When DynamoDB fails.
    pub async fn say_once(&self, what: Once, (by, id): (&str, &str), until: Timestamp) -> Result<bool, StoreError> {
        let this: [u8; 16] = self.rng.bytes();
        let this: String = this.iter().map(|byte| format!("{byte:02x}")).collect();
        let length = |text: &str| (text.len() as u64).to_be_bytes();
        let said = [what.as_str().as_bytes(), &length(by), by.as_bytes(), id.as_bytes()].concat();
        let hex: String = digest(&said).iter().map(|byte| format!("{byte:02x}")).collect();
        let update = self
            .dynamo
            .update_item()
            .table_name(&self.tables.transient)
            .set_key(Some(keymap::mark(&hex).item()))
            .update_expression("SET said = :this, #ttl = :ttl")
            .condition_expression("attribute_not_exists(said)")
            .expression_attribute_names("#ttl", "ttl")
            .expression_attribute_values(":this", s(&this))
            // A clock's difference longer than it holds.
            .expression_attribute_values(":ttl", ttl(until + SignedDuration::from_mins(5)));
        Ok(match self.update(update).await? {
            Updated::Done(_) => true,
            Updated::Refused(Some(item)) => item.text("said").ok() == Some(this.as_str()),
            Updated::Refused(None) => false,
        })
    }
}
