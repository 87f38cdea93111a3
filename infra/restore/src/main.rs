//! `cargo run -p restore -- --erased TABLE --directory TABLE [--vault TABLE] [--audit TABLE --since MOMENT]`.

use std::{fmt::Display, io::Write, process::ExitCode};

use clap::Parser;
use edge::Deployment;
use restore::{Copies, RestoreError, replay};

/// Erases from a restored copy whoever was erased since the backup. Run it before the copy serves; it ends
/// with 0 only when nothing of them is left.
#[derive(Parser)]
#[command(version)]
struct Arguments {
    #[command(flatten)]
    copies: Copies,
}

#[tokio::main]
async fn main() -> ExitCode {
    match run(&Arguments::parse().copies).await {
        Ok(text) => {
            let _ = write!(std::io::stdout(), "{text}");
            ExitCode::SUCCESS
        }
        Err(error) => {
            let _ = writeln!(std::io::stderr(), "The copy may not serve: {error}.");
            ExitCode::FAILURE
        }
    }
}

async fn run(copies: &Copies) -> Result<String, RestoreError> {
    let deployment = Deployment::from_process()?;
    let report = replay(copies, &deployment.settings, &deployment.rng, deployment.clock.now()).await?;
    let mut text = format!(
        "{} erased; {} of theirs deleted in {}. The copy may serve.\n",
        counted(report.erased, "customer was", "customers were"),
        counted(report.deleted, "item", "items"),
        counted(report.passes, "pass", "passes"),
    );
    if !report.waiting.is_empty() {
        text.push_str("Erasures wait in the copy. Withdraw those that were withdrawn since the backup:\n");
        report.waiting.iter().for_each(|customer| text.push_str(&format!("{customer}\n")));
    }
    if !report.decided.is_empty() {
        text.push_str(
            "Decided since the backup; docs/operations.md says what to do with each before the copy serves:\n",
        );
        for act in &report.decided {
            // In the words that the API has for them.
            let kind = serde_json::to_value(act.kind).ok();
            let kind = kind.as_ref().and_then(|kind| kind.as_str()).unwrap_or_default();
            let customer = act.subject.map(|customer| customer.to_string()).unwrap_or_default();
            text.push_str(&format!("{} {kind} {customer} {}\n", act.at, act.id));
        }
    }
    Ok(text)
}

/// So many of something.
fn counted<N: Display + PartialEq + From<u8>>(count: N, one: &str, more: &str) -> String {
    format!("{count} {}", if count == N::from(1) { one } else { more })
}
