//! `projection list|status`: what each is doing, how far it has come, and what waits.

use domain::clock::{Clock, SystemClock};
use projections::quarantine::{self, Narrowed, Waiting};
use projections::rebuild::{self, Rebuild, State};
use projections::sharing;
use projections::standing::{self, Doing};
use serde_json::json;

use crate::arguments::Options;
use crate::connection::Connection;
use crate::output::{row, told};

/// So many quarantined streams are told of.
const MOST_WAITING: i64 = 10_000;
const TIME: &str = "%Y-%m-%d %H:%M:%S UTC";

pub(super) async fn list(connection: &Connection, options: &Options) -> anyhow::Result<()> {
    let (pool, log) = (&connection.pool, connection.log());
    let standings = standing::all(pool, &log, None).await?;
    let (last, now) = (log.last_event(log.ceiling().await?).await?, SystemClock.now());
    let served = sharing::anybody_is_there(pool).await?;
    let columns = &["name", "state", "version", "position", "behind", "eventsPerSecond", "quarantined"];
    let mut rows = options.output.rows(columns);
    for projection in projections::all() {
        let found = standings.iter().find(|standing| standing.name == projection.name());
        rows.write(&row(match found {
            None => json!({
                "name": projection.name(),
                "state": "never ran",
                "version": projection.version(),
                "position": null,
                "behind": last,
                "quarantined": 0,
            }),
            Some(standing) => json!({
                "name": standing.name,
                "state": state(standing.doing(last, now), served),
                "version": standing.version,
                "position": standing.position,
                "behind": standing.lag(last),
                "eventsPerSecond": standing.events_per_second.round(),
                "quarantined": standing.quarantined,
                "lastError": standing.last_error,
            }),
        }))?;
    }
    if !served {
        told("no server runs on this database: nothing moves until one does");
    }
    Ok(rows.flush()?)
}

pub(super) async fn status(connection: &Connection, options: &Options, name: &str) -> anyhow::Result<()> {
    super::known(name)?;
    let mut rows =
        options.output.rows(&["aggregateType", "aggregateId", "position", "blockedEvents", "error"]);
    let narrowed = Narrowed { projection: Some(name), ..Narrowed::default() };
    let waiting = quarantine::waiting(&connection.pool, narrowed, MOST_WAITING).await?;
    in_words(connection, name).await?;
    if waiting.is_empty() {
        told("nothing waits in quarantine");
    }
    for Waiting { aggregate_type, aggregate_id, position, error, blocked_events, .. } in waiting {
        rows.write(&row(json!({
            "aggregateType": aggregate_type,
            "aggregateId": aggregate_id,
            "position": position,
            "blockedEvents": blocked_events,
            "error": error,
        })))?;
    }
    Ok(rows.flush()?)
}

/// Tells how it stands, and what became of its last rebuild.
async fn in_words(connection: &Connection, name: &str) -> anyhow::Result<()> {
    let (pool, log) = (&connection.pool, connection.log());
    let standing = standing::all(pool, &log, None).await?.into_iter().find(|standing| standing.name == name);
    let Some(standing) = standing else {
        told(&format!("{name} never ran here"));
        return Ok(());
    };
    let (last, now) = (log.last_event(log.ceiling().await?).await?, SystemClock.now());
    let state = state(standing.doing(last, now), sharing::anybody_is_there(pool).await?);
    let (version, position) = (standing.version, standing.position);
    told(&format!("{name}: {state}, version {version}, position {position} of {last}"));
    if let Some(error) = standing.last_error {
        told(&format!("it was last stopped by: {error}"));
    }
    if let Some(rebuild) = rebuild::of(pool, name).await? {
        told(&format!("its last rebuild, begun {}: {}", rebuild.started_at.format(TIME), ended(&rebuild)));
    }
    if let Some(retired) = rebuild::retired(pool, name).await? {
        let (at, position) = (retired.retired_at.format(TIME), retired.position);
        told(&format!(
            "the rows that served until {at} (position {position}) are kept aside: `projection rollback {name}`"
        ));
    }
    Ok(())
}

fn ended(rebuild: &Rebuild) -> String {
    match rebuild.state {
        State::Running => format!("under way, {:.0}%", rebuild.ratio() * 100.0),
        State::Cancelled => "cancelled".to_owned(),
        State::Failed => format!("failed: {}", rebuild.error.as_deref().unwrap_or_default()),
        State::Done => match &rebuild.difference {
            None => "done".to_owned(),
            Some(difference) => format!("done; what served before was not what the log gives: {difference}"),
        },
    }
}

fn state(doing: Doing, served: bool) -> &'static str {
    match doing {
        Doing::Paused => "paused",
        _ if !served => "no server",
        Doing::Running => "running",
        Doing::CatchingUp => "catching up",
        Doing::Stalled => "stalled",
        Doing::Rebuilding => "rebuilding",
    }
}
