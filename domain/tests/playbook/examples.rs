//! Examples of each rule.

use domain::flow::tree::FlowNode;
use domain::flow::tree::FlowNodeType::{Action, Question, Solution};
use domain::session::event::PickUpMode;
use domain::session::step::{StepContent, StepKind};

use super::course::{Course, flow, node};

/// where?
/// ├ phone: switch it off. → worked: solved-phone, failed: solved-other
/// ├ drive: clear it. → solved-drive
/// └ task: which? → nightly: solved-nightly, weekly: solved-weekly
fn tree() -> Vec<FlowNode> {
    let mut nodes = vec![
        node("where", None, Question, ""),
        node("phone", Some("where"), Action, "Her phone"),
        node("solved-phone", Some("phone"), Solution, "It worked"),
        node("solved-other", Some("phone"), Solution, "It did not work"),
        node("drive", Some("where"), Action, "A mapped drive"),
        node("solved-drive", Some("drive"), Solution, ""),
        node("task", Some("where"), Question, "A scheduled task"),
        node("solved-nightly", Some("task"), Solution, "The nightly one"),
        node("solved-weekly", Some("task"), Solution, "The weekly one"),
    ];
    nodes[1].details = Some(
        "Phones keep old passwords.\n- Flight mode on\n- Wait twenty minutes\nSucceeded: no new event. Failed: it locks.".into(),
    );
    nodes[2].details = Some("Remove the account on it.\nPrevent: certificates for Wi-Fi.".into());
    nodes
}

fn on_tree() -> Course {
    Course::following(tree())
}

#[test]
fn a_question_offers_its_children_in_order_and_names_its_node() {
    let course = on_tree();
    assert_eq!((course.kind(), course.node()), (StepKind::Question, Some("where")));
    assert_eq!(course.labels(), ["Her phone", "A mapped drive", "A scheduled task"]);
    let leads_to: Vec<_> =
        course.at.step.content.options().iter().map(|o| o.leads_to.clone().unwrap()).collect();
    assert_eq!(leads_to, ["phone", "drive", "task"]);
    let content = &course.at.step.content;
    assert!(content.allows_free_text() && content.allows_skip(), "there is always a way out of the options");
}

#[test]
fn an_action_brings_why_checklist_and_what_to_expect() {
    let course = on_tree().choosing("Her phone");
    let StepContent::Action(action) = &course.at.step.content else { panic!("{:?}", course.kind()) };
    assert_eq!(action.context_message.as_deref().map(String::as_str), Some("Phones keep old passwords."));
    assert_eq!(action.checklist.as_slice(), ["Flight mode on", "Wait twenty minutes"]);
    assert!(action.expected_outcome.as_ref().unwrap().contains("no new event"));
}

#[test]
fn success_leads_to_the_solution_with_what_to_do_afterwards() {
    let course = on_tree().choosing("Her phone").succeeding();
    assert_eq!(course.node(), Some("solved-phone"));
    let StepContent::ResolutionSuggestion { summary, follow_ups, .. } = &course.at.step.content else {
        panic!("{:?}", course.kind())
    };
    assert_eq!(summary.as_str(), "The text of solved-phone");
    assert_eq!(follow_ups.as_slice(), ["Prevent: certificates for Wi-Fi."]);
}

#[test]
fn a_failed_action_goes_to_its_failure_child() {
    assert_eq!(on_tree().choosing("Her phone").failing().node(), Some("solved-other"));
}

#[test]
fn a_failed_action_without_a_failure_child_gives_way_to_the_nearest_untried_sibling() {
    let course = on_tree().choosing("A mapped drive").failing();
    assert_eq!(course.node(), Some("phone"), "likeliest first");
    assert!(
        course.context().contains("\"A mapped drive\" did not lead to the solution"),
        "{}",
        course.context()
    );
}

#[test]
fn after_a_failure_the_child_that_follows_success_is_out_of_the_question() {
    let course = on_tree().choosing("Her phone").failing().failing();
    assert_eq!(course.node(), Some("drive"), "not solved-phone");
}

#[test]
fn a_refused_solution_gives_way_to_its_sibling_then_to_those_further_up() {
    let course = on_tree().choosing("A scheduled task").choosing("The weekly one").failing();
    assert_eq!(course.node(), Some("solved-nightly"));
    let course = course.failing();
    assert_eq!(course.node(), Some("phone"));
}

#[test]
fn a_skip_leaves_the_branch() {
    assert_eq!(on_tree().choosing("A scheduled task").skipping().node(), Some("phone"));
    assert_eq!(on_tree().choosing("Her phone").skipping().node(), Some("drive"));
}

#[test]
fn not_knowing_the_first_answer_begins_with_the_likeliest() {
    assert_eq!(on_tree().skipping().node(), Some("phone"));
}

#[test]
fn own_words_follow_the_child_that_they_fit() {
    assert_eq!(on_tree().saying("it must be that task somebody scheduled").node(), Some("task"));
    assert_eq!(on_tree().choosing("Her phone").saying("That worked, thanks").node(), Some("solved-phone"));
    assert_eq!(
        on_tree().choosing("Her phone").saying("didn't help, still locking").node(),
        Some("solved-other")
    );
}

#[test]
fn own_words_that_fit_nothing_leave_the_branch() {
    assert_eq!(on_tree().choosing("A scheduled task").saying("no idea what you mean").node(), Some("phone"));
}

#[test]
fn the_confidence_is_the_match_score_and_does_not_fall_on_a_confirmed_branch() {
    let mut course = on_tree();
    assert!((course.score() - 0.9).abs() < 1e-9);
    course.at.step.confidence = domain::session::status::Confidence::new(0.95);
    let course = course.choosing("Her phone").succeeding();
    assert!((course.score() - 0.95).abs() < 1e-9);
}

#[test]
fn when_nothing_is_left_it_says_so_gathers_facts_and_ends_without_a_pretended_solution() {
    let mut course = on_tree().choosing("A mapped drive").succeeding().failing();
    let mut kinds = Vec::new();
    while course.node().is_some() {
        course = course.failing_or_skipping();
    }
    assert!(course.context().contains("Every branch of \"Lockout\""), "{}", course.context());
    for _ in 0..6 {
        kinds.push(course.kind());
        assert!(course.score() < 0.4);
        course = course.saying("as far as we know");
    }
    assert!(kinds.iter().all(|kind| matches!(kind, StepKind::Question | StepKind::InfoRequest)), "{kinds:?}");
    assert!(course.case.history.iter().any(|past| past.step.content.text().contains("Escalate")));
}

#[test]
fn without_a_flow_it_gathers_the_facts_of_the_domain_below_the_exploring_tier() {
    let course = Course::begin(None, vec![]);
    assert_eq!(course.node(), None);
    assert!(course.score() < 0.4);
    assert!(course.context().starts_with("No published flow fits"), "{}", course.context());
    let second = course.choosing("Everyone");
    assert!(second.text().contains("exact message or event"), "{}", second.text());
    assert!(!second.context().contains("No published flow fits"), "said once");
}

#[test]
fn the_last_step_that_the_limit_allows_is_the_end_not_one_more_fact() {
    let mut course = Course::begin(None, vec![]);
    course.case.steps_left = 2;
    let course = course.skipping();
    assert!(course.text().contains("Escalate"), "{}", course.text());
}

#[test]
fn between_close_matches_it_first_asks_what_tells_them_apart() {
    let other = vec![node("only", None, Solution, "")];
    let close = vec![flow(1, "Lockout", 0.85, tree()), flow(2, "Outlook prompts", 0.8, other)];
    let course = Course::begin(None, close.clone());
    assert_eq!((course.kind(), course.node()), (StepKind::Question, None));
    assert_eq!(course.labels(), ["Lockout", "Outlook prompts", "None of these"]);
    assert_eq!(course.at.choose, None);

    let chosen = Course::begin(None, close.clone()).choosing("Outlook prompts");
    assert_eq!(chosen.at.choose.as_ref().unwrap().flow, close[1].flow);
    assert_eq!(chosen.node(), Some("only"));
    let own_words = Course::begin(None, close.clone()).saying("it's outlook that prompts");
    assert_eq!(own_words.at.choose.as_ref().unwrap().flow, close[1].flow);
    let skipped = Course::begin(None, close.clone()).skipping();
    assert_eq!(skipped.at.choose.as_ref().unwrap().flow, close[0].flow, "the best one");
    assert_eq!(skipped.node(), Some("where"));
    let none = Course::begin(None, close).choosing("None of these");
    assert_eq!((none.at.choose.clone(), none.node()), (None, None));
    assert!(none.score() < 0.4);
}

#[test]
fn the_chosen_flow_is_followed_and_chosen_only_once() {
    let close = vec![flow(1, "Lockout", 0.85, tree()), flow(2, "Outlook", 0.8, tree())];
    let course = Course::begin(None, close).choosing("Lockout").choosing("Her phone");
    assert_eq!((course.at.choose.clone(), course.node()), (None, Some("phone")));
}

#[test]
fn who_picks_up_is_asked_what_was_left_open_and_notes_change_nothing() {
    let mut course = on_tree().choosing("A scheduled task");
    course.note("called the customer");
    course.pick_up(PickUpMode::Continue);
    assert_eq!(course.node(), Some("task"));
    let again = course.at.step.content.clone();
    course.pick_up(PickUpMode::Continue);
    assert_eq!(course.node(), Some("task"));
    assert_ne!(course.at.step.content, again, "never the identical step twice in a row");
    let course = course.choosing("The nightly one");
    assert_eq!(course.node(), Some("solved-nightly"));
}

/// Rule 3.4.
#[test]
fn who_starts_afresh_begins_with_the_first_branch_that_nobody_tried() {
    let mut course = on_tree().choosing("Her phone");
    course.pick_up(PickUpMode::Fresh);
    assert_eq!(course.node(), Some("phone"), "presented, but nobody tried it");

    let mut course = on_tree().choosing("A scheduled task").choosing("The weekly one");
    course.pick_up(PickUpMode::Fresh);
    assert_eq!(
        course.node(),
        Some("phone"),
        "not the open suggestion, and not the question that was answered"
    );
    assert!(course.context().contains("Starting afresh"), "{}", course.context());
    let course = course.skipping();
    assert_eq!(course.node(), Some("drive"));
    let course = course.failing();
    assert_eq!(course.node(), Some("solved-nightly"), "what the one before left half way down comes last");
    let course = course.failing();
    assert_eq!(course.node(), Some("solved-weekly"), "it was suggested, but nobody tried it");
    assert_eq!(course.failing().node(), None);
}

#[test]
fn who_starts_afresh_before_any_answer_begins_with_the_first_question() {
    let mut course = on_tree();
    course.pick_up(PickUpMode::Fresh);
    assert_eq!(course.node(), Some("where"));
}

#[test]
fn starting_afresh_when_all_was_tried_gathers_the_facts() {
    let mut course = on_tree().choosing("Her phone");
    for _ in 0..8 {
        course = course.failing_or_skipping();
        if course.node().is_none() {
            break;
        }
    }
    course.pick_up(PickUpMode::Fresh);
    assert_eq!(course.node(), None, "{}", course.text());
}

#[test]
fn a_skipped_step_of_a_procedure_is_followed_by_the_next() {
    let mut procedure = flow(
        1,
        "New starter",
        0.9,
        vec![
            node("first", None, Action, ""),
            node("second", Some("first"), Action, ""),
            node("done", Some("second"), Solution, ""),
        ],
    );
    procedure.head.kind = domain::flow::event::FlowKind::Procedure;
    assert_eq!(Course::begin(Some(procedure), vec![]).skipping().node(), Some("second"));
}

#[test]
fn the_same_case_gives_the_same_move() {
    let course = on_tree().choosing("Her phone");
    assert_eq!(domain::assistant::playbook::next_move(&course.case), course.at);
}

impl Course {
    fn failing_or_skipping(self) -> Self {
        if self.kind() == StepKind::Question { self.skipping() } else { self.failing() }
    }
}
