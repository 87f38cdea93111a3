//! Whole examples of bodies, put together from the examples of their fields.

use serde_json::{Map, Value};
use utoipa::openapi::{Components, Content, RefOr, path::Operation};

/// Adds an example to each body of an operation that has none.
pub(super) fn add_examples(operation: &mut Operation, components: &Components) {
    let schemas = serde_json::to_value(&components.schemas).unwrap_or_default();
    let mut add = |content: &mut RefOr<Content>| {
        let RefOr::T(content) = content else { return };
        if content.example.is_none() && content.examples.is_empty() {
            let schema = serde_json::to_value(&content.schema).unwrap_or_default();
            content.example = example(&schema, &schemas, DEEPEST);
        }
    };
    if let Some(RefOr::T(body)) = &mut operation.request_body {
        body.content.values_mut().for_each(&mut add);
    }
    for response in operation.responses.responses.values_mut() {
        if let RefOr::T(response) = response {
            response.content.values_mut().for_each(&mut add);
        }
    }
}

/// A schema that contains itself has no example of its own.
const DEEPEST: u8 = 16;

fn example(schema: &Value, schemas: &Value, depth: u8) -> Option<Value> {
    let depth = depth.checked_sub(1)?;
    let own = schema.get("example").or_else(|| schema.pointer("/examples/0")).or_else(|| schema.get("const"));
    if let Some(own) = own {
        return Some(own.clone());
    }
    if let Some(reference) = schema.get("$ref").and_then(Value::as_str) {
        return example(schemas.get(reference.rsplit('/').next()?)?, schemas, depth);
    }
    for choice in ["oneOf", "anyOf"] {
        if let Some(Value::Array(all)) = schema.get(choice) {
            return all.iter().find_map(|one| example(one, schemas, depth));
        }
    }
    if let Some(Value::Array(parts)) = schema.get("allOf") {
        let parts = parts.iter().filter_map(|part| example(part, schemas, depth));
        return Some(Value::Object(parts.filter_map(object).flatten().collect()));
    }
    if let Some(Value::Object(properties)) = schema.get("properties") {
        let of = |(name, schema): (&String, &Value)| Some((name.clone(), example(schema, schemas, depth)?));
        return Some(Value::Object(properties.iter().filter_map(of).collect()));
    }
    if let Some(items) = schema.get("items") {
        return Some(Value::Array(vec![example(items, schemas, depth)?]));
    }
    // What only others define (a credential as browsers write it) is an object of theirs.
    let is_free = schema.get("type").is_some_and(|kind| kind == "object");
    schema.pointer("/enum/0").cloned().or_else(|| is_free.then(|| Value::Object(Map::new())))
}

fn object(value: Value) -> Option<Map<String, Value>> {
    match value {
        Value::Object(object) => Some(object),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_body_is_put_together_from_its_fields() {
        let schemas = json!({
            "Thing": {"type": "object", "properties": {
                "name": {"type": "string", "example": "a"}, "secret": {"type": "string"},
                "parts": {"type": "array", "items": {"$ref": "#/components/schemas/Part"}},
                "kind": {"oneOf": [{"type": "null"}, {"type": "string", "enum": ["one", "two"]}]}}},
            "Part": {"allOf": [{"properties": {"n": {"example": 1}}}, {"properties": {"m": {"const": 2}}}]},
            "Endless": {"properties": {"next": {"$ref": "#/components/schemas/Endless"}}},
        });
        let of = |name: &str| example(&json!({"$ref": format!("#/components/schemas/{name}")}), &schemas, DEEPEST);
        assert_eq!(of("Thing"), Some(json!({"name": "a", "parts": [{"n": 1, "m": 2}], "kind": "one"})));
        assert!(of("Endless").is_some());
        assert_eq!(of("Nothing"), None);
    }
}
