//! Flows as they are shown: a version's tree, the draft beside it, and what sessions tell of it.

pub mod flow_match;
pub mod loader;
pub mod node;
pub mod queries;

use std::sync::Arc;

use async_graphql::dataloader::DataLoader;
use async_graphql::{Context, Object, Result};
use domain::id::FlowId;
use projections::flows::queries::FlowRow;
use projections::sessions::queries::FlowRecord;

use self::loader::{FlowLoader, FlowRecordLoader};
use self::node::FlowNode;
use super::limits::list_cost_or;
use super::proposal::Proposal;
use super::request::read_failed;
use super::scalar::{DateTime, Id, clamp_count};
use super::session::Session;
use super::vocabulary::{FlowKind, FlowOrigin, FlowStatus, ProblemDomain};

/// From how many closed sessions on a success rate says something (rule 5.5).
const CLOSED_FOR_A_RATE: i64 = 5;
/// A flow's nodes as its cost counts them; few have more.
const USUAL_NODES: i32 = 30;

/// A troubleshooting flow or a procedure of the account's knowledge base.
#[derive(Clone)]
pub struct Flow(Arc<FlowRow>);

impl Flow {
    /// A flow of the caller's account, in the published version named or the newest.
    pub async fn named(ctx: &Context<'_>, id: FlowId, version: Option<u32>) -> Result<Option<Self>> {
        let found = ctx.data::<DataLoader<FlowLoader>>()?.load_one((id, version)).await;
        Ok(found.map_err(|error| read_failed(&*error))?.map(Self))
    }

    async fn record(&self, ctx: &Context<'_>) -> Result<FlowRecord> {
        let found = ctx.data::<DataLoader<FlowRecordLoader>>()?.load_one(self.0.id).await;
        Ok(found.map_err(|error| read_failed(&*error))?.unwrap_or_default())
    }
}

impl From<FlowRow> for Flow {
    fn from(row: FlowRow) -> Self {
        Self(Arc::new(row))
    }
}

/// A troubleshooting flow or a procedure of the account's knowledge base.
#[Object]
impl Flow {
    /// Its id.
    async fn id(&self) -> Id {
        self.0.id.into()
    }

    /// Its version, for expectedVersion: every change counts.
    async fn version(&self) -> i32 {
        clamp_count(self.0.version)
    }

    /// The published version whose tree this is; null if none was ever published.
    async fn published_version(&self) -> Option<i32> {
        self.0.published_version.map(clamp_count)
    }

    /// Its name.
    async fn name(&self) -> &str {
        &self.0.head.name
    }

    /// What it is for.
    async fn description(&self) -> Option<&str> {
        self.0.head.description.as_deref()
    }

    /// A tree of questions, or a straight chain of actions.
    async fn kind(&self) -> FlowKind {
        self.0.head.kind.into()
    }

    /// The area it belongs to.
    async fn problem_domain(&self) -> Option<ProblemDomain> {
        self.0.head.domain.map(Into::into)
    }

    /// Whether it is offered.
    async fn status(&self) -> FlowStatus {
        self.0.status.into()
    }

    /// Where this version comes from.
    async fn origin(&self) -> FlowOrigin {
        self.0.origin.into()
    }

    /// Words and symptom phrases that lead to it.
    async fn keywords(&self) -> &[String] {
        &self.0.head.keywords
    }

    /// The published tree, flat; the draft where nothing was published yet.
    #[graphql(complexity = "list_cost_or(USUAL_NODES, None, child_complexity)")]
    async fn tree(&self) -> Vec<FlowNode> {
        FlowNode::all(&self.0.tree)
    }

    /// The draft, if there is one.
    #[graphql(complexity = "list_cost_or(USUAL_NODES, None, child_complexity)")]
    async fn draft(&self) -> Option<Vec<FlowNode>> {
        self.0.draft.as_deref().map(FlowNode::all)
    }

    /// The session that this version was learnt from; null also if you may not see it.
    async fn source_session(&self, ctx: &Context<'_>) -> Result<Option<Session>> {
        match self.0.source_session {
            Some(session) => Session::visible(ctx, session).await,
            None => Ok(None),
        }
    }

    /// The proposal that this version was published from, or that the flow was copied from.
    async fn source_proposal(&self, ctx: &Context<'_>) -> Result<Option<Proposal>> {
        match self.0.source_proposal {
            Some(proposal) => Proposal::named(ctx, proposal).await,
            None => Ok(None),
        }
    }

    /// Resolved over closed, among the sessions that followed it, 0 to 1; null below five closed ones.
    async fn success_rate(&self, ctx: &Context<'_>) -> Result<Option<f64>> {
        Ok(success_rate(&self.record(ctx).await?))
    }

    /// How many sessions followed it.
    async fn matched_sessions(&self, ctx: &Context<'_>) -> Result<i32> {
        Ok(clamp_count(self.record(ctx).await?.matched))
    }

    /// When the last of them was matched.
    async fn last_matched_at(&self, ctx: &Context<'_>) -> Result<Option<DateTime>> {
        Ok(self.record(ctx).await?.last_matched_at.map(DateTime::from))
    }

    /// When it was begun.
    async fn created_at(&self) -> DateTime {
        self.0.created_at.into()
    }

    /// When it last changed.
    async fn updated_at(&self) -> DateTime {
        self.0.updated_at.into()
    }
}

#[expect(clippy::cast_precision_loss, reason = "counts of sessions, far below 2^52")]
fn success_rate(record: &FlowRecord) -> Option<f64> {
    (record.closed >= CLOSED_FOR_A_RATE).then(|| record.resolved as f64 / record.closed as f64)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Rule 5.5.
    #[test]
    fn a_success_rate_needs_five_closed_sessions() {
        let record = |closed, resolved| FlowRecord { matched: 9, closed, resolved, ..FlowRecord::default() };
        assert_eq!(success_rate(&record(4, 4)), None);
        assert_eq!(success_rate(&record(5, 4)), Some(0.8));
        assert_eq!(success_rate(&record(0, 0)), None);
    }
}
