//! Databases that two firms have their accounts in: opening them takes longer than most tests, so that it is done once, and
//! copied.

use std::time::Duration;

use api::app::{Running, Settings, for_requests};
use api::guide::Guide;
use api::rates::RateSettings;
use domain::account::event::Quotas;
use domain::flow::library::starter_flows;
use domain::id::AccountId;
use domain::script::library::starter_scripts;
use event_store::MasterKey;
use event_store::testing::{self, TestDatabase};
use integrations::embedding::embedders::Embedders;
use integrations::files::Files;
use projections::work_requests::STOCK_LIBRARY;
use sqlx::PgPool;
use sqlx::postgres::PgConnectOptions;

use crate::client::Client;
use crate::firm::Firm;
use crate::world::{PATIENCE, eventually, secret};

/// As few as do: each takes a while to start, and to learn what the database looks like.
pub(crate) const CONNECTIONS: u32 = 6;

/// Whether an account gets the starter library: most tests need none.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Library {
    Starter,
    Without,
}

/// A database with both firms in it, where these are the settings of the first.
pub(crate) async fn database(library: Library, quotas: Quotas) -> TestDatabase {
    if quotas != Quotas::default() {
        let database = testing::database().await;
        furnish(database.connect_options(), library, quotas).await;
        return database;
    }
    let name = match library {
        Library::Starter => "stocked",
        Library::Without => "opened",
    };
    testing::furnished(name, async |options| furnish(options, library, quotas).await).await
}

/// Connections as a server has them.
pub(crate) async fn connections(options: PgConnectOptions) -> PgPool {
    for_requests(CONNECTIONS).min_connections(2).connect_with(options).await.unwrap()
}

/// The one that both firms' keys are wrapped with.
pub(crate) fn master_key() -> MasterKey {
    MasterKey::parse(&"a7".repeat(32)).unwrap()
}

/// Has a server open both firms, and ends it.
async fn furnish(options: PgConnectOptions, library: Library, quotas: Quotas) {
    let pool = connections(options).await;
    let folder = tempfile::tempdir().unwrap();
    let settings = Settings {
        step_wait: Duration::ZERO,
        freshness_wait: PATIENCE,
        diagnose_workers: 1,
        rates: RateSettings::default(),
        files: Files::in_folder(folder.path()).unwrap(),
    };
    let (key, guide, embedders) = (master_key(), Guide::Playbook, Embedders::default());
    let running = Running::start(pool.clone(), key, secret(), guide, embedders, settings);
    let nobody = Client::new("http://127.0.0.1:9");
    for (firm, quotas) in [(Firm::northwind(&nobody), quotas), (Firm::contoso(&nobody), Quotas::default())] {
        if library == Library::Without {
            refuse_library(&pool, firm.account).await;
        }
        firm.open(&running.app, quotas).await;
    }
    let count = async |query: &'static str| {
        usize::try_from(sqlx::query_scalar::<_, i64>(query).fetch_one(&pool).await.unwrap()).unwrap()
    };
    assert!(running.catch_up(PATIENCE).await.unwrap());
    if library == Library::Starter {
        eventually("the starter library is published", async || {
            count("SELECT count(*) FROM flows WHERE status = 'PUBLISHED'").await == 2 * starter_flows().len()
        })
        .await;
        eventually("the starter scripts are published", async || {
            count("SELECT count(*) FROM script_templates").await == 2 * starter_scripts().len()
        })
        .await;
    }
    eventually("everything that was asked for is done", async || {
        running.catch_up(PATIENCE).await.unwrap()
            && count("SELECT count(*) FROM work_items WHERE state = 'ready'").await == 0
    })
    .await;
    running.stop().await;
    pool.close().await;
}

/// Says that the library was loaded before anybody asks for it.
async fn refuse_library(pool: &PgPool, account: AccountId) {
    let done = "INSERT INTO work_items (key, kind, account, lane, payload, correlation, causation, state)
        VALUES ($1, $2, $3, $3, '{}', $3, $3, 'done')";
    sqlx::query(done)
        .bind(format!("{STOCK_LIBRARY}:{account}"))
        .bind(STOCK_LIBRARY)
        .bind(account.0)
        .execute(pool)
        .await
        .unwrap();
}
