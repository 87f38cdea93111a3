//! Failures on demand: what a test asks AWS to do wrong.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use serde_json::json;

use super::{Service, ask::Ask, reply::AwsError};

/// How a call fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Failure {
    /// HTTP 500, and nothing was done.
    FailBefore,
    /// It was done, but the answer is HTTP 500.
    FailAfter,
    /// Refused because of too many requests.
    Throttle,
    /// Another transaction holds one of the items. (Throttled, where there are no transactions.)
    Conflict,
    /// Never answers, and nothing was done.
    Hang,
    /// It was done, but no answer ever comes.
    HangAfter,
    /// Refused for good: the same request will never be accepted.
    Refuse,
}

/// What a rule looks at.
#[derive(Clone, Copy, Debug)]
pub struct Seen<'a> {
    /// The flow that calls.
    pub function: &'a str,
    /// The service called.
    pub service: Service,
    /// The action.
    pub action: &'a str,
    /// The request's parameters.
    pub input: &'a serde_json::Value,
}

type Predicate = Arc<dyn Fn(&Seen<'_>) -> bool + Send + Sync>;

/// A rule: which calls fail, and how. Without further words, every call of every function.
#[derive(Clone)]
pub struct Fault {
    failure: Failure,
    function: Option<String>,
    service: Option<Service>,
    action: Option<String>,
    predicate: Option<Predicate>,
    /// Matching calls to let through first.
    skip: usize,
    /// How many fail after that; `None` is all.
    times: Option<usize>,
    matched: usize,
}

impl Fault {
    /// A rule that fails every call in this way.
    #[must_use]
    pub fn new(failure: Failure) -> Fault {
        Fault {
            failure,
            function: None,
            service: None,
            action: None,
            predicate: None,
            skip: 0,
            times: None,
            matched: 0,
        }
    }

    /// Only the calls of this flow.
    #[must_use]
    pub fn function(mut self, flow: &str) -> Fault {
        self.function = Some(flow.to_owned());
        self
    }

    /// Only calls to this service.
    #[must_use]
    pub fn service(mut self, service: Service) -> Fault {
        self.service = Some(service);
        self
    }

    /// Only calls of this action.
    #[must_use]
    pub fn action(mut self, action: &str) -> Fault {
        self.action = Some(action.to_owned());
        self
    }

    /// Only calls for which this holds.
    #[must_use]
    pub fn when(mut self, holds: impl Fn(&Seen<'_>) -> bool + Send + Sync + 'static) -> Fault {
        self.predicate = Some(Arc::new(holds));
        self
    }

    /// Beginning with the nth matching call, the first being 1. Retries are calls.
    #[must_use]
    pub fn nth(mut self, nth: usize) -> Fault {
        self.skip = nth.saturating_sub(1);
        self
    }

    /// Only so many calls.
    #[must_use]
    pub fn times(mut self, times: usize) -> Fault {
        self.times = Some(times);
        self
    }

    fn concerns(&self, seen: &Seen<'_>) -> bool {
        self.function.as_deref().is_none_or(|flow| seen.function == flow)
            && self.service.is_none_or(|service| service == seen.service)
            && self.action.as_deref().is_none_or(|action| action == seen.action)
            && self.predicate.as_ref().is_none_or(|holds| holds(seen))
    }

    fn strikes(&mut self, seen: &Seen<'_>) -> bool {
        if !self.concerns(seen) {
            return false;
        }
        self.matched += 1;
        let nth = self.matched;
        nth > self.skip && self.times.is_none_or(|times| nth <= self.skip + times)
    }
}

#[derive(Default)]
struct State {
    rules: Vec<Fault>,
    down: Vec<Service>,
    struck: usize,
}

/// The rules in force. Only functions are ever failed, never the operator.
#[derive(Clone, Default)]
pub struct Faults(Arc<Mutex<State>>);

impl Faults {
    /// Adds a rule; the first that strikes decides.
    pub fn inject(&self, fault: Fault) {
        self.lock().rules.push(fault);
    }

    /// The service answers 503 until it is [`up`](Faults::up) again.
    pub fn down(&self, service: Service) {
        self.lock().down.push(service);
    }

    /// Ends an outage.
    pub fn up(&self, service: Service) {
        self.lock().down.retain(|down| *down != service);
    }

    /// Forgets all rules and outages.
    pub fn clear(&self) {
        *self.lock() = State::default();
    }

    /// How many calls have failed by a rule since the last `clear`.
    #[must_use]
    pub fn struck(&self) -> usize {
        self.lock().struck
    }

    pub(crate) fn decide(&self, ask: &Ask) -> Option<Decision> {
        let function = ask.caller.function()?;
        let seen = Seen { function, service: ask.service, action: &ask.action, input: &ask.input };
        let mut state = self.lock();
        if state.down.contains(&ask.service) {
            state.struck += 1;
            return Some(Decision::Down);
        }
        let failure = state.rules.iter_mut().find_map(|rule| {
            let struck = rule.strikes(&seen);
            struck.then_some(rule.failure)
        })?;
        state.struck += 1;
        Some(Decision::Fail(failure))
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What happens to one call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Decision {
    Down,
    Fail(Failure),
}

/// HTTP 500, as the service words it.
pub(crate) fn internal(service: Service) -> AwsError {
    let code = match service {
        Service::Kms => "KMSInternalException",
        Service::Sns => "InternalError",
        Service::Ses => "InternalFailure",
        Service::S3 => "InternalError",
        _ => "InternalServerError",
    };
    AwsError::new(500, code, "Internal server error")
}

/// The same request will never be accepted.
pub(crate) fn refused(service: Service) -> AwsError {
    match service {
        Service::Ses => AwsError::caller("MessageRejected", "Email address is not verified."),
        _ => AwsError::caller("ValidationException", "The parameter is not valid."),
    }
}

/// The whole service is away.
pub(crate) fn unavailable() -> AwsError {
    AwsError::new(503, "ServiceUnavailable", "Service is unavailable")
}

/// Too many requests.
pub(crate) fn throttled(ask: &Ask) -> AwsError {
    match ask.service {
        Service::DynamoDb if transactional(ask) => cancelled(
            ask,
            "ThrottlingError",
            "Throughput exceeds the current capacity for one or more global secondary indexes or tables.",
        ),
        Service::DynamoDb | Service::Streams => AwsError::caller(
            "ProvisionedThroughputExceededException",
            "The level of configured provisioned throughput for the table was exceeded. \
             Consider increasing your provisioning level with the UpdateTable API.",
        ),
        Service::Ses | Service::Lambda => {
            AwsError::new(429, "TooManyRequestsException", "Maximum sending rate exceeded.")
        }
        Service::Sns => AwsError::caller("Throttled", "Rate exceeded"),
        Service::S3 => AwsError::new(503, "SlowDown", "Please reduce your request rate."),
        Service::Kms | Service::Sts => {
            AwsError::caller("ThrottlingException", "You have exceeded the rate at which you may call KMS.")
        }
    }
}

/// Another transaction holds one of the items.
pub(crate) fn conflict(ask: &Ask) -> AwsError {
    match ask.service {
        Service::DynamoDb if transactional(ask) => {
            cancelled(ask, "TransactionConflict", "Transaction is ongoing for the item")
        }
        Service::DynamoDb if writes(&ask.action) => {
            AwsError::caller("TransactionConflictException", "Transaction is ongoing for the item")
        }
        _ => throttled(ask),
    }
}

fn writes(action: &str) -> bool {
    matches!(action, "PutItem" | "UpdateItem" | "DeleteItem")
}

fn transactional(ask: &Ask) -> bool {
    matches!(ask.action.as_str(), "TransactWriteItems" | "TransactGetItems")
}

fn cancelled(ask: &Ask, code: &str, message: &str) -> AwsError {
    let items = ask.input.get("TransactItems").and_then(|items| items.as_array()).map_or(1, Vec::len);
    let codes: Vec<&str> = (0..items).map(|item| if item == 0 { code } else { "None" }).collect();
    let reasons: Vec<_> = codes
        .iter()
        .map(|code| match *code {
            "None" => json!({ "Code": "None" }),
            code => json!({ "Code": code, "Message": message }),
        })
        .collect();
    AwsError::caller(
        "TransactionCanceledException",
        &format!(
            "Transaction cancelled, please refer cancellation reasons for specific reasons [{}]",
            codes.join(", ")
        ),
    )
    .with("CancellationReasons", json!(reasons))
}
