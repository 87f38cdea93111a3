//! Runs the whole system on this machine, until Ctrl-C.

mod lines;
mod welcome;

use std::{io::Write, path::PathBuf, process::ExitCode};

use clap::Parser;
use edge::{Level, Log};
use local::{Options, StartError, System};

/// Portico on this machine: the gateway, every function, and the AWS that they call.
#[derive(Parser)]
#[command(version)]
struct Arguments {
    /// The gateway's port; 0 for any
    #[arg(long, default_value_t = 3000)]
    port: u16,
    /// The AWS endpoint's port; 0 for any
    #[arg(long, default_value_t = 4566)]
    aws_port: u16,
    /// Keep everything in this folder across restarts; otherwise it is gone at the end
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
    /// Give every function this setting, on top of what template.yaml gives it; a parameter's is its
    /// name in capitals, such as EMAIL_SIGN_IN
    #[arg(long, value_name = "NAME=VALUE", value_parser = setting)]
    set: Vec<(String, String)>,
    /// Write the functions' environments into this file, for `sam local invoke --env-vars`
    #[arg(long, value_name = "FILE")]
    env_vars: Option<PathBuf>,
}

fn setting(text: &str) -> Result<(String, String), String> {
    let (name, value) = text.split_once('=').ok_or("not NAME=VALUE")?;
    Ok((name.to_owned(), value.to_owned()))
}

#[tokio::main]
async fn main() -> ExitCode {
    match run(Arguments::parse()).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let error = error.to_string();
            let end = if error.ends_with('?') { "" } else { "." };
            let _ = writeln!(std::io::stderr(), "Portico did not start: {error}{end}");
            ExitCode::FAILURE
        }
    }
}

async fn run(arguments: Arguments) -> Result<(), StartError> {
    let demo = welcome::Demo::new();
    let (log, written) = Log::capture();
    let options = Options {
        port: arguments.port,
        aws_port: arguments.aws_port,
        data: arguments.data,
        log: log.at_least(Level::Info),
        settings: arguments.set.clone(),
        ..Options::interactive()
    };
    let signals = Signals::new().map_err(|error| StartError::SetUp(error.to_string()))?;
    let system = System::start(options).await?;
    // The clients' pages are on a port that is known only now.
    let clients = ("CLIENTS".to_owned(), demo.clients(&system.gateway_url()));
    let brands = ("BRANDS".to_owned(), welcome::brands());
    let settings: Vec<_> = [clients, brands].into_iter().chain(arguments.set).collect();
    // Apps on this machine may describe themselves, by http too.
    let parameters = [("ClientIdMetadataDocuments".to_owned(), "localhost,127.0.0.1".to_owned())];
    system.update(&parameters, &settings).await?;
    if let Some(path) = arguments.env_vars {
        let text = serde_json::to_vec_pretty(&system.environments()).unwrap_or_default();
        std::fs::write(&path, text).map_err(|error| StartError::Data { path, error: error.to_string() })?;
    }
    system.live();
    let welcome = welcome::text(&system, &demo);
    // a closed pipe is no reason to stop
    let _ = writeln!(std::io::stdout(), "{welcome}");
    tokio::select! {
        () = signals.wait() => {}
        () = lines::follow(written.clone()) => {}
    }
    system.stop().await;
    lines::print(&written);
    let _ = writeln!(std::io::stdout(), "\nStopped.");
    Ok(())
}

/// Ctrl-C, and SIGTERM where there is one.
struct Signals {
    #[cfg(unix)]
    terminate: tokio::signal::unix::Signal,
}

impl Signals {
    fn new() -> std::io::Result<Signals> {
        Ok(Signals {
            #[cfg(unix)]
            terminate: tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate())?,
        })
    }

    #[cfg_attr(not(unix), expect(unused_mut, reason = "only Unix has a second signal"))]
    async fn wait(mut self) {
        #[cfg(unix)]
        tokio::select! {
            _ = tokio::signal::ctrl_c() => {}
            _ = self.terminate.recv() => {}
        }
        #[cfg(not(unix))]
        let _ = tokio::signal::ctrl_c().await;
    }
}
