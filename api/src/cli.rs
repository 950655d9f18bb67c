//! The command line: one binary, its sub-commands.
#![expect(clippy::print_stdout, reason = "this is the command line; tokens and schemas are its output")]

pub mod account;
pub mod prompt;

use std::process::ExitCode;

use anyhow::bail;
use clap::{Args, Parser, Subcommand};
use domain::clock::{Clock, SystemClock};

use crate::app::Database;
use crate::config::{Mode, Options, ServeOptions};
use crate::demo::DemoArguments;
use crate::{demo, postgres_command, serve, telemetry};

/// Guides service-desk engineers from a customer's complaint to a documented fix.
#[derive(Debug, Parser)]
#[command(name = "flowpilot", version)]
pub struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Run the server until Ctrl-C or SIGTERM.
    ///
    /// Without DATABASE_URL it starts a private PostgreSQL in the data folder. In development mode it makes its own
    /// secrets there and serves loopback only; FLOWPILOT_MODE=production wants FLOWPILOT_JWT_SECRET or FLOWPILOT_JWKS,
    /// and FLOWPILOT_MASTER_KEY.
    Serve(Box<ServeArguments>),
    /// Run the server with a demo account, play an example session through its API, and go on serving.
    Demo(Box<DemoServeArguments>),
    /// Print a token for a member.
    Token(TokenArguments),
    /// Open accounts and add their first owner.
    Account(account::AccountArguments),
    /// Show what a model was asked: personal content in clear, for whoever may read it.
    Prompt(prompt::PromptArguments),
    /// Bring the database's schema up to date and end.
    Migrate(MigrateArguments),
    /// Print the GraphQL schema.
    Schema,
    /// Fetch, start and use the private PostgreSQL.
    Postgres(postgres_command::PostgresArguments),
}

#[derive(Debug, Args)]
struct ServeArguments {
    #[command(flatten)]
    options: Options,
    #[command(flatten)]
    serve: ServeOptions,
}

#[derive(Debug, Args)]
struct DemoServeArguments {
    #[command(flatten)]
    options: Options,
    #[command(flatten)]
    serve: ServeOptions,
    #[command(flatten)]
    demo: DemoArguments,
}

#[derive(Debug, Args)]
struct MigrateArguments {
    #[command(flatten)]
    options: Options,
}

#[derive(Debug, Args)]
struct TokenArguments {
    #[command(flatten)]
    options: Options,
    /// A member's id; in development mode also the name of a demo member: engineer, engineer2, admin, analyst, owner.
    #[arg(long, value_name = "ID")]
    user: String,
    /// How long it is valid.
    #[arg(long, default_value_t = 12, value_parser = clap::value_parser!(u32).range(1..=8760))]
    hours: u32,
}

/// Runs what the arguments ask for.
pub fn run(arguments: Arguments) -> anyhow::Result<ExitCode> {
    match arguments.command {
        Command::Serve(arguments) => {
            let ServeArguments { options, serve } = *arguments;
            on_runtime(&options.clone(), serve::run(options, serve, None))
        }
        Command::Demo(arguments) => {
            let DemoServeArguments { options, serve, demo } = *arguments;
            if demo.list {
                demo::list()?;
                return Ok(ExitCode::SUCCESS);
            }
            if options.mode == Mode::Production {
                bail!("the demo account is for development mode only");
            }
            on_runtime(&options.clone(), serve::run(options, serve, Some(demo)))
        }
        Command::Token(arguments) => token(&arguments),
        Command::Account(arguments) => on_runtime(&arguments.options().clone(), account::run(arguments)),
        Command::Prompt(arguments) => on_runtime(&arguments.options().clone(), prompt::run(arguments)),
        Command::Migrate(MigrateArguments { options }) => on_runtime(&options.clone(), async move {
            Database::open(&options).await?.close().await;
            Ok(ExitCode::SUCCESS)
        }),
        Command::Schema => {
            print!("{}", crate::graphql::schema::sdl());
            Ok(ExitCode::SUCCESS)
        }
        Command::Postgres(arguments) => {
            telemetry::start_logging(crate::config::LogFormat::Text, "info")?;
            postgres_command::run(arguments)
        }
    }
}

fn token(arguments: &TokenArguments) -> anyhow::Result<ExitCode> {
    let TokenArguments { options, user, hours } = arguments;
    let token =
        demo::token_for(&options.jwt_secret()?, user, options.mode, SystemClock.now(), i64::from(*hours))?;
    println!("{token}");
    Ok(ExitCode::SUCCESS)
}

fn on_runtime(
    options: &Options,
    work: impl Future<Output = anyhow::Result<ExitCode>>,
) -> anyhow::Result<ExitCode> {
    telemetry::start_logging(options.log_format, &options.log)?;
    runtime()?.block_on(work)
}

fn runtime() -> std::io::Result<tokio::runtime::Runtime> {
    tokio::runtime::Builder::new_multi_thread().enable_all().build()
}
