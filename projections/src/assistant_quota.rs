//! How much of its daily quota of calls to a model an account has used. Not a read model: whoever calls writes it, because
//! fifty calls that begin at once must know of each other.

use chrono::{DateTime, NaiveDate, Utc};
use domain::id::{AccountId, SessionId};
use event_store::transaction;
use sqlx::PgPool;
use uuid::Uuid;

use crate::error::ProjectionError;

/// A call that is under way, as it counts against the quota.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reservation {
    /// Its id.
    pub id: Uuid,
    /// The day that it counts on, in the account's zone.
    pub day: NaiveDate,
}

/// Takes a call from the quota, if it allows one more; false if it is spent. What nobody settles counts until `expires_at`.
pub async fn reserve(
    pool: &PgPool,
    account: AccountId,
    reservation: Reservation,
    allowed: u32,
    now: DateTime<Utc>,
    expires_at: DateTime<Utc>,
) -> Result<bool, ProjectionError> {
    let Reservation { id, day } = reservation;
    let mut transaction = transaction::begin(pool).await?;
    // The day's row is locked first, by a statement of its own: the next one then sees what was reserved until now.
    let (calls,): (i64,) = sqlx::query_as(
        "INSERT INTO assistant_quota_days AS known (account, day, calls) VALUES ($1, $2, 0)
         ON CONFLICT (account, day) DO UPDATE SET calls = known.calls RETURNING calls",
    )
    .bind(account.0)
    .bind(day)
    .fetch_one(&mut *transaction)
    .await?;
    sqlx::query("DELETE FROM assistant_reservations WHERE account = $1 AND expires_at <= $2")
        .bind(account.0)
        .bind(now)
        .execute(&mut *transaction)
        .await?;
    let reserved = sqlx::query(
        "INSERT INTO assistant_reservations (account, id, day, expires_at)
         SELECT $1, $2, $3, $4
         WHERE $5 + (SELECT count(*) FROM assistant_reservations WHERE account = $1 AND day = $3) < $6",
    )
    .bind(account.0)
    .bind(id)
    .bind(day)
    .bind(expires_at)
    .bind(calls)
    .bind(i64::from(allowed))
    .execute(&mut *transaction)
    .await?;
    transaction.commit().await?;
    Ok(reserved.rows_affected() == 1)
}

/// Ends a call: one that succeeded is counted, any other gives back what was reserved for it.
pub async fn settle(
    pool: &PgPool,
    account: AccountId,
    reservation: Reservation,
    succeeded: bool,
) -> Result<(), ProjectionError> {
    let Reservation { id, day } = reservation;
    sqlx::query(
        "WITH ended AS (DELETE FROM assistant_reservations WHERE account = $1 AND id = $2)
         UPDATE assistant_quota_days SET calls = calls + $4 WHERE account = $1 AND day = $3",
    )
    .bind(account.0)
    .bind(id)
    .bind(day)
    .bind(i64::from(succeeded))
    .execute(pool)
    .await?;
    Ok(())
}

/// Counts a call that writes a flow, if the day allows one more; false if its flows are spent.
pub async fn generate(
    pool: &PgPool,
    account: AccountId,
    day: NaiveDate,
    allowed: u32,
) -> Result<bool, ProjectionError> {
    let counted = sqlx::query(
        "INSERT INTO assistant_quota_days AS known (account, day, calls, generating) SELECT $1, $2, 0, 1 WHERE $3 > 0
         ON CONFLICT (account, day) DO UPDATE SET generating = known.generating + 1 WHERE known.generating < $3",
    )
    .bind(account.0)
    .bind(day)
    .bind(i64::from(allowed))
    .execute(pool)
    .await?;
    Ok(counted.rows_affected() == 1)
}

/// Such a call brought no answer: it does not count.
pub async fn generated_nothing(
    pool: &PgPool,
    account: AccountId,
    day: NaiveDate,
) -> Result<(), ProjectionError> {
    sqlx::query("UPDATE assistant_quota_days SET generating = greatest(generating - 1, 0) WHERE account = $1 AND day = $2")
        .bind(account.0)
        .bind(day)
        .execute(pool)
        .await?;
    Ok(())
}

/// How many calls count on a day: those that succeeded, and those that are under way.
pub async fn used(
    pool: &PgPool,
    account: AccountId,
    day: NaiveDate,
    now: DateTime<Utc>,
) -> Result<u64, ProjectionError> {
    let (calls,): (i64,) = sqlx::query_as(
        "SELECT coalesce((SELECT calls FROM assistant_quota_days WHERE account = $1 AND day = $2), 0)
             + (SELECT count(*) FROM assistant_reservations WHERE account = $1 AND day = $2 AND expires_at > $3)",
    )
    .bind(account.0)
    .bind(day)
    .bind(now)
    .fetch_one(pool)
    .await?;
    Ok(calls.unsigned_abs())
}

/// Keeps in mind that a session's step waits for the day after this one.
pub async fn wait_for_next_day(
    pool: &PgPool,
    account: AccountId,
    session: SessionId,
    day: NaiveDate,
) -> Result<(), ProjectionError> {
    sqlx::query(
        "INSERT INTO assistant_quota_waits (account, session, day) VALUES ($1, $2, $3)
         ON CONFLICT (account, session) DO UPDATE SET day = excluded.day",
    )
    .bind(account.0)
    .bind(session.0)
    .bind(day)
    .execute(pool)
    .await?;
    Ok(())
}

/// The account's sessions that wait since an earlier day than this one, after the one given: a page at a time.
pub async fn waiting(
    pool: &PgPool,
    account: AccountId,
    today: NaiveDate,
    after: Option<SessionId>,
    most: i64,
) -> Result<Vec<(SessionId, NaiveDate)>, ProjectionError> {
    let rows: Vec<(Uuid, NaiveDate)> = sqlx::query_as(
        "SELECT session, day FROM assistant_quota_waits
         WHERE account = $1 AND day < $2 AND ($3::uuid IS NULL OR session > $3) ORDER BY session LIMIT $4",
    )
    .bind(account.0)
    .bind(today)
    .bind(after.map(|session| session.0))
    .bind(most)
    .fetch_all(pool)
    .await?;
    Ok(rows.into_iter().map(|(session, day)| (SessionId(session), day)).collect())
}

/// A session waits no more since that day.
pub async fn waits_no_more(
    pool: &PgPool,
    account: AccountId,
    session: SessionId,
    day: NaiveDate,
) -> Result<(), ProjectionError> {
    sqlx::query("DELETE FROM assistant_quota_waits WHERE account = $1 AND session = $2 AND day = $3")
        .bind(account.0)
        .bind(session.0)
        .bind(day)
        .execute(pool)
        .await?;
    Ok(())
}
