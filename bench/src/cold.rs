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
        hello.push((process.start, spent));
        for (flow, found) in first.iter().zip(&mut firsts) {
            found.push(first_request(&stage, flow).await?);
        }
    }
    let tables = vec![start_table(&starts, aims), first_table(&stage, &hello, &first, &firsts, aims)];
    stage.machine.system.stop().await;
    Ok(tables)
}

/// A new instance's start and its first request.
async fn first_request(stage: &Stage<'_>, flow: &Flow) -> Outcome<(Spent, Spent)> {
    let work = flow.prepare(&stage.machine).await?;
    let process = stage.process(flow.function).await?;
    let start = process.start;
    let samples = stage.play(flow.function, process);
    work.run(&stage.machine).await.map_err(|error| format!("{}, cold: {error}", flow.name))?;
    stage.clear();
    Ok((start, samples.take().first().copied().ok_or("nothing was answered")?))
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

fn first_table(
    stage: &Stage<'_>,
    hello: &[(Spent, Spent)],
    flows: &[Flow],
    firsts: &[Vec<(Spent, Spent)>],
    aims: &mut Aims,
) -> Table {
    let head = ["first request", "start to answer, ms", "of hello world", "CPU of the request, ms"];
    let mut table = Table::new("Cold start: to the first answer, over TLS, without the hash", &head);
    let total = |all: &[(Spent, Spent)]| median(all.iter().map(|(start, first)| start.wall + first.wall));
    let cpu = |all: &[(Spent, Spent)]| median(all.iter().map(|(_, first)| first.cpu));
    let base = total(hello);
    table.row([HELLO.to_owned(), ms(base), ms(1.0), ms(cpu(hello))]);
    for (flow, found) in flows.iter().zip(firsts) {
        let (wall, cpu) = (total(found), cpu(found));
        table.row([flow.name.to_owned(), ms(wall), ms(wall / base), ms(cpu)]);
        if ["login", "refresh"].contains(&flow.name) {
            let what = format!("{}: CPU of the first request over TLS, without the hash", flow.name);
            aims.time(what, "≤ 5 ms", format!("{} ms", ms(cpu)), cpu <= 5.0);
        }
    }
    table.note(format!(
        "The time to the answer contains what this machine's AWS takes, the CPU does not. Passwords are hashed with \
         the least memory, so that the hash is next to nothing. {} root certificates are read; DynamoDB and KMS have \
         an address each, as in a region, and so a handshake each.",
        stage.tls.roots()
    ));
    table
}
