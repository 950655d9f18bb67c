//! The simulated MSP: its people, and the starter flows that guide them, which the server loads into every account.

use chrono::{DateTime, Utc};
use cqrs_es::Aggregate;
use cqrs_es::event_sink::EventSink;
use domain::access::{By, Caller, Role};
use domain::account::Account;
use domain::account::command::{AccountAct, AccountCommand, AddMember};
use domain::account::event::Quotas;
use domain::assistant::case::GuidingFlow;
use domain::flow::library::{starter_flow_id, starter_flows};
use domain::id::{AccountId, CommandId, UserId};
use domain::matching::{self, MatchIndex, MatchPolicy, MatchableFlow};
use domain::metadata::Actor;
use domain::problem::ProblemDomain;
use domain::session::event::{ChosenFlow, FlowMatched};
use domain::session::status::Confidence;
use event_store::bulk::Bulk;
use event_store::{CommandContext, EventStore};

use super::chance::Chance;

const PEOPLE: [(&str, Role); 8] = [
    ("Olga Brandt", Role::Owner),
    ("Adam Keller", Role::TeamAdmin),
    ("Anna Schmitt", Role::Engineer),
    ("Ben Okafor", Role::Engineer),
    ("Cleo Martin", Role::Engineer),
    ("Dora Nowak", Role::Engineer),
    ("Emil Larsen", Role::Engineer),
    ("Ines Roth", Role::Analyst),
];
const PUBLISHED: u32 = 1;

/// The account.
pub(super) struct Msp {
    pub(super) account: AccountId,
    pub(super) step_limit: u32,
    /// Those who handle sessions.
    pub(super) engineers: Vec<Caller>,
    index: MatchIndex,
    flows: Vec<MatchableFlow>,
    policy: MatchPolicy,
}

impl Msp {
    /// The account's id.
    pub(super) fn account(chance: &mut Chance, at: DateTime<Utc>) -> AccountId {
        AccountId(chance.id(at))
    }

    /// Opens the account and adds its people.
    pub(super) async fn open(
        store: &EventStore,
        bulk: &mut Bulk,
        account: AccountId,
        chance: &mut Chance,
        at: DateTime<Utc>,
    ) -> anyhow::Result<Self> {
        let quotas = Quotas::default();
        let step_limit = quotas.step_limit;
        let (name, time_zone) = ("Simulated MSP".to_owned(), "Europe/Berlin".to_owned());
        let mut acts = vec![AccountAct::Open { name, time_zone, quotas }];
        let mut engineers = Vec::new();
        for (name, role) in PEOPLE {
            let user = UserId(chance.id(at));
            let email = format!("{}@{account}.example", name.to_lowercase().replace(' ', "."));
            acts.push(AccountAct::AddMember(AddMember {
                user,
                display_name: name.into(),
                email: email.into(),
                role,
                teams: Vec::new(),
            }));
            if role == Role::Engineer {
                engineers.push(Caller { user, role, teams: Vec::new() });
            }
        }
        let (mut aggregate, mut version) = (Account::default(), 0);
        for act in acts {
            let sink = EventSink::default();
            aggregate.handle(AccountCommand { by: By::System, act }, &(), &sink).await?;
            let events = sink.collect().await;
            let command = CommandId(chance.id(at));
            let context = CommandContext::new(account, Actor::System, command, [0; 32]);
            let (sealed, _) = store.seal::<Account>(account.0, version, &events, &context, at).await?;
            version += events.len() as u64;
            bulk.add(sealed).await?;
        }
        let flows: Vec<MatchableFlow> = starter_flows()
            .iter()
            .map(|flow| MatchableFlow {
                flow: starter_flow_id(account, &flow.slug),
                version: PUBLISHED,
                head: flow.head.clone(),
                nodes: flow.nodes.clone(),
            })
            .collect();
        let index = MatchIndex::build(&flows);
        Ok(Self { account, step_limit, engineers, index, flows, policy: MatchPolicy::default() })
    }

    /// What an intake matches, and the flow to follow if one clearly leads.
    pub(super) fn find(&self, text: &str, domain: ProblemDomain) -> FlowMatched {
        let candidates = self.index.rank(text, Some(domain), &self.policy);
        let clear = matching::close(&candidates, &self.policy).is_empty();
        let chosen = matching::choose(&candidates, &self.policy).filter(|_| clear);
        FlowMatched { candidates, chosen, policy_version: self.policy.version, declined: false }
    }

    /// The flow that guides, if one was chosen; and those that matched nearly as well.
    pub(super) fn guiding(&self, matched: &FlowMatched) -> (Option<GuidingFlow>, Vec<GuidingFlow>) {
        let close = matching::close(&matched.candidates, &self.policy)
            .iter()
            .map(|candidate| ChosenFlow {
                flow: candidate.flow,
                version: candidate.version,
                score: Confidence::new(candidate.score),
            })
            .filter_map(|chosen| self.flow(&chosen));
        (matched.chosen.as_ref().and_then(|chosen| self.flow(chosen)), close.collect())
    }

    fn flow(&self, chosen: &ChosenFlow) -> Option<GuidingFlow> {
        let found = self.flows.iter().find(|flow| flow.flow == chosen.flow)?;
        Some(GuidingFlow {
            flow: found.flow,
            version: found.version,
            score: chosen.score,
            head: found.head.clone(),
            nodes: found.nodes.clone(),
        })
    }
}
