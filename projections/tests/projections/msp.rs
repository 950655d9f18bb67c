//! An account with people of every role and in every team, as the tests need them.

use domain::access::{By, Caller, Role};
use domain::account::command::{AccountAct, AccountCommand, AddMember};
use domain::account::event::Quotas;
use domain::account::{Account, EscalationTarget};
use domain::id::{AccountId, RequestId, SessionId, StepId, TeamId, UserId};
use domain::session::Session;
use domain::session::command::{SessionAct, SessionCommand, Start};
use domain::session::error::SessionError;
use domain::session::intake::{Intake, IntakeType};
use event_store::{Committed, ExecuteError};

use crate::world::{World, new_id};

/// Places in [`Msp::people`].
pub(crate) const ADMIN: usize = 1;
pub(crate) const ANNA: usize = 2;
pub(crate) const BEN: usize = 3;
pub(crate) const CLEO: usize = 4;

pub(crate) struct Msp {
    pub(crate) account: AccountId,
    pub(crate) teams: [TeamId; 2],
    pub(crate) people: Vec<Caller>,
}

impl Msp {
    pub(crate) async fn open(world: &World, zone: &str) -> Self {
        let account = AccountId(new_id());
        let teams = [TeamId(new_id()), TeamId(new_id())];
        let [first, second] = teams;
        let people = [
            ("Olga", Role::Owner, vec![]),
            ("Adam", Role::TeamAdmin, vec![first]),
            ("Anna", Role::Engineer, vec![first]),
            ("Ben", Role::Engineer, vec![first]),
            ("Cleo", Role::Engineer, vec![second]),
            ("Dora", Role::Engineer, vec![]),
            ("Eve", Role::Engineer, vec![first, second]),
            ("Ines", Role::Analyst, vec![]),
            ("Sue", Role::SuperAdmin, vec![]),
        ];
        let open =
            AccountAct::Open { name: "Nord IT".into(), time_zone: zone.into(), quotas: Quotas::default() };
        let msp = Self { account, teams, people: Vec::new() };
        msp.change(world, open).await;
        for (team, name) in [(first, "Service desk"), (second, "Projects")] {
            msp.change(world, AccountAct::CreateTeam { team, name: name.into() }).await;
        }
        let mut callers = Vec::new();
        for (name, role, teams) in people {
            let user = UserId(new_id());
            msp.change(world, joining(user, name, role, &teams)).await;
            callers.push(Caller { user, role, teams });
        }
        Self { people: callers, ..msp }
    }

    pub(crate) async fn change(&self, world: &World, act: AccountAct) {
        let command = AccountCommand { by: By::System, act };
        world.tell::<Account>(self.account, self.account.0, command).await.unwrap();
    }

    /// Somebody of this account asks something of a session.
    pub(crate) async fn ask(
        &self,
        world: &World,
        session: SessionId,
        person: usize,
        act: SessionAct,
    ) -> Result<Committed, ExecuteError<SessionError>> {
        let by = By::Member(self.people[person].clone());
        world.tell::<Session>(self.account, session.0, SessionCommand { by, act }).await
    }

    /// FlowPilot tells a session something.
    pub(crate) async fn inform(
        &self,
        world: &World,
        session: SessionId,
        act: SessionAct,
    ) -> Result<Committed, ExecuteError<SessionError>> {
        world.tell::<Session>(self.account, session.0, SessionCommand { by: By::System, act }).await
    }

    /// A person opens a session with these words.
    pub(crate) async fn start(&self, world: &World, person: usize, text: &str) -> SessionId {
        let session = SessionId(new_id());
        let start = Start {
            team: self.people[person].teams.first().copied(),
            intake: Intake {
                kind: IntakeType::FreeText,
                text: Some(text.into()),
                log: None,
                attachments: vec![],
                ticket: None,
                redactions: vec![],
            },
            step_limit: 30,
            request: RequestId(new_id()),
        };
        self.ask(world, session, person, SessionAct::Start(start)).await.unwrap();
        session
    }

    pub(crate) async fn note(&self, world: &World, session: SessionId, person: usize, text: &str) {
        let note = SessionAct::AddNote { step: StepId(new_id()), text: text.into(), redactions: vec![] };
        self.ask(world, session, person, note).await.unwrap();
    }

    pub(crate) async fn target(&self, world: &World, person: usize) -> EscalationTarget {
        let account = world.store.load::<Account>(self.account, self.account.0).await.unwrap();
        account.aggregate.escalation_target(self.people[person].user).unwrap()
    }
}

pub(crate) fn joining(user: UserId, name: &str, role: Role, teams: &[TeamId]) -> AccountAct {
    AccountAct::AddMember(AddMember {
        user,
        display_name: name.to_owned().into(),
        email: format!("{}@nord-it.test", name.to_lowercase()).into(),
        role,
        teams: teams.to_vec(),
    })
}
