//! Clients' public keys, and JWTs that clients sign.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use ring::signature::{
    ECDSA_P256_SHA256_FIXED, RSA_PKCS1_2048_8192_SHA256, RSA_PSS_2048_8192_SHA256, RsaPublicKeyComponents,
    UnparsedPublicKey,
};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use serde_json::Value;

use crate::{JwkNumbers, digest};

/// An algorithm by which clients sign. There is no other: no `none`, nothing with a shared secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum ClientAlg {
    /// ECDSA on P-256 with SHA-256.
    Es256,
    /// RSASSA-PSS with SHA-256.
    Ps256,
    /// RSASSA-PKCS1-v1_5 with SHA-256; not for FAPI clients.
    Rs256,
}

impl ClientAlg {
    /// Every algorithm.
    pub const ALL: [Self; 3] = [Self::Es256, Self::Ps256, Self::Rs256];

    /// The `alg` value.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Es256 => "ES256",
            Self::Ps256 => "PS256",
            Self::Rs256 => "RS256",
        }
    }

    /// The algorithm of this `alg` value.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|alg| alg.as_str() == text)
    }
}

/// Why a key is no public key that we use.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum KeyRefused {
    /// Neither a point on P-256 nor an RSA key of 2048 to 4096 bits.
    #[error("neither a public key on P-256 nor an RSA key of 2048 to 4096 bits")]
    Unknown,
    /// Its private half is in it, so that it is nobody's any more.
    #[error("a private or shared key")]
    Private,
    /// More keys than anybody needs.
    #[error("too many keys")]
    TooMany,
}

/// A client's public key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Value")]
pub struct ClientKey {
    /// What the client calls it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    kid: Option<String>,
    /// The one algorithm that it is used with, if the client says so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    alg: Option<ClientAlg>,
    #[serde(flatten)]
    numbers: JwkNumbers,
}

impl ClientKey {
    /// Reads a JWK (RFC 7517).
    ///
    /// # Errors
    /// When it is a private or shared key, or of a kind that we don't use.
    pub fn parse(jwk: &Value) -> Result<Self, KeyRefused> {
        let text = |name: &str| jwk.get(name).and_then(Value::as_str);
        if ["d", "p", "q", "dp", "dq", "qi", "oth", "k"].iter().any(|name| jwk.get(name).is_some()) {
            return Err(KeyRefused::Private);
        }
        if text("use").is_some_and(|usage| usage != "sig") {
            return Err(KeyRefused::Unknown);
        }
        let number = |name: &str| text(name).map(str::to_owned).ok_or(KeyRefused::Unknown);
        let numbers = match text("kty") {
            Some("EC") => JwkNumbers::Ec { crv: number("crv")?, x: number("x")?, y: number("y")? },
            Some("RSA") => JwkNumbers::Rsa { n: number("n")?, e: number("e")? },
            _ => return Err(KeyRefused::Unknown),
        };
        let alg = match jwk.get("alg") {
            None => None,
            Some(alg) => Some(alg.as_str().and_then(ClientAlg::parse).ok_or(KeyRefused::Unknown)?),
        };
        if is_sound(&numbers) {
            Ok(Self { kid: text("kid").map(str::to_owned), alg, numbers })
        } else {
            Err(KeyRefused::Unknown)
        }
    }

    /// What the client calls it.
    pub fn kid(&self) -> Option<&str> {
        self.kid.as_deref()
    }

    /// Its thumbprint (RFC 7638).
    pub fn thumbprint(&self) -> String {
        let print = match &self.numbers {
            JwkNumbers::Ec { crv, x, y } => format!(r#"{{"crv":"{crv}","kty":"EC","x":"{x}","y":"{y}"}}"#),
            JwkNumbers::Rsa { n, e } => format!(r#"{{"e":"{e}","kty":"RSA","n":"{n}"}}"#),
        };
        URL_SAFE_NO_PAD.encode(digest(print.as_bytes()))
    }

    /// Whether `signature`, in JOSE's raw form, is this key's over `message` with `alg`.
    pub fn verifies(&self, alg: ClientAlg, message: &[u8], signature: &[u8]) -> bool {
        if self.alg.is_some_and(|only| only != alg) {
            return false;
        }
        let decode = |text: &str| URL_SAFE_NO_PAD.decode(text).unwrap_or_default();
        let rsa = |n: &str, e: &str| RsaPublicKeyComponents { n: decode(n), e: decode(e) };
        match (&self.numbers, alg) {
            (JwkNumbers::Ec { x, y, .. }, ClientAlg::Es256) => {
                let point = [&[4][..], &decode(x), &decode(y)].concat();
                UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, point).verify(message, signature).is_ok()
            }
            (JwkNumbers::Rsa { n, e }, ClientAlg::Ps256) => {
                rsa(n, e).verify(&RSA_PSS_2048_8192_SHA256, message, signature).is_ok()
            }
            (JwkNumbers::Rsa { n, e }, ClientAlg::Rs256) => {
                rsa(n, e).verify(&RSA_PKCS1_2048_8192_SHA256, message, signature).is_ok()
            }
            (JwkNumbers::Ec { .. }, ClientAlg::Ps256 | ClientAlg::Rs256)
            | (JwkNumbers::Rsa { .. }, ClientAlg::Es256) => false,
        }
    }
}

impl TryFrom<Value> for ClientKey {
    type Error = KeyRefused;

    fn try_from(jwk: Value) -> Result<Self, KeyRefused> {
        Self::parse(&jwk)
    }
}

/// Written in the one way there is, so that a key has one thumbprint; and not so large that verifying is work.
fn is_sound(numbers: &JwkNumbers) -> bool {
    let decode = |text: &str| URL_SAFE_NO_PAD.decode(text).unwrap_or_default();
    match numbers {
        JwkNumbers::Ec { crv, x, y } => crv == "P-256" && decode(x).len() == 32 && decode(y).len() == 32,
        JwkNumbers::Rsa { n, e } => {
            let (n, e) = (decode(n), decode(e));
            let starts = |bytes: &[u8]| bytes.first().is_some_and(|&first| first != 0);
            (256..=512).contains(&n.len()) && starts(&n) && e.len() <= 4 && starts(&e)
        }
    }
}

/// A client's public keys (RFC 7517 §5). Those of kinds that we don't use are passed over; a private one is
/// refused with all the others.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(try_from = "ReceivedSet")]
pub struct JwkSet {
    /// Each a public key (RFC 7517).
    #[schema(value_type = Vec<Object>, example = json!([]))]
    keys: Vec<ClientKey>,
}

#[derive(Deserialize)]
struct ReceivedSet {
    keys: Vec<Value>,
}

impl JwkSet {
    const MOST: usize = 16;

    /// The keys that can be used.
    pub fn keys(&self) -> &[ClientKey] {
        &self.keys
    }
}

impl TryFrom<ReceivedSet> for JwkSet {
    type Error = KeyRefused;

    fn try_from(received: ReceivedSet) -> Result<Self, KeyRefused> {
        if received.keys.len() > Self::MOST {
            return Err(KeyRefused::TooMany);
        }
        let mut keys = vec![];
        for jwk in &received.keys {
            match ClientKey::parse(jwk) {
                Ok(key) => keys.push(key),
                Err(KeyRefused::Unknown) => {}
                Err(refused) => return Err(refused),
            }
        }
        Ok(Self { keys })
    }
}

/// Why a JWT of a client is not believed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum JwtRefused {
    /// Not a JWS whose header and claims can be read.
    #[error("not a signed JWT")]
    Malformed,
    /// Another kind of JWT than this place takes.
    #[error("another kind of JWT")]
    Type,
    /// An algorithm that this client may not sign with.
    #[error("an algorithm that is not allowed")]
    Algorithm,
    /// The client has no such key.
    #[error("an unknown key")]
    UnknownKey,
    /// Not the key's signature.
    #[error("a wrong signature")]
    Signature,
    /// Somebody else's.
    #[error("another issuer or subject")]
    Issuer,
    /// For somebody else.
    #[error("another audience")]
    Audience,
    /// No longer.
    #[error("expired")]
    Expired,
    /// Not yet.
    #[error("from the future")]
    Early,
    /// It would hold for longer than it should.
    #[error("valid for too long")]
    LongLived,
    /// Nothing by which it could be told from its own replay.
    #[error("no jti of at most 128 characters")]
    NoId,
    /// What it asks for contradicts what is around it.
    #[error("contradictory parameters")]
    Contradiction,
}

/// A JWT as it was received: header read, nothing believed.
pub(crate) struct Received<'a> {
    pub(crate) header: Header,
    alg: ClientAlg,
    signed: &'a str,
    claims: Vec<u8>,
    signature: Vec<u8>,
}

#[derive(Deserialize)]
pub(crate) struct Header {
    alg: String,
    #[serde(default)]
    kid: Option<String>,
    #[serde(default)]
    typ: Option<String>,
    #[serde(default)]
    pub(crate) jwk: Option<Value>,
    /// Extensions that must be understood: we understand none (RFC 7515 §4.1.11).
    #[serde(default)]
    crit: Option<Value>,
}

impl Header {
    /// Whether `typ` is one of these media types: compared without case, `application/` left out or not.
    pub(crate) fn is_type(&self, expected: &[&str]) -> bool {
        let Some(typ) = &self.typ else { return false };
        let typ = typ.to_ascii_lowercase();
        expected.contains(&typ.strip_prefix("application/").unwrap_or(&typ))
    }

    pub(crate) fn has_type(&self) -> bool {
        self.typ.is_some()
    }
}

impl<'a> Received<'a> {
    const LONGEST: usize = 16 * 1024;

    pub(crate) fn parse(jwt: &'a str, algs: &[ClientAlg]) -> Result<Self, JwtRefused> {
        if jwt.len() > Self::LONGEST {
            return Err(JwtRefused::Malformed);
        }
        let decode = |part: &str| URL_SAFE_NO_PAD.decode(part).map_err(|_| JwtRefused::Malformed);
        let (signed, signature) = jwt.rsplit_once('.').ok_or(JwtRefused::Malformed)?;
        let (header, claims) = signed.split_once('.').ok_or(JwtRefused::Malformed)?;
        let header: Header = serde_json::from_slice(&decode(header)?).map_err(|_| JwtRefused::Malformed)?;
        if header.crit.is_some() {
            return Err(JwtRefused::Malformed);
        }
        let alg = ClientAlg::parse(&header.alg).filter(|alg| algs.contains(alg)).ok_or(JwtRefused::Algorithm)?;
        Ok(Self { header, alg, signed, claims: decode(claims)?, signature: decode(signature)? })
    }

    /// The claims, if one of the client's keys signed them.
    pub(crate) fn by_one_of<C: DeserializeOwned>(&self, keys: &JwkSet) -> Result<C, JwtRefused> {
        let named = |key: &&ClientKey| self.header.kid.is_none() || self.header.kid.as_deref() == key.kid();
        let mut candidates = keys.keys().iter().filter(named).peekable();
        if candidates.peek().is_none() {
            return Err(JwtRefused::UnknownKey);
        }
        if candidates.any(|key| self.is_by(key)) { self.read() } else { Err(JwtRefused::Signature) }
    }

    /// The claims, if this key signed them.
    pub(crate) fn by<C: DeserializeOwned>(&self, key: &ClientKey) -> Result<C, JwtRefused> {
        if self.is_by(key) { self.read() } else { Err(JwtRefused::Signature) }
    }

    fn is_by(&self, key: &ClientKey) -> bool {
        key.verifies(self.alg, self.signed.as_bytes(), &self.signature)
    }

    fn read<C: DeserializeOwned>(&self) -> Result<C, JwtRefused> {
        serde_json::from_slice(&self.claims).map_err(|_| JwtRefused::Malformed)
    }
}
