//! A server of its own for a test: a database, two MSPs with members of every role, and a client for each of them.

use std::future::IntoFuture;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use api::app::{App, Running, Settings};
use api::auth::token::Secret;
use api::auth::trust::Trust;
use api::graphql::schema;
use api::graphql::served::Served;
use api::guide::Guide;
use api::http::{Shared, router};
use api::rates::RateSettings;
use api::telemetry;
use domain::account::event::Quotas;
use domain::clock::{Clock, SystemClock};
use domain::id::{IdSource, SystemIds};
use event_store::testing::TestDatabase;
use integrations::embedding::embedders::Embedders;
use integrations::files::Files;
use sqlx::PgPool;
use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio::time::{sleep, timeout};

use crate::client::Client;
use crate::firm::Firm;
use crate::furnished::{self, Library};
use crate::logs;

/// How long anything may take before a test gives it up.
pub(crate) const PATIENCE: Duration = Duration::from_secs(30);

/// A running server with what a test needs to know of it.
pub(crate) struct World {
    pub(crate) app: Arc<App>,
    pub(crate) pool: PgPool,
    pub(crate) clock: Arc<MovableClock>,
    pub(crate) firm: Firm,
    pub(crate) rival: Firm,
    pub(crate) nobody: Client,
    /// Where attachments are kept.
    pub(crate) files: TempDir,
    _running: Running,
    _database: TestDatabase,
}

/// The machine's clock, put forward.
#[derive(Default)]
pub(crate) struct MovableClock(AtomicI64);

impl MovableClock {
    /// Puts it forward.
    pub(crate) fn pass(&self, time: chrono::Duration) {
        self.0.fetch_add(time.num_microseconds().unwrap(), Ordering::SeqCst);
    }
}

impl Clock for MovableClock {
    fn now(&self) -> chrono::DateTime<chrono::Utc> {
        SystemClock.now() + chrono::Duration::microseconds(self.0.load(Ordering::SeqCst))
    }
}

/// What signs the tokens of tests.
pub(crate) fn secret() -> Secret {
    Secret {
        bytes: b"a secret for tests, at least 32 bytes long".to_vec(),
        issuer: "flowpilot".to_owned(),
        audience: "flowpilot".to_owned(),
    }
}

impl World {
    /// A server with two firms that have no flows.
    pub(crate) async fn start() -> Self {
        Self::with(Quotas::default()).await
    }

    /// The same with these settings for the first firm.
    pub(crate) async fn with(quotas: Quotas) -> Self {
        Self::made(Duration::from_secs(5), Library::Without, quotas, Guide::Playbook, Embedders::default())
            .await
    }

    /// The same with the starter library.
    pub(crate) async fn stocked() -> Self {
        Self::guided(Guide::Playbook).await
    }

    /// A server with two firms that have no flows, where these embedders compare meanings.
    pub(crate) async fn embedding(embedders: Embedders) -> Self {
        let quotas = Quotas::default();
        Self::made(Duration::from_secs(5), Library::Without, quotas, Guide::Playbook, embedders).await
    }

    /// The same as stocked, the steps made by this guide.
    pub(crate) async fn guided(guide: Guide) -> Self {
        Self::filled(guide, Embedders::default()).await
    }

    /// The same as stocked, where these embedders compare meanings.
    pub(crate) async fn stocked_embedding(embedders: Embedders) -> Self {
        Self::filled(Guide::Playbook, embedders).await
    }

    async fn filled(guide: Guide, embedders: Embedders) -> Self {
        Self::made(Duration::from_secs(5), Library::Starter, Quotas::default(), guide, embedders).await
    }

    /// A server without flows whose steps are made by this guide.
    pub(crate) async fn unstocked(guide: Guide) -> Self {
        Self::asking(guide, Quotas::default()).await
    }

    /// The same with these settings for the first firm.
    pub(crate) async fn asking(guide: Guide, quotas: Quotas) -> Self {
        Self::made(Duration::from_secs(5), Library::Without, quotas, guide, Embedders::default()).await
    }

    /// A server that waits no longer than this for a position to be read.
    pub(crate) async fn impatient(freshness_wait: Duration) -> Self {
        let (quotas, embedders) = (Quotas::default(), Embedders::default());
        Self::made(freshness_wait, Library::Without, quotas, Guide::Playbook, embedders).await
    }

    /// A server that lets members ask no more often than this.
    pub(crate) async fn limited(rates: RateSettings) -> Self {
        let (library, guide) = (Library::Without, Guide::Playbook);
        let wait = Duration::from_secs(5);
        Self::set_up(wait, library, Quotas::default(), guide, Embedders::default(), rates, secret()).await
    }

    /// A server that believes these tokens.
    pub(crate) async fn trusting(trust: Trust) -> Self {
        let (library, guide, rates) = (Library::Without, Guide::Playbook, RateSettings::default());
        let wait = Duration::from_secs(5);
        Self::set_up(wait, library, Quotas::default(), guide, Embedders::default(), rates, trust).await
    }

    async fn made(
        freshness_wait: Duration,
        library: Library,
        quotas: Quotas,
        guide: Guide,
        embedders: Embedders,
    ) -> Self {
        let rates = RateSettings::default();
        Self::set_up(freshness_wait, library, quotas, guide, embedders, rates, secret()).await
    }

    async fn set_up(
        freshness_wait: Duration,
        library: Library,
        quotas: Quotas,
        guide: Guide,
        embedders: Embedders,
        rates: RateSettings,
        trust: impl Into<Trust>,
    ) -> Self {
        logs::keep();
        let database = Box::pin(furnished::database(library, quotas)).await;
        let pool = furnished::connections(database.connect_options()).await;
        // With a model as many at once as the program takes by default.
        let diagnose_workers = if matches!(guide, Guide::Playbook) { 8 } else { 256 };
        let folder = tempfile::tempdir().unwrap();
        let files = Files::in_folder(folder.path()).unwrap();
        let settings =
            Settings { step_wait: Duration::from_secs(20), freshness_wait, diagnose_workers, rates, files };
        let clock = Arc::new(MovableClock::default());
        let (time, master) = (clock.clone(), furnished::master_key());
        let running = Running::start_by(time, pool.clone(), master, trust, guide, embedders, settings);
        let app = running.app.clone();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let nobody = Client::new(&format!("http://{}", listener.local_addr().unwrap()));
        let served = Served::new(schema::build(), app.clone());
        let metrics = telemetry::start_metrics().unwrap();
        let routes = router(Shared { app: app.clone(), served, metrics });
        tokio::spawn(axum::serve(listener, routes).into_future());
        let (firm, rival) = (Firm::northwind(&nobody), Firm::contoso(&nobody));
        Self { app, pool, clock, firm, rival, nobody, files: folder, _running: running, _database: database }
    }

    /// A number that the database knows.
    pub(crate) async fn count(&self, query: &str) -> i64 {
        sqlx::query_scalar(query).fetch_one(&self.pool).await.unwrap()
    }
}

/// A token for this subject, good for an hour.
pub(crate) fn token(subject: &str) -> String {
    secret().sign(subject, SystemClock.now(), chrono::Duration::hours(1)).unwrap()
}

/// A fresh idempotency key.
pub(crate) fn new_key() -> String {
    SystemIds.next().to_string()
}

/// Waits until something is so.
pub(crate) async fn eventually(what: &str, is_so: impl AsyncFn() -> bool) {
    within(PATIENCE, what, is_so).await;
}

/// The same for what may take longer, or shorter.
pub(crate) async fn within(patience: Duration, what: &str, is_so: impl AsyncFn() -> bool) {
    let waiting = async {
        while !is_so().await {
            sleep(Duration::from_millis(10)).await;
        }
    };
    assert!(timeout(patience, waiting).await.is_ok(), "it never came to be that {what}");
}
