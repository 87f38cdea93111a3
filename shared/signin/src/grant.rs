//! The tokens of an app that signed its customer in at the authorization endpoint.

use domain::oidc;
use domain::{
    AccessToken, Client, Confirmation, CustomerId, IdToken, Proof, SessionId, SigningAlg, Timestamp, assurance, methods,
};
use edge::Ctx;
use serde::Serialize;
use serde_json::{Map, Value};
use store::Grant;

use crate::tokens::token_id;
use crate::{SignError, SignIn};

/// What the tokens of an app say.
#[derive(Clone, Debug)]
pub struct GrantedSession<'a> {
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
    /// What the app was given.
    pub grant: &'a Grant,
    /// The scopes that these tokens have: all of the grant's, or fewer.
    pub scope: &'a [String],
    /// The resources that these tokens are for: all of the grant's, or fewer.
    pub resource: &'a [String],
    /// Goes into the ID token.
    pub nonce: Option<&'a str>,
    /// The claims that the ID token has beside its own.
    pub claims: Map<String, Value>,
}

/// The tokens.
#[derive(Clone, Debug)]
pub struct GrantedTokens {
    /// The access token (RFC 9068).
    pub access_token: String,
    /// The ID token, where `openid` was asked for.
    pub id_token: Option<String>,
    /// How long the access token lives, in seconds.
    pub expires_in: i64,
}

/// The claims of a signed introspection: none of a token's stand beside them.
#[derive(Serialize)]
struct IntrospectionAnswer<'a, T> {
    iss: &'a str,
    aud: &'a str,
    iat: i64,
    token_introspection: &'a T,
}

impl SignIn {
    /// Signs the tokens of an app's session.
    ///
    /// # Errors
    /// When nothing can be signed.
    pub async fn granted_tokens(
        &self,
        ctx: &Ctx,
        client: &Client,
        of: GrantedSession<'_>,
    ) -> Result<GrantedTokens, SignError> {
        let (iat, auth_time) = (ctx.now.as_second(), of.auth_time.as_second());
        let (acr, amr) = (assurance(of.proofs).as_str().to_owned(), methods(of.proofs));
        let sub = self.subject(client, of.customer).await?;
        let aud = if of.resource.is_empty() { self.audience(ctx, client) } else { of.resource.to_vec() };
        let access = AccessToken {
            iss: ctx.issuer.clone(),
            sub: sub.clone(),
            aud,
            exp: iat + self.access_seconds,
            iat,
            jti: token_id(ctx),
            client_id: client.client_id.clone(),
            scope: of.scope.join(" "),
            sid: Some(of.session),
            epoch: Some(of.epoch),
            auth_time: Some(auth_time),
            amr: amr.clone(),
            acr: Some(acr.clone()),
            cnf: of.grant.jkt.clone().map(|jkt| Confirmation { jkt }),
        };
        let access_token = self.sign(client.signing_alg, &access, ctx.now).await?;
        let id_token = if of.scope.iter().any(|scope| scope == "openid") {
            let id = IdToken {
                iss: ctx.issuer.clone(),
                sub,
                aud: client.client_id.clone(),
                exp: iat + self.access_seconds,
                iat,
                auth_time,
                amr,
                acr,
                sid: self.session_name(client, of.grant.parent).await?,
                nonce: of.nonce.map(str::to_owned),
                at_hash: Some(IdToken::at_hash(&access_token)),
                claims: of.claims,
            };
            Some(self.sign(client.signing_alg, &id, ctx.now).await?)
        } else {
            None
        };
        Ok(GrantedTokens { access_token, id_token, expires_in: self.access_seconds })
    }

    /// What is answered of a customer, signed (OpenID Connect Core §5.3.2). It has no end, so that it is no ID
    /// token.
    ///
    /// # Errors
    /// When nothing can be signed.
    pub async fn signed_userinfo(
        &self,
        ctx: &Ctx,
        (client, alg): (&Client, SigningAlg),
        mut claims: Map<String, Value>,
    ) -> Result<String, SignError> {
        claims.insert("iss".to_owned(), ctx.issuer.clone().into());
        claims.insert("aud".to_owned(), client.client_id.clone().into());
        self.sign_as(alg, "JWT", &claims, ctx.now).await
    }

    /// What is answered of a token, signed for the client that asks (RFC 9701 §5).
    ///
    /// # Errors
    /// When nothing can be signed.
    pub async fn signed_introspection<T: Serialize + Sync>(
        &self,
        ctx: &Ctx,
        client: &Client,
        introspection: &T,
    ) -> Result<String, SignError> {
        let answer = IntrospectionAnswer {
            iss: &ctx.issuer,
            aud: &client.client_id,
            iat: ctx.now.as_second(),
            token_introspection: introspection,
        };
        self.sign_as(client.signing_alg, "token-introspection+jwt", &answer, ctx.now).await
    }

    /// What a browser's session is called towards a client.
    ///
    /// # Errors
    /// When the key can't be unwrapped.
    pub async fn session_name(&self, client: &Client, session: SessionId) -> Result<String, SignError> {
        Ok(oidc::session_name(&self.store.subject_key().await?, client, session))
    }

    /// Who a customer is to a client (OpenID Connect Core §8).
    ///
    /// # Errors
    /// When the key can't be unwrapped.
    pub async fn subject(&self, client: &Client, customer: CustomerId) -> Result<String, SignError> {
        Ok(oidc::subject(&self.store.subject_key().await?, client, customer))
    }
}
