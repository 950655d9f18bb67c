//! Events as a Parquet file: for DuckDB, pandas, Spark and the like.

use std::io::{self, IsTerminal, Write};
use std::sync::Arc;

use anyhow::Context;
use chrono::DateTime;
use parquet::basic::Compression;
use parquet::data_type::{ByteArray, ByteArrayType, Int64Type};
use parquet::file::properties::WriterProperties;
use parquet::file::writer::SerializedFileWriter;
use parquet::schema::parser::parse_message_type;
use serde_json::{Map, Value};

use crate::events::pages::Pages;
use crate::failure::Failure;
use crate::output::told;
use crate::progress::Progress;

/// The fields of a row, as `events list -o json` names them.
const SCHEMA: &str = "message event {
    REQUIRED INT64 position;
    REQUIRED INT64 recordedAt (TIMESTAMP(MICROS,true));
    REQUIRED BYTE_ARRAY account (STRING);
    REQUIRED BYTE_ARRAY aggregateType (STRING);
    REQUIRED BYTE_ARRAY aggregateId (STRING);
    REQUIRED INT64 version;
    REQUIRED BYTE_ARRAY type (STRING);
    REQUIRED BYTE_ARRAY typeVersion (STRING);
    REQUIRED BYTE_ARRAY actor (STRING);
    REQUIRED BYTE_ARRAY commandId (STRING);
    REQUIRED BYTE_ARRAY correlationId (STRING);
    OPTIONAL BYTE_ARRAY causationId (STRING);
    OPTIONAL BYTE_ARRAY payload (JSON);
    OPTIONAL BYTE_ARRAY unreadable (STRING);
}";
const TIME: &str = "recordedAt";
const NUMBERS: [&str; 2] = ["position", "version"];
const PAYLOAD: &str = "payload";

/// A row group is written when it has so many rows, or so many bytes of text: it is held in memory until then.
const ROWS: usize = 50_000;
const BYTES: usize = 16 << 20;

/// Where the file goes if no other place was named; an error where somebody would have to look at it.
pub(super) fn standard_output() -> Result<io::Stdout, Failure> {
    if io::stdout().is_terminal() {
        let why =
            "a Parquet file is nothing for a terminal: write it into a file (> events.parquet) or a pipe";
        return Err(Failure::Usage(why.to_owned()));
    }
    Ok(io::stdout())
}

/// Writes all of these as a file.
pub(super) async fn write(mut pages: Pages, out: impl Write + Send) -> anyhow::Result<()> {
    let (mut file, mut progress) = (ParquetWriter::begin(out)?, Progress::begin());
    let mut events = 0;
    while let Some(rows) = pages.next().await? {
        progress.show(pages.far());
        events += rows.len();
        for row in rows {
            file.add(&row)?;
        }
    }
    file.finish()?;
    drop(progress);
    told(&format!("{events} events"));
    Ok(())
}

/// A Parquet file that is being written.
struct ParquetWriter<W: Write + Send> {
    file: SerializedFileWriter<W>,
    columns: Vec<(String, Cells)>,
    rows: usize,
    bytes: usize,
}

enum Cells {
    Numbers(Vec<i64>),
    /// Those that are there, and for each row whether it is.
    Texts(Vec<ByteArray>, Vec<i16>),
}

impl<W: Write + Send> ParquetWriter<W> {
    /// Begins the file.
    fn begin(out: W) -> anyhow::Result<Self> {
        let schema = Arc::new(parse_message_type(SCHEMA)?);
        let names = schema.get_fields().iter().map(|field| field.name().to_owned());
        let columns = names.map(|name| (name.clone(), Cells::of(&name))).collect();
        let properties = WriterProperties::builder().set_compression(Compression::SNAPPY).build();
        let file = SerializedFileWriter::new(out, schema, Arc::new(properties))?;
        Ok(Self { file, columns, rows: 0, bytes: 0 })
    }

    /// Adds a row.
    fn add(&mut self, row: &Map<String, Value>) -> anyhow::Result<()> {
        for (name, cells) in &mut self.columns {
            self.bytes += cells.add(name, row.get(name.as_str()).unwrap_or(&Value::Null))?;
        }
        self.rows += 1;
        if self.rows >= ROWS || self.bytes >= BYTES {
            self.write_group()?;
        }
        Ok(())
    }

    /// Writes what is left and the footer, without which nobody takes the file for whole.
    fn finish(mut self) -> anyhow::Result<()> {
        if self.rows > 0 {
            self.write_group()?;
        }
        self.file.into_inner()?.flush()?;
        Ok(())
    }

    fn write_group(&mut self) -> anyhow::Result<()> {
        let mut group = self.file.next_row_group()?;
        for (name, cells) in &mut self.columns {
            let mut column = group.next_column()?.context("the schema has fewer columns")?;
            match std::mem::replace(cells, Cells::of(name)) {
                Cells::Numbers(numbers) => {
                    column.typed::<Int64Type>().write_batch(&numbers, None, None)?;
                }
                Cells::Texts(texts, there) => {
                    column.typed::<ByteArrayType>().write_batch(&texts, Some(&there), None)?;
                }
            }
            column.close()?;
        }
        group.close()?;
        (self.rows, self.bytes) = (0, 0);
        Ok(())
    }
}

impl Cells {
    fn of(column: &str) -> Self {
        if column == TIME || NUMBERS.contains(&column) {
            Self::Numbers(vec![])
        } else {
            Self::Texts(vec![], vec![])
        }
    }

    /// Adds one, and tells how long it is.
    fn add(&mut self, column: &str, value: &Value) -> anyhow::Result<usize> {
        match self {
            Self::Numbers(numbers) => {
                let number = if column == TIME {
                    let time = value.as_str().context("an event without a time")?;
                    DateTime::parse_from_rfc3339(time)?.timestamp_micros()
                } else {
                    value.as_i64().with_context(|| format!("{column} is no whole number"))?
                };
                numbers.push(number);
                Ok(size_of::<i64>())
            }
            Self::Texts(texts, there) => {
                let text = match value {
                    Value::Null => None,
                    Value::String(text) if column != PAYLOAD => Some(text.clone()),
                    other => Some(other.to_string()),
                };
                there.push(i16::from(text.is_some()));
                let length = text.as_ref().map_or(0, String::len);
                texts.extend(text.map(|text| ByteArray::from(text.into_bytes())));
                Ok(length)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::fs::File;

    use parquet::file::metadata::RowGroupMetaData;
    use parquet::file::reader::{FileReader, SerializedFileReader};
    use serde_json::json;

    use super::*;

    fn row(position: usize, length: usize) -> Map<String, Value> {
        let row = json!({
            "position": position, "recordedAt": "2026-11-01T00:00:00.000001Z", "account": "a", "aggregateType": "session",
            "aggregateId": "s", "version": 1, "type": "t", "typeVersion": "1", "actor": "system", "commandId": "c",
            "correlationId": "c", "causationId": null, "payload": "x".repeat(length),
        });
        row.as_object().unwrap().clone()
    }

    fn groups(rows: impl Iterator<Item = Map<String, Value>>) -> Vec<i64> {
        let file = tempfile::NamedTempFile::new().unwrap();
        let mut writer = ParquetWriter::begin(file.reopen().unwrap()).unwrap();
        rows.for_each(|row| writer.add(&row).unwrap());
        writer.finish().unwrap();
        let reader = SerializedFileReader::new(File::open(file.path()).unwrap()).unwrap();
        reader.metadata().row_groups().iter().map(RowGroupMetaData::num_rows).collect()
    }

    #[test]
    fn a_row_group_ends_before_memory_does() {
        let large = groups((0..20).map(|position| row(position, 1 << 20)));
        assert_eq!(large, [16, 4], "by their bytes");
        let many = groups((0..=ROWS).map(|position| row(position, 0)));
        assert_eq!(many, [50_000, 1], "by their number");
    }
}
