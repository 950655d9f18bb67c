//! A log's one telling line, without its timestamp, level and numbers that only machines read.

use std::sync::LazyLock;

use regex::Regex;

use super::telling;

/// Words that make a line of a log tell something.
const TELLING: [&str; 22] = [
    "error",
    "fail",
    "fatal",
    "critical",
    "warn",
    "denied",
    "refused",
    "exception",
    "timeout",
    "timed out",
    "unable",
    "cannot",
    "could not",
    "invalid",
    "not found",
    "expired",
    "fehler",
    "0x",
    "full",
    "blocked",
    "rejected",
    "no proposal",
];
/// More lines of a log are not compared.
const MOST_LINES: usize = 400;

/// The first of the lines that tell most; none in an empty log.
pub(super) fn telling_line(log: &str) -> Option<String> {
    let lines: Vec<String> =
        joined(log).iter().map(|line| trimmed(line)).filter(|line| !line.is_empty()).collect();
    let tells = |line: &&String| {
        let lower = line.to_lowercase();
        TELLING.iter().any(|word| lower.contains(word))
    };
    let worth = |line: &String| telling::weight(line).clamp(0, 6) + sentence_like(line);
    let mut best: Option<(&String, i32)> = None;
    for line in lines.iter().filter(tells) {
        if best.is_none_or(|(_, most)| worth(line) > most) {
            best = Some((line, worth(line)));
        }
    }
    best.map(|(line, _)| line).or_else(|| lines.first()).cloned()
}

/// A line of words says more than one of names and numbers.
fn sentence_like(line: &str) -> i32 {
    let words = line.split_whitespace().filter(|word| word.chars().all(char::is_alphabetic)).count();
    i32::try_from(words.min(8)).unwrap_or(0) / 2
}

/// Lines that go on far to the right of where they began are one.
fn joined(log: &str) -> Vec<String> {
    let indent = |line: &str| line.len() - line.trim_start().len();
    let mut lines: Vec<String> = Vec::new();
    let mut first_indent = 0;
    for line in log.lines().take(MOST_LINES) {
        match lines.last_mut() {
            Some(last) if !last.is_empty() && !line.trim().is_empty() && indent(line) >= first_indent + 8 => {
                last.push(' ');
                last.push_str(line.trim());
            }
            _ => {
                first_indent = indent(line);
                lines.push(line.trim().to_owned());
            }
        }
    }
    lines
}

/// What a line says, without when and where.
fn trimmed(line: &str) -> String {
    let line: String = line.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    if let Some(said) = MESSAGE.captures(&line).and_then(|found| found.get(1).or_else(|| found.get(2))) {
        return said.as_str().split_whitespace().collect::<Vec<_>>().join(" ");
    }
    let mut rest = line.trim();
    while let Some(lead) = LEAD.find(rest).filter(|found| !found.is_empty() && found.end() < rest.len()) {
        rest = rest[lead.end()..].trim_start();
    }
    let rest = rest.split_whitespace().collect::<Vec<_>>().join(" ");
    // A quotation that goes on in the next line.
    if rest.matches('\'').count() == 1 { rest.replacen('\'', "", 1) } else { rest }
}

/// What `msg="…"` says in a line of names and values.
static MESSAGE: LazyLock<Regex> = LazyLock::new(|| {
    pattern(r#"(?i)\b(?:msg|message|reason|error_?(?:message|msg)?)=(?:"([^"]{3,})"|'([^']{3,})')"#)
});

/// Dates, times, levels, the names and numbers of who wrote the line.
static LEAD: LazyLock<Regex> = LazyLock::new(|| {
    let leads = [
        r"[\[(]?\d{4}[-/.]\d{2}[-/.]\d{2}(?:[T ]\d{2}:\d{2}(?::\d{2})?(?:[.,]\d+)?(?:Z|[+-]\d{2}:?\d{2})?)?[\])]?[ ,;|-]*",
        r"[\[(]?\d{1,2}[./]\d{1,2}[./]\d{2,4}[ ,T]*(?:\d{1,2}:\d{2}(?::\d{2})?)?[\])]?[ ,;|-]*",
        r"[\[(]?\d{1,2}:\d{2}(?::\d{2})?(?:[.,]\d+)?[\])]?[ ,;|-]+",
        r"(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) +\d{1,2} \d{2}:\d{2}:\d{2} +",
        r"[\w-]+=(?:\x22[^\x22]*\x22|[^\s\x22]+)[ ,;]+",
        r"\[[^\]]{1,30}\][ :|-]*",
        r"(?i:message|description|meldung|beschreibung|details?|info|debug|trace|notice)\s*:\s+",
        r"[\w./-]*\d*(?: \d+)?(?::[\w.-]+)*:\d+:\s+",
    ];
    pattern(&format!("^(?:{}|ike \\S+: )", leads.join("|")))
});

fn pattern(pattern: &str) -> Regex {
    Regex::new(pattern).expect("invariant: the patterns of a log's leads are valid expressions")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_told_without_when_and_where() {
        for (line, told) in [
            ("2024-01-01 10:00:02.123 ERROR disk full", "ERROR disk full"),
            ("[10:01:22] [worker-3] access denied for C:\\Temp", "access denied for C:\\Temp"),
            ("Mar  3 09:12:01 kernel panic, cannot mount", "kernel panic, cannot mount"),
            (
                "date=2026-11-17 time=10:02:11 level=\"error\" msg=\"negotiation failed\"",
                "negotiation failed",
            ),
            (
                "date=2026-11-17 time=10:02:11 ike 0:kassel:4711:lan:90210: no proposal chosen",
                "no proposal chosen",
            ),
            (
                "Message     : Installation failed\n              with error 0x80070643",
                "Installation failed with error 0x80070643",
            ),
        ] {
            assert_eq!(telling_line(line).as_deref(), Some(told), "{line}");
        }
    }

    #[test]
    fn the_line_that_tells_most_is_taken_and_the_first_if_none_does() {
        let log =
            "Level: Warning\nScope 10.0.0.0 is 100 percent full and cannot lease any address\nError: none";
        assert!(telling_line(log).unwrap().starts_with("Scope"));
        assert_eq!(telling_line("started\nrunning").as_deref(), Some("started"));
        assert_eq!(telling_line("\n \n"), None);
    }
}
