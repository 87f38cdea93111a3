//! A key of a client: its assertions, and its proofs of possession.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use ring::rand::SystemRandom;
use ring::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair as _};
use serde_json::{Value, json};

use crate::App;

/// A key on P-256.
pub struct ClientKey {
    pair: EcdsaKeyPair,
    /// Its public half.
    pub jwk: Value,
}

impl ClientKey {
    /// A new one.
    pub fn generate() -> Self {
        let rng = SystemRandom::new();
        let der = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &rng).unwrap();
        let pair = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, der.as_ref(), &rng).unwrap();
        let point = pair.public_key().as_ref();
        let number = |bytes: &[u8]| URL_SAFE_NO_PAD.encode(bytes);
        let jwk = json!({"kty": "EC", "crv": "P-256", "x": number(&point[1..33]), "y": number(&point[33..])});
        Self { pair, jwk }
    }

    /// Its thumbprint (RFC 7638).
    pub fn thumbprint(&self) -> String {
        let (x, y) = (self.jwk["x"].as_str().unwrap(), self.jwk["y"].as_str().unwrap());
        let print = format!(r#"{{"crv":"P-256","kty":"EC","x":"{x}","y":"{y}"}}"#);
        URL_SAFE_NO_PAD.encode(domain::digest(print.as_bytes()))
    }

    /// A JWT with this header and these claims.
    pub fn sign(&self, header: &Value, claims: &Value) -> String {
        let part = |json: &Value| URL_SAFE_NO_PAD.encode(json.to_string());
        let input = format!("{}.{}", part(header), part(claims));
        let signature = self.pair.sign(&SystemRandom::new(), input.as_bytes()).unwrap();
        format!("{input}.{}", URL_SAFE_NO_PAD.encode(signature))
    }

    /// An assertion that this client is asking, of this id (RFC 7523).
    pub fn assertion(&self, app: &App, client: &str, jti: &str) -> String {
        let now = app.now();
        let claims = json!({"iss": client, "sub": client, "aud": app.system.gateway_url(), "jti": jti,
            "iat": now, "exp": now + 60});
        self.sign(&json!({"alg": "ES256", "typ": "JWT"}), &claims)
    }

    /// A proof of possession for a request, of this id, with the access token and the nonce that there are.
    pub fn proof(&self, app: &App, to: &str, jti: &str, token: Option<&str>, nonce: Option<&str>) -> String {
        let (method, path) = to.split_once(' ').unwrap();
        let mut claims = json!({"htm": method, "htu": format!("{}{path}", app.system.gateway_url()), "jti": jti,
            "iat": app.now()});
        if let Some(token) = token {
            claims["ath"] = URL_SAFE_NO_PAD.encode(domain::digest(token.as_bytes())).into();
        }
        if let Some(nonce) = nonce {
            claims["nonce"] = nonce.into();
        }
        self.sign(&json!({"alg": "ES256", "typ": "dpop+jwt", "jwk": self.jwk}), &claims)
    }
}
