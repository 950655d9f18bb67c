//! A flow's tree, flat: every node names its parent, siblings stand in order (rule 5.1).

use std::collections::HashMap;

use serde::{Deserialize, Serialize};

use crate::id::TemplateId;

/// What a node is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum FlowNodeType {
    /// Asks; two to five children, each with a label.
    Question,
    /// Something to do; one child, or two: after success, after failure.
    Action,
    /// A leaf: what solves it.
    Solution,
}

/// A node as it travels and is stored.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FlowNode {
    /// Unique within its tree, 1–64 characters.
    pub id: String,
    /// Its parent; the root has none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parent_id: Option<String>,
    /// What it is.
    #[serde(rename = "type")]
    pub kind: FlowNodeType,
    /// The option that leads to it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub label: Option<String>,
    /// The question, the instruction, the solution.
    pub text: String,
    /// Where to look, exact commands, why.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub details: Option<String>,
    /// A script that does it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub script_template_id: Option<TemplateId>,
}

/// An index over a flat tree: children in their order, parents, paths. Made for valid trees, harmless on others: a node
/// that no path leads to from the root is simply never met.
#[derive(Debug, Clone)]
pub struct Tree<'a> {
    nodes: &'a [FlowNode],
    by_id: HashMap<&'a str, usize>,
    children: Vec<Vec<usize>>,
    root: Option<usize>,
}

impl<'a> Tree<'a> {
    /// Indexes the nodes, in time linear to their number.
    pub fn new(nodes: &'a [FlowNode]) -> Self {
        let mut by_id = HashMap::with_capacity(nodes.len());
        for (place, node) in nodes.iter().enumerate() {
            by_id.entry(node.id.as_str()).or_insert(place);
        }
        let mut children = vec![Vec::new(); nodes.len()];
        for (place, node) in nodes.iter().enumerate() {
            if let Some(parent) = node.parent_id.as_deref().and_then(|id| by_id.get(id)) {
                children[*parent].push(place);
            }
        }
        let root = nodes.iter().position(|node| node.parent_id.is_none());
        Self { nodes, by_id, children, root }
    }

    /// Where the flow begins.
    pub fn root(&self) -> Option<&'a FlowNode> {
        self.root.map(|place| &self.nodes[place])
    }

    /// The node of this id.
    pub fn node(&self, id: &str) -> Option<&'a FlowNode> {
        self.by_id.get(id).map(|place| &self.nodes[*place])
    }

    /// A node's children, in the order given; none for a leaf and for an unknown id.
    pub fn children(&self, id: &str) -> impl Iterator<Item = &'a FlowNode> + '_ {
        self.by_id
            .get(id)
            .into_iter()
            .flat_map(|place| &self.children[*place])
            .map(|child| &self.nodes[*child])
    }

    /// A node's parent; none for the root.
    pub fn parent(&self, id: &str) -> Option<&'a FlowNode> {
        self.node(id)?.parent_id.as_deref().and_then(|parent| self.node(parent))
    }

    /// The nodes from the root to this one, both included; empty for an unknown id.
    pub fn path(&self, id: &str) -> Vec<&'a FlowNode> {
        let upwards = std::iter::successors(self.node(id), |node| self.parent(&node.id));
        // A cycle would never end: no path is longer than the tree is large.
        let mut path: Vec<_> = upwards.take(self.nodes.len()).collect();
        path.reverse();
        path
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn node(id: &str, parent: Option<&str>) -> FlowNode {
        FlowNode {
            id: id.into(),
            parent_id: parent.map(Into::into),
            kind: FlowNodeType::Action,
            label: None,
            text: id.into(),
            details: None,
            script_template_id: None,
        }
    }

    fn ids(nodes: impl IntoIterator<Item = impl std::ops::Deref<Target = FlowNode>>) -> Vec<String> {
        nodes.into_iter().map(|node| node.id.clone()).collect()
    }

    #[test]
    fn children_come_in_the_order_given_and_a_path_begins_at_the_root() {
        let nodes =
            [node("root", None), node("b", Some("root")), node("a", Some("root")), node("leaf", Some("b"))];
        let tree = Tree::new(&nodes);
        assert_eq!(tree.root().unwrap().id, "root");
        assert_eq!(ids(tree.children("root")), ["b", "a"]);
        assert_eq!(ids(tree.path("leaf")), ["root", "b", "leaf"]);
        assert_eq!(tree.parent("leaf").unwrap().id, "b");
        assert!(tree.parent("root").is_none());
        assert!(tree.node("gone").is_none() && tree.path("gone").is_empty());
    }

    #[test]
    fn a_cycle_ends_a_path_instead_of_hanging() {
        let nodes = [node("a", Some("b")), node("b", Some("a"))];
        let tree = Tree::new(&nodes);
        assert!(tree.root().is_none());
        assert_eq!(tree.path("a").len(), 2);
    }
}
