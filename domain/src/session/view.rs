//! A session as its events tell it: the one fold behind the read model, time travel, documentation and the assistant.

mod active_time;
mod apply;
mod case;
mod classification;
mod escalation;
mod intake;
mod mask;
mod step;
mod texts;
mod visibility;

use std::fmt;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

pub use active_time::ActiveTime;
pub use classification::{CandidateView, ClassificationView, MatchView};
pub use escalation::{EscalationOutcome, EscalationView, Insight};
pub(crate) use intake::cut_at_word;
pub use intake::{AttachmentView, IntakeContent, IntakeView, TicketContextStatus, TicketFacts, TicketView};
pub use mask::Mask;
pub use step::{ActionPart, AnswerView, GivenResult, OptionView, StepPart, StepView};

use crate::id::{AccountId, RequestId, ScriptId, SessionId, StepId, TeamId, TemplateId, UserId};
use crate::recorded_event::{Position, RecordedEvent, Unreadable};
use crate::session::event::{GenerationFailure, RequestCause, SessionEvent};
use crate::session::intake::{RedactionTally, TicketRef};
use crate::session::status::{Confidence, ConfidenceTier, SessionStatus};
use crate::session::step::Tokens;

/// `Debug` for what holds personal content: its name and nothing of it.
macro_rules! hides_content {
    ($($name:ident),* $(,)?) => {$(
        impl std::fmt::Debug for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(concat!(stringify!($name), "(…)"))
            }
        }
    )*};
}
pub(crate) use hides_content;

/// A session as it stands after some number of its events.
///
/// Plain text inside, so that it can be stored and searched as a document. `Debug` shows no content.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub struct SessionView {
    /// The session.
    pub id: SessionId,
    /// Whose it is.
    pub account: AccountId,
    /// How many events this covers.
    pub version: u64,
    /// Where the last of them stands in the log.
    pub last_position: Position,
    /// Where it stands.
    pub status: SessionStatus,
    /// Who opened it.
    pub opened_by: UserId,
    /// Who handles it now.
    pub handler: UserId,
    /// Who handled it before, in order, each once.
    pub past_handlers: Vec<UserId>,
    /// The team it belongs to.
    pub team: Option<TeamId>,
    /// What it began with; its text and log can be kept apart.
    pub intake: IntakeView,
    /// Secrets replaced in the whole session, by kind, sorted. Those found late count as `manual`.
    pub redactions: Vec<RedactionTally>,
    /// What it is about; none until it was classified.
    pub classification: Option<ClassificationView>,
    /// How sure the latest assistant step is; 0 before the first (2.10).
    pub confidence: Confidence,
    /// Its tier.
    pub tier: ConfidenceTier,
    /// What matching found; none until it looked.
    pub matched: Option<MatchView>,
    /// The linked ticket.
    pub ticket: Option<TicketRef>,
    /// What the PSA said of the ticket.
    pub ticket_context: TicketView,
    /// How far the assistant is with the next step.
    pub assistant: AssistantView,
    /// Every step in order, notes included. Shared, so that a copy of a view costs little, and what an event changed can be
    /// told from what it left alone.
    pub steps: Vec<Arc<StepView>>,
    /// The open step.
    pub current: Option<StepId>,
    /// Assistant steps so far, as the limit counts them (2.11).
    pub step_count: u32,
    /// At most so many.
    pub step_limit: u32,
    /// The last one that the limit allows was answered.
    pub step_limit_reached: bool,
    /// Every escalation, oldest first.
    pub escalations: Vec<EscalationView>,
    /// How it was solved; none while it isn't.
    pub resolution: Option<ResolutionView>,
    /// What to do afterwards: of the last suggestion that succeeded.
    pub follow_ups: Vec<String>,
    /// Each time it was opened again.
    pub reopenings: Vec<ReopeningView>,
    /// 1–5; survives reopening.
    pub rating: Option<u8>,
    /// In words; survives a rating without words.
    pub feedback: Option<String>,
    /// Scripts attached to it.
    pub scripts: Vec<ScriptView>,
    /// Of all calls, failed and discarded ones too.
    pub tokens: Tokens,
    /// When it was opened.
    pub created_at: DateTime<Utc>,
    /// When the last event was recorded.
    pub updated_at: DateTime<Utc>,
    /// When it was last closed; none while it is open.
    pub closed_at: Option<DateTime<Utc>>,
    /// When it was solved; none while it isn't.
    pub resolved_at: Option<DateTime<Utc>>,
    /// Its time without paused and closed spans.
    pub active: ActiveTime,
    /// Texts found late that are to be masked, as digests.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub masks: Vec<Mask>,
}

/// How far the assistant is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "SCREAMING_SNAKE_CASE")]
pub enum AssistantView {
    /// Nothing is asked of it.
    Idle,
    /// It makes the step that was asked for.
    Thinking(PendingRequest),
    /// No step came; it can be asked again.
    Failed {
        /// What kind of failure.
        reason: GenerationFailure,
        /// In words for the engineer.
        message: String,
    },
}

/// A step that is asked for and hasn't come yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct PendingRequest {
    /// The request.
    pub request: RequestId,
    /// Why.
    pub cause: RequestCause,
}

/// How a session was solved.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ResolutionView {
    /// What it was and what helped.
    pub summary: String,
    /// What was done.
    pub action: Option<String>,
    /// By whom.
    pub resolved_by: UserId,
    /// When.
    pub resolved_at: DateTime<Utc>,
}

/// A session was opened again.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReopeningView {
    /// By whom.
    pub by: UserId,
    /// When.
    pub at: DateTime<Utc>,
    /// Why.
    pub reason: String,
    /// The solution that didn't hold, if it had been resolved.
    pub earlier: Option<ResolutionView>,
}

/// A generated script.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ScriptView {
    /// The script.
    pub id: ScriptId,
    /// Its template,
    pub template: TemplateId,
    /// in this version,
    pub template_version: u32,
    /// by this name.
    pub template_name: String,
    /// For this step.
    pub step: Option<StepId>,
    /// By whom.
    pub generated_by: UserId,
    /// When.
    pub generated_at: DateTime<Utc>,
    /// The script itself.
    pub body: String,
}

/// A view can't begin with this event.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ViewError {
    /// The first event is another one.
    #[error("a session begins with session.started, not with {0}")]
    NotAStart(String),
    /// The event can't be read.
    #[error(transparent)]
    Unreadable(#[from] Unreadable),
}

impl SessionView {
    /// The session after all of these events, which are one session's in order; none without any.
    pub fn fold<'a>(events: impl IntoIterator<Item = &'a RecordedEvent>) -> Result<Option<Self>, Unreadable> {
        let mut events = events.into_iter();
        let Some(first) = events.next() else { return Ok(None) };
        let mut view = Self::start(first).map_err(|error| match error {
            ViewError::Unreadable(unreadable) => unreadable,
            ViewError::NotAStart(_) => first.unreadable(error.to_string()),
        })?;
        for recorded in events {
            view.apply(recorded, &recorded.decode()?);
        }
        Ok(Some(view))
    }

    /// The open step.
    pub fn current_step(&self) -> Option<&StepView> {
        self.current.and_then(|id| self.step(id))
    }

    /// A step by its id.
    pub fn step(&self, id: StepId) -> Option<&StepView> {
        self.steps.iter().map(|step| &**step).find(|step| step.id == id)
    }

    /// The latest escalation.
    pub fn escalation(&self) -> Option<&EscalationView> {
        self.escalations.last()
    }

    /// The request that a worker should answer.
    pub fn pending_request(&self) -> Option<PendingRequest> {
        match self.assistant {
            AssistantView::Thinking(pending) => Some(pending),
            AssistantView::Idle | AssistantView::Failed { .. } => None,
        }
    }

    /// Assistant steps that the limit still allows.
    pub fn steps_left(&self) -> u32 {
        self.step_limit.saturating_sub(self.step_count)
    }

    /// How often it was opened again.
    pub fn reopen_count(&self) -> usize {
        self.reopenings.len()
    }

    /// Wall-clock seconds from start to resolution; none while it isn't resolved.
    pub fn time_to_resolve(&self) -> Option<f64> {
        self.resolved_at.map(|at| active_time::seconds_between(self.created_at, at))
    }

    /// Seconds it was worked on: from its start without the spans in which it was paused, or closed before a
    /// reopening; time spent waiting for pick-up counts. While it is open this reaches to its last event
    /// (`updated_at`), so that the figure is a function of the events and not of when it is read.
    pub fn active_time(&self) -> f64 {
        self.active.seconds_until(self.updated_at)
    }

    /// Takes the intake's text and log out, to be stored apart: they are there after the start and after
    /// [`Self::restore_intake_content`], and change only with events of which
    /// [`Self::touches_intake_content`] is true.
    pub fn take_intake_content(&mut self) -> Option<IntakeContent> {
        self.intake.content.take()
    }

    /// Puts text and log back.
    pub fn restore_intake_content(&mut self, content: IntakeContent) {
        self.intake.content = Some(content);
    }

    /// Whether text and log must be put back before this event is applied.
    pub fn touches_intake_content(event: &SessionEvent) -> bool {
        matches!(event, SessionEvent::ContentRedacted(_))
    }
}

impl fmt::Debug for SessionView {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SessionView")
            .field("id", &self.id)
            .field("version", &self.version)
            .field("status", &self.status)
            .finish_non_exhaustive()
    }
}

hides_content!(
    ResolutionView,
    ReopeningView,
    ScriptView,
    IntakeView,
    IntakeContent,
    AttachmentView,
    TicketView,
    TicketFacts,
    ClassificationView,
    MatchView,
    CandidateView,
    EscalationView,
    EscalationOutcome,
    Insight,
    StepView,
    StepPart,
    ActionPart,
    OptionView,
    AnswerView,
    GivenResult,
);

#[cfg(test)]
mod tests;
