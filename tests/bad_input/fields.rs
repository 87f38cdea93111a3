//! Bodies of the right form with values of the wrong one.

use serde_json::json;

use super::*;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_field_of_another_type_is_named() {
    let field = Field::start().await;
    for operation in json_operations() {
        for (member, example) in operation.example().as_object().unwrap() {
            let values = [
                json!(CANARY),
                json!(7),
                json!(-1),
                json!(1.5),
                json!(u64::MAX),
                json!(true),
                json!([CANARY]),
                json!({CANARY: CANARY}),
                json!([]),
                json!({}),
                json!([null]),
                json!(""),
                json!("\u{0}"),
                json!("x".repeat(60_000)),
            ];
            for value in values.into_iter().filter(|value| !same_type(value, example)) {
                let mut body = operation.example();
                body[member.as_str()] = value.clone();
                let reply = field.json(&operation, &body).await;
                let why = format!("{member} = {}", &value.to_string()[..value.to_string().len().min(60)]);
                if example.is_object() && value.is_object() {
                    assert_clear(&operation, &reply, &why);
                    continue;
                }
                assert_refused(&operation, &reply, &why);
                let reply = reply.problem(422, "invalid-fields");
                let pointer = &reply.fields()[0].0;
                assert!(pointer.starts_with(&format!("/{member}")), "{} {why}: {}", name(&operation), reply.text);
            }
        }
    }
}

fn same_type(a: &Value, b: &Value) -> bool {
    std::mem::discriminant(a) == std::mem::discriminant(b)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_value_that_makes_no_sense_has_a_clear_answer() {
    let field = Field::start().await;
    let odd = [
        String::new(),
        " ".into(),
        "\u{0}".into(),
        "\u{7f}\u{80}".into(),
        "\r\nBcc: x@example.com".into(),
        "../../etc/passwd".into(),
        "{{7*7}}".into(),
        "<script>".into(),
        "' OR 1=1 --".into(),
        "%00%0a".into(),
        "\u{202e}gnp.exe".into(),
        "\u{fffe}\u{ffff}".into(),
        "🦀".repeat(2_000),
        "e\u{301}".repeat(5_000),
        "9".repeat(1_000),
        "-0".into(),
        "null".into(),
        "\\".repeat(500),
        "${jndi:ldap://x}".into(),
    ];
    for operation in json_operations() {
        for (member, example) in operation.example().as_object().unwrap() {
            for value in odd.iter().filter(|_| example.is_string()) {
                let mut body = operation.example();
                body[member.as_str()] = json!(format!("{value}{CANARY}"));
                let reply = field.json(&operation, &body).await;
                assert_clear(&operation, &reply, &format!("{member} = {value:?}"));
                body[member.as_str()] = json!(value);
                let reply = field.json(&operation, &body).await;
                assert_clear(&operation, &reply, &format!("{member} = {value:?}"));
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_field_that_is_unknown_or_missing_is_named() {
    let field = Field::start().await;
    for operation in json_operations() {
        let mut body = operation.example();
        body["surprise"] = json!(CANARY);
        let reply = field.json(&operation, &body).await;
        assert_refused(&operation, &reply, "surprise");
        let reply = reply.problem(422, "invalid-fields");
        assert_eq!(reply.fields(), [("/surprise".to_owned(), "unknown".to_owned())], "{}", name(&operation));

        let mut body = operation.example();
        body["a/b~c"] = json!(CANARY);
        let reply = field.json(&operation, &body).await.problem(422, "invalid-fields");
        assert_eq!(reply.fields(), [("/a~1b~0c".to_owned(), "unknown".to_owned())], "{}", name(&operation));

        let schema = schema(&operation);
        for required in schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str) {
            let mut body = operation.example();
            body.as_object_mut().unwrap().remove(required);
            let reply = field.json(&operation, &body).await.problem(422, "invalid-fields");
            assert_eq!(reply.fields(), [(format!("/{required}"), "required".to_owned())], "{}", name(&operation));
            body[required] = Value::Null;
            let reply = field.json(&operation, &body).await.problem(422, "invalid-fields");
            assert_eq!(reply.fields()[0].0, format!("/{required}"), "{}", name(&operation));
        }
    }
}

/// The schema of an operation's body.
fn schema(operation: &Operation) -> Value {
    let reference = operation.value["requestBody"]["content"][JSON]["schema"]["$ref"].as_str();
    let document = crate::openapi::committed();
    reference.and_then(|reference| document.pointer(reference.trim_start_matches('#'))).cloned().unwrap_or_default()
}
