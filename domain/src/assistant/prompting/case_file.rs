//! The case file: what is known of a problem before the first step, every piece in a data block.

use super::{clip, data, limits};
use crate::assistant::case::Case;
use crate::problem::Classification;
use crate::session::documentation::wording;
use crate::session::event::TicketContext;
use crate::session::intake::{AttachmentRef, Intake};

/// The intake, the ticket, and what classification made of them.
pub(super) fn of(case: &Case) -> String {
    let intake = intake(&case.intake, case.ticket.as_ref(), limits::LOG_BUDGET);
    match &case.classification {
        Some(classification) => format!("{intake}\n\n{}", classified(classification)),
        None => intake,
    }
}

/// The intake and the ticket, its log within so many characters.
pub(super) fn intake(intake: &Intake, ticket: Option<&TicketContext>, log_budget: usize) -> String {
    let mut blocks = vec!["The case file.".to_owned()];
    if let Some(text) = filled(intake.text.as_deref()) {
        blocks.push(data::block("kind=\"words-of-the-intake\"", &clip::text(text, limits::TEXT_BUDGET)));
    }
    if let Some(ticket) = ticket {
        blocks.push(data::block("kind=\"ticket\"", &clip::text(&told(ticket), limits::TICKET_BUDGET)));
    }
    if let Some(log) = filled(intake.log.as_deref()) {
        blocks.push(data::block("kind=\"log\"", &clip::log(log, log_budget)));
    }
    if !intake.attachments.is_empty() {
        let name = |file: &AttachmentRef| format!("{} ({})", *file.file_name, file.media_type);
        let names: Vec<_> = intake.attachments.iter().map(name).collect();
        blocks.push(data::block("kind=\"files\"", &names.join("\n")));
    }
    blocks.join("\n\n")
}

fn told(ticket: &TicketContext) -> String {
    let lines = std::iter::once(ticket.summary.as_str())
        .chain(ticket.description.as_deref().map(String::as_str))
        .chain(ticket.facts.iter().map(String::as_str));
    lines.filter(|line| !line.trim().is_empty()).collect::<Vec<_>>().join("\n")
}

fn classified(classification: &Classification) -> String {
    let mut lines = vec![
        classification.summary.to_string(),
        format!(
            "Domain: {}. Urgency: {}.",
            classification.domain.as_str(),
            wording::urgency(classification.urgency)
        ),
    ];
    lines.extend(classification.key_symptoms.iter().map(|symptom| format!("- {symptom}")));
    data::block("kind=\"classification\"", &lines.join("\n"))
}

fn filled(text: Option<&String>) -> Option<&str> {
    text.map(String::as_str).filter(|text| !text.trim().is_empty())
}
