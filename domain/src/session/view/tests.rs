//! Folds of whole logs.

use std::time::Duration;

use cqrs_es::Aggregate as _;
use proptest::prelude::*;

use super::*;
use crate::access::{Caller, Role};
use crate::session::Session;
use crate::session::answer::Answer;
use crate::session::event::{
    EscalationFailure, EscalationRef, Failure, SessionAbandoned, SessionStarted, StepDiscarded,
    StepLimitReached, TicketContext,
};
use crate::session::sample::*;
use crate::session::step::{MadeBy, StepContent};

fn caller(user: UserId, role: Role, teams: &[TeamId]) -> Caller {
    Caller { user, role, teams: teams.to_vec() }
}

fn stored_and_loaded(view: &SessionView) -> SessionView {
    serde_json::from_str(&serde_json::to_string(view).unwrap()).unwrap()
}

#[test]
fn no_events_are_no_session() {
    assert_eq!(SessionView::fold([]).unwrap().map(|it| it.version), None);
}

#[test]
fn a_log_that_begins_with_another_event_is_refused() {
    let log = Log::new().with(paused());
    let error = SessionView::fold(&log.events).unwrap_err();
    assert!(error.reason.contains("session.started"), "{error}");
    assert_eq!(
        SessionView::start(&log.events[0]).unwrap_err(),
        ViewError::NotAStart("session.paused".to_owned())
    );
}

#[test]
fn an_unreadable_event_stops_the_fold_and_says_where() {
    let mut log = Log::started().with(paused());
    let unreadable = log.events[1].unreadable("key destroyed".to_owned());
    log.events[1].payload = Err(unreadable.clone());
    assert_eq!(SessionView::fold(&log.events).unwrap_err(), unreadable);
}

#[test]
fn version_position_and_update_time_are_the_last_events() {
    let view = Log::started().after(5).with(note(0, "Seen.")).view();
    assert_eq!((view.version, view.last_position, view.account), (2, Position(14), AccountId(uuid(5))));
    assert_eq!((view.updated_at - view.created_at).num_minutes(), 5);
}

#[test]
fn every_event_leads_to_the_status_that_rule_2_5_names() {
    use SessionStatus::{Abandoned, Active, Escalated, Paused, RequestingEscalation, Resolved};
    let abandoned = || SessionEvent::Abandoned(SessionAbandoned::Idle);
    let expired = |n| SessionEvent::EscalationExpired(EscalationRef { escalation: escalation_id(n) });
    let walk = [
        (paused(), Paused),
        (resumed(), Active),
        (escalated(1, None), RequestingEscalation),
        (recalled(1), Active),
        (escalated(2, None), RequestingEscalation),
        (expired(2), Active),
        (escalated(3, None), RequestingEscalation),
        (picked_up(3, PICKER), Active),
        (resolved("Solved it.", None), Resolved),
        (reopened(), Active),
        (escalated(4, None), RequestingEscalation),
        (handed_off(4), Escalated),
        (reopened(), Active),
        (abandoned(), Abandoned),
        (reopened(), Active),
    ];
    let mut log = Log::started();
    for (event, status) in walk {
        log = log.with(event);
        let view = log.view();
        assert_eq!(view.status, status, "at version {}", view.version);
        assert_eq!(view.closed_at.is_some(), status.is_closed());
    }
}

#[test]
fn before_the_first_step_confidence_is_zero_and_the_tier_discovery() {
    // Rule 2.10.
    let view = Log::started().with(classified()).with(matched()).view();
    assert_eq!((view.confidence.score(), view.tier), (0.0, ConfidenceTier::Discovery));
}

#[test]
fn guided_needs_the_step_to_follow_a_flow_but_the_raw_score_is_kept() {
    // Rule 2.10.
    let off = Log::started().with(presented(0, question("A?", &["Yes", "No"]), 0.9, false)).view();
    assert_eq!((off.confidence.score(), off.tier), (0.9, ConfidenceTier::Exploring));
    let on = Log::started().with(presented(0, question("A?", &["Yes", "No"]), 0.9, true)).view();
    assert_eq!((on.confidence.score(), on.tier), (0.9, ConfidenceTier::Guided));
}

#[test]
fn notes_briefings_and_the_analysis_change_neither_confidence_nor_count_nor_the_open_step() {
    // Rules 2.7, 2.10, 2.11.
    let analysis = StepContent::IntakeAnalysis { text: "Understood.".into() };
    let briefing = StepContent::Briefing { text: "Know this.".into(), escalation: escalation_id(1) };
    let view = Log::started()
        .with(presented(0, analysis, 0.0, false))
        .with(presented(1, question("A?", &["Yes", "No"]), 0.5, false))
        .with(note(2, "Seen."))
        .with(presented(3, briefing, 0.0, false))
        .view();
    assert_eq!((view.confidence.score(), view.tier), (0.5, ConfidenceTier::Exploring));
    assert_eq!((view.step_count, view.steps.len(), view.steps_left()), (1, 4, 29));
    assert_eq!(view.current_step().map(|step| step.ordinal), Some(1));
}

#[test]
fn an_answer_closes_its_step_and_says_who_when_and_what() {
    let asked = Log::started().with(presented(0, question("A?", &["Yes", "No"]), 0.5, false));
    let view = asked.after(3).with(answered(0, Answer::Option(option("Yes")))).view();
    let step = &view.steps[0];
    assert_eq!(view.current, None);
    assert_eq!(step.answer.as_ref().map(|it| it.answered_by), Some(OPENER));
    assert_eq!(step.answered_at.map(|at| (at - step.presented_at).num_minutes()), Some(3));
    assert!(matches!(&step.answer.as_ref().unwrap().given, GivenResult::Option(it) if it.value == "yes"));
}

#[test]
fn a_superseded_step_is_closed_without_an_answer() {
    let view = Log::started()
        .with(presented(0, question("A?", &["Yes", "No"]), 0.5, false))
        .with(superseded(0))
        .view();
    assert_eq!((view.current, view.steps[0].answer.is_some()), (None, false));
    assert!(view.steps[0].superseded_at.is_some());
}

#[test]
fn a_requested_step_is_pending_until_its_own_result_comes() {
    // Rule 2.12.
    let thinking = Log::started().with(requested(1));
    let pending = PendingRequest { request: request_id(1), cause: RequestCause::Start };
    assert_eq!(thinking.view().assistant, AssistantView::Thinking(pending));
    assert_eq!(thinking.view().pending_request(), Some(pending));
    let failed_view = Log::started().with(requested(1)).with(failed(1)).view();
    assert!(matches!(failed_view.assistant, AssistantView::Failed { ref message, .. }
        if message == "The assistant can't be reached."));
    let other = Log::started().with(requested(1)).with(requested(2)).with(failed(1)).view();
    assert_eq!(other.pending_request().map(|it| it.request), Some(request_id(2)));
    let done = thinking.with(presented(1, question("A?", &["Yes", "No"]), 0.5, false)).view();
    assert_eq!(done.assistant, AssistantView::Idle);
}

#[test]
fn pausing_escalating_and_closing_leave_nothing_pending() {
    // Rule 2.12: what comes then comes too late.
    for event in [paused(), escalated(1, None), resolved("Solved it.", None)] {
        for before in [Log::started().with(requested(1)), Log::started().with(requested(1)).with(failed(1))] {
            assert_eq!(before.with(event.clone()).view().assistant, AssistantView::Idle);
        }
    }
}

#[test]
fn pausing_and_escalating_keep_the_open_step() {
    // Rule 2.7.
    for event in [paused(), escalated(1, None)] {
        let asked = Log::started().with(presented(0, question("A?", &["Yes", "No"]), 0.5, false));
        assert_eq!(asked.with(event).view().current, Some(step_id(0)));
    }
}

#[test]
fn the_step_limit_is_told() {
    let view = Log::started().with(SessionEvent::StepLimitReached(StepLimitReached { limit: 30 })).view();
    assert!(view.step_limit_reached);
}

#[test]
fn every_call_is_counted_failed_discarded_and_enriching_ones_too() {
    // Rules 2.12, 4.6.
    let tokens = Tokens { input: 1, output: 2, cached: 1, calls: 0 };
    let view = Log::started()
        .with(classified())
        .with(requested(1))
        .with(failed(1))
        .with(presented(1, question("A?", &["Yes", "No"]), 0.5, false))
        .with(SessionEvent::StepDiscarded(StepDiscarded {
            request: request_id(1),
            made_by: MadeBy::Playbook,
            tokens,
        }))
        .with(escalated(1, None))
        .with(SessionEvent::EscalationEnrichmentFailed(EscalationFailure {
            escalation: escalation_id(1),
            reason: "no answer".to_owned(),
            tokens,
        }))
        .view();
    assert_eq!(view.tokens, Tokens { input: 7 + 10 + 100 + 2, output: 3 + 20 + 4, cached: 50 + 2, calls: 0 });
}

#[test]
fn picking_up_makes_the_picker_the_handler_and_keeps_who_was() {
    // Rules 2.6, 3.4.
    let view = Log::started().with(escalated(1, None)).with(picked_up(1, PICKER)).view();
    assert_eq!((view.opened_by, view.handler), (OPENER, PICKER));
    assert_eq!(view.past_handlers, [OPENER]);
    let back = Log::started()
        .with(escalated(1, None))
        .with(picked_up(1, PICKER))
        .with(escalated(2, None))
        .with(picked_up(2, OPENER))
        .with(escalated(3, None))
        .with(picked_up(3, PICKER))
        .view();
    assert_eq!(back.past_handlers, [OPENER, PICKER]);
}

#[test]
fn an_escalation_keeps_what_had_been_tried_when_it_was_asked_for() {
    // Rule 3.2.
    let view = Log::started()
        .with(presented(0, question("A?", &["Yes", "No"]), 0.5, false))
        .with(answered(0, Answer::Skipped))
        .with(presented(1, question("B?", &["Yes", "No"]), 0.5, false))
        .with(escalated(1, None))
        .with(SessionEvent::EscalationEnrichmentFailed(EscalationFailure {
            escalation: escalation_id(1),
            reason: "quota".to_owned(),
            tokens: Tokens::default(),
        }))
        .with(recalled(1))
        .with(answered(1, Answer::Skipped))
        .view();
    let escalation = view.escalation().unwrap();
    assert_eq!(escalation.tried, [step_id(0)]);
    assert!(matches!(escalation.insight, Insight::Failed { .. }));
    assert!(matches!(escalation.outcome, EscalationOutcome::Recalled { .. }));
}

#[test]
fn reopening_clears_the_times_and_keeps_the_rating() {
    // Rule 2.14.
    let closed = Log::started().after(42).with(resolved("Solved it.", Some(4)));
    assert_eq!(closed.view().time_to_resolve(), Some(42.0 * 60.0));
    let open = closed.after(10).with(reopened());
    let view = open.view();
    assert_eq!((view.closed_at, view.resolved_at, view.time_to_resolve()), (None, None, None));
    assert_eq!((view.rating, view.reopen_count(), view.resolution.is_none()), (Some(4), 1, true));
    assert_eq!(view.reopenings[0].earlier.as_ref().map(|it| it.summary.as_str()), Some("Solved it."));
    // Section 10.2: reopened sessions count with their last resolution.
    let again = open.after(8).with(resolved("Solved for good.", None)).view();
    assert_eq!((again.time_to_resolve(), again.rating), (Some(3600.0), Some(4)));
}

#[test]
fn a_rating_alone_never_wipes_earlier_feedback() {
    // Rule 2.14.
    let view = Log::started()
        .with(resolved("Solved it.", Some(4)))
        .with(rated(5, Some("Quick.")))
        .with(rated(2, None))
        .view();
    assert_eq!((view.rating, view.feedback.as_deref()), (Some(2), Some("Quick.")));
}

#[test]
fn active_time_leaves_out_paused_and_closed_spans_but_not_waiting_for_pick_up() {
    let minutes = |log: &Log| Duration::from_secs_f64(log.view().active_time()).as_secs() / 60;
    let paused_log = Log::started().after(10).with(paused());
    assert_eq!(minutes(&paused_log), 10);
    let still_paused = paused_log.after(30).with(note(0, "Waiting."));
    assert_eq!(minutes(&still_paused), 10);
    let escalated_log = still_paused.after(5).with(escalated(1, None)).after(20).with(picked_up(1, PICKER));
    assert_eq!(minutes(&escalated_log), 30);
    let closed = escalated_log.after(5).with(resolved("Solved it.", None));
    assert_eq!(minutes(&closed), 35);
    let rated_log = closed.after(60).with(rated(5, None));
    assert_eq!(minutes(&rated_log), 35);
    let reopened_log = rated_log.after(600).with(reopened()).after(7).with(note(1, "Again."));
    assert_eq!(minutes(&reopened_log), 42);
}

#[test]
fn clocks_that_disagree_give_no_negative_time() {
    let log = Log::started().after(-10).with(resolved("Solved it.", None));
    assert_eq!((log.view().active_time(), log.view().time_to_resolve()), (0.0, Some(0.0)));
}

#[test]
fn follow_ups_come_from_a_suggestion_that_succeeded() {
    let suggested = || Log::started().with(presented(0, suggestion("Do this."), 0.9, false));
    assert!(suggested().view().follow_ups.is_empty());
    assert!(suggested().with(answered(0, acted(false, "No."))).view().follow_ups.is_empty());
    let worked = suggested().with(answered(0, acted(true, "Yes.")));
    assert_eq!(worked.view().follow_ups.len(), 2);
    assert!(worked.with(reopened()).view().follow_ups.is_empty());
}

#[test]
fn a_ticket_is_pending_until_its_context_comes_or_cannot_be_had() {
    let mut event = start(None);
    if let SessionEvent::Started(SessionStarted { intake, .. }) = &mut event {
        intake.ticket = Some(ticket_ref());
    }
    let status = |log: &Log| log.view().ticket_context.status();
    assert_eq!(status(&Log::started()), TicketContextStatus::None);
    let pending = Log::new().with(event.clone());
    assert_eq!(status(&pending), TicketContextStatus::Pending);
    let failure = Failure { reason: "The PSA can't be reached.".to_owned() };
    let unavailable = pending.with(SessionEvent::TicketContextUnavailable(failure));
    assert_eq!(status(&unavailable), TicketContextStatus::Unavailable);
    let context = TicketContext {
        summary: "Locked out".into(),
        description: None,
        facts: vec![].into(),
        redactions: vec![tally("password", 2)],
    };
    let loaded = Log::new().with(event).with(SessionEvent::TicketContextCaptured(context));
    assert_eq!(status(&loaded), TicketContextStatus::Loaded);
    assert_eq!(loaded.view().redactions, [tally("password", 2)]);
}

#[test]
fn redactions_are_summed_over_the_session_by_kind() {
    // Rule 2.2.
    let mut event = note(0, "x");
    if let SessionEvent::NoteAdded(note) = &mut event {
        note.redactions = vec![tally("password", 1), tally("api_key", 1)];
    }
    let view = Log::started().with(event.clone()).with(event).with(redacted("hunter2")).view();
    assert_eq!(view.redactions, [tally("api_key", 2), tally("manual", 1), tally("password", 2)]);
}

#[test]
fn redactions_of_all_that_is_written_after_the_diagnosis_are_counted() {
    let tallied = |mut event: SessionEvent| {
        let redactions = match &mut event {
            SessionEvent::EscalationRequested(it) => &mut it.redactions,
            SessionEvent::EscalationPickedUp(it) => &mut it.redactions,
            SessionEvent::HandedOff(it) => &mut it.redactions,
            SessionEvent::Resolved(it) => &mut it.redactions,
            SessionEvent::Reopened(it) => &mut it.redactions,
            SessionEvent::Rated(it) => &mut it.redactions,
            other => panic!("{other:?}"),
        };
        *redactions = vec![tally("password", 1)];
        event
    };
    let story = [
        escalated(1, None),
        picked_up(1, OPENER),
        resolved("Solved", None),
        reopened(),
        escalated(2, None),
        handed_off(2),
        rated(4, None),
    ];
    let log = story.into_iter().fold(Log::started(), |log, event| log.with(tallied(event)));
    assert_eq!(log.view().redactions, [tally("password", 7)]);
}

#[test]
fn a_text_found_late_is_masked_in_all_that_is_kept_and_all_that_comes() {
    let secret = "tränke!9876";
    let said = |what: &str| format!("{what} {secret}{secret} end");
    let log = Log::new()
        .with(start(Some(&said("intake"))))
        .with(presented(0, question(&said("question"), &[secret, "No"]), 0.5, false))
        .with(answered(0, Answer::FreeText(said("answer").into())))
        .with(redacted(secret))
        .with(note(1, &said("note")))
        .with(presented(2, suggestion(&said("suggestion")), 0.5, false))
        .with(answered(2, acted(true, &said("result"))))
        .with(escalated(1, None))
        .with(recalled(1))
        .with(resolved(&said("resolution"), None));
    let view = log.view();
    let stored = serde_json::to_string(&view).unwrap();
    assert!(!stored.contains(secret) && !stored.contains("9876"), "{stored}");
    let placeholder = "[REDACTED:password:0badcafe]";
    assert_eq!(view.steps[1].text, format!("note {placeholder}{placeholder} end"));
    assert_eq!(view.steps[0].text, format!("question {placeholder}{placeholder} end"));
    assert!(view.intake.excerpt.as_ref().unwrap().starts_with("intake [REDACTED"));
    // What is served of the events themselves is masked too.
    let mut payload = log.events[0].payload.clone().unwrap();
    view.mask_payload(&mut payload);
    assert!(!payload.to_string().contains("9876"));
}

#[test]
fn an_excerpt_that_ends_within_a_masked_text_keeps_no_part_of_it() {
    let text = format!("{} correct horse battery staple", "x".repeat(485));
    let view = Log::new().with(start(Some(&text))).with(redacted("correct horse battery staple")).view();
    let excerpt = view.intake.excerpt.unwrap();
    assert!(!excerpt.contains("correct"), "{excerpt}");
}

#[test]
fn long_texts_are_kept_apart_and_masked_when_put_back() {
    let log = Log::new().with(start(Some("The password is hunter2."))).with(redacted("hunter2"));
    let mut view = SessionView::start(&log.events[0]).unwrap();
    let content = view.take_intake_content().unwrap();
    assert!(view.take_intake_content().is_none());
    let event = log.events[1].decode().unwrap();
    assert!(SessionView::touches_intake_content(&event));
    view.restore_intake_content(content);
    view.apply(&log.events[1], &event);
    let content = view.take_intake_content().unwrap();
    assert_eq!(content.text.as_deref(), Some("The password is [REDACTED:password:0badcafe]."));
}

#[test]
fn debug_output_holds_nothing_that_was_said() {
    let view = realistic().view();
    let shown = format!("{view:?} {:?} {:?} {:?}", view.intake, view.steps, view.escalations);
    assert!(!shown.contains("NB-0417") && !shown.contains("locked"), "{shown}");
}

#[test]
fn a_session_is_seen_by_its_opener_handlers_target_and_readers_of_everything() {
    // Rule 11.4.
    let view = Log::started().with(escalated(1, None)).with(picked_up(1, PICKER)).view();
    for user in [OPENER, PICKER] {
        assert!(view.visible_to(&caller(user, Role::Engineer, &[])));
    }
    assert!(!view.visible_to(&caller(STRANGER, Role::Engineer, &[TEAM])));
    for role in [Role::TeamAdmin, Role::Analyst, Role::Owner, Role::SuperAdmin] {
        assert!(view.visible_to(&caller(STRANGER, role, &[])));
    }
}

#[test]
fn while_it_waits_a_session_is_seen_by_exactly_those_who_may_pick_it_up() {
    // Rules 3.3, 11.4.
    let open = Log::started().with(escalated(1, None)).view();
    assert!(open.visible_to(&caller(STRANGER, Role::Engineer, &[TEAM])));
    assert!(!open.visible_to(&caller(STRANGER, Role::Engineer, &[])));
    assert!(!open.may_be_picked_up_by(&caller(OPENER, Role::Engineer, &[TEAM])));
    assert!(!open.may_be_picked_up_by(&caller(STRANGER, Role::Analyst, &[TEAM])));
    let named = Log::started().with(escalated(1, Some(PICKER)));
    assert!(named.view().visible_to(&caller(PICKER, Role::Engineer, &[])));
    assert!(!named.view().visible_to(&caller(STRANGER, Role::Engineer, &[TEAM])));
    // Rule 2.16: the target left, so it is open to its team.
    let left = EscalationRef { escalation: escalation_id(1) };
    let released = named.with(SessionEvent::EscalationTargetReleased(left)).view();
    assert!(released.visible_to(&caller(STRANGER, Role::Engineer, &[TEAM])));
}

#[test]
fn a_case_holds_the_steps_as_they_were_made() {
    let log = realistic();
    let mut view = log.view();
    let content = view.take_intake_content().unwrap();
    let case = view.case(&content, None, vec![]);
    let made = log.events.iter().filter_map(|recorded| match recorded.decode().unwrap() {
        SessionEvent::StepPresented(presented) => Some(presented.step),
        _ => None,
    });
    let held = case.history.iter().map(|past| past.step.clone());
    let held: Vec<_> = held.filter(|step| !matches!(step.content, StepContent::Note { .. })).collect();
    assert_eq!(held, made.collect::<Vec<_>>());
    assert_eq!(case.steps_left, 30 - 4);
    assert!(case.history[2].superseded);
    let pick_ups: Vec<_> = case.history.iter().filter_map(|past| past.pick_up).collect();
    assert_eq!(pick_ups, [crate::session::event::PickUpMode::Continue], "the briefing tells how");
    assert!(case.intake.text.unwrap().contains("iPhone"));
}

/// The aggregate decides and the view shows: on what both know they agree after every event.
#[test]
fn the_view_and_the_aggregate_agree_at_every_version() {
    let again = realistic()
        .with(reopened())
        .with(requested(7))
        .with(failed(7))
        .with(paused())
        .with(resumed())
        .with(requested(8))
        .with(escalated(2, Some(STRANGER)))
        .with(handed_off(2));
    let mut session = Session::default();
    for version in 1..=again.events.len() {
        let event: SessionEvent = again.events[version - 1].decode().unwrap();
        session.apply(event);
        let view = SessionView::fold(&again.events[..version]).unwrap().unwrap();
        assert_eq!(session.version(), view.version);
        assert_eq!(session.status(), Some(view.status), "at version {version}");
        assert_eq!((session.handler(), session.team()), (Some(view.handler), view.team));
        assert_eq!(session.open_step().map(|step| step.id), view.current, "at version {version}");
        let pending = view.pending_request().map(|it| it.request);
        assert_eq!(session.pending_request(), pending, "at version {version}");
        assert_eq!((session.step_count(), session.steps_left()), (view.step_count, view.steps_left()));
        assert_eq!((session.confidence(), session.tier()), (view.confidence, view.tier));
        assert_eq!(session.latest_escalation(), view.escalation().map(|it| it.id));
        for user in [OPENER, PICKER, STRANGER] {
            for teams in [&[TEAM][..], &[]] {
                let caller = caller(user, Role::Engineer, teams);
                assert_eq!(session.visible_to(&caller), view.visible_to(&caller), "at version {version}");
            }
        }
    }
}

fn uuid(n: u128) -> uuid::Uuid {
    uuid::Uuid::from_u128(n)
}

/// Any event, in an order that need not make sense: the fold takes what is recorded.
fn any_event() -> impl Strategy<Value = SessionEvent> {
    (0..24_u8, 0..4_u128, "[a-d ]{0,12}", 0.0..1.0_f64).prop_map(|(pick, n, text, score)| match pick {
        0 => paused(),
        1 => resumed(),
        2 => escalated(n, Some(PICKER)),
        3 => picked_up(n, PICKER),
        4 => recalled(n),
        5 => handed_off(n),
        6 => resolved(&text, Some(3)),
        7 => reopened(),
        8 => rated(4, Some(&text)),
        9 => redacted(&text),
        10 => requested(n),
        11 => failed(n),
        12 => presented(n, question(&text, &["ab", "cd"]), score, true),
        13 => presented(n, suggestion(&text), score, false),
        14 => presented(n, StepContent::Action(action(&text)), score, false),
        15 => answered(n, Answer::FreeText(text.as_str().into())),
        16 => answered(n, acted(true, &text)),
        17 => superseded(n),
        18 => note(n, &text),
        19 => classified(),
        20 => matched(),
        21 => ticket_linked(),
        22 => SessionEvent::Abandoned(SessionAbandoned::Idle),
        _ => start(Some(&text)),
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    /// Time travel, the live read model and a rebuild are the same fold: however a log is cut, and whether the view was
    /// stored and loaded in between with its long texts apart or not, the state at a version is the same.
    #[test]
    fn the_state_at_a_version_is_the_fold_of_its_prefix(
        text in "[a-d ]{0,20}",
        events in proptest::collection::vec((any_event(), 0..90_i64), 0..14),
    ) {
        let mut log = Log::new().with(start(Some(&text)));
        for (event, minutes) in events {
            log = log.after(minutes).with(event);
        }
        let mut stored = SessionView::start(&log.events[0]).unwrap();
        let mut apart = stored.take_intake_content().unwrap();
        for version in 1..=log.events.len() {
            if version > 1 {
                let recorded = &log.events[version - 1];
                let event = recorded.decode().unwrap();
                if SessionView::touches_intake_content(&event) {
                    stored.restore_intake_content(apart.clone());
                }
                stored.apply(recorded, &event);
                apart = stored.take_intake_content().unwrap_or(apart);
            }
            let loaded = stored_and_loaded(&stored);
            prop_assert!(loaded == stored);
            stored = loaded;

            let folded = SessionView::fold(&log.events[..version]).unwrap().unwrap();
            prop_assert!(stored_and_loaded(&folded) == folded);
            let mut whole = stored.clone();
            whole.restore_intake_content(apart.clone());
            prop_assert!(folded == whole);
        }
    }
}
