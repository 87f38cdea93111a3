use axum::{Router, body::Body, routing::post};
use http::Request;
use serde::Deserialize;
use serde_json::{Value, json};

use super::{Json, MergePatch};
use crate::tests::{answer, deployment, json, wrapped};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Asked {
    email: String,
    #[serde(default)]
    profile: Option<Profile>,
    #[serde(default)]
    kind: Option<What>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Profile {
    #[serde(default, rename = "a/b~c")]
    odd: Vec<u8>,
}

#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum What {
    This,
    That,
}

async fn ask(media_types: &[&str], body: impl Into<Body>) -> (u16, Value) {
    let handler = |Json(asked): Json<Asked>| async move {
        let odd = asked.profile.map(|profile| profile.odd);
        Json(json!({"email": asked.email, "odd": odd, "that": matches!(asked.kind, Some(What::That))}))
    };
    let router = wrapped(Router::new().route("/", post(handler)), &deployment(&[]).0);
    let mut request = Request::post("/");
    for media_type in media_types {
        request = request.header("content-type", *media_type);
    }
    let response = answer(&router, request.body(body.into()).unwrap()).await;
    (response.status().as_u16(), json(response).await)
}

async fn refused(body: &str) -> (u16, String) {
    let (status, problem) = ask(&["application/json"], body.to_owned()).await;
    let error = &problem["errors"][0];
    let text = |value: &Value| value.as_str().unwrap_or("-").to_owned();
    let said = match error {
        Value::Null => text(&problem["detail"]),
        error => format!("{} {}: {}", text(&error["pointer"]), text(&error["code"]), text(&error["detail"])),
    };
    (status, said)
}

#[tokio::test]
async fn what_is_well_formed_is_read() {
    for media_type in ["application/json", "Application/JSON; charset=UTF-8", "application/json;charset=\"utf-8\""] {
        let body = r#" {"email": "a@b", "profile": {"a/b~c": [1, 2]}, "kind": "that"} "#;
        let read = json!({"email": "a@b", "odd": [1, 2], "that": true});
        assert_eq!(ask(&[media_type], body).await, (200, read), "{media_type}");
    }
    assert_eq!(ask(&["application/json"], r#"{"email":"a","kind":"this"}"#).await.0, 200);
}

#[tokio::test]
async fn another_media_type_is_refused_before_the_body_is_read() {
    let types: [&[&str]; 9] = [
        &[],
        &["text/plain"],
        &["application/x-www-form-urlencoded"],
        &["application/json; charset=utf-16"],
        &["application/json; boundary=x"],
        &["application/json,application/json"],
        &["application/json", "application/json"],
        &["application/jsonp"],
        &[""],
    ];
    for types in types {
        let (status, problem) = ask(types, "{").await;
        assert_eq!(
            (status, problem["type"].as_str()),
            (415, Some("urn:portico:problem:unsupported-media-type")),
            "{types:?}"
        );
    }
}

#[tokio::test]
async fn what_is_not_json_cannot_be_read() {
    let deep = format!("{}1{}", "[".repeat(33), "]".repeat(33));
    let deeper = "[".repeat(20_000);
    for (body, detail) in [
        ("", "The body is not valid JSON."),
        ("{", "The body is not valid JSON."),
        ("{'email': 'a'}", "The body is not valid JSON."),
        (r#"{"email":"a"} {}"#, "The body is not valid JSON."),
        (r#"{"email":"a",}"#, "The body is not valid JSON."),
        (r#"{"email":"\ud800"}"#, "The body is not valid JSON."),
        (r#"{"email":NaN}"#, "The body is not valid JSON."),
        (r#"{"email":1e999}"#, "The body is not valid JSON."),
        ("\u{feff}{}", "The body is not valid JSON."),
        (r#"{"email":"a","email":"b"}"#, "A name occurs twice in one object."),
        (r#"{"email":"a","\u0065mail":"b"}"#, "A name occurs twice in one object."),
        (r#"{"other":[{"x":1,"x":1}]}"#, "A name occurs twice in one object."),
        (&deep, "The body is nested too deeply."),
        (&deeper, "The body is nested too deeply."),
    ] {
        assert_eq!(refused(body).await, (400, detail.to_owned()), "{body:.40}");
    }
    let (status, problem) = ask(&["application/json"], vec![b'"', 0xff, b'"']).await;
    assert_eq!((status, problem["detail"].as_str()), (400, Some("The body is not UTF-8.")));
}

#[tokio::test]
async fn fields_are_named_by_pointer_and_values_are_not_shown() {
    for (body, said) in [
        ("{}", "/email required: is required"),
        ("[]", " type: must be an object"),
        (r#"["a@b"]"#, " type: must be an object"),
        ("null", " type: must be an object"),
        ("\"hunter2\"", " type: must be an object"),
        (r#"{"email": 5}"#, "/email type: must be a string"),
        (r#"{"email": null}"#, "/email type: must be a string"),
        (r#"{"email": "a", "pass": "hunter2"}"#, "/pass unknown: is not known here"),
        (r#"{"email": "a", "profile": {"x/y": 1}}"#, "/profile/x~1y unknown: is not known here"),
        (r#"{"email": "a", "profile": 5}"#, "/profile type: must be an object"),
        (r#"{"email": "a", "profile": {"a/b~c": [1, 256]}}"#, "/profile/a~1b~0c/1 value: is out of range"),
        (r#"{"email": "a", "profile": {"a/b~c": [1, true]}}"#, "/profile/a~1b~0c/1 type: must be a whole number"),
        (r#"{"email": "a", "kind": "other"}"#, "/kind value: must be \"this\" or \"that\""),
    ] {
        assert_eq!(refused(body).await, (422, said.to_owned()), "{body}");
    }
}

#[tokio::test]
async fn a_merge_patch_is_json_by_either_name() {
    let handler = |MergePatch(asked): MergePatch<Asked>| async move { Json(json!(asked.email)) };
    let router = wrapped(Router::new().route("/", post(handler)), &deployment(&[]).0);
    for (media_type, status) in
        [("application/merge-patch+json", 200), ("application/json", 200), ("application/json-patch+json", 415)]
    {
        let request = Request::post("/").header("content-type", media_type);
        let response = answer(&router, request.body(Body::from(r#"{"email":"a@b.example"}"#)).unwrap()).await;
        assert_eq!(response.status().as_u16(), status, "{media_type}");
    }
}
