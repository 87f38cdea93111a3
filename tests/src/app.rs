//! A running Portico.

use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use domain::{Rng, Settings, SignedDuration};
use edge::{Clock, Deployment, Log, SdkTuning};
use local::aws::calls::Call;
use local::outbox::Mail;
use local::{Options, SOURCE_IP, System};
use reqwest::{Method, RequestBuilder};
use serde_json::Value;
use store::Store;

use crate::Reply;

/// When every test begins: 2027-01-15T08:00:00Z.
const BEGIN_MS: i64 = 1_800_000_000_000;

/// How a test wants its system.
#[derive(Clone, Debug, Default)]
pub struct Setup {
    /// Settings on top of the template's environment.
    pub settings: Vec<(String, String)>,
    /// Parameters of the template.
    pub parameters: Vec<(String, String)>,
    /// How long an SDK's attempt may take.
    pub attempt_timeout: Option<Duration>,
    /// How long a function gives a request.
    pub deadline: Option<Duration>,
    /// Where everything is kept.
    pub data: Option<std::path::PathBuf>,
}

impl Setup {
    /// With a setting.
    #[must_use]
    pub fn setting(mut self, name: &str, value: &str) -> Self {
        self.settings.push((name.to_owned(), value.to_owned()));
        self
    }

    /// With a parameter of the template.
    #[must_use]
    pub fn parameter(mut self, name: &str, value: &str) -> Self {
        self.parameters.push((name.to_owned(), value.to_owned()));
        self
    }

    /// With calls that time out quickly, for tests in which some never answer.
    #[must_use]
    pub fn impatient(mut self) -> Self {
        self.attempt_timeout = Some(Duration::from_millis(400));
        self
    }
}

/// A running Portico, and a client that asks it.
pub struct App {
    /// The system itself.
    pub system: System,
    clock: Arc<AtomicI64>,
    log: Arc<Mutex<Vec<String>>>,
    http: reqwest::Client,
}

impl App {
    /// A system with everything as deployed, but for cheap password hashes.
    pub async fn start() -> Self {
        Self::with(Setup::default()).await
    }

    /// A system as the test wants it.
    pub async fn with(setup: Setup) -> Self {
        let clock = Arc::new(AtomicI64::new(BEGIN_MS));
        let (log, lines) = Log::capture();
        let cheap = [("ARGON2_MEMORY_KIB", "64"), ("ARGON2_ITERATIONS", "1")];
        let mut settings: Vec<_> = cheap.map(|(n, v)| (n.to_owned(), v.to_owned())).into();
        settings.extend(setup.settings);
        let options = Options {
            clock: Clock::Manual(clock.clone()),
            rng: Rng::seeded([42; 32]),
            log,
            parameters: setup.parameters,
            settings,
            data: setup.data,
            upstream: upstream(),
            deadline: setup.deadline.unwrap_or(Options::default().deadline),
            tuning: SdkTuning {
                attempt_timeout: setup.attempt_timeout.unwrap_or(Duration::from_secs(20)),
                ..Options::default().tuning
            },
            ..Options::default()
        };
        let system = System::start(options).await.unwrap();
        let http = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).build().unwrap();
        Self { system, clock, log: lines, http }
    }

    /// Deploys again, with other parameters and settings.
    pub async fn redeploy(&self, setup: Setup) {
        let cheap = [("ARGON2_MEMORY_KIB", "64"), ("ARGON2_ITERATIONS", "1")];
        let settings = cheap.map(|(name, value)| (name.to_owned(), value.to_owned()));
        let settings: Vec<_> = settings.into_iter().chain(setup.settings).collect();
        self.system.update(&setup.parameters, &settings).await.unwrap();
    }

    /// Moves the clock.
    pub fn advance(&self, by: SignedDuration) {
        self.clock.fetch_add(i64::try_from(by.as_millis()).unwrap(), Ordering::SeqCst);
    }

    /// The time, in seconds.
    pub fn now(&self) -> i64 {
        self.clock.load(Ordering::SeqCst) / 1000
    }

    /// A request to this path.
    pub fn request(&self, method: Method, path: &str) -> RequestBuilder {
        self.http.request(method, format!("{}{path}", self.system.gateway_url()))
    }

    /// A request to an address that an answer named.
    pub fn request_at(&self, method: Method, address: &str) -> RequestBuilder {
        self.http.request(method, address)
    }

    /// Sends a request.
    pub async fn send(&self, request: RequestBuilder) -> Reply {
        Reply::read(request.send().await.unwrap()).await
    }

    /// `GET` as nobody.
    pub async fn get(&self, path: &str) -> Reply {
        self.send(self.request(Method::GET, path)).await
    }

    /// `POST` of JSON as nobody.
    pub async fn post(&self, path: &str, body: Value) -> Reply {
        self.send(self.request(Method::POST, path).json(&body)).await
    }

    /// `POST` of JSON as nobody, from this address.
    pub async fn post_from(&self, addr: &str, path: &str, body: Value) -> Reply {
        self.send(self.request(Method::POST, path).header(SOURCE_IP, addr).json(&body)).await
    }

    /// `POST` of a form as nobody.
    pub async fn form(&self, path: &str, fields: &[(&str, &str)]) -> Reply {
        self.send(self.request(Method::POST, path).form(fields)).await
    }

    /// Delivers streams, mail and whatever they cause, until all is quiet.
    pub async fn settle(&self) {
        self.system.pump().await.unwrap();
    }

    /// Every mail so far, after all is delivered.
    pub async fn mails(&self) -> Vec<Mail> {
        self.settle().await;
        self.system.outbox().await.unwrap()
    }

    /// The newest mail to this address.
    pub async fn mail_to(&self, address: &str) -> Mail {
        let mails = self.mails().await;
        let newest = mails.iter().rev().find(|mail| mail.to == address);
        match newest {
            Some(mail) => mail.clone(),
            None => panic!("no mail to {address}"),
        }
    }

    /// The code in the newest mail to this address that has one.
    pub async fn code_to(&self, address: &str) -> String {
        let mails = self.mails().await;
        let code = mails.into_iter().rev().filter(|mail| mail.to == address).find_map(|mail| mail.code);
        code.unwrap_or_else(|| panic!("no code to {address}"))
    }

    /// The token in the link of the newest mail to this address.
    pub async fn link_token_to(&self, address: &str) -> String {
        let link = self.mail_to(address).await.link.unwrap();
        link.split_once("token=").unwrap().1.to_owned()
    }

    /// The token in the newest mail to this address whose link leads to this page.
    pub async fn token_of(&self, page: &str, address: &str) -> String {
        let mails = self.mails().await;
        let mine = mails.iter().rev().filter(|mail| mail.to == address);
        let mut links = mine.filter_map(|mail| mail.link.as_deref()?.split_once(&format!("{page}?token=")));
        match links.next() {
            Some((_, token)) => token.to_owned(),
            None => panic!("no link to {page} for {address}"),
        }
    }

    /// The store as a flow's function has it, with its rights: for what no route does.
    pub fn store(&self, flow: &str) -> Store {
        use domain::KeyPurpose::{Branch, Index, Mac, Outbox};
        let settings = Settings::new(self.system.instance(flow).unwrap().environment);
        let sdk = Deployment::sdk(&settings, SdkTuning::default()).unwrap();
        let keys = keys::Keys::new(&sdk, &settings).unwrap();
        let store = Store::open(&sdk, &settings, &Rng::seeded([43; 32])).unwrap();
        store.with_keys(keys, &[Branch, Index, Mac, Outbox])
    }

    /// The calls to AWS since the last time.
    pub fn take_calls(&self) -> Vec<Call> {
        self.system.calls().take()
    }

    /// Every line that was logged.
    pub fn log(&self) -> Vec<String> {
        self.log.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// Another AWS to run against, if one is given.
#[expect(clippy::disallowed_methods, reason = "a test has no deployment to read it for")]
fn upstream() -> Option<String> {
    std::env::var("PORTICO_TEST_AWS").ok().filter(|url| !url.is_empty())
}
