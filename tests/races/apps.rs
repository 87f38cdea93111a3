//! Browsers, codes, devices and proofs that many hands hold at once.

use std::collections::{BTreeMap, BTreeSet};

use reqwest::Method;
use serde_json::{Value, json};
use tests::{App, Browser, ClientKey, Listener, Person, Reply, Setup, VERIFIER, WEB, World, claims};

use super::{MANY, assert_one, at_once, setup, statuses};

const DEVICE_GRANT: &str = "urn:ietf:params:oauth:grant-type:device_code";
const CALENDAR: &str = "https://calendar.example/back";
const TOKEN: &str = "POST /oauth2/token";
const USERINFO: &str = "GET /oauth2/userinfo";

/// The shop, which is told of logouts; a club, which is too; a calendar of somebody else's; a television.
fn clients(at: &Listener) -> Setup {
    let mut web: Value = serde_json::from_str(WEB).unwrap();
    web["backchannel_logout_uri"] = json!(at.at("web"));
    let mut club = web.clone();
    club["client_id"] = json!("club");
    club["backchannel_logout_uri"] = json!(at.at("club"));
    let calendar = json!({"client_id": "calendar", "client_name": "The Calendar", "third_party": true,
        "grant_types": ["authorization_code", "refresh_token"], "redirect_uris": [CALENDAR]});
    let tv =
        json!({"client_id": "tv", "client_name": "The Television", "grant_types": [DEVICE_GRANT, "refresh_token"]});
    [
        "LIMIT_DEVICE_PER_CLIENT",
        "LIMIT_DEVICE_CODE_PER_CLIENT",
        "LIMIT_DEVICE_CODE_PER_BROWSER",
        "LIMIT_LOGIN_PER_DEVICE",
    ]
    .into_iter()
    .fold(setup(), |setup, name| setup.setting(name, "1000"))
    .setting("CLIENTS", &json!([web, club, calendar, tv]).to_string())
}

/// A deployment, where apps are, a customer, and their browser, where they are signed in.
async fn start() -> (App, Listener, Person, Browser) {
    let at = Listener::start().await;
    let app = App::with(clients(&at)).await;
    let ada = app.customer("ada@example.com").await;
    let browser = signed_in(&app, &ada).await;
    (app, at, ada, browser)
}

async fn signed_in(app: &App, person: &Person) -> Browser {
    let mut browser = Browser::default();
    let page = browser.authorize(app, &[]).await.expect(200);
    browser.sign_in(app, &page, &person.email, &person.password).await.expect(303);
    browser
}

/// A code that `client` is sent.
async fn code(app: &App, browser: &Browser, client: &str) -> String {
    let reply = browser.clone().authorize(app, &[("client_id", client)]).await.expect(303);
    reply.back_at(Browser::HOME)["code"].clone()
}

/// Asks for tokens; with a proof, if there is one.
async fn ask(app: &App, fields: &[(&str, &str)], proof: Option<&str>) -> Reply {
    let mut request = app.request(Method::POST, "/oauth2/token").form(fields);
    if let Some(proof) = proof {
        request = request.header("dpop", proof);
    }
    app.send(request).await
}

async fn exchange(app: &App, client: &str, home: &str, code: &str, proof: Option<&str>) -> Reply {
    let fields = [
        ("grant_type", "authorization_code"),
        ("client_id", client),
        ("code", code),
        ("redirect_uri", home),
        ("code_verifier", VERIFIER),
    ];
    ask(app, &fields, proof).await
}

async fn is_good(app: &App, access: &str) -> bool {
    app.form("/oauth2/userinfo", &[("access_token", access)]).await.status == 200
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_many_logouts_of_a_browser_each_app_is_told_once() {
    let (app, at, ada, browser) = start().await;
    let before = World::of(&app).await.live_sessions(&ada.sub) - 1;
    let mut hint = String::new();
    for client in ["web", "club", "web"] {
        let code = code(&app, &browser, client).await;
        hint = exchange(&app, client, Browser::HOME, &code, None).await.expect(200).str("id_token");
    }
    let replies = at_once(async |n| match n % 2 {
        0 => app.send(browser.request(&app, Method::GET, "/oauth2/logout").query(&[("id_token_hint", &hint)])).await,
        _ => app.send(browser.request(&app, Method::POST, "/oauth2/logout/confirm").form(&[("state", "x")])).await,
    })
    .await;
    assert!(replies.iter().all(|reply| [200, 303].contains(&reply.status)), "{:?}", statuses(&replies));
    app.settle().await;
    for client in ["web", "club"] {
        assert_eq!(at.take(client).len(), 1, "{client}");
    }
    let world = World::of(&app).await;
    world.assert_sound();
    assert_eq!((world.live_sessions(&ada.sub), world.queued("backchannel_logout")), (before, 2));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_that_is_redeemed_during_a_logout_outlives_it() {
    let (app, at, ada, browser) = start().await;
    let before = World::of(&app).await.live_sessions(&ada.sub) - 1;
    let first = code(&app, &browser, "web").await;
    let hint = exchange(&app, "web", Browser::HOME, &first, None).await.expect(200).str("id_token");
    let mut codes = Vec::new();
    for n in 0..MANY {
        codes.push(code(&app, &browser, if n % 2 == 0 { "web" } else { "club" }).await);
    }
    let replies = at_once(async |n| match n {
        7 => app.send(browser.request(&app, Method::GET, "/oauth2/logout").query(&[("id_token_hint", &hint)])).await,
        n => exchange(&app, if n % 2 == 0 { "web" } else { "club" }, Browser::HOME, &codes[n], None).await,
    })
    .await;
    replies[7].clone().expect(200);
    let mut clubs = 0;
    for (n, reply) in replies.iter().enumerate().filter(|(n, _)| *n != 7) {
        if reply.status == 200 {
            assert!(!is_good(&app, &reply.str("access_token")).await, "{n}");
            clubs += n % 2;
        } else {
            assert_eq!((reply.status, &reply["error"]), (400, &json!("invalid_grant")), "{}", reply.text);
        }
    }
    for code in &codes {
        exchange(&app, "web", Browser::HOME, code, None).await.oauth(400, "invalid_grant");
    }
    app.settle().await;
    let world = World::of(&app).await;
    world.assert_sound();
    assert_eq!(world.live_sessions(&ada.sub), before);
    assert!(!at.take("web").is_empty(), "whoever was signed in is told");
    assert_eq!(at.take("club").is_empty(), clubs == 0, "and nobody who was not");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_code_buys_one_session_or_none_and_with_one_proof_one() {
    let (app, _, ada, browser) = start().await;
    let before = World::of(&app).await.live_sessions(&ada.sub);
    // Who copied it can't be told from who was sent it: nobody keeps anything.
    let copied = code(&app, &browser, "web").await;
    let replies = at_once(async |_| exchange(&app, "web", Browser::HOME, &copied, None).await).await;
    assert!(statuses(&replies).get(&200).is_none_or(|won| *won == 1), "{:?}", statuses(&replies));
    for reply in replies.iter().filter(|reply| reply.status == 200) {
        assert!(!is_good(&app, &reply.str("access_token")).await);
    }
    assert_eq!(World::of(&app).await.live_sessions(&ada.sub), before);

    // A request that is sent sixteen times is one request: the proof says so.
    let key = ClientKey::generate();
    let proof = key.proof(&app, TOKEN, "1", None, None);
    let mine = code(&app, &browser, "web").await;
    let replies = at_once(async |_| exchange(&app, "web", Browser::HOME, &mine, Some(&proof)).await).await;
    let winner = assert_one(200, &["invalid_dpop_proof"], &replies);
    let tokens = &replies[winner];
    assert_eq!(World::of(&app).await.live_sessions(&ada.sub), before + 1);

    // So is one to userinfo.
    let access = tokens.str("access_token");
    let proof = key.proof(&app, USERINFO, "2", Some(&access), None);
    let replies = at_once(async |_| {
        let request = app.request(Method::GET, "/oauth2/userinfo").header("authorization", format!("DPoP {access}"));
        app.send(request.header("dpop", &proof)).await
    })
    .await;
    assert_one(200, &["invalid_token"], &replies);

    // And one for the next tokens.
    let token = tokens.str("refresh_token");
    let fields = [("grant_type", "refresh_token"), ("client_id", "web"), ("refresh_token", &*token)];
    let proof = key.proof(&app, TOKEN, "3", None, None);
    let replies = at_once(async |_| ask(&app, &fields, Some(&proof)).await).await;
    let winner = assert_one(200, &["invalid_dpop_proof"], &replies);
    let next = replies[winner].str("refresh_token");
    // Each with a proof of its own, they are retries of the same exchange; of which there may be so many a minute.
    app.advance(domain::SignedDuration::from_mins(1));
    let fields = [("grant_type", "refresh_token"), ("client_id", "web"), ("refresh_token", &*next)];
    let replies =
        at_once(async |n| ask(&app, &fields, Some(&key.proof(&app, TOKEN, &format!("r{n}"), None, None))).await).await;
    assert_eq!(statuses(&replies), BTreeMap::from([(200, MANY)]));
    assert_eq!(replies.iter().map(|reply| reply.str("refresh_token")).collect::<BTreeSet<_>>().len(), 1);
    World::of(&app).await.assert_sound();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_device_is_decided_on_once_and_fetched_once() {
    let (app, _, ada, browser) = start().await;
    let bob = app.customer("bob@example.com").await;
    let browsers = [browser, signed_in(&app, &bob).await];
    let codes = app.form("/oauth2/device_authorization", &[("client_id", "tv"), ("scope", "openid")]).await;
    let codes = codes.expect(200);
    // Eight pages in each of two customers' browsers, and on each somebody allows or refuses.
    let mut pages = Vec::new();
    for n in 0..MANY {
        let mut browser = browsers[n % 2].clone();
        let page = browser.open(&app, "/device").await.expect(200);
        let page = browser.submit(&app, &page, "device", &[("user_code", &codes.str("user_code"))]).await.expect(200);
        pages.push(page.filled("device_confirm", "transaction"));
    }
    let replies = at_once(async |n| {
        let fields = [("transaction", &*pages[n]), ("decision", if n % 4 == 3 { "deny" } else { "allow" })];
        app.send(browsers[n % 2].request(&app, Method::POST, "/device/confirm").form(&fields)).await
    })
    .await;
    assert_eq!(statuses(&replies), BTreeMap::from([(200, 1), (410, MANY - 1)]));
    let winner = replies.iter().position(|reply| reply.status == 200).unwrap();
    let fetch = async || {
        let code = codes.str("device_code");
        ask(&app, &[("grant_type", DEVICE_GRANT), ("client_id", "tv"), ("device_code", &code)], None).await
    };
    let before = World::of(&app).await;
    let fetched = at_once(async |_| fetch().await).await;
    let people = [&ada, &bob];
    let gained =
        async |person: &Person| World::of(&app).await.live_sessions(&person.sub) - before.live_sessions(&person.sub);
    if winner % 4 == 3 {
        assert!(fetched.iter().all(|reply| reply["error"] == "access_denied"), "{:?}", statuses(&fetched));
        return;
    }
    let got = assert_one(200, &["invalid_grant"], &fetched);
    assert_eq!(claims(&fetched[got].str("id_token"))["sub"], people[winner % 2].sub);
    assert!(is_good(&app, &fetched[got].str("access_token")).await);
    assert_eq!((gained(people[winner % 2]).await, gained(people[1 - winner % 2]).await), (1, 0));
    World::of(&app).await.assert_sound();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_allowed_on_two_pages_at_once_is_all_allowed() {
    let (app, _, ada, browser) = start().await;
    let scopes = ["openid email", "openid phone", "openid profile"];
    let mut pages = Vec::new();
    for scope in scopes {
        let asked = [("client_id", "calendar"), ("redirect_uri", CALENDAR), ("scope", scope)];
        let page = browser.clone().authorize(&app, &asked).await.expect(200);
        pages.push(page.filled("consent", "transaction"));
    }
    let press = async |n: usize| {
        let fields = [("transaction", &*pages[n]), ("decision", "allow")];
        app.send(browser.request(&app, Method::POST, "/oauth2/consent").form(&fields)).await
    };
    let (one, two, three) = tokio::join!(press(0), press(1), press(2));
    for (reply, scope) in [one, two, three].iter().zip(scopes) {
        let code = reply.clone().expect(303).back_at(CALENDAR)["code"].clone();
        let tokens = exchange(&app, "calendar", CALENDAR, &code, None).await.expect(200);
        assert_eq!(tokens["scope"], scope);
    }
    let listed = ada.get(&app, "/v1/me/apps").await.expect(200);
    let allowed: BTreeSet<_> =
        listed["apps"][0]["scope"].as_array().unwrap().iter().map(|scope| scope.as_str().unwrap()).collect();
    assert_eq!(allowed, BTreeSet::from(["openid", "email", "phone", "profile"]), "{}", listed.text);
    // Sixteen times the same page is once.
    let asked = [("client_id", "calendar"), ("redirect_uri", CALENDAR), ("scope", "openid address")];
    let page = browser.clone().authorize(&app, &asked).await.expect(200);
    let last = [("transaction", &*page.filled("consent", "transaction")), ("decision", "allow")]
        .map(|(name, value)| (name, value.to_owned()));
    let replies =
        at_once(async |_| app.send(browser.request(&app, Method::POST, "/oauth2/consent").form(&last)).await).await;
    assert_eq!(statuses(&replies), BTreeMap::from([(303, 1), (410, MANY - 1)]));
    World::of(&app).await.assert_sound();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_signs_in_again_on_many_pages_at_once_has_one_session() {
    let (app, at, ada, mut browser) = start().await;
    let code = code(&app, &browser, "web").await;
    exchange(&app, "web", Browser::HOME, &code, None).await.expect(200);
    app.advance(domain::SignedDuration::from_secs(1));
    let before = World::of(&app).await.live_sessions(&ada.sub);
    let page = browser.authorize(&app, &[("prompt", "login")]).await.expect(200);
    let transaction = page.filled("sign_in", "transaction");
    let fields = [("transaction", &*transaction), ("email", &ada.email), ("password", &ada.password)];
    // All but a few go on in it; whoever came too late as often as three times begins another.
    let replies =
        at_once(async |_| app.send(browser.request(&app, Method::POST, "/sign-in").form(&fields)).await).await;
    assert_eq!(statuses(&replies), BTreeMap::from([(303, MANY)]));
    let world = World::of(&app).await;
    world.assert_sound();
    assert!(world.live_sessions(&ada.sub) >= before && world.live_sessions(&ada.sub) < before + MANY);
    // Of all the secrets that were given out for it one is good.
    let mut good = BTreeSet::new();
    for reply in &replies {
        let cookies = reply.headers.get_all("set-cookie").iter().filter_map(|value| value.to_str().ok());
        let session = cookies.filter_map(|text| text.strip_prefix("__Host-portico-session=")).next().unwrap();
        let mut other = browser.clone();
        other.keep("__Host-portico-session", session.split(';').next().unwrap());
        let back = other.authorize(&app, &[("prompt", "none")]).await.expect(303).back_at(Browser::HOME);
        if let Some(code) = back.get("code") {
            let tokens = exchange(&app, "web", Browser::HOME, code, None).await.expect(200);
            assert!(good.insert(claims(&tokens.str("id_token"))["sid"].to_string()), "two secrets of one session");
        }
    }
    assert!(!good.is_empty());
    app.settle().await;
    assert!(at.take("web").is_empty(), "nobody was logged out");
}
