//! All functions in one process, each with its own settings and credentials.

use std::{
    collections::{BTreeMap, HashMap},
    sync::{Mutex, MutexGuard, PoisonError, RwLock},
    time::Duration,
};

use aws_smithy_runtime_api::client::http::SharedHttpClient;
use axum::{
    Router,
    body::{Body, to_bytes},
};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use domain::{ConfigError, Rng, Settings};
use edge::{Clock, Deployment, Function, Level, Log, SdkTuning};
use http::{HeaderValue, Response, header::SET_COOKIE};
use lambda_runtime::{Context, LambdaEvent, StreamResponse};
use serde_json::{Value, json};
use tokio::task::JoinHandle;

use crate::{
    aws::{REQUEST, access_key},
    flows::FLOWS,
    gateway::event,
    random_id,
    template::FunctionSpec,
};

/// What every function is given alike.
pub(crate) struct Shared {
    pub(crate) clock: Clock,
    pub(crate) rng: Rng,
    pub(crate) log: Log,
    pub(crate) http: SharedHttpClient,
    pub(crate) tuning: SdkTuning,
    pub(crate) deadline: Duration,
    pub(crate) timeouts: bool,
}

/// The functions, made when they are first needed and then kept, like warm instances.
pub(crate) struct Functions {
    shared: Shared,
    specs: RwLock<HashMap<String, Spec>>,
    made: Mutex<HashMap<String, Function>>,
}

pub(crate) const FOREVER: Duration = Duration::from_secs(3_600);

type Running = JoinHandle<Result<Value, String>>;

#[derive(Clone)]
struct Spec {
    logical_id: String,
    timeout: Duration,
    memory_mb: u64,
    has_url: bool,
    settings: Settings,
}

/// What Lambda starts an instance of a function with.
#[derive(Clone, Debug)]
pub struct Instance {
    /// Its memory, in MB.
    pub memory_mb: u64,
    /// Its environment, but for what only Lambda's own services need.
    pub environment: Vec<(String, String)>,
}

impl Functions {
    pub(crate) fn new(shared: Shared) -> Functions {
        Functions { shared, specs: RwLock::default(), made: Mutex::default() }
    }

    /// Replaces all functions' settings; the next event finds new instances.
    pub(crate) fn deploy(&self, specs: Vec<FunctionSpec>, settings: &[(String, String)]) {
        let specs = specs.into_iter().map(|spec| {
            let own = [
                ("AWS_ACCESS_KEY_ID".to_owned(), access_key(&spec.flow)),
                ("AWS_SECRET_ACCESS_KEY".to_owned(), "local".to_owned()),
                ("AWS_LAMBDA_FUNCTION_NAME".to_owned(), spec.logical_id.clone()),
            ];
            let all = spec.environment.into_iter().chain(settings.iter().cloned()).chain(own);
            let settings = Settings::new(all);
            let (logical_id, timeout, memory_mb) = (spec.logical_id, spec.timeout, spec.memory_mb);
            (spec.flow, Spec { logical_id, timeout, memory_mb, has_url: spec.has_url, settings })
        });
        *self.specs.write().unwrap_or_else(PoisonError::into_inner) = specs.collect();
        self.restart();
    }

    /// Ends all instances: the next event of each is a cold start.
    pub(crate) fn restart(&self) {
        self.made().clear();
    }

    /// Ends one function's instance.
    pub(crate) fn end(&self, flow: &str) {
        self.made().remove(flow);
    }

    /// Puts another instance in place of a flow's own, until the next restart.
    pub(crate) fn substitute(&self, flow: &str, function: Function) {
        self.made().insert(flow.to_owned(), function);
    }

    /// What an instance in a process of its own is started with.
    pub(crate) fn instance(&self, flow: &str) -> Result<Instance, ConfigError> {
        let Spec { memory_mb, settings, .. } = self.spec(flow)?;
        let own = [
            ("AWS_LAMBDA_FUNCTION_MEMORY_SIZE".to_owned(), memory_mb.to_string()),
            ("AWS_LAMBDA_FUNCTION_VERSION".to_owned(), "$LATEST".to_owned()),
        ];
        let environment = settings.iter().map(|(name, value)| (name.to_owned(), value.to_owned()));
        Ok(Instance { memory_mb, environment: environment.chain(own).collect() })
    }

    /// What a flow's function is given.
    pub(crate) fn deployment(&self, flow: &str) -> Result<Deployment, ConfigError> {
        let settings = self.spec(flow)?.settings;
        let sdk = Deployment::sdk(&settings, self.shared.tuning)?
            .into_builder()
            .http_client(self.shared.http.clone())
            .build();
        let Shared { clock, rng, log, deadline, .. } = &self.shared;
        let (clock, rng, log) = (clock.clone(), rng.clone(), log.clone());
        Ok(Deployment { settings, clock, rng, log, sdk, deadline: *deadline })
    }

    /// Sends an event to a function, by its flow or its name in the template.
    pub(crate) async fn invoke(&self, name: &str, event: Value) -> Result<Value, String> {
        let flow = self.flow(name).ok_or_else(|| format!("no function {name}"))?;
        let (running, timeout) = match self.started(&flow, event) {
            Ok(started) => started,
            Err(error) => return Err(self.failed(&flow, error.to_string())),
        };
        let abort = running.abort_handle();
        match tokio::time::timeout(timeout, running).await {
            Ok(Ok(answer)) => answer,
            Ok(Err(_)) => Err(self.failed(&flow, "it panicked".to_owned())),
            Err(_) => {
                abort.abort();
                let why = format!("Task timed out after {:.2} seconds", timeout.as_secs_f64());
                Err(self.failed(&flow, why))
            }
        }
    }

    /// The flow of a function that has an address of its own, by its name in the template.
    pub(crate) fn with_url(&self, name: &str) -> Option<String> {
        let specs = self.specs.read().unwrap_or_else(PoisonError::into_inner);
        let named = |(_, spec): &(&String, &Spec)| spec.has_url && spec.logical_id == name;
        specs.iter().find(named).map(|(flow, _)| flow.clone())
    }

    /// Sends an event to a function, and its answer on as it is made.
    pub(crate) async fn stream(&self, flow: &str, event: Value) -> Result<Response<Body>, String> {
        let function = self.function(flow).map_err(|error| self.failed(flow, error.to_string()))?;
        let id = random_id();
        let running = tokio::spawn(REQUEST.scope(id.clone(), streamed(function, event, id)));
        match running.await {
            Ok(answer) => answer,
            Err(_) => Err(self.failed(flow, "it panicked".to_owned())),
        }
    }

    /// The function at work, in a task of its own: who hangs up does not stop it, and a panic ends only it.
    fn started(&self, flow: &str, event: Value) -> Result<(Running, Duration), ConfigError> {
        let function = self.function(flow)?;
        let timeout = if self.shared.timeouts { self.spec(flow)?.timeout } else { FOREVER };
        let id = event.pointer("/requestContext/requestId").and_then(Value::as_str);
        let id = id.map_or_else(random_id, str::to_owned);
        Ok((tokio::spawn(REQUEST.scope(id.clone(), run(function, event, id))), timeout))
    }

    /// Says what the function can't say itself.
    fn failed(&self, flow: &str, why: String) -> String {
        self.shared.log.write(Level::Error, "invocation failed", json!({ "flow": flow, "reason": why }));
        why
    }

    /// Every function's environment, by its name in the template.
    pub(crate) fn environments(&self) -> BTreeMap<String, BTreeMap<String, String>> {
        let specs = self.specs.read().unwrap_or_else(PoisonError::into_inner);
        let owned = |(name, value): (&str, &str)| (name.to_owned(), value.to_owned());
        specs.values().map(|spec| (spec.logical_id.clone(), spec.settings.iter().map(owned).collect())).collect()
    }

    fn flow(&self, name: &str) -> Option<String> {
        let name = name.rsplit(':').next().unwrap_or(name);
        let specs = self.specs.read().unwrap_or_else(PoisonError::into_inner);
        let named = |(flow, spec): &(&String, &Spec)| {
            *flow == name || name == spec.logical_id || name.ends_with(&format!("-{}", spec.logical_id))
        };
        specs.iter().find(named).map(|(flow, _)| flow.clone())
    }

    fn spec(&self, flow: &str) -> Result<Spec, ConfigError> {
        let specs = self.specs.read().unwrap_or_else(PoisonError::into_inner);
        specs.get(flow).cloned().ok_or_else(|| ConfigError::new(flow, "is no function"))
    }

    fn function(&self, flow: &str) -> Result<Function, ConfigError> {
        if let Some(function) = self.made().get(flow) {
            return Ok(function.clone());
        }
        let make = FLOWS.iter().find(|(name, _)| *name == flow).map(|(_, make)| make);
        let make = make.ok_or_else(|| ConfigError::new(flow, "is in no package"))?;
        let function = make(&self.deployment(flow)?)?;
        Ok(self.made().entry(flow.to_owned()).or_insert(function).clone())
    }

    fn made(&self) -> MutexGuard<'_, HashMap<String, Function>> {
        self.made.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// An answer that goes out as it is made.
async fn streamed(function: Function, event: Value, id: String) -> Result<Response<Body>, String> {
    match function {
        Function::Stream(router) => answer(router, event, id).await,
        // What stands in for a function in a process of its own gives the whole answer.
        other => {
            let answer = run(other, event, id).await?;
            event::response(&answer).ok_or_else(|| "no answer".to_owned())
        }
    }
}

/// What a streaming function answers, as HTTP.
async fn answer(router: Router, event: Value, id: String) -> Result<Response<Body>, String> {
    let payload = serde_json::from_value(event).map_err(|error| error.to_string())?;
    let mut context = Context::default();
    context.request_id = id;
    let StreamResponse { metadata_prelude: head, stream } =
        match edge::stream(router, LambdaEvent::new(payload, context)).await {
            Ok(answer) => answer,
            Err(never) => match never {},
        };
    let mut response = Response::new(Body::from_stream(stream));
    (*response.status_mut(), *response.headers_mut()) = (head.status_code, head.headers);
    for cookie in head.cookies.iter().filter_map(|cookie| HeaderValue::from_str(cookie).ok()) {
        response.headers_mut().append(SET_COOKIE, cookie);
    }
    Ok(response)
}

async fn run(function: Function, event: Value, id: String) -> Result<Value, String> {
    match function {
        Function::Stream(router) => {
            let (head, body) = answer(router, event, id).await?.into_parts();
            let body = to_bytes(body, usize::MAX).await.map_err(|error| error.to_string())?;
            let headers = head.headers.iter().map(|(name, value)| {
                (name.as_str().to_owned(), Value::from(String::from_utf8_lossy(value.as_bytes()).into_owned()))
            });
            Ok(json!({
                "statusCode": head.status.as_u16(), "headers": headers.collect::<serde_json::Map<_, _>>(),
                "body": STANDARD.encode(body), "isBase64Encoded": true,
            }))
        }
        Function::Event(handler) => handler(event).await.map_err(|error| error.to_string()),
        Function::Http(router) => {
            let payload = serde_json::from_value(event).map_err(|error| error.to_string())?;
            let mut context = Context::default();
            context.request_id = id;
            match edge::respond(router, LambdaEvent::new(payload, context)).await {
                Ok(answer) => serde_json::to_value(answer).map_err(|error| error.to_string()),
                Err(never) => match never {},
            }
        }
    }
}
