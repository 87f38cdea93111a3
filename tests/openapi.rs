//! `openapi.json` is what the handlers say, all of it, and whole.
//!
//! When a handler has changed: `UPDATE_OPENAPI=1 cargo test -p tests openapi`.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};
use tests::Reply;

use crate::house::{at, functions};

const METHODS: [&str; 5] = ["get", "post", "put", "patch", "delete"];

/// What the handlers say.
fn flows() -> Vec<utoipa::openapi::OpenApi> {
    vec![
        register::openapi(),
        verify::openapi(),
        login::openapi(),
        mfa::openapi(),
        authorize::openapi(),
        device::openapi(),
        passkey::openapi(),
        passwordless::openapi(),
        factors::openapi(),
        recover::openapi(),
        token::openapi(),
        logout::openapi(),
        session::openapi(),
        profile::openapi(),
        clients::openapi(),
        consent::openapi(),
        erase::openapi(),
        wellknown::openapi(),
        acts::openapi(),
        dsar_export::openapi(),
        dsar_requests::openapi(),
    ]
}

fn generated() -> Value {
    serde_json::to_value(edge::openapi::merge(flows())).unwrap()
}

/// Merged, one of them would describe the other's answers.
#[test]
fn no_two_schemas_have_one_name() {
    let mut named: BTreeMap<String, Value> = BTreeMap::new();
    for flow in flows() {
        let described = serde_json::to_value(flow.components).unwrap();
        for (name, schema) in described["schemas"].as_object().into_iter().flatten() {
            let first = named.entry(name.clone()).or_insert_with(|| schema.clone());
            assert_eq!(first, schema, "{name}");
        }
    }
}

/// What is committed.
pub(crate) fn committed() -> Value {
    serde_json::from_str(&std::fs::read_to_string(at("openapi.json")).unwrap()).unwrap()
}

/// An operation of the contract.
pub(crate) struct Operation {
    pub(crate) method: String,
    pub(crate) path: String,
    pub(crate) value: Value,
}

impl Operation {
    /// The media types that it reads.
    pub(crate) fn reads(&self) -> Vec<String> {
        let content = self.value["requestBody"]["content"].as_object();
        content.into_iter().flat_map(|content| content.keys().cloned()).collect()
    }

    /// Whether a customer's access token is asked for.
    pub(crate) fn is_secured(&self) -> bool {
        self.value["security"].as_array().is_some_and(|all| all.iter().any(|one| one.get("bearer").is_some()))
    }

    /// The scope that it asks for, where it is for services and administrators.
    pub(crate) fn scope(&self) -> Option<&str> {
        self.value["security"].as_array()?.iter().find_map(|one| one["bearer"][0].as_str())
    }

    /// Whether it answers pages, for people.
    pub(crate) fn is_page(&self) -> bool {
        const PAGES: [&str; 11] = [
            "/verify",
            "/recover",
            "/erasure",
            "/consents/confirm",
            "/unsubscribe",
            "/sign-in",
            "/device",
            "/oauth2/authorize",
            "/oauth2/continue",
            "/oauth2/consent",
            "/oauth2/logout",
        ];
        PAGES.iter().any(|pages| self.path.starts_with(pages))
    }

    /// Whether it answers errors as RFC 6749 has them.
    pub(crate) fn is_oauth(&self) -> bool {
        self.path.starts_with("/oauth2/") && !self.is_page()
    }

    /// Holds an answer to what the contract says of it: its status, its media type, its error.
    #[track_caller]
    pub(crate) fn assert_documents(&self, reply: &Reply) {
        let at = format!("{} {}: {} {}", self.method, self.path, reply.status, reply.text);
        let answer = &self.value["responses"][reply.status.to_string()];
        assert!(answer.is_object(), "undocumented status: {at}");
        let media_type = reply.header("content-type").split(';').next().unwrap_or_default();
        let content = &answer["content"][media_type];
        assert!(reply.text.is_empty() || content.is_object(), "undocumented media type {media_type}: {at}");
        if let Some(slug) = reply["type"].as_str().and_then(|urn| urn.strip_prefix("urn:portico:problem:")) {
            assert!(content["examples"][slug].is_object(), "undocumented problem: {at}");
        }
        if let Some(error) = reply["error"].as_str() {
            assert!(content["examples"][error].is_object(), "undocumented error: {at}");
        }
    }

    /// What it is about.
    pub(crate) fn tag(&self) -> &str {
        self.value["tags"][0].as_str().unwrap_or_default()
    }

    /// The example of its body.
    pub(crate) fn example(&self) -> Value {
        let content = self.value["requestBody"]["content"].as_object();
        content.and_then(|content| content.values().find_map(|content| examples(content).pop())).unwrap_or_default()
    }
}

/// All operations of the contract.
pub(crate) fn operations() -> Vec<Operation> {
    let document = committed();
    let mut operations = Vec::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        for method in METHODS {
            if let Some(value) = item.get(method) {
                operations.push(Operation { method: method.to_uppercase(), path: path.clone(), value: value.clone() });
            }
        }
    }
    operations
}

/// The examples of a body.
fn examples(content: &Value) -> Vec<Value> {
    let named = content["examples"].as_object().into_iter().flatten().map(|(_, example)| example["value"].clone());
    content.get("example").cloned().into_iter().chain(named).collect()
}

#[test]
fn the_contract_is_what_the_handlers_say() {
    let generated = generated();
    if std::env::var_os("UPDATE_OPENAPI").is_some() {
        let text = serde_json::to_string_pretty(&generated).unwrap() + "\n";
        std::fs::write(at("openapi.json"), text).unwrap();
        return;
    }
    let differing: Vec<_> = differences(&committed(), &generated, "").into_iter().take(10).collect();
    assert!(differing.is_empty(), "openapi.json is not what the handlers say at {differing:#?}: UPDATE_OPENAPI=1");
}

fn differences(left: &Value, right: &Value, at: &str) -> Vec<String> {
    match (left, right) {
        (Value::Object(a), Value::Object(b)) => {
            let names: BTreeSet<_> = a.keys().chain(b.keys()).collect();
            let of = |name: &&String| differences(&left[name.as_str()], &right[name.as_str()], &format!("{at}/{name}"));
            names.iter().flat_map(of).collect()
        }
        _ if left == right => Vec::new(),
        _ => vec![at.to_owned()],
    }
}

#[test]
fn every_route_is_described_and_every_description_has_a_route() {
    let described: BTreeSet<_> = operations().into_iter().map(|one| format!("{} {}", one.method, one.path)).collect();
    let routes = functions().into_iter().flat_map(|function| function.routes);
    let routed: BTreeSet<_> = routes
        .filter(|route| route.method != "OPTIONS")
        .map(|route| format!("{} {}", route.method, route.path))
        .collect();
    assert_eq!(described, routed);
}

#[test]
fn every_operation_is_described_whole() {
    let document = committed();
    let mut ids = BTreeSet::new();
    for Operation { method, path, value } in &operations() {
        let at = format!("{method} {path}");
        assert!(ids.insert(value["operationId"].as_str().unwrap().to_owned()), "{at}: its operationId is another's");
        assert!(value["summary"].as_str().is_some_and(|text| !text.ends_with('.')), "{at}: summary");
        assert_eq!(value["tags"].as_array().map(Vec::len), Some(1), "{at}: tags");
        let tag = json!(value["tags"][0]);
        assert!(document["tags"].as_array().unwrap().iter().any(|known| known["name"] == tag), "{at}: {tag}");
        for parameter in value["parameters"].as_array().into_iter().flatten() {
            assert!(parameter["description"].is_string() && parameter["schema"].is_object(), "{at}: {parameter}");
        }
        let named: Vec<_> = path.split(['{', '}']).skip(1).step_by(2).collect();
        let parameters = value["parameters"].as_array().into_iter().flatten().filter(|one| one["in"] == "path");
        assert_eq!(parameters.map(|one| one["name"].as_str().unwrap()).collect::<Vec<_>>(), named, "{at}");
        for (status, answer) in value["responses"].as_object().unwrap() {
            assert!(answer["description"].as_str().is_some_and(|text| !text.is_empty()), "{at}: {status}");
        }
    }
}

#[test]
fn every_error_is_described() {
    for operation in &operations() {
        let at = format!("{} {}", operation.method, operation.path);
        let answers = operation.value["responses"].as_object().unwrap();
        let statuses: BTreeSet<_> = answers.keys().map(String::as_str).collect();
        assert!(statuses.iter().any(|status| status.starts_with(['2', '3'])), "{at}: no success");
        let mut expected = vec!["429", "500", "503", "504"];
        if !operation.reads().is_empty() {
            expected.extend(["400", "413"]);
        }
        if operation.is_secured() || (operation.is_oauth() && !operation.reads().is_empty()) {
            expected.push("401");
        }
        // A registration that is none is `400`, as RFC 7591 has it.
        let is_json = operation.reads().iter().any(|media_type| media_type.contains("json"));
        if is_json && !operation.is_oauth() {
            expected.extend(["415", "422"]);
        }
        let missing: Vec<_> = expected.iter().filter(|status| !statuses.contains(*status)).collect();
        assert!(missing.is_empty(), "{at}: {missing:?}");
        for (status, answer) in answers {
            let content = answer["content"].as_object().cloned().unwrap_or_default();
            let is_error = status.starts_with(['4', '5']);
            assert!(!is_error || !content.is_empty(), "{at}: {status} has no body");
            assert!(answer["headers"]["X-Request-Id"].is_object(), "{at}: {status}");
            let repeat = ["429", "503"].contains(&status.as_str());
            assert!(!repeat || answer["headers"]["Retry-After"].is_object(), "{at}: {status}");
        }
    }
}

#[test]
fn every_body_has_an_example_that_fits() {
    let document = committed();
    let (mut checked, mut wrong) = (0, Vec::new());
    for operation in &operations() {
        let at = format!("{} {}", operation.method, operation.path);
        let requests = operation.value["requestBody"]["content"].as_object().cloned().unwrap_or_default();
        let mut bodies: BTreeMap<_, _> = requests.into_iter().map(|(of, body)| (format!("{at} {of}"), body)).collect();
        for (status, answer) in operation.value["responses"].as_object().unwrap() {
            let content = answer["content"].as_object().cloned().unwrap_or_default();
            bodies.extend(content.into_iter().map(|(of, body)| (format!("{at} {status} {of}"), body)));
        }
        for (at, body) in bodies.into_iter().filter(|(at, _)| at.contains("json") || at.contains("form")) {
            let examples = examples(&body);
            if examples.is_empty() {
                wrong.push(format!("{at} has no example"));
            }
            // References lead into the document, so the schema is checked within it.
            let mut schema = body["schema"].clone();
            schema["components"] = document["components"].clone();
            let validator = jsonschema::draft202012::options().build(&schema).unwrap();
            for example in examples {
                wrong.extend(validator.iter_errors(&example).map(|error| format!("{at}: {error} in {example}")));
                checked += 1;
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
    assert!(checked > 50, "{checked}");
}
