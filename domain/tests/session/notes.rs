//! What stands beside the diagnosis: notes, tickets, scripts, secrets found late (rules 2.7, 8.1, 11.3).

use domain::access::By;
use domain::id::{ConnectionId, ScriptId, TemplateId};
use domain::refusal::RefusalCode;
use domain::session::command::{AttachScript, SessionAct};
use domain::session::event::{NoteAdded, SessionEvent};
use domain::session::intake::RedactionTally;
use domain::session::status::SessionStatus;
use uuid::Uuid;

use crate::people::{admin, analyst, by, mate, opener, owner, step, stranger};
use crate::story::{Story, note, types};

fn link(ticket_id: &str) -> SessionAct {
    let connection = ConnectionId(Uuid::from_u128(1));
    SessionAct::LinkTicket { connection, ticket_id: ticket_id.into() }
}

fn script(step: Option<domain::id::StepId>) -> SessionAct {
    SessionAct::AttachScript(AttachScript {
        script: ScriptId(Uuid::from_u128(1)),
        template: TemplateId(Uuid::from_u128(2)),
        template_version: 3,
        template_name: "Unlock an account".into(),
        step,
        body: "Unlock-ADAccount -Identity 'jdoe'".into(),
    })
}

fn redact(text: &str, reason: &str) -> SessionAct {
    SessionAct::Redact { text: text.into(), placeholder: "[password:1f]".into(), reason: reason.into() }
}

// Rule 11.3.
#[test]
fn whoever_sees_a_session_may_write_a_note() {
    let story = Story::at(SessionStatus::RequestingEscalation);
    for person in [opener(), mate(), admin(), analyst(), owner()] {
        assert_eq!(types(&story.when(by(person), note(9, "Seen before"))), ["session.note_added"]);
    }
    assert_eq!(story.refusal(by(stranger()), note(9, "x")), RefusalCode::NotFound);
    assert_eq!(story.refusal(By::System, note(9, "x")), RefusalCode::NotEntitled);
}

#[test]
fn a_note_takes_its_place_among_the_steps_and_leaves_the_open_one_open() {
    let redactions = vec![RedactionTally { kind: "password".into(), count: 1 }];
    let act = SessionAct::AddNote {
        step: step(9),
        text: "The customer said [password:1f]".into(),
        redactions: redactions.clone(),
    };
    let story = Story::with_question();
    let added = NoteAdded {
        step: step(9),
        ordinal: 1,
        author: opener().user,
        text: "The customer said [password:1f]".into(),
        redactions,
    };
    let outcome = story.when(by(opener()), act.clone());
    assert_eq!(outcome, Ok(vec![SessionEvent::NoteAdded(added)]));
    let session = story.and(by(opener()), act).session();
    assert_eq!(session.open_step().map(|open| open.id), Some(step(1)));
    assert_eq!(session.step_count(), 1);
}

#[test]
fn notes_are_neither_empty_nor_endless() {
    let story = Story::started();
    for text in ["", "\n \t", "a\0b", &"x".repeat(10_001)] {
        assert_eq!(story.invalid(by(opener()), note(9, text)), ["text"]);
    }
    assert!(story.when(by(opener()), note(9, &"ß".repeat(10_000))).is_ok());
}

#[test]
fn the_handler_links_a_ticket_and_linking_it_again_changes_nothing() {
    let story = Story::started();
    assert_eq!(types(&story.when(by(opener()), link("4711"))), ["session.ticket_linked"]);
    let linked = story.clone().and(by(opener()), link("4711"));
    assert_eq!(linked.when(by(opener()), link("4711")), Ok(vec![]));
    assert_eq!(types(&linked.when(by(opener()), link("4712"))), ["session.ticket_linked"]);
    assert_eq!(story.refusal(by(owner()), link("4711")), RefusalCode::NotEntitled);
    for ticket_id in ["", " ", "1\0", &"7".repeat(101)] {
        assert_eq!(story.invalid(by(opener()), link(ticket_id)), ["ticketId"]);
    }
}

#[test]
fn a_script_belongs_to_a_step_of_the_session_or_to_none() {
    let story = Story::with_question();
    for of in [None, Some(step(1))] {
        assert_eq!(types(&story.when(by(opener()), script(of))), ["session.script_attached"]);
    }
    assert_eq!(story.invalid(by(opener()), script(Some(step(7)))), ["stepId"]);
    assert_eq!(story.refusal(by(owner()), script(None)), RefusalCode::NotEntitled);
}

#[test]
fn a_secret_found_late_is_masked_at_any_time_by_those_who_answer_for_the_session() {
    let act = || redact("hunter2", "It is the customer's password");
    let story = Story::at(SessionStatus::Resolved);
    for person in [opener(), admin(), owner()] {
        assert_eq!(types(&story.when(by(person), act())), ["session.content_redacted"]);
    }
    assert_eq!(story.refusal(by(analyst()), act()), RefusalCode::NotEntitled);
    assert_eq!(story.refusal(by(stranger()), act()), RefusalCode::NotFound);
    let masked = story.clone().and(by(opener()), act());
    assert_eq!(masked.when(by(opener()), act()), Ok(vec![]));
    assert_eq!(story.invalid(by(opener()), redact("abc", "too short to be one")), ["text"]);
    assert_eq!(story.invalid(by(opener()), redact("hunter2", " ")), ["reason"]);
}

#[test]
fn nothing_that_is_told_to_a_session_shows_in_a_debug_line() {
    let acts = [
        note(9, "hunter2"),
        redact("hunter2", "because hunter2"),
        crate::story::answer(1, crate::story::option("hunter2")),
        crate::story::start(crate::story::free_text("hunter2")),
    ];
    for act in acts {
        assert!(!format!("{act:?}").contains("hunter2"));
    }
}
