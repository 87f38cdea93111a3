//! The registry of clients: which are refused before anybody can use them.

use std::sync::Arc;

use crate::oidc::redirect_uri;
use crate::{AuthMethod, Client, GrantType, SigningAlg, SubjectType};

/// The deployment's clients.
#[derive(Clone, Debug)]
pub struct Clients(Vec<Arc<Client>>);

/// The client registry can't be used.
#[derive(Debug, thiserror::Error)]
pub enum ClientsError {
    /// Not the JSON of a registry.
    #[error("is not a list of clients: {0}")]
    Malformed(#[from] serde_json::Error),
    /// Two clients share an id, or one has none.
    #[error("has a client without an id of its own: {0:?}")]
    Ambiguous(String),
    /// Portico's own.
    #[error("has a client with the id {0:?}, which is Portico's own")]
    Reserved(String),
    /// A service without a secret would let everybody in.
    #[error("lets the client {0:?} use client_credentials or introspection without a secret")]
    Unprotected(String),
    /// A secret's digest is not 64 lower-case hex digits.
    #[error("has a secret_sha256 of {0:?} that is not a SHA-256 in lower-case hex")]
    Digest(String),
    /// A service to which such a token is good could administer with it.
    #[error("lets the client {0:?} administer, and its tokens be good at other services")]
    Administration(String),
    /// It says how it authenticates, and has not what that takes, or has something else too.
    #[error("has a token_endpoint_auth_method of {0:?} that does not go with its secrets and keys")]
    AuthMethod(String),
    /// Answers would have nowhere to go.
    #[error("lets the client {0:?} use authorization_code without redirect_uris")]
    NoRedirect(String),
    /// Answers would go where others can read them.
    #[error("has {1} of {0:?} of which one is refused: {2}")]
    Redirect(String, &'static str, redirect_uri::UriRefused),
    /// A page or endpoint of the client's that is no https: URL.
    #[error("has a {1} of {0:?} that is refused: {2}")]
    Url(String, &'static str, redirect_uri::UriRefused),
    /// FAPI 2.0 asks for more.
    #[error("has a fapi2 client {0:?} that {1}")]
    Fapi(String, &'static str),
    /// Two services would compare their customers, or nobody could say which sector it is.
    #[error("has pairwise subjects for {0:?} whose redirect URIs name no one sector; give it a sector_identifier")]
    Sector(String),
    /// A resource that can be no audience.
    #[error("has a resource of {0:?} that is no absolute URI without a fragment")]
    Resource(String),
    /// A scope that can't be told from its neighbours, or an administrator's.
    #[error("has a scope of {0:?} that customers can't be asked for")]
    Scope(String),
    /// People can't be told who it is.
    #[error("has a name of {0:?} that is empty, longer than 128 characters, or not all to be seen")]
    Name(String),
    /// It is somebody else's, or knows its customers by subjects of its own, or binds its tokens, and has what
    /// contradicts it.
    #[error("has {1} of {0:?}, which contradicts {2}")]
    Contradiction(String, &'static str, &'static str),
    /// A document makes nobody one of ours.
    #[error("has a document for {0:?}, and is not third_party")]
    Ours(String),
    /// It becomes part of a key.
    #[error("has an id of {0:?} that can be none of a stored client")]
    Id(String),
    /// What owns accounts or administers stands where whoever deploys sees it.
    #[error("has {1} of {0:?}, which only the deployment's file gives")]
    FiledOnly(String, &'static str),
    /// Time runs forwards.
    #[error("has a negative default_max_age of {0:?}")]
    MaxAge(String),
}

impl Clients {
    /// The client that a request without `client_id` comes from.
    pub const DEFAULT: &'static str = "portico";
    /// The client that the deployment's own pages are.
    pub const BROWSER: &'static str = "portico-browser";

    /// Reads the registry and adds the built-in first-party client, unless it is overridden.
    ///
    /// # Errors
    /// When the registry is malformed, ambiguous, or would let somebody in whom it must not.
    pub fn parse(json: &str) -> Result<Self, ClientsError> {
        let mut clients: Vec<Client> = serde_json::from_str(json)?;
        if !clients.iter().any(|c| c.client_id == Self::DEFAULT) {
            clients.push(default_client());
        }
        check_ids(&clients)?;
        clients.iter().try_for_each(Self::check)?;
        Ok(Self(clients.into_iter().map(Arc::new).collect()))
    }

    /// Whether a client may be registered, wherever it comes from.
    ///
    /// # Errors
    /// When it would let somebody in whom it must not, or contradicts itself.
    pub fn check(client: &Client) -> Result<(), ClientsError> {
        check_reserved(client)?;
        check_name(client)?;
        check_protected(client)?;
        check_digests(client)?;
        check_administration(client)?;
        check_auth_method(client)?;
        check_redirect_uris(client)?;
        check_urls(client)?;
        check_fapi(client)?;
        check_sector(client)?;
        check_resources(client)?;
        check_scope(client)?;
        check_contradictions(client)?;
        check_max_age(client)
    }

    /// Whether a client may be registered beside the deployment's file: it owns no account and administers nothing,
    /// whoever registers it.
    ///
    /// # Errors
    /// As [`Clients::check`], and when it would have what the file alone gives.
    pub fn check_stored(client: &Client) -> Result<(), ClientsError> {
        Self::check(client)?;
        refuse_if(!Client::is_id(&client.client_id), client, ClientsError::Id)?;
        check_filed_only(client)
    }

    /// Whether a client may be one whose id is the address of a document that says what it is: somebody else's, who
    /// owns no account and administers nothing.
    ///
    /// # Errors
    /// As [`Clients::check`], and when it would have what the file alone gives.
    pub fn check_document(client: &Client) -> Result<(), ClientsError> {
        Self::check(client)?;
        refuse_if(crate::oidc::document_host(&client.client_id).is_none(), client, ClientsError::Id)?;
        refuse_if(!client.third_party, client, ClientsError::Ours)?;
        check_filed_only(client)
    }

    /// The client with this id.
    pub fn find(&self, id: &str) -> Option<&Arc<Client>> {
        self.0.iter().find(|client| client.client_id == id)
    }

    /// Every client.
    pub fn iter(&self) -> impl Iterator<Item = &Client> {
        self.0.iter().map(Arc::as_ref)
    }

    /// The client that a customer's app names, or the default one, if it may act for customers.
    pub fn direct(&self, id: Option<&str>) -> Option<&Arc<Client>> {
        self.find(id.unwrap_or(Self::DEFAULT)).filter(|client| client.direct)
    }
}

impl ClientsError {
    /// The field that is wrong, and why: without a value, and without a client's id.
    pub fn about(&self) -> (&'static str, String) {
        let (name, why) = match self {
            Self::Malformed(_) => ("", "is no client"),
            Self::Ambiguous(_) => ("client_id", "is empty, or another client's"),
            Self::Reserved(_) => ("client_id", "is one of Portico's own"),
            Self::Id(_) => ("client_id", "is not 1 to 128 letters, digits and marks of -._~"),
            Self::Unprotected(_) => ("grant_types", "client_credentials and introspection need a secret or keys"),
            Self::Digest(_) => ("secret_sha256", "is no SHA-256 in lower-case hex"),
            Self::Administration(_) => ("administration", "does not go with audiences, resources or third_party"),
            Self::AuthMethod(_) => ("token_endpoint_auth_method", "does not go with its secrets and keys"),
            Self::NoRedirect(_) => ("redirect_uris", "there is none, and authorization_code needs one"),
            Self::Redirect(_, name, why) => return (name, format!("one is refused: {why}")),
            Self::Url(_, name, why) => return (name, format!("is refused: {why}")),
            Self::Fapi(_, why) => return ("fapi2", format!("the client {why}")),
            Self::Sector(_) => ("subject_type", "pairwise needs redirect URIs of one host, or a sector_identifier"),
            Self::Resource(_) => ("resources", "one is no absolute URI without a fragment"),
            Self::Scope(_) => ("scope", "one is none that customers can be asked for"),
            Self::Name(_) => ("client_name", "is empty, longer than 128 characters, or not all to be seen"),
            Self::Contradiction(_, name, other) => return (name, format!("does not go with {other}")),
            Self::Ours(_) => ("third_party", "is not said"),
            Self::MaxAge(_) => ("default_max_age", "is negative"),
            Self::FiledOnly(_, name) => return (name, "only the deployment's file gives this".to_owned()),
        };
        (name, why.to_owned())
    }
}

fn default_client() -> Client {
    let client = Client::new(Clients::DEFAULT, "This app");
    Client { grant_types: vec![GrantType::RefreshToken], direct: true, ..client }
}

fn check_ids(clients: &[Client]) -> Result<(), ClientsError> {
    for (at, client) in clients.iter().enumerate() {
        let id = &client.client_id;
        if id.is_empty() || clients.iter().skip(at + 1).any(|other| other.client_id == *id) {
            return Err(ClientsError::Ambiguous(id.clone()));
        }
    }
    Ok(())
}

fn refuse_if(wrong: bool, client: &Client, error: fn(String) -> ClientsError) -> Result<(), ClientsError> {
    if wrong { Err(error(client.client_id.clone())) } else { Ok(()) }
}

fn check_reserved(client: &Client) -> Result<(), ClientsError> {
    refuse_if(client.client_id == Clients::BROWSER, client, ClientsError::Reserved)
}

/// What stands on a page that asks for a customer's consent reads as it is written.
fn check_name(client: &Client) -> Result<(), ClientsError> {
    let name = &client.client_name;
    let is_hidden =
        |c| crate::brand::unprintable(c) || matches!(c, '\u{ad}' | '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{feff}');
    let is_shown = name.trim() == name && !name.chars().any(is_hidden);
    let fits = is_shown && (1..=128).contains(&name.chars().count());
    refuse_if(!fits, client, ClientsError::Name)
}

fn check_protected(client: &Client) -> Result<(), ClientsError> {
    let is_service = client.may(GrantType::ClientCredentials) || client.introspect;
    refuse_if(client.is_public() && is_service, client, ClientsError::Unprotected)
}

fn check_digests(client: &Client) -> Result<(), ClientsError> {
    let is_digest = |d: &String| d.len() == 64 && d.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
    refuse_if(!client.secret_sha256.iter().all(is_digest), client, ClientsError::Digest)
}

fn check_administration(client: &Client) -> Result<(), ClientsError> {
    let is_good_elsewhere = !client.audience.is_empty() || !client.resources.is_empty() || client.third_party;
    refuse_if(client.administration && is_good_elsewhere, client, ClientsError::Administration)
}

/// One way in: a secret beside a key would be a second door.
fn check_auth_method(client: &Client) -> Result<(), ClientsError> {
    let (secrets, keys) = (!client.secret_sha256.is_empty(), client.keys().is_some());
    let fits = match client.token_endpoint_auth_method {
        None => true,
        Some(AuthMethod::None) => !secrets,
        Some(AuthMethod::ClientSecretBasic | AuthMethod::ClientSecretPost) => secrets,
        Some(AuthMethod::PrivateKeyJwt) => keys && !secrets,
    };
    refuse_if(!fits, client, ClientsError::AuthMethod)
}

fn check_redirect_uris(client: &Client) -> Result<(), ClientsError> {
    let has_none = client.may(GrantType::AuthorizationCode) && client.redirect_uris.is_empty();
    refuse_if(has_none, client, ClientsError::NoRedirect)?;
    let lists =
        [("redirect_uris", &client.redirect_uris), ("post_logout_redirect_uris", &client.post_logout_redirect_uris)];
    lists.into_iter().try_for_each(|(name, uris)| {
        let checked = uris.iter().try_for_each(|uri| redirect_uri::check(uri));
        checked.map_err(|why| ClientsError::Redirect(client.client_id.clone(), name, why))
    })
}

fn check_urls(client: &Client) -> Result<(), ClientsError> {
    let urls = [
        ("logo_uri", &client.logo_uri),
        ("client_uri", &client.client_uri),
        ("policy_uri", &client.policy_uri),
        ("tos_uri", &client.tos_uri),
        ("backchannel_logout_uri", &client.backchannel_logout_uri),
    ];
    urls.into_iter().try_for_each(|(name, url)| {
        let checked = url.as_deref().map_or(Ok(()), redirect_uri::check_web);
        checked.map_err(|why| ClientsError::Url(client.client_id.clone(), name, why))
    })
}

/// FAPI 2.0 Security Profile §5.3.2.1.
fn check_fapi(client: &Client) -> Result<(), ClientsError> {
    let refused = |why| Err(ClientsError::Fapi(client.client_id.clone(), why));
    if !client.fapi2 {
        Ok(())
    } else if client.keys().is_none() {
        refused("has no jwks")
    } else if !client.authenticates_by(AuthMethod::PrivateKeyJwt) {
        refused("does not authenticate by private_key_jwt")
    } else if client.redirect_uris.iter().any(|uri| !uri.starts_with("https://") && !redirect_uri::is_loopback(uri)) {
        refused("has a redirect URI that is not https")
    } else if [Some(client.signing_alg), client.userinfo_signed_response_alg].contains(&Some(SigningAlg::Rs256)) {
        refused("has its tokens signed by RS256")
    } else {
        Ok(())
    }
}

fn check_sector(client: &Client) -> Result<(), ClientsError> {
    let is_unclear = client.subject_type == SubjectType::Pairwise && crate::oidc::sector(client).is_none();
    refuse_if(is_unclear, client, ClientsError::Sector)
}

fn check_resources(client: &Client) -> Result<(), ClientsError> {
    let is_good = |resource: &String| crate::oidc::is_resource(resource);
    refuse_if(!client.resources.iter().all(is_good), client, ClientsError::Resource)
}

/// RFC 6749 §3.3; what administrators may do is no customer's to give.
fn check_scope(client: &Client) -> Result<(), ClientsError> {
    let is_token =
        |scope: &String| !scope.is_empty() && scope.bytes().all(|b| matches!(b, 0x21 | 0x23..=0x5b | 0x5d..=0x7e));
    let is_ours = |scope: &String| crate::scope::SCOPES.iter().any(|(known, _)| known == scope);
    let fits = client.scope.iter().all(|scope| is_token(scope) && !is_ours(scope));
    refuse_if(!fits, client, ClientsError::Scope)
}

/// Apps of others never own an account, and what signs in by itself gets tokens that are bound to nothing, and learns
/// who its customers are.
fn check_contradictions(client: &Client) -> Result<(), ClientsError> {
    let owns = [(client.direct, "direct"), (client.scope.iter().any(|scope| scope == "account"), "scope")];
    let owns = owns.into_iter().find(|(has, _)| *has).map(|(_, name)| name);
    let is_other = [
        (client.third_party, "third_party"),
        (client.subject_type == SubjectType::Pairwise, "pairwise subjects"),
        (client.direct && client.needs_dpop(), "tokens that are bound by DPoP"),
    ];
    let is_other = is_other.into_iter().find(|(is, _)| *is).map(|(_, why)| why);
    let wrong = match (owns, is_other) {
        (Some(name), Some(why)) => Some((name, why)),
        // Its customers are asked about scopes alone.
        _ if client.third_party && !client.resources.is_empty() => Some(("resources", "third_party")),
        _ if client.third_party && !client.audience.is_empty() => Some(("audience", "third_party")),
        _ => None,
    };
    wrong.map_or(Ok(()), |(name, why)| Err(ClientsError::Contradiction(client.client_id.clone(), name, why)))
}

fn check_max_age(client: &Client) -> Result<(), ClientsError> {
    refuse_if(client.default_max_age.is_some_and(|age| age < 0), client, ClientsError::MaxAge)
}

/// Whoever may register clients must not become an administrator by it, nor sign anybody in past our pages.
fn check_filed_only(client: &Client) -> Result<(), ClientsError> {
    let is_ours = |scope: &String| crate::scope::SCOPES.iter().any(|(known, _)| known == scope);
    let powers = [
        (client.direct, "direct"),
        (client.administration, "administration"),
        (client.sign_in_uri.is_some(), "sign_in_uri"),
        (client.jurisdiction.is_some(), "jurisdiction"),
        (client.scopes.iter().any(is_ours), "scopes"),
    ];
    match powers.into_iter().find(|(has, _)| *has) {
        Some((_, name)) => Err(ClientsError::FiledOnly(client.client_id.clone(), name)),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_registry_that_lets_everybody_in_is_refused() {
        assert!(Clients::parse("[]").unwrap().direct(None).is_some());
        let service =
            r#"[{"client_id":"s","client_name":"S","grant_types":["client_credentials"],"secret_sha256":[SECRET]}]"#;
        assert!(matches!(Clients::parse(&service.replace("SECRET", "")), Err(ClientsError::Unprotected(_))));
        assert!(matches!(Clients::parse(&service.replace("SECRET", "\"x\"")), Err(ClientsError::Digest(_))));
        let known = "\"2bb80d537b1da3e38bd30361aa855686bde0eacd7162fef6a25fe97bf527a25b\"";
        let clients = Clients::parse(&service.replace("SECRET", known)).unwrap();
        assert!(clients.find("s").unwrap().has_secret("secret"));
        assert!(!clients.find("s").unwrap().has_secret("Secret"));
        assert!(clients.direct(Some("s")).is_none());
        let twice = r#"[{"client_id":"a","client_name":"A","grant_types":[]},{"client_id":"a","client_name":"A","grant_types":[]}]"#;
        assert!(matches!(Clients::parse(twice), Err(ClientsError::Ambiguous(_))));
        let console =
            r#"[{"client_id":"a","client_name":"A","grant_types":[],"administration":true,"audience":[SHOP]}]"#;
        assert!(matches!(
            Clients::parse(&console.replace("SHOP", "\"https://shop.example\"")),
            Err(ClientsError::Administration(_))
        ));
        assert!(Clients::parse(&console.replace("SHOP", "")).unwrap().find("a").unwrap().administration);
        assert!(!Clients::parse("[]").unwrap().direct(None).unwrap().administration);
    }

    #[test]
    fn what_an_app_of_others_is_not_asked_about_it_does_not_reach() {
        let app = Client { third_party: true, ..Client::new("partner", "Partner") };
        assert!(Clients::check(&app).is_ok());
        let good_there = Client { audience: vec!["https://orders.example".to_owned()], ..app.clone() };
        assert!(matches!(Clients::check(&good_there), Err(ClientsError::Contradiction(_, "audience", _))));
        let reaching = Client { resources: vec!["https://orders.example".to_owned()], ..app };
        assert!(matches!(Clients::check(&reaching), Err(ClientsError::Contradiction(_, "resources", _))));
    }
}
