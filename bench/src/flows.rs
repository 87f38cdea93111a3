//! What is measured: each flow as one request or event, with what has to happen before it.

use domain::{ActId, Secret, SignedDuration, Totp};
use edge::BoxFuture;
use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};

use crate::{
    Outcome,
    browser::exchange,
    machine::{Machine, PASSWORD, Person, queued_event, text},
};

/// A flow as it is measured.
#[derive(Clone, Copy)]
pub(crate) struct Flow {
    /// Its name in the tables.
    pub(crate) name: &'static str,
    /// The function that does the work.
    pub(crate) function: &'static str,
    /// The gateway's route; none for events.
    pub(crate) route: Option<&'static str>,
    /// How many tokens it signs.
    pub(crate) tokens: usize,
    /// The flow that it is a variant of: it is counted, but its CPU is that one's.
    pub(crate) like: Option<&'static str>,
    prepare: for<'a> fn(&'a Machine) -> BoxFuture<'a, Outcome<Work>>,
}

/// What is left to do once all is prepared.
#[expect(clippy::large_enum_variant, reason = "there is one at a time")]
pub(crate) enum Work {
    /// A request that is to be answered with this status.
    Request(RequestBuilder, u16),
    /// An event for this function.
    Event(&'static str, Value),
}

impl Flow {
    /// Does everything that comes before.
    pub(crate) async fn prepare(&self, machine: &Machine) -> Outcome<Work> {
        (self.prepare)(machine).await.map_err(|error| format!("before {}: {error}", self.name).into())
    }

    fn like(self, name: &'static str) -> Self {
        Self { like: Some(name), ..self }
    }
}

impl Work {
    /// Does it.
    pub(crate) async fn run(self, machine: &Machine) -> Outcome<Value> {
        match self {
            Work::Request(request, status) => machine.send(request, status).await,
            Work::Event(function, event) => Ok(machine.system.invoke(function, event).await?),
        }
    }
}

/// What is sealed at once, by the rows' names: alone, a well-filled batch of a stream, all that one
/// transaction takes.
pub(crate) const SEALED: [(&str, usize); 3] =
    [("audit, one act", 1), ("audit, 20 acts of one chain", 20), ("audit, 90 acts of one chain", 90)];

/// A row: name, function, route, tokens, and what prepares it.
macro_rules! flow {
    ($name:literal, $function:literal, $route:expr, $tokens:literal, $prepare:expr) => {
        Flow {
            name: $name,
            function: $function,
            route: $route,
            tokens: $tokens,
            like: None,
            prepare: |machine| Box::pin($prepare(machine)),
        }
    };
}

/// All of them.
pub(crate) fn all() -> Vec<Flow> {
    vec![
        flow!("register", "register", Some("POST /v1/register"), 0, register),
        flow!("verify by code", "verify", Some("POST /v1/verify"), 2, verify),
        flow!("resend a code", "verify", Some("POST /v1/verify/resend"), 0, resend),
        flow!("login", "login", Some("POST /v1/login"), 2, login),
        flow!("login, new device", "login", Some("POST /v1/login"), 2, login_new_device).like("login"),
        flow!("login, unknown address", "login", Some("POST /v1/login"), 0, login_unknown).like("login"),
        flow!("passkey challenge", "passkey", Some("POST /v1/passkey/options"), 0, passkey_options),
        flow!("passkey sign-in", "passkey", Some("POST /v1/passkey"), 2, passkey),
        flow!("login with a second factor", "login", Some("POST /v1/login"), 0, login_with_factor).like("login"),
        flow!("TOTP", "mfa", Some("POST /v1/mfa"), 2, totp),
        flow!("ask for a magic link", "passwordless", Some("POST /v1/passwordless"), 0, link_asked),
        flow!("magic link", "passwordless", Some("POST /v1/passwordless/verify"), 2, link),
        flow!("refresh", "token", Some("POST /oauth2/token"), 2, refresh),
        flow!("client_credentials", "token", Some("POST /oauth2/token"), 1, client_credentials),
        flow!("authorize, signed in", "authorize", Some("GET /oauth2/authorize"), 0, authorize),
        flow!("token for a code", "token", Some("POST /oauth2/token"), 2, code),
        flow!("introspect", "token", Some("POST /oauth2/introspect"), 0, introspect),
        flow!("GET /v1/me", "profile", Some("GET /v1/me"), 0, me),
        flow!("GET /v1/me, first in 5 min", "profile", Some("GET /v1/me"), 0, me_after_a_while).like("GET /v1/me"),
        flow!("PATCH /v1/me", "profile", Some("PATCH /v1/me"), 0, me_patch),
        flow!("change the password", "profile", Some("PUT /v1/me/password"), 0, password),
        flow!("list the sessions", "session", Some("GET /v1/me/sessions"), 0, sessions),
        flow!("GET /v1/me/audit", "acts", Some("GET /v1/me/audit"), 0, own_acts),
        flow!("log out", "session", Some("POST /v1/logout"), 0, logout),
        flow!("agree to a purpose", "consent", Some("PUT /v1/me/consents/{purpose}"), 0, agree),
        flow!("consent check", "consent", Some("GET /v1/consents/check"), 0, consent_check),
        flow!("ask to be erased", "erase", Some("POST /v1/me/erasure"), 0, erasure_asked),
        flow!("erase a customer", "eraser", None, 0, erased),
        flow!("key set", "wellknown", Some("GET /.well-known/jwks.json"), 0, jwks),
        flow!("mailer, per mail", "mailer", None, 0, mail),
        flow!("rotate, idle", "rotate", None, 0, rotate),
        flow!("audit, one act", "audit", None, 0, act),
        flow!("audit, 20 acts of one chain", "audit", None, 0, twenty_acts),
        flow!("audit, 90 acts of one chain", "audit", None, 0, ninety_acts),
        flow!("roots, an hour's", "roots", None, 0, root).like("rotate, idle"),
    ]
}

fn post(machine: &Machine, path: &str, body: &Value, status: u16) -> Work {
    Work::Request(machine.request(Method::POST, path).json(body), status)
}

fn form(machine: &Machine, path: &str, fields: &[(&str, &str)]) -> RequestBuilder {
    machine.request(Method::POST, path).form(fields)
}

async fn erasure_asked(machine: &Machine) -> Outcome<Work> {
    let person = machine.customer().await?;
    Ok(Work::Request(machine.request(Method::POST, "/v1/me/erasure").bearer_auth(&person.access), 202))
}

/// The second half of it, once the last mail is sent: the key goes, and the certificate is signed.
async fn erased(machine: &Machine) -> Outcome<Work> {
    let Work::Request(request, status) = erasure_asked(machine).await? else { return Err("no request".into()) };
    machine.send(request, status).await?;
    let event = json!({"portico": "erase"});
    // The mail that tells of it, the run's first half, and the last mail.
    for half in 0..2 {
        for mail in machine.queued().await? {
            machine.system.invoke("mailer", queued_event(&mail)).await?;
        }
        if half == 0 {
            machine.system.invoke("eraser", event.clone()).await?;
        }
    }
    Ok(Work::Event("eraser", event))
}

async fn register(machine: &Machine) -> Outcome<Work> {
    let email = format!("person{:08}@example.com", machine.number());
    Ok(post(machine, "/v1/register", &json!({"email": email, "password": PASSWORD}), 202))
}

async fn verify(machine: &Machine) -> Outcome<Work> {
    let (_, transaction, code) = machine.registered().await?;
    Ok(post(machine, "/v1/verify", &json!({"transaction": transaction, "code": code}), 200))
}

async fn resend(machine: &Machine) -> Outcome<Work> {
    let (_, transaction) = machine.register().await?;
    Ok(post(machine, "/v1/verify/resend", &json!({"transaction": transaction}), 202))
}

async fn login(machine: &Machine) -> Outcome<Work> {
    let Person { email, device, .. } = machine.resident().await?;
    Ok(post(machine, "/v1/login", &json!({"email": email, "password": PASSWORD, "device_token": device}), 200))
}

async fn login_new_device(machine: &Machine) -> Outcome<Work> {
    let email = &machine.resident().await?.email;
    Ok(post(machine, "/v1/login", &json!({"email": email, "password": PASSWORD}), 200))
}

async fn passkey_options(machine: &Machine) -> Outcome<Work> {
    Ok(post(machine, "/v1/passkey/options", &json!({}), 200))
}

async fn passkey(machine: &Machine) -> Outcome<Work> {
    let body = machine.passkey_answer(machine.holder().await?).await?;
    Ok(post(machine, "/v1/passkey", &body, 200))
}

/// A customer with an authenticator app, and its secret.
async fn with_totp(machine: &Machine) -> Outcome<(Person, Secret<Vec<u8>>)> {
    let person = machine.customer().await?;
    let begun = machine.post_as(&person, "/v1/me/factors/totp", json!({}), 201).await?;
    let secret = Secret::new(base32(&text(&begun, "/secret")?)?);
    // the step before, so that the present one is left for the sign-in
    let code = Totp::code(&secret, machine.now() - SignedDuration::from_secs(30));
    let body = json!({"transaction": text(&begun, "/transaction")?, "code": code});
    machine.post_as(&person, "/v1/me/factors/totp/activate", body, 201).await?;
    Ok((person, secret))
}

async fn login_with_factor(machine: &Machine) -> Outcome<Work> {
    let Person { email, device, .. } = with_totp(machine).await?.0;
    Ok(post(machine, "/v1/login", &json!({"email": email, "password": PASSWORD, "device_token": device}), 200))
}

async fn totp(machine: &Machine) -> Outcome<Work> {
    let (Person { email, device, .. }, secret) = with_totp(machine).await?;
    let body = json!({"email": email, "password": PASSWORD, "device_token": device});
    let waits = machine.post("/v1/login", body, 200).await?;
    let code = Totp::code(&secret, machine.now());
    let body = json!({"transaction": text(&waits, "/transaction")?, "method": "totp", "code": code});
    Ok(post(machine, "/v1/mfa", &body, 200))
}

fn link_request(person: &Person) -> Value {
    json!({"email": person.email, "method": "link", "client_id": "shop", "device_token": person.device})
}

async fn link_asked(machine: &Machine) -> Outcome<Work> {
    Ok(post(machine, "/v1/passwordless", &link_request(machine.resident().await?), 202))
}

async fn link(machine: &Machine) -> Outcome<Work> {
    let person = machine.resident().await?;
    let asked = machine.post("/v1/passwordless", link_request(person), 202).await?;
    let link = machine.mail_to(&person.email).await?.link.ok_or("no link was mailed")?;
    let token = link.split_once("token=").ok_or("no token in the link")?.1;
    let body = json!({"transaction": text(&asked, "/transaction")?, "token": token});
    Ok(post(machine, "/v1/passwordless/verify", &body, 200))
}

/// RFC 4648 §6, without padding: as apps are given their secret.
fn base32(text: &str) -> Outcome<Vec<u8>> {
    let mut bits = String::new();
    for letter in text.chars() {
        let value = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567".find(letter).ok_or("no base 32")?;
        bits.push_str(&format!("{value:05b}"));
    }
    let bytes = bits.as_bytes().chunks_exact(8).map(|byte| Ok(u8::from_str_radix(std::str::from_utf8(byte)?, 2)?));
    bytes.collect()
}

async fn login_unknown(machine: &Machine) -> Outcome<Work> {
    let email = format!("nobody{:08}@example.com", machine.number());
    Ok(post(machine, "/v1/login", &json!({"email": email, "password": PASSWORD}), 401))
}

async fn refresh(machine: &Machine) -> Outcome<Work> {
    let token = machine.signed_in().await?.refresh;
    let fields = [("grant_type", "refresh_token"), ("refresh_token", token.as_str()), ("client_id", "portico")];
    Ok(Work::Request(form(machine, "/oauth2/token", &fields), 200))
}

async fn client_credentials(machine: &Machine) -> Outcome<Work> {
    let request = form(machine, "/oauth2/token", &[("grant_type", "client_credentials"), ("scope", "orders:read")]);
    Ok(Work::Request(request.basic_auth("billing", Some("secret")), 200))
}

async fn authorize(machine: &Machine) -> Outcome<Work> {
    let browser = machine.browser().await?;
    Ok(Work::Request(browser.with_cookies(machine.authorize()), 303))
}

async fn code(machine: &Machine) -> Outcome<Work> {
    let back = machine.browser().await?.led(machine.authorize()).await?;
    Ok(Work::Request(machine.request(Method::POST, "/oauth2/token").form(&exchange(&back)?), 200))
}

async fn introspect(machine: &Machine) -> Outcome<Work> {
    let token = machine.signed_in().await?.access;
    let request = form(machine, "/oauth2/introspect", &[("token", &token)]);
    Ok(Work::Request(request.basic_auth("billing", Some("secret")), 200))
}

async fn as_person(machine: &Machine, method: Method, path: &str) -> Outcome<RequestBuilder> {
    Ok(machine.request(method, path).bearer_auth(machine.signed_in().await?.access))
}

async fn me(machine: &Machine) -> Outcome<Work> {
    Ok(Work::Request(as_person(machine, Method::GET, "/v1/me").await?, 200))
}

async fn me_after_a_while(machine: &Machine) -> Outcome<Work> {
    let work = me(machine).await?;
    machine.advance(5 * 60 + 1);
    Ok(work)
}

async fn me_patch(machine: &Machine) -> Outcome<Work> {
    let name = format!("Ada {}", machine.number());
    let request = as_person(machine, Method::PATCH, "/v1/me").await?;
    Ok(Work::Request(request.json(&json!({"profile": {"given_name": name}})), 200))
}

async fn password(machine: &Machine) -> Outcome<Work> {
    let Person { access, .. } = machine.customer().await?;
    let body = json!({"current_password": PASSWORD, "new_password": "another rather long sentence"});
    Ok(Work::Request(machine.request(Method::PUT, "/v1/me/password").bearer_auth(access).json(&body), 204))
}

async fn sessions(machine: &Machine) -> Outcome<Work> {
    let Person { access, .. } = machine.customer().await?;
    Ok(Work::Request(machine.request(Method::GET, "/v1/me/sessions").bearer_auth(access), 200))
}

async fn own_acts(machine: &Machine) -> Outcome<Work> {
    Ok(Work::Request(as_person(machine, Method::GET, "/v1/me/audit").await?, 200))
}

async fn logout(machine: &Machine) -> Outcome<Work> {
    Ok(Work::Request(as_person(machine, Method::POST, "/v1/logout").await?, 204))
}

const PURPOSE: &str = "/v1/me/consents/product_improvement";

async fn agree(machine: &Machine) -> Outcome<Work> {
    let Person { access, .. } = machine.customer().await?;
    let request = machine.request(Method::PUT, PURPOSE).bearer_auth(access);
    Ok(Work::Request(request.json(&json!({"granted": true, "version": 1})), 200))
}

async fn consent_check(machine: &Machine) -> Outcome<Work> {
    let Person { access, customer, .. } = machine.customer().await?;
    let wish = json!({"granted": true, "version": 1});
    machine.send(machine.request(Method::PUT, PURPOSE).bearer_auth(access).json(&wish), 200).await?;
    let fields = [("grant_type", "client_credentials"), ("scope", "consents:check")];
    let request = form(machine, "/oauth2/token", &fields).basic_auth("billing", Some("secret"));
    let token = text(&machine.send(request, 200).await?, "/access_token")?;
    let path = format!("/v1/consents/check?customer={customer}&purpose=product_improvement");
    Ok(Work::Request(machine.request(Method::GET, &path).bearer_auth(token), 200))
}

async fn jwks(machine: &Machine) -> Outcome<Work> {
    Ok(Work::Request(machine.request(Method::GET, "/.well-known/jwks.json"), 200))
}

async fn mail(machine: &Machine) -> Outcome<Work> {
    let waiting = machine.queued().await?;
    machine.register().await?;
    let new = machine.queued().await?.into_iter().find(|mail| !waiting.contains(mail));
    Ok(Work::Event("mailer", queued_event(&new.ok_or("nothing waits in the outbox")?)))
}

async fn rotate(_: &Machine) -> Outcome<Work> {
    Ok(Work::Event("rotate", json!({"portico": "rotate"})))
}

async fn act(machine: &Machine) -> Outcome<Work> {
    acts(machine, 1).await
}

async fn twenty_acts(machine: &Machine) -> Outcome<Work> {
    acts(machine, 20).await
}

async fn ninety_acts(machine: &Machine) -> Outcome<Work> {
    acts(machine, 90).await
}

/// Acts of one customer, and so of one chain.
async fn acts(machine: &Machine, count: usize) -> Outcome<Work> {
    let record = session_record(machine).await?;
    let records = (0..count).map(|_| another(machine, record.clone())).collect::<Outcome<Vec<_>>>()?;
    Ok(Work::Event("audit", json!({"Records": records})))
}

/// The root of an hour that has none yet.
async fn root(machine: &Machine) -> Outcome<Work> {
    machine.advance(60 * 60);
    Ok(Work::Event("roots", json!({"portico": "roots"})))
}

/// What the stream of `transient` tells the audit function of a sign-in.
async fn session_record(machine: &Machine) -> Outcome<Value> {
    let person = machine.signed_in().await?;
    let (pk, sk) = (format!("CUS#{}", person.customer), format!("SES#{}", person.session));
    let change = json!({"NewImage": machine.item("Transient", &pk, &sk).await?});
    Ok(json!({"eventSource": "aws:dynamodb", "eventName": "INSERT", "dynamodb": change}))
}

/// The same with an act of its own: the session's has been sealed already.
fn another(machine: &Machine, mut record: Value) -> Outcome<Value> {
    let body = record.pointer_mut("/dynamodb/NewImage/act/M/body/S").ok_or("a session without an act")?;
    let mut act: Value = serde_json::from_str(body.as_str().unwrap_or_default())?;
    if let Some(id) = act.get_mut("id") {
        *id = ActId::generate(machine.now(), &machine.rng).to_string().into();
    }
    *body = act.to_string().into();
    if let Some(Value::Object(change)) = record.get_mut("dynamodb") {
        change.insert("SequenceNumber".to_owned(), machine.number().to_string().into());
    }
    Ok(record)
}
