//! Marks proposals to change a flow that has moved on since: they wait for an edit of the new version, or for somebody to drop them
//! where the flow was retired (rule 7.2).

use std::sync::Arc;

use domain::access::By;
use domain::id::FlowId;
use domain::proposal::Proposal;
use domain::proposal::command::{ProposalAct, ProposalCommand};
use projections::proposals::queries;
use projections::work_queue::Claim;
use projections::work_requests::OUTDATE;
use serde_json::Value;

use super::analyse::caught_up;
use super::{WorkError, Worker, context};
use crate::app::App;
use crate::commands::proposals::target_now;

/// The worker.
pub struct Outdate;

impl Worker for Outdate {
    fn kind(&self) -> &'static str {
        OUTDATE
    }

    async fn work(&self, app: &Arc<App>, claim: &Claim) -> Result<(), WorkError> {
        let flow = named(claim)?;
        caught_up(app).await?;
        let Some(now) = target_now(app, claim.account, flow).await? else { return Ok(()) };
        let offered = (!now.retired).then_some(now.version);
        for id in queries::made_from_others(&app.pool, claim.account, flow, offered).await? {
            let command = ProposalCommand { by: By::System, act: ProposalAct::MarkStale(now) };
            let context = context(claim, OUTDATE, &id.to_string());
            app.store.execute::<Proposal>(id.0, command, context).await?;
        }
        Ok(())
    }

    async fn give_up(&self, _app: &Arc<App>, _claim: &Claim, _error: &WorkError) -> Result<(), WorkError> {
        // The queue shows it; a modification of an outdated proposal is refused all the same.
        Ok(())
    }
}

fn named(claim: &Claim) -> Result<FlowId, WorkError> {
    let flow = claim.payload.get("flow").and_then(Value::as_str).and_then(|text| text.parse().ok());
    flow.ok_or_else(|| WorkError::Refused("the work names no flow".to_owned()))
}
