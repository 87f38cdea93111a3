//! What the grants of the token endpoint have in common: fewer scopes, fewer resources, and keys.

use domain::Client;
use domain::oidc::sayable_scope;
use edge::Params;
use store::Grant;

use crate::TokenError;

/// The key that tokens are bound to, if they are (RFC 9449 §5). `bound` is the key of the session, where there
/// was one: a public client's refresh token is good with that key alone, and a confidential client, which shows
/// who it is, may take another, but none no longer.
pub(crate) fn check_proof(
    client: &Client,
    bound: Option<&str>,
    proof: Option<&str>,
) -> Result<Option<String>, TokenError> {
    match (bound, proof) {
        (None, None) if client.needs_dpop() => Err(TokenError::ProofMissing),
        (Some(_), None) => Err(TokenError::ProofMissing),
        (Some(bound), Some(proof)) if client.is_public() && bound != proof => Err(TokenError::OtherKey),
        (_, proof) => Ok(proof.map(str::to_owned)),
    }
}

/// What a session was given, as far as its client is registered for it by now. Where all of its scopes or resources
/// are gone it is refused: nothing is left to say, or it would say something else.
pub(crate) fn still_given(client: &Client, mut grant: Grant) -> Result<Grant, TokenError> {
    let (had_scope, had_resource) = (!grant.scope.is_empty(), !grant.resource.is_empty());
    grant.scope.retain(|scope| client.may_ask(scope));
    grant.resource.retain(|resource| client.may_reach(resource));
    match (had_scope && grant.scope.is_empty(), had_resource && grant.resource.is_empty()) {
        (true, _) => Err(TokenError::InvalidScope(None)),
        (_, true) => Err(TokenError::InvalidTarget),
        _ => Ok(grant),
    }
}

/// RFC 8707 §2.2: some of the resources that were granted, or all.
pub(crate) fn check_resource(granted: &[String], params: &Params) -> Result<Vec<String>, TokenError> {
    let asked = params.resources();
    if asked.is_empty() {
        return Ok(granted.to_vec());
    }
    if asked.iter().any(|resource| !granted.iter().any(|known| known == resource)) {
        return Err(TokenError::InvalidTarget);
    }
    Ok(granted.iter().filter(|known| asked.contains(&known.as_str())).cloned().collect())
}

/// RFC 6749 §6: some of the scopes that were granted, or all.
pub(crate) fn check_scope(granted: &[String], asked: Option<&str>) -> Result<Vec<String>, TokenError> {
    let Some(asked) = asked else { return Ok(granted.to_vec()) };
    let asked: Vec<&str> = asked.split(' ').collect();
    if let Some(scope) = asked.iter().find(|scope| !granted.iter().any(|own| own == *scope)) {
        return Err(no_scope(scope));
    }
    Ok(granted.iter().filter(|own| asked.contains(&own.as_str())).cloned().collect())
}

/// This scope is not to be had.
pub(crate) fn no_scope(scope: &str) -> TokenError {
    TokenError::InvalidScope(sayable_scope(scope).map(str::to_owned))
}

#[cfg(test)]
mod tests {
    use domain::oidc::ClaimsRequest;
    use domain::{Client, SessionId};

    use super::*;

    fn texts(all: &[&str]) -> Vec<String> {
        all.iter().map(|&text| text.to_owned()).collect()
    }

    #[test]
    fn nobody_gets_more_than_was_granted() {
        let granted = |asked| check_scope(&texts(&["read", "write"]), asked).ok();
        assert_eq!(granted(None), Some(texts(&["read", "write"])));
        assert_eq!(granted(Some("write")), Some(texts(&["write"])));
        assert_eq!(granted(Some("write read write")), Some(texts(&["read", "write"])));
        for wider in ["admin", "read admin", "READ", "read  write", " read", "read\twrite", " "] {
            assert_eq!(granted(Some(wider)), None, "{wider:?}");
        }
        let refused = |asked| check_scope(&texts(&["read", "write"]), Some(asked)).err();
        for (asked, named) in [("read admin", Some("admin")), ("read  write", None), ("read <b>", None)] {
            assert!(matches!(refused(asked), Some(TokenError::InvalidScope(scope)) if scope.as_deref() == named));
        }
        let params = |query: &str| Params::of_query(&format!("/?{query}").parse().unwrap()).unwrap();
        let both = texts(&["https://a.example", "https://b.example"]);
        assert_eq!(check_resource(&both, &params("")).ok(), Some(both.clone()));
        let one = params("resource=https%3A%2F%2Fb.example");
        assert_eq!(check_resource(&both, &one).ok(), Some(texts(&["https://b.example"])));
        assert!(check_resource(&[], &one).is_err());
        let more = params("resource=https%3A%2F%2Fb.example&resource=https%3A%2F%2Fc.example");
        assert!(check_resource(&both, &more).is_err());
    }

    #[test]
    fn what_a_client_is_no_longer_registered_for_is_gone() {
        let client =
            Client { scope: texts(&["openid"]), resources: texts(&["https://a.example"]), ..Client::new("a", "A") };
        let left = |scope: &[&str], resource: &[&str]| {
            let grant = Grant {
                parent: SessionId::from_bytes([1; 16]),
                scope: texts(scope),
                resource: texts(resource),
                claims: ClaimsRequest::default(),
                jkt: None,
            };
            still_given(&client, grant).ok().map(|grant| (grant.scope, grant.resource))
        };
        assert_eq!(left(&["openid", "email"], &[]), Some((texts(&["openid"]), vec![])));
        let resource = ["https://a.example", "https://b.example"];
        assert_eq!(left(&["openid"], &resource), Some((texts(&["openid"]), texts(&["https://a.example"]))));
        assert_eq!(left(&["email"], &[]), None);
        assert_eq!(left(&["openid"], &["https://b.example"]), None, "it would be for the issuer");
    }

    #[test]
    fn a_key_that_was_shown_is_shown_again() {
        let public = Client::new("app", "App");
        let confidential = Client { secret_sha256: vec!["0".repeat(64)], ..Client::new("svc", "S") };
        let bound_only = Client { dpop_bound_access_tokens: true, ..confidential.clone() };
        let key = |client: &Client, bound: Option<&str>, proof: Option<&str>| check_proof(client, bound, proof).ok();
        let found = |key: &str| Some(Some(key.to_owned()));
        assert_eq!(key(&public, None, None), Some(None));
        assert_eq!(key(&public, None, Some("a")), found("a"));
        assert_eq!(key(&public, Some("a"), Some("a")), found("a"));
        assert_eq!(key(&public, Some("a"), Some("b")), None);
        assert_eq!(key(&public, Some("a"), None), None);
        assert_eq!(key(&confidential, Some("a"), Some("b")), found("b"));
        assert_eq!(key(&confidential, Some("a"), None), None);
        assert_eq!(key(&bound_only, None, None), None);
        assert_eq!(key(&bound_only, None, Some("a")), found("a"));
    }
}
