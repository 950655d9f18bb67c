//! Members: who joins, in which role, and who leaves.

use super::{Decision, NAME, as_administrator};
use crate::access::{By, Role};
use crate::account::command::AddMember;
use crate::account::error::AccountError;
use crate::account::event::{AccountEvent, MemberAdded, MemberRemoved, MemberRoleChanged};
use crate::account::{Account, Member};
use crate::id::{TeamId, UserId};
use crate::input::InvalidInput;
use crate::personal::Personal;

impl Account {
    pub(super) fn add_member(&self, by: &By, new: AddMember) -> Decision {
        as_administrator(by)?;
        may_give(by, new.role)?;
        NAME.check(&new.display_name, &["displayName"])?;
        let email = checked_email(&new.email)?;
        if self.members.contains_key(&new.user) || self.former.contains(&new.user) {
            return Err(InvalidInput::refused(&["userId"], "this id names another member already").into());
        }
        if self.member_by_email(&email).is_some() {
            return Err(InvalidInput::refused(&["email"], "another member has this address").into());
        }
        Ok(vec![AccountEvent::MemberAdded(MemberAdded {
            user: new.user,
            display_name: new.display_name.trim().into(),
            email: email.into(),
            role: new.role,
            teams: self.known_teams(new.teams)?,
        })])
    }

    pub(super) fn change_role(
        &self,
        by: &By,
        user: UserId,
        role: Role,
        teams: Option<Vec<TeamId>>,
    ) -> Decision {
        as_administrator(by)?;
        let member = self.subordinate(by, user)?;
        may_give(by, role)?;
        let teams = match teams {
            Some(teams) => self.known_teams(teams)?,
            None => member.teams.clone(),
        };
        if role != Role::Owner {
            self.keeps_an_owner_without(member)?;
        }
        if role == member.role && teams == member.teams {
            return Ok(vec![]);
        }
        Ok(vec![AccountEvent::MemberRoleChanged(MemberRoleChanged { user, role, teams })])
    }

    pub(super) fn remove_member(&self, by: &By, user: UserId) -> Decision {
        as_administrator(by)?;
        let member = self.subordinate(by, user)?;
        self.keeps_an_owner_without(member)?;
        Ok(vec![AccountEvent::MemberRemoved(MemberRemoved { user })])
    }

    /// A member whose role the caller might have given: nobody takes from those above them.
    fn subordinate(&self, by: &By, user: UserId) -> Result<&Member, AccountError> {
        let member = self.member(user).ok_or(AccountError::UnknownMember)?;
        may_give(by, member.role)?;
        Ok(member)
    }

    fn keeps_an_owner_without(&self, leaving: &Member) -> Result<(), AccountError> {
        let is_other_owner = |it: &Member| it.role == Role::Owner && it.user != leaving.user;
        if leaving.role != Role::Owner || self.members().any(is_other_owner) {
            Ok(())
        } else {
            Err(AccountError::LastOwner)
        }
    }

    /// Each team once, in the order given.
    fn known_teams(&self, teams: Vec<TeamId>) -> Result<Vec<TeamId>, InvalidInput> {
        let mut known = Vec::with_capacity(teams.len());
        for team in teams {
            if !self.teams.contains_key(&team) {
                return Err(InvalidInput::refused(&["teamIds"], "the account has no such team"));
            }
            if !known.contains(&team) {
                known.push(team);
            }
        }
        Ok(known)
    }
}

/// As it is stored and compared.
pub(in crate::account) fn normalized_email(email: &str) -> String {
    email.trim().to_lowercase()
}

/// Nobody gives away more than they have.
fn may_give(by: &By, role: Role) -> Result<(), AccountError> {
    match by {
        By::Member(caller) if role == Role::SuperAdmin && caller.role != Role::SuperAdmin => {
            Err(AccountError::NotEntitled { who: "super admins" })
        }
        By::Member(_) | By::System => Ok(()),
    }
}

fn checked_email(email: &Personal<String>) -> Result<String, InvalidInput> {
    let path = &["email"];
    NAME.check(email, path)?;
    let email = normalized_email(email);
    let is_address = email.split_once('@').is_some_and(|(local, host)| {
        !local.is_empty() && !host.is_empty() && !host.contains('@') && !host.starts_with('.')
    });
    let has_gap = email.chars().any(|c| c.is_whitespace() || c.is_control());
    if is_address && !has_gap {
        Ok(email)
    } else {
        Err(InvalidInput::refused(path, "it must be an e-mail address"))
    }
}
