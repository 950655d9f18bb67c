//! A new flow grown from the courses of sessions that were about the same problem (rule 6.6): no model has a part in it.
//!
//! A question that all of them answered alike becomes an action; where they answered it differently, the flow branches.

use super::trail::{Move, answered};
use crate::flow::tree::{FlowNode, FlowNodeType};
use crate::flow::validation::{MAX_DETAILS, MAX_LABEL, MAX_NODE_TEXT};
use crate::matching::words::fold;
use crate::session::view::{SessionView, cut_at_word};

/// A question has no more answers than this.
const BRANCHES: usize = 5;

/// What one session's course comes to: what led to the solution, without dead ends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Learnt {
    /// On the way.
    pub moves: Vec<Move>,
    /// What solved it.
    pub solution: String,
    /// How, and what to do afterwards.
    pub details: Option<String>,
}

impl Learnt {
    /// What a session teaches; none while it isn't resolved.
    pub fn of(view: &SessionView) -> Option<Self> {
        let moves = answered(view).iter().filter_map(super::trail::Met::contribution).collect();
        Self::with(view, moves)
    }

    /// The same with these moves on the way.
    pub(super) fn with(view: &SessionView, moves: Vec<Move>) -> Option<Self> {
        let resolution = view.resolution.as_ref()?;
        let after: Vec<String> = view.follow_ups.iter().map(|it| format!("Afterwards: {it}")).collect();
        let details: Vec<String> = resolution.action.iter().cloned().chain(after).collect();
        let details = (!details.is_empty()).then(|| details.join("\n"));
        Some(Self { moves, solution: resolution.summary.clone(), details })
    }
}

/// The tree of these courses, the first of which is the one that counts where they can't be told apart. Empty without any.
pub fn grow(courses: &[Learnt]) -> Vec<FlowNode> {
    let mut nodes = Vec::new();
    let ways: Vec<Way<'_>> = courses.iter().map(|course| Way { ahead: &course.moves, course }).collect();
    add(&mut nodes, &ways, None, None, "step");
    nodes
}

/// A chain below a node of a tree that there is: what one course adds to it. Ids begin with `prefix`.
pub(super) fn chain(course: &Learnt, parent: &str, label: Option<&str>, prefix: &str) -> Vec<FlowNode> {
    let mut nodes = Vec::new();
    add(&mut nodes, &[Way { ahead: &course.moves, course }], Some(parent), label, prefix);
    nodes
}

#[derive(Clone, Copy)]
struct Way<'a> {
    ahead: &'a [Move],
    course: &'a Learnt,
}

fn add(nodes: &mut Vec<FlowNode>, ways: &[Way<'_>], parent: Option<&str>, label: Option<&str>, prefix: &str) {
    let Some(first) = ways.first() else { return };
    let id = format!("{prefix}-{}", nodes.len() + 1);
    let node = |kind, text: &str, details: Option<&str>| FlowNode {
        id: id.clone(),
        parent_id: parent.map(str::to_owned),
        kind,
        label: label.map(|label| cut_at_word(label, MAX_LABEL)),
        text: cut_at_word(text, MAX_NODE_TEXT),
        details: details.map(|text| cut_at_word(text, MAX_DETAILS)),
        script_template_id: None,
    };
    match first.ahead.first() {
        None => {
            nodes.push(node(FlowNodeType::Solution, &first.course.solution, first.course.details.as_deref()));
        }
        Some(Move::Do { text, details, script }) => {
            let action = node(FlowNodeType::Action, text, details.as_deref());
            nodes.push(FlowNode { script_template_id: *script, ..action });
            add(nodes, &along(ways, |it| it.is_alike(&first.ahead[0])), Some(&id), None, prefix);
        }
        Some(Move::Check { question, answer }) => {
            let answers = answers(ways, question);
            if answers.len() < 2 {
                let text = format!("Check: {question}");
                let details = format!("The answer that led on: {answer}");
                nodes.push(node(FlowNodeType::Action, &text, Some(&details)));
                add(nodes, &along(ways, |it| it.asks(question).is_some()), Some(&id), None, prefix);
                return;
            }
            nodes.push(node(FlowNodeType::Question, question, None));
            for answer in answers {
                let ways =
                    along(ways, |it| it.asks(question).is_some_and(|other| fold(other) == fold(answer)));
                add(nodes, &ways, Some(&id), Some(answer), prefix);
            }
        }
    }
}

/// The different answers to a question, in the order of the courses.
fn answers<'a>(ways: &[Way<'a>], question: &str) -> Vec<&'a str> {
    let mut found: Vec<&str> = Vec::new();
    for answer in ways.iter().filter_map(|way| way.ahead.first()?.asks(question)) {
        if found.len() < BRANCHES && !found.iter().any(|known| fold(known) == fold(answer)) {
            found.push(answer);
        }
    }
    found
}

/// The courses whose next move is one of these, after it.
fn along<'a>(ways: &[Way<'a>], goes: impl Fn(&Move) -> bool) -> Vec<Way<'a>> {
    let step = |way: &Way<'a>| match way.ahead.split_first() {
        Some((next, ahead)) if goes(next) => Some(Way { ahead, ..*way }),
        _ => None,
    };
    ways.iter().filter_map(step).collect()
}

impl Move {
    /// The answer to this question.
    fn asks(&self, wanted: &str) -> Option<&str> {
        match self {
            Self::Check { question, answer } if fold(question) == fold(wanted) => Some(answer),
            Self::Check { .. } | Self::Do { .. } => None,
        }
    }

    /// The same is done, whatever was seen.
    fn is_alike(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Do { text: one, .. }, Self::Do { text: two, .. }) => fold(one) == fold(two),
            _ => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::flow::event::FlowKind;
    use crate::flow::validation::validate;
    use crate::session::answer::Answer;
    use crate::session::sample::{Log, acted, action, answered, option, presented, question, resolved};
    use crate::session::step::StepContent;

    fn check(question: &str, answer: &str) -> Move {
        Move::Check { question: question.into(), answer: answer.into() }
    }

    fn act(text: &str) -> Move {
        Move::Do { text: text.into(), details: None, script: None }
    }

    fn course(moves: Vec<Move>, solution: &str) -> Learnt {
        Learnt { moves, solution: solution.into(), details: None }
    }

    fn told(nodes: &[FlowNode]) -> Vec<String> {
        let line = |node: &FlowNode| {
            let label = node.label.as_deref().map_or(String::new(), |label| format!("[{label}] "));
            format!("{} < {} {label}{}", node.id, node.parent_id.as_deref().unwrap_or("-"), node.text)
        };
        nodes.iter().map(line).collect()
    }

    /// Rule 6.6.
    #[test]
    fn one_course_becomes_a_chain_of_actions_to_its_solution() {
        let nodes = grow(&[course(vec![check("Which lamp?", "Red"), act("Press reset")], "Reset it.")]);
        assert_eq!(
            told(&nodes),
            ["step-1 < - Check: Which lamp?", "step-2 < step-1 Press reset", "step-3 < step-2 Reset it."]
        );
        assert_eq!(nodes[0].details.as_deref(), Some("The answer that led on: Red"));
        assert_eq!(validate(FlowKind::Troubleshooting, &nodes), Ok(()));
    }

    #[test]
    fn where_courses_answered_a_question_differently_the_flow_branches() {
        let courses = [
            course(vec![act("Look at it"), check("Which lamp?", "Red"), act("Press reset")], "Reset it."),
            course(vec![act("Look at it"), check("which lamp?", "Green")], "Wait a minute."),
            course(vec![act("look at it"), check("Which lamp?", "red")], "Never reached."),
        ];
        let nodes = grow(&courses);
        assert_eq!(
            told(&nodes),
            [
                "step-1 < - Look at it",
                "step-2 < step-1 Which lamp?",
                "step-3 < step-2 [Red] Press reset",
                "step-4 < step-3 Reset it.",
                "step-5 < step-2 [Green] Wait a minute.",
            ]
        );
        assert_eq!(validate(FlowKind::Troubleshooting, &nodes), Ok(()));
    }

    #[test]
    fn courses_that_nothing_tells_apart_follow_the_first() {
        let nodes = grow(&[course(vec![act("A")], "One."), course(vec![act("B")], "Two.")]);
        assert_eq!(told(&nodes), ["step-1 < - A", "step-2 < step-1 One."]);
    }

    #[test]
    fn dead_ends_and_skips_are_dropped_and_the_resolution_is_the_solution() {
        let log = Log::started()
            .with(presented(1, question("Which lamp?", &["Red", "Green"]), 0.2, false))
            .with(answered(1, Answer::Option(option("Red"))))
            .with(presented(2, StepContent::Action(action("Turn it off and on")), 0.2, false))
            .with(answered(2, acted(false, "No change.")))
            .with(presented(3, question("Since when?", &["Today"]), 0.2, false))
            .with(answered(3, Answer::Skipped))
            .with(presented(4, StepContent::Action(action("Press reset")), 0.2, false))
            .with(answered(4, acted(true, "It beeped.")))
            .with(resolved("The controller hung; a reset cleared it.", None));
        let learnt = Learnt::of(&log.view()).unwrap();
        assert_eq!(
            told(&grow(&[learnt])),
            [
                "step-1 < - Check: Which lamp?",
                "step-2 < step-1 Press reset",
                "step-3 < step-2 The controller hung; a reset cleared it."
            ]
        );
    }
}
