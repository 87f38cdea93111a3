//! What a million requests cost.

use std::collections::HashMap;

use serde::Deserialize;

use crate::{
    Outcome,
    aims::Aims,
    counts::{Counted, Once},
    cpu::{Cpu, Row},
    flows::SEALED,
    table::{Table, dollars},
    tally::Tally,
};

/// AWS's list prices and how long its services take to answer.
#[derive(Deserialize)]
struct Prices {
    http_api_per_million_requests: f64,
    lambda_per_million_requests: f64,
    lambda_x86_64_per_gb_second: f64,
    lambda_mb_per_vcpu: f64,
    dynamodb_per_million_write_units: f64,
    dynamodb_per_million_read_units: f64,
    kms_per_million_symmetric_or_rsa2048_requests: f64,
    kms_per_million_ecc_requests: f64,
    ses_per_million_mails_new_account: f64,
    logs_per_gb_ingested: f64,
    xray_per_million_traces: f64,
    wall_model_ms: Waits,
}

#[derive(Deserialize)]
struct Waits {
    dynamodb_call: f64,
    dynamodb_transaction: f64,
    kms_call: f64,
}

/// A million of something.
#[derive(Default)]
struct Bill {
    api: f64,
    lambda: f64,
    duration: f64,
    dynamodb: f64,
    kms: f64,
    mail: f64,
    logs: f64,
}

impl Bill {
    fn total(&self) -> f64 {
        self.api + self.lambda + self.duration + self.dynamodb + self.kms
    }
}

/// Lambda traces the first request of a second and one in twenty of the others.
const TRACED: f64 = 0.05;
/// CloudWatch counts so many bytes for each line beside its own.
const PER_LINE: usize = 26;

impl Prices {
    fn read() -> Outcome<Self> {
        Ok(serde_json::from_str(include_str!("../prices.json"))?)
    }

    /// A million runs of a function: what it is billed for, and its calls.
    #[expect(clippy::cast_precision_loss, reason = "a handful of calls")]
    fn runs(&self, calls: &Tally, cpu_ms: f64, memory_mb: f64) -> Bill {
        let waits = &self.wall_model_ms;
        // a function with a share of a core computes for longer
        let share = (memory_mb / self.lambda_mb_per_vcpu).min(1.0);
        let waited = (calls.calls - calls.transactions) as f64 * waits.dynamodb_call
            + calls.transactions as f64 * waits.dynamodb_transaction
            // the model has no SES: it is taken to be as slow as KMS
            + (calls.kms() + calls.mails) as f64 * waits.kms_call;
        let billed = (cpu_ms / share + waited).ceil();
        Bill {
            lambda: self.lambda_per_million_requests,
            // ms × 1e-3 s × MB / 1024 × price, a million times
            duration: billed * 1e3 * memory_mb / 1024.0 * self.lambda_x86_64_per_gb_second,
            dynamodb: calls.reads * self.dynamodb_per_million_read_units
                + calls.writes * self.dynamodb_per_million_write_units,
            kms: calls.unwraps as f64 * self.kms_per_million_symmetric_or_rsa2048_requests
                + calls.signs as f64 * self.kms_per_million_ecc_requests,
            mail: calls.mails as f64 * self.ses_per_million_mails_new_account,
            ..Bill::default()
        }
    }

    /// A million requests of a flow.
    #[expect(clippy::cast_precision_loss, reason = "bytes of a line")]
    fn requests(&self, counted: &Counted, once: &Once, cpu_ms: f64, memory_mb: f64) -> Bill {
        let route = counted.flow.route;
        let logged = once.logged + PER_LINE + route.map_or(0, |route| access_line(route) + PER_LINE);
        Bill {
            api: route.map_or(0.0, |_| self.http_api_per_million_requests),
            // bytes / 1e9 × price, a million times
            logs: logged as f64 / 1e3 * self.logs_per_gb_ingested,
            ..self.runs(&once.calls, cpu_ms, memory_mb)
        }
    }

    /// What the streams make of a million requests.
    #[expect(clippy::cast_precision_loss, reason = "a handful of runs")]
    fn afterwards(&self, once: &Once, rows: &HashMap<&str, Row>) -> f64 {
        let sum = once.after.iter().map(|(function, after)| {
            let name = if function == "mailer" { "mailer, per mail" } else { "audit, one act" };
            let row = rows.get(name).copied().unwrap_or_default();
            let runs = after.runs as f64;
            // by the run: its CPU is that of one, its calls are shared out
            let bill = self.runs(&after.calls, row.warm * runs, row.memory_mb);
            bill.total() + self.lambda_per_million_requests * (runs - 1.0)
        });
        sum.sum()
    }
}

/// The gateway's own line, as the template words it.
fn access_line(route: &str) -> usize {
    format!(
        r#"{{"request_id":"JKJaXmPLvHcESHA=","at":"23/Nov/2026:15:27:39 +0000","route":"{route}","status":"200","bytes":"1834","ms":"42","function_ms":"40","error":"-"}}"#
    )
    .len()
}

/// A million warm requests of a flow, beside what stands in lines of its own.
pub(crate) fn total(counted: &Counted, cpu_ms: f64, memory_mb: f64) -> Outcome<f64> {
    Ok(Prices::read()?.requests(counted, &counted.warm, cpu_ms, memory_mb).total())
}

/// What sealing costs by the act, and how many acts a second one chain takes: one transaction after the
/// other, each after reading the head.
#[expect(clippy::cast_precision_loss, reason = "a handful of acts")]
pub(crate) fn sealing(wrapped: &[Counted], cpu: &Cpu) -> Outcome<Table> {
    /// DynamoDB takes so many writes a second of one key of an index, and each act is one.
    const OF_AN_INDEX: f64 = 1000.0;
    let (prices, rows) = (Prices::read()?, cpu.by_name());
    let head =
        ["sealed at once", "write units an act", "dollars a million acts", "acts a second, one chain", "all chains"];
    let mut table = Table::new("Sealing (modelled from the counts and the CPU)", &head);
    for (name, acts) in SEALED {
        let counted = wrapped.iter().find(|counted| counted.flow.name == name).ok_or("a flow was not counted")?;
        let row = rows.get(name).copied().ok_or("a flow was not timed")?;
        let (calls, acts) = (&counted.warm.calls, acts as f64);
        let share = (row.memory_mb / prices.lambda_mb_per_vcpu).min(1.0);
        let waits = &prices.wall_model_ms;
        let wall = row.warm / share
            + (calls.calls - calls.transactions) as f64 * waits.dynamodb_call
            + calls.transactions as f64 * waits.dynamodb_transaction;
        let a_second = (acts * 1e3 / wall).min(OF_AN_INDEX);
        table.row([
            format!("{acts:.0}"),
            format!("{:.2}", calls.writes / acts),
            dollars(prices.runs(calls, row.warm, row.memory_mb).total() / acts),
            format!("{a_second:.0}"),
            format!("{:.0}", a_second * f64::from(store::Chain::COUNT)),
        ]);
    }
    table.note(
        "A chain seals one batch after the other; what ends its growth is its index, of which DynamoDB takes a \
         thousand writes a second. A sign-in is one act.",
    );
    Ok(table)
}

/// The table.
pub(crate) fn table(wrapped: &[Counted], kms: &[Counted], cpu: &Cpu, aims: &mut Aims) -> Outcome<Table> {
    let (prices, rows) = (Prices::read()?, cpu.by_name());
    let head = [
        "flow",
        "HTTP API",
        "Lambda requests",
        "Lambda time",
        "DynamoDB",
        "**sum**",
        "cold",
        "in mode `kms`",
        "logs",
        "mail",
        "afterwards",
    ];
    let mut table = Table::new("Dollars per million (warm, `kms-wrapped`, us-east-1, x86_64)", &head);
    for (counted, in_kms) in wrapped.iter().zip(kms) {
        let name = counted.flow.name;
        let row = rows.get(counted.flow.like.unwrap_or(name)).copied().ok_or("a flow was not timed")?;
        let warm = prices.requests(counted, &counted.warm, row.warm, row.memory_mb);
        let cold = prices.requests(counted, &counted.cold, row.cold, row.memory_mb);
        let signed = prices.requests(in_kms, &in_kms.warm, row.warm, row.memory_mb);
        let after = prices.afterwards(&counted.warm, &rows);
        table.row([
            name.to_owned(),
            dollars(warm.api),
            dollars(warm.lambda),
            dollars(warm.duration),
            dollars(warm.dynamodb),
            format!("**{}**", dollars(warm.total())),
            dollars(cold.total()),
            dollars(signed.total()),
            dollars(warm.logs),
            dollars(warm.mail),
            dollars(after),
        ]);
        let most = match name {
            "login" => 5.50,
            "refresh" => 2.50,
            _ => continue,
        };
        let total = warm.total();
        aims.time(format!("{name}: dollars per million"), &format!("≤ {most:.2}"), dollars(total), total <= most);
    }
    table.note(format!(
        "Lambda's time is the CPU measured, stretched by the function's share of a core, plus the model's waiting: \
         {} ms a call of DynamoDB, {} a transaction, {} a call of KMS or SES. Beside the sum stand lines of their own. \
         Logs: the function's line and the gateway's. Mail: SES in a new account. Afterwards: what the streams cause, \
         mailer and audit, when each act and mail comes alone; SES is not in it. SMS is in none of these: SNS bills each \
         by its country. X-Ray: {} for each of them, at Lambda's one trace in twenty.",
        prices.wall_model_ms.dynamodb_call,
        prices.wall_model_ms.dynamodb_transaction,
        prices.wall_model_ms.kms_call,
        dollars(prices.xray_per_million_traces * TRACED),
    ));
    Ok(table)
}
