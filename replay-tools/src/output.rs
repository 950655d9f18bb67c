//! What goes to standard output: a table for people, JSON lines for programs, CSV for spreadsheets.

mod csv;
mod table;

use std::io::{self, BufWriter, IsTerminal, Stdout, Write};

use clap::{Args, ValueEnum};
use serde_json::{Map, Value};

use table::Table;

/// How rows are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Format {
    /// Columns, cut to what is told at a glance.
    Table,
    /// One object a line, in full, keys in order.
    Json,
    /// The table's columns, with a line of names first.
    Csv,
}

/// What can be asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Asked {
    /// Columns, cut to what is told at a glance.
    Table,
    /// One object a line, in full, keys in order.
    Json,
    /// The table's columns, with a line of names first.
    Csv,
    /// The same fields as JSON, as a file for DuckDB and the like: `events list` alone, into a file or a pipe.
    Parquet,
}

/// How the output looks.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Output")]
pub(crate) struct OutputOptions {
    /// How rows are written. Without it a table on a terminal, JSON lines in a pipe.
    #[arg(short, long, value_enum, value_name = "FORMAT", global = true)]
    output: Option<Asked>,

    /// No colour on a terminal, whatever the value.
    #[arg(long, env = "NO_COLOR", value_name = "ANY", num_args = 0..=1, require_equals = true,
          default_missing_value = "1", hide_env = true, global = true)]
    no_color: Option<String>,
}

impl OutputOptions {
    /// What was asked for, or what suits the one who reads.
    pub(crate) fn format(&self) -> Format {
        match self.output {
            Some(Asked::Table) => Format::Table,
            Some(Asked::Csv) => Format::Csv,
            None if io::stdout().is_terminal() => Format::Table,
            // Whoever writes Parquet asks for that first; no other command takes it.
            Some(Asked::Json | Asked::Parquet) | None => Format::Json,
        }
    }

    /// Whether a Parquet file is asked for instead of rows.
    pub(crate) fn is_parquet(&self) -> bool {
        self.output == Some(Asked::Parquet)
    }

    fn is_coloured(&self) -> bool {
        io::stdout().is_terminal() && self.no_color.as_deref().is_none_or(str::is_empty)
    }

    /// Rows of these columns; a table and CSV show them, JSON shows everything.
    pub(crate) fn rows(&self, columns: &'static [&'static str]) -> Rows {
        let columns = match self.format() {
            Format::Json => Shape::Json,
            Format::Csv => Shape::Csv { columns, begun: false },
            Format::Table => Shape::Table(Table::new(columns, self.is_coloured())),
        };
        Rows { shape: columns, out: BufWriter::new(io::stdout()) }
    }
}

/// Rows on their way to standard output, never all in memory.
pub(crate) struct Rows {
    shape: Shape,
    out: BufWriter<Stdout>,
}

enum Shape {
    Json,
    Csv { columns: &'static [&'static str], begun: bool },
    Table(Table),
}

impl Rows {
    /// Writes one row.
    pub(crate) fn write(&mut self, row: &Map<String, Value>) -> io::Result<()> {
        match &mut self.shape {
            Shape::Json => {
                serde_json::to_writer(&mut self.out, row)?;
                self.out.write_all(b"\n")
            }
            Shape::Csv { columns, begun } => {
                csv_header(&mut self.out, columns, begun)?;
                let cells: Vec<String> = columns.iter().map(|column| cell(row.get(*column))).collect();
                csv::line(&mut self.out, cells.iter().map(String::as_str))
            }
            Shape::Table(table) => table.add(&mut self.out, |column| cell(row.get(column))),
        }
    }

    /// Shows what was written so far: whoever waits for more sees it now.
    pub(crate) fn flush(&mut self) -> io::Result<()> {
        match &mut self.shape {
            Shape::Table(table) => table.flush(&mut self.out)?,
            // A file without rows has its columns all the same.
            Shape::Csv { columns, begun } => csv_header(&mut self.out, columns, begun)?,
            Shape::Json => {}
        }
        self.out.flush()
    }
}

fn csv_header(out: &mut impl Write, columns: &[&str], begun: &mut bool) -> io::Result<()> {
    if std::mem::replace(begun, true) { Ok(()) } else { csv::line(out, columns.iter().copied()) }
}

/// The row that `json!({…})` describes.
pub(crate) fn row(fields: Value) -> Map<String, Value> {
    match fields {
        Value::Object(row) => row,
        _ => Map::new(),
    }
}

fn cell(value: Option<&Value>) -> String {
    match value {
        None | Some(Value::Null) => String::new(),
        Some(Value::String(text)) => text.clone(),
        Some(other) => other.to_string(),
    }
}

/// Text that was written as it is, ending in one newline.
pub(crate) fn text(text: &str) -> io::Result<()> {
    let mut out = io::stdout().lock();
    out.write_all(text.trim_end_matches('\n').as_bytes())?;
    out.write_all(b"\n")?;
    out.flush()
}

/// Tells whoever sits there something, beside the data.
#[expect(clippy::print_stderr, reason = "this is the command line")]
pub(crate) fn told(what: &str) {
    eprintln!("{what}");
}

/// What others wrote, harmless on a terminal: nothing in it moves the cursor or changes colours.
pub(crate) fn harmless(text: &str) -> String {
    text.chars().map(|letter| if letter.is_control() { ' ' } else { letter }).collect()
}
