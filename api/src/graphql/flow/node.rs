//! The nodes of a flow's tree, flat as they travel.

use std::collections::HashMap;

use async_graphql::{ID, SimpleObject};
use domain::flow::tree::FlowNode as Node;

use crate::graphql::scalar::Id;
use crate::graphql::vocabulary::FlowNodeType;

/// A node of a flow's tree. The tree travels flat: every node names its parent, the root has none.
#[derive(SimpleObject, Debug, Clone)]
pub struct FlowNode {
    /// Unique within its tree.
    id: ID,
    /// Its parent; null for the root.
    parent_id: Option<ID>,
    /// Its place among its siblings, from 0.
    ordinal: i32,
    /// What it is.
    #[graphql(name = "type")]
    kind: FlowNodeType,
    /// The option that leads to it.
    label: Option<String>,
    /// The question, the instruction, the solution.
    text: String,
    /// Where to look, exact commands, why.
    details: Option<String>,
    /// A script that does it.
    script_template_id: Option<Id>,
}

impl FlowNode {
    /// All nodes of a tree, in the order given.
    pub(in crate::graphql) fn all(nodes: &[Node]) -> Vec<Self> {
        let mut siblings: HashMap<Option<&str>, i32> = HashMap::new();
        nodes
            .iter()
            .map(|node| {
                let next = siblings.entry(node.parent_id.as_deref()).or_default();
                let ordinal = *next;
                *next += 1;
                Self::of(node, ordinal)
            })
            .collect()
    }

    fn of(node: &Node, ordinal: i32) -> Self {
        Self {
            id: ID(node.id.clone()),
            parent_id: node.parent_id.clone().map(ID),
            ordinal,
            kind: node.kind.into(),
            label: node.label.clone(),
            text: node.text.clone(),
            details: node.details.clone(),
            script_template_id: node.script_template_id.map(Id::from),
        }
    }
}

#[cfg(test)]
mod tests {
    use domain::flow::tree::FlowNodeType as Kind;

    use super::*;

    #[test]
    fn siblings_are_numbered_in_the_order_given_wherever_they_stand() {
        let node = |id: &str, parent: Option<&str>| Node {
            id: id.to_owned(),
            parent_id: parent.map(str::to_owned),
            kind: Kind::Action,
            label: None,
            text: id.to_owned(),
            details: None,
            script_template_id: None,
        };
        let nodes =
            [node("root", None), node("a", Some("root")), node("a1", Some("a")), node("b", Some("root"))];
        let numbered: Vec<_> =
            FlowNode::all(&nodes).iter().map(|node| (node.id.to_string(), node.ordinal)).collect();
        assert_eq!(numbered, [("root".into(), 0), ("a".into(), 0), ("a1".into(), 0), ("b".into(), 1)]);
    }
}
