//! The people of the stories, and ids that are easy to tell apart.

use domain::access::{By, Caller, Role};
use domain::account::command::{AccountAct, AccountCommand, AddMember};
use domain::account::event::Quotas;
use domain::account::{Account, EscalationTarget};
use domain::id::{EscalationId, RequestId, StepId, TeamId, UserId};
use uuid::Uuid;

use cqrs_es::Aggregate;

pub(crate) const TEAM: TeamId = TeamId(Uuid::from_u128(0x7ea0));
pub(crate) const OTHER_TEAM: TeamId = TeamId(Uuid::from_u128(0x7ea1));

pub(crate) fn user(number: u128) -> UserId {
    UserId(Uuid::from_u128(number))
}

pub(crate) fn step(number: u128) -> StepId {
    StepId(Uuid::from_u128(0x57e9_0000 + number))
}

pub(crate) fn request(number: u128) -> RequestId {
    RequestId(Uuid::from_u128(0x4e90_0000 + number))
}

pub(crate) fn escalation(number: u128) -> EscalationId {
    EscalationId(Uuid::from_u128(0xe5c0_0000 + number))
}

fn caller(number: u128, role: Role, teams: &[TeamId]) -> Caller {
    Caller { user: user(number), role, teams: teams.to_vec() }
}

/// An engineer of the team: opens the sessions of the stories.
pub(crate) fn opener() -> Caller {
    caller(1, Role::Engineer, &[TEAM])
}

/// Another engineer of the same team.
pub(crate) fn mate() -> Caller {
    caller(2, Role::Engineer, &[TEAM])
}

/// And a third.
pub(crate) fn third() -> Caller {
    caller(3, Role::Engineer, &[TEAM])
}

/// An engineer of another team.
pub(crate) fn stranger() -> Caller {
    caller(4, Role::Engineer, &[OTHER_TEAM])
}

/// A team admin of the team.
pub(crate) fn admin() -> Caller {
    caller(5, Role::TeamAdmin, &[TEAM])
}

pub(crate) fn analyst() -> Caller {
    caller(6, Role::Analyst, &[TEAM])
}

pub(crate) fn owner() -> Caller {
    caller(7, Role::Owner, &[])
}

pub(crate) fn super_admin() -> Caller {
    caller(8, Role::SuperAdmin, &[])
}

pub(crate) fn everybody() -> [Caller; 8] {
    [opener(), mate(), third(), stranger(), admin(), analyst(), owner(), super_admin()]
}

pub(crate) fn by(caller: Caller) -> By {
    By::Member(caller)
}

/// Proof that somebody may take escalations, from an account in which everybody is a member.
pub(crate) fn target(person: &Caller) -> EscalationTarget {
    let mut account = Account::default();
    let open = AccountAct::Open { name: "MSP".into(), time_zone: "UTC".into(), quotas: Quotas::default() };
    let teams = [(TEAM, "A"), (OTHER_TEAM, "B")]
        .map(|(team, name)| AccountAct::CreateTeam { team, name: name.into() });
    let member = AccountAct::AddMember(AddMember {
        user: person.user,
        display_name: "Somebody".into(),
        email: "somebody@example.test".into(),
        role: person.role,
        teams: person.teams.clone(),
    });
    for act in [open].into_iter().chain(teams).chain([member]) {
        let events = account.decide(AccountCommand { by: By::System, act });
        for event in events.expect("everybody can be a member") {
            account.apply(event);
        }
    }
    account.escalation_target(person.user).expect("they handle sessions")
}
