//! A session as the assistant is given it.

use super::{IntakeContent, SessionView, StepView};
use crate::assistant::case::{Case, GuidingFlow, PastStep};
use crate::session::answer::Answer;
use crate::session::event::TicketContext;
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
            history: self.steps.iter().map(past_step).collect(),
            steps_left: self.steps_left(),
        }
    }
}

fn past_step(view: &StepView) -> PastStep {
    PastStep {
        step: view.to_step(),
        answer: view.answer.as_ref().map(|answer| Answer::from(&answer.given)),
        superseded: view.superseded_at.is_some(),
    }
}
