//! Event source mappings: from a table's stream to a function, and from SES's
//! notices to whoever subscribed to them.

mod filter;
mod notices;

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use serde_json::{Value, json};

use crate::{
    aws::{Front, Service},
    functions::Functions,
    template::{FunctionSpec, StreamMapping},
};

/// What a function did not take after all its retries, as its dead-letter queue would hold it.
#[derive(Clone, Debug)]
pub struct DeadLetter {
    /// The flow.
    pub function: String,
    /// The event it refused.
    pub event: Value,
    /// What it said last.
    pub error: String,
}

/// How often the record at the head of a stream is tried before the next look at it.
const TRIES_AT_ONCE: u32 = 3;

/// The deliverer. One delivery runs at a time.
pub(crate) struct Pump {
    front: Front,
    functions: Arc<Functions>,
    turn: tokio::sync::Mutex<HashMap<Source, Position>>,
    mappings: Mutex<Vec<(String, StreamMapping)>>,
    /// Flows that listen to SES's topic, with the topic.
    listeners: Mutex<Vec<(String, String)>>,
    dead: Mutex<Vec<DeadLetter>>,
}

/// A function and the table whose stream it reads.
type Source = (String, String);

#[derive(Clone, Debug, Default)]
struct Position {
    stream: String,
    shard: String,
    iterator: Option<String>,
    /// The last record that was taken.
    after: Option<String>,
    /// How often the next one has been refused.
    tries: u32,
}

impl Pump {
    /// A pump that goes on after the records that were taken before, by `flow table`.
    pub(crate) fn new(front: Front, functions: Arc<Functions>, taken: HashMap<String, String>) -> Pump {
        let positions = taken.into_iter().filter_map(|(source, after)| {
            let (flow, table) = source.split_once(' ')?;
            let position = Position { after: Some(after), ..Position::default() };
            Some(((flow.to_owned(), table.to_owned()), position))
        });
        Pump {
            front,
            functions,
            turn: tokio::sync::Mutex::new(positions.collect()),
            mappings: Mutex::default(),
            listeners: Mutex::default(),
            dead: Mutex::default(),
        }
    }

    pub(crate) fn deploy(&self, functions: &[FunctionSpec]) {
        *lock(&self.mappings) = functions
            .iter()
            .flat_map(|of| of.streams.iter().map(|mapping| (of.flow.clone(), mapping.clone())))
            .collect();
        *lock(&self.listeners) = functions
            .iter()
            .flat_map(|of| of.topics.iter().map(|topic| (of.flow.clone(), topic.arn.clone())))
            .collect();
    }

    /// What no function took.
    pub(crate) fn dead(&self) -> Vec<DeadLetter> {
        lock(&self.dead).clone()
    }

    /// The last records taken, by `flow table`, for the next start.
    pub(crate) async fn taken(&self) -> HashMap<String, String> {
        let positions = self.turn.lock().await;
        let taken = positions
            .iter()
            .filter_map(|((flow, table), position)| Some((format!("{flow} {table}"), position.after.clone()?)));
        taken.collect()
    }

    /// Delivers everything there is, and what that causes, until nothing is left
    /// or what is left is refused. Says how many records and notices were delivered.
    pub(crate) async fn drain(&self) -> Result<usize, String> {
        let mut positions = self.turn.lock().await;
        let mut delivered = 0;
        loop {
            let mut round = self.notices().await;
            let mappings = lock(&self.mappings).clone();
            for (flow, mapping) in mappings {
                let source = (flow, mapping.table.clone());
                let position = positions.entry(source.clone()).or_default();
                self.may_read(&source.0, &mapping)?;
                round += self.read(&source.0, &mapping, position).await?;
            }
            delivered += round;
            if round == 0 {
                return Ok(delivered);
            }
        }
    }

    /// Lambda reads a stream with its function's role.
    fn may_read(&self, flow: &str, mapping: &StreamMapping) -> Result<(), String> {
        let reads = ["DescribeStream", "GetShardIterator", "GetRecords"];
        reads.iter().try_for_each(|action| self.front.demand(flow, &format!("dynamodb:{action}"), &mapping.stream))
    }

    /// Reads one stream to its end.
    async fn read(&self, flow: &str, mapping: &StreamMapping, position: &mut Position) -> Result<usize, String> {
        let mut delivered = 0;
        loop {
            let Some(iterator) = self.iterator(mapping, position).await? else {
                return Ok(delivered);
            };
            let input = json!({ "ShardIterator": iterator, "Limit": 1000 });
            let answer = self.front.operate(Service::Streams, "GetRecords", input).await?;
            let records = answer.get("Records").and_then(Value::as_array);
            let records = records.map(Vec::as_slice).unwrap_or_default();
            let next = answer.get("NextShardIterator").and_then(Value::as_str);
            position.iterator = next.map(str::to_owned);
            let (count, whole) = self.offer(flow, mapping, position, records).await;
            delivered += count;
            if !whole {
                // the head is refused: read from it again next time
                position.iterator = None;
                return Ok(delivered);
            }
            if records.is_empty() {
                return Ok(delivered);
            }
        }
    }

    /// The iterator to go on with: the one at hand, or a new one after the last record taken.
    async fn iterator(&self, mapping: &StreamMapping, position: &mut Position) -> Result<Option<String>, String> {
        if let Some(iterator) = &position.iterator {
            return Ok(Some(iterator.clone()));
        }
        if position.shard.is_empty() {
            let table = json!({ "TableName": mapping.table });
            let table = self.front.operate(Service::DynamoDb, "DescribeTable", table).await?;
            position.stream = text(&table, "/Table/LatestStreamArn");
            let stream = json!({ "StreamArn": position.stream });
            let stream = self.front.operate(Service::Streams, "DescribeStream", stream).await?;
            position.shard = text(&stream, "/StreamDescription/Shards/0/ShardId");
        }
        let mut input = json!({
            "StreamArn": position.stream,
            "ShardId": position.shard,
            "ShardIteratorType": "TRIM_HORIZON",
        });
        if let (Some(after), Some(input)) = (&position.after, input.as_object_mut()) {
            input.insert("ShardIteratorType".to_owned(), json!("AFTER_SEQUENCE_NUMBER"));
            input.insert("SequenceNumber".to_owned(), json!(after));
        }
        let answer = self.front.operate(Service::Streams, "GetShardIterator", input).await?;
        position.iterator = answer.get("ShardIterator").and_then(Value::as_str).map(str::to_owned);
        Ok(position.iterator.clone())
    }

    /// Offers records in batches; says how many were delivered, and whether none was refused.
    async fn offer(
        &self,
        flow: &str,
        mapping: &StreamMapping,
        position: &mut Position,
        records: &[Value],
    ) -> (usize, bool) {
        let mut delivered = 0;
        for batch in records.chunks(mapping.batch_size.max(1)) {
            let wanted: Vec<&Value> = batch.iter().filter(|record| filter::passes(&mapping.filters, record)).collect();
            if !wanted.is_empty() && self.send(flow, mapping, &wanted).await.is_err() {
                // as `BisectBatchOnFunctionError`, down to single records at once
                for record in batch {
                    if wanted.contains(&record) && !self.insist(flow, mapping, position, record).await {
                        return (delivered, false);
                    }
                    delivered += usize::from(wanted.contains(&record));
                    take(position, record);
                }
                continue;
            }
            delivered += wanted.len();
            if let Some(last) = batch.last() {
                take(position, last);
            }
        }
        (delivered, true)
    }

    /// Offers one record again and again; says whether to go on after it.
    async fn insist(&self, flow: &str, mapping: &StreamMapping, position: &mut Position, record: &Value) -> bool {
        for _ in 0..TRIES_AT_ONCE {
            let Err(error) = self.send(flow, mapping, &[record]).await else { return true };
            position.tries += 1;
            if mapping.retries.is_some_and(|retries| position.tries > retries) {
                let queue = mapping.dead_letters.as_deref().unwrap_or("*");
                let kept = self.front.demand(flow, "sqs:SendMessage", queue);
                let error = kept.err().map_or(error.clone(), |refusal| format!("{error}; and lost: {refusal}"));
                let event = self.event(mapping, &[record]);
                lock(&self.dead).push(DeadLetter { function: flow.to_owned(), event, error });
                return true;
            }
        }
        false
    }

    async fn send(&self, flow: &str, mapping: &StreamMapping, records: &[&Value]) -> Result<(), String> {
        let answer = self.functions.invoke(flow, self.event(mapping, records)).await?;
        let failed = answer.get("batchItemFailures").and_then(Value::as_array);
        match failed.is_some_and(|failed| !failed.is_empty()) {
            true => Err("some records failed".to_owned()),
            false => Ok(()),
        }
    }

    fn event(&self, mapping: &StreamMapping, records: &[&Value]) -> Value {
        let region = &self.front.services().world.place.region;
        let records = records.iter().map(|record| {
            let mut record = record.as_object().cloned().unwrap_or_default();
            record.insert("eventSourceARN".to_owned(), json!(mapping.stream));
            record.insert("awsRegion".to_owned(), json!(region));
            Value::Object(record)
        });
        json!({ "Records": records.collect::<Vec<_>>() })
    }
}

fn take(position: &mut Position, record: &Value) {
    position.after = Some(text(record, "/dynamodb/SequenceNumber"));
    position.tries = 0;
}

fn text(value: &Value, pointer: &str) -> String {
    value.pointer(pointer).and_then(Value::as_str).unwrap_or_default().to_owned()
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
