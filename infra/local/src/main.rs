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
}

#[tokio::main]
async fn main() -> ExitCode {
    match run(Arguments::parse()).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let _ = writeln!(std::io::stderr(), "Portico did not start: {error}.");
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
        settings: vec![("CLIENTS".to_owned(), demo.clients())],
        ..Options::interactive()
    };
    let signals = Signals::new().map_err(|error| StartError::SetUp(error.to_string()))?;
    let system = System::start(options).await?;
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
