//! The record of every call that a function made.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use domain::Timestamp;
use serde_json::Value;

use super::Service;

/// One request to AWS, retries counted singly.
#[derive(Clone, Debug)]
pub struct Call {
    /// The flow that called. (The operator's calls are not recorded.)
    pub function: String,
    /// The HTTP request or invocation that it served, if known.
    pub request: Option<String>,
    /// Which service.
    pub service: Service,
    /// Which action, such as `TransactWriteItems`.
    pub action: String,
    /// The tables touched, by their names in the template, each once.
    pub tables: Vec<String>,
    /// Whether it was a DynamoDB transaction.
    pub transaction: bool,
    /// Read units consumed.
    pub read_units: f64,
    /// Write units consumed. A write refused by its condition consumes too: AWS
    /// does not say how many in its answer, so one a write is assumed, two in a
    /// transaction.
    pub write_units: f64,
    /// When.
    pub at: Timestamp,
    /// The HTTP status of the answer; 0 when there was none.
    pub status: u16,
    /// The error's name, if it failed.
    pub error: Option<String>,
}

/// All calls so far, the oldest first. Cheap to clone: all clones are one record.
#[derive(Clone, Debug, Default)]
pub struct Calls(Arc<Mutex<VecDeque<Call>>>);

/// Enough for a benchmark's run between two reads; a machine that runs for
/// weeks must not grow.
const KEPT: usize = 200_000;

impl Calls {
    /// All calls.
    #[must_use]
    pub fn all(&self) -> Vec<Call> {
        self.lock().iter().cloned().collect()
    }

    /// The calls that a flow made.
    #[must_use]
    pub fn of(&self, function: &str) -> Vec<Call> {
        let by = |call: &&Call| call.function == function;
        self.lock().iter().filter(by).cloned().collect()
    }

    /// The calls that served one HTTP request or invocation.
    #[must_use]
    pub fn during(&self, request: &str) -> Vec<Call> {
        let by = |call: &&Call| call.request.as_deref() == Some(request);
        self.lock().iter().filter(by).cloned().collect()
    }

    /// All calls; the record is empty afterwards.
    #[must_use]
    pub fn take(&self) -> Vec<Call> {
        self.lock().drain(..).collect()
    }

    /// Forgets all calls.
    pub fn clear(&self) {
        self.lock().clear();
    }

    pub(crate) fn push(&self, call: Call) {
        let mut calls = self.lock();
        if calls.len() >= KEPT {
            calls.pop_front();
        }
        calls.push_back(call);
    }

    fn lock(&self) -> MutexGuard<'_, VecDeque<Call>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Read and write units of a DynamoDB answer.
pub(crate) fn units(action: &str, input: &Value, output: &Value, refused: bool) -> (f64, f64) {
    if refused {
        return (0.0, refused_writes(action, input));
    }
    let consumed = match output.get("ConsumedCapacity") {
        Some(Value::Array(tables)) => tables.iter().map(total).sum(),
        Some(table) => total(table),
        None => 0.0,
    };
    match action {
        "GetItem" | "BatchGetItem" | "Query" | "Scan" | "TransactGetItems" => (consumed, 0.0),
        // a repeated idempotency token is answered from memory, and costs reads
        "TransactWriteItems" if read_only(output) => (consumed, 0.0),
        _ => (0.0, consumed),
    }
}

fn total(table: &Value) -> f64 {
    table.get("CapacityUnits").and_then(Value::as_f64).unwrap_or_default()
}

fn read_only(output: &Value) -> bool {
    let tables = output.get("ConsumedCapacity").and_then(Value::as_array);
    tables.is_some_and(|tables| {
        !tables.is_empty()
            && tables.iter().all(|table| table.get("ReadCapacityUnits").is_some())
            && tables.iter().all(|table| table.get("WriteCapacityUnits").is_none())
    })
}

fn refused_writes(action: &str, input: &Value) -> f64 {
    match action {
        "PutItem" | "UpdateItem" | "DeleteItem" => 1.0,
        "TransactWriteItems" => {
            let items = input.get("TransactItems").and_then(Value::as_array);
            items.map_or(0.0, |items| items.iter().map(|_| 2.0).sum())
        }
        _ => 0.0,
    }
}
