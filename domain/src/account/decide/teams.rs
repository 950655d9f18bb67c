//! Teams: made, named, and given what the assistant may rely on.

use super::{Decision, NAME, as_administrator};
use crate::access::By;
use crate::account::error::AccountError;
use crate::account::event::{AccountEvent, TeamConfigured, TeamCreated};
use crate::account::{Account, Team};
use crate::id::TeamId;
use crate::input::InvalidInput;
use crate::personal::Personal;

impl Account {
    pub(super) fn create_team(&self, by: &By, team: TeamId, name: &str) -> Decision {
        as_administrator(by)?;
        let name = self.free_name(name, None)?;
        if self.teams.contains_key(&team) {
            return Err(InvalidInput::refused(&["teamId"], "this id names another team already").into());
        }
        Ok(vec![AccountEvent::TeamCreated(TeamCreated { team, name })])
    }

    pub(super) fn configure_team(
        &self,
        by: &By,
        team: TeamId,
        name: Option<&str>,
        context: Option<Personal<String>>,
    ) -> Decision {
        let Some(now) = self.teams.get(&team) else { return Err(AccountError::UnknownTeam) };
        as_keeper_of(by, team, context.is_some())?;
        let name = match name {
            Some(name) => self.free_name(name, Some(team))?,
            None => now.name.clone(),
        };
        let context = match context {
            Some(context) => Team::CONTEXT.of_optional(Some(context), &["context"])?,
            None => now.context.clone(),
        };
        if (Team { name: name.clone(), context: context.clone() }) == *now {
            return Ok(vec![]);
        }
        Ok(vec![AccountEvent::TeamConfigured(TeamConfigured { team, name, context })])
    }

    /// A name that no other team has, in any case.
    fn free_name(&self, name: &str, of: Option<TeamId>) -> Result<String, InvalidInput> {
        NAME.check(name, &["name"])?;
        let name = name.trim();
        let key = name.to_lowercase();
        let mut others = self.teams.iter().filter(|(id, _)| Some(**id) != of);
        if others.any(|(_, taken)| taken.name.to_lowercase() == key) {
            return Err(InvalidInput::refused(&["name"], "another team is called that already"));
        }
        Ok(name.to_owned())
    }
}

/// Rule 11.2: a team's context is its own admins' and the owners'; its name also of whoever administers the account.
fn as_keeper_of(by: &By, team: TeamId, with_context: bool) -> Result<(), AccountError> {
    let By::Member(caller) = by else { return Ok(()) };
    let role = caller.role;
    let of_all = role.administers_account() && (role.publishes_flows() || !with_context);
    let of_own = role.publishes_flows() && caller.teams.contains(&team);
    if of_all || of_own {
        Ok(())
    } else {
        Err(AccountError::NotEntitled { who: "owners of the account and admins of the team" })
    }
}
