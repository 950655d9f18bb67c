//! How every projection stands: for admins.

mod telling;

pub use telling::tell;

use chrono::{DateTime, TimeDelta, Utc};
use domain::id::AccountId;
use domain::recorded_event::Position;
use event_store::Log;
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
    /// When it last moved, or was let go on.
    pub updated_at: DateTime<Utc>,
    /// When the first event that it has not come to was recorded; none if it is at the log's end.
    pub waiting_since: Option<DateTime<Utc>>,
    /// An admin stopped it.
    pub paused: bool,
    /// How fast it goes.
    pub events_per_second: f64,
    /// What last stopped it, if it has not moved since.
    pub last_error: Option<String>,
    /// How many streams wait.
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
        if self.paused {
            Doing::Paused
        } else if self.rebuild.is_some() {
            Doing::Rebuilding
        } else if self.stalled_since(now).is_some() {
            Doing::Stalled
        } else if self.lag(head) > BEHIND {
            Doing::CatchingUp
        } else {
            Doing::Running
        }
    }

    /// Since when it stands still, if it does: events wait for it and it has not moved, both for longer than half a minute. A
    /// projection that follows a quiet log has not moved for long either, and is not behind.
    pub fn stalled_since(&self, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
        let since = self.waiting_since.filter(|_| !self.paused)?.max(self.updated_at);
        (now - since > STALLED).then_some(since)
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

/// All of this program's that ever ran, by name; what waits is counted for one account or for all.
pub async fn all(
    pool: &PgPool,
    log: &Log,
    account: Option<AccountId>,
) -> Result<Vec<Standing>, ProjectionError> {
    type Row = (String, i32, i64, DateTime<Utc>, bool, f64, Option<String>, i64);
    let names: Vec<_> = crate::all().iter().map(|projection| projection.name()).collect();
    let rows: Vec<Row> = sqlx::query_as(
        "SELECT held.name, held.version, held.position, held.updated_at, held.paused_at IS NOT NULL,
                held.events_per_second, held.last_error,
                (SELECT count(*) FROM quarantined_streams AS stream
                 WHERE stream.projection = held.name AND stream.account = coalesce($1, stream.account))
         FROM projection_checkpoints AS held WHERE held.name = ANY($2) ORDER BY held.name",
    )
    .bind(account.map(|account| account.0))
    .bind(names)
    .fetch_all(pool)
    .await?;
    // After the positions were read: what was recorded since is none of their waiting.
    let positions: Vec<_> = rows.iter().map(|row| Position(row.2)).collect();
    let waiting = log.waiting_since(&positions).await?;
    let rebuilds = rebuild::all(pool).await?;
    let running = |name: &str| {
        let of_it = |it: &&Rebuild| it.projection == name && it.state == rebuild::State::Running;
        rebuilds.iter().find(of_it).cloned()
    };
    Ok(rows
        .into_iter()
        .zip(waiting)
        .map(|(row, waiting_since)| {
            let (name, version, position, updated_at, paused, events_per_second, last_error, quarantined) =
                row;
            Standing {
                rebuild: running(&name),
                name,
                version,
                position: Position(position),
                updated_at,
                waiting_since,
                paused,
                events_per_second,
                last_error,
                quarantined,
            }
        })
        .collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> DateTime<Utc> {
        DateTime::UNIX_EPOCH + TimeDelta::seconds(seconds)
    }

    fn moved_at(updated_at: DateTime<Utc>, waiting_since: Option<DateTime<Utc>>) -> Standing {
        Standing {
            name: "sessions".to_owned(),
            version: 1,
            position: Position(7),
            updated_at,
            waiting_since,
            paused: false,
            events_per_second: 0.0,
            last_error: None,
            quarantined: 0,
            rebuild: None,
        }
    }

    #[test]
    fn whoever_has_not_moved_while_events_wait_for_it_stands_still() {
        let standing = moved_at(at(100), Some(at(90)));
        assert_eq!(standing.doing(Position(8), at(130)), Doing::Running, "half a minute is nothing");
        assert_eq!(standing.doing(Position(8), at(131)), Doing::Stalled);
        assert_eq!(standing.stalled_since(at(131)), Some(at(100)));
        let paused = Standing { paused: true, ..standing };
        assert_eq!(
            (paused.doing(Position(8), at(131)), paused.stalled_since(at(131))),
            (Doing::Paused, None)
        );
    }

    #[test]
    fn the_first_event_after_a_long_silence_finds_nobody_standing_still() {
        let standing = moved_at(at(100), Some(at(5_000)));
        assert_eq!(standing.doing(Position(8), at(5_001)), Doing::Running);
        assert_eq!(standing.doing(Position(8), at(5_031)), Doing::Stalled);
        assert_eq!(moved_at(at(100), None).doing(Position(7), at(9_000)), Doing::Running);
    }
}
