//! Who calls, and what a role may do at all (rule 11.2).

use serde::{Deserialize, Serialize};

use crate::id::{TeamId, UserId};

/// A member's role in its account.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
#[expect(missing_docs, reason = "rule 11.2's table says what each may do")]
pub enum Role {
    Engineer,
    TeamAdmin,
    Analyst,
    Owner,
    SuperAdmin,
}

impl Role {
    /// Start and handle sessions, be an escalation target.
    pub fn handles_sessions(self) -> bool {
        matches!(self, Self::Engineer | Self::TeamAdmin | Self::Owner)
    }

    /// Create and edit flow drafts.
    pub fn drafts_flows(self) -> bool {
        matches!(self, Self::Engineer | Self::TeamAdmin | Self::Owner)
    }

    /// Publish and retire flows, review proposals, a team's templates and context.
    pub fn publishes_flows(self) -> bool {
        matches!(self, Self::TeamAdmin | Self::Owner)
    }

    /// The account's script templates; a team's are for those who publish flows.
    pub fn keeps_account_templates(self) -> bool {
        self.administers_account()
    }

    /// Dashboard, gaps, usage.
    pub fn reads_analytics(self) -> bool {
        !matches!(self, Self::Engineer)
    }

    /// Read any session of the account, its events, and exports, in full.
    pub fn reads_everything(self) -> bool {
        !matches!(self, Self::Engineer)
    }

    /// See stored events whole; everybody else gets their public form (rule 11.5).
    pub fn sees_private_payloads(self) -> bool {
        matches!(self, Self::Analyst | Self::Owner | Self::SuperAdmin)
    }

    /// The state of projections, and what of the own account waits in quarantine.
    pub fn watches_projections(self) -> bool {
        self.sees_private_payloads()
    }

    /// Account, members, quotas, PSA, erasure.
    pub fn administers_account(self) -> bool {
        matches!(self, Self::Owner | Self::SuperAdmin)
    }
}

/// A member who calls, as the log knows them (not as their token says).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Caller {
    /// Who.
    pub user: UserId,
    /// Their role now.
    pub role: Role,
    /// Their teams now.
    pub teams: Vec<TeamId>,
}

/// Who gives a command.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum By {
    /// A person.
    Member(Caller),
    /// FlowPilot itself: a worker, a timer, the starter library.
    System,
}

#[cfg(test)]
mod tests {
    use super::Role::{self, Analyst, Engineer, Owner, SuperAdmin, TeamAdmin};

    // Rule 11.2.
    #[test]
    fn each_role_may_what_the_table_says() {
        type May = fn(Role) -> bool;
        let table: [(&str, May, [bool; 5]); 8] = [
            ("handles sessions", Role::handles_sessions, [true, true, false, true, false]),
            ("drafts flows", Role::drafts_flows, [true, true, false, true, false]),
            ("publishes flows", Role::publishes_flows, [false, true, false, true, false]),
            (
                "keeps the account's templates",
                Role::keeps_account_templates,
                [false, false, false, true, true],
            ),
            ("reads analytics", Role::reads_analytics, [false, true, true, true, true]),
            ("reads everything", Role::reads_everything, [false, true, true, true, true]),
            ("sees private payloads", Role::sees_private_payloads, [false, false, true, true, true]),
            ("administers the account", Role::administers_account, [false, false, false, true, true]),
        ];
        let roles = [Engineer, TeamAdmin, Analyst, Owner, SuperAdmin];
        let reads_reports = roles.into_iter().filter(|role| role.reads_analytics());
        // The report on gaps is the same for all of them, and quotes sessions.
        assert!(reads_reports.into_iter().all(Role::reads_everything));
        for (what, may, expected) in table {
            for (role, expected) in
                [Engineer, TeamAdmin, Analyst, Owner, SuperAdmin].into_iter().zip(expected)
            {
                assert_eq!(may(role), expected, "{role:?} {what}");
            }
        }
    }
}
