//! Days in their table: a batch's changes are added to what stands there; a day that counts nothing any more goes.

use std::collections::BTreeMap;

use domain::id::AccountId;
use sqlx::postgres::{PgArguments, PgRow};
use sqlx::{PgConnection, Postgres, Row};
use uuid::Uuid;

use super::day::{COUNTS, Day, Measure, Place};
use super::sketch::Sketch;
use crate::error::ProjectionError;

/// Adds changes to the days.
pub(super) async fn add(
    connection: &mut PgConnection,
    mut changes: BTreeMap<Place, Day>,
) -> Result<(), ProjectionError> {
    changes.retain(|_, change| !change.is_empty());
    if changes.is_empty() {
        return Ok(());
    }
    let mut days = load(connection, &changes).await?;
    for (place, change) in &changes {
        days.entry(*place).or_default().add(change);
    }
    let gone: Vec<Place> = days.iter().filter(|(_, day)| day.is_empty()).map(|(place, _)| *place).collect();
    days.retain(|_, day| !day.is_empty());
    remove(connection, &gone).await?;
    store(connection, &days).await
}

async fn load(
    connection: &mut PgConnection,
    places: &BTreeMap<Place, Day>,
) -> Result<BTreeMap<Place, Day>, ProjectionError> {
    let places: Vec<Place> = places.keys().copied().collect();
    let columns: Vec<String> = columns().map(|name| format!("kept.{name}")).collect();
    let sql = format!(
        "SELECT wanted.number, {} FROM unnest($1::uuid[], $2::date[], $3::text[]) WITH ORDINALITY
             AS wanted (account, day, slice, number)
         JOIN outcome_days AS kept
             ON (kept.account, kept.slice, kept.day) = (wanted.account, wanted.slice, wanted.day)",
        columns.join(", ")
    );
    let rows = bind(sqlx::query(&sql), &places).fetch_all(connection).await?;
    let mut found = BTreeMap::new();
    for row in &rows {
        let number: i64 = row.try_get("number")?;
        let place = usize::try_from(number - 1).ok().and_then(|at| places.get(at));
        if let Some(place) = place {
            found.insert(*place, read(row)?);
        }
    }
    Ok(found)
}

fn columns() -> impl Iterator<Item = &'static str> {
    COUNTS.into_iter().chain(Measure::ALL.map(Measure::sketch))
}

type Query<'a> = sqlx::query::Query<'a, Postgres, PgArguments>;

fn bind<'a>(query: Query<'a>, places: &[Place]) -> Query<'a> {
    query
        .bind(places.iter().map(|it| it.account.0).collect::<Vec<Uuid>>())
        .bind(places.iter().map(|it| it.day).collect::<Vec<_>>())
        .bind(places.iter().map(|it| it.slice).collect::<Vec<_>>())
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

/// Drops all days of an account.
pub(super) async fn forget(connection: &mut PgConnection, account: AccountId) -> Result<(), ProjectionError> {
    sqlx::query("DELETE FROM outcome_days WHERE account = $1").bind(account.0).execute(connection).await?;
    Ok(())
}

async fn remove(connection: &mut PgConnection, places: &[Place]) -> Result<(), ProjectionError> {
    if places.is_empty() {
        return Ok(());
    }
    let sql = "DELETE FROM outcome_days WHERE (account, day, slice) IN
                   (SELECT * FROM unnest($1::uuid[], $2::date[], $3::text[]))";
    bind(sqlx::query(sql), places).execute(connection).await?;
    Ok(())
}

async fn store(connection: &mut PgConnection, days: &BTreeMap<Place, Day>) -> Result<(), ProjectionError> {
    if days.is_empty() {
        return Ok(());
    }
    let places: Vec<Place> = days.keys().copied().collect();
    let kinds = COUNTS.iter().map(|_| "bigint").chain(Measure::ALL.iter().map(|_| "bytea"));
    let values: Vec<String> = kinds.zip(4..).map(|(kind, number)| format!("${number}::{kind}[]")).collect();
    let updates: Vec<String> = columns().map(|name| format!("{name} = excluded.{name}")).collect();
    let sql = format!(
        "INSERT INTO outcome_days (account, day, slice, {})
         SELECT * FROM unnest($1::uuid[], $2::date[], $3::text[], {})
         ON CONFLICT (account, slice, day) DO UPDATE SET {}",
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
