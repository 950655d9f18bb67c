//! What the assistant and the world outside said: ticket, classification, match, steps (rules 2.4, 2.9–2.12).

use super::{ACTIVE, Decision, asked};
use crate::access::By;
use crate::id::{RequestId, StepId};
use crate::input::InvalidInput;
use crate::session::command::{DraftStep, FailStep, StepText, TicketOutcome};
use crate::session::course::{Awaiting, Course, TicketContextState};
use crate::session::entitlement::as_system;
use crate::session::error::SessionError;
use crate::session::event::{
    FlowMatched, GenerationFailure, IntakeClassified, RequestCause, SessionEvent, StepDiscarded,
    StepGenerationFailed, StepPresented,
};
use crate::session::status::Confidence;
use crate::session::step::{MadeBy, Step, StepContent, Tokens};

impl Course {
    /// Only the first outcome counts: a worker that comes again after a crash changes nothing.
    pub(super) fn record_ticket_context(&self, by: &By, outcome: TicketOutcome) -> Decision {
        as_system(by)?;
        Ok(match (self.ticket, outcome) {
            (TicketContextState::Pending, TicketOutcome::Captured(context)) => {
                vec![SessionEvent::TicketContextCaptured(context)]
            }
            (TicketContextState::Pending, TicketOutcome::Unavailable(failure)) => {
                vec![SessionEvent::TicketContextUnavailable(failure)]
            }
            (TicketContextState::NoTicket | TicketContextState::Settled, _) => vec![],
        })
    }

    pub(super) fn record_classification(&self, by: &By, classified: IntakeClassified) -> Decision {
        as_system(by)?;
        Ok(if self.classified { vec![] } else { vec![SessionEvent::IntakeClassified(classified)] })
    }

    /// The first match writes the intake analysis into the course (rule 2.9), unless the session was closed meanwhile.
    pub(super) fn record_match(&self, by: &By, matched: FlowMatched, analysis: Option<StepText>) -> Decision {
        as_system(by)?;
        let analysis = analysis.filter(|_| !self.analysed && !self.status.is_closed());
        if let Some(analysis) = &analysis {
            self.check_fresh(analysis.step)?;
        }
        let news = self.matched.as_ref() != Some(&matched);
        let matched = news.then_some(SessionEvent::FlowMatched(matched));
        let analysis = analysis.map(|StepText { step, text }| {
            self.written_by_flowpilot(step, StepContent::IntakeAnalysis { text })
        });
        Ok(matched.into_iter().chain(analysis).collect())
    }

    pub(super) fn present_step(&self, by: &By, request: RequestId, draft: DraftStep) -> Decision {
        as_system(by)?;
        if self.pending_request() != Some(request) {
            return Ok(self.discard(request, draft.made_by, draft.tokens));
        }
        if !draft.content.kind().is_answerable() {
            return Err(InvalidInput::refused(&["step"], "an assistant's step must be one to answer").into());
        }
        self.check_fresh(draft.id)?;
        let step = Step {
            id: draft.id,
            ordinal: self.next_ordinal(),
            content: draft.content,
            confidence: self.lifted(draft.confidence),
            flow_node: draft.flow_node,
            made_by: draft.made_by,
            tokens: draft.tokens,
            reasoning: draft.reasoning,
        };
        Ok(vec![SessionEvent::StepPresented(StepPresented { request: Some(request), step })])
    }

    pub(super) fn fail_step(&self, by: &By, failed: FailStep) -> Decision {
        as_system(by)?;
        let FailStep { request, reason, message, made_by, tokens } = failed;
        if self.pending_request() == Some(request) {
            Ok(vec![SessionEvent::StepGenerationFailed(StepGenerationFailed {
                request,
                reason,
                message,
                tokens,
            })])
        } else if tokens.are_none() {
            Ok(vec![])
        } else {
            Ok(self.discard(request, made_by, tokens))
        }
    }

    /// Asking again while a step is being made changes nothing. FlowPilot itself asks again only for a step that the quota
    /// was spent for (rule 4.6).
    pub(super) fn retry_step(&self, by: &By, request: RequestId) -> Decision {
        let waited_for_quota = self.awaiting == Awaiting::Retry(GenerationFailure::QuotaExceeded);
        if !(waited_for_quota && *by == By::System) {
            self.as_handler(by)?;
        }
        self.require(ACTIVE)?;
        if self.open_step().is_some() {
            return Err(SessionError::StepStillOpen);
        }
        if self.at_limit() {
            return Err(SessionError::StepLimitReached { limit: self.step_limit });
        }
        if self.pending_request().is_some() {
            return Ok(vec![]);
        }
        Ok(vec![SessionEvent::StepRequested(asked(request, RequestCause::Retry))])
    }

    /// A step that no assistant made: it is never open and costs nothing.
    pub(super) fn written_by_flowpilot(&self, id: StepId, content: StepContent) -> SessionEvent {
        let step = Step {
            id,
            ordinal: self.next_ordinal(),
            content,
            confidence: Confidence::default(),
            flow_node: None,
            made_by: MadeBy::System,
            tokens: Tokens::default(),
            reasoning: None,
        };
        SessionEvent::StepPresented(StepPresented { request: None, step })
    }

    /// A step's id is used once.
    pub(super) fn check_fresh(&self, step: StepId) -> Result<(), InvalidInput> {
        if self.steps.contains_key(&step) {
            Err(InvalidInput::refused(&["stepId"], "this id names another step already"))
        } else {
            Ok(())
        }
    }

    /// At the start a strong match lifts the first step's confidence to guiding (rule 2.10).
    fn lifted(&self, confidence: Confidence) -> Confidence {
        let score = self.matched.as_ref().and_then(|matched| matched.chosen.as_ref());
        let guides = score.is_some_and(|chosen| chosen.score.score() >= Confidence::GUIDED);
        if self.step_count == 0 && guides {
            Confidence::new(confidence.score().max(Confidence::GUIDED))
        } else {
            confidence
        }
    }

    fn discard(&self, request: RequestId, made_by: MadeBy, tokens: Tokens) -> Vec<SessionEvent> {
        if self.discarded.contains(&request) {
            vec![]
        } else {
            vec![SessionEvent::StepDiscarded(StepDiscarded { request, made_by, tokens })]
        }
    }
}
