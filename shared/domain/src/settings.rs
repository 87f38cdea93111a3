//! Configuration as pure values: who reads the environment is `edge`.

use std::collections::HashMap;

/// Names and values, as the environment gave them. An empty value counts as absent.
#[derive(Clone, Debug, Default)]
pub struct Settings(HashMap<String, String>);

/// A setting that is missing or cannot be used.
#[derive(Debug, thiserror::Error)]
#[error("setting {name}: {reason}")]
pub struct ConfigError {
    /// The variable's name.
    pub name: String,
    /// What is wrong with it, never its value.
    pub reason: String,
}

impl ConfigError {
    /// The setting `name` can't be used because of `reason`.
    pub fn new(name: &str, reason: impl ToString) -> Self {
        Self { name: name.to_owned(), reason: reason.to_string() }
    }
}

impl Settings {
    /// Settings from names and values; later ones win.
    pub fn new<N: Into<String>, V: Into<String>>(pairs: impl IntoIterator<Item = (N, V)>) -> Self {
        Self(pairs.into_iter().map(|(n, v)| (n.into(), v.into())).collect())
    }

    /// These settings with some replaced.
    #[must_use]
    pub fn with<N: Into<String>, V: Into<String>>(mut self, pairs: impl IntoIterator<Item = (N, V)>) -> Self {
        self.0.extend(pairs.into_iter().map(|(n, v)| (n.into(), v.into())));
        self
    }

    /// All names and values.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// The value, if there is one and it is not empty.
    pub fn text(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str).filter(|v| !v.is_empty())
    }

    /// The value of a setting that has no default.
    ///
    /// # Errors
    /// When it is absent.
    pub fn required(&self, name: &str) -> Result<&str, ConfigError> {
        self.text(name).ok_or_else(|| ConfigError::new(name, "is not set"))
    }

    /// A whole number, or the default where it is absent.
    ///
    /// # Errors
    /// When it is present and no whole number.
    pub fn number(&self, name: &str, default: u64) -> Result<u64, ConfigError> {
        self.text(name).map_or(Ok(default), |v| v.parse().map_err(|_| ConfigError::new(name, "is not a whole number")))
    }
}
