//! The same fold as postgres-es does it: its replay over its table of events, into a view of each session.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Instant;

use cqrs_es::persist::{GenericQuery, QueryReplay};
use cqrs_es::{DomainEvent, EventEnvelope, View};
use domain::metadata::Metadata;
use domain::recorded_event::{Position, RecordedEvent};
use domain::session::Session;
use domain::session::view::SessionView;
use postgres_es::{PostgresEventRepository, PostgresViewRepository};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use sqlx::{Executor, PgPool};

use crate::history::History;

/// So many events are enough for a rate.
const MOST: usize = 5_000;
const TABLES: &str = "
    CREATE TABLE postgres_es_events (aggregate_type text NOT NULL, aggregate_id text NOT NULL,
        sequence bigint CHECK (sequence >= 0) NOT NULL, event_type text NOT NULL, event_version text NOT NULL,
        payload json NOT NULL, metadata json NOT NULL, PRIMARY KEY (aggregate_type, aggregate_id, sequence));
    CREATE TABLE postgres_es_views (view_id text NOT NULL PRIMARY KEY, version bigint CHECK (version >= 0) NOT NULL,
        payload json NOT NULL)";

/// What an event's metadata say of its place.
const POSITION: &str = "position";

type Views = PostgresViewRepository<Shown, Session>;

/// A session's view as postgres-es keeps it.
#[derive(Debug, Default, Serialize, Deserialize)]
struct Shown(Option<SessionView>);

impl View<Session> for Shown {
    fn update(&mut self, event: &EventEnvelope<Session>) {
        let payload = match self.0 {
            None => serde_json::to_value(&event.payload).unwrap(),
            Some(_) => Value::Null,
        };
        let recorded = RecordedEvent {
            position: Position(event.metadata[POSITION].parse().unwrap()),
            aggregate_type: "session".to_owned(),
            aggregate_id: event.aggregate_id.parse().unwrap(),
            version: event.sequence as u64,
            event_type: event.payload.event_type(),
            event_version: event.payload.event_version(),
            payload: Ok(payload),
            metadata: Metadata::from_map(&event.metadata).unwrap(),
        };
        match &mut self.0 {
            None => self.0 = Some(SessionView::start(&recorded).unwrap()),
            Some(view) => view.apply(&recorded, &event.payload),
        }
    }
}

/// Replays the first sessions' events; how many they were, and how long it took, in seconds.
pub(crate) async fn replay(pool: &PgPool, history: &History) -> (f64, f64) {
    pool.execute(TABLES).await.unwrap();
    let mut stored = 0.0;
    for range in history.store.log().stream_ranges("session", MOST as u64).await.unwrap().into_iter().take(1)
    {
        let mut reader = history.store.log().read_range(range, Position(i64::MAX));
        loop {
            let events = reader.next(MOST).await.unwrap();
            if events.is_empty() {
                break;
            }
            for event in events {
                store(pool, event).await;
                stored += 1.0;
            }
        }
    }
    let events = PostgresEventRepository::new(pool.clone()).with_tables("postgres_es_events", "unused");
    let query: GenericQuery<Views, Shown, Session> =
        GenericQuery::new(Arc::new(Views::new("postgres_es_views", pool.clone())));
    let started = Instant::now();
    QueryReplay::new(events, query).replay_all().await.unwrap();
    let took = started.elapsed().as_secs_f64();
    let folded: f64 = sqlx::query_scalar("SELECT sum(version)::float8 FROM postgres_es_views")
        .fetch_one(pool)
        .await
        .unwrap();
    assert!((folded - stored).abs() < 0.5, "{folded} of {stored} events were replayed");
    (stored, took)
}

async fn store(pool: &PgPool, event: RecordedEvent) {
    let mut metadata: HashMap<String, String> = event.metadata.to_map();
    metadata.insert(POSITION.to_owned(), event.position.to_string());
    sqlx::query("INSERT INTO postgres_es_events VALUES ($1, $2, $3, $4, $5, $6, $7)")
        .bind(event.aggregate_type)
        .bind(event.aggregate_id.to_string())
        .bind(i64::try_from(event.version).unwrap())
        .bind(event.event_type)
        .bind(event.event_version)
        .bind(event.payload.unwrap())
        .bind(json!(metadata))
        .execute(pool)
        .await
        .unwrap();
}
