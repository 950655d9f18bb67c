//! By which clock and in which hours an account works: where its days begin, and what of a span is business time.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, NaiveDate, Utc};
use chrono_tz::Tz;
use domain::account::business_hours::BusinessHours;
use domain::account::event::AccountEvent;
use domain::business_time;
use domain::id::AccountId;
use domain::recorded_event::RecordedEvent;
use sqlx::PgConnection;
use sqlx::types::Json;
use uuid::Uuid;

use crate::error::ProjectionError;

/// An account's zone and hours.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Calendar {
    zone: Tz,
    hours: Option<BusinessHours>,
}

/// Of an account that is not known.
impl Default for Calendar {
    fn default() -> Self {
        Self { zone: Tz::UTC, hours: None }
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

/// The calendars of these accounts.
pub(super) async fn load(
    connection: &mut PgConnection,
    accounts: &BTreeSet<AccountId>,
) -> Result<BTreeMap<AccountId, Calendar>, ProjectionError> {
    let rows: Vec<(Uuid, String, Option<Json<BusinessHours>>)> = sqlx::query_as(
        "SELECT account, time_zone, business_hours FROM outcome_calendars WHERE account = ANY($1)",
    )
    .bind(accounts.iter().map(|it| it.0).collect::<Vec<_>>())
    .fetch_all(connection)
    .await?;
    rows.into_iter()
        .map(|(account, zone, hours)| {
            let calendar = Calendar { zone: parse_zone(&zone)?, hours: hours.map(|it| it.0) };
            Ok((AccountId(account), calendar))
        })
        .collect()
}

pub(super) fn parse_zone(name: &str) -> Result<Tz, ProjectionError> {
    name.parse().map_err(|_| ProjectionError::Inconsistent(format!("unknown time zone {name}")))
}
