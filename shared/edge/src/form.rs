//! Forms and queries, strictly: valid escapes, valid UTF-8, no name twice.

use std::collections::BTreeMap;

use axum::extract::{FromRequest, FromRequestParts, Request};
use http::{Uri, request::Parts};
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use crate::{
    Kind, OAuthCode, OAuthError, Problem,
    json::{field_error, text},
};

/// The media type of forms.
const FORM: &str = "application/x-www-form-urlencoded";

/// The parameters of a query. `T` says `deny_unknown_fields` itself.
#[derive(Clone, Copy, Debug)]
pub struct Query<T>(pub T);

impl<T: DeserializeOwned, S: Sync> FromRequestParts<S> for Query<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        let problem = Problem::new(Kind::InvalidRequest);
        let params = Params::parse(parts.uri.query().unwrap_or_default()).map_err(|e| problem.clone().detail(e.0))?;
        params.read().map(Self).map_err(|error| {
            let name = error.pointer.trim_start_matches('/');
            problem.detail(format!("The query parameter {name:?} {}.", error.detail))
        })
    }
}

/// The fields of a page's form.
#[derive(Clone, Copy, Debug)]
pub struct Form<T>(pub T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for Form<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        let text = text(request, &[FORM], state).await?;
        let params = Params::parse(&text).map_err(|e| Problem::new(Kind::InvalidRequest).detail(e.0))?;
        params.read().map(Self).map_err(|error| Problem::fields(vec![error]))
    }
}

/// The parameters of a request to `/oauth2/*`, refused as RFC 6749 has it.
#[derive(Clone)]
pub struct OAuthForm(pub Params);

impl<S: Send + Sync> FromRequest<S> for OAuthForm {
    type Rejection = OAuthError;

    async fn from_request(request: Request, state: &S) -> Result<Self, OAuthError> {
        let refused = |why| OAuthError::new(OAuthCode::InvalidRequest, why);
        // RFC 6749 §2.3.1: what a URI carries stands in logs and histories.
        if request.uri().query().is_some_and(|query| !query.is_empty()) {
            return Err(refused("Parameters belong into the body."));
        }
        let text = text(request, &[FORM], state).await.map_err(|problem| match problem.kind() {
            Kind::UnsupportedMediaType => refused("The body must be application/x-www-form-urlencoded."),
            _ => refused("The body cannot be read."),
        })?;
        Params::parse(&text).map(Self).map_err(|malformed| refused(malformed.0))
    }
}

/// Parameters by name, each at most once. They print as their names alone.
#[derive(Clone, Default)]
pub struct Params {
    named: BTreeMap<String, String>,
    /// The one parameter that may occur more than once (RFC 8707 §2).
    resources: Vec<String>,
}

/// Why something is no list of parameters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Malformed(pub(crate) &'static str);

impl Params {
    pub(crate) fn parse(text: &str) -> Result<Self, Malformed> {
        let mut params = Self::default();
        for pair in text.split('&').filter(|pair| !pair.is_empty()) {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            let decoded = |text| form_decode(text).ok_or(Malformed("A parameter is not valid UTF-8, percent-encoded."));
            let (name, value) = (decoded(name)?, decoded(value)?);
            if name == "resource" {
                params.resources.push(value.clone());
                params.named.entry(name).or_insert(value);
            } else if params.named.insert(name, value).is_some() {
                return Err(Malformed("A parameter occurs twice."));
            }
        }
        Ok(params)
    }

    /// A parameter's value. One without a value counts as absent (RFC 6749 §3.2).
    pub fn text(&self, name: &str) -> Option<&str> {
        self.named.get(name).map(String::as_str).filter(|value| !value.is_empty())
    }

    /// The parameters of a query, as `/oauth2/*` reads them.
    ///
    /// # Errors
    /// `invalid_request` when they are malformed, or one occurs twice.
    pub fn of_query(uri: &Uri) -> Result<Self, OAuthError> {
        let malformed = |why: Malformed| OAuthError::new(OAuthCode::InvalidRequest, why.0);
        Self::parse(uri.query().unwrap_or_default()).map_err(malformed)
    }

    /// Every value of `resource`.
    pub fn resources(&self) -> Vec<&str> {
        self.resources.iter().map(String::as_str).collect()
    }

    /// The value of a parameter that must be there.
    ///
    /// # Errors
    /// `invalid_request` when it is not.
    pub fn required(&self, name: &'static str) -> Result<&str, OAuthError> {
        let missing = || OAuthError::new(OAuthCode::InvalidRequest, format!("The parameter {name} is missing."));
        self.text(name).ok_or_else(missing)
    }

    fn read<T: DeserializeOwned>(self) -> Result<T, domain::FieldError> {
        let object: Map<_, _> = self.named.into_iter().map(|(name, value)| (name, Value::String(value))).collect();
        serde_path_to_error::deserialize(Value::Object(object))
            .map_err(|error| field_error(error.path().iter(), &error.inner().to_string()))
    }
}

impl std::fmt::Debug for Params {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_set().entries(self.named.keys()).finish()
    }
}

/// Decodes `application/x-www-form-urlencoded`; nothing where an escape or the UTF-8 is not valid.
pub(crate) fn form_decode(text: &str) -> Option<String> {
    percent_decode(&text.replace('+', " "))
}

/// RFC 3986 §2.1.
pub(crate) fn percent_decode(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        bytes.push(match byte {
            b'%' => {
                let mut digit = || char::from(rest.next()?).to_digit(16);
                u8::try_from(digit()? * 16 + digit()?).ok()?
            }
            other => other,
        });
    }
    String::from_utf8(bytes).ok()
}

#[cfg(test)]
mod tests {
    use axum::{Router, body::Body, routing::post};
    use http::Request;
    use serde::Deserialize;
    use serde_json::json;

    use super::*;
    use crate::{
        Json,
        tests::{answer, deployment, json, wrapped},
    };

    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Asked {
        keep: Option<String>,
    }

    async fn ask(path: &str, media_type: &str, body: impl Into<Body>) -> (u16, Value) {
        let router = Router::new()
            .route("/query", post(|Query(asked): Query<Asked>| async move { Json(json!([asked.keep])) }))
            .route("/form", post(|Form(asked): Form<Asked>| async move { Json(json!([asked.keep])) }))
            .route("/oauth", post(|OAuthForm(params): OAuthForm| async move { Json(json!([params.text("keep")])) }));
        let request = Request::post(path).header("content-type", media_type).body(body.into()).unwrap();
        let response = answer(&wrapped(router, &deployment(&[]).0), request).await;
        (response.status().as_u16(), json(response).await)
    }

    #[tokio::test]
    async fn parameters_are_decoded() {
        for (text, value) in [
            ("keep=a+b%2B%C3%A9", json!(["a b+\u{e9}"])),
            ("", json!([null])),
            ("&&", json!([null])),
            ("k%65ep=x", json!(["x"])),
        ] {
            assert_eq!(ask(&format!("/query?{text}"), FORM, "").await, (200, value.clone()), "{text}");
            assert_eq!(ask("/form", FORM, text).await, (200, value.clone()), "{text}");
            assert_eq!(ask("/oauth", FORM, text).await, (200, value), "{text}");
        }
    }

    #[tokio::test]
    async fn what_is_repeated_or_malformed_is_refused() {
        for text in ["keep=a&keep=b", "keep=a&k%65ep=a", "keep=%", "keep=%f", "keep=%zz", "keep=%ff", "keep=%+1"] {
            let (status, problem) = ask(&format!("/query?{text}"), FORM, "").await;
            assert_eq!((status, &problem["type"]), (400, &json!("urn:portico:problem:invalid-request")), "{text}");
            assert_eq!(ask("/form", FORM, text).await.0, 400, "{text}");
            let (status, error) = ask("/oauth", FORM, text).await;
            assert_eq!((status, &error["error"]), (400, &json!("invalid_request")), "{text}");
        }
    }

    #[tokio::test]
    async fn unknown_parameters_are_refused_but_by_oauth() {
        let (status, problem) = ask("/query?other=1", FORM, "").await;
        assert_eq!(
            (status, problem["detail"].as_str()),
            (400, Some("The query parameter \"other\" is not known here."))
        );
        assert_eq!(ask("/form", FORM, "other=1").await.1["errors"][0]["pointer"], "/other");
        assert_eq!(ask("/oauth", FORM, "other=1").await.0, 200);
    }

    #[tokio::test]
    async fn forms_have_one_media_type_and_stay_in_the_body() {
        assert_eq!(ask("/form", "application/json", "keep=a").await.0, 415);
        assert_eq!(ask("/form", FORM, vec![b'a', 0xff]).await.0, 400);
        for (path, media_type, body) in
            [("/oauth", "application/json", "{}"), ("/oauth?keep=a", FORM, ""), ("/oauth", "multipart/form-data", "")]
        {
            let (status, error) = ask(path, media_type, body).await;
            assert_eq!((status, &error["error"]), (400, &json!("invalid_request")), "{path} {media_type}");
        }
    }

    #[test]
    fn parameters_print_without_their_values() {
        let params = Params::parse("client_secret=s&empty=").unwrap();
        assert_eq!(format!("{params:?}"), r#"{"client_secret", "empty"}"#);
        assert_eq!(params.text("empty"), None);
        assert!(params.required("empty").is_err());
    }
}
