//! Putting a node of a flow before the engineer: questions with their children as options, actions, solutions.

use std::collections::HashSet;

use super::details;
use super::walk::Because;
use crate::assistant::contract::{
    ActionKind, MAX_CONTEXT, MAX_OPTIONS, ProposedAction, ProposedOption, ProposedQuestion,
    ProposedResolution, ProposedStep,
};
use crate::flow::tree::{FlowNode, FlowNodeType, Tree};
use crate::matching::words::fold;

/// Shortest summary that a session can be resolved with (2.14).
const SHORTEST_SUMMARY: usize = 5;

/// The step that a node becomes.
pub(super) fn node(
    node: &FlowNode,
    because: Because<'_>,
    tree: &Tree<'_>,
    flow_name: &str,
    confidence: f64,
) -> ProposedStep {
    let reasoning = Some(format!("Follows node \"{}\" of the flow \"{flow_name}\".", node.id));
    let flow_node = Some(node.id.clone());
    let details = node.details.as_deref().unwrap_or_default();
    match node.kind {
        FlowNodeType::Question => ProposedStep::Question(ProposedQuestion {
            text: node.text.clone(),
            context_message: context(because, tree, Some(details.trim().to_owned())),
            options: options(tree, node),
            allow_free_text: true,
            allow_skip: true,
            reasoning,
            confidence,
            flow_node,
        }),
        FlowNodeType::Action => {
            let parts = details::of_action(details);
            let fork = tree.children(&node.id).count() > 1;
            ProposedStep::Action(ProposedAction {
                action: ActionKind::Instruction,
                text: node.text.clone(),
                context_message: context(because, tree, parts.context),
                expected_outcome: parts
                    .outcome
                    .or_else(|| fork.then(|| outcome_of_labels(tree, node)).flatten()),
                checklist: parts.checklist,
                template: None,
                allow_free_text: true,
                allow_skip: true,
                reasoning,
                confidence,
                flow_node,
            })
        }
        FlowNodeType::Solution => {
            let (how, follow_ups) = details::of_solution(details);
            ProposedStep::Resolution(ProposedResolution {
                text: node.text.clone(),
                context_message: context(because, tree, how),
                summary: summary(&node.text),
                follow_ups,
                reasoning,
                confidence,
                flow_node,
            })
        }
    }
}

fn options(tree: &Tree<'_>, node: &FlowNode) -> Vec<ProposedOption> {
    let mut values = HashSet::new();
    let option = |child: &FlowNode| {
        let label = child.label.as_deref().map(str::trim).filter(|label| !label.is_empty());
        let label = label.unwrap_or(&child.text).to_owned();
        // Two labels that read the same are told apart by their nodes.
        let value = if values.insert(fold(&label)) { label.clone() } else { child.id.clone() };
        ProposedOption { label, value: Some(value), followup_hint: None, leads_to: Some(child.id.clone()) }
    };
    tree.children(&node.id).take(MAX_OPTIONS).map(option).collect()
}

/// Labels that say no more than "it worked" are no help.
fn outcome_of_labels(tree: &Tree<'_>, node: &FlowNode) -> Option<String> {
    let label = tree.children(&node.id).next()?.label.as_deref()?.trim();
    let telling =
        !label.is_empty() && !matches!(fold(label).as_str(), "it worked" | "success" | "succeeded" | "yes");
    telling.then(|| label.to_owned())
}

fn context(because: Because<'_>, tree: &Tree<'_>, details: Option<String>) -> Option<String> {
    let why = match because {
        Because::Start | Because::Confirmed => None,
        Because::Unanswered => Some("This is not answered yet.".to_owned()),
        Because::Afresh => Some("Starting afresh: the likeliest of what nobody has tried yet.".to_owned()),
        Because::Instead(tried) => Some(instead(tried, tree)),
    };
    let parts: Vec<String> = [why, details].into_iter().flatten().filter(|part| !part.is_empty()).collect();
    (!parts.is_empty()).then(|| parts.join("\n\n").chars().take(MAX_CONTEXT).collect())
}

fn instead(tried: &FlowNode, tree: &Tree<'_>) -> String {
    let label = tried.label.as_deref().filter(|label| !label.trim().is_empty());
    let asked = tree.parent(&tried.id).is_some_and(|parent| parent.kind == FlowNodeType::Question);
    match label.filter(|_| asked) {
        Some(label) => {
            format!(
                "\"{}\" did not lead to the solution, so this is the likeliest of what is left.",
                label.trim()
            )
        }
        None => "That did not lead further, so this is the likeliest of what is left.".to_owned(),
    }
}

fn summary(text: &str) -> String {
    let text = text.trim();
    if text.chars().count() < SHORTEST_SUMMARY { format!("Solved by: {text}") } else { text.to_owned() }
}
