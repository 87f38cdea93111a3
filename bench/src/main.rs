//! The benchmark: what each flow costs in calls, units, dollars and CPU, and what a cold start does.
//!
//! ```sh
//! cargo run --release -p bench                # the tables
//! cargo run --release -p bench -- --markdown  # into docs/performance.md as well
//! cargo run --release -p bench -- --quick     # fewer repetitions, a hundred customers
//! cargo run --release -p bench -- --erasure   # only a customer with ten thousand items
//! cargo run --release -p bench -- --beside    # only what is compared with npm's oidc-provider
//! ```
//!
//! Counts are exact and the same on every machine; it ends with 1 when an aim for one of them is
//! missed. Times are CPU time of the functions' own processes, or ratios within one run: they are
//! printed beside their aims, and fail nothing.

mod aims;
mod beside;
mod binaries;
mod browser;
mod cold;
mod counts;
mod cpu;
mod crowd;
mod dollars;
mod erasure;
mod export;
mod flows;
mod lambda;
mod machine;
mod sizes;
mod stage;
mod table;
mod tally;
mod tls;

use std::{io::Write as _, path::PathBuf, process::ExitCode};

use clap::Parser;

use crate::{
    aims::Aims,
    binaries::Binaries,
    counts::Counted,
    machine::{Machine, Setup, SigningMode},
    table::Table,
};

/// Anything that can go wrong; the text is for the person who started the benchmark.
pub(crate) type Outcome<T> = Result<T, Box<dyn std::error::Error + Send + Sync>>;

/// What each flow of Portico costs.
#[derive(Parser)]
struct Arguments {
    /// Repeat less, and leave out the hundred thousand customers.
    #[arg(long)]
    quick: bool,
    /// Write the tables into docs/performance.md too.
    #[arg(long)]
    markdown: bool,
    /// Measure what `sam build` put into this folder instead of building the functions.
    #[arg(long, value_name = "FOLDER")]
    sam: Option<PathBuf>,
    /// Measure copies of customers' data, and nothing else.
    #[arg(long)]
    copies: bool,
    /// Build nothing: what is there is up to date.
    #[arg(long)]
    no_build: bool,
    /// Only the erasure of a customer with many items.
    #[arg(long)]
    erasure: bool,
    /// Only what is compared with npm's oidc-provider.
    #[arg(long)]
    beside: bool,
    /// Where oidc-provider is installed; it is not measured where it is not.
    #[arg(long, value_name = "FOLDER")]
    oidc_provider: Option<PathBuf>,
}

impl Arguments {
    fn effort(&self) -> Effort {
        if self.quick { QUICK } else { FULL }
    }
}

/// How often what is timed is repeated, and how many customers there are in the end.
#[derive(Clone, Copy)]
pub(crate) struct Effort {
    requests: usize,
    starts: usize,
    customers: usize,
}

const FEW: usize = 100;
const QUICK: Effort = Effort { requests: 8, starts: 5, customers: FEW };
const FULL: Effort = Effort { requests: 100, starts: 25, customers: 100_000 };

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return failed(&error),
    };
    match runtime.block_on(run(&arguments)) {
        Ok(aims) if aims.counts_met() => ExitCode::SUCCESS,
        Ok(_) => ExitCode::FAILURE,
        Err(error) => failed(error.as_ref()),
    }
}

fn failed(error: &(dyn std::error::Error + 'static)) -> ExitCode {
    let _ = writeln!(std::io::stderr(), "bench: {error}");
    ExitCode::FAILURE
}

async fn run(arguments: &Arguments) -> Outcome<Aims> {
    let effort = arguments.effort();
    let mut report = Report::default();
    let mut aims = Aims::default();
    if arguments.copies {
        report.say(&export::measure(&Binaries::here(arguments.sam.clone())?, &mut aims).await?)?;
        return Ok(aims);
    }

    let binaries = Binaries::here(arguments.sam.clone())?;
    if arguments.erasure {
        if !arguments.no_build {
            binaries.build(&binaries::FUNCTIONS).await?;
        }
        report.say(&erasure::measure(&binaries, &mut aims).await?)?;
        return Ok(aims);
    }

    if arguments.beside {
        if !arguments.no_build {
            binaries.build(&beside::FUNCTIONS).await?;
        }
        let machine = Machine::start(&Setup::counting(SigningMode::KmsWrapped)).await?;
        let counted = counts::count(&machine, &beside::flows(), counts::Follow::Nothing).await?;
        machine.system.stop().await;
        report.beside(&binaries, arguments, &counted).await?;
        return Ok(aims);
    }

    let machine = Machine::start(&Setup::counting(SigningMode::KmsWrapped)).await?;
    crowd::grow(&machine, FEW).await?;
    let wrapped = counts::count(&machine, &flows::all(), counts::Follow::Streams).await?;
    report.say(&counts::table("kms-wrapped", &wrapped))?;
    let in_kms = Machine::start(&Setup::counting(SigningMode::Kms)).await?;
    let kms = counts::count(&in_kms, &flows::all(), counts::Follow::Streams).await?;
    report.say(&counts::kms_table(&kms))?;
    counts::judge(&wrapped, &kms, &mut aims);
    if effort.customers > FEW {
        crowd::grow(&machine, effort.customers).await?;
        let many = counts::count(&machine, &flows::all(), counts::Follow::Nothing).await?;
        report.say(&counts::crowd_table(FEW, &wrapped, effort.customers, &many, &mut aims))?;
    }
    in_kms.system.stop().await;
    machine.system.stop().await;

    if !arguments.no_build {
        binaries.build(&binaries::FUNCTIONS).await?;
    }
    report.say(&sizes::table(&binaries, &mut aims).await?)?;
    let cpu = cpu::measure(&binaries, effort).await?;
    report.say(&cpu.table(&mut aims))?;
    report.say(&dollars::table(&wrapped, &kms, &cpu, &mut aims)?)?;
    report.beside(&binaries, arguments, &wrapped).await?;
    report.say(&dollars::sealing(&wrapped, &cpu)?)?;
    for table in cold::measure(&binaries, effort, &mut aims).await? {
        report.say(&table)?;
    }
    report.say(&erasure::measure(&binaries, &mut aims).await?)?;
    report.say(&export::measure(&binaries, &mut aims).await?)?;
    report.say(&aims.table())?;
    if arguments.markdown {
        report.keep()?;
    }
    Ok(aims)
}

/// What has been said so far.
#[derive(Default)]
struct Report(String);

impl Report {
    fn say(&mut self, table: &Table) -> std::io::Result<()> {
        let text = table.to_string();
        self.0.push_str(&text);
        self.0.push('\n');
        writeln!(std::io::stdout(), "{text}")
    }

    /// The table of both, or why there is none.
    async fn beside(&mut self, binaries: &Binaries, arguments: &Arguments, counted: &[Counted]) -> Outcome<()> {
        let folder = arguments.oidc_provider.clone().unwrap_or_else(|| binaries::root().join("bench/oidc-provider"));
        match beside::measure(binaries, arguments.effort(), &folder, counted).await? {
            Some(table) => self.say(&table)?,
            None => writeln!(std::io::stderr(), "bench: no oidc-provider: `npm ci` in {}\n", folder.display())?,
        }
        Ok(())
    }

    /// Replaces what stands between the markers of the document.
    fn keep(&self) -> Outcome<()> {
        const MARKS: (&str, &str) = ("<!-- bench:begin -->", "<!-- bench:end -->");
        let path = binaries::root().join("docs/performance.md");
        let old = std::fs::read_to_string(&path)?;
        let (before, rest) = old.split_once(MARKS.0).ok_or("docs/performance.md has no place for the tables")?;
        let (_, after) = rest.split_once(MARKS.1).ok_or("docs/performance.md has no end of the tables")?;
        std::fs::write(path, format!("{before}{}\n\n{}{}{after}", MARKS.0, self.0, MARKS.1))?;
        Ok(())
    }
}
