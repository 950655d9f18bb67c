//! Where an account's knowledge is missing, as those see it who keep it.

use async_graphql::{ComplexObject, Context, Object, Result, SimpleObject};
use domain::gaps::{KnowledgeGap as Found, MOST_SESSIONS};
use domain::id::SessionId;
use futures_util::future::try_join_all;
use projections::{outcomes, sessions};

use super::error::Code;
use super::flow::node::FlowNode;
use super::limits::list_cost_or;
use super::request::{app, clock, fresh, identity, pool, read_failed};
use super::scalar::{DateTime, Position, clamp_count};
use super::session::Session;
use super::vocabulary::{GapType, Period, ProblemDomain, Severity};

/// A report's gaps as its cost counts them; few have more.
const USUAL_GAPS: i32 = 20;
/// The same for the nodes that a gap suggests.
const USUAL_NODES: i32 = 20;

/// The part of the query root that shows gaps.
#[derive(Default)]
pub struct GapQueries;

#[Object]
impl GapQueries {
    /// Where knowledge is missing, by the sessions of a period. For everybody but engineers.
    async fn knowledge_gaps(
        &self,
        ctx: &Context<'_>,
        #[graphql(default_with = "Some(Period::Last30Days)")] period: Option<Period>,
    ) -> Result<KnowledgeGapReport> {
        let me = identity(ctx)?;
        if !me.caller.role.reads_analytics() {
            return Err(Code::Forbidden.error("Gaps are for team admins, analysts and owners."));
        }
        fresh(ctx, &[sessions::NAME, outcomes::NAME]).await?;
        let days = period.unwrap_or(Period::Last30Days).days().unsigned_abs();
        let report = app(ctx)?.gaps.report(pool(ctx)?, me.account, &me.caller, days, clock(ctx)?.now()).await;
        let report = report.map_err(|error| read_failed(&error))?;
        Ok(KnowledgeGapReport {
            generated_at: report.generated_at.into(),
            position: report.position.into(),
            gaps: report.gaps.iter().map(KnowledgeGap::from).collect(),
        })
    }
}

/// Where knowledge is missing. It is kept, and made anew once something happened in the account or a new day has begun there.
#[derive(SimpleObject)]
#[graphql(complex)]
pub struct KnowledgeGapReport {
    /// When it was made.
    generated_at: DateTime,
    /// Where in the event log it stands: nothing that it reads has happened in the account since.
    position: Position,
    #[graphql(skip)]
    gaps: Vec<KnowledgeGap>,
}

#[ComplexObject]
impl KnowledgeGapReport {
    /// The gravest first, at most twenty of a kind.
    #[graphql(complexity = "list_cost_or(USUAL_GAPS, None, child_complexity)")]
    async fn gaps(&self) -> &[KnowledgeGap] {
        &self.gaps
    }
}

/// Knowledge that is missing. Questions and intakes count by the start of their session, everything else by its last close.
#[derive(SimpleObject, Clone)]
#[graphql(complex)]
pub struct KnowledgeGap {
    /// What kind.
    #[graphql(name = "type")]
    kind: GapType,
    /// The area it belongs to; null if it belongs to several.
    problem_domain: Option<ProblemDomain>,
    /// How much it matters: HIGH if it was seen often and is a large share, MEDIUM if one of them holds.
    severity: Severity,
    /// In a line.
    title: String,
    /// The figures, and why it matters so much.
    description: String,
    /// What to do about it.
    suggested_action: String,
    /// How often it was seen.
    count: i32,
    /// The share of what was looked at, 0 to 1: of answers, of closed or resolved sessions, of intakes that no flow fits.
    rate: Option<f64>,
    /// What was said or what it was about, at most five, secrets replaced.
    examples: Vec<String>,
    #[graphql(skip)]
    seen_in: Vec<SessionId>,
    #[graphql(skip)]
    nodes: Vec<FlowNode>,
}

#[ComplexObject]
impl KnowledgeGap {
    /// Of the newest ten sessions in which it was seen, those that you may see.
    #[graphql(complexity = "list_cost_or(10, None, child_complexity)")]
    async fn sessions(&self, ctx: &Context<'_>) -> Result<Vec<Session>> {
        let shown = self.seen_in.iter().take(MOST_SESSIONS).map(|session| Session::visible(ctx, *session));
        Ok(try_join_all(shown).await?.into_iter().flatten().collect())
    }

    /// A structure for a flow that would close it, from sessions that were resolved; empty where there is none to suggest.
    #[graphql(complexity = "list_cost_or(USUAL_NODES, None, child_complexity)")]
    async fn suggested_nodes(&self) -> &[FlowNode] {
        &self.nodes
    }
}

impl From<&Found> for KnowledgeGap {
    fn from(found: &Found) -> Self {
        Self {
            kind: found.kind.into(),
            problem_domain: found.domain.map(Into::into),
            severity: found.severity.into(),
            title: found.title.clone(),
            description: found.description.clone(),
            suggested_action: found.suggested_action.clone(),
            count: clamp_count(found.count),
            rate: Some(found.rate),
            examples: found.examples.clone(),
            seen_in: found.sessions.clone(),
            nodes: FlowNode::all(&found.nodes),
        }
    }
}
