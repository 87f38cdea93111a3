//! A key of a client: its assertions, and its proofs of possession.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use rand_chacha::ChaCha20Rng;
use rand_core::SeedableRng as _;
use ring::rand::SystemRandom;
use ring::rsa::PublicKeyComponents;
use ring::signature::{
    ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair as _, RSA_PKCS1_SHA256, RSA_PSS_SHA256, RsaKeyPair,
};
use rsa::pkcs8::EncodePrivateKey as _;
use serde_json::{Value, json};

use crate::App;

/// A key on P-256, or an RSA key.
pub struct ClientKey {
    pair: Pair,
    /// Its public half.
    pub jwk: Value,
}

enum Pair {
    Ec(EcdsaKeyPair),
    Rsa(RsaKeyPair),
}

impl ClientKey {
    /// A new one on P-256.
    pub fn generate() -> Self {
        let rng = SystemRandom::new();
        let der = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &rng).unwrap();
        let pair = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, der.as_ref(), &rng).unwrap();
        let point = pair.public_key().as_ref();
        let jwk = json!({"kty": "EC", "crv": "P-256", "x": number(&point[1..33]), "y": number(&point[33..])});
        Self { pair: Pair::Ec(pair), jwk }
    }

    /// A new RSA key, which takes a moment to find.
    pub fn rsa() -> Self {
        let seed = ring::rand::generate(&SystemRandom::new()).unwrap().expose();
        let key = rsa::RsaPrivateKey::new(&mut ChaCha20Rng::from_seed(seed), 2048).unwrap();
        let pair = RsaKeyPair::from_pkcs8(key.to_pkcs8_der().unwrap().as_bytes()).unwrap();
        let public = PublicKeyComponents::<Vec<u8>>::from(pair.public());
        let jwk = json!({"kty": "RSA", "n": number(&public.n), "e": number(&public.e)});
        Self { pair: Pair::Rsa(pair), jwk }
    }

    /// The algorithm by which it signs, unless told otherwise.
    pub fn alg(&self) -> &'static str {
        match self.pair {
            Pair::Ec(_) => "ES256",
            Pair::Rsa(_) => "PS256",
        }
    }

    /// Its thumbprint (RFC 7638).
    pub fn thumbprint(&self) -> String {
        let text = |name: &str| self.jwk[name].as_str().unwrap();
        let print = match self.pair {
            Pair::Ec(_) => format!(r#"{{"crv":"P-256","kty":"EC","x":"{}","y":"{}"}}"#, text("x"), text("y")),
            Pair::Rsa(_) => format!(r#"{{"e":"{}","kty":"RSA","n":"{}"}}"#, text("e"), text("n")),
        };
        number(&domain::digest(print.as_bytes()))
    }

    /// A JWT with this header and these claims.
    pub fn sign(&self, header: &Value, claims: &Value) -> String {
        let part = |json: &Value| URL_SAFE_NO_PAD.encode(json.to_string());
        let input = format!("{}.{}", part(header), part(claims));
        let rng = SystemRandom::new();
        let signature = match &self.pair {
            Pair::Ec(pair) => pair.sign(&rng, input.as_bytes()).unwrap().as_ref().to_vec(),
            Pair::Rsa(pair) => {
                let padding: &dyn ring::signature::RsaEncoding =
                    if header["alg"] == "RS256" { &RSA_PKCS1_SHA256 } else { &RSA_PSS_SHA256 };
                let mut signature = vec![0; pair.public().modulus_len()];
                pair.sign(padding, &rng, input.as_bytes(), &mut signature).unwrap();
                signature
            }
        };
        format!("{input}.{}", URL_SAFE_NO_PAD.encode(signature))
    }

    /// An assertion that this client is asking, of this id (RFC 7523).
    pub fn assertion(&self, app: &App, client: &str, jti: &str) -> String {
        self.sign(&json!({"alg": self.alg(), "typ": "JWT"}), &Self::assertion_claims(app, client, jti))
    }

    /// What an assertion says.
    pub fn assertion_claims(app: &App, client: &str, jti: &str) -> Value {
        let now = app.now();
        json!({"iss": client, "sub": client, "aud": app.system.gateway_url(), "jti": jti, "iat": now, "exp": now + 60})
    }

    /// A proof of possession for a request, of this id, with the access token and the nonce that there are.
    pub fn proof(&self, app: &App, to: &str, jti: &str, token: Option<&str>, nonce: Option<&str>) -> String {
        let mut claims = Self::proof_claims(app, to, jti, token);
        if let Some(nonce) = nonce {
            claims["nonce"] = nonce.into();
        }
        self.sign(&self.proof_header(), &claims)
    }

    /// The header of a proof.
    pub fn proof_header(&self) -> Value {
        json!({"alg": self.alg(), "typ": "dpop+jwt", "jwk": self.jwk})
    }

    /// What a proof says.
    pub fn proof_claims(app: &App, to: &str, jti: &str, token: Option<&str>) -> Value {
        let (method, path) = to.split_once(' ').unwrap();
        let mut claims = json!({"htm": method, "htu": format!("{}{path}", app.system.gateway_url()), "jti": jti,
            "iat": app.now()});
        if let Some(token) = token {
            claims["ath"] = number(&domain::digest(token.as_bytes())).into();
        }
        claims
    }
}

fn number(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}
