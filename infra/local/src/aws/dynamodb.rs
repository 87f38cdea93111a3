//! DynamoDB and its streams: dynoxide, in process.
//!
//! Its own HTTP server is not used: a request that went through this crate's
//! front need not travel once more. What that server adds over the engine is
//! the wording of a few validation errors.

use std::path::Path;

use dynoxide::{Database, DynoxideError};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::Value;

use super::{
    Service,
    reply::{AwsError, Reply},
};

/// The database.
#[derive(Clone)]
pub(crate) struct Dynamo(Database);

impl Dynamo {
    /// In memory, or in a file.
    pub(crate) fn open(file: Option<&Path>) -> Result<Dynamo, DynoxideError> {
        match file {
            Some(path) => Database::new(&path.to_string_lossy()).map(Dynamo),
            None => Database::memory().map(Dynamo),
        }
    }

    /// Removes what has expired; a deployed table is swept within two days.
    pub(crate) fn sweep(&self) -> Result<usize, DynoxideError> {
        self.0.sweep_ttl()
    }

    /// Performs an action. It blocks for as long as SQLite takes.
    pub(crate) fn act(&self, action: &str, input: Value) -> Reply {
        let db = &self.0;
        let answer = match action {
            "GetItem" => run(input, |input| db.get_item(input)),
            "PutItem" => run(input, |input| db.put_item(input)),
            "UpdateItem" => run(input, |input| db.update_item(input)),
            "DeleteItem" => run(input, |input| db.delete_item(input)),
            "Query" => run(input, |input| db.query(input)),
            "Scan" => run(input, |input| db.scan(input)),
            "BatchGetItem" => run(input, |input| db.batch_get_item(input)),
            "BatchWriteItem" => run(input, |input| db.batch_write_item(input)),
            "TransactWriteItems" => run(input, |input| db.transact_write_items(input)),
            "TransactGetItems" => run(input, |input| db.transact_get_items(input)),
            "CreateTable" => run(input, |input| db.create_table(input)),
            "UpdateTable" => run(input, |input| db.update_table(input)),
            "DeleteTable" => run(input, |input| db.delete_table(input)),
            "DescribeTable" => run(input, |input| db.describe_table(input)),
            "ListTables" => run(input, |input| db.list_tables(input)),
            "UpdateTimeToLive" => run(input, |input| db.update_time_to_live(input)),
            "DescribeTimeToLive" => run(input, |input| db.describe_time_to_live(input)),
            "TagResource" => run(input, |input| db.tag_resource(input)),
            "UntagResource" => run(input, |input| db.untag_resource(input)),
            "ListTagsOfResource" => run(input, |input| db.list_tags_of_resource(input)),
            "ExecuteStatement" => run(input, |input| db.execute_statement(input)),
            "ExecuteTransaction" => run(input, |input| db.execute_transaction(input)),
            "BatchExecuteStatement" => run(input, |input| db.batch_execute_statement(input)),
            "ListStreams" => run(input, |input| db.list_streams(input)),
            "DescribeStream" => run(input, |input| db.describe_stream(input)),
            "GetShardIterator" => run(input, |input| db.get_shard_iterator(input)),
            "GetRecords" => run(input, |input| db.get_records(input)),
            other => Err(AwsError::caller("UnknownOperationException", &format!("{other} is not imitated here"))
                .reply(Service::DynamoDb)),
        };
        answer.unwrap_or_else(|refusal| refusal)
    }
}

fn run<Q: DeserializeOwned, A: Serialize>(
    input: Value,
    act: impl FnOnce(Q) -> dynoxide::Result<A>,
) -> Result<Reply, Reply> {
    let input = serde_json::from_value(input).map_err(|error| {
        let text = error.to_string();
        // dynoxide marks its own wording with the error's class
        let text = text.split_once(':').filter(|(mark, _)| mark.starts_with("VALIDATION"));
        let message = text.map_or_else(|| error.to_string(), |(_, message)| message.to_owned());
        AwsError::caller("ValidationException", &message).reply(Service::DynamoDb)
    })?;
    let output = act(input).map_err(|error| refusal(&error))?;
    let body = serde_json::to_vec(&output)
        .map_err(|error| AwsError::new(500, "InternalServerError", &error.to_string()).reply(Service::DynamoDb))?;
    Ok(Reply { status: 200, content_type: "application/x-amz-json-1.0".to_owned(), error: None, body: body.into() })
}

fn refusal(error: &DynoxideError) -> Reply {
    let name = error.error_type();
    Reply {
        status: error.status_code(),
        content_type: "application/x-amz-json-1.0".to_owned(),
        error: name.rsplit('#').next().map(str::to_owned),
        body: error.to_json().into(),
    }
}
