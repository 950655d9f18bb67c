//! By which clock and in which hours an account works: where its days begin, and what of a span is business time.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, NaiveDate, Utc};
use chrono_tz::Tz;
use domain::account::business_hours::BusinessHours;
use domain::account::event::AccountEvent;
use domain::business_time;
use domain::id::AccountId;
use domain::local_days::monday;
use domain::recorded_event::RecordedEvent;
use sqlx::types::Json;
use sqlx::{FromRow, PgConnection};
use uuid::Uuid;

use crate::error::ProjectionError;

/// An account's zone and hours.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Calendar {
    zone: Tz,
    hours: Option<BusinessHours>,
}

/// An account's calendar, and how far its days are summed up.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Standing {
    pub(super) calendar: Calendar,
    /// When its latest event that counts here was recorded.
    latest_at: Option<DateTime<Utc>>,
    /// Days before this one are in the sums.
    pub(super) summed_before: Option<NaiveDate>,
}

impl Standing {
    /// The local day that runs, as far as the account's events tell: those before it are over.
    pub(super) fn today(&self) -> Option<NaiveDate> {
        self.latest_at.map(|at| self.calendar.day(at))
    }

    /// Whether a session that was closed on that day is in the sums.
    pub(super) fn has_summed(&self, day: NaiveDate) -> bool {
        self.summed_before.is_some_and(|before| day < before)
    }

    /// Weeks before this one, which runs, are in the sums; it is named by its Monday.
    pub(super) fn weeks_before(&self) -> Option<NaiveDate> {
        self.summed_before.map(monday)
    }
}

impl Calendar {
    /// The local day of an instant.
    pub(super) fn day(&self, at: DateTime<Utc>) -> NaiveDate {
        at.with_timezone(&self.zone).date_naive()
    }

    /// Business time of a span; none where nobody said when work is done.
    pub(super) fn business_micros(&self, from: DateTime<Utc>, to: DateTime<Utc>) -> Option<i64> {
        let hours = self.hours.as_ref()?;
        business_time::between(hours, self.zone, from, to).num_microseconds()
    }
}

/// Keeps the calendar that an event of an account tells, and says whether it is another one than before.
pub(super) async fn keep(
    connection: &mut PgConnection,
    event: &RecordedEvent,
) -> Result<bool, ProjectionError> {
    let (zone, hours) = match event.decode()? {
        AccountEvent::Opened(opened) => (opened.time_zone, None),
        AccountEvent::Configured(configured) => (configured.time_zone, configured.business_hours),
        _ => return Ok(false),
    };
    parse_zone(&zone)?;
    let changed = sqlx::query(
        "INSERT INTO outcome_calendars AS kept (account, time_zone, business_hours) VALUES ($1, $2, $3)
         ON CONFLICT (account) DO UPDATE
             SET time_zone = excluded.time_zone, business_hours = excluded.business_hours
             WHERE (kept.time_zone, kept.business_hours) IS DISTINCT FROM
                   (excluded.time_zone, excluded.business_hours)",
    )
    .bind(event.metadata.account.0)
    .bind(zone)
    .bind(hours.map(Json))
    .execute(connection)
    .await?;
    Ok(changed.rows_affected() > 0)
}

/// As these accounts stand.
pub(super) async fn load(
    connection: &mut PgConnection,
    accounts: &BTreeSet<AccountId>,
) -> Result<BTreeMap<AccountId, Standing>, ProjectionError> {
    let rows: Vec<Row> = sqlx::query_as(
        "SELECT account, time_zone, business_hours, latest_at, summed_before FROM outcome_calendars
         WHERE account = ANY($1)",
    )
    .bind(accounts.iter().map(|it| it.0).collect::<Vec<_>>())
    .fetch_all(connection)
    .await?;
    rows.into_iter().map(Row::standing).collect()
}

/// Notes when the latest events of these accounts were recorded, and tells how the accounts stand then.
pub(super) async fn advance(
    connection: &mut PgConnection,
    latest: &BTreeMap<AccountId, DateTime<Utc>>,
) -> Result<BTreeMap<AccountId, Standing>, ProjectionError> {
    let rows: Vec<Row> = sqlx::query_as(
        "INSERT INTO outcome_calendars AS kept (account, time_zone, latest_at)
         SELECT account, 'UTC', at FROM unnest($1::uuid[], $2::timestamptz[]) AS latest (account, at)
         ON CONFLICT (account) DO UPDATE SET latest_at = greatest(kept.latest_at, excluded.latest_at)
         RETURNING account, time_zone, business_hours, latest_at, summed_before",
    )
    .bind(latest.keys().map(|it| it.0).collect::<Vec<_>>())
    .bind(latest.values().copied().collect::<Vec<_>>())
    .fetch_all(connection)
    .await?;
    rows.into_iter().map(Row::standing).collect()
}

/// Notes that an account's days before this one are in the sums.
pub(super) async fn set_summed(
    connection: &mut PgConnection,
    account: AccountId,
    before: NaiveDate,
) -> Result<(), ProjectionError> {
    sqlx::query("UPDATE outcome_calendars SET summed_before = $2 WHERE account = $1")
        .bind(account.0)
        .bind(before)
        .execute(connection)
        .await?;
    Ok(())
}

#[derive(FromRow)]
struct Row {
    account: Uuid,
    time_zone: String,
    business_hours: Option<Json<BusinessHours>>,
    latest_at: Option<DateTime<Utc>>,
    summed_before: Option<NaiveDate>,
}

impl Row {
    fn standing(self) -> Result<(AccountId, Standing), ProjectionError> {
        let calendar =
            Calendar { zone: parse_zone(&self.time_zone)?, hours: self.business_hours.map(|it| it.0) };
        let (latest_at, summed_before) = (self.latest_at, self.summed_before);
        Ok((AccountId(self.account), Standing { calendar, latest_at, summed_before }))
    }
}

pub(super) fn parse_zone(name: &str) -> Result<Tz, ProjectionError> {
    name.parse().map_err(|_| ProjectionError::Inconsistent(format!("unknown time zone {name}")))
}
