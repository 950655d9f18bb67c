//! The ways that are compared.

use std::collections::HashMap;
use std::sync::Arc;

use cqrs_es::CqrsFramework;
use cqrs_es::persist::PersistedEventStore;
use domain::clock::SystemClock;
use domain::id::{AccountId, CommandId, IdSource, SystemIds};
use domain::metadata::Actor;
use event_store::{Catalog, CommandContext, EventStore, MasterKey};
use postgres_es::{PostgresCqrs, PostgresEventRepository};
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::types::Json;
use sqlx::{Executor, PgPool};
use uuid::Uuid;

use crate::note::{AddNote, Notebook, NotebookEvent, Noted};

const ACCOUNT: AccountId = AccountId(Uuid::from_u128(1));

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Way {
    Bare,
    PostgresEs,
    PostgresEsWithoutPings,
    Ours,
    OursFresh,
    PostgresEsGoingOn,
    OursGoingOn,
}

/// So many commands an aggregate takes where it goes on, as a session does.
const COMMANDS_EACH: u32 = 10;

/// A way with its connections.
#[derive(Clone)]
#[expect(clippy::large_enum_variant, reason = "there is one of them at a time")]
pub(crate) enum Doing {
    Bare(PgPool),
    PostgresEs(Arc<PostgresCqrs<Notebook>>, PgPool),
    Ours { store: EventStore, pool: PgPool, is_new: bool },
}

/// All tables: ours, and one as postgres-es' documentation has it.
pub(crate) async fn prepare(database: &PgConnectOptions) {
    let pool = PgPool::connect_with(database.clone()).await.unwrap();
    for table in ["bare_events", "postgres_es_events"] {
        let create = format!(
            "CREATE TABLE {table} (aggregate_type text NOT NULL, aggregate_id text NOT NULL,
                 sequence bigint CHECK (sequence >= 0) NOT NULL, event_type text NOT NULL, event_version text NOT NULL,
                 payload json NOT NULL, metadata json NOT NULL, PRIMARY KEY (aggregate_type, aggregate_id, sequence))"
        );
        pool.execute(create.as_str()).await.unwrap();
    }
    pool.close().await;
}

impl Way {
    pub(crate) const ALL: [Self; 7] = [
        Self::Bare,
        Self::PostgresEs,
        Self::PostgresEsWithoutPings,
        Self::Ours,
        Self::OursFresh,
        Self::PostgresEsGoingOn,
        Self::OursGoingOn,
    ];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Bare => "bare single-row inserts",
            Self::PostgresEs => "postgres-es commands",
            Self::PostgresEsWithoutPings => "postgres-es commands, pool without pings",
            Self::Ours => "our commands (idempotent, sealed)",
            Self::OursFresh => "our commands, id known to be new",
            Self::PostgresEsGoingOn => "postgres-es commands, ten to an aggregate",
            Self::OursGoingOn => "our commands, ten to an aggregate",
        }
    }

    /// How many commands go to the same aggregate, one after the other.
    pub(crate) fn commands_each(self) -> u32 {
        match self {
            Self::PostgresEsGoingOn | Self::OursGoingOn => COMMANDS_EACH,
            _ => 1,
        }
    }

    pub(crate) async fn open(self, database: &PgConnectOptions, width: u32) -> Doing {
        // Ours as the program has them; the others as sqlx makes them, with its pings or without.
        let options = match self {
            Self::Ours | Self::OursFresh | Self::OursGoingOn => event_store::connections(width),
            Self::PostgresEs | Self::PostgresEsGoingOn => PgPoolOptions::new().max_connections(width),
            Self::Bare | Self::PostgresEsWithoutPings => {
                PgPoolOptions::new().max_connections(width).test_before_acquire(false)
            }
        };
        let pool = options.min_connections(width).connect_with(database.clone()).await.unwrap();
        match self {
            Self::Bare => Doing::Bare(pool),
            Self::PostgresEs | Self::PostgresEsWithoutPings | Self::PostgresEsGoingOn => {
                let repository = PostgresEventRepository::new(pool.clone());
                let repository = repository.with_tables("postgres_es_events", "no_snapshots");
                let store = PersistedEventStore::new_event_store(repository);
                Doing::PostgresEs(Arc::new(CqrsFramework::new(store, Vec::new(), ())), pool)
            }
            Self::Ours | Self::OursFresh | Self::OursGoingOn => {
                let catalog = Catalog::empty().with_events(NotebookEvent::STORED);
                let master = MasterKey::generate();
                let store = EventStore::with_catalog(pool.clone(), master, Arc::new(SystemClock), catalog);
                Doing::Ours { store, pool, is_new: self == Self::OursFresh }
            }
        }
    }
}

impl Doing {
    pub(crate) async fn one_command(&self, id: Uuid) {
        match self {
            Self::Bare(pool) => insert(pool, id).await,
            Self::PostgresEs(framework, _) => {
                framework.execute_with_metadata(&id.to_string(), AddNote, metadata()).await.unwrap();
            }
            Self::Ours { store, is_new, .. } => {
                let mut context =
                    CommandContext::new(ACCOUNT, Actor::System, CommandId(SystemIds.next()), [7; 32]);
                context.is_new = *is_new;
                store.execute::<Notebook>(id, AddNote, context).await.unwrap();
            }
        }
    }

    pub(crate) async fn close(&self) {
        let (Self::Bare(pool) | Self::PostgresEs(_, pool) | Self::Ours { pool, .. }) = self;
        pool.close().await;
    }
}

async fn insert(pool: &PgPool, id: Uuid) {
    sqlx::query("INSERT INTO bare_events VALUES ('notebook', $1, 1, 'notebook.noted', '1.0', $2, $3)")
        .bind(id.to_string())
        .bind(Json(Noted::typical()))
        .bind(Json(metadata()))
        .execute(pool)
        .await
        .unwrap();
}

fn metadata() -> HashMap<String, String> {
    [
        ("account", ACCOUNT.to_string()),
        ("actor", "system".to_owned()),
        ("command", SystemIds.next().to_string()),
    ]
    .map(|(name, value)| (name.to_owned(), value))
    .into()
}
