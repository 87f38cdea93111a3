//! Cookies: the hosted pages' alone. What apps call takes none, so that no other site can speak for anybody.

use domain::SignedDuration;
use http::{
    HeaderMap, HeaderValue,
    header::{COOKIE, SET_COOKIE},
};

/// A cookie of the hosted pages. `__Host-` (RFC 6265bis §4.1.3.2): only this host can set it, over TLS, for all
/// of its paths, so that no sibling domain can toss one in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cookie(&'static str);

impl Cookie {
    /// The session of the browser.
    pub const SESSION: Self = Self("__Host-portico-session");
    /// The browser, so that what waits for its customer goes on where it began.
    pub const BROWSER: Self = Self("__Host-portico-browser");
    /// What waits for another proof, while somebody signs in: it stands in no address, which histories keep.
    pub const SIGN_IN: Self = Self("__Host-portico-sign-in");
    /// The device, as a `device_token` of the API.
    pub const DEVICE: Self = Self("__Host-portico-device");

    /// Its name.
    pub fn name(self) -> &'static str {
        self.0
    }

    /// Its value in these headers. One that occurs twice is as good as none.
    pub fn read(self, headers: &HeaderMap) -> Option<&str> {
        let pairs = headers.get_all(COOKIE).iter().filter_map(|value| value.to_str().ok());
        let pairs = pairs.flat_map(|value| value.split(';')).filter_map(|pair| pair.trim().split_once('='));
        let mut own = pairs.filter(|(name, _)| *name == self.0).map(|(_, value)| value);
        let first = own.next().filter(|value| !value.is_empty())?;
        own.next().is_none().then_some(first)
    }

    /// Sets it, for so long, or until the browser is closed.
    pub fn set(self, headers: &mut HeaderMap, value: &str, lives: Option<SignedDuration>) {
        let lives = lives.map(|lives| format!("; Max-Age={}", lives.as_secs())).unwrap_or_default();
        let text = format!("{}={value}; Path=/; Secure; HttpOnly; SameSite=Lax{lives}", self.0);
        // Values are ours, in base64url and dots.
        if let Ok(value) = HeaderValue::from_str(&text) {
            headers.append(SET_COOKIE, value);
        }
    }

    /// Takes it away.
    pub fn clear(self, headers: &mut HeaderMap) {
        self.set(headers, "", Some(SignedDuration::ZERO));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(values: &[&'static str]) -> Option<String> {
        let mut headers = HeaderMap::new();
        for value in values {
            headers.append(COOKIE, HeaderValue::from_static(value));
        }
        Cookie::SESSION.read(&headers).map(str::to_owned)
    }

    #[test]
    fn one_cookie_of_the_name_counts() {
        assert_eq!(read(&["a=b; __Host-portico-session=x.y; c=d"]).as_deref(), Some("x.y"));
        assert_eq!(read(&["a=b", "__Host-portico-session=x"]).as_deref(), Some("x"));
        for none in [
            &["portico-session=x"][..],
            &["__Host-portico-session="],
            &["__Host-portico-session=x; __Host-portico-session=y"],
            &["__Host-portico-session=x", "__Host-portico-session=x"],
            &["__host-portico-session=x"],
        ] {
            assert_eq!(read(none), None, "{none:?}");
        }
    }

    #[test]
    fn no_script_and_no_other_site_has_it() {
        let mut headers = HeaderMap::new();
        Cookie::SESSION.set(&mut headers, "v", Some(SignedDuration::from_secs(60)));
        Cookie::BROWSER.clear(&mut headers);
        let set: Vec<_> = headers.get_all(SET_COOKIE).iter().map(|value| value.to_str().unwrap()).collect();
        assert_eq!(
            set,
            [
                "__Host-portico-session=v; Path=/; Secure; HttpOnly; SameSite=Lax; Max-Age=60",
                "__Host-portico-browser=; Path=/; Secure; HttpOnly; SameSite=Lax; Max-Age=0",
            ]
        );
    }
}
