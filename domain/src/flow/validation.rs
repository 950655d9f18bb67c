//! Whether a tree may be published (rule 5.1): every fault is named, with its node, in a sentence that helps.

use std::collections::HashMap;
use std::fmt;

use crate::flow::event::FlowKind;
use crate::flow::tree::{FlowNode, FlowNodeType};

/// Most nodes of a tree.
pub const MAX_NODES: usize = 200;
/// Deepest path, root included.
pub const MAX_DEPTH: usize = 25;
/// Longest node id, in characters.
pub const MAX_NODE_ID: usize = 64;
/// Longest text of a node, in characters.
pub const MAX_NODE_TEXT: usize = 2_000;
/// Longest label, in characters: it becomes an option's value (2.8).
pub const MAX_LABEL: usize = 500;
/// Longest details of a node, in characters.
pub const MAX_DETAILS: usize = 4_000;

const OPTIONS: std::ops::RangeInclusive<usize> = 2..=5;

/// One thing that is wrong with a tree.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TreeFault {
    /// The node that it concerns; none where it concerns the tree as a whole.
    pub node: Option<String>,
    /// What is wrong.
    pub problem: TreeProblem,
}

impl fmt::Display for TreeFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.node {
            Some(node) => write!(f, "Node \"{node}\": {}", self.problem),
            None => write!(f, "The tree: {}", self.problem),
        }
    }
}

impl std::error::Error for TreeFault {}

/// What can be wrong.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[expect(missing_docs, reason = "the sentences say it")]
pub enum TreeProblem {
    #[error("it has no nodes; a flow needs at least one.")]
    Empty,
    #[error("it has {0} nodes; at most {MAX_NODES} are allowed.")]
    TooManyNodes(usize),
    #[error("no node is without a parent; exactly one must be the root.")]
    NoRoot,
    #[error("it has no parent, but neither has \"{0}\"; exactly one node may be the root.")]
    SecondRoot(String),
    #[error("its id has {0} characters; it needs 1 to {MAX_NODE_ID}.")]
    IdLength(usize),
    #[error("its id is used more than once.")]
    DuplicateId,
    #[error("its parent \"{0}\" does not exist.")]
    UnknownParent(String),
    #[error("it is its own ancestor: following the parents leads back to it.")]
    Cycle,
    #[error("it lies deeper than {MAX_DEPTH} levels.")]
    TooDeep,
    #[error("its text has {0} characters; it needs 1 to {MAX_NODE_TEXT}.")]
    TextLength(usize),
    #[error("its details have {0} characters; at most {MAX_DETAILS} are allowed.")]
    DetailsTooLong(usize),
    #[error("its label has {0} characters; at most {MAX_LABEL} are allowed.")]
    LabelTooLong(usize),
    #[error("it is a child of the question \"{0}\" and needs a label: the answer that leads to it.")]
    NoLabel(String),
    #[error("a question needs two to five children, it has {0}.")]
    QuestionChildren(usize),
    #[error(
        "an action needs one child, or two (the first after success, the second after failure), it has {0}."
    )]
    ActionChildren(usize),
    #[error("a solution ends its path, but this one has {0} children.")]
    SolutionChildren(usize),
    #[error("it ends its path, but only a solution may.")]
    LeafIsNoSolution,
    #[error("a procedure has no questions: it is a chain of actions that ends in a solution.")]
    QuestionInProcedure,
    #[error("a procedure is a chain: this action may have one child only, it has {0}.")]
    ForkInProcedure(usize),
}

/// Checks a tree against rule 5.1, in time linear to its size.
///
/// # Errors
/// Every fault that was found, in the order of the nodes, those of the tree as a whole first.
pub fn validate(kind: FlowKind, nodes: &[FlowNode]) -> Result<(), Vec<TreeFault>> {
    let mut faults = Faults::default();
    if nodes.is_empty() {
        faults.tree(TreeProblem::Empty);
    } else if nodes.len() > MAX_NODES {
        faults.tree(TreeProblem::TooManyNodes(nodes.len()));
    }
    let shape = Shape::of(nodes);
    if !nodes.is_empty() && shape.first_root.is_none() {
        faults.tree(TreeProblem::NoRoot);
    }
    for (place, node) in nodes.iter().enumerate() {
        let found = &mut |problem| faults.node(node, problem);
        check_texts(node, found);
        shape.check_place(nodes, place, found);
        match kind {
            FlowKind::Troubleshooting => check_children(node, shape.child_count[place], found),
            FlowKind::Procedure => check_link(node, shape.child_count[place], found),
        }
    }
    if faults.0.is_empty() { Ok(()) } else { Err(faults.0) }
}

/// All faults in one text.
pub(crate) fn sentences(faults: &[TreeFault]) -> String {
    faults.iter().map(ToString::to_string).collect::<Vec<_>>().join(" ")
}

#[derive(Default)]
struct Faults(Vec<TreeFault>);

impl Faults {
    fn tree(&mut self, problem: TreeProblem) {
        self.0.push(TreeFault { node: None, problem });
    }

    fn node(&mut self, node: &FlowNode, problem: TreeProblem) {
        self.0.push(TreeFault { node: Some(node.id.clone()), problem });
    }
}

fn check_texts(node: &FlowNode, found: &mut impl FnMut(TreeProblem)) {
    let id = node.id.chars().count();
    if node.id.trim().is_empty() || id > MAX_NODE_ID {
        found(TreeProblem::IdLength(id));
    }
    let text = node.text.chars().count();
    if node.text.trim().is_empty() {
        found(TreeProblem::TextLength(0));
    } else if text > MAX_NODE_TEXT {
        found(TreeProblem::TextLength(text));
    }
    let label = node.label.as_deref().map_or(0, |label| label.chars().count());
    if label > MAX_LABEL {
        found(TreeProblem::LabelTooLong(label));
    }
    let details = node.details.as_deref().map_or(0, |details| details.chars().count());
    if details > MAX_DETAILS {
        found(TreeProblem::DetailsTooLong(details));
    }
}

fn check_children(node: &FlowNode, children: usize, found: &mut impl FnMut(TreeProblem)) {
    match (node.kind, children) {
        (FlowNodeType::Question, count) if !OPTIONS.contains(&count) => {
            found(TreeProblem::QuestionChildren(count));
        }
        (FlowNodeType::Action, 0) => found(TreeProblem::LeafIsNoSolution),
        (FlowNodeType::Action, count) if count > 2 => found(TreeProblem::ActionChildren(count)),
        (FlowNodeType::Solution, count) if count > 0 => found(TreeProblem::SolutionChildren(count)),
        _ => {}
    }
}

fn check_link(node: &FlowNode, children: usize, found: &mut impl FnMut(TreeProblem)) {
    match (node.kind, children) {
        (FlowNodeType::Question, _) => found(TreeProblem::QuestionInProcedure),
        (FlowNodeType::Action, 0) => found(TreeProblem::LeafIsNoSolution),
        (FlowNodeType::Action, count) if count > 1 => found(TreeProblem::ForkInProcedure(count)),
        (FlowNodeType::Solution, count) if count > 0 => found(TreeProblem::SolutionChildren(count)),
        _ => {}
    }
}

/// How the nodes hang together.
struct Shape<'a> {
    by_id: HashMap<&'a str, usize>,
    parent: Vec<Option<usize>>,
    child_count: Vec<usize>,
    first_root: Option<usize>,
    /// Levels from the top, 1 for a root; none on a cycle and below one.
    depth: Vec<Option<usize>>,
    /// The first node of each cycle, in the order given.
    closes_cycle: Vec<bool>,
}

impl<'a> Shape<'a> {
    fn of(nodes: &'a [FlowNode]) -> Self {
        let mut by_id = HashMap::with_capacity(nodes.len());
        for (place, node) in nodes.iter().enumerate() {
            by_id.entry(node.id.as_str()).or_insert(place);
        }
        let parent: Vec<Option<usize>> =
            nodes.iter().map(|node| by_id.get(node.parent_id.as_deref()?).copied()).collect();
        let mut child_count = vec![0; nodes.len()];
        for parent in parent.iter().flatten() {
            child_count[*parent] += 1;
        }
        let (depth, closes_cycle) = depths(&parent);
        let first_root = nodes.iter().position(|node| node.parent_id.is_none());
        Self { by_id, parent, child_count, first_root, depth, closes_cycle }
    }

    fn check_place(&self, nodes: &[FlowNode], place: usize, found: &mut impl FnMut(TreeProblem)) {
        let node = &nodes[place];
        if self.by_id.get(node.id.as_str()) != Some(&place) {
            found(TreeProblem::DuplicateId);
        }
        match (&node.parent_id, self.parent[place]) {
            (None, _) => {
                if let Some(first) = self.first_root.filter(|first| *first != place) {
                    found(TreeProblem::SecondRoot(nodes[first].id.clone()));
                }
            }
            (Some(missing), None) => found(TreeProblem::UnknownParent(missing.clone())),
            (Some(_), Some(parent)) => {
                let labelled = node.label.as_deref().is_some_and(|label| !label.trim().is_empty());
                if nodes[parent].kind == FlowNodeType::Question && !labelled {
                    found(TreeProblem::NoLabel(nodes[parent].id.clone()));
                }
            }
        }
        if self.closes_cycle[place] {
            found(TreeProblem::Cycle);
        }
        // Only where a path crosses the line: what hangs below would say the same again.
        if self.depth[place] == Some(MAX_DEPTH + 1) {
            found(TreeProblem::TooDeep);
        }
    }
}

/// Every node is walked upwards once: a walk stops at what an earlier one has settled.
fn depths(parent: &[Option<usize>]) -> (Vec<Option<usize>>, Vec<bool>) {
    #[derive(Clone, Copy, PartialEq)]
    enum Seen {
        Never,
        OnThisWalk,
        Settled,
    }
    let mut seen = vec![Seen::Never; parent.len()];
    let mut depth = vec![None; parent.len()];
    let mut closes_cycle = vec![false; parent.len()];
    let mut walk = Vec::new();
    for start in 0..parent.len() {
        let mut at = Some(start);
        while let Some(place) = at.filter(|place| seen[*place] == Seen::Never) {
            seen[place] = Seen::OnThisWalk;
            walk.push(place);
            at = parent[place];
        }
        let on_cycle = at.filter(|place| seen[*place] == Seen::OnThisWalk);
        if let Some(met) = on_cycle {
            let from = walk.iter().position(|place| *place == met).unwrap_or(0);
            if let Some(first) = walk[from..].iter().min() {
                closes_cycle[*first] = true;
            }
        }
        let mut above = if on_cycle.is_some() { None } else { at.map_or(Some(0), |place| depth[place]) };
        while let Some(place) = walk.pop() {
            above = above.map(|levels| levels + 1);
            depth[place] = above;
            seen[place] = Seen::Settled;
        }
    }
    (depth, closes_cycle)
}

#[cfg(test)]
mod tests;
