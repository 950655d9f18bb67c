//! What the playbook tells whoever takes a case over (rule 3.2): what is left of the flow, and what the answers rule out.

use domain::assistant::contract::MAX_LINE;
use domain::assistant::playbook::insight;
use domain::flow::tree::FlowNodeType::{Action, Question, Solution};
use domain::session::answer::{ActionResult, Answer};

use super::course::{Course, node};

fn course() -> Course {
    Course::following(vec![
        node("where", None, Question, ""),
        node("phone", Some("where"), Action, "Her phone"),
        node("solved-phone", Some("phone"), Solution, "It worked"),
        node("solved-other", Some("phone"), Solution, ""),
        node("drive", Some("where"), Action, "A mapped drive"),
        node("solved-drive", Some("drive"), Solution, ""),
        node("task", Some("where"), Question, "A scheduled task"),
        node("solved-nightly", Some("task"), Solution, "The nightly one"),
        node("solved-weekly", Some("task"), Solution, "The weekly one"),
    ])
}

#[test]
fn before_anything_was_tried_the_whole_flow_is_left() {
    let told = insight(&course().case);
    assert_eq!(told.hypotheses.len(), 5);
    assert_eq!(told.hypotheses[2], "A mapped drive: The text of solved-drive");
    assert_eq!(
        told.next_steps,
        [
            "Find out: The text of where",
            "The text of phone",
            "The text of drive",
            "Find out: The text of task"
        ]
    );
    assert!(told.ruled_out.is_empty());
}

#[test]
fn a_branch_that_failed_is_ruled_out_and_the_untried_ones_are_left_in_the_playbooks_order() {
    let mut course = course().choosing("A mapped drive");
    let seen =
        ActionResult { succeeded: false, details: Some("Event 4740 comes on.".into()), next_hint: None };
    course.answer(Some(Answer::ActionResult(seen)));
    let told = insight(&course.case);
    assert_eq!(
        told.ruled_out,
        [
            "Not “Her phone”, “A scheduled task”: “The text of where” was answered “A mapped drive” (step 1).",
            "“The text of drive” did not resolve it (step 2). Seen: Event 4740 comes on."
        ]
    );
    assert!(!told.hypotheses.iter().any(|it| it.contains("solved-drive")), "{:?}", told.hypotheses);
    assert_eq!(told.hypotheses[0], "It worked: The text of solved-phone");
    assert_eq!(told.next_steps, ["The text of phone", "Find out: The text of task"]);
    assert_eq!(course.node(), Some("phone"), "the playbook itself goes on there");
}

#[test]
fn what_was_skipped_rules_out_nothing() {
    let told = insight(&course().choosing("Her phone").skipping().case);
    assert_eq!(told.ruled_out.len(), 1, "{:?}", told.ruled_out);
    assert_eq!(told.next_steps[0], "The text of drive");
}

#[test]
fn without_a_flow_nothing_is_guessed_and_the_missing_facts_come_next() {
    let course = Course::begin(None, vec![]);
    let (asked, told) = (course.text().to_owned(), insight(&course.case));
    assert!(told.hypotheses.is_empty() && told.ruled_out.is_empty());
    assert_eq!(told.next_steps[0], format!("Find out: {asked}"));
    let told = insight(&course.saying("It is the reception's computer.").case);
    assert!(!told.next_steps.iter().any(|it| it.contains(&asked)), "what is known is not asked for again");
}

#[test]
fn no_entry_is_longer_than_a_model_may_write_it() {
    let mut nodes = vec![node("where", None, Question, "")];
    for place in 0..5 {
        let mut solution = node(&format!("s{place}"), Some("where"), Solution, "label");
        solution.text = "long ".repeat(400);
        nodes.push(solution);
    }
    let told = insight(&Course::following(nodes).case);
    for entry in told.hypotheses.iter().chain(&told.next_steps) {
        assert!(entry.chars().count() <= MAX_LINE, "{entry}");
    }
}
