//! Every status with every act (rules 2.5, 2.14).

use domain::access::By;
use domain::id::{ConnectionId, ScriptId, TemplateId};
use domain::refusal::RefusalCode;
use domain::session::command::{AttachScript, FailStep, SessionAct, TicketOutcome};
use domain::session::event::{EscalationEnriched, EscalationFailure, Failure, GenerationFailure};
use domain::session::status::SessionStatus::{
    self, Abandoned, Active, Escalated, Paused, RequestingEscalation, Resolved,
};
use domain::session::step::{MadeBy, Tokens};
use uuid::Uuid;

use crate::people::{admin, by, escalation, opener, request};
use crate::story::{
    Story, analysis, answer, classified, draft, escalate, fold, free_text, matched, note, option, pick_up,
    question, reopen, resolve, result, start, suggestion,
};

const ALL: [SessionStatus; 6] = [Active, Paused, RequestingEscalation, Resolved, Escalated, Abandoned];

/// Who acts, how, and from which status it leads to which; from all others it is refused.
struct Row {
    by: By,
    act: SessionAct,
    leads: &'static [(SessionStatus, SessionStatus)],
}

fn row(by: By, act: SessionAct, leads: &'static [(SessionStatus, SessionStatus)]) -> Row {
    Row { by, act, leads }
}

const KEEPS_OPEN: &[(SessionStatus, SessionStatus)] =
    &[(Active, Active), (Paused, Paused), (RequestingEscalation, RequestingEscalation)];
const KEEPS_CLOSED: &[(SessionStatus, SessionStatus)] =
    &[(Resolved, Resolved), (Escalated, Escalated), (Abandoned, Abandoned)];
const KEEPS_ANY: &[(SessionStatus, SessionStatus)] = &[
    (Active, Active),
    (Paused, Paused),
    (RequestingEscalation, RequestingEscalation),
    (Resolved, Resolved),
    (Escalated, Escalated),
    (Abandoned, Abandoned),
];

fn acts_of_people() -> Vec<Row> {
    let handler = || by(opener());
    let script = AttachScript {
        script: ScriptId(Uuid::from_u128(1)),
        template: TemplateId(Uuid::from_u128(2)),
        template_version: 1,
        template_name: "Unlock".into(),
        step: None,
        body: "Unlock-ADAccount".into(),
    };
    let connection = ConnectionId(Uuid::from_u128(3));
    let redact = SessionAct::Redact {
        text: "hunter2".into(),
        placeholder: "[password]".into(),
        reason: "found".into(),
    };
    vec![
        row(handler(), start(free_text("again")), &[]),
        row(handler(), answer(1, option("yes")), &[(Active, Active)]),
        row(handler(), SessionAct::Pause, &[(Active, Paused)]),
        row(handler(), SessionAct::Resume { request: request(9) }, &[(Paused, Active)]),
        row(handler(), escalate(), &[(Active, RequestingEscalation), (Paused, RequestingEscalation)]),
        row(by(admin()), SessionAct::PickUp(pick_up()), &[(RequestingEscalation, Active)]),
        row(
            handler(),
            SessionAct::RecallEscalation { request: request(9) },
            &[(RequestingEscalation, Active)],
        ),
        row(
            handler(),
            SessionAct::HandOff { to: "The vendor".into(), redactions: vec![] },
            &[(RequestingEscalation, Escalated)],
        ),
        row(handler(), resolve(), &[(Active, Resolved), (Paused, Resolved)]),
        row(handler(), SessionAct::Abandon, &[(Active, Abandoned), (Paused, Abandoned)]),
        row(handler(), reopen(), &[(Resolved, Active), (Escalated, Active), (Abandoned, Active)]),
        row(handler(), SessionAct::Rate { rating: 4, feedback: None, redactions: vec![] }, KEEPS_CLOSED),
        row(handler(), note(9, "By the way"), KEEPS_OPEN),
        row(handler(), SessionAct::LinkTicket { connection, ticket_id: "1".into() }, KEEPS_OPEN),
        row(handler(), SessionAct::AttachScript(script), KEEPS_OPEN),
        row(handler(), redact, KEEPS_ANY),
    ]
}

fn acts_of_flowpilot() -> Vec<Row> {
    let system = || By::System;
    let late = FailStep {
        request: request(8),
        reason: GenerationFailure::Internal,
        message: "…".into(),
        made_by: MadeBy::Playbook,
        tokens: Tokens::default(),
    };
    let unavailable = TicketOutcome::Unavailable(Failure { reason: "no answer".into() });
    let timer = |escalation| SessionAct::ExpireEscalation { escalation, request: request(9) };
    vec![
        row(system(), SessionAct::Abandon, &[(Active, Abandoned), (Paused, Abandoned)]),
        row(system(), timer(escalation(1)), &[(RequestingEscalation, Active)]),
        row(
            system(),
            SessionAct::ReleaseEscalationTarget { escalation: escalation(1) },
            &[(RequestingEscalation, RequestingEscalation)],
        ),
        // What the world outside said is never refused for the status.
        row(system(), SessionAct::RecordTicketContext(unavailable), KEEPS_ANY),
        row(system(), classified(), KEEPS_ANY),
        row(
            system(),
            SessionAct::RecordMatch { matched: matched(0.6), analysis: Some(analysis(9)) },
            KEEPS_ANY,
        ),
        row(
            system(),
            SessionAct::PresentStep { request: request(8), step: draft(9, question(false, false)) },
            KEEPS_ANY,
        ),
        row(system(), SessionAct::FailStep(late), KEEPS_ANY),
    ]
}

fn check(given: impl Fn(SessionStatus) -> Story, row: &Row) {
    for status in ALL {
        let story = given(status);
        let expected = row.leads.iter().find(|(from, _)| *from == status).map(|(_, to)| *to);
        let outcome = story.when(row.by.clone(), row.act.clone());
        let found = outcome
            .map(|news| {
                let events: Vec<_> = story.events.iter().cloned().chain(news).collect();
                fold(&events).status().expect("started")
            })
            .map_err(|error| error.code());
        assert_eq!(found, expected.ok_or(RefusalCode::WrongStatus), "{:?} while {status:?}", row.act);
    }
}

#[test]
fn every_act_of_a_person_leads_where_the_table_says_or_is_refused_for_the_status() {
    for row in acts_of_people() {
        check(Story::at, &row);
    }
}

#[test]
fn every_act_of_flowpilot_leads_where_the_table_says_or_is_refused_for_the_status() {
    for row in acts_of_flowpilot() {
        check(Story::at, &row);
    }
}

#[test]
fn asking_again_for_a_step_needs_an_active_session() {
    let idle = |status| {
        let answered = Story::with_step(suggestion()).and(by(opener()), answer(1, result(true)));
        answered.brought_to(status)
    };
    let retry = row(by(opener()), SessionAct::RetryStep { request: request(9) }, &[(Active, Active)]);
    check(idle, &retry);
}

#[test]
fn insight_is_taken_whatever_became_of_the_escalation() {
    let given = |status| {
        let recalled = Story::at(RequestingEscalation)
            .and(by(opener()), SessionAct::RecallEscalation { request: request(9) });
        if status == RequestingEscalation || status == Escalated {
            Story::at(status)
        } else {
            recalled.brought_to(status)
        }
    };
    let enriched = EscalationEnriched {
        escalation: escalation(1),
        hypotheses: vec![].into(),
        next_steps: vec![].into(),
        ruled_out: vec![].into(),
        tokens: Tokens::default(),
    };
    let failed = EscalationFailure {
        escalation: escalation(1),
        reason: "no answer".into(),
        tokens: Tokens::default(),
    };
    check(given, &row(By::System, SessionAct::EnrichEscalation(enriched), KEEPS_ANY));
    check(given, &row(By::System, SessionAct::FailEnrichment(failed), KEEPS_ANY));
}
