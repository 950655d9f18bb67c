//! Reading analytics: what a span of local days adds up to, in time that does not grow with the number of sessions.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use chrono_tz::Tz;
use domain::id::AccountId;
use domain::local_days::DaySpan;
use domain::problem::ProblemDomain;
use domain::session::status::ConfidenceTier;
use sqlx::{FromRow, PgPool};

use super::calendar::parse_zone;
use super::day::{ALL, Measure};
use super::day_rows::add_sketch;
use super::durations::Durations;
use super::sketch::Sketch;
use crate::error::ProjectionError;

/// Up to so many durations, figures are computed from the durations themselves; beyond, from sketches.
const EXACT: i64 = 256;
/// At most so many durations are read for a list of figures, those of the least numerous first.
const READ: i64 = 4_096;

/// What a span of days adds up to. `started` and `open` are of the sessions that were started in it, all other figures of
/// those that were closed in it, by their last close.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, FromRow)]
#[expect(missing_docs, reason = "the names say it")]
pub struct Totals {
    pub started: i64,
    /// Of those, not closed by now.
    pub open: i64,
    pub closed: i64,
    pub resolved: i64,
    /// Escalation was ever requested.
    pub escalated: i64,
    pub abandoned: i64,
    /// Opened again at least once before.
    pub reopened: i64,
    /// Closed while GUIDED.
    pub guided: i64,
    /// Of resolved ones: assistant steps, all in all.
    pub steps: i64,
    pub rated: i64,
    /// All ratings added up.
    pub ratings: i64,
}

const TOTALS: &str = "coalesce(sum(started), 0)::bigint AS started, coalesce(sum(open), 0)::bigint AS open,
    coalesce(sum(closed), 0)::bigint AS closed, coalesce(sum(resolved), 0)::bigint AS resolved,
    coalesce(sum(escalated), 0)::bigint AS escalated, coalesce(sum(abandoned), 0)::bigint AS abandoned,
    coalesce(sum(reopened), 0)::bigint AS reopened, coalesce(sum(guided), 0)::bigint AS guided,
    coalesce(sum(steps), 0)::bigint AS steps, coalesce(sum(rated), 0)::bigint AS rated,
    coalesce(sum(ratings), 0)::bigint AS ratings";

/// The zone that an account's days are counted in.
pub async fn time_zone(pool: &PgPool, account: AccountId) -> Result<Tz, ProjectionError> {
    let zone: Option<String> =
        sqlx::query_scalar("SELECT time_zone FROM outcome_calendars WHERE account = $1")
            .bind(account.0)
            .fetch_optional(pool)
            .await?;
    zone.map_or(Ok(Tz::UTC), |zone| parse_zone(&zone))
}

/// All sessions of a span.
pub async fn totals(pool: &PgPool, account: AccountId, span: DaySpan) -> Result<Totals, ProjectionError> {
    let sql = format!(
        "SELECT {TOTALS} FROM outcome_days WHERE account = $1 AND slice = '{ALL}' AND day BETWEEN $2 AND $3"
    );
    Ok(sqlx::query_as(&sql).bind(account.0).bind(span.first).bind(span.last).fetch_one(pool).await?)
}

/// Closed sessions of a span by domain; domains without any are left out, and so are sessions without a domain.
pub async fn by_domain(
    pool: &PgPool,
    account: AccountId,
    span: DaySpan,
) -> Result<Vec<(ProblemDomain, Totals)>, ProjectionError> {
    by(pool, account, span, &ProblemDomain::ALL, ProblemDomain::as_str).await
}

/// The same by the tier at close.
pub async fn by_tier(
    pool: &PgPool,
    account: AccountId,
    span: DaySpan,
) -> Result<Vec<(ConfidenceTier, Totals)>, ProjectionError> {
    by(pool, account, span, &ConfidenceTier::ALL, ConfidenceTier::as_str).await
}

async fn by<T: Copy>(
    pool: &PgPool,
    account: AccountId,
    span: DaySpan,
    all: &[T],
    name: fn(T) -> &'static str,
) -> Result<Vec<(T, Totals)>, ProjectionError> {
    #[derive(FromRow)]
    struct Sliced {
        slice: String,
        #[sqlx(flatten)]
        totals: Totals,
    }
    let sql = format!(
        "SELECT slice, {TOTALS} FROM outcome_days
         WHERE account = $1 AND slice = ANY($4) AND day BETWEEN $2 AND $3 GROUP BY slice"
    );
    let rows: Vec<Sliced> = sqlx::query_as(&sql)
        .bind(account.0)
        .bind(span.first)
        .bind(span.last)
        .bind(all.iter().map(|it| name(*it)).collect::<Vec<_>>())
        .fetch_all(pool)
        .await?;
    let of = |it: &T| rows.iter().find(|row| row.slice == name(*it)).map(|row| (*it, row.totals));
    Ok(all.iter().filter_map(of).collect())
}

/// How long it took with the sessions that were closed in a span.
pub async fn durations(
    pool: &PgPool,
    account: AccountId,
    span: DaySpan,
    measure: Measure,
) -> Result<Durations, ProjectionError> {
    let sql = format!(
        "SELECT {sketch} FROM outcome_days
         WHERE account = $1 AND slice = '{ALL}' AND day BETWEEN $2 AND $3 AND {sketch} <> ''",
        sketch = measure.sketch()
    );
    let stored: Vec<Vec<u8>> =
        sqlx::query_scalar(&sql).bind(account.0).bind(span.first).bind(span.last).fetch_all(pool).await?;
    let mut sketch = Sketch::default();
    for stored in &stored {
        add_sketch(&mut sketch, stored)?;
    }
    if sketch.n() > EXACT {
        return Ok(sketch.figures());
    }
    let column = measure.column();
    let sql = format!(
        "SELECT {column} FROM outcomes WHERE account = $1 AND closed_day BETWEEN $2 AND $3 AND {column} IS NOT NULL"
    );
    let micros =
        sqlx::query_scalar(&sql).bind(account.0).bind(span.first).bind(span.last).fetch_all(pool).await?;
    Ok(Durations::exact(micros))
}

/// How long resolving took by domain; domains without a resolved session are left out.
pub async fn resolving_by_domain(
    pool: &PgPool,
    account: AccountId,
    span: DaySpan,
) -> Result<BTreeMap<ProblemDomain, Durations>, ProjectionError> {
    let stored: Vec<(String, Vec<u8>)> = sqlx::query_as(
        "SELECT slice, resolve_sketch FROM outcome_days
         WHERE account = $1 AND slice = ANY($4) AND day BETWEEN $2 AND $3 AND resolve_sketch <> ''",
    )
    .bind(account.0)
    .bind(span.first)
    .bind(span.last)
    .bind(ProblemDomain::ALL.map(ProblemDomain::as_str).to_vec())
    .fetch_all(pool)
    .await?;
    let sketches = merged(&stored)?;
    let few = few(&sketches);
    let exact: Vec<(String, i64)> = sqlx::query_as(
        "SELECT domain, resolve_micros FROM outcomes
         WHERE account = $1 AND closed_day BETWEEN $2 AND $3 AND domain = ANY($4) AND resolve_micros IS NOT NULL",
    )
    .bind(account.0)
    .bind(span.first)
    .bind(span.last)
    .bind(&few)
    .fetch_all(pool)
    .await?;
    let figures = figures(&sketches, exact);
    let of = |domain: &ProblemDomain| figures.get(domain.as_str()).map(|it| (*domain, *it));
    Ok(ProblemDomain::ALL.iter().filter_map(of).collect())
}

/// How long resolving took in each of these spans, of all sessions or of a domain. The spans follow on each other.
pub async fn resolving_trend(
    pool: &PgPool,
    account: AccountId,
    spans: &[DaySpan],
    domain: Option<ProblemDomain>,
) -> Result<Vec<Durations>, ProjectionError> {
    let (Some(first), Some(last)) = (spans.first(), spans.last()) else { return Ok(Vec::new()) };
    let begin = |day: NaiveDate| spans.iter().find(|span| day <= span.last).unwrap_or(last).first;
    let stored: Vec<(NaiveDate, Vec<u8>)> = sqlx::query_as(
        "SELECT day, resolve_sketch FROM outcome_days
         WHERE account = $1 AND slice = $4 AND day BETWEEN $2 AND $3 AND resolve_sketch <> ''",
    )
    .bind(account.0)
    .bind(first.first)
    .bind(last.last)
    .bind(domain.map_or(ALL, ProblemDomain::as_str))
    .fetch_all(pool)
    .await?;
    let stored: Vec<_> = stored.into_iter().map(|(day, sketch)| (begin(day), sketch)).collect();
    let sketches = merged(&stored)?;
    let few = few(&sketches);
    let days: Vec<NaiveDate> =
        spans.iter().filter(|span| few.contains(&span.first)).flat_map(|span| span.iter_days()).collect();
    let exact: Vec<(NaiveDate, i64)> = sqlx::query_as(
        "SELECT closed_day, resolve_micros FROM outcomes
         WHERE account = $1 AND closed_day = ANY($2) AND resolve_micros IS NOT NULL
               AND ($3::text IS NULL OR domain = $3)",
    )
    .bind(account.0)
    .bind(days)
    .bind(domain.map(ProblemDomain::as_str))
    .fetch_all(pool)
    .await?;
    let exact = exact.into_iter().map(|(day, micros)| (begin(day), micros)).collect();
    let figures = figures(&sketches, exact);
    Ok(spans.iter().map(|span| figures.get(&span.first).copied().unwrap_or_default()).collect())
}

/// Stored sketches, added up by what they are of.
fn merged<K: Ord + Clone>(stored: &[(K, Vec<u8>)]) -> Result<BTreeMap<K, Sketch>, ProjectionError> {
    let mut sketches = BTreeMap::new();
    for (key, stored) in stored {
        add_sketch(sketches.entry(key.clone()).or_default(), stored)?;
    }
    Ok(sketches)
}

/// Those of so few durations that these themselves are looked at.
fn few<K: Ord + Clone>(sketches: &BTreeMap<K, Sketch>) -> Vec<K> {
    let mut few: Vec<(i64, &K)> = sketches.iter().map(|(key, sketch)| (sketch.n(), key)).collect();
    few.retain(|(n, _)| *n <= EXACT);
    few.sort_unstable();
    few.into_iter()
        .scan(0, |read, (n, key)| {
            *read += n;
            (*read <= READ).then(|| key.clone())
        })
        .collect()
}

/// The figures of each: exact where the durations are there, else by the sketch.
fn figures<K: Ord + Clone>(sketches: &BTreeMap<K, Sketch>, exact: Vec<(K, i64)>) -> BTreeMap<K, Durations> {
    let mut durations: BTreeMap<K, Vec<i64>> = BTreeMap::new();
    for (key, micros) in exact {
        durations.entry(key).or_default().push(micros);
    }
    let exact = durations.into_iter().map(|(key, micros)| (key, Durations::exact(micros)));
    let mut figures: BTreeMap<K, Durations> =
        sketches.iter().map(|(key, sketch)| (key.clone(), sketch.figures())).collect();
    figures.extend(exact);
    figures
}
