//! The key map: every item of every table, and the only place that builds a key.
//!
//! | table | `pk` | `sk` | holds |
//! |---|---|---|---|
//! | directory | `CUS#<customer>` | `SECURITY` | status and epoch: small, read at every sign-in and refresh |
//! | directory | `CUS#<customer>` | `PROFILE` | address and profile (sealed), locale, its claim's index, version, the changes of address that were not undone |
//! | directory | `CUS#<customer>` | `PASSWORD` | the password's hash |
//! | directory | `CUS#<customer>` | `FACTORS` | passkeys, authenticator apps, phones, recovery codes, a delayed recovery (sealed), version |
//! | directory | `CUS#<customer>` | `CONSENT#<purpose>` | where they stand with a purpose: the last decision, what was shown |
//! | directory | `CUS#<customer>` | `DECISION#<decision>` | a decision, with the claims of its receipt; never changed |
//! | directory | `CUS#<customer>` | `APP#<client>` | what the customer allows an app of somebody else's |
//! | directory | `CUS#<customer>` | `PREFERENCES` | how they want to be written to (sealed), version |
//! | directory | `CUS#<customer>` | `REQUEST#<request>` | a data subject's request (sealed), version |
//! | directory | `REQUESTS` | `DUE#<time>#<request>` | an open request, by when it is due |
//! | directory | `CLAIM#email#<index>` | `CLAIM` | whose address this is; `former_until` while the last holder can take it back |
//! | directory | `CLAIM#credential#<index>` | `CLAIM` | whose WebAuthn credential this is |
//! | directory | `SUP#<index>` | `SUP` | an address that bounced or complained |
//! | directory | `SUP#<index>` | `SUP#<purpose>` | an address at which no mail for the purpose is wanted |
//! | directory | `PURPOSE#<purpose>` | `V#<number>` | a version of a purpose; never changed |
//! | directory | `PURPOSES` | `CURRENT` | the current versions of all purposes that were written |
//! | directory | `CLIENT#<client>` | `CLIENT` | a registered client, with digests of its secrets, version; what is left of a removed one |
//! | directory | `CLIENTS` | `CLIENT#<client>` | that there is one, for a list of them |
//! | directory | `BRANDS` | `BRAND#<key>` | a brand of the hosted pages that was written, version; what is left of a removed one |
//! | directory | `CUS#<customer>` | `ERASURE` | an erasure that was asked for: when it is due, who asked, why (sealed) |
//! | directory | `CUS#<customer>` | `HOLD#<hold>` | a legal hold: until when; why (sealed) |
//! | directory | `CUS#<customer>` | `ACTIVITY` | when the customer was last seen, to the month, and whether they were told |
//! | directory | `DUE#<shard>` | `<ms>#<customer>` | whose erasure is to be looked at, and when |
//! | directory | `SYS` | `CURSOR#<name>` | how far a schedule has come |
//! | directory | `SYS` | `ACT#<act>` | an act of the deployment itself |
//! | transient | `CUS#<customer>` | `SES#<session>` | a session and its refresh family |
//! | transient | `CUS#<customer>` | `DEV#<device>` | a device that its owner trusts |
//! | transient | `TXN#<digest>` | `TXN` | a one-time thing, by the digest of its handle |
//! | transient | `CLIENT#<digest>` | `DOCUMENT` | a client that describes itself, by the digest of its document's address; what is left of one that was forgotten |
//! | transient | `ACT#<act>` | `ACT` | an act that changes nothing else, for as long as its stream may need |
//! | transient | `LIM#<limit>#<subject>#<window>` | `LIM` | how often, in this window; or that somebody was told, in this window |
//! | transient | `JTI#<digest>` | `JTI` | that an assertion or a proof was used, until it expires |
//! | outbox | `OUT#<id>` | `OUT` | a mail (sealed); in the index `due` until it is sent |
//! | vault | `CUS#<customer>` | `DEK` | the customer's data key, under the branch key |
//! | vault | `KEY#<purpose>` | `V#1` | a key of the deployment, wrapped by KMS |
//! | vault | `KEY#signing` | `<alg>#<number>` | a signing key, wrapped by KMS or in it |
//! | vault | `KEY#permanent` | `<kid>` | the public half of a key in KMS that signs what has to hold for years |
//! | audit | `CUS#<customer>` or `SYS` | `<act>` | a sealed act; in the index `chain` by its number |
//! | audit | `CHAIN#<chain>` | `HEAD` | the last number and hash of a chain |
//! | audit | `ROOT` | `<hour>` | the signed root over all heads in that hour |
//! | audit | `ROOT` | `HEAD` | the last root, and up to which they are copied |
//! | erased | `CUS#<customer>` | `ERASED` | that they were erased, and when; the certificate. Never restored |
//!
//! `<index>` is a blind index: an HMAC-SHA-256 of the address (or credential id) under the index key. `<digest>` is a
//! SHA-256. No key holds anything from which a person could be told.

use aws_sdk_dynamodb::types::AttributeValue;
use domain::{
    ActId, CustomerId, DecisionId, DeviceId, DsarId, HoldId, Hour, KeyPurpose, OutboxId, SessionId, SigningAlg,
    Timestamp,
};

use crate::inventory::ItemKind;
use crate::item::Item;

/// The key of one item.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Key {
    /// Of what kind the item is.
    pub kind: ItemKind,
    /// Partition.
    pub pk: String,
    /// Place in the partition.
    pub sk: String,
}

impl Key {
    fn new(kind: ItemKind, pk: impl Into<String>, sk: impl Into<String>) -> Self {
        Self { kind, pk: pk.into(), sk: sk.into() }
    }

    /// The key as attributes.
    pub(crate) fn item(&self) -> Item {
        Item::from([
            ("pk".to_owned(), AttributeValue::S(self.pk.clone())),
            ("sk".to_owned(), AttributeValue::S(self.sk.clone())),
        ])
    }

    /// Whether this is the key of an item.
    pub(crate) fn is_of(&self, item: &Item) -> bool {
        let is = |name: &str, text: &str| item.get(name).and_then(|value| value.as_s().ok()).is_some_and(|s| s == text);
        is("pk", &self.pk) && is("sk", &self.sk)
    }

    /// Where a sealed attribute belongs: the associated data of its encryption.
    pub(crate) fn place(&self, attribute: &str) -> Vec<u8> {
        format!("{}\n{}\n{attribute}", self.pk, self.sk).into_bytes()
    }
}

/// A customer's partition, in `directory`, `transient`, `vault` and `audit` alike.
pub fn customer(customer: CustomerId) -> String {
    format!("CUS#{customer}")
}

/// Status and epoch.
pub fn security(id: CustomerId) -> Key {
    Key::new(ItemKind::Security, customer(id), "SECURITY")
}

/// Address and profile.
pub fn profile(id: CustomerId) -> Key {
    Key::new(ItemKind::Profile, customer(id), "PROFILE")
}

/// The password's hash.
pub fn password(id: CustomerId) -> Key {
    Key::new(ItemKind::Password, customer(id), "PASSWORD")
}

/// Everything else by which they prove who they are.
pub fn factors(id: CustomerId) -> Key {
    Key::new(ItemKind::Factors, customer(id), "FACTORS")
}

/// What every consent's sort key starts with.
pub const CONSENT_PREFIX: &str = "CONSENT#";

/// Where a customer stands with a purpose.
pub fn consent(id: CustomerId, purpose: &str) -> Key {
    Key::new(ItemKind::Consent, customer(id), format!("{CONSENT_PREFIX}{purpose}"))
}

/// What every decision's sort key starts with.
pub const DECISION_PREFIX: &str = "DECISION#";

/// A decision on a purpose.
pub fn decision(id: CustomerId, decision: DecisionId) -> Key {
    Key::new(ItemKind::Decision, customer(id), format!("{DECISION_PREFIX}{decision}"))
}

/// What every app's sort key starts with.
pub const APP_PREFIX: &str = "APP#";

/// What a customer allows an app of somebody else's.
pub fn app(id: CustomerId, client_id: &str) -> Key {
    Key::new(ItemKind::App, customer(id), format!("{APP_PREFIX}{client_id}"))
}

/// How a customer wants to be written to.
pub fn preferences(id: CustomerId) -> Key {
    Key::new(ItemKind::Preferences, customer(id), "PREFERENCES")
}

/// The partition of a purpose's versions.
pub fn purpose(key: &str) -> String {
    format!("PURPOSE#{key}")
}

/// A version of a purpose.
pub fn purpose_version(key: &str, version: u32) -> Key {
    Key::new(ItemKind::PurposeVersion, purpose(key), format!("V#{version:08}"))
}

/// The current versions of all purposes that were written.
pub fn purposes() -> Key {
    Key::new(ItemKind::Purposes, "PURPOSES", "CURRENT")
}

/// A registered client.
pub fn client(id: &str) -> Key {
    Key::new(ItemKind::Client, format!("CLIENT#{id}"), "CLIENT")
}

/// The partition that lists the registered clients. One is enough: it is read by administrators alone.
pub const CLIENTS: &str = "CLIENTS";

/// What the sort key of each in that list starts with.
pub const CLIENT_PREFIX: &str = "CLIENT#";

/// That there is a registered client.
pub fn client_listed(id: &str) -> Key {
    Key::new(ItemKind::ClientListed, CLIENTS, format!("{CLIENT_PREFIX}{id}"))
}

/// The partition of the brands that were written.
pub const BRANDS: &str = "BRANDS";

/// What the sort key of each starts with.
pub const BRAND_PREFIX: &str = "BRAND#";

/// A brand that was written.
pub fn brand(key: &str) -> Key {
    Key::new(ItemKind::Brand, BRANDS, format!("{BRAND_PREFIX}{key}"))
}

/// A client that describes itself.
pub fn client_document(name: &str) -> Key {
    Key::new(ItemKind::ClientDocument, format!("CLIENT#{name}"), "DOCUMENT")
}

/// What every data subject's request's sort key starts with.
pub const REQUEST_PREFIX: &str = "REQUEST#";

/// A data subject's request.
pub fn request(id: DsarId) -> Key {
    Key::new(ItemKind::Request, customer(id.customer), format!("{REQUEST_PREFIX}{id}"))
}

/// The partition of the requests that are open. One is enough: there are as many as people can answer.
pub const OPEN_REQUESTS: &str = "REQUESTS";

/// Where the open requests end that are due by then.
pub fn open_requests_until(due_at: Timestamp) -> String {
    format!("DUE#{:015}", due_at.as_millisecond().max(0))
}

/// An open request, by when it is due.
pub fn open_request(id: DsarId, due_at: Timestamp) -> Key {
    Key::new(ItemKind::OpenRequest, OPEN_REQUESTS, format!("{}#{id}", open_requests_until(due_at)))
}

/// The claim of an address.
pub fn email_claim(index: &str) -> Key {
    Key::new(ItemKind::EmailClaim, format!("CLAIM#email#{index}"), "CLAIM")
}

/// The claim of a WebAuthn credential.
pub fn credential_claim(index: &str) -> Key {
    Key::new(ItemKind::CredentialClaim, format!("CLAIM#credential#{index}"), "CLAIM")
}

/// An address that bounced or complained.
pub fn suppression(index: &str) -> Key {
    Key::new(ItemKind::Suppression, format!("SUP#{index}"), "SUP")
}

/// An address at which no mail for a purpose is wanted.
pub fn objection(index: &str, purpose: &str) -> Key {
    Key::new(ItemKind::Suppression, format!("SUP#{index}"), format!("SUP#{purpose}"))
}

/// An erasure that was asked for.
pub fn erasure(id: CustomerId) -> Key {
    Key::new(ItemKind::Erasure, customer(id), "ERASURE")
}

/// What every hold's sort key starts with.
pub const HOLD_PREFIX: &str = "HOLD#";

/// A legal hold.
pub fn hold(id: CustomerId, hold: HoldId) -> Key {
    Key::new(ItemKind::Hold, customer(id), format!("{HOLD_PREFIX}{hold}"))
}

/// When a customer was last seen.
pub fn activity(id: CustomerId) -> Key {
    Key::new(ItemKind::Activity, customer(id), "ACTIVITY")
}

/// How many partitions the due erasures are spread over: each takes a thousand writes a second.
pub const DUE_SHARDS: u8 = 16;

/// A partition of the due erasures.
pub fn due_shard(shard: u8) -> String {
    format!("DUE#{shard:02}")
}

/// What is due until then stands before this in its partition.
pub fn due_until(moment: Timestamp) -> String {
    format!("{:015}~", moment.as_millisecond().max(0))
}

/// An erasure that is to be looked at.
pub fn due(at: Timestamp, id: CustomerId) -> Key {
    let [.., last] = id.to_bytes();
    let sk = format!("{:015}#{id}", at.as_millisecond().max(0));
    Key::new(ItemKind::Due, due_shard(last % DUE_SHARDS), sk)
}

/// How far a schedule has come.
pub fn cursor(name: &str) -> Key {
    Key::new(ItemKind::Cursor, "SYS", format!("CURSOR#{name}"))
}

/// That somebody was erased.
pub fn erased(id: CustomerId) -> Key {
    Key::new(ItemKind::Erased, customer(id), "ERASED")
}

/// An act of the deployment itself.
pub fn system_act(act: ActId) -> Key {
    Key::new(ItemKind::SystemAct, "SYS", format!("ACT#{act}"))
}

/// An act that changes nothing else.
pub fn passing_act(act: ActId) -> Key {
    Key::new(ItemKind::PassingAct, format!("ACT#{act}"), "ACT")
}

/// What every session's sort key starts with.
pub const SESSION_PREFIX: &str = "SES#";

/// A session.
pub fn session(id: CustomerId, session: SessionId) -> Key {
    Key::new(ItemKind::Session, customer(id), format!("{SESSION_PREFIX}{session}"))
}

/// What every trusted device's sort key starts with.
pub const DEVICE_PREFIX: &str = "DEV#";

/// A trusted device.
pub fn device(id: CustomerId, device: DeviceId) -> Key {
    Key::new(ItemKind::Device, customer(id), format!("{DEVICE_PREFIX}{device}"))
}

/// A one-time thing.
pub fn one_time(digest: &str) -> Key {
    Key::new(ItemKind::OneTime, format!("TXN#{digest}"), "TXN")
}

/// A window of a limit.
pub fn limit(name: &str, subject: &str, window: i64) -> Key {
    Key::new(ItemKind::Limit, format!("LIM#{name}#{subject}#{window}"), "LIM")
}

/// What was said once.
pub fn mark(digest: &str) -> Key {
    Key::new(ItemKind::Mark, format!("JTI#{digest}"), "JTI")
}

/// Something that is to be sent.
pub fn outbox(id: OutboxId) -> Key {
    Key::new(ItemKind::Outbox, format!("OUT#{id}"), "OUT")
}

/// A customer's data key.
pub fn data_key(id: CustomerId) -> Key {
    Key::new(ItemKind::DataKey, customer(id), "DEK")
}

/// A wrapped key of the deployment.
pub fn wrapped_key(purpose: KeyPurpose) -> Key {
    Key::new(ItemKind::WrappedKey, format!("KEY#{}", purpose.as_str()), "V#1")
}

/// The partition of the signing keys.
pub const SIGNING: &str = "KEY#signing";

/// A signing key.
pub fn signing_key(alg: SigningAlg, number: u32) -> Key {
    Key::new(ItemKind::SigningKey, SIGNING, format!("{}#{number:08}", alg.as_str()))
}

/// The partition of the permanent keys.
pub const PERMANENT: &str = "KEY#permanent";

/// A permanent key, by its thumbprint.
pub fn permanent_key(kid: &str) -> Key {
    Key::new(ItemKind::PermanentKey, PERMANENT, kid)
}

/// A sealed act.
pub fn sealed(subject: Option<CustomerId>, act: ActId) -> Key {
    let kind = if subject.is_some() { ItemKind::SealedAct } else { ItemKind::SealedSystemAct };
    Key::new(kind, subject.map_or_else(|| "SYS".to_owned(), customer), act.to_string())
}

/// The head of a chain.
pub fn chain_head(chain: u8) -> Key {
    Key::new(ItemKind::ChainHead, chain_name(chain), "HEAD")
}

/// A chain's name in the index `chain`.
pub fn chain_name(chain: u8) -> String {
    format!("CHAIN#{chain:02}")
}

/// The partition of the roots.
pub const ROOTS: &str = "ROOT";

/// The root of an hour.
pub fn audit_root(hour: Hour) -> Key {
    Key::new(ItemKind::AuditRoot, ROOTS, hour.to_string())
}

/// The last root.
pub fn audit_root_head() -> Key {
    Key::new(ItemKind::AuditRootHead, ROOTS, "HEAD")
}
