//! JSON bodies, strictly: one media type, UTF-8, no name twice, no depth, no rest. What a field
//! lacks is said by its JSON Pointer (RFC 6901), in a word that stays the same, without the value.

use std::{collections::HashSet, fmt};

use axum::{
    body::Bytes,
    extract::{FromRequest, Request},
    response::{IntoResponse, Response},
};
use domain::FieldError;
use http::{HeaderMap, HeaderValue, header::CONTENT_TYPE};
use serde::{
    Serialize,
    de::{DeserializeOwned, DeserializeSeed, Deserializer, Error as _, MapAccess, SeqAccess, Visitor},
};
use serde_path_to_error::Segment;

use crate::{Kind, Problem};

const JSON: &str = "application/json";

/// A JSON body, read into `T`; or `T`, written as one. `T` says `deny_unknown_fields` itself.
#[derive(Clone, Copy, Debug)]
pub struct Json<T>(pub T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for Json<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        let text = text(request, &[JSON], state).await?;
        parse(&text).map(Self)
    }
}

/// A JSON Merge Patch (RFC 7396), read into `T` as strictly as [`Json`]; plain JSON will do too.
#[derive(Clone, Copy, Debug)]
pub struct MergePatch<T>(pub T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for MergePatch<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        let text = text(request, &[JSON, "application/merge-patch+json"], state).await?;
        parse(&text).map(Self)
    }
}

impl<T: Serialize> IntoResponse for Json<T> {
    fn into_response(self) -> Response {
        match serde_json::to_vec(&self.0) {
            Ok(body) => ([(CONTENT_TYPE, HeaderValue::from_static(JSON))], body).into_response(),
            Err(error) => Problem::internal(&error).into_response(),
        }
    }
}

/// The body as text, if it is of one of these media types.
pub(crate) async fn text<S: Send + Sync>(request: Request, media_types: &[&str], state: &S) -> Result<String, Problem> {
    if !media_types.iter().any(|media_type| is_media_type(request.headers(), media_type)) {
        let detail = format!("This endpoint reads {}.", media_types.join(" or "));
        return Err(Problem::new(Kind::UnsupportedMediaType).detail(detail));
    }
    let unreadable = || Problem::new(Kind::InvalidRequest);
    let bytes = Bytes::from_request(request, state).await.map_err(|_| unreadable().detail("The body is cut off."))?;
    String::from_utf8(bytes.into()).map_err(|_| unreadable().detail("The body is not UTF-8."))
}

/// Whether there is one `Content-Type`, and it is this one, in UTF-8 if it says so at all.
fn is_media_type(headers: &HeaderMap, wanted: &str) -> bool {
    let mut values = headers.get_all(CONTENT_TYPE).iter();
    let Some(text) = values.next().and_then(|value| value.to_str().ok()) else { return false };
    let mut parts = text.split(';').map(str::trim);
    let essence = parts.next().unwrap_or_default().eq_ignore_ascii_case(wanted);
    let utf8 = parts.filter(|part| !part.is_empty()).all(|part| {
        part.split_once('=').is_some_and(|(name, value)| {
            name.eq_ignore_ascii_case("charset") && value.trim_matches('"').eq_ignore_ascii_case("utf-8")
        })
    });
    essence && utf8 && values.next().is_none()
}

fn parse<T: DeserializeOwned>(text: &str) -> Result<T, Problem> {
    let unreadable = |detail: &'static str| Problem::new(Kind::InvalidRequest).detail(detail);
    let mut shape = serde_json::Deserializer::from_str(text);
    Shape { depth: 0 }.deserialize(&mut shape).and_then(|()| shape.end()).map_err(|error| {
        let said = error.to_string();
        let own = [TWICE, DEEP].into_iter().find(|own| said.starts_with(own));
        unreadable(own.unwrap_or("The body is not valid JSON."))
    })?;
    if !text.trim_start().starts_with('{') {
        // serde would read an array into a struct, field by field.
        return Err(Problem::field("", "type", "must be an object"));
    }
    let mut json = serde_json::Deserializer::from_str(text);
    serde_path_to_error::deserialize(&mut json)
        .map_err(|error| Problem::fields(vec![field_error(error.path().iter(), &error.inner().to_string())]))
}

const TWICE: &str = "A name occurs twice in one object.";
const DEEP: &str = "The body is nested too deeply.";

/// Reads any JSON and keeps nothing of it: only whether it has the form that we accept.
#[derive(Clone, Copy)]
struct Shape {
    depth: u8,
}

impl Shape {
    const DEEPEST: u8 = 32;

    fn deeper<E: serde::de::Error>(self) -> Result<Self, E> {
        if self.depth < Self::DEEPEST { Ok(Self { depth: self.depth + 1 }) } else { Err(E::custom(DEEP)) }
    }
}

impl<'de> DeserializeSeed<'de> for Shape {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, json: D) -> Result<(), D::Error> {
        json.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Shape {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let inner = self.deeper()?;
        let mut names = HashSet::new();
        while let Some(name) = map.next_key::<String>()? {
            if !names.insert(name) {
                return Err(A::Error::custom(TWICE));
            }
            map.next_value_seed(inner)?;
        }
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<(), A::Error> {
        let inner = self.deeper()?;
        while items.next_element_seed(inner)?.is_some() {}
        Ok(())
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        Ok(())
    }
    fn visit_bool<E>(self, _: bool) -> Result<(), E> {
        Ok(())
    }
    fn visit_i64<E>(self, _: i64) -> Result<(), E> {
        Ok(())
    }
    fn visit_u64<E>(self, _: u64) -> Result<(), E> {
        Ok(())
    }
    fn visit_f64<E>(self, _: f64) -> Result<(), E> {
        Ok(())
    }
    fn visit_str<E>(self, _: &str) -> Result<(), E> {
        Ok(())
    }
}

/// What `serde` says, in our words: its own would show values and the names of our types.
pub(crate) fn field_error<'a>(path: impl Iterator<Item = &'a Segment>, said: &str) -> FieldError {
    let mut pointer = path.fold(String::new(), |pointer, segment| match segment {
        Segment::Map { key } => pointer + "/" + &escape(key),
        Segment::Seq { index } => format!("{pointer}/{index}"),
        Segment::Enum { .. } | Segment::Unknown => pointer,
    });
    let said = said.rsplit_once(" at line ").map_or(said, |(said, _)| said);
    let quoted = said.split('`').nth(1).unwrap_or_default();
    let expected = said.split_once("expected ").map(|(_, expected)| expected.replace('`', "\"")).unwrap_or_default();
    if let Some(name) = said.strip_prefix("missing field ").map(|_| quoted) {
        pointer = pointer + "/" + &escape(name);
        FieldError::new(pointer, "required", "is required")
    } else if said.starts_with("unknown field ") {
        let pointer =
            if pointer.ends_with(&format!("/{}", escape(quoted))) { pointer } else { pointer + "/" + &escape(quoted) };
        FieldError::new(pointer, "unknown", "is not known here")
    } else if said.starts_with("invalid type: ") {
        let wanted = match expected.as_str() {
            "u8" | "u16" | "u32" | "u64" | "i64" => "a whole number",
            other if other.starts_with("struct ") || other == "a map" => "an object",
            other => other,
        };
        FieldError::new(pointer, "type", format!("must be {wanted}"))
    } else if said.starts_with("data did not match any variant") {
        FieldError::new(pointer, "type", "has a form that is not known here")
    } else if said.starts_with("unknown variant ") {
        FieldError::new(pointer, "value", format!("must be {expected}"))
    } else if said.starts_with("invalid value: ") {
        FieldError::new(pointer, "value", "is out of range")
    } else {
        FieldError::new(pointer, "invalid", said)
    }
}

fn escape(name: &str) -> String {
    name.replace('~', "~0").replace('/', "~1")
}

#[cfg(test)]
mod tests;
