//! Access tokens in requests (RFC 6750, RFC 9449 §7.1): from one `Authorization` header, and from nowhere else.

use std::fmt::{self, Display};

use domain::{AccessToken, Secret};
use http::{HeaderMap, header::AUTHORIZATION};

use crate::{Kind, Problem};

/// How a token is presented.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scheme {
    /// By whoever has it.
    Bearer,
    /// With a proof that the key is there which it is bound to.
    Dpop,
}

impl Scheme {
    /// How a token of ours has to be presented.
    pub fn of(token: &AccessToken) -> Self {
        if token.cnf.is_some() { Self::Dpop } else { Self::Bearer }
    }

    /// What a token that was presented so lacks. DPoP's challenge names no scope.
    pub fn challenge(self, error: &'static str, scope: Option<&'static str>) -> Challenge {
        match self {
            Self::Bearer => Challenge::BearerError { error, scope },
            Self::Dpop => Challenge::Dpop { error: Some(error) },
        }
    }
}

/// The access token that a request carries; nothing about it has been checked yet.
#[derive(Clone, Debug)]
pub struct Presented {
    /// The token.
    pub token: Secret<String>,
    /// How it is presented.
    pub scheme: Scheme,
}

impl Presented {
    /// The token in these headers.
    ///
    /// # Errors
    /// When there is none, or the header is not one that RFC 6750 allows.
    pub fn from_headers(headers: &HeaderMap) -> Result<Self, Problem> {
        let mut values = headers.get_all(AUTHORIZATION).iter();
        let Some(first) = values.next() else { return Err(missing()) };
        let text = first.to_str().map_err(|_| malformed())?;
        let (scheme, token) = text.split_once(' ').unwrap_or((text, ""));
        // Another scheme than ours is as good as none: the answer says which one to use.
        let known = [("Bearer", Scheme::Bearer), ("DPoP", Scheme::Dpop)];
        let known = known.into_iter().find(|(name, _)| scheme.eq_ignore_ascii_case(name));
        let Some((_, scheme)) = known else { return Err(missing()) };
        // The gateway joins repeated headers with commas, which no token contains.
        if values.next().is_some() || !is_token68(token.trim_matches(' ')) {
            return Err(malformed());
        }
        Ok(Self { token: Secret::new(token.trim_matches(' ').to_owned()), scheme })
    }
}

fn missing() -> Problem {
    Problem::new(Kind::InvalidToken).detail("There is no access token.").www_authenticate(&Challenge::Bearer)
}

fn malformed() -> Problem {
    let challenge = Challenge::BearerError { error: "invalid_request", scope: None };
    Problem::new(Kind::InvalidRequest).detail("The Authorization header is malformed.").www_authenticate(&challenge)
}

/// RFC 9110 §11.2.
fn is_token68(text: &str) -> bool {
    let body = text.trim_end_matches('=');
    !body.is_empty() && body.bytes().all(|b| b.is_ascii_alphanumeric() || b"-._~+/".contains(&b))
}

/// What a `WWW-Authenticate` header asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Challenge {
    /// An access token.
    Bearer,
    /// A better access token (RFC 6750 §3.1).
    BearerError {
        /// `invalid_request`, `invalid_token`, or `insufficient_scope`.
        error: &'static str,
        /// The scope that is needed.
        scope: Option<&'static str>,
    },
    /// A newer authentication (RFC 9470 §3).
    Fresh {
        /// How old it may be, in seconds.
        max_age: i64,
    },
    /// A token with a proof of its key, or a better one (RFC 9449 §7.1).
    Dpop {
        /// What is wrong with the proof or the token.
        error: Option<&'static str>,
    },
    /// A client's own credentials.
    Basic,
}

impl Display for Challenge {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Bearer => f.write_str(r#"Bearer realm="portico""#),
            Self::BearerError { error, scope: None } => write!(f, r#"Bearer realm="portico", error="{error}""#),
            Self::BearerError { error, scope: Some(scope) } => {
                write!(f, r#"Bearer realm="portico", error="{error}", scope="{scope}""#)
            }
            Self::Fresh { max_age } => {
                let error = "insufficient_user_authentication";
                write!(f, r#"Bearer realm="portico", error="{error}", max_age="{max_age}""#)
            }
            Self::Dpop { error } => {
                let error = error.map(|error| format!(r#", error="{error}""#)).unwrap_or_default();
                write!(f, r#"DPoP realm="portico"{error}, algs="ES256 PS256 RS256""#)
            }
            Self::Basic => f.write_str(r#"Basic realm="portico", charset="UTF-8""#),
        }
    }
}

#[cfg(test)]
mod tests {
    use axum::response::IntoResponse;
    use http::header::WWW_AUTHENTICATE;

    use super::*;

    fn read(values: &[&str]) -> Result<String, (u16, String)> {
        let mut headers = HeaderMap::new();
        for value in values {
            headers.append(AUTHORIZATION, http::HeaderValue::from_bytes(value.as_bytes()).unwrap());
        }
        Presented::from_headers(&headers).map(|presented| presented.token.into_inner()).map_err(|problem| {
            let response = problem.into_response();
            (response.status().as_u16(), response.headers()[WWW_AUTHENTICATE].to_str().unwrap().to_owned())
        })
    }

    #[test]
    fn one_token_in_one_header() {
        assert_eq!(read(&["Bearer a.b-c_~+/d=="]).as_deref(), Ok("a.b-c_~+/d=="));
        assert_eq!(read(&["bearer  abc"]).as_deref(), Ok("abc"));
        assert_eq!(read(&["dpop abc"]).as_deref(), Ok("abc"));
    }

    #[test]
    fn no_token_is_unauthorised_and_nothing_else_is_said() {
        for none in [&[][..], &["Basic YTpi"], &[""], &["Bearerabc"], &["MAC abc"]] {
            assert_eq!(read(none), Err((401, r#"Bearer realm="portico""#.to_owned())), "{none:?}");
        }
    }

    #[test]
    fn what_the_rfc_does_not_allow_is_a_bad_request() {
        let wrong = [
            &["Bearer"][..],
            &["Bearer "],
            &["Bearer a b"],
            &["Bearer a,Bearer a"],
            &["Bearer a", "Bearer a"],
            &["Bearer a", "Basic YTpi"],
            &["Bearer ="],
            &["Bearer \u{e9}"],
        ];
        for wrong in wrong {
            let challenge = r#"Bearer realm="portico", error="invalid_request""#;
            assert_eq!(read(wrong), Err((400, challenge.to_owned())), "{wrong:?}");
        }
    }
}
