use serde_json::{Value, json};
use utoipa::OpenApi as _;

use super::*;

/// Changes something.
#[utoipa::path(put, path = "/v1/thing", tag = "profile", security(("bearer" = [])),
    request_body = serde_json::Value, responses((status = 204, description = "Done.")))]
#[expect(dead_code, reason = "only its description is used")]
fn thing() {}

/// Gives tokens.
#[utoipa::path(post, path = "/oauth2/token", tag = "tokens",
    request_body(content = serde_json::Value, content_type = "application/x-www-form-urlencoded"),
    responses((status = 200, description = "Tokens.", body = serde_json::Value)))]
#[expect(dead_code, reason = "only its description is used")]
fn token() {}

#[derive(utoipa::OpenApi)]
#[openapi(paths(thing))]
struct Things;

#[derive(utoipa::OpenApi)]
#[openapi(paths(token))]
struct Tokens;

fn document() -> Value {
    let things =
        describe(Things::openapi()).problems(HttpMethod::Put, "/v1/thing", &[Kind::Conflict, Kind::AddressTaken]);
    serde_json::to_value(merge(vec![things.build(), Tokens::openapi()])).unwrap()
}

fn statuses(operation: &Value) -> Vec<&str> {
    operation["responses"].as_object().unwrap().keys().map(String::as_str).collect()
}

#[test]
fn what_follows_from_the_form_is_added() {
    let document = document();
    assert_eq!(document["openapi"], "3.1.0");
    assert_eq!(document["info"]["license"]["identifier"], "Apache-2.0");
    let thing = &document["paths"]["/v1/thing"]["put"];
    assert_eq!(statuses(thing), ["204", "400", "401", "403", "409", "413", "415", "422", "429", "500", "503", "504"]);
    let taken = &thing["responses"]["409"]["content"]["application/problem+json"];
    assert_eq!(taken["schema"], json!({"$ref": "#/components/schemas/Problem"}));
    assert_eq!(taken["examples"]["address-taken"]["value"]["type"], "urn:portico:problem:address-taken");
    assert!(taken["examples"]["conflict"].is_object());
    let token = &document["paths"]["/oauth2/token"]["post"];
    assert_eq!(statuses(token), ["200", "400", "401", "403", "413", "429", "500", "503", "504"]);
    let busy = &token["responses"]["429"]["content"]["application/json"]["schema"]["oneOf"];
    assert_eq!(busy.as_array().unwrap().len(), 2);
    let names: Vec<_> = document["tags"].as_array().unwrap().iter().map(|tag| &tag["name"]).collect();
    assert_eq!(names, ["tokens", "profile"]);
}

#[test]
fn every_reference_leads_somewhere() {
    let document = document();
    let mut found = 0;
    let mut rest = vec![&document];
    while let Some(value) = rest.pop() {
        match value {
            Value::Object(object) => {
                if let Some(Value::String(reference)) = object.get("$ref") {
                    let pointer = reference.trim_start_matches('#');
                    assert!(document.pointer(pointer).is_some(), "{reference}");
                    found += 1;
                }
                rest.extend(object.values());
            }
            Value::Array(items) => rest.extend(items),
            _ => {}
        }
    }
    assert!(found > 20);
}
