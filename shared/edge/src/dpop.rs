//! Proofs of possession in requests (RFC 9449): which key a token is for, or was for.

use domain::oidc::{ClientAlg, DpopExpected, DpopRefused, NonceRule, check_dpop, dpop_nonce};
use domain::{Client, ConfigError, Key32, KeyPurpose, Settings, Timestamp};
use http::{HeaderMap, HeaderName, Method};
use store::{Once, Store, StoreError};

use crate::{Challenge, Ctx, Kind, OAuthCode, OAuthError, Problem};

/// The header of a proof.
const PROOF: HeaderName = HeaderName::from_static("dpop");
/// The header of a nonce (RFC 9449 §8).
pub(crate) const NONCE: HeaderName = HeaderName::from_static("dpop-nonce");

/// What it takes to believe a proof.
#[derive(Clone)]
pub struct Dpop {
    store: Store,
    demanded: bool,
}

/// Why a proof is not believed.
#[derive(Debug, thiserror::Error)]
pub enum ProofRefused {
    /// It is none, or another request's.
    #[error("{0}")]
    Invalid(&'static str),
    /// It was shown before.
    #[error("this proof was used before")]
    Replayed,
    /// It needs this nonce.
    #[error("a nonce of this server is needed")]
    UseNonce(String),
    /// Nothing could be looked up.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// A proof that is good, as long as nobody has spent it.
#[derive(Clone, Debug)]
#[must_use = "a proof that is not spent can be shown again"]
pub struct UnspentProof {
    jkt: String,
    jti: String,
    until: Timestamp,
}

impl UnspentProof {
    /// The thumbprint of the key that signed it.
    pub fn jkt(&self) -> &str {
        &self.jkt
    }
}

/// What a proof is about.
#[derive(Clone, Copy, Debug)]
pub struct Proving<'a> {
    /// The request's method.
    pub method: &'a Method,
    /// The request's path.
    pub path: &'a str,
    /// The access token that came with it.
    pub token: Option<&'a str>,
    /// The algorithms that the client may use.
    pub algs: &'a [ClientAlg],
}

impl<'a> Proving<'a> {
    /// A client's request to `POST` here, without a token.
    pub fn post(path: &'a str, client: &Client) -> Self {
        Self { method: &Method::POST, path, token: None, algs: client.algs() }
    }
}

impl Dpop {
    /// Reads `DPOP_NONCE`: `optional`, or `required` where clients authenticate. A nonce of ours shows that a
    /// proof was not made long before; a client that sends none is believed by its clock.
    ///
    /// # Errors
    /// When it is neither.
    pub fn new(store: &Store, settings: &Settings) -> Result<Self, ConfigError> {
        let demanded = match settings.text("DPOP_NONCE") {
            None | Some("optional") => false,
            Some("required") => true,
            Some(_) => return Err(ConfigError::new("DPOP_NONCE", "is neither optional nor required")),
        };
        Ok(Self { store: store.clone(), demanded })
    }

    /// This request's proof, if one came and is one. It is good once: whoever acts on it spends it first. It is not
    /// spent by what only refuses, so that nobody fills a table with proofs of keys of their own, and nobody who sees
    /// one uses it up by a request that was never to succeed.
    ///
    /// # Errors
    /// Why it is not believed.
    pub async fn look(
        &self,
        ctx: &Ctx,
        headers: &HeaderMap,
        of: Proving<'_>,
    ) -> Result<Option<UnspentProof>, ProofRefused> {
        let values: Vec<_> = headers.get_all(PROOF).iter().collect();
        if values.is_empty() {
            return Ok(None);
        }
        let read = |value: &&'_ http::HeaderValue| value.to_str().map(str::to_owned).ok();
        let Some(proofs) = values.iter().map(read).collect::<Option<Vec<_>>>() else {
            return Err(ProofRefused::Invalid("not a JWT"));
        };
        let proofs: Vec<&str> = proofs.iter().map(String::as_str).collect();
        let key = self.nonce_key().await?;
        let nonce = match (&key, self.demanded) {
            (None, _) => NonceRule::Ignored,
            (Some(_), true) => NonceRule::Demanded,
            (Some(_), false) => NonceRule::Optional,
        };
        let url = format!("{}{}", ctx.issuer, of.path);
        let expected = DpopExpected {
            method: of.method.as_str(),
            url: &url,
            access_token: of.token,
            algs: of.algs,
            nonce,
            now: ctx.now,
        };
        let unused = Key32::new([0; 32]);
        let proof = match (check_dpop(&proofs, &expected, key.as_ref().unwrap_or(&unused)), &key) {
            (Ok(proof), _) => proof,
            (Err(DpopRefused::Invalid(why)), _) => return Err(ProofRefused::Invalid(why)),
            (Err(DpopRefused::UseNonce), Some(key)) => return Err(ProofRefused::UseNonce(dpop_nonce(key, ctx.now))),
            (Err(DpopRefused::UseNonce), None) => return Err(ProofRefused::Invalid("no nonce is given here")),
        };
        let until = Timestamp::from_second(proof.until).unwrap_or(ctx.now);
        Ok(Some(UnspentProof { jkt: proof.jkt, jti: proof.jti, until }))
    }

    /// Spends a proof, if there is one: the first who does may go on (RFC 9449 §11.1).
    ///
    /// # Errors
    /// [`ProofRefused::Replayed`] for everybody else; or when nothing could be written.
    pub async fn spend(&self, proof: Option<&UnspentProof>) -> Result<(), ProofRefused> {
        let Some(UnspentProof { jkt, jti, until }) = proof else { return Ok(()) };
        let is_first = self.store.say_once(Once::Proof, (jkt, jti), *until).await?;
        if is_first { Ok(()) } else { Err(ProofRefused::Replayed) }
    }

    /// The key of nonces. Functions that have no key of the deployment's give none, and compare none.
    async fn nonce_key(&self) -> Result<Option<Key32>, StoreError> {
        match self.store.key(KeyPurpose::Mac).await {
            Ok(key) => Ok(Some(key.derive("dpop"))),
            Err(StoreError::NoKey(_)) => Ok(None),
            Err(error) => Err(error),
        }
    }
}

impl From<ProofRefused> for OAuthError {
    fn from(refused: ProofRefused) -> Self {
        match refused {
            ProofRefused::Invalid(why) => {
                Self::new(OAuthCode::InvalidDpopProof, format!("The DPoP proof is refused: {why}."))
            }
            ProofRefused::Replayed => Self::new(OAuthCode::InvalidDpopProof, "This DPoP proof was used before."),
            ProofRefused::UseNonce(nonce) => {
                Self::new(OAuthCode::UseDpopNonce, "The DPoP proof needs the nonce of this answer.").dpop_nonce(nonce)
            }
            ProofRefused::Store(error) => error.into(),
        }
    }
}

impl From<ProofRefused> for Problem {
    fn from(refused: ProofRefused) -> Self {
        let invalid = |error| Self::new(Kind::InvalidToken).www_authenticate(&Challenge::Dpop { error: Some(error) });
        match refused {
            ProofRefused::Invalid(why) => {
                invalid("invalid_dpop_proof").detail(format!("The DPoP proof is refused: {why}."))
            }
            ProofRefused::Replayed => invalid("invalid_dpop_proof").detail("This DPoP proof was used before."),
            ProofRefused::UseNonce(nonce) => invalid("use_dpop_nonce").header(NONCE, nonce),
            ProofRefused::Store(error) => error.into(),
        }
    }
}
