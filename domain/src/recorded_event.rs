//! An event as the log holds it: its place, its metadata and its payload, opened but not yet decoded.

use std::fmt;
use std::str::FromStr;

use cqrs_es::DomainEvent;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use uuid::Uuid;

use crate::metadata::Metadata;

/// Where an event stands in the log: one cursor over all accounts and aggregates. 0 is before the first event.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Position(pub i64);

impl Position {
    /// Before the first event.
    pub const START: Self = Self(0);
}

impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl FromStr for Position {
    type Err = &'static str;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        text.parse().map(Self).map_err(|_| "a position is a whole number, like 1234")
    }
}

/// An event of the log. Its payload has the newest shape (upcasting is done), personal content opened.
#[derive(Debug, Clone, PartialEq)]
pub struct RecordedEvent {
    /// Its place in the log.
    pub position: Position,
    /// The stable name of its aggregate's type, e.g. `session`.
    pub aggregate_type: String,
    /// Its aggregate: together with the type this names its stream.
    pub aggregate_id: Uuid,
    /// Its number within the aggregate, from 1 without gaps.
    pub version: u64,
    /// The stored event type, e.g. `session.step_answered`.
    pub event_type: String,
    /// The version of the payload's shape, after upcasting.
    pub event_version: String,
    /// The payload, or why it can't be read.
    pub payload: Result<Value, Unreadable>,
    /// Who, when, why.
    pub metadata: Metadata,
}

/// An event whose payload can't be opened or decoded.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{event_type} v{event_version} at position {position} can't be read: {reason}")]
pub struct Unreadable {
    /// Where it stands.
    pub position: Position,
    /// Its stored type.
    pub event_type: String,
    /// Its stored version.
    pub event_version: String,
    /// What is wrong with it, without any of its content.
    pub reason: String,
}

impl RecordedEvent {
    /// The payload as a domain event.
    pub fn decode<E: DomainEvent>(&self) -> Result<E, Unreadable> {
        self.part()
    }

    /// Those fields of the payload that `P` names: the others are neither looked at nor copied, so that this is cheap.
    ///
    /// # Errors
    /// The payload can't be opened, or a field is missing or is not what `P` takes.
    pub fn part<'a, P: Deserialize<'a>>(&'a self) -> Result<P, Unreadable> {
        let payload = self.payload.as_ref().map_err(Clone::clone)?;
        P::deserialize(payload)
            .map_err(|error| self.unreadable(format!("{:?} at line {}", error.classify(), error.line())))
    }

    /// Says that this event can't be read, and why.
    pub fn unreadable(&self, reason: String) -> Unreadable {
        Unreadable {
            position: self.position,
            event_type: self.event_type.clone(),
            event_version: self.event_version.clone(),
            reason,
        }
    }
}
