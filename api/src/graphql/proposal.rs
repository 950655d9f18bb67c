//! Proposals as reviewers see them: what would be published, why, and who supports it.

pub mod loader;
pub mod queries;
pub mod stats;

use std::sync::Arc;

use async_graphql::dataloader::DataLoader;
use async_graphql::{Context, ID, Object, Result, SimpleObject};
use domain::flow::diff::TreeDiff;
use domain::id::ProposalId;
use futures_util::future::try_join_all;
use projections::proposals::queries::{self as rows, ProposalRow};

use self::loader::ProposalLoader;
use super::account::{Team, User};
use super::flow::Flow;
use super::flow::node::FlowNode;
use super::limits::list_cost_or;
use super::request::{identity, pool, read_failed};
use super::scalar::{DateTime, Id, clamp_count};
use super::session::Session;
use super::vocabulary::{ProblemDomain, ProposalStatus, ProposalType};

/// A proposal's nodes as its cost counts them; few have more.
const USUAL_NODES: i32 = 30;
/// The same for the sessions that support it.
const USUAL_SUPPORTERS: i32 = 10;

/// What resolved sessions would add to the knowledge base.
#[derive(Clone)]
pub struct Proposal(Arc<ProposalRow>);

impl Proposal {
    /// A proposal of the caller's account.
    pub async fn named(ctx: &Context<'_>, id: ProposalId) -> Result<Option<Self>> {
        let found = ctx.data::<DataLoader<ProposalLoader>>()?.load_one(id).await;
        Ok(found.map_err(|error| read_failed(&*error))?.map(Self))
    }
}

impl From<ProposalRow> for Proposal {
    fn from(row: ProposalRow) -> Self {
        Self(Arc::new(row))
    }
}

/// What resolved sessions would add to the knowledge base.
#[Object]
impl Proposal {
    /// Its id.
    async fn id(&self) -> Id {
        self.0.id.into()
    }

    /// Its version, for expectedVersion: support counts, too.
    async fn version(&self) -> i32 {
        clamp_count(self.0.version)
    }

    /// What it would do.
    #[graphql(name = "type")]
    async fn kind(&self) -> ProposalType {
        self.0.kind.into()
    }

    /// Where it stands.
    async fn status(&self) -> ProposalStatus {
        self.0.status.into()
    }

    /// What reviewers read first.
    async fn title(&self) -> &str {
        &self.0.title
    }

    /// The problem and what solved it.
    async fn description(&self) -> Option<&str> {
        self.0.description.as_deref()
    }

    /// The area it belongs to.
    async fn problem_domain(&self) -> Option<ProblemDomain> {
        self.0.domain.map(Into::into)
    }

    /// The team of the session that it was learnt from.
    async fn team(&self, ctx: &Context<'_>) -> Result<Option<Team>> {
        match self.0.team {
            Some(team) => Team::named(ctx, team).await,
            None => Ok(None),
        }
    }

    /// How sure its support makes it, 0 to 1.
    #[expect(clippy::cast_precision_loss, reason = "0 to 1,000,000")]
    async fn confidence_score(&self) -> f64 {
        self.0.confidence as f64 / 1e6
    }

    /// How many sessions support it, whether you may see them or not.
    async fn supporting_session_count(&self) -> i32 {
        clamp_count(self.0.supporters)
    }

    /// Of the first hundred sessions that support it, those that you may see.
    #[graphql(complexity = "list_cost_or(USUAL_SUPPORTERS, None, child_complexity)")]
    async fn supporting_sessions(&self, ctx: &Context<'_>) -> Result<Vec<Session>> {
        let account = identity(ctx)?.account;
        let supporters = rows::supporters(pool(ctx)?, account, self.0.id).await;
        let supporters = supporters.map_err(|error| read_failed(&error))?;
        let shown = supporters.into_iter().map(|session| Session::visible(ctx, session));
        Ok(try_join_all(shown).await?.into_iter().flatten().collect())
    }

    /// The session that it was learnt from; null also if you may not see it.
    async fn source_session(&self, ctx: &Context<'_>) -> Result<Option<Session>> {
        Session::visible(ctx, self.0.source).await
    }

    /// The flow that it would change, or whose path held, in its newest version.
    async fn target_flow(&self, ctx: &Context<'_>) -> Result<Option<Flow>> {
        match self.0.target {
            Some((flow, _)) => Flow::named(ctx, flow, None).await,
            None => Ok(None),
        }
    }

    /// The version of it that the session followed; of a modified one, the version that was edited.
    async fn target_base_version(&self) -> Option<i32> {
        self.0.target.map(|(_, version)| clamp_count(version))
    }

    /// Words and symptom phrases that would lead to the flow.
    async fn keywords(&self) -> &[String] {
        &self.0.keywords
    }

    /// The whole tree that would be published, flat; empty for a path that held.
    #[graphql(complexity = "list_cost_or(USUAL_NODES, None, child_complexity)")]
    async fn nodes(&self) -> Vec<FlowNode> {
        FlowNode::all(&self.0.nodes)
    }

    /// What it would change of its target, as it was proposed; null for a new flow.
    async fn diff(&self) -> Option<ProposalDiff> {
        self.0.diff.as_ref().map(ProposalDiff::from)
    }

    /// Who decided.
    async fn reviewed_by(&self, ctx: &Context<'_>) -> Result<Option<User>> {
        User::named_if(ctx, self.0.reviewed_by).await
    }

    /// When they did.
    async fn reviewed_at(&self) -> Option<DateTime> {
        self.0.reviewed_at.map(DateTime::from)
    }

    /// What they noted.
    async fn reviewer_notes(&self) -> Option<&str> {
        self.0.reviewer_notes.as_deref()
    }

    /// The flow in the version that it became; null until it was published.
    async fn published_flow(&self, ctx: &Context<'_>) -> Result<Option<Flow>> {
        match self.0.published {
            Some((flow, version)) => Flow::named(ctx, flow, Some(version)).await,
            None => Ok(None),
        }
    }

    /// When it was raised.
    async fn created_at(&self) -> DateTime {
        self.0.created_at.into()
    }
}

/// What a proposal would change of its target.
#[derive(SimpleObject)]
pub struct ProposalDiff {
    /// A sentence for each change.
    summary: Vec<String>,
    /// Nodes that would be new.
    added_node_ids: Vec<ID>,
    /// Nodes that would say, lead or stand otherwise.
    modified_node_ids: Vec<ID>,
    /// Nodes that would be gone.
    removed_node_ids: Vec<ID>,
}

impl From<&TreeDiff> for ProposalDiff {
    fn from(diff: &TreeDiff) -> Self {
        let ids = |ids: &[String]| ids.iter().cloned().map(ID).collect();
        Self {
            summary: diff.summary.clone(),
            added_node_ids: ids(&diff.added),
            modified_node_ids: ids(&diff.modified),
            removed_node_ids: ids(&diff.removed),
        }
    }
}
