//! Builds a projection anew while the old rows go on serving: beside them, from the log's beginning, then swapped in.

mod alone;
mod build;
mod comparing;
mod in_bulk;
mod swap;
mod tables;
mod way_back;

pub use alone::{Alone, Which, fold_alone};
pub use way_back::{Back, Retired, retired, roll_back};

use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Utc};
use domain::recorded_event::Position;
use event_store::{EventQuery, Grouping, Log, Whose, transaction};
use sqlx::postgres::PgRow;
use sqlx::{FromRow, PgPool, Row};
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use crate::checkpoint;
use crate::error::ProjectionError;
use crate::projection::Projection;
use crate::runner::Engine;
use crate::target;

/// How often it is looked whether a rebuild was asked for or cancelled.
const LOOK: Duration = Duration::from_millis(250);

/// A rebuild, as it stands.
#[derive(Debug, Clone, PartialEq)]
pub struct Rebuild {
    /// Of which projection.
    pub projection: String,
    /// To which version of its rows.
    pub version: i32,
    /// How it stands.
    pub state: State,
    /// Where the log ended when it was asked for.
    pub target: Position,
    /// How far it has come. While whole streams are folded: the share of the events that are, as that share of the target.
    pub position: Position,
    /// How fast it goes now.
    pub events_per_second: f64,
    /// Since when.
    pub started_at: DateTime<Utc>,
    /// Why it failed.
    pub error: Option<String>,
    /// Whether it leads back to the rows of before.
    pub back: bool,
    /// In what its rows differ from those that served, where the two are of one version.
    pub difference: Option<String>,
}

impl FromRow<'_, PgRow> for Rebuild {
    fn from_row(row: &PgRow) -> Result<Self, sqlx::Error> {
        let position: Option<i64> = row.try_get("position")?;
        let rate: Option<f64> = row.try_get("events_per_second")?;
        Ok(Self {
            projection: row.try_get("projection")?,
            version: row.try_get("version")?,
            state: State::of(row.try_get("state")?),
            target: Position(row.try_get("target")?),
            position: Position(position.unwrap_or_default()),
            events_per_second: rate.unwrap_or_default(),
            started_at: row.try_get("started_at")?,
            error: row.try_get("error")?,
            back: row.try_get("back")?,
            difference: row.try_get("difference")?,
        })
    }
}

impl Rebuild {
    /// How far it has come, 0 to 1.
    #[expect(clippy::cast_precision_loss, reason = "a share")]
    pub fn ratio(&self) -> f64 {
        if self.target.0 > 0 { (self.position.0 as f64 / self.target.0 as f64).clamp(0.0, 1.0) } else { 1.0 }
    }
}

/// How a rebuild stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// It goes on, in this or another process, or will when one is there.
    Running,
    /// Its rows serve.
    Done,
    /// It was cancelled: the old rows serve.
    Cancelled,
    /// It met what it could not fold: the old rows serve.
    Failed,
}

impl State {
    fn of(word: &str) -> Self {
        match word {
            "done" => Self::Done,
            "cancelled" => Self::Cancelled,
            "failed" => Self::Failed,
            _ => Self::Running,
        }
    }
}

/// What is wanted.
#[derive(Debug, Clone, Copy, Default)]
pub struct Wanted {
    /// Stop at the first event that can't be folded, rather than let its stream wait.
    pub strict: bool,
    /// Who asks; none when the program itself does.
    pub by: Option<Uuid>,
}

/// Asks for a rebuild, from the log's beginning. False if one is running.
pub async fn request(
    pool: &PgPool,
    projection: &dyn Projection,
    target: Position,
    wanted: Wanted,
) -> Result<bool, ProjectionError> {
    let mut transaction = transaction::begin(pool).await?;
    let asked = sqlx::query(
        "INSERT INTO projection_rebuilds AS old (projection, version, state, target, strict, requested_by)
         VALUES ($1, $2, 'running', $3, $4, $5)
         ON CONFLICT (projection) DO UPDATE
         SET version = excluded.version, state = 'running', target = excluded.target, strict = excluded.strict,
             requested_by = excluded.requested_by, back = false, started_at = now(), ended_at = NULL, error = NULL, folded = 0,
             difference = NULL
         WHERE old.state <> 'running'",
    )
    .bind(projection.name())
    .bind(projection.version())
    .bind(target.0)
    .bind(wanted.strict)
    .bind(wanted.by)
    .execute(&mut *transaction)
    .await?;
    if asked.rows_affected() == 0 {
        return Ok(false);
    }
    // What one that was cancelled or failed left is of no use to it: perhaps it was of another version, or on its way back.
    checkpoint::forget(&mut transaction, &checkpoint_of(projection.name())).await?;
    transaction.commit().await?;
    Ok(true)
}

/// Cancels a rebuild: the rows that serve go on serving; those that were on their way back are kept aside again. False if
/// none is running.
pub async fn cancel(pool: &PgPool, projection: &str) -> Result<bool, ProjectionError> {
    let mut transaction = transaction::begin(pool).await?;
    let sql = "UPDATE projection_rebuilds SET state = 'cancelled', ended_at = now()
               WHERE projection = $1 AND state = 'running' RETURNING back";
    let cancelled: Option<(bool,)> =
        sqlx::query_as(sql).bind(projection).fetch_optional(&mut *transaction).await?;
    let Some((back,)) = cancelled else { return Ok(false) };
    if back {
        way_back::put_aside(&mut transaction, projection).await?;
    }
    transaction.commit().await?;
    Ok(true)
}

/// The last rebuild of each projection.
pub async fn all(pool: &PgPool) -> Result<Vec<Rebuild>, ProjectionError> {
    let rows = sqlx::query(
        "SELECT rebuild.projection, rebuild.version, rebuild.state, rebuild.target, greatest(held.position, rebuild.folded) AS position,
                held.events_per_second, rebuild.started_at, rebuild.error, rebuild.back, rebuild.difference
         FROM projection_rebuilds AS rebuild
         LEFT JOIN projection_checkpoints AS held ON held.name = rebuild.projection || '@rebuild'
         ORDER BY rebuild.projection LIMIT 1000",
    )
    .fetch_all(pool)
    .await?;
    Ok(rows.iter().map(Rebuild::from_row).collect::<Result<_, _>>()?)
}

/// The last rebuild of one.
pub async fn of(pool: &PgPool, projection: &str) -> Result<Option<Rebuild>, ProjectionError> {
    Ok(all(pool).await?.into_iter().find(|rebuild| rebuild.projection == projection))
}

/// How many events a rebuild would fold.
pub async fn estimate(log: &Log, projection: &dyn Projection) -> Result<i64, ProjectionError> {
    let types = log.count(Whose::Everybody, &EventQuery::default(), Grouping::Type).await?;
    Ok(types.iter().filter(|of| projection.takes(&of.group)).map(|of| of.events).sum())
}

/// How many positions a second its last rebuild came to; none if it never was built anew.
pub async fn last_rate(pool: &PgPool, projection: &str) -> Result<Option<f64>, ProjectionError> {
    let sql = "SELECT target / greatest(extract(epoch FROM ended_at - started_at), 0.001)::float8
               FROM projection_rebuilds WHERE projection = $1 AND state = 'done' AND NOT back";
    Ok(sqlx::query_scalar(sql).bind(projection).fetch_optional(pool).await?)
}

/// Does what is asked for, one rebuild at a time in this process, until told to stop. `projections` are instances of their own:
/// what they keep in memory belongs to the rows that they build.
pub async fn run(engine: Engine, projections: Vec<Arc<dyn Projection>>, stop: CancellationToken) {
    // A process that ended behind a swap may have left some.
    let mut past: Vec<_> = projections.iter().map(|projection| projection.name()).collect();
    while !stop.is_cancelled() {
        swap::drop_past(&engine.pool, &mut past).await;
        match wanted(&engine.pool).await {
            Ok(asked) => {
                for (name, version, strict) in asked {
                    let known = |it: &&Arc<dyn Projection>| it.name() == name && it.version() == version;
                    if let Some(projection) = projections.iter().find(known) {
                        build::go_on(&engine, projection, strict, &stop).await;
                        past.push(projection.name());
                    }
                }
            }
            Err(error) => tracing::warn!(error = %error, "rebuilds cannot be looked for"),
        }
        tokio::select! {
            () = stop.cancelled() => {}
            () = sleep(LOOK) => {}
        }
    }
}

async fn wanted(pool: &PgPool) -> Result<Vec<(String, i32, bool)>, ProjectionError> {
    let sql = "SELECT projection, version, strict FROM projection_rebuilds WHERE state = 'running'
               ORDER BY started_at LIMIT 1000";
    Ok(sqlx::query_as(sql).fetch_all(pool).await?)
}

/// A projection whose rows are of another version is built anew by itself; until then the old rows serve as they are.
pub(crate) async fn renew_if_outdated(
    engine: &Engine,
    projection: &dyn Projection,
) -> Result<(), ProjectionError> {
    let stored = checkpoint::version_of(&engine.pool, projection.name()).await?;
    if stored.is_none_or(|stored| stored >= projection.version()) || projection.tables().is_empty() {
        return Ok(());
    }
    // What an admin cancelled, or what failed, is for an admin to ask for again.
    let last = of(&engine.pool, projection.name()).await?;
    if last.is_some_and(|last| last.version == projection.version() && last.state != State::Done) {
        return Ok(());
    }
    let head = *engine.feed.head().borrow();
    if request(&engine.pool, projection, head, Wanted::default()).await? {
        tracing::info!(
            projection.name = projection.name(),
            "its rows are of an older version: it is built anew"
        );
    }
    Ok(())
}

pub(crate) use target::{checkpoint as checkpoint_of, schema};
