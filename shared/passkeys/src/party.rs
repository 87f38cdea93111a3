//! Who asks: the relying party of an issuer.

use std::time::Duration;

use domain::{ConfigError, Settings};
use url::Url;
use webauthn_rs_core::WebauthnCore;

/// What a deployment says about its relying party.
#[derive(Clone, Debug)]
pub struct Ceremonies {
    name: String,
    /// `WEBAUTHN_RP_ID` (the issuer's host): the domain that passkeys belong to. Changing it leaves
    /// all of them behind.
    rp_id: Option<String>,
    /// `WEBAUTHN_ORIGINS` (none): where passkeys may be used beside the issuer itself.
    origins: Vec<String>,
}

impl Ceremonies {
    /// How long the browser gives its user.
    const TIMEOUT: Duration = Duration::from_secs(300);

    /// Reads `WEBAUTHN_RP_ID`, `WEBAUTHN_ORIGINS` and `BRAND_NAME`.
    ///
    /// # Errors
    /// When one can't be used.
    pub fn read(settings: &Settings) -> Result<Self, ConfigError> {
        let rp_id = settings.text("WEBAUTHN_RP_ID").map(str::to_owned);
        if rp_id.as_deref().is_some_and(|id| host(&format!("https://{id}")).as_deref() != Some(id)) {
            return Err(ConfigError::new("WEBAUTHN_RP_ID", "is not a domain in lower case"));
        }
        let origins = settings.text("WEBAUTHN_ORIGINS").unwrap_or_default().split(',').map(str::trim);
        let origins: Vec<_> = origins.filter(|origin| !origin.is_empty()).map(str::to_owned).collect();
        if !origins.iter().all(|origin| self::origin(origin).as_ref() == Some(origin)) {
            let reason = "has something that is not https:// and a host and maybe a port, as browsers write it";
            return Err(ConfigError::new("WEBAUTHN_ORIGINS", reason));
        }
        Ok(Self { name: settings.text("BRAND_NAME").unwrap_or("Portico").to_owned(), rp_id, origins })
    }

    /// Where passkeys may be used beside the issuer itself: what `/.well-known/webauthn` lists.
    pub fn related_origins(&self) -> &[String] {
        &self.origins
    }

    /// The relying party of this issuer.
    ///
    /// # Errors
    /// When the issuer is no origin that browsers allow WebAuthn at, or is not within
    /// `WEBAUTHN_RP_ID`.
    pub fn at(&self, issuer: &str) -> Result<Party, ConfigError> {
        let unfit = || ConfigError::new("ISSUER", "is neither https:// nor http://localhost");
        let own = origin(issuer).ok_or_else(unfit)?;
        let host = host(issuer).ok_or_else(unfit)?;
        let rp_id = self.rp_id.as_ref().unwrap_or(&host);
        let is_within = host.strip_suffix(rp_id.as_str()).is_some_and(|left| left.is_empty() || left.ends_with('.'));
        if !is_within {
            return Err(ConfigError::new("WEBAUTHN_RP_ID", "is neither the issuer's host nor a parent of it"));
        }
        let origins: Vec<_> = std::iter::once(&own).chain(&self.origins).cloned().collect();
        let urls = origins.iter().filter_map(|origin| Url::parse(origin).ok()).collect();
        let core = WebauthnCore::new_unsafe_experts_only(&self.name, rp_id, urls, Self::TIMEOUT, None, None);
        Ok(Party { core, origins })
    }
}

/// The relying party of one issuer.
#[derive(Clone, Debug)]
pub struct Party {
    pub(crate) core: WebauthnCore,
    /// Exactly as client data has them.
    pub(crate) origins: Vec<String>,
}

/// The origin of a URL, if browsers allow WebAuthn there.
fn origin(text: &str) -> Option<String> {
    let url = Url::parse(text).ok().filter(|_| !text.contains('*'))?;
    let is_secure = url.scheme() == "https" || (url.scheme() == "http" && url.host_str() == Some("localhost"));
    (is_secure && matches!(url.host(), Some(url::Host::Domain(_)))).then(|| url.origin().ascii_serialization())
}

fn host(text: &str) -> Option<String> {
    match Url::parse(text).ok()?.host()? {
        url::Host::Domain(domain) => Some(domain.to_owned()),
        url::Host::Ipv4(_) | url::Host::Ipv6(_) => None,
    }
}
