//! Publishes what a proposal says, where the request that decided for it did not come so far.

use std::sync::Arc;
use std::time::Duration;

use domain::id::ProposalId;
use projections::work_queue::Claim;
use projections::work_requests::PUBLISH_PROPOSAL;
use serde_json::Value;

use super::{WorkError, Worker};
use crate::app::App;
use crate::commands::flows::FlowCommandError;
use crate::commands::proposals;

/// How long the queue leaves it to the request.
const HEAD_START: Duration = Duration::from_secs(2);

/// The worker.
pub struct Publish;

impl Worker for Publish {
    fn kind(&self) -> &'static str {
        PUBLISH_PROPOSAL
    }

    fn head_start(&self, _app: &App) -> Duration {
        HEAD_START
    }

    async fn work(&self, app: &Arc<App>, claim: &Claim) -> Result<(), WorkError> {
        let text = claim.payload.get("proposal").and_then(Value::as_str);
        let id: ProposalId = text
            .and_then(|text| text.parse().ok())
            .ok_or_else(|| WorkError::Refused("the work names no proposal".to_owned()))?;
        match proposals::publish(app, claim.account, id, claim.correlation).await {
            // What can't be published any more waits for its reviewers as STALE.
            Ok(_) | Err(FlowCommandError::Refused(_)) => Ok(()),
            Err(FlowCommandError::Store(error)) => Err(error.into()),
        }
    }

    async fn give_up(&self, _app: &Arc<App>, _claim: &Claim, _error: &WorkError) -> Result<(), WorkError> {
        // The queue shows it, and the proposal that it was decided for and not published.
        Ok(())
    }
}
