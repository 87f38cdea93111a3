//! A running system, and the people who use it.

use std::sync::{
    Arc, Mutex, PoisonError,
    atomic::{AtomicI64, AtomicU64, Ordering},
};

use authenticator::Authenticator;
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use domain::{CustomerId, Rng, Timestamp};
use edge::{Clock, Level, Log};
use local::{Options, SOURCE_IP, System, aws::Service};
use reqwest::{Client, Method, RequestBuilder, redirect::Policy};
use serde_json::{Value, json};
use tokio::sync::OnceCell;

use crate::{
    Outcome,
    browser::{Browser, param, wanted},
};

/// Where the private halves of signing keys are.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum SigningMode {
    /// In KMS.
    Kms,
    /// With the function, unwrapped once.
    KmsWrapped,
}

/// What a password's hash costs.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Hash {
    /// What the template says.
    Deployed,
    /// Next to nothing, where everything else is to be seen.
    Cheap,
}

/// How a system is wanted.
pub(crate) struct Setup {
    mode: SigningMode,
    hash: Hash,
    clock: Clock,
}

impl Setup {
    /// For counting: time stands still unless it is moved.
    pub(crate) fn counting(mode: SigningMode) -> Self {
        let now = AtomicI64::new(Clock::System.now().as_millisecond());
        Self { mode, hash: Hash::Cheap, clock: Clock::Manual(Arc::new(now)) }
    }

    /// For timing: processes of their own have no other clock than the system's.
    pub(crate) fn timing(hash: Hash) -> Self {
        Self { mode: SigningMode::KmsWrapped, hash, clock: Clock::System }
    }
}

/// A running system, and a client that asks it.
pub(crate) struct Machine {
    /// The system.
    pub(crate) system: System,
    http: Client,
    clock: Clock,
    log: Arc<Mutex<Vec<String>>>,
    next: AtomicU64,
    /// Randomness for what is made up here.
    pub(crate) rng: Rng,
    resident: OnceCell<Person>,
    holder: OnceCell<(Person, Mutex<Authenticator>)>,
}

/// A signed-in customer.
#[derive(Clone)]
pub(crate) struct Person {
    /// Their address.
    pub(crate) email: String,
    /// Their id.
    pub(crate) customer: CustomerId,
    /// Their session.
    pub(crate) session: String,
    /// Their access token.
    pub(crate) access: String,
    /// Their refresh token.
    pub(crate) refresh: String,
    /// Their device's token.
    pub(crate) device: String,
}

/// Everybody's password.
pub(crate) const PASSWORD: &str = "a rather long sentence";

/// An app that signs its customers in itself, one that has them signed in, and a service that may ask for tokens of
/// its own and about others'. Its secret is `secret`.
const CLIENTS: &str = r#"[{"client_id": "shop", "client_name": "Shop", "grant_types": ["refresh_token"], "direct": true,
    "sign_in_uri": "https://shop.example/signed-in"}, {"client_id": "web", "client_name": "Web",
    "grant_types": ["authorization_code", "refresh_token"], "redirect_uris": ["https://web.example/back"]},
    {"client_id": "billing", "client_name": "Billing", "introspect": true,
    "grant_types": ["client_credentials"], "scopes": ["orders:read", "consents:check"], "audience": ["https://orders.example"],
    "secret_sha256": ["2bb80d537b1da3e38bd30361aa855686bde0eacd7162fef6a25fe97bf527a25b"]}]"#;

impl Machine {
    /// Starts a system. Limits are counted as ever, but nobody reaches them.
    pub(crate) async fn start(setup: &Setup) -> Outcome<Self> {
        let (log, lines) = Log::capture();
        let mode = if setup.mode == SigningMode::Kms { "kms" } else { "kms-wrapped" };
        let mut settings = vec![
            ("CLIENTS", CLIENTS),
            ("EMAIL_SIGN_IN", "on"),
            ("ERASURE_GRACE_DAYS", "0"),
            ("LIMIT_REGISTER_PER_ADDRESS", "1000000"),
            ("LIMIT_MAIL_PER_ADDRESS", "1000000"),
            ("LIMIT_LOGIN_PER_ADDRESS", "1000000"),
            ("LIMIT_LOGIN_PER_ADDRESS_DAY", "1000000"),
            ("LIMIT_LOGIN_PER_DEVICE", "1000000"),
            ("LIMIT_LOGIN_PER_DEVICE_DAY", "1000000"),
            ("LIMIT_TOKEN_PER_CLIENT", "1000000"),
            ("LIMIT_AUTHORIZE_PER_CLIENT", "1000000"),
            ("LIMIT_CONSENT_PER_CUSTOMER", "1000000"),
        ];
        if setup.hash == Hash::Cheap {
            settings.extend([("ARGON2_MEMORY_KIB", "64"), ("ARGON2_ITERATIONS", "1")]);
        }
        let options = Options {
            clock: setup.clock.clone(),
            rng: Rng::seeded([7; 32]),
            log: log.at_least(Level::Info),
            parameters: vec![("SigningMode".to_owned(), mode.to_owned())],
            settings: settings.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect(),
            tuning: edge::SdkTuning::default(),
            ..Options::default()
        };
        Ok(Self {
            system: System::start(options).await?,
            http: Client::builder().redirect(Policy::none()).build()?,
            clock: setup.clock.clone(),
            log: lines,
            next: AtomicU64::new(1),
            rng: Rng::seeded([8; 32]),
            resident: OnceCell::new(),
            holder: OnceCell::new(),
        })
    }

    /// Lets time pass, if time is ours.
    pub(crate) fn advance(&self, seconds: i64) {
        if let Clock::Manual(ms) = &self.clock {
            ms.fetch_add(seconds * 1000, Ordering::SeqCst);
        }
    }

    /// The functions' time.
    pub(crate) fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// A number that nobody had before.
    pub(crate) fn number(&self) -> u64 {
        self.next.fetch_add(1, Ordering::Relaxed)
    }

    /// The lines logged since the last time.
    pub(crate) fn take_log(&self) -> Vec<String> {
        std::mem::take(&mut *self.log.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// A request, from an address that nobody had before.
    pub(crate) fn request(&self, method: Method, path: &str) -> RequestBuilder {
        let [.., a, b, c] = self.number().to_be_bytes();
        self.http
            .request(method, format!("{}{path}", self.system.gateway_url()))
            .header(SOURCE_IP, format!("10.{a}.{b}.{c}"))
    }

    /// Sends a request that must be answered with this status.
    pub(crate) async fn send(&self, request: RequestBuilder, status: u16) -> Outcome<Value> {
        let answer = request.send().await?;
        let (found, path) = (answer.status().as_u16(), answer.url().path().to_owned());
        let text = answer.text().await?;
        if found != status {
            return Err(format!("{path} answered {found}: {text}\n{}", self.take_log().join("\n")).into());
        }
        Ok(serde_json::from_str(&text).unwrap_or(Value::Null))
    }

    /// `POST` of JSON.
    pub(crate) async fn post(&self, path: &str, body: Value, status: u16) -> Outcome<Value> {
        self.send(self.request(Method::POST, path).json(&body), status).await
    }

    /// Begins a registration; its address and transaction.
    pub(crate) async fn register(&self) -> Outcome<(String, String)> {
        let email = format!("person{:08}@example.com", self.number());
        let answer = self.post("/v1/register", json!({"email": email, "password": PASSWORD}), 202).await?;
        Ok((email, text(&answer, "/transaction")?))
    }

    /// A registration with the code that was mailed; its address, transaction and code.
    pub(crate) async fn registered(&self) -> Outcome<(String, String, String)> {
        let waiting = self.queued().await?;
        let (email, transaction) = self.register().await?;
        for mail in self.queued().await?.into_iter().filter(|mail| !waiting.contains(mail)) {
            self.system.invoke("mailer", queued_event(&mail)).await?;
        }
        let mails = self.system.outbox().await?;
        let code = mails.iter().rev().find(|mail| mail.to == email).and_then(|mail| mail.code.clone());
        Ok((email, transaction, code.ok_or("no code was mailed")?))
    }

    /// A new customer, signed in.
    pub(crate) async fn customer(&self) -> Outcome<Person> {
        let (email, transaction, code) = self.registered().await?;
        let answer = self.post("/v1/verify", json!({"transaction": transaction, "code": code}), 200).await?;
        Person::read(email, &answer)
    }

    /// The customer who was here first.
    pub(crate) async fn resident(&self) -> Outcome<&Person> {
        self.resident.get_or_try_init(|| self.customer()).await
    }

    /// That customer in another session.
    pub(crate) async fn signed_in(&self) -> Outcome<Person> {
        let Person { email, device, .. } = self.resident().await?.clone();
        let body = json!({"email": email, "password": PASSWORD, "device_token": device});
        Person::read(email, &self.post("/v1/login", body, 200).await?)
    }

    /// What the app `web` sends browsers for.
    pub(crate) fn authorize(&self) -> RequestBuilder {
        self.request(Method::GET, "/oauth2/authorize").query(&wanted())
    }

    /// A browser where that customer is signed in.
    pub(crate) async fn browser(&self) -> Outcome<Browser> {
        let email = &self.resident().await?.email;
        let mut browser = Browser::default();
        let waits = browser.led(self.authorize()).await?;
        let transaction = param(&waits, "transaction").ok_or("nobody is asked to sign in")?;
        let fields = [("transaction", transaction.as_str()), ("email", email), ("password", PASSWORD)];
        browser.led(self.request(Method::POST, "/sign-in").form(&fields)).await?;
        Ok(browser)
    }

    /// `POST` of JSON by somebody who is signed in.
    pub(crate) async fn post_as(&self, person: &Person, path: &str, body: Value, status: u16) -> Outcome<Value> {
        self.send(self.request(Method::POST, path).bearer_auth(&person.access).json(&body), status).await
    }

    /// A customer with a passkey that was used today, and their authenticator.
    pub(crate) async fn holder(&self) -> Outcome<&(Person, Mutex<Authenticator>)> {
        self.holder.get_or_try_init(|| self.hold()).await
    }

    async fn hold(&self) -> Outcome<(Person, Mutex<Authenticator>)> {
        let person = self.customer().await?;
        let asked = self.post_as(&person, "/v1/me/factors/passkey/options", json!({}), 200).await?;
        let mut authenticator = Authenticator::new(&self.system.gateway_url());
        let credential = authenticator.create(asked.get("public_key").ok_or("no options")?);
        let body = json!({"transaction": text(&asked, "/transaction")?, "credential": credential});
        self.post_as(&person, "/v1/me/factors/passkey", body, 201).await?;
        let holder = (person, Mutex::new(authenticator));
        let body = self.passkey_answer(&holder).await?;
        self.post("/v1/passkey", body, 200).await?;
        Ok(holder)
    }

    /// A passkey's answer to a new challenge.
    pub(crate) async fn passkey_answer(&self, (person, key): &(Person, Mutex<Authenticator>)) -> Outcome<Value> {
        let asked = self.post("/v1/passkey/options", json!({}), 200).await?;
        let options = asked.get("public_key").ok_or("no options")?;
        let credential = key.lock().unwrap_or_else(PoisonError::into_inner).get(options);
        let transaction = text(&asked, "/transaction")?;
        Ok(json!({"transaction": transaction, "credential": credential, "device_token": person.device}))
    }

    /// The newest mail to an address, once all that waits is sent.
    pub(crate) async fn mail_to(&self, email: &str) -> Outcome<local::outbox::Mail> {
        for mail in self.queued().await? {
            self.system.invoke("mailer", queued_event(&mail)).await?;
        }
        let mails = self.system.outbox().await?;
        mails.into_iter().rev().find(|mail| mail.to == email).ok_or_else(|| format!("no mail to {email}").into())
    }

    /// What waits in the outbox.
    pub(crate) async fn queued(&self) -> Outcome<Vec<String>> {
        let items = self.system.dump("Outbox").await?;
        items.iter().filter(|item| item.get("due").is_some()).map(|item| text(item, "/pk/S")).collect()
    }

    /// An item, by its key.
    pub(crate) async fn item(&self, table: &str, pk: &str, sk: &str) -> Outcome<Value> {
        let input = json!({
            "TableName": self.system.table(table), "Key": {"pk": {"S": pk}, "sk": {"S": sk}}, "ConsistentRead": true,
        });
        let mut answer = self.system.operate(Service::DynamoDb, "GetItem", input).await?;
        answer.get_mut("Item").map(Value::take).ok_or_else(|| format!("{table} has no {pk} {sk}").into())
    }
}

impl Person {
    fn read(email: String, answer: &Value) -> Outcome<Self> {
        let access = text(answer, "/access_token")?;
        let claims = access.split('.').nth(1).ok_or("no JWT")?;
        let claims: Value = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(claims)?)?;
        let customer = CustomerId::parse(&text(&claims, "/sub")?).ok_or("no customer")?;
        let (session, refresh) = (text(&claims, "/sid")?, text(answer, "/refresh_token")?);
        let device = text(answer, "/device_token")?;
        Ok(Self { email, customer, session, access, refresh, device })
    }
}

/// What the outbox's stream tells the mailer of a new item.
pub(crate) fn queued_event(pk: &str) -> Value {
    let keys = json!({"pk": {"S": pk}, "sk": {"S": "OUT"}});
    json!({"Records": [{"eventSource": "aws:dynamodb", "eventName": "INSERT", "dynamodb": {"Keys": keys}}]})
}

/// A text in a value.
pub(crate) fn text(value: &Value, pointer: &str) -> Outcome<String> {
    let found = value.pointer(pointer).and_then(Value::as_str);
    found.map(str::to_owned).ok_or_else(|| format!("no {pointer} in {value}").into())
}
