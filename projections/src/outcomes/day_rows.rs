//! Days and weeks in their tables: changes are added to what stands there; a day that counts nothing any more goes. A week is
//! written when it is over, from its days.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use domain::id::AccountId;
use domain::local_days::monday;
use sqlx::postgres::{PgArguments, PgRow};
use sqlx::{PgConnection, Postgres, Row};
use uuid::Uuid;

use super::day::{COUNTS, Day, Measure, Place, Slice};
use super::sketch::Sketch;
use crate::error::ProjectionError;

const DAYS: &str = "outcome_days";
const WEEKS: &str = "outcome_weeks";

/// Adds changes to the days.
pub(super) async fn add(
    connection: &mut PgConnection,
    changes: &BTreeMap<Place, Day>,
) -> Result<(), ProjectionError> {
    let changes = changes.iter().filter(|(_, change)| !change.is_empty());
    add_to(connection, DAYS, changes.map(|(place, change)| (*place, change.clone())).collect()).await
}

/// Writes days that were not in the sums.
pub(super) async fn write(
    connection: &mut PgConnection,
    days: &BTreeMap<Place, Day>,
) -> Result<(), ProjectionError> {
    store(connection, DAYS, days).await
}

/// Adds to the weeks what days change by whose weeks are over.
pub(super) async fn add_to_weeks<'a>(
    connection: &mut PgConnection,
    changes: impl Iterator<Item = (&'a Place, &'a Day)>,
) -> Result<(), ProjectionError> {
    let mut rows = by_week(changes);
    rows.retain(|_, change| !change.is_empty());
    add_to(connection, WEEKS, rows).await
}

/// Writes an account's weeks that are over now, from the first up to the one before the end: both are Mondays.
pub(super) async fn write_weeks(
    connection: &mut PgConnection,
    account: AccountId,
    from: Option<NaiveDate>,
    end: NaiveDate,
) -> Result<(), ProjectionError> {
    let sql = format!(
        "SELECT day, slice, {} FROM {DAYS} WHERE account = $1 AND day >= coalesce($2, '-infinity') AND day < $3",
        columns().collect::<Vec<_>>().join(", ")
    );
    let rows = sqlx::query(&sql).bind(account.0).bind(from).bind(end).fetch_all(&mut *connection).await?;
    let mut days = Vec::with_capacity(rows.len());
    for row in &rows {
        let slice = Slice::parse(row.try_get("slice")?)
            .ok_or_else(|| ProjectionError::Inconsistent("a stored slice can't be read".to_owned()))?;
        days.push((Place { account, slice, day: row.try_get("day")? }, read(row)?));
    }
    store(connection, WEEKS, &by_week(days.iter().map(|(place, day)| (place, day)))).await
}

fn by_week<'a>(days: impl Iterator<Item = (&'a Place, &'a Day)>) -> BTreeMap<Place, Day> {
    let mut weeks: BTreeMap<Place, Day> = BTreeMap::new();
    for (place, day) in days {
        weeks.entry(Place { day: monday(place.day), ..*place }).or_default().add(day);
    }
    weeks
}

async fn add_to(
    connection: &mut PgConnection,
    table: &str,
    mut rows: BTreeMap<Place, Day>,
) -> Result<(), ProjectionError> {
    if rows.is_empty() {
        return Ok(());
    }
    for (place, stored) in load(connection, table, &rows).await? {
        rows.entry(place).or_default().add(&stored);
    }
    let gone: Vec<Place> = rows.iter().filter(|(_, day)| day.is_empty()).map(|(place, _)| *place).collect();
    rows.retain(|_, day| !day.is_empty());
    remove(connection, table, &gone).await?;
    store(connection, table, &rows).await
}

async fn load(
    connection: &mut PgConnection,
    table: &str,
    places: &BTreeMap<Place, Day>,
) -> Result<Vec<(Place, Day)>, ProjectionError> {
    let places: Vec<Place> = places.keys().copied().collect();
    let columns: Vec<String> = columns().map(|name| format!("kept.{name}")).collect();
    let sql = format!(
        "SELECT wanted.number, {} FROM unnest($1::uuid[], $2::date[], $3::text[]) WITH ORDINALITY
             AS wanted (account, day, slice, number)
         JOIN {} AS kept
             ON (kept.account, kept.slice, kept.day) = (wanted.account, wanted.slice, wanted.day)",
        columns.join(", "),
        table
    );
    let rows = bind(sqlx::query(&sql), &places).fetch_all(connection).await?;
    let mut found = Vec::with_capacity(rows.len());
    for row in &rows {
        let number: i64 = row.try_get("number")?;
        let place = usize::try_from(number - 1).ok().and_then(|at| places.get(at));
        if let Some(place) = place {
            found.push((*place, read(row)?));
        }
    }
    Ok(found)
}

pub(super) fn columns() -> impl Iterator<Item = &'static str> {
    COUNTS.into_iter().chain(Measure::ALL.map(Measure::sketch))
}

type Query<'a> = sqlx::query::Query<'a, Postgres, PgArguments>;

fn bind<'a>(query: Query<'a>, places: &[Place]) -> Query<'a> {
    query
        .bind(places.iter().map(|it| it.account.0).collect::<Vec<Uuid>>())
        .bind(places.iter().map(|it| it.day).collect::<Vec<_>>())
        .bind(places.iter().map(|it| it.slice.to_string()).collect::<Vec<_>>())
}

fn read(row: &PgRow) -> Result<Day, ProjectionError> {
    let mut day = Day::default();
    for (count, name) in day.counts.iter_mut().zip(COUNTS) {
        *count = row.try_get(name)?;
    }
    for (sketch, measure) in day.sketches.iter_mut().zip(Measure::ALL) {
        add_sketch(sketch, row.try_get(measure.sketch())?)?;
    }
    Ok(day)
}

/// Adds a stored sketch to another one.
pub(super) fn add_sketch(sketch: &mut Sketch, stored: &[u8]) -> Result<(), ProjectionError> {
    let read = sketch.add_bytes(stored);
    read.then_some(())
        .ok_or_else(|| ProjectionError::Inconsistent("a stored sketch can't be read".to_owned()))
}

/// Drops all sums of an account.
pub(super) async fn forget(connection: &mut PgConnection, account: AccountId) -> Result<(), ProjectionError> {
    for table in [DAYS, WEEKS] {
        sqlx::query(&format!("DELETE FROM {table} WHERE account = $1"))
            .bind(account.0)
            .execute(&mut *connection)
            .await?;
    }
    Ok(())
}

async fn remove(connection: &mut PgConnection, table: &str, places: &[Place]) -> Result<(), ProjectionError> {
    if places.is_empty() {
        return Ok(());
    }
    let sql = format!(
        "DELETE FROM {table} WHERE (account, day, slice) IN
             (SELECT * FROM unnest($1::uuid[], $2::date[], $3::text[]))"
    );
    bind(sqlx::query(&sql), places).execute(connection).await?;
    Ok(())
}

async fn store(
    connection: &mut PgConnection,
    table: &str,
    days: &BTreeMap<Place, Day>,
) -> Result<(), ProjectionError> {
    if days.is_empty() {
        return Ok(());
    }
    let places: Vec<Place> = days.keys().copied().collect();
    let kinds = COUNTS.iter().map(|_| "bigint").chain(Measure::ALL.iter().map(|_| "bytea"));
    let values: Vec<String> = kinds.zip(4..).map(|(kind, number)| format!("${number}::{kind}[]")).collect();
    let updates: Vec<String> = columns().map(|name| format!("{name} = excluded.{name}")).collect();
    let sql = format!(
        "INSERT INTO {} (account, day, slice, {})
         SELECT * FROM unnest($1::uuid[], $2::date[], $3::text[], {})
         ON CONFLICT (account, slice, day) DO UPDATE SET {}",
        table,
        columns().collect::<Vec<_>>().join(", "),
        values.join(", "),
        updates.join(", ")
    );
    let mut query = bind(sqlx::query(&sql), &places);
    for at in 0..COUNTS.len() {
        query = query.bind(days.values().map(|day| day.counts[at]).collect::<Vec<_>>());
    }
    for at in 0..Measure::ALL.len() {
        query = query.bind(days.values().map(|day| day.sketches[at].to_bytes()).collect::<Vec<_>>());
    }
    query.execute(connection).await?;
    Ok(())
}
