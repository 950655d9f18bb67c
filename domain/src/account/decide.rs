//! Decides what a command to an account leads to.

mod configure;
mod people;
mod teams;

use chrono_tz::Tz;

use crate::access::By;
use crate::account::command::{AccountAct, AccountCommand};
use crate::account::error::AccountError;
use crate::account::event::{AccountEvent, AccountOpened, Quotas};
use crate::account::{Account, Profile};
use crate::input::{InvalidInput, Length};

pub(super) use people::normalized_email;

type Decision = Result<Vec<AccountEvent>, AccountError>;

const NAME: Length = Length::up_to(255);

impl Account {
    /// The events that a command leads to; none if it changes nothing.
    pub fn decide(&self, command: AccountCommand) -> Decision {
        let AccountCommand { by, act } = command;
        match (&self.profile, act) {
            (None, AccountAct::Open { name, time_zone, quotas }) => open(&by, &name, time_zone, quotas),
            (None, _) => Err(AccountError::NotFound),
            (Some(profile), act) => self.change(profile, &by, act),
        }
    }

    fn change(&self, profile: &Profile, by: &By, act: AccountAct) -> Decision {
        match act {
            AccountAct::Open { .. } => Err(AccountError::AlreadyOpen),
            AccountAct::Configure(change) => configure::configure(profile, by, change),
            AccountAct::CreateTeam { team, name } => self.create_team(by, team, &name),
            AccountAct::ConfigureTeam { team, name, context } => {
                self.configure_team(by, team, name.as_deref(), context)
            }
            AccountAct::AddMember(member) => self.add_member(by, member),
            AccountAct::ChangeRole { user, role, teams } => self.change_role(by, user, role, teams),
            AccountAct::RemoveMember { user } => self.remove_member(by, user),
        }
    }
}

fn open(by: &By, name: &str, time_zone: String, quotas: Quotas) -> Decision {
    match by {
        By::System => {}
        By::Member(_) => return Err(AccountError::NotEntitled { who: "the operator of FlowPilot" }),
    }
    NAME.check(name, &["name"])?;
    check_zone(&time_zone)?;
    Ok(vec![AccountEvent::Opened(AccountOpened { name: name.trim().to_owned(), time_zone, quotas })])
}

fn check_zone(time_zone: &str) -> Result<(), InvalidInput> {
    match time_zone.parse::<Tz>() {
        Ok(_) => Ok(()),
        Err(_) => {
            Err(InvalidInput::refused(&["timeZone"], "it must be an IANA time zone, e.g. Europe/Berlin"))
        }
    }
}

/// Rule 11.2: account, members, quotas.
fn as_administrator(by: &By) -> Result<(), AccountError> {
    match by {
        By::System => Ok(()),
        By::Member(caller) if caller.role.administers_account() => Ok(()),
        By::Member(_) => Err(AccountError::NotEntitled { who: "owners of the account" }),
    }
}

#[cfg(test)]
mod tests {
    use cqrs_es::Aggregate;
    use cqrs_es::test::TestFramework;
    use uuid::Uuid;

    use super::*;
    use crate::access::{Caller, Role};
    use crate::account::EscalationTarget;
    use crate::account::command::AddMember;
    use crate::id::{TeamId, UserId};
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
