//! A session as the assistant is given it.

use super::{EscalationOutcome, IntakeContent, SessionView, StepPart, StepView};
use crate::assistant::case::{Case, GuidingFlow, PastStep};
use crate::session::answer::Answer;
use crate::session::event::{PickUpMode, TicketContext};
use crate::session::intake::{AttachmentRef, Intake};

impl SessionView {
    /// The whole course so far, with the intake's long texts and the flows that were loaded for it.
    pub fn case(&self, content: &IntakeContent, flow: Option<GuidingFlow>, close: Vec<GuidingFlow>) -> Case {
        Case {
            intake: Intake {
                kind: self.intake.kind,
                text: content.text.clone().map(Into::into),
                log: content.log.clone().map(Into::into),
                attachments: self.intake.attachments.iter().map(AttachmentRef::from).collect(),
                ticket: self.ticket.clone(),
                redactions: self.redactions.clone(),
            },
            ticket: self.ticket_context.facts().map(TicketContext::from),
            classification: self.classification.as_ref().map(Into::into),
            flow,
            close,
            history: self.steps.iter().map(|step| self.past_step(step)).collect(),
            steps_left: self.steps_left(),
        }
    }

    fn past_step(&self, step: &StepView) -> PastStep {
        PastStep {
            step: step.to_step(),
            answer: step.answer.as_ref().map(|answer| Answer::from(&answer.given)),
            superseded: step.superseded_at.is_some(),
            pick_up: self.pick_up_before(step),
        }
    }

    /// How the picker of the escalation that a briefing is about goes on.
    fn pick_up_before(&self, briefing: &StepView) -> Option<PickUpMode> {
        let StepPart::Briefing { escalation } = &briefing.part else { return None };
        let picked_up = self.escalations.iter().find(|other| other.id == *escalation)?;
        match picked_up.outcome {
            EscalationOutcome::PickedUp { mode, .. } => Some(mode),
            _ => None,
        }
    }
}
