//! What a session must remember of its events to decide what comes next. It is no read model: what only people read
//! stays in the log.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::id::{EscalationId, RequestId, StepId, TeamId, UserId};
use crate::personal::Personal;
use crate::session::answer::Answer;
use crate::session::event::{
    FlowMatched, GenerationFailure, SessionEvent, StepLimitReached, StepRequested, StepSuperseded,
};
use crate::session::intake::TicketRef;
use crate::session::status::{Confidence, ConfidenceTier, SessionStatus};
use crate::session::step::Step;

/// A session that was started.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Course {
    pub(super) status: SessionStatus,
    pub(super) opened_by: UserId,
    pub(super) handler: UserId,
    /// Everybody who ever handled it.
    pub(super) handlers: BTreeSet<UserId>,
    pub(super) team: Option<TeamId>,
    pub(super) ticket: TicketContextState,
    pub(super) classified: bool,
    /// The latest match.
    pub(super) matched: Option<FlowMatched>,
    pub(super) analysed: bool,
    /// What the session waits for: at most one step is open, and none is while one is asked for (rule 2.7).
    pub(super) awaiting: Awaiting,
    /// Every step with its answer, notes included.
    pub(super) steps: BTreeMap<StepId, Trace>,
    /// Assistant steps: what the limit counts (rule 2.11).
    pub(super) step_count: u32,
    pub(super) step_limit: u32,
    pub(super) limit_reached: bool,
    /// Of the latest assistant step, 0 before the first (rule 2.10).
    pub(super) confidence: Confidence,
    pub(super) tier: ConfidenceTier,
    /// Requests whose late result was recorded as discarded.
    pub(super) discarded: BTreeSet<RequestId>,
    /// Oldest first.
    pub(super) escalations: Vec<Escalation>,
    pub(super) ticket_link: Option<TicketRef>,
    /// Secrets found late, with what stands in their place.
    pub(super) masks: Vec<(Personal<String>, String)>,
}

/// What a session waits for.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Awaiting {
    /// For nothing: its handler has the word.
    #[default]
    Nothing,
    /// For the assistant's step.
    Step(RequestId),
    /// For somebody to ask again: the last request failed.
    Retry(GenerationFailure),
    /// For the answer to the open step.
    Answer(Box<Step>),
}

/// What is known of a step.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Trace {
    /// It has no answer.
    Unanswered,
    /// It was answered by the event of this version.
    Answered { answer: Answer, version: u64 },
}

/// Whether the ticket's context was fetched.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum TicketContextState {
    /// There is no ticket.
    NoTicket,
    /// It is still to be fetched.
    Pending,
    /// It came, or it could not be had.
    Settled,
}

/// One escalation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Escalation {
    pub(super) id: EscalationId,
    pub(super) requested_by: UserId,
    pub(super) target: Option<UserId>,
    pub(super) picked_up: bool,
    /// The assistant's insight came, or failed.
    pub(super) insight_settled: bool,
}

impl Course {
    /// The step that waits for an answer.
    pub(super) fn open_step(&self) -> Option<&Step> {
        match &self.awaiting {
            Awaiting::Answer(step) => Some(step),
            Awaiting::Nothing | Awaiting::Step(_) | Awaiting::Retry(_) => None,
        }
    }

    /// The request that a step may still be presented for.
    pub(super) fn pending_request(&self) -> Option<RequestId> {
        match self.awaiting {
            Awaiting::Step(request) => Some(request),
            Awaiting::Nothing | Awaiting::Retry(_) | Awaiting::Answer(_) => None,
        }
    }

    /// The number that the next step gets, notes included.
    pub(super) fn next_ordinal(&self) -> u32 {
        u32::try_from(self.steps.len()).unwrap_or(u32::MAX)
    }

    /// No further assistant step is made (rule 2.11).
    pub(super) fn at_limit(&self) -> bool {
        self.step_count >= self.step_limit
    }

    /// Asks for a step, or says once that the limit is reached.
    pub(super) fn ask(&self, wanted: StepRequested) -> Option<SessionEvent> {
        if !self.at_limit() {
            Some(SessionEvent::StepRequested(wanted))
        } else if self.limit_reached {
            None
        } else {
            Some(self.limit_event())
        }
    }

    /// The same, if no step is open.
    pub(super) fn ask_unless_open(&self, wanted: StepRequested) -> Option<SessionEvent> {
        self.open_step().is_none().then(|| self.ask(wanted)).flatten()
    }

    /// Closes the open step without an answer.
    pub(super) fn supersede_open(&self) -> Option<SessionEvent> {
        self.open_step().map(|step| SessionEvent::StepSuperseded(StepSuperseded { step: step.id }))
    }

    /// The text as it is read: with every secret masked that was found late.
    pub(super) fn masked(&self, text: &str) -> String {
        self.masks
            .iter()
            .fold(text.to_owned(), |text, (secret, placeholder)| text.replace(secret.as_str(), placeholder))
    }

    fn limit_event(&self) -> SessionEvent {
        SessionEvent::StepLimitReached(StepLimitReached { limit: self.step_limit })
    }
}
