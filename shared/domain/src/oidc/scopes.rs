//! Which claims a scope means (OpenID Connect Core §5.4).

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use crate::oidc::ClaimRequest;

/// The scopes that mean claims, with their claims.
pub const CLAIMS_OF_SCOPES: &[(&str, &[&str])] = &[
    (
        "profile",
        &[
            "name",
            "family_name",
            "given_name",
            "middle_name",
            "nickname",
            "preferred_username",
            "profile",
            "picture",
            "website",
            "gender",
            "birthdate",
            "zoneinfo",
            "locale",
            "updated_at",
        ],
    ),
    ("email", &["email", "email_verified"]),
    ("address", &["address"]),
    ("phone", &["phone_number", "phone_number_verified"]),
];

/// Every claim about a person that a client may ask for.
pub fn known_claims() -> impl Iterator<Item = &'static str> {
    CLAIMS_OF_SCOPES.iter().flat_map(|(_, claims)| claims.iter().copied())
}

/// The claims that a client gets: its scopes', and those that it asked for one by one, if its scopes permit
/// them: asking by name is a wish for less, never a way to more.
pub fn claims_for<'a>(
    granted: &[String],
    asked: impl IntoIterator<Item = (&'a String, &'a ClaimRequest)>,
    allowed: &[String],
) -> BTreeSet<&'static str> {
    let of = |scopes: &[String]| -> BTreeSet<&'static str> {
        let named = CLAIMS_OF_SCOPES.iter().filter(|(scope, _)| scopes.iter().any(|s| s == scope));
        named.flat_map(|(_, claims)| claims.iter().copied()).collect()
    };
    let may = of(allowed);
    let by_name = asked.into_iter().filter_map(|(name, _)| may.get(name.as_str()).copied());
    of(granted).into_iter().chain(by_name).collect()
}

/// What of everything that is known about a customer these claims are. What is not known is left out, never null.
pub fn cut(known: &Map<String, Value>, claims: &BTreeSet<&'static str>) -> Map<String, Value> {
    let wanted = known.iter().filter(|(name, value)| claims.contains(name.as_str()) && !value.is_null());
    let mut cut: Map<String, Value> = wanted.map(|(name, value)| (name.clone(), value.clone())).collect();
    if claims.contains("name") && !cut.contains_key("name") {
        let part = |name: &str| known.get(name).and_then(Value::as_str);
        let name: Vec<&str> = [part("given_name"), part("family_name")].into_iter().flatten().collect();
        if !name.is_empty() {
            cut.insert("name".to_owned(), Value::String(name.join(" ")));
        }
    }
    cut
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_scope_shows_its_claims_and_no_others() {
        let known = json!({
            "given_name": "Ada", "family_name": "L", "email": "a@example.com", "email_verified": true,
            "address": {"locality": "London"}, "nickname": null, "shoe_size": 38
        });
        let scopes = |text: &str| text.split_whitespace().map(str::to_owned).collect::<Vec<_>>();
        let show = |granted: &str, asked: &[&str], allowed: &str| {
            let asked: Vec<_> = asked.iter().map(|&name| (name.to_owned(), ClaimRequest::default())).collect();
            let claims = claims_for(&scopes(granted), asked.iter().map(|(n, r)| (n, r)), &scopes(allowed));
            Value::Object(cut(known.as_object().unwrap(), &claims))
        };
        assert_eq!(show("openid", &[], "openid email"), json!({}));
        assert_eq!(
            show("openid email", &[], "openid email"),
            json!({"email": "a@example.com", "email_verified": true})
        );
        assert_eq!(
            show("profile", &[], "profile"),
            json!({"given_name": "Ada", "family_name": "L", "name": "Ada L"}),
            "nothing that is null, and nothing that is in no scope"
        );
        assert_eq!(show("openid", &["email", "shoe_size"], "openid email"), json!({"email": "a@example.com"}));
        assert_eq!(show("openid", &["email", "address"], "openid"), json!({}), "asked for, not allowed");
    }
}
