//! CPU of each request in its function's own process, and how much of a login is the hash.

use std::collections::HashMap;

use domain::{Hasher, Key32, Password, PasswordHash, Rng, Settings};
use nix::time::{ClockId, clock_gettime};

use crate::{
    Effort, Outcome,
    aims::Aims,
    binaries::Binaries,
    flows::{self, Flow},
    machine::{Hash, PASSWORD, Setup},
    stage::{Stage, median},
    table::{Table, ms},
};

/// What each flow's requests took.
pub(crate) struct Cpu {
    rows: Vec<(Flow, Row)>,
    hash: f64,
}

/// What a flow's requests took, in milliseconds of CPU.
#[derive(Clone, Copy, Default)]
pub(crate) struct Row {
    /// A new instance, from its start to its first answer.
    pub(crate) cold: f64,
    /// A later request.
    pub(crate) warm: f64,
    /// The memory that the template gives the function.
    pub(crate) memory_mb: f64,
}

/// Requests that are not counted: connections are made, memory is touched.
const WARM_UP: usize = 5;

/// Measures all flows.
pub(crate) async fn measure(binaries: &Binaries, effort: Effort) -> Outcome<Cpu> {
    let stage = Stage::open(binaries, &Setup::timing(Hash::Deployed)).await?;
    let mut hashing = Hashing::new()?;
    let (mut rows, mut hashes) = (Vec::new(), Vec::new());
    for flow in flows::all().into_iter().filter(|flow| flow.like.is_none()) {
        let mut works = Vec::new();
        for _ in 0..WARM_UP + effort.requests {
            works.push(flow.prepare(&stage.machine).await?);
        }
        let process = stage.process(flow.function).await?;
        let start = process.start.cpu;
        let samples = stage.play(flow.function, process);
        let mut all = Vec::new();
        for work in works {
            work.run(&stage.machine).await.map_err(|error| format!("{}: {error}", flow.name))?;
            all.extend(samples.take().into_iter().map(|spent| spent.cpu));
            if flow.name == "login" {
                // in turn, so that whatever else the machine does slows both alike
                hashes.push(hashing.once().await?);
            }
        }
        stage.clear();
        let first = all.first().copied().unwrap_or_default();
        #[expect(clippy::cast_precision_loss, reason = "megabytes")]
        let memory_mb = stage.machine.system.instance(flow.function)?.memory_mb as f64;
        let warm = median(all.into_iter().skip(WARM_UP));
        rows.push((flow, Row { cold: start + first, warm, memory_mb }));
    }
    let hash = median(hashes.into_iter().skip(WARM_UP));
    stage.machine.system.stop().await;
    Ok(Cpu { rows, hash })
}

impl Cpu {
    /// What each flow took, by its name.
    pub(crate) fn by_name(&self) -> HashMap<&'static str, Row> {
        self.rows.iter().map(|(flow, row)| (flow.name, *row)).collect()
    }

    /// The table.
    pub(crate) fn table(&self, aims: &mut Aims) -> Table {
        let head = ["flow", "function", "memory, MB", "CPU, warm, ms", "CPU, start to first answer, ms"];
        let mut table = Table::new("CPU of each request in its function's own process", &head);
        for (flow, row) in &self.rows {
            let memory = format!("{:.0}", row.memory_mb);
            table.row([flow.name.to_owned(), flow.function.to_owned(), memory, ms(row.warm), ms(row.cold)]);
        }
        let rows = self.by_name();
        let warm = |name: &str| rows.get(name).map(|row| row.warm).unwrap_or_default();
        let login = warm("login");
        let share = if login > 0.0 { self.hash / login } else { 0.0 };
        table.note(format!(
            "The hash alone takes {} ms in memory that is reused: {share:.2} of a login. Each value is the median of \
             single requests, over TLS, until the process asks for the next one.",
            ms(self.hash)
        ));
        aims.time("login: share of CPU in the hash", "≥ 0.9", format!("{share:.2}"), share >= 0.9);
        for name in ["refresh", "introspect", "GET /v1/me"] {
            let found = warm(name);
            aims.time(format!("{name}: CPU"), "≤ 1 ms", format!("{} ms", ms(found)), found <= 1.0);
        }
        let found = warm("passkey sign-in");
        aims.time("passkey sign-in: CPU", "≤ 2 ms", format!("{} ms", ms(found)), found <= 2.0);
        table
    }
}

/// The hash of a login, alone.
struct Hashing {
    hasher: std::sync::Arc<Hasher>,
    hash: PasswordHash,
}

impl Hashing {
    fn new() -> Outcome<Self> {
        // without settings it is the template's defaults
        let hasher = Hasher::read(&Settings::default())?;
        let hash = hasher.hash(&Password::new(PASSWORD), &pepper(), &Rng::seeded([2; 32]))?;
        Ok(Self { hasher: hasher.into(), hash })
    }

    /// The CPU of one verification, in milliseconds.
    async fn once(&mut self) -> Outcome<f64> {
        let (hasher, hash) = (self.hasher.clone(), self.hash.clone());
        tokio::task::spawn_blocking(move || {
            let before = thread_ms()?;
            let is_right = hasher.verify(&Password::new(PASSWORD), Some(&hash), &pepper())?;
            if is_right { Ok(thread_ms()? - before) } else { Err("the hash is wrong".into()) }
        })
        .await?
    }
}

fn pepper() -> Key32 {
    Key32::new([1; 32])
}

#[expect(clippy::cast_precision_loss, reason = "seconds and nanoseconds of one thread")]
fn thread_ms() -> Outcome<f64> {
    let now = clock_gettime(ClockId::CLOCK_THREAD_CPUTIME_ID)?;
    Ok(now.tv_sec() as f64 * 1e3 + now.tv_nsec() as f64 / 1e6)
}
