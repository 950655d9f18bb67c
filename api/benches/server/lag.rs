//! How long after its command was acknowledged an event is in the sessions read model.

use std::sync::Arc;
use std::time::{Duration, Instant};

use sqlx::postgres::PgConnectOptions;
use sqlx::{ConnectOptions, PgConnection};
use tokio::time::sleep;

use crate::requests::{Load, Round};

/// Sends notes at a steady rate and looks, every millisecond, how far the read model has come.
pub(crate) async fn measure(
    load: &Arc<Load>,
    database: &PgConnectOptions,
    rate: f64,
    round: Duration,
) -> Round {
    let mut connection = database.connect().await.unwrap();
    let sending = tokio::spawn({
        let load = load.clone();
        async move { load.add_notes(round, Some(rate)).await }
    });
    let mut seen: Vec<(i64, Instant)> = Vec::new();
    while !sending.is_finished() {
        look(&mut connection, &mut seen).await;
        sleep(Duration::from_millis(1)).await;
    }
    let mut sent = sending.await.unwrap();
    let last = sent.acknowledged.iter().map(|(position, _)| *position).max().unwrap();
    while seen.last().is_none_or(|(position, _)| *position < last) {
        look(&mut connection, &mut seen).await;
    }
    sent.times = sent
        .acknowledged
        .iter()
        .map(|(position, at)| {
            let visible = seen[seen.partition_point(|(seen, _)| seen < position)].1;
            visible.saturating_duration_since(*at)
        })
        .collect();
    sent
}

async fn look(connection: &mut PgConnection, seen: &mut Vec<(i64, Instant)>) {
    let sql = "SELECT position FROM projection_checkpoints WHERE name = 'sessions'";
    let position: i64 = sqlx::query_scalar(sql).fetch_one(connection).await.unwrap();
    if seen.last().is_none_or(|(last, _)| *last < position) {
        seen.push((position, Instant::now()));
    }
}
