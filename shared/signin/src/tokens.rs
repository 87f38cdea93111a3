//! Sessions and their tokens.

use std::collections::HashMap;
use std::sync::Arc;

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use domain::scope::administers;
use domain::{
    AccessToken, ActKind, Actor, Administrators, Claims, Client, ConfigError, Confirmation, CustomerId, DeviceId,
    IdToken, KeyPurpose, PrivateHalf, Proof, Proofs, RefreshToken, SessionId, SessionState, SessionTimes, Settings,
    SignInPolicy, SigningAlg, Timestamp, assurance, jws, methods,
};
use edge::{Ctx, OAuthError, Problem};
use keys::{Keys, KeysError, Signer};
use serde::{Deserialize, Serialize};
use serde_json::Map;
use store::{BlindIndex, NewSession, Session, SessionAbout, Store, StoreError};
use tokio::sync::Mutex;

use crate::DeviceToken;

/// Completes sign-ins: sessions, tokens, signatures.
pub struct SignIn {
    pub(crate) store: Store,
    pub(crate) policy: SignInPolicy,
    keys: Keys,
    times: SessionTimes,
    pub(crate) access_seconds: i64,
    administrators: Administrators,
    signers: Mutex<HashMap<String, Arc<Signer>>>,
}

/// A session that was begun or continued: what its tokens say.
#[derive(Clone, Debug)]
pub struct StartedSession<'a> {
    /// Who.
    pub customer: CustomerId,
    /// Which session.
    pub session: SessionId,
    /// The customer's epoch.
    pub epoch: u64,
    /// When the customer proved who they are.
    pub auth_time: Timestamp,
    /// By what.
    pub proofs: &'a [Proof],
    /// The next refresh token.
    pub refresh: &'a RefreshToken,
}

/// The signed-in answer.
#[derive(Clone, Debug, Serialize, Deserialize, utoipa::ToSchema)]
pub struct SignedIn {
    /// Always `complete`.
    #[schema(example = "complete")]
    pub status: String,
    /// A JWT (RFC 9068) for this API and the client's audiences.
    #[schema(
        example = "eyJhbGciOiJFUzI1NiIsInR5cCI6ImF0K2p3dCJ9.eyJzdWIiOiJjdXNfMDFoZjd5YXQ                        wMGU5ajhiNXYybTNuNHA2cTcifQ.c2lnbmF0dXJl"
    )]
    pub access_token: String,
    /// A JWT (OpenID Connect Core §2) for the client.
    #[schema(
        example = "eyJhbGciOiJFUzI1NiIsInR5cCI6IkpXVCJ9.eyJzdWIiOiJjdXNfMDFoZjd5YXQwMGU5ajhi                        NXYybTNuNHA2cTcifQ.c2lnbmF0dXJl"
    )]
    pub id_token: String,
    /// Continues the session at `/oauth2/token`; each is used once.
    #[schema(example = "prt_AY8s7q3mZ1vX0bq5Yw2tKc9eRuHnLpDf")]
    pub refresh_token: String,
    /// Always `Bearer`.
    #[schema(example = "Bearer")]
    pub token_type: String,
    /// How long the access token lives, in seconds.
    #[schema(example = 600)]
    pub expires_in: i64,
    /// Send it with the next sign-in from this device, which answers another: it has tries of its
    /// own, so that nobody elsewhere can use them up. It opens nothing, works for 180 days, and ends
    /// with whatever ends every session.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub device_token: Option<String>,
}

/// A token could not be signed.
#[derive(Debug, thiserror::Error)]
pub enum SignError {
    /// The schedule could not be read.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// KMS failed. There is no other way to sign: the caller is to come again.
    #[error(transparent)]
    Keys(#[from] KeysError),
    /// No key signs with this algorithm yet: `rotate` has not run.
    #[error("no key signs {0:?} yet")]
    NoKey(SigningAlg),
    /// The operating system had no randomness, or a claim could not be written.
    #[error("could not sign")]
    Failed,
}

impl From<SignError> for Problem {
    fn from(error: SignError) -> Self {
        match error {
            SignError::Store(error) => error.into(),
            error @ (SignError::Keys(_) | SignError::NoKey(_)) => Self::unavailable(2, &error),
            error @ SignError::Failed => Self::internal(&error),
        }
    }
}

impl From<SignError> for OAuthError {
    fn from(error: SignError) -> Self {
        match error {
            SignError::Store(error) => error.into(),
            error @ (SignError::Keys(_) | SignError::NoKey(_)) => Self::unavailable(2, &error),
            error @ SignError::Failed => Self::internal(&error),
        }
    }
}

impl SignIn {
    /// Reads the lifetimes. The store was opened with the key for `Mac`.
    ///
    /// # Errors
    /// When a setting can't be used.
    pub fn new(store: &Store, keys: &Keys, settings: &Settings) -> Result<Self, ConfigError> {
        let access_seconds = settings.number("ACCESS_TOKEN_SECONDS", 600)?;
        if !(60..=600).contains(&access_seconds) {
            return Err(ConfigError::new("ACCESS_TOKEN_SECONDS", "is not between 60 and 600"));
        }
        Ok(Self {
            store: store.clone(),
            policy: SignInPolicy::read(settings)?,
            keys: keys.clone(),
            times: SessionTimes::read(settings)?,
            access_seconds: i64::try_from(access_seconds).unwrap_or(600),
            administrators: Administrators::read(settings)?,
            signers: Mutex::default(),
        })
    }

    /// What is asked of customers here.
    pub fn policy(&self) -> &SignInPolicy {
        &self.policy
    }

    /// How long sessions live.
    pub fn times(&self) -> &SessionTimes {
        &self.times
    }

    /// A session that begins with this request.
    pub fn begin(&self, ctx: &Ctx, customer: CustomerId, epoch: u64, client_id: &str, proofs: Proofs) -> NewSession {
        let id = SessionId::generate(ctx.now, &ctx.rng);
        NewSession {
            id,
            customer,
            epoch,
            client_id: client_id.to_owned(),
            state: SessionState::begin(ctx.now, &self.times),
            proofs,
            about: SessionAbout { device: ctx.device.clone(), place: ctx.place.clone() },
            refresh: RefreshToken::first(customer, id, &ctx.rng),
            grant: None,
            asked: None,
            goes_on: None,
        }
    }

    /// The same in the place of one that goes on: with its id, by which its apps know it, and with another secret.
    pub(crate) fn going_on(&self, ctx: &Ctx, before: &Session, new: NewSession) -> Result<NewSession, StoreError> {
        let generation = before.generation()?;
        let next = generation.checked_add(1).ok_or(StoreError::Corrupt("generation"))?;
        let refresh = RefreshToken::anew(before.customer, before.id, next, &ctx.rng);
        Ok(NewSession { id: before.id, refresh, goes_on: Some(generation), ..new })
    }

    /// The answer for a session that begins: signed before anything is written, so that a failure
    /// of KMS leaves nothing behind.
    ///
    /// # Errors
    /// When nothing can be signed.
    pub async fn answer(
        &self,
        ctx: &Ctx,
        client: &Client,
        new: &NewSession,
        known: Option<DeviceId>,
        account: &BlindIndex,
    ) -> Result<SignedIn, SignError> {
        let device_token = self.device_token(ctx, new.epoch, known, account).await?;
        let started = StartedSession {
            customer: new.customer,
            session: new.id,
            epoch: new.epoch,
            auth_time: new.state.auth_time,
            proofs: &new.proofs.all(),
            refresh: &new.refresh,
        };
        Ok(SignedIn { device_token: Some(device_token), ..self.tokens(ctx, client, &started).await? })
    }

    /// What the next sign-in from this device sends along.
    pub(crate) async fn device_token(
        &self,
        ctx: &Ctx,
        epoch: u64,
        known: Option<DeviceId>,
        account: &BlindIndex,
    ) -> Result<String, SignError> {
        let device = known.unwrap_or_else(|| DeviceId::generate(ctx.now, &ctx.rng));
        Ok(DeviceToken::new(device, epoch, ctx.now).encode(self.store.key(KeyPurpose::Mac).await?, account))
    }

    /// The tokens of a session that was begun or continued.
    ///
    /// # Errors
    /// When nothing can be signed.
    pub async fn tokens(&self, ctx: &Ctx, client: &Client, of: &StartedSession<'_>) -> Result<SignedIn, SignError> {
        let (iat, auth_time) = (ctx.now.as_second(), of.auth_time.as_second());
        let acr = assurance(of.proofs);
        let scope = if client.administration { self.administrators.scope(of.customer, acr) } else { "" }.to_owned();
        let acr = acr.as_str().to_owned();
        let amr = methods(of.proofs);
        let access = AccessToken {
            iss: ctx.issuer.clone(),
            sub: of.customer.to_string(),
            aud: self.audience(ctx, client),
            exp: iat + self.access_seconds,
            iat,
            jti: token_id(ctx),
            client_id: client.client_id.clone(),
            scope,
            sid: Some(of.session),
            epoch: Some(of.epoch),
            auth_time: Some(auth_time),
            amr: amr.clone(),
            acr: Some(acr.clone()),
            cnf: None,
        };
        let id = IdToken {
            iss: ctx.issuer.clone(),
            sub: of.customer.to_string(),
            aud: client.client_id.clone(),
            exp: iat + self.access_seconds,
            iat,
            auth_time,
            amr,
            acr,
            sid: of.session.to_string(),
            nonce: None,
            at_hash: None,
            claims: Map::new(),
        };
        let (access_token, id_token) = tokio::try_join!(
            self.sign(client.signing_alg, &access, ctx.now),
            self.sign(client.signing_alg, &id, ctx.now)
        )?;
        Ok(SignedIn {
            status: "complete".to_owned(),
            access_token,
            id_token,
            refresh_token: self.store.refresh_token_encode(of.refresh).await?,
            token_type: "Bearer".to_owned(),
            expires_in: self.access_seconds,
            device_token: None,
        })
    }

    /// An access token of a client's own (RFC 6749 §4.4), and how long it lives in seconds: for its own audiences
    /// where it asks for no resource, and bound to its key where it has shown one. One that administers is for this
    /// API alone.
    ///
    /// # Errors
    /// When nothing can be signed.
    pub async fn client_token(
        &self,
        ctx: &Ctx,
        client: &Client,
        (scope, resource): (String, &[String]),
        jkt: Option<String>,
    ) -> Result<(String, i64), SignError> {
        let iat = ctx.now.as_second();
        let claims = AccessToken {
            iss: ctx.issuer.clone(),
            sub: client.client_id.clone(),
            aud: match resource {
                _ if administers(&scope) => vec![ctx.issuer.clone()],
                [] => self.audience(ctx, client),
                asked => asked.to_vec(),
            },
            exp: iat + self.access_seconds,
            iat,
            jti: token_id(ctx),
            client_id: client.client_id.clone(),
            scope,
            sid: None,
            epoch: None,
            auth_time: None,
            amr: Vec::new(),
            acr: None,
            cnf: jkt.map(|jkt| Confirmation { jkt }),
        };
        Ok((self.sign(client.signing_alg, &claims, ctx.now).await?, self.access_seconds))
    }

    /// Ends the oldest sessions beyond the limit, if the deployment has one. Best effort: it comes
    /// after the sign-in, which it must not undo.
    pub async fn limit_sessions(&self, ctx: &Ctx, customer: CustomerId, epoch: u64) {
        let Ok(limit) = usize::try_from(self.times.limit) else { return };
        if limit == 0 {
            return;
        }
        let Ok(all) = self.store.sessions(customer).await else { return };
        let is_alive = |s: &store::Session| s.ended_at.is_none() && s.epoch == epoch && s.state.is_alive(ctx.now);
        let mut alive: Vec<_> = all.into_iter().filter(is_alive).collect();
        alive.sort_by_key(|session| std::cmp::Reverse(session.id));
        for session in alive.into_iter().skip(limit) {
            let cause = ctx.act(ActKind::SessionEnded, Actor::System).to(customer).in_session(session.id);
            let _ = self.store.session_end(customer, session.id, ctx.now, &cause).await;
        }
    }

    pub(crate) fn audience(&self, ctx: &Ctx, client: &Client) -> Vec<String> {
        std::iter::once(ctx.issuer.clone()).chain(client.audience.iter().cloned()).collect()
    }

    pub(crate) async fn sign<C: Claims + Sync>(
        &self,
        alg: SigningAlg,
        claims: &C,
        now: Timestamp,
    ) -> Result<String, SignError> {
        self.sign_as(alg, C::TYPE.as_str(), claims, now).await
    }

    pub(crate) async fn sign_as<C: Serialize + Sync>(
        &self,
        alg: SigningAlg,
        typ: &str,
        claims: &C,
        now: Timestamp,
    ) -> Result<String, SignError> {
        let schedule = self.store.key_schedule(now).await?;
        let key = schedule.signer(alg, now).ok_or(SignError::NoKey(alg))?;
        let input = jws::input(alg, &key.jwk.kid, typ, claims).map_err(|_| SignError::Failed)?;
        let signature = match &key.private {
            PrivateHalf::Kms(arn) => self.keys.sign(arn, alg, input.as_bytes()).await?,
            PrivateHalf::Wrapped(wrapped) => {
                let signer = self.signer(&key.jwk.kid, alg, wrapped).await?;
                signer.sign(input.as_bytes()).ok_or(SignError::Failed)?
            }
        };
        Ok(jws::compact(&input, &signature))
    }

    /// The unwrapped key, unwrapped once; older ones are forgotten.
    async fn signer(&self, kid: &str, alg: SigningAlg, wrapped: &[u8]) -> Result<Arc<Signer>, SignError> {
        let mut signers = self.signers.lock().await;
        if let Some(signer) = signers.get(kid) {
            return Ok(signer.clone());
        }
        let signer = Arc::new(self.keys.unwrap_signer(alg, wrapped).await?);
        if signers.len() >= 4 {
            signers.clear();
        }
        signers.insert(kid.to_owned(), signer.clone());
        Ok(signer)
    }
}

pub(crate) fn token_id(ctx: &Ctx) -> String {
    URL_SAFE_NO_PAD.encode(ctx.rng.bytes::<16>())
}
