//! Cuts long texts and logs to what helps most, and says what was left out.

use std::collections::HashSet;

use crate::assistant::telling::tells;

/// Lines around a telling one that are shown with it.
const BEFORE: usize = 1;
const AFTER: usize = 2;
/// Longest line of a log with many lines.
const LONG_LINE: usize = 400;
/// A log of fewer lines is cut like a text: its lines are long, and choosing among them would lose most of it.
const FEW_LINES: usize = 20;

/// Head and tail of a text, the head twice the longer, when it has more than `most` characters.
pub(in crate::assistant) fn text(text: &str, most: usize) -> String {
    let length = text.chars().count();
    if length <= most {
        return text.to_owned();
    }
    let head: String = text.chars().take(most * 2 / 3).collect();
    let tail: String = text.chars().skip(length - most / 3).collect();
    let left_out = length - most * 2 / 3 - most / 3;
    format!("{}\n[… {left_out} characters left out …]\n{}", head.trim_end(), tail.trim_start())
}

/// Head, tail and telling lines of a log, when it has more than `most` characters. A fifth goes to the head, a third to
/// the tail, what is left to lines from between that tell of trouble, with a little around them; those that differ from
/// an earlier one only in numbers come last.
pub(in crate::assistant) fn log(log: &str, most: usize) -> String {
    if log.len() <= most || log.chars().count() <= most {
        return log.to_owned();
    }
    let lines: Vec<&str> = log.lines().collect();
    if lines.len() < FEW_LINES {
        return text(log, most);
    }
    let longest = (most / lines.len().max(1)).max(LONG_LINE);
    let cost = |line: usize| lines[line].chars().take(longest + 40).count() + 1;
    let head = taken(0..lines.len(), most / 5, cost);
    let tail = taken((head..lines.len()).rev(), most / 3, cost);
    let middle = head..lines.len() - tail;

    let mut shown: HashSet<usize> = (0..head).chain(middle.end..lines.len()).collect();
    let mut left = most - most / 5 - most / 3;
    let mut seen = HashSet::new();
    let telling: Vec<usize> = middle.clone().filter(|line| tells(lines[*line])).collect();
    let (first, again): (Vec<_>, Vec<_>) =
        telling.into_iter().partition(|line| seen.insert(shape(lines[*line])));
    for line in first.into_iter().chain(again) {
        let around = line.saturating_sub(BEFORE).max(middle.start)..(line + AFTER + 1).min(middle.end);
        let fresh: Vec<usize> = around.filter(|near| !shown.contains(near)).collect();
        let needed: usize = fresh.iter().map(|near| cost(*near)).sum();
        if needed > left {
            break;
        }
        left -= needed;
        shown.extend(fresh);
    }
    written(&lines, &shown, longest)
}

/// How many lines fit.
fn taken(lines: impl Iterator<Item = usize>, most: usize, cost: impl Fn(usize) -> usize) -> usize {
    let mut left = most;
    let fitting = lines.take_while(|line| {
        let fits = cost(*line) <= left;
        left = left.saturating_sub(cost(*line));
        fits
    });
    fitting.count()
}

fn written(lines: &[&str], shown: &HashSet<usize>, longest: usize) -> String {
    let mut out: Vec<String> = Vec::new();
    let mut gap = 0;
    for (number, line) in lines.iter().enumerate() {
        if !shown.contains(&number) {
            gap += 1;
            continue;
        }
        out.extend(told_gap(gap));
        gap = 0;
        out.push(text(line, longest));
    }
    out.extend(told_gap(gap));
    out.join("\n")
}

fn told_gap(lines: usize) -> Option<String> {
    match lines {
        0 => None,
        1 => Some("[… 1 line left out …]".to_owned()),
        _ => Some(format!("[… {lines} lines left out …]")),
    }
}

/// The line without its digits: what repeats with other times and numbers has the same shape.
fn shape(line: &str) -> String {
    line.chars().filter(|it| !it.is_ascii_digit()).take(LONG_LINE).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_fits_stays_as_it_is() {
        assert_eq!(text("short", 5), "short");
        assert_eq!(log("a\nb\n", 12), "a\nb\n");
    }

    #[test]
    fn a_long_text_keeps_its_head_and_its_tail() {
        let cut = text(&format!("{}{}", "a".repeat(100), "ß".repeat(100)), 90);
        assert_eq!(cut, format!("{}\n[… 110 characters left out …]\n{}", "a".repeat(60), "ß".repeat(30)));
    }

    #[test]
    fn a_long_log_keeps_head_tail_and_each_kind_of_telling_line() {
        let mut lines: Vec<String> = (0..5_000).map(|n| format!("{n:05} all is well")).collect();
        for (n, line) in lines.iter_mut().enumerate().take(2_000).skip(1_000) {
            *line = format!("{n:05} warning: retry {n}");
        }
        lines[3_000] = "03000 ERROR 0x80070005 access denied".into();
        let cut = log(&lines.join("\n"), 3_000);
        assert!(cut.chars().count() < 3_600, "{}", cut.chars().count());
        assert!(cut.starts_with("00000 all") && cut.ends_with("04999 all is well"));
        for line in ["02999 all", "03000 ERROR 0x80070005", "03002 all", "01000 warning", "lines left out …]"]
        {
            assert!(cut.contains(line), "{line} is missing in {cut}");
        }
    }

    #[test]
    fn a_log_of_one_endless_line_is_cut_too() {
        let cut = log(&"x".repeat(1_000_000), 1_000);
        assert!(cut.contains("left out") && cut.chars().count() < 1_100, "{}", cut.chars().count());
    }
}
