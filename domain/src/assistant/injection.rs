//! Flags words of customers that are written to steer a model (rule 4.5): how many of which kind, never the words.
//!
//! Nothing depends on a flag: what protects a session is that such words only ever travel as escaped data, that everything
//! a model answers is checked, and that no answer of a model changes a status. The flag tells operators that it was tried.

mod markers;
mod patterns;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use unicode_normalization::UnicodeNormalization;

use super::hidden;
use super::prompting::{clip, limits};
use crate::assistant::case::{Case, PastStep};
use crate::session::answer::Answer;
use crate::session::event::TicketContext;
use crate::session::intake::Intake;
use crate::session::step::StepContent;

/// More of one kind in a text is not counted.
const MOST: usize = 1_000;

/// What is tried.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum InjectionKind {
    /// Orders to the assistant: to forget its rules, to reveal them, to answer in a certain way.
    Instruction,
    /// Turns of a conversation that never was, or the tokens that chat templates make turns of.
    FakeTurn,
    /// The end of the data, or a section of a prompt, where there is none.
    FakeMarker,
    /// A step as the assistant would write one.
    FakeStep,
    /// Characters that nobody sees.
    HiddenCharacters,
    /// Links or images meant to carry something out.
    Exfiltration,
    /// Script templates named for the assistant to use.
    TemplateSmuggling,
}

impl InjectionKind {
    /// The name that is stored and counted by.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Instruction => "instruction",
            Self::FakeTurn => "fake_turn",
            Self::FakeMarker => "fake_marker",
            Self::FakeStep => "fake_step",
            Self::HiddenCharacters => "hidden_characters",
            Self::Exfiltration => "exfiltration",
            Self::TemplateSmuggling => "template_smuggling",
        }
    }
}

/// Compiles the patterns now instead of at the first text, which takes a moment.
pub fn prepare() {
    patterns::prepare();
}

/// How much of which kind was found.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct InjectionFlags {
    counts: BTreeMap<InjectionKind, u32>,
}

impl InjectionFlags {
    /// Of one text.
    pub fn of_text(text: &str) -> Self {
        let mut flags = Self::default();
        flags.add(InjectionKind::HiddenCharacters, hidden::count(text));
        let text: String = hidden::unveiled(text).nfkc().collect();
        for (kind, found) in patterns::find(&text) {
            flags.add(kind, found);
        }
        flags.add(InjectionKind::FakeMarker, markers::stray(&text));
        flags
    }

    /// Of an intake and its ticket; of a log as much as a prompt shows.
    pub fn of_intake(intake: &Intake, ticket: Option<&TicketContext>) -> Self {
        let mut flags = Self::default();
        if let Some(log) = &intake.log {
            flags.merge(&Self::of_text(&clip::log(log, limits::LOG_BUDGET)));
        }
        flags.take(intake.text.as_deref().map(String::as_str));
        flags.take(intake.attachments.iter().map(|file| file.file_name.as_str()));
        if let Some(ticket) = ticket {
            flags.take([ticket.summary.as_str()]);
            flags.take(ticket.description.as_deref().map(String::as_str));
            flags.take(ticket.facts.iter().map(String::as_str));
        }
        flags
    }

    /// Of everything that people brought into a case: intake, ticket, answers and notes.
    pub fn of_case(case: &Case) -> Self {
        let mut flags = Self::of_intake(&case.intake, case.ticket.as_ref());
        case.history.iter().for_each(|past| flags.merge(&Self::of_past(past)));
        flags
    }

    /// Of what people brought since the last answer but one: what the prompt of the next step is the first to hold.
    pub fn of_news(case: &Case) -> Self {
        let (mut flags, mut answers) = (Self::default(), 0);
        for past in case.history.iter().rev() {
            answers += usize::from(past.answer.is_some());
            if answers > 1 {
                break;
            }
            flags.merge(&Self::of_past(past));
        }
        flags
    }

    fn of_past(past: &PastStep) -> Self {
        let mut flags = past.answer.as_ref().map(Self::of_answer).unwrap_or_default();
        if let StepContent::Note { text, .. } = &past.step.content {
            flags.take([text.as_str()]);
        }
        flags
    }

    /// Of an answer: what was typed, not what was offered.
    pub fn of_answer(answer: &Answer) -> Self {
        let mut flags = Self::default();
        match answer {
            Answer::Option(_) | Answer::Skipped => {}
            Answer::FreeText(text) => flags.take([text.as_str()]),
            Answer::ActionResult(result) => {
                let typed = result.details.iter().chain(&result.next_hint);
                flags.take(typed.map(|text| text.as_str()));
            }
        }
        flags
    }

    /// Adds what was found elsewhere.
    pub fn merge(&mut self, other: &Self) {
        for (kind, count) in &other.counts {
            let own = self.counts.entry(*kind).or_default();
            *own = own.saturating_add(*count);
        }
    }

    /// Nothing was found.
    pub fn is_empty(&self) -> bool {
        self.counts.is_empty()
    }

    /// How much was found of all kinds together.
    pub fn total(&self) -> u32 {
        self.counts.values().fold(0, |sum, count| sum.saturating_add(*count))
    }

    /// What was found, by kind.
    pub fn kinds(&self) -> impl Iterator<Item = (InjectionKind, u32)> + '_ {
        self.counts.iter().map(|(kind, count)| (*kind, *count))
    }

    fn take<'a>(&mut self, texts: impl IntoIterator<Item = &'a str>) {
        for text in texts {
            self.merge(&Self::of_text(text));
        }
    }

    fn add(&mut self, kind: InjectionKind, found: usize) {
        if found > 0 {
            let found = u32::try_from(found.min(MOST)).unwrap_or(u32::MAX);
            *self.counts.entry(kind).or_default() += found;
        }
    }
}
