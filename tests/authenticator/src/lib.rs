//! An authenticator and the browser before it, in software: what `navigator.credentials` makes of
//! our options, as JSON. It does what it is told and checks nothing, so that it can play the
//! attacker's browser as well: another origin, another relying party, a counter that goes back.
//!
//! A package of its own, so that `passkeys` is tested with it without the rest of the system.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a test that can't go on says where"
)]

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use p256::ecdsa::{Signature, SigningKey, signature::Signer};
use ring::digest::{SHA256, digest};
use serde_json::{Value, json};

/// An authenticator with its credentials, used from one page.
#[derive(Clone, Debug)]
pub struct Authenticator {
    /// Where the page is.
    pub origin: String,
    /// Whether that page stands in a frame of somebody else's.
    pub framed: bool,
    /// Whom it is used for; the relying party that the options name, if this is none.
    pub rp_id: Option<String>,
    /// Whether it verifies its user.
    pub verifies: bool,
    /// Whether its keys may ever be in more than one place.
    pub eligible: bool,
    /// Whether they are now.
    pub synced: bool,
    /// What it has counted up to. At 0 it does not count.
    pub counter: u32,
    keys: Vec<Key>,
}

#[derive(Clone, Debug)]
struct Key {
    id: Vec<u8>,
    rp_id: String,
    /// The user handle, where the credential is discoverable.
    owner: Option<String>,
    secret: SigningKey,
}

const PRESENT: u8 = 0x01;
const VERIFIED: u8 = 0x04;
const ELIGIBLE: u8 = 0x08;
const SYNCED: u8 = 0x10;
const ATTESTED: u8 = 0x40;

impl Authenticator {
    /// A phone's or a password manager's: verifies its user, syncs its keys, does not count.
    pub fn new(origin: &str) -> Self {
        Self {
            origin: origin.to_owned(),
            framed: false,
            rp_id: None,
            verifies: true,
            eligible: true,
            synced: true,
            counter: 0,
            keys: Vec::new(),
        }
    }

    /// A security key without a PIN: somebody touches it, its keys never leave it, and it counts.
    pub fn security_key(origin: &str) -> Self {
        Self { verifies: false, eligible: false, synced: false, counter: 1, ..Self::new(origin) }
    }

    /// `navigator.credentials.create` with these creation options, `toJSON()` of what comes of it.
    pub fn create(&mut self, options: &Value) -> Value {
        let mut bytes = [0; 32];
        getrandom::fill(&mut bytes).expect("the system has randomness");
        let secret = SigningKey::from_slice(&bytes).expect("once in 2^32 a number is too large");
        let id = digest(&SHA256, &bytes).as_ref().to_vec();
        let owner = options["user"]["id"].as_str().expect("options have a user").to_owned();
        let is_discoverable = options["authenticatorSelection"]["residentKey"] != "discouraged";
        let rp_id = self.rp_id(&options["rp"]["id"]);
        self.keys.push(Key {
            id: id.clone(),
            rp_id: rp_id.clone(),
            owner: is_discoverable.then_some(owner),
            secret: secret.clone(),
        });
        let client_data = self.client_data("webauthn.create", options);
        let mut data = self.authenticator_data(&rp_id, ATTESTED);
        data.extend([0; 16]);
        data.extend(u16::try_from(id.len()).unwrap().to_be_bytes());
        data.extend(&id);
        data.extend(public_key(&secret));
        let attestation = attestation(&data);
        json!({
            "type": "public-key", "id": encode(&id), "rawId": encode(&id),
            "authenticatorAttachment": "platform", "clientExtensionResults": {},
            "response": {
                "clientDataJSON": encode(&client_data), "attestationObject": encode(&attestation),
                "authenticatorData": encode(&data), "transports": ["internal", "hybrid"], "publicKeyAlgorithm": -7,
            },
        })
    }

    /// `navigator.credentials.get` with these request options, `toJSON()` of what comes of it: by
    /// the newest credential that they allow.
    pub fn get(&mut self, options: &Value) -> Value {
        let allowed: Vec<_> = options["allowCredentials"].as_array().into_iter().flatten().collect();
        let asked = options["rpId"].as_str().expect("options have an RP id");
        let fits = |key: &&Key| {
            let is_allowed = allowed.iter().any(|one| one["id"] == encode(&key.id));
            if allowed.is_empty() { key.owner.is_some() && key.rp_id == asked } else { is_allowed }
        };
        let key = self.keys.iter().rev().find(fits).expect("the authenticator has no such credential").clone();
        if self.counter > 0 {
            self.counter += 1;
        }
        let client_data = self.client_data("webauthn.get", options);
        let data = self.authenticator_data(&self.rp_id(&options["rpId"]), 0);
        let signed = [data.as_slice(), digest(&SHA256, &client_data).as_ref()].concat();
        let signature: Signature = key.secret.sign(&signed);
        let mut response = json!({
            "clientDataJSON": encode(&client_data), "authenticatorData": encode(&data),
            "signature": encode(signature.to_der().as_bytes()),
        });
        if let (Some(owner), Some(response)) = (key.owner, response.as_object_mut()) {
            response.insert("userHandle".to_owned(), owner.into());
        }
        json!({
            "type": "public-key", "id": encode(&key.id), "rawId": encode(&key.id),
            "authenticatorAttachment": "platform", "clientExtensionResults": {}, "response": response,
        })
    }

    fn rp_id(&self, asked: &Value) -> String {
        self.rp_id.clone().unwrap_or_else(|| asked.as_str().expect("options have an RP id").to_owned())
    }

    fn client_data(&self, kind: &str, options: &Value) -> Vec<u8> {
        let data = json!({"type": kind, "challenge": options["challenge"], "origin": self.origin,
            "crossOrigin": self.framed});
        data.to_string().into_bytes()
    }

    fn authenticator_data(&self, rp_id: &str, more: u8) -> Vec<u8> {
        let flag = |is_set, flag| if is_set { flag } else { 0 };
        let flags =
            PRESENT | flag(self.verifies, VERIFIED) | flag(self.eligible, ELIGIBLE) | flag(self.synced, SYNCED) | more;
        [digest(&SHA256, rp_id.as_bytes()).as_ref(), &[flags], &self.counter.to_be_bytes()].concat()
    }
}

/// The answer with some of its bytes changed, at `/response/signature` or the like.
pub fn tampered(answer: &Value, pointer: &str, change: impl FnOnce(&mut Vec<u8>)) -> Value {
    let mut answer = answer.clone();
    let place = answer.pointer_mut(pointer).expect("there is something to change");
    let mut bytes = URL_SAFE_NO_PAD.decode(place.as_str().expect("text")).unwrap();
    change(&mut bytes);
    *place = encode(&bytes).into();
    answer
}

fn encode(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

/// A COSE key: EC2, ES256, P-256, x, y (RFC 9053 §7.1).
fn public_key(secret: &SigningKey) -> Vec<u8> {
    let point = secret.verifying_key().to_sec1_point(false);
    let [x, y] = [point.x(), point.y()].map(|coordinate| coordinate.expect("no point at infinity").to_vec());
    [&[0xa5, 0x01, 0x02, 0x03, 0x26, 0x20, 0x01, 0x21, 0x58, 0x20], x.as_slice(), &[0x22, 0x58, 0x20], &y].concat()
}

/// An attestation object without attestation, in CBOR.
fn attestation(data: &[u8]) -> Vec<u8> {
    let length = u16::try_from(data.len()).unwrap().to_be_bytes();
    [b"\xa3\x63fmt\x64none\x67attStmt\xa0\x68authData\x59".as_slice(), &length, data].concat()
}
