//! A troubleshooting session: from an intake, step by step, to a documented end.

mod apply;
mod course;
mod decide;
mod entitlement;

pub mod analysis;
pub mod answer;
pub mod command;
pub mod documentation;
pub mod error;
pub mod event;
pub mod intake;
pub mod lengths;
pub mod masking;
pub mod public_form;
#[cfg(test)]
pub(crate) mod sample;
pub mod status;
pub mod step;
pub mod view;

use cqrs_es::Aggregate;
use cqrs_es::event_sink::EventSink;
use serde::{Deserialize, Serialize};

use crate::access::Caller;
use crate::id::{EscalationId, RequestId, StepId, TeamId, UserId};
use crate::session::command::SessionCommand;
use crate::session::course::{Awaiting, Course, TicketContextState, Trace};
use crate::session::error::SessionError;
use crate::session::event::{ChosenFlow, GenerationFailure, SessionEvent};
use crate::session::status::{Confidence, ConfidenceTier, SessionStatus};
use crate::session::step::Step;

/// A session as its events have made it.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Session {
    /// How many events were applied.
    version: u64,
    /// None until it was started.
    course: Option<Box<Course>>,
}

impl Aggregate for Session {
    const TYPE: &'static str = "session";
    type Command = SessionCommand;
    type Event = SessionEvent;
    type Error = SessionError;
    type Services = ();

    async fn handle(
        &mut self,
        command: SessionCommand,
        (): &(),
        sink: &EventSink<Self>,
    ) -> Result<(), SessionError> {
        for event in self.decide(command)? {
            sink.write(event, self).await;
        }
        Ok(())
    }

    fn apply(&mut self, event: SessionEvent) {
        self.version += 1;
        match (&mut self.course, event) {
            (Some(course), event) => course.apply(event, self.version),
            (None, SessionEvent::Started(started)) => {
                self.course = Some(Box::new(Course::started(started)));
            }
            // Nothing precedes a session's start; should a log say so, there is still no session.
            (None, _) => {}
        }
    }
}

/// An answer that was recorded before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RepeatedAnswer {
    /// The session's version that the first answer made.
    pub version: u64,
}

/// How far the assistant is with the next step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AssistantState {
    /// Nothing is asked of it.
    Idle,
    /// It makes the step of this request.
    Thinking(RequestId),
    /// It could not.
    Failed(GenerationFailure),
}

/// What of the start (rule 2.4) is still to be done before the first step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "four independent facts, each done once")]
pub struct StartProgress {
    /// The ticket's context is still to be fetched.
    pub ticket_context_pending: bool,
    /// The intake was classified.
    pub classified: bool,
    /// Flows were looked for.
    pub matched: bool,
    /// The intake analysis was written.
    pub analysed: bool,
}

impl Session {
    /// How many events it has: its version.
    pub fn version(&self) -> u64 {
        self.version
    }

    /// Whether it was ever started.
    pub fn exists(&self) -> bool {
        self.course.is_some()
    }

    /// Whether a member of its account may know of it (rule 11.4).
    pub fn visible_to(&self, caller: &Caller) -> bool {
        self.course.as_ref().is_some_and(|course| course.visible_to(caller))
    }

    /// The version that the answer to a step made, if it was answered.
    pub fn answered_at(&self, step: StepId) -> Option<u64> {
        match self.course.as_ref()?.steps.get(&step)? {
            Trace::Answered { version, .. } => Some(*version),
            Trace::Unanswered => None,
        }
    }

    /// Where it stands.
    pub fn status(&self) -> Option<SessionStatus> {
        self.course.as_ref().map(|course| course.status)
    }

    /// Who opened it.
    pub fn opened_by(&self) -> Option<UserId> {
        self.course.as_ref().map(|course| course.opened_by)
    }

    /// Who handles it, or handled it last.
    pub fn handler(&self) -> Option<UserId> {
        self.course.as_ref().map(|course| course.handler)
    }

    /// Its team.
    pub fn team(&self) -> Option<TeamId> {
        self.course.as_ref()?.team
    }

    /// The step that waits for an answer.
    pub fn open_step(&self) -> Option<&Step> {
        self.course.as_ref()?.open_step()
    }

    /// The request that a step may still be presented for.
    pub fn pending_request(&self) -> Option<RequestId> {
        self.course.as_ref()?.pending_request()
    }

    /// How far the assistant is.
    pub fn assistant(&self) -> AssistantState {
        match self.course.as_ref().map(|course| &course.awaiting) {
            Some(Awaiting::Step(request)) => AssistantState::Thinking(*request),
            Some(Awaiting::Retry(failure)) => AssistantState::Failed(*failure),
            Some(Awaiting::Nothing | Awaiting::Answer(_)) | None => AssistantState::Idle,
        }
    }

    /// What of the start is done.
    pub fn start_progress(&self) -> Option<StartProgress> {
        self.course.as_ref().map(|course| StartProgress {
            ticket_context_pending: course.ticket == TicketContextState::Pending,
            classified: course.classified,
            matched: course.matched.is_some(),
            analysed: course.analysed,
        })
    }

    /// The flow that it follows.
    pub fn chosen_flow(&self) -> Option<&ChosenFlow> {
        self.course.as_ref()?.matched.as_ref()?.chosen.as_ref()
    }

    /// Assistant steps so far: what the limit counts.
    pub fn step_count(&self) -> u32 {
        self.course.as_ref().map_or(0, |course| course.step_count)
    }

    /// Assistant steps that the limit still allows.
    pub fn steps_left(&self) -> u32 {
        self.course.as_ref().map_or(0, |course| course.step_limit.saturating_sub(course.step_count))
    }

    /// The latest step's score, 0 before the first.
    pub fn confidence(&self) -> Confidence {
        self.course.as_ref().map_or_else(Confidence::default, |course| course.confidence)
    }

    /// The latest step's tier.
    pub fn tier(&self) -> ConfidenceTier {
        self.course.as_ref().map_or(ConfidenceTier::Discovery, |course| course.tier)
    }

    /// The latest escalation, if there ever was one.
    pub fn latest_escalation(&self) -> Option<EscalationId> {
        self.course.as_ref()?.escalations.last().map(|latest| latest.id)
    }
}
