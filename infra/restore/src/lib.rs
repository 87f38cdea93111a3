//! After a restore: whoever was erased since the backup is erased from the copy too, before it serves.
//!
//! What lives here: [`replay`], which goes through the copies until a whole pass finds nothing that is an
//! erased customer's, and only then says that it is done. It can be killed and begun again anywhere: what
//! is deleted stays deleted. `docs/operations.md` says when to run it.

use std::collections::BTreeSet;

use domain::{Act, ConfigError, CustomerId, Rng, Settings, SignedDuration, Timestamp};
use edge::{Deployment, SdkTuning};
use store::{ErasedAll, Replayed, Store, StoreError};

/// Which tables.
#[derive(Clone, Debug, Default, clap::Args)]
pub struct Copies {
    /// The table of tombstones, as it is now: the stack's output `ErasedTable`. Never a copy
    #[arg(long, value_name = "TABLE")]
    pub erased: String,
    /// A restored copy of the directory
    #[arg(long, value_name = "TABLE")]
    pub directory: Option<String>,
    /// A restored copy of the vault
    #[arg(long, value_name = "TABLE")]
    pub vault: Option<String>,
    /// The audit log, as it is now: the stack's output `AuditTable`. With `--since`, what was decided since the
    /// backup is listed
    #[arg(long, value_name = "TABLE", requires = "since")]
    pub audit: Option<String>,
    /// The moment of the backup
    #[arg(long, value_name = "MOMENT", requires = "audit")]
    pub since: Option<Timestamp>,
}

/// What a replay did.
#[derive(Clone, Debug, Default)]
pub struct Report {
    /// How many customers were erased, or are being.
    pub erased: usize,
    /// How many items of theirs were in the copies.
    pub deleted: u64,
    /// How many passes it took: the last finds nothing.
    pub passes: u32,
    /// Customers whose erasure waits in the copy. Who withdrew it since the backup is erased when it is
    /// due: compare with the audit log.
    pub waiting: BTreeSet<CustomerId>,
    /// Acts since the backup of which the copy knows nothing, and that somebody has to see to by hand; none of
    /// customers who were erased.
    pub decided: Vec<Act>,
}

/// Why a copy may not serve.
#[derive(Debug, thiserror::Error)]
pub enum RestoreError {
    /// Neither a directory nor a vault was named.
    #[error("name a restored copy with --directory or --vault")]
    NothingNamed,
    /// A setting is missing or unusable.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// A table could not be read or written.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// There are items of which nobody knows whose they are.
    #[error("{0} items are of a kind that this version does not know: restore with the version that wrote them")]
    Unknown(u64),
    /// Every pass found something new.
    #[error("erased customers' items keep coming: does something still write into the copy?")]
    Endless,
}

/// How often it goes through the copies before it gives up.
const MOST_PASSES: u32 = 5;

/// Replays every tombstone into the copies. `settings` says where AWS is (`AWS_REGION`,
/// `AWS_ENDPOINT_URL`, credentials).
///
/// # Errors
/// Whenever a copy may not serve yet.
pub async fn replay(copies: &Copies, settings: &Settings, rng: &Rng, now: Timestamp) -> Result<Report, RestoreError> {
    if copies.directory.is_none() && copies.vault.is_none() {
        return Err(RestoreError::NothingNamed);
    }
    let store = open(copies, settings, rng)?;
    let mut report = Report::default();
    while report.passes < MOST_PASSES {
        report.passes += 1;
        // Read anew: somebody may have been erased meanwhile.
        let erased = store.erased_all().await?;
        report.erased = erased.len();
        let mut found = Vec::new();
        if let Some(table) = &copies.directory {
            let replayed = store.replay_directory(table, &erased).await?;
            report.waiting.clone_from(&replayed.waiting);
            found.push(replayed);
        }
        if let Some(table) = &copies.vault {
            found.push(store.replay_vault(table, &erased).await?);
        }
        let sum = |count: fn(&Replayed) -> u64| found.iter().map(count).sum::<u64>();
        let (deleted, unknown) = (sum(|of| of.deleted), sum(|of| of.unknown));
        report.deleted += deleted;
        if unknown > 0 {
            return Err(RestoreError::Unknown(unknown));
        }
        if deleted == 0 && store.erased_all().await?.len() == erased.len() {
            if let Some(table) = &copies.directory {
                store.replay_due(table, &erased).await?;
                store.replay_note(table, erased.len(), now).await?;
            }
            report.decided = decided(&store, copies, &erased).await?;
            return Ok(report);
        }
    }
    Err(RestoreError::Endless)
}

/// A write may come this long after its act says that it was.
const SLACK: SignedDuration = SignedDuration::from_mins(1);

/// What was decided since the backup, where the audit log was named.
async fn decided(store: &Store, copies: &Copies, erased: &ErasedAll) -> Result<Vec<Act>, RestoreError> {
    let (Some(since), true) = (copies.since, copies.audit.is_some()) else { return Ok(Vec::new()) };
    let mut acts = store.decided_since(since - SLACK).await?;
    acts.retain(|act| act.subject.is_none_or(|customer| !erased.contains_key(&customer)));
    Ok(acts)
}

/// The store over the tables that were named, without any key: it can read nothing that is sealed.
fn open(copies: &Copies, settings: &Settings, rng: &Rng) -> Result<Store, RestoreError> {
    let none = "-".to_owned();
    let tables = [
        ("TABLE_DIRECTORY", copies.directory.as_ref().unwrap_or(&none)),
        ("TABLE_VAULT", copies.vault.as_ref().unwrap_or(&none)),
        ("TABLE_ERASED", &copies.erased),
        ("TABLE_TRANSIENT", &none),
        ("TABLE_OUTBOX", &none),
        ("TABLE_AUDIT", copies.audit.as_ref().unwrap_or(&none)),
    ];
    let settings = settings.clone().with(tables);
    let sdk = Deployment::sdk(&settings, SdkTuning::default())?;
    Ok(Store::open(&sdk, &settings, rng)?)
}
