//! Folds events into a session's state. Only assigns: what an event says has happened, whatever came before it.

use std::collections::{BTreeMap, BTreeSet};

use crate::id::EscalationId;
use crate::session::course::{Awaiting, Course, Escalation, TicketContextState, Trace};
use crate::session::event::{SessionEvent, SessionStarted, StepPresented};
use crate::session::intake::TicketRef;
use crate::session::status::{Confidence, ConfidenceTier, SessionStatus};
use crate::session::step::StepKind;

impl Course {
    pub(super) fn started(event: SessionStarted) -> Self {
        Self {
            status: SessionStatus::Active,
            opened_by: event.opened_by,
            handler: event.opened_by,
            handlers: BTreeSet::from([event.opened_by]),
            team: event.team,
            ticket: match event.intake.ticket {
                Some(_) => TicketContextState::Pending,
                None => TicketContextState::NoTicket,
            },
            classified: false,
            matched: None,
            analysed: false,
            awaiting: Awaiting::Nothing,
            steps: BTreeMap::new(),
            step_count: 0,
            step_limit: event.step_limit,
            limit_reached: false,
            confidence: Confidence::default(),
            tier: ConfidenceTier::Discovery,
            discarded: BTreeSet::new(),
            escalations: Vec::new(),
            ticket_link: event.intake.ticket,
            masks: Vec::new(),
        }
    }

    pub(super) fn apply(&mut self, event: SessionEvent, version: u64) {
        match event {
            SessionEvent::Started(started) => *self = Self::started(started),
            SessionEvent::TicketContextCaptured(_) | SessionEvent::TicketContextUnavailable(_) => {
                self.ticket = TicketContextState::Settled;
            }
            SessionEvent::IntakeClassified(_) => self.classified = true,
            SessionEvent::FlowMatched(matched) => self.matched = Some(matched),
            SessionEvent::StepRequested(asked) => self.awaiting = Awaiting::Step(asked.request),
            SessionEvent::StepPresented(presented) => self.present(presented),
            SessionEvent::StepGenerationFailed(failed) => self.awaiting = Awaiting::Retry(failed.reason),
            SessionEvent::StepDiscarded(late) => {
                self.discarded.insert(late.request);
            }
            SessionEvent::StepAnswered(answered) => {
                self.steps.insert(answered.step, Trace::Answered { answer: answered.answer, version });
                self.awaiting = Awaiting::Nothing;
            }
            SessionEvent::StepSuperseded(_) => self.awaiting = Awaiting::Nothing,
            SessionEvent::NoteAdded(note) => {
                self.steps.insert(note.step, Trace::Unanswered);
            }
            SessionEvent::TicketLinked(linked) => {
                self.ticket_link =
                    Some(TicketRef { connection: Some(linked.connection), ticket_id: linked.ticket_id });
            }
            SessionEvent::Paused(_) => self.stand_still(SessionStatus::Paused),
            SessionEvent::EscalationRequested(asked) => {
                self.stand_still(SessionStatus::RequestingEscalation);
                self.escalations.push(Escalation {
                    id: asked.escalation,
                    requested_by: asked.requested_by,
                    target: asked.target,
                    picked_up: false,
                    insight_settled: false,
                });
            }
            SessionEvent::EscalationEnriched(insight) => self.settle_insight(insight.escalation),
            SessionEvent::EscalationEnrichmentFailed(failed) => self.settle_insight(failed.escalation),
            SessionEvent::EscalationTargetReleased(released) => {
                self.change_escalation(released.escalation, |escalation| escalation.target = None);
            }
            SessionEvent::EscalationPickedUp(picked) => {
                self.status = SessionStatus::Active;
                self.handler = picked.by;
                self.handlers.insert(picked.by);
                self.change_escalation(picked.escalation, |escalation| escalation.picked_up = true);
            }
            SessionEvent::Resumed(_)
            | SessionEvent::EscalationRecalled(_)
            | SessionEvent::EscalationExpired(_)
            | SessionEvent::Reopened(_) => self.status = SessionStatus::Active,
            SessionEvent::StepLimitReached(_) => self.limit_reached = true,
            SessionEvent::HandedOff(_) => self.close(SessionStatus::Escalated),
            SessionEvent::Resolved(_) => self.close(SessionStatus::Resolved),
            SessionEvent::Abandoned(_) => self.close(SessionStatus::Abandoned),
            SessionEvent::ContentRedacted(redacted) => self.masks.push((redacted.text, redacted.placeholder)),
            SessionEvent::ScriptAttached(_) | SessionEvent::Rated(_) => {}
        }
    }

    /// An answerable step is open from now on; anything else only takes its place in the course.
    fn present(&mut self, presented: StepPresented) {
        let step = presented.step;
        self.steps.insert(step.id, Trace::Unanswered);
        if step.kind().is_answerable() {
            self.step_count = self.step_count.saturating_add(1);
            self.confidence = step.confidence;
            self.tier = step.tier();
            self.awaiting = Awaiting::Answer(Box::new(step));
        } else if step.kind() == StepKind::IntakeAnalysis {
            self.analysed = true;
        }
    }

    /// The open step stays; a step that is being made comes too late (rule 2.12).
    fn stand_still(&mut self, status: SessionStatus) {
        self.status = status;
        self.awaiting = match std::mem::take(&mut self.awaiting) {
            open @ Awaiting::Answer(_) => open,
            Awaiting::Nothing | Awaiting::Step(_) | Awaiting::Retry(_) => Awaiting::Nothing,
        };
    }

    fn close(&mut self, status: SessionStatus) {
        self.status = status;
        self.awaiting = Awaiting::Nothing;
    }

    fn settle_insight(&mut self, escalation: EscalationId) {
        self.change_escalation(escalation, |escalation| escalation.insight_settled = true);
    }

    fn change_escalation(&mut self, id: EscalationId, change: impl FnOnce(&mut Escalation)) {
        if let Some(escalation) = self.escalations.iter_mut().rfind(|escalation| escalation.id == id) {
            change(escalation);
        }
    }
}
