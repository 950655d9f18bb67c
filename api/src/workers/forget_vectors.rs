//! Forgets vectors of texts that were masked since: a vector, and the digest that it is kept under, tell what its text said.

use std::sync::Arc;
use std::time::Duration;

use domain::recorded_event::Position;
use projections::flow_vectors::vectors;
use projections::work_queue::Claim;
use projections::work_requests::FORGET_VECTORS;
use projections::{flow_vectors, outcomes, proposals, sessions};

use super::{WorkError, Worker};
use crate::app::App;

/// The read models whose texts are embedded: once they show the mask, nobody embeds what is under it.
const SHOWING: [&str; 4] = [sessions::NAME, outcomes::NAME, proposals::NAME, flow_vectors::NAME];
/// How long they may take to come to the event that asked, each time that it is tried.
const CATCH_UP: Duration = Duration::from_mins(1);

/// The worker.
pub(super) struct ForgetVectors;

impl Worker for ForgetVectors {
    fn kind(&self) -> &'static str {
        FORGET_VECTORS
    }

    async fn work(&self, app: &Arc<App>, claim: &Claim) -> Result<(), WorkError> {
        let position = claim.payload["position"].as_i64().map(Position).unwrap_or_default();
        if !app.freshness.reaches(&SHOWING, position, CATCH_UP).await {
            return Err(WorkError::Refused("read models do not show the mask yet".to_owned()));
        }
        forget(app, claim).await
    }

    /// What is masked goes all the same; a read model that is still behind may have it embedded once more.
    async fn give_up(&self, app: &Arc<App>, claim: &Claim, _error: &WorkError) -> Result<(), WorkError> {
        forget(app, claim).await
    }
}

async fn forget(app: &App, claim: &Claim) -> Result<(), WorkError> {
    let forgotten = vectors::forget_of_texts(&app.background, claim.account).await?;
    tracing::info!(work.key = %claim.key, vectors = forgotten, "vectors of texts are forgotten, because one was masked");
    Ok(())
}
