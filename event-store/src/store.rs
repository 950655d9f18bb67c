//! The event store: loads aggregates through postgres-es, and appends their events in one round trip.

mod apart;
mod commit;
mod kept;
mod turns;

use std::collections::HashMap;
use std::sync::Arc;

use cqrs_es::persist::PersistedEventRepository;
use cqrs_es::{Aggregate, AggregateContext, AggregateError, EventEnvelope};
use domain::clock::Clock;
use domain::id::AccountId;
use domain::metadata::Metadata;
use domain::recorded_event::{Position, RecordedEvent};
use domain::stored_event::{Sealable, Subject};
use postgres_es::PostgresEventRepository;
use sqlx::PgPool;
use tokio::sync::watch;
use uuid::Uuid;

use crate::append::{Appended, Appender};
use crate::error::StoreError;
use crate::executor::CommandContext;
use crate::log::{Log, Until};
use crate::opening::{Columns, Opener, StoredEvent};
use crate::sealing::{KeyRing, MasterKey, PreparedKey};
use crate::upcasting::Catalog;
pub use apart::Place;
pub(crate) use kept::Kept;
pub(crate) use turns::Turns;

/// The one door to the events table. Cheap to clone.
#[derive(Clone)]
pub struct EventStore {
    pub(crate) pool: PgPool,
    pub(crate) keys: KeyRing,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) turns: Arc<Turns>,
    pub(crate) kept: Kept,
    pub(crate) appender: Appender,
    opener: Opener,
    appended: Arc<watch::Sender<Position>>,
}

/// An aggregate as it was loaded.
#[derive(Debug)]
pub struct Loaded<A> {
    /// Its id.
    pub id: Uuid,
    /// Its state.
    pub aggregate: A,
    /// The number of its events; 0 if there is no such aggregate in the account.
    pub version: u64,
}

impl<A: Aggregate> AggregateContext<A> for Loaded<A> {
    fn aggregate(&mut self) -> &mut A {
        &mut self.aggregate
    }
}

impl EventStore {
    /// A store that knows all events of the domain.
    ///
    /// The pool does best as [`connections`](crate::connections()) makes it: a ping before each statement costs more than it
    /// saves, and without any every connection that broke off while it was idle fails somebody.
    pub fn new(pool: PgPool, master: MasterKey, clock: Arc<dyn Clock>) -> Self {
        Self::with_catalog(pool, master, clock, Catalog::current())
    }

    /// A store that knows the events of a catalog.
    pub fn with_catalog(pool: PgPool, master: MasterKey, clock: Arc<dyn Clock>, catalog: Catalog) -> Self {
        let keys = KeyRing::new(pool.clone(), master);
        let opener = Opener { keys: keys.clone(), catalog: Arc::new(catalog) };
        Self {
            appender: Appender::new(pool.clone()),
            pool,
            keys,
            clock,
            turns: Arc::default(),
            kept: Kept::default(),
            opener,
            appended: Arc::new(watch::Sender::new(Position::START)),
        }
    }

    /// The same store, read over other connections: whoever reads through it does not wait behind those who use this one.
    #[must_use]
    pub fn through(&self, pool: PgPool) -> Self {
        Self { pool, ..self.clone() }
    }

    /// The log behind it.
    pub fn log(&self) -> Log {
        Log::new(self.pool.clone(), self.opener.clone())
    }

    /// The highest position that this process has appended: wakes whoever follows the log.
    pub fn appended(&self) -> watch::Receiver<Position> {
        self.appended.subscribe()
    }

    /// The key of a subject that may have one already.
    pub async fn prepare_subject(
        &self,
        account: AccountId,
        subject: Subject,
    ) -> Result<PreparedKey, StoreError> {
        self.keys.prepare(account, subject).await
    }

    /// A key for a subject that is new, made in memory: it is stored with the first events that it seals.
    pub fn fresh_subject(&self, account: AccountId, subject: Subject) -> PreparedKey {
        self.keys.make(account, subject)
    }

    /// An aggregate of an account. One of another account reads as one that does not exist.
    pub async fn load<A: Aggregate>(&self, account: AccountId, id: Uuid) -> Result<Loaded<A>, StoreError> {
        let events = self.events_of::<A>(id).await?;
        let mut loaded = Loaded { id, aggregate: A::default(), version: 0 };
        if events.first().is_none_or(|event| event.metadata.account != account) {
            return Ok(loaded);
        }
        for event in &events {
            let Ok(decoded) = event.decode() else {
                return Err(self.where_it_stands(account, event).await);
            };
            loaded.aggregate.apply(decoded);
            loaded.version = event.version;
        }
        Ok(loaded)
    }

    pub(crate) fn wake_followers(&self, position: Position) {
        self.appended.send_if_modified(|highest| {
            let higher = position > *highest;
            *highest = position.max(*highest);
            higher
        });
    }

    async fn events_of<A: Aggregate>(&self, id: Uuid) -> Result<Vec<RecordedEvent>, StoreError> {
        let repository = PostgresEventRepository::new(self.pool.clone());
        let events = repository.get_events::<A>(&id.to_string()).await.map_err(loading_failed)?;
        let stored = events
            .into_iter()
            .map(|event| StoredEvent { position: Position::START, event, columns: Columns::default() })
            .collect();
        self.opener.open(stored).await
    }

    /// postgres-es gives no positions: for the message, the event is read again through the log.
    async fn where_it_stands(&self, account: AccountId, event: &RecordedEvent) -> StoreError {
        let until = Until::Version(event.version);
        let stream = self.log().stream_of(account, &event.aggregate_type, event.aggregate_id, until).await;
        let position = match stream {
            Ok(events) => events.last().map_or(event.position, |last| last.position),
            Err(error) => return error,
        };
        let reason = match &event.payload {
            Err(unreadable) => unreadable.reason.clone(),
            Ok(_) => "its payload does not have the shape of its version".to_owned(),
        };
        let mut unreadable = event.unreadable(reason);
        unreadable.position = position;
        unreadable.into()
    }
}

impl std::fmt::Debug for EventStore {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("EventStore").finish_non_exhaustive()
    }
}

/// For cqrs-es's own tools. Commands take the way of `EventStore::execute`, which knows more: accounts, idempotency.
impl<A> cqrs_es::EventStore<A> for EventStore
where
    A: Aggregate,
    A::Event: Sealable,
{
    type AC = Loaded<A>;

    async fn load_events(
        &self,
        aggregate_id: &str,
    ) -> Result<Vec<EventEnvelope<A>>, AggregateError<A::Error>> {
        let Ok(id) = Uuid::parse_str(aggregate_id) else { return Ok(Vec::new()) };
        let events = self.events_of::<A>(id).await.map_err(as_aggregate_error)?;
        events.iter().map(envelope::<A>).collect::<Result<_, _>>().map_err(as_aggregate_error)
    }

    async fn load_aggregate(&self, aggregate_id: &str) -> Result<Self::AC, AggregateError<A::Error>> {
        let id = Uuid::parse_str(aggregate_id).unwrap_or_default();
        let events = cqrs_es::EventStore::<A>::load_events(self, aggregate_id).await?;
        let mut loaded = Loaded { id, aggregate: A::default(), version: events.len() as u64 };
        for event in events {
            loaded.aggregate.apply(event.payload);
        }
        Ok(loaded)
    }

    async fn commit(
        &self,
        events: Vec<A::Event>,
        context: Self::AC,
        metadata: HashMap<String, String>,
    ) -> Result<Vec<EventEnvelope<A>>, AggregateError<A::Error>> {
        if events.is_empty() {
            return Ok(Vec::new());
        }
        let metadata = Metadata::from_map(&metadata).map_err(|error| as_aggregate_error(error.into()))?;
        let command = CommandContext::from_metadata(&metadata);
        let recorded =
            self.append_events::<A>(context.id, context.version, &events, &command, metadata.recorded_at);
        let (appended, recorded) = recorded.await.map_err(as_aggregate_error)?;
        if appended == Appended::Before {
            return Err(AggregateError::AggregateConflict);
        }
        recorded.iter().map(envelope::<A>).collect::<Result<_, _>>().map_err(as_aggregate_error)
    }
}

fn envelope<A: Aggregate>(event: &RecordedEvent) -> Result<EventEnvelope<A>, StoreError> {
    Ok(EventEnvelope {
        aggregate_id: event.aggregate_id.to_string(),
        sequence: usize::try_from(event.version).unwrap_or(usize::MAX),
        payload: event.decode()?,
        metadata: event.metadata.to_map(),
    })
}

fn as_aggregate_error<E: std::error::Error>(error: StoreError) -> AggregateError<E> {
    match error {
        StoreError::Conflict => AggregateError::AggregateConflict,
        StoreError::Unavailable(_) => AggregateError::DatabaseConnectionError(Box::new(error)),
        StoreError::Unreadable(_) => AggregateError::DeserializationError(Box::new(error)),
        other => AggregateError::UnexpectedError(Box::new(other)),
    }
}

/// postgres-es wraps sqlx's errors; here they are found again, so that a lost connection is known for what it is.
fn loading_failed(error: cqrs_es::persist::PersistenceError) -> StoreError {
    use cqrs_es::persist::PersistenceError as E;
    match error {
        E::OptimisticLockError => StoreError::Conflict,
        E::ConnectionError(source) | E::DeserializationError(source) | E::UnknownError(source) => {
            match source.downcast::<sqlx::Error>() {
                Ok(error) => StoreError::from(*error),
                Err(source) => StoreError::Unavailable(sqlx::Error::Configuration(source)),
            }
        }
    }
}
