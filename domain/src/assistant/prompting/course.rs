//! The course so far as it stands in a prompt: every step, answer, note and briefing as a data block, within a budget.

use super::{clip, data, limits};
use crate::assistant::case::PastStep;
use crate::session::answer::Answer;
use crate::session::step::{ActionContent, Step, StepContent, StepKind};

/// One block: what it is, and what it says.
struct Entry {
    attributes: String,
    content: String,
}

/// The course, oldest first; a sentence where there is none yet. The latest entries stand whole, older ones are shortened
/// and the oldest left out when the budget is used up.
pub(super) fn told(history: &[PastStep]) -> String {
    let entries: Vec<Entry> = history.iter().flat_map(entries).collect();
    if entries.is_empty() {
        return "The course so far: nothing has been asked or tried.".to_owned();
    }
    let mut left = limits::COURSE_BUDGET;
    let mut blocks = Vec::with_capacity(entries.len());
    for entry in entries.iter().rev() {
        let whole = clip::text(&entry.content, limits::ENTRY_BUDGET);
        let fits = |text: &String| text.chars().count() <= left;
        let Some(shown) = Some(whole).filter(fits).or_else(|| Some(short(entry)).filter(fits)) else { break };
        left -= shown.chars().count();
        blocks.push(data::block(&entry.attributes, &shown));
    }
    let left_out = entries.len() - blocks.len();
    if left_out > 0 {
        blocks.push(format!("The {left_out} oldest entries are left out."));
    }
    blocks.push("The course so far, oldest first.".to_owned());
    blocks.reverse();
    blocks.join("\n\n")
}

fn short(entry: &Entry) -> String {
    clip::text(&entry.content, limits::SHORT_ENTRY)
}

/// A step and its answer. The analysis of the intake says nothing that the case file doesn't.
fn entries(past: &PastStep) -> Vec<Entry> {
    let step = &past.step;
    let number = step.ordinal.saturating_add(1);
    let kind = match step.kind() {
        StepKind::IntakeAnalysis => return Vec::new(),
        StepKind::Note => "note",
        StepKind::Briefing => "briefing",
        StepKind::Question => "question",
        StepKind::Action => "instruction",
        StepKind::Verification => "verification",
        StepKind::InfoRequest => "info-request",
        StepKind::ScriptGeneration => "script",
        StepKind::ResolutionSuggestion => "suggested-resolution",
    };
    let mut entries =
        vec![Entry { attributes: format!("kind=\"{kind}\" step=\"{number}\""), content: said(step) }];
    let answer = match &past.answer {
        Some(answer) => Some(answered(answer)),
        None if past.superseded && step.kind().is_answerable() => {
            Some("Closed without an answer.".to_owned())
        }
        None => None,
    };
    entries.extend(
        answer.map(|content| Entry { attributes: format!("kind=\"answer\" step=\"{number}\""), content }),
    );
    entries
}

fn said(step: &Step) -> String {
    let mut lines = vec![step.content.text().to_owned()];
    match &step.content {
        StepContent::Question { options, .. } => {
            lines.extend(options.iter().map(|option| format!("- {}", *option.label)));
        }
        StepContent::Action(action)
        | StepContent::Verification(action)
        | StepContent::InfoRequest(action) => {
            lines.extend(details(action));
        }
        StepContent::ScriptGeneration { template, .. } => lines.push(format!("Script template: {template}")),
        StepContent::ResolutionSuggestion { summary, .. } => lines.push(format!("Summary: {}", **summary)),
        StepContent::Briefing { .. } | StepContent::IntakeAnalysis { .. } | StepContent::Note { .. } => {}
    }
    if step.kind().is_answerable() {
        let node = step.flow_node.as_ref().map(|node| format!(", node [{}]", node.node)).unwrap_or_default();
        lines.push(format!("(confidence {:.2}{node})", step.confidence.score()));
    }
    lines.join("\n")
}

fn details(action: &ActionContent) -> Vec<String> {
    let checklist = action.checklist.iter().map(|item| format!("- {item}"));
    let expected = action.expected_outcome.iter().map(|expected| format!("Expected: {}", **expected));
    checklist.chain(expected).collect()
}

fn answered(answer: &Answer) -> String {
    match answer {
        Answer::Option(option) => format!("Chosen: {}", *option.label),
        Answer::FreeText(text) => format!("In own words: {}", **text),
        Answer::Skipped => "Skipped.".to_owned(),
        Answer::ActionResult(result) => {
            let mut lines = vec![if result.succeeded { "Succeeded." } else { "Did not resolve." }.to_owned()];
            lines.extend(result.details.iter().map(|details| format!("Seen: {}", **details)));
            lines.extend(
                result.next_hint.iter().map(|hint| format!("The engineer would look next at: {}", **hint)),
            );
            lines.join("\n")
        }
    }
}
