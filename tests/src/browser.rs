//! A browser without scripts: cookies, links, forms, and the way back to an app.

use std::collections::BTreeMap;

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use reqwest::header::{COOKIE, SET_COOKIE};
use reqwest::{Method, RequestBuilder};

use crate::{App, Reply};

/// The secret of every request's PKCE (RFC 7636).
pub const VERIFIER: &str = "a-verifier-of-forty-three-characters-or-more";

/// An app that signs its customers in on the pages: `web`, at [`Browser::HOME`].
pub const WEB: &str = r#"{"client_id": "web", "client_name": "The Shop", "grant_types": ["authorization_code",
    "refresh_token"], "redirect_uris": ["https://shop.example/back"]}"#;

/// A browser.
#[derive(Clone, Debug, Default)]
pub struct Browser {
    cookies: BTreeMap<String, String>,
    /// The languages that it asks for.
    pub languages: Option<&'static str>,
}

impl Browser {
    /// Where [`WEB`] is.
    pub const HOME: &'static str = "https://shop.example/back";

    /// One that asks for these languages.
    pub fn speaking(languages: &'static str) -> Self {
        Self { languages: Some(languages), ..Self::default() }
    }

    /// A cookie that it keeps.
    pub fn cookie(&self, name: &str) -> Option<&str> {
        self.cookies.get(name).map(String::as_str)
    }

    /// The cookies that it keeps.
    pub fn cookies(&self) -> Vec<&str> {
        self.cookies.keys().map(String::as_str).collect()
    }

    /// It loses a cookie.
    pub fn lose(&mut self, name: &str) {
        self.cookies.remove(name);
    }

    /// Another's cookie gets into it.
    pub fn keep(&mut self, name: &str, value: &str) {
        self.cookies.insert(name.to_owned(), value.to_owned());
    }

    /// A request with what it keeps.
    pub fn request(&self, app: &App, method: Method, path: &str) -> RequestBuilder {
        let mut request = app.request(method, path);
        if !self.cookies.is_empty() {
            let pairs: Vec<_> = self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
            request = request.header(COOKIE, pairs.join("; "));
        }
        match self.languages {
            Some(languages) => request.header("accept-language", languages),
            None => request,
        }
    }

    /// Sends one request and keeps what it is given. Redirects are not followed.
    pub async fn send(&mut self, app: &App, request: RequestBuilder) -> Reply {
        let reply = app.send(request).await;
        for value in reply.headers.get_all(SET_COOKIE) {
            let text = value.to_str().unwrap();
            let (pair, attributes) = text.split_once(';').unwrap();
            let (name, value) = pair.split_once('=').unwrap();
            let is_guarded =
                ["Path=/", "Secure", "HttpOnly", "SameSite=Lax"].iter().all(|one| attributes.contains(one));
            assert!(is_guarded && name.starts_with("__Host-") && !attributes.contains("Domain"), "{text}");
            if attributes.contains("Max-Age=0") {
                self.cookies.remove(name);
            } else {
                self.cookies.insert(name.to_owned(), value.to_owned());
            }
        }
        reply
    }

    /// Opens a page, and goes on as far as this deployment leads.
    pub async fn open(&mut self, app: &App, path: &str) -> Reply {
        let request = self.request(app, Method::GET, path);
        let reply = self.send(app, request).await;
        self.follow(app, reply).await
    }

    /// Sends a page's form with these fields, and goes on as far as this deployment leads.
    pub async fn submit(&mut self, app: &App, page: &Reply, form: &str, fields: &[(&str, &str)]) -> Reply {
        let form = Form::of(page, form);
        let request = self.request(app, Method::POST, &form.action).form(&form.filled(fields));
        let reply = self.send(app, request).await;
        self.follow(app, reply).await
    }

    /// Follows a page's link.
    pub async fn click(&mut self, app: &App, page: &Reply, id: &str) -> Reply {
        let tag = tags(&page.text, "a").into_iter().find(|tag| attribute(tag, "id").as_deref() == Some(id));
        let tag = tag.unwrap_or_else(|| panic!("no link {id} in {}", page.text));
        self.open(app, &attribute(&tag, "href").unwrap()).await
    }

    async fn follow(&mut self, app: &App, mut reply: Reply) -> Reply {
        for _ in 0..9 {
            let next = reply.header("location").to_owned();
            if reply.status != 303 || !next.starts_with('/') {
                return reply;
            }
            let request = self.request(app, Method::GET, &next);
            reply = self.send(app, request).await;
        }
        panic!("is led in a circle: {}", reply.header("location"));
    }

    /// Is sent by [`WEB`] to sign in; `more` is added to the usual parameters, or takes the place of one.
    pub async fn authorize(&mut self, app: &App, more: &[(&str, &str)]) -> Reply {
        let request = self.request(app, Method::GET, "/oauth2/authorize").query(&wanted(more));
        let reply = self.send(app, request).await;
        self.follow(app, reply).await
    }

    /// The request by which [`WEB`] sends it: an address that is opened, or a form.
    pub fn authorization(&self, app: &App, method: Method) -> RequestBuilder {
        let request = self.request(app, method.clone(), "/oauth2/authorize");
        if method == Method::POST { request.form(&wanted(&[])) } else { request.query(&wanted(&[])) }
    }

    /// Signs in on the page.
    pub async fn sign_in(&mut self, app: &App, page: &Reply, email: &str, password: &str) -> Reply {
        self.submit(app, page, "sign_in", &[("email", email), ("password", password)]).await
    }
}

/// The `code_challenge` of [`VERIFIER`] (RFC 7636 §4.2).
pub fn challenge() -> String {
    URL_SAFE_NO_PAD.encode(domain::digest(VERIFIER.as_bytes()))
}

/// What [`WEB`] asks for, with `more` added, or in the place of something.
fn wanted(more: &[(&str, &str)]) -> Vec<(String, String)> {
    let challenge = challenge();
    let usual = [
        ("client_id", "web"),
        ("response_type", "code"),
        ("redirect_uri", Browser::HOME),
        ("scope", "openid email"),
        ("state", "as-it-is"),
        ("nonce", "n-0S6_WzA2Mj"),
        ("code_challenge", &challenge),
        ("code_challenge_method", "S256"),
    ];
    let kept = usual.iter().filter(|(name, _)| more.iter().all(|(other, _)| other != name));
    kept.chain(more).map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

impl Reply {
    /// What the browser brings back to an app: the parameters of the address to which this leads.
    #[track_caller]
    pub fn back_at(&self, redirect_uri: &str) -> BTreeMap<String, String> {
        let location = self.header("location");
        let query = location.strip_prefix(redirect_uri).and_then(|rest| rest.strip_prefix('?'));
        let query =
            query.unwrap_or_else(|| panic!("is not back at {redirect_uri}: {} {location} {}", self.status, self.text));
        let query = reqwest::Url::parse(&format!("https://example.com/?{query}")).unwrap();
        query.query_pairs().into_owned().collect()
    }

    /// A page's headline.
    pub fn headline(&self) -> &str {
        let inner = self.text.split_once("<h1>").and_then(|(_, rest)| rest.split_once("</h1>"));
        inner.map(|(inner, _)| inner).unwrap_or_default()
    }

    /// What a page says is wrong.
    pub fn alert(&self) -> Option<&str> {
        let (_, rest) = self.text.split_once("role=\"alert\">")?;
        rest.split_once("</p>").map(|(inner, _)| inner)
    }

    /// Whether a page has an element of this id.
    pub fn has(&self, id: &str) -> bool {
        self.text.contains(&format!(" id=\"{id}\""))
    }

    /// What a page has typed already in a form.
    #[track_caller]
    pub fn filled(&self, form: &str, field: &str) -> String {
        Form::of(self, form).fields.get(field).cloned().unwrap_or_default()
    }
}

/// A form of a page, as it was sent.
struct Form {
    action: String,
    fields: BTreeMap<String, String>,
}

impl Form {
    #[track_caller]
    fn of(page: &Reply, id: &str) -> Self {
        let forms: Vec<_> = page.text.split("<form").skip(1).filter_map(|rest| rest.split_once("</form>")).collect();
        let is_it = |form: &&(&str, &str)| attribute(form.0.split('>').next().unwrap(), "id").as_deref() == Some(id);
        let (form, _) = forms.iter().find(is_it).unwrap_or_else(|| panic!("no form {id} in {}", page.text));
        let action = attribute(form.split('>').next().unwrap(), "action").unwrap();
        let typed = tags(form, "input").into_iter().filter(|tag| attribute(tag, "type").as_deref() != Some("checkbox"));
        let field = |tag: String| Some((attribute(&tag, "name")?, attribute(&tag, "value").unwrap_or_default()));
        Self { action, fields: typed.filter_map(field).collect() }
    }

    fn filled(mut self, fields: &[(&str, &str)]) -> BTreeMap<String, String> {
        self.fields.extend(fields.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
        self.fields
    }
}

/// The tags of this name, without their ends.
fn tags(html: &str, name: &str) -> Vec<String> {
    let begins = format!("<{name} ");
    html.split(&begins).skip(1).filter_map(|rest| rest.split('>').next().map(str::to_owned)).collect()
}

fn attribute(tag: &str, name: &str) -> Option<String> {
    let (_, rest) = tag.split_once(&format!(" {name}=\"")).or_else(|| tag.split_once(&format!("{name}=\"")))?;
    let value = rest.split('"').next()?;
    let plain = [("&#38;", "&"), ("&amp;", "&"), ("&#34;", "\""), ("&#39;", "'"), ("&#60;", "<"), ("&#62;", ">")];
    Some(plain.iter().fold(value.to_owned(), |text, (escaped, plain)| text.replace(escaped, plain)))
}
