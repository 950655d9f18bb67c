//! A history to measure on, as `flowpilot-replay simulate` makes it.

use std::process::{Command, Stdio};
use std::sync::Arc;

use domain::clock::SystemClock;
use event_store::{EventStore, MasterKey};
use sqlx::postgres::PgConnectOptions;
use sqlx::{ConnectOptions, Executor, PgPool};

const KEY: &str = "a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7";
const DAYS: &str = "365";

pub(crate) struct History {
    pub(crate) store: EventStore,
    /// All there are.
    pub(crate) events: f64,
    pub(crate) sessions: i64,
}

impl History {
    pub(crate) async fn simulate(pool: &PgPool, database: &PgConnectOptions, sessions: u64) -> Self {
        let sessions = sessions.to_string();
        let program = env!("CARGO_BIN_EXE_flowpilot-replay");
        let ended = Command::new(program)
            .args(["simulate", "--yes", "--days", DAYS, "--sessions", &sessions])
            .env("DATABASE_URL", database.to_url_lossy().as_str())
            .env("FLOWPILOT_MASTER_KEY", KEY)
            .stdout(Stdio::null())
            .status()
            .unwrap();
        assert!(ended.success());
        // As a log that has been there for a while.
        pool.execute("VACUUM ANALYZE").await.unwrap();
        let sql = "SELECT count(*)::float8, count(DISTINCT aggregate_id) FILTER (WHERE aggregate_type = 'session') FROM events";
        let (events, sessions) = sqlx::query_as(sql).fetch_one(pool).await.unwrap();
        let store = EventStore::new(pool.clone(), MasterKey::parse(KEY).unwrap(), Arc::new(SystemClock));
        Self { store, events, sessions }
    }
}
