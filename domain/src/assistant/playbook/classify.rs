//! Classifying an intake without a model (rule 2.3).

mod summary;

use crate::problem::{Classification, ProblemDomain, Urgency};
use crate::session::event::TicketContext;
use crate::session::intake::Intake;

/// What an intake is about, by its words.
pub fn classify(intake: &Intake, ticket: Option<&TicketContext>) -> Classification {
    Classification { summary: summary::of(intake, ticket).into(), ..fallback_classification(intake, ticket) }
}

/// What is recorded when a model's classification failed: nothing is guessed.
pub fn fallback_classification(intake: &Intake, ticket: Option<&TicketContext>) -> Classification {
    Classification {
        summary: summary::fallback(intake, ticket).into(),
        domain: ProblemDomain::Other,
        key_symptoms: Vec::new().into(),
        urgency: Urgency::Medium,
    }
}
