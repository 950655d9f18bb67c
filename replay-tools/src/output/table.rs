//! A table for people: columns as wide as the first rows need, so that any number of rows fits into memory.

use std::io::{self, Write};

use crate::output::harmless;

/// So many rows are looked at before the widths are settled.
const LOOKED_AT: usize = 200;
const WIDEST: usize = 60;

/// Rows on their way into columns.
pub(super) struct Table {
    columns: &'static [&'static str],
    coloured: bool,
    widths: Option<Vec<usize>>,
    waiting: Vec<Vec<String>>,
}

impl Table {
    pub(super) fn new(columns: &'static [&'static str], coloured: bool) -> Self {
        Self { columns, coloured, widths: None, waiting: Vec::new() }
    }

    /// Takes one row.
    pub(super) fn add(&mut self, out: &mut impl Write, cell: impl Fn(&str) -> String) -> io::Result<()> {
        let mut row: Vec<String> = self.columns.iter().map(|column| harmless(&cell(column))).collect();
        // The last one pushes nothing aside: what it says, say a head to be kept elsewhere, is shown whole.
        if let Some((_, before)) = row.split_last_mut() {
            before.iter_mut().for_each(cut);
        }
        self.waiting.push(row);
        if self.waiting.len() >= LOOKED_AT { self.flush(out) } else { Ok(()) }
    }

    /// Writes what waits.
    pub(super) fn flush(&mut self, out: &mut impl Write) -> io::Result<()> {
        let rows = std::mem::take(&mut self.waiting);
        if rows.is_empty() {
            return Ok(());
        }
        if self.widths.is_none() {
            let widths = widths(self.columns, &rows);
            let names: Vec<String> = self.columns.iter().map(|name| (*name).to_owned()).collect();
            let (bold, plain) = if self.coloured { ("\x1b[1m", "\x1b[0m") } else { ("", "") };
            writeln!(out, "{bold}{}{plain}", in_columns(&names, &widths))?;
            self.widths = Some(widths);
        }
        let widths = self.widths.as_deref().unwrap_or_default();
        rows.iter().try_for_each(|row| writeln!(out, "{}", in_columns(row, widths)))
    }
}

fn cut(text: &mut String) {
    if text.chars().count() > WIDEST {
        *text = text.chars().take(WIDEST - 1).chain(['…']).collect();
    }
}

fn widths(columns: &[&str], rows: &[Vec<String>]) -> Vec<usize> {
    let longest =
        |column: usize| rows.iter().filter_map(|row| row.get(column)).map(|cell| cell.chars().count()).max();
    columns
        .iter()
        .enumerate()
        .map(|(number, name)| longest(number).unwrap_or_default().max(name.chars().count()))
        .collect()
}

fn in_columns(cells: &[String], widths: &[usize]) -> String {
    let line: Vec<String> = cells.iter().zip(widths).map(|(cell, width)| format!("{cell:width$}")).collect();
    line.join("  ").trim_end().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table(rows: &[[&str; 2]]) -> String {
        let mut out = Vec::new();
        let mut table = Table::new(&["name", "said"], false);
        for [name, said] in rows {
            table
                .add(
                    &mut out,
                    |column| if column == "name" { (*name).to_owned() } else { (*said).to_owned() },
                )
                .unwrap();
        }
        table.flush(&mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn columns_are_as_wide_as_they_need_to_be() {
        assert_eq!(table(&[["a", "b"], ["longer", "c"]]), "name    said\na       b\nlonger  c\n");
    }

    #[test]
    fn what_others_wrote_does_not_steer_the_terminal_and_is_cut_but_at_the_end_of_a_line() {
        let (long, last) = ("x".repeat(100), "y".repeat(100));
        let shown = table(&[["\x1b[2J", "a\nb"], [&long, &last]]);
        assert!(!shown.contains('\x1b') && shown.contains("a b"), "{shown:?}");
        assert!(shown.contains('…') && !shown.contains(&long));
        assert!(shown.contains(&last));
    }
}
