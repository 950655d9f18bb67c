//! Sessions for tests: a small log to write events into, and one realistic session from start to end.

use chrono::{DateTime, TimeDelta, Utc};
use uuid::Uuid;

use crate::id::{
    AccountId, CommandId, ConnectionId, CorrelationId, EscalationId, FlowId, RequestId, ScriptId, StepId,
    TeamId, TemplateId, UserId,
};
use crate::metadata::{Actor, Metadata};
use crate::problem::{Classification, ProblemDomain, Urgency};
use crate::recorded_event::{Position, RecordedEvent};
use crate::session::answer::{ActionResult, Answer};
use crate::session::event::*;
use crate::session::intake::{Intake, IntakeType, RedactionTally, TicketRef};
use crate::session::status::Confidence;
use crate::session::step::{ActionContent, FlowNodeRef, MadeBy, Step, StepContent, StepOption, Tokens};
use crate::session::view::SessionView;

pub(crate) const OPENER: UserId = UserId(Uuid::from_u128(1));
pub(crate) const PICKER: UserId = UserId(Uuid::from_u128(2));
pub(crate) const STRANGER: UserId = UserId(Uuid::from_u128(3));
pub(crate) const TEAM: TeamId = TeamId(Uuid::from_u128(10));
pub(crate) const FLOW: FlowId = FlowId(Uuid::from_u128(20));

/// One session's events.
#[derive(Clone)]
pub(crate) struct Log {
    pub(crate) events: Vec<RecordedEvent>,
    now: DateTime<Utc>,
}

impl Log {
    pub(crate) fn new() -> Self {
        let now = "2025-03-03T09:12:00Z".parse().expect("a time");
        Self { events: Vec::new(), now }
    }

    pub(crate) fn started() -> Self {
        Self::new().with(start(Some("Locked out again since she changed her password.")))
    }

    pub(crate) fn after(mut self, minutes: i64) -> Self {
        self.now += TimeDelta::minutes(minutes);
        self
    }

    #[expect(clippy::needless_pass_by_value, reason = "events are made in place")]
    pub(crate) fn with(mut self, event: SessionEvent) -> Self {
        let n = self.events.len() as u64 + 1;
        self.events.push(RecordedEvent {
            position: Position(i64::try_from(n).expect("few") * 7),
            aggregate_type: "session".to_owned(),
            aggregate_id: Uuid::from_u128(99),
            version: n,
            event_type: event.stored_type().to_owned(),
            event_version: event.stored_version().to_owned(),
            payload: Ok(serde_json::to_value(&event).expect("events are JSON")),
            metadata: Metadata {
                account: AccountId(Uuid::from_u128(5)),
                actor: Actor::User(OPENER),
                command: CommandId(Uuid::from_u128(u128::from(n))),
                correlation: CorrelationId(Uuid::from_u128(6)),
                causation: None,
                recorded_at: self.now,
            },
        });
        self
    }

    pub(crate) fn view(&self) -> SessionView {
        SessionView::fold(&self.events).expect("readable").expect("started")
    }
}

pub(crate) fn step_id(n: u128) -> StepId {
    StepId(Uuid::from_u128(1000 + n))
}

pub(crate) fn request_id(n: u128) -> RequestId {
    RequestId(Uuid::from_u128(2000 + n))
}

pub(crate) fn escalation_id(n: u128) -> EscalationId {
    EscalationId(Uuid::from_u128(3000 + n))
}

pub(crate) fn start(text: Option<&str>) -> SessionEvent {
    SessionEvent::Started(SessionStarted {
        opened_by: OPENER,
        team: Some(TEAM),
        intake: Intake {
            kind: IntakeType::FreeText,
            text: text.map(Into::into),
            log: None,
            attachments: vec![],
            ticket: None,
            redactions: vec![],
        },
        step_limit: 30,
    })
}

pub(crate) fn requested(n: u128) -> SessionEvent {
    SessionEvent::StepRequested(StepRequested { request: request_id(n), cause: RequestCause::Start })
}

pub(crate) fn failed(n: u128) -> SessionEvent {
    SessionEvent::StepGenerationFailed(StepGenerationFailed {
        request: request_id(n),
        reason: GenerationFailure::ProviderUnavailable,
        message: "The assistant can't be reached.".to_owned(),
        tokens: Tokens { input: 10, output: 0, cached: 0, calls: 0 },
    })
}

pub(crate) fn option(label: &str) -> StepOption {
    StepOption {
        label: label.into(),
        value: label.to_lowercase().into(),
        followup_hint: None,
        leads_to: None,
    }
}

pub(crate) fn question(text: &str, options: &[&str]) -> StepContent {
    StepContent::Question {
        text: text.into(),
        context_message: Some("It tells the causes apart.".into()),
        options: options.iter().map(|label| option(label)).collect(),
        allow_free_text: true,
        allow_skip: true,
    }
}

pub(crate) fn action(text: &str) -> ActionContent {
    ActionContent {
        text: text.into(),
        context_message: None,
        expected_outcome: Some("The source is named.".into()),
        checklist: vec!["Open the event viewer".to_owned()].into(),
        allow_free_text: true,
        allow_skip: true,
    }
}

/// The step number `n`, answering the request of that number.
pub(crate) fn presented(n: u128, content: StepContent, score: f64, on_flow: bool) -> SessionEvent {
    let answerable = content.kind().is_answerable();
    SessionEvent::StepPresented(StepPresented {
        request: answerable.then(|| request_id(n)),
        step: Step {
            id: step_id(n),
            ordinal: u32::try_from(n).expect("few"),
            content,
            confidence: Confidence::new(score),
            flow_node: on_flow.then(|| FlowNodeRef { flow: FLOW, version: 3, node: format!("n{n}") }),
            made_by: if answerable { MadeBy::Playbook } else { MadeBy::System },
            tokens: Tokens { input: 100, output: 20, cached: 50, calls: 0 },
            reasoning: Some("Reasons that engineers don't see.".into()),
        },
    })
}

pub(crate) fn answered(n: u128, answer: Answer) -> SessionEvent {
    SessionEvent::StepAnswered(StepAnswered {
        step: step_id(n),
        answered_by: OPENER,
        answer,
        redactions: vec![],
    })
}

pub(crate) fn acted(succeeded: bool, details: &str) -> Answer {
    Answer::ActionResult(ActionResult { succeeded, details: Some(details.into()), next_hint: None })
}

pub(crate) fn superseded(n: u128) -> SessionEvent {
    SessionEvent::StepSuperseded(StepSuperseded { step: step_id(n) })
}

pub(crate) fn note(n: u128, text: &str) -> SessionEvent {
    SessionEvent::NoteAdded(NoteAdded {
        step: step_id(n),
        ordinal: u32::try_from(n).expect("few"),
        author: OPENER,
        text: text.into(),
        redactions: vec![],
    })
}

pub(crate) fn paused() -> SessionEvent {
    SessionEvent::Paused(Nothing {})
}

pub(crate) fn resumed() -> SessionEvent {
    SessionEvent::Resumed(Nothing {})
}

pub(crate) fn escalated(n: u128, target: Option<UserId>) -> SessionEvent {
    SessionEvent::EscalationRequested(EscalationRequested {
        escalation: escalation_id(n),
        requested_by: OPENER,
        reason: "Needs somebody who may read the domain controllers' logs.".into(),
        target,
        confidence: Confidence::new(0.55),
        redactions: vec![],
    })
}

pub(crate) fn picked_up(n: u128, by: UserId) -> SessionEvent {
    SessionEvent::EscalationPickedUp(EscalationPickedUp {
        escalation: escalation_id(n),
        by,
        mode: PickUpMode::Continue,
        context: Some("I may read the DC's logs.".into()),
        redactions: vec![],
    })
}

pub(crate) fn recalled(n: u128) -> SessionEvent {
    SessionEvent::EscalationRecalled(EscalationRef { escalation: escalation_id(n) })
}

pub(crate) fn handed_off(n: u128) -> SessionEvent {
    SessionEvent::HandedOff(HandedOff {
        escalation: escalation_id(n),
        to: "Microsoft support".into(),
        redactions: vec![],
    })
}

pub(crate) fn resolved(summary: &str, rating: Option<u8>) -> SessionEvent {
    SessionEvent::Resolved(SessionResolved {
        resolved_by: OPENER,
        summary: summary.into(),
        action: Some("Removed the stored credential.".into()),
        rating,
        feedback: None,
        redactions: vec![],
    })
}

pub(crate) fn reopened() -> SessionEvent {
    SessionEvent::Reopened(SessionReopened {
        by: OPENER,
        reason: "It happened again.".into(),
        redactions: vec![],
    })
}

pub(crate) fn rated(rating: u8, feedback: Option<&str>) -> SessionEvent {
    SessionEvent::Rated(SessionRated {
        by: OPENER,
        rating,
        feedback: feedback.map(Into::into),
        redactions: vec![],
    })
}

pub(crate) fn redacted(text: &str) -> SessionEvent {
    SessionEvent::ContentRedacted(ContentRedacted {
        by: OPENER,
        text: text.into(),
        placeholder: "[REDACTED:password:0badcafe]".to_owned(),
        reason: "A password was pasted.".into(),
    })
}

pub(crate) fn classification() -> Classification {
    Classification {
        summary: "Account locks every twenty minutes since a password change".into(),
        domain: ProblemDomain::ActiveDirectory,
        key_symptoms: vec!["locked out".to_owned(), "every twenty minutes".to_owned()].into(),
        urgency: Urgency::High,
    }
}

pub(crate) fn classified() -> SessionEvent {
    SessionEvent::IntakeClassified(IntakeClassified {
        classification: classification(),
        fallback: false,
        made_by: MadeBy::Playbook,
        tokens: Tokens { input: 7, output: 3, cached: 0, calls: 0 },
    })
}

pub(crate) fn flow_match() -> FlowMatched {
    FlowMatched {
        candidates: vec![MatchCandidate {
            flow: FLOW,
            version: 3,
            name: "Account lockout source".to_owned(),
            score: 0.871_234_567_891_23,
            semantic: None,
            keyword: Some(1.0 / 3.0),
            recency: None,
            same_domain: true,
            reason: "It shares “locked out” and “password”.".into(),
        }],
        chosen: Some(ChosenFlow { flow: FLOW, version: 3, score: Confidence::new(0.871_234_567_891_23) }),
        policy_version: 1,
        declined: false,
    }
}

pub(crate) fn matched() -> SessionEvent {
    SessionEvent::FlowMatched(flow_match())
}

pub(crate) fn ticket_linked() -> SessionEvent {
    SessionEvent::TicketLinked(TicketLinked {
        connection: ConnectionId(Uuid::from_u128(40)),
        ticket_id: "10234".to_owned(),
    })
}

pub(crate) fn tally(kind: &str, count: u32) -> RedactionTally {
    RedactionTally { kind: kind.to_owned(), count }
}

pub(crate) fn ticket_ref() -> TicketRef {
    TicketRef { connection: None, ticket_id: "10234".to_owned() }
}

/// A suggestion with two follow-ups.
pub(crate) fn suggestion(text: &str) -> StepContent {
    StepContent::ResolutionSuggestion {
        text: text.into(),
        context_message: None,
        summary: "A stored credential on NB-0417 used the old password.".into(),
        follow_ups: vec!["Watch event 4740 for a day".to_owned(), "Tell the user why it happened".to_owned()]
            .into(),
    }
}

/// A lockout, escalated, picked up, resolved: everything that documentation has a place for.
pub(crate) fn realistic() -> Log {
    let found = "Caller computer: NB-0417\nSource: see http://dc01.contoso.local/logs";
    Log::new()
        .with(start(Some(
            "Frau Yılmaz is locked out again since she changed her password, every 20 minutes.\r\n\
             She uses NB-0417 and an iPhone. Mail: yilmaz@contoso.com",
        )))
        .with(requested(1))
        .with(ticket_linked())
        .with(classified())
        .with(matched())
        .with(presented(
            0,
            StepContent::IntakeAnalysis {
                text: super::analysis::intake_analysis(&classification(), &flow_match()).into(),
            },
            0.0,
            false,
        ))
        .after(1)
        .with(presented(
            1,
            question("When did it start?", &["After a password change", "For weeks"]),
            0.87,
            true,
        ))
        .after(4)
        .with(answered(1, Answer::Option(option("After a password change"))))
        .with(requested(2))
        .with(presented(
            2,
            StepContent::Action(action("Search event 4740 on the PDC emulator for the caller computer.")),
            0.9,
            true,
        ))
        .after(10)
        .with(note(3, "She is on site until 12:00.\nPhone: 0351 / 12 34 56"))
        .with(escalated(1, None))
        .with(SessionEvent::EscalationEnriched(EscalationEnriched {
            escalation: escalation_id(1),
            hypotheses: vec!["A stored credential on NB-0417".to_owned()].into(),
            next_steps: vec!["Read event 4740 on DC01".to_owned()].into(),
            ruled_out: vec!["A wrong time on the client".to_owned()].into(),
            tokens: Tokens { input: 900, output: 80, cached: 0, calls: 0 },
        }))
        .after(15)
        .with(picked_up(1, PICKER))
        .with(superseded(2))
        .with(presented(
            4,
            StepContent::Briefing { text: "Problem: account locks.".into(), escalation: escalation_id(1) },
            0.0,
            false,
        ))
        .with(requested(5))
        .with(presented(
            5,
            StepContent::Verification(action("Read `4740` on DC01: which computer is it?")),
            0.9,
            true,
        ))
        .after(30)
        .with(answered(5, acted(true, found)))
        .with(SessionEvent::ScriptAttached(ScriptAttached {
            script: ScriptId(Uuid::from_u128(50)),
            template: TemplateId(Uuid::from_u128(51)),
            template_version: 2,
            template_name: "List stored credentials".to_owned(),
            step: Some(step_id(5)),
            generated_by: PICKER,
            body: "# Stored credentials\r\n\tcmdkey /list\r\nWrite-Output 'done' # ```".into(),
        }))
        .with(requested(6))
        .with(presented(
            6,
            suggestion("Delete the stored credential for the file server on NB-0417."),
            0.93,
            true,
        ))
        .after(20)
        .with(answered(6, acted(true, "No lockout for 20 minutes.")))
        .after(105)
        .with(resolved("Stored credential with the old password on NB-0417.\nDeleted with cmdkey.", Some(5)))
}
