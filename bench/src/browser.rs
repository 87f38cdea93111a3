//! A browser: it keeps cookies, and says where it is led.

use std::collections::BTreeMap;

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use reqwest::{
    RequestBuilder, Url,
    header::{COOKIE, LOCATION, SET_COOKIE},
};

use crate::Outcome;

/// Its cookies, by their names.
#[derive(Default)]
pub(crate) struct Browser(BTreeMap<String, String>);

/// The app's address to which browsers come back.
pub(crate) const BACK: &str = "https://web.example/back";
/// The secret of the app's PKCE (RFC 7636).
const VERIFIER: &str = "a-verifier-of-forty-three-characters-or-more";

impl Browser {
    /// A request with its cookies.
    pub(crate) fn with_cookies(&self, request: RequestBuilder) -> RequestBuilder {
        let pairs: Vec<_> = self.0.iter().map(|(name, value)| format!("{name}={value}")).collect();
        if pairs.is_empty() { request } else { request.header(COOKIE, pairs.join("; ")) }
    }

    /// Sends a request, and says where the answer leads.
    pub(crate) async fn led(&mut self, request: RequestBuilder) -> Outcome<Url> {
        let answer = self.with_cookies(request).send().await?;
        for value in answer.headers().get_all(SET_COOKIE) {
            let pair = value.to_str()?.split(';').next().and_then(|pair| pair.split_once('='));
            let (name, value) = pair.ok_or("no cookie")?;
            self.0.insert(name.to_owned(), value.to_owned());
        }
        let location = answer.headers().get(LOCATION).map(|value| value.to_str().map(str::to_owned)).transpose()?;
        let status = answer.status();
        match location {
            Some(location) => Ok(answer.url().join(&location)?),
            None => Err(format!("a browser is led nowhere: {status} {}", answer.text().await?).into()),
        }
    }
}

/// What the app asks for: a sign-in, and the customer's address.
pub(crate) fn wanted() -> Vec<(&'static str, String)> {
    let challenge = URL_SAFE_NO_PAD.encode(domain::digest(VERIFIER.as_bytes()));
    let said = [
        ("client_id", "web"),
        ("response_type", "code"),
        ("redirect_uri", BACK),
        ("scope", "openid email"),
        ("state", "as-it-is"),
        ("nonce", "n-0S6_WzA2Mj"),
        ("code_challenge", &challenge),
        ("code_challenge_method", "S256"),
    ];
    said.map(|(name, value)| (name, value.to_owned())).into()
}

/// What the app sends for the code that a browser has brought back.
pub(crate) fn exchange(back: &Url) -> Outcome<Vec<(&'static str, String)>> {
    let code = param(back, "code").filter(|_| back.as_str().starts_with(BACK));
    let said = [
        ("grant_type", "authorization_code".to_owned()),
        ("client_id", "web".to_owned()),
        ("code", code.ok_or_else(|| format!("no code in {back}"))?),
        ("redirect_uri", BACK.to_owned()),
        ("code_verifier", VERIFIER.to_owned()),
    ];
    Ok(said.into())
}

/// A parameter of an address.
pub(crate) fn param(url: &Url, name: &str) -> Option<String> {
    url.query_pairs().find(|(key, _)| key == name).map(|(_, value)| value.into_owned())
}
