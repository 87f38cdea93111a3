//! Where a call goes, before anything is looked up: what its address says by itself.

use std::net::{IpAddr, Ipv4Addr};

use url::{Host, Url};

use crate::address::Reach;
use crate::call::NotCalled;

/// An address that may be called, if its name leads to addresses that may.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Target {
    /// As it is asked for: with every way to write the same host brought into one.
    pub(crate) url: String,
}

impl Target {
    /// Reads an address. An IP address in it is not resolved by anybody, so that it is looked at here.
    pub(crate) fn parse(text: &str, reach: Reach) -> Result<Self, NotCalled> {
        let url = Url::parse(text).map_err(|_| NotCalled::Malformed)?;
        let host = url.host().ok_or(NotCalled::Malformed)?;
        if !url.username().is_empty() || url.password().is_some() || url.fragment().is_some() {
            return Err(NotCalled::Malformed);
        }
        let literal = match &host {
            Host::Ipv4(address) => Some(IpAddr::V4(*address)),
            Host::Ipv6(address) => Some(IpAddr::V6(*address)),
            Host::Domain(_) => None,
        };
        if literal.is_some_and(|address| !reach.covers(address)) {
            return Err(NotCalled::Private);
        }
        let is_here = match &host {
            Host::Domain(name) => is_local_name(name),
            _ => literal.is_some_and(|address| address.is_loopback()),
        };
        match url.scheme() {
            "https" => {}
            "http" if reach == Reach::Loopback && is_here => {}
            _ => return Err(NotCalled::Plain),
        }
        if is_here && reach == Reach::Public {
            return Err(NotCalled::Private);
        }
        Ok(Self { url: url.into() })
    }
}

/// Names that are this machine's whatever a resolver says (RFC 6761 §6.3).
pub(crate) fn is_local_name(name: &str) -> bool {
    let name = name.trim_end_matches('.').to_ascii_lowercase();
    name == "localhost" || name.ends_with(".localhost")
}

/// Where they lead.
pub(crate) const HERE: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_refused_for_what_it_says_itself() {
        let refused = |text: &str, reach| Target::parse(text, reach).err();
        for (text, why) in [
            ("http://shop.example/logout", NotCalled::Plain),
            ("ftp://shop.example/logout", NotCalled::Plain),
            ("file:///etc/passwd", NotCalled::Malformed),
            ("shop.example", NotCalled::Malformed),
            ("", NotCalled::Malformed),
            ("https://", NotCalled::Malformed),
            ("https://user@shop.example/", NotCalled::Malformed),
            ("https://user:word@shop.example/", NotCalled::Malformed),
            ("https://shop.example/#here", NotCalled::Malformed),
            ("https://127.0.0.1/", NotCalled::Private),
            ("https://127.1/", NotCalled::Private),
            ("https://2130706433/", NotCalled::Private),
            ("https://0x7f000001/", NotCalled::Private),
            ("https://0177.0.0.1/", NotCalled::Private),
            ("https://\u{ff11}27.0.0.1/", NotCalled::Private),
            ("https://169.254.169.254/latest/meta-data", NotCalled::Private),
            ("https://10.0.0.1/", NotCalled::Private),
            ("https://[::1]/", NotCalled::Private),
            ("https://[::ffff:10.0.0.1]/", NotCalled::Private),
            ("https://[fd00:ec2::254]/", NotCalled::Private),
            ("https://localhost/", NotCalled::Private),
            ("https://LOCALHOST./", NotCalled::Private),
            ("https://shop.localhost:3000/", NotCalled::Private),
            ("http://127.0.0.1:9001/2018-06-01/runtime/invocation/next", NotCalled::Private),
        ] {
            assert_eq!(refused(text, Reach::Public), Some(why), "{text}");
        }
        for text in ["https://shop.example/logout", "https://shop.example:8443/a?b=c", "https://1.1.1.1/"] {
            assert_eq!(refused(text, Reach::Public), None, "{text}");
        }
    }

    #[test]
    fn plain_http_goes_to_this_machine_alone() {
        let refused = |text: &str| Target::parse(text, Reach::Loopback).err();
        for text in ["http://shop.localhost:3000/x", "http://127.0.0.1:3000/x", "http://[::1]/", "http://localhost/"] {
            assert_eq!(refused(text), None, "{text}");
        }
        assert_eq!(refused("http://shop.example/"), Some(NotCalled::Plain));
        assert_eq!(refused("http://localhost.shop.example/"), Some(NotCalled::Plain));
        assert_eq!(refused("http://10.0.0.1/"), Some(NotCalled::Private));
        assert_eq!(refused("http://1.1.1.1/"), Some(NotCalled::Plain));
    }
}
