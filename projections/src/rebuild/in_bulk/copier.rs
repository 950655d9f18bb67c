//! One task of several: takes portions of streams, folds each stream, and copies the rows now and then.

use std::sync::atomic::Ordering;
use std::sync::{Arc, PoisonError};

use domain::recorded_event::RecordedEvent;
use event_store::transaction;

use super::Shared;
use super::gathering::Gathering;
use crate::checkpoint;
use crate::error::ProjectionError;
use crate::rebuild::schema;

/// Most events that are read at once.
const PAGE: usize = 500;

/// Folds portions until none is left.
pub(super) async fn run(shared: Arc<Shared>) -> Result<(), ProjectionError> {
    let Some(by_stream) = shared.projection.by_stream() else { return Ok(()) };
    let mut copier = Copier { shared: &shared, gathering: Gathering::begin(by_stream) };
    loop {
        let portion = shared.portions.lock().unwrap_or_else(PoisonError::into_inner).next();
        let Some(portion) = portion else { break };
        let mut reader = shared.log.read_range(portion, shared.upto);
        loop {
            let events = reader.next(PAGE).await?;
            if events.is_empty() {
                break;
            }
            for event in &events {
                copier.take(event).await?;
            }
            let count = events.len() as u64;
            shared.folded.fetch_add(count, Ordering::Relaxed);
            shared.done.fetch_add(count, Ordering::Relaxed);
        }
        copier.end().await?;
    }
    copier.copy().await
}

struct Copier<'a> {
    shared: &'a Shared,
    gathering: Gathering<'a>,
}

impl Copier<'_> {
    async fn take(&mut self, event: &RecordedEvent) -> Result<(), ProjectionError> {
        if self.gathering.begins(event) {
            self.end().await?;
        }
        if self.shared.projection.takes(&event.event_type) && !self.shared.left_out.leaves_out(event) {
            self.gathering.take(event);
        }
        Ok(())
    }

    async fn end(&mut self) -> Result<(), ProjectionError> {
        if self.gathering.end() { self.copy().await } else { Ok(()) }
    }

    /// Copies what waits. What the database does not take is folded by itself later.
    async fn copy(&mut self) -> Result<(), ProjectionError> {
        match self.send().await {
            Ok(()) => self.gathering.copied(),
            Err(error) if error.is_passing() || matches!(error, ProjectionError::Fenced(_)) => {
                return Err(error);
            }
            Err(error) => {
                let projection = self.shared.projection.name();
                tracing::warn!(projection.name = projection, error = %error, "rows can't be copied, going one by one");
                self.gathering.refused();
            }
        }
        self.shared.failed.lock().unwrap_or_else(PoisonError::into_inner).extend(self.gathering.failed());
        Ok(())
    }

    async fn send(&mut self) -> Result<(), ProjectionError> {
        if self.gathering.is_empty() {
            return Ok(());
        }
        let (shared, schema) = (self.shared, schema(self.shared.projection.name()));
        let mut transaction = transaction::begin_with(&shared.pool, shared.target.begin.clone()).await?;
        self.gathering.copy(&mut transaction, &schema).await?;
        checkpoint::keep(&mut transaction, &shared.target.checkpoint, shared.epoch).await?;
        transaction.commit().await?;
        Ok(())
    }
}
