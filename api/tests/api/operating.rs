//! What operators and their probes look at.

use chrono::TimeDelta;
use event_store::transaction;
use serde_json::{Value, json};

use crate::play::{self, RIDDLE};
use crate::world::{World, eventually};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_pages_for_operators_need_no_token_and_tell_how_it_stands() {
    let world = World::start().await;
    let alive = world.nobody.get("/healthz").await;
    assert_eq!(alive.status(), 200);
    let version: Value = world.nobody.get("/version").await.json().await.unwrap();
    assert_eq!(version["name"], "flowpilot");
    assert_eq!(version["version"], env!("CARGO_PKG_VERSION"));
    let ready = world.nobody.get("/readyz").await;
    assert_eq!(ready.status(), 200);
    let ready: Value = ready.json().await.unwrap();
    for check in ["database", "migrations", "projections"] {
        assert_eq!(ready["checks"][check], "ok", "{ready}");
    }
    assert_eq!(world.nobody.graphql("{ viewer { role } }", Value::Null).await.code(), "UNAUTHENTICATED");
    let forbidden = world.firm.engineer.graphql("{ projections { name } }", Value::Null).await;
    assert_eq!(forbidden.code(), "FORBIDDEN", "an error that is counted");
    let metrics = world.nobody.get("/metrics").await;
    assert_eq!(metrics.status(), 200);
    assert!(metrics.headers()["content-type"].to_str().unwrap().starts_with("text/plain"));
    for name in [
        "http_request_seconds",
        "graphql_errors_total",
        "projection_lag_events",
        "projection_lag_seconds",
        "projection_quarantined",
        "projection_rebuild_ratio",
    ] {
        let told = async || metrics_of(&world).await.contains(&format!("flowpilot_{name}"));
        eventually(&format!("{name} is told"), told).await;
    }
    assert_eq!(world.nobody.get("/no-such-page").await.status(), 404);
}

async fn metrics_of(world: &World) -> String {
    world.nobody.get("/metrics").await.text().await.unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_projection_that_stands_still_is_told_of_everywhere_while_commands_go_on() {
    let world = World::start().await;
    let engineer = &world.firm.engineer;
    let readiness = async || {
        let ready = world.nobody.get("/readyz").await;
        let status = ready.status();
        let body: Value = ready.json().await.unwrap();
        (status.as_u16(), body["checks"]["projections"].as_str().unwrap().to_owned())
    };
    let state = async || {
        let all = world.firm.owner.data("{ projections { name state } }", json!({})).await;
        let all = all["projections"].as_array().unwrap().clone();
        all.into_iter().find(|it| it["name"] == "outcomes").unwrap()["state"].as_str().unwrap().to_owned()
    };
    let stalled =
        async || metrics_of(&world).await.contains("flowpilot_projection_stalled{projection=\"outcomes\"} 1");

    // Somebody's transaction holds its table: the runner waits, and its lease is renewed as ever.
    let mut held = transaction::begin(&world.pool).await.unwrap();
    sqlx::query("LOCK TABLE outcomes IN ACCESS EXCLUSIVE MODE").execute(&mut *held).await.unwrap();
    let session = play::start(engineer, RIDDLE).await;
    assert_eq!((readiness().await, state().await.as_str()), ((200, "ok".to_owned()), "RUNNING"));
    world.clock.pass(TimeDelta::seconds(31));
    eventually("it stands still", async || state().await == "STALLED").await;
    // Any other that an event is just on its way to has waited as long by the clock that was put forward.
    eventually("it alone is named, and the server is ready", async || {
        let (status, told) = readiness().await;
        status == 200 && told.starts_with("outcomes stands still, ") && !told.contains(';')
    })
    .await;
    eventually("the metric tells it", stalled).await;
    let answer = play::answer(engineer, &session.id, &session.step, json!({ "freeText": "It hums." })).await;
    assert_eq!(answer["userErrors"], json!([]));

    held.rollback().await.unwrap();
    eventually("it goes on", async || state().await == "RUNNING").await;
    eventually("all is well", async || readiness().await == (200, "ok".to_owned())).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_its_database_the_server_lives_but_is_not_ready_and_says_so_to_clients() {
    let world = World::start().await;
    world.pool.close().await;
    eventually("it is unready", async || world.nobody.get("/readyz").await.status() == 503).await;
    let ready: Value = world.nobody.get("/readyz").await.json().await.unwrap();
    assert_eq!(ready["ready"], false);
    assert_ne!(ready["checks"]["database"], "ok");
    assert_eq!(world.nobody.get("/healthz").await.status(), 200);
    let answer = world.firm.engineer.graphql("{ viewer { role } }", Value::Null).await;
    assert_eq!((answer.status, answer.code()), (503, "UNAVAILABLE"));
}
