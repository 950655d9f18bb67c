//! `projection pause|resume|cancel`: stops a read model or its rebuild, and lets it go on.

use clap::Args;
use domain::recorded_event::Position;
use projections::rebuild::{self, State};
use projections::{checkpoint, standing};
use serde_json::json;

use crate::arguments::Options;
use crate::connection::Connection;
use crate::consent::Consent;
use crate::failure::Failure;
use crate::output::row;

/// What all three take.
#[derive(Debug, Args)]
pub(super) struct SteeringArguments {
    /// Its name, as the list shows it.
    name: String,

    #[command(flatten)]
    consent: Consent,
}

pub(super) async fn pause(
    connection: &Connection,
    options: &Options,
    arguments: SteeringArguments,
) -> anyhow::Result<()> {
    let name = &arguments.name;
    let at = stands(connection, name).await?;
    let plan = format!("{name} stops at position {at}: what it shows stays as it is until it is resumed.");
    arguments.consent.to(&plan, name).await?;
    checkpoint::pause(&connection.pool, name, true).await?;
    tell(options, name, "paused")
}

pub(super) async fn resume(
    connection: &Connection,
    options: &Options,
    arguments: SteeringArguments,
) -> anyhow::Result<()> {
    let name = &arguments.name;
    let at = stands(connection, name).await?;
    if !standing::is_paused(&connection.pool, name).await? {
        return Err(Failure::Conflict(format!("{name} is not paused")).into());
    }
    arguments.consent.to(&format!("{name} goes on from position {at}."), name).await?;
    checkpoint::pause(&connection.pool, name, false).await?;
    tell(options, name, "resumed")
}

pub(super) async fn cancel(
    connection: &Connection,
    options: &Options,
    arguments: SteeringArguments,
) -> anyhow::Result<()> {
    let name = &arguments.name;
    super::known(name)?;
    let nothing_runs = || Failure::Conflict(format!("no rebuild of {name} is running"));
    let running = rebuild::of(&connection.pool, name).await?.filter(|it| it.state == State::Running);
    let rebuild = running.ok_or_else(nothing_runs)?;
    let (position, target) = (rebuild.position, rebuild.target);
    let plan = if rebuild.back {
        format!(
            "The rows of {name} that are on their way back are kept aside again; what serves now serves on."
        )
    } else {
        format!(
            "The rebuild of {name} ends at position {position} of {target}, and what it built is thrown away; the old rows serve on."
        )
    };
    arguments.consent.to(&plan, name).await?;
    if !rebuild::cancel(&connection.pool, name).await? {
        return Err(nothing_runs().into());
    }
    tell(options, name, "cancelled")
}

/// Where it stands; an error if it never ran.
async fn stands(connection: &Connection, name: &str) -> anyhow::Result<Position> {
    super::known(name)?;
    let at = checkpoint::of(&connection.pool, name).await?;
    at.ok_or_else(|| Failure::Conflict(format!("{name} never ran here")).into())
}

fn tell(options: &Options, name: &str, result: &str) -> anyhow::Result<()> {
    let mut rows = options.output.rows(&["name", "result"]);
    rows.write(&row(json!({ "name": name, "result": result })))?;
    Ok(rows.flush()?)
}
