//! The profile: its fields are the deployment's choice.

use jsonschema::error::ValidationErrorKind;
use jsonschema::{Draft, Validator};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// What is wrong with one field of a request.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct FieldError {
    /// Which field: a JSON Pointer (RFC 6901) into the body.
    #[schema(example = "/profile/birthdate")]
    pub pointer: String,
    /// A stable name of what is wrong.
    #[schema(example = "format")]
    pub code: String,
    /// What is wrong, in English; never the value itself.
    pub detail: String,
}

impl FieldError {
    /// `code` is wrong with the field at `pointer`.
    pub fn new(pointer: impl Into<String>, code: impl Into<String>, detail: impl Into<String>) -> Self {
        Self { pointer: pointer.into(), code: code.into(), detail: detail.into() }
    }
}

/// The profile's schema (JSON Schema 2020-12). Its `required` lists what registration demands;
/// `x-ask-later` what is asked for afterwards (progressive profiling).
pub struct ProfileSchema {
    validator: Validator,
    required: Vec<String>,
    later: Vec<String>,
}

/// The schema can't be used.
#[derive(Debug, thiserror::Error)]
#[error("is no JSON Schema of an object: {0}")]
pub struct ProfileSchemaError(String);

impl ProfileSchema {
    /// The most that a profile may take, in bytes of JSON: an item holds 400 KB.
    pub const MAX_BYTES: usize = 16 * 1024;

    /// Reads a schema.
    ///
    /// # Errors
    /// When it is no schema of an object.
    pub fn parse(json: &str) -> Result<Self, ProfileSchemaError> {
        let mut schema: Value = serde_json::from_str(json).map_err(|e| ProfileSchemaError(e.to_string()))?;
        let names = |schema: &Value, key: &str| -> Vec<String> {
            let list = schema.get(key).and_then(Value::as_array).into_iter().flatten();
            list.filter_map(|v| v.as_str().map(str::to_owned)).collect()
        };
        let (required, later) = (names(&schema, "required"), names(&schema, "x-ask-later"));
        let object = schema.as_object_mut().ok_or_else(|| ProfileSchemaError("not an object".to_owned()))?;
        if object.get("type").and_then(Value::as_str) != Some("object") {
            return Err(ProfileSchemaError("its type is not \"object\"".to_owned()));
        }
        // What is missing is said by name, and is no fault in a PATCH.
        object.remove("required");
        let validator = jsonschema::options()
            .with_draft(Draft::Draft202012)
            .should_validate_formats(true)
            .build(&schema)
            .map_err(|e| ProfileSchemaError(e.to_string()))?;
        Ok(Self { validator, required, later })
    }

    /// What is wrong with a profile that is given at registration, at `pointer` in the body.
    pub fn check_registration(&self, profile: &Map<String, Value>, pointer: &str) -> Vec<FieldError> {
        let absent = self.required.iter().filter(|name| !profile.contains_key(*name));
        let missing =
            absent.map(|name| FieldError::new(format!("{pointer}/{}", escape(name)), "required", "is required"));
        missing.chain(self.check(profile, pointer)).collect()
    }

    /// What is wrong with the values of a profile, at `pointer` in the body.
    pub fn check(&self, profile: &Map<String, Value>, pointer: &str) -> Vec<FieldError> {
        let whole = Value::Object(profile.clone());
        if whole.to_string().len() > Self::MAX_BYTES {
            return vec![FieldError::new(pointer, "too_large", "is larger than a profile may be")];
        }
        self.validator
            .iter_errors(&whole)
            .take(20)
            .flat_map(|error| {
                let at = format!("{pointer}{}", error.instance_path());
                if let ValidationErrorKind::AdditionalProperties { unexpected } = error.kind() {
                    let unknown = |name: &String| {
                        FieldError::new(format!("{at}/{}", escape(name)), "unknown", "is no field of the profile")
                    };
                    return unexpected.iter().map(unknown).collect();
                }
                let code = error.kind().keyword().to_owned();
                let detail = format!("does not satisfy \"{code}\" of the profile's schema");
                vec![FieldError::new(at, code, detail)]
            })
            .collect()
    }

    /// The fields that this profile still lacks: required ones, and those to be asked for later.
    pub fn missing(&self, profile: &Map<String, Value>) -> Vec<String> {
        let all = self.required.iter().chain(&self.later);
        all.filter(|name| !profile.contains_key(*name)).cloned().collect()
    }

    /// The profile after a JSON Merge Patch (RFC 7396): `null` removes.
    pub fn merge(profile: &Map<String, Value>, patch: &Map<String, Value>) -> Map<String, Value> {
        let mut merged = profile.clone();
        for (name, value) in patch {
            match (value, merged.get_mut(name)) {
                (Value::Null, _) => {
                    merged.remove(name);
                }
                (Value::Object(inner), Some(Value::Object(old))) => *old = Self::merge(old, inner),
                (Value::Object(inner), _) => {
                    merged.insert(name.clone(), Value::Object(Self::merge(&Map::new(), inner)));
                }
                (other, _) => {
                    merged.insert(name.clone(), other.clone());
                }
            }
        }
        merged
    }
}

impl std::fmt::Debug for ProfileSchema {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ProfileSchema").field("required", &self.required).field("later", &self.later).finish()
    }
}

fn escape(name: &str) -> String {
    name.replace('~', "~0").replace('/', "~1")
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn object(value: Value) -> Map<String, Value> {
        value.as_object().unwrap().clone()
    }

    #[test]
    fn a_profile_is_held_to_its_schema_field_by_field() {
        let schema = ProfileSchema::parse(
            r#"{"type":"object","additionalProperties":false,"required":["given_name"],"x-ask-later":["birthdate"],
                "properties":{"given_name":{"type":"string","maxLength":5},"birthdate":{"type":"string","format":"date"}}}"#,
        )
        .unwrap();
        let errors = schema.check_registration(&object(json!({"birthdate": "yesterday", "x/y": 1})), "/profile");
        let found: Vec<_> = errors.iter().map(|e| (e.pointer.as_str(), e.code.as_str())).collect();
        assert_eq!(
            found,
            [("/profile/given_name", "required"), ("/profile/birthdate", "format"), ("/profile/x~1y", "unknown")]
        );
        assert!(schema.check_registration(&object(json!({"given_name": "Ädα"})), "").is_empty());
        assert_eq!(schema.missing(&object(json!({"given_name": "Ada"}))), ["birthdate"]);
    }

    #[test]
    fn merge_is_rfc_7396() {
        for (target, patch, result) in [
            (json!({"a":"b"}), json!({"a":"c"}), json!({"a":"c"})),
            (json!({"a":"b","b":"c"}), json!({"a":null}), json!({"b":"c"})),
            (json!({"a":{"b":"c"}}), json!({"a":{"b":"d","c":null}}), json!({"a":{"b":"d"}})),
            (json!({"a":["b"]}), json!({"a":{"bb":{"ccc":null}}}), json!({"a":{"bb":{}}})),
            (json!({"a":{"b":"c"}}), json!({"a":[1]}), json!({"a":[1]})),
        ] {
            assert_eq!(Value::Object(ProfileSchema::merge(&object(target), &object(patch))), result);
        }
    }

    #[test]
    fn what_is_no_schema_is_refused() {
        for text in ["", "[]", "{}", r#"{"type":"string"}"#, r#"{"type":"object","properties":{"a":{"type":7}}}"#] {
            assert!(ProfileSchema::parse(text).is_err(), "{text}");
        }
    }
}
