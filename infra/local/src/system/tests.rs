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
    eprintln!("start took {took:?}");
    system.stop().await;
}
