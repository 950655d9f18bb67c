//! Streams that come one after the other are folded in memory, and their rows gathered until it pays to copy them.

use domain::id::AccountId;
use domain::recorded_event::RecordedEvent;
use event_store::copying::Rows;
use sqlx::PgConnection;
use uuid::Uuid;

use crate::by_stream::{ByStream, StreamFold};

/// Rows are copied once they are so long, in bytes.
const MOST_TEXT: usize = 1 << 20;

/// A stream of a projection's aggregate type.
#[derive(Debug, Clone, Copy)]
pub(in crate::rebuild) struct Stream {
    pub(in crate::rebuild) account: AccountId,
    pub(in crate::rebuild) id: Uuid,
}

pub(in crate::rebuild) struct Gathering<'a> {
    by_stream: &'a dyn ByStream,
    /// The stream whose events come; without a fold once one of them failed.
    open: Option<(Stream, Option<Box<dyn StreamFold>>)>,
    /// Rows of streams that have ended, a table each.
    waiting: Vec<Rows>,
    /// Room for those of one stream.
    one: Vec<Rows>,
    /// Whose rows wait.
    streams: Vec<Stream>,
    /// What is to be folded by itself.
    failed: Vec<Stream>,
}

impl<'a> Gathering<'a> {
    pub(in crate::rebuild) fn begin(by_stream: &'a dyn ByStream) -> Self {
        let empty = || by_stream.tables().iter().map(|_| Rows::default()).collect();
        let (waiting, one) = (empty(), empty());
        Self { by_stream, open: None, waiting, one, streams: Vec::new(), failed: Vec::new() }
    }

    /// Whether this event begins a stream, so that the open one is to be ended first.
    pub(in crate::rebuild) fn begins(&self, event: &RecordedEvent) -> bool {
        self.open.as_ref().is_some_and(|(stream, _)| stream.id != event.aggregate_id)
    }

    /// Takes an event: of the open stream, or the first of one.
    pub(in crate::rebuild) fn take(&mut self, event: &RecordedEvent) {
        let (_, fold) = self.open.get_or_insert_with(|| {
            let stream = Stream { account: event.metadata.account, id: event.aggregate_id };
            (stream, Some(self.by_stream.begin()))
        });
        if fold.as_mut().is_some_and(|fold| fold.take(event).is_err()) {
            *fold = None;
        }
    }

    /// Ends the open stream: its rows wait to be copied, or it has failed. Says whether so much waits that it is to be copied.
    pub(in crate::rebuild) fn end(&mut self) -> bool {
        let Some((stream, fold)) = self.open.take() else { return false };
        if fold.is_some_and(|fold| fold.rows(&mut self.one).is_ok()) {
            for (waiting, one) in self.waiting.iter_mut().zip(&mut self.one) {
                waiting.append(one);
            }
            self.streams.push(stream);
        } else {
            self.one.iter_mut().for_each(Rows::clear);
            self.failed.push(stream);
        }
        self.waiting.iter().map(Rows::len).sum::<usize>() >= MOST_TEXT
    }

    /// Nothing waits.
    pub(in crate::rebuild) fn is_empty(&self) -> bool {
        self.streams.is_empty()
    }

    /// Copies what waits into the tables of a schema.
    pub(in crate::rebuild) async fn copy(
        &mut self,
        connection: &mut PgConnection,
        schema: &str,
    ) -> Result<(), sqlx::Error> {
        for (table, rows) in self.by_stream.tables().iter().zip(&mut self.waiting) {
            let into = format!("COPY {schema}.{} ({}) FROM STDIN", table.name, table.columns);
            rows.send(connection, &into).await?;
        }
        Ok(())
    }

    /// What waited is stored.
    pub(in crate::rebuild) fn copied(&mut self) {
        self.streams.clear();
    }

    /// The database did not take what waited: to find the stream whose rows it refused, each is folded by itself.
    pub(in crate::rebuild) fn refused(&mut self) {
        self.waiting.iter_mut().for_each(Rows::clear);
        self.failed.append(&mut self.streams);
    }

    /// The streams that failed since the last call.
    pub(in crate::rebuild) fn failed(&mut self) -> Vec<Stream> {
        std::mem::take(&mut self.failed)
    }
}
