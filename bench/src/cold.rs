//! Cold starts, beside those of a hello world.

use serde_json::json;

use crate::{
    Effort, Outcome,
    aims::Aims,
    binaries::{Binaries, FUNCTIONS, HELLO},
    flows::{self, Flow},
    lambda::Spent,
    machine::{Hash, Setup},
    stage::{Stage, median},
    table::{Table, ms},
};

/// The flows whose first request is looked at.
const FIRST: [&str; 5] = ["login", "refresh", "GET /v1/me", "register", "key set"];

/// Measures starts and first requests.
pub(crate) async fn measure(binaries: &Binaries, effort: Effort, aims: &mut Aims) -> Outcome<Vec<Table>> {
    let stage = Stage::open(binaries, &Setup::timing(Hash::Cheap)).await?;
    let mut starts: Vec<(&str, Vec<Spent>)> =
        std::iter::once(HELLO).chain(FUNCTIONS).map(|function| (function, Vec::new())).collect();
    for _ in 0..effort.starts {
        // in turn, so that whatever else the machine does slows all alike
        for (function, found) in &mut starts {
            found.push(stage.process(function).await?.start);
        }
    }
    let (mut hello, mut firsts) = (Vec::new(), Vec::new());
    let first: Vec<Flow> = flows::all().into_iter().filter(|flow| FIRST.contains(&flow.name)).collect();
    firsts.resize_with(first.len(), Vec::new);
    for _ in 0..effort.starts {
        let mut process = stage.process(HELLO).await?;
        let (_, spent) = process.invoke(json!({})).await?;
        hello.push(First { wall: process.start.wall + spent.wall, cpu: spent.cpu, handshakes: Vec::new() });
        for (flow, found) in first.iter().zip(&mut firsts) {
            found.push(first_request(&stage, flow).await?);
        }
    }
    let tables = vec![start_table(&starts, aims), first_table(&stage, &hello, &first, &firsts, aims)];
    stage.machine.system.stop().await;
    Ok(tables)
}

/// An instance's first request.
struct First {
    /// From the process's start to its answer, in milliseconds.
    wall: f64,
    /// CPU of the request alone, in milliseconds.
    cpu: f64,
    /// TLS connections that were made, to DynamoDB, KMS, and the others.
    handshakes: Vec<usize>,
}

async fn first_request(stage: &Stage<'_>, flow: &Flow) -> Outcome<First> {
    let work = flow.prepare(&stage.machine).await?;
    stage.tls.take_handshakes();
    let process = stage.process(flow.function).await?;
    let start = process.start;
    let samples = stage.play(flow.function, process);
    work.run(&stage.machine).await.map_err(|error| format!("{}, cold: {error}", flow.name))?;
    stage.clear();
    let spent = samples.take().first().copied().ok_or("nothing was answered")?;
    Ok(First { wall: start.wall + spent.wall, cpu: spent.cpu, handshakes: stage.tls.take_handshakes() })
}

fn start_table(starts: &[(&str, Vec<Spent>)], aims: &mut Aims) -> Table {
    let head = ["function", "ms", "of hello world", "CPU, ms", "of hello world"];
    let mut table = Table::new("Cold start: from the process's start to its first `/next`", &head);
    let medians: Vec<(&str, f64, f64)> = starts
        .iter()
        .map(|(function, found)| {
            (*function, median(found.iter().map(|spent| spent.wall)), median(found.iter().map(|spent| spent.cpu)))
        })
        .collect();
    let (_, wall, cpu) = medians.first().copied().unwrap_or_default();
    let mut worst = ("", 0.0_f64);
    for (function, own_wall, own_cpu) in medians {
        let (ratio, cpu_ratio) = (own_wall / wall, own_cpu / cpu);
        if ratio > worst.1 {
            worst = (function, ratio);
        }
        table.row([function.to_owned(), ms(own_wall), format!("{ratio:.2}"), ms(own_cpu), format!("{cpu_ratio:.2}")]);
    }
    let found = format!("{:.2} ({})", worst.1, worst.0);
    aims.time("start to first `/next`, of hello world's, slowest function", "≤ 3", found, worst.1 <= 3.0);
    table
}

fn first_table(stage: &Stage<'_>, hello: &[First], flows: &[Flow], firsts: &[Vec<First>], aims: &mut Aims) -> Table {
    let head = [
        "first request",
        "start to answer, ms",
        "of hello world",
        "TLS connections: DynamoDB",
        "KMS",
        "CPU of the request, ms",
    ];
    let mut table = Table::new("Cold start: to the first answer, over TLS, without the hash", &head);
    let medians = |all: &[First]| (median(all.iter().map(|of| of.wall)), median(all.iter().map(|of| of.cpu)));
    let (base, cpu) = medians(hello);
    table.row([HELLO.to_owned(), ms(base), ms(1.0), "0".to_owned(), "0".to_owned(), ms(cpu)]);
    for (flow, found) in flows.iter().zip(firsts) {
        let (wall, cpu) = medians(found);
        let first = found.first();
        let handshakes =
            |at: usize| first.and_then(|of| of.handshakes.get(at)).copied().unwrap_or_default().to_string();
        table.row([flow.name.to_owned(), ms(wall), ms(wall / base), handshakes(0), handshakes(1), ms(cpu)]);
        if ["login", "refresh"].contains(&flow.name) {
            let what = format!("{}: CPU of the first request over TLS, without the hash", flow.name);
            aims.time(what, "≤ 5 ms", format!("{} ms", ms(cpu)), cpu <= 5.0);
        }
    }
    table.note(format!(
        "The time to the answer contains what this machine's AWS takes, the CPU does not. Passwords are hashed with \
         the least memory, so that the hash is next to nothing. DynamoDB and KMS have an address each, as in a region; \
         calls side by side need a connection each. {} root certificates are read, at the start.",
        stage.tls.roots()
    ));
    table
}
