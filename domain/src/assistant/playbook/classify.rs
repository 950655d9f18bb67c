//! Classifying an intake without a model (rule 2.3): weighted words per domain, symptom phrases, impact words.

mod domains;
mod phrases;
mod summary;
mod symptoms;
mod urgency;

use crate::problem::{Classification, ProblemDomain, Urgency};
use crate::session::event::TicketContext;
use crate::session::intake::Intake;

/// As much of a log is read: what matters stands near the first telling line, and a megabyte takes too long.
const LOG_READ: usize = 20_000;

/// What an intake is about, by its words.
pub fn classify(intake: &Intake, ticket: Option<&TicketContext>) -> Classification {
    let told = told(intake, ticket);
    Classification {
        summary: summary::of(intake, ticket).into(),
        domain: domains::of(&told),
        key_symptoms: symptoms::of(&told).into(),
        urgency: urgency::of(&told),
    }
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

/// All that was said, the engineer's own words first.
fn told(intake: &Intake, ticket: Option<&TicketContext>) -> String {
    let mut parts: Vec<&str> = Vec::new();
    parts.extend(intake.text.as_deref().map(String::as_str));
    if let Some(ticket) = ticket {
        parts.push(&ticket.summary);
        parts.extend(ticket.description.as_deref().map(String::as_str));
        parts.extend(ticket.facts.iter().map(String::as_str));
    }
    let log =
        intake.log.as_deref().map_or("", |log| log.get(..log.floor_char_boundary(LOG_READ)).unwrap_or(log));
    parts.push(log);
    parts.extend(intake.attachments.iter().map(|file| file.file_name.as_str()));
    parts.retain(|part| !part.trim().is_empty());
    parts.join("\n")
}

#[cfg(test)]
mod tests;
