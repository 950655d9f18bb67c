//! One task of several: takes portions of streams, folds each stream, and copies the rows now and then.

use std::sync::atomic::Ordering;
use std::sync::{Arc, PoisonError};

use domain::recorded_event::RecordedEvent;
use event_store::copying::Rows;
use event_store::transaction;

use super::{Shared, Stream};
use crate::by_stream::{ByStream, StreamFold};
use crate::checkpoint;
use crate::error::ProjectionError;
use crate::rebuild::schema;

/// Most events that are read at once.
const PAGE: usize = 500;
/// Rows are copied once they are so long, in bytes.
const MOST_TEXT: usize = 1 << 20;

/// Folds portions until none is left.
pub(super) async fn run(shared: Arc<Shared>) -> Result<(), ProjectionError> {
    let Some(by_stream) = shared.projection.by_stream() else { return Ok(()) };
    let empty = || by_stream.tables().iter().map(|_| Rows::default()).collect();
    let mut copier = Copier {
        shared: &shared,
        by_stream,
        open: None,
        waiting: empty(),
        one: empty(),
        streams: Vec::new(),
    };
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
    by_stream: &'a dyn ByStream,
    /// The stream whose events come; without a fold once one of them failed.
    open: Option<(Stream, Option<Box<dyn StreamFold>>)>,
    /// Rows of streams that have ended, a table each.
    waiting: Vec<Rows>,
    /// Room for those of one stream.
    one: Vec<Rows>,
    /// Whose rows wait.
    streams: Vec<Stream>,
}

impl Copier<'_> {
    /// Takes an event: of the open stream, or the first of the next one.
    async fn take(&mut self, event: &RecordedEvent) -> Result<(), ProjectionError> {
        if self.open.as_ref().is_none_or(|(stream, _)| stream.id != event.aggregate_id) {
            self.end().await?;
        }
        if !self.shared.projection.takes(&event.event_type) || self.shared.left_out.leaves_out(event) {
            return Ok(());
        }
        let (_, fold) = self.open.get_or_insert_with(|| {
            let stream = Stream { account: event.metadata.account, id: event.aggregate_id };
            (stream, Some(self.by_stream.begin()))
        });
        if fold.as_mut().is_some_and(|fold| fold.take(event).is_err()) {
            *fold = None;
        }
        Ok(())
    }

    /// Ends the open stream: its rows wait to be copied, or it is to be folded by itself.
    async fn end(&mut self) -> Result<(), ProjectionError> {
        let Some((stream, fold)) = self.open.take() else { return Ok(()) };
        if fold.is_some_and(|fold| fold.rows(&mut self.one).is_ok()) {
            for (waiting, one) in self.waiting.iter_mut().zip(&mut self.one) {
                waiting.append(one);
            }
            self.streams.push(stream);
        } else {
            self.one.iter_mut().for_each(Rows::clear);
            self.failed([stream]);
        }
        if self.waiting.iter().map(Rows::len).sum::<usize>() >= MOST_TEXT {
            self.copy().await
        } else {
            Ok(())
        }
    }

    /// Copies what waits. What the database does not take is folded by itself later, stream by stream, to find the one.
    async fn copy(&mut self) -> Result<(), ProjectionError> {
        match self.send().await {
            Ok(()) => self.streams.clear(),
            Err(error) if error.is_passing() || matches!(error, ProjectionError::Fenced(_)) => {
                return Err(error);
            }
            Err(error) => {
                let projection = self.shared.projection.name();
                tracing::warn!(projection.name = projection, error = %error, "rows can't be copied, going one by one");
                let streams = std::mem::take(&mut self.streams);
                self.failed(streams);
            }
        }
        self.waiting.iter_mut().for_each(Rows::clear);
        Ok(())
    }

    async fn send(&mut self) -> Result<(), ProjectionError> {
        if self.streams.is_empty() {
            return Ok(());
        }
        let (shared, schema) = (self.shared, schema(self.shared.projection.name()));
        let mut transaction = transaction::begin_with(&shared.pool, shared.target.begin.clone()).await?;
        for (table, rows) in self.by_stream.tables().iter().zip(&mut self.waiting) {
            let into = format!("COPY {schema}.{} ({}) FROM STDIN", table.name, table.columns);
            rows.send(&mut transaction, &into).await?;
        }
        checkpoint::keep(&mut transaction, &shared.target.checkpoint, shared.epoch).await?;
        transaction.commit().await?;
        Ok(())
    }

    fn failed(&self, streams: impl IntoIterator<Item = Stream>) {
        self.shared.failed.lock().unwrap_or_else(PoisonError::into_inner).extend(streams);
    }
}
