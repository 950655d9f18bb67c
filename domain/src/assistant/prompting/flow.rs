//! Flows as they stand in a prompt: the matched one whole, close ones and candidates in short.

use std::fmt::Write;

use super::{data, limits::MAX_CANDIDATES};
use crate::assistant::case::{Case, GuidingFlow};
use crate::flow::event::{FlowHead, FlowKind};
use crate::flow::tree::{FlowNode, FlowNodeType, Tree};
use crate::matching::MatchableFlow;

/// Most keywords of a flow that is told in short.
const KEYWORDS: usize = 12;

/// The flow that guides, whole; or the flows that are still to be told apart; or that there is none.
pub(super) fn guiding(case: &Case) -> String {
    match &case.flow {
        Some(flow) => whole(flow),
        None if case.close.is_empty() => {
            "No flow of the team fits this case: `flowNode` and `leadsTo` are null.".to_owned()
        }
        None => close(&case.close),
    }
}

/// The candidates of a classification, by number.
pub(super) fn candidates(flows: &[MatchableFlow]) -> String {
    if flows.is_empty() {
        return "There is no candidate flow: `flow` is \"none\".".to_owned();
    }
    let told = flows.iter().take(MAX_CANDIDATES).enumerate().map(|(at, flow)| {
        let content = in_short(&flow.head, &flow.nodes);
        data::trusted_as("candidate", &format!("number=\"{}\"", at + 1), &content)
    });
    format!("The candidate flows, nearest first:\n{}", told.collect::<Vec<_>>().join("\n"))
}

/// The flow that a solved case followed and left.
pub(super) fn to_be_changed(flow: &GuidingFlow) -> String {
    format!("The flow that the case followed, from the team's knowledge:\n{}", in_full(flow, ""))
}

fn close(flows: &[GuidingFlow]) -> String {
    let told = flows.iter().take(MAX_CANDIDATES).map(|flow| {
        let content = in_short(&flow.head, &flow.nodes);
        data::trusted_as("flow", &format!("id=\"{}\"", flow.flow), &content)
    });
    format!(
        "No flow is chosen yet; these fit about equally. `flowNode` is null, `leadsTo` names a flow's id:\n{}",
        told.collect::<Vec<_>>().join("\n")
    )
}

fn whole(flow: &GuidingFlow) -> String {
    let matched = format!("\nMatch: {:.2}", flow.score.score());
    format!("The flow that matches this case, from the team's knowledge:\n{}", in_full(flow, &matched))
}

/// Head and tree, with a line of our own between.
fn in_full(flow: &GuidingFlow, line: &str) -> String {
    let mut text = format!("{}{line}\n", headed(&flow.head));
    let tree = Tree::new(&flow.nodes);
    // A stack instead of recursion: children are pushed last first, so that the first comes next.
    let mut open: Vec<(&FlowNode, usize, String)> =
        tree.root().map(|root| (root, 0, String::new())).into_iter().collect();
    let mut told = 0;
    while let Some((node, depth, before)) = open.pop() {
        // A tree with a cycle would never end; a published flow has none.
        told += 1;
        if told > flow.nodes.len() {
            break;
        }
        tell(&mut text, node, depth, &before);
        let children: Vec<_> = tree.children(&node.id).collect();
        let branches = children.len();
        for (at, child) in children.into_iter().enumerate().rev() {
            open.push((child, depth + 1, leading(node, child, at, branches)));
        }
    }
    data::trusted("flow", &text)
}

/// What leads to a child: the label, or else success and failure.
fn leading(parent: &FlowNode, child: &FlowNode, at: usize, branches: usize) -> String {
    let label = child.label.as_deref().map(one_line).filter(|label| !label.is_empty());
    match (label, parent.kind, branches, at) {
        (_, FlowNodeType::Action, 2, 0) => "on success → ".to_owned(),
        (_, FlowNodeType::Action, 2, _) => "on failure → ".to_owned(),
        (Some(label), FlowNodeType::Question, ..) => format!("\"{label}\" → "),
        _ => "then → ".to_owned(),
    }
}

fn tell(text: &mut String, node: &FlowNode, depth: usize, before: &str) {
    let kind = match node.kind {
        FlowNodeType::Question => "QUESTION",
        FlowNodeType::Action => "ACTION",
        FlowNodeType::Solution => "SOLUTION",
    };
    let indent = "  ".repeat(depth);
    // Writing to a String can't fail.
    let _ = write!(text, "\n{indent}- {before}[{}] {kind}: {}", node.id, one_line(&node.text));
    for line in node.details.iter().flat_map(|details| details.lines()).filter(|line| !line.trim().is_empty())
    {
        let _ = write!(text, "\n{indent}    {}", line.trim_end());
    }
    if let Some(template) = node.script_template_id {
        let _ = write!(text, "\n{indent}    Script template: {template}");
    }
}

fn in_short(head: &FlowHead, nodes: &[FlowNode]) -> String {
    let mut text = headed(head);
    if !head.keywords.is_empty() {
        let words: Vec<_> = head.keywords.iter().take(KEYWORDS).map(|word| one_line(word)).collect();
        let _ = write!(text, "\nSymptoms: {}", words.join("; "));
    }
    let tree = Tree::new(nodes);
    if let Some(root) = tree.root() {
        let _ = write!(text, "\nBegins with: {}", one_line(&root.text));
        let labels: Vec<_> =
            tree.children(&root.id).filter_map(|child| child.label.as_deref()).map(one_line).collect();
        if !labels.is_empty() {
            let _ = write!(text, " ({})", labels.join(" | "));
        }
    }
    text
}

fn headed(head: &FlowHead) -> String {
    let kind = match head.kind {
        FlowKind::Troubleshooting => "troubleshooting",
        FlowKind::Procedure => "procedure",
    };
    let domain = head.domain.map_or("no domain", |domain| domain.as_str());
    let mut text = format!("{} ({kind}, {domain})", one_line(&head.name));
    if let Some(description) = &head.description {
        let _ = write!(text, "\n{}", one_line(description));
    }
    text
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
