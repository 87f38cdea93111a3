//! Lambda's runtime API, for one process of a function, and the CPU that the process uses.

use std::{
    path::Path,
    process::Stdio,
    sync::Arc,
    time::{Duration, Instant},
};

use axum::{
    Router,
    body::{Body, Bytes},
    extract::{DefaultBodyLimit, State},
    http::{Response, StatusCode},
    routing::{get, post},
};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use nix::{time::ClockId, unistd::Pid};
use serde_json::{Value, json};
use tokio::{
    net::TcpListener,
    process::{Child, Command},
    sync::{Mutex, mpsc},
    task::JoinHandle,
};

use crate::Outcome;

/// A function in a process of its own. Dropped, it is ended.
pub(crate) struct Process {
    child: Child,
    clock: CpuClock,
    server: JoinHandle<()>,
    events: mpsc::UnboundedSender<Value>,
    said: mpsc::UnboundedReceiver<Said>,
    /// From its start until it asked for its first event.
    pub(crate) start: Spent,
}

/// What something took.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Spent {
    /// On the clock, in milliseconds.
    pub(crate) wall: f64,
    /// Of the process's CPU, in milliseconds.
    pub(crate) cpu: f64,
}

/// What a process said to the runtime API.
enum Said {
    Next(Instant),
    Answer(Value, Instant),
    Failed(String),
}

struct Api {
    events: Mutex<mpsc::UnboundedReceiver<Value>>,
    said: mpsc::UnboundedSender<Said>,
}

/// As long as any function may take: the run has five minutes.
const PATIENCE: Duration = Duration::from_secs(300);

impl Process {
    /// Starts a function and waits until it asks for its first event.
    pub(crate) async fn start(binary: &Path, environment: &[(String, String)]) -> Outcome<Self> {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
        let address = listener.local_addr()?.to_string();
        let (events, waiting) = mpsc::unbounded_channel();
        let (say, said) = mpsc::unbounded_channel();
        let router = router(Api { events: Mutex::new(waiting), said: say });
        let server = tokio::spawn(async move {
            // it serves until it is aborted
            let _ = axum::serve(listener, router).await;
        });
        let began = Instant::now();
        let child = Command::new(binary)
            .env_clear()
            .envs(environment.iter().map(|(name, value)| (name, value)))
            .env("AWS_LAMBDA_RUNTIME_API", address)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .kill_on_drop(true)
            .spawn()
            .map_err(|error| format!("{}: {error}", binary.display()))?;
        let clock = CpuClock::of(&child)?;
        let mut process = Self { child, clock, server, events, said, start: Spent::default() };
        let asked = process.idle().await?;
        process.start = Spent { wall: ms(asked - began), cpu: process.clock.ms()? };
        Ok(process)
    }

    /// Has it answer an event. The CPU is counted until it asks for the next one, as Lambda bills it
    /// to nobody else.
    pub(crate) async fn invoke(&mut self, event: Value) -> Outcome<(Value, Spent)> {
        let (began, before) = (Instant::now(), self.clock.ms()?);
        self.events.send(event)?;
        let (answer, at) = match self.hear().await? {
            Said::Answer(answer, at) => (answer, at),
            Said::Failed(error) => return Err(error.into()),
            Said::Next(_) => return Err("the function asked for an event before it answered one".into()),
        };
        self.idle().await?;
        Ok((answer, Spent { wall: ms(at - began), cpu: self.clock.ms()? - before }))
    }

    /// How much memory it has needed at most, in MB.
    pub(crate) fn peak_mb(&self) -> Outcome<f64> {
        let id = self.child.id().ok_or("the process is gone")?;
        let status = std::fs::read_to_string(format!("/proc/{id}/status"))?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).ok_or("no VmHWM")?;
        let kib: f64 = line.trim().trim_end_matches("kB").trim().parse()?;
        Ok(kib * 1024.0 / 1e6)
    }

    async fn idle(&mut self) -> Outcome<Instant> {
        match self.hear().await? {
            Said::Next(at) => Ok(at),
            Said::Failed(error) => Err(error.into()),
            Said::Answer(..) => Err("the function answered twice".into()),
        }
    }

    async fn hear(&mut self) -> Outcome<Said> {
        tokio::select! {
            said = self.said.recv() => said.ok_or_else(|| "the runtime API stopped".into()),
            status = self.child.wait() => Err(format!("the function ended: {}", status?).into()),
            () = tokio::time::sleep(PATIENCE) => Err("the function does not answer".into()),
        }
    }

    /// Where its memory is read, as long as it runs.
    pub(crate) fn memory(&self) -> Outcome<Memory> {
        Memory::of(&self.child)
    }
}

/// The CPU that a process has used.
pub(crate) struct CpuClock(ClockId);

impl CpuClock {
    /// That of a process which runs.
    pub(crate) fn of(child: &Child) -> Outcome<Self> {
        let pid = child.id().and_then(|id| i32::try_from(id).ok()).ok_or("the process is gone")?;
        Ok(Self(ClockId::pid_cpu_clock_id(Pid::from_raw(pid))?))
    }

    /// So far, in milliseconds.
    #[expect(clippy::cast_precision_loss, reason = "seconds and nanoseconds of one process")]
    pub(crate) fn ms(&self) -> Outcome<f64> {
        let now = self.0.now()?;
        Ok(now.tv_sec() as f64 * 1e3 + now.tv_nsec() as f64 / 1e6)
    }
}

/// The memory of a process.
pub(crate) struct Memory(u32);

impl Memory {
    /// That of a process which runs.
    pub(crate) fn of(child: &Child) -> Outcome<Self> {
        Ok(Self(child.id().ok_or("the process is gone")?))
    }

    /// The most that it ever had, in megabytes.
    pub(crate) fn peak_mb(&self) -> Outcome<f64> {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.0))?;
        let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:")?.split_whitespace().next());
        Ok(peak.ok_or("the system does not say")?.parse::<f64>()? / 1024.0)
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.server.abort();
    }
}

fn ms(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1e3
}

fn router(api: Api) -> Router {
    Router::new()
        .route("/2018-06-01/runtime/invocation/next", get(next))
        .route("/2018-06-01/runtime/invocation/{id}/response", post(response))
        .route("/2018-06-01/runtime/invocation/{id}/error", post(error))
        .route("/2018-06-01/runtime/init/error", post(error))
        // A copy of somebody's data is larger than what a body usually may be.
        .layer(DefaultBodyLimit::disable())
        .with_state(Arc::new(api))
}

async fn next(State(api): State<Arc<Api>>) -> Result<Response<Body>, StatusCode> {
    let gone = |_| StatusCode::GONE;
    api.said.send(Said::Next(Instant::now())).map_err(|_| StatusCode::GONE)?;
    let event = api.events.lock().await.recv().await.ok_or(StatusCode::GONE)?;
    let deadline = edge::Clock::System.now().as_millisecond() + 60_000;
    Response::builder()
        .header("content-type", "application/json")
        .header("lambda-runtime-aws-request-id", "00000000-0000-4000-8000-000000000000")
        .header("lambda-runtime-deadline-ms", deadline)
        .header("lambda-runtime-invoked-function-arn", "arn:aws:lambda:us-east-1:000000000000:function:bench")
        .body(Body::from(event.to_string()))
        .map_err(gone)
}

async fn response(State(api): State<Arc<Api>>, body: Bytes) -> StatusCode {
    let at = Instant::now();
    let said = match read(&body) {
        Ok(answer) => Said::Answer(answer, at),
        Err(error) => Said::Failed(format!("the answer is no JSON: {error}")),
    };
    heard(&api, said)
}

/// An answer: JSON, or one that was streamed: its head, eight zeros, its body.
fn read(answer: &[u8]) -> Result<Value, serde_json::Error> {
    const ZEROS: [u8; 8] = [0; 8];
    let Some(at) = answer.windows(ZEROS.len()).position(|window| window == ZEROS) else {
        return serde_json::from_slice(answer);
    };
    let (head, rest) = answer.split_at(at);
    let mut head: Value = serde_json::from_slice(head)?;
    if let Some(head) = head.as_object_mut() {
        head.insert("body".to_owned(), json!(STANDARD.encode(rest.get(ZEROS.len()..).unwrap_or_default())));
        head.insert("isBase64Encoded".to_owned(), json!(true));
    }
    Ok(head)
}

async fn error(State(api): State<Arc<Api>>, body: Bytes) -> StatusCode {
    heard(&api, Said::Failed(String::from_utf8_lossy(&body).into_owned()))
}

fn heard(api: &Api, said: Said) -> StatusCode {
    match api.said.send(said) {
        Ok(()) => StatusCode::ACCEPTED,
        Err(_) => StatusCode::GONE,
    }
}
