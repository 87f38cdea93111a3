//! Customers sign in on devices that can show no page (`functions/device`, RFC 8628).

use domain::SignedDuration;
use reqwest::Method;
use serde_json::{Value, json};
use tests::{App, Browser, ClientKey, Person, Reply, Setup, WEB, claims};

const GRANT: &str = "urn:ietf:params:oauth:grant-type:device_code";

fn setup() -> Setup {
    let tv = json!({"client_id": "tv", "client_name": "The Television", "grant_types": [GRANT, "refresh_token"]});
    let frame = json!({"client_id": "frame", "client_name": "The Frame", "grant_types": [GRANT, "refresh_token"],
        "third_party": true});
    let bank = json!({"client_id": "till", "client_name": "The Till", "grant_types": [GRANT], "mfa": "required"});
    Setup::default().setting("CLIENTS", &format!("[{WEB}, {tv}, {frame}, {bank}]"))
}

async fn start() -> (App, Person) {
    let app = App::with(setup()).await;
    let ada = app.customer("ada@example.com").await;
    (app, ada)
}

async fn ask(app: &App, client: &str) -> Reply {
    let fields = [("client_id", client), ("scope", "openid email offline_access")];
    app.form("/oauth2/device_authorization", &fields).await
}

async fn poll(app: &App, client: &str, codes: &Reply) -> Reply {
    let fields = [("grant_type", GRANT), ("client_id", client), ("device_code", &codes.str("device_code"))];
    app.form("/oauth2/token", &fields).await
}

/// Types the code and goes on as far as the browser is led.
async fn type_in(app: &App, browser: &mut Browser, code: &str) -> Reply {
    let page = browser.open(app, "/device").await.expect(200);
    browser.submit(app, &page, "device", &[("user_code", code)]).await
}

/// A browser that is signed in, by way of another app.
async fn signed_in(app: &App, ada: &Person) -> Browser {
    let mut browser = Browser::default();
    let page = browser.authorize(app, &[]).await.expect(200);
    browser.sign_in(app, &page, &ada.email, &ada.password).await.expect(303);
    browser
}

fn later(app: &App) {
    app.advance(SignedDuration::from_secs(5));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_customer_signs_in_on_a_device_by_a_code() {
    let (app, ada) = start().await;
    let codes = ask(&app, "tv").await.expect(200);
    assert_eq!(codes.header("cache-control"), "no-store");
    let (typed, issuer) = (codes.str("user_code"), app.system.gateway_url());
    assert!(typed.len() == 9 && typed.chars().all(|c| "BCDFGHJKLMNPQRSTVWXZ-".contains(c)), "{typed}");
    assert_eq!(codes["verification_uri"], format!("{issuer}/device"));
    assert_eq!(codes["verification_uri_complete"], format!("{issuer}/device?user_code={typed}"));
    assert_eq!((&codes["expires_in"], &codes["interval"]), (&json!(600), &json!(5)));
    // It asks, too often, and then as it should.
    poll(&app, "tv", &codes).await.oauth(400, "authorization_pending");
    poll(&app, "tv", &codes).await.oauth(400, "slow_down");
    later(&app);
    poll(&app, "tv", &codes).await.oauth(400, "authorization_pending");

    // A link with the code in it fills the form in, and nothing else.
    let mut browser = Browser::default();
    let page = browser.open(&app, &format!("/device?user_code={typed}")).await.expect(200);
    assert_eq!(page.filled("device", "user_code"), typed);
    later(&app);
    poll(&app, "tv", &codes).await.oauth(400, "authorization_pending");
    let careless = typed.to_lowercase().replace('-', " ");
    let page = browser.submit(&app, &page, "device", &[("user_code", &careless)]).await.expect(200);
    assert!(page.has("sign_in") && page.text.contains("The Television"), "{}", page.text);
    let asked = browser.sign_in(&app, &page, &ada.email, &ada.password).await.expect(200);
    for said in ["The Television", &*typed, "your e-mail address"] {
        assert!(asked.text.contains(said), "{said}: {}", asked.text);
    }
    later(&app);
    poll(&app, "tv", &codes).await.oauth(400, "authorization_pending");
    let done = browser.submit(&app, &asked, "device_confirm", &[("decision", "allow")]).await.expect(200);
    assert_eq!(done.headline(), "The device is signed in");

    // What was allowed is given once, without waiting.
    let tokens = poll(&app, "tv", &codes).await.expect(200);
    assert_eq!((&tokens["token_type"], &tokens["scope"]), (&json!("Bearer"), &json!("openid email offline_access")));
    assert_eq!(claims(&tokens.str("id_token"))["sub"], ada.sub);
    assert_eq!(claims(&tokens.str("id_token"))["aud"], "tv");
    poll(&app, "tv", &codes).await.oauth(400, "invalid_grant");
    let over = type_in(&app, &mut browser, &typed).await.expect(422);
    assert!(over.alert().is_some() && over.has("device"), "{}", over.text);
    let next = tokens.str("refresh_token");
    let refresh = [("grant_type", "refresh_token"), ("client_id", "tv"), ("refresh_token", next.as_str())];
    app.form("/oauth2/token", &refresh).await.expect(200);
    let listed = ada.get(&app, "/v1/me/sessions").await.expect(200);
    assert!(listed["sessions"].as_array().unwrap().iter().any(|one| one["client_id"] == "tv"), "{}", listed.text);

    // Whoever is signed in is asked at once, and asked all the same.
    let codes = ask(&app, "tv").await.expect(200);
    let asked = type_in(&app, &mut browser, &codes.str("user_code")).await.expect(200);
    assert!(asked.has("allow"), "{}", asked.text);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_device_is_told_why_it_gets_nothing() {
    let (app, ada) = start().await;
    let mut browser = signed_in(&app, &ada).await;
    let codes = ask(&app, "tv").await.expect(200);
    let asked = type_in(&app, &mut browser, &codes.str("user_code")).await.expect(200);
    let done = browser.submit(&app, &asked, "device_confirm", &[("decision", "deny")]).await.expect(200);
    assert_eq!(done.headline(), "The device is not signed in");
    poll(&app, "tv", &codes).await.oauth(400, "access_denied");
    browser.submit(&app, &asked, "device_confirm", &[("decision", "allow")]).await.expect(410);
    poll(&app, "tv", &codes).await.oauth(400, "access_denied");

    // Nobody wants to sign in.
    let codes = ask(&app, "tv").await.expect(200);
    let mut stranger = Browser::default();
    let page = type_in(&app, &mut stranger, &codes.str("user_code")).await.expect(200);
    stranger.submit(&app, &page, "leave", &[]).await.expect(200);
    poll(&app, "tv", &codes).await.oauth(400, "access_denied");

    // Nobody decides in time.
    let codes = ask(&app, "tv").await.expect(200);
    let asked = type_in(&app, &mut browser, &codes.str("user_code")).await.expect(200);
    app.advance(SignedDuration::from_mins(10));
    poll(&app, "tv", &codes).await.oauth(400, "expired_token");
    browser.submit(&app, &asked, "device_confirm", &[("decision", "allow")]).await.expect(410);
    poll(&app, "tv", &codes).await.oauth(400, "expired_token");

    // It is another's, or none.
    let codes = ask(&app, "tv").await.expect(200);
    poll(&app, "frame", &codes).await.oauth(400, "invalid_grant");
    poll(&app, "web", &codes).await.oauth(400, "unauthorized_client");
    for (fields, error) in [
        (vec![], "invalid_request"),
        (vec![("device_code", "nonsense")], "invalid_grant"),
        (vec![("device_code", "txn_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")], "invalid_grant"),
    ] {
        let all = [vec![("grant_type", GRANT), ("client_id", "tv")], fields].concat();
        app.form("/oauth2/token", &all).await.oauth(400, error);
    }
    ask(&app, "web").await.oauth(400, "unauthorized_client");
    ask(&app, "nobody").await.oauth(401, "invalid_client");
    let greedy = [("client_id", "tv"), ("scope", "admin")];
    app.form("/oauth2/device_authorization", &greedy).await.oauth(400, "invalid_scope");
    let elsewhere = [("client_id", "tv"), ("scope", "openid"), ("resource", "https://other.example")];
    app.form("/oauth2/device_authorization", &elsewhere).await.oauth(400, "invalid_target");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_of_a_device_is_taken_for_something_else() {
    let (app, ada) = start().await;
    let mut browser = signed_in(&app, &ada).await;
    let codes = ask(&app, "tv").await.expect(200);
    let asked = type_in(&app, &mut browser, &codes.str("user_code")).await.expect(200);
    let transaction = asked.filled("device_confirm", "transaction");

    // Another browser has nothing of it, though somebody sends it there; nor has another site's form.
    let mut other = signed_in(&app, &ada).await;
    other.open(&app, &format!("/device/confirm?transaction={transaction}")).await.expect(410);
    let decided = [("transaction", &*transaction), ("decision", "allow")];
    app.form("/device/confirm", &decided).await.expect(410);
    let led = app.form("/device", &[("user_code", &codes.str("user_code"))]).await.expect(303);
    assert_eq!(led.header("location"), format!("/device?user_code={}", codes.str("user_code")));

    // It leads to no app, and an app's leads to no device.
    browser.open(&app, &format!("/oauth2/continue?transaction={transaction}")).await.expect(410);
    let request = browser.request(&app, Method::POST, "/oauth2/consent").form(&decided);
    browser.send(&app, request).await.expect(410);
    let page = browser.authorize(&app, &[("prompt", "login")]).await.expect(200);
    let of_app = page.filled("leave", "transaction");
    browser.open(&app, &format!("/device/confirm?transaction={of_app}")).await.expect(410);

    // One code is not the other.
    let device_code = codes.str("device_code");
    let as_code = [
        ("grant_type", "authorization_code"),
        ("client_id", "web"),
        ("code", &*device_code),
        ("redirect_uri", Browser::HOME),
    ];
    app.form("/oauth2/token", &as_code).await.oauth(400, "invalid_grant");
    let code = browser.authorize(&app, &[]).await.expect(303).back_at(Browser::HOME)["code"].clone();
    let as_device = [("grant_type", GRANT), ("client_id", "tv"), ("device_code", &*code)];
    app.form("/oauth2/token", &as_device).await.oauth(400, "invalid_grant");

    // Two browsers that type the same: the first decides.
    let twice = type_in(&app, &mut other, &codes.str("user_code")).await.expect(200);
    other.submit(&app, &twice, "device_confirm", &[("decision", "allow")]).await.expect(200);
    browser.submit(&app, &asked, "device_confirm", &[("decision", "deny")]).await.expect(410);
    // Of two at once, one gets it.
    let (one, two) = tokio::join!(poll(&app, "tv", &codes), poll(&app, "tv", &codes));
    let mut statuses = [one.status, two.status];
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 400], "{} {}", one.text, two.text);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_form_of_another_site_takes_no_cookie_from_a_browser() {
    const SESSION: &str = "__Host-portico-session";
    const BROWSER: &str = "__Host-portico-browser";
    let (app, ada) = start().await;
    let mut browser = signed_in(&app, &ada).await;
    let waits = browser.authorize(&app, &[("prompt", "login")]).await.expect(200);
    let kept = browser.clone();
    let codes = ask(&app, "tv").await.expect(200);
    // It comes without cookies. Nothing that is answered takes the place of what the browser has.
    for (typed, next) in [
        (codes.str("user_code"), format!("/device?user_code={}", codes.str("user_code"))),
        ("nonsense".to_owned(), "/device".to_owned()),
        ("//evil.example/\r\nset-cookie: a=b".to_owned(), "/device".to_owned()),
    ] {
        let request = app.request(Method::POST, "/device").form(&[("user_code", &typed)]);
        let led = browser.send(&app, request).await.expect(303);
        assert_eq!((led.header("location"), led.header("set-cookie")), (&*next, ""));
    }
    // Led on, the browser brings its own: the code stands there, and is not sent.
    let shown = browser.open(&app, &format!("/device?user_code={}", codes.str("user_code"))).await.expect(200);
    assert_eq!((shown.filled("device", "user_code"), shown.header("set-cookie")), (codes.str("user_code"), ""));
    poll(&app, "tv", &codes).await.oauth(400, "authorization_pending");
    let asked = browser.submit(&app, &shown, "device", &[]).await.expect(200);
    assert!(asked.has("allow"), "{}", asked.text);
    for name in [SESSION, BROWSER] {
        assert_eq!(browser.cookie(name), kept.cookie(name), "{name}");
    }
    browser.submit(&app, &asked, "device_confirm", &[("decision", "allow")]).await.expect(200);
    for name in [SESSION, BROWSER] {
        assert_eq!(browser.cookie(name), kept.cookie(name), "{name}");
    }
    // What waited in the browser goes on, and its customer is signed in as before.
    app.advance(SignedDuration::from_secs(1));
    browser.sign_in(&app, &waits, &ada.email, &ada.password).await.expect(303).back_at(Browser::HOME);
    browser.authorize(&app, &[("prompt", "none")]).await.expect(303).back_at(Browser::HOME);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn cookies_that_are_tossed_in_decide_nothing() {
    let (app, ada) = start().await;
    let mallory = app.customer("mallory@example.com").await;
    let mut hers = signed_in(&app, &mallory).await;
    let mut browser = signed_in(&app, &ada).await;
    let codes = ask(&app, "tv").await.expect(200);
    let asked = type_in(&app, &mut browser, &codes.str("user_code")).await.expect(200);
    let transaction = asked.filled("device_confirm", "transaction");
    let decided = [("transaction", &*transaction), ("decision", "allow")];
    let name = |cookie: &str| format!("__Host-portico-{cookie}");
    let pair =
        |browser: &Browser, cookie: &str| format!("{0}={1}", name(cookie), browser.cookie(&name(cookie)).unwrap());
    let own = [pair(&browser, "session"), pair(&browser, "browser")].join("; ");
    // Each in another's company, before it and behind it: two of a name are none.
    for tossed in ["session", "browser"] {
        let other = pair(&hers, tossed);
        for cookies in [format!("{other}; {own}"), format!("{own}; {other}")] {
            let request = app.request(Method::POST, "/device/confirm").header("cookie", &cookies).form(&decided);
            let reply = app.send(request).await;
            match tossed {
                // Nobody is signed in.
                "session" => assert!(reply.expect(303).header("location").starts_with("/sign-in?transaction=")),
                // It is no browser in which anything waits.
                _ => drop(reply.expect(410)),
            }
            let request = app.request(Method::POST, "/device").header("cookie", &cookies);
            let typed = app.send(request.form(&[("user_code", &codes.str("user_code"))])).await.expect(303);
            assert_eq!(typed.header("set-cookie"), "", "{tossed}");
        }
    }
    poll(&app, "tv", &codes).await.oauth(400, "authorization_pending");
    // Without the prefix, as a sibling domain would set it, it is none of ours.
    let plain = own.replace("__Host-", "");
    app.send(app.request(Method::POST, "/device/confirm").header("cookie", plain).form(&decided)).await.expect(410);
    // In Ada's browser it is Ada who allows, and in Mallory's nothing of it waits.
    let request = hers.request(&app, Method::POST, "/device/confirm").form(&decided);
    hers.send(&app, request).await.expect(410);
    browser.submit(&app, &asked, "device_confirm", &[("decision", "allow")]).await.expect(200);
    later(&app);
    assert_eq!(claims(&poll(&app, "tv", &codes).await.expect(200).str("id_token"))["sub"], ada.sub);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobody_guesses_what_a_device_shows() {
    let (app, ada) = start().await;
    let mut browser = signed_in(&app, &ada).await;
    let codes = ask(&app, "tv").await.expect(200);
    let page = browser.open(&app, "/device").await.expect(200);
    for guess in ["", "BBBB-BBBB", "<b>", "WDJB-MJHT-WDJB-MJHT-WDJB-MJHT-WDJB", "0000-0000"].iter().cycle().take(10) {
        let wrong = browser.submit(&app, &page, "device", &[("user_code", guess)]).await.expect(422);
        assert!(wrong.alert().is_some() && !wrong.text.contains("<b>"), "{}", wrong.text);
    }
    browser.submit(&app, &page, "device", &[("user_code", &codes.str("user_code"))]).await.expect(429);
    // What is stored is not what is typed.
    let stored = app.system.dump("Transient").await.unwrap();
    let stored: String = stored.iter().map(Value::to_string).collect();
    for secret in [codes.str("user_code"), codes.str("user_code").replace('-', ""), codes.str("device_code")] {
        assert!(!stored.contains(&secret), "{secret} is stored");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_device_was_allowed_ends_with_what_it_came_from() {
    let (app, ada) = start().await;
    let mut browser = signed_in(&app, &ada).await;
    let allowed = async |browser: &mut Browser, client: &str| {
        let codes = ask(&app, client).await.expect(200);
        let asked = type_in(&app, browser, &codes.str("user_code")).await.expect(200);
        browser.submit(&app, &asked, "device_confirm", &[("decision", "allow")]).await.expect(200);
        codes
    };
    // An app of somebody else's stands among those that are allowed something, and can be put out.
    let codes = allowed(&mut browser, "frame").await;
    let listed = ada.get(&app, "/v1/me/apps").await.expect(200);
    assert_eq!(listed["apps"][0]["client_id"], "frame");
    ada.call(&app, Method::DELETE, "/v1/me/apps/frame", None).await.expect(204);
    poll(&app, "frame", &codes).await.oauth(400, "invalid_grant");
    // A key of the device's own.
    let codes = allowed(&mut browser, "tv").await;
    let key = ClientKey::generate();
    let fields = [("grant_type", GRANT), ("client_id", "tv"), ("device_code", &codes.str("device_code"))];
    let request = app.request(Method::POST, "/oauth2/token").form(&fields);
    let bound = app.send(request.header("dpop", key.proof(&app, "POST /oauth2/token", "1", None, None))).await;
    let bound = bound.expect(200);
    assert_eq!(bound["token_type"], "DPoP");
    assert_eq!(claims(&bound.str("access_token"))["cnf"]["jkt"], key.thumbprint());
    // The customer signs out everywhere before the device asks.
    let codes = allowed(&mut browser, "tv").await;
    ada.call(&app, Method::DELETE, "/v1/me/sessions", None).await.expect(204);
    poll(&app, "tv", &codes).await.oauth(400, "invalid_grant");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_app_that_asks_for_more_proof_gets_it_on_devices_too() {
    let (app, ada) = start().await;
    let mut browser = signed_in(&app, &ada).await;
    let codes = ask(&app, "till").await.expect(200);
    let page = type_in(&app, &mut browser, &codes.str("user_code")).await.expect(200);
    assert!(page.has("sign_in"), "a password is not enough: {}", page.text);
    let decided = [("transaction", &*page.filled("leave", "transaction")), ("decision", "allow")];
    let request = browser.request(&app, Method::POST, "/device/confirm").form(&decided);
    let led = browser.send(&app, request).await.expect(303);
    assert!(led.header("location").starts_with("/sign-in?transaction="));
    poll(&app, "till", &codes).await.oauth(400, "authorization_pending");
}
