use std::time::Instant;

use serde_json::{Value, json};

use super::*;
use crate::aws::faults::{Failure, Fault};

async fn start(options: Options) -> System {
    System::start(options).await.unwrap()
}

async fn post(url: String, body: &Value) -> (u16, Value) {
    let client = reqwest::Client::new();
    let answer = client.post(url).json(body).send().await.unwrap();
    (answer.status().as_u16(), answer.json().await.unwrap())
}

fn registration() -> Value {
    json!({ "email": "ada@example.com", "password": "a lovelace of engines" })
}

#[tokio::test]
async fn a_start_makes_tables_and_keys() {
    let system = start(Options::default()).await;
    let vault = system.dump("Vault").await.unwrap();
    assert!(vault.iter().any(|item| item["pk"]["S"] == "KEY#index"), "{vault:?}");
    assert!(system.calls().of("rotate").iter().all(|call| call.error.is_none()));
    system.stop().await;
}

#[tokio::test]
async fn a_setting_that_nobody_reads_is_refused() {
    let unknown = ("EmailSignIn".to_owned(), "on".to_owned());
    let refused = System::start(Options { settings: vec![unknown.clone()], ..Options::default() }).await;
    assert_eq!(refused.err().unwrap().to_string(), "\"EmailSignIn\" is no setting: did you mean EMAIL_SIGN_IN?");
    let system = start(Options::default()).await;
    assert!(matches!(system.update(&[], &[unknown]).await, Err(StartError::UnknownSetting { .. })));
    system.stop().await;
}

#[tokio::test]
async fn a_request_goes_through_the_whole_machine() {
    let system = start(Options::default()).await;
    system.calls().clear();
    let (status, body) = post(format!("{}/v1/register", system.gateway_url()), &registration()).await;
    assert_eq!(status, 202, "{body}");
    let calls = system.calls().of("register");
    assert!(calls.iter().all(|call| call.error.is_none()), "{calls:?}");
    let request = calls[0].request.clone().unwrap();
    assert!(calls.iter().all(|call| call.request.as_deref() == Some(&request)));
    assert_eq!(system.dump("Outbox").await.unwrap().len(), 1);
    system.stop().await;
}

#[tokio::test]
async fn the_gateway_has_answers_of_its_own() {
    let system = start(Options::default()).await;
    let client = reqwest::Client::new();
    let url = |path: &str| format!("{}{path}", system.gateway_url());
    let unknown = client.get(url("/nowhere")).send().await.unwrap();
    assert_eq!(
        (unknown.status().as_u16(), unknown.text().await.unwrap().as_str()),
        (404, r#"{"message":"Not Found"}"#)
    );
    let large = client.post(url("/v1/login")).body(vec![b'x'; 11 << 20]).send().await;
    assert_eq!(large.unwrap().status(), 413);
    let heavy = client.get(url("/v1/me")).header("x-big", "x".repeat(10_240)).send().await;
    assert_eq!(heavy.unwrap().status(), 431);
    system.stop().await;
}

#[tokio::test]
async fn a_taken_port_is_named() {
    let first = start(Options::default()).await;
    let port = first.port;
    let error = System::start(Options { port, ..Options::default() }).await.err().unwrap();
    assert_eq!(error.to_string(), format!("port {port} is taken. Choose another with --port PORT, or 0 for any"));
    first.stop().await;
}

#[tokio::test]
async fn a_call_that_hangs_does_not_keep_the_machine_from_stopping() {
    let system = start(Options::default()).await;
    system.faults().inject(Fault::new(Failure::Hang).function("register"));
    let url = format!("{}/v1/register", system.gateway_url());
    let (status, _) = post(url, &registration()).await;
    assert_eq!(status, 503);
    let stopping = Instant::now();
    system.stop().await;
    assert!(stopping.elapsed() < GRACE);
}

#[tokio::test]
async fn what_is_kept_outlives_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let options = || Options { data: Some(folder.path().to_owned()), ..Options::default() };
    let system = start(options()).await;
    let (wrapping, vault) = (system.key("WrappingKey"), system.dump("Vault").await.unwrap());
    system.pump().await.unwrap();
    system.stop().await;
    let system = start(options()).await;
    assert_eq!(system.key("WrappingKey"), wrapping);
    assert_eq!(system.dump("Vault").await.unwrap().len(), vault.len());
    system.stop().await;
}

#[tokio::test]
async fn an_update_changes_keys_and_rights_under_running_tables() {
    let system = start(Options::default()).await;
    let before = system.dump("Vault").await.unwrap().len();
    let parameters = [("SigningMode".to_owned(), "kms".to_owned())];
    system.update(&parameters, &[]).await.unwrap();
    assert!(system.dump("Vault").await.unwrap().len() >= before);
    let calls = system.calls().of("rotate");
    assert!(calls.iter().any(|call| call.action == "GetPublicKey"), "{calls:?}");
    assert!(calls.iter().all(|call| call.error.is_none()), "{calls:?}");
    system.stop().await;
}

#[tokio::test]
async fn a_system_starts_in_no_time() {
    start(Options::default()).await.stop().await;
    let started = Instant::now();
    let system = start(Options::default()).await;
    let took = started.elapsed();
    assert!(took < Duration::from_millis(800), "{took:?}");
    system.stop().await;
}

#[tokio::test]
async fn streams_bring_mail_out_and_acts_in() {
    let system = start(Options::default()).await;
    let url = format!("{}/v1/register", system.gateway_url());
    post(url, &registration()).await;
    assert!(system.outbox().await.unwrap().is_empty());
    assert!(system.pump().await.unwrap() > 1);
    let outbox = system.outbox().await.unwrap();
    let [mail] = outbox.as_slice() else { panic!("{outbox:?}") };
    assert_eq!(mail.to, "ada@example.com");
    assert!(mail.code.is_some() && mail.link.is_some());
    assert!(!system.dump("Audit").await.unwrap().is_empty());
    assert_eq!(system.pump().await.unwrap(), 0);
    assert!(system.dead_letters().is_empty());
    let shown = reqwest::get(format!("{}/_local/outbox", system.gateway_url())).await.unwrap();
    let shown: Value = shown.json().await.unwrap();
    assert_eq!(shown[0]["code"].as_str(), mail.code.as_deref());
    system.stop().await;
}

#[tokio::test]
async fn a_record_that_is_refused_waits_for_the_next_pump() {
    let system = start(Options::default()).await;
    system.faults().inject(Fault::new(Failure::FailBefore).function("audit"));
    system.pump().await.unwrap();
    assert!(system.dump("Audit").await.unwrap().is_empty());
    system.faults().clear();
    // what `rotate` did at the start is to be sealed
    system.pump().await.unwrap();
    assert!(!system.dump("Audit").await.unwrap().is_empty());
    assert!(system.dead_letters().is_empty());
    system.stop().await;
}

#[tokio::test]
async fn functions_are_invoked_by_name_over_http() {
    let system = start(Options::default()).await;
    let invoke = async |name: &str| {
        let url = format!("{}/2015-03-31/functions/{name}/invocations", system.aws_url());
        reqwest::Client::new().post(url).body(r#"{"portico":"rotate"}"#).send().await.unwrap()
    };
    for name in ["rotate", "Rotate", "arn:aws:lambda:us-east-1:000000000000:function:portico-Rotate"] {
        let answer = invoke(name).await;
        assert!(answer.headers().get("x-amz-function-error").is_none(), "{name}");
    }
    assert_eq!(invoke("nobody").await.headers()["x-amz-function-error"], "Unhandled");
    system.stop().await;
}
