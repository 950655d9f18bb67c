//! What became of a command: asked by its id, before a refusal, after a conflict, and when a connection broke.

use std::time::Duration;

use cqrs_es::Aggregate;
use domain::id::{AccountId, CommandId};
use uuid::Uuid;

use crate::error::{ExecuteError, StoreError};
use crate::executor::{CommandContext, Committed, Outcome};
use crate::idempotency::{Done, Unchanged, done, note_unchanged};
use crate::store::EventStore;

/// How often a database that broke off is asked, and how long to wait in between at first: some five seconds in all.
const QUESTIONS: u32 = 9;
const FIRST_PAUSE: Duration = Duration::from_millis(20);

impl EventStore {
    /// The result of the time when this command id was carried out.
    pub(super) async fn carried_out(&self, context: &CommandContext) -> Result<Option<Done>, StoreError> {
        done(&self.pool, context.account, context.command).await
    }

    /// What came of a command id before, for those who must know before they prepare the command.
    ///
    /// # Errors
    /// The id was used for another input, or the database can't say.
    pub async fn earlier<E>(&self, context: &CommandContext) -> Result<Option<Committed>, ExecuteError<E>> {
        match self.carried_out(context).await? {
            Some(done) => self.repeated(&done, context).map(Some),
            None => Ok(None),
        }
    }

    /// The aggregate that a command was carried out on, if it was.
    pub async fn carried_out_on(
        &self,
        account: AccountId,
        command: CommandId,
    ) -> Result<Option<Uuid>, StoreError> {
        Ok(done(&self.pool, account, command).await?.map(|done| done.aggregate_id))
    }

    /// The same from a database that just broke off, patiently.
    pub(super) async fn ask_until_answered(
        &self,
        context: &CommandContext,
    ) -> Result<Option<Done>, StoreError> {
        let mut pause = FIRST_PAUSE;
        for _ in 0..QUESTIONS {
            match self.carried_out(context).await {
                Err(error) if error.is_transient() => {}
                answer => return answer,
            }
            tokio::time::sleep(pause).await;
            pause *= 2;
        }
        Err(StoreError::OutcomeUnknown)
    }

    /// The first result if the command was carried out before, else the error: a command that succeeded once is not
    /// refused because it succeeded.
    pub(super) async fn unless_carried_out<E>(
        &self,
        context: &CommandContext,
        error: ExecuteError<E>,
    ) -> Result<Committed, ExecuteError<E>> {
        match self.carried_out(context).await {
            Ok(Some(done)) => self.repeated(&done, context),
            Ok(None) => Err(error),
            Err(failed) => Err(failed.into()),
        }
    }

    /// A command that has nothing to do is remembered as well, so that its id means the same input for good.
    pub(super) async fn unchanged<A: Aggregate>(
        &self,
        aggregate: Uuid,
        version: u64,
        context: &CommandContext,
    ) -> Result<Committed, ExecuteError<A::Error>> {
        let unchanged = Unchanged {
            account: context.account,
            command: context.command,
            input_hash: self.keys.blind(context.command, &context.input_hash),
            aggregate_type: A::TYPE,
            aggregate_id: aggregate,
            version,
            recorded_at: self.clock.now(),
        };
        if let Some(position) = note_unchanged(&self.pool, &unchanged).await? {
            return Ok(Committed {
                aggregate,
                version,
                position,
                outcome: Outcome::Unchanged,
                events: Vec::new(),
            });
        }
        match self.carried_out(context).await? {
            Some(done) => self.repeated(&done, context),
            None => Err(StoreError::Conflict.into()),
        }
    }

    /// Replaces prepared keys whose subjects have got a key since: somebody else stored one first.
    pub(super) async fn renew_keys(&self, context: &mut CommandContext) -> Result<(), StoreError> {
        for key in context.keys.iter_mut().filter(|key| key.new.is_some()) {
            let stored = self.keys.prepare(context.account, key.subject).await?;
            if stored.new.is_none() {
                *key = stored;
            }
        }
        Ok(())
    }

    /// The first result for the same input; another input under the same id is refused.
    pub(super) fn repeated<E>(
        &self,
        done: &Done,
        context: &CommandContext,
    ) -> Result<Committed, ExecuteError<E>> {
        let input = context.input_hash;
        // Older rows hold the digest as it came.
        if done.input_hash != self.keys.blind(context.command, &input) && done.input_hash != input {
            return Err(ExecuteError::KeyReused);
        }
        Ok(Committed {
            aggregate: done.aggregate_id,
            version: done.version,
            position: done.position,
            outcome: Outcome::Repeated,
            events: Vec::new(),
        })
    }
}
