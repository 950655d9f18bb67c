//! Given, when, then: a story is the events of a session so far, made by the commands that lead there.

use cqrs_es::Aggregate;
use cqrs_es::test::TestFramework;
use domain::access::By;
use domain::id::{FlowId, TemplateId};
use domain::personal::Personal;
use domain::problem::{Classification, ProblemDomain, Urgency};
use domain::refusal::RefusalCode;
use domain::session::Session;
use domain::session::answer::{ActionResult, GivenAnswer};
use domain::session::command::{
    AnswerStep, DraftStep, PickUp, Resolve, SessionAct, SessionCommand, Start, StepText,
};
use domain::session::error::SessionError;
use domain::session::event::{ChosenFlow, FlowMatched, IntakeClassified, PickUpMode, SessionEvent};
use domain::session::intake::{Intake, IntakeType};
use domain::session::status::{Confidence, SessionStatus};
use domain::session::step::{ActionContent, FlowNodeRef, MadeBy, StepContent, StepKind, StepOption, Tokens};
use uuid::Uuid;

use crate::people::{by, escalation, mate, opener, request, step};

pub(crate) type Outcome = Result<Vec<SessionEvent>, SessionError>;

#[derive(Clone)]
pub(crate) struct Story {
    pub(crate) events: Vec<SessionEvent>,
}

impl Story {
    /// Nothing has happened.
    pub(crate) fn untold() -> Self {
        Self { events: vec![] }
    }

    /// The opener has started a session; its first step is asked for as request 1.
    pub(crate) fn started() -> Self {
        Self::untold().and(by(opener()), start(free_text("Locked out since this morning")))
    }

    /// Step 1 is open: a question with the options `yes` and `no`, taking neither free text nor skips.
    pub(crate) fn with_question() -> Self {
        Self::started().presenting(1, draft(1, question(false, false)))
    }

    /// A step of this kind, as step 1, is open.
    pub(crate) fn with_step(content: StepContent) -> Self {
        Self::started().presenting(1, draft(1, content))
    }

    /// Where the session stands; the opener handles it, step 1 is open unless it is closed.
    pub(crate) fn at(status: SessionStatus) -> Self {
        Self::with_question().brought_to(status)
    }

    pub(crate) fn brought_to(self, status: SessionStatus) -> Self {
        match status {
            SessionStatus::Active => self,
            SessionStatus::Paused => self.and(by(opener()), SessionAct::Pause),
            SessionStatus::RequestingEscalation => self.and(by(opener()), escalate()),
            SessionStatus::Resolved => self.and(by(opener()), resolve()),
            SessionStatus::Escalated => self
                .and(by(opener()), escalate())
                .and(by(opener()), SessionAct::HandOff { to: "The vendor".into(), redactions: vec![] }),
            SessionStatus::Abandoned => self.and(by(opener()), SessionAct::Abandon),
        }
    }

    /// A command that is accepted.
    pub(crate) fn and(self, by: By, act: SessionAct) -> Self {
        let news = self.when(by, act).expect("this part of the story should be accepted");
        Self { events: self.events.into_iter().chain(news).collect() }
    }

    /// The assistant's step for a request.
    pub(crate) fn presenting(self, number: u128, step: DraftStep) -> Self {
        self.and(By::System, SessionAct::PresentStep { request: request(number), step })
    }

    /// What a command leads to.
    pub(crate) fn when(&self, by: By, act: SessionAct) -> Outcome {
        TestFramework::<Session>::with(())
            .given(self.events.clone())
            .when(SessionCommand { by, act })
            .inspect_result()
    }

    /// The code with which a command is refused.
    pub(crate) fn refusal(&self, by: By, act: SessionAct) -> RefusalCode {
        self.when(by, act).expect_err("this should be refused").code()
    }

    /// The input field for which a command is refused as invalid.
    pub(crate) fn invalid(&self, by: By, act: SessionAct) -> Vec<&'static str> {
        let error = self.when(by, act).expect_err("this should be refused");
        assert_eq!(error.code(), RefusalCode::InvalidInput, "{error}");
        error.path().to_vec()
    }

    pub(crate) fn session(&self) -> Session {
        fold(&self.events)
    }
}

pub(crate) fn fold(events: &[SessionEvent]) -> Session {
    let mut session = Session::default();
    events.iter().cloned().for_each(|event| session.apply(event));
    session
}

/// The stored types of what happened.
pub(crate) fn types(outcome: &Outcome) -> Vec<&'static str> {
    let events = outcome.as_ref().expect("this should be accepted");
    events.iter().map(SessionEvent::stored_type).collect()
}

pub(crate) fn free_text(text: &str) -> Intake {
    Intake {
        kind: IntakeType::FreeText,
        text: Some(text.into()),
        log: None,
        attachments: vec![],
        ticket: None,
        redactions: vec![],
    }
}

pub(crate) fn start(intake: Intake) -> SessionAct {
    SessionAct::Start(Start { team: None, intake, step_limit: 30, request: request(1) })
}

pub(crate) fn draft(number: u128, content: StepContent) -> DraftStep {
    DraftStep {
        id: step(number),
        content,
        confidence: Confidence::new(0.5),
        flow_node: None,
        made_by: MadeBy::Playbook,
        tokens: Tokens { input: 7, output: 3, cached: 0, calls: 0 },
        reasoning: None,
    }
}

pub(crate) fn question(allow_free_text: bool, allow_skip: bool) -> StepContent {
    let options = ["yes", "no"].map(|value| StepOption {
        label: value.to_uppercase().into(),
        value: value.into(),
        followup_hint: None,
        leads_to: None,
    });
    StepContent::Question {
        text: "Does it happen on every device?".into(),
        context_message: None,
        options: options.to_vec(),
        allow_free_text,
        allow_skip,
    }
}

/// A step of a kind that can be answered, with or without free text and skips.
pub(crate) fn content(kind: StepKind, allow_free_text: bool, allow_skip: bool) -> StepContent {
    let action = || ActionContent {
        text: "Look at the event log".into(),
        context_message: None,
        expected_outcome: None,
        checklist: Personal::new(vec![]),
        allow_free_text,
        allow_skip,
    };
    match kind {
        StepKind::Question => question(allow_free_text, allow_skip),
        StepKind::Action => StepContent::Action(action()),
        StepKind::Verification => StepContent::Verification(action()),
        StepKind::InfoRequest => StepContent::InfoRequest(action()),
        StepKind::ScriptGeneration => StepContent::ScriptGeneration {
            text: "Run this".into(),
            context_message: None,
            instructions: None,
            template: TemplateId(Uuid::from_u128(9)),
            prefilled: Personal::new(serde_json::json!({})),
            allow_free_text,
            allow_skip,
        },
        StepKind::ResolutionSuggestion => StepContent::ResolutionSuggestion {
            text: "Clear the cached credentials".into(),
            context_message: None,
            summary: "Stale credentials".into(),
            follow_ups: Personal::new(vec![]),
        },
        StepKind::Briefing => StepContent::Briefing { text: "So far".into(), escalation: escalation(1) },
        StepKind::IntakeAnalysis => StepContent::IntakeAnalysis { text: "So it seems".into() },
        StepKind::Note => StepContent::Note { text: "By the way".into(), author: opener().user },
    }
}

pub(crate) fn suggestion() -> StepContent {
    content(StepKind::ResolutionSuggestion, false, false)
}

pub(crate) fn option(value: &str) -> GivenAnswer {
    GivenAnswer::Option(value.into())
}

pub(crate) fn result(succeeded: bool) -> GivenAnswer {
    GivenAnswer::ActionResult(ActionResult { succeeded, details: None, next_hint: None })
}

/// Answers step `number`; the next one would be asked for as request `number` + 1.
pub(crate) fn answer(number: u128, answer: GivenAnswer) -> SessionAct {
    SessionAct::AnswerStep(AnswerStep {
        step: step(number),
        answer,
        redactions: vec![],
        next_request: request(number + 1),
    })
}

pub(crate) fn classified() -> SessionAct {
    SessionAct::RecordClassification(IntakeClassified {
        classification: Classification {
            summary: "Locked out".into(),
            domain: ProblemDomain::ActiveDirectory,
            key_symptoms: Personal::new(vec!["locked out".into()]),
            urgency: Urgency::High,
        },
        fallback: false,
        made_by: MadeBy::Playbook,
        tokens: Tokens::default(),
    })
}

pub(crate) fn flow() -> FlowId {
    FlowId(Uuid::from_u128(0xf10))
}

pub(crate) fn node(id: &str) -> FlowNodeRef {
    FlowNodeRef { flow: flow(), version: 1, node: id.into() }
}

pub(crate) fn matched(score: f64) -> FlowMatched {
    let chosen = ChosenFlow { flow: flow(), version: 1, score: Confidence::new(score) };
    FlowMatched { candidates: vec![], chosen: Some(chosen), policy_version: 1, declined: false }
}

pub(crate) fn analysis(number: u128) -> StepText {
    StepText { step: step(number), text: "It looks like a lockout".into() }
}

pub(crate) fn escalate() -> SessionAct {
    SessionAct::Escalate {
        escalation: escalation(1),
        reason: "Out of ideas".into(),
        target: None,
        redactions: vec![],
    }
}

/// Picks up with briefing step 50; the next step would be request 50.
pub(crate) fn pick_up() -> PickUp {
    PickUp {
        mode: PickUpMode::Continue,
        context: None,
        briefing: StepText { step: step(50), text: "What was tried".into() },
        request: request(50),
        redactions: vec![],
    }
}

/// Escalated by the opener and picked up by the mate; step 1 had been open.
pub(crate) fn picked_up() -> Story {
    Story::at(SessionStatus::RequestingEscalation).and(by(mate()), SessionAct::PickUp(pick_up()))
}

pub(crate) fn resolve() -> SessionAct {
    SessionAct::Resolve(resolution("Cleared the cached credentials"))
}

pub(crate) fn resolution(summary: &str) -> Resolve {
    Resolve { summary: summary.into(), action: None, rating: None, feedback: None, redactions: vec![] }
}

pub(crate) fn reopen() -> SessionAct {
    SessionAct::Reopen { reason: "It is back".into(), request: request(60), redactions: vec![] }
}

pub(crate) fn note(number: u128, text: &str) -> SessionAct {
    SessionAct::AddNote { step: step(number), text: text.into(), redactions: vec![] }
}
