//! The statements of a function's inline policy.

use serde_json::Value;

use super::{TemplateError, intrinsics::scalar};

/// One statement of a policy.
#[derive(Clone, Debug, PartialEq)]
pub struct Statement {
    /// `Effect: Allow` (else `Deny`).
    pub allow: bool,
    /// Actions, with `*` and `?` as wildcards.
    pub actions: Vec<String>,
    /// Resources' ARNs, with wildcards.
    pub resources: Vec<String>,
    /// All of these must hold.
    pub conditions: Vec<Condition>,
}

/// One condition: an operator, a key of the request's context, and values.
#[derive(Clone, Debug, PartialEq)]
pub struct Condition {
    /// How the values are compared.
    pub test: Test,
    /// Holds as well when the key is absent (`…IfExists`).
    pub if_exists: bool,
    /// The context key, lower-case (IAM ignores its case).
    pub key: String,
    /// The values, of which one must match.
    pub values: Vec<String>,
}

/// How a condition compares.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Test {
    /// `StringEquals`, `ArnEquals` without wildcards, `Bool`, `NumericEquals`.
    Equals,
    /// `StringNotEquals`.
    NotEquals,
    /// `StringLike`, `ArnLike`, `ArnEquals`.
    Like,
    /// `StringNotLike`.
    NotLike,
    /// `ForAllValues:StringEquals`: every value of the request is listed.
    AllEqual,
    /// `ForAllValues:StringLike`.
    AllLike,
    /// `ForAnyValue:StringEquals`.
    AnyEquals,
    /// `ForAnyValue:StringLike`.
    AnyLike,
    /// `Null`: whether the key is absent.
    Null,
}

impl Statement {
    /// Reads a statement whose functions have been applied.
    ///
    /// # Errors
    ///
    /// When it says something that [`crate::aws::rights`] could not judge as AWS does.
    pub(crate) fn read(at: &str, value: &Value) -> Result<Statement, TemplateError> {
        for key in ["NotAction", "NotResource"] {
            if value.get(key).is_some() {
                return Err(TemplateError::unsupported(at, format!("{key} is not imitated")));
            }
        }
        let mut conditions = Vec::new();
        let operators = value.get("Condition").and_then(Value::as_object);
        for (operator, keys) in operators.into_iter().flatten() {
            for (key, values) in keys.as_object().into_iter().flatten() {
                conditions.push(Condition::read(at, operator, key, values)?);
            }
        }
        Ok(Statement {
            allow: value.get("Effect").and_then(Value::as_str) == Some("Allow"),
            actions: texts(value.get("Action")),
            resources: texts(value.get("Resource")),
            conditions,
        })
    }
}

impl Condition {
    fn read(at: &str, operator: &str, key: &str, values: &Value) -> Result<Condition, TemplateError> {
        let base = operator.strip_suffix("IfExists").unwrap_or(operator);
        let test = match base {
            "StringEquals" | "Bool" | "NumericEquals" => Test::Equals,
            "StringNotEquals" => Test::NotEquals,
            "StringLike" | "ArnLike" | "ArnEquals" => Test::Like,
            "StringNotLike" | "ArnNotLike" => Test::NotLike,
            "ForAllValues:StringEquals" => Test::AllEqual,
            "ForAllValues:StringLike" => Test::AllLike,
            "ForAnyValue:StringEquals" => Test::AnyEquals,
            "ForAnyValue:StringLike" => Test::AnyLike,
            "Null" => Test::Null,
            other => {
                return Err(TemplateError::unsupported(at, format!("condition {other} is not imitated")));
            }
        };
        Ok(Condition { test, if_exists: base != operator, key: key.to_lowercase(), values: texts(Some(values)) })
    }
}

fn texts(value: Option<&Value>) -> Vec<String> {
    match value {
        Some(Value::Array(items)) => items.iter().filter_map(scalar).collect(),
        Some(single) => scalar(single).into_iter().collect(),
        None => Vec::new(),
    }
}
