//! Comma-separated values as RFC 4180 writes them, lines ending in a newline alone.

use std::io::{self, Write};

/// Writes one line.
pub(super) fn line<'a>(out: &mut impl Write, cells: impl Iterator<Item = &'a str>) -> io::Result<()> {
    for (number, cell) in cells.enumerate() {
        if number > 0 {
            out.write_all(b",")?;
        }
        if cell.contains([',', '"', '\n', '\r']) {
            write!(out, "\"{}\"", cell.replace('"', "\"\""))?;
        } else {
            out.write_all(cell.as_bytes())?;
        }
    }
    out.write_all(b"\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_separates_is_quoted_and_quotes_are_doubled() {
        let mut out = Vec::new();
        line(&mut out, ["plain", "a,b", "say \"no\"", "two\nlines", ""].into_iter()).unwrap();
        assert_eq!(String::from_utf8(out).unwrap(), "plain,\"a,b\",\"say \"\"no\"\"\",\"two\nlines\",\n");
    }
}
