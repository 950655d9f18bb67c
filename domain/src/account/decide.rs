//! Decides what a command to an account leads to.

use chrono_tz::Tz;

use crate::access::{By, Role};
use crate::account::Account;
use crate::account::command::{AccountAct, AccountCommand, AddMember};
use crate::account::error::AccountError;
use crate::account::event::{AccountEvent, AccountOpened, MemberAdded, Quotas, TeamCreated};
use crate::id::TeamId;
use crate::input::{InvalidInput, Length};
use crate::personal::Personal;

type Decision = Result<Vec<AccountEvent>, AccountError>;

const NAME: Length = Length::up_to(255);

impl Account {
    /// The events that a command leads to.
    pub fn decide(&self, command: AccountCommand) -> Decision {
        let AccountCommand { by, act } = command;
        match (&self.profile, act) {
            (None, AccountAct::Open { name, time_zone, quotas }) => open(&by, &name, time_zone, quotas),
            (Some(_), AccountAct::Open { .. }) => Err(AccountError::AlreadyOpen),
            (None, AccountAct::CreateTeam { .. } | AccountAct::AddMember(_)) => Err(AccountError::NotFound),
            (Some(_), AccountAct::CreateTeam { team, name }) => self.create_team(&by, team, &name),
            (Some(_), AccountAct::AddMember(member)) => self.add_member(&by, member),
        }
    }

    fn create_team(&self, by: &By, team: TeamId, name: &str) -> Decision {
        as_administrator(by)?;
        NAME.check(name, &["name"])?;
        let name = name.trim();
        if self.teams.contains_key(&team) {
            return Err(InvalidInput::refused(&["teamId"], "this id names another team already").into());
        }
        let key = name.to_lowercase();
        if self.teams.values().any(|taken| taken.to_lowercase() == key) {
            return Err(InvalidInput::refused(&["name"], "another team is called that already").into());
        }
        Ok(vec![AccountEvent::TeamCreated(TeamCreated { team, name: name.to_owned() })])
    }

    fn add_member(&self, by: &By, new: AddMember) -> Decision {
        as_administrator(by)?;
        if new.role == Role::SuperAdmin && !may_make_super_admins(by) {
            return Err(AccountError::NotEntitled { who: "super admins" });
        }
        NAME.check(&new.display_name, &["displayName"])?;
        let email = checked_email(&new.email)?;
        if self.members.contains_key(&new.user) {
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
pub(super) fn normalized_email(email: &str) -> String {
    email.trim().to_lowercase()
}

fn open(by: &By, name: &str, time_zone: String, quotas: Quotas) -> Decision {
    match by {
        By::System => {}
        By::Member(_) => return Err(AccountError::NotEntitled { who: "the operator of FlowPilot" }),
    }
    NAME.check(name, &["name"])?;
    if time_zone.parse::<Tz>().is_err() {
        let why = "it must be an IANA time zone, e.g. Europe/Berlin";
        return Err(InvalidInput::refused(&["timeZone"], why).into());
    }
    Ok(vec![AccountEvent::Opened(AccountOpened { name: name.trim().to_owned(), time_zone, quotas })])
}

fn as_administrator(by: &By) -> Result<(), AccountError> {
    match by {
        By::System => Ok(()),
        By::Member(caller) if caller.role.administers_account() => Ok(()),
        By::Member(_) => Err(AccountError::NotEntitled { who: "owners of the account" }),
    }
}

/// Nobody gives away more than they have.
fn may_make_super_admins(by: &By) -> bool {
    match by {
        By::System => true,
        By::Member(caller) => caller.role == Role::SuperAdmin,
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
