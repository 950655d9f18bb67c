//! How long what people write may be, in characters as they wrote it: secrets are replaced later, by placeholders that may be longer.

use crate::input::Length;
use crate::session::answer::MAX_FREE_TEXT;
use crate::session::intake::{MAX_TEXT, MAX_TICKET_ID};

/// What a session begins with.
pub const INTAKE_TEXT: Length = Length::up_to(MAX_TEXT).redacted();
/// A ticket's id, which no placeholder may make longer.
pub const TICKET_ID: Length = Length::up_to(MAX_TICKET_ID);
/// An answer in words, and each text of an action's result.
pub const ANSWER: Length = Length::up_to(MAX_FREE_TEXT).redacted();
/// A note.
pub const NOTE: Length = Length::up_to(10_000).redacted();
/// Why something is masked.
pub const REASON_TO_MASK: Length = Length::up_to(2_000).redacted();
/// Why somebody else should take the session.
pub const REASON_TO_ESCALATE: Length = Length::between(5, 2_000).redacted();
/// What somebody knows who takes it.
pub const PICK_UP_CONTEXT: Length = Length::up_to(10_000).redacted();
/// To whom it is handed.
pub const RECIPIENT: Length = Length::up_to(500).redacted();
/// What it was and what helped.
pub const SUMMARY: Length = Length::between(5, 2_000).redacted();
/// What was done.
pub const ACTION: Length = Length::up_to(2_000).redacted();
/// A rating in words.
pub const FEEDBACK: Length = Length::up_to(2_000).redacted();
/// Why it is opened again.
pub const REASON_TO_REOPEN: Length = Length::up_to(2_000).redacted();
