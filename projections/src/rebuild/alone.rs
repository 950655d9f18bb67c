//! One stream, or those of one account, folded anew where they serve: where a stream's rows are its own, the rest can stay.

use std::sync::Arc;

use domain::id::{AccountId, IdSource, SystemIds};
use domain::recorded_event::{Position, RecordedEvent};
use event_store::{Log, Until, transaction};
use sqlx::{Acquire, Executor, PgConnection, PgPool};
use tokio::time::sleep;
use uuid::Uuid;

use super::in_bulk::{Gathering, Stream};
use crate::by_stream::ByStream;
use crate::checkpoint::{self, Checkpoint, LEASE, Node};
use crate::error::ProjectionError;
use crate::one_by_one;
use crate::projection::Projection;
use crate::quarantine::Quarantine;
use crate::target::Target;

/// Streams of an account are looked up so many at a time.
const PAGE: usize = 1_000;
/// Whoever writes the rows ends within this time, or nothing is done.
const PATIENCE: &str = "SET LOCAL lock_timeout = '5s'";

/// How often it is tried again when another batch stood in the way.
const ATTEMPTS: usize = 3;

/// What is folded anew.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Which {
    /// One stream of the projection's aggregate type.
    Stream(AccountId, Uuid),
    /// All of an account.
    Account(AccountId),
}

/// What came of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Alone {
    /// The projection never ran here.
    NeverRan,
    /// The rows are of another version than this program's.
    Outdated,
    /// They are folded anew.
    Done {
        /// Up to here, where the projection stands.
        position: Position,
        /// How many streams.
        streams: u64,
        /// How many of them wait in quarantine now.
        waiting: u64,
    },
}

/// Drops the rows of these streams and folds them anew, up to where the projection stands, in one transaction. Readers see the
/// old ones until then. The projection is taken from whoever follows the log for it, and left to them afterwards, when they begin
/// again from what is stored. No work is asked for. A strict one changes nothing if an event can't be folded.
pub async fn fold_alone(
    pool: &PgPool,
    log: &Log,
    projection: &dyn Projection,
    by_stream: &dyn ByStream,
    which: Which,
    strict: bool,
) -> Result<Alone, ProjectionError> {
    let (name, node) = (projection.name(), Node { id: SystemIds.next(), lease: LEASE });
    if checkpoint::of(pool, name).await?.is_none() {
        return Ok(Alone::NeverRan);
    }
    let held = checkpoint::seize(pool, name, projection.version(), node).await?;
    let Some(held) = held else { return Ok(Alone::Outdated) };
    let folding = async {
        for _ in 0..ATTEMPTS {
            match fold_held(pool, log, (projection, by_stream), held, (which, strict)).await {
                Err(ProjectionError::Database(error)) if is_deadlock(&error) => {}
                folded => return folded,
            }
        }
        fold_held(pool, log, (projection, by_stream), held, (which, strict)).await
    };
    let done = tokio::select! {
        done = folding => done,
        lost = keep_renewing(pool, name, held.epoch, node) => Err(lost),
    };
    checkpoint::release(pool, name, held.epoch, None).await?;
    done
}

/// Holds the projection for as long as this is waited for; ends only when it was taken away.
async fn keep_renewing(pool: &PgPool, name: &str, epoch: i64, node: Node) -> ProjectionError {
    loop {
        sleep(node.lease / 3).await;
        match checkpoint::renew(pool, name, epoch, node, 0.0).await {
            Ok(true) => {}
            Ok(false) => return ProjectionError::Fenced(name.to_owned()),
            // It may run out meanwhile; then somebody else has it, and nothing is changed here.
            Err(error) => {
                tracing::warn!(projection.name = name, error = %error, "a lease cannot be renewed");
            }
        }
    }
}

/// A batch of whoever had the projection before may be under way still. It comes to nothing, but until then it may wait for
/// rows of ours and we for its.
fn is_deadlock(error: &sqlx::Error) -> bool {
    error.as_database_error().and_then(sqlx::error::DatabaseError::code).is_some_and(|code| code == "40P01")
}

async fn fold_held(
    pool: &PgPool,
    log: &Log,
    (projection, by_stream): (&dyn Projection, &dyn ByStream),
    held: Checkpoint,
    (which, strict): (Which, bool),
) -> Result<Alone, ProjectionError> {
    let (name, upto) = (projection.name(), held.position);
    let quarantine = Quarantine::load(pool, name).await?;
    let mut transaction = transaction::begin(pool).await?;
    transaction.execute(PATIENCE).await?;
    drop_rows(&mut transaction, by_stream, name, which).await?;
    let mut folding = Folding {
        log,
        projection,
        target: Target { asks: false, strict, ..Target::live(projection) },
        quarantine,
        upto,
        gathering: Gathering::begin(by_stream),
        aggregate_type: by_stream.aggregate_type(),
        waiting: 0,
    };
    let streams = folding.fold(&mut transaction, which).await?;
    // Nothing of this counts if the projection is not held any more.
    checkpoint::advance(&mut transaction, name, held, upto).await?;
    transaction.commit().await?;
    Ok(Alone::Done { position: upto, streams, waiting: folding.waiting })
}

async fn drop_rows(
    connection: &mut PgConnection,
    by_stream: &dyn ByStream,
    name: &str,
    which: Which,
) -> Result<(), ProjectionError> {
    let (account, stream) = match which {
        Which::Stream(account, id) => (account, Some(id)),
        Which::Account(account) => (account, None),
    };
    for table in by_stream.tables() {
        let (table, column) = (table.name, table.stream);
        let sql =
            format!("DELETE FROM public.{table} WHERE account = $1 AND ($2::uuid IS NULL OR {column} = $2)");
        sqlx::query(&sql).bind(account.0).bind(stream).execute(&mut *connection).await?;
    }
    let sql = "DELETE FROM quarantined_streams
               WHERE projection = $1 AND aggregate_type = $2 AND account = $3 AND ($4::uuid IS NULL OR aggregate_id = $4)";
    sqlx::query(sql)
        .bind(name)
        .bind(by_stream.aggregate_type())
        .bind(account.0)
        .bind(stream)
        .execute(connection)
        .await?;
    Ok(())
}

struct Folding<'a> {
    log: &'a Log,
    projection: &'a dyn Projection,
    target: Target,
    quarantine: Quarantine,
    upto: Position,
    gathering: Gathering<'a>,
    aggregate_type: &'static str,
    waiting: u64,
}

impl Folding<'_> {
    /// Folds the streams; how many they are.
    async fn fold(&mut self, connection: &mut PgConnection, which: Which) -> Result<u64, ProjectionError> {
        let mut streams = 0;
        match which {
            Which::Stream(account, id) => {
                self.take(connection, Stream { account, id }).await?;
                streams += 1;
            }
            Which::Account(account) => {
                let mut after = Position::START;
                loop {
                    let (kind, upto) = (self.aggregate_type, self.upto);
                    let page = self.log.streams_of(account, kind, after, upto, PAGE).await?;
                    let Some((last, _)) = page.last() else { break };
                    after = *last;
                    for (_, id) in page {
                        self.take(connection, Stream { account, id }).await?;
                        streams += 1;
                    }
                }
            }
        }
        self.copy(connection).await?;
        Ok(streams)
    }

    async fn take(&mut self, connection: &mut PgConnection, stream: Stream) -> Result<(), ProjectionError> {
        for event in self.events(stream).await? {
            self.gathering.take(&event);
        }
        if self.gathering.end() { self.copy(connection).await } else { Ok(()) }
    }

    async fn events(&self, stream: Stream) -> Result<Vec<Arc<RecordedEvent>>, ProjectionError> {
        let until = Until::Position(self.upto);
        let events = self.log.stream_of(stream.account, self.aggregate_type, stream.id, until).await?;
        let taken = events.into_iter().filter(|event| self.projection.takes(&event.event_type));
        Ok(taken.filter(|event| !self.quarantine.leaves_out(event)).map(Arc::new).collect())
    }

    /// Copies what was gathered; what can't be folded or copied is folded by itself, and waits where it stops.
    async fn copy(&mut self, connection: &mut PgConnection) -> Result<(), ProjectionError> {
        let mut attempt = connection.begin().await?;
        match self.gathering.copy(&mut attempt, "public").await.map_err(ProjectionError::from) {
            Ok(()) => {
                attempt.commit().await?;
                self.gathering.copied();
            }
            Err(error) if error.is_passing() => return Err(error),
            Err(_) => {
                attempt.rollback().await?;
                self.gathering.refused();
            }
        }
        for stream in self.gathering.failed() {
            let events = self.events(stream).await?;
            let faulty = one_by_one::fold_or_wait(connection, self.projection, &self.target, &events).await?;
            self.waiting += u64::from(faulty.is_some());
        }
        Ok(())
    }
}
