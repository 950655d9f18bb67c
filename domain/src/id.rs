//! Typed ids: an account's id can't be passed where a session's is meant.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// Where new ids come from; passed in, so that tests and replays can name them.
pub trait IdSource: Send + Sync {
    /// A fresh UUID, ordered by time (version 7).
    fn next(&self) -> Uuid;
}

/// The running program's ids: UUID version 7 of the system clock.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemIds;

impl IdSource for SystemIds {
    #[expect(clippy::disallowed_methods, reason = "the one home of random ids")]
    fn next(&self) -> Uuid {
        Uuid::now_v7()
    }
}

/// The text is no UUID. On the wire a malformed id reads like an unknown one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not an id")]
pub struct MalformedId;

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident;)*) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub Uuid);

        impl $name {
            /// A fresh id.
            pub fn fresh(ids: &dyn IdSource) -> Self {
                Self(ids.next())
            }

            /// An id that follows from another one and a name: the same two always give the same id.
            pub fn derived(from: Uuid, name: &str) -> Self {
                Self(Uuid::new_v5(&from, name.as_bytes()))
            }
        }

        impl From<$name> for Uuid {
            fn from(id: $name) -> Self {
                id.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        impl FromStr for $name {
            type Err = MalformedId;
            fn from_str(text: &str) -> Result<Self, MalformedId> {
                Uuid::parse_str(text).map(Self).map_err(|_| MalformedId)
            }
        }
    )*};
}

ids! {
    /// A customer of FlowPilot: one MSP. Everything belongs to exactly one account.
    AccountId;
    /// A team of an account.
    TeamId;
    /// A member of an account.
    UserId;
    /// A troubleshooting session.
    SessionId;
    /// A step of a session, notes included.
    StepId;
    /// One request for a next step; at most one result is recorded for it.
    RequestId;
    /// One escalation of a session.
    EscalationId;
    /// A flow of the knowledge base.
    FlowId;
    /// A proposal of the flywheel.
    ProposalId;
    /// What the flywheel made of a session.
    AnalysisId;
    /// A file that belongs to an intake.
    AttachmentId;
    /// A script template.
    TemplateId;
    /// A generated script.
    ScriptId;
    /// A connection to a PSA.
    ConnectionId;
    /// A command: the same id is carried out once.
    CommandId;
    /// What belongs together: all that follows from one request of a person.
    CorrelationId;
}
