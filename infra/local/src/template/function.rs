//! The template's functions at a place: environment, rights, and what wakes them.

use std::{collections::BTreeMap, time::Duration};

use serde_json::Value;

use super::{
    Place, Statement, Template, TemplateError,
    intrinsics::{Evaluator, scalar},
    resources::{Resolved, items, one_or_many, text_of},
};

/// A Lambda function.
#[derive(Clone, Debug, PartialEq)]
pub struct FunctionSpec {
    /// Its name in the template.
    pub logical_id: String,
    /// The flow that it runs: the last part of its `CodeUri`.
    pub flow: String,
    /// How long it may take.
    pub timeout: Duration,
    /// Its memory, in MB; its share of a core goes by it.
    pub memory_mb: u64,
    /// Its environment.
    pub environment: BTreeMap<String, String>,
    /// Its rights.
    pub statements: Vec<Statement>,
    /// The routes it serves.
    pub routes: Vec<Route>,
    /// When it runs by itself.
    pub schedules: Vec<Schedule>,
    /// The streams that it reads.
    pub streams: Vec<StreamMapping>,
    /// The topics that it listens to.
    pub topics: Vec<TopicMapping>,
    /// Whether it has an address of its own, at which its answers are streamed to whoever asks.
    pub has_url: bool,
}

/// A route of the HTTP API.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Route {
    /// Upper-case, or `ANY`.
    pub method: String,
    /// With `{name}` and `{name+}`.
    pub path: String,
}

/// A schedule.
#[derive(Clone, Debug, PartialEq)]
pub struct Schedule {
    /// How often.
    pub every: Duration,
    /// The event that is sent.
    pub input: Value,
}

/// An event source mapping from a table's stream.
#[derive(Clone, Debug, PartialEq)]
pub struct StreamMapping {
    /// The stream's ARN.
    pub stream: String,
    /// The table's name in DynamoDB.
    pub table: String,
    /// At most so many records at once.
    pub batch_size: usize,
    /// Patterns of which one must match; all records pass when there is none.
    pub filters: Vec<Value>,
    /// After so many further tries a batch is given up.
    pub retries: Option<u32>,
    /// The ARN of the queue that keeps what was given up.
    pub dead_letters: Option<String>,
}

/// A subscription to an SNS topic.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TopicMapping {
    /// The topic's ARN.
    pub arn: String,
}

impl Template {
    /// The functions.
    ///
    /// # Errors
    ///
    /// When the template is not understood.
    pub fn functions(&self, place: &Place) -> Resolved<Vec<FunctionSpec>> {
        let evaluator = Evaluator::new(self, place);
        let globals = evaluator.value(self.globals())?;
        let wanted = ["CodeUri", "Timeout", "MemorySize", "Environment", "Policies", "Events", "FunctionUrlConfig"];
        let mut functions = self.of_type(&evaluator, "AWS::Serverless::Function", &wanted, |id, properties| {
            function(id, &globals, properties)
        })?;
        let wanted = [
            "FunctionName",
            "EventSourceArn",
            "BatchSize",
            "FilterCriteria",
            "MaximumRetryAttempts",
            "DestinationConfig",
        ];
        let mappings = self.of_type(&evaluator, "AWS::Lambda::EventSourceMapping", &wanted, |id, mapping| {
            let stream = text_of(mapping, "/EventSourceArn");
            Ok((text_of(mapping, "/FunctionName"), stream_mapping(id, &stream, mapping)?))
        })?;
        for (function, mapping) in mappings {
            functions
                .iter_mut()
                .find(|of| function.ends_with(&format!(":{}", place.id(&of.logical_id))))
                .ok_or_else(|| TemplateError::Unknown(function.clone()))?
                .streams
                .push(mapping);
        }
        Ok(functions)
    }
}

fn function(id: &str, globals: &Value, properties: &Value) -> Resolved<FunctionSpec> {
    let code = text_of(properties, "/CodeUri");
    let mut environment = variables(globals);
    environment.extend(variables(properties));
    let number = |name: &str| [properties, globals].iter().find_map(|of| of.get(name)?.as_u64());
    let mut spec = FunctionSpec {
        logical_id: id.to_owned(),
        flow: code.trim_end_matches('/').rsplit('/').next().unwrap_or_default().to_owned(),
        timeout: Duration::from_secs(number("Timeout").unwrap_or(3)),
        memory_mb: number("MemorySize").unwrap_or(128),
        environment,
        statements: Vec::new(),
        routes: Vec::new(),
        schedules: Vec::new(),
        streams: Vec::new(),
        topics: Vec::new(),
        has_url: has_url(id, properties)?,
    };
    for policy in items(properties, "/Policies") {
        // a managed policy is a string: it grants what no function of ours calls
        for statement in one_or_many(policy.get("Statement")) {
            spec.statements.push(Statement::read(id, statement)?);
        }
    }
    for (name, event) in properties.get("Events").and_then(Value::as_object).into_iter().flatten() {
        subscribe(&mut spec, &format!("{id}, event {name}"), event)?;
    }
    Ok(spec)
}

/// Whether a function has an address of its own. Only the one kind that ours have is imitated.
fn has_url(id: &str, properties: &Value) -> Resolved<bool> {
    let Some(config) = properties.get("FunctionUrlConfig") else { return Ok(false) };
    let is_ours = text_of(config, "/AuthType") == "NONE" && text_of(config, "/InvokeMode") == "RESPONSE_STREAM";
    if is_ours { Ok(true) } else { Err(TemplateError::unsupported(id, "only public streaming URLs are imitated")) }
}

fn subscribe(spec: &mut FunctionSpec, at: &str, event: &Value) -> Resolved<()> {
    let properties = event.get("Properties").unwrap_or(&Value::Null);
    match text_of(event, "/Type").as_str() {
        "HttpApi" => spec.routes.push(Route {
            method: match text_of(properties, "/Method").to_uppercase().as_str() {
                "" | "ANY" | "*" | "X-AMAZON-APIGATEWAY-ANY-METHOD" => "ANY".to_owned(),
                method => method.to_owned(),
            },
            path: match text_of(properties, "/Path") {
                path if path.is_empty() => "$default".to_owned(),
                path => path,
            },
        }),
        "Schedule" | "ScheduleV2" => spec.schedules.push(Schedule {
            every: every(&text_of(
                properties,
                if properties.get("Schedule").is_some() { "/Schedule" } else { "/ScheduleExpression" },
            ))
            .ok_or_else(|| TemplateError::unsupported(at, "only rate(…) is imitated"))?,
            input: serde_json::from_str(&text_of(properties, "/Input")).unwrap_or(Value::Null),
        }),
        "DynamoDB" => {
            let stream = text_of(properties, "/Stream");
            spec.streams.push(stream_mapping(at, &stream, properties)?);
        }
        "SNS" => spec.topics.push(TopicMapping { arn: text_of(properties, "/Topic") }),
        other => return Err(TemplateError::unsupported(at, format!("{other} is not imitated"))),
    }
    Ok(())
}

fn stream_mapping(at: &str, stream: &str, mapping: &Value) -> Resolved<StreamMapping> {
    Ok(StreamMapping {
        stream: stream.to_owned(),
        table: stream_table(stream),
        batch_size: mapping
            .get("BatchSize")
            .and_then(Value::as_u64)
            .and_then(|size| usize::try_from(size).ok())
            .unwrap_or(100),
        filters: items(mapping, "/FilterCriteria/Filters")
            .map(|filter| {
                serde_json::from_str(&text_of(filter, "/Pattern"))
                    .map_err(|error| TemplateError::unsupported(at, error.to_string()))
            })
            .collect::<Resolved<_>>()?,
        retries: mapping
            .get("MaximumRetryAttempts")
            .and_then(Value::as_i64)
            .and_then(|retries| u32::try_from(retries).ok()),
        dead_letters: mapping
            .pointer("/DestinationConfig/OnFailure/Destination")
            .and_then(Value::as_str)
            .map(str::to_owned),
    })
}

/// The table that a stream's ARN (`…:table/NAME/stream/…`) belongs to.
fn stream_table(arn: &str) -> String {
    arn.split('/').nth(1).unwrap_or_default().to_owned()
}

/// `rate(5 minutes)` as a duration.
fn every(expression: &str) -> Option<Duration> {
    let (count, unit) = expression.trim().strip_prefix("rate(")?.strip_suffix(')')?.split_once(' ')?;
    let seconds = match unit.trim_end_matches('s') {
        "minute" => 60,
        "hour" => 3_600,
        "day" => 86_400,
        _ => return None,
    };
    Some(Duration::from_secs(count.parse::<u64>().ok()? * seconds))
}

fn variables(of: &Value) -> BTreeMap<String, String> {
    of.pointer("/Environment/Variables")
        .and_then(Value::as_object)
        .into_iter()
        .flatten()
        .filter_map(|(name, value)| Some((name.clone(), scalar(value)?)))
        .collect()
}
