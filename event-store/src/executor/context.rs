//! What a command comes with, and what comes of it.

use chrono::{DateTime, Utc};
use domain::id::{AccountId, CommandId, CorrelationId};
use domain::metadata::{Actor, Metadata};
use domain::recorded_event::{Position, RecordedEvent};
use uuid::Uuid;

use crate::sealing::PreparedKey;

/// What a command comes with, besides itself.
#[derive(Debug, Clone)]
pub struct CommandContext {
    /// The account; nothing of another account is seen or touched.
    pub account: AccountId,
    /// Who gives it.
    pub actor: Actor,
    /// Its id: the same id is carried out once.
    pub command: CommandId,
    /// What it belongs together with.
    pub correlation: CorrelationId,
    /// What led to it, if any.
    pub causation: Option<CommandId>,
    /// The version that the caller has seen: if the aggregate is at another one, the command is refused.
    pub expected_version: Option<u64>,
    /// A digest of the whole input: another input under the same id is refused.
    pub input_hash: [u8; 32],
    /// The aggregate's id is fresh, so that there is nothing to load.
    pub is_new: bool,
    /// Keys that were prepared, because the command needed one before it was given.
    pub keys: Vec<PreparedKey>,
}

impl CommandContext {
    /// A context without expectations, whose correlation is the command itself.
    pub fn new(account: AccountId, actor: Actor, command: CommandId, input_hash: [u8; 32]) -> Self {
        Self {
            account,
            actor,
            command,
            correlation: CorrelationId(command.0),
            causation: None,
            expected_version: None,
            input_hash,
            is_new: false,
            keys: Vec::new(),
        }
    }

    pub(crate) fn from_metadata(metadata: &Metadata) -> Self {
        Self {
            correlation: metadata.correlation,
            causation: metadata.causation,
            ..Self::new(metadata.account, metadata.actor.clone(), metadata.command, [0; 32])
        }
    }

    pub(crate) fn metadata(&self, recorded_at: DateTime<Utc>) -> Metadata {
        Metadata {
            account: self.account,
            actor: self.actor.clone(),
            command: self.command,
            correlation: self.correlation,
            causation: self.causation,
            recorded_at,
        }
    }
}

/// What came of a command.
#[derive(Debug, Clone, PartialEq)]
pub struct Committed {
    /// The aggregate: when a command is repeated, the one of the first time.
    pub aggregate: Uuid,
    /// The aggregate's version after it.
    pub version: u64,
    /// The position of the last event that it recorded: whoever has read up to here sees its effect.
    pub position: Position,
    /// What it did.
    pub outcome: Outcome,
    /// The events that it recorded, opened; empty unless the outcome is `Appended`.
    pub events: Vec<RecordedEvent>,
}

/// What a command did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// It recorded events.
    Appended,
    /// It had been carried out before; this is the result of that time.
    Repeated,
    /// There was nothing to do.
    Unchanged,
}
