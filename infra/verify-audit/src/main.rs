//! Verifies the audit log of a deployment, with rights to read and no others.
//!
//! ```sh
//! cargo run -p verify-audit -- --table portico-Audit-1ABC --keys https://id.example.com/.well-known/permanent-keys.json
//! ```
//!
//! Region and credentials come from the environment, as `aws configure export-credentials --format env`
//! writes them. It ends with 0 when all is as it should be, with 1 when something was tampered with
//! (with `--strict`, also when something is to be known), and with 2 when it could not verify.

use std::io::Write as _;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Parser;
use edge::Deployment;
use verify_audit::{KeySet, Log, Report, verify};

type Failed = Box<dyn std::error::Error + Send + Sync>;

/// Verifies an audit log: every entry, every root, every copy.
#[derive(Parser)]
#[command(version)]
struct Arguments {
    /// The audit table: the stack's output AuditTable.
    #[arg(long)]
    table: String,
    /// The published permanent keys: an address, or a file that was kept from it.
    #[arg(long, value_name = "URL|FILE")]
    keys: String,
    /// The bucket with the copies of the roots: the stack's output AuditCopiesBucket.
    #[arg(long)]
    bucket: Option<String>,
    /// Write JSON.
    #[arg(long)]
    json: bool,
    /// Let warnings fail, too: hours without a root, roots without a copy.
    #[arg(long)]
    strict: bool,
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let done = tokio::runtime::Builder::new_multi_thread().enable_all().build().map_err(Failed::from);
    match done.and_then(|runtime| runtime.block_on(run(&arguments))) {
        Ok(report) => {
            let is_good = report.findings.is_empty() && (report.warnings.is_empty() || !arguments.strict);
            if is_good { ExitCode::SUCCESS } else { ExitCode::from(1) }
        }
        Err(error) => {
            let _ = writeln!(std::io::stderr(), "verify-audit: {error}");
            ExitCode::from(2)
        }
    }
}

async fn run(arguments: &Arguments) -> Result<Report, Failed> {
    let Deployment { sdk, clock, .. } = Deployment::from_process()?;
    let keys = match arguments.keys.contains("://") {
        true => archive::fetch(&sdk, &arguments.keys).await?,
        false => std::fs::read(PathBuf::from(&arguments.keys))?,
    };
    let keys = KeySet::parse(&keys)?;
    let log = Log::open(&sdk, &arguments.table, arguments.bucket.as_deref(), keys, clock.now())?;
    let report = verify(&log).await?;
    let mut out = std::io::stdout().lock();
    if arguments.json {
        serde_json::to_writer_pretty(&mut out, &report)?;
        writeln!(out)?;
        return Ok(report);
    }
    for finding in &report.findings {
        writeln!(out, "{finding}")?;
    }
    for warning in &report.warnings {
        writeln!(out, "warning: {warning}")?;
    }
    writeln!(out, "{report}")?;
    let is_good = report.findings.is_empty();
    writeln!(out, "{}", if is_good { "Nothing was tampered with." } else { "Something was tampered with." })?;
    Ok(report)
}
