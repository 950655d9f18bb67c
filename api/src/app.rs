//! The one place where everything is built and held together, started in order and ended in order.

use std::sync::Arc;
use std::time::Duration;

use domain::assistant::case::GuidingFlow;
use domain::clock::{Clock, SystemClock};
use domain::id::{AccountId, FlowId, IdSource, SystemIds};
use event_store::embedded::{Embedded, EmbeddedError};
use event_store::error::StoreError;
use event_store::feed::LogFeed;
use event_store::store::EventStore;
use event_store::{MasterKey, migrations};
use integrations::files::Files;
use moka::sync::Cache;
use projections::checkpoint::{LEASE, Node};
use projections::freshness::Freshness;
use projections::runner::{self, Engine};
use projections::{rebuild, sharing, standing};
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::{Executor, PgPool};
use tokio::sync::{Notify, Semaphore};
use tokio::task::JoinHandle;
use tokio_util::sync::{CancellationToken, DropGuard};

use crate::auth::Gate;
use crate::auth::trust::Trust;
use crate::config::{Mode, Options, ServeOptions};
use crate::gaps::Gaps;
use crate::guide::Guide;
use crate::live_sessions::LiveSessions;
use crate::matching::Matching;
use crate::rates::{RateSettings, Rates};
use crate::{postgres_command, workers};
use integrations::embedding::embedders::Embedders;

/// Flow versions that are kept in memory for the assistant.
const KEPT_VERSIONS: u64 = 2_000;
/// Connections for the feed, the projections and the work queue: each projection holds one at a time.
const BACKGROUND_CONNECTIONS: u32 = 8;
/// How long a statement of a request may take: a little less than the request itself. Whoever gave it up by then, or hung up, has
/// given up no more than the answer; its connection is taken until the database is done.
pub const LONGEST_STATEMENT: Duration = Duration::from_secs(25);
/// Of so many connections for requests one may look through the log.
const FOR_A_SEARCH: u32 = 4;
/// How long the database may take to give a connection.
const ACQUIRE: Duration = Duration::from_secs(10);

/// What the whole program shares.
pub struct App {
    /// The database, for requests.
    pub pool: PgPool,
    /// The same for what goes on behind them, so that a crowd of requests never holds up the read models they wait for.
    pub background: PgPool,
    /// The log, to write to.
    pub store: EventStore,
    /// The log, to follow.
    pub feed: LogFeed,
    /// Where every projection stands.
    pub freshness: Freshness,
    /// Who calls.
    pub gate: Gate,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// New ids.
    pub ids: Arc<dyn IdSource>,
    /// Who makes the steps.
    pub guide: Guide,
    /// Which flows fit an intake.
    pub matching: Matching,
    /// Where knowledge is missing.
    pub gaps: Gaps,
    /// Sessions as commands left them.
    pub live: LiveSessions,
    /// Published versions of flows, which never change.
    pub versions: Cache<(AccountId, FlowId, u32), Arc<GuidingFlow>>,
    /// How often members may ask.
    pub rates: Rates,
    /// Places for those who look through an account's log, which takes as long as the log is: commands find connections all the same.
    pub searches: Arc<Semaphore>,
    /// How it behaves.
    pub settings: Settings,
    /// Cancelled when the server begins to end: long-lived streams end with it.
    pub stop: CancellationToken,
}

/// How the server behaves.
#[derive(Debug, Clone)]
pub struct Settings {
    /// How long startSession and answerStep wait for the next step.
    pub step_wait: Duration,
    /// How long a request waits for the position it names.
    pub freshness_wait: Duration,
    /// How many steps may be made at once.
    pub diagnose_workers: usize,
    /// How many requests a minute a member may send.
    pub rates: RateSettings,
    /// Where the bytes of attachments are kept.
    pub files: Files,
}

impl Settings {
    /// As configured.
    pub fn of(options: &ServeOptions, mode: Mode, files: Files) -> Self {
        Self {
            step_wait: options.step_wait(),
            freshness_wait: options.freshness_wait(),
            diagnose_workers: options.diagnose_workers() as usize,
            rates: options.rates.settings(mode),
            files,
        }
    }
}

/// The database that the program runs on: its own, or one that was named.
pub struct Database {
    /// Its connections.
    pub pools: Pools,
    /// The private server, if it is our own.
    pub own: Option<Embedded>,
}

/// Connections to the database, apart for requests and for what goes on behind them.
#[derive(Debug, Clone)]
pub struct Pools {
    /// For requests, and for the commands of workers. No statement takes longer than [`LONGEST_STATEMENT`] there.
    pub requests: PgPool,
    /// For the feed, the projections and the work queue, and for whatever may take long.
    pub background: PgPool,
}

impl From<PgPool> for Pools {
    fn from(pool: PgPool) -> Self {
        Self { requests: pool.clone(), background: pool }
    }
}

impl Database {
    /// Starts or finds the database and brings its schema up to date.
    pub async fn open(options: &Options) -> anyhow::Result<Self> {
        let database = Self::connect(options).await?;
        migrations::migrate(&database.pools.background).await?;
        Ok(database)
    }

    /// Starts or finds the database.
    pub async fn connect(options: &Options) -> anyhow::Result<Self> {
        let (connect, own) = if let Some(url) = &options.database.url {
            (url.parse::<PgConnectOptions>()?, None)
        } else {
            let own = Embedded::start(postgres_command::settings(&options.database.postgres)).await?;
            (own.connect_options(), Some(own))
        };
        let connect = connect.application_name("flowpilot");
        let requests = connections(for_requests(options.database_connections), connect.clone()).await?;
        let background = connections(event_store::connections(BACKGROUND_CONNECTIONS), connect).await?;
        Ok(Self { pools: Pools { requests, background }, own })
    }

    /// Resolves when the private server can't be kept running any more; never for a database that was named.
    pub async fn failed(&self) -> EmbeddedError {
        match &self.own {
            Some(own) => own.failed().await,
            None => std::future::pending().await,
        }
    }

    /// Lets the connections go, then ends the private server.
    pub async fn close(self) {
        self.pools.background.close().await;
        self.pools.requests.close().await;
        if let Some(own) = self.own {
            own.stop().await;
        }
    }
}

/// A pool of at most so many connections in which the database ends what takes longer than [`LONGEST_STATEMENT`].
pub fn for_requests(most: u32) -> PgPoolOptions {
    event_store::connections(most).after_connect(|connection, _| {
        Box::pin(async move {
            // Not asked for as the connection starts: there are poolers that refuse that.
            let limit = format!("SET statement_timeout = {}", LONGEST_STATEMENT.as_millis());
            connection.execute(&*limit).await?;
            Ok(())
        })
    })
}

async fn connections(pool: PgPoolOptions, connect: PgConnectOptions) -> Result<PgPool, sqlx::Error> {
    pool.min_connections(2).acquire_timeout(ACQUIRE).connect_with(connect).await
}

/// The running program. Whoever lets go of it without [`Running::stop`] ends all of it just the same, and waits for nothing.
pub struct Running {
    /// What it shares.
    pub app: Arc<App>,
    stop_requests: DropGuard,
    stop_workers: DropGuard,
    stop_projections: DropGuard,
    stop_feed: DropGuard,
    workers: Vec<JoinHandle<()>>,
    projections: Vec<JoinHandle<()>>,
}

impl Running {
    /// Starts everything but HTTP: the feed, the projections, the workers.
    pub fn start(
        pools: impl Into<Pools>,
        master: MasterKey,
        trust: impl Into<Trust>,
        guide: Guide,
        embedders: Embedders,
        settings: Settings,
    ) -> Self {
        Self::start_by(Arc::new(SystemClock), pools, master, trust, guide, embedders, settings)
    }

    /// The same by another clock: what is recorded and what runs out goes by it.
    pub fn start_by(
        clock: Arc<dyn Clock>,
        pools: impl Into<Pools>,
        master: MasterKey,
        trust: impl Into<Trust>,
        guide: Guide,
        embedders: Embedders,
        settings: Settings,
    ) -> Self {
        let Pools { requests, background } = pools.into();
        let store = EventStore::new(requests.clone(), master, clock.clone());
        let stop_feed = CancellationToken::new();
        let feed = LogFeed::start(&store.through(background.clone()), stop_feed.clone());
        let freshness = Freshness::new(background.clone());
        let searches = (requests.options().get_max_connections() / FOR_A_SEARCH).max(1) as usize;
        let app = Arc::new(App {
            gate: Gate::new(trust.into(), requests.clone()),
            pool: requests,
            background: background.clone(),
            store,
            feed: feed.clone(),
            freshness: freshness.clone(),
            clock,
            ids: Arc::new(SystemIds),
            guide,
            gaps: Gaps::new(embedders.clone(), freshness.clone()),
            matching: Matching::new(embedders),
            live: LiveSessions::default(),
            versions: Cache::new(KEPT_VERSIONS),
            rates: Rates::new(settings.rates),
            searches: Arc::new(Semaphore::new(searches)),
            settings,
            stop: CancellationToken::new(),
        });
        // Compiled now, beside everything else, so that the first intake does not wait for it.
        tokio::task::spawn_blocking(domain::redaction::prepare);
        let queued = Arc::new(Notify::new());
        let node = Node { id: app.ids.next(), lease: LEASE };
        let engine = Engine { pool: background, feed, freshness, work: queued.clone(), node };
        let stop_projections = CancellationToken::new();
        let mut projections: Vec<_> = projections::all()
            .into_iter()
            .map(|projection| tokio::spawn(runner::run(engine.clone(), projection, stop_projections.clone())))
            .collect();
        projections.push(tokio::spawn(sharing::run(engine.pool.clone(), node, stop_projections.clone())));
        let (log, clock) = (app.feed.log().clone(), app.clock.clone());
        let telling = standing::tell(engine.pool.clone(), log, clock, stop_projections.clone());
        projections.push(tokio::spawn(telling));
        let rebuilding = rebuild::run(engine, projections::all(), stop_projections.clone());
        projections.push(tokio::spawn(rebuilding));
        let stop_workers = CancellationToken::new();
        let workers = workers::start(&app, &queued, &stop_workers);
        Self {
            stop_requests: app.stop.clone().drop_guard(),
            app,
            stop_workers: stop_workers.drop_guard(),
            stop_projections: stop_projections.drop_guard(),
            stop_feed: stop_feed.drop_guard(),
            workers,
            projections,
        }
    }

    /// Waits, bounded, until the read models have come to where the log ends now: whoever was given an account or an
    /// answer before the start finds it.
    pub async fn catch_up(&self, limit: Duration) -> Result<bool, StoreError> {
        let log = self.app.store.log();
        let end = log.last_event(log.ceiling().await?).await?;
        let names: Vec<_> = projections::all().iter().map(|projection| projection.name()).collect();
        Ok(self.app.freshness.reaches(&names, end, limit).await)
    }

    /// Ends everything, in the order in which each needs the next: workers, projections, the feed.
    pub async fn stop(self) {
        drop(self.stop_requests);
        drop(self.stop_workers);
        for worker in self.workers {
            finish(worker).await;
        }
        drop(self.stop_projections);
        for projection in self.projections {
            finish(projection).await;
        }
        drop(self.stop_feed);
    }
}

async fn finish(task: JoinHandle<()>) {
    if let Err(error) = task.await {
        tracing::error!(error = %error, "a task ended badly");
    }
}
