//! FlowPilot's program: one binary, its sub-commands.

mod postgres_command;

use std::process::ExitCode;

use clap::Parser;

/// Guides service-desk engineers from a customer's complaint to a documented fix.
#[derive(Debug, Parser)]
#[command(name = "flowpilot", version)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    /// Fetch, start and use the private PostgreSQL.
    Postgres(postgres_command::PostgresArguments),
}

fn main() -> ExitCode {
    let Command::Postgres(arguments) = Arguments::parse().command;
    tracing_subscriber::fmt().with_writer(std::io::stderr).init();
    postgres_command::run(arguments).unwrap_or_else(|error| {
        complain(&error);
        ExitCode::FAILURE
    })
}

/// The whole chain of causes in one line, and never a backtrace.
#[expect(clippy::print_stderr, reason = "this is the command line")]
fn complain(error: &anyhow::Error) {
    eprintln!("flowpilot: {error:#}");
}
