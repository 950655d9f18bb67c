//! What happens to an account.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::access::Role;
use crate::account::business_hours::BusinessHours;
use crate::id::{TeamId, UserId};
use crate::personal::Personal;
use crate::stored_event::{Sealable, Subject};

crate::stored_events! {
    /// An event of an account.
    pub enum AccountEvent {
        /// An account was opened.
        Opened(AccountOpened) = "account.opened", "1.0";
        /// Its name, zone, hours or settings were changed.
        Configured(AccountConfigured) = "account.configured", "1.0";
        /// A team was made.
        TeamCreated(TeamCreated) = "account.team_created", "1.0";
        /// A team's name or context was changed.
        TeamConfigured(TeamConfigured) = "account.team_configured", "1.0";
        /// A member joined.
        MemberAdded(MemberAdded) = "account.member_added", "1.0";
        /// A member has another role, or other teams.
        MemberRoleChanged(MemberRoleChanged) = "account.member_role_changed", "1.0";
        /// A member left.
        MemberRemoved(MemberRemoved) = "account.member_removed", "1.0";
    }
}

/// An account was opened.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccountOpened {
    /// The MSP's name, 1–255 characters.
    pub name: String,
    /// Its IANA time zone, e.g. `Europe/Berlin`.
    pub time_zone: String,
    /// Its settings; the defaults at first.
    pub quotas: Quotas,
}

/// Settings and limits of an account.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Quotas {
    /// Calls to a model a day, in the account's zone.
    pub assistant_calls_per_day: u32,
    /// Generating calls of the flywheel a day.
    pub proposals_per_day: u32,
    /// Assistant steps a session.
    pub step_limit: u32,
    /// Hours without activity until a session counts as abandoned.
    pub idle_hours: u32,
    /// Hours until an unclaimed escalation returns to its handler.
    pub escalation_hours: u32,
}

impl Default for Quotas {
    fn default() -> Self {
        Self {
            assistant_calls_per_day: 2000,
            proposals_per_day: 50,
            step_limit: 30,
            idle_hours: 72,
            escalation_hours: 24,
        }
    }
}

/// An account was configured: how it is from now on, what did not change included.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccountConfigured {
    /// The MSP's name, 1–255 characters.
    pub name: String,
    /// Its IANA time zone.
    pub time_zone: String,
    /// When it works, if it has said so.
    pub business_hours: Option<BusinessHours>,
    /// Its settings.
    pub quotas: Quotas,
}

/// A team was made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TeamCreated {
    /// The team.
    pub team: TeamId,
    /// Its name, unique in the account.
    pub name: String,
}

/// A team was configured: how it is from now on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TeamConfigured {
    /// The team.
    pub team: TeamId,
    /// Its name, unique in the account.
    pub name: String,
    /// What the assistant may rely on, up to 4,000 characters: it may name a customer's people, hence personal.
    pub context: Option<Personal<String>>,
}

/// A member joined.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MemberAdded {
    /// The member.
    pub user: UserId,
    /// Their name.
    pub display_name: Personal<String>,
    /// Their e-mail address, lower-cased; unique in the account.
    pub email: Personal<String>,
    /// Their role.
    pub role: Role,
    /// Their teams.
    pub teams: Vec<TeamId>,
}

/// A member has another role, or other teams.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MemberRoleChanged {
    /// The member.
    pub user: UserId,
    /// Their role from now on.
    pub role: Role,
    /// Their teams from now on.
    pub teams: Vec<TeamId>,
}

/// A member left.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct MemberRemoved {
    /// The member.
    pub user: UserId,
}

impl Sealable for AccountEvent {
    fn subject(&self, account: Uuid) -> Option<Subject> {
        match self {
            Self::MemberAdded(joined) => Some(Subject::Member(joined.user.0)),
            Self::TeamConfigured(_) => Some(Subject::Account(account)),
            Self::Opened(_)
            | Self::Configured(_)
            | Self::TeamCreated(_)
            | Self::MemberRoleChanged(_)
            | Self::MemberRemoved(_) => None,
        }
    }
}
