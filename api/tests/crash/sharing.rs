//! Three servers on one database: the projections are shared out, and neither a dead nor a frozen one holds them up.

use std::collections::BTreeMap;
use std::sync::Arc;

use domain::clock::SystemClock;
use event_store::EventStore;
use event_store::testing::database;
use projections::comparison::{self, Compared};
use rustix::process::Signal;
use serde_json::json;
use sqlx::{ConnectOptions, PgPool};
use uuid::Uuid;

use crate::load::{insist, new_key, send, sessions};
use crate::server::{Installation, Server, eventually};

const SERVERS: usize = 3;

/// How many projections each process holds, by the processes.
async fn held(pool: &PgPool) -> BTreeMap<Uuid, i64> {
    let sql = "SELECT node, count(*) FROM projection_checkpoints
               WHERE leased_until > now() AND name NOT LIKE '%@rebuild' GROUP BY node";
    sqlx::query_as(sql).fetch_all(pool).await.unwrap().into_iter().collect()
}

/// Until all projections are held by so many processes, none of which has more than its part.
async fn shared_out(pool: &PgPool, among: usize) {
    let all = projections::all().len();
    let part = i64::try_from(all.div_ceil(among)).unwrap();
    eventually("the projections are shared out", async || {
        let held = held(pool).await;
        held.len() == among
            && held.values().sum::<i64>() == i64::try_from(all).unwrap()
            && held.values().all(|count| *count <= part)
    })
    .await;
}

/// Writes a note through a server, and waits until every read model shows it, whoever keeps it.
async fn goes_on(pool: &PgPool, server: &Server, session: &str) {
    let note = json!({ "sessionId": session, "text": "Still here.", "idempotencyKey": new_key() });
    let sent = send(&server.owner, "addNote", note).await;
    let position: i64 = insist(&server.owner, &sent).await.as_str().unwrap().parse().unwrap();
    let behind =
        "SELECT count(*) FROM projection_checkpoints WHERE position < $1 AND name NOT LIKE '%@rebuild'";
    eventually("all read models show it", async || {
        sqlx::query_scalar::<_, i64>(behind).bind(position).fetch_one(pool).await.unwrap() == 0
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_three_servers_one_is_killed_and_one_frozen_and_the_read_models_are_what_the_log_gives() {
    let database = database().await;
    let pool = database.pool();
    let installation = Installation::on(Some(database.connect_options().to_url_lossy().to_string()));
    let [first, second, third]: [Server; SERVERS] = std::array::from_fn(|_| installation.serve());
    let session = sessions(&third.owner, 1).await.remove(0);
    shared_out(&pool, SERVERS).await;
    goes_on(&pool, &third, &session).await;

    // kill -9: the others take over what it held.
    first.kill();
    goes_on(&pool, &third, &session).await;
    shared_out(&pool, 2).await;

    // Frozen past its lease, the last one has all of them.
    second.signal(Signal::STOP);
    goes_on(&pool, &third, &session).await;
    shared_out(&pool, 1).await;
    // Awake again, it finds that it was taken over, changes nothing, says so, and takes its part anew.
    second.signal(Signal::CONT);
    eventually("it says that it was taken over", async || {
        second.log().contains("taken over, paused or swapped: this runner changed nothing more")
    })
    .await;
    shared_out(&pool, 2).await;
    goes_on(&pool, &second, &session).await;

    let log = EventStore::new(pool.clone(), installation.master_key(), Arc::new(SystemClock)).log();
    for projection in projections::all() {
        let compared = comparison::with_a_fresh_fold(&pool, &log, &*projection).await.unwrap();
        assert!(
            matches!(compared, Compared::Same(_) | Compared::NoTables),
            "{}: {compared:?}",
            projection.name()
        );
    }
    let waiting: i64 =
        sqlx::query_scalar("SELECT count(*) FROM quarantined_streams").fetch_one(&pool).await.unwrap();
    assert_eq!(waiting, 0);
}
