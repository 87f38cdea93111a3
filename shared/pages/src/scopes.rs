//! What a scope gives an app, in words.

use domain::Locale;

use crate::texts::{SCOPES, texts};

/// What a scope gives an app: as it stands in a list behind "it asks for this". A scope of a deployment's own is
/// called by its name.
pub fn scope(locale: Locale, scope: &str) -> &str {
    let texts = SCOPES.iter().zip(texts(locale).scopes);
    texts.filter(|(known, _)| **known == scope).map(|(_, text)| text).next().unwrap_or(scope)
}
