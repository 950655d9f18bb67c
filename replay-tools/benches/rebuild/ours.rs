//! What this program does with a history, each in seconds.

use std::io::{BufWriter, Write};
use std::sync::Arc;
use std::time::{Duration, Instant};

use domain::access::{By, Caller, Role};
use domain::id::{AccountId, CommandId, IdSource, RequestId, SessionId, StepId, SystemIds, UserId};
use domain::metadata::Actor;
use domain::recorded_event::Position;
use domain::session::Session;
use domain::session::command::{SessionAct, SessionCommand, Start};
use domain::session::event::SessionEvent;
use domain::session::intake::{Intake, IntakeType};
use domain::session::view::SessionView;
use event_store::archive::Export;
use event_store::{CommandContext, LogFeed, Until};
use projections::checkpoint::{self, LEASE, Node};
use projections::freshness::Freshness;
use projections::projection::Projection;
use projections::rebuild::{State, Wanted};
use projections::runner::{self, Engine};
use projections::{rebuild, sharing};
use sqlx::PgPool;
use tokio::sync::Notify;
use tokio::task::JoinSet;
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;

use crate::history::History;
use crate::memory;

const PAGE: usize = 1000;
/// How often it is looked whether something has come to its end.
const LOOK: Duration = Duration::from_millis(10);
/// The session that is folded for time travel has so many events.
const LONG: u64 = 100;
const FOLDS: usize = 100;

/// Reads the whole log in order, and decodes what happened to sessions.
pub(crate) async fn read_and_decode(history: &History) -> f64 {
    let (started, log) = (Instant::now(), history.store.log());
    let (ceiling, mut at) = (log.ceiling().await.unwrap(), Position::START);
    while at < ceiling {
        let page = log.page_upto(at, ceiling, PAGE, &[]).await.unwrap();
        for event in page.events.iter().filter(|event| event.aggregate_type == "session") {
            std::hint::black_box(event.decode::<SessionEvent>().unwrap());
        }
        at = page.up_to;
    }
    started.elapsed().as_secs_f64()
}

/// Lets a projection follow the whole log, in order.
pub(crate) async fn follow_live(pool: &PgPool, history: &History, projection: &Arc<dyn Projection>) -> f64 {
    let last = last(history).await;
    let started = Instant::now();
    let running = Running::start(pool, history, |engine, stop| runner::run(engine, projection.clone(), stop));
    while checkpoint::of(pool, projection.name()).await.unwrap().unwrap_or_default() < last {
        sleep(LOOK).await;
    }
    let took = started.elapsed().as_secs_f64();
    running.stop().await;
    took
}

/// Builds a projection anew, from asking until the new rows serve; and the most memory meanwhile, in megabytes.
pub(crate) async fn rebuild(
    pool: &PgPool,
    history: &History,
    projection: &Arc<dyn Projection>,
) -> (f64, Option<u64>) {
    let last = last(history).await;
    let known = memory::forget_peak();
    let started = Instant::now();
    let wanted = Wanted { strict: true, by: None };
    assert!(rebuild::request(pool, &**projection, last, wanted).await.unwrap());
    let running =
        Running::start(pool, history, |engine, stop| rebuild::run(engine, vec![projection.clone()], stop));
    let done = loop {
        let rebuild = rebuild::of(pool, projection.name()).await.unwrap().unwrap();
        match rebuild.state {
            State::Running => sleep(LOOK).await,
            State::Done => break started.elapsed().as_secs_f64(),
            State::Cancelled | State::Failed => panic!("{rebuild:?}"),
        }
    };
    let peak = memory::peak().filter(|_| known);
    running.stop().await;
    (done, peak)
}

/// Exports the whole log into a file.
pub(crate) async fn export(pool: &PgPool) -> f64 {
    let started = Instant::now();
    let mut out = BufWriter::new(tempfile::tempfile().unwrap());
    let mut export = Export::begin(pool, Position::START).await.unwrap();
    while let Some(lines) = export.next().await.unwrap() {
        out.write_all(&lines).unwrap();
    }
    out.flush().unwrap();
    started.elapsed().as_secs_f64()
}

/// A session of a hundred events as it stands, as time travel folds it: in the middle and at most, in milliseconds.
pub(crate) async fn state_at(history: &History) -> (f64, f64) {
    let (account, session) = long_session(history).await;
    let mut took = Vec::new();
    for _ in 0..FOLDS {
        let started = Instant::now();
        let events =
            history.store.log().stream_of(account, "session", session.0, Until::Version(LONG)).await.unwrap();
        let view = SessionView::fold(&events).unwrap().unwrap();
        assert_eq!(view.version, LONG);
        took.push(started.elapsed().as_secs_f64() * 1_000.0);
    }
    took.sort_unstable_by(f64::total_cmp);
    (took[FOLDS / 2], took[FOLDS - 1])
}

/// A session with at least so many events, most of them notes.
async fn long_session(history: &History) -> (AccountId, SessionId) {
    let (account, session) = (AccountId(SystemIds.next()), SessionId(SystemIds.next()));
    let anna = Caller { user: UserId(SystemIds.next()), role: Role::Engineer, teams: vec![] };
    let ask = async |act: SessionAct| {
        let context =
            CommandContext::new(account, Actor::User(anna.user), CommandId(SystemIds.next()), [7; 32]);
        let command = SessionCommand { by: By::Member(anna.clone()), act };
        history.store.execute::<Session>(session.0, command, context).await.unwrap();
    };
    let text = Some("Slow logon on every computer since the move".into());
    let (kind, attachments, redactions) = (IntakeType::FreeText, vec![], vec![]);
    let intake = Intake { kind, text, log: None, attachments, ticket: None, redactions };
    ask(SessionAct::Start(Start {
        team: None,
        intake,
        step_limit: 30,
        request: RequestId(SystemIds.next()),
    }))
    .await;
    for _ in 0..LONG {
        let text = "Tried again after a restart of the router, and it was the same.".into();
        ask(SessionAct::AddNote { step: StepId(SystemIds.next()), text, redactions: vec![] }).await;
    }
    (account, session)
}

async fn last(history: &History) -> Position {
    let log = history.store.log();
    log.last_event(log.ceiling().await.unwrap()).await.unwrap()
}

/// One of a server's tasks, with what it needs around it.
struct Running {
    tasks: JoinSet<()>,
    stop: CancellationToken,
    stop_feed: CancellationToken,
}

impl Running {
    fn start<F>(pool: &PgPool, history: &History, task: impl FnOnce(Engine, CancellationToken) -> F) -> Self
    where
        F: Future<Output = ()> + Send + 'static,
    {
        let (stop, stop_feed) = (CancellationToken::new(), CancellationToken::new());
        let engine = Engine {
            pool: pool.clone(),
            feed: LogFeed::start(&history.store, stop_feed.clone()),
            freshness: Freshness::new(pool.clone()),
            work: Arc::new(Notify::new()),
            node: Node { id: SystemIds.next(), lease: LEASE },
        };
        let mut tasks = JoinSet::new();
        tasks.spawn(sharing::run(engine.pool.clone(), engine.node, stop.clone()));
        tasks.spawn(task(engine, stop.clone()));
        Self { tasks, stop, stop_feed }
    }

    async fn stop(mut self) {
        self.stop.cancel();
        while let Some(ended) = self.tasks.join_next().await {
            ended.unwrap();
        }
        self.stop_feed.cancel();
    }
}
