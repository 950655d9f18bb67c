//! What an account decides about its settings, its teams and its people (rules 4.5, 4.6, 11.2).

#![expect(clippy::unwrap_used, reason = "a test's helpers may fail the test")]

use cqrs_es::Aggregate;
use domain::access::{By, Caller, Role};
use domain::account::Account;
use domain::account::business_hours::BusinessHoursChange;
use domain::account::command::{AccountAct, AccountCommand, AddMember, Configure};
use domain::account::error::AccountError;
use domain::account::event::{AccountEvent, Quotas};
use domain::id::{TeamId, UserId};
use domain::personal::Personal;
use domain::refusal::RefusalCode;
use uuid::Uuid;

const DESK: TeamId = TeamId(Uuid::from_u128(1));
const PROJECTS: TeamId = TeamId(Uuid::from_u128(2));
const NO_TEAM: TeamId = TeamId(Uuid::from_u128(3));

const OWNER: UserId = UserId(Uuid::from_u128(11));
const SUPER: UserId = UserId(Uuid::from_u128(12));
const ADMIN: UserId = UserId(Uuid::from_u128(13));
const ENGINEER: UserId = UserId(Uuid::from_u128(14));
const NEWCOMER: UserId = UserId(Uuid::from_u128(15));
const NOBODY: UserId = UserId(Uuid::from_u128(16));

/// An account with an owner, a super admin, an admin of the desk and an engineer.
fn account() -> Account {
    let mut account = Account::default();
    let open = AccountAct::Open {
        name: "Nordlicht IT".into(),
        time_zone: "Europe/Berlin".into(),
        quotas: Quotas::default(),
    };
    tell(&mut account, &By::System, open).unwrap();
    for (team, name) in [(DESK, "Service desk"), (PROJECTS, "Projects")] {
        tell(&mut account, &By::System, AccountAct::CreateTeam { team, name: name.into() }).unwrap();
    }
    for (user, role) in [
        (OWNER, Role::Owner),
        (SUPER, Role::SuperAdmin),
        (ADMIN, Role::TeamAdmin),
        (ENGINEER, Role::Engineer),
    ] {
        tell(&mut account, &By::System, joining(user, role)).unwrap();
    }
    account
}

fn joining(user: UserId, role: Role) -> AccountAct {
    AccountAct::AddMember(AddMember {
        user,
        display_name: "Ada".into(),
        email: format!("{user}@example.test").into(),
        role,
        teams: vec![DESK],
    })
}

/// Decides and applies; gives the stored names of what happened.
fn tell(account: &mut Account, by: &By, act: AccountAct) -> Result<Vec<&'static str>, AccountError> {
    let events = account.decide(AccountCommand { by: by.clone(), act })?;
    let names = events.iter().map(AccountEvent::stored_type).collect();
    for event in events {
        account.apply(event);
    }
    Ok(names)
}

fn by(account: &Account, user: UserId) -> By {
    By::Member(account.member(user).unwrap().caller())
}

fn by_role(role: Role) -> By {
    By::Member(Caller { user: NOBODY, role, teams: vec![DESK] })
}

/// The code and the input field of a refusal.
fn refusal(result: Result<Vec<&'static str>, AccountError>) -> (RefusalCode, Vec<&'static str>) {
    let error = result.unwrap_err();
    (error.code(), error.path().to_vec())
}

fn change_role(user: UserId, role: Role) -> AccountAct {
    AccountAct::ChangeRole { user, role, teams: None }
}

fn context(team: TeamId, context: &str) -> AccountAct {
    AccountAct::ConfigureTeam { team, name: None, context: Some(context.into()) }
}

fn hours(days: &[i64], start: &str, end: &str) -> BusinessHoursChange {
    BusinessHoursChange { days: Some(days.to_vec()), start: Some(start.into()), end: Some(end.into()) }
}

#[test]
fn what_is_not_given_stays_and_what_changes_nothing_is_no_event() {
    let mut account = account();
    let owner = by(&account, OWNER);
    let change = Configure { step_limit: Some(12), ..Configure::default() };
    let act = AccountAct::Configure(change);
    assert_eq!(tell(&mut account, &owner, act.clone()), Ok(vec!["account.configured"]));
    assert_eq!(account.quotas(), Quotas { step_limit: 12, ..Quotas::default() });
    assert_eq!(account.profile().unwrap().name, "Nordlicht IT");
    let version = account.version();
    assert_eq!(tell(&mut account, &owner, act), Ok(vec![]));
    assert_eq!(tell(&mut account, &owner, AccountAct::Configure(Configure::default())), Ok(vec![]));
    assert_eq!(account.version(), version);
}

#[test]
fn the_zone_decides_where_days_begin() {
    let mut account = account();
    let change = Configure { time_zone: Some("Asia/Tokyo".into()), ..Configure::default() };
    tell(&mut account, &By::System, AccountAct::Configure(change)).unwrap();
    assert_eq!(account.time_zone(), chrono_tz::Tz::Asia__Tokyo);
}

#[test]
fn business_hours_are_days_of_the_week_and_times_in_order_and_can_be_dropped() {
    let mut account = account();
    let owner = by(&account, OWNER);
    let mut set = |business_hours| {
        let act = AccountAct::Configure(Configure { business_hours, ..Configure::default() });
        let result = tell(&mut account, &owner, act).map_err(|error| error.path().to_vec());
        result.map(|_| account.profile().unwrap().business_hours.clone())
    };
    let partly = BusinessHoursChange { days: Some(vec![1]), ..BusinessHoursChange::default() };
    assert_eq!(set(partly).unwrap_err(), ["businessStart"]);
    let known = set(hours(&[5, 1, 5], "08:30", "17:00")).unwrap().unwrap();
    assert_eq!(known.days, [1, 5]);
    let later = BusinessHoursChange { end: Some("18:15".into()), ..BusinessHoursChange::default() };
    let changed = set(later).unwrap().unwrap();
    assert_eq!((changed.start, changed.days), (known.start, known.days));
    for (bad, path) in [
        (hours(&[0], "08:00", "17:00"), "businessDays"),
        (hours(&[8], "08:00", "17:00"), "businessDays"),
        (hours(&[1 << 40], "08:00", "17:00"), "businessDays"),
        (hours(&[], "08:00", "17:00"), "businessDays"),
        (hours(&[1], "8 o'clock", "17:00"), "businessStart"),
        (hours(&[1], "08:00", "24:01"), "businessEnd"),
        (hours(&[1], "08:00", "08:00"), "businessEnd"),
    ] {
        assert_eq!(set(bad.clone()).unwrap_err(), [path], "{bad:?}");
    }
    let none = BusinessHoursChange { days: Some(vec![]), ..BusinessHoursChange::default() };
    assert_eq!(set(none), Ok(None));
}

#[test]
fn settings_out_of_range_and_zones_of_no_world_are_named() {
    let mut account = account();
    let owner = by(&account, OWNER);
    let base = Configure::default;
    for (change, path) in [
        (Configure { name: Some(" ".into()), ..base() }, "name"),
        (Configure { time_zone: Some("Europe/Atlantis".into()), ..base() }, "timeZone"),
        (Configure { assistant_calls_per_day: Some(-1), ..base() }, "assistantCallsPerDay"),
        (Configure { proposals_per_day: Some(10_001), ..base() }, "proposalsPerDay"),
        (Configure { step_limit: Some(0), ..base() }, "stepLimit"),
        (Configure { idle_hours: Some(0), ..base() }, "idleHours"),
        (Configure { escalation_hours: Some(i64::MAX), ..base() }, "escalationHours"),
    ] {
        let result = tell(&mut account, &owner, AccountAct::Configure(change));
        assert_eq!(refusal(result), (RefusalCode::InvalidInput, vec![path]));
    }
}

// Rule 11.2.
#[test]
fn the_account_is_configured_by_owners_and_super_admins_alone() {
    for role in [Role::Engineer, Role::TeamAdmin, Role::Analyst, Role::Owner, Role::SuperAdmin] {
        let change = Configure { step_limit: Some(5), ..Configure::default() };
        let may = tell(&mut account(), &by_role(role), AccountAct::Configure(change)).is_ok();
        assert_eq!(may, role.administers_account(), "{role:?}");
        let may = tell(&mut account(), &by_role(role), AccountAct::RemoveMember { user: ENGINEER }).is_ok();
        assert_eq!(may, role.administers_account(), "{role:?}");
        let may = tell(&mut account(), &by_role(role), change_role(ENGINEER, Role::Analyst)).is_ok();
        assert_eq!(may, role.administers_account(), "{role:?}");
    }
}

// Rules 4.5, 11.2.
#[test]
fn a_team_s_context_is_kept_by_its_own_admins_and_by_owners() {
    let mut account = account();
    let (owner, admin, operator) = (by(&account, OWNER), by(&account, ADMIN), by(&account, SUPER));
    let not_entitled = (RefusalCode::NotEntitled, vec![]);
    assert_eq!(tell(&mut account, &admin, context(DESK, "Hosts are named NL-*.")).unwrap().len(), 1);
    assert_eq!(refusal(tell(&mut account, &admin, context(PROJECTS, "x"))), not_entitled);
    assert!(tell(&mut account, &owner, context(PROJECTS, "x")).is_ok());
    assert_eq!(refusal(tell(&mut account, &operator, context(DESK, "x"))), not_entitled);
    let renamed = AccountAct::ConfigureTeam { team: DESK, name: Some(" Desk ".into()), context: None };
    assert!(tell(&mut account, &operator, renamed.clone()).is_ok());
    let (_, desk) = account.teams().next().unwrap();
    assert_eq!(desk.name, "Desk");
    assert_eq!(desk.context, Some(Personal::from("Hosts are named NL-*.")));
    for role in [Role::Engineer, Role::Analyst] {
        for act in [context(DESK, "x"), renamed.clone()] {
            assert_eq!(refusal(tell(&mut account, &by_role(role), act)), not_entitled);
        }
    }
}

#[test]
fn a_context_has_up_to_4_000_characters_and_a_blank_one_is_none() {
    let mut account = account();
    let owner = by(&account, OWNER);
    assert!(tell(&mut account, &owner, context(DESK, &"ä".repeat(4_000))).is_ok());
    let long = tell(&mut account, &owner, context(DESK, &"x".repeat(4_001)));
    assert_eq!(refusal(long), (RefusalCode::InvalidInput, vec!["context"]));
    assert!(tell(&mut account, &owner, context(DESK, " \n")).is_ok());
    assert_eq!(account.teams().next().unwrap().1.context, None);
    let unknown = tell(&mut account, &owner, context(NO_TEAM, "x"));
    assert_eq!(refusal(unknown), (RefusalCode::NotFound, vec!["teamId"]));
    let taken = AccountAct::ConfigureTeam { team: DESK, name: Some("PROJECTS".into()), context: None };
    assert_eq!(refusal(tell(&mut account, &owner, taken)), (RefusalCode::InvalidInput, vec!["name"]));
}

#[test]
fn a_role_changes_with_its_teams_or_without() {
    let mut account = account();
    let owner = by(&account, OWNER);
    assert_eq!(
        tell(&mut account, &owner, change_role(ENGINEER, Role::Analyst)),
        Ok(vec!["account.member_role_changed"])
    );
    let member = account.member(ENGINEER).unwrap();
    assert_eq!((member.role, member.teams.as_slice()), (Role::Analyst, [DESK].as_slice()));
    assert_eq!(tell(&mut account, &owner, change_role(ENGINEER, Role::Analyst)), Ok(vec![]));
    let moved = |teams| AccountAct::ChangeRole { user: ENGINEER, role: Role::Analyst, teams: Some(teams) };
    tell(&mut account, &owner, moved(vec![PROJECTS, PROJECTS])).unwrap();
    assert_eq!(account.member(ENGINEER).unwrap().teams, [PROJECTS]);
    let lost = tell(&mut account, &owner, moved(vec![NO_TEAM]));
    assert_eq!(refusal(lost), (RefusalCode::InvalidInput, vec!["teamIds"]));
    let unknown = tell(&mut account, &owner, change_role(NOBODY, Role::Engineer));
    assert_eq!(refusal(unknown), (RefusalCode::NotFound, vec!["userId"]));
}

#[test]
fn nobody_makes_or_touches_more_than_they_are() {
    let mut account = account();
    let (owner, operator) = (by(&account, OWNER), by(&account, SUPER));
    let not_entitled = (RefusalCode::NotEntitled, vec![]);
    for act in [
        change_role(ENGINEER, Role::SuperAdmin),
        change_role(SUPER, Role::Engineer),
        AccountAct::RemoveMember { user: SUPER },
        joining(NEWCOMER, Role::SuperAdmin),
    ] {
        assert_eq!(refusal(tell(&mut account, &owner, act.clone())), not_entitled, "{act:?}");
    }
    assert!(tell(&mut account, &owner, change_role(ENGINEER, Role::Owner)).is_ok());
    assert!(tell(&mut account, &operator, change_role(ENGINEER, Role::SuperAdmin)).is_ok());
}

#[test]
fn an_account_keeps_an_owner() {
    let mut account = account();
    let operator = by(&account, SUPER);
    let last = (RefusalCode::InvalidInput, vec!["userId"]);
    for act in [AccountAct::RemoveMember { user: OWNER }, change_role(OWNER, Role::SuperAdmin)] {
        assert_eq!(refusal(tell(&mut account, &operator, act)), last);
    }
    let teams_only = AccountAct::ChangeRole { user: OWNER, role: Role::Owner, teams: Some(vec![]) };
    assert!(tell(&mut account, &operator, teams_only).is_ok());
    tell(&mut account, &operator, change_role(ADMIN, Role::Owner)).unwrap();
    assert!(tell(&mut account, &operator, AccountAct::RemoveMember { user: OWNER }).is_ok());
}

#[test]
fn whoever_left_is_gone_their_address_is_free_and_their_id_is_not() {
    let mut account = account();
    let owner = by(&account, OWNER);
    let email = account.member(ENGINEER).unwrap().email.clone();
    let gone = AccountAct::RemoveMember { user: ENGINEER };
    assert_eq!(tell(&mut account, &owner, gone.clone()), Ok(vec!["account.member_removed"]));
    assert_eq!(account.member(ENGINEER), None);
    assert_eq!(account.escalation_target(ENGINEER), Err(AccountError::UnknownTarget));
    assert_eq!(refusal(tell(&mut account, &owner, gone)), (RefusalCode::NotFound, vec!["userId"]));
    let again = tell(&mut account, &owner, joining(ENGINEER, Role::Engineer));
    assert_eq!(refusal(again), (RefusalCode::InvalidInput, vec!["userId"]));
    let AccountAct::AddMember(newcomer) = joining(NEWCOMER, Role::Engineer) else { unreachable!() };
    let newcomer = AccountAct::AddMember(AddMember { email, ..newcomer });
    assert!(tell(&mut account, &owner, newcomer).is_ok());
}
