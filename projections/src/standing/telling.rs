//! Tells operators how every projection stands, whoever runs it: as metrics, and in the log when one stands still.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Utc};
use domain::clock::Clock;
use domain::recorded_event::Position;
use event_store::Log;
use sqlx::PgPool;
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;

use super::Standing;
use crate::error::ProjectionError;
use crate::rebuild::Rebuild;

/// How often it is looked.
const LOOK: Duration = Duration::from_secs(1);

/// Looks and tells until it is stopped. Every process tells of all projections: one that is held up, or whose process has
/// died, could not tell of itself.
pub async fn tell(pool: PgPool, log: Log, clock: Arc<dyn Clock>, stop: CancellationToken) {
    let mut still = BTreeSet::new();
    while !stop.is_cancelled() {
        match look(&pool, &log).await {
            Ok((standings, head)) => {
                for standing in &standings {
                    measure(standing, head, clock.now());
                    note(standing, head, clock.now(), &mut still);
                }
            }
            // The feed and the runners say what is wrong with the database.
            Err(error) => tracing::debug!(error = %error, "how projections stand cannot be told"),
        }
        tokio::select! {
            () = stop.cancelled() => {}
            () = sleep(LOOK) => {}
        }
    }
}

async fn look(pool: &PgPool, log: &Log) -> Result<(Vec<Standing>, Position), ProjectionError> {
    let standings = super::all(pool, log, None).await?;
    Ok((standings, log.last_event(log.ceiling().await?).await?))
}

#[expect(clippy::cast_precision_loss, reason = "gauges")]
fn measure(standing: &Standing, head: Position, now: DateTime<Utc>) {
    let name = || standing.name.clone();
    let waited = standing.waiting_since.map_or(0, |since| (now - since).num_milliseconds().max(0));
    let stalled = u8::from(standing.stalled_since(now).is_some());
    let rebuilt = standing.rebuild.as_ref().map_or(1.0, Rebuild::ratio);
    metrics::gauge!("flowpilot_projection_lag_events", "projection" => name()).set(standing.lag(head) as f64);
    metrics::gauge!("flowpilot_projection_lag_seconds", "projection" => name()).set(waited as f64 / 1000.0);
    metrics::gauge!("flowpilot_projection_stalled", "projection" => name()).set(stalled);
    metrics::gauge!("flowpilot_projection_quarantined", "projection" => name())
        .set(standing.quarantined as f64);
    metrics::gauge!("flowpilot_projection_rebuild_ratio", "projection" => name()).set(rebuilt);
}

/// Says it once when a projection stands still, and once when it goes on.
fn note(standing: &Standing, head: Position, now: DateTime<Utc>, still: &mut BTreeSet<String>) {
    let name = &standing.name;
    match standing.stalled_since(now) {
        Some(since) if still.insert(name.clone()) => tracing::error!(
            projection.name = name, projection.position = standing.position.0, lag = standing.lag(head), %since,
            error = standing.last_error, "a projection stands still: what it shows is old"
        ),
        None if still.remove(name) => {
            tracing::info!(projection.name = name, "a projection that stood still goes on");
        }
        _ => {}
    }
}
