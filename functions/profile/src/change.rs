//! `PATCH /v1/me`: the caller's profile and language change.

use std::sync::Arc;

use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;
use domain::{ActKind, FieldError, Locale, ProfileSchema};
use edge::{Caller, Ctx, MergePatch, Problem};
use serde::{Deserialize, Deserializer};
use serde_json::{Map, Value};
use store::Customer;

use crate::me::{self, Me};
use crate::{Profile, ProfileError, load};

/// What is to change, as a JSON Merge Patch (RFC 7396): what is left out stays, and a field of the
/// profile that is `null` goes.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ProfilePatch {
    /// Fields of the deployment's profile schema.
    #[serde(default, deserialize_with = "present")]
    #[schema(nullable = false, example = json!({"given_name": "Ada", "nickname": null}))]
    profile: Option<Map<String, Value>>,
    /// The language of mails: a BCP 47 tag of one that they are written in.
    #[serde(default, deserialize_with = "present")]
    #[schema(nullable = false, max_length = 35, pattern = "^[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*$", example = "de")]
    locale: Option<String>,
}

/// A member of a patch that can't be removed, so that `null` is no value for it.
fn present<'de, D: Deserializer<'de>, T: Deserialize<'de>>(value: D) -> Result<Option<T>, D::Error> {
    T::deserialize(value).map(Some)
}

/// Change one's profile
///
/// With `If-Match`, only if it is still what was read.
#[utoipa::path(patch, path = "/v1/me", operation_id = "profile_change", tag = "profile", security(("bearer" = [])),
    params(("If-Match" = Option<String>, Header, nullable = false, description = "The `ETag` of what was read.", example = "\"3\"")),
    request_body(content((ProfilePatch = "application/json"), (ProfilePatch = "application/merge-patch+json"))),
    responses((status = 200, description = "The profile as it is now.", body = Me,
        headers(("ETag" = String, description = "For `If-Match` of the next change.")))))]
pub(crate) async fn change(
    State(flow): State<Arc<Profile>>,
    ctx: Ctx,
    caller: Caller,
    headers: HeaderMap,
    MergePatch(patch): MergePatch<ProfilePatch>,
) -> Result<Response, Problem> {
    let mut customer = load(&flow, &caller).await?;
    me::check_if_match(&headers, customer.version)?;
    let (profile, locale) = decide(&flow.schema, &customer, patch).map_err(ProfileError::Fields)?;
    if profile != customer.data.profile || locale != customer.locale {
        (customer.data.profile, customer.locale) = (profile, locale);
        let cause = ctx.act(ActKind::ProfileChanged, caller.actor()).in_session(caller.session.id);
        flow.store.customer_update(&customer, &cause).await?;
        customer.version += 1;
    }
    Ok(me::answer(&flow, customer))
}

/// Profile and language after the patch.
fn decide(
    schema: &ProfileSchema,
    customer: &Customer,
    patch: ProfilePatch,
) -> Result<(Map<String, Value>, Locale), Vec<FieldError>> {
    let locale = match patch.locale.as_deref() {
        None => Ok(customer.locale),
        Some(tag) => Locale::parse(tag)
            .ok_or_else(|| FieldError::new("/locale", "locale", "is no tag of a language that mails are written in")),
    };
    let (profile, mut errors) = merged(schema, &customer.data.profile, &patch.profile.unwrap_or_default());
    match locale {
        Ok(locale) if errors.is_empty() => Ok((profile, locale)),
        locale => {
            errors.extend(locale.err());
            Err(errors)
        }
    }
}

/// The profile after the patch, and what is wrong with it. What is wrong with a field that the
/// patch leaves alone was right when it was written: the schema has changed, and nobody is held up
/// by that who changes something else.
fn merged(
    schema: &ProfileSchema,
    profile: &Map<String, Value>,
    patch: &Map<String, Value>,
) -> (Map<String, Value>, Vec<FieldError>) {
    let merged = ProfileSchema::merge(profile, patch);
    let mut errors = schema.check(&merged, "/profile");
    errors.retain(|error| match error.pointer.split('/').nth(2) {
        Some(field) => patch.contains_key(&field.replace("~1", "/").replace("~0", "~")),
        None => !patch.is_empty(),
    });
    (merged, errors)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_patch_answers_for_what_it_touches() {
        let schema = ProfileSchema::parse(
            r#"{"type":"object","additionalProperties":false,"minProperties":1,
                "properties":{"a/b":{"type":"integer"},"c":{"type":"string"}}}"#,
        )
        .unwrap();
        let wrong = |profile: Value, patch: Value| -> Vec<String> {
            let (profile, patch) = (profile.as_object().unwrap(), patch.as_object().unwrap());
            merged(&schema, profile, patch).1.into_iter().map(|error| error.pointer).collect()
        };
        let none: [&str; 0] = [];
        assert_eq!(wrong(json!({"gone": 1, "a/b": "x"}), json!({"c": "y"})), none);
        assert_eq!(wrong(json!({"gone": 1}), json!({"a/b": "x"})), ["/profile/a~1b"]);
        assert_eq!(wrong(json!({"gone": 1}), json!({"gone": 2})), ["/profile/gone"]);
        assert_eq!(wrong(json!({"c": "y"}), json!({"c": null})), ["/profile"]);
        assert_eq!(wrong(json!({}), json!({})), none);
    }
}
