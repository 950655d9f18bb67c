//! What operators and their probes look at: is it alive, is it ready, what is it, what did it count.

use std::time::Duration;

use axum::Json;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use event_store::migrations::MIGRATOR;
use projections::standing;
use serde_json::{Value, json};
use tokio::time::timeout;

use super::Shared;

/// A projection that is further behind than this many events makes the server unready.
const MAX_LAG: i64 = 10_000;
/// The database has to answer within this time.
const PATIENCE: Duration = Duration::from_secs(2);

/// The process runs.
pub async fn alive() -> Json<Value> {
    Json(json!({ "status": "ok" }))
}

/// Which program this is.
pub async fn version() -> Json<Value> {
    Json(json!({ "name": "flowpilot", "version": env!("CARGO_PKG_VERSION") }))
}

/// Counters, gauges and latencies for Prometheus.
pub async fn metrics(State(shared): State<Shared>) -> Response {
    let text = shared.metrics.render();
    ([(header::CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")], text).into_response()
}

/// Requests will be answered: the database is there, its schema is up to date, the read models keep up.
///
/// One that stands still is told of and takes no server out of service: commands are still accepted and all other read
/// models are fresh, every process shows the same old rows, and if all of them were unready nothing would be answered at
/// all. Alarms belong on `flowpilot_projection_stalled`.
pub async fn ready(State(shared): State<Shared>) -> Response {
    let checks = [
        ("database", database(&shared).await),
        ("migrations", migrations(&shared).await),
        ("projections", projections(&shared).await),
    ];
    let ready = checks.iter().all(|(_, check)| check.is_ok()) && !shared.app.stop.is_cancelled();
    let body: serde_json::Map<String, Value> = checks
        .into_iter()
        .map(|(name, check)| (name.to_owned(), Value::String(check.unwrap_or_else(|fault| fault))))
        .collect();
    let status = if ready { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    (status, Json(json!({ "ready": ready, "checks": body }))).into_response()
}

type Check = Result<String, String>;

async fn database(shared: &Shared) -> Check {
    match timeout(PATIENCE, sqlx::query("SELECT 1").execute(&shared.app.pool)).await {
        Ok(Ok(_)) => Ok("ok".to_owned()),
        Ok(Err(_)) => Err("does not answer".to_owned()),
        Err(_) => Err(format!("does not answer within {} s", PATIENCE.as_secs())),
    }
}

async fn migrations(shared: &Shared) -> Check {
    let applied = sqlx::query_scalar::<_, i64>("SELECT count(*) FROM _sqlx_migrations WHERE success");
    let expected = MIGRATOR.iter().count();
    match timeout(PATIENCE, applied.fetch_one(&shared.app.pool)).await {
        Ok(Ok(applied)) if usize::try_from(applied).is_ok_and(|applied| applied >= expected) => {
            Ok("ok".to_owned())
        }
        Ok(Ok(applied)) => Err(format!("{applied} of {expected} applied")),
        _ => Err("cannot be read".to_owned()),
    }
}

async fn projections(shared: &Shared) -> Check {
    let (app, unreadable) = (&shared.app, || "cannot be read".to_owned());
    let standings = timeout(PATIENCE, standing::all(&app.pool, app.feed.log(), None)).await;
    let standings = standings.map_err(|_| unreadable())?.map_err(|_| unreadable())?;
    if standings.is_empty() {
        return Err("not started".to_owned());
    }
    let (head, now) = (*app.feed.head().borrow(), app.clock.now());
    let (still, going): (Vec<_>, Vec<_>) =
        standings.iter().partition(|standing| standing.stalled_since(now).is_some());
    let behind = going.iter().filter(|standing| !standing.paused).map(|it| (it.lag(head), &it.name)).max();
    if let Some((lag, name)) = behind.filter(|(lag, _)| *lag > MAX_LAG) {
        return Err(format!("{name} is {lag} events behind"));
    }
    let told: Vec<_> = still
        .iter()
        .map(|standing| format!("{} stands still, {} events behind", standing.name, standing.lag(head)))
        .collect();
    Ok(if told.is_empty() { "ok".to_owned() } else { told.join("; ") })
}
