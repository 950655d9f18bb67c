//! A database of its own, the event store on it, and a clock that stands until it is moved.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use cqrs_es::Aggregate;
use domain::clock::Clock;
use domain::id::{AccountId, CommandId, IdSource, SessionId, SystemIds};
use domain::metadata::Actor;
use domain::recorded_event::{Position, RecordedEvent};
use domain::session::view::SessionView;
use domain::stored_event::Sealable;
use event_store::testing::{TestDatabase, database};
use event_store::{CommandContext, Committed, EventStore, ExecuteError, MasterKey, Until};
use serde_json::Value;
use sqlx::PgPool;
use sqlx::postgres::PgConnectOptions;
use tokio::time::{sleep, timeout};
use uuid::Uuid;

use crate::process::PATIENCE;

pub(crate) struct World {
    pub(crate) options: PgConnectOptions,
    pub(crate) pool: PgPool,
    pub(crate) store: EventStore,
    pub(crate) clock: Arc<Hands>,
    /// Dropped with it, where it is not a cluster of its own.
    _database: Option<TestDatabase>,
}

/// A clock whose hands a test moves.
pub(crate) struct Hands(AtomicI64);

impl Hands {
    pub(crate) fn set(&self, time: &str) {
        let time: DateTime<Utc> = time.parse().unwrap();
        self.0.store(time.timestamp_micros(), Ordering::SeqCst);
    }

    pub(crate) fn advance(&self, span: TimeDelta) {
        self.0.fetch_add(span.num_microseconds().unwrap(), Ordering::SeqCst);
    }
}

impl Clock for Hands {
    fn now(&self) -> DateTime<Utc> {
        DateTime::from_timestamp_micros(self.0.load(Ordering::SeqCst)).unwrap()
    }
}

pub(crate) fn new_id() -> Uuid {
    SystemIds.next()
}

/// The context of a command that was never given before.
pub(crate) fn once(account: AccountId) -> CommandContext {
    CommandContext::new(account, Actor::System, CommandId(new_id()), [7; 32])
}

/// Waits until something holds.
pub(crate) async fn eventually(mut holds: impl AsyncFnMut() -> bool) {
    let waiting = async {
        while !holds().await {
            sleep(Duration::from_millis(5)).await;
        }
    };
    timeout(PATIENCE, waiting).await.expect("it came to hold");
}

fn connections(options: &PgConnectOptions) -> PgPool {
    event_store::connections(8).connect_lazy_with(options.clone())
}

fn master_key() -> MasterKey {
    MasterKey::parse(&"a7".repeat(32)).unwrap()
}

impl World {
    pub(crate) async fn new() -> Self {
        let database = database().await;
        let world = Self::on(database.connect_options());
        Self { _database: Some(database), ..world }
    }

    /// On a database that has all tables, or will have.
    pub(crate) fn on(options: PgConnectOptions) -> Self {
        let pool = connections(&options);
        let clock = Arc::new(Hands(AtomicI64::new(0)));
        clock.set("2026-03-02T09:00:00Z");
        let store = EventStore::new(pool.clone(), master_key(), clock.clone());
        Self { options, pool, store, clock, _database: None }
    }

    /// The same with fresh connections.
    pub(crate) fn reopened(self) -> Self {
        let pool = self.other_pool();
        let store = EventStore::new(pool.clone(), master_key(), self.clock.clone());
        Self { pool, store, ..self }
    }

    /// Connections of one's own, as another process has them.
    pub(crate) fn other_pool(&self) -> PgPool {
        connections(&self.options)
    }

    /// Gives a command; the aggregate may refuse it.
    pub(crate) async fn tell<A>(
        &self,
        account: AccountId,
        id: Uuid,
        command: A::Command,
    ) -> Result<Committed, ExecuteError<A::Error>>
    where
        A: Aggregate<Services = ()> + 'static,
        A::Command: Clone + Send + Sync,
        A::Event: Sealable,
        A::Error: Send + Sync,
    {
        self.store.execute::<A>(id, command, once(account)).await
    }

    /// A session as the log tells it.
    pub(crate) async fn view(&self, account: AccountId, id: SessionId) -> SessionView {
        let events = self.store.log().stream_of(account, "session", id.0, Until::Now).await.unwrap();
        SessionView::fold(&events).unwrap().unwrap()
    }

    /// Where the last event stands.
    pub(crate) async fn last(&self) -> Position {
        self.store.log().last_event(Position(i64::MAX)).await.unwrap()
    }

    /// The whole log.
    pub(crate) async fn events(&self) -> Vec<RecordedEvent> {
        let (mut events, mut at) = (Vec::new(), Position::START);
        loop {
            let page = self.store.log().page(at, 10_000, &[]).await.unwrap();
            let full = page.events.len() == 10_000;
            events.extend(page.events);
            if !full {
                return events;
            }
            at = page.up_to;
        }
    }

    /// Puts an event behind a stream's last one, past all that an aggregate would refuse. `skipping` leaves versions out.
    pub(crate) async fn forge(&self, stream: Uuid, event_type: &str, version: &str, skipping: i64) {
        self.forge_with(stream, event_type, version, skipping, serde_json::json!({ "type": event_type }))
            .await;
    }

    pub(crate) async fn forge_with(
        &self,
        stream: Uuid,
        event_type: &str,
        version: &str,
        skipping: i64,
        payload: Value,
    ) {
        let forged = sqlx::query(
            "INSERT INTO events (aggregate_type, aggregate_id, sequence, event_type, event_version, payload, metadata,
                                 position, account, recorded_at, command_id)
             SELECT aggregate_type, aggregate_id, sequence + 1 + $4, $2, $3, $5, metadata,
                    nextval('events_position'), account, recorded_at, gen_random_uuid()
             FROM events WHERE aggregate_id = $1 ORDER BY sequence DESC LIMIT 1",
        )
        .bind(stream.to_string())
        .bind(event_type)
        .bind(version)
        .bind(skipping)
        .bind(payload)
        .execute(&self.pool)
        .await
        .unwrap();
        assert_eq!(forged.rows_affected(), 1);
    }

    pub(crate) async fn count(&self, sql: &str) -> i64 {
        sqlx::query_scalar(&format!("SELECT count(*) FROM {sql}")).fetch_one(&self.pool).await.unwrap()
    }
}
