use std::sync::Arc;

use domain::id::{AccountId, CommandId, CorrelationId, EscalationId, StepId, TemplateId, UserId};
use domain::metadata::{Actor, Metadata};
use domain::recorded_event::{Position, RecordedEvent};
use domain::session::event::{SessionEvent, SessionStarted};
use domain::session::intake::{Intake, IntakeType};
use domain::session::status::Confidence;
use domain::session::step::{StepKind as Kind, Tokens};
use domain::session::view::{ActionPart as ActionView, EscalationOutcome, EscalationView, Insight};
use serde_json::Value;
use uuid::Uuid;

use super::*;

const PERSON: UserId = UserId(Uuid::from_u128(1));
const ESCALATION: EscalationId = EscalationId(Uuid::from_u128(2));

/// A session that was escalated once.
fn session() -> Arc<SessionView> {
    let intake = Intake {
        kind: IntakeType::FreeText,
        text: Some("locked out".into()),
        log: None,
        attachments: Vec::new(),
        ticket: None,
        redactions: Vec::new(),
    };
    let started =
        SessionEvent::Started(SessionStarted { opened_by: PERSON, team: None, intake, step_limit: 30 });
    let event = RecordedEvent {
        position: Position(1),
        aggregate_type: "session".to_owned(),
        aggregate_id: Uuid::from_u128(9),
        version: 1,
        event_type: started.stored_type().to_owned(),
        event_version: started.stored_version().to_owned(),
        payload: Ok(serde_json::to_value(&started).unwrap()),
        metadata: Metadata {
            account: AccountId(Uuid::from_u128(5)),
            actor: Actor::User(PERSON),
            command: CommandId(Uuid::from_u128(6)),
            correlation: CorrelationId(Uuid::from_u128(6)),
            causation: None,
            recorded_at: chrono::DateTime::UNIX_EPOCH,
        },
    };
    let mut view = SessionView::start(&event).unwrap();
    view.escalations.push(EscalationView {
        id: ESCALATION,
        reason: "stuck".to_owned(),
        requested_by: PERSON,
        target: None,
        requested_at: chrono::DateTime::UNIX_EPOCH,
        confidence: Confidence::default(),
        tried: Vec::new(),
        outcome: EscalationOutcome::Waiting,
        insight: Insight::Pending,
    });
    Arc::new(view)
}

fn step(part: StepPart) -> StepView {
    StepView {
        id: StepId(Uuid::from_u128(1)),
        ordinal: 3,
        text: "text".to_owned(),
        context_message: None,
        allow_free_text: true,
        allow_skip: false,
        part,
        confidence: Confidence::new(0.5),
        tier: Confidence::new(0.5).tier(false),
        flow_node: None,
        made_by: MadeBy::Playbook,
        tokens: Tokens::default(),
        reasoning: Some("never shown".to_owned()),
        presented_at: chrono::DateTime::UNIX_EPOCH,
        answer: None,
        answered_at: None,
        superseded_at: None,
    }
}

/// The type that a step is shown as.
fn shown_as(part: StepPart) -> (String, StepKind) {
    match Step::of(&session(), &step(part)) {
        Step::Question(it) => named(&it),
        Step::Action(it) => named(&it),
        Step::Script(it) => named(&it),
        Step::Suggestion(it) => named(&it),
        Step::Briefing(it) => named(&it),
        Step::Note(it) => named(&it),
    }
}

fn named<P: OutputType + async_graphql::ContainerType>(step: &StepOf<P>) -> (String, StepKind)
where
    StepOf<P>: OutputType,
{
    (StepOf::<P>::type_name().into_owned(), step.kind)
}

/// Rule 2.9.
#[test]
fn every_kind_of_step_is_shown_as_the_type_that_the_contract_names() {
    let action = || ActionView { expected_outcome: None, checklist: Vec::new() };
    let script = || StepPart::ScriptGeneration {
        instructions: None,
        template: TemplateId(Uuid::nil()),
        prefilled: Value::Null,
    };
    let expected = [
        (StepPart::Question { options: Vec::new() }, "QuestionStep", Kind::Question),
        (StepPart::Action(action()), "ActionStep", Kind::Action),
        (StepPart::Verification(action()), "ActionStep", Kind::Verification),
        (StepPart::InfoRequest(action()), "ActionStep", Kind::InfoRequest),
        (script(), "ScriptStep", Kind::ScriptGeneration),
        (
            StepPart::ResolutionSuggestion { summary: String::new(), follow_ups: Vec::new() },
            "SuggestionStep",
            Kind::ResolutionSuggestion,
        ),
        (StepPart::Briefing { escalation: ESCALATION }, "BriefingStep", Kind::Briefing),
        (StepPart::IntakeAnalysis, "NoteStep", Kind::IntakeAnalysis),
        (StepPart::Note { author: PERSON }, "NoteStep", Kind::Note),
    ];
    for (part, name, kind) in expected {
        assert_eq!(shown_as(part), (name.to_owned(), kind.into()));
    }
}

#[test]
fn a_step_names_the_playbook_the_model_or_flowpilot_as_its_maker() {
    assert_eq!(maker_name(&MadeBy::Playbook), "playbook");
    assert_eq!(maker_name(&MadeBy::System), "flowpilot");
    let model = MadeBy::Model { provider: "anthropic".to_owned(), model: "claude-sonnet-4-5".to_owned() };
    assert_eq!(maker_name(&model), "anthropic claude-sonnet-4-5");
}

/// Rule 4.3: reasoning is stored, never shown.
#[test]
fn no_type_of_the_schema_offers_reasoning() {
    let schema = crate::graphql::schema::sdl();
    assert!(!schema.to_lowercase().contains("reasoning:"), "a field is called reasoning");
}
