//! What a client says of itself when it registers (RFC 7591 §2, OpenID Connect Registration §2).
//!
//! A name that is not here is ignored, as RFC 7591 has it: whatever a client of the deployment's own file may have
//! beside (`direct`, `administration`, `introspect`, `audience`, …), nobody gives to themselves. A value that we can't
//! keep to is refused.

use serde_json::{Map, Value};

use super::{ClientAlg, JwkSet};
use crate::{AuthMethod, Client, Clients, ClientsError, GrantType, SigningAlg, SubjectType};

/// Why a client is not registered.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MetadataRefused {
    /// An answer sent there could be read by somebody else, or there is nowhere to send one.
    #[error("{0}")]
    RedirectUri(String),
    /// Anything else.
    #[error("{0}")]
    Metadata(String),
}

type Metadata = Map<String, Value>;

fn refused<T>(why: impl Into<String>) -> Result<T, MetadataRefused> {
    Err(MetadataRefused::Metadata(why.into()))
}

/// The longest list that a client may have.
const MOST: usize = 20;

/// Reads what a client says of itself. It is somebody else's, whatever it says. Before it is kept it gets its secret,
/// and [`check`] is asked.
///
/// # Errors
/// When a value can't be kept to.
pub fn read(client_id: &str, metadata: &Metadata) -> Result<Client, MetadataRefused> {
    check_by_reference(metadata)?;
    check_unsupported(metadata)?;
    let redirect_uris = texts(metadata, "redirect_uris")
        .map_err(|_| MetadataRefused::RedirectUri("redirect_uris is not a list of at most 20 texts".to_owned()))?;
    let signing_alg = alg(metadata, "id_token_signed_response_alg")?.unwrap_or(SigningAlg::Rs256);
    let name = text(metadata, "client_name")?.unwrap_or_else(|| client_id.to_owned());
    let client = Client {
        third_party: true,
        grant_types: grant_types(metadata)?,
        scope: scope(metadata)?,
        signing_alg,
        token_endpoint_auth_method: Some(auth_method(metadata)?),
        jwks: jwks(metadata)?,
        redirect_uris: redirect_uris.unwrap_or_default(),
        post_logout_redirect_uris: texts(metadata, "post_logout_redirect_uris")?.unwrap_or_default(),
        backchannel_logout_uri: web(metadata, "backchannel_logout_uri")?,
        require_pushed_authorization_requests: flag(metadata, "require_pushed_authorization_requests")?,
        request_object_required: flag(metadata, "require_signed_request_object")?,
        dpop_bound_access_tokens: flag(metadata, "dpop_bound_access_tokens")?,
        subject_type: subject_type(metadata)?,
        userinfo_signed_response_alg: alg(metadata, "userinfo_signed_response_alg")?,
        default_max_age: default_max_age(metadata)?,
        logo_uri: web(metadata, "logo_uri")?,
        client_uri: web(metadata, "client_uri")?,
        policy_uri: web(metadata, "policy_uri")?,
        tos_uri: web(metadata, "tos_uri")?,
        ..Client::new(client_id, &name)
    };
    Ok(client)
}

/// Whether it may be registered so, with whatever it shows who it is by.
///
/// # Errors
/// When a rule of the registry is against it.
pub fn check(client: &Client) -> Result<(), MetadataRefused> {
    said(Clients::check_stored(client))
}

/// The same for a client whose id is the address of its document.
///
/// # Errors
/// When a rule of the registry is against it.
pub(super) fn check_document(client: &Client) -> Result<(), MetadataRefused> {
    said(Clients::check_document(client))
}

fn said(checked: Result<(), ClientsError>) -> Result<(), MetadataRefused> {
    let Err(error) = checked else { return Ok(()) };
    let (name, why) = error.about();
    match error {
        ClientsError::NoRedirect(_) | ClientsError::Redirect(..) => {
            Err(MetadataRefused::RedirectUri(format!("{name}: {why}")))
        }
        _ => refused(format!("{name}: {why}")),
    }
}

/// Nothing is fetched for whoever asks to be registered.
fn check_by_reference(metadata: &Metadata) -> Result<(), MetadataRefused> {
    for name in ["jwks_uri", "sector_identifier_uri", "request_uris"] {
        let is_empty = |value: &Value| value.is_null() || value.as_array().is_some_and(Vec::is_empty);
        if metadata.get(name).is_some_and(|value| !is_empty(value)) {
            return refused(format!("{name} is not supported: nothing is fetched, keys come as jwks"));
        }
    }
    Ok(())
}

/// What would be another protection than the one that is asked for.
fn check_unsupported(metadata: &Metadata) -> Result<(), MetadataRefused> {
    const ENCRYPTED: [&str; 6] = [
        "id_token_encrypted_response_alg",
        "id_token_encrypted_response_enc",
        "userinfo_encrypted_response_alg",
        "userinfo_encrypted_response_enc",
        "request_object_encryption_alg",
        "request_object_encryption_enc",
    ];
    if let Some(name) = ENCRYPTED.into_iter().find(|name| metadata.get(*name).is_some_and(|value| !value.is_null())) {
        return refused(format!("{name} is not supported"));
    }
    if flag(metadata, "tls_client_certificate_bound_access_tokens")? {
        return refused("tls_client_certificate_bound_access_tokens is not supported");
    }
    let types = texts(metadata, "response_types")?;
    if types.is_some_and(|types| types.iter().any(|one| one != "code")) {
        return refused("response_types: code is the only one");
    }
    for name in ["request_object_signing_alg", "token_endpoint_auth_signing_alg"] {
        if text(metadata, name)?.is_some_and(|alg| ClientAlg::parse(&alg).is_none()) {
            return refused(format!("{name} is none of ES256, PS256 and RS256"));
        }
    }
    let kind = text(metadata, "application_type")?;
    if kind.is_some_and(|kind| !["web", "native"].contains(&kind.as_str())) {
        return refused("application_type is neither web nor native");
    }
    Ok(())
}

fn text(metadata: &Metadata, name: &str) -> Result<Option<String>, MetadataRefused> {
    match metadata.get(name) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) if text.len() <= 2000 => Ok(Some(text.clone())),
        Some(_) => refused(format!("{name} is not a text of at most 2000 bytes")),
    }
}

fn texts(metadata: &Metadata, name: &str) -> Result<Option<Vec<String>>, MetadataRefused> {
    let wrong = || MetadataRefused::Metadata(format!("{name} is not a list of at most {MOST} texts"));
    match metadata.get(name) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::Array(all)) if all.len() <= MOST => {
            let texts = all.iter().map(|one| one.as_str().map(str::to_owned).ok_or_else(wrong));
            texts.collect::<Result<_, _>>().map(Some)
        }
        Some(_) => Err(wrong()),
    }
}

fn flag(metadata: &Metadata, name: &str) -> Result<bool, MetadataRefused> {
    match metadata.get(name) {
        None | Some(Value::Null) => Ok(false),
        Some(Value::Bool(flag)) => Ok(*flag),
        Some(_) => refused(format!("{name} is neither true nor false")),
    }
}

/// A page or endpoint of the client's: one of the web, and none of this machine.
fn web(metadata: &Metadata, name: &str) -> Result<Option<String>, MetadataRefused> {
    let uri = text(metadata, name)?;
    let is_web = |uri: &String| uri.starts_with("https://") && super::redirect_uri::check_web(uri).is_ok();
    match uri {
        Some(uri) if !is_web(&uri) => refused(format!("{name} is no https: URL")),
        uri => Ok(uri),
    }
}

fn alg(metadata: &Metadata, name: &str) -> Result<Option<SigningAlg>, MetadataRefused> {
    let Some(text) = text(metadata, name)? else { return Ok(None) };
    match SigningAlg::parse(&text) {
        Some(alg) => Ok(Some(alg)),
        None => refused(format!("{name} is neither ES256 nor RS256")),
    }
}

/// What a client acts for itself with is given to it, not taken.
fn grant_types(metadata: &Metadata) -> Result<Vec<GrantType>, MetadataRefused> {
    let Some(named) = texts(metadata, "grant_types")? else { return Ok(vec![GrantType::AuthorizationCode]) };
    let mut grants = Vec::new();
    for name in named {
        let known = GrantType::ALL.into_iter().find(|grant| grant.as_str() == name);
        match known.filter(|grant| *grant != GrantType::ClientCredentials) {
            Some(grant) if grants.contains(&grant) => {}
            Some(grant) => grants.push(grant),
            None => return refused("grant_types: a grant is none that clients can register for"),
        }
    }
    Ok(grants)
}

fn auth_method(metadata: &Metadata) -> Result<AuthMethod, MetadataRefused> {
    let Some(name) = text(metadata, "token_endpoint_auth_method")? else { return Ok(AuthMethod::ClientSecretBasic) };
    match AuthMethod::ALL.into_iter().find(|method| method.as_str() == name) {
        Some(method) => Ok(method),
        None => refused("token_endpoint_auth_method is none that there is"),
    }
}

fn subject_type(metadata: &Metadata) -> Result<SubjectType, MetadataRefused> {
    match text(metadata, "subject_type")?.as_deref() {
        None | Some("public") => Ok(SubjectType::Public),
        Some("pairwise") => Ok(SubjectType::Pairwise),
        Some(_) => refused("subject_type is neither public nor pairwise"),
    }
}

/// What customers can be asked for, and no more: their account is the deployment's own apps'.
fn scope(metadata: &Metadata) -> Result<Vec<String>, MetadataRefused> {
    let all = Client::new("", "").scope;
    let Some(asked) = text(metadata, "scope")? else { return Ok(all) };
    let asked: Vec<&str> = asked.split(' ').filter(|scope| !scope.is_empty()).collect();
    if asked.iter().any(|scope| !all.iter().any(|known| known == scope)) {
        return refused("scope: a scope is none that clients can register for");
    }
    Ok(all.into_iter().filter(|known| asked.contains(&known.as_str())).collect())
}

fn jwks(metadata: &Metadata) -> Result<Option<JwkSet>, MetadataRefused> {
    match metadata.get("jwks") {
        None | Some(Value::Null) => Ok(None),
        Some(set) => match serde_json::from_value(set.clone()) {
            Ok(set) => Ok(Some(set)),
            Err(_) => refused("jwks is no set of public keys on P-256 or of RSA"),
        },
    }
}

fn default_max_age(metadata: &Metadata) -> Result<Option<i64>, MetadataRefused> {
    match metadata.get("default_max_age") {
        None | Some(Value::Null) => Ok(None),
        Some(age) => match age.as_i64().filter(|age| *age >= 0) {
            Some(age) => Ok(Some(age)),
            None => refused("default_max_age is no number of seconds"),
        },
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn register(more: Value) -> Result<Client, MetadataRefused> {
        let mut metadata = json!({"redirect_uris": ["https://app.example/back"], "token_endpoint_auth_method": "none"});
        metadata.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        let client = read("app", metadata.as_object().unwrap())?;
        check(&client).map(|()| client)
    }

    #[test]
    fn nobody_gives_themselves_what_is_the_deployments_to_give() {
        let client = register(json!({"direct": true, "administration": true, "introspect": true, "third_party": false,
            "scopes": ["admin:audit"], "audience": ["https://shop.example"], "secret_sha256": ["0"], "fapi2": true,
            "client_id": "portico", "resources": ["https://x.example"], "mfa": "off", "brand": "x"}))
        .unwrap();
        assert_eq!(client.client_id, "app");
        assert!(client.third_party && client.is_public() && client.needs_pkce());
        assert!(!client.direct && !client.administration && !client.introspect && !client.fapi2);
        assert!(client.scopes.is_empty() && client.audience.is_empty() && client.resources.is_empty());
        assert!(client.mfa.is_none() && client.brand.is_none());
        assert_eq!(client.grant_types, [GrantType::AuthorizationCode]);
    }

    #[test]
    fn what_can_not_be_kept_to_is_refused() {
        for wrong in [
            json!({"grant_types": ["client_credentials"]}),
            json!({"grant_types": ["implicit"]}),
            json!({"grant_types": "authorization_code"}),
            json!({"response_types": ["code", "token"]}),
            json!({"scope": "openid admin:audit"}),
            json!({"scope": "openid account"}),
            json!({"token_endpoint_auth_method": "client_secret_jwt"}),
            json!({"token_endpoint_auth_method": "private_key_jwt"}),
            json!({"token_endpoint_auth_method": "tls_client_auth"}),
            json!({"jwks_uri": "https://app.example/keys"}),
            json!({"sector_identifier_uri": "https://app.example/sector"}),
            json!({"request_uris": ["https://app.example/request"]}),
            json!({"id_token_signed_response_alg": "none"}),
            json!({"id_token_signed_response_alg": "HS256"}),
            json!({"id_token_encrypted_response_alg": "RSA-OAEP"}),
            json!({"request_object_signing_alg": "none"}),
            json!({"subject_type": "both"}),
            json!({"jwks": {"keys": [{"kty": "oct", "k": "AAAA"}]}}),
            json!({"default_max_age": -1}),
            json!({"client_name": "a\u{202e}b"}),
            json!({"client_name": ""}),
            json!({"client_name": "x".repeat(129)}),
            json!({"logo_uri": "http://app.example/logo"}),
            json!({"policy_uri": "javascript:alert(1)"}),
            json!({"backchannel_logout_uri": "http://127.0.0.1/told"}),
            json!({"application_type": "service"}),
            json!({"post_logout_redirect_uris": ["http://app.example/"]}),
        ] {
            let refused = register(wrong.clone()).unwrap_err();
            let is_redirect = wrong.get("post_logout_redirect_uris").is_some();
            assert_eq!(matches!(refused, MetadataRefused::RedirectUri(_)), is_redirect, "{wrong}: {refused}");
            let said = refused.to_string();
            assert!(said.bytes().all(|b| matches!(b, b' '..=b'~') && b != b'"' && b != b'\\'), "{said}");
        }
        for uris in [json!([]), json!("https://app.example/back"), json!([1]), json!(["http://app.example/back"])] {
            let refused = register(json!({"redirect_uris": uris})).unwrap_err();
            assert!(matches!(refused, MetadataRefused::RedirectUri(_)), "{uris}");
        }
    }
}
