//! The endpoint through the real SDKs, as functions reach it.

use std::{
    collections::HashMap,
    sync::{Arc, OnceLock, RwLock},
    time::Duration,
};

use aws_sdk_dynamodb::{
    error::{ProvideErrorMetadata, SdkError},
    types::{AttributeValue, ConditionCheck, Put, TransactWriteItem, Update},
};
use aws_sdk_kms::primitives::Blob;
use aws_sdk_sesv2::types::{Body, Content, Destination, EmailContent, Message};
use aws_types::SdkConfig;
use domain::Settings;
use edge::{Clock, Deployment, SdkTuning};
use serde_json::json;
use tokio::sync::watch;

use super::{
    calls::Calls,
    checks::World,
    dynamodb::Dynamo,
    faults::{Failure, Fault, Faults},
    front::Services,
    kms::Kms,
    rights::Rights,
    s3::S3,
    ses::Ses,
    *,
};
use crate::{
    outbox::Outbox,
    template::{Place, Template},
};

const TEMPLATE: &str = r#"
Resources:
  T:
    Type: AWS::DynamoDB::Table
    Properties:
      AttributeDefinitions: [{ AttributeName: pk, AttributeType: S }, { AttributeName: sk, AttributeType: S }, { AttributeName: due, AttributeType: S }]
      KeySchema: [{ AttributeName: pk, KeyType: HASH }, { AttributeName: sk, KeyType: RANGE }]
      GlobalSecondaryIndexes:
        - { IndexName: due, KeySchema: [{ AttributeName: due, KeyType: HASH }, { AttributeName: sk, KeyType: RANGE }], Projection: { ProjectionType: KEYS_ONLY } }
  Login:
    Type: AWS::Serverless::Function
    Properties:
      CodeUri: functions/login
      Policies:
        - Statement:
            - { Effect: Allow, Action: [dynamodb:GetItem, dynamodb:PutItem, dynamodb:UpdateItem, dynamodb:Query], Resource: !GetAtt T.Arn }
            - { Effect: Allow, Action: [kms:CreateKey, kms:Encrypt, kms:Decrypt], Resource: "*" }
            - { Effect: Allow, Action: ses:SendEmail, Resource: "*" }
            - { Effect: Allow, Action: sns:Publish, Resource: "*" }
"#;

struct Machine {
    front: Front,
    stop: watch::Sender<bool>,
}

impl Machine {
    async fn start() -> Machine {
        let template = Template::parse(TEMPLATE).unwrap();
        let place = Place::default();
        let functions = template.functions(&place).unwrap();
        let granted = functions.into_iter().map(|of| (of.flow, of.statements)).collect();
        let outbox = Outbox::open(None).unwrap();
        let (stop, stopped) = watch::channel(false);
        let tables = template.tables(&place).unwrap();
        let front = Front::new(Services {
            world: World::new(place.clone(), tables.clone()),
            clock: Clock::System,
            dynamo: Dynamo::open(None).unwrap(),
            kms: Kms::open(place, true, None).unwrap(),
            ses: Ses::new(outbox.clone()),
            s3: S3::default(),
            outbox,
            upstream: None,
            faults: Faults::default(),
            calls: Calls::default(),
            rights: RwLock::new(Arc::new(Rights::new(granted, HashMap::new()))),
            invoke: OnceLock::new(),
            stopped,
        });
        crate::stack::tables(&front, &tables).await.unwrap();
        Machine { front, stop }
    }

    fn sdk(&self, key: &str) -> SdkConfig {
        let settings = Settings::new([
            ("AWS_REGION", "us-east-1"),
            ("AWS_ACCESS_KEY_ID", key),
            ("AWS_SECRET_ACCESS_KEY", "x"),
            ("AWS_ENDPOINT_URL", "http://localhost:4566"),
        ]);
        let tuning = SdkTuning {
            attempt_timeout: Duration::from_millis(200),
            initial_backoff: Duration::from_millis(1),
            max_attempts: 3,
        };
        let sdk = Deployment::sdk(&settings, tuning).unwrap();
        sdk.into_builder().http_client(in_process_client(self.front.clone())).build()
    }

    fn login(&self) -> aws_sdk_dynamodb::Client {
        aws_sdk_dynamodb::Client::new(&self.sdk(&access_key("login")))
    }

    fn calls(&self) -> Vec<calls::Call> {
        self.front.services().calls.take()
    }

    fn fault(&self, failure: Failure) -> Fault {
        self.front.services().faults.clear();
        Fault::new(failure).function("login").action("PutItem")
    }

    fn inject(&self, fault: Fault) {
        self.front.services().faults.inject(fault);
    }
}

fn s(text: &str) -> AttributeValue {
    AttributeValue::S(text.to_owned())
}

async fn put(db: &aws_sdk_dynamodb::Client, pk: &str, size: usize) -> Result<(), String> {
    db.put_item()
        .table_name("portico-T")
        .item("pk", s(pk))
        .item("sk", s("a"))
        .item("data", s(&"x".repeat(size)))
        .send()
        .await
        .map(|_| ())
        .map_err(code)
}

fn code<E: ProvideErrorMetadata, R>(error: SdkError<E, R>) -> String {
    match &error {
        SdkError::TimeoutError(_) => "timeout".to_owned(),
        other => other.code().unwrap_or("none").to_owned(),
    }
}

async fn stored(machine: &Machine) -> usize {
    let scan = json!({ "TableName": "portico-T" });
    let answer = machine.front.operate(Service::DynamoDb, "Scan", scan).await.unwrap();
    answer["Items"].as_array().unwrap().len()
}

#[tokio::test]
async fn units_are_those_of_aws() {
    let machine = Machine::start().await;
    let db = machine.login();
    put(&db, "small", 100).await.unwrap();
    put(&db, "large", 2_500).await.unwrap();
    let get = db.get_item().table_name("portico-T").key("pk", s("large")).key("sk", s("a"));
    get.clone().send().await.unwrap();
    get.consistent_read(true).send().await.unwrap();
    let indexed = db.put_item().table_name("portico-T").item("pk", s("i")).item("sk", s("a"));
    indexed.item("due", s("d")).send().await.unwrap();
    let units: Vec<_> = machine.calls().iter().map(|call| (call.read_units, call.write_units)).collect();
    // a write's KB, a read's 4 KB and its half, and an index's own write
    assert_eq!(units, [(0.0, 1.0), (0.0, 3.0), (0.5, 0.0), (1.0, 0.0), (0.0, 2.0)]);
}

#[tokio::test]
async fn an_index_costs_only_what_it_changes() {
    let machine = Machine::start().await;
    let key = json!({ "pk": { "S": "a" }, "sk": { "S": "a" } });
    let update = async |expression: &str, values: serde_json::Value| {
        let input = json!({
            "TableName": "portico-T", "Key": key, "UpdateExpression": expression,
            "ExpressionAttributeValues": values, "ReturnConsumedCapacity": "TOTAL",
        });
        let answer = machine.front.operate(Service::DynamoDb, "UpdateItem", input).await.unwrap();
        answer["ConsumedCapacity"]["CapacityUnits"].as_f64().unwrap()
    };
    let due = |at: &str| json!({ ":v": { "S": at } });
    assert_eq!(update("SET due = :v", due("1")).await, 2.0, "enters the index");
    assert_eq!(update("SET note = :v", due("1")).await, 1.0, "is not projected");
    assert_eq!(update("SET due = :v", due("2")).await, 3.0, "leaves one place for another");
    let delete = json!({ "TableName": "portico-T", "Key": key, "ReturnConsumedCapacity": "TOTAL" });
    let answer = machine.front.operate(Service::DynamoDb, "DeleteItem", delete).await.unwrap();
    assert_eq!(answer["ConsumedCapacity"]["CapacityUnits"], 2.0, "leaves the index");
}

#[tokio::test]
async fn a_transaction_costs_twice_and_needs_every_right() {
    let machine = Machine::start().await;
    let db = machine.login();
    let put = |pk: &str| {
        let put = Put::builder().table_name("portico-T").item("pk", s(pk)).item("sk", s("a"));
        TransactWriteItem::builder().put(put.build().unwrap()).build()
    };
    let update = Update::builder()
        .table_name("portico-T")
        .key("pk", s("c"))
        .key("sk", s("a"))
        .update_expression("SET n = :n")
        .expression_attribute_values(":n", s("1"))
        .build()
        .unwrap();
    let update = TransactWriteItem::builder().update(update).build();
    let write = db.transact_write_items().transact_items(put("a")).transact_items(put("b"));
    write.transact_items(update).send().await.unwrap();
    let calls = machine.calls();
    assert_eq!((calls[0].write_units, calls[0].transaction), (6.0, true));
    assert_eq!(calls[0].tables, ["T"]);
    let check = ConditionCheck::builder()
        .table_name("portico-T")
        .key("pk", s("a"))
        .key("sk", s("a"))
        .condition_expression("attribute_exists(pk)")
        .build()
        .unwrap();
    let check = TransactWriteItem::builder().condition_check(check).build();
    let error = db.transact_write_items().transact_items(check).send().await.unwrap_err();
    let message = error.message().unwrap_or_default().to_owned();
    assert_eq!(code(error), "AccessDeniedException");
    assert!(message.contains("dynamodb:ConditionCheckItem on resource"), "{message}");
    assert_eq!(machine.calls()[0].error.as_deref(), Some("AccessDeniedException"));
}

#[tokio::test]
async fn a_refused_condition_is_told_and_costs() {
    let machine = Machine::start().await;
    let db = machine.login();
    let put = db.put_item().table_name("portico-T").item("pk", s("a")).item("sk", s("a"));
    let put = put.condition_expression("attribute_not_exists(pk)");
    put.clone().send().await.unwrap();
    let error = put.send().await.unwrap_err().into_service_error();
    assert!(error.is_conditional_check_failed_exception());
    assert_eq!(machine.calls()[1].write_units, 1.0);
    let index = db.query().table_name("portico-T").index_name("due");
    let index = index.key_condition_expression("due = :d").expression_attribute_values(":d", s("x"));
    assert_eq!(code(index.send().await.unwrap_err()), "AccessDeniedException");
}

#[tokio::test]
async fn a_call_fails_before_or_after_it_acts() {
    let machine = Machine::start().await;
    let db = machine.login();
    machine.inject(machine.fault(Failure::FailBefore));
    assert_eq!(put(&db, "a", 1).await.unwrap_err(), "InternalServerError");
    assert_eq!((stored(&machine).await, machine.calls().len()), (0, 3));
    machine.inject(machine.fault(Failure::FailAfter).times(1));
    put(&db, "a", 1).await.unwrap();
    assert_eq!((stored(&machine).await, machine.calls().len()), (1, 2));
    machine.inject(machine.fault(Failure::FailBefore).nth(2).times(3));
    put(&db, "b", 1).await.unwrap();
    assert_eq!(put(&db, "c", 1).await.unwrap_err(), "InternalServerError");
    put(&db, "d", 1).await.unwrap();
    assert_eq!((stored(&machine).await, machine.front.services().faults.struck()), (3, 3));
}

#[tokio::test]
async fn a_call_is_throttled_or_conflicts() {
    let machine = Machine::start().await;
    let db = machine.login();
    machine.inject(machine.fault(Failure::Throttle));
    assert_eq!(put(&db, "a", 1).await.unwrap_err(), "ProvisionedThroughputExceededException");
    machine.inject(machine.fault(Failure::Conflict));
    assert_eq!(put(&db, "a", 1).await.unwrap_err(), "TransactionConflictException");
    let faults = machine.front.services().faults.clone();
    faults.clear();
    faults.inject(Fault::new(Failure::Conflict).action("TransactWriteItems"));
    let put = Put::builder().table_name("portico-T").item("pk", s("a")).item("sk", s("a"));
    let item = TransactWriteItem::builder().put(put.build().unwrap()).build();
    let error = db.transact_write_items().transact_items(item).send().await.unwrap_err();
    let error = error.into_service_error();
    assert!(error.is_transaction_canceled_exception());
    let aws_sdk_dynamodb::operation::transact_write_items::TransactWriteItemsError::TransactionCanceledException(
        cancelled,
    ) = error
    else {
        panic!("cancelled")
    };
    assert_eq!(cancelled.cancellation_reasons()[0].code(), Some("TransactionConflict"));
}

#[tokio::test]
async fn a_call_that_never_answers_times_out_and_does_not_hold_the_machine() {
    let machine = Machine::start().await;
    let db = machine.login();
    machine.inject(machine.fault(Failure::HangAfter));
    assert_eq!(put(&db, "a", 1).await.unwrap_err(), "timeout");
    assert_eq!(stored(&machine).await, 1);
    assert_eq!(machine.calls()[0].status, 0);
    let hanging = tokio::spawn(async move { put(&db, "a", 1).await });
    machine.stop.send(true).unwrap();
    assert!(hanging.await.unwrap().is_err());
}

#[tokio::test]
async fn a_service_can_be_away_for_functions_alone() {
    let machine = Machine::start().await;
    let db = machine.login();
    machine.front.services().faults.down(Service::DynamoDb);
    assert_eq!(put(&db, "a", 1).await.unwrap_err(), "ServiceUnavailable");
    assert_eq!(stored(&machine).await, 0);
    machine.front.services().faults.up(Service::DynamoDb);
    put(&db, "a", 1).await.unwrap();
}

#[tokio::test]
async fn many_writers_at_once_find_one_winner() {
    let machine = Machine::start().await;
    let db = machine.login();
    let put = db.put_item().table_name("portico-T").item("pk", s("one")).item("sk", s("a"));
    let put = put.condition_expression("attribute_not_exists(pk)");
    let racers: Vec<_> = (0..16).map(|_| tokio::spawn(put.clone().send())).collect();
    let mut won = 0;
    for racer in racers {
        won += usize::from(racer.await.unwrap().is_ok());
    }
    assert_eq!(won, 1);
}

#[tokio::test]
async fn the_request_in_hand_is_known_to_its_calls() {
    let machine = Machine::start().await;
    let db = machine.login();
    REQUEST.scope("r1".to_owned(), put(&db, "a", 1)).await.unwrap();
    put(&db, "b", 1).await.unwrap();
    let calls = machine.front.services().calls.clone();
    assert_eq!((calls.during("r1").len(), calls.of("login").len()), (1, 2));
}

#[tokio::test]
async fn kms_ses_and_sns_speak_to_their_sdks() {
    let machine = Machine::start().await;
    let sdk = machine.sdk(&access_key("login"));
    let kms = aws_sdk_kms::Client::new(&sdk);
    let key = kms.create_key().send().await.unwrap().key_metadata.unwrap().arn.unwrap();
    let sealed = kms.encrypt().key_id(&key).plaintext(Blob::new("x")).send().await.unwrap();
    let blob = sealed.ciphertext_blob.unwrap();
    let opened = kms.decrypt().ciphertext_blob(blob.clone()).send().await.unwrap();
    assert_eq!(opened.plaintext.unwrap().into_inner(), b"x");
    let wrong = kms.decrypt().ciphertext_blob(blob).encryption_context("a", "b");
    let wrong = wrong.send().await.unwrap_err().into_service_error();
    assert!(wrong.is_invalid_ciphertext_exception());

    let part = |text: &str| Content::builder().data(text).build().unwrap();
    let body = Body::builder().text(part("Code 123456")).html(part("<b>x</b>")).build();
    let message = Message::builder().subject(part("Grüße")).body(body).build();
    let ses = aws_sdk_sesv2::Client::new(&sdk);
    let send = ses
        .send_email()
        .from_email_address("Portico <no-reply@portico.example>")
        .content(EmailContent::builder().simple(message).build());
    let to = |address: &str| Destination::builder().to_addresses(address).build();
    send.clone().destination(to("ada@example.com")).send().await.unwrap();
    send.destination(to("bounce+1@simulator.amazonses.com")).configuration_set_name("set").send().await.unwrap();
    let notices = machine.front.services().ses.take_notices();
    assert_eq!(notices[0]["eventType"], "Bounce");
    let bounced = &notices[0]["bounce"]["bouncedRecipients"][0]["emailAddress"];
    assert_eq!(bounced, "bounce+1@simulator.amazonses.com");

    let sns = aws_sdk_sns::Client::new(&sdk);
    sns.publish().phone_number("+4915112345678").message("654321").send().await.unwrap();
    let error = sns.publish().phone_number("0815").message("x").send().await.unwrap_err();
    assert_eq!(code(error), "InvalidParameter");
    let sent = machine.front.services().outbox.all();
    assert_eq!((sent[0].subject.as_str(), sent[0].code.as_deref()), ("Grüße", Some("123456")));
    assert_eq!((sent[2].to.as_str(), sent[2].code.as_deref()), ("+4915112345678", Some("654321")));
}
