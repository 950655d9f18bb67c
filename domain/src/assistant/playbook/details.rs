//! Taking a node's details apart: what to look at, what to expect, what to do afterwards.

use crate::assistant::contract::{MAX_LINE, MAX_LINES};

/// Beginnings of lines that speak of the time after the solution.
const AFTERWARDS: [&str; 13] = [
    "verify",
    "prevent",
    "afterwards",
    "afterward",
    "follow up",
    "follow-up",
    "tell the",
    "document",
    "monitor",
    "watch",
    "later",
    "danach",
    "vorbeugen",
];

/// The parts of an action's details.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct ActionDetails {
    /// Why and where.
    pub(super) context: Option<String>,
    /// Bullet or numbered lines.
    pub(super) checklist: Vec<String>,
    /// What tells success from failure.
    pub(super) outcome: Option<String>,
}

/// Takes an action's details apart.
pub(super) fn of_action(details: &str) -> ActionDetails {
    let mut context = Vec::new();
    let mut checklist = Vec::new();
    let mut outcome = None;
    for line in details.lines() {
        let (line, expected) = split_outcome(line);
        outcome = expected.or(outcome);
        match items(line) {
            Some(found) => checklist.extend(found),
            None => context.push(line),
        }
    }
    // A list that a checklist can't hold stays where it was written.
    let fits = checklist.len() <= MAX_LINES && checklist.iter().all(|item| item.chars().count() <= MAX_LINE);
    if !fits {
        checklist.clear();
        context = details.lines().map(|line| split_outcome(line).0).collect();
    }
    ActionDetails { context: joined(&context), checklist, outcome }
}

/// A solution's details: how it is done, and what comes afterwards.
pub(super) fn of_solution(details: &str) -> (Option<String>, Vec<String>) {
    let mut context = Vec::new();
    let mut follow_ups = Vec::new();
    for line in details.lines() {
        let plain = line.trim().trim_start_matches(['-', '*', '•']).trim_start();
        let start = plain.get(..plain.len().min(16)).unwrap_or(plain).to_lowercase();
        let later = AFTERWARDS.iter().any(|beginning| start.starts_with(beginning));
        if later && follow_ups.len() < MAX_LINES && plain.chars().count() <= MAX_LINE {
            follow_ups.push(plain.to_owned());
        } else {
            context.push(line);
        }
    }
    (joined(&context), follow_ups)
}

/// `Succeeded: … Failed: …` says in words what the two children of an action mean.
fn split_outcome(line: &str) -> (&str, Option<String>) {
    let Some((before, after)) = line.split_once("Succeeded:") else { return (line, None) };
    let outcome = match after.split_once("Failed:") {
        Some((worked, failed)) => format!("Succeeded: {} Failed: {}", worked.trim(), failed.trim()),
        None => after.trim().to_owned(),
    };
    (before.trim_end(), Some(outcome))
}

/// The items of a bullet line, or of a line that counts: "1. Look. 2. Think."
fn items(line: &str) -> Option<Vec<String>> {
    let line = line.trim();
    if let Some(item) = ["- ", "* ", "• "].iter().find_map(|bullet| line.strip_prefix(bullet)) {
        return Some(vec![item.trim().to_owned()]);
    }
    let digits = line.chars().take_while(char::is_ascii_digit).count();
    let number: u32 = line.get(..digits)?.parse().ok()?;
    let mut rest = line[digits..].strip_prefix(". ").or_else(|| line[digits..].strip_prefix(") "))?;
    let mut items = Vec::new();
    for following in number.saturating_add(1).. {
        let Some((item, after)) = rest.split_once(&format!(" {following}. ")) else { break };
        items.push(item.trim().to_owned());
        rest = after;
    }
    items.push(rest.trim().to_owned());
    Some(items)
}

fn joined(lines: &[&str]) -> Option<String> {
    let text = lines.join("\n").trim().to_owned();
    (!text.is_empty()).then_some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_action_s_details_give_context_checklist_and_outcome() {
        let details = of_action(
            "Every lockout is logged.\n\n- Open the log\n- Filter 4740\nSucceeded: a name stands there. Failed: no event.",
        );
        assert_eq!(details.context.as_deref(), Some("Every lockout is logged."));
        assert_eq!(details.checklist, ["Open the log", "Filter 4740"]);
        assert_eq!(details.outcome.as_deref(), Some("Succeeded: a name stands there. Failed: no event."));
    }

    #[test]
    fn numbers_in_one_line_are_items_and_other_numbers_are_not() {
        let details = of_action("1. Block it. 2. Look at 5. floor. 3. Unlock.\n169.254 means no lease");
        assert_eq!(details.checklist, ["Block it.", "Look at 5. floor.", "Unlock."]);
        assert_eq!(details.context.as_deref(), Some("169.254 means no lease"));
    }

    #[test]
    fn a_list_too_long_for_a_checklist_stays_in_the_context() {
        let long = "- item\n".repeat(30);
        let details = of_action(&long);
        assert!(details.checklist.is_empty());
        assert_eq!(details.context.unwrap().lines().count(), 30);
    }

    #[test]
    fn a_solution_s_follow_ups_are_the_lines_about_afterwards() {
        let (context, follow_ups) =
            of_solution("Sign out first.\nVerify: no event.\nPrevent: managed accounts.");
        assert_eq!(context.as_deref(), Some("Sign out first."));
        assert_eq!(follow_ups, ["Verify: no event.", "Prevent: managed accounts."]);
    }
}
