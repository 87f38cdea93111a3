//! The grant `client_credentials` (RFC 6749 §4.4): a token of the client's own.

use domain::Client;
use edge::{Ctx, Params};

use crate::token::Tokens;
use crate::{Token, TokenError};

/// Issues it. No refresh token comes with it (§4.4.3): the client can ask again.
pub(crate) async fn issue(flow: &Token, ctx: &Ctx, client: &Client, params: &Params) -> Result<Tokens, TokenError> {
    let scope = check_scope(client, params.text("scope"))?;
    let (access_token, expires_in) = flow.signin.client_token(ctx, client, scope.clone()).await?;
    Ok(Tokens {
        access_token,
        token_type: "Bearer",
        expires_in,
        refresh_token: None,
        id_token: None,
        scope: Some(scope).filter(|scope| !scope.is_empty()),
    })
}

/// What is granted: of the client's registered scopes those that it asks for, or all.
fn check_scope(client: &Client, asked: Option<&str>) -> Result<String, TokenError> {
    let Some(asked) = asked else { return Ok(client.scopes.join(" ")) };
    let asked: Vec<&str> = asked.split(' ').collect();
    if asked.iter().any(|scope| !client.scopes.iter().any(|own| own == scope)) {
        return Err(TokenError::InvalidScope);
    }
    let granted = client.scopes.iter().map(String::as_str).filter(|own| asked.contains(own));
    Ok(granted.collect::<Vec<_>>().join(" "))
}

#[cfg(test)]
mod tests {
    use domain::Clients;

    use super::*;

    #[test]
    fn nobody_gets_more_than_is_registered() {
        let registry = r#"[{"client_id":"svc","client_name":"S","grant_types":["client_credentials"],
            "scopes":["read","write"],"secret_sha256":[SECRET]}]"#;
        let clients = Clients::parse(&registry.replace("SECRET", &format!("\"{}\"", "0".repeat(64)))).unwrap();
        let granted = |asked| check_scope(clients.find("svc").unwrap(), asked).ok();
        assert_eq!(granted(None).as_deref(), Some("read write"));
        assert_eq!(granted(Some("write")).as_deref(), Some("write"));
        assert_eq!(granted(Some("write read write")).as_deref(), Some("read write"));
        for wider in ["admin", "read admin", "READ", "read  write", " read", "read\twrite", " "] {
            assert_eq!(granted(Some(wider)), None, "{wider:?}");
        }
    }
}
