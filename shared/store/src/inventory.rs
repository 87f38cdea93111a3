//! Every kind of item that the store can hold, and what becomes of it when its customer asks for their
//! data, or to be erased.
//!
//! A key can't be built without naming its kind, and a kind doesn't compile until both are said here:
//! nothing that is stored can be forgotten by an export or an erasure. To add one: a line in
//! [`ItemKind`], its key in [`mod@crate::keymap`], its arms below, and what an export shows of each of its
//! attributes in `export/shape.rs`.

macro_rules! kinds {
    ($($(#[doc = $doc:literal])+ $name:ident = $pk:literal $sk:literal;)*) => {
        /// A kind of item.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum ItemKind {
            $($(#[doc = $doc])+ $name,)*
        }

        impl ItemKind {
            /// All of them.
            pub const ALL: &[Self] = &[$(Self::$name,)*];

            /// Its name, in snake case.
            pub fn name(self) -> String {
                let camel = match self { $(Self::$name => stringify!($name),)* };
                let mut name = String::with_capacity(camel.len() + 4);
                for (at, letter) in camel.char_indices() {
                    if letter.is_ascii_uppercase() && at > 0 {
                        name.push('_');
                    }
                    name.push(letter.to_ascii_lowercase());
                }
                name
            }

            /// What its keys begin with: partition, and place in it.
            pub fn prefixes(self) -> (&'static str, &'static str) {
                match self { $(Self::$name => ($pk, $sk),)* }
            }
        }
    };
}

kinds! {
    /// Status and epoch.
    Security = "CUS#" "SECURITY";
    /// Address and profile.
    Profile = "CUS#" "PROFILE";
    /// The password's hash.
    Password = "CUS#" "PASSWORD";
    /// Everything else by which a customer proves who they are.
    Factors = "CUS#" "FACTORS";
    /// Where a customer stands with a purpose.
    Consent = "CUS#" "CONSENT#";
    /// A decision on a purpose.
    Decision = "CUS#" "DECISION#";
    /// What a customer allows an app of somebody else's.
    App = "CUS#" "APP#";
    /// How a customer wants to be written to.
    Preferences = "CUS#" "PREFERENCES";
    /// A version of a purpose.
    PurposeVersion = "PURPOSE#" "V#";
    /// The current versions of all purposes.
    Purposes = "PURPOSES" "CURRENT";
    /// A registered client.
    Client = "CLIENT#" "CLIENT";
    /// That there is a registered client, for a list of them.
    ClientListed = "CLIENTS" "CLIENT#";
    /// A brand of the hosted pages.
    Brand = "BRANDS" "BRAND#";
    /// A client that describes itself, by a document that was fetched.
    ClientDocument = "CLIENT#" "DOCUMENT";
    /// An erasure that was asked for.
    Erasure = "CUS#" "ERASURE";
    /// A legal hold.
    Hold = "CUS#" "HOLD#";
    /// When a customer was last seen.
    Activity = "CUS#" "ACTIVITY";
    /// Whose erasure is to be looked at, and when.
    Due = "DUE#" "";
    /// How far a schedule has come.
    Cursor = "SYS" "CURSOR#";
    /// That somebody was erased.
    Erased = "CUS#" "ERASED";
    /// A data subject's request, on record.
    Request = "CUS#" "REQUEST#";
    /// A request that waits for its answer, by when it is due.
    OpenRequest = "REQUESTS" "DUE#";
    /// Whose an address is.
    EmailClaim = "CLAIM#email#" "CLAIM";
    /// Whose a WebAuthn credential is.
    CredentialClaim = "CLAIM#credential#" "CLAIM";
    /// An address that bounced or complained, or at which no mail for a purpose is wanted.
    Suppression = "SUP#" "SUP";
    /// An act of the deployment itself.
    SystemAct = "SYS" "ACT#";
    /// A session and its refresh family.
    Session = "CUS#" "SES#";
    /// A device that its owner trusts.
    Device = "CUS#" "DEV#";
    /// A one-time thing.
    OneTime = "TXN#" "TXN";
    /// A window of a limit.
    Limit = "LIM#" "LIM";
    /// That something was said once.
    Mark = "JTI#" "JTI";
    /// Something that is to be sent.
    Outbox = "OUT#" "OUT";
    /// A customer's data key.
    DataKey = "CUS#" "DEK";
    /// A key of the deployment, wrapped.
    WrappedKey = "KEY#" "V#";
    /// A signing key.
    SigningKey = "KEY#signing" "";
    /// The public half of a key that receipts, certificates and roots are signed with.
    PermanentKey = "KEY#permanent" "";
    /// A sealed act on a customer.
    SealedAct = "CUS#" "act_";
    /// A sealed act of the deployment itself.
    SealedSystemAct = "SYS" "act_";
    /// The head of a chain.
    ChainHead = "CHAIN#" "HEAD";
    /// An act that changes nothing else, on its way to the audit log.
    PassingAct = "ACT#" "ACT";
    /// A root over the heads of all chains.
    AuditRoot = "ROOT" "";
    /// Which root is the last, and up to which they are copied.
    AuditRootHead = "ROOT" "HEAD";
}

/// What an export does with a kind of item.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Export {
    /// It is in the set of this name.
    In(&'static str),
    /// It is left out, and why: for the customer to read.
    Left(&'static str),
    /// It is the deployment's own, and about nobody.
    Nobodys,
}

/// What erasure does with a kind of item.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Erasure {
    /// It is deleted; what copies of it say is sealed under the customer's data key, or a pseudonym.
    Deleted,
    /// It is the key whose destruction makes everything unreadable, deleted last of all.
    Destroyed,
    /// It goes by itself, and why that is soon enough.
    Expires(&'static str),
    /// It stays, and why nobody can be told from it.
    Stays(&'static str),
    /// It is the deployment's own, and about nobody: no erasure concerns it.
    Nobodys,
}

impl ItemKind {
    /// The kind of a stored item, by its key.
    pub fn of(pk: &str, sk: &str) -> Option<Self> {
        let fits = |kind: &&Self| {
            let (own_pk, own_sk) = kind.prefixes();
            pk.starts_with(own_pk) && sk.starts_with(own_sk)
        };
        // The longest prefixes are the most particular ones.
        let size = |kind: &&Self| kind.prefixes().0.len() + kind.prefixes().1.len();
        Self::ALL.iter().filter(fits).max_by_key(size).copied()
    }

    /// Whether a customer has one item of it at most.
    pub(crate) fn is_single(self) -> bool {
        !self.prefixes().1.ends_with(['#', '_'])
    }

    /// What an export does with it.
    pub fn export(self) -> Export {
        match self {
            Self::Security => Export::In("account"),
            Self::Profile => Export::In("profile"),
            Self::Password => Export::In("account"),
            Self::Factors => Export::In("factors"),
            Self::Consent => Export::In("consents"),
            Self::Decision => Export::In("decisions"),
            Self::App => Export::In("apps"),
            Self::Preferences => Export::In("preferences"),
            Self::Erasure => Export::In("requests"),
            Self::Hold => Export::Left("a legal hold, of which is told what may be told where an erasure is asked for"),
            Self::Activity => Export::In("account"),
            Self::Due => Export::Left("when the erasure in `requests` is looked at"),
            Self::Erased => Export::Left("a certificate for whoever was erased, who has it"),
            Self::EmailClaim => Export::Left("a pseudonym of the address, which is in `profile`"),
            Self::CredentialClaim => Export::Left("a pseudonym of the passkey, which is in `factors`"),
            Self::Suppression => Export::Left("a pseudonym of an address at which no mail is wanted"),
            Self::Request => Export::In("requests"),
            Self::OpenRequest => Export::Left("an index by due date of requests, which are in `requests`"),
            Self::Session => Export::In("sessions"),
            Self::Device => Export::In("devices"),
            Self::OneTime => Export::Left("lives for minutes, and is worth what whoever holds it may do"),
            Self::Limit => Export::Left("counts tries for a few hours, by a pseudonym"),
            Self::Mark => Export::Left("the digest of an app's message, for minutes"),
            Self::Outbox => Export::Left("a mail on its way, which its reader gets; its contents go when it is sent"),
            Self::SealedAct => Export::In("audit"),
            Self::PassingAct => Export::Left("a draft of an act, kept for a week; it is in `audit`"),
            Self::DataKey => Export::Left("a key, under which all else is sealed"),
            Self::SystemAct
            | Self::PurposeVersion
            | Self::Purposes
            | Self::Client
            | Self::ClientListed
            | Self::Brand
            | Self::ClientDocument
            | Self::Cursor
            | Self::WrappedKey
            | Self::SigningKey
            | Self::PermanentKey
            | Self::SealedSystemAct
            | Self::ChainHead
            | Self::AuditRoot
            | Self::AuditRootHead => Export::Nobodys,
        }
    }

    /// What erasure does with it.
    pub fn erasure(self) -> Erasure {
        match self {
            Self::Security
            | Self::Profile
            | Self::Password
            | Self::Factors
            | Self::Consent
            | Self::Decision
            | Self::App
            | Self::Preferences
            | Self::Request
            | Self::OpenRequest
            | Self::EmailClaim
            | Self::CredentialClaim
            | Self::Session
            | Self::Device
            | Self::Erasure
            | Self::Hold
            | Self::Activity
            | Self::Due => Erasure::Deleted,
            Self::DataKey => Erasure::Destroyed,
            Self::Erased => Erasure::Stays("an id, when it was erased and the certificate: no backup brings them back"),
            Self::OneTime => Erasure::Expires("unreadable without the handle or link that somebody holds"),
            Self::PassingAct => Erasure::Expires("within a week, and names ids alone"),
            Self::Limit => Erasure::Expires("within two days, and holds a count by a pseudonym"),
            Self::Mark => Erasure::Expires("within minutes, and names nobody"),
            Self::Outbox => Erasure::Expires("what waits for them is dropped, and what was sent has no contents"),
            Self::Suppression => Erasure::Stays("a pseudonym, kept so that nobody is mailed who asked not to be"),
            Self::SealedAct => Erasure::Stays("names ids alone, which lead to nobody once the rest is gone"),
            Self::SystemAct
            | Self::PurposeVersion
            | Self::Purposes
            | Self::Client
            | Self::ClientListed
            | Self::Brand
            | Self::ClientDocument
            | Self::Cursor
            | Self::WrappedKey
            | Self::SigningKey
            | Self::PermanentKey
            | Self::SealedSystemAct
            | Self::ChainHead
            | Self::AuditRoot
            | Self::AuditRootHead => Erasure::Nobodys,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::keymap;

    #[test]
    fn a_stored_key_tells_its_kind() {
        let customer = domain::CustomerId::from_bytes([1; 16]);
        let act = domain::ActId::from_bytes([2; 16]);
        let dsar = domain::DsarId::generate(customer, domain::Timestamp::UNIX_EPOCH, &domain::Rng::seeded([4; 32]));
        let keys = [
            keymap::security(customer),
            keymap::consent(customer, "news"),
            keymap::decision(customer, domain::DecisionId::from_bytes([4; 16])),
            keymap::preferences(customer),
            keymap::purpose_version("news", 1),
            keymap::purposes(),
            keymap::client("calendar"),
            keymap::client_listed("calendar"),
            keymap::brand("shop"),
            keymap::client_document("doc_x"),
            keymap::session(customer, domain::SessionId::from_bytes([3; 16])),
            keymap::request(dsar),
            keymap::open_request(dsar, domain::Timestamp::UNIX_EPOCH),
            keymap::wrapped_key(domain::KeyPurpose::Index),
            keymap::signing_key(domain::SigningAlg::Es256, 1),
            keymap::permanent_key("kid"),
            keymap::sealed(Some(customer), act),
            keymap::sealed(None, act),
            keymap::system_act(act),
            keymap::mark("x"),
            keymap::email_claim("x"),
            keymap::objection("x", "news"),
            keymap::data_key(customer),
            keymap::passing_act(act),
            keymap::audit_root(domain::Hour::of(domain::Timestamp::UNIX_EPOCH)),
            keymap::audit_root_head(),
            keymap::erasure(customer),
            keymap::hold(customer, domain::HoldId::from_bytes([4; 16])),
            keymap::activity(customer),
            keymap::due(domain::Timestamp::UNIX_EPOCH, customer),
            keymap::cursor("inactive"),
            keymap::erased(customer),
        ];
        for key in keys {
            assert_eq!(ItemKind::of(&key.pk, &key.sk), Some(key.kind), "{key:?}");
        }
        assert_eq!(ItemKind::of("CUS#x", "SOMETHING"), None);
    }
}
