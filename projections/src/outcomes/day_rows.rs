//! Days and weeks in their tables: changes are added to what stands there; a day that counts nothing any more goes.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use domain::id::AccountId;
use domain::local_days::monday;
use sqlx::postgres::{PgArguments, PgRow};
use sqlx::{PgConnection, Postgres, Row};
use uuid::Uuid;

use super::day::{COUNTS, Day, Measure, Place};
use super::sketch::Sketch;
use crate::error::ProjectionError;

/// A table of sums, and which row of it a day belongs to.
#[derive(Debug, Clone, Copy)]
struct Grain {
    table: &'static str,
    row_of: fn(NaiveDate) -> NaiveDate,
}

const DAYS: Grain = Grain { table: "outcome_days", row_of: |day| day };
const WEEKS: Grain = Grain { table: "outcome_weeks", row_of: monday };

/// Adds changes to the days, and to their weeks.
pub(super) async fn add(
    connection: &mut PgConnection,
    changes: &BTreeMap<Place, Day>,
) -> Result<(), ProjectionError> {
    for grain in [DAYS, WEEKS] {
        let mut rows: BTreeMap<Place, Day> = BTreeMap::new();
        for (place, change) in changes {
            rows.entry(Place { day: (grain.row_of)(place.day), ..*place }).or_default().add(change);
        }
        rows.retain(|_, change| !change.is_empty());
        if !rows.is_empty() {
            add_to(connection, grain, rows).await?;
        }
    }
    Ok(())
}

async fn add_to(
    connection: &mut PgConnection,
    grain: Grain,
    mut rows: BTreeMap<Place, Day>,
) -> Result<(), ProjectionError> {
    for (place, stored) in load(connection, grain, &rows).await? {
        rows.entry(place).or_default().add(&stored);
    }
    let gone: Vec<Place> = rows.iter().filter(|(_, day)| day.is_empty()).map(|(place, _)| *place).collect();
    rows.retain(|_, day| !day.is_empty());
    remove(connection, grain, &gone).await?;
    store(connection, grain, &rows).await
}

async fn load(
    connection: &mut PgConnection,
    grain: Grain,
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
        grain.table
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
    for Grain { table, .. } in [DAYS, WEEKS] {
        sqlx::query(&format!("DELETE FROM {table} WHERE account = $1"))
            .bind(account.0)
            .execute(&mut *connection)
            .await?;
    }
    Ok(())
}

async fn remove(
    connection: &mut PgConnection,
    grain: Grain,
    places: &[Place],
) -> Result<(), ProjectionError> {
    if places.is_empty() {
        return Ok(());
    }
    let sql = format!(
        "DELETE FROM {} WHERE (account, day, slice) IN
             (SELECT * FROM unnest($1::uuid[], $2::date[], $3::text[]))",
        grain.table
    );
    bind(sqlx::query(&sql), places).execute(connection).await?;
    Ok(())
}

async fn store(
    connection: &mut PgConnection,
    grain: Grain,
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
        grain.table,
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
