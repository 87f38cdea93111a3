//! A copy of all that is held on a customer: what it takes with few items and with many.

use base64::{
    Engine as _,
    engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD},
};
use domain::{ActId, Timestamp};
use local::aws::Service;
use reqwest::Method;
use serde_json::{Value, json};

use crate::{
    Outcome,
    aims::Aims,
    binaries::Binaries,
    machine::{Hash, Machine, Person, Setup, text},
    stage::Stage,
    table::{Table, ms},
};

/// How many acts a customer has in the audit log.
const ITEMS: [usize; 3] = [100, 1_000, 10_000];

/// Measures the download in a process of its own.
pub(crate) async fn measure(binaries: &Binaries, aims: &mut Aims) -> Outcome<Table> {
    let stage = Stage::open(binaries, &Setup::timing(Hash::Cheap)).await?;
    let head = ["items", "ZIP, MB", "time, ms", "CPU, ms", "peak memory, MB"];
    let mut table = Table::new("A copy of all that is held on a customer", &head);
    for items in ITEMS {
        let person = stage.machine.customer().await?;
        fill(&stage.machine, &person, items).await?;
        let request = stage.machine.request(Method::POST, "/v1/me/export").bearer_auth(&person.access);
        let address = text(&stage.machine.send(request, 201).await?, "/download")?;
        let ticket = address.split_once("ticket=").ok_or("no ticket")?.1.to_owned();
        let mut process = stage.process("dsar_download").await?;
        let (answer, spent) = process.invoke(event(&ticket)).await?;
        let status = answer.get("statusCode").and_then(Value::as_u64).unwrap_or_default();
        let bytes = STANDARD.decode(text(&answer, "/body")?)?.len();
        if status != 200 {
            return Err(format!("the copy was answered {status}").into());
        }
        let peak = process.peak_mb()?;
        #[expect(clippy::cast_precision_loss, reason = "two decimals are shown")]
        let megabytes = format!("{:.2}", bytes as f64 / 1e6);
        table.row([items.to_string(), megabytes, ms(spent.wall), ms(spent.cpu), format!("{peak:.0}")]);
        if items == 10_000 {
            aims.time("export of 10,000 items: peak memory", "≤ 128 MB", format!("{peak:.0} MB"), peak <= 128.0);
        }
    }
    table.note(
        "One process for each, from its first request: keys are unwrapped, connections made. The items are entries of \
         the audit log. Each is read four times (looked at, shown, for `data.json`, for the CSV) and never kept.",
    );
    stage.machine.system.stop().await;
    Ok(table)
}

/// What a function URL tells its function.
fn event(ticket: &str) -> Value {
    json!({
        "version": "2.0", "routeKey": "$default", "rawPath": "/", "rawQueryString": format!("ticket={ticket}"),
        "headers": {}, "isBase64Encoded": false,
        "requestContext": {
            "domainName": "f.lambda-url.us-east-1.on.aws", "stage": "$default", "timeEpoch": 0, "requestId": "bench",
            "http": {"method": "POST", "path": "/", "sourceIp": "192.0.2.1", "protocol": "HTTP/1.1"},
        },
    })
}

/// Puts so many entries beside the customer's own.
async fn fill(machine: &Machine, person: &Person, items: usize) -> Outcome<()> {
    machine.system.pump().await?;
    let pk = format!("CUS#{}", person.customer);
    let audit = machine.system.dump("Audit").await?;
    let own = |item: &&Value| item.pointer("/pk/S").and_then(Value::as_str) == Some(&pk);
    let sample = audit.iter().find(own).ok_or("the customer did nothing")?;
    let body = sample.pointer("/body/S").and_then(Value::as_str).ok_or("an entry without an act")?;
    let (table, numbers) = (machine.system.table("Audit"), (1..=items).collect::<Vec<_>>());
    for batch in numbers.chunks(25) {
        let put = |n: &usize| -> Outcome<Value> {
            let at = Timestamp::from_second(1_700_000_000 + i64::try_from(*n)?)?;
            let mut item = sample.clone();
            let fields = item.as_object_mut().ok_or("no item")?;
            let id = ActId::generate(at, &machine.rng).to_string();
            // As no two entries are alike, so that the ZIP is as large as one of real ones.
            let mut act: Value = serde_json::from_str(body)?;
            let own = act.as_object_mut().ok_or("no act")?;
            let hex = |bytes: [u8; 16]| bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>();
            own.insert("id".to_owned(), json!(id));
            own.insert("at".to_owned(), json!(at.to_string()));
            own.insert("request_id".to_owned(), json!(hex(machine.rng.bytes())));
            fields.insert("body".to_owned(), json!({"S": act.to_string()}));
            for name in ["hash", "previous"] {
                let hash = URL_SAFE_NO_PAD.encode(machine.rng.bytes::<32>());
                fields.insert(name.to_owned(), json!({"S": hash}));
            }
            fields.insert("sk".to_owned(), json!({"S": id}));
            fields.insert("chain".to_owned(), json!({"S": "BENCH"}));
            fields.insert("seq".to_owned(), json!({"N": machine.number().to_string()}));
            Ok(json!({"PutRequest": {"Item": item}}))
        };
        let puts: Vec<Value> = batch.iter().map(put).collect::<Outcome<_>>()?;
        let input = json!({"RequestItems": {&table: puts}});
        machine.system.operate(Service::DynamoDb, "BatchWriteItem", input).await?;
    }
    Ok(())
}
