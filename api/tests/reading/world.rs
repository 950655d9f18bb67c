//! An account with its people and one flow, on a database of its own, and the program that shows them.

use std::sync::Arc;
use std::time::Duration;

use api::app::{App, Settings};
use api::auth::token::Secret;
use api::auth::{Gate, Identity};
use api::gaps::Gaps;
use api::graphql::schema;
use api::graphql::served::Served;
use api::guide::Guide;
use api::live_sessions::LiveSessions;
use api::matching::Matching;
use api::rates::{RateSettings, Rates};
use async_graphql::{Executor as _, Request, Variables};
use chrono::TimeDelta;
use domain::access::{By, Caller, Role};
use domain::account::Account;
use domain::account::command::{AccountAct, AccountCommand, AddMember};
use domain::account::event::Quotas;
use domain::clock::{Clock as _, SystemClock};
use domain::flow::Flow;
use domain::flow::command::{FlowAct, FlowCommand, NewFlow};
use domain::flow::event::FlowOrigin;
use domain::flow::library::{LibraryFlow, starter_flows};
use domain::id::{
    AccountId, CommandId, FlowId, IdSource as _, RequestId, SessionId, StepId, SystemIds, TeamId, UserId,
};
use domain::metadata::Actor;
use domain::problem::{Classification, ProblemDomain, Urgency};
use domain::recorded_event::Position;
use domain::session::Session;
use domain::session::answer::GivenAnswer;
use domain::session::command::{AnswerStep, DraftStep, SessionAct, SessionCommand, Start, StepText};
use domain::session::event::{ChosenFlow, FlowMatched, IntakeClassified, MatchCandidate};
use domain::session::intake::{Intake, IntakeType};
use domain::session::status::Confidence;
use domain::session::step::{FlowNodeRef, MadeBy, StepContent, StepOption, Tokens};
use event_store::testing::{TestDatabase, database};
use event_store::{CommandContext, Committed, EventStore, LogFeed, MasterKey};
use futures_util::StreamExt as _;
use futures_util::stream::BoxStream;
use integrations::embedding::embedders::Embedders;
use integrations::files::Files;
use moka::sync::Cache;
use projections::checkpoint::{LEASE, Node};
use projections::freshness::Freshness;
use projections::runner::{self, Engine};
use serde_json::Value;
use tempfile::TempDir;
use tokio::sync::{Notify, Semaphore};
use tokio_util::sync::{CancellationToken, DropGuard};

/// What was said at first; the classification says it in other words.
pub(crate) const INTAKE: &str = "Locked out again since she changed her password, every twenty minutes.";

pub(crate) struct World {
    pub(crate) app: Arc<App>,
    served: Served,
    account: AccountId,
    pub(crate) team: TeamId,
    pub(crate) engineer: Caller,
    /// Of the engineer's team.
    pub(crate) colleague: Caller,
    /// Of another team.
    pub(crate) stranger: Caller,
    pub(crate) admin: Caller,
    pub(crate) analyst: Caller,
    pub(crate) flow: FlowId,
    _stop: DropGuard,
    _database: TestDatabase,
    _folder: TempDir,
}

impl World {
    pub(crate) async fn new() -> Self {
        let database = database().await;
        let pool = database.pool();
        let clock = Arc::new(SystemClock);
        let store = EventStore::new(pool.clone(), MasterKey::generate(), clock.clone());
        let stop = CancellationToken::new();
        let feed = LogFeed::start(&store, stop.clone());
        let freshness = Freshness::new(pool.clone());
        let engine = Engine {
            pool: pool.clone(),
            feed: feed.clone(),
            freshness: freshness.clone(),
            work: Arc::new(Notify::new()),
            node: Node { id: SystemIds.next(), lease: LEASE },
        };
        for projection in projections::all() {
            tokio::spawn(runner::run(engine.clone(), projection, stop.clone()));
        }
        let secret = Secret { bytes: vec![7; 32], issuer: String::new(), audience: String::new() };
        let folder = tempfile::tempdir().unwrap();
        let settings = Settings {
            step_wait: Duration::ZERO,
            freshness_wait: Duration::from_secs(30),
            diagnose_workers: 1,
            rates: RateSettings::default(),
            files: Files::in_folder(folder.path()).unwrap(),
        };
        let app = Arc::new(App {
            gate: Gate::new(secret.into(), pool.clone()),
            background: pool.clone(),
            pool,
            store,
            feed,
            freshness: freshness.clone(),
            clock,
            ids: Arc::new(SystemIds),
            guide: Guide::Playbook,
            gaps: Gaps::new(Embedders::default(), freshness),
            matching: Matching::new(Embedders::default()),
            versions: Cache::new(10),
            live: LiveSessions::default(),
            rates: Rates::new(settings.rates),
            searches: Arc::new(Semaphore::new(1)),
            settings,
            stop: stop.clone(),
        });
        let (team, other) = (TeamId(SystemIds.next()), TeamId(SystemIds.next()));
        let person =
            |role, teams: &[TeamId]| Caller { user: UserId(SystemIds.next()), role, teams: teams.to_vec() };
        let world = Self {
            served: Served::new(schema::build(), app.clone()),
            app,
            account: AccountId(SystemIds.next()),
            team,
            engineer: person(Role::Engineer, &[team]),
            colleague: person(Role::Engineer, &[team]),
            stranger: person(Role::Engineer, &[other]),
            admin: person(Role::TeamAdmin, &[team]),
            analyst: person(Role::Analyst, &[]),
            flow: FlowId(SystemIds.next()),
            _stop: stop.drop_guard(),
            _database: database,
            _folder: folder,
        };
        world.open(other).await;
        world
    }

    /// The account, its teams and people, and its flow.
    async fn open(&self, other: TeamId) {
        let open = AccountAct::Open {
            name: "Acme".to_owned(),
            time_zone: "Europe/Berlin".to_owned(),
            quotas: Quotas::default(),
        };
        self.of_account(open).await;
        for (team, name) in [(self.team, "Desk"), (other, "Field")] {
            self.of_account(AccountAct::CreateTeam { team, name: name.to_owned() }).await;
        }
        for (caller, name) in [
            (&self.engineer, "Ada Engineer"),
            (&self.colleague, "Cleo Colleague"),
            (&self.stranger, "Sam Stranger"),
            (&self.admin, "Ann Admin"),
            (&self.analyst, "Al Analyst"),
        ] {
            let email = format!("{}@acme.example", name.replace(' ', ".").to_lowercase());
            let member = AddMember {
                user: caller.user,
                display_name: name.into(),
                email: email.into(),
                role: caller.role,
                teams: caller.teams.clone(),
            };
            self.of_account(AccountAct::AddMember(member)).await;
        }
        let LibraryFlow { head, nodes, .. } = lockouts().clone();
        let act = FlowAct::CreateAndPublish(NewFlow {
            head,
            nodes,
            origin: FlowOrigin::Starter,
            from_proposal: None,
        });
        let command = FlowCommand { by: By::System, act };
        self.app.store.execute::<Flow>(self.flow.0, command, self.context()).await.unwrap();
    }

    async fn of_account(&self, act: AccountAct) {
        let command = AccountCommand { by: By::System, act };
        self.app.store.execute::<Account>(self.account.0, command, self.context()).await.unwrap();
    }

    fn context(&self) -> CommandContext {
        CommandContext::new(self.account, Actor::System, CommandId(SystemIds.next()), [0; 32])
    }

    /// Something happens in a session.
    pub(crate) async fn act(&self, session: SessionId, by: By, act: SessionAct) -> Committed {
        let command = SessionCommand { by, act };
        self.app.store.execute::<Session>(session.0, command, self.context()).await.unwrap()
    }

    /// A session of the engineer: its first step is asked for (versions 1 and 2).
    pub(crate) async fn start(&self) -> (SessionId, RequestId) {
        let (session, request) = (SessionId(SystemIds.next()), RequestId(SystemIds.next()));
        let intake = Intake {
            kind: IntakeType::FreeText,
            text: Some(INTAKE.into()),
            log: None,
            attachments: Vec::new(),
            ticket: None,
            redactions: Vec::new(),
        };
        let start = Start { team: None, intake, step_limit: 30, request };
        self.act(session, By::Member(self.engineer.clone()), SessionAct::Start(start)).await;
        (session, request)
    }

    /// The same, understood, matched, and asked a first question that was answered: `(session, the question)`.
    pub(crate) async fn diagnosed(&self) -> (SessionId, StepId) {
        let (session, request) = self.start().await;
        let question = StepId(SystemIds.next());
        self.act(session, By::System, SessionAct::RecordClassification(classified())).await;
        self.act(session, By::System, self.matched()).await;
        self.act(session, By::System, self.question(request, question)).await;
        let answer = AnswerStep {
            step: question,
            answer: GivenAnswer::Option("phone".to_owned()),
            redactions: Vec::new(),
            next_request: RequestId(SystemIds.next()),
        };
        self.act(session, By::Member(self.engineer.clone()), SessionAct::AnswerStep(answer)).await;
        (session, question)
    }

    fn matched(&self) -> SessionAct {
        let candidate = MatchCandidate {
            flow: self.flow,
            version: 1,
            name: lockouts().head.name.clone(),
            score: 0.9,
            semantic: None,
            keyword: Some(0.7),
            recency: None,
            same_domain: true,
            reason: "Shares “locked out”.".into(),
        };
        let chosen = ChosenFlow { flow: self.flow, version: 1, score: Confidence::new(0.9) };
        SessionAct::RecordMatch {
            matched: FlowMatched {
                candidates: vec![candidate],
                chosen: Some(chosen),
                policy_version: 1,
                declined: false,
            },
            analysis: Some(StepText {
                step: StepId(SystemIds.next()),
                text: "Looks like a stored password.".into(),
            }),
        }
    }

    fn question(&self, request: RequestId, id: StepId) -> SessionAct {
        let option = |label: &str, value: &str| StepOption {
            label: label.into(),
            value: value.into(),
            followup_hint: None,
            leads_to: None,
        };
        let content = StepContent::Question {
            text: "Where does the bad password come from?".into(),
            context_message: Some("The event log names the machine.".into()),
            options: vec![option("Her phone", "phone"), option("A server", "server")],
            allow_free_text: true,
            allow_skip: false,
        };
        let node = lockouts().nodes[0].id.clone();
        let step = DraftStep {
            id,
            content,
            confidence: Confidence::new(0.9),
            flow_node: Some(FlowNodeRef { flow: self.flow, version: 1, node }),
            made_by: MadeBy::Playbook,
            tokens: Tokens::default(),
            reasoning: Some("secret reasoning".into()),
        };
        SessionAct::PresentStep { request, step }
    }

    /// Where the log ends now: whoever reads from here on sees all of it.
    async fn end_of_log(&self) -> Position {
        let log = self.app.store.log();
        log.last_event(log.ceiling().await.unwrap()).await.unwrap()
    }

    async fn request(&self, who: &Caller, query: &str, variables: Value) -> Request {
        let until = SystemClock.now() + TimeDelta::hours(1);
        let identity = Identity { account: self.account, caller: who.clone(), until };
        let request = Request::new(query).variables(Variables::from_json(variables));
        self.served.prepare(request, &identity, Some(self.end_of_log().await))
    }

    /// What a query gives, all that was recorded before included: `data` and the codes of `errors`.
    pub(crate) async fn ask(&self, who: &Caller, query: &str, variables: Value) -> (Value, Vec<String>) {
        let request = self.request(who, query, variables).await;
        answer(self.served.execute(request).await)
    }

    /// The same without errors.
    pub(crate) async fn read(&self, who: &Caller, query: &str, variables: Value) -> Value {
        let (data, errors) = self.ask(who, query, variables).await;
        assert_eq!(errors, Vec::<String>::new(), "{data}");
        data
    }

    /// A subscription's items.
    pub(crate) async fn listen(
        &self,
        who: &Caller,
        query: &str,
        variables: Value,
    ) -> BoxStream<'static, (Value, Vec<String>)> {
        let request = self.request(who, query, variables).await;
        self.served.execute_stream(request, None).map(answer).boxed()
    }
}

/// The library's flow about locked accounts.
pub(crate) fn lockouts() -> &'static LibraryFlow {
    starter_flows().iter().find(|flow| flow.slug.contains("lockout")).unwrap()
}

fn classified() -> IntakeClassified {
    IntakeClassified {
        classification: Classification {
            summary: "Account locked out after a password change".into(),
            domain: ProblemDomain::ActiveDirectory,
            key_symptoms: vec!["locked every 20 minutes".to_owned()].into(),
            urgency: Urgency::High,
        },
        fallback: false,
        made_by: MadeBy::Playbook,
        tokens: Tokens::default(),
    }
}

fn answer(response: async_graphql::Response) -> (Value, Vec<String>) {
    let code = |error: &async_graphql::ServerError| {
        error
            .extensions
            .as_ref()
            .and_then(|values| values.get("code"))
            .map(|code| code.to_string().replace('"', ""))
    };
    let codes = response.errors.iter().map(|error| code(error).unwrap_or_default()).collect();
    (response.data.into_json().unwrap(), codes)
}
