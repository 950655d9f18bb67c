//! Rows in the text form of PostgreSQL's COPY, the fastest way into a table.

use std::fmt::{Display, Write};

use sqlx::PgConnection;

use crate::error::StoreError;

/// How [`Rows`] go into the log, with the cells in this order.
pub(crate) const INTO_EVENTS: &str = "COPY events (aggregate_type, aggregate_id, sequence, event_type, event_version, payload, metadata, \
                           position, account, recorded_at, command_id) FROM STDIN";
/// How they go beside it, for idempotency.
pub(crate) const INTO_COMMANDS: &str = "COPY commands (account, command_id, input_hash, aggregate_type, aggregate_id, version, \
                             position, recorded_at) FROM STDIN";

/// Rows for one table, until they are sent.
#[derive(Debug, Default)]
pub(crate) struct Rows {
    text: String,
    in_row: bool,
}

impl Rows {
    /// Adds a cell that holds neither tabs nor newlines nor backslashes: a number, an id, a time.
    pub(crate) fn plain(&mut self, cell: impl Display) -> &mut Self {
        self.separate();
        // Writing into a string does not fail.
        let _ = write!(self.text, "{cell}");
        self
    }

    /// Adds a cell of any text.
    pub(crate) fn text(&mut self, cell: &str) -> &mut Self {
        self.separate();
        for letter in cell.chars() {
            match letter {
                '\\' => self.text.push_str("\\\\"),
                '\t' => self.text.push_str("\\t"),
                '\n' => self.text.push_str("\\n"),
                '\r' => self.text.push_str("\\r"),
                other => self.text.push(other),
            }
        }
        self
    }

    /// Adds a cell of bytes.
    pub(crate) fn bytes(&mut self, cell: &[u8]) -> &mut Self {
        self.separate();
        self.text.push_str("\\\\x");
        for byte in cell {
            let _ = write!(self.text, "{byte:02x}");
        }
        self
    }

    /// Ends the row.
    pub(crate) fn end(&mut self) {
        self.text.push('\n');
        self.in_row = false;
    }

    /// Sends the rows: `into` is the statement, as `COPY table (columns) FROM STDIN`.
    pub(crate) async fn send(&mut self, connection: &mut PgConnection, into: &str) -> Result<(), StoreError> {
        if self.text.is_empty() {
            return Ok(());
        }
        let mut copying = connection.copy_in_raw(into).await?;
        if let Err(error) = copying.send(self.text.as_bytes()).await {
            copying.abort("the rows could not be sent").await?;
            return Err(error.into());
        }
        copying.finish().await?;
        self.text.clear();
        Ok(())
    }

    /// How long they are by now, in bytes.
    pub(crate) fn len(&self) -> usize {
        self.text.len()
    }

    fn separate(&mut self) {
        if std::mem::replace(&mut self.in_row, true) {
            self.text.push('\t');
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_separates_cells_and_rows_is_escaped() {
        let mut rows = Rows::default();
        rows.plain(7).text("a\tb\\c\nd\re").bytes(&[0, 255]).end();
        rows.text("").end();
        assert_eq!(rows.text, "7\ta\\tb\\\\c\\nd\\re\t\\\\x00ff\n\n");
    }
}
