//! For every flow, each AWS call in turn fails before it acts, fails after it acted, is throttled,
//! conflicts, or never answers: once, and for as long as the request lasts. Then the caller comes
//! again.
//!
//! Every request meets a cold function, so that unwrapping keys and reading the key schedule fail
//! too. One place is enough for calls of one request that are the same code (the same action on the
//! same tables, as the unwrapping of four keys at once): the first of them and the last. And where a
//! function has been swept by one of its routes, of another one that begins with the same code only what
//! it does last is ([`sweep_last`]).

mod acts;
mod authorize;
mod changing;
mod clients;
mod consents;
mod erasing;
mod events;
mod factors;
mod hosted;
mod logout;
mod oidc;
mod outage;
mod privacy;
mod proving;
mod reading;
mod recovering;
mod registering;
mod sessions;
mod signing_in;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::OnceLock;

use futures_util::future::join_all;
use local::aws::{
    Service,
    calls::Call,
    faults::{Failure, Fault},
};
use serde_json::Value;
use tests::{App, Person, Reply, Setup, World};

use crate::house;
use crate::openapi::operations;

/// Every way to fail.
const FAILURES: [Failure; 6] =
    [Failure::FailBefore, Failure::FailAfter, Failure::Throttle, Failure::Conflict, Failure::Hang, Failure::HangAfter];

/// For how long it fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum For {
    /// One attempt: the SDK's next one arrives.
    OneAttempt,
    /// This call and all like it, until the request has its answer.
    TheRequest,
}

/// What came of it.
struct Seen<R> {
    /// The answer while calls failed.
    first: R,
    /// The answer when it was sent again, if the first was no success.
    again: Option<R>,
    /// What was stored before the request.
    before: World,
    /// What is stored in the end, after all is delivered.
    after: World,
}

impl<R> Seen<R> {
    fn last(&self) -> &R {
        self.again.as_ref().unwrap_or(&self.first)
    }
}

/// An answer to a request or to an event.
trait Answer: Sized {
    fn is_success(&self) -> bool;
    /// Whether it says that it may work later: the only thing to say while calls fail.
    fn is_passing(&self) -> bool;
    /// A failure says that the world is at fault, and when to come again.
    fn assert_well_formed(&self, context: &str);
}

impl Answer for Reply {
    fn is_success(&self) -> bool {
        (200..300).contains(&self.status)
    }

    fn is_passing(&self) -> bool {
        [503, 429].contains(&self.status)
    }

    fn assert_well_formed(&self, context: &str) {
        if self.is_success() {
            return;
        }
        let Self { status, text, .. } = self;
        assert!(self.is_passing() || (400..500).contains(status), "{context}: {status} {text}");
        let of = |name: &str| self[name].as_str().unwrap_or_default().to_owned();
        let is_page = self.header("content-type").starts_with("text/html");
        let is_problem = self.header("content-type") == "application/problem+json"
            && of("type").starts_with("urn:portico:problem:")
            && of("request_id") == self.header("x-request-id");
        let is_oauth = self.header("cache-control") == "no-store" && !of("error").is_empty();
        assert!(is_page || is_problem || is_oauth, "{context}: {status} {text}");
        if self.is_passing() {
            let seconds: u64 = self.header("retry-after").parse().unwrap_or_default();
            assert!(seconds >= 1, "{context}: {status} without Retry-After {text}");
        }
    }
}

/// Events: the schedule, the stream or the operator comes again where the function failed.
impl Answer for Result<Value, String> {
    fn is_success(&self) -> bool {
        self.is_ok()
    }

    fn is_passing(&self) -> bool {
        self.is_err()
    }

    fn assert_well_formed(&self, context: &str) {
        let error = self.as_ref().err().map_or("", String::as_str);
        assert!(!error.contains("panicked") && !error.contains("timed out"), "{context}: {error}");
    }
}

/// One place in a request where AWS is called.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Place {
    service: String,
    action: String,
    tables: Vec<String>,
    /// Which call of the action it is.
    nth: usize,
}

/// The settings of every sweep: hundreds of customers come from one place.
fn setup() -> Setup {
    let most = "1000000";
    ["LIMIT_LOGIN_PER_ADDRESS", "LIMIT_LOGIN_PER_CLIENT", "LIMIT_REGISTER_PER_ADDRESS", "LIMIT_REGISTER_PER_CLIENT"]
        .into_iter()
        .chain([
            "LIMIT_RECOVER_PER_CLIENT",
            "LIMIT_PASSWORDLESS_PER_CLIENT",
            "LIMIT_MFA_PER_CLIENT",
            "LIMIT_PASSKEY_PER_CLIENT",
            "LIMIT_SMS_PER_PREFIX",
            "LIMIT_SMS_PER_DAY",
        ])
        .chain([
            "LIMIT_VERIFY_PER_CLIENT",
            "LIMIT_AUTHORIZE_PER_CLIENT",
            "LIMIT_DEVICE_PER_CLIENT",
            "LIMIT_DEVICE_CODE_PER_CLIENT",
            "LIMIT_ERASE_PER_CLIENT",
            "LIMIT_PASSWORD_PER_CUSTOMER",
            "LIMIT_MAIL_PER_ADDRESS",
        ])
        .chain(["LIMIT_CONSENT_PER_CUSTOMER", "LIMIT_CONSENT_PER_CLIENT", "LIMIT_CLIENTS_PER_CLIENT"])
        .chain(["LIMIT_DOCUMENTS_PER_CLIENT", "LIMIT_DOCUMENTS_PER_HOST"])
        .fold(Setup::default(), |setup, name| setup.setting(name, most))
        .setting("LIMIT_LOGIN_PER_ADDRESS_DAY", most)
        .setting("LIMIT_PASSWORD_PER_CUSTOMER_DAY", most)
        .setting("LIMIT_FACTORS_PER_CUSTOMER", most)
        .setting("LIMIT_EXPORT_PER_CUSTOMER", most)
        .setting("PRIVACY_CONTACT", "privacy@example.com")
        .setting("CLIENTS", CLIENTS)
        .setting("EMAIL_SIGN_IN", "on")
        .parameter("SmsCountries", "DE")
        .parameter("AuditBucket", "make")
        .parameter("ClientIdMetadataDocuments", "127.0.0.1")
}

/// The clients of every sweep. The secret is `secret`.
const CLIENTS: &str = r#"[{"client_id": "billing", "client_name": "Billing", "grant_types": ["client_credentials"],
    "scopes": ["orders:read"], "introspect": true, "audience": ["https://orders.example"],
    "secret_sha256": ["2bb80d537b1da3e38bd30361aa855686bde0eacd7162fef6a25fe97bf527a25b"]},
    {"client_id": "shop", "client_name": "Shop", "grant_types": ["refresh_token"], "direct": true,
    "sign_in_uri": "https://shop.example/sign-in"},
    {"client_id": "web", "client_name": "The Shop", "grant_types": ["authorization_code", "refresh_token"],
    "redirect_uris": ["https://shop.example/back"]},
    {"client_id": "partner", "client_name": "The Partner", "grant_types": ["authorization_code", "refresh_token"],
    "redirect_uris": ["https://partner.example/back"], "third_party": true},
    {"client_id": "tv", "client_name": "The Television",
    "grant_types": ["urn:ietf:params:oauth:grant-type:device_code", "refresh_token"]},
    {"client_id": "bank", "client_name": "Bank", "grant_types": ["refresh_token"], "direct": true,
    "mfa": "required"},
    {"client_id": "operator", "client_name": "Operator", "grant_types": ["client_credentials"],
    "scopes": ["admin:audit", "admin:brands", "admin:clients", "admin:consents", "admin:erasure", "admin:purposes", "admin:requests", "admin:residency",
    "admin:sessions", "clients:register", "consents:check"],
    "secret_sha256": ["2bb80d537b1da3e38bd30361aa855686bde0eacd7162fef6a25fe97bf527a25b"]}]"#;

/// Sweeps one route, or one function that takes events: `prepare` makes what the request needs, `act` sends
/// it, `check` looks at what came of it. `what` is the route as the contract names it, ` by ` and the method
/// where it takes several; or the function's name.
async fn sweep<P, R: Answer>(
    what: &str,
    prepare: impl AsyncFn(&App, usize) -> P,
    act: impl AsyncFn(&App, &P) -> R,
    check: impl AsyncFn(&App, &P, &Seen<R>),
) {
    let (function, places) = clean(what, &prepare, &act, &check).await;
    let ways = FAILURES.map(|failure| {
        let struck = places.iter().filter(|place| place.can_fail(failure));
        struck.flat_map(|place| [For::OneAttempt, For::TheRequest].map(|time| (place, failure, time))).collect()
    });
    fail(what, &function, &ways, (&prepare, &act, &check)).await;
}

/// The same for a further route of a function that is swept: what it does last, the last call of each
/// kind, fails before it acts, after it did, and by another's conflict. Its limits, its keys and its
/// caller are looked up by code that is swept elsewhere.
async fn sweep_last<P, R: Answer>(
    what: &str,
    prepare: impl AsyncFn(&App, usize) -> P,
    act: impl AsyncFn(&App, &P) -> R,
    check: impl AsyncFn(&App, &P, &Seen<R>),
) {
    let (function, places) = clean(what, &prepare, &act, &check).await;
    let mut last: BTreeMap<(&str, &[String]), &Place> = BTreeMap::new();
    for place in places.iter().filter(|place| place.service != format!("{:?}", Service::Kms)) {
        last.insert((&place.action, &place.tables), place);
    }
    let few = [
        (Failure::FailBefore, For::TheRequest),
        (Failure::FailAfter, For::OneAttempt),
        (Failure::FailAfter, For::TheRequest),
        (Failure::Conflict, For::OneAttempt),
    ];
    let ways = few.into_iter().flat_map(|(failure, time)| {
        let struck = last.values().filter(move |place| place.can_fail(failure));
        struck.map(move |&place| (place, failure, time))
    });
    fail(what, &function, &[ways.collect()], (&prepare, &act, &check)).await;
}

/// The request when nothing fails: the function that serves it, and the places where it calls AWS.
async fn clean<P, R: Answer>(
    what: &str,
    prepare: &impl AsyncFn(&App, usize) -> P,
    act: &impl AsyncFn(&App, &P) -> R,
    check: &impl AsyncFn(&App, &P, &Seen<R>),
) -> (String, Vec<Place>) {
    let function = function_of(what);
    let app = App::with(setup()).await;
    let prepared = prepare(&app, 0).await;
    let logged = app.log().len();
    let seen = attempt(&app, &function, act, &prepared, None, "clean").await;
    assert!(seen.again.is_none(), "works when nothing fails");
    if let Some((method, path)) = route_of(what) {
        let lines = app.log().split_off(logged);
        let line = |line: &String| serde_json::from_str::<Value>(line).unwrap();
        let is_it = |line: Value| line["method"] == method && line["route"] == path;
        assert!(lines.iter().map(line).any(is_it), "{what} was not asked: {lines:?}");
    }
    check(&app, &prepared, &seen).await;
    // What the request calls, from another cold start.
    let prepared = prepare(&app, 1).await;
    app.system.restart_function(&function);
    app.take_calls();
    act(&app, &prepared).await;
    let places = places(&app.take_calls(), &function);
    assert!(!places.is_empty(), "{what} calls nothing");
    (function, places)
}

/// A place, how it fails, and for how long.
type Way<'a> = (&'a Place, Failure, For);

/// Fails in each of these ways; those of one group after each other, in a system of their own.
#[expect(clippy::print_stdout, reason = "how much was swept, for whoever asks with --nocapture")]
async fn fail<P, R: Answer>(
    what: &str,
    function: &str,
    groups: &[Vec<Way<'_>>],
    (prepare, act, check): (
        &impl AsyncFn(&App, usize) -> P,
        &impl AsyncFn(&App, &P) -> R,
        &impl AsyncFn(&App, &P, &Seen<R>),
    ),
) {
    let started = std::time::Instant::now();
    join_all(groups.iter().map(async |ways| {
        // Hanging calls cost the test their timeout.
        let hangs = ways.iter().any(|(_, failure, _)| [Failure::Hang, Failure::HangAfter].contains(failure));
        let app = App::with(if hangs { setup().impatient() } else { setup() }).await;
        for (n, &(place, failure, time)) in ways.iter().enumerate() {
            let Place { action, tables, nth, .. } = place;
            let context = format!("{what}: {failure:?} for {time:?} at {action} {tables:?} #{nth}");
            let prepared = prepare(&app, n).await;
            let seen = attempt(&app, function, act, &prepared, Some((place, failure, time)), &context).await;
            check(&app, &prepared, &seen).await;
        }
    }))
    .await;
    let (count, seconds) = (groups.iter().map(Vec::len).sum::<usize>(), started.elapsed().as_secs_f64());
    println!("{what}: {count} failures, {seconds:.1} s");
}

/// Method and path of a route; nothing for a function.
fn route_of(what: &str) -> Option<(&str, &str)> {
    let mut words = what.split(' ');
    Some((words.next()?, words.next()?))
}

/// The function that serves a route.
fn function_of(what: &str) -> String {
    static ROUTES: OnceLock<BTreeMap<(String, String), String>> = OnceLock::new();
    let Some((method, path)) = route_of(what) else { return what.to_owned() };
    let routes = ROUTES.get_or_init(|| {
        let of = |function: house::FunctionSpec| {
            function.routes.into_iter().map(move |route| ((route.method, route.path), function.flow.clone()))
        };
        house::functions().into_iter().flat_map(of).collect()
    });
    routes[&(method.to_owned(), path.to_owned())].clone()
}

/// Routes that are not swept, and why.
const EXCUSED: [(&str, &str); 5] = [
    ("GET /.well-known/oauth-authorization-server", "calls nothing"),
    ("GET /.well-known/openid-configuration", "calls nothing"),
    ("GET /.well-known/webauthn", "calls nothing"),
    ("GET /device", "calls nothing"),
    ("GET /openapi.json", "calls nothing"),
];

/// What the sweeps of this folder name.
fn swept() -> BTreeSet<String> {
    let mut named = BTreeSet::new();
    for path in house::files("tests/faults", ".rs") {
        let source = std::fs::read_to_string(house::at(&path)).unwrap();
        for call in ["sweep", "sweep_last"].map(|name| format!("{name}(")) {
            let given = source.split(&call).skip(1).filter_map(|rest| rest.trim_start().strip_prefix('"'));
            named.extend(given.filter_map(|rest| rest.split_once('"')).map(|(what, _)| what.to_owned()));
        }
    }
    named
}

#[test]
fn every_route_is_swept_or_excused() {
    let swept = swept();
    let mut routes: BTreeSet<_> = swept.iter().filter_map(|what| route_of(what)).collect();
    for (excused, _) in EXCUSED {
        assert!(routes.insert(route_of(excused).unwrap()), "{excused} is swept, and needs no excuse");
    }
    let all = operations();
    let all: BTreeSet<_> = all.iter().map(|one| (one.method.as_str(), one.path.as_str())).collect();
    assert_eq!(routes, all);
    // And `/v1/mfa` by whatever proves something there.
    for method in ["passkey", "totp", "sms", "email", "recovery_code", "password", "delayed_recovery"] {
        assert!(swept.contains(&format!("POST /v1/mfa by {method}")), "{method} at /v1/mfa is not swept");
    }
}

/// One request that fails in one way, and once more if it did not succeed.
async fn attempt<P, R: Answer>(
    app: &App,
    function: &str,
    act: &impl AsyncFn(&App, &P) -> R,
    prepared: &P,
    fails: Option<(&Place, Failure, For)>,
    context: &str,
) -> Seen<R> {
    let before = World::of(app).await;
    app.system.restart_function(function);
    if let Some((place, failure, time)) = fails {
        app.system.faults().inject(place.fault(function, failure, time));
    }
    let first = act(app, prepared).await;
    let struck = app.system.faults().struck();
    app.system.faults().clear();
    first.assert_well_formed(context);
    assert!(first.is_success() || first.is_passing(), "{context}: a failure of AWS is nobody's mistake");
    if let Some((_, failure, time)) = fails {
        assert!(struck > 0, "{context}: was not reached");
        // An attempt that hangs is given up by the clock on the wall, and a busy machine may make
        // the next one as slow: then the caller's retry has to do.
        let by_the_clock = [Failure::Hang, Failure::HangAfter].contains(&failure);
        let may_fail = time == For::TheRequest || by_the_clock;
        assert!(may_fail || first.is_success(), "{context}: the SDK's next attempt was to succeed");
    }
    let mut again = None;
    if !first.is_success() {
        app.advance(domain::SignedDuration::from_secs(1));
        let answer = act(app, prepared).await;
        answer.assert_well_formed(context);
        again = Some(answer);
    }
    app.settle().await;
    let after = World::of(app).await;
    after.assert_sound();
    after.assert_audited();
    Seen { first, again, before, after }
}

impl Place {
    /// Whether this failure is another than those that are swept anyway: what only reads has nothing
    /// to fail after, and conflicts are for writes of DynamoDB (elsewhere one is throttled).
    fn can_fail(&self, failure: Failure) -> bool {
        let is_dynamodb = self.service == format!("{:?}", Service::DynamoDb);
        let reads = ["GetItem", "BatchGetItem", "Query", "Scan", "Decrypt", "GetPublicKey"];
        let is_read = reads.contains(&self.action.as_str());
        match failure {
            Failure::FailAfter | Failure::HangAfter => !is_read,
            Failure::Conflict => is_dynamodb && !is_read,
            Failure::FailBefore | Failure::Throttle | Failure::Hang | Failure::Refuse => true,
        }
    }

    fn fault(&self, function: &str, failure: Failure, time: For) -> Fault {
        let fault = Fault::new(failure).function(function).service(service(&self.service)).action(&self.action);
        match time {
            For::OneAttempt => fault.nth(self.nth).times(1),
            For::TheRequest => fault.nth(self.nth),
        }
    }
}

fn service(name: &str) -> Service {
    let all = [Service::DynamoDb, Service::Kms, Service::Ses, Service::Sns, Service::S3, Service::Lambda];
    all.into_iter().find(|service| format!("{service:?}") == name).unwrap()
}

/// The places of a run: of calls that are the same code, the first and the last.
fn places(calls: &[Call], function: &str) -> Vec<Place> {
    let mut counts: BTreeMap<(String, String), usize> = BTreeMap::new();
    let mut alike: BTreeMap<(String, String, Vec<String>), Vec<Place>> = BTreeMap::new();
    for call in calls.iter().filter(|call| call.function == function) {
        let (service, action) = (format!("{:?}", call.service), call.action.clone());
        let nth = counts.entry((service.clone(), action.clone())).or_default();
        *nth += 1;
        let place = Place { service, action, tables: call.tables.clone(), nth: *nth };
        let same = alike.entry((place.service.clone(), place.action.clone(), place.tables.clone())).or_default();
        same.truncate(1);
        same.push(place);
    }
    alike.into_values().flatten().collect()
}

/// An address of their own.
fn guest(n: usize) -> String {
    format!("guest{n}@example.com")
}

/// A customer of their own.
async fn a_customer(app: &App, n: usize) -> Person {
    app.customer(&guest(n)).await
}

/// The same customer each time, in a session of its own: for requests that leave the customer as
/// they are.
async fn a_session(app: &App, n: usize) -> Person {
    const ADA: (&str, &str) = ("ada@example.com", "a rather long sentence");
    if n == 0 {
        return app.customer(ADA.0).await;
    }
    Person::signed_in(ADA.0, ADA.1, &app.login(ADA.0, ADA.1).await.expect(200))
}

/// How many sessions the person has more than before.
fn gained(seen: &Seen<Reply>, person: &Person) -> isize {
    let live = |world: &World| isize::try_from(world.live_sessions(&person.sub)).unwrap();
    live(&seen.after) - live(&seen.before)
}

/// What nobody who only reads may leave behind.
fn assert_unchanged(seen: &Seen<Reply>) {
    assert_eq!(seen.before.directory.len(), seen.after.directory.len());
    assert_eq!(seen.before.outbox.len(), seen.after.outbox.len());
}

/// The sweep's settings again, for a system that is deployed anew with hashes of so many KiB.
fn settings(memory: &str) -> Vec<(String, String)> {
    let hash = [("ARGON2_MEMORY_KIB", memory), ("ARGON2_ITERATIONS", "1")];
    setup().settings.into_iter().chain(hash.map(|(name, value)| (name.to_owned(), value.to_owned()))).collect()
}
