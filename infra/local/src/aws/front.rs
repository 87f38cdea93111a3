//! The endpoint: every request's way from the wire to its service and back.

use std::sync::{Arc, OnceLock, PoisonError, RwLock};

use bytes::Bytes;
use domain::Timestamp;
use edge::{BoxFuture, Clock};
use http::{Request, request::Parts};
use serde_json::{Value, json};
use tokio::sync::watch;

use super::{
    Caller, Service, Upstream,
    ask::Ask,
    calls::{Call, Calls, units},
    checks::{self, World},
    dynamodb::Dynamo,
    faults::{self, Decision, Failure, Faults},
    kms::Kms,
    reply::{AwsError, Reply},
    rights::{Check, Rights},
    s3::S3,
    ses::Ses,
    sns,
};
use crate::outbox::Outbox;

/// Runs a function by its flow or name.
pub(crate) type Invoke = Arc<dyn Fn(String, Value) -> BoxFuture<'static, Result<Value, String>> + Send + Sync>;

/// The endpoint. Cheap to clone: all clones are one.
#[derive(Clone)]
pub(crate) struct Front(Arc<Services>);

/// What an endpoint is made of.
pub(crate) struct Services {
    pub(crate) world: World,
    pub(crate) clock: Clock,
    pub(crate) dynamo: Dynamo,
    pub(crate) kms: Kms,
    pub(crate) ses: Ses,
    pub(crate) s3: S3,
    pub(crate) outbox: Outbox,
    pub(crate) upstream: Option<Upstream>,
    pub(crate) faults: Faults,
    pub(crate) calls: Calls,
    pub(crate) rights: RwLock<Arc<Rights>>,
    pub(crate) invoke: OnceLock<Invoke>,
    /// Turns true when the machine stops, and frees what hangs.
    pub(crate) stopped: watch::Receiver<bool>,
}

/// A call: what the service did, and what the caller saw of it.
struct Outcome {
    done: Option<Reply>,
    shown: Option<Reply>,
}

impl Front {
    pub(crate) fn new(services: Services) -> Front {
        Front(Arc::new(services))
    }

    pub(crate) fn services(&self) -> &Services {
        &self.0
    }

    /// The endpoint as an HTTP service.
    pub(crate) fn router(&self) -> axum::Router {
        let front = self.clone();
        axum::Router::new().fallback(move |request: Request<axum::body::Body>| {
            let front = front.clone();
            async move {
                let (parts, body) = request.into_parts();
                match axum::body::to_bytes(body, LIMIT).await {
                    Ok(bytes) => front.handle(parts, bytes).await.into_http::<axum::body::Body>(),
                    Err(_) => {
                        AwsError::new(413, "RequestEntityTooLarge", "over 16 MB").reply(Service::DynamoDb).into_http()
                    }
                }
            }
        })
    }

    /// Answers a request.
    pub(crate) async fn handle(&self, parts: Parts, bytes: Bytes) -> Reply {
        let mut ask = match Ask::read(parts, bytes) {
            Ok(ask) => ask,
            Err(error) => return error.reply(Service::DynamoDb),
        };
        if let Err(refusal) = self.permit(&ask) {
            let reply = refusal.reply(ask.service);
            self.record(&ask, &Outcome { done: None, shown: Some(reply.clone()) });
            return reply;
        }
        count_capacity(&mut ask);
        let outcome = self.act(&ask).await;
        self.record(&ask, &outcome);
        match outcome.shown {
            Some(reply) => reply,
            None => self.hang(ask.service).await,
        }
    }

    /// Performs an action as the operator.
    pub(crate) async fn operate(&self, service: Service, action: &str, input: Value) -> Result<Value, String> {
        let target = match service {
            Service::Kms => "TrentService",
            Service::Streams => "DynamoDBStreams_20120810",
            _ => "DynamoDB_20120810",
        };
        let version = if service == Service::Kms { "1.1" } else { "1.0" };
        let credential = format!("test/20260101/us-east-1/{}/aws4_request", service.prefix());
        let request = Request::post("/")
            .header("x-amz-target", format!("{target}.{action}"))
            .header("content-type", format!("application/x-amz-json-{version}"))
            .header(
                "authorization",
                format!("AWS4-HMAC-SHA256 Credential={credential}, SignedHeaders=host, Signature=0"),
            )
            .body(())
            .map_err(|error| error.to_string())?;
        let ask = Ask::read(request.into_parts().0, Bytes::from(input.to_string())).map_err(|error| error.message)?;
        let reply = self.perform(&ask).await;
        match reply.status {
            200 => serde_json::from_slice(&reply.body).map_err(|error| error.to_string()),
            _ => Err(format!("{action}: {}", String::from_utf8_lossy(&reply.body))),
        }
    }

    fn permit(&self, ask: &Ask) -> Result<(), AwsError> {
        let Caller::Function(function) = &ask.caller else { return Ok(()) };
        let services = &self.0;
        let rights = services.rights.read().unwrap_or_else(PoisonError::into_inner).clone();
        checks::of(ask, &services.world, || self.key(ask)).iter().try_for_each(|check| rights.demand(function, check))
    }

    /// Refuses what a function may not do; for what is done in its name, with its role.
    pub(crate) fn demand(&self, function: &str, action: &str, resource: &str) -> Result<(), String> {
        let rights = self.0.rights.read().unwrap_or_else(PoisonError::into_inner).clone();
        rights.demand(function, &Check::new(action, resource)).map_err(|refusal| refusal.message)
    }

    /// The key that a KMS request is about. Behind another AWS only the request can say.
    fn key(&self, ask: &Ask) -> Option<String> {
        let services = &self.0;
        if services.upstream.is_none() {
            return services.kms.about(&ask.input);
        }
        let named = ask.text("/KeyId").or_else(|| ask.text("/SourceKeyId"))?;
        Some(match named.starts_with("arn:") {
            true => named.to_owned(),
            false => services.world.place.arn("kms", &format!("key/{named}")),
        })
    }

    async fn act(&self, ask: &Ask) -> Outcome {
        let undone = |error: AwsError| Outcome { done: None, shown: Some(error.reply(ask.service)) };
        match self.0.faults.decide(ask) {
            None => {
                let reply = self.perform(ask).await;
                Outcome { done: Some(reply.clone()), shown: Some(reply) }
            }
            Some(Decision::Down) => undone(faults::unavailable()),
            Some(Decision::Fail(Failure::FailBefore)) => undone(faults::internal(ask.service)),
            Some(Decision::Fail(Failure::Refuse)) => undone(faults::refused(ask.service)),
            Some(Decision::Fail(Failure::Throttle)) => undone(faults::throttled(ask)),
            Some(Decision::Fail(Failure::Conflict)) => undone(faults::conflict(ask)),
            Some(Decision::Fail(Failure::Hang)) => Outcome { done: None, shown: None },
            Some(Decision::Fail(Failure::FailAfter)) => Outcome {
                done: Some(self.perform(ask).await),
                shown: Some(faults::internal(ask.service).reply(ask.service)),
            },
            Some(Decision::Fail(Failure::HangAfter)) => Outcome { done: Some(self.perform(ask).await), shown: None },
        }
    }

    async fn perform(&self, ask: &Ask) -> Reply {
        let services = &self.0;
        match (ask.service, &services.upstream) {
            (Service::Lambda, _) => self.invoke(ask).await,
            (Service::Sts, _) => sns::identity(ask),
            (Service::Ses, Some(upstream)) => {
                let reply = upstream.pass(ask).await;
                let body: Value = serde_json::from_slice(&reply.body).unwrap_or_default();
                if let Some(id) = body.get("MessageId").and_then(Value::as_str) {
                    services.ses.observe(&ask.input, id, self.now());
                }
                reply
            }
            // A bucket with Object Lock, which is made with the account and not by us: it is here in any case.
            (Service::S3, _) => services.s3.act(ask),
            (_, Some(upstream)) => upstream.pass(ask).await,
            (Service::Ses, None) => services.ses.act(ask, self.now()),
            (Service::Sns, None) => sns::act(&services.outbox, ask, self.now()),
            (Service::Kms, None) => {
                let (kms, now) = (services.kms.clone(), self.now().as_second());
                self.apart(ask, move |action, input| kms.act(action, &input, now)).await
            }
            (Service::DynamoDb | Service::Streams, None) => {
                let dynamo = services.dynamo.clone();
                self.apart(ask, move |action, input| dynamo.act(action, input)).await
            }
        }
    }

    /// Runs what blocks or computes on a thread of its own: callers at once are
    /// at once, as they are with AWS.
    async fn apart(&self, ask: &Ask, act: impl FnOnce(&str, Value) -> Reply + Send + 'static) -> Reply {
        let (action, input) = (ask.action.clone(), ask.input.clone());
        tokio::task::spawn_blocking(move || act(&action, input))
            .await
            .unwrap_or_else(|_| faults::internal(ask.service).reply(ask.service))
    }

    async fn invoke(&self, ask: &Ask) -> Reply {
        let Some(invoke) = self.0.invoke.get() else {
            return faults::unavailable().reply(Service::Lambda);
        };
        let name = ask.text("/FunctionName").unwrap_or_default().to_owned();
        let event = ask.input.get("Payload").cloned().unwrap_or_default();
        let asynchronous = ask.headers.get("x-amz-invocation-type").is_some_and(|kind| kind == "Event");
        let answer = invoke(name, event);
        if asynchronous {
            tokio::spawn(answer);
            return Reply::json(Service::Lambda, 202, &Value::Null);
        }
        match answer.await {
            Ok(body) => Reply::json(Service::Lambda, 200, &body),
            Err(error) => {
                let body = json!({ "errorType": "Unhandled", "errorMessage": error });
                let reply = Reply::json(Service::Lambda, 200, &body);
                Reply { error: Some("Unhandled".to_owned()), ..reply }
            }
        }
    }

    async fn hang(&self, service: Service) -> Reply {
        let mut stopped = self.0.stopped.clone();
        let _ = stopped.wait_for(|stopped| *stopped).await;
        faults::unavailable().reply(service)
    }

    fn record(&self, ask: &Ask, outcome: &Outcome) {
        let Caller::Function(function) = &ask.caller else { return };
        let services = &self.0;
        let (read_units, write_units) = match (&outcome.done, ask.service) {
            (Some(reply), Service::DynamoDb) => {
                let output = serde_json::from_slice(&reply.body).unwrap_or_default();
                let refused = matches!(
                    reply.error.as_deref(),
                    Some("ConditionalCheckFailedException" | "TransactionCanceledException")
                );
                units(&ask.action, &ask.input, &output, refused)
            }
            _ => (0.0, 0.0),
        };
        let tables = checks::tables(&ask.input);
        services.calls.push(Call {
            function: function.clone(),
            request: ask.request.clone(),
            service: ask.service,
            action: ask.action.clone(),
            tables: tables.iter().map(|name| services.world.logical(name).to_owned()).collect(),
            transaction: ask.action.starts_with("Transact"),
            read_units,
            write_units,
            at: self.now(),
            status: outcome.shown.as_ref().map_or(0, |reply| reply.status),
            error: outcome.shown.as_ref().and_then(|reply| reply.error.clone()),
        });
    }

    fn now(&self) -> Timestamp {
        self.0.clock.now()
    }
}

/// DynamoDB takes 16 MB at once.
const LIMIT: usize = 16 * 1024 * 1024;

const COUNTED: [&str; 10] = [
    "GetItem",
    "PutItem",
    "UpdateItem",
    "DeleteItem",
    "Query",
    "Scan",
    "BatchGetItem",
    "BatchWriteItem",
    "TransactGetItems",
    "TransactWriteItems",
];

/// Has DynamoDB say what a call consumed, whether or not its caller wants to know.
fn count_capacity(ask: &mut Ask) {
    let counted = ask.service == Service::DynamoDb && COUNTED.contains(&ask.action.as_str());
    if let (true, Some(input)) = (counted, ask.input.as_object_mut()) {
        let wanted = input.entry("ReturnConsumedCapacity").or_insert_with(|| "TOTAL".into());
        if wanted == "NONE" {
            *wanted = "TOTAL".into();
        }
    }
}
