//! A database with a short history, and the program run on it.

use std::process::{Command, Output, Stdio};
use std::sync::Arc;

use domain::access::{By, Caller, Role};
use domain::clock::SystemClock;
use domain::id::{AccountId, CommandId, IdSource, RequestId, SessionId, StepId, SystemIds, UserId};
use domain::metadata::Actor;
use domain::recorded_event::{Position, RecordedEvent};
use domain::session::Session;
use domain::session::command::{SessionAct, SessionCommand, Start};
use domain::session::intake::{Intake, IntakeType};
use event_store::testing::{TestDatabase, database};
use event_store::{CommandContext, Committed, EventStore, MasterKey, transaction};
use serde_json::Value;
use sqlx::postgres::PgConnectOptions;
use sqlx::{ConnectOptions, PgPool};

const KEY: &str = "a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7";

pub(crate) struct World {
    pub(crate) pool: PgPool,
    pub(crate) store: EventStore,
    pub(crate) account: AccountId,
    pub(crate) anna: Caller,
    url: String,
    pub(crate) database: TestDatabase,
}

impl World {
    /// Every table, no event.
    pub(crate) async fn new() -> Self {
        let database = database().await;
        let pool = database.pool();
        Self {
            store: EventStore::new(pool.clone(), MasterKey::parse(KEY).unwrap(), Arc::new(SystemClock)),
            pool,
            account: AccountId(SystemIds.next()),
            anna: Caller { user: UserId(SystemIds.next()), role: Role::Engineer, teams: vec![] },
            url: database.connect_options().to_url_lossy().to_string(),
            database,
        }
    }

    /// The same database, where the account and the people of another world act.
    pub(crate) fn with_people_of(self, other: &Self) -> Self {
        Self { account: other.account, anna: other.anna.clone(), ..self }
    }

    /// The same people and account, where the database is now.
    pub(crate) fn moved_to(self, database: PgConnectOptions) -> Self {
        let url = database.to_url_lossy().to_string();
        let pool = event_store::connections(8).connect_lazy_with(database);
        let store = EventStore::new(pool.clone(), MasterKey::parse(KEY).unwrap(), Arc::new(SystemClock));
        Self { pool, store, url, ..self }
    }

    /// Runs the program on it.
    pub(crate) fn run(&self, arguments: &[&str]) -> Ran {
        Ran::of(self.command(arguments).stdin(Stdio::null()).output().unwrap())
    }

    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = program(arguments);
        command.env("DATABASE_URL", &self.url).env("FLOWPILOT_MASTER_KEY", KEY);
        command
    }

    /// Starts a session with this text: two events.
    pub(crate) async fn start(&self, text: &str) -> SessionId {
        let session = SessionId(SystemIds.next());
        let intake = Intake {
            kind: IntakeType::FreeText,
            text: Some(text.into()),
            log: None,
            attachments: vec![],
            ticket: None,
            redactions: vec![],
        };
        let request = RequestId(SystemIds.next());
        self.ask(session, SessionAct::Start(Start { team: None, intake, step_limit: 30, request })).await;
        session
    }

    pub(crate) async fn note(&self, session: SessionId, text: &str) -> Committed {
        let step = StepId(SystemIds.next());
        self.ask(session, SessionAct::AddNote { step, text: text.into(), redactions: vec![] }).await
    }

    /// Anna asks something of a session.
    pub(crate) async fn ask(&self, session: SessionId, act: SessionAct) -> Committed {
        self.ask_as(&self.anna, session, act).await
    }

    /// Somebody asks something of a session.
    pub(crate) async fn ask_as(&self, who: &Caller, session: SessionId, act: SessionAct) -> Committed {
        let (command, actor) = (CommandId(SystemIds.next()), Actor::User(who.user));
        let context = CommandContext::new(self.account, actor, command, [7; 32]);
        let command = SessionCommand { by: By::Member(who.clone()), act };
        self.store.execute::<Session>(session.0, command, context).await.unwrap()
    }

    /// Folds the whole log into every read model, as a server would have; gives the events.
    pub(crate) async fn serve(&self) -> Vec<Arc<RecordedEvent>> {
        let page = self.store.log().page(Position::START, 10_000, &[]).await.unwrap();
        let events: Vec<Arc<RecordedEvent>> = page.events.into_iter().map(Arc::new).collect();
        for projection in projections::all() {
            let taken: Vec<_> =
                events.iter().filter(|event| projection.takes(&event.event_type)).cloned().collect();
            let mut transaction = transaction::begin(&self.pool).await.unwrap();
            projection.apply(&mut transaction, &taken, &mut Vec::new()).await.unwrap();
            sqlx::query(
                "INSERT INTO projection_checkpoints (name, version, position, epoch) VALUES ($1, 1, $2, 1)",
            )
            .bind(projection.name())
            .bind(page.up_to.0)
            .execute(&mut *transaction)
            .await
            .unwrap();
            transaction.commit().await.unwrap();
        }
        events
    }
}

/// The program with nothing of the environment that would lead it to a database.
pub(crate) fn program(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_flowpilot-replay"));
    for name in ["DATABASE_URL", "FLOWPILOT_MASTER_KEY", "FLOWPILOT_MASTER_KEY_FILE", "FLOWPILOT_DATA_DIR"] {
        command.env_remove(name);
    }
    command.args(arguments);
    command
}

/// What came of a run.
pub(crate) struct Ran {
    pub(crate) code: i32,
    pub(crate) said: String,
    pub(crate) complained: String,
}

impl Ran {
    pub(crate) fn of(output: Output) -> Self {
        Self {
            code: output.status.code().unwrap(),
            said: String::from_utf8(output.stdout).unwrap(),
            complained: String::from_utf8(output.stderr).unwrap(),
        }
    }

    /// It went well.
    pub(crate) fn well(self) -> Self {
        assert_eq!(self.code, 0, "{}", self.complained);
        self
    }

    /// Its output as JSON lines.
    pub(crate) fn lines(&self) -> Vec<Value> {
        self.said.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }
}
