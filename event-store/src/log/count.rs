//! Counting events by what they are, whose, and when.

use domain::recorded_event::Position;
use sqlx::{PgPool, Postgres, QueryBuilder, Row};

use crate::error::StoreError;
use crate::log::query::{EventQuery, Whose, conditions};

/// The most groups that one count gives.
const MOST_GROUPS: i64 = 10_000;

/// What events are counted by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Grouping {
    /// All together.
    Nothing,
    /// Their stored type.
    Type,
    /// Their aggregate's type.
    AggregateType,
    /// The account.
    Account,
    /// Who caused them.
    Actor,
    /// The day they were recorded on, in UTC.
    Day,
}

/// One group.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Count {
    /// What its events have in common; empty where nothing is asked for.
    pub group: String,
    /// How many there are.
    pub events: i64,
    /// The first of them.
    pub first: Position,
    /// The last of them.
    pub last: Position,
}

impl Grouping {
    fn expression(self) -> &'static str {
        match self {
            Self::Nothing => "''::text",
            Self::Type => "event_type",
            Self::AggregateType => "aggregate_type",
            Self::Account => "account::text",
            Self::Actor => "coalesce(metadata->>'actor', '')",
            Self::Day => "to_char(recorded_at AT TIME ZONE 'UTC', 'YYYY-MM-DD')",
        }
    }
}

pub(super) async fn run(
    pool: &PgPool,
    whose: Whose,
    query: &EventQuery,
    ceiling: Position,
    by: Grouping,
) -> Result<Vec<Count>, StoreError> {
    let mut sql = QueryBuilder::<Postgres>::new("SELECT (");
    sql.push(by.expression());
    sql.push(") COLLATE \"C\" AS grouped, count(*) AS events, min(position) AS first, max(position) AS last FROM events");
    conditions(&mut sql, whose, query, ceiling);
    sql.push(" GROUP BY 1 ORDER BY 1 LIMIT ").push_bind(MOST_GROUPS);
    let rows = sql.build().fetch_all(pool).await?;
    rows.iter()
        .map(|row| {
            Ok(Count {
                group: row.try_get("grouped")?,
                events: row.try_get("events")?,
                first: Position(row.try_get("first")?),
                last: Position(row.try_get("last")?),
            })
        })
        .collect::<Result<_, sqlx::Error>>()
        .map_err(StoreError::from)
}
