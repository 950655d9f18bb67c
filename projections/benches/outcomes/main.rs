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

mod year;

use std::sync::Arc;
use std::time::{Duration, Instant};

use chrono::{DateTime, Utc};
use domain::id::AccountId;
use domain::local_days::DaySpan;
use domain::recorded_event::RecordedEvent;
use event_store::testing::database;
use event_store::transaction;
use projections::outcomes::queries::Reading;
use projections::outcomes::{Measure, Outcomes};
use projections::projection::Projection;
use projections::sessions::Sessions;
use sqlx::{Executor, PgPool};
use uuid::Uuid;

use crate::year::Year;

const SIZES: [i64; 2] = [1_000, 100_000];
const LARGE: i64 = 1_000_000;
/// Sessions whose upkeep is compared.
const COMPARED: i64 = 20_000;
const READS: usize = 60;
/// As a projection's runner takes them.
const BATCH: usize = 500;

#[tokio::main]
async fn main() {
    let database = database().await;
    measure(&database.pool()).await;
}

async fn measure(pool: &PgPool) {
    let end: DateTime<Utc> = "2026-11-01T12:00:00Z".parse().unwrap();
    upkeep(pool, &Year { account: AccountId(Uuid::from_u128(99 << 64)), sessions: COMPARED, end }).await;
    println!("{:>9} {:>5} {:>22} {:>22}", "sessions", "days", "by sums p50/p99 ms", "by sessions p50/p99 ms");
    let large = std::env::args().any(|argument| argument == "--large").then_some(LARGE);
    for (number, sessions) in (1_u128..).zip(SIZES.into_iter().chain(large)) {
        let year = Year { account: AccountId(Uuid::from_u128(number << 64)), sessions, end };
        let (took, events) = fold(pool, &[&Outcomes], &year).await;
        let rate = f64::from(events) / took[0].as_secs_f64();
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

/// What the outcomes cost beside the projection of the sessions themselves, over the same events, batch by batch in turn.
async fn upkeep(pool: &PgPool, year: &Year) {
    let (took, _) = fold(pool, &[&Sessions::default(), &Outcomes], year).await;
    let [sessions, outcomes] = [took[0].as_secs_f64(), took[1].as_secs_f64()];
    println!(
        "{} sessions: folded into rows in {sessions:.1} s, into outcomes and sums in {outcomes:.1} s: {:.0} %",
        year.sessions,
        100.0 * outcomes / sessions
    );
}

/// How long a year took these projections, and of how many events.
async fn fold(pool: &PgPool, projections: &[&dyn Projection], year: &Year) -> (Vec<Duration>, u32) {
    let mut batch = vec![Arc::new(year.opening())];
    let (mut took, mut events) = (vec![Duration::ZERO; projections.len()], 0_u32);
    for number in 0..year.sessions {
        batch.extend(year.session(number).into_iter().map(Arc::new));
        if batch.len() >= BATCH || number + 1 == year.sessions {
            events += u32::try_from(batch.len()).unwrap();
            let batch = std::mem::take(&mut batch);
            for (projection, took) in projections.iter().zip(&mut took) {
                let taken =
                    batch.iter().filter(|event| projection.takes(&event.event_type)).cloned().collect();
                *took += timed(apply(pool, *projection, taken)).await;
            }
        }
    }
    (took, events)
}

async fn apply(pool: &PgPool, projection: &dyn Projection, batch: Vec<Arc<RecordedEvent>>) {
    let mut transaction = transaction::begin(pool).await.unwrap();
    projection.apply(&mut transaction, &batch, &mut Vec::new()).await.unwrap();
    transaction.commit().await.unwrap();
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
