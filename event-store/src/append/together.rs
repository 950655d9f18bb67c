//! Appends that wait at the same time are stored together: under load one statement, one commit and one wait for the disk
//! serve many commands, and a command that comes alone goes out at once.

use std::collections::{HashSet, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use sqlx::PgPool;
use tokio::runtime::Handle;
use tokio::sync::oneshot;

use super::{Append, Appended, append};
use crate::error::StoreError;

/// So many statements run at once; who comes then waits for the first of them to end, and goes with all others that wait. With
/// two, one is carried out while those that come meet in the next; with more, fewer meet, and each statement has its price.
const AT_ONCE: usize = 2;
/// So many events go into one statement, unless a single command has more.
const MOST_EVENTS: usize = 256;

/// The way into the log. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Appender {
    pool: PgPool,
    waiting: Arc<Mutex<Waiting>>,
}

#[derive(Default)]
struct Waiting {
    queue: VecDeque<Request>,
    running: usize,
}

struct Request {
    append: Append,
    answer: oneshot::Sender<Result<Appended, StoreError>>,
}

type Answered = oneshot::Receiver<Result<Appended, StoreError>>;

impl Appender {
    pub(crate) fn new(pool: PgPool) -> Self {
        Self { pool, waiting: Arc::default() }
    }

    /// Appends; a lost connection gives `OutcomeUnknown`. Who gives up while it waits leaves nothing behind.
    pub(crate) async fn append(&self, append: Append) -> Result<Appended, StoreError> {
        match self.enter(append) {
            Ok((place, append)) => alone(&place.0.pool, &append).await,
            Err(answered) => answered.await.unwrap_or(Err(StoreError::OutcomeUnknown)),
        }
    }

    /// A place, if one is free; else the answer that is to come from whoever takes it along.
    fn enter(&self, append: Append) -> Result<(Place, Append), Answered> {
        let mut waiting = self.waiting();
        if waiting.running < AT_ONCE {
            waiting.running += 1;
            return Ok((Place(self.clone()), append));
        }
        let (answer, answered) = oneshot::channel();
        waiting.queue.push_back(Request { append, answer });
        Err(answered)
    }

    fn waiting(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// One of the places of those who store; whoever leaves it hands it on to those that wait.
struct Place(Appender);

impl Drop for Place {
    fn drop(&mut self) {
        let mut waiting = self.0.waiting();
        let requests = waiting.next();
        let runtime = Handle::try_current().ok().filter(|_| !requests.is_empty());
        match runtime {
            Some(runtime) => {
                drop(waiting);
                runtime.spawn(serve(Self(self.0.clone()), requests));
            }
            None => waiting.running -= 1,
        }
    }
}

async fn serve(place: Place, mut requests: Vec<Request>) {
    while !requests.is_empty() {
        store(&place.0.pool, requests).await;
        requests = place.0.waiting().next();
    }
}

impl Waiting {
    /// Those that can be stored together: a command id and an aggregate only once, so that none of them can fail by another.
    fn next(&mut self) -> Vec<Request> {
        let (mut requests, mut events) = (Vec::new(), 0);
        let (mut commands, mut aggregates) = (HashSet::new(), HashSet::new());
        while let Some(request) = self.queue.pop_front() {
            if request.answer.is_closed() {
                continue;
            }
            let append = &request.append;
            events += append.events.len();
            let fits = events <= MOST_EVENTS || requests.is_empty();
            if !fits || !commands.insert(append.command) || !aggregates.insert(append.aggregate_id) {
                self.queue.push_front(request);
                break;
            }
            requests.push(request);
        }
        requests
    }
}

/// Stores all at once. If one of them can't be stored, each is tried alone: the others are not to suffer for it.
async fn store(pool: &PgPool, requests: Vec<Request>) {
    if requests.len() > 1 {
        let appends: Vec<_> = requests.iter().map(|request| &request.append).collect();
        match append(pool, &appends).await {
            Ok(became) => {
                for (request, became) in requests.into_iter().zip(became) {
                    request.tell(Ok(became));
                }
                return;
            }
            Err(StoreError::OutcomeUnknown) => {
                for request in requests {
                    request.tell(Err(StoreError::OutcomeUnknown));
                }
                return;
            }
            Err(StoreError::Unavailable(error)) => {
                for request in requests {
                    request.tell(Err(StoreError::Unavailable(like(&error))));
                }
                return;
            }
            Err(error) => {
                tracing::debug!(error = %error, "commands that waited together are stored one by one");
            }
        }
    }
    for request in requests {
        let became = alone(pool, &request.append).await;
        request.tell(became);
    }
}

async fn alone(pool: &PgPool, adding: &Append) -> Result<Appended, StoreError> {
    append(pool, &[adding]).await.map(|mut became| became.remove(0))
}

impl Request {
    fn tell(self, became: Result<Appended, StoreError>) {
        // Who does not wait any more need not be told.
        let _ = self.answer.send(became);
    }
}

/// The same error once more: several are told of it.
fn like(error: &sqlx::Error) -> sqlx::Error {
    match error {
        sqlx::Error::PoolTimedOut => sqlx::Error::PoolTimedOut,
        sqlx::Error::PoolClosed => sqlx::Error::PoolClosed,
        other => sqlx::Error::Protocol(other.to_string()),
    }
}
