//! What holds for every valid tree and every way to answer.

use std::collections::HashSet;

use domain::flow::event::FlowKind;
use domain::flow::library::starter_flows;
use domain::flow::tree::FlowNode;
use domain::flow::tree::FlowNodeType::{Action, Question, Solution};
use domain::flow::validation::validate;
use domain::session::answer::Answer;
use domain::session::step::StepContent;
use proptest::prelude::*;

use super::course::{Course, flow, node, result};

const WORDS: [&str; 9] = [
    "no idea",
    "it worked",
    "still broken",
    "option 1",
    "The text of n3",
    "",
    "Ja",
    "not option 0",
    "…\u{0}\n",
];

/// A valid tree: nodes are taken from a row of numbers, each number saying what a node is; what is left open is solved.
fn tree(numbers: &[u8]) -> Vec<FlowNode> {
    let mut nodes: Vec<FlowNode> = Vec::new();
    // Places that wait for a node: parent, label, depth.
    let mut open = vec![(None::<String>, String::new(), 1_u8)];
    let mut numbers = numbers.iter();
    while !open.is_empty() {
        let (parent, label, depth) = open.remove(0);
        let id = format!("n{}", nodes.len());
        let room = nodes.len() + open.len() < 150 && depth < 20;
        let number = numbers.next().copied().filter(|_| room).unwrap_or(0);
        let (kind, children) = match number % 4 {
            1 => (Question, 2 + usize::from(number / 4 % 4)),
            2 => (Action, 1),
            3 => (Action, 2),
            _ => (Solution, 0),
        };
        let mut made = node(&id, parent.as_deref(), kind, &label);
        made.details = (number > 100)
            .then(|| "Look there.\n- one\n- two\nSucceeded: yes. Failed: no.\nVerify: it.".into());
        for n in 0..children {
            // Labels may read the same.
            open.push((Some(id.clone()), format!("option {}", n % 4), depth + 1));
        }
        nodes.push(made);
    }
    nodes
}

/// Any answer that the step takes (rule 2.8).
fn answer(content: &StepContent, number: u8) -> Answer {
    let pick = usize::from(number);
    let words = || Answer::FreeText(WORDS[pick % WORDS.len()].into());
    match content {
        StepContent::Question { options, .. } => match pick % 4 {
            0 => words(),
            1 => Answer::Skipped,
            _ => Answer::Option(options[pick / 4 % options.len()].clone()),
        },
        StepContent::ResolutionSuggestion { .. } => Answer::ActionResult(result(false)),
        _ => match pick % 5 {
            0 => words(),
            1 => Answer::Skipped,
            2 | 3 => Answer::ActionResult(result(false)),
            _ => Answer::ActionResult(result(true)),
        },
    }
}

/// Answers until the limit, and holds what must hold of every step.
fn holds(mut course: Course, nodes: &[FlowNode], answers: &[u8]) {
    let known: HashSet<&str> = nodes.iter().map(|node| node.id.as_str()).collect();
    let mut visited = HashSet::new();
    let mut left_flow = false;
    for number in answers.iter().cycle().take(30) {
        let step = course.at.step.clone();
        assert!(step.content.kind().is_answerable());
        assert!(!step.content.text().trim().is_empty());
        if let Some(at) = &step.flow_node {
            assert!(known.contains(at.node.as_str()), "{} is not in the tree", at.node);
            assert!(visited.insert(at.node.clone()), "{} came twice", at.node);
            assert!(!left_flow, "back on the flow after nothing was left");
            for option in step.content.options() {
                let target = option.leads_to.as_deref().expect("every option leads to a child");
                let child = nodes.iter().find(|node| node.id == target).expect("a node of the tree");
                assert_eq!(child.parent_id.as_deref(), Some(at.node.as_str()));
            }
        } else {
            left_flow = true;
            assert!(
                !matches!(step.content, StepContent::ResolutionSuggestion { .. }),
                "no solution is made up"
            );
            assert!(step.confidence.score() < 0.4);
        }
        let answer = answer(&step.content, *number);
        course.case.steps_left = course.case.steps_left.max(1);
        course.answer(Some(answer));
        assert_ne!(course.at.step.content, step.content, "the same step twice in a row");
        course.case.steps_left = course.case.steps_left.max(1);
    }
    assert!(course.at.step.content.kind().is_answerable());
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 150, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn every_course_stays_within_its_tree_visits_a_node_once_and_never_repeats_itself(
        numbers in prop::collection::vec(any::<u8>(), 0..60),
        answers in prop::collection::vec(any::<u8>(), 1..30),
    ) {
        let nodes = tree(&numbers);
        prop_assert_eq!(validate(FlowKind::Troubleshooting, &nodes), Ok(()));
        holds(Course::begin(Some(flow(1, "Any", 0.8, nodes.clone())), vec![]), &nodes, &answers);
    }

    #[test]
    fn a_broken_tree_harms_nobody(
        parents in prop::collection::vec(prop::option::of(0_usize..12), 1..12),
        kinds in prop::collection::vec(0_u8..3, 12),
        answers in prop::collection::vec(any::<u8>(), 1..20),
    ) {
        let kind = |n: usize| [Question, Action, Solution][usize::from(kinds[n])];
        let nodes: Vec<FlowNode> = parents
            .iter()
            .enumerate()
            .map(|(n, parent)| node(&format!("n{n}"), parent.map(|p| format!("n{p}")).as_deref(), kind(n), ""))
            .collect();
        let mut course = Course::begin(Some(flow(1, "Broken", 0.8, nodes)), vec![]);
        for number in answers {
            let answer = answer(&course.at.step.content, number);
            course.answer(Some(answer));
        }
    }
}

#[test]
fn every_starter_flow_can_be_walked_to_its_end_in_many_ways() {
    for starter in starter_flows() {
        for seed in 0..10_u8 {
            let answers: Vec<u8> =
                (0..30_u8).map(|n| n.wrapping_mul(7).wrapping_add(seed.wrapping_mul(31))).collect();
            let guiding = flow(1, &starter.head.name, 0.9, starter.nodes.clone());
            holds(Course::begin(Some(guiding), vec![]), &starter.nodes, &answers);
        }
    }
}
