//! What an account can be told.

use crate::access::{By, Role};
use crate::account::event::Quotas;
use crate::id::{TeamId, UserId};
use crate::personal::Personal;

/// A command: who wants what.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccountCommand {
    /// Who.
    pub by: By,
    /// What.
    pub act: AccountAct,
}

/// What is wanted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AccountAct {
    /// Open an account. By FlowPilot: an operator's command, or the demo.
    Open {
        /// The MSP's name.
        name: String,
        /// Its IANA time zone.
        time_zone: String,
        /// Its settings.
        quotas: Quotas,
    },
    /// Make a team.
    CreateTeam {
        /// The new team.
        team: TeamId,
        /// Its name.
        name: String,
    },
    /// Add a member.
    AddMember(AddMember),
}

/// Add a member.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AddMember {
    /// The new member.
    pub user: UserId,
    /// Their name.
    pub display_name: Personal<String>,
    /// Their e-mail address, in any case.
    pub email: Personal<String>,
    /// Their role.
    pub role: Role,
    /// Their teams.
    pub teams: Vec<TeamId>,
}
