//! The command line: sub-commands, and what all of them take.

use clap::{Args, CommandFactory, Parser, Subcommand};
use event_store::options::DatabaseOptions;
use tracing_subscriber::EnvFilter;

use crate::failure::Failure;
use crate::output::OutputOptions;
use crate::{
    doctor, evaluate, events, manual, projection, report, session, simulate, stats, verify, what_if,
};

const AFTER_HELP: &str = "\
Data goes to standard output: a table on a terminal, JSON lines in a pipe (see -o). Messages go to standard error.
Reading never changes anything: the database is opened so that it refuses to.

Exit codes: 0 ok, 1 failure, 2 usage, 3 not found, 4 conflict, 5 verification failed, 6 database unreachable,
7 denied, 130 interrupted.

Examples:
  flowpilot-replay events tail --follow
  flowpilot-replay events list --type session.step_answered --since 2026-11-01T00:00:00Z -o csv > answers.csv
  flowpilot-replay session diff 0198c0de-… version:3 now
  flowpilot-replay verify --head 12:4f0c…
  flowpilot-replay events export --to log.jsonl";

/// Looks into FlowPilot's event log, travels in time, and checks what is stored.
#[derive(Debug, Parser)]
#[command(name = "flowpilot-replay", version, after_help = AFTER_HELP)]
pub(crate) struct Arguments {
    #[command(flatten)]
    options: Options,
    #[command(subcommand)]
    command: Command,
}

/// What all sub-commands take.
#[derive(Debug, Args)]
pub(crate) struct Options {
    /// The database and its key.
    #[command(flatten)]
    pub(crate) database: DatabaseOptions,
    /// How the output looks.
    #[command(flatten)]
    pub(crate) output: OutputOptions,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// List, show, follow and count events.
    Events(events::EventsArguments),
    /// Show a session as it is or was, and what changed.
    Session(session::SessionArguments),
    /// Check that what is stored is as it was written, whole and readable; print the ledger's head.
    ///
    /// Keep the head elsewhere and give it to a later run: then nothing up to it can be changed or cut off unseen, not even
    /// by somebody who may write every table.
    Verify(verify::VerifyArguments),
    /// Show how many events there are, by type, account and day, and how the log grows.
    Stats(stats::StatsArguments),
    /// Answer what analysts ask again and again, from the read models: funnel, paths, calibration and more.
    ///
    /// Nothing in a report is personal. Each is one query over the views of schema bi, which --sql prints.
    Report(report::ReportArguments),
    /// Say what recorded decisions would have been under other rules.
    WhatIf(what_if::WhatIfArguments),
    /// Say how good FlowPilot is at what it does, on examples whose answer is known; needs no database.
    Evaluate(evaluate::EvaluateArguments),
    /// Examine server, settings, schema, keys, read models and ledger; say what harms.
    Doctor,
    /// Show where the read models stand; verify them, build them anew, pause them.
    Projection(projection::ProjectionArguments),
    /// Add a new account with a history: months of sessions, for demos, tests and benches.
    ///
    /// Everything goes through the domain, as if people had done it: the playbook guides by the starter flows, sessions are
    /// followed, leave their flow, fit none, are escalated, abandoned, reopened and rated. Read models follow when a server
    /// runs on the database; while the history is written, none may.
    Simulate(simulate::SimulateArguments),
    /// Print a shell's completion script.
    ///
    /// For bash: flowpilot-replay completion bash > ~/.local/share/bash-completion/completions/flowpilot-replay
    Completion(manual::CompletionArguments),
    /// Print the manual page, or write those of all sub-commands.
    Man(manual::ManArguments),
}

/// Runs what the arguments ask for, until Ctrl-C.
pub(crate) fn run(arguments: Arguments) -> anyhow::Result<()> {
    let Arguments { options, command } = arguments;
    tracing_subscriber::fmt()
        .with_env_filter(EnvFilter::new("warn"))
        .with_writer(std::io::stderr)
        .with_ansi(false)
        .without_time()
        .with_target(false)
        .init();
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    runtime.block_on(async {
        tokio::select! {
            outcome = carry_out(&options, command) => outcome,
            _ = tokio::signal::ctrl_c() => Err(Failure::Interrupted.into()),
        }
    })
}

async fn carry_out(options: &Options, command: Command) -> anyhow::Result<()> {
    if options.output.is_parquet() && !matches!(&command, Command::Events(asked) if asked.are_a_list()) {
        let why = "Parquet holds events: `events list -o parquet` and `events export --format parquet` write it; \
                   everything else is a table, JSON or CSV";
        return Err(Failure::Usage(why.to_owned()).into());
    }
    match command {
        Command::Events(arguments) => events::run(options, arguments).await,
        Command::Session(arguments) => session::run(options, arguments).await,
        Command::Verify(arguments) => verify::run(options, arguments).await,
        Command::Stats(arguments) => stats::run(options, arguments).await,
        Command::Report(arguments) => report::run(options, arguments).await,
        Command::WhatIf(arguments) => what_if::run(options, arguments).await,
        Command::Evaluate(arguments) => evaluate::run(options, arguments).await,
        Command::Doctor => doctor::run(options).await,
        Command::Projection(arguments) => projection::run(options, arguments).await,
        Command::Simulate(arguments) => simulate::run(options, arguments).await,
        Command::Completion(arguments) => manual::complete(Arguments::command(), &arguments),
        Command::Man(arguments) => manual::man(Arguments::command(), &arguments),
    }
}
