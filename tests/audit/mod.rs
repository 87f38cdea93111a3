//! The audit log, tampered with in each way by somebody who may write the table: `verify-audit` finds
//! it, names it, and says where.

mod copies;
mod entries;
mod lifetime;
mod roots;

use base64::{
    Engine as _,
    engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD},
};
use domain::SignedDuration;
use local::aws::Service;
use serde_json::{Value, json};
use store::SealedAct;
use tests::{App, Setup, audited};
use verify_audit::{Finding, Kind, Report};

const BUCKET: &str = "portico-AuditCopies";

/// A log of a few hours: a root at eight, nine and ten, and entries after the last.
struct Log {
    app: App,
    /// Everything in the table, as it was sealed.
    whole: Vec<Value>,
    /// The chain that most of it is in.
    chain: u8,
}

impl Log {
    async fn start() -> Self {
        let app = App::with(Setup::default().parameter("AuditBucket", "make")).await;
        let ada = app.customer("ada@example.com").await;
        for _ in 0..3 {
            for _ in 0..3 {
                ada.again(&app).await;
                app.settle().await;
            }
            app.system.invoke("roots", json!({"portico": "roots"})).await.unwrap();
            app.advance(SignedDuration::from_hours(1));
        }
        ada.again(&app).await;
        app.settle().await;
        let whole = app.system.dump("Audit").await.unwrap();
        let own = |item: &&Value| item["pk"]["S"] == format!("CUS#{}", ada.sub);
        let chain = whole.iter().find(own).unwrap()["chain"]["S"].as_str().unwrap();
        let chain = chain.trim_start_matches("CHAIN#").parse().unwrap();
        let log = Self { app, whole, chain };
        let report = audited(&log.app, Some(BUCKET)).await;
        assert_eq!((report.findings, report.warnings), (vec![], vec![]));
        assert_eq!((report.roots, report.copies), (3, 3));
        log
    }

    /// The entries of the chain, in their order.
    fn entries(&self) -> Vec<Value> {
        let name = format!("CHAIN#{:02}", self.chain);
        let mut entries: Vec<_> = self.whole.iter().filter(|item| item["chain"]["S"] == name).cloned().collect();
        entries.sort_by_key(|item| number(item, "seq"));
        entries
    }

    /// One entry of the chain.
    fn entry(&self, seq: u64) -> Value {
        self.entries().into_iter().find(|item| number(item, "seq") == seq).unwrap()
    }

    fn last(&self) -> u64 {
        self.entries().len() as u64
    }

    /// The chain's head.
    fn head(&self) -> Value {
        self.item(&format!("CHAIN#{:02}", self.chain), "HEAD")
    }

    fn item(&self, pk: &str, sk: &str) -> Value {
        self.whole.iter().find(|item| item["pk"]["S"] == pk && item["sk"]["S"] == sk).unwrap().clone()
    }

    /// With what number of this chain a root ends it.
    fn ends(&self, hour: &str) -> u64 {
        let root = self.item("ROOT", hour);
        let claims = tests::claims(root["jws"]["S"].as_str().unwrap());
        claims["heads"][usize::from(self.chain)]["last"].as_u64().unwrap()
    }

    /// The chain from a number on with other acts, every hash and the head made anew.
    fn rewritten(&self, from: u64, acts: &[String]) -> Vec<Op> {
        let mut entries = self.entries();
        let kept = entries.split_off(usize::try_from(from).unwrap() - 1);
        let (mut seq, mut previous) =
            entries.last().map_or((0, String::new()), |last| (number(last, "seq"), text(last, "hash")));
        let mut ops: Vec<Op> = kept.iter().map(|item| Op::Delete(item.clone())).collect();
        for act in acts {
            let next = SealedAct::after(seq + 1, &previous, act);
            let mut item = kept.iter().find(|item| text(item, "body") == *act).unwrap_or(&kept[0]).clone();
            (item["seq"], item["body"]) = (json!({"N": next.seq.to_string()}), json!({"S": next.body}));
            (item["previous"], item["hash"]) = (json!({"S": next.previous}), json!({"S": next.hash}));
            ops.push(Op::Put(item));
            (seq, previous) = (next.seq, next.hash);
        }
        let mut head = self.head();
        (head["last"], head["hash"]) = (json!({"N": seq.to_string()}), json!({"S": previous}));
        ops.push(Op::Put(head));
        ops
    }

    /// Does this to the table, verifies it, and undoes it.
    async fn tampered(&self, ops: &[Op], bucket: Option<&str>) -> Report {
        self.apply(ops).await;
        let report = audited(&self.app, bucket).await;
        let now = self.app.system.dump("Audit").await.unwrap();
        let undo: Vec<_> = now.into_iter().filter(|item| !self.whole.contains(item)).map(Op::Delete).collect();
        self.apply(&undo).await;
        self.apply(&self.whole.iter().cloned().map(Op::Put).collect::<Vec<_>>()).await;
        report
    }

    async fn apply(&self, ops: &[Op]) {
        let table = self.app.system.table("Audit");
        for op in ops {
            let (action, input) = match op {
                Op::Put(item) => ("PutItem", json!({"TableName": table, "Item": item})),
                Op::Delete(item) => {
                    ("DeleteItem", json!({"TableName": table, "Key": {"pk": item["pk"], "sk": item["sk"]}}))
                }
            };
            self.app.system.operate(Service::DynamoDb, action, input).await.unwrap();
        }
    }

    /// A root signed by the permanent key, as whoever may use it would.
    async fn signed(&self, claims: &Value) -> String {
        let keys = self.app.get("/.well-known/permanent-keys.json").await.expect(200);
        let header = json!({"alg": "ES256", "kid": keys["keys"][0]["kid"], "typ": "audit-root+jwt"});
        let part = |json: &Value| URL_SAFE_NO_PAD.encode(json.to_string());
        let input = format!("{}.{}", part(&header), part(claims));
        let asked = json!({"KeyId": self.app.system.key("PermanentKey"), "MessageType": "RAW",
            "Message": STANDARD.encode(&input), "SigningAlgorithm": "ECDSA_SHA_256"});
        let signed = self.app.system.operate(Service::Kms, "Sign", asked).await.unwrap();
        let der = STANDARD.decode(signed["Signature"].as_str().unwrap()).unwrap();
        domain::jws::compact(&input, &domain::jws::ecdsa_der_to_raw(&der).unwrap())
    }
}

/// One thing that is done to the table.
#[derive(Clone, Debug)]
enum Op {
    Put(Value),
    Delete(Value),
}

fn number(item: &Value, name: &str) -> u64 {
    item[name]["N"].as_str().unwrap().parse().unwrap()
}

fn text(item: &Value, name: &str) -> String {
    item[name]["S"].as_str().unwrap().to_owned()
}

/// An item with another text.
fn with(item: &Value, name: &str, value: &str) -> Value {
    let mut item = item.clone();
    item[name] = json!({"S": value});
    item
}

/// An act that says something else.
fn twisted(item: &Value) -> String {
    let body = text(item, "body");
    let twisted = body.replace("session.started", "session.ended");
    assert_ne!(body, twisted);
    twisted
}

fn digest(jws: &str) -> String {
    URL_SAFE_NO_PAD.encode(domain::digest(jws.as_bytes()))
}

/// Kind, chain, number, hour.
type Place<'a> = (Kind, Option<u8>, Option<u64>, Option<&'a str>);

/// The kinds and places of findings.
fn places(findings: &[Finding]) -> Vec<Place<'_>> {
    findings.iter().map(|found| (found.kind, found.chain, found.seq, found.hour.as_deref())).collect()
}
