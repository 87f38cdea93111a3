//! Verifies an audit log: whether every entry is what was sealed, every root what the permanent key
//! signed, and every copy of a root what the table says.
//!
//! It only reads, and holds no more than the roots in memory (a kilobyte each, 24 a day). It shares no
//! line with what seals and signs: hashes are `sha2`'s, signatures `p256`'s, trees and chains built
//! here, so that a mistake there is no blind spot here.
//!
//! What it can find depends on what the attacker could not rewrite. The hashes alone find what was
//! changed without its chain; the roots, whoever rewrote a chain without the permanent key; the copies,
//! whoever has that key too. What was sealed since the last root is only as good as the hashes.
//!
//! An entry may have reached the end of its lifetime and gone. Each root declares, signed, for how long
//! what was sealed in its hour is kept: what is missing is a finding unless that time is over, and the
//! chain goes on from the heads of the root that closed the hour.

mod chain;
mod copies;
mod hash;
mod keys;
mod report;
mod roots;
mod strays;
mod table;

use std::time::Duration;

use archive::Archive;
use aws_sdk_dynamodb::Client;
use aws_types::SdkConfig;
use domain::{ConfigError, Timestamp};

pub use keys::{KeySet, KeysError};
pub use report::{Finding, Kind, Report, Warning};
pub use table::ReadError;

/// Where the log is, and who may be believed.
pub struct Log {
    /// DynamoDB.
    pub dynamo: Client,
    /// The audit table's name.
    pub table: String,
    /// Where copies of the roots are.
    pub archive: Option<Archive>,
    /// The published permanent keys.
    pub keys: KeySet,
    /// Now.
    pub now: Timestamp,
    /// How long an entry may take to stand in the table's index.
    pub patience: Duration,
}

impl Log {
    /// The log in this table, with copies in this bucket if one is named.
    ///
    /// # Errors
    /// When the bucket's name is none, or nobody is named to read as.
    pub fn open(
        sdk: &SdkConfig,
        table: &str,
        bucket: Option<&str>,
        keys: KeySet,
        now: Timestamp,
    ) -> Result<Self, ConfigError> {
        Ok(Self {
            dynamo: Client::new(sdk),
            table: table.to_owned(),
            archive: bucket.map(|bucket| Archive::new(sdk, bucket)).transpose()?,
            keys,
            now,
            patience: Duration::from_secs(1),
        })
    }
}

/// Verifies all of it.
///
/// # Errors
/// When the table or the bucket can't be read. What can be read and is not as it should be is no error:
/// it stands in the report.
pub async fn verify(log: &Log) -> Result<Report, ReadError> {
    let mut report = Report::default();
    let mut roots = roots::read(log, &mut report).await?;
    if let Some(archive) = &log.archive {
        copies::compare(log, archive, &mut roots, &mut report).await?;
    }
    let anchors = roots.anchors();
    let chains = anchors.chains();
    let mut suspects = Vec::new();
    for chain in 0..chains {
        suspects.extend(chain::walk(log, chain, &anchors, &mut report).await?);
    }
    chain::pair(&suspects, &mut report);
    strays::look(log, chains, &mut report).await?;
    Ok(report)
}
