//! One line of an archive.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use uuid::Uuid;

/// The way the lines are written. Another one gets another number.
pub(super) const FORMAT: u32 = 1;

/// A line: what it is, then its fields, always in this order.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Line {
    /// The first line of every part.
    FlowpilotLog(Beginning),
    /// A data key, wrapped.
    Key(KeyLine),
    /// An event, sealed.
    Event(Box<EventLine>),
    /// A block of the ledger.
    Block(BlockLine),
}

#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Beginning {
    pub(super) format: u32,
}

#[derive(Debug, Serialize, Deserialize)]
pub(super) struct KeyLine {
    pub(super) subject_kind: String,
    pub(super) subject_id: Uuid,
    pub(super) account: Uuid,
    pub(super) wrapped: Base64,
    pub(super) master_key_id: String,
    pub(super) created_at: DateTime<Utc>,
}

#[derive(Debug, Serialize, Deserialize)]
pub(super) struct EventLine {
    pub(super) position: i64,
    pub(super) account: Uuid,
    pub(super) aggregate_type: String,
    pub(super) aggregate_id: String,
    pub(super) sequence: i64,
    pub(super) event_type: String,
    pub(super) event_version: String,
    pub(super) recorded_at: DateTime<Utc>,
    pub(super) command_id: Uuid,
    /// The digest of the command's input, with the last of its events.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) command_input: Option<Base64>,
    pub(super) metadata: Box<RawValue>,
    pub(super) payload: Box<RawValue>,
}

#[derive(Debug, Serialize, Deserialize)]
pub(super) struct BlockLine {
    pub(super) number: i64,
    pub(super) positions: Vec<i64>,
    pub(super) digests: Base64,
    pub(super) hash: Base64,
    pub(super) closed_at: DateTime<Utc>,
}

/// Bytes, as text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub(super) struct Base64(pub(super) Vec<u8>);

impl From<Base64> for String {
    fn from(bytes: Base64) -> Self {
        STANDARD.encode(bytes.0)
    }
}

impl TryFrom<String> for Base64 {
    type Error = base64::DecodeError;
    fn try_from(text: String) -> Result<Self, base64::DecodeError> {
        STANDARD.decode(text).map(Self)
    }
}
