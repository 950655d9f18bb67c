//! How every projection stands: for admins.

use chrono::{DateTime, TimeDelta, Utc};
use domain::id::AccountId;
use domain::recorded_event::Position;
use sqlx::PgPool;

use crate::error::ProjectionError;
use crate::rebuild::{self, Rebuild};

/// A projection that is this far behind is catching up, events.
const BEHIND: i64 = 1_000;
/// A projection that is behind and has not moved for so long stands still.
const STALLED: TimeDelta = TimeDelta::seconds(30);

/// How a projection stands.
#[derive(Debug, Clone, PartialEq)]
pub struct Standing {
    /// Its name.
    pub name: String,
    /// Of which version its rows are.
    pub version: i32,
    /// How far it has come.
    pub position: Position,
    /// When it last moved.
    pub updated_at: DateTime<Utc>,
    /// An admin stopped it.
    pub paused: bool,
    /// How fast it goes.
    pub events_per_second: f64,
    /// What last stopped it, if it has not moved since.
    pub last_error: Option<String>,
    /// How many streams of the account wait.
    pub quarantined: i64,
    /// The rebuild that is running.
    pub rebuild: Option<Rebuild>,
}

/// What it is doing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Doing {
    /// It follows the log.
    Running,
    /// It is far behind, and comes nearer.
    CatchingUp,
    /// An admin stopped it.
    Paused,
    /// It is behind and does not move.
    Stalled,
    /// It is being built anew; meanwhile the old rows serve and follow.
    Rebuilding,
}

impl Standing {
    /// What it is doing, where the log ends at `head`.
    pub fn doing(&self, head: Position, now: DateTime<Utc>) -> Doing {
        let lag = self.lag(head);
        if self.paused {
            Doing::Paused
        } else if self.rebuild.is_some() {
            Doing::Rebuilding
        } else if lag > 0 && now - self.updated_at > STALLED {
            Doing::Stalled
        } else if lag > BEHIND {
            Doing::CatchingUp
        } else {
            Doing::Running
        }
    }

    /// How many positions it is behind.
    pub fn lag(&self, head: Position) -> i64 {
        (head.0 - self.position.0).max(0)
    }
}

/// Whether an admin stopped it; false if it never ran.
pub async fn is_paused(pool: &PgPool, name: &str) -> Result<bool, ProjectionError> {
    let sql = "SELECT EXISTS (SELECT FROM projection_checkpoints WHERE name = $1 AND paused_at IS NOT NULL)";
    Ok(sqlx::query_scalar(sql).bind(name).fetch_one(pool).await?)
}

/// All of them by name; what waits is counted for one account.
pub async fn all(pool: &PgPool, account: AccountId) -> Result<Vec<Standing>, ProjectionError> {
    type Row = (String, i32, i64, DateTime<Utc>, bool, f64, Option<String>, i64);
    let rows: Vec<Row> = sqlx::query_as(
        "SELECT held.name, held.version, held.position, held.updated_at, held.paused_at IS NOT NULL,
                held.events_per_second, held.last_error,
                (SELECT count(*) FROM quarantined_streams AS stream
                 WHERE stream.projection = held.name AND stream.account = $1)
         FROM projection_checkpoints AS held WHERE held.name NOT LIKE '%@rebuild' ORDER BY held.name LIMIT 1000",
    )
    .bind(account.0)
    .fetch_all(pool)
    .await?;
    let rebuilds = rebuild::all(pool).await?;
    let running = |name: &str| {
        let of_it = |it: &&Rebuild| it.projection == name && it.state == rebuild::State::Running;
        rebuilds.iter().find(of_it).cloned()
    };
    Ok(rows
        .into_iter()
        .map(|(name, version, position, updated_at, paused, events_per_second, last_error, quarantined)| {
            Standing {
                rebuild: running(&name),
                name,
                version,
                position: Position(position),
                updated_at,
                paused,
                events_per_second,
                last_error,
                quarantined,
            }
        })
        .collect())
}
