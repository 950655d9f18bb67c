//! An account: one MSP with its teams, members, roles and settings.

mod decide;

pub mod business_hours;
pub mod command;
pub mod error;
pub mod event;
mod member;
mod team;

use std::collections::{BTreeMap, BTreeSet};

use chrono_tz::Tz;
use cqrs_es::Aggregate;
use cqrs_es::event_sink::EventSink;
use serde::{Deserialize, Serialize};

use crate::account::business_hours::BusinessHours;
use crate::account::command::AccountCommand;
use crate::account::error::AccountError;
use crate::account::event::{AccountEvent, Quotas};
use crate::id::{TeamId, UserId};

pub use member::{EscalationTarget, Member};
pub use team::Team;

/// An account as its events have made it.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Account {
    version: u64,
    profile: Option<Profile>,
    teams: BTreeMap<TeamId, Team>,
    members: BTreeMap<UserId, Member>,
    /// Who left: their ids name nobody else.
    former: BTreeSet<UserId>,
}

/// What an account is called and how it is set.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Profile {
    /// The MSP's name.
    pub name: String,
    /// Its IANA time zone.
    pub time_zone: String,
    /// When it works, if it has said so.
    pub business_hours: Option<BusinessHours>,
    /// Its settings.
    pub quotas: Quotas,
}

impl Aggregate for Account {
    const TYPE: &'static str = "account";
    type Command = AccountCommand;
    type Event = AccountEvent;
    type Error = AccountError;
    type Services = ();

    async fn handle(
        &mut self,
        command: AccountCommand,
        (): &(),
        sink: &EventSink<Self>,
    ) -> Result<(), AccountError> {
        for event in self.decide(command)? {
            sink.write(event, self).await;
        }
        Ok(())
    }

    fn apply(&mut self, event: AccountEvent) {
        self.version += 1;
        match event {
            AccountEvent::Opened(opened) => {
                let event::AccountOpened { name, time_zone, quotas } = opened;
                self.profile = Some(Profile { name, time_zone, business_hours: None, quotas });
            }
            AccountEvent::Configured(configured) => {
                let event::AccountConfigured { name, time_zone, business_hours, quotas } = configured;
                self.profile = Some(Profile { name, time_zone, business_hours, quotas });
            }
            AccountEvent::TeamCreated(created) => {
                self.teams.insert(created.team, Team { name: created.name, context: None });
            }
            AccountEvent::TeamConfigured(configured) => {
                let event::TeamConfigured { team, name, context } = configured;
                self.teams.insert(team, Team { name, context });
            }
            AccountEvent::MemberAdded(added) => {
                let event::MemberAdded { user, display_name, email, role, teams } = added;
                self.members.insert(user, Member { user, display_name, email, role, teams });
            }
            AccountEvent::MemberRoleChanged(changed) => {
                if let Some(member) = self.members.get_mut(&changed.user) {
                    member.role = changed.role;
                    member.teams = changed.teams;
                }
            }
            AccountEvent::MemberRemoved(removed) => {
                self.members.remove(&removed.user);
                self.former.insert(removed.user);
            }
        }
    }
}

impl Account {
    /// How many events it has: its version.
    pub fn version(&self) -> u64 {
        self.version
    }

    /// Its name and settings; none until it was opened.
    pub fn profile(&self) -> Option<&Profile> {
        self.profile.as_ref()
    }

    /// The zone that its days are counted in.
    pub fn time_zone(&self) -> Tz {
        self.profile.as_ref().and_then(|profile| profile.time_zone.parse().ok()).unwrap_or(Tz::UTC)
    }

    /// Its settings.
    pub fn quotas(&self) -> Quotas {
        self.profile.as_ref().map(|profile| profile.quotas).unwrap_or_default()
    }

    /// Its teams, in the order of their ids.
    pub fn teams(&self) -> impl Iterator<Item = (TeamId, &Team)> {
        self.teams.iter().map(|(id, team)| (*id, team))
    }

    /// Its members, without those who left, in the order of their ids.
    pub fn members(&self) -> impl Iterator<Item = &Member> {
        self.members.values()
    }

    /// A member who has not left.
    pub fn member(&self, user: UserId) -> Option<&Member> {
        self.members.get(&user)
    }

    /// The member with this e-mail address, in any case.
    pub fn member_by_email(&self, email: &str) -> Option<&Member> {
        let email = decide::normalized_email(email);
        self.members.values().find(|member| *member.email == email)
    }

    /// Proof that a session may be escalated to a member (rule 3.1).
    pub fn escalation_target(&self, user: UserId) -> Result<EscalationTarget, AccountError> {
        self.member(user).and_then(EscalationTarget::of).ok_or(AccountError::UnknownTarget)
    }
}
