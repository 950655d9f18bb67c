//! A change of a flow, from the course of a session that left it: what was found off the flow is put where it was left.

use std::collections::HashSet;

use super::growth::{Learnt, chain};
use super::table::first_stray;
use super::trail::{Met, answered};
use crate::flow::tree::{FlowNode, FlowNodeType, Tree};
use crate::flow::validation::MAX_LABEL;
use crate::id::FlowId;
use crate::session::view::{GivenResult, SessionView, cut_at_word};

/// A question has no more answers than this.
const BRANCHES: usize = 5;
/// The beginning of a label that nobody said.
const OTHERWISE: usize = 80;

/// The tree with what the session adds; none if there is no place for it, or the session did not leave the flow.
pub(super) fn graft(view: &SessionView, flow: FlowId, base: &[FlowNode]) -> Option<Vec<FlowNode>> {
    let trail = answered(view);
    let tree = Tree::new(base);
    let left_at = left_at(&trail, flow)?;
    let after = &trail[left_at.next..];
    let anchor = left_at.node.and_then(|id| tree.node(id)).or_else(|| tree.root())?;
    let own_words = match left_at.given {
        Some(GivenResult::FreeText(words)) if anchor.kind == FlowNodeType::Question => Some(words.as_str()),
        _ => None,
    };
    let came_back = after.iter().find_map(|met| met.node_of(flow));
    if let (Some(words), Some(back), true) =
        (own_words, came_back, after.iter().any(|met| held_on(met, flow)))
    {
        return reworded(base, &tree, anchor, back, words);
    }
    let moves = after.iter().filter(|met| met.node_of(flow).is_none());
    let learnt = Learnt::with(view, moves.filter_map(Met::contribution).collect())?;
    let label = || own_words.map_or_else(|| otherwise(&learnt), |words| cut_at_word(words, MAX_LABEL));
    let refused = matches!(left_at.given, Some(GivenResult::ActionResult { succeeded: false, .. }));
    match anchor.kind {
        FlowNodeType::Solution => Some(after_failure(base, anchor, &learnt)),
        FlowNodeType::Action if refused && tree.children(&anchor.id).count() == 1 => {
            Some(with_branch(base, anchor, None, &learnt))
        }
        FlowNodeType::Action | FlowNodeType::Question => {
            let path = tree.path(&anchor.id);
            let has_room = |node: &&&FlowNode| {
                node.kind == FlowNodeType::Question && tree.children(&node.id).count() < BRANCHES
            };
            let question = path.iter().rev().find(has_room)?;
            Some(with_branch(base, question, Some(&label()), &learnt))
        }
    }
}

/// Where a course left the flow.
struct LeftAt<'a> {
    /// The last node that was followed; none if none was.
    node: Option<&'a str>,
    /// What was answered there.
    given: Option<&'a GivenResult>,
    /// The place in the trail after it.
    next: usize,
}

/// At the question that was answered in own words; before the first step off the flow; or at the last solution that did not
/// help.
fn left_at<'a>(trail: &[Met<'a>], flow: FlowId) -> Option<LeftAt<'a>> {
    let at = |place: usize| LeftAt {
        node: trail[place].node_of(flow),
        given: Some(trail[place].given),
        next: place + 1,
    };
    match first_stray(trail, flow) {
        Some(place) if trail[place].node_of(flow).is_some() => Some(at(place)),
        Some(0) => Some(LeftAt { node: None, given: None, next: 0 }),
        Some(place) => Some(at(place - 1)),
        None => trail.iter().rposition(|met| met.is_suggestion() && !met.held()).map(at),
    }
}

fn held_on(met: &Met<'_>, flow: FlowId) -> bool {
    met.held() && met.node_of(flow).is_some()
}

/// The flow's own solution held: only the way in which the answer is put is new.
fn reworded(
    base: &[FlowNode],
    tree: &Tree<'_>,
    question: &FlowNode,
    back: &str,
    words: &str,
) -> Option<Vec<FlowNode>> {
    let path = tree.path(back);
    let child = path.iter().find(|node| node.parent_id.as_deref() == Some(question.id.as_str()))?;
    let mut nodes = base.to_vec();
    let changed = nodes.iter_mut().find(|node| node.id == child.id)?;
    let label = child.label.as_deref().unwrap_or_default();
    changed.label = Some(cut_at_word(&format!("{label} ({words})"), MAX_LABEL));
    Some(nodes)
}

/// A further branch below a node.
fn with_branch(base: &[FlowNode], parent: &FlowNode, label: Option<&str>, learnt: &Learnt) -> Vec<FlowNode> {
    let added = chain(learnt, &parent.id, label, &unused_prefix(base));
    base.iter().cloned().chain(added).collect()
}

/// The solution becomes something to try: if it helps, it was that; if not, what helped this time.
fn after_failure(base: &[FlowNode], solution: &FlowNode, learnt: &Learnt) -> Vec<FlowNode> {
    let prefix = unused_prefix(base);
    let attempt = FlowNode { id: format!("{prefix}-try"), kind: FlowNodeType::Action, ..solution.clone() };
    let mut nodes = Vec::with_capacity(base.len() + 2);
    for node in base {
        if node.id == solution.id {
            nodes.push(attempt.clone());
            let label = Some("It helped".to_owned());
            nodes.push(FlowNode { parent_id: Some(attempt.id.clone()), label, ..node.clone() });
        } else {
            nodes.push(node.clone());
        }
    }
    nodes.extend(chain(learnt, &attempt.id, Some("It did not help"), &prefix));
    nodes
}

/// What stands for an answer that nobody put into words: reviewers find a better one.
fn otherwise(learnt: &Learnt) -> String {
    format!("None of these: {}", cut_at_word(&learnt.solution, OTHERWISE))
}

/// A beginning of ids that no node has.
fn unused_prefix(base: &[FlowNode]) -> String {
    let ids: HashSet<&str> = base.iter().map(|node| node.id.as_str()).collect();
    let is_unused = |prefix: &String| !ids.iter().any(|id| id.starts_with(prefix.as_str()));
    let numbered = (2..).map(|n| format!("learnt{n}"));
    std::iter::once("learnt".to_owned()).chain(numbered).find(is_unused).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::flow::diff::{branches, diff};
    use crate::flow::event::FlowKind;
    use crate::flow::validation::validate;
    use crate::session::answer::Answer;
    use crate::session::sample::{
        FLOW, Log, acted, action, answered, matched, option, presented, question, resolved, suggestion,
    };
    use crate::session::step::StepContent;

    fn node(id: &str, parent: Option<&str>, kind: FlowNodeType) -> FlowNode {
        FlowNode {
            id: id.into(),
            parent_id: parent.map(Into::into),
            kind,
            label: parent.map(|_| format!("To {id}")),
            text: format!("Text of {id}"),
            details: None,
            script_template_id: None,
        }
    }

    /// The sample's steps follow nodes that are named after their numbers.
    fn base() -> Vec<FlowNode> {
        vec![
            node("n1", None, FlowNodeType::Question),
            node("n2", Some("n1"), FlowNodeType::Action),
            node("n3", Some("n2"), FlowNodeType::Solution),
            node("other", Some("n1"), FlowNodeType::Solution),
        ]
    }

    fn asked(answer: Answer) -> Log {
        Log::started()
            .with(matched())
            .with(presented(1, question("Which one?", &["To n2", "To other"]), 0.9, true))
            .with(answered(1, answer))
    }

    fn grafted(log: Log) -> Vec<FlowNode> {
        let nodes = graft(&log.with(resolved("Cleared the cache.", None)).view(), FLOW, &base()).unwrap();
        assert_eq!(validate(FlowKind::Troubleshooting, &nodes), Ok(()));
        nodes
    }

    #[test]
    fn an_answer_in_own_words_that_leads_off_the_flow_is_one_new_branch() {
        let nodes = grafted(
            asked(Answer::FreeText("The third one.".into()))
                .with(presented(2, StepContent::Action(action("Look at the plug.")), 0.4, false))
                .with(answered(2, acted(true, "Loose."))),
        );
        let changed = diff(&base(), &nodes);
        assert!(changed.modified.is_empty() && changed.removed.is_empty());
        let roots = branches(&base(), &nodes);
        assert_eq!(roots.len(), 1);
        assert_eq!(
            (roots[0].parent_id.as_deref(), roots[0].label.as_deref()),
            (Some("n1"), Some("The third one."))
        );
        assert_eq!(nodes.last().unwrap().text, "Cleared the cache.");
    }

    #[test]
    fn own_words_that_led_to_the_flow_s_own_solution_change_the_wording_only() {
        let nodes = grafted(
            asked(Answer::FreeText("The second.".into()))
                .with(presented(2, StepContent::Action(action("Text of n2")), 0.9, true))
                .with(answered(2, acted(true, "Done.")))
                .with(presented(3, suggestion("Text of n3"), 0.9, true))
                .with(answered(3, acted(true, "Gone."))),
        );
        let changed = diff(&base(), &nodes);
        assert_eq!((changed.added.len(), changed.modified), (0, vec!["n2".to_owned()]));
        assert_eq!(nodes[1].label.as_deref(), Some("To n2 (The second.)"));
    }

    #[test]
    fn a_solution_that_did_not_help_becomes_an_attempt_with_the_other_one_behind_it() {
        let nodes = grafted(
            asked(Answer::Option(option("To n2")))
                .with(presented(2, StepContent::Action(action("Text of n2")), 0.9, true))
                .with(answered(2, acted(true, "Done.")))
                .with(presented(3, suggestion("Text of n3"), 0.9, true))
                .with(answered(3, acted(false, "Still there."))),
        );
        let tree = Tree::new(&nodes);
        let attempt = tree.children("n2").next().unwrap();
        assert_eq!((attempt.kind, attempt.text.as_str()), (FlowNodeType::Action, "Text of n3"));
        let texts: Vec<_> = tree.children(&attempt.id).map(|node| node.text.as_str()).collect();
        assert_eq!(texts, ["Text of n3", "Cleared the cache."]);
        assert_eq!(diff(&base(), &nodes).modified, ["n3"]);
    }

    #[test]
    fn a_failed_action_without_a_way_on_gets_what_helped_as_its_failure() {
        let nodes = grafted(
            asked(Answer::Option(option("To n2")))
                .with(presented(2, StepContent::Action(action("Text of n2")), 0.9, true))
                .with(answered(2, acted(false, "Refused.")))
                .with(presented(3, StepContent::Action(action("Look at the log.")), 0.3, false))
                .with(answered(3, acted(true, "Cache full."))),
        );
        let children: Vec<_> = Tree::new(&nodes).children("n2").map(|node| node.text.clone()).collect();
        assert_eq!(children, ["Text of n3", "Look at the log."]);
    }

    #[test]
    fn where_every_question_is_full_there_is_no_place() {
        let mut full = base();
        full.extend(["a", "b", "c"].map(|id| node(id, Some("n1"), FlowNodeType::Solution)));
        let log = asked(Answer::FreeText("The sixth one.".into())).with(resolved("Cleared the cache.", None));
        assert_eq!(graft(&log.view(), FLOW, &full), None);
    }
}
