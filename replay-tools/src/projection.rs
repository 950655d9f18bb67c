//! `flowpilot-replay projection …`: where every read model stands, and what admins do with it.

mod alone;
mod progress;
mod rebuilding;
mod standing;
mod steering;

use std::sync::Arc;

use clap::{Args, Subcommand};
use projections::comparison::{self, Compared, Difference};
use projections::projection::Projection;
use serde_json::json;

use crate::arguments::Options;
use crate::connection::{Access, Connection};
use crate::failure::Failure;
use crate::output::row;
use crate::progress::{Far, Progress};

/// `flowpilot-replay projection`
#[derive(Debug, Args)]
pub(crate) struct ProjectionArguments {
    #[command(subcommand)]
    command: ProjectionCommand,
}

#[derive(Debug, Subcommand)]
enum ProjectionCommand {
    /// List all: what they are doing, how far they have come, and how many streams wait in quarantine.
    ///
    /// One that is stalled has events waiting for it and has not moved, both for more than half a minute.
    List,
    /// Tell how one stands, and show its streams that wait in quarantine, each with the event that could not be folded.
    Status {
        /// Its name, as the list shows it.
        name: String,
    },
    /// Fold read models anew beside themselves and compare row by row; name the first row that differs.
    ///
    /// The copy lives in temporary tables of one transaction that is rolled back: nothing is changed, nobody waits, and no work
    /// is asked for. It takes as long as reading the log.
    Verify {
        /// This one alone.
        name: Option<String>,
    },
    /// Build one anew: the servers do it while the old rows serve, then swap. Waits until the new rows serve.
    ///
    /// Ctrl-C ends the waiting, not the rebuild: cancel does. The old rows are kept aside until the next rebuild, see rollback.
    Rebuild(rebuilding::RebuildArguments),
    /// Let the rows of before the last rebuild serve again. Waits until they do.
    ///
    /// The servers let them catch up first, so that no reader goes back in time; what serves now is kept aside in its turn.
    /// Refused if there are none, or if they are of another version than this program's.
    Rollback(rebuilding::RollbackArguments),
    /// Cancel a rebuild or a rollback: what serves now serves on.
    Cancel(steering::SteeringArguments),
    /// Stop one where it stands: what it shows stays as it is.
    Pause(steering::SteeringArguments),
    /// Let one go on that was paused.
    Resume(steering::SteeringArguments),
}

/// Runs the sub-command.
pub(crate) async fn run(options: &Options, arguments: ProjectionArguments) -> anyhow::Result<()> {
    let access = match arguments.command {
        ProjectionCommand::List | ProjectionCommand::Status { .. } => Access::Read,
        // Even a temporary table is refused where only reading is allowed.
        _ => Access::Write,
    };
    let connection = Connection::open(&options.database, access).await?;
    let outcome = match arguments.command {
        ProjectionCommand::List => standing::list(&connection, options).await,
        ProjectionCommand::Verify { name } => verify(&connection, options, name.as_deref()).await,
        ProjectionCommand::Status { name } => standing::status(&connection, options, &name).await,
        ProjectionCommand::Rebuild(of) => rebuilding::rebuild(&connection, options, of).await,
        ProjectionCommand::Rollback(of) => rebuilding::rollback(&connection, options, of).await,
        ProjectionCommand::Cancel(of) => steering::cancel(&connection, options, of).await,
        ProjectionCommand::Pause(of) => steering::pause(&connection, options, of).await,
        ProjectionCommand::Resume(of) => steering::resume(&connection, options, of).await,
    };
    connection.close().await;
    outcome
}

async fn verify(connection: &Connection, options: &Options, name: Option<&str>) -> anyhow::Result<()> {
    if let Some(name) = name {
        known(name)?;
    }
    let (log, mut rows) =
        (connection.log(), options.output.rows(&["name", "result", "position", "table", "key"]));
    let (mut differing, mut progress) = (Vec::new(), Progress::begin());
    for projection in projections::all() {
        let this = projection.name();
        if name.is_some_and(|name| name != this) {
            continue;
        }
        let seen = |at, upto| progress.show(Far::positions(this, at, upto));
        let pool = &connection.pool;
        let compared = comparison::with_a_fresh_fold_seen(pool, &log, &*projection, seen).await?;
        if matches!(compared, Compared::Differs { .. }) {
            differing.push(this);
        }
        rows.write(&row(match compared {
            Compared::NoTables => json!({ "name": this, "result": "keeps no rows" }),
            Compared::NeverRan => json!({ "name": this, "result": "never ran" }),
            Compared::Same(upto) => json!({ "name": this, "result": "same", "position": upto }),
            Compared::Differs { upto, table, key, how } => {
                let (result, columns) = match how {
                    Difference::Missing => ("missing", Vec::new()),
                    Difference::Surplus => ("surplus", Vec::new()),
                    Difference::Columns(columns) => ("changed", columns),
                };
                json!({ "name": this, "result": result, "position": upto, "table": table, "key": key, "columns": columns })
            }
        }))?;
    }
    drop(progress);
    rows.flush()?;
    if differing.is_empty() {
        return Ok(());
    }
    let what = format!("not what their events give: {}", differing.join(", "));
    Err(Failure::VerificationFailed(what).into())
}

fn known(name: &str) -> Result<Arc<dyn Projection>, Failure> {
    let found = projections::all().into_iter().find(|projection| projection.name() == name);
    found.ok_or_else(|| Failure::NotFound(format!("there is no projection {name}")))
}
