//! The grant `client_credentials` (RFC 6749 §4.4): a token of the client's own.

use domain::Client;
use domain::oidc::check_resource;
use edge::{Ctx, Params, UnspentProof};

use crate::token::Tokens;
use crate::{Token, TokenError, grants};

/// Issues it. No refresh token comes with it (§4.4.3): the client can ask again.
pub(crate) async fn issue(
    flow: &Token,
    ctx: &Ctx,
    client: &Client,
    params: &Params,
    proof: Option<&UnspentProof>,
) -> Result<Tokens, TokenError> {
    let scope = grants::check_scope(&client.scopes, params.text("scope"))?.join(" ");
    let jkt = grants::check_proof(client, None, proof.map(UnspentProof::jkt))?;
    let resource = check_resource(&params.resources(), client).map_err(|_| TokenError::InvalidTarget)?;
    flow.spend(proof).await?;
    let token_type = Tokens::type_of(jkt.as_deref());
    let (access_token, expires_in) = flow.signin.client_token(ctx, client, (scope.clone(), &resource), jkt).await?;
    Ok(Tokens {
        access_token,
        token_type,
        expires_in,
        refresh_token: None,
        id_token: None,
        scope: Some(scope).filter(|scope| !scope.is_empty()),
    })
}
