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

#[cfg(test)]
mod tests {
    use cqrs_es::Aggregate;
    use cqrs_es::test::TestFramework;
    use uuid::Uuid;

    use super::*;
    use crate::access::Caller;
    use crate::account::EscalationTarget;
    use crate::id::UserId;
    use crate::refusal::RefusalCode;

    const TEAM: TeamId = TeamId(Uuid::from_u128(1));

    fn user(number: u128) -> UserId {
        UserId(Uuid::from_u128(number))
    }

    fn member(role: Role) -> By {
        By::Member(Caller { user: user(99), role, teams: vec![] })
    }

    fn opening(name: &str, time_zone: &str) -> AccountAct {
        AccountAct::Open { name: name.into(), time_zone: time_zone.into(), quotas: Quotas::default() }
    }

    fn team(number: u128, name: &str) -> AccountAct {
        AccountAct::CreateTeam { team: TeamId(Uuid::from_u128(number)), name: name.into() }
    }

    fn joining(number: u128, email: &str, role: Role) -> AddMember {
        AddMember {
            user: user(number),
            display_name: "Ada".into(),
            email: email.into(),
            role,
            teams: vec![TEAM],
        }
    }

    fn add(number: u128, email: &str, role: Role) -> AccountAct {
        AccountAct::AddMember(joining(number, email, role))
    }

    fn open_account() -> Vec<AccountEvent> {
        let mut account = Account::default();
        let mut events = Vec::new();
        for act in [opening("Nordlicht IT", "Europe/Berlin"), team(1, "Service desk")] {
            let news = account.decide(AccountCommand { by: By::System, act }).unwrap();
            news.iter().cloned().for_each(|event| account.apply(event));
            events.extend(news);
        }
        events
    }

    fn when(given: Vec<AccountEvent>, by: By, act: AccountAct) -> Decision {
        TestFramework::<Account>::with(()).given(given).when(AccountCommand { by, act }).inspect_result()
    }

    fn invalid(act: AccountAct) -> Vec<&'static str> {
        let given = if matches!(act, AccountAct::Open { .. }) { vec![] } else { open_account() };
        let error = when(given, By::System, act).unwrap_err();
        assert_eq!(error.code(), RefusalCode::InvalidInput, "{error}");
        error.path().to_vec()
    }

    fn account(members: &[(u128, &str, Role)]) -> Account {
        let mut account = Account::default();
        for event in open_account() {
            account.apply(event);
        }
        for (number, email, role) in members {
            let command = AccountCommand { by: By::System, act: add(*number, email, *role) };
            for event in account.decide(command).unwrap() {
                account.apply(event);
            }
        }
        account
    }

    #[test]
    fn an_account_has_a_name_and_a_time_zone_of_this_world() {
        let opened = when(vec![], By::System, opening(" Nordlicht IT ", "Europe/Berlin")).unwrap();
        let AccountEvent::Opened(opened) = &opened[0] else { panic!("{opened:?}") };
        assert_eq!((opened.name.as_str(), opened.quotas), ("Nordlicht IT", Quotas::default()));
        assert_eq!(account(&[]).time_zone(), Tz::Europe__Berlin);
        assert_eq!(invalid(opening(" ", "UTC")), ["name"]);
        assert_eq!(invalid(opening(&"x".repeat(256), "UTC")), ["name"]);
        for zone in ["", "Berlin", "GMT+25", "Europe/Atlantis"] {
            assert_eq!(invalid(opening("x", zone)), ["timeZone"]);
        }
    }

    #[test]
    fn an_account_is_opened_once_and_by_no_member() {
        let again = when(open_account(), By::System, opening("x", "UTC")).unwrap_err();
        assert_eq!(again.code(), RefusalCode::WrongStatus);
        let by_member = when(vec![], member(Role::SuperAdmin), opening("x", "UTC")).unwrap_err();
        assert_eq!(by_member.code(), RefusalCode::NotEntitled);
        let nowhere = when(vec![], By::System, team(1, "x")).unwrap_err();
        assert_eq!(nowhere.code(), RefusalCode::NotFound);
    }

    #[test]
    fn team_names_are_unique_in_any_case() {
        assert!(when(open_account(), By::System, team(2, "Projects")).is_ok());
        assert_eq!(invalid(team(2, " service DESK ")), ["name"]);
        assert_eq!(invalid(team(2, "")), ["name"]);
        assert_eq!(invalid(team(1, "Projects")), ["teamId"]);
    }

    #[test]
    fn a_members_address_is_kept_in_lower_case_and_found_in_any() {
        let account = account(&[(1, " Ada@Example.Test ", Role::Engineer)]);
        assert_eq!(*account.member(user(1)).unwrap().email, "ada@example.test");
        assert_eq!(account.member_by_email("ADA@example.TEST").map(|found| found.user), Some(user(1)));
        assert_eq!(account.member_by_email("bob@example.test"), None);
    }

    #[test]
    fn an_address_belongs_to_one_member() {
        let account = account(&[(1, "ada@example.test", Role::Engineer)]);
        let act = add(2, "ADA@Example.Test", Role::Engineer);
        let error = account.decide(AccountCommand { by: By::System, act }).unwrap_err();
        assert_eq!((error.code(), error.path()), (RefusalCode::InvalidInput, ["email"].as_slice()));
        assert!(!error.to_string().to_lowercase().contains("ada"), "{error}");
    }

    #[test]
    fn a_member_has_a_name_an_address_and_teams_that_exist() {
        for email in ["", "ada", "@x", "ada@", "a b@x.test", "a@b@c", "ada@\0x", &"x".repeat(256)] {
            assert_eq!(invalid(add(1, email, Role::Engineer)), ["email"], "{email}");
        }
        let nameless = AddMember { display_name: " ".into(), ..joining(1, "a@x.test", Role::Engineer) };
        assert_eq!(invalid(AccountAct::AddMember(nameless)), ["displayName"]);
        let elsewhere = vec![TEAM, TeamId(Uuid::from_u128(7))];
        let lost = AddMember { teams: elsewhere, ..joining(1, "a@x.test", Role::Engineer) };
        assert_eq!(invalid(AccountAct::AddMember(lost)), ["teamIds"]);
    }

    // Rule 11.2.
    #[test]
    fn owners_and_super_admins_administer_and_nobody_makes_more_than_they_are() {
        let try_as = |role, new| when(open_account(), member(role), add(1, "a@x.test", new)).is_ok();
        for role in [Role::Engineer, Role::TeamAdmin, Role::Analyst] {
            assert!(!try_as(role, Role::Engineer), "{role:?}");
            assert!(when(open_account(), member(role), team(2, "x")).is_err());
        }
        assert!(try_as(Role::Owner, Role::Owner));
        assert!(!try_as(Role::Owner, Role::SuperAdmin));
        assert!(try_as(Role::SuperAdmin, Role::SuperAdmin));
    }

    // Rules 3.1, 11.2.
    #[test]
    fn only_members_who_handle_sessions_can_be_escalated_to() {
        let account = account(&[
            (1, "e@x.test", Role::Engineer),
            (2, "t@x.test", Role::TeamAdmin),
            (3, "a@x.test", Role::Analyst),
            (4, "o@x.test", Role::Owner),
            (5, "s@x.test", Role::SuperAdmin),
        ]);
        let may = |number| account.escalation_target(user(number)).map(EscalationTarget::user);
        for number in [1, 2, 4] {
            assert_eq!(may(number), Ok(user(number)));
        }
        for number in [3, 5, 6] {
            let error = may(number).unwrap_err();
            assert_eq!(error.code(), RefusalCode::UnknownTarget);
        }
    }
}
