//! One line that says what an intake is about: its first telling sentence, the ticket's summary, the log's first telling
//! line, or the screenshot's name.

use std::sync::LazyLock;

use regex::Regex;

use super::logs;
use super::reading::{cut_at_clause, sentences, word_count};
use super::telling::{self, FAULT};
use crate::session::event::TicketContext;
use crate::session::intake::Intake;

/// Longest summary, in characters.
pub(super) const MAX_SUMMARY: usize = 120;
/// Who has not come to the point by then never does.
const SENTENCES: usize = 8;
/// No more of a text is read for one line.
const READ: usize = 8_000;

/// The summary, cut at a clause or at a word.
pub(super) fn of(intake: &Intake, ticket: Option<&TicketContext>) -> String {
    let text = intake.text.as_deref().and_then(|text| telling_sentence(text));
    let summary = ticket.map(|ticket| without_placeholders(&one_line(&ticket.summary)));
    let log =
        || intake.log.as_deref().and_then(|log| logs::telling_line(log)).map(|it| without_placeholders(&it));
    let found = [text, summary].into_iter().flatten().find(|line| !line.is_empty());
    cut(&found.or_else(log).filter(|line| !line.is_empty()).unwrap_or_else(|| source(intake, ticket)))
}

/// The first 120 characters, as the fallback of rule 2.3 wants it.
pub(super) fn fallback(intake: &Intake, ticket: Option<&TicketContext>) -> String {
    source(intake, ticket).chars().take(MAX_SUMMARY).collect::<String>().trim_end().to_owned()
}

fn source(intake: &Intake, ticket: Option<&TicketContext>) -> String {
    let text = intake.text.as_deref().map(|text| one_line(text));
    let summary = ticket.map(|ticket| one_line(&ticket.summary));
    let log = intake.log.as_deref().and_then(|log| logs::telling_line(log)).map(|line| one_line(&line));
    let file = intake.attachments.first().map(|file| one_line(&file.file_name));
    let number = intake.ticket.as_ref().map(|ticket| format!("Ticket {}", one_line(&ticket.ticket_id)));
    let found = [text, summary, log, file, number].into_iter().flatten().find(|line| !line.is_empty());
    found.unwrap_or_else(|| "Problem without a description".to_owned())
}

/// The first sentence that tells of a fault; else the first of some words; never one with a secret, if another is there.
fn telling_sentence(text: &str) -> Option<String> {
    let text = text.get(..text.floor_char_boundary(READ)).unwrap_or(text);
    let sentences = sentences(text);
    let open = || sentences.iter().filter(|sentence| !PLACEHOLDER.is_match(sentence)).take(SENTENCES);
    let telling = open().find(|sentence| telling::weight(sentence) >= FAULT);
    let some_words = || open().find(|sentence| word_count(sentence) >= 3);
    let found = telling.or_else(some_words).or_else(|| open().next()).or(sentences.first())?;
    Some(without_placeholders(&one_line(found)))
}

/// A secret's place is told by dots.
fn without_placeholders(line: &str) -> String {
    PLACEHOLDER.replace_all(line, "…").into_owned()
}

static PLACEHOLDER: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"\[REDACTED:[a-z_]+:[0-9a-f]+\]")
        .expect("invariant: the placeholder's pattern is a valid expression")
});

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

/// Cut at a clause's end or else at a word; an error code that is cut off comes back in brackets, if there is room.
fn cut(line: &str) -> String {
    // One full stop is no part of a headline; "won't turn on!!!" stays as it was cried.
    let line = line.strip_suffix('.').filter(|line| !line.ends_with('.')).unwrap_or(line);
    if line.chars().count() <= MAX_SUMMARY {
        return line.to_owned();
    }
    let (clause, words) = (cut_at_clause(line, MAX_SUMMARY), cut_at_word(line));
    // A clause that lost what is wrong is no summary.
    let tells = |cut: &str| telling::weight(cut) >= FAULT;
    let short = clause.filter(|clause| tells(clause) || !tells(&words)).map_or(words, str::to_owned);
    let lost = telling::codes(line).into_iter().find(|code| !short.contains(telling::bare_code(code)));
    let with_code = lost.map(|code| format!("{short} ({})", telling::bare_code(&code)));
    with_code.filter(|line| line.chars().count() <= MAX_SUMMARY).unwrap_or(short)
}

fn cut_at_word(line: &str) -> String {
    let cut: String = line.chars().take(MAX_SUMMARY - 1).collect();
    // A word longer than half the line is cut through: better half a path than next to nothing.
    let at = cut.rfind(' ').filter(|at| *at > cut.len() / 2).unwrap_or(cut.len());
    format!("{}…", cut[..at].trim_end_matches([' ', ',', ';', ':', '-', '.', '/']))
}
