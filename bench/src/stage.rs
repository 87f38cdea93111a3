//! A system some of whose functions are processes of their own, as on Lambda.

use std::sync::{Arc, Mutex, PoisonError};

use edge::Function;
use tokio::sync::Mutex as AsyncMutex;

use crate::{
    Outcome,
    binaries::{Binaries, HELLO},
    lambda::{Process, Spent},
    machine::{Machine, Setup},
    tls::Tls,
};

/// The system, and the doors by which processes reach AWS.
pub(crate) struct Stage<'a> {
    /// The system.
    pub(crate) machine: Machine,
    /// The doors.
    pub(crate) tls: Tls,
    binaries: &'a Binaries,
}

/// What each event took, the oldest first.
#[derive(Clone, Default)]
pub(crate) struct Samples(Arc<Mutex<Vec<Spent>>>);

impl<'a> Stage<'a> {
    /// Sets it up.
    pub(crate) async fn open(binaries: &'a Binaries, setup: &Setup) -> Outcome<Self> {
        let machine = Machine::start(setup).await?;
        let port = machine.system.aws_url().rsplit(':').next().and_then(|port| port.parse().ok());
        let tls = Tls::open(port.ok_or("AWS has no port")?).await?;
        machine.resident().await?;
        Ok(Self { machine, tls, binaries })
    }

    /// A new process of a function, with the environment that the template gives it.
    pub(crate) async fn process(&self, function: &str) -> Outcome<Process> {
        // hello world is given what the smallest of ours is given
        let like = if function == HELLO { "wellknown" } else { function };
        let mut environment = self.machine.system.instance(like)?.environment;
        environment.extend(self.tls.environment());
        let started = Process::start(&self.binaries.path(function), &environment).await;
        started.map_err(|error| format!("{function}: {error}").into())
    }

    /// Puts a process in its function's place.
    pub(crate) fn play(&self, function: &str, process: Process) -> Samples {
        let samples = Samples::default();
        let (kept, process) = (samples.clone(), Arc::new(AsyncMutex::new(process)));
        let handler = move |event| -> edge::BoxFuture<'static, _> {
            let (kept, process) = (kept.clone(), process.clone());
            Box::pin(async move {
                let (answer, spent) = process.lock().await.invoke(event).await?;
                kept.0.lock().unwrap_or_else(PoisonError::into_inner).push(spent);
                Ok(answer)
            })
        };
        self.machine.system.substitute(function, Function::Event(Arc::new(handler)));
        samples
    }

    /// Sends the processes home.
    pub(crate) fn clear(&self) {
        self.machine.system.restart_functions();
    }
}

impl Samples {
    /// What the events since the last time took.
    pub(crate) fn take(&self) -> Vec<Spent> {
        std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// The one in the middle.
pub(crate) fn median(values: impl IntoIterator<Item = f64>) -> f64 {
    let mut sorted: Vec<f64> = values.into_iter().collect();
    sorted.sort_by(f64::total_cmp);
    sorted.get(sorted.len() / 2).copied().unwrap_or_default()
}
