//! The events that a filter asks for, page by page, as rows.

use domain::recorded_event::Position;
use event_store::{EventQuery, Log, Whose};
use serde_json::{Map, Value};

use crate::connection::Connection;
use crate::events::filter::EventFilter;
use crate::events::masking::Masking;
use crate::progress::Far;

const PAGE: usize = 1000;

/// What is still to be read.
pub(super) struct Pages {
    log: Log,
    masking: Masking,
    whose: Whose,
    query: EventQuery,
    ceiling: Position,
    left: usize,
}

impl Pages {
    /// At most `limit` events.
    pub(super) async fn of(
        connection: &Connection,
        filter: &EventFilter,
        newest_first: bool,
        limit: usize,
    ) -> anyhow::Result<Self> {
        filter.tell_unknown_types();
        let log = connection.log();
        // One ceiling for all pages: what comes while they are written is not in them.
        let ceiling = log.ceiling().await?;
        let masking = Masking::of(&log, ceiling).await?;
        let query = EventQuery { newest_first, ..filter.query() };
        Ok(Self { log, masking, whose: filter.whose(), query, ceiling, left: limit })
    }

    /// How far they have come through the positions that they can be at.
    pub(super) fn far(&self) -> Far<'static> {
        let last = self.query.before.map_or(self.ceiling, |before| before.min(self.ceiling));
        let done = if self.query.newest_first {
            Position(self.ceiling.0 - last.0)
        } else {
            self.query.after.unwrap_or_default()
        };
        Far::positions("events", done, if self.query.newest_first { self.ceiling } else { last })
    }

    /// The next of them; none when all were read.
    pub(super) async fn next(&mut self) -> anyhow::Result<Option<Vec<Map<String, Value>>>> {
        let wanted = self.left.min(PAGE);
        if wanted == 0 {
            return Ok(None);
        }
        let page = self.log.query_upto(self.whose, &self.query, self.ceiling, wanted).await?;
        let Some(last) = page.last().map(|event| event.position) else { return Ok(None) };
        self.left = if page.len() < wanted { 0 } else { self.left - wanted };
        *(if self.query.newest_first { &mut self.query.before } else { &mut self.query.after }) = Some(last);
        Ok(Some(self.masking.rows(page).await?))
    }
}
