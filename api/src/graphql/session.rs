//! Sessions as they are shown: the folded view of one, now or at an earlier moment.

pub mod analysis;
pub mod answer;
pub mod documentation;
pub mod escalation;
pub mod filter;
pub mod instant;
pub mod intake;
pub mod loader;
pub mod queries;
pub mod queue;
pub mod resolution;
pub mod step;

use std::sync::Arc;

use async_graphql::dataloader::DataLoader;
use async_graphql::{Context, Object, Result};
use domain::id::SessionId;
use domain::session::view::{AssistantView, SessionView};

use self::documentation::Documentation;
use self::escalation::Escalation;
use self::intake::Intake;
use self::loader::SessionLoader;
use self::resolution::Resolution;
use self::step::Step;
use super::account::{Team, User};
use super::event::EventConnection;
use super::flow::flow_match::FlowMatch;
use super::limits::list_cost_or;
use super::request::read_failed;
use super::scalar::{DateTime, Id, clamp_count};
use super::usage::TokenUsage;
use super::vocabulary::{
    AnalysisStatus, AssistantState, ConfidenceTier, ProblemDomain, SessionStatus, Urgency,
};

pub use super::vocabulary::TicketContextStatus;

/// How many events of a session a page holds when the caller doesn't say.
const EVENTS_PAGE: i32 = 100;
/// What it costs to look for them, in a statement for each session, however few are wanted.
const EVENTS_LOOK: usize = 20;
/// A session's steps as its cost counts them; hardly one has more.
const USUAL_STEPS: i32 = 30;
/// The same for its escalations.
const USUAL_ESCALATIONS: i32 = 3;

/// A troubleshooting session: one problem, from intake to documentation.
#[derive(Clone)]
pub struct Session {
    view: Arc<SessionView>,
    /// The session as it is now, where `view` is an earlier one: it knows which texts were masked since.
    now: Option<Arc<SessionView>>,
}

impl Session {
    /// A session that the caller may see.
    pub async fn visible(ctx: &Context<'_>, id: SessionId) -> Result<Option<Self>> {
        let found = ctx.data::<DataLoader<SessionLoader>>()?.load_one(id).await;
        Ok(found.map_err(|error| read_failed(&*error))?.map(Self::from))
    }

    /// An earlier state of a session that the caller may see now.
    fn earlier(view: SessionView, now: Arc<SessionView>) -> Self {
        Self { view: Arc::new(view), now: Some(now) }
    }

    /// What it shows.
    pub fn view(&self) -> &Arc<SessionView> {
        &self.view
    }
}

impl From<SessionView> for Session {
    fn from(view: SessionView) -> Self {
        Self::from(Arc::new(view))
    }
}

impl From<Arc<SessionView>> for Session {
    fn from(view: Arc<SessionView>) -> Self {
        Self { view, now: None }
    }
}

/// A troubleshooting session: one problem, from intake to documentation.
#[Object]
impl Session {
    /// Its id.
    async fn id(&self) -> Id {
        self.view.id.into()
    }

    /// How many events it covers; for expectedVersion.
    async fn version(&self) -> i32 {
        clamp_count(self.view.version)
    }

    /// Where it stands.
    async fn status(&self) -> SessionStatus {
        self.view.status.into()
    }

    /// Who opened it.
    async fn opened_by(&self, ctx: &Context<'_>) -> Result<User> {
        User::named(ctx, self.view.opened_by).await
    }

    /// Who handles it now.
    async fn handler(&self, ctx: &Context<'_>) -> Result<User> {
        User::named(ctx, self.view.handler).await
    }

    /// The team it belongs to.
    async fn team(&self, ctx: &Context<'_>) -> Result<Option<Team>> {
        match self.view.team {
            Some(team) => Team::named(ctx, team).await,
            None => Ok(None),
        }
    }

    /// What it began with.
    async fn intake(&self) -> Intake {
        Intake(self.view.clone())
    }

    /// The problem in a line; null until it was classified.
    async fn problem_summary(&self) -> Option<&str> {
        self.view.classification.as_ref().map(|it| it.summary.as_str())
    }

    /// The area it belongs to; null until it was classified.
    async fn problem_domain(&self) -> Option<ProblemDomain> {
        self.view.classification.as_ref().map(|it| it.domain.into())
    }

    /// What was observed.
    async fn key_symptoms(&self) -> &[String] {
        self.view.classification.as_ref().map(|it| it.key_symptoms.as_slice()).unwrap_or_default()
    }

    /// How urgent it is; null until it was classified.
    async fn urgency(&self) -> Option<Urgency> {
        self.view.classification.as_ref().map(|it| it.urgency.into())
    }

    /// How sure the assistant is with its latest step, 0 to 1; 0 before the first.
    async fn confidence_score(&self) -> f64 {
        self.view.confidence.score()
    }

    /// The same as a tier.
    async fn confidence_tier(&self) -> ConfidenceTier {
        self.view.tier.into()
    }

    /// The flow it follows; null if none fitted.
    #[graphql(name = "match")]
    async fn matched(&self, ctx: &Context<'_>) -> Result<Option<FlowMatch>> {
        FlowMatch::chosen_in(ctx, &self.view).await
    }

    /// How far the ticket's context is.
    async fn ticket_context(&self) -> TicketContextStatus {
        self.view.ticket_context.status().into()
    }

    /// How far the assistant is with the next step.
    async fn assistant(&self) -> AssistantState {
        match self.view.assistant {
            AssistantView::Idle => AssistantState::Idle,
            AssistantView::Thinking(_) => AssistantState::Thinking,
            AssistantView::Failed { .. } => AssistantState::Failed,
        }
    }

    /// With FAILED: why no step came.
    async fn assistant_error(&self) -> Option<&str> {
        match &self.view.assistant {
            AssistantView::Failed { message, .. } => Some(message),
            AssistantView::Idle | AssistantView::Thinking(_) => None,
        }
    }

    /// Every step in order, notes included.
    #[graphql(complexity = "list_cost_or(USUAL_STEPS, None, child_complexity)")]
    async fn steps(&self) -> Vec<Step> {
        self.view.steps.iter().map(|step| Step::of(&self.view, step)).collect()
    }

    /// The step that waits for an answer.
    async fn current_step(&self) -> Option<Step> {
        self.view.current_step().map(|step| Step::of(&self.view, step))
    }

    /// Assistant steps so far, as the limit counts them: without notes, briefings and the intake analysis.
    async fn step_count(&self) -> i32 {
        clamp_count(self.view.step_count)
    }

    /// At most so many.
    async fn step_limit(&self) -> i32 {
        clamp_count(self.view.step_limit)
    }

    /// The latest escalation.
    async fn escalation(&self) -> Option<Escalation> {
        Escalation::all(&self.view).pop()
    }

    /// All of them, oldest first.
    #[graphql(complexity = "list_cost_or(USUAL_ESCALATIONS, None, child_complexity)")]
    async fn escalations(&self) -> Vec<Escalation> {
        Escalation::all(&self.view)
    }

    /// How it was solved; null while it isn't.
    async fn resolution(&self) -> Option<Resolution> {
        self.view.resolution.clone().map(Resolution)
    }

    /// What it says for later; there from the first step on.
    async fn documentation(&self) -> Option<Documentation> {
        Documentation::of(&self.view)
    }

    /// 1 to 5.
    async fn rating(&self) -> Option<i32> {
        self.view.rating.map(i32::from)
    }

    /// What was said with a rating.
    async fn feedback(&self) -> Option<&str> {
        self.view.feedback.as_deref()
    }

    /// How far finding out is what it teaches; null while it isn't resolved.
    async fn analysis(&self, ctx: &Context<'_>) -> Result<Option<AnalysisStatus>> {
        analysis::of(ctx, &self.view).await
    }

    /// What the assistant's calls took, failed and discarded ones too.
    async fn tokens(&self) -> TokenUsage {
        self.view.tokens.into()
    }

    /// When it was opened.
    async fn created_at(&self) -> DateTime {
        self.view.created_at.into()
    }

    /// When it last changed.
    async fn updated_at(&self) -> DateTime {
        self.view.updated_at.into()
    }

    /// When it was last closed; null while it is open.
    async fn closed_at(&self) -> Option<DateTime> {
        self.view.closed_at.map(DateTime::from)
    }

    /// When it was solved; null while it isn't.
    async fn resolved_at(&self) -> Option<DateTime> {
        self.view.resolved_at.map(DateTime::from)
    }

    /// Seconds from start to resolution; null while it isn't resolved.
    async fn time_to_resolve(&self) -> Option<f64> {
        self.view.time_to_resolve()
    }

    /// Seconds it was worked on, up to its last event: from its start, without paused and closed spans.
    async fn active_time(&self) -> Option<f64> {
        Some(self.view.active_time())
    }

    /// What happened in it, oldest first, as far as the version shown. Reasoning, prompts and match candidates are for
    /// analysts and owners.
    #[graphql(complexity = "list_cost_or(EVENTS_PAGE, first, child_complexity) + EVENTS_LOOK")]
    async fn events(
        &self,
        ctx: &Context<'_>,
        #[graphql(default = 100)] first: Option<i32>,
        after: Option<String>,
    ) -> Result<EventConnection> {
        let now = self.now.as_ref().unwrap_or(&self.view);
        EventConnection::of_session(ctx, &self.view, now, EVENTS_PAGE, first, after.as_deref()).await
    }
}
