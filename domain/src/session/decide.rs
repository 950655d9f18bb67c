//! Decides what a command leads to: events, or a refusal. Pure, and always in the same order: does it exist, does the
//! caller see it, is it theirs to do, does the status allow it, is the content right.

mod answer;
mod close;
mod diagnose;
mod escalation;
mod note;
mod pause;
mod start;

use crate::access::By;
use crate::id::RequestId;
use crate::session::command::{SessionAct, SessionCommand};
use crate::session::course::Course;
use crate::session::error::SessionError;
use crate::session::event::{RequestCause, SessionEvent, StepRequested};
use crate::session::status::SessionStatus;
use crate::session::{RepeatedAnswer, Session};

type Decision = Result<Vec<SessionEvent>, SessionError>;

/// Neither closed nor waiting for somebody.
const ACTIVE_OR_PAUSED: &[SessionStatus] = &[SessionStatus::Active, SessionStatus::Paused];
const ACTIVE: &[SessionStatus] = &[SessionStatus::Active];
const REQUESTING: &[SessionStatus] = &[SessionStatus::RequestingEscalation];
const OPEN: &[SessionStatus] =
    &[SessionStatus::Active, SessionStatus::Paused, SessionStatus::RequestingEscalation];
const CLOSED: &[SessionStatus] =
    &[SessionStatus::Resolved, SessionStatus::Escalated, SessionStatus::Abandoned];

impl Session {
    /// The events that a command leads to; none if it changes nothing.
    pub fn decide(&self, command: SessionCommand) -> Decision {
        let SessionCommand { by, act } = command;
        match (&self.course, act) {
            (None, SessionAct::Start(start)) => start::start(&by, start),
            (None, _) => Err(SessionError::NotFound),
            (Some(course), act) => course.decide(&by, act),
        }
    }

    /// Whether a command repeats an answer that was recorded already (rule 2.8): it then changes nothing, whatever
    /// version it expects.
    pub fn repeated_answer(&self, command: &SessionCommand) -> Option<RepeatedAnswer> {
        let course = self.course.as_ref()?;
        match &command.act {
            SessionAct::AnswerStep(given) if course.seen_by(&command.by, &command.act) => {
                course.repeated_answer(given).map(|version| RepeatedAnswer { version })
            }
            _ => None,
        }
    }
}

impl Course {
    fn decide(&self, by: &By, act: SessionAct) -> Decision {
        if !self.seen_by(by, &act) {
            return Err(SessionError::NotFound);
        }
        match act {
            SessionAct::Start(_) => Err(SessionError::AlreadyStarted),
            SessionAct::RecordTicketContext(outcome) => self.record_ticket_context(by, outcome),
            SessionAct::RecordClassification(classified) => self.record_classification(by, classified),
            SessionAct::RecordMatch { matched, analysis } => self.record_match(by, matched, analysis),
            SessionAct::PresentStep { request, step } => self.present_step(by, request, step),
            SessionAct::FailStep(failed) => self.fail_step(by, failed),
            SessionAct::AnswerStep(answer) => self.answer_step(by, answer),
            SessionAct::RetryStep { request } => self.retry_step(by, request),
            SessionAct::AddNote { step, text, redactions } => self.add_note(by, step, text, redactions),
            SessionAct::LinkTicket { connection, ticket_id } => self.link_ticket(by, connection, ticket_id),
            SessionAct::AttachScript(script) => self.attach_script(by, script),
            SessionAct::Pause => self.pause(by),
            SessionAct::Resume { request } => self.resume(by, request),
            SessionAct::Escalate { escalation, reason, target, redactions } => {
                self.escalate(by, escalation, reason, target, redactions)
            }
            SessionAct::EnrichEscalation(insight) => self.enrich_escalation(by, insight),
            SessionAct::FailEnrichment(failure) => self.fail_enrichment(by, failure),
            SessionAct::PickUp(pick_up) => self.pick_up(by, pick_up),
            SessionAct::RecallEscalation { request } => self.recall_escalation(by, request),
            SessionAct::ExpireEscalation { escalation, request } => {
                self.expire_escalation(by, escalation, request)
            }
            SessionAct::ReleaseEscalationTarget { escalation } => self.release_target(by, escalation),
            SessionAct::HandOff { to, redactions } => self.hand_off(by, to, redactions),
            SessionAct::Resolve(resolve) => self.resolve(by, resolve),
            SessionAct::Reopen { reason, request, redactions } => {
                self.reopen(by, reason, request, redactions)
            }
            SessionAct::Abandon => self.abandon(by),
            SessionAct::Rate { rating, feedback, redactions } => self.rate(by, rating, feedback, redactions),
            SessionAct::Redact { text, placeholder, reason } => self.redact(by, text, placeholder, reason),
        }
    }

    /// Who lost a race for an escalation hears of it, though the session is out of their sight by then (rule 3.3).
    fn seen_by(&self, by: &By, act: &SessionAct) -> bool {
        match by {
            By::System => true,
            By::Member(caller) => {
                self.visible_to(caller)
                    || matches!(act, SessionAct::PickUp(_)) && self.may_take_latest(caller)
            }
        }
    }

    fn require(&self, needs: &'static [SessionStatus]) -> Result<(), SessionError> {
        if needs.contains(&self.status) {
            Ok(())
        } else {
            Err(SessionError::WrongStatus { is: self.status, needs })
        }
    }
}

fn asked(request: RequestId, cause: RequestCause) -> StepRequested {
    StepRequested { request, cause }
}
