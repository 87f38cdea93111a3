//! What `template.yaml` says, as the machine that runs it locally needs it.
//!
//! CloudFormation's document is read once ([`Template::parse`]) and then asked
//! for its tables, keys and functions at a [`Place`]: a region, a stack's name,
//! and the ids of what has been created so far. Keys come first, because the
//! functions' rights and environment name them by ARN.
//!
//! Only what Portico's template uses is understood. Anything else that changes
//! what a function may do is an error, never a silent difference from AWS.

mod function;
mod intrinsics;
mod place;
mod resources;
mod statement;

use std::collections::BTreeMap;

use serde_json::Value;
use thiserror::Error;

pub use function::{FunctionSpec, Route, Schedule, StreamMapping, TopicMapping};
pub use place::Place;
pub use resources::{IndexSpec, KeySpec, TableSpec};
pub use statement::{Condition, Statement, Test};

/// A template that can't be understood.
#[derive(Debug, Error)]
pub enum TemplateError {
    /// Not YAML, or not a mapping.
    #[error("template.yaml is not readable: {0}")]
    Yaml(#[from] serde_yaml_ng::Error),
    /// A name that stands nowhere in the document.
    #[error("template.yaml names {0}, which it does not define")]
    Unknown(String),
    /// Something that this machine does not imitate.
    #[error("template.yaml, {at}: {why}")]
    Unsupported {
        /// The resource or property.
        at: String,
        /// What is wrong with it.
        why: String,
    },
}

impl TemplateError {
    pub(crate) fn unsupported(at: impl Into<String>, why: impl Into<String>) -> TemplateError {
        TemplateError::Unsupported { at: at.into(), why: why.into() }
    }
}

/// The document, its short-form tags turned into CloudFormation's long form.
#[derive(Clone, Debug)]
pub struct Template {
    document: Value,
}

impl Template {
    /// Reads a template.
    ///
    /// # Errors
    ///
    /// When the text is not YAML.
    pub fn parse(text: &str) -> Result<Template, TemplateError> {
        let yaml: serde_yaml_ng::Value = serde_yaml_ng::from_str(text)?;
        Ok(Template { document: intrinsics::long_form(yaml) })
    }

    /// The values of all parameters: their defaults, and the place's own.
    pub(crate) fn parameters(&self, place: &Place) -> BTreeMap<String, String> {
        let mut values: BTreeMap<String, String> = self
            .section("Parameters")
            .filter_map(|(name, body)| {
                let default = intrinsics::scalar(body.get("Default")?)?;
                Some((name.clone(), default))
            })
            .collect();
        values.extend(place.parameters.clone());
        values
    }

    pub(crate) fn section(&self, name: &str) -> impl Iterator<Item = (&String, &Value)> {
        self.document.get(name).and_then(Value::as_object).into_iter().flatten()
    }

    pub(crate) fn entry(&self, section: &str, name: &str) -> Option<&Value> {
        self.document.get(section)?.get(name)
    }

    pub(crate) fn globals(&self) -> &Value {
        self.document.pointer("/Globals/Function").unwrap_or(&Value::Null)
    }
}

#[cfg(test)]
mod tests;
