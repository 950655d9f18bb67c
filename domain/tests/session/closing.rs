//! How a session ends, is rated and begins anew (rules 2.5–2.7, 2.14, 2.16, 11.3).

use domain::access::By;
use domain::refusal::RefusalCode;
use domain::session::command::{Resolve, SessionAct};
use domain::session::event::{SessionAbandoned, SessionEvent, SessionRated};
use domain::session::intake::RedactionTally;
use domain::session::status::SessionStatus;

use crate::people::{admin, by, mate, opener, owner, request, stranger};
use crate::story::{Story, picked_up, reopen, resolution, resolve, types};

fn rate(rating: i32, feedback: Option<&str>) -> SessionAct {
    SessionAct::Rate { rating, feedback: feedback.map(Into::into), redactions: vec![] }
}

fn resolved() -> Story {
    Story::at(SessionStatus::Resolved)
}

// Rule 2.7.
#[test]
fn closing_supersedes_the_open_step() {
    let story = Story::with_question();
    assert_eq!(types(&story.when(by(opener()), resolve())), ["session.step_superseded", "session.resolved"]);
    assert_eq!(
        types(&story.when(by(opener()), SessionAct::Abandon)),
        ["session.step_superseded", "session.abandoned"]
    );
    assert_eq!(types(&Story::started().when(by(opener()), resolve())), ["session.resolved"]);
}

// Rule 2.14.
#[test]
fn a_resolution_says_in_five_to_two_thousand_characters_what_it_was() {
    let story = Story::with_question();
    for summary in ["", "   ", "done", "  done  ", "done\0done", &"x".repeat(2_001)] {
        let act = SessionAct::Resolve(resolution(summary));
        assert_eq!(story.invalid(by(opener()), act), ["summary"]);
    }
    for summary in ["Fixed", &"ü".repeat(2_000)] {
        assert!(story.when(by(opener()), SessionAct::Resolve(resolution(summary))).is_ok());
    }
}

#[test]
fn action_rating_and_feedback_of_a_resolution_are_optional_and_bounded() {
    let with = |action: Option<&str>, rating: Option<i32>, feedback: Option<&str>| {
        let (action, feedback) = (action.map(Into::into), feedback.map(Into::into));
        SessionAct::Resolve(Resolve { action, rating, feedback, ..resolution("Fixed it") })
    };
    let long = "x".repeat(2_001);
    let story = Story::with_question();
    assert_eq!(story.invalid(by(opener()), with(Some(&long), None, None)), ["action"]);
    assert_eq!(story.invalid(by(opener()), with(None, None, Some(&long))), ["feedback"]);
    for rating in [0, 6, -1, 257] {
        assert_eq!(story.invalid(by(opener()), with(None, Some(rating), None)), ["rating"]);
    }
    let outcome = story.when(by(opener()), with(Some(" "), Some(5), Some("Good"))).unwrap();
    let SessionEvent::Resolved(resolved) = outcome.last().unwrap() else { panic!("{outcome:?}") };
    assert_eq!((resolved.action.as_ref(), resolved.rating), (None, Some(5)));
}

// Rule 2.2.
#[test]
fn an_ending_tells_how_many_secrets_were_replaced_in_its_texts() {
    let redactions = || vec![RedactionTally { kind: "password".to_owned(), count: 2 }];
    let resolve = SessionAct::Resolve(Resolve { redactions: redactions(), ..resolution("Fixed it") });
    let outcome = Story::with_question().when(by(opener()), resolve).unwrap();
    let SessionEvent::Resolved(it) = outcome.last().unwrap() else { panic!("{outcome:?}") };
    assert_eq!(it.redactions, redactions());
    let reason = "It is back".into();
    let reopen = SessionAct::Reopen { reason, request: request(60), redactions: redactions() };
    let outcome = resolved().when(by(opener()), reopen).unwrap();
    let SessionEvent::Reopened(it) = &outcome[0] else { panic!("{outcome:?}") };
    assert_eq!(it.redactions, redactions());
    let rate = SessionAct::Rate { rating: 4, feedback: Some("Good".into()), redactions: redactions() };
    let outcome = resolved().when(by(opener()), rate).unwrap();
    let SessionEvent::Rated(it) = &outcome[0] else { panic!("{outcome:?}") };
    assert_eq!(it.redactions, redactions());
}

#[test]
fn a_rating_is_one_to_five_and_brings_feedback_only_if_there_is_some() {
    for rating in [0, 6, i32::MIN, i32::MAX] {
        assert_eq!(resolved().invalid(by(opener()), rate(rating, None)), ["rating"]);
    }
    let outcome = resolved().when(by(opener()), rate(3, Some(" ")));
    let rated = SessionRated { by: opener().user, rating: 3, feedback: None, redactions: vec![] };
    assert_eq!(outcome, Ok(vec![SessionEvent::Rated(rated)]));
}

// Rule 11.3.
#[test]
fn opener_and_last_handler_rate_and_reopen_and_nobody_else() {
    let closed = picked_up().and(by(mate()), resolve());
    for act in [rate(4, None), reopen()] {
        assert!(closed.when(by(opener()), act.clone()).is_ok());
        assert!(closed.when(by(mate()), act.clone()).is_ok());
        for person in [admin(), owner()] {
            let code = closed.refusal(by(person), act.clone());
            assert_eq!(code, RefusalCode::NotEntitled);
        }
        assert_eq!(closed.refusal(by(stranger()), act.clone()), RefusalCode::NotFound);
        assert_eq!(closed.refusal(By::System, act), RefusalCode::NotEntitled);
    }
}

#[test]
fn only_the_handler_pauses_resolves_and_abandons() {
    let story = picked_up();
    for act in [SessionAct::Pause, resolve(), SessionAct::Abandon] {
        assert_eq!(story.refusal(by(opener()), act.clone()), RefusalCode::NotEntitled);
        assert_eq!(story.refusal(by(admin()), act.clone()), RefusalCode::NotEntitled);
        assert!(story.when(by(mate()), act).is_ok());
    }
}

// Rules 2.6, 2.14.
#[test]
fn reopening_says_why_asks_for_a_step_and_keeps_the_handler() {
    let closed = picked_up().and(by(mate()), resolve());
    let outcome = closed.when(by(opener()), reopen());
    assert_eq!(types(&outcome), ["session.reopened", "session.step_requested"]);
    let session = closed.clone().and(by(opener()), reopen()).session();
    assert_eq!(session.status(), Some(SessionStatus::Active));
    assert_eq!(session.handler(), Some(mate().user));
    for reason in ["", " ", "a\0", &"x".repeat(2_001)] {
        let act = SessionAct::Reopen { reason: reason.into(), request: request(60), redactions: vec![] };
        assert_eq!(closed.invalid(by(opener()), act), ["reason"]);
    }
}

// Rule 2.16.
#[test]
fn the_idle_timer_abandons_in_nobodys_name() {
    let story = Story::started();
    let nobody = SessionEvent::Abandoned(SessionAbandoned::Idle);
    assert_eq!(story.when(By::System, SessionAct::Abandon), Ok(vec![nobody]));
    let handler = SessionEvent::Abandoned(SessionAbandoned::Handler { by: opener().user });
    assert_eq!(story.when(by(opener()), SessionAct::Abandon), Ok(vec![handler]));
}

#[test]
fn status_is_refused_before_content_is_looked_at() {
    let act = SessionAct::Resolve(resolution(""));
    assert_eq!(resolved().refusal(by(opener()), act.clone()), RefusalCode::WrongStatus);
    assert_eq!(resolved().refusal(by(owner()), act), RefusalCode::NotEntitled);
}

#[test]
fn refusals_say_what_would_help() {
    let error = resolved().when(by(opener()), SessionAct::Pause).unwrap_err();
    assert_eq!(error.to_string(), "The session is RESOLVED; this needs it to be ACTIVE.");
    let error = Story::with_question().when(by(owner()), SessionAct::Pause).unwrap_err();
    assert_eq!(error.to_string(), "Only the session's handler may do this.");
}
