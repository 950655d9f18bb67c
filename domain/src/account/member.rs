//! Members of an account, and which of them an escalation may go to (rules 3.1, 11.2).

use serde::{Deserialize, Serialize};

use crate::access::{Caller, Role};
use crate::id::{TeamId, UserId};
use crate::personal::Personal;

/// A member as the log knows them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Member {
    /// Who.
    pub user: UserId,
    /// Their name.
    pub display_name: Personal<String>,
    /// Their e-mail address, lower-cased.
    pub email: Personal<String>,
    /// Their role.
    pub role: Role,
    /// Their teams.
    pub teams: Vec<TeamId>,
}

impl Member {
    /// As somebody who calls.
    pub fn caller(&self) -> Caller {
        Caller { user: self.user, role: self.role, teams: self.teams.clone() }
    }
}

/// A member whom a session may be escalated to. Only an account makes one: that it exists is the proof.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EscalationTarget {
    user: UserId,
}

impl EscalationTarget {
    /// The proof, for a member who may handle sessions.
    pub(super) fn of(member: &Member) -> Option<Self> {
        member.role.handles_sessions().then_some(Self { user: member.user })
    }

    /// Who.
    pub fn user(self) -> UserId {
        self.user
    }
}
