//! What a request's handler may know beside the request: read once, by the layer.

use std::{
    collections::BTreeMap,
    fmt,
    net::{IpAddr, Ipv4Addr, Ipv6Addr},
    ops::Deref,
    sync::{Arc, Mutex, PoisonError},
};

use axum::extract::FromRequestParts;
use domain::{Act, ActKind, Actor, ConfigError, Locale, RequestId, Rng, Settings, Timestamp, device_in_words};
use http::{
    HeaderMap, HeaderValue,
    header::{ACCEPT_LANGUAGE, USER_AGENT},
    request::Parts,
};
use lambda_http::request::RequestContext;
use serde_json::Value;

use crate::{Deployment, Kind, Level, Log, Problem, form::percent_decode};

/// What is known about the request that is being answered. Cheap to clone.
#[derive(Clone)]
pub struct Ctx(Arc<Facts>);

/// The facts behind a [`Ctx`].
pub struct Facts {
    /// When it came. Every decision about it is made at this time.
    pub now: Timestamp,
    /// Randomness.
    pub rng: Rng,
    /// The gateway's id for it.
    pub request_id: RequestId,
    /// Where it came from.
    pub client_addr: ClientAddr,
    /// Who we are: `iss` of every token, and the beginning of every link. Never the `Host` header.
    pub issuer: String,
    /// The language that the client asks for.
    pub locale: Locale,
    /// The device in words, from the user agent.
    pub device: String,
    /// The place in words, where CloudFront says it.
    pub place: Option<String>,
    flow: &'static str,
    log: Log,
    notes: Mutex<Notes>,
}

/// What a handler adds to the request's line.
#[derive(Default)]
pub(crate) struct Notes {
    pub(crate) client: Option<String>,
    pub(crate) counters: BTreeMap<&'static str, u64>,
}

impl Ctx {
    /// The context of an event that nobody waits for: a stream's records, a schedule.
    pub fn event(deployment: &Deployment, flow: &'static str) -> Self {
        let facts = Facts {
            now: deployment.clock.now(),
            request_id: generated_id(&deployment.rng),
            rng: deployment.rng.clone(),
            client_addr: ClientAddr(Ipv4Addr::UNSPECIFIED.into()),
            issuer: deployment.settings.text("ISSUER").unwrap_or_default().trim_end_matches('/').to_owned(),
            locale: Locale::default(),
            device: device_in_words(None),
            place: None,
            flow,
            log: deployment.log.clone(),
            notes: Mutex::default(),
        };
        Self(Arc::new(facts))
    }

    /// An act of now, by this request.
    pub fn act(&self, kind: ActKind, actor: Actor) -> Act {
        Act::new(kind, actor, self.now, &self.request_id, &self.rng)
    }

    /// Adds to a CloudWatch metric of this flow. The name stands in the code: a metric costs money.
    pub fn count(&self, metric: &'static str, n: u64) {
        let mut notes = self.0.notes.lock().unwrap_or_else(PoisonError::into_inner);
        *notes.counters.entry(metric).or_default() += n;
    }

    /// Says which registered client is asking, for the log.
    pub fn client(&self, client_id: &str) {
        self.0.notes.lock().unwrap_or_else(PoisonError::into_inner).client = Some(client_id.to_owned());
    }

    /// Writes a line under this request's id. Its fields name nobody.
    pub fn log(&self, level: Level, message: &str, mut fields: Value) {
        if let Value::Object(fields) = &mut fields {
            fields.insert("at".into(), self.now.to_string().into());
            fields.insert("flow".into(), self.flow.into());
            fields.insert("request_id".into(), self.request_id.0.as_str().into());
        }
        self.log.write(level, message, fields);
    }

    pub(crate) fn notes(&self) -> Notes {
        std::mem::take(&mut *self.0.notes.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Deref for Ctx {
    type Target = Facts;

    fn deref(&self) -> &Facts {
        &self.0
    }
}

impl fmt::Debug for Ctx {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Ctx({}, ***)", self.request_id)
    }
}

impl<S: Sync> FromRequestParts<S> for Ctx {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        // Only a router that was not wrapped has none.
        parts.extensions.get::<Self>().cloned().ok_or_else(|| Problem::new(Kind::Internal))
    }
}

/// Where a request came from: an IPv4 address, or the /64 network of an IPv6 address, because
/// that is what one customer has.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct ClientAddr(IpAddr);

impl ClientAddr {
    /// The address, reduced to what one customer has.
    pub fn new(ip: IpAddr) -> Self {
        Self(match ip.to_canonical() {
            IpAddr::V4(ip) => IpAddr::V4(ip),
            IpAddr::V6(ip) => IpAddr::V6(Ipv6Addr::from_bits(ip.to_bits() & !u128::from(u64::MAX))),
        })
    }

    /// The text that limits count by. It is personal data.
    pub fn reveal(&self) -> String {
        match self.0 {
            IpAddr::V4(ip) => ip.to_string(),
            IpAddr::V6(ip) => format!("{ip}/64"),
        }
    }
}

impl fmt::Debug for ClientAddr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

/// How contexts are made in this deployment.
pub(crate) struct Contexts {
    deployment: Deployment,
    flow: &'static str,
    issuer: Option<String>,
    origin_secret: Option<String>,
}

impl Contexts {
    pub(crate) fn read(deployment: &Deployment, flow: &'static str) -> Result<Self, ConfigError> {
        Ok(Self {
            issuer: issuer(&deployment.settings)?,
            origin_secret: deployment.settings.text("ORIGIN_SECRET").map(str::to_owned),
            deployment: deployment.clone(),
            flow,
        })
    }

    /// For a function that is reached at an address of its own, past CloudFront.
    pub(crate) fn direct(deployment: &Deployment, flow: &'static str) -> Result<Self, ConfigError> {
        Ok(Self { origin_secret: None, ..Self::read(deployment, flow)? })
    }

    pub(crate) fn flow(&self) -> &'static str {
        self.flow
    }

    /// Whether a request came by the way that it has to: through CloudFront, where one stands before
    /// the gateway. Its firewall would otherwise be a choice of the caller's.
    pub(crate) fn admits(&self, headers: &HeaderMap) -> bool {
        let given = headers.get("x-origin-secret").map(HeaderValue::as_bytes).unwrap_or_default();
        self.origin_secret.as_ref().is_none_or(|secret| domain::equal(given, secret.as_bytes()))
    }

    /// The context of a request. Its `RequestContext` is there whenever a gateway was.
    pub(crate) fn make(&self, gateway: Option<&RequestContext>, headers: &HeaderMap) -> Ctx {
        let gateway = match gateway {
            Some(RequestContext::ApiGatewayV2(gateway)) => Some(gateway),
            _ => None,
        };
        let Deployment { rng, clock, log, .. } = &self.deployment;
        let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
        let believed = self.origin_secret.is_some() && self.admits(headers);
        let viewer = if believed { text("cloudfront-viewer-address").and_then(viewer_ip) } else { None };
        let source = || gateway?.http.source_ip.as_deref()?.parse().ok();
        let user_agent = text(USER_AGENT.as_str()).and_then(|agent| agent.get(..agent.len().min(512)));
        let request_id = gateway.and_then(|gateway| gateway.request_id.as_deref()).filter(|id| is_plain(id));
        let own_name = || Some(format!("https://{}", gateway?.domain_name.as_deref()?));
        Ctx(Arc::new(Facts {
            now: clock.now(),
            rng: rng.clone(),
            request_id: request_id.map_or_else(|| generated_id(rng), |id| RequestId(id.to_owned())),
            client_addr: ClientAddr::new(viewer.or_else(source).unwrap_or(Ipv4Addr::UNSPECIFIED.into())),
            issuer: self.issuer.clone().or_else(own_name).unwrap_or_default(),
            locale: Locale::negotiate(text(ACCEPT_LANGUAGE.as_str())),
            device: device_in_words(user_agent),
            place: if believed { place(headers) } else { None },
            flow: self.flow,
            log: log.clone(),
            notes: Mutex::default(),
        }))
    }
}

fn issuer(settings: &Settings) -> Result<Option<String>, ConfigError> {
    let Some(text) = settings.text("ISSUER") else { return Ok(None) };
    let text = text.trim_end_matches('/');
    let local = ["http://localhost", "http://127.0.0.1"];
    let host = text.strip_prefix("https://").or_else(|| local.iter().find_map(|own| text.strip_prefix(own)));
    match host {
        Some(rest) if is_plain(text) && !rest.contains(['/', '?', '#', '@']) => Ok(Some(text.to_owned())),
        _ => Err(ConfigError::new("ISSUER", "is not https:// and a host name")),
    }
}

fn is_plain(text: &str) -> bool {
    !text.is_empty() && text.len() <= 128 && text.bytes().all(|b| b.is_ascii_graphic())
}

fn generated_id(rng: &Rng) -> RequestId {
    RequestId(format!("{:032x}", u128::from_be_bytes(rng.bytes())))
}

/// CloudFront writes the port behind the last colon, of IPv6 addresses too, without brackets.
fn viewer_ip(text: &str) -> Option<IpAddr> {
    let (ip, _port) = text.rsplit_once(':')?;
    ip.trim_matches(['[', ']']).parse().ok()
}

/// City and country, as CloudFront names them: percent-encoded beyond ASCII.
fn place(headers: &HeaderMap) -> Option<String> {
    let part = |name: &str| {
        let text = percent_decode(headers.get(name)?.to_str().ok()?)?;
        let words = text.chars().all(|c| c.is_alphabetic() || matches!(c, ' ' | '-' | '\'' | '.' | '’'));
        (words && !text.is_empty() && text.len() <= 64).then_some(text)
    };
    let country = part("cloudfront-viewer-country-name");
    let parts: Vec<_> = part("cloudfront-viewer-city").into_iter().chain(country).collect();
    (!parts.is_empty()).then(|| parts.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ipv6_counts_by_network() {
        let addr = |text: &str| ClientAddr::new(text.parse().unwrap()).reveal();
        assert_eq!(addr("2001:db8:1:2:3:4:5:6"), "2001:db8:1:2::/64");
        assert_eq!(addr("::ffff:192.0.2.1"), "192.0.2.1");
        assert_eq!(addr("192.0.2.1"), "192.0.2.1");
    }

    #[test]
    fn cloudfront_writes_addresses_with_ports() {
        for (text, ip) in [
            ("198.51.100.10:46532", Some("198.51.100.10")),
            ("2001:db8::1:46532", Some("2001:db8::1")),
            ("[2001:db8::1]:46532", Some("2001:db8::1")),
            ("nonsense", None),
            ("", None),
        ] {
            assert_eq!(viewer_ip(text), ip.map(|ip| ip.parse().unwrap()), "{text}");
        }
    }

    #[test]
    fn a_place_is_words() {
        let read = |city: &'static str| {
            let country = [("cloudfront-viewer-country-name", "Germany"), ("cloudfront-viewer-city", city)];
            place(
                &country
                    .map(|(name, text)| (name.parse().unwrap(), HeaderValue::from_static(text)))
                    .into_iter()
                    .collect(),
            )
        };
        for (city, words) in [
            ("M%C3%BCnchen", "München, Germany"),
            ("Frankfurt am Main", "Frankfurt am Main, Germany"),
            ("L%27Aquila", "L'Aquila, Germany"),
            ("%3Cscript%3E", "Germany"),
            ("a%0Ab", "Germany"),
            ("M%FCnchen", "Germany"),
            ("%", "Germany"),
        ] {
            assert_eq!(read(city).as_deref(), Some(words), "{city}");
        }
    }

    #[test]
    fn an_issuer_is_an_origin() {
        let read = |text: &str| issuer(&Settings::new([("ISSUER", text)]));
        assert_eq!(read("https://id.example/").unwrap().as_deref(), Some("https://id.example"));
        assert_eq!(read("http://localhost:3000").unwrap().as_deref(), Some("http://localhost:3000"));
        assert_eq!(read("").unwrap(), None);
        for wrong in ["http://id.example", "id.example", "https://id.example/a", "https://a@b", "https://a b"] {
            assert!(read(wrong).is_err(), "{wrong}");
        }
    }
}
