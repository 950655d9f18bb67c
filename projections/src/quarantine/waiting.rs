//! What waits, as an admin sees it, and what they decide: to try it again, or to leave the faulty event out.

use chrono::{DateTime, Utc};
use domain::id::AccountId;
use domain::recorded_event::Position;
use sqlx::postgres::PgRow;
use sqlx::{FromRow, PgExecutor, PgPool, Row};
use uuid::Uuid;

use crate::error::ProjectionError;

/// A stream that waits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Waiting {
    /// Its id.
    pub id: Uuid,
    /// The projection.
    pub projection: String,
    /// The account.
    pub account: AccountId,
    /// The stream.
    pub aggregate_type: String,
    /// The stream.
    pub aggregate_id: Uuid,
    /// The event that failed.
    pub position: Position,
    /// Why.
    pub error: String,
    /// How often it was tried.
    pub attempts: i32,
    /// How many later events wait behind it.
    pub blocked_events: i64,
    /// Since when it waits.
    pub first_failed_at: DateTime<Utc>,
    /// What was decided and not done yet.
    pub decision: Option<String>,
}

impl FromRow<'_, PgRow> for Waiting {
    fn from_row(row: &PgRow) -> Result<Self, sqlx::Error> {
        Ok(Self {
            id: row.try_get("id")?,
            projection: row.try_get("projection")?,
            account: AccountId(row.try_get("account")?),
            aggregate_type: row.try_get("aggregate_type")?,
            aggregate_id: row.try_get("aggregate_id")?,
            position: Position(row.try_get("position")?),
            error: row.try_get("error")?,
            attempts: row.try_get("attempts")?,
            blocked_events: row.try_get("blocked_events")?,
            first_failed_at: row.try_get("first_failed_at")?,
            decision: row.try_get("decision")?,
        })
    }
}

const COLUMNS: &str =
    "id, projection, account, aggregate_type, aggregate_id, position, error, attempts, blocked_events,
    first_failed_at, decision";

/// Of which streams.
#[derive(Debug, Clone, Copy, Default)]
pub struct Narrowed<'a> {
    /// Only of this account.
    pub account: Option<AccountId>,
    /// Only of this projection.
    pub projection: Option<&'a str>,
    /// Only after this one.
    pub after: Option<(DateTime<Utc>, Uuid)>,
}

/// What waits, oldest first, at most `limit`; what waits in a rebuild is not among it.
pub async fn waiting(
    database: impl PgExecutor<'_>,
    narrowed: Narrowed<'_>,
    limit: i64,
) -> Result<Vec<Waiting>, ProjectionError> {
    let (after_time, after_id) = narrowed.after.unzip();
    Ok(sqlx::query_as(&format!(
        "SELECT {COLUMNS} FROM quarantined_streams
         WHERE projection NOT LIKE '%@rebuild' AND ($1::uuid IS NULL OR account = $1)
           AND ($2::text IS NULL OR projection = $2)
           AND ($3::timestamptz IS NULL OR (first_failed_at, id) > ($3, $4))
         ORDER BY first_failed_at, id LIMIT $5",
    ))
    .bind(narrowed.account.map(|account| account.0))
    .bind(narrowed.projection)
    .bind(after_time)
    .bind(after_id)
    .bind(limit)
    .fetch_all(database)
    .await?)
}

/// One of them; only of this account if one is named.
pub async fn one(
    pool: &PgPool,
    account: Option<AccountId>,
    id: Uuid,
) -> Result<Option<Waiting>, ProjectionError> {
    let sql = format!(
        "SELECT {COLUMNS} FROM quarantined_streams WHERE id = $1 AND ($2::uuid IS NULL OR account = $2)"
    );
    Ok(sqlx::query_as(&sql).bind(id).bind(account.map(|account| account.0)).fetch_optional(pool).await?)
}

/// How many streams of each projection wait.
pub async fn counts(pool: &PgPool) -> Result<Vec<(String, i64)>, ProjectionError> {
    let sql = "SELECT projection, count(*) FROM quarantined_streams GROUP BY projection LIMIT 1000";
    Ok(sqlx::query_as(sql).fetch_all(pool).await?)
}

/// What becomes of a stream that waits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Decision {
    /// It is folded again from the event on that failed.
    Retry,
    /// That event is left out, now and in every rebuild, and the rest is folded.
    Skip {
        /// Why, as it stays recorded.
        reason: String,
    },
}

/// Records what was decided; the projection's runner does it within a second. False if nothing waits under this id.
pub async fn decide(pool: &PgPool, id: Uuid, decision: &Decision) -> Result<bool, ProjectionError> {
    let (word, reason) = match decision {
        Decision::Retry => ("retry", None),
        Decision::Skip { reason } => ("skip", Some(reason)),
    };
    let sql = "UPDATE quarantined_streams SET decision = $2, reason = $3 WHERE id = $1";
    let decided = sqlx::query(sql).bind(id).bind(word).bind(reason).execute(pool).await?;
    Ok(decided.rows_affected() == 1)
}
