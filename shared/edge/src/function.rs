//! What a function is, and how Lambda runs it.

use std::{error::Error, sync::Arc};

use axum::Router;
use domain::ConfigError;
use lambda_runtime::{LambdaEvent, service_fn};
use serde_json::{Value, json};

use crate::{Deployment, Level, Log, gateway};

/// An error of any kind, on its way to Lambda. Its text is logged: it names nobody.
pub type BoxError = Box<dyn Error + Send + Sync>;

/// A future on the heap.
pub type BoxFuture<'a, T> = std::pin::Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// What takes events that are not HTTP: streams, schedules, topics.
pub type EventHandler = Arc<dyn Fn(Value) -> BoxFuture<'static, Result<Value, BoxError>> + Send + Sync>;

/// What a function is.
#[derive(Clone)]
pub enum Function {
    /// It answers HTTP requests, behind API Gateway.
    Http(Router),
    /// It answers HTTP requests at an address of its own, each answer while it is made.
    Stream(Router),
    /// It takes events.
    Event(EventHandler),
}

impl std::fmt::Debug for Function {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Http(_) => "Function::Http",
            Self::Stream(_) => "Function::Stream",
            Self::Event(_) => "Function::Event",
        })
    }
}

/// Runs a function as Lambda wants it: the body of every `main.rs`. It returns when Lambda stops
/// it, and ends the process with 1 when it cannot start, after one line that names the setting.
pub fn main(function: fn(&Deployment) -> Result<Function, ConfigError>) {
    let log = Log::stdout();
    let outcome = Deployment::from_process().and_then(|deployment| {
        lambda_settings(&deployment)?;
        Ok((function(&deployment)?, deployment))
    });
    let outcome = match outcome {
        Ok((function, _deployment)) => run(function),
        Err(error) => {
            log.write(Level::Error, "cannot start", json!({"setting": error.name, "reason": error.reason}));
            std::process::exit(1);
        }
    };
    if let Err(error) = outcome {
        log.write(Level::Error, "stopped", json!({"reason": error.to_string()}));
        std::process::exit(1);
    }
}

/// The runtime's own settings; without them it would panic.
fn lambda_settings(deployment: &Deployment) -> Result<(), ConfigError> {
    let names = [
        "AWS_LAMBDA_RUNTIME_API",
        "AWS_LAMBDA_FUNCTION_NAME",
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE",
        "AWS_LAMBDA_FUNCTION_VERSION",
    ];
    names.iter().try_for_each(|name| deployment.settings.required(name).map(drop))
}

fn run(function: Function) -> Result<(), BoxError> {
    // One request at a time and at most one core: more threads would only cost start-up time.
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        match function {
            Function::Http(router) => {
                lambda_runtime::run(service_fn(|event| gateway::respond(router.clone(), event))).await
            }
            Function::Stream(router) => {
                lambda_runtime::run(service_fn(|event| gateway::stream(router.clone(), event))).await
            }
            Function::Event(handler) => {
                lambda_runtime::run(service_fn(|event: LambdaEvent<Value>| handler(event.payload))).await
            }
        }
    })
}
