use std::{collections::HashMap, time::Duration};

use serde_json::json;

use super::{Place, Route, Template, Test};
use crate::aws::rights::{Check, Rights};

const TEXT: &str = r#"
Parameters:
  Issuer: { Type: String, Default: "" }
  SigningMode: { Type: String, Default: kms }
Conditions:
  Kms: !Equals [!Ref SigningMode, kms]
  Wrapped: !Not [!Condition Kms]
Globals:
  Function:
    Timeout: 10
    Environment: { Variables: { ISSUER: !Ref Issuer, TABLE_OUTBOX: !Ref Outbox } }
Resources:
  Outbox:
    Type: AWS::DynamoDB::Table
    Properties:
      AttributeDefinitions: [{ AttributeName: pk, AttributeType: S }]
      KeySchema: [{ AttributeName: pk, KeyType: HASH }, { AttributeName: sk, KeyType: RANGE }]
      GlobalSecondaryIndexes:
        - { IndexName: due, KeySchema: [{ AttributeName: due, KeyType: HASH }], Projection: { ProjectionType: KEYS_ONLY } }
      StreamSpecification: { StreamViewType: KEYS_ONLY }
      TimeToLiveSpecification: { AttributeName: ttl, Enabled: true }
  Key: { Type: AWS::KMS::Key, Condition: Kms, Properties: { KeySpec: RSA_2048, KeyUsage: SIGN_VERIFY } }
  Gone: { Type: AWS::KMS::Key, Condition: Wrapped }
  MailerFunction:
    Type: AWS::Serverless::Function
    Properties:
      CodeUri: functions/mailer
      Environment: { Variables: { KEY: !If [Kms, !GetAtt Key.Arn, !Ref AWS::NoValue] } }
      Policies:
        - Version: "2012-10-17"
          Statement:
            - Effect: Allow
              Action: [dynamodb:Query]
              Resource: !Sub ${Outbox.Arn}/index/due
              Condition: { ForAllValues:StringEquals: { dynamodb:LeadingKeys: [a] } }
      Events:
        Web: { Type: HttpApi, Properties: { Method: get, Path: "/v1/{id}" } }
        Retry: { Type: Schedule, Properties: { Schedule: rate(1 minute), Input: '{"portico":"retry"}' } }
        Mail:
          Type: DynamoDB
          Properties:
            Stream: !GetAtt Outbox.StreamArn
            BatchSize: 10
            FilterCriteria: { Filters: [{ Pattern: '{"eventName":["INSERT"]}' }] }
"#;

fn place() -> Place {
    let mut place = Place::default();
    place.ids.insert("Key".to_owned(), "1234".to_owned());
    place
}

#[test]
fn a_table_becomes_the_request_that_creates_it() {
    let tables = Template::parse(TEXT).unwrap().tables(&place()).unwrap();
    let [outbox] = tables.as_slice() else { panic!("one table") };
    assert_eq!((outbox.name.as_str(), outbox.hash.as_str()), ("portico-Outbox", "pk"));
    assert_eq!(outbox.ttl.as_deref(), Some("ttl"));
    assert_eq!(outbox.indexes[0].hash, "due");
    assert_eq!(outbox.create["StreamSpecification"]["StreamViewType"], "KEYS_ONLY");
}

#[test]
fn resources_follow_their_conditions() {
    let template = Template::parse(TEXT).unwrap();
    let names = |place: &Place| {
        let keys = template.keys(place).unwrap();
        keys.into_iter().map(|key| key.logical_id).collect::<Vec<_>>()
    };
    assert_eq!(names(&place()), ["Key"]);
    let mut wrapped = place();
    wrapped.parameters.insert("SigningMode".to_owned(), "kms-wrapped".to_owned());
    assert_eq!(names(&wrapped), ["Gone"]);
    let environment = template.functions(&wrapped).unwrap().remove(0).environment;
    assert!(!environment.contains_key("KEY"));
}

#[test]
fn a_function_has_environment_rights_and_events() {
    let mailer = Template::parse(TEXT).unwrap().functions(&place()).unwrap().remove(0);
    assert_eq!((mailer.flow.as_str(), mailer.timeout), ("mailer", Duration::from_secs(10)));
    assert_eq!(mailer.environment["KEY"], "arn:aws:kms:us-east-1:000000000000:key/1234");
    assert_eq!(mailer.environment["TABLE_OUTBOX"], "portico-Outbox");
    let right = &mailer.statements[0];
    assert_eq!(right.resources, ["arn:aws:dynamodb:us-east-1:000000000000:table/portico-Outbox/index/due"]);
    assert_eq!(right.conditions[0].test, Test::AllEqual);
    assert_eq!(mailer.routes, [Route { method: "GET".into(), path: "/v1/{id}".into() }]);
    assert_eq!(mailer.schedules[0].every, Duration::from_secs(60));
    assert_eq!(mailer.schedules[0].input, json!({ "portico": "retry" }));
    assert_eq!(mailer.streams[0].table, "portico-Outbox");
    assert_eq!(mailer.streams[0].filters, [json!({ "eventName": ["INSERT"] })]);
}

#[test]
fn what_would_differ_from_aws_is_refused() {
    for (from, to) in [
        ("ForAllValues:StringEquals", "IpAddress"),
        ("rate(1 minute)", "cron(0 * * * ? *)"),
        ("Effect: Allow", "NotAction: x"),
        ("!Ref Outbox", "!Ref Nowhere"),
    ] {
        let template = Template::parse(&TEXT.replace(from, to)).unwrap();
        assert!(template.functions(&place()).is_err(), "{to}");
    }
}

/// The real template: every table, every flow, and rights that are understood.
#[test]
fn the_template_of_this_checkout_is_understood() {
    let template = Template::parse(include_str!("../../../../template.yaml")).unwrap();
    for (mode, slots, keys) in
        [("kms-wrapped", "none", 2), ("kms-wrapped", "A", 4), ("kms", "none", 4), ("kms", "AB", 6), ("kms", "B", 4)]
    {
        let mut place = Place::default();
        place.parameters.insert("SigningMode".to_owned(), mode.to_owned());
        place.parameters.insert("SigningSlots".to_owned(), slots.to_owned());
        assert_eq!(template.keys(&place).unwrap().len(), keys, "{mode} {slots}");
        let mut tables: Vec<_> = template.tables(&place).unwrap().into_iter().map(|table| table.logical_id).collect();
        tables.sort();
        assert_eq!(tables, ["Audit", "Directory", "Erased", "Outbox", "Transient", "Vault"]);
        let functions = template.functions(&place).unwrap();
        // What calls apps' own addresses may do nothing else.
        let without = functions.iter().filter(|function| function.statements.is_empty());
        assert_eq!(without.map(|function| function.flow.as_str()).collect::<Vec<_>>(), ["dispatch"]);
        let of = |flow: &str| functions.iter().find(|function| function.flow == flow).unwrap();
        assert_eq!(of("mailer").streams[0].table, "portico-Outbox");
        assert_eq!(of("audit").streams.len(), 2);
        assert!(of("mailer").topics[0].arn.starts_with("arn:aws:sns:"));
        assert_eq!(of("login").environment["SIGNING_MODE"], mode);
        let signing = of("login").environment["SIGNING_KEYS"].split(',').count();
        assert_eq!(signing, (keys - 2).max(1), "{mode} {slots}");
        let own = functions.iter().filter(|function| function.has_url).map(|function| function.flow.as_str());
        assert_eq!(own.collect::<Vec<_>>(), ["dsar_download"]);
        assert_eq!(of("dsar_export").environment["DOWNLOAD_URL"], "http://localhost/_local/url/DsarDownload/");
    }
}

#[test]
fn roots_go_into_the_bucket_that_is_named_and_nowhere_else() {
    let template = Template::parse(include_str!("../../../../template.yaml")).unwrap();
    let may = |named: &str, object: &str| {
        let mut place = Place::default();
        place.parameters.insert("AuditBucket".to_owned(), named.to_owned());
        let functions = template.functions(&place).unwrap();
        let bucket =
            functions.iter().find(|function| function.flow == "roots").unwrap().environment["AUDIT_BUCKET"].clone();
        let granted = functions.into_iter().map(|function| (function.flow, function.statements)).collect();
        let rights = Rights::new(granted, HashMap::new());
        let check = |action: &str| Check::new(action, format!("arn:aws:s3:::{bucket}/{object}"));
        assert!(rights.demand("roots", &check("s3:GetObject")).is_err());
        assert!(rights.demand("audit", &check("s3:PutObject")).is_err());
        rights.demand("roots", &check("s3:PutObject")).is_ok()
    };
    assert!(may("make", "roots/x") && may("own-bucket", "roots/x"));
    assert!(!may("", "roots/x") && !may("make", "other") && !may("own-bucket", "other"));
}

#[test]
fn sms_go_to_phones_if_there_are_countries_and_never_to_topics() {
    let template = Template::parse(include_str!("../../../../template.yaml")).unwrap();
    let may = |countries: &str, to: &str| {
        let mut place = Place::default();
        place.parameters.insert("SmsCountries".to_owned(), countries.to_owned());
        let functions = template.functions(&place).unwrap().into_iter();
        let rights =
            Rights::new(functions.map(|function| (function.flow, function.statements)).collect(), HashMap::new());
        rights.demand("mailer", &Check::new("sns:Publish", to)).is_ok()
    };
    assert!(may("DE,AT", "+4915112345678") && !may("", "+4915112345678"));
    assert!(!may("DE", "arn:aws:sns:eu-central-1:000000000000:anything"));
}

#[test]
fn only_a_public_streaming_url_is_imitated() {
    let text = include_str!("../../../../template.yaml");
    for (from, to) in [("AuthType: NONE", "AuthType: AWS_IAM"), ("InvokeMode: RESPONSE_STREAM", "InvokeMode: BUFFERED")]
    {
        let template = Template::parse(&text.replace(from, to)).unwrap();
        assert!(template.functions(&Place::default()).is_err(), "{to}");
    }
    let template = Template::parse(&text.replace("DsarDownloadUrl.FunctionUrl", "MailerUrl.FunctionUrl")).unwrap();
    assert!(template.functions(&Place::default()).is_err(), "the address of a function that has none");
}
