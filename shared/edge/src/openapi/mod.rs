//! The contract as one OpenAPI 3.1 document.
//!
//! A flow describes what is its own: paths, bodies, successes, and, by [`describe`], the problems that its errors map
//! to. What follows from the form of an operation (it reads a body, it takes a token, it runs behind a gateway) is
//! added by [`merge`], so that no flow can forget it; and whole examples, from those of the fields.

mod answers;
mod examples;

use utoipa::openapi::{
    Components, HttpMethod, InfoBuilder, License, OpenApi, RefOr, Server, Tag,
    path::{Operation, PathItem},
    request_body::RequestBody,
    schema::Schema,
    security::{Http, HttpAuthScheme, SecurityScheme},
    tag::TagBuilder,
};

use crate::{Kind, OAuthErrorDocument, ProblemDocument};

/// The name of the security scheme for access tokens.
pub const BEARER: &str = "bearer";
/// The name of the security scheme for clients that authenticate by HTTP Basic.
pub const CLIENT_BASIC: &str = "client_basic";

/// The name of the security scheme for tokens by which clients manage themselves.
pub const REGISTRATION: &str = "registration";

/// A flow's description, to which its problems are added.
pub struct Described(OpenApi);

/// Begins with what the flow's `derive(OpenApi)` says.
pub fn describe(api: OpenApi) -> Described {
    Described(api)
}

impl Described {
    /// The operation can answer these problems, beside those that [`merge`] adds.
    #[must_use]
    pub fn problems(mut self, method: HttpMethod, path: &str, kinds: &[Kind]) -> Self {
        let operation = self.0.paths.paths.get_mut(path).and_then(|item| operation(item, &method));
        debug_assert!(operation.is_some(), "{path} has an operation of this method");
        if let Some(operation) = operation {
            kinds.iter().for_each(|kind| answers::add_problem(operation, *kind));
        }
        self
    }

    /// The finished description.
    pub fn build(self) -> OpenApi {
        self.0
    }
}

fn operation<'a>(item: &'a mut PathItem, method: &HttpMethod) -> Option<&'a mut Operation> {
    match method {
        HttpMethod::Get => item.get.as_mut(),
        HttpMethod::Post => item.post.as_mut(),
        HttpMethod::Put => item.put.as_mut(),
        HttpMethod::Patch => item.patch.as_mut(),
        HttpMethod::Delete => item.delete.as_mut(),
        _ => None,
    }
}

/// One document from the descriptions of all flows.
pub fn merge(flows: Vec<OpenApi>) -> OpenApi {
    let mut api = OpenApi::default();
    for flow in flows {
        api.merge(flow);
    }
    let described = api.components.clone().unwrap_or_default();
    for (path, item) in &mut api.paths.paths {
        for method in [HttpMethod::Get, HttpMethod::Post, HttpMethod::Put, HttpMethod::Patch, HttpMethod::Delete] {
            if let Some(operation) = operation(item, &method) {
                complete(path, operation);
                examples::add_examples(operation, &described);
            }
        }
    }
    api.info = InfoBuilder::new()
        .title("Portico")
        .version(env!("CARGO_PKG_VERSION"))
        .description(Some(DESCRIPTION))
        .license(Some(License::builder().name("Apache-2.0").identifier(Some("Apache-2.0")).build()))
        .build();
    api.servers = Some(vec![Server::new("/")]);
    api.tags = Some(tags(&api));
    let components = api.components.get_or_insert_with(Components::new);
    answers::add_components(components);
    add_schema::<ProblemDocument>(components);
    add_schema::<OAuthErrorDocument>(components);
    let bearer = Http::builder()
        .scheme(HttpAuthScheme::Bearer)
        .bearer_format("JWT")
        .description(Some("An access token of this deployment, for this deployment (RFC 6750, RFC 9068)."));
    let basic = Http::builder()
        .scheme(HttpAuthScheme::Basic)
        .description(Some("A registered client's id and secret, each form-encoded (RFC 6749 §2.3.1)."));
    components.add_security_scheme(BEARER, SecurityScheme::Http(bearer.build()));
    components.add_security_scheme(CLIENT_BASIC, SecurityScheme::Http(basic.build()));
    let registration = Http::builder()
        .scheme(HttpAuthScheme::Bearer)
        .description(Some("The registration access token of one client, for that client (RFC 7592)."));
    components.add_security_scheme(REGISTRATION, SecurityScheme::Http(registration.build()));
    api
}

fn add_schema<T: utoipa::ToSchema>(components: &mut Components) {
    let mut schemas: Vec<(String, RefOr<Schema>)> = vec![(T::name().into_owned(), T::schema())];
    T::schemas(&mut schemas);
    components.schemas.extend(schemas);
}

/// What an operation can answer because of its form.
fn complete(path: &str, operation: &mut Operation) {
    let media_types = operation.request_body.as_ref().map(media_types).unwrap_or_default();
    let takes = |media_type: &str| media_types.iter().any(|own| own == media_type);
    let reads = !media_types.is_empty();
    let has_parameters = operation.parameters.as_ref().is_some_and(|parameters| !parameters.is_empty());
    // Before the handler, in the same form for all.
    let mut kinds = vec![Kind::DirectAccess];
    if reads {
        kinds.push(Kind::PayloadTooLarge);
    }
    if path.starts_with("/oauth2/") {
        answers::add_oauth_errors(operation);
    } else if !answers::is_page(operation) {
        // A page shows its errors to people, and says how itself.
        kinds.extend([Kind::TooManyRequests, Kind::Unavailable, Kind::Internal]);
        if reads {
            kinds.push(Kind::UnsupportedMediaType);
        }
        if takes("application/json") {
            kinds.push(Kind::InvalidFields);
        }
        let secured = answers::is_secured(operation, BEARER);
        if secured {
            kinds.push(Kind::InvalidToken);
        }
        if answers::is_scoped(operation, BEARER) {
            kinds.push(Kind::InsufficientScope);
        }
        if reads || secured || has_parameters {
            kinds.push(Kind::InvalidRequest);
        }
    } else {
        // The deadline is the layer's, which knows no page.
        kinds.push(Kind::Unavailable);
    }
    kinds.into_iter().for_each(|kind| answers::add_problem(operation, kind));
    answers::add_gateway(operation);
    answers::add_headers(operation);
}

fn media_types(body: &RefOr<RequestBody>) -> Vec<String> {
    match body {
        RefOr::T(body) => body.content.keys().cloned().collect(),
        RefOr::Ref(_) => Vec::new(),
    }
}

/// The tags that operations carry, described.
fn tags(api: &OpenApi) -> Vec<Tag> {
    const TAGS: [(&str, &str); 11] = [
        ("registration", "Become a customer: give an address, prove it."),
        ("sign-in", "Prove who you are, and get tokens."),
        ("authorization", "Sign customers in to apps: OpenID Connect."),
        ("tokens", "The token endpoint and its neighbours, as the RFCs have them."),
        ("sessions", "See and end the sessions of the signed-in customer."),
        ("factors", "See and change by what the signed-in customer proves who they are."),
        ("profile", "Read and change what is known about the signed-in customer."),
        ("privacy", "What the signed-in customer agreed to, and their rights over what is stored."),
        ("administration", "For services and administrators, by the scope of their access token."),
        ("pages", "Hosted pages, for browsers."),
        ("discovery", "What is public: metadata, keys, this document."),
    ];
    let items = api.paths.paths.values();
    let operations = items.flat_map(|item| [&item.get, &item.post, &item.put, &item.patch, &item.delete]);
    let used: Vec<_> = operations.flatten().filter_map(|operation| operation.tags.clone()).flatten().collect();
    let used = TAGS.iter().filter(|(name, _)| used.iter().any(|tag| tag == name));
    used.map(|(name, what)| TagBuilder::new().name(*name).description(Some(*what)).build()).collect()
}

const DESCRIPTION: &str = "Customer identity: registration, sign-in, tokens, sessions, profile.

Errors are `application/problem+json` (RFC 9457) with a stable `type`, except at `/oauth2/*`, which answers as \
its RFCs say. Bodies are JSON of at most 64 KiB in UTF-8, without repeated names. Every answer carries \
`X-Request-Id`.

Some answers are the gateway's own, with a body `{\"message\": …}`: 404 for a route that does not exist, 413 for \
a body of 6 MB, 429 when the stage's own limit is reached, 431 for headers above 10 KB, 500 when a function ends \
without an answer, 503 and 504 when it does not answer.";

#[cfg(test)]
mod tests;
