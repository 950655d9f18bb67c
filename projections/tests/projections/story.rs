//! Random histories: several accounts, teams and sessions, and everything that can happen to them, as moves of four bytes
//! each. A move that the rules forbid at that moment changes nothing.

mod acts;
mod contents;
mod learning;

use chrono::TimeDelta;
use domain::access::{By, Role};
use domain::account::business_hours::BusinessHoursChange;
use domain::account::command::{AccountAct, Configure};
use domain::flow::Flow;
use domain::flow::command::{DraftChange, FlowAct, FlowCommand, NewFlow};
use domain::flow::event::{FlowHead, FlowKind, FlowOrigin};
use domain::flow::library::starter_flows;
use domain::id::{FlowId, ProposalId, RequestId, SessionId, TeamId, TemplateId, UserId};
use domain::problem::ProblemDomain;
use domain::script::command::ScriptTemplateAct;
use domain::session::Session;
use domain::session::command::{SessionAct, SessionCommand, Start};
use event_store::ExecuteError;

use crate::msp::{Msp, joining};
use crate::script_templates as templates;
use crate::world::{World, new_id};

pub(crate) type Move = [u8; 4];

/// What a move can be; the likelier ones stand here more often.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Start,
    Ticket,
    Classify,
    Match,
    Present,
    Fail,
    PresentLate,
    Answer,
    Retry,
    Note,
    Link,
    Script,
    Pause,
    Resume,
    Escalate,
    Enrich,
    PickUp,
    Recall,
    Expire,
    Release,
    HandOff,
    Resolve,
    Reopen,
    Abandon,
    Rate,
    Redact,
    CreateFlow,
    SaveDraft,
    Publish,
    Retire,
    Team,
    Member,
    Template,
    Learn,
}

use Kind::*;

const KINDS: [Kind; 50] = [
    Start,
    Start,
    Start,
    Ticket,
    Classify,
    Classify,
    Match,
    Match,
    Present,
    Present,
    Present,
    Present,
    Present,
    Fail,
    PresentLate,
    Answer,
    Answer,
    Answer,
    Answer,
    Answer,
    Retry,
    Note,
    Link,
    Script,
    Pause,
    Resume,
    Escalate,
    Escalate,
    Enrich,
    PickUp,
    PickUp,
    Recall,
    Expire,
    Release,
    HandOff,
    Resolve,
    Reopen,
    Abandon,
    Rate,
    Redact,
    CreateFlow,
    SaveDraft,
    Publish,
    Retire,
    Team,
    Member,
    Template,
    Learn,
    Learn,
    Learn,
];

/// A move of this kind.
pub(crate) fn a(kind: Kind, place: u8, who: u8, detail: u8) -> Move {
    let kind = KINDS.iter().position(|it| *it == kind).and_then(|at| u8::try_from(at).ok());
    [kind.unwrap(), place, who, detail]
}

pub(crate) struct Story<'a> {
    world: &'a World,
    pub(crate) msps: Vec<Msp>,
    /// With the place of its account.
    pub(crate) sessions: Vec<(usize, SessionId)>,
    flows: Vec<(usize, FlowId)>,
    templates: Vec<(usize, TemplateId)>,
    proposals: Vec<(usize, ProposalId)>,
}

impl<'a> Story<'a> {
    /// Nothing has happened yet.
    pub(crate) fn of(world: &'a World, msps: Vec<Msp>) -> Self {
        Self {
            world,
            msps,
            sessions: Vec::new(),
            flows: Vec::new(),
            templates: Vec::new(),
            proposals: Vec::new(),
        }
    }

    /// Two accounts, and in the first one a session and a flow.
    pub(crate) async fn begin(world: &'a World) -> Self {
        let msps = vec![Msp::open(world, "Europe/Berlin").await, Msp::open(world, "Australia/Sydney").await];
        let mut story = Self::of(world, msps);
        story.play(a(Start, 0, 2, 1)).await;
        story.play(a(CreateFlow, 0, 0, 0)).await;
        story
    }

    pub(crate) async fn play(&mut self, [kind, place, who, detail]: Move) {
        // Some moves fall into the same instant.
        self.world.clock.advance(TimeDelta::minutes(i64::from(detail % 4) * 13));
        match KINDS[usize::from(kind) % KINDS.len()] {
            Start => self.start(place, who, detail).await,
            CreateFlow => self.create_flow(place, detail).await,
            SaveDraft => self.change_flow(place, FlowAct::SaveDraft(draft_change(detail))).await,
            Publish => self.change_flow(place, FlowAct::Publish).await,
            Retire if detail % 4 == 0 => self.change_flow(place, FlowAct::Retire).await,
            Retire => {}
            Template => self.change_template(place, detail).await,
            Learn => self.learn(place, who, detail).await,
            Team => self.change_teams(place, detail).await,
            Member => self.change_members(place, who, detail).await,
            kind => self.in_session(kind, place, who, detail).await,
        }
    }

    /// A new team is given a context, and the account is set otherwise.
    async fn change_teams(&self, place: u8, detail: u8) {
        let (team, msp) = (TeamId(new_id()), self.msp(place));
        let context = detail.is_multiple_of(2).then(|| format!("Hosts of {team} begin with N.").into());
        let zone = ["Europe/Berlin", "Asia/Tokyo"][usize::from(detail) % 2];
        for act in [
            AccountAct::CreateTeam { team, name: team.to_string() },
            AccountAct::ConfigureTeam { team, name: Some(format!("Team {team}")), context },
            AccountAct::Configure(Configure {
                time_zone: Some(zone.to_owned()),
                business_hours: BusinessHoursChange {
                    days: Some(vec![1, i64::from(detail % 7) + 1]),
                    start: Some("08:00".to_owned()),
                    end: Some("17:30".to_owned()),
                },
                idle_hours: Some(i64::from(detail) + 1),
                ..Configure::default()
            }),
        ] {
            msp.change(self.world, act).await;
        }
    }

    /// Somebody joins, is given another role, and may leave.
    async fn change_members(&self, place: u8, who: u8, detail: u8) {
        let (user, msp) = (UserId(new_id()), self.msp(place));
        let role = msp.people[usize::from(who) % msp.people.len()].role;
        msp.change(self.world, joining(user, &user.to_string(), role, &msp.teams[..1])).await;
        let teams = Some(msp.teams[1..].to_vec());
        msp.change(self.world, AccountAct::ChangeRole { user, role: Role::Analyst, teams }).await;
        if detail.is_multiple_of(2) {
            msp.change(self.world, AccountAct::RemoveMember { user }).await;
        }
    }

    fn msp(&self, place: u8) -> &Msp {
        &self.msps[usize::from(place) % self.msps.len()]
    }

    async fn start(&mut self, place: u8, who: u8, detail: u8) {
        let at = usize::from(place) % self.msps.len();
        let msp = &self.msps[at];
        let person = &msp.people[usize::from(who) % msp.people.len()];
        let session = SessionId(new_id());
        let start = SessionAct::Start(Start {
            team: person.teams.first().copied(),
            intake: contents::intake(detail),
            step_limit: if detail.is_multiple_of(3) { 2 } else { 30 },
            request: RequestId(new_id()),
        });
        let command = SessionCommand { by: By::Member(person.clone()), act: start };
        if allowed(&self.world.tell::<Session>(msp.account, session.0, command).await) {
            self.sessions.push((at, session));
        }
    }

    async fn in_session(&self, kind: Kind, place: u8, who: u8, detail: u8) {
        let (at, session) = self.sessions[usize::from(place) % self.sessions.len()];
        let msp = &self.msps[at];
        let view = self.world.view(msp.account, session).await;
        if let Some(command) = acts::act(self.world, msp, &view, kind, who, detail).await {
            allowed(&self.world.tell::<Session>(msp.account, session.0, command).await);
        }
    }

    async fn create_flow(&mut self, place: u8, detail: u8) {
        let at = usize::from(place) % self.msps.len();
        let known = &starter_flows()[usize::from(detail) % starter_flows().len()];
        let domain = Some(ProblemDomain::ALL[usize::from(detail) % 12]);
        let head = FlowHead { domain, ..known.head.clone() };
        let nodes = if detail % 5 == 4 { vec![] } else { known.nodes.clone() };
        let new = NewFlow { head, nodes, origin: FlowOrigin::Manual, from_proposal: None };
        let act = match detail % 3 {
            0 => FlowAct::CreateAndPublish(NewFlow { origin: FlowOrigin::Starter, ..new }),
            1 => {
                let head = FlowHead { kind: FlowKind::Procedure, ..new.head.clone() };
                FlowAct::Create(NewFlow { head, ..new })
            }
            _ => FlowAct::Create(new),
        };
        let flow = FlowId(new_id());
        let command = FlowCommand { by: By::System, act };
        if allowed(&self.world.tell::<Flow>(self.msps[at].account, flow.0, command).await) {
            self.flows.push((at, flow));
        }
    }

    /// A first version, a next one, a generation, a deactivation.
    async fn change_template(&mut self, place: u8, detail: u8) {
        let at = usize::from(place) % self.msps.len();
        if detail.is_multiple_of(4) || self.templates.is_empty() {
            self.templates.push((at, TemplateId(new_id())));
            let content = templates::content(&format!("Template {detail}"), None);
            let (at, id) = self.templates[self.templates.len() - 1];
            templates::tell(self.world, &self.msps[at], id, ScriptTemplateAct::Publish(content)).await;
            return;
        }
        let (at, id) = self.templates[usize::from(detail) % self.templates.len()];
        let team = detail.is_multiple_of(3).then_some(self.msps[at].teams[0]);
        let content = templates::content(&format!("Template {detail}"), team);
        let act = match detail % 4 {
            1 => ScriptTemplateAct::PublishAgain(content),
            2 => templates::generation(self.msps[at].account, content),
            _ => ScriptTemplateAct::Deactivate,
        };
        templates::tell(self.world, &self.msps[at], id, act).await;
    }

    async fn change_flow(&self, place: u8, act: FlowAct) {
        let (at, flow) = self.flows[usize::from(place) % self.flows.len()];
        let command = FlowCommand { by: By::System, act };
        allowed(&self.world.tell::<Flow>(self.msps[at].account, flow.0, command).await);
    }
}

fn draft_change(detail: u8) -> DraftChange {
    DraftChange {
        name: Some(format!("Draft {detail}")),
        domain: detail.is_multiple_of(2).then_some(ProblemDomain::Email),
        keywords: Some(vec![format!("word {detail}")]),
        ..DraftChange::default()
    }
}

/// Whether it was done; a refusal by the rules is as good.
fn allowed<T, E: std::fmt::Debug>(told: &Result<T, ExecuteError<E>>) -> bool {
    match told {
        Ok(_) => true,
        Err(ExecuteError::Domain(_)) => false,
        Err(error) => panic!("{error:?}"),
    }
}
