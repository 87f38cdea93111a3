//! The registry of purposes: the versions that are current, and what people can ask to be written
//! about.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::purpose::is_line;
use crate::{Locale, Purpose};

/// A purpose in its current version.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Standing {
    /// The current version.
    pub purpose: Purpose,
    /// The oldest version that consent still counts of: no later one asked again.
    pub valid_from: u32,
}

impl Standing {
    /// A purpose that nobody was asked about before.
    pub fn first(purpose: Purpose) -> Self {
        let valid_from = if purpose.asks_again { purpose.version } else { 1 };
        Self { purpose, valid_from }
    }

    /// The same purpose in a later version.
    #[must_use]
    pub fn followed_by(&self, next: Purpose) -> Self {
        let valid_from = if next.asks_again { next.version } else { self.valid_from };
        Self { purpose: next, valid_from }
    }

    /// Whether who agreed to this version has to be asked again.
    pub fn is_outdated(&self, version: u32) -> bool {
        version < self.valid_from
    }
}

/// Something that people can ask to be written about.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Topic {
    /// Its name for programs.
    pub key: String,
    /// Its name for people, by language.
    pub titles: BTreeMap<Locale, String>,
}

impl Topic {
    /// Its name in this language, or else in English, or in whichever it has.
    pub fn title(&self, locale: Locale) -> &str {
        let of = |locale| self.titles.get(&locale);
        of(locale).or_else(|| of(Locale::En)).or_else(|| self.titles.values().next()).map_or("", String::as_str)
    }
}

/// The deployment's file.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default)]
    purposes: Vec<Purpose>,
    #[serde(default)]
    topics: Vec<Topic>,
}

/// Every purpose, in its current version.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Registry {
    standings: BTreeMap<String, Standing>,
    topics: Vec<Topic>,
    /// Every version that the file has, in order.
    filed: Vec<Purpose>,
}

/// The registry can't be used.
#[derive(Debug, thiserror::Error)]
pub enum RegistryError {
    /// Not the JSON of a registry.
    #[error("is no registry of purposes: {0}")]
    Malformed(#[from] serde_json::Error),
    /// A purpose can't be as it is.
    #[error("has a purpose {key:?} whose {pointer} {detail}")]
    Purpose {
        /// Its key.
        key: String,
        /// What of it.
        pointer: String,
        /// What is wrong with it.
        detail: String,
    },
    /// A version stands there twice.
    #[error("has version {1} of {0:?} twice")]
    Twice(String, u32),
    /// There are too many.
    #[error("has more purposes or topics than there may be")]
    TooMany,
    /// A topic without a key of its own, or without a title.
    #[error("has a topic {0:?} without a key of its own, or without a title")]
    Topic(String),
}

impl Registry {
    /// How many purposes there may be: their current versions are one item of the store.
    pub const MOST: usize = 40;

    /// Reads the deployment's file. Of a purpose in several versions the last is current.
    ///
    /// # Errors
    /// When it is malformed, or a purpose or topic of it can't be used.
    pub fn parse(json: &str) -> Result<Self, RegistryError> {
        // serde would read an array into a struct, field by field.
        serde_json::from_str::<Map<String, Value>>(json)?;
        let File { mut purposes, topics } = serde_json::from_str(json)?;
        purposes.sort_by(|a, b| (&a.key, a.version).cmp(&(&b.key, b.version)));
        let mut registry = Self { topics, ..Self::default() };
        for purpose in purposes {
            if let Some(error) = purpose.check().into_iter().next() {
                return Err(RegistryError::Purpose { key: purpose.key, pointer: error.pointer, detail: error.detail });
            }
            let standing = match registry.standings.get(&purpose.key) {
                Some(standing) if standing.purpose.version == purpose.version => {
                    return Err(RegistryError::Twice(purpose.key, purpose.version));
                }
                Some(standing) => standing.followed_by(purpose.clone()),
                None => Standing::first(purpose.clone()),
            };
            registry.standings.insert(purpose.key.clone(), standing);
            registry.filed.push(purpose);
        }
        let is_good = |(at, topic): (usize, &Topic)| {
            Purpose::is_key(&topic.key)
                && !topic.titles.is_empty()
                && topic.titles.values().all(|title| is_line(title, 100))
                && registry.topics.iter().skip(at + 1).all(|other| other.key != topic.key)
        };
        if let Some((_, topic)) = registry.topics.iter().enumerate().find(|one| !is_good(*one)) {
            return Err(RegistryError::Topic(topic.key.clone()));
        }
        if registry.standings.len() > Self::MOST || registry.topics.len() > 100 {
            return Err(RegistryError::TooMany);
        }
        Ok(registry)
    }

    /// This file's registry, with what was written since. Of a version that both have, what was
    /// written holds: people have agreed to it. A file that is ahead is a new version like any other.
    #[must_use]
    pub fn with(&self, written: &BTreeMap<String, Standing>) -> Self {
        let mut merged = self.clone();
        for (key, standing) in written {
            let next = match merged.standings.remove(key) {
                Some(filed) if filed.purpose.version > standing.purpose.version => {
                    Standing { valid_from: filed.valid_from.max(standing.valid_from), ..filed }
                }
                _ => standing.clone(),
            };
            merged.standings.insert(key.clone(), next);
        }
        merged
    }

    /// A purpose in its current version.
    pub fn find(&self, key: &str) -> Option<&Standing> {
        self.standings.get(key)
    }

    /// Every purpose in its current version, by key.
    pub fn all(&self) -> impl Iterator<Item = &Standing> {
        self.standings.values()
    }

    /// The versions of a purpose that the file has, in order.
    pub fn filed(&self, key: &str) -> impl Iterator<Item = &Purpose> {
        self.filed.iter().filter(move |purpose| purpose.key == key)
    }

    /// What people can ask to be written about.
    pub fn topics(&self) -> &[Topic] {
        &self.topics
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::purpose::tests::newsletter;
    use serde_json::json;

    fn version(version: u32, asks_again: bool) -> Purpose {
        Purpose { version, asks_again, ..newsletter() }
    }

    fn file(purposes: &[Purpose]) -> Result<Registry, RegistryError> {
        Registry::parse(&json!({"purposes": purposes}).to_string())
    }

    #[test]
    fn consent_counts_back_to_the_last_version_that_asked_again() {
        let standing = |versions: &[Purpose]| {
            let standing = file(versions).unwrap().find("newsletter").unwrap().clone();
            (standing.purpose.version, standing.valid_from)
        };
        assert_eq!(standing(&[version(1, true)]), (1, 1));
        assert_eq!(standing(&[version(3, false), version(1, true), version(2, true)]), (3, 2));
        assert_eq!(standing(&[version(2, false)]), (2, 1));
        assert_eq!(file(&[version(1, true), version(2, true)]).unwrap().filed("newsletter").count(), 2);
    }

    #[test]
    fn what_was_written_holds_until_the_file_is_ahead() {
        let written = |standing: Standing| BTreeMap::from([("newsletter".to_owned(), standing)]);
        let mut other = version(1, true);
        other.retention = "P9Y".into();
        let of = |registry: Registry| registry.find("newsletter").unwrap().clone();
        let first = file(&[version(1, true)]).unwrap();
        assert_eq!(of(first.with(&written(Standing::first(other)))).purpose.retention, "P9Y");
        let second = Standing::first(version(1, true)).followed_by(version(2, true));
        assert_eq!((of(first.with(&written(second.clone()))).purpose.version, second.valid_from), (2, 2));
        let ahead = file(&[version(1, true), version(3, false)]).unwrap();
        let merged = of(ahead.with(&written(second)));
        assert_eq!((merged.purpose.version, merged.valid_from), (3, 2));
        assert!(merged.is_outdated(1) && !merged.is_outdated(2));
    }

    #[test]
    fn a_file_that_can_not_be_used_is_refused() {
        let on = Purpose { default: true, ..newsletter() };
        assert!(matches!(file(&[on]), Err(RegistryError::Purpose { pointer, .. }) if pointer == "/default"));
        assert!(matches!(file(&[version(1, true), version(1, false)]), Err(RegistryError::Twice(_, 1))));
        let many: Vec<_> = (0..41).map(|n| Purpose { key: format!("p{n}"), ..newsletter() }).collect();
        assert!(matches!(file(&many), Err(RegistryError::TooMany)));
        for text in ["", "[]", r#"{"purposes":[{}]}"#, r#"{"purpose":[]}"#] {
            assert!(matches!(Registry::parse(text), Err(RegistryError::Malformed(_))), "{text}");
        }
        for topics in [json!([{"key": "a", "titles": {}}]), json!([{"key": "A", "titles": {"en": "A"}}])] {
            assert!(matches!(Registry::parse(&json!({"topics": topics}).to_string()), Err(RegistryError::Topic(_))));
        }
        assert_eq!(Registry::parse("{}").unwrap(), Registry::default());
    }
}
