//! How many sessions were started on a day, and how many of these are still open.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use domain::id::AccountId;
use sqlx::PgConnection;

use super::outcome::Outcome;
use crate::error::ProjectionError;

/// By account and day: what `started` and `open` change by.
pub(super) type Starts = BTreeMap<(AccountId, NaiveDate), [i64; 2]>;

/// What the day of a session's start changes by: taken from it as it was (-1), added as it is (1).
pub(super) fn count(changes: &mut Starts, outcome: &Outcome, times: i64) {
    let [started, open] = changes.entry((outcome.account, outcome.started_day)).or_default();
    *started += times;
    *open += if outcome.close.is_none() { times } else { 0 };
}

/// Adds changes to what stands there.
pub(super) async fn add(connection: &mut PgConnection, mut changes: Starts) -> Result<(), ProjectionError> {
    changes.retain(|_, change| *change != [0, 0]);
    if changes.is_empty() {
        return Ok(());
    }
    sqlx::query(
        "INSERT INTO outcome_starts AS kept (account, day, started, open)
         SELECT * FROM unnest($1::uuid[], $2::date[], $3::bigint[], $4::bigint[])
         ON CONFLICT (account, day) DO UPDATE SET started = kept.started + excluded.started, open = kept.open + excluded.open",
    )
    .bind(changes.keys().map(|(account, _)| account.0).collect::<Vec<_>>())
    .bind(changes.keys().map(|(_, day)| *day).collect::<Vec<_>>())
    .bind(changes.values().map(|[started, _]| *started).collect::<Vec<_>>())
    .bind(changes.values().map(|[_, open]| *open).collect::<Vec<_>>())
    .execute(connection)
    .await?;
    Ok(())
}

/// Drops all that stands there of an account.
pub(super) async fn forget(connection: &mut PgConnection, account: AccountId) -> Result<(), ProjectionError> {
    sqlx::query("DELETE FROM outcome_starts WHERE account = $1").bind(account.0).execute(connection).await?;
    Ok(())
}
