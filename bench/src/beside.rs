//! Portico beside npm's oidc-provider: the same requests to both, in turn, so that whatever else the machine does
//! slows both, and the CPU of the process that answers.

use std::{path::Path, process::Stdio, time::Duration};

use reqwest::{Client, Method, RequestBuilder, redirect::Policy};
use serde_json::Value;
use tokio::{
    io::{AsyncBufReadExt as _, BufReader, Lines},
    process::{Child, ChildStdout, Command},
};

use crate::{
    Effort, Outcome,
    binaries::Binaries,
    browser::{Browser, exchange, wanted},
    counts::Counted,
    dollars,
    flows::{self, Flow},
    lambda::{CpuClock, Memory},
    machine::{Hash, Setup, text},
    stage::{Stage, median},
    table::{Table, ms},
};

/// The flows that both answer.
const SHARED: [&str; 4] = ["client_credentials", "refresh", AUTHORIZE, CODE];
const AUTHORIZE: &str = "authorize, signed in";
const CODE: &str = "token for a code";
/// The functions of those.
pub(crate) const FUNCTIONS: [&str; 2] = ["authorize", "token"];
/// What is not counted of Portico's: connections are made, memory is touched.
const WARM_UP: usize = 20;

/// The flows that are compared.
pub(crate) fn flows() -> Vec<Flow> {
    flows::all().into_iter().filter(|flow| SHARED.contains(&flow.name)).collect()
}

/// Measures both, if oidc-provider is there.
pub(crate) async fn measure(
    binaries: &Binaries,
    effort: Effort,
    folder: &Path,
    wrapped: &[Counted],
) -> Outcome<Option<Table>> {
    let Some(version) = installed(folder) else { return Ok(None) };
    let stage = Stage::open(binaries, &Setup::timing(Hash::Cheap)).await?;
    let provider = Provider::start(folder).await?;
    let head = [
        "request",
        "DynamoDB calls",
        "dollars per million",
        "Portico: CPU, ms",
        "mean",
        "oidc-provider: CPU, ms",
        "mean",
    ];
    let mut table = Table::new("Beside oidc-provider, on this machine and in this run", &head);
    let mut sum = Line::default();
    for name in SHARED {
        let counted = wrapped.iter().find(|counted| counted.flow.name == name).ok_or("a flow was not counted")?;
        let line = compare(&stage, &provider, counted, effort).await?;
        table.row(line.cells(name));
        if [AUTHORIZE, CODE].contains(&name) {
            sum.add(&line);
        }
    }
    table.row(sum.cells("both: a sign-in to the next app"));
    table.note(format!(
        "oidc-provider {version} on Node.js {}, with its own store in memory; its process started in {} ms of CPU and \
         had {:.0} MB at most. It had answered each request {} times before. Each value is the median and the mean of \
         single requests, from the request until the process is idle.",
        provider.node,
        ms(provider.started),
        provider.memory.peak_mb()?,
        effort.requests * WARM_UP,
    ));
    stage.machine.system.stop().await;
    Ok(Some(table))
}

/// The version that is installed in a folder.
fn installed(folder: &Path) -> Option<String> {
    let manifest = std::fs::read_to_string(folder.join("node_modules/oidc-provider/package.json")).ok()?;
    text(&serde_json::from_str::<Value>(&manifest).ok()?, "/version").ok()
}

/// What one request takes.
#[derive(Default)]
struct Line {
    calls: usize,
    dollars: f64,
    ours: [f64; 2],
    theirs: [f64; 2],
}

impl Line {
    fn cells(&self, name: &str) -> Vec<String> {
        let cpu = self.ours.into_iter().chain(self.theirs).map(ms);
        [name.to_owned(), self.calls.to_string(), crate::table::dollars(self.dollars)].into_iter().chain(cpu).collect()
    }

    fn add(&mut self, other: &Self) {
        self.calls += other.calls;
        self.dollars += other.dollars;
        for (sum, more) in self.ours.iter_mut().chain(&mut self.theirs).zip(other.ours.iter().chain(&other.theirs)) {
            *sum += more;
        }
    }
}

async fn compare(stage: &Stage<'_>, provider: &Provider, counted: &Counted, effort: Effort) -> Outcome<Line> {
    let flow = &counted.flow;
    // Its code is compiled while it runs: what it does often is fast.
    for _ in 0..effort.requests * WARM_UP {
        provider.send(provider.prepare(flow.name).await?).await?;
    }
    let requests = WARM_UP + effort.requests * 4;
    let mut works = Vec::new();
    for _ in 0..requests {
        works.push(flow.prepare(&stage.machine).await?);
    }
    let process = stage.process(flow.function).await?;
    let samples = stage.play(flow.function, process);
    let (mut ours, mut theirs) = (Vec::new(), Vec::new());
    for work in works {
        work.run(&stage.machine).await.map_err(|error| format!("{}: {error}", flow.name))?;
        ours.extend(samples.take().into_iter().map(|spent| spent.cpu));
        let request = provider.prepare(flow.name).await?;
        let before = provider.idle().await?;
        provider.send(request).await?;
        theirs.push(provider.idle().await? - before);
    }
    stage.clear();
    let (ours, theirs) = (middle(ours), middle(theirs));
    #[expect(clippy::cast_precision_loss, reason = "megabytes")]
    let memory_mb = stage.machine.system.instance(flow.function)?.memory_mb as f64;
    let dollars = dollars::total(counted, ours[0], memory_mb)?;
    Ok(Line { calls: counted.warm.calls.calls, dollars, ours, theirs })
}

/// Median and mean, once both are warm.
#[expect(clippy::cast_precision_loss, reason = "some hundred requests")]
fn middle(all: Vec<f64>) -> [f64; 2] {
    let warm: Vec<f64> = all.into_iter().skip(WARM_UP).collect();
    let (sum, count) = (warm.iter().sum::<f64>(), warm.len().max(1));
    [median(warm), sum / count as f64]
}

/// oidc-provider in a process of its own. Dropped, it is ended.
struct Provider {
    _child: Child,
    _said: Lines<BufReader<ChildStdout>>,
    clock: CpuClock,
    memory: Memory,
    http: Client,
    at: String,
    /// The version of Node.js.
    node: String,
    /// What its start took, in milliseconds of CPU.
    started: f64,
}

impl Provider {
    async fn start(folder: &Path) -> Outcome<Self> {
        let mut child = Command::new("node")
            .arg("server.js")
            .current_dir(folder)
            .env("NODE_ENV", "production")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn()
            .map_err(|error| format!("node: {error}"))?;
        let clock = CpuClock::of(&child)?;
        let memory = Memory::of(&child)?;
        let mut said = BufReader::new(child.stdout.take().ok_or("node says nothing")?).lines();
        let place = loop {
            let line = said.next_line().await?.ok_or("oidc-provider ended")?;
            if let Some(place) = line.strip_prefix("listening at ") {
                break place.to_owned();
            }
        };
        let (at, node) = place.split_once(" on Node.js ").ok_or("oidc-provider does not say where it is")?;
        let (at, node) = (at.to_owned(), node.to_owned());
        let http = Client::builder().redirect(Policy::none()).build()?;
        let mut provider = Self { _child: child, _said: said, clock, memory, http, at, node, started: 0.0 };
        provider.started = provider.idle().await?;
        Ok(provider)
    }

    /// The request of a flow, once all that comes before it is done.
    async fn prepare(&self, name: &str) -> Outcome<RequestBuilder> {
        match name {
            "client_credentials" => {
                let fields = [("grant_type", "client_credentials"), ("scope", "orders:read")];
                Ok(self.token().form(&fields).basic_auth("billing", Some("secret")))
            }
            AUTHORIZE => {
                let mut browser = Browser::default();
                self.sign_in(&mut browser).await?;
                Ok(browser.with_cookies(self.authorize()))
            }
            CODE => self.code().await,
            _ => {
                let answer: Value = serde_json::from_str(&self.send(self.code().await?).await?)?;
                let token = text(&answer, "/refresh_token")?;
                let fields = [("grant_type", "refresh_token"), ("client_id", "web"), ("refresh_token", &*token)];
                Ok(self.token().form(&fields))
            }
        }
    }

    fn token(&self) -> RequestBuilder {
        self.http.request(Method::POST, format!("{}/token", self.at))
    }

    fn authorize(&self) -> RequestBuilder {
        self.http.request(Method::GET, format!("{}/auth", self.at)).query(&wanted())
    }

    /// Signs a new browser in, as far as the app.
    async fn sign_in(&self, browser: &mut Browser) -> Outcome<reqwest::Url> {
        let mut place = browser.led(self.authorize()).await?;
        while place.as_str().starts_with(&self.at) {
            place = browser.led(self.http.get(place)).await?;
        }
        Ok(place)
    }

    async fn code(&self) -> Outcome<RequestBuilder> {
        let mut browser = Browser::default();
        self.sign_in(&mut browser).await?;
        let back = browser.led(self.authorize()).await?;
        Ok(self.token().form(&exchange(&back)?))
    }

    /// Sends a request that has to be answered as it is meant.
    async fn send(&self, request: RequestBuilder) -> Outcome<String> {
        let answer = request.send().await?;
        let status = answer.status().as_u16();
        let text = answer.text().await?;
        if matches!(status, 200 | 303) { Ok(text) } else { Err(format!("oidc-provider: {status} {text}").into()) }
    }

    /// The CPU that it has used, once it has nothing left to do.
    async fn idle(&self) -> Outcome<f64> {
        let mut before = self.clock.ms()?;
        for _ in 0..500 {
            tokio::time::sleep(Duration::from_millis(3)).await;
            let now = self.clock.ms()?;
            if now - before < 0.02 {
                return Ok(now);
            }
            before = now;
        }
        Err("oidc-provider is never idle".into())
    }
}
