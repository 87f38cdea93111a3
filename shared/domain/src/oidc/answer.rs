//! Answers of the authorization endpoint, as the client's redirect URI receives them.

use url::form_urlencoded;

use crate::oidc::RequestRefused;

/// What an authorization request comes to.
#[derive(Clone)]
pub enum Answer<'a> {
    /// The customer permits: a code.
    Code(&'a str),
    /// An error that the client is told.
    Error(RequestRefused),
}

impl Answer<'_> {
    /// The fields of the answer, in order: what it is, the client's `state`, and who answers, so that the answer
    /// of one provider can't be taken for another's (RFC 9207 §2).
    pub fn fields(self, state: Option<&str>, issuer: &str) -> Vec<(&'static str, String)> {
        let mut fields = match self {
            Self::Code(code) => vec![("code", code.to_owned())],
            Self::Error(refused) => vec![
                ("error", refused.error.as_str().to_owned()),
                ("error_description", refused.description.into_owned()),
            ],
        };
        fields.extend(state.map(|state| ("state", state.to_owned())));
        fields.push(("iss", issuer.to_owned()));
        fields
    }
}

/// The redirect URI with these fields behind its own query, which is kept (RFC 6749 §3.1.2).
pub fn with_query(redirect_uri: &str, fields: &[(&'static str, String)]) -> String {
    let query = form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
    let joint = match redirect_uri.split_once('?') {
        None => "?",
        Some((_, "")) => "",
        Some((_, known)) if known.ends_with('&') => "",
        Some(_) => "&",
    };
    format!("{redirect_uri}{joint}{query}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::oidc::AuthorizeCode;

    #[test]
    fn an_answer_says_whose_it_is_and_keeps_the_query() {
        let fields = Answer::Code("c+1").fields(Some("a b&code=x#\r\n"), "https://id.example");
        let tail = "code=c%2B1&state=a+b%26code%3Dx%23%0D%0A&iss=https%3A%2F%2Fid.example";
        for (uri, expected) in [
            ("https://a.example/cb", format!("https://a.example/cb?{tail}")),
            ("https://a.example/cb?", format!("https://a.example/cb?{tail}")),
            ("https://a.example/cb?x=y", format!("https://a.example/cb?x=y&{tail}")),
            ("com.example.app:/cb", format!("com.example.app:/cb?{tail}")),
        ] {
            assert_eq!(with_query(uri, &fields), expected);
        }
        let refused = RequestRefused::new(AuthorizeCode::LoginRequired, "nobody is signed in");
        assert_eq!(
            with_query("https://a.example/", &Answer::Error(refused).fields(None, "https://id.example")),
            "https://a.example/?error=login_required&error_description=nobody+is+signed+in&iss=https%3A%2F%2Fid.example"
        );
    }
}
