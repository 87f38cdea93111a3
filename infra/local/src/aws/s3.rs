//! S3 with Object Lock, as far as a log of roots needs it: every bucket is there, keeps versions, and
//! locks each of them. What is put over an object, or deletes it, hides it and leaves it there.

use std::{
    collections::BTreeMap,
    io,
    path::PathBuf,
    sync::{Arc, Mutex, PoisonError},
};

use base64::{Engine, engine::general_purpose::STANDARD};
use bytes::Bytes;
use http::{HeaderMap, Method, Uri};
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::{
    Service,
    ask::{Ask, Understood, decoded, unknown},
    reply::{AwsError, Reply, escaped},
    rights::Check,
};
use crate::files;

/// One version of an object; without a body it is a delete marker.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Version {
    id: String,
    /// In base64.
    body: Option<String>,
}

/// Versions, the newest last, by bucket and key.
type Objects = BTreeMap<String, BTreeMap<String, Vec<Version>>>;

/// The buckets. Cheap to clone.
#[derive(Clone, Default)]
pub(crate) struct S3 {
    objects: Arc<Mutex<Objects>>,
    file: Option<PathBuf>,
}

/// Reads a request in path style: `/bucket/key?query`.
pub(super) fn understand(method: &Method, uri: &Uri, headers: &HeaderMap) -> Result<Understood, AwsError> {
    let (bucket, key) =
        uri.path().trim_start_matches('/').split_once('/').unwrap_or((uri.path().trim_matches('/'), ""));
    let query: BTreeMap<String, String> = uri
        .query()
        .unwrap_or_default()
        .split('&')
        .map(|pair| pair.split_once('=').unwrap_or((pair, "")))
        .map(|(name, value)| (decoded(name), decoded(value)))
        .collect();
    let action = match (method.as_str(), key.is_empty()) {
        ("PUT", false) => "PutObject",
        ("GET", false) => "GetObject",
        ("DELETE", false) => "DeleteObject",
        ("GET", true) if query.contains_key("versions") => "ListObjectVersions",
        _ => return Err(unknown(uri.path())),
    };
    let is_new = headers.get("if-none-match").is_some_and(|value| value == "*");
    let input = json!({ "Bucket": bucket, "Key": decoded(key), "VersionId": query.get("versionId"),
        "Prefix": query.get("prefix"), "IfNoneMatch": is_new });
    Ok((Service::S3, action.to_owned(), input))
}

/// The right that a request needs.
pub(super) fn checks(ask: &Ask) -> Vec<Check> {
    let (bucket, key) = (ask.text("/Bucket").unwrap_or_default(), ask.text("/Key").unwrap_or_default());
    let has_version = ask.text("/VersionId").is_some();
    let action = match (ask.action.as_str(), has_version) {
        ("ListObjectVersions", _) => {
            return vec![Check::new("s3:ListBucketVersions", format!("arn:aws:s3:::{bucket}"))];
        }
        ("GetObject", true) => "GetObjectVersion",
        ("DeleteObject", true) => "DeleteObjectVersion",
        (action, _) => action,
    };
    vec![Check::new(format!("s3:{action}"), format!("arn:aws:s3:::{bucket}/{key}"))]
}

impl S3 {
    /// In memory, or in a file.
    pub(crate) fn open(file: Option<PathBuf>) -> io::Result<S3> {
        let text = file.as_deref().map(files::read).transpose()?.flatten();
        let objects = text.map(|text| serde_json::from_slice(&text)).transpose()?.unwrap_or_default();
        Ok(S3 { objects: Arc::new(Mutex::new(objects)), file })
    }

    /// Performs an action.
    pub(crate) fn act(&self, ask: &Ask) -> Reply {
        let (bucket, key) = (ask.text("/Bucket").unwrap_or_default(), ask.text("/Key").unwrap_or_default());
        let mut objects = self.objects.lock().unwrap_or_else(PoisonError::into_inner);
        let bucket = objects.entry(bucket.to_owned()).or_default();
        let answer = match ask.action.as_str() {
            "PutObject" => {
                let is_new = ask.input.get("IfNoneMatch") == Some(&true.into());
                put(bucket.entry(key.to_owned()).or_default(), is_new, Some(STANDARD.encode(&ask.bytes)))
            }
            "GetObject" => get(bucket.get(key), ask.text("/VersionId")),
            "DeleteObject" if ask.text("/VersionId").is_some() => {
                Err(AwsError::new(403, "AccessDenied", "Access Denied because object protected by object lock."))
            }
            "DeleteObject" => put(bucket.entry(key.to_owned()).or_default(), false, None),
            _ => Ok(list(bucket, ask.text("/Prefix").unwrap_or_default())),
        };
        let kept = match (&self.file, ask.method != Method::GET) {
            (Some(path), true) => serde_json::to_vec(&*objects)
                .map_err(io::Error::other)
                .and_then(|text| files::write(path, &text))
                .map_err(|error| AwsError::new(500, "InternalError", &error.to_string())),
            _ => Ok(()),
        };
        kept.and(answer).unwrap_or_else(|error| error.reply(Service::S3))
    }
}

fn put(versions: &mut Vec<Version>, is_new: bool, body: Option<String>) -> Result<Reply, AwsError> {
    if is_new && versions.last().is_some_and(|version| version.body.is_some()) {
        return Err(AwsError::new(412, "PreconditionFailed", "At least one of the preconditions did not hold."));
    }
    versions.push(Version { id: format!("v{}", versions.len() + 1), body });
    Ok(Reply::xml(200, None, ""))
}

fn get(versions: Option<&Vec<Version>>, wanted: Option<&str>) -> Result<Reply, AwsError> {
    let missing = || AwsError::new(404, "NoSuchKey", "The specified key does not exist.");
    let versions = versions.ok_or_else(missing)?;
    let version = match wanted {
        Some(id) => versions.iter().find(|version| version.id == id),
        None => versions.last(),
    };
    let body = version.and_then(|version| version.body.as_ref()).ok_or_else(missing)?;
    let body = STANDARD.decode(body).map_err(|_| AwsError::new(500, "InternalError", "the object is damaged"))?;
    Ok(Reply {
        body: Bytes::from(body),
        content_type: "application/octet-stream".to_owned(),
        ..Reply::xml(200, None, "")
    })
}

fn list(bucket: &BTreeMap<String, Vec<Version>>, prefix: &str) -> Reply {
    let mut all = String::new();
    for (key, versions) in bucket.iter().filter(|(key, _)| key.starts_with(prefix)) {
        for (at, version) in versions.iter().enumerate().rev() {
            let kind = if version.body.is_some() { "Version" } else { "DeleteMarker" };
            let (key, is_latest) = (escaped(key), at + 1 == versions.len());
            all.push_str(&format!(
                "<{kind}><Key>{key}</Key><VersionId>{}</VersionId><IsLatest>{is_latest}</IsLatest></{kind}>",
                version.id,
            ));
        }
    }
    Reply::xml(200, None, &format!("<ListVersionsResult><IsTruncated>false</IsTruncated>{all}</ListVersionsResult>"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ask(s3: &S3, method: &str, path: &str, is_new: bool) -> (u16, String) {
        let signed =
            "AWS4-HMAC-SHA256 Credential=test/20260101/us-east-1/s3/aws4_request, SignedHeaders=host, Signature=0";
        let mut request = http::Request::builder().method(method).uri(path).header("authorization", signed);
        if is_new {
            request = request.header("if-none-match", "*");
        }
        let (parts, ()) = request.body(()).unwrap().into_parts();
        let reply = s3.act(&Ask::read(parts, Bytes::from(format!("{method} {path}"))).ok().unwrap());
        (reply.status, String::from_utf8_lossy(&reply.body).into_owned())
    }

    #[test]
    fn what_is_put_stays_whatever_comes_after() {
        let s3 = S3::default();
        assert_eq!(ask(&s3, "PUT", "/b/roots/a", true).0, 200);
        assert_eq!(ask(&s3, "PUT", "/b/roots/a", true).0, 412);
        assert_eq!(ask(&s3, "DELETE", "/b/roots/a?versionId=v1", false).0, 403);
        assert_eq!(ask(&s3, "DELETE", "/b/roots/a", false).0, 200);
        assert_eq!(ask(&s3, "GET", "/b/roots/a", false).0, 404);
        assert_eq!(ask(&s3, "GET", "/b/roots/a?versionId=v1", false), (200, "PUT /b/roots/a".to_owned()));
        let (_, listed) = ask(&s3, "GET", "/b?versions&prefix=roots%2F", false);
        assert!(listed.contains("<Version><Key>roots/a</Key><VersionId>v1</VersionId><IsLatest>false"), "{listed}");
        assert!(listed.contains("<DeleteMarker><Key>roots/a</Key><VersionId>v2</VersionId><IsLatest>true"), "{listed}");
        assert_eq!(ask(&s3, "GET", "/b?versions&prefix=other", false).1.matches("Version>").count(), 0);
    }
}
