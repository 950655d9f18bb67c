//! Does what was decided about streams that wait: folds them from where they stopped, with or without the faulty event.

use std::sync::Arc;

use domain::id::AccountId;
use domain::recorded_event::Position;
use event_store::log::Until;
use event_store::transaction;
use sqlx::PgConnection;
use uuid::Uuid;

use crate::checkpoint;
use crate::error::ProjectionError;
use crate::one_by_one::{self, Stopped};
use crate::runner::Runner;

/// A stream about which something was decided.
#[derive(sqlx::FromRow)]
struct Decided {
    id: Uuid,
    account: Uuid,
    aggregate_type: String,
    aggregate_id: Uuid,
    position: i64,
    reason: Option<String>,
}

impl Runner<'_> {
    /// Does what was decided since the last look.
    pub(crate) async fn mend(&mut self) -> Result<(), ProjectionError> {
        let decided: Vec<Decided> = sqlx::query_as(
            "SELECT id, account, aggregate_type, aggregate_id, position, CASE decision WHEN 'skip' THEN reason END AS reason
             FROM quarantined_streams WHERE projection = $1 AND decision IS NOT NULL ORDER BY position LIMIT 100",
        )
        .bind(&self.target.checkpoint)
        .fetch_all(&self.engine.pool)
        .await?;
        for stream in decided {
            self.mend_one(&stream).await?;
        }
        Ok(())
    }

    async fn mend_one(&mut self, stream: &Decided) -> Result<(), ProjectionError> {
        let (until, failed) = (Until::Position(self.at), Position(stream.position));
        let log = self.engine.feed.log();
        let events = log
            .stream_of(AccountId(stream.account), &stream.aggregate_type, stream.aggregate_id, until)
            .await?;
        let events: Vec<_> = events
            .into_iter()
            .filter(|event| event.position >= failed && self.projection.takes(&event.event_type))
            .filter(|event| stream.reason.is_none() || event.position != failed)
            .filter(|event| !self.quarantine.leaves_out(event))
            .map(Arc::new)
            .collect();
        let mut transaction = transaction::begin_with(&self.engine.pool, self.target.begin.clone()).await?;
        if let Some(reason) = &stream.reason {
            leave_out(&mut transaction, self.projection.name(), stream, reason).await?;
        }
        let stopped =
            one_by_one::fold(&mut transaction, &*self.projection, &events, self.target.asks).await?;
        match &stopped {
            None => forget(&mut transaction, stream.id).await?,
            Some(stopped) => wait_again(&mut transaction, stream.id, stopped).await?,
        }
        // Nothing of this counts if the projection is not held any more.
        checkpoint::advance(&mut transaction, &self.target.checkpoint, self.checkpoint, self.at).await?;
        transaction.commit().await?;
        self.engine.work.notify_waiters();
        if stream.reason.is_some() {
            self.quarantine.leave_out(failed);
        }
        if stopped.is_none() {
            self.quarantine.release(&stream.aggregate_type, stream.aggregate_id);
        }
        let at = self.at;
        self.moved(at);
        tracing::info!(
            projection.name = self.projection.name(), stream.id = %stream.aggregate_id, event.position = stream.position,
            skipped = stream.reason.is_some(), goes_on = stopped.is_none(), "a stream that waited was tried again"
        );
        Ok(())
    }
}

async fn leave_out(
    connection: &mut PgConnection,
    projection: &str,
    stream: &Decided,
    reason: &str,
) -> Result<(), ProjectionError> {
    sqlx::query(
        "INSERT INTO skipped_events (projection, position, account, aggregate_type, aggregate_id, reason)
         VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT DO NOTHING",
    )
    .bind(projection)
    .bind(stream.position)
    .bind(stream.account)
    .bind(&stream.aggregate_type)
    .bind(stream.aggregate_id)
    .bind(reason)
    .execute(connection)
    .await?;
    Ok(())
}

async fn forget(connection: &mut PgConnection, id: Uuid) -> Result<(), ProjectionError> {
    sqlx::query("DELETE FROM quarantined_streams WHERE id = $1").bind(id).execute(connection).await?;
    Ok(())
}

async fn wait_again(
    connection: &mut PgConnection,
    id: Uuid,
    stopped: &Stopped,
) -> Result<(), ProjectionError> {
    sqlx::query(
        "UPDATE quarantined_streams
         SET position = $2, error = $3, blocked_events = $4, attempts = attempts + 1, decision = NULL, reason = NULL
         WHERE id = $1",
    )
    .bind(id)
    .bind(stopped.at.0)
    .bind(stopped.error.to_string())
    .bind(i64::try_from(stopped.left).unwrap_or(i64::MAX))
    .execute(connection)
    .await?;
    Ok(())
}
