//! The pages on which customers sign in to an app, as a browser without scripts sees them.

use domain::SignedDuration;
use reqwest::Method;
use serde_json::json;
use tests::{App, Authenticator, Browser, Person, Setup, TotpApp, VERIFIER, WEB, World, claims};

const SESSION: &str = "__Host-portico-session";
const BROWSER: &str = "__Host-portico-browser";
const PENDING: &str = "__Host-portico-sign-in";
const DEVICE: &str = "__Host-portico-device";

fn setup() -> Setup {
    let bank =
        WEB.replace("\"web\"", "\"bank\"").replace("The Shop", "The Bank").replace("https://shop", "https://bank");
    let bank = bank.replacen('{', "{\"mfa\": \"required\", ", 1);
    Setup::default().setting("CLIENTS", &format!("[{WEB}, {bank}]")).setting("EMAIL_SIGN_IN", "on")
}

async fn start() -> App {
    App::with(setup()).await
}

/// A customer with an authenticator app, whose last code is over.
async fn with_app(app: &App, email: &str) -> (Person, TotpApp) {
    let person = app.customer(email).await;
    let (phone, _) = person.add_totp(app).await;
    app.advance(SignedDuration::from_secs(60));
    (person, phone)
}

fn at_bank(more: &[(&'static str, &'static str)]) -> Vec<(&'static str, &'static str)> {
    [&[("client_id", "bank"), ("redirect_uri", "https://bank.example/back")], more].concat()
}

/// Back at the shop, with a code.
#[track_caller]
fn assert_back(app: &App, reply: &tests::Reply) {
    let back = reply.back_at(Browser::HOME);
    assert!(back["code"].len() > 20 && back["state"] == "as-it-is", "{back:?}");
    assert_eq!(back["iss"], app.system.gateway_url());
    assert_eq!(back.len(), 3, "{back:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_customer_signs_in_to_an_app_by_password_and_app() {
    let app = start().await;
    let (ada, phone) = with_app(&app, "ada@example.com").await;
    let mut browser = Browser::default();

    let page = browser.authorize(&app, &[("login_hint", "ada@example.com")]).await.expect(200);
    assert_eq!(page.headline(), "Sign in");
    assert!(page.text.contains("The Shop") && page.header("cache-control") == "no-store", "{}", page.text);
    assert_eq!(page.filled("sign_in", "email"), "ada@example.com");
    assert!(!page.header("content-security-policy").contains("form-action"), "its answer leads to the app");
    assert!(page.header("content-security-policy").contains("default-src 'none'"));
    assert_eq!(browser.cookies(), [BROWSER]);

    let wrong = browser.sign_in(&app, &page, &ada.email, "not the right sentence").await.expect(401);
    assert!(wrong.alert().unwrap().contains("do not belong together"), "{}", wrong.text);
    assert_eq!(wrong.filled("sign_in", "password"), "", "what was typed unseen is not shown");
    let no_address = browser.sign_in(&app, &wrong, "<b>ada</b>", "x").await.expect(422);
    assert!(no_address.alert().is_some() && !no_address.text.contains("<b>"), "{}", no_address.text);

    let proof = browser.sign_in(&app, &wrong, &ada.email, &ada.password).await.expect(200);
    assert!(proof.has("code") && proof.has("remember_device") && !proof.has("send"), "{}", proof.text);
    assert!(browser.cookie(PENDING).is_some() && browser.cookie(SESSION).is_none());
    assert!(!proof.text.contains(browser.cookie(PENDING).unwrap()), "what waits stands on no page");

    let wrong = browser.submit(&app, &proof, "proof", &[("code", "12345")]).await.expect(422);
    assert!(wrong.alert().unwrap().contains("six digits"), "{}", wrong.text);
    let bad = if phone.code(&app) == "000000" { "000001" } else { "000000" };
    let wrong = browser.submit(&app, &proof, "proof", &[("code", bad)]).await.expect(422);
    assert!(wrong.alert().unwrap().contains("Tries left: 4"), "{}", wrong.text);

    let done = browser.submit(&app, &wrong, "proof", &[("code", &phone.code(&app))]).await.expect(303);
    assert_back(&app, &done);
    assert_eq!(browser.cookies(), [BROWSER, DEVICE, SESSION], "what waited is forgotten");

    // The next app asks for nothing.
    let again = browser.authorize(&app, &[("state", "other")]).await.expect(303).back_at(Browser::HOME);
    assert_eq!(again["state"], "other");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_password_is_enough_where_nothing_else_is_asked_for() {
    let app = start().await;
    let ada = app.customer("ada@example.com").await;
    let mut browser = Browser::default();
    let page = browser.authorize(&app, &[]).await.expect(200);
    let done = browser.sign_in(&app, &page, &ada.email, &ada.password).await.expect(303);
    assert_back(&app, &done);
    // The same device is known: nobody is told of it again.
    app.advance(SignedDuration::from_secs(1));
    let told = app.mails().await.len();
    let page = browser.authorize(&app, &[("prompt", "login")]).await.expect(200);
    let done = browser.sign_in(&app, &page, &ada.email, &ada.password).await.expect(303);
    assert_back(&app, &done);
    assert_eq!(app.mails().await.len(), told);
    // What was begun is over.
    let over = browser.sign_in(&app, &page, &ada.email, &ada.password).await.expect(410);
    assert!(!over.has("sign_in"), "{}", over.text);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobody_has_to_sign_in() {
    let app = start().await;
    let mut browser = Browser::default();
    let page = browser.authorize(&app, &[]).await.expect(200);
    let back = browser.submit(&app, &page, "leave", &[]).await.expect(303).back_at(Browser::HOME);
    assert_eq!((&*back["error"], &*back["state"]), ("access_denied", "as-it-is"));
    let (ada, _) = with_app(&app, "ada@example.com").await;
    let page = browser.authorize(&app, &[]).await.expect(200);
    let proof = browser.sign_in(&app, &page, &ada.email, &ada.password).await.expect(200);
    let back = browser.submit(&app, &proof, "leave", &[]).await.expect(303).back_at(Browser::HOME);
    assert_eq!(back["error"], "access_denied");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_request_waits_in_its_own_browser() {
    let app = start().await;
    let ada = app.customer("ada@example.com").await;
    let mut mallory = Browser::default();
    let page = mallory.authorize(&app, &[]).await.expect(200);
    let transaction = page.filled("sign_in", "transaction");
    let mut others = Browser::default();
    others.authorize(&app, &[]).await.expect(200);
    // Neither a form of another site, which comes without cookies, nor a link in another browser.
    for mut browser in [Browser::default(), others] {
        for path in ["/sign-in", "/sign-in/proof"] {
            let page = browser.open(&app, &format!("{path}?transaction={transaction}")).await.expect(410);
            assert!(page.header("content-type").starts_with("text/html") && !page.has("sign_in"), "{}", page.text);
        }
        let reply = browser.sign_in(&app, &page, &ada.email, &ada.password).await.expect(410);
        assert_eq!(reply.header("set-cookie"), "");
        let fields = [("transaction", &*transaction), ("method", "totp"), ("code", "123456")];
        let request = browser.request(&app, Method::POST, "/sign-in/proof").form(&fields);
        browser.send(&app, request).await.expect(410);
        let request = browser.request(&app, Method::POST, "/sign-in/challenge").form(&fields[..2]);
        browser.send(&app, request).await.expect(410);
    }
    // Its own goes on.
    let done = mallory.sign_in(&app, &page, &ada.email, &ada.password).await.expect(303);
    assert_back(&app, &done);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_waits_on_the_pages_is_no_apps_and_the_other_way_round() {
    let app = start().await;
    let (ada, phone) = with_app(&app, "ada@example.com").await;
    let mut browser = Browser::default();
    let page = browser.authorize(&app, &[]).await.expect(200);
    let proof = browser.sign_in(&app, &page, &ada.email, &ada.password).await.expect(200);
    let on_page = browser.cookie(PENDING).unwrap().to_owned();
    for path in ["/v1/mfa/challenge", "/v1/mfa/enroll"] {
        app.post(path, json!({"transaction": on_page, "method": "email"})).await.problem(410, "transaction-expired");
    }
    app.post("/v1/mfa/recovery", json!({"transaction": on_page})).await.problem(410, "transaction-expired");
    app.mfa(&on_page, "totp", json!({"code": phone.code(&app)})).await.problem(410, "transaction-expired");
    // What an app waits with completes nothing in a browser.
    let mut crossed = browser.clone();
    crossed.keep(PENDING, &ada.half_way(&app).await);
    let over = crossed.submit(&app, &proof, "proof", &[("code", &phone.code(&app))]).await.expect(410);
    assert!(over.has("again") && crossed.cookie(SESSION).is_none(), "{}", over.text);
    // Nor does the sign-in to one app complete that to another.
    let mut other = browser.clone();
    let bank = other.authorize(&app, &at_bank(&[])).await.expect(200);
    let transaction = bank.filled("sign_in", "transaction");
    let fields = [("transaction", transaction.as_str()), ("code", &phone.code(&app))];
    other.submit(&app, &proof, "proof", &fields).await.expect(410);
    // Without the cookie it begins again, and the app still waits.
    other.lose(PENDING);
    let over = other.open(&app, &format!("/sign-in/proof?transaction={transaction}")).await.expect(410);
    assert_eq!(other.click(&app, &over, "again").await.expect(200).headline(), "Sign in");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn codes_are_sent_and_another_way_can_be_chosen() {
    let app = App::with(setup().parameter("SmsCountries", "DE")).await;
    let (ada, _) = with_app(&app, "ada@example.com").await;
    ada.add_phone(&app, "+4915112345678").await;
    ada.add_mailbox(&app).await;
    app.settle().await;
    let mut browser = Browser::default();
    let page = browser.authorize(&app, &[]).await.expect(200);
    let proof = browser.sign_in(&app, &page, &ada.email, &ada.password).await.expect(200);
    assert!(proof.has("by_sms") && proof.has("by_email") && !proof.has("by_totp"), "{}", proof.text);
    let mail = browser.click(&app, &proof, "by_email").await.expect(200);
    assert!(mail.has("send") && !mail.has("code") && mail.text.contains("a•••@example.com"), "{}", mail.text);
    let sms = browser.click(&app, &mail, "by_sms").await.expect(200);
    assert!(sms.text.contains("78") && !sms.text.contains("12345678"), "{}", sms.text);
    let sent = browser.submit(&app, &sms, "challenge", &[]).await.expect(200);
    assert!(sent.has("code") && sent.has("send"), "{}", sent.text);
    let code = app.code_to("+4915112345678").await;
    // What was sent by one way answers for no other.
    browser.submit(&app, &mail, "challenge", &[("method", "passkey")]).await.expect(422);
    let done = browser.submit(&app, &sent, "proof", &[("code", &code)]).await.expect(303);
    assert_back(&app, &done);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_device_that_is_trusted_is_not_asked_again() {
    let app = start().await;
    let (ada, phone) = with_app(&app, "ada@example.com").await;
    let mut browser = Browser::default();
    let page = browser.authorize(&app, &[]).await.expect(200);
    let proof = browser.sign_in(&app, &page, &ada.email, &ada.password).await.expect(200);
    let fields = [("code", &*phone.code(&app)), ("remember_device", "on")];
    browser.submit(&app, &proof, "proof", &fields).await.expect(303);
    app.advance(SignedDuration::from_secs(1));
    let page = browser.authorize(&app, &[("prompt", "login")]).await.expect(200);
    let done = browser.sign_in(&app, &page, &ada.email, &ada.password).await.expect(303);
    assert_back(&app, &done);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_recovery_code_works_once_and_a_passkey_is_passed_over() {
    let app = start().await;
    let ada = app.customer("ada@example.com").await;
    let mut key = Authenticator::new(&app.issuer().await);
    ada.add_passkey(&app, &mut key).await;
    let mut browser = Browser::default();
    let page = browser.authorize(&app, &[]).await.expect(200);
    let proof = browser.sign_in(&app, &page, &ada.email, &ada.password).await.expect(200);
    assert!(!proof.has("proof") && !proof.has("challenge") && proof.has("leave"), "{}", proof.text);
    assert!(proof.text.contains("passkey"), "says why: {}", proof.text);
    let made = ada.post(&app, "/v1/me/factors/recovery-codes", json!({})).await.expect(201);
    let code = made["codes"][0].as_str().unwrap().to_owned();
    for works in [true, false] {
        app.advance(SignedDuration::from_secs(1));
        let page = browser.authorize(&app, &[("prompt", "login")]).await.expect(200);
        let proof = browser.sign_in(&app, &page, &ada.email, &ada.password).await.expect(200);
        let reply = browser.submit(&app, &proof, "proof", &[("code", &code)]).await;
        if works {
            assert_back(&app, &reply);
        } else {
            assert!(reply.expect(422).alert().is_some());
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn too_many_tries_end_what_waits_and_the_app_still_waits() {
    let app = start().await;
    let (ada, phone) = with_app(&app, "ada@example.com").await;
    let mut browser = Browser::default();
    let page = browser.authorize(&app, &[]).await.expect(200);
    let proof = browser.sign_in(&app, &page, &ada.email, &ada.password).await.expect(200);
    let bad = if phone.code(&app) == "000000" { "000001" } else { "000000" };
    for _ in 0..4 {
        browser.submit(&app, &proof, "proof", &[("code", bad)]).await.expect(422);
    }
    let over = browser.submit(&app, &proof, "proof", &[("code", bad)]).await.expect(422);
    assert!(over.has("again") && !over.has("proof"), "{}", over.text);
    browser.submit(&app, &proof, "proof", &[("code", &phone.code(&app))]).await.expect(410);
    let page = browser.click(&app, &over, "again").await.expect(200);
    let proof = browser.sign_in(&app, &page, &ada.email, &ada.password).await.expect(200);
    let done = browser.submit(&app, &proof, "proof", &[("code", &phone.code(&app))]).await.expect(303);
    assert_back(&app, &done);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_needs_a_second_factor_enrols_an_app_on_the_page() {
    let app = start().await;
    let ada = app.customer("ada@example.com").await;
    let mut browser = Browser::default();
    let page = browser.authorize(&app, &at_bank(&[])).await.expect(200);
    let begin = browser.sign_in(&app, &page, &ada.email, &ada.password).await.expect(200);
    assert!(begin.has("send") && !begin.has("code") && !begin.has("remember_device"), "{}", begin.text);
    let scan = browser.submit(&app, &begin, "challenge", &[("method", "totp")]).await.expect(200);
    assert!(scan.text.contains("<svg") && !scan.text.contains("<?xml") && scan.has("open_app"), "{}", scan.text);
    let secret = |page: &tests::Reply| {
        let (_, rest) = page.text.split_once("id=\"secret\" dir=\"ltr\">").unwrap();
        rest.split('<').next().unwrap().to_owned()
    };
    let phone = TotpApp::new(&secret(&scan));
    let bad = if phone.code(&app) == "000000" { "000001" } else { "000000" };
    let wrong = browser.submit(&app, &scan, "proof", &[("code", bad)]).await.expect(422);
    assert_eq!(secret(&wrong), secret(&scan), "the same picture");
    let done = browser.submit(&app, &wrong, "proof", &[("code", &phone.code(&app))]).await.expect(303);
    assert!(done.back_at("https://bank.example/back").contains_key("code"));
    let factors = ada.get(&app, "/v1/me/factors").await.expect(200);
    assert_eq!(factors["factors"][0]["method"], "totp", "{}", factors.text);
}

/// What the shop's code is worth.
async fn exchange(app: &App, back: &tests::Reply) -> tests::Reply {
    let fields = [
        ("grant_type", "authorization_code"),
        ("client_id", "web"),
        ("code", &*back.back_at(Browser::HOME)["code"]),
        ("redirect_uri", Browser::HOME),
        ("code_verifier", VERIFIER),
    ];
    app.form("/oauth2/token", &fields).await.expect(200)
}

async fn refresh(app: &App, tokens: &tests::Reply) -> u16 {
    let token = tokens.str("refresh_token");
    let fields = [("grant_type", "refresh_token"), ("client_id", "web"), ("refresh_token", &*token)];
    app.form("/oauth2/token", &fields).await.status
}

async fn live(app: &App, person: &Person) -> usize {
    World::of(app).await.live_sessions(&person.sub)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_signs_in_again_goes_on_in_the_same_session_with_another_secret() {
    let app = start().await;
    let (ada, phone) = with_app(&app, "ada@example.com").await;
    let of_ada = live(&app, &ada).await;
    let mut browser = Browser::default();
    let page = browser.authorize(&app, &[]).await.expect(200);
    let proof = browser.sign_in(&app, &page, &ada.email, &ada.password).await.expect(200);
    let back = browser.submit(&app, &proof, "proof", &[("code", &phone.code(&app))]).await.expect(303);
    let first = exchange(&app, &back).await;
    assert_eq!(live(&app, &ada).await, of_ada + 2, "the browser's, and the shop's");

    // Whatever has them sign in again, and whichever page it ends on.
    let mut before = first.clone();
    for more in [("prompt", "login"), ("prompt", "select_account"), ("max_age", "0")] {
        app.advance(SignedDuration::from_secs(60));
        let copied = browser.clone();
        let page = browser.authorize(&app, &[more]).await.expect(200);
        assert!(page.has("sign_in"), "{more:?} {}", page.text);
        let proof = browser.sign_in(&app, &page, &ada.email, &ada.password).await.expect(200);
        let back = browser.submit(&app, &proof, "proof", &[("code", &phone.code(&app))]).await.expect(303);
        let again = exchange(&app, &back).await;
        let (old, new) = (claims(&before.str("id_token")), claims(&again.str("id_token")));
        assert_eq!((&new["sid"], &new["sub"]), (&old["sid"], &old["sub"]), "{more:?}");
        assert!(new["auth_time"].as_i64() >= old["auth_time"].as_i64().map(|at| at + 60), "{more:?} {new}");
        // What anybody had of it before opens nothing, and signing out with it ends nothing.
        assert_ne!(browser.cookie(SESSION), copied.cookie(SESSION));
        let back = copied.clone().authorize(&app, &[("prompt", "none")]).await.expect(303).back_at(Browser::HOME);
        assert_eq!(back["error"], "login_required", "{more:?}");
        let hint = again.str("id_token");
        let logout = copied.request(&app, Method::GET, "/oauth2/logout").query(&[("id_token_hint", &hint)]);
        app.send(logout).await.expect(200);
        browser.authorize(&app, &[("prompt", "none")]).await.expect(303).back_at(Browser::HOME);
        before = again;
    }
    // Its apps go on, the first as the last.
    assert_eq!(live(&app, &ada).await, of_ada + 2 + 3);
    assert_eq!(refresh(&app, &first).await, 200);
    // They all leave together.
    let request = browser.request(&app, Method::GET, "/oauth2/logout");
    let hint = before.str("id_token");
    browser.send(&app, request.query(&[("id_token_hint", &hint)])).await.expect(200);
    assert_eq!((live(&app, &ada).await, refresh(&app, &before).await), (of_ada, 400));
    World::of(&app).await.assert_sound();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_form_that_is_sent_twice_leaves_no_session_behind() {
    let app = start().await;
    let ada = app.customer("ada@example.com").await;
    let of_ada = live(&app, &ada).await;
    let mut browser = Browser::default();
    let page = browser.authorize(&app, &[]).await.expect(200);
    browser.sign_in(&app, &page, &ada.email, &ada.password).await.expect(303);
    app.advance(SignedDuration::from_secs(1));
    let page = browser.authorize(&app, &[("prompt", "login")]).await.expect(200);
    let transaction = page.filled("sign_in", "transaction");
    let fields = [("transaction", &*transaction), ("email", &ada.email), ("password", &ada.password)];
    // The browser hears the answer to the last alone.
    for _ in 0..3 {
        app.send(browser.request(&app, Method::POST, "/sign-in").form(&fields)).await.expect(303);
    }
    let request = browser.request(&app, Method::POST, "/sign-in").form(&fields);
    let led = browser.send(&app, request).await.expect(303);
    assert_back(&app, &browser.open(&app, led.header("location")).await.expect(303));
    assert_eq!(live(&app, &ada).await, of_ada + 1);
    // One that has ended does not go on.
    let request = browser.request(&app, Method::POST, "/oauth2/logout/confirm").form(&[("state", "x")]);
    let ended = browser.clone();
    browser.send(&app, request).await.expect(200);
    assert_eq!(live(&app, &ada).await, of_ada);
    let mut ended = ended;
    let page = ended.authorize(&app, &[]).await.expect(200);
    ended.sign_in(&app, &page, &ada.email, &ada.password).await.expect(303);
    assert_eq!(live(&app, &ada).await, of_ada + 1);
    World::of(&app).await.assert_sound();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn another_customers_session_in_the_browser_ends() {
    let app = start().await;
    let (ada, bob) = (app.customer("ada@example.com").await, app.customer("bob@example.com").await);
    let (of_ada, of_bob) = (live(&app, &ada).await, live(&app, &bob).await);
    let mut browser = Browser::default();
    let page = browser.authorize(&app, &[]).await.expect(200);
    let back = browser.sign_in(&app, &page, &ada.email, &ada.password).await.expect(303);
    let shop = exchange(&app, &back).await;
    let before = browser.clone();
    app.advance(SignedDuration::from_secs(1));
    let page = browser.authorize(&app, &[("prompt", "login")]).await.expect(200);
    browser.sign_in(&app, &page, &bob.email, &bob.password).await.expect(303);
    assert_ne!(browser.cookie(SESSION), before.cookie(SESSION));
    assert_eq!((live(&app, &ada).await, live(&app, &bob).await), (of_ada, of_bob + 1));
    assert_eq!(refresh(&app, &shop).await, 400);
    // What was known of the session before opens nothing any more.
    let mut stale = before;
    assert_eq!(stale.authorize(&app, &[]).await.expect(200).headline(), "Sign in");
    // A session that somebody put into the browser is not what the customer ends in.
    let mut planted = Browser::default();
    planted.keep(SESSION, browser.cookie(SESSION).unwrap());
    app.advance(SignedDuration::from_secs(1));
    let page = planted.authorize(&app, &[("prompt", "login")]).await.expect(200);
    let back = planted.sign_in(&app, &page, &ada.email, &ada.password).await.expect(303);
    assert_eq!(claims(&exchange(&app, &back).await.str("id_token"))["sub"], ada.sub);
    assert_ne!(planted.cookie(SESSION), browser.cookie(SESSION));
    assert_eq!(live(&app, &bob).await, of_bob);
}

/// Signs in with both factors, and has the device trusted.
async fn trusting(app: &App, ada: &Person, phone: &TotpApp) -> Browser {
    let mut browser = Browser::default();
    let page = browser.authorize(app, &[]).await.expect(200);
    let proof = browser.sign_in(app, &page, &ada.email, &ada.password).await.expect(200);
    let fields = [("code", &*phone.code(app)), ("remember_device", "on")];
    let back = browser.submit(app, &proof, "proof", &fields).await.expect(303);
    assert_eq!(claims(&exchange(app, &back).await.str("id_token"))["acr"], "aal2");
    app.advance(SignedDuration::from_secs(60));
    browser
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_trusted_device_proves_nothing_where_the_level_is_essential() {
    let app = start().await;
    let (ada, phone) = with_app(&app, "ada@example.com").await;
    let mut browser = trusting(&app, &ada, &phone).await;
    let essential = |acr: &str| format!(r#"{{"id_token":{{"acr":{{"essential":true,"value":"{acr}"}}}}}}"#);
    let (aal1, aal2) = (essential("aal1"), essential("aal2"));

    // Where nothing is essential, the device is spared, and the token says what was proved.
    let page = browser.authorize(&app, &[("prompt", "login")]).await.expect(200);
    let back = browser.sign_in(&app, &page, &ada.email, &ada.password).await.expect(303);
    assert_eq!(claims(&exchange(&app, &back).await.str("id_token"))["acr"], "aal1");
    let back = browser.authorize(&app, &[("claims", &aal1)]).await.expect(303);
    assert_eq!(claims(&exchange(&app, &back).await.str("id_token"))["acr"], "aal1");
    // Where it is, it is asked for; and told of where nobody may be asked.
    let silent = browser.authorize(&app, &[("claims", &aal2), ("prompt", "none")]).await.expect(303);
    assert_eq!(silent.back_at(Browser::HOME)["error"], "login_required");
    let page = browser.authorize(&app, &[("claims", &aal2)]).await.expect(200);
    let proof = browser.sign_in(&app, &page, &ada.email, &ada.password).await.expect(200);
    assert!(proof.has("code"), "{}", proof.text);
    let back = browser.submit(&app, &proof, "proof", &[("code", &phone.code(&app))]).await.expect(303);
    let told = claims(&exchange(&app, &back).await.str("id_token"));
    assert_eq!((&told["acr"], told["amr"].to_string().contains("otp")), (&json!("aal2"), true), "{told}");
    // Somebody else's, or none that we have: an error, never less in silence.
    let bob = app.customer("bob@example.com").await;
    let mut other = Browser::default();
    let page = other.authorize(&app, &[("claims", &aal2)]).await.expect(200);
    let back = other.sign_in(&app, &page, &bob.email, &bob.password).await.expect(303).back_at(Browser::HOME);
    assert_eq!(back["error"], "unmet_authentication_requirements", "{back:?}");
    assert!(!back.contains_key("code"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_code_is_worth_no_more_than_the_last_sign_in() {
    let app = start().await;
    let (ada, phone) = with_app(&app, "ada@example.com").await;
    let mut browser = trusting(&app, &ada, &phone).await;
    let code = |reply: &tests::Reply| reply.back_at(Browser::HOME)["code"].clone();
    let redeem = async |code: &str| {
        let fields = [
            ("grant_type", "authorization_code"),
            ("client_id", "web"),
            ("code", code),
            ("redirect_uri", Browser::HOME),
            ("code_verifier", VERIFIER),
        ];
        app.form("/oauth2/token", &fields).await
    };
    // By two factors a minute ago, and by one now.
    let strong = code(&browser.authorize(&app, &[]).await.expect(303));
    app.advance(SignedDuration::from_secs(1));
    let page = browser.authorize(&app, &[("prompt", "login")]).await.expect(200);
    let weak = code(&browser.sign_in(&app, &page, &ada.email, &ada.password).await.expect(303));
    redeem(&strong).await.oauth(400, "invalid_grant");
    // The other way round it says what it said.
    let later = code(&browser.authorize(&app, &[]).await.expect(303));
    let said = claims(&redeem(&weak).await.expect(200).str("id_token"));
    assert_eq!(said["acr"], "aal1");
    app.advance(SignedDuration::from_secs(1));
    let page = browser.authorize(&app, &[("prompt", "login")]).await.expect(200);
    browser.sign_in(&app, &page, &ada.email, &ada.password).await.expect(303);
    let told = claims(&redeem(&later).await.expect(200).str("id_token"));
    assert_eq!((&told["acr"], &told["auth_time"]), (&said["acr"], &said["auth_time"]));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_is_to_be_erased_can_keep_their_account() {
    let app = start().await;
    let ada = app.customer("ada@example.com").await;
    ada.leave(&app).await.expect(202);
    let mut browser = Browser::default();
    let page = browser.authorize(&app, &[]).await.expect(200);
    let keep = browser.sign_in(&app, &page, &ada.email, &ada.password).await.expect(200);
    assert!(keep.has("confirm") && browser.cookie(SESSION).is_none(), "{}", keep.text);
    let (_, token) = keep.text.split_once("name=\"token\" value=\"").unwrap();
    let token = token.split('"').next().unwrap();
    app.form("/erasure/withdraw", &[("token", token)]).await.expect(200);
    app.form("/erasure/withdraw", &[("token", token)]).await.expect(410);
    let done = browser.sign_in(&app, &page, &ada.email, &ada.password).await.expect(303);
    assert_back(&app, &done);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_pages_speak_the_language_that_is_asked_for() {
    let app = start().await;
    let (ada, _) = with_app(&app, "ada@example.com").await;
    let mut seen = Vec::new();
    for tag in ["en", "de", "fr", "es", "ar"] {
        let mut browser = Browser::speaking("en");
        let page = browser.authorize(&app, &[("ui_locales", tag)]).await.expect(200);
        let proof = browser.sign_in(&app, &page, &ada.email, &ada.password).await.expect(200);
        for page in [&page, &proof] {
            assert!(page.text.contains(&format!("<html lang=\"{tag}\"")), "{}", page.text);
            assert!(!page.text.contains("<script"));
            seen.push(page.headline().to_owned());
        }
    }
    seen.sort();
    seen.dedup();
    assert_eq!(seen.len(), 10, "{seen:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn limits_are_those_of_the_api() {
    let app = App::with(setup().setting("LIMIT_LOGIN_PER_ADDRESS", "3")).await;
    let ada = app.customer("ada@example.com").await;
    let mut browser = Browser::default();
    let page = browser.authorize(&app, &[]).await.expect(200);
    browser.sign_in(&app, &page, &ada.email, "not the right sentence").await.expect(401);
    app.login(&ada.email, "not the right sentence").await.problem(401, "invalid-credentials");
    browser.sign_in(&app, &page, &ada.email, "not the right sentence").await.expect(401);
    let limited = browser.sign_in(&app, &page, &ada.email, &ada.password).await.expect(429);
    assert!(limited.header("content-type").starts_with("text/html") && !limited.header("retry-after").is_empty());
    app.login(&ada.email, &ada.password).await.problem(429, "too-many-requests");
}
