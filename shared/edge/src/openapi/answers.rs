//! The answers that operations have in common.

use serde_json::{Value, json};
use utoipa::openapi::{
    Components, ContentBuilder, Header, HeaderBuilder, ObjectBuilder, OneOf, Ref, RefOr, Response, Type,
    example::{Example, ExampleBuilder},
    path::Operation,
    schema::Schema,
};

use crate::{Challenge, Kind, OAuthCode, Problem, ProblemDocument};

const PROBLEM: &str = "application/problem+json";
const JSON: &str = "application/json";
const REQUEST_ID: &str = "JKJaXmPLvHcESHA=";

/// Adds a problem to the answer of its status: one schema, an example for each type.
pub(super) fn add_problem(operation: &mut Operation, kind: Kind) {
    change(operation, kind.status().as_u16(), |response| {
        if response.description.is_empty() {
            response.description = kind.doc().to_owned();
        } else if !response.description.contains(kind.doc()) {
            response.description = format!("{}\n\n{}", response.description, kind.doc());
        }
        let value = serde_json::to_value(example(kind)).unwrap_or_default();
        add_example(response, PROBLEM, "Problem", kind.slug(), shown(kind.title(), value));
    });
}

fn example(kind: Kind) -> ProblemDocument {
    let problem = match kind {
        Kind::InvalidFields => Problem::field("/email", "required", "is required"),
        _ => Problem::new(kind),
    };
    problem.document(Some(&domain::RequestId(REQUEST_ID.to_owned())))
}

/// Adds the errors of RFC 6749 that any endpoint of `/oauth2/*` can answer.
pub(super) fn add_oauth_errors(operation: &mut Operation) {
    for code in OAuthCode::ALL {
        // What only some endpoints answer, they say themselves.
        let doc = match code {
            OAuthCode::InvalidRequest => "A parameter is missing, repeated, or malformed.",
            OAuthCode::InvalidClient => "The client is unknown or did not authenticate as it must.",
            OAuthCode::SlowDown => "Too many requests. Repeat after `Retry-After` seconds.",
            OAuthCode::TemporarilyUnavailable => "Not available at the moment. Repeat after `Retry-After` seconds.",
            OAuthCode::ServerError => "We made a mistake. The request id leads us to it.",
            OAuthCode::InvalidGrant
            | OAuthCode::UnauthorizedClient
            | OAuthCode::UnsupportedGrantType
            | OAuthCode::InvalidScope
            | OAuthCode::UnsupportedTokenType
            | OAuthCode::UnsupportedResponseType
            | OAuthCode::InvalidTarget
            | OAuthCode::InvalidRequestObject
            | OAuthCode::InvalidDpopProof
            | OAuthCode::UseDpopNonce
            | OAuthCode::InvalidRedirectUri
            | OAuthCode::InvalidClientMetadata
            | OAuthCode::InvalidToken
            | OAuthCode::InsufficientScope
            | OAuthCode::AuthorizationPending
            | OAuthCode::AccessDenied
            | OAuthCode::ExpiredToken => continue,
        };
        change(operation, code.status().as_u16(), |response| {
            if response.description.is_empty() {
                response.description = doc.to_owned();
            }
            let value = json!({"error": code.as_str(), "error_description": doc.replace('`', "'")});
            add_example(response, JSON, "OAuthError", code.as_str(), shown(doc, value));
        });
    }
}

/// Adds the gateway's own answers.
pub(super) fn add_gateway(operation: &mut Operation) {
    let mut statuses = vec![
        (429, "Too Many Requests", "The gateway's limit for the whole deployment is reached."),
        (503, "Service Unavailable", "The function did not answer."),
        (504, "Gateway Timeout", "The function did not answer in time."),
    ];
    if operation.request_body.is_some() {
        statuses.push((413, "Request Entity Too Large", "The gateway refuses what makes an event larger than 6 MB."));
    }
    for (status, message, doc) in statuses {
        change(operation, status, |response| {
            if response.description.is_empty() {
                response.description = doc.to_owned();
            }
            add_example(response, JSON, "GatewayError", "gateway", shown(doc, json!({"message": message})));
        });
    }
}

/// Adds the headers that an answer of its status has.
pub(super) fn add_headers(operation: &mut Operation) {
    for (status, response) in &mut operation.responses.responses {
        let RefOr::T(response) = response else { continue };
        let mut add = |name: &str, component: &str| {
            let header = Ref::new(format!("#/components/headers/{component}"));
            response.headers.entry(name.to_owned()).or_insert(RefOr::Ref(header));
        };
        match status.as_str() {
            "401" => add("WWW-Authenticate", "WwwAuthenticate"),
            "429" | "503" => add("Retry-After", "RetryAfter"),
            _ => {}
        }
        add("X-Request-Id", "RequestId");
    }
}

/// Adds what the answers refer to.
pub(super) fn add_components(components: &mut Components) {
    let headers = [
        ("RequestId", "The request, as the operator's log names it.", Type::String, json!(REQUEST_ID)),
        ("RetryAfter", "When to try again, in seconds.", Type::Integer, json!(30)),
        ("WwwAuthenticate", "How to authenticate.", Type::String, json!(Challenge::Bearer.to_string())),
    ];
    for (name, what, schema_type, example) in headers {
        components.headers.insert(name.to_owned(), RefOr::T(header(what, schema_type, example)));
    }
    let message = ObjectBuilder::new().schema_type(Type::String).build();
    let gateway = ObjectBuilder::new()
        .description(Some("An answer of the gateway itself."))
        .property("message", message)
        .required("message");
    components.schemas.insert("GatewayError".to_owned(), gateway.into());
}

fn header(what: &str, schema_type: Type, example: Value) -> Header {
    let schema: Schema = ObjectBuilder::new().schema_type(schema_type).build().into();
    HeaderBuilder::new().description(Some(what)).schema(Some(schema)).example(Some(example)).build()
}

/// Whether an operation answers pages.
pub(super) fn is_page(operation: &Operation) -> bool {
    operation.responses.responses.values().any(|response| match response {
        RefOr::T(response) => response.content.contains_key("text/html"),
        RefOr::Ref(_) => false,
    })
}

/// Whether an operation asks for this security scheme.
pub(super) fn is_secured(operation: &Operation, scheme: &str) -> bool {
    let requirements = serde_json::to_value(&operation.security).unwrap_or_default();
    requirements.as_array().is_some_and(|all| all.iter().any(|one| one.get(scheme).is_some()))
}

/// Whether an operation asks for a scope.
pub(super) fn is_scoped(operation: &Operation, scheme: &str) -> bool {
    let requirements = serde_json::to_value(&operation.security).unwrap_or_default();
    let scopes = |one: &Value| one.get(scheme).and_then(Value::as_array).is_some_and(|scopes| !scopes.is_empty());
    requirements.as_array().is_some_and(|all| all.iter().any(scopes))
}

/// Adds an example of this schema, beside what the answer already has in this media type.
fn add_example(response: &mut Response, media_type: &str, schema: &str, name: &str, example: Example) {
    let schema = schema_ref(schema);
    let fresh = || RefOr::T(ContentBuilder::new().schema(Some(schema.clone())).build());
    let content = response.content.entry(media_type.to_owned()).or_insert_with(fresh);
    if let RefOr::T(content) = content {
        match &content.schema {
            // At `/oauth2/*`, errors of ours and of the gateway have the same media type.
            Some(other) if *other != schema => {
                content.schema = Some(OneOf::builder().item(other.clone()).item(schema).into());
            }
            _ => content.schema = Some(schema),
        }
        content.examples.entry(name.to_owned()).or_insert(RefOr::T(example));
    }
}

/// Changes the answer of this status, which is made if there is none.
fn change(operation: &mut Operation, status: u16, to: impl FnOnce(&mut Response)) {
    let responses = &mut operation.responses.responses;
    let slot = responses.entry(status.to_string()).or_insert_with(|| RefOr::T(Response::new("")));
    if let RefOr::T(response) = slot {
        to(response);
    }
}

fn schema_ref(name: &str) -> RefOr<Schema> {
    RefOr::Ref(Ref::from_schema_name(name))
}

fn shown(summary: &str, value: Value) -> Example {
    ExampleBuilder::new().summary(summary).value(Some(value)).build()
}
