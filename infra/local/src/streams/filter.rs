//! EventBridge's patterns, as far as event source mappings use them here.

use serde_json::Value;

/// Whether a record matches one of the patterns, or there are none.
pub(super) fn passes(patterns: &[Value], record: &Value) -> bool {
    patterns.is_empty() || patterns.iter().any(|pattern| matches(pattern, Some(record)))
}

fn matches(pattern: &Value, value: Option<&Value>) -> bool {
    match pattern {
        Value::Object(members) => {
            members.iter().all(|(name, pattern)| matches(pattern, value.and_then(|value| value.get(name))))
        }
        Value::Array(choices) => choices.iter().any(|choice| chosen(choice, value)),
        _ => false,
    }
}

fn chosen(choice: &Value, value: Option<&Value>) -> bool {
    let Value::Object(test) = choice else { return value == Some(choice) };
    let text = value.and_then(Value::as_str);
    test.iter().all(|(name, wanted)| match name.as_str() {
        "exists" => wanted.as_bool() == Some(value.is_some()),
        "prefix" => text.zip(wanted.as_str()).is_some_and(|(text, with)| text.starts_with(with)),
        "suffix" => text.zip(wanted.as_str()).is_some_and(|(text, with)| text.ends_with(with)),
        "anything-but" => {
            let refused = wanted.as_array().map_or(std::slice::from_ref(wanted), Vec::as_slice);
            value.is_some_and(|value| !refused.contains(value))
        }
        _ => false,
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn only_sealed_acts_wake_the_audit() {
        let pattern = json!({
            "eventName": ["INSERT", "MODIFY"],
            "dynamodb": { "NewImage": { "act": { "M": { "seal": { "BOOL": [true] } } } } },
        });
        let record = |name: &str, seal: bool| {
            let act = json!({ "M": { "seal": { "BOOL": seal } } });
            json!({ "eventName": name, "dynamodb": { "NewImage": { "act": act, "x": 1 } } })
        };
        let patterns = [pattern];
        assert!(passes(&patterns, &record("MODIFY", true)));
        assert!(!passes(&patterns, &record("MODIFY", false)));
        assert!(!passes(&patterns, &record("REMOVE", true)));
        assert!(!passes(&patterns, &json!({ "eventName": "INSERT", "dynamodb": {} })));
        assert!(passes(&[], &json!({})));
    }

    #[test]
    fn a_choice_may_be_a_test() {
        let passes = |pattern: Value, value: Value| passes(&[pattern], &value);
        assert!(passes(json!({ "a": [{ "exists": false }] }), json!({})));
        assert!(passes(json!({ "a": [{ "prefix": "KEY#" }] }), json!({ "a": "KEY#1" })));
        assert!(!passes(json!({ "a": [{ "anything-but": ["x"] }] }), json!({ "a": "x" })));
        assert!(!passes(json!({ "a": [{ "numeric": [">", 1] }] }), json!({ "a": 2 })));
    }
}
