//! What is written: a note of the size of an answer, its text personal.

use cqrs_es::Aggregate;
use cqrs_es::event_sink::EventSink;
use domain::personal::Personal;
use domain::stored_event::{Sealable, Subject};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

const TEXT: &str = "Locked out again since she changed her password; it happens every twenty minutes, and the lockout \
                    comes from the old phone that still has the former password in its mail profile.";

#[derive(Debug, Default, Serialize, Deserialize)]
pub(crate) struct Notebook {
    notes: u32,
}

#[derive(Debug, Clone)]
pub(crate) struct AddNote;

domain::stored_events! {
    /// What happens to a notebook.
    pub enum NotebookEvent {
        /// A note.
        Noted(Noted) = "notebook.noted", "1.0";
    }
}

/// A note.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Noted {
    pub(crate) by: Uuid,
    pub(crate) text: Personal<String>,
}

impl Noted {
    pub(crate) fn typical() -> Self {
        Self { by: Uuid::from_u128(5), text: TEXT.into() }
    }
}

impl Sealable for NotebookEvent {
    fn subject(&self, aggregate: Uuid) -> Option<Subject> {
        Some(Subject::Session(aggregate))
    }
}

#[derive(Debug, thiserror::Error)]
#[error("never")]
pub(crate) struct Never;

impl Aggregate for Notebook {
    const TYPE: &'static str = "notebook";
    type Command = AddNote;
    type Event = NotebookEvent;
    type Error = Never;
    type Services = ();

    async fn handle(&mut self, _: AddNote, (): &(), sink: &EventSink<Self>) -> Result<(), Never> {
        sink.write(NotebookEvent::Noted(Noted::typical()), self).await;
        Ok(())
    }

    fn apply(&mut self, _: NotebookEvent) {
        self.notes += 1;
    }
}
