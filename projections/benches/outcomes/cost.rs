//! A projection while a year is folded into it, and what that costs: time, and the processor's time here and in PostgreSQL.

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, Instant};

use domain::recorded_event::RecordedEvent;
use projections::projection::Projection;
use rustix::time::{ClockId, clock_gettime};
use sqlx::pool::PoolConnection;
use sqlx::{Connection, PgPool, Postgres};

/// As a projection's runner begins.
const BEGIN: &str = "BEGIN; SET LOCAL synchronous_commit = off";

#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Cost {
    pub(crate) took: Duration,
    /// What this process and the connection's PostgreSQL process worked.
    pub(crate) worked: Duration,
}

impl fmt::Display for Cost {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(to, "{:.1} s ({:.1} s of the processor)", self.took.as_secs_f64(), self.worked.as_secs_f64())
    }
}

pub(crate) struct Fold<'a> {
    projection: &'a dyn Projection,
    connection: PoolConnection<Postgres>,
    /// The PostgreSQL process at its other end.
    backend: i32,
    /// So many events of the log in a transaction.
    batch: usize,
    waiting: Vec<Arc<RecordedEvent>>,
    pub(crate) cost: Cost,
}

impl<'a> Fold<'a> {
    pub(crate) async fn new(pool: &PgPool, projection: &'a dyn Projection, batch: usize) -> Self {
        let mut connection = pool.acquire().await.unwrap();
        let backend =
            sqlx::query_scalar("SELECT pg_backend_pid()").fetch_one(&mut *connection).await.unwrap();
        Self { projection, connection, backend, batch, waiting: Vec::new(), cost: Cost::default() }
    }

    pub(crate) async fn take(&mut self, event: &Arc<RecordedEvent>) {
        self.waiting.push(event.clone());
        if self.waiting.len() >= self.batch {
            self.end().await;
        }
    }

    /// Folds what waits.
    pub(crate) async fn end(&mut self) {
        let mut batch = std::mem::take(&mut self.waiting);
        batch.retain(|event| self.projection.takes(&event.event_type));
        let (began, worked) = (Instant::now(), self.worked());
        let mut transaction = self.connection.begin_with(BEGIN).await.unwrap();
        self.projection.apply(&mut transaction, &batch, &mut Vec::new()).await.unwrap();
        transaction.commit().await.unwrap();
        self.cost.took += began.elapsed();
        self.cost.worked += self.worked().saturating_sub(worked);
    }

    fn worked(&self) -> Duration {
        let here = Duration::try_from(clock_gettime(ClockId::ProcessCPUTime)).unwrap();
        let there = std::fs::read_to_string(format!("/proc/{}/schedstat", self.backend)).unwrap();
        here + Duration::from_nanos(there.split(' ').next().unwrap().parse().unwrap())
    }
}
