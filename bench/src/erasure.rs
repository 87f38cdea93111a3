//! Erasure of a customer with ten thousand items: how long it takes, how many calls, and how much memory.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use local::aws::Service;
use reqwest::Method;
use serde_json::{Value, json};

use crate::{
    Outcome,
    aims::Aims,
    binaries::Binaries,
    machine::{Hash, Machine, Person, Setup, queued_event},
    stage::Stage,
    table::{Table, ms},
};

/// How many items the customers have, beside those that everybody has.
const ITEMS: [usize; 3] = [0, 1_000, 10_000];
/// DynamoDB takes so many items at once.
const BATCH: usize = 25;

/// Erases a customer of each size, by a process of its own.
pub(crate) async fn measure(binaries: &Binaries, aims: &mut Aims) -> Outcome<Table> {
    let stage = Stage::open(binaries, &Setup::timing(Hash::Cheap)).await?;
    let head = ["items", "calls", "s", "CPU, ms", "most memory, MB"];
    let mut table = Table::new("Erasing a customer, from what is due to the certificate", &head);
    let mut peaks = Vec::new();
    for items in ITEMS {
        let person = stage.machine.customer().await?;
        fill(&stage.machine, &person, items).await?;
        let request = stage.machine.request(Method::POST, "/v1/me/erasure").bearer_auth(&person.access);
        stage.machine.send(request, 202).await?;
        send_mail(&stage.machine).await?;
        let process = stage.process("eraser").await?;
        let (memory, start) = (process.memory()?, process.start);
        let samples = stage.play("eraser", process);
        stage.machine.system.calls().clear();
        let event = json!({"portico": "erase"});
        stage.machine.system.invoke("eraser", event.clone()).await?;
        send_mail(&stage.machine).await?;
        let answer = stage.machine.system.invoke("eraser", event).await?;
        if answer.get("erased").and_then(Value::as_u64) != Some(1) {
            return Err(format!("nobody was erased: {answer}").into());
        }
        let calls = stage.machine.system.calls().of("eraser").len();
        let peak = memory.peak_mb()?;
        stage.clear();
        let spent = samples.take();
        let wall: f64 = spent.iter().map(|one| one.wall).sum();
        let cpu: f64 = spent.iter().map(|one| one.cpu).sum::<f64>() + start.cpu;
        table.row([items.to_string(), calls.to_string(), format!("{:.2}", wall / 1e3), ms(cpu), format!("{peak:.0}")]);
        peaks.push(peak);
    }
    table.note(
        "Two runs: up to the last mail, and after it. Items beside those that everybody has, of 400 bytes each; they \
         go by pages, twenty-five a call.",
    );
    if let [least, .., most] = peaks.as_slice() {
        let more = most - least;
        aims.time("erasing 10,000 items: memory beyond that of none", "≤ 32 MB", format!("{more:.0} MB"), more <= 32.0);
    }
    stage.machine.system.stop().await;
    Ok(table)
}

/// Gives a customer more items: decisions, as large as real ones.
async fn fill(machine: &Machine, person: &Person, items: usize) -> Outcome<()> {
    let name = machine.system.table("Directory");
    let body = STANDARD.encode(machine.rng.bytes::<300>());
    let numbers: Vec<usize> = (0..items).collect();
    for some in numbers.chunks(BATCH) {
        let put = |n: &usize| {
            let (pk, sk) = (format!("CUS#{}", person.customer), format!("CONSENT#purpose-{n:06}"));
            json!({"PutRequest": {"Item": {"pk": {"S": pk}, "sk": {"S": sk}, "body": {"B": body}}}})
        };
        let puts: Vec<Value> = some.iter().map(put).collect();
        let mut tables = serde_json::Map::new();
        tables.insert(name.clone(), puts.into());
        machine.system.operate(Service::DynamoDb, "BatchWriteItem", json!({"RequestItems": tables})).await?;
    }
    Ok(())
}

async fn send_mail(machine: &Machine) -> Outcome<()> {
    for mail in machine.queued().await? {
        machine.system.invoke("mailer", queued_event(&mail)).await?;
    }
    Ok(())
}
