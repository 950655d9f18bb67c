//! What a session begins with: words, a log, pictures, a ticket, or several of them (rule 2.1).

mod file_name;

use serde::{Deserialize, Serialize};

use crate::id::{AttachmentId, ConnectionId};
use crate::personal::Personal;
pub use file_name::plain_file_name;

/// Longest text of an intake, in characters.
pub const MAX_TEXT: usize = 20_000;
/// Longest pasted log, in bytes.
pub const MAX_LOG_BYTES: usize = 1024 * 1024;
/// Most attachments.
pub const MAX_ATTACHMENTS: usize = 5;
/// Largest attachment, in bytes.
pub const MAX_ATTACHMENT_BYTES: u64 = 5 * 1024 * 1024;
/// Longest name of an attachment, in characters.
pub const MAX_FILE_NAME: usize = 200;
/// Longest ticket id, in characters.
pub const MAX_TICKET_ID: usize = 100;

/// How the problem came in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
#[expect(missing_docs, reason = "the names say it")]
pub enum IntakeType {
    FreeText,
    PsaTicket,
    Screenshot,
    LogPaste,
    Combined,
}

/// An intake, already redacted.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Intake {
    /// How it came in.
    #[serde(rename = "type")]
    pub kind: IntakeType,
    /// The engineer's or customer's words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<Personal<String>>,
    /// A pasted log.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub log: Option<Personal<String>>,
    /// Files, screenshots for now.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub attachments: Vec<AttachmentRef>,
    /// The ticket it came from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ticket: Option<TicketRef>,
    /// What was replaced before anything was stored.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub redactions: Vec<RedactionTally>,
}

/// A stored file of an intake.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AttachmentRef {
    /// Its id.
    pub id: AttachmentId,
    /// As the person named it.
    pub file_name: Personal<String>,
    /// Found from its content, e.g. `image/png`.
    pub media_type: String,
    /// Its size.
    pub size_bytes: u64,
}

/// A ticket in a PSA.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TicketRef {
    /// Through which connection; none where the account has none.
    pub connection: Option<ConnectionId>,
    /// Its id there: always text.
    pub ticket_id: String,
}

/// How many secrets of one kind were replaced.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RedactionTally {
    /// The kind, e.g. `password`.
    pub kind: String,
    /// How many.
    pub count: u32,
}
