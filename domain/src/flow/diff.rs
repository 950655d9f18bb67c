//! What one tree changes of another: which nodes, and the same in words.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};

use crate::flow::tree::{FlowNode, FlowNodeType};

/// How much of a text a sentence quotes, in characters.
const QUOTED: usize = 80;

/// What a tree changes of another.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct TreeDiff {
    /// A sentence for each change; what hangs below an added node is counted in its sentence.
    pub summary: Vec<String>,
    /// Nodes that are new, in the order of the new tree.
    pub added: Vec<String>,
    /// Nodes that say, lead or stand otherwise, in the order of the new tree.
    pub modified: Vec<String>,
    /// Nodes that are gone, in the order of the old tree.
    pub removed: Vec<String>,
}

impl TreeDiff {
    /// Nothing changes.
    pub fn is_empty(&self) -> bool {
        self.added.is_empty() && self.modified.is_empty() && self.removed.is_empty()
    }
}

/// What `new` changes of `old`, both told apart by their nodes' ids.
pub fn diff(old: &[FlowNode], new: &[FlowNode]) -> TreeDiff {
    let (before, after) = (by_id(old), by_id(new));
    let mut diff = TreeDiff::default();
    for node in new {
        match before.get(node.id.as_str()) {
            None => {
                diff.added.push(node.id.clone());
                let parent = node.parent_id.as_deref();
                if parent.is_none_or(|parent| before.contains_key(parent)) {
                    diff.summary.push(addition(node, new, &after));
                }
            }
            Some(earlier) if **earlier != *node => {
                diff.modified.push(node.id.clone());
                diff.summary.push(change(earlier, node));
            }
            Some(_) => {}
        }
    }
    for node in old.iter().filter(|node| !after.contains_key(node.id.as_str())) {
        diff.removed.push(node.id.clone());
        diff.summary.push(format!("Removes the {} {}.", kind(node), quoted(&node.text)));
    }
    diff
}

/// The nodes below which everything that was added hangs: one of them is one new branch.
pub fn branches<'a>(old: &[FlowNode], new: &'a [FlowNode]) -> Vec<&'a FlowNode> {
    let before = by_id(old);
    let is_new = |id: &str| !before.contains_key(id);
    new.iter()
        .filter(|node| is_new(&node.id) && node.parent_id.as_deref().is_none_or(|parent| !is_new(parent)))
        .collect()
}

fn by_id(nodes: &[FlowNode]) -> HashMap<&str, &FlowNode> {
    nodes.iter().map(|node| (node.id.as_str(), node)).collect()
}

fn addition(node: &FlowNode, new: &[FlowNode], after: &HashMap<&str, &FlowNode>) -> String {
    let parent = node.parent_id.as_deref().and_then(|id| after.get(id));
    let place = parent.map_or(String::new(), |parent| format!(" under {}", quoted(&parent.text)));
    let answer = node.label.as_ref().map_or(String::new(), |label| format!(", reached by {}", quoted(label)));
    let more = match below(node, new) {
        0 => String::new(),
        1 => ", with one more node below it".to_owned(),
        more => format!(", with {more} more nodes below it"),
    };
    format!("Adds the {} {}{place}{answer}{more}.", kind(node), quoted(&node.text))
}

/// How many nodes hang below one; a node that is its own ancestor counts once.
fn below(node: &FlowNode, nodes: &[FlowNode]) -> usize {
    let mut found: Vec<&str> = vec![&node.id];
    let mut at = 0;
    while let Some(parent) = found.get(at).copied() {
        at += 1;
        let children = nodes.iter().filter(|child| child.parent_id.as_deref() == Some(parent));
        let fresh: Vec<&str> =
            children.map(|child| child.id.as_str()).filter(|id| !found.contains(id)).collect();
        found.extend(fresh);
    }
    found.len() - 1
}

fn change(old: &FlowNode, new: &FlowNode) -> String {
    let mut what = Vec::new();
    if old.text != new.text {
        what.push(format!("its text to {}", quoted(&new.text)));
    }
    if old.label != new.label {
        what.push(match &new.label {
            Some(label) => format!("its answer to {}", quoted(label)),
            None => "its answer, which it has no more".to_owned(),
        });
    }
    if old.details != new.details {
        what.push("its details".to_owned());
    }
    if old.parent_id != new.parent_id {
        what.push("where it stands".to_owned());
    }
    if old.kind != new.kind {
        what.push(format!("what it is: now a {}", kind(new)));
    }
    if old.script_template_id != new.script_template_id {
        what.push("its script".to_owned());
    }
    format!("Changes of the {} {}: {}.", kind(old), quoted(&old.text), what.join("; "))
}

fn kind(node: &FlowNode) -> &'static str {
    match node.kind {
        FlowNodeType::Question => "question",
        FlowNodeType::Action => "action",
        FlowNodeType::Solution => "solution",
    }
}

fn quoted(text: &str) -> String {
    let text = text.trim();
    match text.char_indices().nth(QUOTED) {
        Some((end, _)) => format!("“{}…”", text[..end].trim_end()),
        None => format!("“{text}”"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn node(id: &str, parent: Option<&str>, kind: FlowNodeType, text: &str) -> FlowNode {
        FlowNode {
            id: id.into(),
            parent_id: parent.map(Into::into),
            kind,
            label: parent.map(|_| format!("To {id}")),
            text: text.into(),
            details: None,
            script_template_id: None,
        }
    }

    fn base() -> Vec<FlowNode> {
        vec![
            node("root", None, FlowNodeType::Question, "Which light is on?"),
            node("red", Some("root"), FlowNodeType::Solution, "Replace it."),
            node("green", Some("root"), FlowNodeType::Solution, "Leave it."),
        ]
    }

    #[test]
    fn a_new_branch_is_one_sentence_and_one_root() {
        let mut new = base();
        new.push(node("blue", Some("root"), FlowNodeType::Action, "Press reset."));
        new.push(node("reset", Some("blue"), FlowNodeType::Solution, "It was stuck."));
        let found = diff(&base(), &new);
        assert_eq!(found.added, ["blue", "reset"]);
        assert!(found.modified.is_empty() && found.removed.is_empty());
        assert_eq!(
            found.summary,
            [
                "Adds the action “Press reset.” under “Which light is on?”, reached by “To blue”, with one more node below it."
            ]
        );
        assert_eq!(branches(&base(), &new).iter().map(|it| it.id.as_str()).collect::<Vec<_>>(), ["blue"]);
    }

    #[test]
    fn what_says_otherwise_is_modified_and_what_is_gone_is_removed() {
        let mut new = base();
        new[1].text = "Replace the fuse.".into();
        new[1].label = Some("Red, blinking".into());
        new.pop();
        let found = diff(&base(), &new);
        assert_eq!((found.modified, found.removed), (vec!["red".to_owned()], vec!["green".to_owned()]));
        assert_eq!(
            found.summary,
            [
                "Changes of the solution “Replace it.”: its text to “Replace the fuse.”; its answer to “Red, blinking”.",
                "Removes the solution “Leave it.”."
            ]
        );
    }

    #[test]
    fn the_same_tree_is_no_change_and_a_long_text_is_cut() {
        assert!(diff(&base(), &base()).is_empty());
        assert_eq!(quoted(&"ü".repeat(90)), format!("“{}…”", "ü".repeat(80)));
    }
}
