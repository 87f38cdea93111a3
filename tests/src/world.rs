//! Everything that is stored, and what must hold of it at every moment.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;
use store::SealedAct;

use crate::App;

/// Every item of every table.
#[derive(Clone, Debug)]
pub struct World {
    /// Customers, claims, suppressed addresses, acts of the deployment.
    pub directory: Vec<Value>,
    /// Sessions, one-time things, limits.
    pub transient: Vec<Value>,
    /// What is to be sent, and what was.
    pub outbox: Vec<Value>,
    /// Keys.
    pub vault: Vec<Value>,
    /// Sealed acts.
    pub audit: Vec<Value>,
    /// Who was erased.
    pub erased: Vec<Value>,
}

impl World {
    /// Reads all of it.
    pub async fn of(app: &App) -> Self {
        let dump = async |table| app.system.dump(table).await.unwrap();
        Self {
            directory: dump("Directory").await,
            transient: dump("Transient").await,
            outbox: dump("Outbox").await,
            vault: dump("Vault").await,
            audit: dump("Audit").await,
            erased: dump("Erased").await,
        }
    }

    /// The ids of all customers.
    pub fn customers(&self) -> BTreeSet<String> {
        let security = self.directory.iter().filter(|item| text(item, "sk") == "SECURITY");
        security.map(|item| customer_of(item).to_owned()).collect()
    }

    /// An item of a customer in `directory`.
    pub fn of_customer(&self, customer: &str, sk: &str) -> Option<&Value> {
        self.directory.iter().find(|item| customer_of(item) == customer && text(item, "sk") == sk)
    }

    /// A customer's epoch.
    #[track_caller]
    pub fn epoch(&self, customer: &str) -> u64 {
        number(self.of_customer(customer, "SECURITY").unwrap(), "epoch")
    }

    /// A customer's sessions, alive or not.
    pub fn sessions(&self, customer: &str) -> Vec<&Value> {
        self.transient
            .iter()
            .filter(|item| customer_of(item) == customer && text(item, "sk").starts_with("SES#"))
            .collect()
    }

    /// How many of a customer's sessions are neither ended nor of an older epoch.
    #[track_caller]
    pub fn live_sessions(&self, customer: &str) -> usize {
        let epoch = self.epoch(customer);
        let is_alive = |item: &&&Value| item["ended_at"].is_null() && number(item, "epoch") == epoch;
        self.sessions(customer).iter().filter(is_alive).count()
    }

    /// Items of the outbox of this kind.
    pub fn queued(&self, kind: &str) -> usize {
        self.outbox.iter().filter(|item| text(item, "kind") == kind).count()
    }

    /// One-time things of this kind.
    pub fn one_time(&self, kind: &str) -> Vec<&Value> {
        let is_it = |item: &&Value| text(item, "sk") == "TXN" && text(item, "kind") == kind;
        self.transient.iter().filter(is_it).collect()
    }

    /// One-time things of this kind that were spent.
    pub fn spent(&self, kind: &str) -> usize {
        self.one_time(kind).iter().filter(|item| !item["used_at"].is_null()).count()
    }

    /// Acts of this kind that were sealed.
    pub fn sealed(&self, kind: &str) -> usize {
        let kind = format!("\"kind\":\"{kind}\"");
        self.audit.iter().filter(|item| text(item, "body").contains(&kind)).count()
    }

    /// Nothing is half there: no customer without profile, data key and claim, no claim, session or
    /// mail without its cause, no code left of what was spent, no break in a chain.
    #[track_caller]
    pub fn assert_sound(&self) {
        self.assert_customers();
        self.assert_consents();
        self.assert_sessions();
        self.assert_one_time_things();
        self.assert_outbox();
        self.assert_chains();
    }

    /// Whether somebody is being erased at this moment: anything may be missing of them.
    fn is_leaving(&self, customer: &str) -> bool {
        let status = self.of_customer(customer, "SECURITY").map(|item| text(item, "status"));
        status.is_some_and(|status| status.contains("erasing") || status.contains("closed"))
    }

    #[track_caller]
    fn assert_customers(&self) {
        let customers = self.customers();
        let claims = self.directory.iter().filter(|item| text(item, "pk").starts_with("CLAIM#"));
        let mut claimed: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
        for claim in claims {
            let (customer, address) = (text(claim, "customer"), text(claim, "pk").trim_start_matches("CLAIM#email#"));
            assert!(customers.contains(customer), "a claim of nobody: {claim}");
            let is_address = text(claim, "pk").starts_with("CLAIM#email#");
            if is_address && claim["former_until"].is_null() {
                claimed.entry(customer).or_default().push(address);
            }
        }
        for item in self.directory.iter().chain(&self.vault).chain(&self.transient) {
            let customer = customer_of(item);
            assert!(customer.is_empty() || customers.contains(customer), "an item of nobody: {item}");
        }
        for customer in customers.iter().filter(|customer| !self.is_leaving(customer)) {
            let profile = self.of_customer(customer, "PROFILE").unwrap_or_else(|| panic!("{customer} has no profile"));
            let claims = claimed.remove(customer.as_str()).unwrap_or_default();
            assert_eq!(claims, [text(profile, "email_index")], "the claims of {customer}");
            let keys = self.vault.iter().filter(|item| customer_of(item) == customer).count();
            assert_eq!(keys, 1, "data keys of {customer}");
        }
        let gone = self.erased.iter().filter(|item| !customers.contains(customer_of(item)));
        for tombstone in gone.clone() {
            assert!(!tombstone["certificate"].is_null(), "gone without a certificate: {tombstone}");
        }
        let ever = customers.len() + gone.count();
        assert_eq!(self.spent("registration"), ever, "a registration is spent for a customer");
        self.assert_due();
    }

    /// Whoever is to be erased stands among what is due, once, and nobody else does.
    #[track_caller]
    fn assert_due(&self) {
        let due = self.directory.iter().filter(|item| text(item, "pk").starts_with("DUE#"));
        let mut due: Vec<_> = due.map(|item| text(item, "sk").split_once('#').unwrap().1.to_owned()).collect();
        let asked = self.directory.iter().filter(|item| text(item, "sk") == "ERASURE");
        let mut asked: Vec<_> = asked.map(|item| customer_of(item).to_owned()).collect();
        due.sort();
        asked.sort();
        assert_eq!(due, asked);
        for customer in self.customers() {
            let status = text(self.of_customer(&customer, "SECURITY").unwrap(), "status");
            // An account is closed at the end of an erasure, or by whoever runs the deployment.
            let leaves = ["erasure_pending", "erasing"].iter().any(|one| status.contains(one));
            assert!(status.contains("closed") || leaves == asked.contains(&customer), "{customer}: {status}");
        }
    }

    /// A customer's decisions on purposes, in their order.
    pub fn decisions(&self, customer: &str, purpose: &str) -> Vec<&Value> {
        let is_one = |item: &&Value| {
            customer_of(item) == customer
                && text(item, "sk").starts_with("DECISION#")
                && text(item, "purpose") == purpose
        };
        let mut decisions: Vec<_> = self.directory.iter().filter(is_one).collect();
        decisions.sort_by_key(|item| number(item, "seq"));
        decisions
    }

    /// What their last decision on a purpose came to; nothing if there was none.
    pub fn stands(&self, customer: &str, purpose: &str) -> Option<&str> {
        self.of_customer(customer, &format!("CONSENT#{purpose}")).map(|item| text(item, "outcome"))
    }

    #[track_caller]
    fn assert_consents(&self) {
        let mut counted = 0;
        for current in self.directory.iter().filter(|item| text(item, "sk").starts_with("CONSENT#")) {
            let purpose = text(current, "sk").trim_start_matches("CONSENT#");
            let decisions = self.decisions(customer_of(current), purpose);
            let numbers: Vec<_> = decisions.iter().map(|item| number(item, "seq")).collect();
            assert_eq!(numbers, (1..=number(current, "seq")).collect::<Vec<_>>(), "{current}");
            let last = decisions.last().unwrap();
            assert_eq!(text(last, "outcome"), text(current, "outcome"), "{current}");
            assert_eq!(text(last, "sk"), format!("DECISION#{}", text(current, "decision")), "{current}");
            for two in decisions.windows(2) {
                let same = |name| two[0][name] == two[1][name];
                assert!(!same("outcome") || !same("version"), "decided twice: {two:?}");
            }
            counted += decisions.len();
        }
        let all = self.directory.iter().filter(|item| text(item, "sk").starts_with("DECISION#")).count();
        assert_eq!(all, counted, "a decision on nothing");
    }

    #[track_caller]
    fn assert_sessions(&self) {
        for customer in self.customers() {
            let epoch = self.epoch(&customer);
            for session in self.sessions(&customer) {
                assert!((1..=epoch).contains(&number(session, "epoch")), "of no epoch yet: {session}");
                assert!(!session["current"].is_null() && !session["about"].is_null(), "half a session: {session}");
            }
        }
    }

    #[track_caller]
    fn assert_one_time_things(&self) {
        for thing in self.transient.iter().filter(|item| text(item, "sk") == "TXN") {
            let is_spent = !thing["used_at"].is_null();
            let is_empty = thing["body"].is_null() && thing["code"].is_null() && thing["link"].is_null();
            assert_eq!(is_spent, is_empty, "half spent: {thing}");
        }
        assert_eq!(self.spent("email_change"), self.one_time("email_undo").len(), "what was changed can be undone");
    }

    #[track_caller]
    fn assert_outbox(&self) {
        for item in &self.outbox {
            let waits = ["due", "next_attempt_at", "body", "to"].map(|name| !item[name].is_null());
            let is_done = [!item["outcome"].is_null(), !item["ttl"].is_null()];
            assert!(
                waits == [true; 4] && is_done == [false; 2] || waits == [false; 4] && is_done == [true; 2],
                "{item}"
            );
        }
        for kind in ["registration", "email_change", "password_reset"] {
            let caused: u64 = self.one_time(kind).iter().map(|thing| 1 + number(thing, "resends")).sum();
            assert_eq!(self.queued(kind) as u64, caused, "mails of the kind {kind}");
        }
        assert_eq!(self.queued("email_changed"), self.spent("email_change"));
        assert_eq!(self.queued("consent_opt_in"), self.one_time("consent_opt_in").len(), "mails that confirm consent");
        let by_mail = self.queued("sign_in_code") + self.queued("sign_in_link");
        assert_eq!(by_mail, self.one_time("email_sign_in").len(), "mails to sign in with");
    }

    #[track_caller]
    fn assert_chains(&self) {
        let mut chains: BTreeMap<&str, Vec<&Value>> = BTreeMap::new();
        for entry in self.audit.iter().filter(|item| !item["chain"].is_null()) {
            chains.entry(text(entry, "chain")).or_default().push(entry);
        }
        for (chain, mut entries) in chains {
            entries.sort_by_key(|entry| number(entry, "seq"));
            let mut last = SealedAct::after(0, "", "");
            last.hash.clear();
            for entry in entries {
                let next = SealedAct::after(last.seq + 1, &last.hash, text(entry, "body"));
                assert_eq!((number(entry, "seq"), text(entry, "hash")), (next.seq, next.hash.as_str()), "{chain}");
                last = next;
            }
            let head = self.audit.iter().find(|item| text(item, "pk") == chain).unwrap();
            assert_eq!((number(head, "last"), text(head, "hash")), (last.seq, last.hash.as_str()), "{chain}");
        }
    }

    /// Every act that items still show and that is to be sealed is sealed.
    #[track_caller]
    pub fn assert_audited(&self) {
        let sealed: BTreeSet<&str> = self.audit.iter().map(|entry| text(entry, "body")).collect();
        for item in self.directory.iter().chain(&self.transient) {
            let act = &item["act"]["M"];
            let body = act["body"]["S"].as_str().unwrap_or_default();
            assert!(act["seal"].is_null() || sealed.contains(body), "not sealed: {body}");
        }
    }
}

/// The customer in whose partition an item is; nothing if it is in none.
fn customer_of(item: &Value) -> &str {
    text(item, "pk").strip_prefix("CUS#").unwrap_or_default()
}

/// A text of an item; empty if it is not there.
fn text<'a>(item: &'a Value, name: &str) -> &'a str {
    item[name]["S"].as_str().unwrap_or_default()
}

/// A number of an item; 0 if it is not there.
fn number(item: &Value, name: &str) -> u64 {
    item[name]["N"].as_str().and_then(|text| text.parse().ok()).unwrap_or_default()
}
