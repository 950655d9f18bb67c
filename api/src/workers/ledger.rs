//! Keeps the ledger close behind the log, so that what is changed in the log later shows.

use std::sync::Arc;
use std::time::Duration;

use event_store::ledger;
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;

use crate::app::App;

/// How far the ledger may lag behind the log, where nothing is slow.
const EVERY: Duration = Duration::from_secs(5);

/// Extends it again and again, until told to stop.
pub(super) async fn run(app: Arc<App>, stop: CancellationToken) {
    loop {
        let extended = tokio::select! {
            () = stop.cancelled() => return,
            extended = ledger::extend(&app.background) => extended,
        };
        let more = extended.unwrap_or_else(|error| {
            tracing::warn!(error = &error as &dyn std::error::Error, "the ledger could not be extended");
            false
        });
        if more {
            continue;
        }
        tokio::select! {
            () = stop.cancelled() => return,
            () = sleep(EVERY) => {}
        }
    }
}
