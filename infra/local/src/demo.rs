//! Two small apps of two brands, at `http://shop.localhost:PORT` and `http://club.localhost:PORT`: whoever signs in
//! to one is signed in to the other, and whoever logs out of one is logged out of both.
//!
//! They are relying parties as anybody would write them without a library, so that every step can be read:
//! authorization code with PKCE (RFC 7636), `state`, `nonce` and `iss`, userinfo, RP-initiated logout.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use axum::{
    body::Body,
    extract::Request,
    middleware::Next,
    response::{Html, IntoResponse, Redirect, Response},
};
use base64::{
    Engine as _,
    engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD},
};
use http::{
    HeaderMap, HeaderValue, Method, StatusCode,
    header::{CONTENT_SECURITY_POLICY, COOKIE, HOST, SET_COOKIE},
};
use ring::{
    digest::{SHA256, digest},
    rand::{SecureRandom, SystemRandom},
};
use serde_json::{Value, json};

/// One of the apps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct App {
    /// Its host's first label; `demo-` before it is its `client_id`.
    pub label: &'static str,
    /// Its name.
    pub name: &'static str,
    color: &'static str,
    /// What its pages stand on, and what is written there.
    paper: [&'static str; 2],
    /// What it is called in Arabic, and what its pages to sign in say in English, German and Arabic.
    in_arabic: &'static str,
    welcome: [&'static str; 3],
    /// Its logo, as SVG.
    logo: &'static str,
}

impl App {
    /// Its brand, as the registry of brands has it; the key is its label.
    pub fn brand(&self) -> Value {
        let [background, text] = self.paper;
        let [in_english, in_german, in_arabic] = self.welcome;
        let site = format!("https://{}.example", self.label);
        json!({
            "key": self.label,
            "name": self.name,
            "names": { "ar": self.in_arabic },
            "logo": format!("data:image/svg+xml;base64,{}", STANDARD.encode(self.logo)),
            "colors": { "background": background, "text": text, "accent": self.color },
            "texts": { "en": { "welcome": in_english }, "de": { "welcome": in_german }, "ar": { "welcome": in_arabic } },
            "links": {
                "privacy": format!("{site}/privacy"),
                "terms": format!("{site}/terms"),
                "support": format!("mailto:help@{}.example", self.label),
            },
        })
    }

    /// Where it is, beside a gateway.
    pub fn address(&self, gateway: &str) -> String {
        let port = gateway.rsplit(':').next().unwrap_or_default();
        format!("http://{}.localhost:{port}", self.label)
    }
}

/// The apps.
pub const APPS: [App; 2] = [
    App {
        label: "shop",
        name: "Demo Shop",
        color: "#0b6e4f",
        paper: ["#ffffff", "#12211b"],
        in_arabic: "متجر العرض",
        welcome: [
            "Good things, delivered to your door.",
            "Gute Dinge, bis an die Tür gebracht.",
            "أشياء جميلة تصل إلى باب منزلك.",
        ],
        logo: r##"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><path fill="#0b6e4f" d="M5 11h22l-2 18H7z"/><path fill="none" stroke="#0b6e4f" stroke-width="2.5" d="M11 14V9a5 5 0 0 1 10 0v5"/></svg>"##,
    },
    App {
        label: "club",
        name: "Demo Club",
        color: "#ffc93c",
        paper: ["#2a1038", "#fbf3ff"],
        in_arabic: "نادي العرض",
        welcome: [
            "Music, people, late nights. Come in.",
            "Musik, Leute, lange Nächte. Kommen Sie herein.",
            "موسيقى وأصدقاء وليالٍ طويلة. تفضّل بالدخول.",
        ],
        logo: r##"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><path fill="#6a2c91" d="m16 2 4.1 9.3 10.1 1-7.6 6.7 2.2 9.9-8.8-5.2-8.8 5.2 2.2-9.9L1.8 12.3l10.1-1z"/></svg>"##,
    },
];

/// Both apps, and who is signed in to them.
#[derive(Clone)]
pub(crate) struct Demo {
    /// Who signs people in: Portico, on this machine.
    issuer: String,
    kept: Arc<Mutex<Kept>>,
    http: reqwest::Client,
}

/// What the apps remember, as long as they run.
#[derive(Default)]
struct Kept {
    /// Browsers that were sent away, by `state`.
    leaving: HashMap<String, Leaving>,
    /// Who is signed in, by the cookie.
    sessions: HashMap<String, Session>,
}

struct Leaving {
    app: &'static str,
    cookie: String,
    nonce: String,
    verifier: String,
}

#[derive(Clone)]
struct Session {
    app: &'static str,
    email: String,
    id_token: String,
    sid: String,
}

impl Demo {
    /// The apps beside a gateway.
    pub(crate) fn new(issuer: &str) -> Self {
        // Nothing that is answered here leads elsewhere.
        let http = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).build().unwrap_or_default();
        Self { issuer: issuer.to_owned(), kept: Arc::default(), http }
    }

    /// Answers what is asked of one of the apps, and leaves everything else to the gateway.
    pub(crate) async fn serve(self, request: Request, next: Next) -> Response {
        let host = request.headers().get(HOST).and_then(|host| host.to_str().ok()).unwrap_or_default();
        let label = host.split_once(".localhost").map(|(label, _)| label);
        match APPS.iter().find(|app| Some(app.label) == label) {
            Some(app) => self.answer(app, request).await,
            None => next.run(request).await,
        }
    }

    async fn answer(&self, app: &'static App, request: Request) -> Response {
        let (parts, body) = request.into_parts();
        let cookie = cookie(&parts.headers);
        match (&parts.method, parts.uri.path()) {
            (&Method::GET, "/") => self.home(app, cookie.as_deref()),
            (&Method::GET, "/login") => self.login(app),
            (&Method::GET, "/callback") => {
                let query = parts.uri.query().unwrap_or_default();
                self.callback(app, cookie.as_deref(), &fields(query)).await
            }
            (&Method::POST, "/logout") => self.logout(app, cookie.as_deref()),
            (&Method::POST, "/backchannel-logout") => self.told(body).await,
            _ => (StatusCode::NOT_FOUND, "There is nothing here.").into_response(),
        }
    }

    fn home(&self, app: &App, cookie: Option<&str>) -> Response {
        let session = cookie.and_then(|cookie| self.kept().sessions.get(cookie).cloned());
        let other = APPS.iter().find(|other| other.label != app.label).unwrap_or(app);
        let body = match session.filter(|session| session.app == app.label) {
            Some(session) => format!(
                r#"<p id="who">You are signed in as <b>{}</b>.</p>
<form method="post" action="/logout"><button id="logout">Log out</button></form>"#,
                escaped(&session.email)
            ),
            None => {
                r#"<p id="who">Nobody is signed in.</p><p><a class="button" id="login" href="/login">Sign in</a></p>"#
                    .to_owned()
            }
        };
        let there = other.address(&self.issuer);
        page(
            app,
            &format!(
                r#"{body}<p class="hint">The same customers, another brand: <a href="{there}">{}</a></p>"#,
                other.name
            ),
        )
    }

    /// Sends the browser to sign in.
    fn login(&self, app: &App) -> Response {
        let [Some(state), Some(nonce), Some(verifier), Some(cookie)] = [random(), random(), random(), random()] else {
            return (StatusCode::SERVICE_UNAVAILABLE, "No randomness.").into_response();
        };
        let challenge = URL_SAFE_NO_PAD.encode(digest(&SHA256, verifier.as_bytes()));
        let callback = self.callback_uri(app);
        let query = [
            ("client_id", format!("demo-{}", app.label)),
            ("response_type", "code".to_owned()),
            ("redirect_uri", callback),
            ("scope", "openid email profile".to_owned()),
            ("state", state.clone()),
            ("nonce", nonce.clone()),
            ("code_challenge", challenge),
            ("code_challenge_method", "S256".to_owned()),
        ];
        let address = domain::oidc::with_query(&format!("{}/oauth2/authorize", self.issuer), &query);
        let leaving = Leaving { app: app.label, cookie: cookie.clone(), nonce, verifier };
        self.kept().leaving.insert(state, leaving);
        with_cookie(Redirect::to(&address).into_response(), &cookie)
    }

    /// The browser comes back with a code.
    async fn callback(&self, app: &'static App, cookie: Option<&str>, fields: &HashMap<String, String>) -> Response {
        let leaving = fields.get("state").and_then(|state| self.kept().leaving.remove(state));
        let Some(leaving) =
            leaving.filter(|leaving| leaving.app == app.label && Some(leaving.cookie.as_str()) == cookie)
        else {
            return page(app, "<p>This sign-in was not begun in this browser.</p>");
        };
        if fields.get("iss") != Some(&self.issuer) {
            return page(app, "<p>This answer is somebody else's.</p>");
        }
        let Some(code) = fields.get("code") else {
            let error = fields.get("error").map_or("unknown", String::as_str);
            return page(
                app,
                &format!(r#"<p id="who">Nobody was signed in: {}.</p><p><a href="/">Back</a></p>"#, escaped(error)),
            );
        };
        match self.exchange(app, code, &leaving).await {
            Some((cookie, session)) => {
                self.kept().sessions.insert(cookie.clone(), session);
                with_cookie(Redirect::to("/").into_response(), &cookie)
            }
            None => page(app, "<p>The code could not be exchanged.</p>"),
        }
    }

    async fn exchange(&self, app: &'static App, code: &str, leaving: &Leaving) -> Option<(String, Session)> {
        let form = [
            ("grant_type", "authorization_code".to_owned()),
            ("code", code.to_owned()),
            ("redirect_uri", self.callback_uri(app)),
            ("client_id", format!("demo-{}", app.label)),
            ("code_verifier", leaving.verifier.clone()),
        ];
        let tokens = self.http.post(format!("{}/oauth2/token", self.issuer)).form(&form).send().await.ok()?;
        let tokens: Value = tokens.json().await.ok()?;
        let id_token = tokens.get("id_token")?.as_str()?.to_owned();
        // It comes from the token endpoint itself, so that its signature says nothing more (OpenID Connect Core
        // §3.1.3.7); a nonce of another sign-in would.
        let claims = claims(&id_token)?;
        if claims.get("nonce")?.as_str()? != leaving.nonce {
            return None;
        }
        let access_token = tokens.get("access_token")?.as_str()?;
        let who = self.http.get(format!("{}/oauth2/userinfo", self.issuer)).bearer_auth(access_token);
        let who: Value = who.send().await.ok()?.json().await.ok()?;
        let email = who.get("email").and_then(Value::as_str).unwrap_or_default().to_owned();
        let sid = claims.get("sid")?.as_str()?.to_owned();
        Some((random()?, Session { app: app.label, email, id_token, sid }))
    }

    /// Ends this app's session, and sends the browser to end the one that all apps share.
    fn logout(&self, app: &App, cookie: Option<&str>) -> Response {
        let Some(session) = cookie.and_then(|cookie| self.kept().sessions.remove(cookie)) else {
            return Redirect::to("/").into_response();
        };
        let query = [
            ("id_token_hint", session.id_token),
            ("post_logout_redirect_uri", format!("{}/", app.address(&self.issuer))),
        ];
        let address = domain::oidc::with_query(&format!("{}/oauth2/logout", self.issuer), &query);
        Redirect::to(&address).into_response()
    }

    /// Portico says that a session has ended (OpenID Connect Back-Channel Logout §2.5). The token's signature is
    /// not looked at: nobody but this machine reaches these apps.
    async fn told(&self, body: Body) -> Response {
        let Ok(body) = axum::body::to_bytes(body, 64 * 1024).await else {
            return StatusCode::BAD_REQUEST.into_response();
        };
        let fields = fields(std::str::from_utf8(&body).unwrap_or_default());
        let sid = fields.get("logout_token").and_then(|token| claims(token)?.get("sid")?.as_str().map(str::to_owned));
        let Some(sid) = sid else { return StatusCode::BAD_REQUEST.into_response() };
        self.kept().sessions.retain(|_, session| session.sid != sid);
        StatusCode::OK.into_response()
    }

    fn callback_uri(&self, app: &App) -> String {
        format!("{}/callback", app.address(&self.issuer))
    }

    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn random() -> Option<String> {
    let mut bytes = [0; 32];
    SystemRandom::new().fill(&mut bytes).ok()?;
    Some(URL_SAFE_NO_PAD.encode(bytes))
}

fn claims(jwt: &str) -> Option<Value> {
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(jwt.split('.').nth(1)?).ok()?).ok()
}

fn fields(query: &str) -> HashMap<String, String> {
    url::form_urlencoded::parse(query.as_bytes()).into_owned().collect()
}

const COOKIE_NAME: &str = "demo";

fn cookie(headers: &HeaderMap) -> Option<String> {
    let all = headers.get_all(COOKIE).iter().filter_map(|value| value.to_str().ok());
    let mut pairs = all.flat_map(|value| value.split(';')).filter_map(|pair| pair.trim().split_once('='));
    pairs.find(|(name, _)| *name == COOKIE_NAME).map(|(_, value)| value.to_owned())
}

fn with_cookie(mut response: Response, value: &str) -> Response {
    if let Ok(value) = HeaderValue::from_str(&format!("{COOKIE_NAME}={value}; Path=/; HttpOnly; SameSite=Lax")) {
        response.headers_mut().append(SET_COOKIE, value);
    }
    response
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

fn page(app: &App, body: &str) -> Response {
    let App { name, color, paper: [background, text], .. } = app;
    // What is read on the accent: as the pages to sign in choose it.
    let ink = domain::Color::read(color).map_or("#ffffff".to_owned(), |color| color.ink().to_string());
    let html = format!(
        r#"<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>{name}</title><style>
body{{font:1rem/1.5 system-ui,sans-serif;margin:0;color:{text};background:{background}}}
header{{background:{color};color:{ink};padding:1rem 2rem;font-weight:700}}
main{{max-width:32rem;margin:2rem auto;padding:0 2rem}}
a{{color:inherit}}
button,.button{{display:inline-block;font:inherit;background:{color};color:{ink};border:0;border-radius:.5rem;padding:.6rem 1.2rem;text-decoration:none}}
.hint{{margin-top:2rem;font-size:.875rem}}
</style></head><body><header>{name}</header><main><h1>{name}</h1>{body}</main></body></html>"#
    );
    let policy = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; frame-ancestors 'none'";
    ([(CONTENT_SECURITY_POLICY, policy)], Html(html)).into_response()
}
