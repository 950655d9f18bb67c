//! Outcomes in their table: read and written in a statement each, whatever the size of a batch.

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDate, Utc};
use domain::id::{AccountId, SessionId, TeamId, UserId};
use domain::problem::ProblemDomain;
use domain::session::status::SessionStatus;
use domain::session::view::ActiveTime;
use futures_util::TryStreamExt;
use serde::de::DeserializeOwned;
use serde_json::Value;
use sqlx::postgres::PgRow;
use sqlx::{FromRow, PgConnection, Row};
use uuid::Uuid;

use super::day::{self, Day, Measure, Place};
use super::outcome::{Close, Outcome, Resolved};
use crate::error::ProjectionError;

/// What an [`Outcome`] is read from.
const COLUMNS: &str = "account, session, team, handler, domain, tier, status, started_at, started_day, closed_at, closed_day,
    escalated, waiting_since, pick_up_micros, steps, reopened, rating, counted_micros, running_since, duration_micros,
    resolve_micros, active_micros, business_micros";

/// The outcomes of these sessions.
pub(super) async fn load(
    connection: &mut PgConnection,
    accounts: &[Uuid],
    sessions: &[Uuid],
) -> Result<Vec<Outcome>, ProjectionError> {
    let sql = format!("SELECT {COLUMNS} FROM outcomes WHERE account = ANY($1) AND session = ANY($2)");
    Ok(sqlx::query_as(&sql).bind(accounts).bind(sessions).fetch_all(connection).await?)
}

/// A page of an account's outcomes, after the one of this session.
pub(super) async fn page(
    connection: &mut PgConnection,
    account: AccountId,
    after: Uuid,
    limit: i64,
) -> Result<Vec<Outcome>, ProjectionError> {
    let sql = format!(
        "SELECT {COLUMNS} FROM outcomes WHERE account = $1 AND session > $2 ORDER BY session LIMIT $3"
    );
    Ok(sqlx::query_as(&sql).bind(account.0).bind(after).bind(limit).fetch_all(connection).await?)
}

/// Adds up what an account's sessions were that were closed on these days, from the first up to the one before the end.
pub(super) async fn sum(
    connection: &mut PgConnection,
    account: AccountId,
    from: Option<NaiveDate>,
    end: Option<NaiveDate>,
    into: &mut BTreeMap<Place, Day>,
) -> Result<(), ProjectionError> {
    let sql = format!(
        "SELECT {COLUMNS} FROM outcomes
         WHERE account = $1 AND closed_day IS NOT NULL
               AND closed_day >= coalesce($2, '-infinity') AND closed_day < coalesce($3, 'infinity')"
    );
    let mut outcomes =
        sqlx::query_as::<_, Outcome>(&sql).bind(account.0).bind(from).bind(end).fetch(connection);
    while let Some(outcome) = outcomes.try_next().await? {
        day::count(into, &outcome, 1);
    }
    Ok(())
}

/// Writes the outcomes of a batch.
pub(super) async fn store(
    connection: &mut PgConnection,
    outcomes: &[&Outcome],
) -> Result<(), ProjectionError> {
    if outcomes.is_empty() {
        return Ok(());
    }
    let close = || outcomes.iter().map(|it| it.close.as_ref());
    let measured = |measure: Measure| outcomes.iter().map(|it| measure.of(it)).collect::<Vec<_>>();
    sqlx::query(
        "INSERT INTO outcomes (account, session, team, handler, domain, tier, status, started_at, started_day, closed_at,
             closed_day, escalated, waiting_since, pick_up_micros, steps, reopened, rating, counted_micros, running_since,
             duration_micros, resolve_micros, active_micros, business_micros)
         SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::uuid[], $5::text[], $6::text[], $7::text[],
             $8::timestamptz[], $9::date[], $10::timestamptz[], $11::date[], $12::boolean[], $13::timestamptz[],
             $14::bigint[], $15::integer[], $16::integer[], $17::smallint[], $18::bigint[], $19::timestamptz[],
             $20::bigint[], $21::bigint[], $22::bigint[], $23::bigint[])
         ON CONFLICT (account, session) DO UPDATE SET handler = excluded.handler, domain = excluded.domain,
             tier = excluded.tier, status = excluded.status, started_day = excluded.started_day,
             closed_at = excluded.closed_at, closed_day = excluded.closed_day, escalated = excluded.escalated,
             waiting_since = excluded.waiting_since, pick_up_micros = excluded.pick_up_micros, steps = excluded.steps,
             reopened = excluded.reopened, rating = excluded.rating, counted_micros = excluded.counted_micros,
             running_since = excluded.running_since, duration_micros = excluded.duration_micros,
             resolve_micros = excluded.resolve_micros, active_micros = excluded.active_micros,
             business_micros = excluded.business_micros",
    )
    .bind(outcomes.iter().map(|it| it.account.0).collect::<Vec<_>>())
    .bind(outcomes.iter().map(|it| it.session.0).collect::<Vec<_>>())
    .bind(outcomes.iter().map(|it| it.team.map(|team| team.0)).collect::<Vec<_>>())
    .bind(outcomes.iter().map(|it| it.handler.0).collect::<Vec<_>>())
    .bind(outcomes.iter().map(|it| it.domain.map(ProblemDomain::as_str)).collect::<Vec<_>>())
    .bind(outcomes.iter().map(|it| it.tier.as_str()).collect::<Vec<_>>())
    .bind(outcomes.iter().map(|it| it.status.as_str()).collect::<Vec<_>>())
    .bind(outcomes.iter().map(|it| it.started_at).collect::<Vec<_>>())
    .bind(outcomes.iter().map(|it| it.started_day).collect::<Vec<_>>())
    .bind(close().map(|it| it.map(|close| close.at)).collect::<Vec<_>>())
    .bind(close().map(|it| it.map(|close| close.day)).collect::<Vec<_>>())
    .bind(outcomes.iter().map(|it| it.escalated).collect::<Vec<_>>())
    .bind(outcomes.iter().map(|it| it.waiting_since).collect::<Vec<_>>())
    .bind(outcomes.iter().map(|it| it.pick_up_micros).collect::<Vec<_>>())
    .bind(outcomes.iter().map(|it| it.steps).collect::<Vec<_>>())
    .bind(outcomes.iter().map(|it| it.reopened).collect::<Vec<_>>())
    .bind(outcomes.iter().map(|it| it.rating).collect::<Vec<_>>())
    .bind(outcomes.iter().map(|it| it.active.counted_micros).collect::<Vec<_>>())
    .bind(outcomes.iter().map(|it| it.active.running_since).collect::<Vec<_>>())
    .bind(measured(Measure::Duration))
    .bind(measured(Measure::Resolve))
    .bind(measured(Measure::Active))
    .bind(measured(Measure::Business))
    .execute(connection)
    .await?;
    Ok(())
}

impl FromRow<'_, PgRow> for Outcome {
    fn from_row(row: &PgRow) -> Result<Self, sqlx::Error> {
        let status: SessionStatus = named(row.try_get("status")?)?;
        let domain: Option<String> = row.try_get("domain")?;
        Ok(Self {
            account: AccountId(row.try_get("account")?),
            session: SessionId(row.try_get("session")?),
            team: row.try_get::<Option<Uuid>, _>("team")?.map(TeamId),
            handler: UserId(row.try_get("handler")?),
            domain: domain.map(named).transpose()?,
            tier: named(row.try_get("tier")?)?,
            status,
            started_at: row.try_get("started_at")?,
            started_day: row.try_get("started_day")?,
            escalated: row.try_get("escalated")?,
            waiting_since: row.try_get("waiting_since")?,
            pick_up_micros: row.try_get("pick_up_micros")?,
            steps: row.try_get("steps")?,
            reopened: row.try_get("reopened")?,
            rating: row.try_get("rating")?,
            active: ActiveTime {
                counted_micros: row.try_get("counted_micros")?,
                running_since: row.try_get("running_since")?,
            },
            close: close(row, status)?,
        })
    }
}

fn close(row: &PgRow, status: SessionStatus) -> Result<Option<Close>, sqlx::Error> {
    let at: Option<DateTime<Utc>> = row.try_get("closed_at")?;
    let day: Option<NaiveDate> = row.try_get("closed_day")?;
    let (Some(at), Some(day)) = (at, day) else { return Ok(None) };
    let resolved = if status == SessionStatus::Resolved {
        let business_micros = row.try_get("business_micros")?;
        Some(Resolved { active_micros: row.try_get("active_micros")?, business_micros })
    } else {
        None
    };
    Ok(Some(Close { at, day, duration_micros: row.try_get("duration_micros")?, resolved }))
}

/// What a stored name stands for.
pub(super) fn named<T: DeserializeOwned>(name: String) -> Result<T, sqlx::Error> {
    serde_json::from_value(Value::String(name)).map_err(|error| sqlx::Error::Decode(error.into()))
}
