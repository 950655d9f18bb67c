//! One line that says what an intake is about: its first words, the ticket's summary, the log's first telling line, or
//! the screenshot's name.

use crate::assistant::telling::tells;
use crate::session::event::TicketContext;
use crate::session::intake::Intake;

/// Longest summary, in characters.
pub(super) const MAX_SUMMARY: usize = 120;

/// The summary, cut at a word.
pub(super) fn of(intake: &Intake, ticket: Option<&TicketContext>) -> String {
    cut_at_word(&source(intake, ticket))
}

/// The first 120 characters, as the fallback of rule 2.3 wants it.
pub(super) fn fallback(intake: &Intake, ticket: Option<&TicketContext>) -> String {
    source(intake, ticket).chars().take(MAX_SUMMARY).collect::<String>().trim_end().to_owned()
}

fn source(intake: &Intake, ticket: Option<&TicketContext>) -> String {
    let text = intake.text.as_deref().map(|text| one_line(text));
    let summary = ticket.map(|ticket| one_line(&ticket.summary));
    let log = intake.log.as_deref().and_then(|log| telling_line(log));
    let file = intake.attachments.first().map(|file| one_line(&file.file_name));
    let number = intake.ticket.as_ref().map(|ticket| format!("Ticket {}", one_line(&ticket.ticket_id)));
    let found = [text, summary, log, file, number].into_iter().flatten().find(|line| !line.is_empty());
    found.unwrap_or_else(|| "Problem without a description".to_owned())
}

fn telling_line(log: &str) -> Option<String> {
    let lines = || log.lines().map(one_line).filter(|line| !line.is_empty());
    lines().find(|line| tells(line)).or_else(|| lines().next())
}

fn one_line(text: &str) -> String {
    let mut line = String::new();
    for word in text.split(|c: char| c.is_whitespace() || c.is_control()).filter(|word| !word.is_empty()) {
        if !line.is_empty() {
            line.push(' ');
        }
        line.push_str(word);
        // No more is ever shown; a log of a megabyte need not be copied.
        if line.len() > MAX_SUMMARY * 8 {
            break;
        }
    }
    line
}

fn cut_at_word(line: &str) -> String {
    if line.chars().count() <= MAX_SUMMARY {
        return line.to_owned();
    }
    let cut: String = line.chars().take(MAX_SUMMARY - 1).collect();
    // A word longer than half the line is cut through: better half a path than next to nothing.
    let at = cut.rfind(' ').filter(|at| *at > cut.len() / 2).unwrap_or(cut.len());
    format!("{}…", cut[..at].trim_end_matches([' ', ',', ';', ':', '-', '.']))
}
