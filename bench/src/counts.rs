//! Calls and units: each flow once on a fresh instance, and once more.

use std::collections::BTreeMap;

use local::aws::calls::Call;

use crate::{
    Outcome,
    aims::Aims,
    flows::Flow,
    machine::Machine,
    table::{Table, number},
    tally::Tally,
};

/// A flow, counted.
pub(crate) struct Counted {
    /// Which.
    pub(crate) flow: Flow,
    /// The first request of an instance.
    pub(crate) cold: Once,
    /// A later one.
    pub(crate) warm: Once,
}

/// One request or event.
#[derive(Default)]
pub(crate) struct Once {
    /// Its own calls.
    pub(crate) calls: Tally,
    /// How many bytes its function logged.
    pub(crate) logged: usize,
    /// What the streams made of it, by function.
    pub(crate) after: BTreeMap<String, After>,
}

/// What a function did because of it.
#[derive(Default)]
pub(crate) struct After {
    /// How often it ran.
    pub(crate) runs: usize,
    /// Its calls.
    pub(crate) calls: Tally,
}

/// Whether to see what the streams cause.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Follow {
    /// Yes.
    Streams,
    /// No.
    Nothing,
}

/// Counts flows.
pub(crate) async fn count(machine: &Machine, flows: &[Flow], follow: Follow) -> Outcome<Vec<Counted>> {
    machine.resident().await?;
    let mut all = Vec::new();
    for flow in flows {
        let work = flow.prepare(machine).await?;
        quiet(machine, follow).await?;
        machine.system.restart_functions();
        let cold = once(machine, flow, work, Follow::Nothing).await?;
        let work = flow.prepare(machine).await?;
        quiet(machine, follow).await?;
        let warm = once(machine, flow, work, follow).await?;
        all.push(Counted { flow: *flow, cold, warm });
    }
    Ok(all)
}

/// Until nothing is left of what came before.
async fn quiet(machine: &Machine, follow: Follow) -> Outcome<()> {
    if follow == Follow::Streams {
        machine.system.pump().await?;
    }
    machine.system.calls().clear();
    machine.take_log();
    Ok(())
}

async fn once(machine: &Machine, flow: &Flow, work: crate::flows::Work, follow: Follow) -> Outcome<Once> {
    work.run(machine).await.map_err(|error| format!("{}: {error}", flow.name))?;
    let calls = machine.system.calls().take();
    if let Some(failed) = calls.iter().find(|call| call.function != flow.function || call.status >= 500) {
        return Err(format!("{}: an unexpected call: {failed:?}", flow.name).into());
    }
    let logged = machine.take_log().iter().map(|line| line.len() + 1).sum();
    let mut after = BTreeMap::new();
    if follow == Follow::Streams {
        machine.system.pump().await?;
        after = by_function(&machine.system.calls().take());
    }
    Ok(Once { calls: Tally::of(&calls), logged, after })
}

fn by_function(calls: &[Call]) -> BTreeMap<String, After> {
    let mut functions: BTreeMap<String, Vec<&Call>> = BTreeMap::new();
    for call in calls {
        functions.entry(call.function.clone()).or_default().push(call);
    }
    let after = functions.into_iter().map(|(function, calls)| {
        let mut runs: Vec<_> = calls.iter().map(|call| call.request.as_deref()).collect();
        runs.sort_unstable();
        runs.dedup();
        (function, After { runs: runs.len(), calls: Tally::of(calls) })
    });
    after.collect()
}

/// The table of a signing mode, cold and warm.
pub(crate) fn table(mode: &str, all: &[Counted]) -> Table {
    let head = [
        "flow",
        "DynamoDB calls: cold",
        "warm",
        "of it transactions",
        "read units: cold",
        "warm",
        "write units: cold",
        "warm",
        "KMS calls: cold",
        "warm",
        "mails",
    ];
    let mut table = Table::new(format!("Calls and units of each request (`{mode}`)"), &head);
    for Counted { flow, cold, warm } in all {
        let (c, w) = (&cold.calls, &warm.calls);
        table.row([
            flow.name.to_owned(),
            c.calls.to_string(),
            w.calls.to_string(),
            w.transactions.to_string(),
            number(c.reads),
            number(w.reads),
            number(c.writes),
            number(w.writes),
            c.kms().to_string(),
            w.kms().to_string(),
            w.mails.to_string(),
        ]);
    }
    table.note(
        "Cold is the first request of an instance, which unwraps its keys and reads the signing keys. What the \
         streams cause afterwards (mail, sealed acts) stands in the rows of `mailer` and `audit`.",
    );
    table
}

/// What is different when KMS signs.
pub(crate) fn kms_table(all: &[Counted]) -> Table {
    let head = ["flow", "tokens", "DynamoDB calls: cold", "warm", "unwrapping: cold", "warm", "Sign: cold", "warm"];
    let mut table = Table::new("Calls of each request that signs tokens (`kms`)", &head);
    for Counted { flow, cold, warm } in all.iter().filter(|counted| counted.flow.tokens > 0) {
        let (c, w) = (&cold.calls, &warm.calls);
        let counts = [flow.tokens, c.calls, w.calls, c.unwraps, w.unwraps, c.signs, w.signs];
        table.row(std::iter::once(flow.name.to_owned()).chain(counts.map(|n| n.to_string())));
    }
    table
}

/// The same counts with few customers and with many.
pub(crate) fn crowd_table(few: usize, a: &[Counted], many: usize, b: &[Counted], aims: &mut Aims) -> Table {
    let columns = [few, many].map(|n| [format!("{n} customers: calls"), "reads".into(), "writes".into()]);
    let head: Vec<&str> = std::iter::once("flow").chain(columns.iter().flatten().map(String::as_str)).collect();
    let mut table = Table::new(format!("The same with {few} and with {many} customers (warm)"), &head);
    let mut different = Vec::new();
    for (a, b) in a.iter().zip(b) {
        if a.cold.calls != b.cold.calls || a.warm.calls != b.warm.calls {
            different.push(a.flow.name);
        }
        let counts = [a, b].map(|of| {
            let calls = &of.warm.calls;
            [calls.calls.to_string(), number(calls.reads), number(calls.writes)]
        });
        table.row(std::iter::once(a.flow.name.to_owned()).chain(counts.into_iter().flatten()));
    }
    let found = if different.is_empty() { "the same".to_owned() } else { different.join(", ") };
    aims.count(format!("counts with {few} and {many} customers"), "the same", found, different.is_empty());
    table
}

/// Judges the aims for counts.
pub(crate) fn judge(wrapped: &[Counted], kms: &[Counted], aims: &mut Aims) {
    for (name, most) in [("login", 5), ("passkey sign-in", 4), ("refresh", 2), ("consent check", 1)] {
        for counted in wrapped.iter().filter(|counted| counted.flow.name == name) {
            let calls = counted.warm.calls.calls;
            aims.count(format!("{name}: DynamoDB calls, warm"), &format!("≤ {most}"), calls, calls <= most);
        }
    }
    let find = |name: &str| wrapped.iter().find(|counted| counted.flow.name == name);
    if let (Some(known), Some(unknown)) = (find("login"), find("login, unknown address")) {
        // what comes after the answer is decided is the session's one write
        let (known, unknown) = (known.warm.calls.calls, unknown.warm.calls.calls);
        let found = format!("{} and {unknown}", known.saturating_sub(1));
        let what = "login: calls before the answer is decided, known and unknown address";
        aims.count(what, "the same", found, known == unknown + 1);
    }
    // A receipt, a root of the audit log and the certificate of an erasure are signed by the permanent key, which never
    // leaves KMS.
    let others = wrapped.iter().filter(|counted| {
        counted.flow.name != "agree to a purpose" && !["roots", "eraser"].contains(&counted.flow.function)
    });
    let calls: usize = others.map(|counted| counted.warm.calls.kms()).sum();
    aims.count(
        "KMS calls when warm (`kms-wrapped`), all flows without a receipt, root or certificate",
        "0",
        calls,
        calls == 0,
    );
    let signing = kms.iter().filter(|counted| counted.flow.tokens > 0);
    let wrong: Vec<_> = signing
        .filter(|of| of.warm.calls.signs != of.flow.tokens || of.warm.calls.unwraps != 0)
        .map(|of| of.flow.name)
        .collect();
    let found = if wrong.is_empty() { "one each".to_owned() } else { format!("not in {}", wrong.join(", ")) };
    aims.count("Sign calls for each token when warm (`kms`)", "one each", found, wrong.is_empty());
}
