//! Redirect URIs: which may be registered, and which a request may name.

use url::{Host, Url};

/// Why a URI may not be registered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum UriRefused {
    /// Relative, unreadable, too long, or read differently by different programs.
    #[error("not an absolute URI of at most 2000 plain characters")]
    Malformed,
    /// An answer's parameters would be lost behind it (RFC 6749 §3.1.2).
    #[error("it has a fragment")]
    Fragment,
    /// A name before the host only misleads.
    #[error("it has a user's name or password")]
    UserInfo,
    /// Anybody on the way can read it.
    #[error("http: is for this machine only (127.0.0.1, [::1], localhost)")]
    PlainHttp,
    /// Not a scheme that an app can own (RFC 8252 §7.1).
    #[error("a scheme of the app's own is a domain name in reverse, with a dot")]
    Scheme,
}

const LONGEST: usize = 2000;

/// Whether a redirect URI may be registered.
///
/// # Errors
/// When an answer sent there could be read by somebody else.
pub fn check(uri: &str) -> Result<(), UriRefused> {
    let url = parse(uri)?;
    match url.scheme() {
        "https" | "http" => check_web(uri),
        app if app.contains('.') => Ok(()),
        _ => Err(UriRefused::Scheme),
    }
}

/// Whether a URL of the web may be registered: https:, or http: on this machine.
///
/// # Errors
/// When it is something else.
pub fn check_web(uri: &str) -> Result<(), UriRefused> {
    let url = parse(uri)?;
    let is_plain = match url.scheme() {
        "https" => false,
        "http" => true,
        _ => return Err(UriRefused::Scheme),
    };
    // `https:example.com` and `https:///example.com` are not read alike by all programs.
    let authority = uri.get(url.scheme().len()..).and_then(|rest| rest.strip_prefix("://")).unwrap_or_default();
    if authority.is_empty() || authority.starts_with(['/', '?', ':']) {
        return Err(UriRefused::Malformed);
    }
    if is_plain && !names_this_machine(&url) { Err(UriRefused::PlainHttp) } else { Ok(()) }
}

/// Whether it is http: on this machine.
pub fn is_loopback(uri: &str) -> bool {
    parse(uri).is_ok_and(|url| url.scheme() == "http" && names_this_machine(&url))
}

/// Whether a request may name `given`: it is registered, letter by letter. Only the port of a loopback
/// address is the app's to choose when it starts (RFC 8252 §7.3).
pub fn is_registered(registered: &[String], given: &str) -> bool {
    registered
        .iter()
        .any(|known| known == given || loopback_parts(known).is_some_and(|parts| loopback_parts(given) == Some(parts)))
}

/// The host of a URI.
pub(crate) fn host(uri: &str) -> Option<String> {
    parse(uri).ok()?.host_str().map(str::to_owned)
}

/// Where a URI leads, as people are told it: its host, or the scheme of an app's own.
pub fn place(uri: &str) -> Option<String> {
    let url = parse(uri).ok()?;
    let own = matches!(url.scheme(), "https" | "http").then(|| url.host_str()).flatten();
    Some(own.unwrap_or(url.scheme()).to_owned())
}

fn parse(uri: &str) -> Result<Url, UriRefused> {
    let is_plain = |b: u8| b.is_ascii_graphic() && !matches!(b, b'\\' | b'<' | b'>' | b'"' | b'`' | b'*' | b'^' | b'|');
    if uri.len() > LONGEST || !uri.bytes().all(is_plain) {
        return Err(UriRefused::Malformed);
    }
    if uri.contains('#') {
        return Err(UriRefused::Fragment);
    }
    let url = Url::parse(uri).map_err(|_| UriRefused::Malformed)?;
    let authority = uri.split_once("://").map(|(_, rest)| rest.split(['/', '?']).next().unwrap_or_default());
    if !url.username().is_empty() || url.password().is_some() || authority.is_some_and(|a| a.contains('@')) {
        return Err(UriRefused::UserInfo);
    }
    // Written as it is understood: `HTTPS:` would be another string for every exact comparison.
    if uri.starts_with(url.scheme()) { Ok(url) } else { Err(UriRefused::Malformed) }
}

fn names_this_machine(url: &Url) -> bool {
    match url.host() {
        Some(Host::Ipv4(address)) => address.octets() == [127, 0, 0, 1],
        Some(Host::Ipv6(address)) => address.is_loopback(),
        Some(Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        None => false,
    }
}

/// What has to be equal of a URI on a loopback address: the address, and all behind the port.
fn loopback_parts(uri: &str) -> Option<(&'static str, &str)> {
    let (address, rest) = ["http://127.0.0.1", "http://[::1]"]
        .into_iter()
        .find_map(|address| uri.strip_prefix(address).map(|rest| (address, rest)))?;
    let rest = match rest.strip_prefix(':') {
        None => rest,
        Some(port) => {
            let end = port.find(|c: char| !c.is_ascii_digit()).unwrap_or(port.len());
            let (digits, behind) = port.split_at(end);
            digits.parse::<u16>().ok().map(|_| behind)?
        }
    };
    (rest.is_empty() || rest.starts_with(['/', '?'])).then_some((address, rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_goes_nowhere_that_others_can_read() {
        for good in [
            "https://shop.example/cb",
            "https://shop.example/cb?a=b",
            "https://shop.example:8443/cb",
            "http://127.0.0.1/cb",
            "http://[::1]:4000/cb",
            "http://localhost:3000/cb",
            "http://shop.localhost:3000/cb",
            "com.example.app:/cb",
            "com.example.app://cb",
        ] {
            assert_eq!(check(good), Ok(()), "{good}");
        }
        for (wrong, why) in [
            ("/cb", UriRefused::Malformed),
            ("", UriRefused::Malformed),
            ("//shop.example/cb", UriRefused::Malformed),
            ("https:shop.example/cb", UriRefused::Malformed),
            ("https:///shop.example/cb", UriRefused::Malformed),
            ("https:\\\\shop.example", UriRefused::Malformed),
            ("https://shop.example\\@evil.example/", UriRefused::Malformed),
            ("https://*.shop.example/cb", UriRefused::Malformed),
            ("https://shop.example/c b", UriRefused::Malformed),
            ("https://shop.example/\r\nSet-Cookie:a=b", UriRefused::Malformed),
            ("HTTPS://shop.example/cb", UriRefused::Malformed),
            ("https://shop.example/cb#x", UriRefused::Fragment),
            ("https://shop.example/cb#", UriRefused::Fragment),
            ("https://shop.example@evil.example/cb", UriRefused::UserInfo),
            ("https://a:b@evil.example/cb", UriRefused::UserInfo),
            ("https://@evil.example/cb", UriRefused::UserInfo),
            ("http://shop.example/cb", UriRefused::PlainHttp),
            ("http://127.0.0.1.evil.example/cb", UriRefused::PlainHttp),
            ("http://localhost.evil.example/cb", UriRefused::PlainHttp),
            ("http://evillocalhost/cb", UriRefused::PlainHttp),
            ("http://10.0.0.1/cb", UriRefused::PlainHttp),
            ("javascript:alert(1)", UriRefused::Scheme),
            ("data:text/html,x", UriRefused::Scheme),
            ("vbscript:x", UriRefused::Scheme),
            ("file:///etc/passwd", UriRefused::Scheme),
            ("myapp:/cb", UriRefused::Scheme),
        ] {
            assert_eq!(check(wrong), Err(why), "{wrong}");
        }
        assert_eq!(check(&format!("https://shop.example/{}", "a".repeat(2000))), Err(UriRefused::Malformed));
        assert_eq!(check_web("com.example.app:/cb"), Err(UriRefused::Scheme));
    }

    #[test]
    fn a_request_names_a_registered_uri_letter_by_letter() {
        let known = |uri: &str| vec![uri.to_owned()];
        let shop = known("https://shop.example/cb");
        assert!(is_registered(&shop, "https://shop.example/cb"));
        for trick in [
            "https://shop.example/cb/",
            "https://shop.example/cb?x=y",
            "https://shop.example/cb/../x",
            "https://shop.example/CB",
            "https://SHOP.example/cb",
            "https://shop.example:443/cb",
            "https://shop.example:8443/cb",
            "https://shop.example/%63b",
            "https://shop.example.evil.example/cb",
            "https://shop.example@evil.example/cb",
            "http://shop.example/cb",
            "https://shop.example/cb#",
            "https://shop.example/cb ",
            "",
        ] {
            assert!(!is_registered(&shop, trick), "{trick}");
        }
    }

    #[test]
    fn only_the_port_of_a_loopback_address_is_free() {
        let app =
            vec!["http://127.0.0.1/cb".to_owned(), "http://[::1]:1/cb".to_owned(), "http://localhost:1/cb".to_owned()];
        for good in ["http://127.0.0.1/cb", "http://127.0.0.1:50123/cb", "http://[::1]:9/cb", "http://localhost:1/cb"] {
            assert!(is_registered(&app, good), "{good}");
        }
        for trick in [
            "http://127.0.0.1:9/other",
            "http://127.0.0.1:9@evil.example/cb",
            "http://127.0.0.1:/cb",
            "http://127.0.0.1:99999/cb",
            "http://127.0.0.1:+9/cb",
            "http://127.0.0.1.evil.example/cb",
            "http://127.0.0.2:9/cb",
            "https://127.0.0.1:9/cb",
            "http://localhost:2/cb",
            "http://127.0.0.1:9/cb?x",
        ] {
            assert!(!is_registered(&app, trick), "{trick}");
        }
    }
}
