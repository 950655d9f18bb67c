//! Asking for somebody else (rules 2.6, 2.7, 2.16, 3.1–3.4).

use domain::access::{By, Caller, Role};
use domain::account::EscalationTarget;
use domain::refusal::RefusalCode;
use domain::session::command::{PickUp, SessionAct, Start};
use domain::session::event::{
    EscalationEnriched, EscalationFailure, EscalationPickedUp, PickUpMode, SessionEvent,
};
use domain::session::intake::RedactionTally;
use domain::session::status::SessionStatus;
use domain::session::step::{StepContent, Tokens};

use crate::people::{
    admin, analyst, by, escalation, mate, opener, owner, request, step, stranger, target, third,
};
use crate::story::{
    Story, answer, draft, escalate, free_text, option, pick_up, picked_up, question, result, suggestion,
    types,
};

fn escalate_to(target: Option<EscalationTarget>, reason: &str) -> SessionAct {
    SessionAct::Escalate { escalation: escalation(1), reason: reason.into(), target, redactions: vec![] }
}

fn waiting() -> Story {
    Story::at(SessionStatus::RequestingEscalation)
}

fn waiting_for(person: &Caller) -> Story {
    Story::with_question().and(by(opener()), escalate_to(Some(target(person)), "Out of ideas"))
}

fn pick() -> SessionAct {
    SessionAct::PickUp(pick_up())
}

fn recall() -> SessionAct {
    SessionAct::RecallEscalation { request: request(9) }
}

fn expire(number: u128) -> SessionAct {
    SessionAct::ExpireEscalation { escalation: escalation(number), request: request(9) }
}

fn release() -> SessionAct {
    SessionAct::ReleaseEscalationTarget { escalation: escalation(1) }
}

/// The handler answered a solution with "it helped": no step is open, none is asked for.
fn idle() -> Story {
    Story::with_step(suggestion()).and(by(opener()), answer(1, result(true)))
}

// Rule 3.1.
#[test]
fn an_escalation_needs_a_reason_of_five_to_two_thousand_characters() {
    let story = Story::with_question();
    for reason in ["", "     ", "help", " help ", "re\0ason", &"x".repeat(2_001)] {
        assert_eq!(story.invalid(by(opener()), escalate_to(None, reason)), ["reason"]);
    }
    for reason in ["häääh", &"x".repeat(2_000)] {
        let outcome = story.when(by(opener()), escalate_to(None, reason));
        assert_eq!(types(&outcome), ["session.escalation_requested"]);
    }
}

#[test]
fn nobody_escalates_to_themselves() {
    let act = escalate_to(Some(target(&opener())), "Out of ideas");
    assert_eq!(Story::with_question().refusal(by(opener()), act), RefusalCode::SelfEscalation);
}

#[test]
fn the_confidence_of_the_moment_is_kept() {
    let outcome = Story::with_question().when(by(opener()), escalate()).unwrap();
    let SessionEvent::EscalationRequested(asked) = &outcome[0] else { panic!("{outcome:?}") };
    assert!((asked.confidence.score() - 0.5).abs() < f64::EPSILON);
}

// Rule 3.3.
#[test]
fn a_named_target_alone_picks_up() {
    let story = waiting_for(&mate());
    assert_eq!(story.refusal(by(third()), pick()), RefusalCode::NotFound);
    assert_eq!(story.refusal(by(admin()), pick()), RefusalCode::NotEntitled);
    assert!(story.when(by(mate()), pick()).is_ok());
    // The target need not be of the team.
    assert!(waiting_for(&stranger()).when(by(stranger()), pick()).is_ok());
}

#[test]
fn without_a_target_whoever_handles_sessions_in_the_team_picks_up() {
    let story = waiting();
    assert!(story.when(by(mate()), pick()).is_ok());
    assert!(story.when(by(admin()), pick()).is_ok());
    assert_eq!(story.refusal(by(stranger()), pick()), RefusalCode::NotFound);
    assert_eq!(story.refusal(by(analyst()), pick()), RefusalCode::NotEntitled);
    assert_eq!(story.refusal(by(owner()), pick()), RefusalCode::NotEntitled);
    assert_eq!(story.refusal(By::System, pick()), RefusalCode::NotEntitled);
}

#[test]
fn a_session_without_a_team_is_open_to_the_account() {
    let alone = Caller { teams: vec![], ..opener() };
    let start = Start { team: None, intake: free_text("x"), step_limit: 30, request: request(1) };
    let story = Story::untold().and(by(alone.clone()), SessionAct::Start(start)).and(by(alone), escalate());
    for person in [mate(), stranger(), owner()] {
        assert!(story.when(by(person), pick()).is_ok());
    }
    assert_eq!(story.refusal(by(analyst()), pick()), RefusalCode::NotEntitled);
}

#[test]
fn who_escalated_never_picks_up() {
    assert_eq!(waiting().refusal(by(opener()), pick()), RefusalCode::NotEntitled);
}

#[test]
fn of_two_at_once_the_first_wins_and_the_other_hears_it() {
    let story = picked_up();
    let second = SessionAct::PickUp(PickUp {
        briefing: domain::session::command::StepText { step: step(51), text: "…".into() },
        ..pick_up()
    });
    assert_eq!(story.refusal(by(third()), second.clone()), RefusalCode::AlreadyPickedUp);
    // Who could never have picked it up learns nothing.
    assert_eq!(story.refusal(by(stranger()), second), RefusalCode::NotFound);
}

#[test]
fn a_recalled_or_expired_escalation_can_not_be_picked_up_any_more() {
    let recalled = waiting().and(by(opener()), recall());
    assert_eq!(recalled.refusal(by(mate()), pick()), RefusalCode::WrongStatus);
    let expired = waiting().and(By::System, expire(1));
    assert_eq!(expired.refusal(by(mate()), pick()), RefusalCode::WrongStatus);
}

// Rule 2.2.
#[test]
fn an_escalation_tells_how_many_secrets_were_replaced_in_its_texts() {
    let redactions = || vec![RedactionTally { kind: "password".to_owned(), count: 2 }];
    let reason = "Out of ideas".into();
    let escalate =
        SessionAct::Escalate { escalation: escalation(1), reason, target: None, redactions: redactions() };
    let outcome = Story::with_question().when(by(opener()), escalate).unwrap();
    let SessionEvent::EscalationRequested(it) = &outcome[0] else { panic!("{outcome:?}") };
    assert_eq!(it.redactions, redactions());
    let picked = SessionAct::PickUp(PickUp { redactions: redactions(), ..pick_up() });
    let outcome = waiting().when(by(mate()), picked).unwrap();
    let SessionEvent::EscalationPickedUp(it) = &outcome[0] else { panic!("{outcome:?}") };
    assert_eq!(it.redactions, redactions());
    let hand_off = SessionAct::HandOff { to: "The vendor".into(), redactions: redactions() };
    let outcome = waiting().when(by(opener()), hand_off).unwrap();
    let SessionEvent::HandedOff(it) = outcome.last().unwrap() else { panic!("{outcome:?}") };
    assert_eq!(it.redactions, redactions());
}

// Rules 2.6, 2.7, 3.4.
#[test]
fn pick_up_hands_over_briefs_supersedes_the_open_step_and_asks_for_the_next() {
    let outcome = waiting().when(by(mate()), pick()).unwrap();
    let picked = EscalationPickedUp {
        escalation: escalation(1),
        by: mate().user,
        mode: PickUpMode::Continue,
        context: None,
        redactions: vec![],
    };
    assert_eq!(outcome[0], SessionEvent::EscalationPickedUp(picked));
    let SessionEvent::StepPresented(briefing) = &outcome[2] else { panic!("{outcome:?}") };
    assert!(
        matches!(&briefing.step.content, StepContent::Briefing { escalation: of, .. } if *of == escalation(1))
    );
    assert_eq!(briefing.step.ordinal, 1);
    assert_eq!(
        types(&Ok(outcome)),
        [
            "session.escalation_picked_up",
            "session.step_superseded",
            "session.step_presented",
            "session.step_requested",
        ]
    );
    let session = picked_up().session();
    assert_eq!(session.handler(), Some(mate().user));
    assert_eq!(session.opened_by(), Some(opener().user));
    assert_eq!((session.open_step(), session.pending_request()), (None, Some(request(50))));
    assert_eq!(session.step_count(), 1);
}

#[test]
fn starting_afresh_needs_context() {
    let fresh = |context: Option<&str>| {
        let context = context.map(Into::into);
        SessionAct::PickUp(PickUp { mode: PickUpMode::Fresh, context, ..pick_up() })
    };
    assert_eq!(waiting().invalid(by(mate()), fresh(None)), ["context"]);
    assert_eq!(waiting().invalid(by(mate()), fresh(Some("  "))), ["context"]);
    assert_eq!(waiting().invalid(by(mate()), fresh(Some(&"x".repeat(10_001)))), ["context"]);
    assert!(waiting().when(by(mate()), fresh(Some("I know this customer"))).is_ok());
}

// Rule 2.7.
#[test]
fn an_open_step_survives_pause_escalation_recall_and_expiry() {
    let answers = |story: Story| {
        assert_eq!(story.session().open_step().map(|open| open.id), Some(step(1)));
        assert!(story.when(by(opener()), answer(1, option("yes"))).is_ok());
    };
    answers(waiting().and(by(opener()), recall()));
    answers(waiting().and(By::System, expire(1)));
    let resume = SessionAct::Resume { request: request(9) };
    answers(Story::at(SessionStatus::Paused).and(by(opener()), resume));
}

#[test]
fn coming_back_without_an_open_step_asks_for_one() {
    let returns = [
        (SessionStatus::Paused, opener(), SessionAct::Resume { request: request(9) }),
        (SessionStatus::RequestingEscalation, opener(), recall()),
    ];
    for (status, person, act) in returns {
        let outcome = idle().brought_to(status).when(by(person), act);
        assert_eq!(types(&outcome)[1..], ["session.step_requested"], "{status:?}");
    }
    let expired = idle().brought_to(SessionStatus::RequestingEscalation).when(By::System, expire(1));
    assert_eq!(types(&expired), ["session.escalation_expired", "session.step_requested"]);
}

// Rule 11.3.
#[test]
fn only_who_escalated_recalls_or_hands_off() {
    let hand_off = || SessionAct::HandOff { to: "The vendor".into(), redactions: vec![] };
    for act in [recall(), hand_off()] {
        assert_eq!(waiting().refusal(by(admin()), act.clone()), RefusalCode::NotEntitled);
        assert_eq!(waiting().refusal(by(mate()), act.clone()), RefusalCode::NotEntitled);
        assert_eq!(waiting().refusal(by(stranger()), act), RefusalCode::NotFound);
    }
    let outcome = waiting().when(by(opener()), hand_off());
    assert_eq!(types(&outcome), ["session.step_superseded", "session.handed_off"]);
    for to in ["", " ", "a\0", &"x".repeat(501)] {
        let act = SessionAct::HandOff { to: to.into(), redactions: vec![] };
        assert_eq!(waiting().invalid(by(opener()), act), ["to"]);
    }
}

// Rule 2.16.
#[test]
fn an_older_timer_leaves_a_newer_escalation_alone() {
    let again = SessionAct::Escalate {
        escalation: escalation(2),
        reason: "Again".into(),
        target: None,
        redactions: vec![],
    };
    let story = waiting().and(by(opener()), recall()).and(by(opener()), again);
    assert_eq!(story.refusal(By::System, expire(1)), RefusalCode::NotFound);
    assert_eq!(types(&story.when(By::System, expire(2))), ["session.escalation_expired"]);
}

#[test]
fn when_the_named_target_leaves_the_session_opens_to_its_team() {
    let story = waiting_for(&stranger());
    assert_eq!(story.refusal(by(mate()), pick()), RefusalCode::NotFound);
    let released = story.and(By::System, release());
    assert!(released.when(by(mate()), pick()).is_ok());
    assert_eq!(released.refusal(by(stranger()), pick()), RefusalCode::NotFound);
    assert_eq!(released.when(By::System, release()), Ok(vec![]));
}

#[test]
fn timers_are_flowpilots_own() {
    assert_eq!(waiting().refusal(by(opener()), expire(1)), RefusalCode::NotEntitled);
    assert_eq!(waiting().refusal(by(opener()), release()), RefusalCode::NotEntitled);
}

// Rule 3.2.
#[test]
fn insight_comes_once_and_also_after_the_pick_up() {
    let enrich = |number| {
        SessionAct::EnrichEscalation(EscalationEnriched {
            escalation: escalation(number),
            hypotheses: vec!["A service account".to_owned()].into(),
            next_steps: vec![].into(),
            ruled_out: vec![].into(),
            tokens: Tokens::default(),
        })
    };
    let failed = SessionAct::FailEnrichment(EscalationFailure {
        escalation: escalation(1),
        reason: "no answer".into(),
        tokens: Tokens::default(),
    });
    let story = picked_up();
    assert_eq!(types(&story.when(By::System, enrich(1))), ["session.escalation_enriched"]);
    let enriched = story.clone().and(By::System, enrich(1));
    assert_eq!(enriched.when(By::System, enrich(1)), Ok(vec![]));
    assert_eq!(enriched.when(By::System, failed), Ok(vec![]));
    assert_eq!(story.refusal(By::System, enrich(7)), RefusalCode::NotFound);
    assert_eq!(story.refusal(by(mate()), enrich(1)), RefusalCode::NotEntitled);
}

// Rule 11.2: a role that changed meanwhile.
#[test]
fn a_handler_who_became_an_analyst_handles_no_more() {
    let changed = Caller { role: Role::Analyst, ..opener() };
    let story = Story::with_question().presenting(7, draft(8, question(false, false)));
    assert_eq!(story.refusal(by(changed.clone()), SessionAct::Pause), RefusalCode::NotEntitled);
    let code = story.refusal(by(changed), answer(1, option("yes")));
    assert_eq!(code, RefusalCode::NotEntitled);
}
