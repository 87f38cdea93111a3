//! Lines of JSON, one at a time. Ids and codes go in; people do not: no address, no name, no
//! body, no query, no user agent, no IP address.

use std::{
    io::Write,
    sync::{Arc, Mutex, PoisonError},
};

use domain::{ConfigError, Settings};
use serde_json::{Map, Value};

/// Where lines go.
#[derive(Clone, Debug)]
pub struct Log {
    sink: Sink,
    least: Level,
}

#[derive(Clone, Debug)]
enum Sink {
    Stdout,
    Capture(Arc<Mutex<Vec<String>>>),
}

/// How much a line matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// For whoever looks for something.
    Debug,
    /// What happened.
    Info,
    /// What somebody may have to look at.
    Warn,
    /// What somebody has to look at.
    Error,
}

impl Level {
    /// The level as it is written.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Debug => "debug",
            Self::Info => "info",
            Self::Warn => "warn",
            Self::Error => "error",
        }
    }

    /// The setting `LOG_LEVEL`; `info` where it is absent.
    ///
    /// # Errors
    /// When it is none of the four.
    pub fn from_settings(settings: &Settings) -> Result<Self, ConfigError> {
        match settings.text("LOG_LEVEL").map(str::to_ascii_lowercase).as_deref() {
            None | Some("info") => Ok(Self::Info),
            Some("debug") => Ok(Self::Debug),
            Some("warn") => Ok(Self::Warn),
            Some("error") => Ok(Self::Error),
            Some(_) => Err(ConfigError::new("LOG_LEVEL", "is none of debug, info, warn, error")),
        }
    }
}

impl Log {
    /// Lines to standard output, from where Lambda takes them to CloudWatch.
    pub fn stdout() -> Self {
        Self { sink: Sink::Stdout, least: Level::Info }
    }

    /// Lines to a list, for tests to look at.
    pub fn capture() -> (Self, Arc<Mutex<Vec<String>>>) {
        let lines = Arc::new(Mutex::new(Vec::new()));
        (Self { sink: Sink::Capture(lines.clone()), least: Level::Debug }, lines)
    }

    /// The same log without what matters less than `least`.
    #[must_use]
    pub fn at_least(self, least: Level) -> Self {
        Self { least, ..self }
    }

    /// Writes one line: its level, its message, and fields.
    pub fn write(&self, level: Level, message: &str, fields: Value) {
        if level < self.least {
            return;
        }
        let mut line = Map::new();
        line.insert("level".into(), level.as_str().into());
        line.insert("message".into(), message.into());
        if let Value::Object(fields) = fields {
            line.extend(fields);
        }
        self.line(&Value::Object(line));
    }

    /// Writes a line that carries metrics: whatever the level, or there would be none.
    pub(crate) fn line(&self, line: &Value) {
        let text = line.to_string();
        match &self.sink {
            // Whole lines in one write: instances of a test process do not tear each other's.
            // A log that cannot be written is no reason to refuse the customer.
            Sink::Stdout => drop(std::io::stdout().lock().write_all(format!("{text}\n").as_bytes())),
            Sink::Capture(lines) => lines.lock().unwrap_or_else(PoisonError::into_inner).push(text),
        }
    }
}

/// An error and its sources, for the log. What is handed to it must not name people: errors of
/// `store`, `keys` and `notify` show code, service and action, not what an item holds.
pub fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(error) = source {
        let next = error.to_string();
        // Wrappers that show their source would say it twice.
        if !text.ends_with(&next) {
            text.push_str(": ");
            text.push_str(&next);
        }
        source = error.source();
    }
    text
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn lines_below_the_level_are_dropped() {
        let (log, lines) = Log::capture();
        let log = log.at_least(Level::Warn);
        log.write(Level::Info, "started", json!({}));
        log.write(Level::Error, "stopped", json!({"flow": "login"}));
        assert_eq!(*lines.lock().unwrap(), [r#"{"flow":"login","level":"error","message":"stopped"}"#]);
    }

    #[test]
    fn a_level_that_is_none_is_refused() {
        let settings = Settings::new([("LOG_LEVEL", "loud")]);
        assert_eq!(Level::from_settings(&settings).unwrap_err().name, "LOG_LEVEL");
    }
}
