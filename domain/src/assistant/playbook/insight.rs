//! What can honestly be said to whoever takes a case over, without a model: the branches of the flow that nobody has tried,
//! the facts that nobody has given, and what the answers speak against.

use super::{gather, walk};
use crate::assistant::case::{Case, GuidingFlow, PastStep};
use crate::assistant::contract::MAX_LINE;
use crate::assistant::reading::EscalationInsight;
use crate::flow::tree::{FlowNode, FlowNodeType, Tree};
use crate::session::answer::Answer;
use crate::session::step::{StepContent, StepOption};
use crate::session::view::cut_at_word;

/// Most hypotheses, and most next steps.
const MOST: usize = 5;
/// Most of what is ruled out; the latest count.
const MOST_RULED_OUT: usize = 10;
/// What is quoted of a step or of what was seen.
const QUOTED: usize = 160;

/// The playbook's insight into an escalated case: nothing is guessed, and all three lists may be empty.
pub fn insight(case: &Case) -> EscalationInsight {
    let (hypotheses, mut next_steps) = case.flow.as_ref().map(|flow| ahead(flow, case)).unwrap_or_default();
    if next_steps.is_empty() {
        next_steps =
            gather::missing(case).take(MOST).map(|fact| format!("Find out: {}", fact.text)).collect();
    }
    let mut ruled_out: Vec<_> =
        case.history.iter().rev().filter_map(ruled_out).take(MOST_RULED_OUT).collect();
    ruled_out.reverse();
    let fit = |entries: Vec<String>| entries.iter().map(|entry| cut_at_word(entry, MAX_LINE)).collect();
    EscalationInsight { hypotheses: fit(hypotheses), next_steps: fit(next_steps), ruled_out: fit(ruled_out) }
}

/// The solutions that are left in the flow and what leads to them, in the order in which the playbook would come to them.
fn ahead(flow: &GuidingFlow, case: &Case) -> (Vec<String>, Vec<String>) {
    let tree = Tree::new(&flow.nodes);
    let ahead = walk::ahead(flow, &tree, &case.history);
    let hypotheses = ahead.solutions.iter().take(MOST).map(|node| under_its_label(node, &tree)).collect();
    let steps = ahead.nodes.iter().take(MOST);
    (hypotheses, steps.map(|node| to_do(node)).collect())
}

/// A solution with what was to be observed for it: the nearest label above it.
fn under_its_label(solution: &FlowNode, tree: &Tree<'_>) -> String {
    let mut node = Some(solution);
    while let Some(at) = node {
        let label = at.label.as_deref().map(str::trim).filter(|label| !label.is_empty());
        if let Some(label) = label {
            return format!("{label}: {}", solution.text);
        }
        node = tree.parent(&at.id);
    }
    solution.text.clone()
}

fn to_do(node: &FlowNode) -> String {
    match node.kind {
        FlowNodeType::Question => format!("Find out: {}", node.text),
        FlowNodeType::Action => node.text.clone(),
        FlowNodeType::Solution => format!("Try: {}", node.text),
    }
}

/// What an answer speaks against. A skip, and what was never answered, speak against nothing.
fn ruled_out(past: &PastStep) -> Option<String> {
    let text = cut_at_word(past.step.content.text(), QUOTED);
    let number = past.step.ordinal.saturating_add(1);
    match (past.answer.as_ref()?, &past.step.content) {
        (Answer::ActionResult(result), _) if !result.succeeded => {
            let seen = result.details.as_deref().map(|details| cut_at_word(details, QUOTED));
            let seen = seen.map(|seen| format!(" Seen: {seen}")).unwrap_or_default();
            Some(format!("“{text}” did not resolve it (step {number}).{seen}"))
        }
        (Answer::Option(chosen), StepContent::Question { options, .. }) => {
            let other = |option: &&StepOption| option.value != chosen.value;
            let others: Vec<_> =
                options.iter().filter(other).map(|option| format!("“{}”", *option.label)).collect();
            (!others.is_empty()).then(|| {
                format!(
                    "Not {}: “{text}” was answered “{}” (step {number}).",
                    others.join(", "),
                    *chosen.label
                )
            })
        }
        _ => None,
    }
}
