//! What a session began with, in plain text, its two long texts apart.

use serde::{Deserialize, Serialize};

use crate::id::AttachmentId;
use crate::session::event::TicketContext;
use crate::session::intake::{AttachmentRef, Intake, IntakeType, TicketRef};

/// Longest excerpt of an intake, in characters (2.15).
const MAX_EXCERPT: usize = 500;

/// An intake without its long texts.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct IntakeView {
    /// How it came in.
    pub kind: IntakeType,
    /// Its files.
    pub attachments: Vec<AttachmentView>,
    /// The ticket it came from.
    pub ticket: Option<TicketRef>,
    /// At most 500 characters of its text, or the first telling line of its log.
    pub excerpt: Option<String>,
    /// The excerpt is a line of the log, because there is no text.
    pub excerpt_of_log: bool,
    /// Its text and log, where they aren't kept apart.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub content: Option<IntakeContent>,
}

/// An intake's long texts.
#[derive(Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct IntakeContent {
    /// The engineer's or customer's words.
    pub text: Option<String>,
    /// A pasted log.
    pub log: Option<String>,
}

/// A file of an intake.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AttachmentView {
    /// Its id.
    pub id: AttachmentId,
    /// As the person named it.
    pub file_name: String,
    /// Found from its content.
    pub media_type: String,
    /// Its size.
    pub size_bytes: u64,
}

/// How far a ticket's context is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
#[expect(missing_docs, reason = "the names say it")]
pub enum TicketContextStatus {
    None,
    Pending,
    Loaded,
    Unavailable,
}

/// What the PSA said of a ticket.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "status", rename_all = "SCREAMING_SNAKE_CASE")]
pub enum TicketView {
    /// No ticket was asked for.
    None,
    /// It will be fetched.
    Pending,
    /// It is there.
    Loaded(TicketFacts),
    /// It could not be had.
    Unavailable {
        /// Why.
        reason: String,
    },
}

/// A ticket's context.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TicketFacts {
    /// Its summary line.
    pub summary: String,
    /// Its description.
    pub description: Option<String>,
    /// Further facts, as lines.
    pub facts: Vec<String>,
}

impl TicketView {
    /// How far it is.
    pub fn status(&self) -> TicketContextStatus {
        match self {
            Self::None => TicketContextStatus::None,
            Self::Pending => TicketContextStatus::Pending,
            Self::Loaded(_) => TicketContextStatus::Loaded,
            Self::Unavailable { .. } => TicketContextStatus::Unavailable,
        }
    }

    /// What it said, if it is there.
    pub fn facts(&self) -> Option<&TicketFacts> {
        match self {
            Self::Loaded(facts) => Some(facts),
            Self::None | Self::Pending | Self::Unavailable { .. } => None,
        }
    }

    /// Before anything was fetched.
    pub(super) fn expected(intake: &Intake) -> Self {
        if intake.ticket.is_some() { Self::Pending } else { Self::None }
    }
}

impl IntakeContent {
    /// At most 500 characters of the text, or the first telling line of the log.
    pub(super) fn excerpt(&self) -> Option<String> {
        let line = || self.log.as_deref().and_then(telling_line);
        self.text().or_else(line).map(|text| cut_at_word(text, MAX_EXCERPT))
    }

    fn text(&self) -> Option<&str> {
        self.text.as_deref().map(str::trim).filter(|text| !text.is_empty())
    }
}

/// A log's first line that tells of trouble, or else its first line with anything in it.
fn telling_line(log: &str) -> Option<&str> {
    const TELLING: [&str; 8] =
        ["error", "fail", "fatal", "exception", "denied", "timeout", "timed out", "critical"];
    let lines = || log.lines().map(str::trim).filter(|line| !line.is_empty());
    lines()
        .find(|line| {
            let line = line.to_lowercase();
            TELLING.iter().any(|word| line.contains(word))
        })
        .or_else(|| lines().next())
}

/// The text in at most so many characters: cut after a word, and told by `…`.
pub(crate) fn cut_at_word(text: &str, most: usize) -> String {
    if text.chars().count() <= most {
        return text.to_owned();
    }
    let end = text.char_indices().nth(most.saturating_sub(1)).map_or(text.len(), |(at, _)| at);
    let head = &text[..end];
    let whole_words = if text[end..].starts_with(char::is_whitespace) {
        head
    } else {
        // A single word longer than half of it is cut rather than lost.
        head.rfind(char::is_whitespace).filter(|at| *at * 2 > end).map_or(head, |at| &head[..at])
    };
    format!("{}…", whole_words.trim_end())
}

impl From<&Intake> for IntakeView {
    fn from(intake: &Intake) -> Self {
        let content =
            IntakeContent { text: intake.text.as_deref().cloned(), log: intake.log.as_deref().cloned() };
        Self {
            kind: intake.kind,
            attachments: intake.attachments.iter().map(AttachmentView::from).collect(),
            ticket: intake.ticket.clone(),
            excerpt: content.excerpt(),
            excerpt_of_log: content.text().is_none(),
            content: Some(content),
        }
    }
}

impl From<&AttachmentRef> for AttachmentView {
    fn from(it: &AttachmentRef) -> Self {
        Self {
            id: it.id,
            file_name: it.file_name.to_string(),
            media_type: it.media_type.clone(),
            size_bytes: it.size_bytes,
        }
    }
}

impl From<&AttachmentView> for AttachmentRef {
    fn from(it: &AttachmentView) -> Self {
        Self {
            id: it.id,
            file_name: it.file_name.clone().into(),
            media_type: it.media_type.clone(),
            size_bytes: it.size_bytes,
        }
    }
}

impl From<&TicketContext> for TicketFacts {
    fn from(it: &TicketContext) -> Self {
        Self {
            summary: it.summary.to_string(),
            description: it.description.as_deref().cloned(),
            facts: it.facts.to_vec(),
        }
    }
}

impl From<&TicketFacts> for TicketContext {
    fn from(it: &TicketFacts) -> Self {
        Self {
            summary: it.summary.clone().into(),
            description: it.description.clone().map(Into::into),
            facts: it.facts.clone().into(),
            redactions: Vec::new(),
        }
    }
}
