//! The first screen: where everything is, and what to paste.

use domain::scope::SCOPES;
use local::{APPS, System};
use ring::{
    digest::{SHA256, digest},
    rand::{SecureRandom, SystemRandom},
};
use serde_json::{Value, json};

/// The clients of this checkout.
const CLIENTS: &str = include_str!("../../../config/clients.json");

/// The brands of this checkout.
const BRANDS: &str = include_str!("../../../config/brands.json");

/// The clients of this machine: a service, with a secret that lives as long as this run, the page at
/// `/_local/app`, to which links to sign in lead, and an app that somebody writes beside.
pub(crate) struct Demo {
    secret: String,
}

const SERVICE: &str = "demo-service";
/// What the page calls itself.
const APP: &str = "demo-app";
/// An app of whoever reads `docs/app.md`.
const OWN: &str = "demo-own";

impl Demo {
    pub(crate) fn new() -> Demo {
        let mut bytes = [0; 32];
        // without randomness, a secret that the next line of the start refuses
        let secret = match SystemRandom::new().fill(&mut bytes) {
            Ok(()) => hex(&bytes),
            Err(_) => String::new(),
        };
        Demo { secret }
    }

    /// The registry with these clients in it, for a gateway that is there.
    pub(crate) fn clients(&self, gateway: &str) -> String {
        let mut clients: Vec<Value> = serde_json::from_str(CLIENTS).unwrap_or_default();
        // On this machine it may do what administrators do, too.
        let scopes: Vec<_> = std::iter::once("demo.read").chain(SCOPES.iter().map(|(scope, _)| *scope)).collect();
        clients.push(json!({
            "client_id": SERVICE,
            "client_name": "Demo service",
            "grant_types": ["client_credentials"],
            "scopes": scopes,
            "introspect": true,
            "secret_sha256": [hex(digest(&SHA256, self.secret.as_bytes()).as_ref())],
        }));
        clients.push(json!({
            "client_id": APP,
            "client_name": "Demo app",
            "grant_types": ["refresh_token"],
            "direct": true,
            "sign_in_uri": format!("{gateway}/_local/app"),
        }));
        clients.push(json!({
            "client_id": OWN,
            "client_name": "Your app",
            "grant_types": ["authorization_code", "refresh_token"],
            // Any port: RFC 8252 §7.3.
            "redirect_uris": ["http://127.0.0.1/callback"],
            "post_logout_redirect_uris": ["http://127.0.0.1:8080/"],
        }));
        clients.extend(APPS.iter().map(|app| {
            let at = app.address(gateway);
            json!({
                "client_id": format!("demo-{}", app.label),
                "client_name": app.name,
                "brand": app.label,
                "grant_types": ["authorization_code", "refresh_token"],
                "redirect_uris": [format!("{at}/callback")],
                "post_logout_redirect_uris": [format!("{at}/")],
                "backchannel_logout_uri": format!("{at}/backchannel-logout"),
            })
        }));
        json!(clients).to_string()
    }
}

/// The registry of brands with those of the demo apps in it.
pub(crate) fn brands() -> String {
    let mut brands: Vec<Value> = serde_json::from_str(BRANDS).unwrap_or_default();
    brands.extend(APPS.iter().map(local::App::brand));
    json!(brands).to_string()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// What is printed when everything runs.
pub(crate) fn text(system: &System, demo: &Demo) -> String {
    let (api, aws, secret) = (system.gateway_url(), system.aws_url(), &demo.secret);
    let [shop, club] = APPS.map(|app| app.address(&api));
    format!(
        r#"
  Portico runs on this machine. Ctrl-C stops it.

    API    {api}   contract at {api}/openapi.json
    Mail   {api}/_local/outbox   (a page in a browser, JSON otherwise)
    Apps   {shop} and {club}   two brands, one sign-in for both
    Yours  {OWN}   the client of an app that you write: docs/app.md
    Page   {api}/_local/app   signs up and in by passkey or mailed link, as a frontend would
    AWS    {aws}   DynamoDB, KMS, SES, SNS, S3, Lambda; any credentials

  Register, verify with the code from the mail, log in:

T=$(curl -s {api}/v1/register -H 'content-type: application/json' -d '{{"email":"ada@example.com","password":"a lovelace of engines"}}' | sed 's/.*"transaction":"\([^"]*\)".*/\1/'); echo $T

sleep 1; C=$(curl -s {api}/_local/outbox | grep -o '"code":"[0-9]*"' | tail -1 | grep -o '[0-9]*'); curl -s {api}/v1/verify -H 'content-type: application/json' -d '{{"transaction":"'$T'","code":"'$C'"}}'; echo

curl -s {api}/v1/login -H 'content-type: application/json' -d '{{"email":"ada@example.com","password":"a lovelace of engines"}}'; echo

  A service gets its token with this; with scope=admin:audit, admin:erasure and the like it is an administrator's:

curl -s {api}/oauth2/token -u {SERVICE}:{secret} -d grant_type=client_credentials -d scope=demo.read; echo
"#
    )
}
