//! What operators and their probes look at.

use serde_json::Value;

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
    let metrics = world.nobody.get("/metrics").await;
    assert_eq!(metrics.status(), 200);
    assert!(metrics.headers()["content-type"].to_str().unwrap().starts_with("text/plain"));
    let metrics = metrics.text().await.unwrap();
    let shown =
        ["http_request_seconds", "projection_lag_events", "projection_lag_seconds", "graphql_errors_total"];
    for name in shown.map(|name| format!("flowpilot_{name}")) {
        assert!(metrics.contains(&name), "no {name} in:\n{metrics}");
    }
    assert_eq!(world.nobody.get("/no-such-page").await.status(), 404);
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
