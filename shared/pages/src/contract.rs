//! What the pages of mailed links answer, for the contract.

use std::collections::BTreeMap;

use utoipa::openapi::{ContentBuilder, ObjectBuilder, RefOr, Response, ResponseBuilder, Type};
use utoipa::{IntoResponses, openapi::schema::Schema};

const PAGE: [(&str, &str); 4] = [
    ("400", "The link is incomplete."),
    ("410", "The link was used, or its time is over."),
    ("500", "We made a mistake."),
    ("503", "Not available at the moment."),
];
const BUTTON: [(&str, &str); 4] = [
    ("409", "Somebody else was first, or the account changed at the same moment."),
    ("415", "The body is no form."),
    ("422", "The form is not as the page sends it, or the password can't be used; the page says why."),
    ("429", "Too many attempts."),
];

/// How the page of a mailed link says that it can't be used.
pub struct PageRefused;

/// How its button says that nothing was done.
pub struct ButtonRefused;

impl IntoResponses for PageRefused {
    fn responses() -> BTreeMap<String, RefOr<Response>> {
        pages(PAGE.iter())
    }
}

impl IntoResponses for ButtonRefused {
    fn responses() -> BTreeMap<String, RefOr<Response>> {
        pages(PAGE.iter().chain(&BUTTON))
    }
}

fn pages<'a>(answers: impl Iterator<Item = &'a (&'static str, &'static str)>) -> BTreeMap<String, RefOr<Response>> {
    let text: Schema = ObjectBuilder::new().schema_type(Type::String).build().into();
    let page = ContentBuilder::new().schema(Some(text)).build();
    let answer = |what: &str| ResponseBuilder::new().description(what).content("text/html", page.clone()).build();
    answers.map(|(status, what)| ((*status).to_owned(), RefOr::T(answer(what)))).collect()
}
