//! Who asks: a registered client, as RFC 6749 §2.3 lets it authenticate.

use axum::http::HeaderMap;
use domain::{Client, Clients, ConfigError, Settings, SignedDuration};
use edge::{ClientCredentials, Ctx, OAuthCode, Params, limits};
use store::Limit;

use crate::{Token, TokenError};

/// How often clients may fail to authenticate.
pub(crate) struct Limits {
    per_client: u64,
}

const WINDOW: SignedDuration = SignedDuration::from_mins(15);

impl Limits {
    /// Reads `LIMIT_TOKEN_PER_CLIENT` (300 failures in a quarter of an hour). It spares the log and
    /// the alarms; secrets of 256 bits need no limit.
    pub(crate) fn read(settings: &Settings) -> Result<Self, ConfigError> {
        Ok(Self { per_client: settings.number("LIMIT_TOKEN_PER_CLIENT", 300)? })
    }
}

/// The client that asks. A confidential one proves it with its secret, a public one has none; a
/// request that names nobody comes from the built-in one.
pub(crate) async fn check_client<'a>(
    flow: &'a Token,
    ctx: &Ctx,
    headers: &HeaderMap,
    params: &Params,
) -> Result<&'a Client, TokenError> {
    let refusal = match ClientCredentials::read(headers, params) {
        Ok(given) => match authenticate(&flow.clients, given) {
            Some(client) => {
                ctx.client(&client.client_id);
                return Ok(client);
            }
            None => TokenError::UnknownClient,
        },
        Err(error) if error.code() == OAuthCode::InvalidClient => TokenError::UnknownClient,
        Err(error) => return Err(TokenError::Malformed(error)),
    };
    count_failure(flow, ctx).await?;
    Err(refusal)
}

fn authenticate(clients: &Clients, given: Option<ClientCredentials>) -> Option<&Client> {
    let Some(given) = given else { return clients.find(Clients::DEFAULT).filter(|client| client.is_public()) };
    let client = clients.find(&given.client_id)?;
    let is_itself = match &given.secret {
        Some(secret) => client.has_secret(secret.reveal()),
        None => client.is_public(),
    };
    is_itself.then_some(client)
}

/// Counted when it has failed, not before: whoever authenticates costs no write.
async fn count_failure(flow: &Token, ctx: &Ctx) -> Result<(), TokenError> {
    let client = limits::client_addr(ctx, &flow.store).await?;
    let by_client = (Limit::new("token-client", flow.limits.per_client, WINDOW), client.as_str().to_owned());
    limits::count_oauth(ctx, &flow.store, &[by_client]).await.map_err(TokenError::Limited)
}

#[cfg(test)]
mod tests {
    use domain::Secret;

    use super::*;

    fn named(client_id: &str, secret: Option<&str>) -> Option<ClientCredentials> {
        Some(ClientCredentials {
            client_id: client_id.to_owned(),
            secret: secret.map(|secret| Secret::new(secret.to_owned())),
        })
    }

    #[test]
    fn a_client_is_who_it_proves_to_be() {
        // The digest of "s".
        let clients = Clients::parse(
            r#"[{"client_id":"svc","client_name":"S","grant_types":["client_credentials"],
            "secret_sha256":["043a718774c572bd8a25adbeb1bfcd5c0256ae11cecf9f9c3f925d0e52beaf89"]}]"#,
        )
        .unwrap();
        let found = |given| authenticate(&clients, given).map(|client| client.client_id.as_str());
        assert_eq!(found(None), Some("portico"));
        assert_eq!(found(named("portico", None)), Some("portico"));
        assert_eq!(found(named("svc", Some("s"))), Some("svc"));
        for stranger in [named("svc", None), named("svc", Some("t")), named("portico", Some("s")), named("x", None)] {
            assert_eq!(found(stranger), None);
        }
    }
}
