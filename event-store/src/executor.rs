//! Carries out a command: load, decide, append; once for each command id, again when somebody else was faster.

mod context;
mod settle;

pub use context::{CommandContext, Committed, Outcome};

use cqrs_es::Aggregate;
use cqrs_es::event_sink::EventSink;
use domain::recorded_event::Position;
use domain::stored_event::Sealable;
use uuid::Uuid;

use crate::append::Appended;
use crate::error::{ExecuteError, StoreError};
use crate::store::{EventStore, Loaded};

/// How often a command is tried when others write to the same aggregate, or when connections break.
const ATTEMPTS: u32 = 6;

/// Where the state that a command is decided on comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    /// Just read from the log: whatever is decided on it stands.
    Read,
    /// Kept from before: an append on it stands, for the database would refuse one that is late; all else is asked of
    /// the log.
    Kept,
}

impl EventStore {
    /// Carries out a command on an aggregate.
    pub async fn execute<A>(
        &self,
        id: Uuid,
        command: A::Command,
        context: CommandContext,
    ) -> Result<Committed, ExecuteError<A::Error>>
    where
        A: Aggregate<Services = ()> + 'static,
        A::Command: Clone + Send + Sync,
        A::Event: Sealable,
        A::Error: Send + Sync,
    {
        self.execute_with::<A, _>(id, command, context, |_, _| None).await
    }

    /// The same; `since` says of a command that was carried out before, whatever its id, at which version that was: it is
    /// not carried out again, and no expected version is held against it.
    pub async fn execute_with<A, F>(
        &self,
        id: Uuid,
        command: A::Command,
        mut context: CommandContext,
        since: F,
    ) -> Result<Committed, ExecuteError<A::Error>>
    where
        A: Aggregate<Services = ()> + 'static,
        A::Command: Clone + Send + Sync,
        A::Event: Sealable,
        A::Error: Send + Sync,
        F: Fn(&A, &A::Command) -> Option<u64> + Send + Sync,
    {
        let mut turn = if context.is_new { None } else { self.turns.take_if_contended(id).await };
        if let Some(kept) = self.kept.take::<A>(context.account, id) {
            // As it was when it last changed here. If another process changed it since, then the append meets that and
            // is refused: a command can succeed on it, but whatever else comes of it is asked of the log itself.
            match self.attempt(kept, command.clone(), &context, &since, State::Kept).await {
                Ok(committed) => return Ok(committed),
                Err(ExecuteError::Store(StoreError::OutcomeUnknown)) => {
                    if let Some(done) = self.ask_until_answered(&context).await? {
                        self.wake_followers(done.position);
                        return self.repeated(&done, &context);
                    }
                }
                _ => {}
            }
        }
        for attempt in 1..=ATTEMPTS {
            let loaded = if context.is_new {
                Loaded { id, aggregate: A::default(), version: 0 }
            } else {
                self.load::<A>(context.account, id).await?
            };
            let version = loaded.version;
            match self.attempt(loaded, command.clone(), &context, &since, State::Read).await {
                Err(ExecuteError::Store(StoreError::Conflict)) => {
                    metrics::counter!("flowpilot_append_conflicts_total").increment(1);
                    if let Some(done) = self.carried_out(&context).await? {
                        return self.repeated(&done, &context);
                    }
                    if context.expected_version.is_some() || attempt == ATTEMPTS {
                        let current = self.load::<A>(context.account, id).await?.version;
                        return Err(ExecuteError::VersionConflict { current: current.max(version) });
                    }
                }
                Err(ExecuteError::Store(StoreError::OutcomeUnknown)) => {
                    metrics::counter!("flowpilot_append_outcome_unknown_total").increment(1);
                    if let Some(done) = self.ask_until_answered(&context).await? {
                        self.wake_followers(done.position);
                        return self.repeated(&done, &context);
                    }
                    // It was not carried out. Should the statement still be on its way on a connection that nobody
                    // listens to, then the next attempt meets it at the command id, waits for it, and stores nothing.
                    if attempt == ATTEMPTS {
                        return Err(StoreError::OutcomeUnknown.into());
                    }
                }
                finished => return finished,
            }
            context.is_new = false;
            self.renew_keys(&mut context).await?;
            if turn.is_none() {
                turn = Some(self.turns.take(id).await);
            }
        }
        Err(StoreError::OutcomeUnknown.into())
    }

    async fn attempt<A, F>(
        &self,
        loaded: Loaded<A>,
        command: A::Command,
        context: &CommandContext,
        since: &F,
        state: State,
    ) -> Result<Committed, ExecuteError<A::Error>>
    where
        A: Aggregate<Services = ()> + 'static,
        A::Command: Clone + Send + Sync,
        A::Event: Sealable,
        A::Error: Send + Sync,
        F: Fn(&A, &A::Command) -> Option<u64> + Send + Sync,
    {
        let Loaded { id, mut aggregate, version } = loaded;
        // What is done already is no conflict, whatever version the caller has seen.
        let repeated_at = since(&aggregate, &command);
        let moved = context.expected_version.is_some_and(|expected| expected != version);
        let sink = EventSink::default();
        let decided = match repeated_at {
            None if !moved => aggregate.handle(command.clone(), &(), &sink).await,
            _ => Ok(()),
        };
        let events = sink.collect().await;
        if state == State::Kept && (events.is_empty() || decided.is_err()) {
            return Err(StoreError::Conflict.into());
        }
        if let Some(version) = repeated_at {
            return self.unchanged::<A>(id, version, context).await;
        }
        if moved {
            return self
                .unless_carried_out(context, ExecuteError::VersionConflict { current: version })
                .await;
        }
        if let Err(refusal) = decided {
            return self.unless_carried_out(context, ExecuteError::Domain(refusal)).await;
        }
        if events.is_empty() {
            return self.unchanged::<A>(id, version, context).await;
        }
        let now = self.clock.now();
        let (appended, recorded) = self.append_events::<A>(id, version, &events, context, now).await?;
        match appended {
            Appended::At(_) => {
                let version = version + recorded.len() as u64;
                self.kept.keep(context.account, Loaded { id, aggregate, version });
                Ok(Committed {
                    aggregate: id,
                    version,
                    position: recorded.last().map_or(Position::START, |event| event.position),
                    outcome: Outcome::Appended,
                    events: recorded,
                })
            }
            Appended::Before => match self.carried_out(context).await? {
                Some(done) => self.repeated(&done, context),
                None => Err(StoreError::Conflict.into()),
            },
        }
    }
}
