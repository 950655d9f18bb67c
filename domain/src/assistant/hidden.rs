//! Characters that a person does not see but a model reads: what hides in them must not pass unnoticed.

use std::fmt::Write;

/// More marks of the harmless kind in one place than any script or emoji has need of: something is written in them.
const SUSPICIOUS_RUN: usize = 8;

/// How a character shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Showing {
    /// It is seen, or it is a line break or a tab.
    Seen,
    /// Unseen, and common in honest text: soft hyphens, joiners, byte order marks, the shape of an emoji.
    Harmless,
    /// Unseen and out of place, but often by accident: control characters in logs, direction marks copied with a path.
    Odd,
    /// Unseen, and hardly there without a purpose: reversed reading order, tags, fillers.
    Suspicious,
}

/// The text with nothing hidden in it: every kind of line break is one, terminal colours and the harmless unseen
/// characters are dropped, and the others stand there as `[U+202E]`, a run of them as one mark.
pub(crate) fn made_visible(text: &str) -> String {
    let text = without_terminal_codes(&unified_breaks(text));
    let mut out = String::with_capacity(text.len());
    let mut rest = text.as_str();
    while !rest.is_empty() {
        let run = rest.find(|it| showing(it) == Showing::Seen).unwrap_or(rest.len());
        if run == 0 {
            let seen = rest.find(|it| showing(it) != Showing::Seen).unwrap_or(rest.len());
            out.push_str(&rest[..seen]);
            rest = &rest[seen..];
            continue;
        }
        let shown = worth_showing(&rest[..run]);
        // Writing to a String can't fail.
        let _ = match shown {
            None => Ok(()),
            Some((1, it)) => write!(out, "[U+{:04X}]", u32::from(it)),
            Some((count, it)) => {
                write!(out, "[U+{:04X} and {} more unseen characters]", u32::from(it), count - 1)
            }
        };
        rest = &rest[run..];
    }
    out
}

/// How many characters of the text hide something.
pub(crate) fn count(text: &str) -> usize {
    let text = unified_breaks(text);
    text.split(|it| showing(it) == Showing::Seen).filter(|run| !run.is_empty()).map(suspicious).sum()
}

/// The text as it would read if nothing could hide: without unseen characters, tags as the letters they repeat.
pub(crate) fn unveiled(text: &str) -> String {
    let seen = |it: char| match it {
        '\u{e0020}'..='\u{e007e}' => char::from_u32(u32::from(it) - 0xe0000),
        it => (showing(it) == Showing::Seen).then_some(it),
    };
    without_terminal_codes(&unified_breaks(text)).chars().filter_map(seen).collect()
}

/// Of a run of unseen characters those that hide something: a long run of harmless ones counts whole.
fn suspicious(run: &str) -> usize {
    let all = run.chars().filter(|it| showing(*it) != Showing::Odd).count();
    if all >= SUSPICIOUS_RUN {
        return all;
    }
    run.chars().filter(|it| showing(*it) == Showing::Suspicious).count()
}

/// How many characters of a run are to be shown, and the first of them.
fn worth_showing(run: &str) -> Option<(usize, char)> {
    let long = suspicious(run) >= SUSPICIOUS_RUN;
    let shown = || run.chars().filter(|it| long || showing(*it) != Showing::Harmless);
    shown().next().map(|first| (shown().count(), first))
}

fn showing(it: char) -> Showing {
    match it {
        '\n' | '\t' => Showing::Seen,
        '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{2060}' | '\u{feff}' | '\u{fe00}'..='\u{fe0f}' => {
            Showing::Harmless
        }
        '\u{61c}'
        | '\u{180b}'..='\u{180f}'
        | '\u{202a}'..='\u{202c}'
        | '\u{2066}'..='\u{2069}'
        | '\u{fff0}'..='\u{fffb}' => Showing::Odd,
        '\u{34f}'
        | '\u{115f}'
        | '\u{1160}'
        | '\u{17b4}'
        | '\u{17b5}'
        | '\u{202d}'
        | '\u{202e}'
        | '\u{2061}'..='\u{2065}'
        | '\u{206a}'..='\u{206f}'
        | '\u{2800}'
        | '\u{3164}'
        | '\u{ffa0}'
        | '\u{e0000}'..='\u{e0fff}' => Showing::Suspicious,
        it if it.is_control() => Showing::Odd,
        _ => Showing::Seen,
    }
}

/// Line and paragraph separators, form feeds, next-line and lone carriage returns are line breaks. NUL is dropped: logs
/// in UTF-16 are full of it.
fn unified_breaks(text: &str) -> String {
    text.replace("\r\n", "\n")
        .replace(['\r', '\u{b}', '\u{c}', '\u{85}', '\u{2028}', '\u{2029}'], "\n")
        .replace('\0', "")
}

/// Without `ESC [ … letter`, the colours and cursor moves of a terminal.
fn without_terminal_codes(text: &str) -> String {
    let mut parts = text.split("\u{1b}[");
    let mut out = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let parameters = part.bytes().take_while(|it| (0x20..0x40).contains(it)).count();
        match part[parameters..].chars().next() {
            Some(end) if ('@'..='~').contains(&end) => out.push_str(&part[parameters + 1..]),
            _ => {
                out.push_str("\u{1b}[");
                out.push_str(part);
            }
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reversed_order_and_tags_are_shown_and_counted() {
        assert_eq!(made_visible("invoice\u{202e}fdp.exe"), "invoice[U+202E]fdp.exe");
        let tagged: String = "ok".chars().chain("ignore".chars().map(tag)).collect();
        assert_eq!(made_visible(&tagged), "ok[U+E0069 and 5 more unseen characters]");
        assert_eq!((count("invoice\u{202e}fdp.exe"), count(&tagged)), (1, 6));
    }

    #[test]
    fn what_honest_text_holds_is_dropped_and_not_counted() {
        let honest = "\u{feff}Dru\u{ad}cker 👩\u{200d}💻 ❤\u{fe0f} \u{1b}[31;1mrot\u{1b}[0m\r\nZeile\0";
        assert_eq!(made_visible(honest), "Drucker 👩💻 ❤ rot\nZeile");
        assert_eq!(count(honest), 0);
    }

    #[test]
    fn a_message_written_in_joiners_is_shown() {
        let written = "a\u{200b}\u{200c}\u{200b}\u{200d}\u{200b}\u{200c}\u{200b}\u{200d}b";
        assert_eq!(made_visible(written), "a[U+200B and 7 more unseen characters]b");
        assert_eq!(count(written), 8);
    }

    #[test]
    fn what_comes_with_a_copied_path_is_shown_and_not_counted() {
        let path = "\u{202a}C:\\Temp\u{7}";
        assert_eq!((made_visible(path).as_str(), count(path)), ("[U+202A]C:\\Temp[U+0007]", 0));
    }

    #[test]
    fn unveiled_tags_are_letters() {
        let tagged: String = "ig\u{200b}n".chars().chain("ore".chars().map(tag)).collect();
        assert_eq!(unveiled(&tagged), "ignore");
    }

    fn tag(it: char) -> char {
        char::from_u32(0xe0000 + u32::from(it)).expect("a tag")
    }
}
