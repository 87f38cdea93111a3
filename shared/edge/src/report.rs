//! One line per request or event: what happened, in words for people and, as CloudWatch's embedded
//! metric format, in numbers for alarms.

use std::{
    sync::atomic::{AtomicBool, Ordering},
    time::Duration,
};

use serde_json::{Map, Value, json};

use crate::{Ctx, Deployment, Level, Log};

/// What the lines of one function have in common.
pub(crate) struct Reporter {
    pub(crate) log: Log,
    pub(crate) flow: &'static str,
    /// `STACK`: in one account, another stack's metrics are not ours.
    stack: String,
    cold: AtomicBool,
}

/// What is said about one request or event.
#[derive(Default)]
pub(crate) struct Report {
    /// The route as the router knows it; never the path, which people write things into.
    pub(crate) route: String,
    pub(crate) method: &'static str,
    pub(crate) status: u16,
    pub(crate) problem: Option<&'static str>,
    pub(crate) cause: Option<String>,
    pub(crate) took: Duration,
}

impl Reporter {
    pub(crate) fn new(deployment: &Deployment, flow: &'static str) -> Self {
        let stack = deployment.settings.text("STACK").unwrap_or("-").to_owned();
        Self { log: deployment.log.clone(), flow, stack, cold: AtomicBool::new(true) }
    }

    pub(crate) fn write(&self, ctx: &Ctx, report: Report) {
        let notes = ctx.notes();
        let level = match report.status {
            500.. => Level::Error,
            400.. => Level::Warn,
            _ => Level::Info,
        };
        let mut line = Map::new();
        let mut say = |name: &str, value: Value| drop(line.insert(name.to_owned(), value));
        say("level", level.as_str().into());
        say("at", ctx.now.to_string().into());
        say("stack", self.stack.as_str().into());
        say("flow", self.flow.into());
        say("route", report.route.into());
        say("method", report.method.into());
        say("status", report.status.into());
        say("request_id", ctx.request_id.0.as_str().into());
        for (name, value) in
            [("problem", report.problem.map(str::to_owned)), ("cause", report.cause), ("client", notes.client)]
        {
            if let Some(value) = value {
                say(name, value.into());
            }
        }

        // A metric costs by the hour in which it is written: what did not happen is not.
        let mut metrics = vec![("Requests", "Count"), ("DurationMs", "Milliseconds")];
        say("Requests", 1.into());
        say("DurationMs", json!(report.took.as_micros() as f64 / 1000.0));
        let cold = self.cold.swap(false, Ordering::Relaxed);
        let happened = [
            ("Errors5xx", report.status >= 500),
            ("Refused4xx", (400..500).contains(&report.status)),
            ("ColdStarts", cold),
        ];
        for (name, _) in happened.into_iter().filter(|(_, happened)| *happened) {
            say(name, 1.into());
            metrics.push((name, "Count"));
        }
        for (name, n) in notes.counters {
            say(name, n.into());
            metrics.push((name, "Count"));
        }
        let metrics: Vec<_> = metrics.iter().map(|(name, unit)| json!({"Name": name, "Unit": unit})).collect();
        let directive = json!({"Namespace": "Portico", "Dimensions": [["stack", "flow"]], "Metrics": metrics});
        say("_aws", json!({"Timestamp": ctx.now.as_millisecond(), "CloudWatchMetrics": [directive]}));
        self.log.line(&Value::Object(line));
    }
}
