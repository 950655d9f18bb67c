//! Opening a session (rules 2.1, 2.4, 11.2).

use domain::access::{By, Caller};
use domain::id::{AttachmentId, TeamId};
use domain::refusal::RefusalCode;
use domain::session::command::{SessionAct, Start};
use domain::session::event::{RequestCause, SessionEvent, SessionStarted, StepRequested};
use domain::session::intake::{
    AttachmentRef, Intake, MAX_ATTACHMENT_BYTES, MAX_FILE_NAME, MAX_LOG_BYTES, MAX_TEXT, TicketRef,
};
use domain::session::status::SessionStatus;
use uuid::Uuid;

use crate::people::{OTHER_TEAM, TEAM, admin, analyst, by, opener, owner, request, super_admin};
use crate::story::{Outcome, Story, free_text, start, types};

fn blank() -> Intake {
    Intake { text: None, ..free_text("") }
}

fn picture(size_bytes: u64, media_type: &str) -> AttachmentRef {
    let id = AttachmentId(Uuid::from_u128(1));
    AttachmentRef { id, file_name: "screen.png".into(), media_type: media_type.into(), size_bytes }
}

fn ticket(ticket_id: &str) -> TicketRef {
    TicketRef { connection: None, ticket_id: ticket_id.into() }
}

fn starting(intake: Intake) -> Outcome {
    Story::untold().when(by(opener()), start(intake))
}

fn refused_field(intake: Intake) -> Vec<&'static str> {
    Story::untold().invalid(by(opener()), start(intake))
}

// Rules 2.4, 2.5, 2.6.
#[test]
fn a_started_session_belongs_to_its_opener_and_asks_for_its_first_step() {
    let intake = free_text("Outlook keeps asking for a password");
    let story = Story::untold().and(by(opener()), start(intake.clone()));
    let started = SessionStarted { opened_by: opener().user, team: Some(TEAM), intake, step_limit: 30 };
    let asked = StepRequested { request: request(1), cause: RequestCause::Start };
    assert_eq!(story.events, [SessionEvent::Started(started), SessionEvent::StepRequested(asked)]);
    let session = story.session();
    assert_eq!(session.status(), Some(SessionStatus::Active));
    assert_eq!(session.handler(), Some(opener().user));
    assert_eq!(session.pending_request(), Some(request(1)));
    assert_eq!(session.version(), 2);
}

// Rule 2.1.
#[test]
fn an_intake_of_nothing_or_of_blanks_is_refused() {
    assert_eq!(refused_field(blank()), ["text"]);
    assert_eq!(refused_field(free_text(" \n\t\u{a0}")), ["text"]);
    assert_eq!(refused_field(Intake { log: Some("  ".into()), ..blank() }), ["text"]);
}

#[test]
fn each_of_text_log_attachment_and_ticket_suffices() {
    let intakes = [
        free_text("x"),
        Intake { log: Some("Event 4740".into()), ..blank() },
        Intake { attachments: vec![picture(10, "image/webp")], ..blank() },
        Intake { ticket: Some(ticket("4711")), ..blank() },
    ];
    for intake in intakes {
        assert_eq!(types(&starting(intake)), ["session.started", "session.step_requested"]);
    }
}

#[test]
fn what_is_larger_than_its_bound_is_refused_and_what_just_fits_is_taken() {
    let sized = |text: usize, log: usize, pictures: usize, bytes: u64, id: usize| Intake {
        text: Some("ä".repeat(text).into()),
        log: Some("x".repeat(log).into()),
        attachments: vec![picture(bytes, "image/png"); pictures],
        ticket: Some(ticket(&"7".repeat(id))),
        ..blank()
    };
    assert!(starting(sized(MAX_TEXT, MAX_LOG_BYTES, 5, MAX_ATTACHMENT_BYTES, 100)).is_ok());
    assert_eq!(refused_field(sized(MAX_TEXT + 1, 1, 1, 1, 1)), ["text"]);
    assert_eq!(refused_field(sized(1, MAX_LOG_BYTES + 1, 1, 1, 1)), ["logContent"]);
    assert_eq!(refused_field(sized(1, 1, 6, 1, 1)), ["attachmentIds"]);
    assert_eq!(refused_field(sized(1, 1, 1, MAX_ATTACHMENT_BYTES + 1, 1)), ["attachmentIds"]);
    assert_eq!(refused_field(sized(1, 1, 1, 0, 1)), ["attachmentIds"]);
    assert_eq!(refused_field(sized(1, 1, 1, 1, 101)), ["ticketId"]);
    assert_eq!(refused_field(Intake { ticket: Some(ticket(" ")), ..free_text("x") }), ["ticketId"]);
}

#[test]
fn a_bound_is_one_for_what_was_written_whatever_stands_in_the_place_of_its_secrets() {
    let hidden = "password=[REDACTED:password:0123abcd]";
    let text = |length: usize| free_text(&format!("{}{hidden}", "ä".repeat(length)));
    assert!(starting(text(MAX_TEXT - "password=*".len())).is_ok());
    assert_eq!(refused_field(text(MAX_TEXT - "password=*".len() + 1)), ["text"]);
    let log =
        |length: usize| Intake { log: Some(format!("{}{hidden}", "x".repeat(length)).into()), ..blank() };
    assert!(starting(log(MAX_LOG_BYTES - "password=*".len())).is_ok());
    assert_eq!(refused_field(log(MAX_LOG_BYTES - "password=*".len() + 1)), ["logContent"]);
}

#[test]
fn nul_characters_and_other_files_than_pictures_are_refused() {
    assert_eq!(refused_field(free_text("a\0b")), ["text"]);
    assert_eq!(refused_field(Intake { log: Some("a\0".into()), ..blank() }), ["logContent"]);
    assert_eq!(refused_field(Intake { ticket: Some(ticket("1\0")), ..blank() }), ["ticketId"]);
    let pdf = picture(1, "application/pdf");
    assert_eq!(refused_field(Intake { attachments: vec![pdf], ..blank() }), ["attachmentIds"]);
    for name in ["", "screen\0.png", &"n".repeat(MAX_FILE_NAME + 1)] {
        let named = AttachmentRef { file_name: name.to_owned().into(), ..picture(1, "image/png") };
        assert_eq!(refused_field(Intake { attachments: vec![named], ..blank() }), ["attachmentIds"]);
    }
}

// Rule 11.2.
#[test]
fn only_roles_that_handle_sessions_start_them() {
    for caller in [opener(), admin(), owner()] {
        assert!(Story::untold().when(by(caller), start(free_text("x"))).is_ok());
    }
    for by in [by(analyst()), by(super_admin()), By::System] {
        let code = Story::untold().refusal(by, start(free_text("x")));
        assert_eq!(code, RefusalCode::NotEntitled);
    }
}

#[test]
fn a_session_belongs_to_one_of_its_openers_teams() {
    let team_of = |teams: &[TeamId], named: Option<TeamId>| {
        let caller = Caller { teams: teams.to_vec(), ..opener() };
        let start = Start { team: named, intake: free_text("x"), step_limit: 30, request: request(1) };
        match Story::untold().when(by(caller), SessionAct::Start(start)) {
            Ok(events) => match &events[0] {
                SessionEvent::Started(started) => Ok(started.team),
                other => panic!("{other:?}"),
            },
            Err(error) => Err(error.path().to_vec()),
        }
    };
    assert_eq!(team_of(&[], None), Ok(None));
    assert_eq!(team_of(&[TEAM], None), Ok(Some(TEAM)));
    assert_eq!(team_of(&[TEAM, OTHER_TEAM], Some(OTHER_TEAM)), Ok(Some(OTHER_TEAM)));
    assert_eq!(team_of(&[TEAM, OTHER_TEAM], None), Err(vec!["teamId"]));
    assert_eq!(team_of(&[TEAM], Some(OTHER_TEAM)), Err(vec!["teamId"]));
}

#[test]
fn a_session_is_started_once() {
    let code = Story::started().refusal(by(opener()), start(free_text("x")));
    assert_eq!(code, RefusalCode::WrongStatus);
}

#[test]
fn a_session_that_never_started_is_not_found() {
    for caller in [by(opener()), By::System] {
        assert_eq!(Story::untold().refusal(caller, SessionAct::Pause), RefusalCode::NotFound);
    }
}
