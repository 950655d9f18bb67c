//! How long a dashboard takes to read, whatever number of sessions is behind it, beside aggregates over all of them; and what
//! keeping its sums costs.
//!
//! `DATABASE_URL` names the server; a database is made there and dropped again. With `-- --large` a million sessions come
//! last, which takes two minutes more.
#![expect(
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a benchmark prints its table, and may fail loudly"
)]

mod cost;
mod year;

use std::sync::Arc;
use std::time::{Duration, Instant};

use chrono::{DateTime, Utc};
use domain::id::AccountId;
use domain::local_days::DaySpan;
use event_store::testing::database;
use projections::outcomes::queries::Reading;
use projections::outcomes::{Measure, Outcomes};
use projections::sessions::Sessions;
use sqlx::{Executor, PgPool};
use uuid::Uuid;

use crate::cost::Fold;
use crate::year::Year;

const SIZES: [i64; 2] = [1_000, 100_000];
const LARGE: i64 = 1_000_000;
/// Sessions whose upkeep is compared.
const COMPARED: i64 = 20_000;
const READS: usize = 60;
/// Most events that a projection's runner takes at once, unless the projection lingers.
const BATCH: usize = 500;
/// Most that it takes of one that lingers.
const LINGERING: usize = 2_000;
/// About what it takes at once where it follows a busy log closely.
const CLOSE: usize = 20;

#[tokio::main]
async fn main() {
    let database = database().await;
    measure(&database.pool()).await;
}

async fn measure(pool: &PgPool) {
    let end: DateTime<Utc> = "2026-11-01T12:00:00Z".parse().unwrap();
    upkeep(pool, end).await;
    println!("{:>9} {:>5} {:>22} {:>22}", "sessions", "days", "by sums p50/p99 ms", "by sessions p50/p99 ms");
    let large = std::env::args().any(|argument| argument == "--large").then_some(LARGE);
    for (number, sessions) in (1_u128..).zip(SIZES.into_iter().chain(large)) {
        let year = Year { account: AccountId(Uuid::from_u128(number << 64)), sessions, end };
        let outcomes = Outcomes::default();
        let mut folds = [Fold::new(pool, &outcomes, BATCH).await];
        let events = fold(&mut folds, &year).await;
        let rate = f64::from(events) / folds[0].cost.took.as_secs_f64();
        pool.execute("VACUUM ANALYZE").await.unwrap();
        for days in [30, 365] {
            let span = DaySpan::ending(end.date_naive(), days);
            let (mut by_sums, mut by_sessions) = (Vec::new(), Vec::new());
            for _ in 0..READS {
                by_sums.push(timed(dashboard(pool, year.account, span)).await);
            }
            for _ in 0..READS / 6 {
                by_sessions.push(timed(aggregate(pool, year.account, span)).await);
            }
            println!("{sessions:>9} {days:>5} {:>22} {:>22}", told(by_sums), told(by_sessions));
        }
        let bytes: i64 = sqlx::query_scalar(
            "SELECT pg_total_relation_size('outcome_days') + pg_total_relation_size('outcome_weeks')",
        )
        .fetch_one(pool)
        .await
        .unwrap();
        println!(
            "{rate:.0} events a second folded; the sums of all sessions so far take {} KiB",
            bytes / 1_024
        );
    }
}

/// What the outcomes cost beside the projection of the sessions themselves, over the same events, as many in a transaction as
/// named: when both catch up, and when sessions follow a busy log closely while outcomes linger.
async fn upkeep(pool: &PgPool, end: DateTime<Utc>) {
    let upkeeps = [(BATCH, BATCH), (BATCH, LINGERING), (CLOSE, CLOSE), (CLOSE, BATCH)];
    for (number, (of_sessions, of_outcomes)) in (90_u128..).zip(upkeeps) {
        let year = Year { account: AccountId(Uuid::from_u128(number << 64)), sessions: COMPARED, end };
        let (sessions, outcomes) = (Sessions::default(), Outcomes::default());
        let mut folds =
            [Fold::new(pool, &sessions, of_sessions).await, Fold::new(pool, &outcomes, of_outcomes).await];
        fold(&mut folds, &year).await;
        let [sessions, outcomes] = folds.map(|fold| fold.cost);
        println!(
            "{COMPARED} sessions folded into rows, {of_sessions} events at once: {sessions}; into outcomes and sums, \
             {of_outcomes} at once: {outcomes}: {:.0} % of the time, {:.0} % of the processor's",
            100.0 * outcomes.took.as_secs_f64() / sessions.took.as_secs_f64(),
            100.0 * outcomes.worked.as_secs_f64() / sessions.worked.as_secs_f64(),
        );
    }
}

/// Folds a year in the order of its log.
async fn fold(folds: &mut [Fold<'_>], year: &Year) -> u32 {
    let mut count = 0;
    for event in year.log() {
        let event = Arc::new(event);
        count += 1;
        for fold in &mut *folds {
            fold.take(&event).await;
        }
    }
    for fold in folds {
        fold.end().await;
    }
    count
}

async fn timed(doing: impl Future<Output = ()>) -> Duration {
    let started = Instant::now();
    doing.await;
    started.elapsed()
}

fn told(mut took: Vec<Duration>) -> String {
    took.sort_unstable();
    let milliseconds = |of: Duration| of.as_secs_f64() * 1_000.0;
    format!("{:.1} / {:.1}", milliseconds(took[took.len() / 2]), milliseconds(took[took.len() - 1]))
}

/// Everything that a whole dashboard reads.
async fn dashboard(pool: &PgPool, account: AccountId, span: DaySpan) {
    let mut reading = Reading::begin(pool, account).await.unwrap();
    reading.totals(span).await.unwrap();
    reading.totals(span.previous()).await.unwrap();
    let measures = [Measure::Resolve, Measure::Duration, Measure::Active, Measure::Business, Measure::PickUp];
    reading.durations(span, &measures).await.unwrap();
    reading.by_domain(span).await.unwrap();
    reading.by_tier(span).await.unwrap();
    reading.resolving_by_domain(span).await.unwrap();
    let spans = if span.days() > 90 { span.by_week() } else { span.by_day() };
    reading.resolving_trend(&spans, None).await.unwrap();
}

/// The percentiles of it alone, of the sessions themselves.
async fn aggregate(pool: &PgPool, account: AccountId, span: DaySpan) {
    let percentiles =
        |column: &str| format!("percentile_cont(ARRAY[0.5, 0.9, 0.95]) WITHIN GROUP (ORDER BY {column})");
    let whole = ["resolve_micros", "duration_micros", "active_micros", "business_micros", "pick_up_micros"]
        .map(percentiles);
    let resolving = percentiles("resolve_micros");
    for (figures, group) in
        [(whole.join(", "), ""), (resolving.clone(), "GROUP BY domain"), (resolving, "GROUP BY closed_day")]
    {
        let sql = format!(
            "SELECT {figures} FROM outcomes WHERE account = $1 AND closed_day BETWEEN $2 AND $3 {group}"
        );
        sqlx::query(&sql).bind(account.0).bind(span.first).bind(span.last).fetch_all(pool).await.unwrap();
    }
}
