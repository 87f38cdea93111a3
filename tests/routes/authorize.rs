//! Apps sign customers in: what becomes of a code, and who may have it (`functions/token`, `functions/authorize`).

use std::collections::BTreeMap;

use domain::SignedDuration;
use reqwest::Method;
use serde_json::{Value, json};
use tests::{App, Browser, ClientKey, Person, Reply, Setup, VERIFIER, WEB, claims};

/// SHA-256 of `secret`.
const SECRET: &str = "2bb80d537b1da3e38bd30361aa855686bde0eacd7162fef6a25fe97bf527a25b";
const TOKEN: &str = "POST /oauth2/token";
const USERINFO: &str = "GET /oauth2/userinfo";
const BASIC_BACK: &str = "https://basic.example/back";

/// An app of each kind, and a service that may introspect.
fn setup(key: &ClientKey) -> Setup {
    let of = |more: Value| {
        let mut client = json!({"client_name": "An App", "grant_types": ["authorization_code", "refresh_token"]});
        client.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        client
    };
    let clients = json!([
        serde_json::from_str::<Value>(WEB).unwrap(),
        of(json!({"client_id": "basic", "redirect_uris": [BASIC_BACK], "secret_sha256": [SECRET],
            "require_pkce": false, "token_endpoint_auth_method": "client_secret_basic",
            "resources": ["https://orders.example", "https://stock.example"]})),
        of(json!({"client_id": "manager", "redirect_uris": ["https://manager.example/back"],
            "scope": ["openid", "account"]})),
        of(json!({"client_id": "partner", "redirect_uris": ["https://partner.example/back"], "third_party": true,
            "subject_type": "pairwise", "userinfo_signed_response_alg": "RS256"})),
        of(json!({"client_id": "bank", "redirect_uris": ["https://bank.example/back"], "fapi2": true,
            "jwks": {"keys": [key.jwk]}})),
        {"client_id": "orders", "client_name": "Orders", "grant_types": ["client_credentials"], "scopes": ["read"],
            "introspect": true, "secret_sha256": [SECRET]},
        {"client_id": "robot", "client_name": "Robot", "grant_types": ["client_credentials"], "scopes": ["read"],
            "jwks": {"keys": [key.jwk]}},
    ]);
    Setup::default().setting("CLIENTS", &clients.to_string())
}

/// A deployment, a customer, and their browser, where they are signed in.
async fn signed_in() -> (App, Person, Browser) {
    let app = App::with(setup(&ClientKey::generate())).await;
    let ada = app.customer("ada@example.com").await;
    let mut browser = Browser::default();
    let page = browser.authorize(&app, &[]).await.expect(200);
    browser.sign_in(&app, &page, &ada.email, &ada.password).await.expect(303);
    (app, ada, browser)
}

/// A code that `web` is sent.
async fn code(app: &App, browser: &mut Browser, more: &[(&str, &str)]) -> String {
    browser.authorize(app, more).await.expect(303).back_at(Browser::HOME)["code"].clone()
}

fn exchange(code: &str) -> BTreeMap<&'static str, String> {
    [
        ("grant_type", "authorization_code"),
        ("client_id", "web"),
        ("code", code),
        ("redirect_uri", Browser::HOME),
        ("code_verifier", VERIFIER),
    ]
    .map(|(name, value)| (name, value.to_owned()))
    .into()
}

/// Asks for tokens.
async fn ask(app: &App, fields: &BTreeMap<&'static str, String>, proof: Option<&str>) -> Reply {
    let mut request = app.request(Method::POST, "/oauth2/token").form(fields);
    if let Some(proof) = proof {
        request = request.header("dpop", proof);
    }
    app.send(request).await
}

fn with(
    mut fields: BTreeMap<&'static str, String>,
    changes: &[(&'static str, &str)],
) -> BTreeMap<&'static str, String> {
    for (name, value) in changes {
        if value.is_empty() {
            fields.remove(name);
        } else {
            fields.insert(name, (*value).to_owned());
        }
    }
    fields
}

fn refresh_of(client: &'static str, token: &str) -> BTreeMap<&'static str, String> {
    [("grant_type", "refresh_token"), ("client_id", client), ("refresh_token", token)]
        .map(|(name, value)| (name, value.to_owned()))
        .into()
}

async fn userinfo(app: &App, authorization: &str, proof: Option<&str>) -> Reply {
    let mut request = app.request(Method::GET, "/oauth2/userinfo").header("authorization", authorization);
    if let Some(proof) = proof {
        request = request.header("dpop", proof);
    }
    app.send(request).await
}

async fn introspect(app: &App, token: &str) -> Reply {
    let request = app.request(Method::POST, "/oauth2/introspect").basic_auth("orders", Some("secret"));
    app.send(request.form(&[("token", token)])).await.expect(200)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_app_gets_what_it_was_sent_a_code_for() {
    let (app, ada, mut browser) = signed_in().await;
    let tokens = ask(&app, &exchange(&code(&app, &mut browser, &[]).await), None).await.expect(200);
    assert_eq!((tokens.header("cache-control"), tokens["token_type"].as_str()), ("no-store", Some("Bearer")));
    assert_eq!(tokens["scope"], "openid email");
    let (access, id) = (tokens.str("access_token"), claims(&tokens.str("id_token")));
    assert_eq!((id["sub"].as_str(), id["aud"].as_str()), (Some(&*ada.sub), Some("web")));
    assert_eq!(id["nonce"], "n-0S6_WzA2Mj");
    assert!(id["email"].is_null(), "scopes are told at userinfo");
    assert_ne!(id["sid"], claims(&access)["sid"], "the ID token names the browser's session");

    let told = userinfo(&app, &format!("Bearer {access}"), None).await.expect(200);
    assert_eq!(told.body, json!({"sub": ada.sub, "email": "ada@example.com", "email_verified": true}));
    let posted = app.form("/oauth2/userinfo", &[("access_token", &access)]).await.expect(200);
    assert_eq!(posted.body, told.body);
    let twice = app.request(Method::POST, "/oauth2/userinfo").bearer_auth(&access);
    app.send(twice.form(&[("access_token", &access)])).await.oauth(400, "invalid_request");
    let refused = userinfo(&app, &format!("Bearer {}", tokens.str("id_token")), None).await;
    let refused = refused.oauth(401, "invalid_token");
    assert!(refused.header("www-authenticate").contains("error=\"invalid_token\""), "an ID token is no access token");
    // A token of an app that signed the customer in itself is none of OpenID Connect.
    let own = userinfo(&app, &format!("Bearer {}", ada.access), None).await.oauth(403, "insufficient_scope");
    assert!(own.header("www-authenticate").contains("scope=\"openid\""));

    let next = tokens.str("refresh_token");
    ask(&app, &with(refresh_of("web", &next), &[("scope", "openid profile")]), None).await.oauth(400, "invalid_scope");
    let less = ask(&app, &with(refresh_of("web", &next), &[("scope", "openid")]), None).await.expect(200);
    let told = userinfo(&app, &format!("Bearer {}", less.str("access_token")), None).await.expect(200);
    assert_eq!(told.body, json!({"sub": ada.sub}));
    assert_eq!(claims(&less.str("id_token"))["sid"], id["sid"]);
    let all = ask(&app, &refresh_of("web", &less.str("refresh_token")), None).await.expect(200);
    assert_eq!(all["scope"], "openid email", "less once is not less for ever");
    assert_eq!(introspect(&app, &all.str("access_token")).await["active"], true);

    let token = all.str("refresh_token");
    app.form("/oauth2/revoke", &[("token", &token), ("client_id", "web")]).await.expect(200);
    userinfo(&app, &format!("Bearer {access}"), None).await.oauth(401, "invalid_token");
    ask(&app, &refresh_of("web", &token), None).await.oauth(400, "invalid_grant");
    ada.get(&app, "/v1/me").await.expect(200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_app_does_not_own_the_account_of_whom_it_signs_in() {
    let (app, _, mut browser) = signed_in().await;
    let tokens = ask(&app, &exchange(&code(&app, &mut browser, &[]).await), None).await.expect(200);
    let bearer = |tokens: &Reply| tokens.str("access_token");
    for (method, path) in [(Method::GET, "/v1/me"), (Method::GET, "/v1/me/sessions"), (Method::POST, "/v1/logout")] {
        let refused = app.send(app.request(method, path).bearer_auth(bearer(&tokens))).await;
        let refused = refused.problem(403, "insufficient-scope");
        assert!(refused.header("www-authenticate").contains("scope=\"account\""), "{path}");
    }
    let asked =
        [("client_id", "manager"), ("redirect_uri", "https://manager.example/back"), ("scope", "openid account")];
    let back = browser.authorize(&app, &asked).await.expect(303).back_at("https://manager.example/back");
    let fields =
        with(exchange(&back["code"]), &[("client_id", "manager"), ("redirect_uri", "https://manager.example/back")]);
    let tokens = ask(&app, &fields, None).await.expect(200);
    app.send(app.request(Method::GET, "/v1/me").bearer_auth(bearer(&tokens))).await.expect(200);
    // More proof is asked for at the authorization endpoint, not by the app.
    let step_up = app.request(Method::POST, "/v1/mfa/step-up").bearer_auth(bearer(&tokens));
    app.send(step_up.json(&json!({"acr_values": "aal2"}))).await.problem(400, "unknown-client");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_code_that_comes_twice_ends_what_it_bought() {
    let (app, ada, mut browser) = signed_in().await;
    let fields = exchange(&code(&app, &mut browser, &[]).await);
    let tokens = ask(&app, &fields, None).await.expect(200);
    let told = app.mails().await.len();
    // Whoever copied it is another client, or the same: nobody keeps anything.
    ask(&app, &fields, None).await.oauth(400, "invalid_grant");
    userinfo(&app, &format!("Bearer {}", tokens.str("access_token")), None).await.oauth(401, "invalid_token");
    ask(&app, &refresh_of("web", &tokens.str("refresh_token")), None).await.oauth(400, "invalid_grant");
    app.settle().await;
    assert_eq!(app.mails().await.len(), told + 1, "the customer is told, once");
    ask(&app, &fields, None).await.oauth(400, "invalid_grant");
    app.settle().await;
    assert_eq!(app.mails().await.len(), told + 1);
    // The browser is still signed in, and the app can be sent another.
    ask(&app, &exchange(&code(&app, &mut browser, &[]).await), None).await.expect(200);
    ada.get(&app, "/v1/me").await.expect(200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_two_at_once_nobody_keeps_what_a_code_bought() {
    let (app, _, mut browser) = signed_in().await;
    let fields = exchange(&code(&app, &mut browser, &[]).await);
    let (one, two) = tokio::join!(ask(&app, &fields, None), ask(&app, &fields, None));
    let won: Vec<_> = [&one, &two].into_iter().filter(|reply| reply.status == 200).collect();
    assert!(won.len() <= 1, "{} {}", one.text, two.text);
    for reply in won {
        userinfo(&app, &format!("Bearer {}", reply.str("access_token")), None).await.oauth(401, "invalid_token");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_code_is_good_for_whom_it_was_sent_to() {
    let (app, _, mut browser) = signed_in().await;
    let fields = exchange(&code(&app, &mut browser, &[]).await);
    let other = "b-verifier-of-forty-three-characters-or-more";
    for (why, changes) in [
        ("another client", &[("client_id", "manager")][..]),
        ("another redirect URI", &[("redirect_uri", "https://shop.example/back/")]),
        ("another verifier", &[("code_verifier", other)]),
        ("no verifier", &[("code_verifier", "")]),
        ("another code", &[("code", "txn_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")]),
        ("no code at all", &[("code", "nonsense")]),
    ] {
        let reply = ask(&app, &with(fields.clone(), changes), None).await;
        assert_eq!((reply.status, reply["error"].as_str()), (400, Some("invalid_grant")), "{why}: {}", reply.text);
    }
    for missing in ["code", "redirect_uri"] {
        ask(&app, &with(fields.clone(), &[(missing, "")]), None).await.oauth(400, "invalid_request");
    }
    // A verifier without a challenge: somebody took the challenge out of the request.
    let asked =
        [("client_id", "basic"), ("redirect_uri", BASIC_BACK), ("code_challenge", ""), ("code_challenge_method", "")];
    let back = browser.authorize(&app, &asked).await.expect(303).back_at(BASIC_BACK);
    let basic = async |more: &[(&'static str, &str)]| {
        let fields = with(exchange(&back["code"]), &[("client_id", ""), ("redirect_uri", BASIC_BACK)]);
        let request = app.request(Method::POST, "/oauth2/token").basic_auth("basic", Some("secret"));
        app.send(request.form(&with(fields, more))).await
    };
    basic(&[]).await.oauth(400, "invalid_grant");
    basic(&[("code_verifier", "")]).await.expect(200);
    // All of that has spent nothing of the first code, but its minute ends it.
    app.advance(SignedDuration::from_secs(59));
    ask(&app, &fields, None).await.expect(200);
    let late = exchange(&code(&app, &mut browser, &[]).await);
    app.advance(SignedDuration::from_secs(61));
    ask(&app, &late, None).await.oauth(400, "invalid_grant");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_code_buys_what_its_app_may_have_when_it_comes() {
    let (app, ada, mut browser) = signed_in().await;
    let with_web = async |change: Value| {
        let mut web: Value = serde_json::from_str(WEB).unwrap();
        web.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
        app.redeploy(Setup::default().setting("CLIENTS", &json!([web]).to_string())).await;
    };
    with_web(json!({})).await;
    let fields = exchange(&code(&app, &mut browser, &[]).await);
    for (why, change) in [
        ("it may not ask for the address any more", json!({"scope": ["openid"]})),
        ("it has moved", json!({"redirect_uris": ["https://shop.example/elsewhere"]})),
        ("it asks for more proof than there was", json!({"mfa": "required"})),
        ("it is somebody else's, and nobody has allowed it anything", json!({"third_party": true})),
    ] {
        with_web(change).await;
        let reply = ask(&app, &fields, None).await;
        assert_eq!((reply.status, reply["error"].as_str()), (400, Some("invalid_grant")), "{why}: {}", reply.text);
    }
    with_web(json!({"grant_types": ["refresh_token"]})).await;
    ask(&app, &fields, None).await.oauth(400, "unauthorized_client");
    // None of that has spent it.
    with_web(json!({})).await;
    ask(&app, &fields, None).await.expect(200);
    ada.get(&app, "/v1/me").await.expect(200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_code_buys_what_its_customer_allows_when_it_comes() {
    let (app, ada, mut browser) = signed_in().await;
    let home = "https://partner.example/back";
    let allow = async |browser: &mut Browser, scope: &str| {
        let asked = [("client_id", "partner"), ("redirect_uri", home), ("scope", scope)];
        let page = browser.authorize(&app, &asked).await.expect(200);
        let back = browser.submit(&app, &page, "consent", &[("decision", "allow")]).await.expect(303).back_at(home);
        with(exchange(&back["code"]), &[("client_id", "partner"), ("redirect_uri", home)])
    };
    let more = allow(&mut browser, "openid email").await;
    ada.call(&app, Method::DELETE, "/v1/me/apps/partner", None).await.expect(204);
    ask(&app, &more, None).await.oauth(400, "invalid_grant");
    // It is allowed less the second time: that is what it gets.
    let less = allow(&mut browser, "openid").await;
    ask(&app, &more, None).await.oauth(400, "invalid_grant");
    assert_eq!(ask(&app, &less, None).await.expect(200)["scope"], "openid");
}

/// How many proofs are remembered.
async fn remembered(app: &App) -> usize {
    let all = app.system.dump("Transient").await.unwrap();
    all.iter().filter(|item| item["sk"]["S"] == "JTI").count()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_proof_is_spent_by_what_it_is_good_for() {
    let (app, _, mut browser) = signed_in().await;
    let key = ClientKey::generate();
    let proof = |jti: &str| key.proof(&app, TOKEN, jti, None, None);
    let fields = exchange(&code(&app, &mut browser, &[]).await);
    // Requests that were never to succeed use nothing up and leave nothing behind, whoever sends them.
    let seen = proof("seen");
    let stranger = "b-verifier-of-forty-three-characters-or-more";
    for changes in [
        &[("code", "txn_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")][..],
        &[("code_verifier", stranger)],
        &[("redirect_uri", "https://shop.example/other")],
        &[("client_id", "manager")],
        &[("resource", "https://other.example")],
        &[("grant_type", "refresh_token"), ("refresh_token", "prt_none")],
        &[("grant_type", "password")],
    ] {
        let reply = ask(&app, &with(fields.clone(), changes), Some(&seen)).await;
        assert_eq!(reply.status, 400, "{changes:?} {}", reply.text);
    }
    let refused = app.request(Method::POST, "/oauth2/par").basic_auth("basic", Some("secret"));
    let pushed = key.proof(&app, "POST /oauth2/par", "pushed", None, None);
    app.send(refused.header("dpop", &pushed).form(&[("response_type", "token")])).await.expect(400);
    assert_eq!(remembered(&app).await, 0);

    // Whoever saw it has not kept its owner from using it.
    let tokens = ask(&app, &fields, Some(&seen)).await.expect(200);
    assert_eq!(remembered(&app).await, 1);
    // The answer was lost, and the same request comes again: it is told why not, and nothing ends by it.
    let again = ask(&app, &fields, Some(&seen)).await.oauth(400, "invalid_dpop_proof");
    assert!(again.str("error_description").contains("used before"), "{}", again.text);
    let access = tokens.str("access_token");
    let shown = format!("DPoP {access}");
    let about = |jti: &str| key.proof(&app, USERINFO, jti, Some(&access), None);
    userinfo(&app, &shown, Some(&about("u1"))).await.expect(200);

    // Of a refresh too; with a proof of its own, a retry has its answer.
    let (next, renewing) = (refresh_of("web", &tokens.str("refresh_token")), proof("renewing"));
    ask(&app, &with(next.clone(), &[("scope", "openid phone")]), Some(&renewing)).await.oauth(400, "invalid_scope");
    let renewed = ask(&app, &next, Some(&renewing)).await.expect(200);
    ask(&app, &next, Some(&renewing)).await.oauth(400, "invalid_dpop_proof");
    let retried = ask(&app, &next, Some(&proof("retried"))).await.expect(200);
    assert_eq!(retried.str("refresh_token"), renewed.str("refresh_token"));
    // Shown again when nobody would believe it to be a retry, it is still no theft: that has a proof of its own.
    app.advance(SignedDuration::from_secs(11));
    ask(&app, &next, Some(&renewing)).await.oauth(400, "invalid_dpop_proof");
    userinfo(&app, &shown, Some(&about("u2"))).await.expect(200);

    // A code that comes again with a proof of its own was copied.
    ask(&app, &fields, Some(&proof("copied"))).await.oauth(400, "invalid_grant");
    userinfo(&app, &shown, Some(&about("u3"))).await.oauth(401, "invalid_token");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_bound_token_is_nobodys_who_has_not_the_key() {
    let (app, _, mut browser) = signed_in().await;
    let (key, thief) = (ClientKey::generate(), ClientKey::generate());
    let jkt = key.thumbprint();

    // A code that was asked for with a key.
    let fields = exchange(&code(&app, &mut browser, &[("dpop_jkt", &jkt)]).await);
    ask(&app, &fields, None).await.oauth(400, "invalid_request");
    let stolen = thief.proof(&app, TOKEN, "t1", None, None);
    ask(&app, &fields, Some(&stolen)).await.oauth(400, "invalid_grant");
    let proof = key.proof(&app, TOKEN, "1", None, None);
    let tokens = ask(&app, &fields, Some(&proof)).await.expect(200);
    assert_eq!(tokens["token_type"], "DPoP");
    let access = tokens.str("access_token");
    assert_eq!(claims(&access)["cnf"], json!({"jkt": jkt}));
    let known = introspect(&app, &access).await;
    assert_eq!((known["token_type"].as_str(), &known["cnf"]), (Some("DPoP"), &json!({"jkt": jkt})));

    let shown = format!("DPoP {access}");
    let good = key.proof(&app, USERINFO, "2", Some(&access), None);
    userinfo(&app, &shown, Some(&good)).await.expect(200);
    let replayed = userinfo(&app, &shown, Some(&good)).await.oauth(401, "invalid_token");
    assert!(replayed.header("www-authenticate").starts_with("DPoP "), "{:?}", replayed.headers);
    let as_bearer = userinfo(&app, &format!("Bearer {access}"), None).await.oauth(401, "invalid_token");
    assert!(as_bearer.header("www-authenticate").starts_with("DPoP "), "{:?}", as_bearer.headers);
    for (why, proof) in [
        ("none", None),
        ("another key's", Some(thief.proof(&app, USERINFO, "t2", Some(&access), None))),
        ("another request's", Some(key.proof(&app, "POST /oauth2/userinfo", "3", Some(&access), None))),
        ("another path's", Some(key.proof(&app, "GET /v1/me", "4", Some(&access), None))),
        ("without the token's hash", Some(key.proof(&app, USERINFO, "5", None, None))),
        ("another token's", Some(key.proof(&app, USERINFO, "6", Some("other"), None))),
    ] {
        let reply = userinfo(&app, &shown, proof.as_deref()).await;
        assert_eq!((reply.status, reply["error"].as_str()), (401, Some("invalid_token")), "{why}: {}", reply.text);
    }
    let mine = app.request(Method::GET, "/v1/me").header("authorization", &shown);
    let proof = key.proof(&app, "GET /v1/me", "7", Some(&access), None);
    let told = app.send(mine.header("dpop", proof)).await.problem(403, "insufficient-scope");
    assert!(told.header("www-authenticate").starts_with("DPoP "), "as it was presented: {:?}", told.headers);

    // So is what continues it.
    let next = refresh_of("web", &tokens.str("refresh_token"));
    ask(&app, &next, None).await.oauth(400, "invalid_request");
    let stolen = thief.proof(&app, TOKEN, "t3", None, None);
    ask(&app, &next, Some(&stolen)).await.oauth(400, "invalid_grant");
    let proof = key.proof(&app, TOKEN, "8", None, None);
    let renewed = ask(&app, &next, Some(&proof)).await.expect(200);
    assert_eq!(claims(&renewed.str("access_token"))["cnf"], json!({"jkt": jkt}));
    let next = refresh_of("web", &renewed.str("refresh_token"));
    ask(&app, &next, Some(&proof)).await.oauth(400, "invalid_dpop_proof");
    // A token that is bound to nothing is not made better by a proof.
    let free = ask(&app, &exchange(&code(&app, &mut browser, &[]).await), None).await.expect(200).str("access_token");
    let proof = key.proof(&app, USERINFO, "9", Some(&free), None);
    userinfo(&app, &format!("DPoP {free}"), Some(&proof)).await.oauth(401, "invalid_token");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_deployment_can_demand_that_proofs_are_fresh() {
    let key = ClientKey::generate();
    let app = App::with(setup(&key).setting("DPOP_NONCE", "required")).await;
    let robot = async |jti: &str, nonce: Option<&str>| {
        let assertion = key.assertion(&app, "robot", jti);
        let fields = [
            ("grant_type", "client_credentials"),
            ("client_assertion", assertion.as_str()),
            ("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"),
        ];
        let request = app.request(Method::POST, "/oauth2/token").form(&fields);
        app.send(request.header("dpop", key.proof(&app, TOKEN, jti, None, nonce))).await
    };
    let told = robot("1", None).await.oauth(400, "use_dpop_nonce");
    let nonce = told.header("dpop-nonce").to_owned();
    let tokens = robot("2", Some(&nonce)).await.expect(200);
    assert_eq!((&tokens["token_type"], &tokens["refresh_token"]), (&json!("DPoP"), &Value::Null));
    app.advance(SignedDuration::from_secs(60));
    robot("3", Some(&nonce)).await.expect(200);
    app.advance(SignedDuration::from_secs(60));
    let told = robot("4", Some(&nonce)).await.oauth(400, "use_dpop_nonce");
    assert_ne!(told.header("dpop-nonce"), nonce);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_client_shows_who_it_is_in_one_way_and_once() {
    let (key, other) = (ClientKey::generate(), ClientKey::generate());
    let app = App::with(setup(&key)).await;
    let robot = async |assertion: &str, more: &[(&str, &str)]| {
        let mut fields = vec![
            ("grant_type", "client_credentials"),
            ("client_assertion", assertion),
            ("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"),
        ];
        fields.extend(more);
        app.form("/oauth2/token", &fields).await
    };
    let assertion = key.assertion(&app, "robot", "1");
    let tokens = robot(&assertion, &[]).await.expect(200);
    assert_eq!(claims(&tokens.str("access_token"))["sub"], "robot");
    robot(&assertion, &[]).await.oauth(401, "invalid_client");
    robot(&other.assertion(&app, "robot", "2"), &[]).await.oauth(401, "invalid_client");
    robot(&key.assertion(&app, "orders", "3"), &[]).await.oauth(401, "invalid_client");
    robot(&key.assertion(&app, "robot", "4"), &[("client_id", "bank")]).await.oauth(401, "invalid_client");
    robot(&key.assertion(&app, "robot", "5"), &[("client_secret", "secret"), ("client_id", "robot")])
        .await
        .oauth(400, "invalid_request");
    app.form("/oauth2/token", &[("grant_type", "client_credentials"), ("client_id", "robot")])
        .await
        .oauth(401, "invalid_client");
    let late = key.assertion(&app, "robot", "6");
    app.advance(SignedDuration::from_secs(60));
    robot(&late, &[]).await.oauth(401, "invalid_client");
    // Registered for one way, it is refused in another.
    let fields =
        [("client_id", "basic"), ("client_secret", "secret"), ("grant_type", "refresh_token"), ("token", "none")];
    for path in ["token", "par", "revoke", "introspect", "device_authorization"] {
        app.form(&format!("/oauth2/{path}"), &fields).await.oauth(401, "invalid_client");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tokens_are_for_the_resources_that_were_asked_for() {
    let (app, _, mut browser) = signed_in().await;
    let (orders, stock) = ("https://orders.example", "https://stock.example");
    let asked = [("client_id", "basic"), ("redirect_uri", BASIC_BACK), ("resource", orders), ("resource", stock)];
    let back = browser.authorize(&app, &asked).await.expect(303).back_at(BASIC_BACK);
    let basic = async |fields: BTreeMap<&'static str, String>| {
        let request = app.request(Method::POST, "/oauth2/token").basic_auth("basic", Some("secret"));
        app.send(request.form(&with(fields, &[("client_id", "")]))).await
    };
    let fields = with(exchange(&back["code"]), &[("redirect_uri", BASIC_BACK)]);
    basic(with(fields.clone(), &[("resource", "https://other.example")])).await.oauth(400, "invalid_target");
    let tokens = basic(with(fields, &[("resource", stock)])).await.expect(200);
    let access = tokens.str("access_token");
    assert_eq!(claims(&access)["aud"], stock);
    userinfo(&app, &format!("Bearer {access}"), None).await.oauth(401, "invalid_token");
    assert_eq!(introspect(&app, &access).await["aud"], json!([stock]));
    let all = basic(refresh_of("basic", &tokens.str("refresh_token"))).await.expect(200);
    assert_eq!(claims(&all.str("access_token"))["aud"], json!([orders, stock]));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_partner_knows_a_customer_by_a_name_of_its_own() {
    let (app, ada, mut browser) = signed_in().await;
    let home = "https://partner.example/back";
    let asked = [("client_id", "partner"), ("redirect_uri", home)];
    let page = browser.authorize(&app, &asked).await.expect(200);
    let back = browser.submit(&app, &page, "consent", &[("decision", "allow")]).await.expect(303).back_at(home);
    let fields = with(exchange(&back["code"]), &[("client_id", "partner"), ("redirect_uri", home)]);
    let tokens = ask(&app, &fields, None).await.expect(200);
    let (access, sub) = (tokens.str("access_token"), claims(&tokens.str("id_token"))["sub"].clone());
    assert!(sub.as_str().unwrap().starts_with("pws_") && claims(&access)["sub"] == sub);
    assert!(!format!("{}{}", claims(&access), claims(&tokens.str("id_token"))).contains(&ada.sub));

    let told = userinfo(&app, &format!("Bearer {access}"), None).await.expect(200);
    assert_eq!(told.header("content-type"), "application/jwt");
    let said = claims(&told.text);
    assert_eq!((&said["sub"], &said["aud"], &said["email"]), (&sub, &json!("partner"), &json!("ada@example.com")));
    assert_eq!(said["iss"], app.system.gateway_url());
    // What says who it is to others is not for it.
    app.send(app.request(Method::GET, "/v1/me").bearer_auth(&access)).await.problem(403, "insufficient-scope");

    assert_eq!(introspect(&app, &access).await["sub"], sub);
    assert_eq!(introspect(&app, &tokens.str("refresh_token")).await["sub"], sub);
    let signed = app.request(Method::POST, "/oauth2/introspect").basic_auth("orders", Some("secret"));
    let signed = signed.header("accept", "application/token-introspection+jwt").form(&[("token", &access)]);
    let signed = app.send(signed).await.expect(200);
    assert_eq!(signed.header("content-type"), "application/token-introspection+jwt");
    let said = claims(&signed.text);
    assert_eq!((&said["aud"], &said["token_introspection"]["sub"]), (&json!("orders"), &sub));
    assert!(said["sub"].is_null() && said["exp"].is_null(), "it is no token itself");
    userinfo(&app, &format!("Bearer {}", signed.text), None).await.oauth(401, "invalid_token");

    app.form("/oauth2/revoke", &[("token", &access), ("client_id", "partner")]).await.expect(200);
    assert_eq!(introspect(&app, &access).await.body, json!({"active": false}));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_request_is_pushed_before_a_browser_moves() {
    let (app, _, mut browser) = signed_in().await;
    let challenge = "Ni3VHNsV0HpKX0ocJPOMxRV0UIzzLTIVrPXVrHAPpTU";
    let request = [
        ("response_type", "code"),
        ("redirect_uri", BASIC_BACK),
        ("scope", "openid"),
        ("state", "pushed"),
        ("code_challenge", challenge),
        ("code_challenge_method", "S256"),
    ];
    let push = async |more: &[(&str, &str)]| {
        let kept = request.iter().filter(|(name, _)| more.iter().all(|(other, _)| other != name));
        let fields: Vec<_> = kept.chain(more).copied().collect();
        let request = app.request(Method::POST, "/oauth2/par").basic_auth("basic", Some("secret"));
        app.send(request.form(&fields)).await
    };
    let pushed = push(&[]).await.expect(201);
    assert_eq!((pushed.header("cache-control"), pushed["expires_in"].as_i64()), ("no-store", Some(90)));
    for (why, more, error) in [
        ("a pushed one", ("request_uri", "urn:ietf:params:oauth:request_uri:x"), "invalid_request"),
        ("elsewhere", ("redirect_uri", "https://evil.example/back"), "invalid_request"),
        ("another client", ("client_id", "web"), "invalid_request"),
        ("a token at once", ("response_type", "token"), "unsupported_response_type"),
        ("a plain challenge", ("code_challenge_method", "plain"), "invalid_request"),
        ("a foreign resource", ("resource", "https://other.example"), "invalid_target"),
        ("an unsigned object", ("request", "eyJhbGciOiJub25lIn0.e30."), "invalid_request_object"),
    ] {
        let reply = push(&[more]).await;
        assert_eq!((reply.status, reply["error"].as_str()), (400, Some(error)), "{why}: {}", reply.text);
    }
    app.form("/oauth2/par", &request).await.oauth(400, "unauthorized_client");
    let nobody = app.request(Method::POST, "/oauth2/par").basic_auth("basic", Some("wrong")).form(&request);
    app.send(nobody).await.oauth(401, "invalid_client");
    assert_eq!(app.get("/oauth2/par").await.status, 404, "the gateway has no such route");

    let uri = pushed.str("request_uri");
    let open = |client: &str| format!("/oauth2/authorize?client_id={client}&request_uri={uri}");
    assert_eq!(browser.open(&app, &open("web")).await.status, 400, "another client's");
    let back = browser.open(&app, &open("basic")).await.expect(303).back_at(BASIC_BACK);
    assert_eq!(back["state"], "pushed");
    assert_eq!(browser.open(&app, &open("basic")).await.status, 400, "it is spent with its code");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_bank_has_what_fapi_asks_for() {
    let key = ClientKey::generate();
    let app = App::with(setup(&key)).await;
    let ada = app.customer("ada@example.com").await;
    let (home, mut browser) = ("https://bank.example/back", Browser::default());
    let challenge = tests::challenge();
    let post = async |path: &str, jti: &str, fields: &[(&str, &str)], proof: bool| {
        let assertion = key.assertion(&app, "bank", jti);
        let mut all = vec![
            ("client_assertion", assertion.as_str()),
            ("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"),
        ];
        all.extend(fields);
        let mut request = app.request(Method::POST, path).form(&all);
        if proof {
            request = request.header("dpop", key.proof(&app, &format!("POST {path}"), jti, None, None));
        }
        app.send(request).await
    };
    let request = [
        ("response_type", "code"),
        ("redirect_uri", home),
        ("scope", "openid"),
        ("code_challenge", challenge.as_str()),
        ("code_challenge_method", "S256"),
    ];
    // A request that was not pushed is none.
    let plain: Vec<_> = request.iter().map(|(name, value)| format!("{name}={value}")).collect();
    let refused = browser.open(&app, &format!("/oauth2/authorize?client_id=bank&{}", plain.join("&"))).await;
    assert_eq!((refused.status, refused.header("location")), (400, ""));
    let pushed = post("/oauth2/par", "1", &request, true).await.expect(201);
    let path = format!("/oauth2/authorize?client_id=bank&request_uri={}", pushed.str("request_uri"));
    let page = browser.open(&app, &path).await.expect(200);
    let back = browser.sign_in(&app, &page, &ada.email, &ada.password).await.expect(303).back_at(home);

    let fields = [
        ("grant_type", "authorization_code"),
        ("code", back["code"].as_str()),
        ("redirect_uri", home),
        ("code_verifier", VERIFIER),
    ];
    post("/oauth2/token", "2", &fields, false).await.oauth(400, "invalid_request");
    let tokens = post("/oauth2/token", "3", &fields, true).await.expect(200);
    assert_eq!(tokens["token_type"], "DPoP");
    let token = tokens.str("refresh_token");
    let next = [("grant_type", "refresh_token"), ("refresh_token", token.as_str())];
    for jti in ["4", "5"] {
        let renewed = post("/oauth2/token", jti, &next, true).await.expect(200);
        assert_eq!(renewed.str("refresh_token"), token, "no rotation: its key protects it");
    }
    post("/oauth2/token", "6", &next, false).await.oauth(400, "invalid_request");
    let access = tokens.str("access_token");
    let proof = key.proof(&app, USERINFO, "7", Some(&access), None);
    assert_eq!(userinfo(&app, &format!("DPoP {access}"), Some(&proof)).await.expect(200)["sub"], ada.sub);

    // A request can be signed; what stands around it counts for nothing.
    let now = app.now();
    let mut signed: Value = request.iter().map(|(name, value)| (*name, *value)).collect();
    for (name, value) in [
        ("client_id", json!("bank")),
        ("iss", json!("bank")),
        ("aud", json!(app.system.gateway_url())),
        ("nbf", json!(now)),
        ("exp", json!(now + 60)),
        ("state", json!("signed")),
    ] {
        signed[name] = value;
    }
    let object = key.sign(&json!({"alg": "ES256", "typ": "oauth-authz-req+jwt"}), &signed);
    let fields = [("request", object.as_str()), ("redirect_uri", "https://evil.example/back"), ("state", "plain")];
    let pushed = post("/oauth2/par", "8", &fields, false).await.expect(201);
    let path = format!("/oauth2/authorize?client_id=bank&request_uri={}", pushed.str("request_uri"));
    let both = Browser::default().open(&app, &format!("{path}&request={object}")).await.expect(400);
    assert!(both.text.contains("request and request_uri cannot be sent together."), "{}", both.text);
    assert_eq!(browser.open(&app, &path).await.expect(303).back_at(home)["state"], "signed");
    let other = ClientKey::generate().sign(&json!({"alg": "ES256", "typ": "oauth-authz-req+jwt"}), &signed);
    post("/oauth2/par", "9", &[("request", other.as_str())], false).await.oauth(400, "invalid_request_object");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn claims_that_are_asked_for_by_name_are_given_to_who_may_have_them() {
    let (app, ada, mut browser) = signed_in().await;
    let asked =
        json!({"id_token": {"email": null, "shoe_size": null}, "userinfo": {"email_verified": null}}).to_string();
    let more = [("scope", "openid"), ("claims", asked.as_str())];
    let tokens = ask(&app, &exchange(&code(&app, &mut browser, &more).await), None).await.expect(200);
    let id = claims(&tokens.str("id_token"));
    assert_eq!(
        (&id["email"], &id["email_verified"], &id["shoe_size"]),
        (&json!(ada.email), &Value::Null, &Value::Null)
    );
    let told = userinfo(&app, &format!("Bearer {}", tokens.str("access_token")), None).await.expect(200);
    assert_eq!(told.body, json!({"sub": ada.sub, "email_verified": true}));
    let again = ask(&app, &refresh_of("web", &tokens.str("refresh_token")), None).await.expect(200);
    assert_eq!(claims(&again.str("id_token"))["email"], ada.email);

    // The customer was not asked whether this app of somebody else's may know their address.
    let home = "https://partner.example/back";
    let more = [("client_id", "partner"), ("redirect_uri", home), ("scope", "openid"), ("claims", asked.as_str())];
    let page = browser.authorize(&app, &more).await.expect(200);
    let back = browser.submit(&app, &page, "consent", &[("decision", "allow")]).await.expect(303).back_at(home);
    let fields = with(exchange(&back["code"]), &[("client_id", "partner"), ("redirect_uri", home)]);
    let tokens = ask(&app, &fields, None).await.expect(200);
    assert!(claims(&tokens.str("id_token"))["email"].is_null());
    let told = userinfo(&app, &format!("Bearer {}", tokens.str("access_token")), None).await.expect(200);
    assert!(claims(&told.text)["email_verified"].is_null());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_log_out_ends_codes_that_were_not_exchanged() {
    let (app, ada, mut browser) = signed_in().await;
    let fields = exchange(&code(&app, &mut browser, &[]).await);
    ada.call(&app, Method::DELETE, "/v1/me/sessions", None).await;
    ask(&app, &fields, None).await.oauth(400, "invalid_grant");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_signs_in_in_the_place_of_somebody_else_is_led_back_once() {
    let (app, ada, mut browser) = signed_in().await;
    let code = code(&app, &mut browser, &[]).await;
    let id_token = ask(&app, &exchange(&code), None).await.expect(200).str("id_token");
    let hint = [("id_token_hint", id_token.as_str())];
    let bob = app.customer("bob@example.com").await;
    let mut other = Browser::default();
    let page = other.authorize(&app, &hint).await.expect(200);
    let back = other.sign_in(&app, &page, &bob.email, &bob.password).await.expect(303).back_at(Browser::HOME);
    assert_eq!(back["error"], "login_required");
    // Of a hint that nobody can verify nothing is known: whoever signs in comes back with a code, but not unseen.
    let mut other = Browser::default();
    let unknown = [("id_token_hint", "eyJhbGciOiJFUzI1NiJ9.e30.AA")];
    let page = other.authorize(&app, &unknown).await.expect(200);
    let back = other.sign_in(&app, &page, &ada.email, &ada.password).await.expect(303).back_at(Browser::HOME);
    assert!(back.contains_key("code"));
    let silent = [unknown[0], ("prompt", "none")];
    assert_eq!(other.authorize(&app, &silent).await.expect(303).back_at(Browser::HOME)["error"], "login_required");
    // An app of others says what it asks for.
    let partner = [("client_id", "partner"), ("redirect_uri", "https://partner.example/back"), ("scope", "")];
    let back = other.authorize(&app, &partner).await.expect(303).back_at("https://partner.example/back");
    assert_eq!(back["error"], "invalid_scope");
    // One that it may not have is named.
    let [client, redirect, _] = partner;
    let greedy = [client, redirect, ("scope", "admin:audit <b>")];
    let back = other.authorize(&app, &greedy).await.expect(303).back_at("https://partner.example/back");
    let said = "the client may ask for none of these scopes: admin:audit";
    assert_eq!((back["error"].as_str(), back["error_description"].as_str()), ("invalid_scope", said));
}
