//! Rows in the text form of PostgreSQL's COPY, the fastest way into a table.

use std::fmt::{Display, Write};

use chrono::{DateTime, SecondsFormat, Utc};
use sqlx::PgConnection;

/// How [`Rows`] go into the log, with the cells in this order.
pub(crate) const INTO_EVENTS: &str = "COPY events (aggregate_type, aggregate_id, sequence, event_type, event_version, payload, metadata, \
                           position, account, recorded_at, command_id) FROM STDIN";
/// How they go beside it, for idempotency.
pub(crate) const INTO_COMMANDS: &str = "COPY commands (account, command_id, input_hash, aggregate_type, aggregate_id, version, \
                             position, recorded_at) FROM STDIN";

/// Rows for one table, until they are sent.
#[derive(Debug, Default)]
pub struct Rows {
    text: String,
    in_row: bool,
}

impl Rows {
    /// Adds a cell that holds neither tabs nor newlines nor backslashes: a number, an id, a time.
    pub fn plain(&mut self, cell: impl Display) -> &mut Self {
        self.separate();
        // Writing into a string does not fail.
        let _ = write!(self.text, "{cell}");
        self
    }

    /// Adds a cell of any text.
    pub fn text(&mut self, cell: &str) -> &mut Self {
        self.separate();
        let mut rest = cell;
        while let Some(at) = rest.find(['\\', '\t', '\n', '\r']) {
            let (before, from) = rest.split_at(at);
            self.text.push_str(before);
            self.text.push_str(match from.as_bytes().first() {
                Some(b'\t') => "\\t",
                Some(b'\n') => "\\n",
                Some(b'\r') => "\\r",
                _ => "\\\\",
            });
            rest = &from[1..];
        }
        self.text.push_str(rest);
        self
    }

    /// Adds a cell of bytes.
    pub fn bytes(&mut self, cell: &[u8]) -> &mut Self {
        self.separate();
        self.text.push_str("\\\\x");
        for byte in cell {
            let _ = write!(self.text, "{byte:02x}");
        }
        self
    }

    /// Adds a cell without a value.
    pub fn null(&mut self) -> &mut Self {
        self.separate();
        self.text.push_str("\\N");
        self
    }

    /// Adds such a cell as [`Self::plain`] does, or one without a value.
    pub fn plain_or_null(&mut self, cell: Option<impl Display>) -> &mut Self {
        match cell {
            Some(cell) => self.plain(cell),
            None => self.null(),
        }
    }

    /// Adds a time, to the microsecond.
    pub fn time(&mut self, at: DateTime<Utc>) -> &mut Self {
        self.plain(time(at))
    }

    /// Adds a time, or a cell without a value.
    pub fn time_or_null(&mut self, at: Option<DateTime<Utc>>) -> &mut Self {
        match at {
            Some(at) => self.time(at),
            None => self.null(),
        }
    }

    /// Ends the row.
    pub fn end(&mut self) {
        self.text.push('\n');
        self.in_row = false;
    }

    /// Sends the rows: `into` is the statement, as `COPY table (columns) FROM STDIN`.
    ///
    /// # Errors
    /// As the database says; then none of them is stored once the transaction ends.
    pub async fn send(&mut self, connection: &mut PgConnection, into: &str) -> Result<(), sqlx::Error> {
        if self.text.is_empty() {
            return Ok(());
        }
        let mut copying = connection.copy_in_raw(into).await?;
        if let Err(error) = copying.send(self.text.as_bytes()).await {
            copying.abort("the rows could not be sent").await?;
            return Err(error);
        }
        copying.finish().await?;
        self.text.clear();
        Ok(())
    }

    /// How long they are by now, in bytes.
    pub fn len(&self) -> usize {
        self.text.len()
    }

    /// There are none.
    pub fn is_empty(&self) -> bool {
        self.text.is_empty()
    }

    /// Takes the rows of another, which is empty then.
    pub fn append(&mut self, other: &mut Self) {
        self.text.push_str(&other.text);
        other.clear();
    }

    /// Forgets them all, and what was begun of one.
    pub fn clear(&mut self) {
        self.text.clear();
        self.in_row = false;
    }

    fn separate(&mut self) {
        if std::mem::replace(&mut self.in_row, true) {
            self.text.push('\t');
        }
    }
}

/// A time as a cell has it.
pub(crate) fn time(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::Micros, true)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_separates_cells_and_rows_is_escaped() {
        let mut rows = Rows::default();
        rows.plain(7).text("a\tb\\c\nd\re").bytes(&[0, 255]).end();
        rows.text("").null().end();
        assert_eq!(rows.text, "7\ta\\tb\\\\c\\nd\\re\t\\\\x00ff\n\t\\N\n");
    }

    #[test]
    fn a_row_that_was_only_begun_is_forgotten_with_the_others() {
        let (mut rows, mut more) = (Rows::default(), Rows::default());
        rows.text("half");
        rows.clear();
        more.text("ü\\").end();
        rows.append(&mut more);
        assert_eq!((rows.text.as_str(), more.is_empty()), ("ü\\\\\n", true));
    }
}
