//! `projection rebuild|rollback`: asks the servers for new rows, or for those of before, and waits until they serve.

use std::sync::Arc;
use std::time::Duration;

use clap::Args;
use domain::recorded_event::Position;
use projections::projection::Projection;
use projections::rebuild::{self, Back, Wanted};
use serde_json::json;

use crate::arguments::Options;
use crate::connection::Connection;
use crate::consent::Consent;
use crate::failure::Failure;
use crate::output::{row, told};
use crate::projection::alone::AloneArguments;
use crate::projection::progress;

/// `flowpilot-replay projection rebuild`
#[derive(Debug, Args)]
pub(super) struct RebuildArguments {
    /// Its name, as the list shows it.
    name: String,

    /// Stop at an event that can't be folded, rather than let its stream wait, and where the new rows differ from those that
    /// serve: these serve on.
    #[arg(long)]
    strict: bool,

    #[command(flatten)]
    alone: AloneArguments,

    #[command(flatten)]
    asking: Asking,
}

/// `flowpilot-replay projection rollback`
#[derive(Debug, Args)]
pub(super) struct RollbackArguments {
    /// Its name, as the list shows it.
    name: String,

    #[command(flatten)]
    asking: Asking,
}

#[derive(Debug, Args)]
struct Asking {
    #[command(flatten)]
    consent: Consent,

    /// Ask for it and return at once.
    #[arg(long)]
    detach: bool,

    /// Give up waiting when no server has been there for so long. It stays asked for.
    #[arg(long, value_name = "SECONDS", default_value_t = 10, conflicts_with = "detach")]
    patience: u64,
}

pub(super) async fn rebuild(
    connection: &Connection,
    options: &Options,
    arguments: RebuildArguments,
) -> anyhow::Result<()> {
    let RebuildArguments { name, strict, alone, asking } = arguments;
    let (projection, log) = (with_rows(&name)?, connection.log());
    if alone.are_given() {
        return super::alone::rebuild(connection, options, &projection, &alone, (strict, asking.consent))
            .await;
    }
    let events = rebuild::estimate(&log, &*projection).await?;
    let rate = rebuild::last_rate(&connection.pool, &name).await?.filter(|rate| *rate > 0.0);
    #[expect(clippy::cast_precision_loss, reason = "an estimate")]
    let time = rate.map_or("how long that takes is not known yet".to_owned(), |rate| {
        format!("about {:.0} s at the rate of the last time", events as f64 / rate)
    });
    let plan = format!(
        "{name} is built anew from {events} events, {time}. The old rows serve until the new ones take their place, and are \
         then kept aside; rows kept aside now are thrown away."
    );
    asking.consent.to(&plan, &name).await?;
    let target = log.last_event(log.ceiling().await?).await?;
    if !rebuild::request(&connection.pool, &*projection, target, Wanted { strict, by: None }).await? {
        return Err(runs_already(&name).into());
    }
    finish(connection, options, &name, &asking, "rebuilt").await
}

pub(super) async fn rollback(
    connection: &Connection,
    options: &Options,
    arguments: RollbackArguments,
) -> anyhow::Result<()> {
    let RollbackArguments { name, asking } = arguments;
    let (projection, log) = (with_rows(&name)?, connection.log());
    let nothing = || Failure::Conflict(format!("no rows of {name} are kept aside that could serve again"));
    let rows = rebuild::retired(&connection.pool, &name).await?.ok_or_else(nothing)?;
    let target = log.last_event(log.ceiling().await?).await?;
    let plan = format!(
        "The rows of {name} that served until {} (version {}, position {} of {target}) catch up and take the place of those \
         that serve now, which are then kept aside.",
        rows.retired_at.format("%Y-%m-%d %H:%M:%S UTC"),
        rows.version,
        rows.position
    );
    asking.consent.to(&plan, &name).await?;
    match rebuild::roll_back(&connection.pool, &*projection, target, None).await? {
        Back::Asked => finish(connection, options, &name, &asking, "rolled back").await,
        Back::Running => Err(runs_already(&name).into()),
        Back::NothingThere => Err(nothing().into()),
        Back::Outdated => Err(Failure::Conflict(format!(
            "the rows of {name} that are kept aside are of another version than this program's {}: they can't serve",
            projection.version()
        ))
        .into()),
    }
}

async fn finish(
    connection: &Connection,
    options: &Options,
    name: &str,
    asking: &Asking,
    done: &str,
) -> anyhow::Result<()> {
    let (result, position): (_, Option<Position>) = if asking.detach {
        ("asked for", None)
    } else {
        let patience = Duration::from_secs(asking.patience);
        if let Some(difference) = progress::until_it_ends(&connection.pool, name, patience).await? {
            told(&format!("{name}: what served was not what the log gives: {difference}"));
        }
        (done, projections::checkpoint::of(&connection.pool, name).await?)
    };
    let mut rows = options.output.rows(&["name", "result", "position"]);
    rows.write(&row(json!({ "name": name, "result": result, "position": position })))?;
    Ok(rows.flush()?)
}

fn with_rows(name: &str) -> Result<Arc<dyn Projection>, Failure> {
    let projection = super::known(name)?;
    if projection.tables().is_empty() {
        let why = format!(
            "{name} keeps no rows: it asks workers for work, and building it anew would ask for nothing"
        );
        return Err(Failure::Usage(why));
    }
    Ok(projection)
}

fn runs_already(name: &str) -> Failure {
    Failure::Conflict(format!("{name} is being built anew already: cancel that first, or let it end"))
}
