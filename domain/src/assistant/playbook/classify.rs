//! Classifying an intake without a model (rule 2.3): weighted words per domain, symptom phrases, impact words.

mod affected;
mod domains;
mod logs;
mod phrases;
mod reading;
mod summary;
mod symptoms;
mod telling;
mod urgency;

use crate::problem::{Classification, ProblemDomain, Urgency};
use crate::session::event::TicketContext;
use crate::session::intake::Intake;

/// As much of a log is read: what matters stands near the first telling line, and a megabyte takes too long.
const LOG_READ: usize = 20_000;

/// What an intake is about, by its words.
pub fn classify(intake: &Intake, ticket: Option<&TicketContext>) -> Classification {
    let said = said(intake, ticket);
    let log = log_read(intake);
    let told = told(&said, intake, ticket, log);
    Classification {
        summary: summary::of(intake, ticket).into(),
        domain: domains::of(&told),
        key_symptoms: symptoms::of(&said, log).into(),
        // A log shouts "critical" at everything; it is heard only when nobody said anything.
        urgency: urgency::of(&if said.is_empty() { told } else { asserted(&said, ticket) }),
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

/// What people said, the engineer's own words first.
fn said<'a>(intake: &'a Intake, ticket: Option<&'a TicketContext>) -> Vec<&'a str> {
    let mut parts: Vec<&str> = Vec::new();
    parts.extend(intake.text.as_deref().map(String::as_str));
    if let Some(ticket) = ticket {
        parts.push(&ticket.summary);
        parts.extend(ticket.description.as_deref().map(String::as_str));
    }
    parts.retain(|part| !part.trim().is_empty());
    parts
}

fn log_read(intake: &Intake) -> Option<&str> {
    intake.log.as_deref().map(|log| log.get(..log.floor_char_boundary(LOG_READ)).unwrap_or(log))
}

/// What people said, and the facts of a ticket: its priority is one.
fn asserted(said: &[&str], ticket: Option<&TicketContext>) -> String {
    let facts = ticket.map_or(&[][..], |ticket| ticket.facts.as_slice());
    said.iter().copied().chain(facts.iter().map(String::as_str)).collect::<Vec<_>>().join("\n")
}

/// All of it, the log and the names of files included.
fn told(said: &[&str], intake: &Intake, ticket: Option<&TicketContext>, log: Option<&str>) -> String {
    let asserted = asserted(said, ticket);
    let files = intake.attachments.iter().map(|file| file.file_name.as_str());
    std::iter::once(asserted.as_str()).chain(log).chain(files).collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests;
