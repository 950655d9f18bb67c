//! `flowpilot-replay what-if …`: what recorded decisions would have been under other rules.

mod matching;

use clap::{Args, Subcommand};

use crate::arguments::Options;
use crate::connection::{Access, Connection};

/// `flowpilot-replay what-if`
#[derive(Debug, Args)]
pub(crate) struct WhatIfArguments {
    #[command(subcommand)]
    decisions: Decisions,
}

#[derive(Debug, Subcommand)]
enum Decisions {
    /// Weigh every recorded match anew under another policy, by the signals that were stored, and list the decisions that change.
    ///
    /// A change is other, lost or gained where another flow, none or one is followed, guiding or no-longer-guiding where the same one
    /// is. The file is the policy as JSON; --print writes one of those in force, to begin from. Flows that were too far behind to be
    /// recorded can't come forward; how nearness follows from cosines was settled when it was recorded, and is not replayed.
    Matching(matching::MatchingArguments),
}

/// Lists what changes.
pub(crate) async fn run(options: &Options, arguments: WhatIfArguments) -> anyhow::Result<()> {
    let Decisions::Matching(arguments) = arguments.decisions;
    let Some(asked) = arguments.read()? else { return Ok(()) };
    let connection = Connection::open(&options.database, Access::Read).await?;
    let outcome = matching::run(&connection, options, &asked).await;
    connection.close().await;
    outcome
}
