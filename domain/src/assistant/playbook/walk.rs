//! Where a session stands in its flow's tree, and which node comes next (rule 4.2).
//!
//! The course so far is replayed: nothing is remembered between steps. A node is presented once; only one that was never
//! answered (the session changed hands) comes again.

use std::collections::HashSet;

use super::fit::{self, Verdict};
use crate::assistant::case::{GuidingFlow, PastStep};
use crate::flow::event::FlowKind;
use crate::flow::tree::{FlowNode, FlowNodeType, Tree};
use crate::session::answer::{ActionResult, Answer};
use crate::session::event::PickUpMode;

/// What the walk comes to.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Next<'a> {
    /// This node, for this reason.
    Node(&'a FlowNode, Because<'a>),
    /// Every branch was tried.
    NothingLeft,
}

/// Why a node is next.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Because<'a> {
    /// The flow begins there.
    Start,
    /// The last answer leads there.
    Confirmed,
    /// This branch led nowhere; the node is the nearest one left.
    Instead(&'a FlowNode),
    /// It was presented, but never answered.
    Unanswered,
    /// Somebody who took the session over begins anew; it is the first branch that nobody tried.
    Afresh,
}

/// What is left of a flow, in the order in which it would be come to if nothing on the way led to the solution.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Ahead<'a> {
    /// The next node, and one for each branch after it.
    pub(super) nodes: Vec<&'a FlowNode>,
    /// The solutions in those branches that nobody has tried.
    pub(super) solutions: Vec<&'a FlowNode>,
}

/// Where the course along a flow leads next.
pub(super) fn next<'a>(flow: &'a GuidingFlow, tree: &Tree<'a>, history: &[PastStep]) -> Next<'a> {
    replay(flow, tree, history).1
}

/// What is left of a flow after the course so far.
pub(super) fn ahead<'a>(flow: &'a GuidingFlow, tree: &Tree<'a>, history: &[PastStep]) -> Ahead<'a> {
    let (mut walk, mut next) = replay(flow, tree, history);
    let mut ahead = Ahead::default();
    while let Next::Node(node, _) = next {
        ahead.nodes.push(node);
        walk.take_solutions(node, &mut ahead.solutions);
        walk.done.insert(&node.id);
        next = walk.instead_of(node);
    }
    ahead
}

fn replay<'t, 'a>(
    flow: &'a GuidingFlow,
    tree: &'t Tree<'a>,
    history: &[PastStep],
) -> (Walk<'t, 'a>, Next<'a>) {
    let mut walk = Walk { tree, kind: flow.head.kind, done: HashSet::new(), left: HashSet::new() };
    let mut afresh = false;
    let mut next = tree.root().map_or(Next::NothingLeft, |root| Next::Node(root, Because::Start));
    for past in history {
        if past.pick_up == Some(PickUpMode::Fresh) {
            afresh = true;
            next = walk.first_untried_branch().unwrap_or(next);
            continue;
        }
        let followed = past.step.flow_node.as_ref().filter(|node| node.flow == flow.flow);
        let Some(node) = followed.and_then(|followed| tree.node(&followed.node)) else { continue };
        next = match &past.answer {
            Some(answer) => {
                walk.done.insert(&node.id);
                match walk.after(node, answer) {
                    // Who began anew may have left a branch half way down.
                    Next::NothingLeft if afresh => walk.first_untried_branch().unwrap_or(Next::NothingLeft),
                    next => next,
                }
            }
            None => Next::Node(node, Because::Unanswered),
        };
    }
    (walk, next)
}

struct Walk<'t, 'a> {
    tree: &'t Tree<'a>,
    kind: FlowKind,
    /// Nodes that are not presented any more: answered, or contradicted by an answer.
    done: HashSet<&'a str>,
    /// Those whose answer led to no child: their branch counts as tried.
    left: HashSet<&'a str>,
}

impl<'a> Walk<'_, 'a> {
    fn after(&mut self, node: &'a FlowNode, answer: &Answer) -> Next<'a> {
        match self.child_for(node, answer) {
            Some(child) if self.done.contains(child.id.as_str()) => self.instead_of(child),
            Some(child) => Next::Node(child, Because::Confirmed),
            None => {
                self.left.insert(&node.id);
                self.instead_of(node)
            }
        }
    }

    fn child_for(&mut self, node: &'a FlowNode, answer: &Answer) -> Option<&'a FlowNode> {
        let children: Vec<_> = self.tree.children(&node.id).collect();
        match answer {
            Answer::Option(option) => {
                let led = option.leads_to.as_deref();
                let by_id = children.iter().find(|child| led == Some(child.id.as_str()));
                let by_words = || fit::labelled(&children, &option.label);
                by_id.copied().or_else(by_words)
            }
            Answer::FreeText(text) => self.child_for_words(node, &children, text),
            // Skipping one step of a procedure means to go on with the next.
            Answer::Skipped if self.kind == FlowKind::Procedure => children.first().copied(),
            Answer::Skipped => None,
            Answer::ActionResult(result) => self.child_for_result(node, &children, result),
        }
    }

    fn child_for_words(
        &mut self,
        node: &FlowNode,
        children: &[&'a FlowNode],
        text: &str,
    ) -> Option<&'a FlowNode> {
        if node.kind != FlowNodeType::Action {
            return fit::by_words(children, text);
        }
        match fit::verdict(text) {
            Some(Verdict::Worked) => children.first().copied(),
            Some(Verdict::Failed) => self.failure_child(children),
            None => fit::by_words(children, text),
        }
    }

    fn child_for_result(
        &mut self,
        node: &FlowNode,
        children: &[&'a FlowNode],
        result: &ActionResult,
    ) -> Option<&'a FlowNode> {
        match node.kind {
            FlowNodeType::Action if result.succeeded => children.first().copied(),
            FlowNodeType::Action => self.failure_child(children),
            FlowNodeType::Question => {
                result.details.as_deref().and_then(|details| fit::by_words(children, details))
            }
            FlowNodeType::Solution => None,
        }
    }

    /// After a failure, what follows success is out of the question.
    fn failure_child(&mut self, children: &[&'a FlowNode]) -> Option<&'a FlowNode> {
        self.done.extend(children.first().map(|child| child.id.as_str()));
        children.get(1).copied()
    }

    /// This branch counts as tried: the nearest untried sibling, likeliest first, on the way up.
    fn instead_of(&self, tried: &'a FlowNode) -> Next<'a> {
        let mut from = tried;
        while let Some(parent) = self.tree.parent(&from.id) {
            if let Some(sibling) = self.untried_child(parent) {
                return Next::Node(sibling, Because::Instead(from));
            }
            from = parent;
            if self.tree.root() == Some(from) {
                break;
            }
        }
        // The first question has no sibling; not knowing its answer is no reason to drop all of the flow.
        let first_question = tried.parent_id.is_none() && tried.kind == FlowNodeType::Question;
        match self.untried_child(tried).filter(|_| first_question) {
            Some(child) => Next::Node(child, Because::Instead(tried)),
            None => Next::NothingLeft,
        }
    }

    /// From the top down, the first branch of an answered question that nobody tried; the root, if nobody answered it.
    fn first_untried_branch(&self) -> Option<Next<'a>> {
        let mut level: Vec<&'a FlowNode> = self.tree.root().into_iter().collect();
        if let Some(root) = level.first().filter(|root| !self.done.contains(root.id.as_str())) {
            return Some(Next::Node(root, Because::Start));
        }
        while !level.is_empty() {
            // The first question has no sibling to give way to; its branches stay even if nobody knew the answer.
            let left = |node: &FlowNode| node.parent_id.is_some() && self.left.contains(node.id.as_str());
            let mut asked = level.iter().filter(|node| node.kind == FlowNodeType::Question && !left(node));
            if let Some(branch) = asked.find_map(|question| self.untried_child(question)) {
                return Some(Next::Node(branch, Because::Afresh));
            }
            let children = level.iter().flat_map(|node| self.tree.children(&node.id));
            level = children.filter(|child| self.done.contains(child.id.as_str())).collect();
        }
        None
    }

    /// The solutions below a node that nobody has tried; they count as tried from here on.
    fn take_solutions(&mut self, node: &'a FlowNode, found: &mut Vec<&'a FlowNode>) {
        if self.done.contains(node.id.as_str()) {
            return;
        }
        if node.kind == FlowNodeType::Solution {
            self.done.insert(&node.id);
            found.push(node);
        }
        let children: Vec<_> = self.tree.children(&node.id).collect();
        for child in children {
            self.take_solutions(child, found);
        }
    }

    fn untried_child(&self, parent: &FlowNode) -> Option<&'a FlowNode> {
        self.tree.children(&parent.id).find(|child| !self.done.contains(child.id.as_str()))
    }
}
