//! Asking for somebody else, and what becomes of it (rules 2.7, 2.16, 3.1–3.4).

use super::{ACTIVE_OR_PAUSED, Decision, REQUESTING, asked};
use crate::access::By;
use crate::account::EscalationTarget;
use crate::id::{EscalationId, RequestId};
use crate::input::{InvalidInput, Path};
use crate::personal::Personal;
use crate::session::command::PickUp;
use crate::session::course::{Course, Escalation};
use crate::session::entitlement::{as_member, as_system};
use crate::session::error::SessionError;
use crate::session::event::{
    EscalationEnriched, EscalationFailure, EscalationPickedUp, EscalationRef, EscalationRequested, HandedOff,
    PickUpMode, RequestCause, SessionEvent,
};
use crate::session::intake::RedactionTally;
use crate::session::lengths::{PICK_UP_CONTEXT, REASON_TO_ESCALATE, RECIPIENT};
use crate::session::step::StepContent;

const CONTEXT: Path = &["context"];

impl Course {
    pub(super) fn escalate(
        &self,
        by: &By,
        escalation: EscalationId,
        reason: Personal<String>,
        target: Option<EscalationTarget>,
        redactions: Vec<RedactionTally>,
    ) -> Decision {
        let requested_by = self.as_handler(by)?;
        self.require(ACTIVE_OR_PAUSED)?;
        let reason = REASON_TO_ESCALATE.of(reason, &["reason"])?;
        let target = target.map(EscalationTarget::user);
        if target == Some(requested_by) {
            return Err(SessionError::SelfEscalation);
        }
        if self.escalation(escalation).is_ok() {
            let why = "this id names another escalation already";
            return Err(InvalidInput::refused(&["escalationId"], why).into());
        }
        let confidence = self.confidence;
        let asked = EscalationRequested { escalation, requested_by, reason, target, confidence, redactions };
        Ok(vec![SessionEvent::EscalationRequested(asked)])
    }

    /// Insight may come after the pick-up; only the first outcome of an escalation counts.
    pub(super) fn enrich_escalation(&self, by: &By, insight: EscalationEnriched) -> Decision {
        as_system(by)?;
        let settled = self.escalation(insight.escalation)?.insight_settled;
        Ok(if settled { vec![] } else { vec![SessionEvent::EscalationEnriched(insight)] })
    }

    pub(super) fn fail_enrichment(&self, by: &By, failure: EscalationFailure) -> Decision {
        as_system(by)?;
        let settled = self.escalation(failure.escalation)?.insight_settled;
        Ok(if settled { vec![] } else { vec![SessionEvent::EscalationEnrichmentFailed(failure)] })
    }

    /// The first to come is the handler from now on (rules 3.3, 3.4).
    pub(super) fn pick_up(&self, by: &By, pick_up: PickUp) -> Decision {
        let caller = as_member(by)?;
        let Some(latest) = self.escalations.last() else {
            return Err(SessionError::WrongStatus { is: self.status, needs: REQUESTING });
        };
        if !self.may_take_latest(caller) {
            return Err(SessionError::NotEntitled { who: "whom the escalation is for" });
        }
        if latest.picked_up {
            return Err(SessionError::AlreadyPickedUp);
        }
        self.require(REQUESTING)?;
        let context = PICK_UP_CONTEXT.of_optional(pick_up.context, CONTEXT)?;
        if pick_up.mode == PickUpMode::Fresh && context.is_none() {
            return Err(InvalidInput::refused(CONTEXT, "starting afresh needs some words of context").into());
        }
        self.check_fresh(pick_up.briefing.step)?;
        let (mode, redactions) = (pick_up.mode, pick_up.redactions);
        let picked_up =
            EscalationPickedUp { escalation: latest.id, by: caller.user, mode, context, redactions };
        let briefing = StepContent::Briefing { text: pick_up.briefing.text, escalation: latest.id };
        let events = [
            Some(SessionEvent::EscalationPickedUp(picked_up)),
            self.supersede_open(),
            Some(self.written_by_flowpilot(pick_up.briefing.step, briefing)),
            self.ask(asked(pick_up.request, RequestCause::PickUp)),
        ];
        Ok(events.into_iter().flatten().collect())
    }

    pub(super) fn recall_escalation(&self, by: &By, request: RequestId) -> Decision {
        self.as_escalator(by)?;
        self.require(REQUESTING)?;
        let recalled = SessionEvent::EscalationRecalled(self.latest_escalation()?);
        let next = self.ask_unless_open(asked(request, RequestCause::Recall));
        Ok(std::iter::once(recalled).chain(next).collect())
    }

    pub(super) fn expire_escalation(&self, by: &By, id: EscalationId, request: RequestId) -> Decision {
        as_system(by)?;
        self.require_waiting(id)?;
        let expired = SessionEvent::EscalationExpired(EscalationRef { escalation: id });
        let next = self.ask_unless_open(asked(request, RequestCause::Expiry));
        Ok(std::iter::once(expired).chain(next).collect())
    }

    /// Nothing to release is no fault: the session is open to its team already.
    pub(super) fn release_target(&self, by: &By, id: EscalationId) -> Decision {
        as_system(by)?;
        self.require_waiting(id)?;
        if self.escalation(id)?.target.is_none() {
            return Ok(vec![]);
        }
        Ok(vec![SessionEvent::EscalationTargetReleased(EscalationRef { escalation: id })])
    }

    pub(super) fn hand_off(
        &self,
        by: &By,
        to: Personal<String>,
        redactions: Vec<RedactionTally>,
    ) -> Decision {
        self.as_escalator(by)?;
        self.require(REQUESTING)?;
        let EscalationRef { escalation } = self.latest_escalation()?;
        let handed_off = HandedOff { escalation, to: RECIPIENT.of(to, &["to"])?, redactions };
        Ok(self.supersede_open().into_iter().chain([SessionEvent::HandedOff(handed_off)]).collect())
    }

    fn escalation(&self, id: EscalationId) -> Result<&Escalation, SessionError> {
        self.escalations.iter().rfind(|escalation| escalation.id == id).ok_or(SessionError::NotFound)
    }

    fn latest_escalation(&self) -> Result<EscalationRef, SessionError> {
        let latest = self.escalations.last().ok_or(SessionError::NotFound)?;
        Ok(EscalationRef { escalation: latest.id })
    }

    /// An older timer must not touch a newer escalation.
    fn require_waiting(&self, id: EscalationId) -> Result<(), SessionError> {
        self.require(REQUESTING)?;
        if self.latest_escalation()?.escalation == id { Ok(()) } else { Err(SessionError::NotFound) }
    }
}
