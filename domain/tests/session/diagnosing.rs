//! What the assistant and the world outside said (rules 2.4, 2.9–2.12).

use domain::access::By;
use domain::id::RequestId;
use domain::personal::Personal;
use domain::refusal::RefusalCode;
use domain::session::command::{DraftStep, FailStep, SessionAct, Start, TicketOutcome};
use domain::session::event::{
    Failure, GenerationFailure, SessionEvent, StepDiscarded, StepPresented, TicketContext,
};
use domain::session::intake::{Intake, TicketRef};
use domain::session::status::{Confidence, ConfidenceTier, SessionStatus};
use domain::session::step::{MadeBy, Step, StepKind, Tokens};
use domain::session::{AssistantState, StartProgress};

use crate::people::{by, opener, request, step};
use crate::story::{
    Story, analysis, answer, classified, content, draft, free_text, matched, node, note, option, pick_up,
    question, reopen, resolve, result, start, suggestion, types,
};

fn present(number: u128, step: DraftStep) -> SessionAct {
    SessionAct::PresentStep { request: request(number), step }
}

fn fail(number: u128, tokens: Tokens) -> SessionAct {
    SessionAct::FailStep(FailStep {
        request: request(number),
        reason: GenerationFailure::ProviderUnavailable,
        message: "The assistant does not answer".into(),
        made_by: MadeBy::Playbook,
        tokens,
    })
}

fn retry(number: u128) -> SessionAct {
    SessionAct::RetryStep { request: request(number) }
}

fn ticket_context() -> SessionAct {
    SessionAct::RecordTicketContext(TicketOutcome::Captured(TicketContext {
        summary: "Printer".into(),
        description: None,
        facts: Personal::new(vec![]),
        redactions: vec![],
    }))
}

// Rule 2.4.
#[test]
fn the_tickets_context_is_recorded_once_and_its_failure_is_told() {
    let ticket = TicketRef { connection: None, ticket_id: "4711".into() };
    let intake = Intake { ticket: Some(ticket), ..free_text("x") };
    let story = Story::untold().and(by(opener()), start(intake));
    assert!(story.session().start_progress().unwrap().ticket_context_pending);
    let captured = story.when(By::System, ticket_context());
    assert_eq!(types(&captured), ["session.ticket_context_captured"]);
    let outcome = TicketOutcome::Unavailable(Failure { reason: "no such ticket".into() });
    let unavailable = SessionAct::RecordTicketContext(outcome);
    let story = story.and(By::System, unavailable);
    assert_eq!(story.events.last().unwrap().stored_type(), "session.ticket_context_unavailable");
    assert_eq!(story.when(By::System, ticket_context()), Ok(vec![]));
    assert_eq!(Story::started().when(By::System, ticket_context()), Ok(vec![]));
}

#[test]
fn the_classification_is_recorded_once() {
    let story = Story::started().and(By::System, classified());
    assert_eq!(story.events.last().unwrap().stored_type(), "session.intake_classified");
    assert_eq!(story.when(By::System, classified()), Ok(vec![]));
}

// Rules 2.7, 2.9.
#[test]
fn the_first_match_writes_an_analysis_that_is_never_open_and_does_not_count() {
    let act = SessionAct::RecordMatch { matched: matched(0.6), analysis: Some(analysis(40)) };
    let story = Story::started().and(By::System, act.clone());
    let written = Step {
        id: step(40),
        ordinal: 0,
        content: content(StepKind::IntakeAnalysis, false, false),
        confidence: Confidence::default(),
        flow_node: None,
        made_by: MadeBy::System,
        tokens: Tokens::default(),
        reasoning: None,
    };
    let SessionEvent::StepPresented(StepPresented { request: None, step: found }) =
        story.events.last().unwrap()
    else {
        panic!("{:?}", story.events.last());
    };
    assert_eq!(found.content.kind(), StepKind::IntakeAnalysis);
    assert_eq!(Step { content: written.content.clone(), ..found.clone() }, written);
    let session = story.session();
    assert_eq!((session.open_step(), session.step_count()), (None, 0));
    assert_eq!(session.pending_request(), Some(request(1)));
    assert_eq!(story.when(By::System, act), Ok(vec![]));
    let told_apart = SessionAct::RecordMatch { matched: matched(0.9), analysis: Some(analysis(41)) };
    assert_eq!(types(&story.when(By::System, told_apart)), ["session.flow_matched"]);
}

#[test]
fn a_closed_session_gets_no_analysis_but_gets_it_when_it_goes_on() {
    let act = || SessionAct::RecordMatch { matched: matched(0.6), analysis: Some(analysis(40)) };
    let closed = Story::started().and(by(opener()), resolve());
    assert_eq!(types(&closed.when(By::System, act())), ["session.flow_matched"]);
    let reopened = closed.and(By::System, act()).and(by(opener()), reopen());
    let progress =
        StartProgress { ticket_context_pending: false, classified: false, matched: true, analysed: false };
    assert_eq!(reopened.session().start_progress(), Some(progress));
    assert_eq!(types(&reopened.when(By::System, act())), ["session.step_presented"]);
}

// Rules 2.7, 2.11.
#[test]
fn a_step_is_numbered_among_all_steps_and_counted_among_the_assistants() {
    let story = Story::started()
        .and(by(opener()), note(40, "Before anything"))
        .presenting(1, draft(1, question(false, false)))
        .and(by(opener()), note(41, "Meanwhile"))
        .and(by(opener()), answer(1, option("yes")))
        .presenting(2, draft(2, suggestion()));
    let session = story.session();
    assert_eq!(session.open_step().map(|step| step.ordinal), Some(3));
    assert_eq!(session.step_count(), 2);
    assert_eq!(session.steps_left(), 28);
}

#[test]
fn what_takes_no_answer_is_no_step_of_the_assistants() {
    for kind in [StepKind::Briefing, StepKind::Note, StepKind::IntakeAnalysis] {
        let act = present(1, draft(1, content(kind, false, false)));
        assert_eq!(Story::started().refusal(By::System, act), RefusalCode::InvalidInput);
    }
}

#[test]
fn a_steps_id_is_used_once() {
    let story = Story::with_question().and(by(opener()), answer(1, option("yes")));
    assert_eq!(story.invalid(By::System, present(2, draft(1, suggestion()))), ["stepId"]);
    assert_eq!(story.invalid(by(opener()), note(1, "x")), ["stepId"]);
}

// Rule 2.12.
#[test]
fn one_result_is_recorded_for_a_request_and_a_late_one_is_discarded_once() {
    let story = Story::with_question();
    let late = || present(1, draft(9, suggestion()));
    let discarded = StepDiscarded {
        request: request(1),
        made_by: MadeBy::Playbook,
        tokens: Tokens { input: 7, output: 3, cached: 0, calls: 0 },
    };
    assert_eq!(story.when(By::System, late()), Ok(vec![SessionEvent::StepDiscarded(discarded)]));
    let told = story.and(By::System, late());
    assert_eq!(told.when(By::System, late()), Ok(vec![]));
    assert_eq!(told.session().open_step().map(|open| open.id), Some(step(1)));
}

#[test]
fn a_step_for_a_session_that_moved_on_is_discarded() {
    for status in [
        SessionStatus::Paused,
        SessionStatus::RequestingEscalation,
        SessionStatus::Resolved,
        SessionStatus::Escalated,
        SessionStatus::Abandoned,
    ] {
        let story = Story::started().brought_to(status);
        assert_eq!(story.session().pending_request(), None, "{status:?}");
        let late = story.when(By::System, present(1, draft(9, suggestion())));
        assert_eq!(types(&late), ["session.step_discarded"], "{status:?}");
    }
    let resumed = Story::started()
        .brought_to(SessionStatus::Paused)
        .and(by(opener()), SessionAct::Resume { request: request(2) });
    let late = resumed.when(By::System, present(1, draft(9, suggestion())));
    assert_eq!(types(&late), ["session.step_discarded"]);
    let timely = resumed.when(By::System, present(2, draft(9, suggestion())));
    assert_eq!(types(&timely), ["session.step_presented"]);
}

#[test]
fn a_failed_request_stands_as_failed_until_somebody_asks_again() {
    let failed = Story::started().and(By::System, fail(1, Tokens::default()));
    let reason = GenerationFailure::ProviderUnavailable;
    assert_eq!(failed.session().assistant(), AssistantState::Failed(reason));
    let asked = failed.and(by(opener()), retry(2));
    assert_eq!(asked.session().assistant(), AssistantState::Thinking(request(2)));
    let late = asked.when(By::System, present(1, draft(9, suggestion())));
    assert_eq!(types(&late), ["session.step_discarded"]);
}

#[test]
fn a_late_failure_changes_nothing_but_its_tokens_count() {
    let story = Story::with_question();
    assert_eq!(story.when(By::System, fail(1, Tokens::default())), Ok(vec![]));
    let tokens = Tokens { input: 5, output: 0, cached: 0, calls: 0 };
    assert_eq!(types(&story.when(By::System, fail(1, tokens))), ["session.step_discarded"]);
    let unanswered = Tokens { calls: 3, ..Tokens::default() };
    assert_eq!(types(&story.when(By::System, fail(1, unanswered))), ["session.step_discarded"]);
}

#[test]
fn asking_again_while_a_step_is_made_or_open_makes_no_second_one() {
    assert_eq!(Story::started().when(by(opener()), retry(2)), Ok(vec![]));
    let code = Story::with_question().refusal(by(opener()), retry(2));
    assert_eq!(code, RefusalCode::WrongStatus);
}

// Rule 4.6.
#[test]
fn flowpilot_itself_asks_again_only_for_a_step_that_the_quota_was_spent_for() {
    let SessionAct::FailStep(failed) = fail(1, Tokens::default()) else { unreachable!() };
    let spent = SessionAct::FailStep(FailStep { reason: GenerationFailure::QuotaExceeded, ..failed });
    let story = Story::started().and(By::System, spent);
    assert_eq!(types(&story.when(By::System, retry(2))), ["session.step_requested"]);
    let asked = story.clone().and(by(opener()), retry(2));
    assert_eq!(asked.refusal(By::System, retry(3)), RefusalCode::NotEntitled);
    let paused = story.and(by(opener()), SessionAct::Pause);
    assert_eq!(paused.refusal(By::System, retry(2)), RefusalCode::NotEntitled);
    let unavailable = Story::started().and(By::System, fail(1, Tokens::default()));
    assert_eq!(unavailable.refusal(By::System, retry(2)), RefusalCode::NotEntitled);
}

#[test]
fn asking_again_after_a_solution_that_helped_goes_on_diagnosing() {
    let story = Story::with_step(suggestion()).and(by(opener()), answer(1, result(true)));
    assert_eq!(types(&story.when(by(opener()), retry(2))), ["session.step_requested"]);
}

// Rule 2.10.
#[test]
fn the_score_is_the_latest_steps_and_guiding_needs_a_flow_node() {
    let scored = |number, score, on_flow: bool| DraftStep {
        confidence: Confidence::new(score),
        flow_node: on_flow.then(|| node("n1")),
        ..draft(number, question(false, false))
    };
    let tell = |story: &Story| (story.session().confidence().score(), story.session().tier());
    let story = Story::started();
    assert_eq!(tell(&story), (0.0, ConfidenceTier::Discovery));
    let story = story.presenting(1, scored(1, 0.9, true));
    assert_eq!(tell(&story), (0.9, ConfidenceTier::Guided));
    let story = story.and(by(opener()), note(40, "Notes have no score"));
    assert_eq!(tell(&story), (0.9, ConfidenceTier::Guided));
    let story = story.and(by(opener()), answer(1, option("yes"))).presenting(2, scored(2, 0.95, false));
    assert_eq!(tell(&story), (0.95, ConfidenceTier::Exploring));
    let story = story.and(by(opener()), answer(2, option("yes"))).presenting(3, scored(3, 0.39, true));
    assert_eq!(tell(&story), (0.39, ConfidenceTier::Discovery));
}

#[test]
fn a_tier_begins_with_its_threshold_and_a_score_never_leaves_its_range() {
    use ConfidenceTier::{Discovery, Exploring, Guided};
    for (score, on_flow, off_flow) in [
        (1.0, Guided, Exploring),
        (0.8, Guided, Exploring),
        (0.799_999, Exploring, Exploring),
        (0.4, Exploring, Exploring),
        (0.399_999, Discovery, Discovery),
        (0.0, Discovery, Discovery),
    ] {
        let confidence = Confidence::new(score);
        assert_eq!((confidence.tier(true), confidence.tier(false)), (on_flow, off_flow), "{score}");
    }
    for (given, kept) in [(1.5, 1.0), (-0.1, 0.0), (f64::INFINITY, 1.0), (f64::NAN, 0.0)] {
        assert!((Confidence::new(given).score() - kept).abs() < f64::EPSILON, "{given}");
    }
}

#[test]
fn a_strong_match_lifts_the_first_step_only_and_only_to_guiding() {
    let first = |score: f64, confidence: f64| {
        let matched = SessionAct::RecordMatch { matched: matched(score), analysis: None };
        let step = DraftStep { confidence: Confidence::new(confidence), ..draft(1, question(false, false)) };
        Story::started().and(By::System, matched).presenting(1, step)
    };
    let score = |story: &Story| story.session().confidence().score();
    assert!((score(&first(0.8, 0.5)) - 0.8).abs() < f64::EPSILON);
    assert!((score(&first(0.95, 0.9)) - 0.9).abs() < f64::EPSILON);
    assert!((score(&first(0.79, 0.5)) - 0.5).abs() < f64::EPSILON);
    let second = first(0.95, 0.9)
        .and(by(opener()), answer(1, option("yes")))
        .presenting(2, draft(2, question(false, false)));
    assert!((score(&second) - 0.5).abs() < f64::EPSILON);
}

fn limited(limit: u32) -> Story {
    let start = Start { team: None, intake: free_text("x"), step_limit: limit, request: request(1) };
    Story::untold()
        .and(by(opener()), SessionAct::Start(start))
        .presenting(1, draft(1, question(false, false)))
}

// Rule 2.11.
#[test]
fn the_last_answer_is_stored_and_then_the_limit_is_told_instead_of_a_request() {
    let story = limited(2).and(by(opener()), answer(1, option("yes")));
    assert_eq!(story.session().pending_request(), Some(request(2)));
    let story = story.presenting(2, draft(2, question(false, false)));
    let last = story.when(by(opener()), answer(2, option("no")));
    assert_eq!(types(&last), ["session.step_answered", "session.step_limit_reached"]);
    let done = story.and(by(opener()), answer(2, option("no")));
    assert_eq!(done.refusal(by(opener()), retry(9)), RefusalCode::StepLimitReached);
    assert_eq!(types(&done.when(by(opener()), resolve())), ["session.resolved"]);
}

#[test]
fn notes_briefings_and_the_analysis_leave_the_limit_alone() {
    let act = SessionAct::RecordMatch { matched: matched(0.6), analysis: Some(analysis(40)) };
    let story = limited(2).and(By::System, act).and(by(opener()), note(41, "x"));
    let answered = story.when(by(opener()), answer(1, option("yes")));
    assert_eq!(types(&answered), ["session.step_answered", "session.step_requested"]);
}

#[test]
fn neither_pick_up_nor_resuming_nor_reopening_resets_the_limit() {
    let done = limited(1).and(by(opener()), answer(1, option("yes")));
    let resume = SessionAct::Resume { request: request(9) };
    let paused = done.clone().and(by(opener()), SessionAct::Pause);
    assert_eq!(types(&paused.when(by(opener()), resume)), ["session.resumed"]);
    let closed = done.clone().and(by(opener()), resolve());
    assert_eq!(types(&closed.when(by(opener()), reopen())), ["session.reopened"]);
    let waiting = done.brought_to(SessionStatus::RequestingEscalation);
    let picked = waiting.when(by(crate::people::mate()), SessionAct::PickUp(pick_up()));
    assert_eq!(types(&picked), ["session.escalation_picked_up", "session.step_presented"]);
}

#[test]
fn a_pick_up_that_supersedes_the_last_step_tells_the_limit() {
    let waiting = limited(1).brought_to(SessionStatus::RequestingEscalation);
    let picked = waiting.when(by(crate::people::mate()), SessionAct::PickUp(pick_up()));
    assert_eq!(
        types(&picked),
        [
            "session.escalation_picked_up",
            "session.step_superseded",
            "session.step_presented",
            "session.step_limit_reached",
        ]
    );
}

#[test]
fn people_do_not_speak_for_the_assistant() {
    let story = Story::started();
    let matched = SessionAct::RecordMatch { matched: matched(0.6), analysis: None };
    let acts = [
        present(1, draft(1, suggestion())),
        fail(1, Tokens::default()),
        classified(),
        matched,
        ticket_context(),
    ];
    for act in acts {
        assert_eq!(story.refusal(by(opener()), act), RefusalCode::NotEntitled);
    }
    let unknown = SessionAct::RetryStep { request: RequestId(uuid::Uuid::nil()) };
    assert_eq!(story.refusal(By::System, unknown), RefusalCode::NotEntitled);
}
