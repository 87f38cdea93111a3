//! S3 with Object Lock: a place that nobody can rewrite, not even whoever runs the deployment.
//!
//! What lives here: the only calls to S3, each signed by `wire`. One small object an hour does not pay
//! for S3's SDK, which is as large as a whole function of ours. What may not: what the objects say.
//!
//! A deployed function puts, and can do nothing else. To read is for whoever verifies.

mod list;

use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use aws_smithy_types::body::SdkBody;
use aws_types::SdkConfig;
use base64::{Engine as _, engine::general_purpose::STANDARD};
use domain::{ConfigError, digest};

use wire::{Answer, Wire};

pub use list::{Listed, Page};
pub use wire::CallError as ArchiveError;

const S3: &str = "s3";

/// A bucket. Cheap to clone.
#[derive(Clone)]
pub struct Archive {
    wire: Wire,
    /// What every object's address starts with; a bucket with a dot in its name has no certificate of
    /// its own, and stands in the path.
    base: String,
}

impl Archive {
    /// The bucket of this name, in the configuration's region.
    ///
    /// # Errors
    /// When the name is none, or there is no region, nobody to sign as, or no client.
    pub fn new(sdk: &SdkConfig, bucket: &str) -> Result<Self, ConfigError> {
        let wrong = |why: &str| ConfigError::new("AUDIT_BUCKET", why);
        let is_name = (3..=63).contains(&bucket.len())
            && bucket.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'.');
        if !is_name {
            return Err(wrong("is no bucket's name"));
        }
        let wire = Wire::new(sdk, S3)
            .ok_or_else(|| wrong("is in no region, for nobody to sign for, or has no client to be reached by"))?;
        let (region, suffix) = (wire.region(), wire.suffix());
        let base = match wire.endpoint() {
            Some(endpoint) => format!("{endpoint}/{bucket}"),
            None if bucket.contains('.') => format!("https://s3.{region}.{suffix}/{bucket}"),
            None => format!("https://{bucket}.s3.{region}.{suffix}"),
        };
        Ok(Self { wire, base })
    }

    /// Puts an object, unless there is one of this name: what is there stays. How long it is locked is
    /// the bucket's default.
    ///
    /// # Errors
    /// When S3 fails or refuses.
    pub async fn put(&self, key: &str, body: &[u8]) -> Result<(), ArchiveError> {
        let mut request = self.request("PUT", &path(key), SdkBody::from(body));
        let headers = request.headers_mut();
        headers.insert("if-none-match", "*");
        headers.insert("content-type", "application/jose");
        // A locked object has to come with a checksum.
        headers.insert("x-amz-checksum-sha256", STANDARD.encode(digest(body)));
        match self.wire.send("PutObject", request).await {
            Ok(_) => Ok(()),
            Err(error) if error.is(412) => Ok(()),
            Err(error) => Err(error),
        }
    }

    /// Every version of every object below a prefix, a page of it: what was put over an object, and what
    /// was hidden behind a delete marker, too.
    ///
    /// # Errors
    /// When S3 fails or refuses.
    pub async fn versions(&self, prefix: &str, after: Option<&Page>) -> Result<Page, ArchiveError> {
        let mut query = format!("?versions&prefix={}", encoded(prefix));
        if let Some((key, version)) = after.and_then(Page::next) {
            query.push_str(&format!("&key-marker={}&version-id-marker={}", encoded(key), encoded(version)));
        }
        let answer = self.wire.send("ListObjectVersions", self.request("GET", &query, SdkBody::empty())).await?;
        Ok(Page::read(&String::from_utf8_lossy(&answer.0)))
    }

    /// One version of an object.
    ///
    /// # Errors
    /// When S3 fails or refuses.
    pub async fn get(&self, listed: &Listed) -> Result<Vec<u8>, ArchiveError> {
        let path = format!("{}?versionId={}", path(&listed.key), encoded(&listed.version));
        let Answer(body) = self.wire.send("GetObject", self.request("GET", &path, SdkBody::empty())).await?;
        Ok(body)
    }

    fn request(&self, method: &str, path: &str, body: SdkBody) -> HttpRequest {
        let mut request = HttpRequest::new(body);
        // Both are our own words: they are taken.
        let slash = if path.starts_with('/') { "" } else { "/" };
        let _ = request.set_method(method);
        let _ = request.set_uri(format!("{}{slash}{path}", self.base));
        request
    }
}

/// What stands at a public address, unsigned: a set of keys.
///
/// # Errors
/// When there is no answer, or none of success.
pub async fn fetch(sdk: &SdkConfig, url: &str) -> Result<Vec<u8>, ArchiveError> {
    let mut request = HttpRequest::new(SdkBody::empty());
    request.set_uri(url.to_owned()).map_err(|_| ArchiveError::unsent(S3))?;
    let Answer(body) = wire::send_unsigned(sdk, S3, request).await?;
    Ok(body)
}

fn path(key: &str) -> String {
    let parts: Vec<_> = key.split('/').map(encoded).collect();
    format!("/{}", parts.join("/"))
}

/// Percent-encoded but for what RFC 3986 calls unreserved, as signatures want it.
fn encoded(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => safe.push(char::from(byte)),
            other => safe.push_str(&format!("%{other:02X}")),
        }
    }
    safe
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_encoded_part_by_part() {
        assert_eq!(path("roots/2027-01-15T08/a_b=c d.jws"), "/roots/2027-01-15T08/a_b%3Dc%20d.jws");
        assert_eq!(encoded("roots/ä"), "roots%2F%C3%A4");
    }
}
