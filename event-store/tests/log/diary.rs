//! A small aggregate to test with: a diary, whose pages are personal.

use std::sync::Arc;

use cqrs_es::Aggregate;
use cqrs_es::event_sink::EventSink;
use domain::clock::SystemClock;
use domain::id::{AccountId, CommandId, IdSource, SystemIds};
use domain::metadata::Actor;
use domain::personal::Personal;
use domain::stored_event::{Sealable, Subject};
use event_store::testing::{TestDatabase, database};
use event_store::{Catalog, CommandContext, Committed, EventStore, ExecuteError, MasterKey, connections};
use serde::{Deserialize, Serialize};
use sqlx::PgPool;
use uuid::Uuid;

pub(crate) const ACCOUNT: AccountId = AccountId(Uuid::from_u128(1));
pub(crate) const OTHER_ACCOUNT: AccountId = AccountId(Uuid::from_u128(2));

#[derive(Debug, Default, Clone, Serialize, Deserialize)]
pub(crate) struct Diary {
    pub(crate) pages: Vec<String>,
    pub(crate) labels: Vec<String>,
    pub(crate) closed: bool,
}

#[derive(Debug, Clone)]
pub(crate) enum Write {
    /// So many pages with this text.
    Pages(usize, &'static str),
    /// Something that is not personal.
    Label(String),
    /// Once; then there is nothing to do any more.
    Close,
}

domain::stored_events! {
    /// What happens to a diary.
    pub enum DiaryEvent {
        /// A page.
        Written(Written) = "diary.written", "1.0";
        /// A label.
        Labelled(Labelled) = "diary.labelled", "1.0";
        /// The end.
        Closed(Closed) = "diary.closed", "1.0";
    }
}

/// A page.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Written {
    pub(crate) text: Personal<String>,
    pub(crate) mood: u8,
}

/// A label.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Labelled {
    pub(crate) label: String,
}

/// The end.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Closed {}

impl Sealable for DiaryEvent {
    fn subject(&self, aggregate: Uuid) -> Option<Subject> {
        matches!(self, Self::Written(_)).then_some(Subject::Session(aggregate))
    }
}

#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("the diary is closed")]
pub(crate) struct IsClosed;

impl Aggregate for Diary {
    const TYPE: &'static str = "diary";
    type Command = Write;
    type Event = DiaryEvent;
    type Error = IsClosed;
    type Services = ();

    async fn handle(&mut self, command: Write, (): &(), sink: &EventSink<Self>) -> Result<(), IsClosed> {
        match command {
            Write::Close if self.closed => {}
            Write::Close => sink.write(DiaryEvent::Closed(Closed {}), self).await,
            _ if self.closed => return Err(IsClosed),
            Write::Label(label) => sink.write(DiaryEvent::Labelled(Labelled { label }), self).await,
            Write::Pages(count, text) => {
                for _ in 0..count {
                    sink.write(DiaryEvent::Written(Written { text: text.into(), mood: 3 }), self).await;
                }
            }
        }
        Ok(())
    }

    fn apply(&mut self, event: DiaryEvent) {
        match event {
            DiaryEvent::Written(page) => self.pages.push(page.text.into_inner()),
            DiaryEvent::Labelled(labelled) => self.labels.push(labelled.label),
            DiaryEvent::Closed(_) => self.closed = true,
        }
    }
}

pub(crate) type Result_ = Result<Committed, ExecuteError<IsClosed>>;

/// A store on a database of its own.
pub(crate) struct Shelf {
    pub(crate) store: EventStore,
    pub(crate) pool: PgPool,
    pub(crate) database: TestDatabase,
}

pub(crate) async fn shelf() -> Shelf {
    let database = database().await;
    let pool = database.pool();
    Shelf { store: store_on(pool.clone()), pool, database }
}

/// The same with as many connections as are wanted.
pub(crate) async fn wide_shelf(most: u32) -> Shelf {
    let database = database().await;
    let pool = connections(most).connect_lazy_with(database.connect_options());
    Shelf { store: store_on(pool.clone()), pool, database }
}

pub(crate) fn master_key() -> MasterKey {
    MasterKey::parse(&"a7".repeat(32)).unwrap()
}

pub(crate) fn store_on(pool: PgPool) -> EventStore {
    store_with(pool, master_key(), Catalog::empty().with_events(DiaryEvent::STORED))
}

pub(crate) fn store_with(pool: PgPool, master: MasterKey, catalog: Catalog) -> EventStore {
    EventStore::with_catalog(pool, master, Arc::new(SystemClock), catalog)
}

pub(crate) fn new_id() -> Uuid {
    SystemIds.next()
}

/// The context of a command that was never given before.
pub(crate) fn once() -> CommandContext {
    CommandContext::new(ACCOUNT, Actor::System, CommandId(new_id()), [7; 32])
}

impl Shelf {
    pub(crate) async fn write(&self, diary: Uuid, command: Write) -> Committed {
        self.write_as(diary, command, once()).await.unwrap()
    }

    pub(crate) async fn write_as(&self, diary: Uuid, command: Write, context: CommandContext) -> Result_ {
        self.store.execute::<Diary>(diary, command, context).await
    }

    pub(crate) async fn read(&self, diary: Uuid) -> Diary {
        self.store.load::<Diary>(ACCOUNT, diary).await.unwrap().aggregate
    }

    pub(crate) async fn count(&self, table: &str) -> i64 {
        sqlx::query_scalar(&format!("SELECT count(*) FROM {table}")).fetch_one(&self.pool).await.unwrap()
    }
}
