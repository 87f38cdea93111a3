//! One call: resolved by us, connected to what we resolved, and over in three seconds.

use std::net::{IpAddr, ToSocketAddrs as _};
use std::time::Duration;

use aws_smithy_http_client::{Connector, tls};
use aws_smithy_runtime_api::client::dns::{DnsFuture, ResolveDns, ResolveDnsError};
use aws_smithy_runtime_api::client::http::HttpConnector as _;
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_types::body::SdkBody;

use crate::Call;
use crate::address::Reach;
use crate::target::{HERE, Target, is_local_name};

/// Name, connection, TLS and answer together.
const WITHIN: Duration = Duration::from_secs(3);
/// What is posted is a token.
const LARGEST: usize = 16 * 1024;
pub(crate) const USER_AGENT: &str = "Portico";

/// Why there is no answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum NotCalled {
    /// The event or the address in it can't be read, or what is to be sent is too large.
    #[error("not a call that can be made")]
    Malformed,
    /// It is not https.
    #[error("not https")]
    Plain,
    /// The address, or one that its name leads to, is not public.
    #[error("not a public address")]
    Private,
    /// The name leads nowhere at the moment.
    #[error("the name leads nowhere")]
    Unresolved,
    /// Nobody answered in time.
    #[error("no answer in time")]
    Timeout,
    /// The connection failed, its certificate is not good, or what came is no answer.
    #[error("no connection")]
    Connection,
    /// There is more of the document than is read.
    #[error("too large")]
    TooLarge,
    /// The document is no text.
    #[error("not UTF-8")]
    Unreadable,
}

impl NotCalled {
    /// For who invoked us.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Malformed | Self::Plain | Self::Private => "not_allowed",
            Self::Unresolved => "unresolved",
            Self::Timeout => "timeout",
            Self::Connection => "connection",
            Self::TooLarge => "too_large",
            Self::Unreadable => "unreadable",
        }
    }

    /// Whether it is the same the next time.
    pub(crate) fn is_final(self) -> bool {
        self.word() == "not_allowed"
    }
}

/// What makes calls.
#[derive(Debug)]
pub(crate) struct Caller {
    connector: Connector,
    reach: Reach,
}

impl Caller {
    pub(crate) fn new(reach: Reach) -> Self {
        let ring = tls::Provider::Rustls(tls::rustls_provider::CryptoMode::Ring);
        // No proxy, no cookies, and nothing that follows a redirect. No connection is kept: each call looks at
        // its address anew.
        let connector =
            Connector::builder().pool_max_idle_per_host(0).tls_provider(ring).build_with_resolver(Resolver { reach });
        Self { connector, reach }
    }

    /// Posts, and says with which status that was answered. Nothing of the answer's body is read: the connection
    /// ends with its headers, however much there is to come.
    pub(crate) async fn call(&self, call: Call) -> Result<u16, NotCalled> {
        let target = Target::parse(&call.url, self.reach)?;
        let request = request(&target, call).ok_or(NotCalled::Malformed)?;
        self.within(async { Ok(self.send(request).await?.status().as_u16()) }).await
    }

    /// How far it goes.
    pub(crate) fn reach(&self) -> Reach {
        self.reach
    }

    /// Sends a request, to an address that was looked at.
    pub(crate) async fn send(&self, request: HttpRequest) -> Result<HttpResponse, NotCalled> {
        self.connector.call(request).await.map_err(|error| reason(&error))
    }

    /// All that a call is, in its time.
    pub(crate) async fn within<T>(&self, call: impl Future<Output = Result<T, NotCalled>>) -> Result<T, NotCalled> {
        tokio::time::timeout(WITHIN, call).await.unwrap_or(Err(NotCalled::Timeout))
    }
}

fn request(target: &Target, call: Call) -> Option<HttpRequest> {
    if call.body.len() > LARGEST {
        return None;
    }
    let mut request = HttpRequest::new(SdkBody::from(call.body));
    request.set_method("POST").ok()?;
    request.set_uri(target.url.clone()).ok()?;
    let headers = request.headers_mut();
    headers.try_insert("content-type", call.content_type).ok()?;
    headers.try_insert("user-agent", USER_AGENT).ok()?;
    Some(request)
}

/// What the resolver said, wherever in the chain it stands.
fn reason(error: &(dyn std::error::Error + 'static)) -> NotCalled {
    let mut next = Some(error);
    while let Some(error) = next {
        if let Some(refused) = error.downcast_ref::<NotCalled>() {
            return *refused;
        }
        // What an I/O error wraps is not its source, but its source's parent.
        next = match error.downcast_ref::<std::io::Error>() {
            Some(io) => io.get_ref().map(|inner| inner as &(dyn std::error::Error + 'static)),
            None => error.source(),
        };
    }
    NotCalled::Connection
}

/// Resolves names for the connection that follows, which goes to what this answers and nowhere else: what a name
/// leads to a moment later does not matter.
#[derive(Clone, Debug)]
struct Resolver {
    reach: Reach,
}

impl ResolveDns for Resolver {
    fn resolve_dns<'a>(&'a self, name: &'a str) -> DnsFuture<'a> {
        let (reach, name) = (self.reach, name.to_owned());
        DnsFuture::new(async move {
            let found = lookup(name).await.map_err(ResolveDnsError::new)?;
            checked(found, reach).map_err(ResolveDnsError::new)
        })
    }
}

async fn lookup(name: String) -> Result<Vec<IpAddr>, NotCalled> {
    if is_local_name(&name) {
        return Ok(vec![HERE]);
    }
    let looked_up = tokio::task::spawn_blocking(move || (name.as_str(), 0).to_socket_addrs());
    match looked_up.await {
        Ok(Ok(found)) => Ok(found.map(|address| address.ip()).collect()),
        _ => Err(NotCalled::Unresolved),
    }
}

/// All or none: a name that leads to something private as well is nobody's mistake.
fn checked(found: Vec<IpAddr>, reach: Reach) -> Result<Vec<IpAddr>, NotCalled> {
    match found.as_slice() {
        [] => Err(NotCalled::Unresolved),
        all if all.iter().all(|address| reach.covers(*address)) => Ok(found),
        _ => Err(NotCalled::Private),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_that_also_leads_to_something_private_is_refused() {
        let addresses = |all: &[&str]| all.iter().map(|one| one.parse().unwrap()).collect::<Vec<IpAddr>>();
        let check = |all: &[&str], reach| checked(addresses(all), reach);
        assert!(check(&["1.1.1.1", "2606:4700::1111"], Reach::Public).is_ok());
        for found in [&["10.0.0.1"][..], &["1.1.1.1", "127.0.0.1"], &["1.1.1.1", "::ffff:169.254.169.254"]] {
            assert_eq!(check(found, Reach::Public), Err(NotCalled::Private), "{found:?}");
        }
        assert_eq!(check(&["1.1.1.1", "10.0.0.1"], Reach::Loopback), Err(NotCalled::Private));
        assert_eq!(check(&[], Reach::Public), Err(NotCalled::Unresolved));
    }

    #[tokio::test]
    async fn what_the_resolver_refuses_is_said_as_such() {
        // A name that every machine has, and that none of the rules on names knows: resolved, and then refused.
        let caller = Caller::new(Reach::Public);
        let resolved = Resolver { reach: Reach::Public }.resolve_dns("shop.localhost").await;
        assert_eq!(reason(&resolved.unwrap_err()), NotCalled::Private);
        let call =
            |url: &str| Call { url: url.to_owned(), body: "a=b".to_owned(), content_type: "text/plain".to_owned() };
        assert_eq!(caller.call(call("https://127.0.0.1:1/")).await, Err(NotCalled::Private));
        assert_eq!(caller.call(call("http://127.0.0.1:1/")).await, Err(NotCalled::Private));
        let here = Caller::new(Reach::Loopback);
        assert_eq!(here.call(call("http://127.0.0.1:1/")).await, Err(NotCalled::Connection));
        let large = Call { body: "x".repeat(LARGEST + 1), ..call("http://127.0.0.1:1/") };
        assert_eq!(here.call(large).await, Err(NotCalled::Malformed));
    }
}
