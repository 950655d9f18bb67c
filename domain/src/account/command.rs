//! What an account can be told.

use crate::access::{By, Role};
use crate::account::business_hours::BusinessHoursChange;
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
    /// Change its name, zone, hours or settings.
    Configure(Configure),
    /// Make a team.
    CreateTeam {
        /// The new team.
        team: TeamId,
        /// Its name.
        name: String,
    },
    /// Change a team's name, or what the assistant may rely on.
    ConfigureTeam {
        /// The team.
        team: TeamId,
        /// Its name; as it is if none.
        name: Option<String>,
        /// Its context; as it is if none, gone if blank.
        context: Option<Personal<String>>,
    },
    /// Add a member.
    AddMember(AddMember),
    /// Give a member another role, or other teams.
    ChangeRole {
        /// The member.
        user: UserId,
        /// Their role.
        role: Role,
        /// Their teams; as they are if none.
        teams: Option<Vec<TeamId>>,
    },
    /// Let a member go.
    RemoveMember {
        /// The member.
        user: UserId,
    },
}

/// Change an account; what is not given stays as it is.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Configure {
    /// The MSP's name.
    pub name: Option<String>,
    /// Its IANA time zone.
    pub time_zone: Option<String>,
    /// When it works.
    pub business_hours: BusinessHoursChange,
    /// Calls to a model a day.
    pub assistant_calls_per_day: Option<i64>,
    /// Generating calls of the flywheel a day.
    pub proposals_per_day: Option<i64>,
    /// Assistant steps a session.
    pub step_limit: Option<i64>,
    /// Hours without activity until a session counts as abandoned.
    pub idle_hours: Option<i64>,
    /// Hours until an unclaimed escalation returns to its handler.
    pub escalation_hours: Option<i64>,
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
