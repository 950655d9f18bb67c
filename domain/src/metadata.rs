//! What every event carries besides its payload: who, when, why, and in which account.

use std::collections::HashMap;
use std::fmt;
use std::str::FromStr;

use chrono::{DateTime, SecondsFormat, Utc};
use serde::{Deserialize, Serialize};

use crate::id::{AccountId, CommandId, CorrelationId, UserId};

/// Who or what caused an event.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub enum Actor {
    /// A member of the account: `user:<id>`.
    User(UserId),
    /// FlowPilot on its own: `system`.
    System,
    /// A named process, e.g. the diagnose worker: `process:diagnose`.
    Process(String),
}

impl fmt::Display for Actor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::User(id) => write!(f, "user:{id}"),
            Self::System => f.write_str("system"),
            Self::Process(name) => write!(f, "process:{name}"),
        }
    }
}

impl From<Actor> for String {
    fn from(actor: Actor) -> Self {
        actor.to_string()
    }
}

impl TryFrom<String> for Actor {
    type Error = MalformedMetadata;
    fn try_from(text: String) -> Result<Self, MalformedMetadata> {
        text.parse()
    }
}

impl FromStr for Actor {
    type Err = MalformedMetadata;
    fn from_str(text: &str) -> Result<Self, MalformedMetadata> {
        match text.split_once(':') {
            None if text == "system" => Ok(Self::System),
            Some(("user", id)) => id.parse().map(Self::User).map_err(|_| MalformedMetadata("actor")),
            Some(("process", name)) => Ok(Self::Process(name.to_owned())),
            _ => Err(MalformedMetadata("actor")),
        }
    }
}

/// Account, actor, ids of command and cause, and the recorded time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Metadata {
    /// The account that the event belongs to.
    pub account: AccountId,
    /// Who did it.
    pub actor: Actor,
    /// The command that it came from.
    pub command: CommandId,
    /// What it belongs together with.
    pub correlation: CorrelationId,
    /// The command or work item that led to this command, if any.
    pub causation: Option<CommandId>,
    /// When the command was carried out.
    pub recorded_at: DateTime<Utc>,
}

/// Stored metadata lack a field, or it can't be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("event metadata: {0} is missing or malformed")]
pub struct MalformedMetadata(pub &'static str);

impl Metadata {
    /// As the map of strings that cqrs-es stores beside a payload.
    pub fn to_map(&self) -> HashMap<String, String> {
        let mut map = HashMap::from([
            ("account".to_owned(), self.account.to_string()),
            ("actor".to_owned(), self.actor.to_string()),
            ("command".to_owned(), self.command.to_string()),
            ("correlation".to_owned(), self.correlation.to_string()),
            ("recorded_at".to_owned(), self.recorded_at.to_rfc3339_opts(SecondsFormat::Micros, true)),
        ]);
        if let Some(cause) = self.causation {
            map.insert("causation".to_owned(), cause.to_string());
        }
        map
    }

    /// Back from the stored map.
    pub fn from_map(map: &HashMap<String, String>) -> Result<Self, MalformedMetadata> {
        Ok(Self {
            account: field(map, "account")?,
            actor: field(map, "actor")?,
            command: field(map, "command")?,
            correlation: field(map, "correlation")?,
            causation: map.contains_key("causation").then(|| field(map, "causation")).transpose()?,
            recorded_at: field(map, "recorded_at")?,
        })
    }
}

fn field<T: FromStr>(map: &HashMap<String, String>, name: &'static str) -> Result<T, MalformedMetadata> {
    map.get(name).and_then(|text| text.parse().ok()).ok_or(MalformedMetadata(name))
}
