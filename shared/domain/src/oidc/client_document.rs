//! Clients whose id is the address of a document that says what they are
//! (draft-ietf-oauth-client-id-metadata-document).
//!
//! Nobody has registered them: what such a client is called, anybody can say. What it is known by is the host of its
//! id, which is where the document was fetched.

use serde_json::{Map, Value};
use url::{Host, Url};

use super::registration::{self, MetadataRefused};
use crate::{AuthMethod, Client, ConfigError, GrantType, Settings, SignedDuration};

/// The longest id.
const LONGEST: usize = 255;

/// Whose documents are believed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum DocumentHosts {
    /// Nobody's: an id is no address.
    #[default]
    Off,
    /// Everybody's.
    Any,
    /// These hosts' own.
    Named(Vec<String>),
}

impl DocumentHosts {
    /// Reads `CLIENT_ID_METADATA_DOCUMENTS`: `off`, `any`, or hosts with commas.
    ///
    /// # Errors
    /// When it is none of these.
    pub fn read(settings: &Settings) -> Result<Self, ConfigError> {
        const NAME: &str = "CLIENT_ID_METADATA_DOCUMENTS";
        Ok(match settings.text(NAME) {
            None | Some("off") => Self::Off,
            Some("any") => Self::Any,
            Some(hosts) => {
                let hosts: Vec<_> = hosts.split(',').map(str::trim).map(str::to_owned).collect();
                // Written as an address would have it, or it would never be found.
                let is_host = |host: &String| {
                    Url::parse(&format!("https://{host}/"))
                        .is_ok_and(|url| url.host_str() == Some(host) && url.port().is_none() && url.path() == "/")
                };
                if !hosts.iter().all(is_host) {
                    return Err(ConfigError::new(NAME, "is neither off, nor any, nor a list of hosts"));
                }
                Self::Named(hosts)
            }
        })
    }

    /// Whether there can be such clients.
    pub fn is_on(&self) -> bool {
        *self != Self::Off
    }

    /// Whether this is the id of such a client: an address of a host that is believed. It is written as every program
    /// understands it, so that two ids are one client only if they are equal.
    pub fn admit(&self, id: &str) -> bool {
        // Most ids are none, and most deployments know none.
        if !self.is_on() || !id.starts_with("http") {
            return false;
        }
        let Some(url) = parse(id) else { return false };
        let (Some(host), Some(name)) = (url.host(), url.host_str()) else { return false };
        let is_named = matches!(self, Self::Named(hosts) if hosts.iter().any(|known| known == name));
        let is_here = name == "localhost" || name == "127.0.0.1" || name == "[::1]";
        match (url.scheme(), self) {
            // Where `local` runs beside its apps: named, for nobody means their own machine by any.
            ("http", _) => is_named && is_here,
            ("https", Self::Named(_)) => is_named,
            // An address of a machine is nobody's name.
            ("https", Self::Any) => matches!(host, Host::Domain(name) if name.contains('.')),
            _ => false,
        }
    }
}

/// The address that an id is, if it is one: with a path, and without a user, a query, a fragment and dots in the path;
/// all in the one way in which it can be written.
fn parse(id: &str) -> Option<Url> {
    let is_plain = |b: u8| b.is_ascii_graphic() && !b"\\<>\"'`*^|{}?#@".contains(&b);
    if id.len() > LONGEST || !id.bytes().all(is_plain) {
        return None;
    }
    let url = Url::parse(id).ok()?;
    (url.as_str() == id && url.path() != "/" && !url.cannot_be_a_base()).then_some(url)
}

/// The host of a client whose id is the address of a document; none of every other client.
pub fn document_host(client_id: &str) -> Option<String> {
    let is_web = client_id.starts_with("https://") || client_id.starts_with("http://");
    let url = if is_web { parse(client_id)? } else { return None };
    url.host_str().map(str::to_owned)
}

/// Why a document makes nobody a client.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DocumentRefused {
    /// It was written for another address, or copied.
    #[error("its client_id is not its own address")]
    OtherId,
    /// What everybody can read is no secret.
    #[error("it has a secret, or shows who it is by one")]
    Secret,
    /// Nobody could be signed in to it.
    #[error("its grant_types or response_types have no code")]
    NoCode,
    /// Sessions' ends would be told to somebody else.
    #[error("its backchannel_logout_uri is at another host")]
    LogoutElsewhere,
    /// It can't be registered so.
    #[error("{0}")]
    Metadata(#[from] MetadataRefused),
}

/// Reads a document: what is fetched at `id`. What it asks for and there is not to have (grants, scopes) is left out,
/// for it is written for every provider; what can't be kept to otherwise is refused, as at a registration.
///
/// # Errors
/// When it makes nobody a client.
pub fn read(id: &str, mut metadata: Map<String, Value>) -> Result<Client, DocumentRefused> {
    if metadata.get("client_id").and_then(Value::as_str) != Some(id) {
        return Err(DocumentRefused::OtherId);
    }
    check_secret(&metadata)?;
    let host = document_host(id).ok_or(DocumentRefused::OtherId)?;
    fill_in(&mut metadata, &host)?;
    let is_own = |uri: &String| super::redirect_uri::host(uri).as_deref() == Some(&host);
    let client = registration::read(id, &metadata)?;
    if client.backchannel_logout_uri.as_ref().is_some_and(|uri| !is_own(uri)) {
        return Err(DocumentRefused::LogoutElsewhere);
    }
    // Links of the page that asks lead to whom it names, and a logo is shown nowhere.
    let client = Client {
        logo_uri: None,
        client_uri: client.client_uri.filter(is_own),
        policy_uri: client.policy_uri.filter(is_own),
        tos_uri: client.tos_uri.filter(is_own),
        ..client
    };
    registration::check_document(&client)?;
    Ok(client)
}

fn check_secret(metadata: &Map<String, Value>) -> Result<(), DocumentRefused> {
    let has = |name: &str| metadata.get(name).is_some_and(|value| !value.is_null());
    let by_secret = |method: &str| !matches!(method, "none" | "private_key_jwt");
    let method = metadata.get("token_endpoint_auth_method").and_then(Value::as_str);
    if has("client_secret") || has("client_secret_expires_at") || method.is_some_and(by_secret) {
        return Err(DocumentRefused::Secret);
    }
    Ok(())
}

/// What is left out, and what is asked of others than us.
fn fill_in(metadata: &mut Map<String, Value>, host: &str) -> Result<(), DocumentRefused> {
    let lists = |name: &str, metadata: &Map<String, Value>| match metadata.get(name) {
        Some(Value::Array(all)) => Some(all.clone()),
        _ => None,
    };
    if let Some(mut grants) = lists("grant_types", metadata) {
        let ours = [GrantType::AuthorizationCode, GrantType::RefreshToken].map(GrantType::as_str);
        grants.retain(|grant| grant.as_str().is_none_or(|grant| ours.contains(&grant)));
        if !grants.iter().any(|grant| grant == GrantType::AuthorizationCode.as_str()) {
            return Err(DocumentRefused::NoCode);
        }
        metadata.insert("grant_types".to_owned(), Value::Array(grants));
    }
    if let Some(mut types) = lists("response_types", metadata) {
        types.retain(|one| one == "code");
        if types.is_empty() {
            return Err(DocumentRefused::NoCode);
        }
        metadata.insert("response_types".to_owned(), Value::Array(types));
    }
    if let Some(Value::String(scope)) = metadata.get_mut("scope") {
        let known = Client::new("", "").scope;
        let ours = scope.split(' ').filter(|asked| known.iter().any(|known| known == asked));
        *scope = ours.collect::<Vec<_>>().join(" ");
    }
    if metadata.get("token_endpoint_auth_method").is_none_or(Value::is_null) {
        let has_keys = metadata.get("jwks").is_some_and(|jwks| !jwks.is_null());
        let method = if has_keys { AuthMethod::PrivateKeyJwt } else { AuthMethod::None };
        metadata.insert("token_endpoint_auth_method".to_owned(), method.as_str().into());
    }
    if metadata.get("client_name").is_none_or(Value::is_null) {
        metadata.insert("client_name".to_owned(), host.into());
    }
    Ok(())
}

/// For so long no document is fetched again.
pub const SHORTEST: SignedDuration = SignedDuration::from_mins(5);

/// For how long a document is not fetched again: what its `Cache-Control` says (RFC 9111 §5.2.2), between five minutes
/// and a day.
pub fn fresh_for(cache_control: Option<&str>) -> SignedDuration {
    const LONGEST: SignedDuration = SignedDuration::from_hours(24);
    let said = cache_control.unwrap_or_default().to_ascii_lowercase();
    let mut said = said.split(',').map(str::trim);
    if said.clone().any(|one| one == "no-store" || one.starts_with("no-cache")) {
        return SHORTEST;
    }
    let age = said.find_map(|one| one.strip_prefix("max-age=")).map(|age| age.trim_matches('"'));
    let age = age.filter(|age| !age.is_empty() && age.bytes().all(|b| b.is_ascii_digit()));
    // What is too long to be a number is longer than a day.
    let age = age.map_or(SHORTEST, |age| age.parse().map_or(LONGEST, SignedDuration::from_secs));
    age.clamp(SHORTEST, LONGEST)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const ID: &str = "https://app.example/client.json";

    fn hosts(text: &str) -> DocumentHosts {
        DocumentHosts::read(&Settings::new([("CLIENT_ID_METADATA_DOCUMENTS", text)])).unwrap()
    }

    #[test]
    fn an_id_is_an_address_that_can_be_written_in_one_way() {
        let any = hosts("any");
        for good in [ID, "https://app.example:8443/a/b", "https://xn--bcher-kva.example/c", "https://app.example/a%20b"]
        {
            assert!(any.admit(good), "{good}");
            assert!(!hosts("off").admit(good) && !hosts("other.example").admit(good), "{good}");
        }
        for wrong in [
            "https://app.example",
            "https://app.example/",
            "http://app.example/client.json",
            "https://app.example/client.json#x",
            "https://app.example/client.json#",
            "https://app.example/client.json?a=b",
            "https://app.example/client.json?",
            "https://user@app.example/client.json",
            "https://user:word@app.example/client.json",
            "https://@app.example/client.json",
            "https://app.example/./client.json",
            "https://app.example/a/../client.json",
            "https://app.example/a/%2e%2E/client.json",
            "https://app.example/..",
            "HTTPS://app.example/client.json",
            "https://APP.example/client.json",
            "https://app.example:443/client.json",
            "https:app.example/client.json",
            "https:///app.example/client.json",
            "https:\\\\app.example\\client.json",
            "https://app.example/client json",
            "https://app.example/\u{202e}nosj",
            "https://b\u{fc}cher.example/client.json",
            "https://app.example/client.json\n",
            "https://localhost/client.json",
            "https://app/client.json",
            "https://127.0.0.1/client.json",
            "https://127.1/client.json",
            "https://2130706433/client.json",
            "https://8.8.8.8/client.json",
            "https://[::1]/client.json",
            "http://127.0.0.1/client.json",
            "http://localhost/client.json",
            "ftp://app.example/client.json",
            "portico",
            "",
        ] {
            assert!(!any.admit(wrong), "{wrong}");
        }
        assert!(!any.admit(&format!("https://app.example/{}", "a".repeat(255))));
        let here = hosts("app.example, 127.0.0.1");
        assert!(here.admit("http://127.0.0.1:4000/client.json") && here.admit(ID));
        assert!(!here.admit("http://app.example/client.json") && !here.admit("https://sub.app.example/client.json"));
        for wrong in ["any,off.example/x", "https://app.example", "APP.example", "app.example:8443", ","] {
            let settings = Settings::new([("CLIENT_ID_METADATA_DOCUMENTS", wrong)]);
            assert!(DocumentHosts::read(&settings).is_err(), "{wrong}");
        }
    }

    fn document(more: Value) -> Result<Client, DocumentRefused> {
        let mut document =
            json!({"client_id": ID, "client_name": "The App", "redirect_uris": ["https://app.example/back"]});
        document.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        read(ID, document.as_object().unwrap().clone())
    }

    #[test]
    fn a_document_makes_somebody_elses_client_and_no_more() {
        let client =
            document(json!({"direct": true, "administration": true, "scopes": ["admin:audit"], "brand": "shop",
            "third_party": false, "introspect": true, "audience": ["https://x.example"], "mfa": "off",
            "scope": "openid email account admin:audit atproto", "response_types": ["code", "id_token"],
            "grant_types": ["authorization_code", "refresh_token", "client_credentials",
                "urn:ietf:params:oauth:grant-type:device_code"],
            "logo_uri": "https://app.example/logo", "policy_uri": "https://app.example/policy",
            "tos_uri": "https://elsewhere.example/terms"}))
            .unwrap();
        assert!(client.third_party && client.is_public() && client.needs_pkce());
        assert!(!client.direct && !client.administration && !client.introspect && client.scopes.is_empty());
        assert!(client.brand.is_none() && client.mfa.is_none() && client.audience.is_empty());
        assert_eq!(client.scope, ["openid", "email"]);
        assert_eq!(client.grant_types, [GrantType::AuthorizationCode, GrantType::RefreshToken]);
        assert!(client.logo_uri.is_none() && client.tos_uri.is_none());
        assert_eq!(client.policy_uri.as_deref(), Some("https://app.example/policy"));
        assert_eq!(document(json!({"client_name": null})).unwrap().client_name, "app.example");
    }

    #[test]
    fn a_document_that_is_none_makes_nobody_a_client() {
        for (wrong, why) in [
            (json!({"client_id": "https://app.example/other.json"}), DocumentRefused::OtherId),
            (json!({"client_id": "https://app.example/client.json/"}), DocumentRefused::OtherId),
            (json!({"client_id": null}), DocumentRefused::OtherId),
            (json!({"client_secret": "x"}), DocumentRefused::Secret),
            (json!({"client_secret_expires_at": 0}), DocumentRefused::Secret),
            (json!({"token_endpoint_auth_method": "client_secret_basic"}), DocumentRefused::Secret),
            (json!({"token_endpoint_auth_method": "client_secret_jwt"}), DocumentRefused::Secret),
            (json!({"grant_types": ["client_credentials"]}), DocumentRefused::NoCode),
            (json!({"response_types": ["id_token"]}), DocumentRefused::NoCode),
            (json!({"backchannel_logout_uri": "https://elsewhere.example/"}), DocumentRefused::LogoutElsewhere),
        ] {
            assert_eq!(document(wrong.clone()).unwrap_err(), why, "{wrong}");
        }
        for wrong in [
            json!({"jwks_uri": "https://app.example/keys"}),
            json!({"token_endpoint_auth_method": "private_key_jwt"}),
            json!({"token_endpoint_auth_method": 1}),
            json!({"redirect_uris": []}),
            json!({"redirect_uris": ["http://app.example/back"]}),
            json!({"redirect_uris": ["javascript:alert(1)"]}),
            json!({"client_name": "a\u{202e}b"}),
            json!({"grant_types": [1, "authorization_code"]}),
            json!({"id_token_signed_response_alg": "none"}),
            json!({"policy_uri": "javascript:alert(1)"}),
        ] {
            let refused = document(wrong.clone()).unwrap_err();
            assert!(matches!(refused, DocumentRefused::Metadata(_)), "{wrong}");
            let said = refused.to_string();
            assert!(said.bytes().all(|b| matches!(b, b' '..=b'~') && b != b'"' && b != b'\\'), "{said}");
        }
    }

    #[test]
    fn a_document_is_kept_for_five_minutes_at_least_and_a_day_at_most() {
        let (five, day) = (SignedDuration::from_mins(5), SignedDuration::from_hours(24));
        for (said, kept) in [
            (None, five),
            (Some(""), five),
            (Some("max-age=0"), five),
            (Some("max-age=-1"), five),
            (Some("max-age=x"), five),
            (Some("no-store, max-age=3600"), five),
            (Some("max-age=3600, no-cache"), five),
            (Some("max-age=3600"), SignedDuration::from_hours(1)),
            (Some("Public, Max-Age=\"3600\", immutable"), SignedDuration::from_hours(1)),
            (Some("max-age=31536000"), day),
            (Some("max-age=99999999999999999999999"), day),
        ] {
            assert_eq!(fresh_for(said), kept, "{said:?}");
        }
    }
}
