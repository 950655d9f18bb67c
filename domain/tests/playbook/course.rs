//! A course to drive the playbook through: given a case, when this is answered, then that comes next.

use domain::assistant::case::{Case, GuidingFlow, PastStep};
use domain::assistant::playbook::{PlaybookMove, next_move};
use domain::flow::event::{FlowHead, FlowKind};
use domain::flow::tree::{FlowNode, FlowNodeType};
use domain::id::{EscalationId, FlowId, StepId, UserId};
use domain::problem::{Classification, ProblemDomain, Urgency};
use domain::session::answer::{ActionResult, Answer};
use domain::session::event::PickUpMode;
use domain::session::intake::{Intake, IntakeType};
use domain::session::status::Confidence;
use domain::session::step::{MadeBy, Step, StepContent, StepKind, Tokens};
use uuid::Uuid;

pub(crate) fn node(id: &str, parent: Option<&str>, kind: FlowNodeType, label: &str) -> FlowNode {
    FlowNode {
        id: id.into(),
        parent_id: parent.map(Into::into),
        kind,
        label: (!label.is_empty()).then(|| label.into()),
        text: format!("The text of {id}"),
        details: None,
        script_template_id: None,
    }
}

pub(crate) fn flow(number: u128, name: &str, score: f64, nodes: Vec<FlowNode>) -> GuidingFlow {
    GuidingFlow {
        flow: FlowId(Uuid::from_u128(number)),
        version: 4,
        score: Confidence::new(score),
        head: FlowHead {
            name: name.into(),
            description: Some(format!("All about {name}")),
            kind: FlowKind::Troubleshooting,
            domain: Some(ProblemDomain::ActiveDirectory),
            keywords: vec![],
        },
        nodes,
    }
}

pub(crate) struct Course {
    pub(crate) case: Case,
    /// The last move, whose step waits for an answer.
    pub(crate) at: PlaybookMove,
}

impl Course {
    pub(crate) fn begin(flow: Option<GuidingFlow>, close: Vec<GuidingFlow>) -> Self {
        let case = Case {
            intake: Intake {
                kind: IntakeType::FreeText,
                text: Some("locked out again".into()),
                log: None,
                attachments: vec![],
                ticket: None,
                redactions: vec![],
            },
            ticket: None,
            classification: Some(Classification {
                summary: "locked out again".into(),
                domain: ProblemDomain::ActiveDirectory,
                key_symptoms: vec![].into(),
                urgency: Urgency::Medium,
            }),
            flow,
            close,
            history: vec![],
            steps_left: 30,
        };
        let at = next_move(&case);
        Self { case, at }
    }

    pub(crate) fn following(nodes: Vec<FlowNode>) -> Self {
        Self::begin(Some(flow(1, "Lockout", 0.9, nodes)), vec![])
    }

    /// What the session would do: record the choice and the step with its answer, then ask for the next one.
    pub(crate) fn answer(&mut self, answer: Option<Answer>) {
        self.record(answer);
        self.at = next_move(&self.case);
    }

    fn record(&mut self, answer: Option<Answer>) {
        if let Some(chosen) = &self.at.choose {
            let flow = self.case.close.iter().find(|flow| flow.flow == chosen.flow).cloned();
            self.case.flow = Some(flow.expect("the choice is one of the close flows"));
        }
        let superseded = answer.is_none();
        let step = self.step(self.at.step.content.clone());
        self.case.history.push(PastStep { step, answer, superseded, pick_up: None });
        self.case.steps_left -= 1;
    }

    fn step(&self, content: StepContent) -> Step {
        Step {
            id: StepId(Uuid::from_u128(self.case.history.len() as u128)),
            ordinal: u32::try_from(self.case.history.len()).expect("a course is short"),
            content,
            confidence: self.at.step.confidence,
            flow_node: self.at.step.flow_node.clone(),
            made_by: MadeBy::Playbook,
            tokens: Tokens::default(),
            reasoning: None,
        }
    }

    /// The session changes hands: the open step is superseded, a briefing is written.
    pub(crate) fn pick_up(&mut self, mode: PickUpMode) {
        self.record(None);
        let mut briefing =
            self.step(StepContent::Briefing { text: "So far".into(), escalation: EscalationId(Uuid::nil()) });
        briefing.flow_node = None;
        self.case.history.push(PastStep {
            step: briefing,
            answer: None,
            superseded: false,
            pick_up: Some(mode),
        });
        self.at = next_move(&self.case);
    }

    pub(crate) fn note(&mut self, text: &str) {
        let mut note = self.step(StepContent::Note { text: text.into(), author: UserId(Uuid::nil()) });
        note.flow_node = None;
        self.case.history.push(PastStep { step: note, answer: None, superseded: false, pick_up: None });
    }

    pub(crate) fn choosing(mut self, label: &str) -> Self {
        let option =
            self.at.step.content.options().iter().find(|option| option.label.as_str() == label).cloned();
        self.answer(Some(Answer::Option(
            option.unwrap_or_else(|| panic!("no option {label} in {:?}", self.labels())),
        )));
        self
    }

    pub(crate) fn saying(mut self, words: &str) -> Self {
        self.answer(Some(Answer::FreeText(words.into())));
        self
    }

    pub(crate) fn skipping(mut self) -> Self {
        self.answer(Some(Answer::Skipped));
        self
    }

    pub(crate) fn succeeding(mut self) -> Self {
        self.answer(Some(Answer::ActionResult(result(true))));
        self
    }

    pub(crate) fn failing(mut self) -> Self {
        self.answer(Some(Answer::ActionResult(result(false))));
        self
    }

    pub(crate) fn labels(&self) -> Vec<String> {
        self.at.step.content.options().iter().map(|option| option.label.to_string()).collect()
    }

    /// The node that is presented; none off the flow.
    pub(crate) fn node(&self) -> Option<&str> {
        self.at.step.flow_node.as_ref().map(|node| node.node.as_str())
    }

    pub(crate) fn kind(&self) -> StepKind {
        self.at.step.content.kind()
    }

    pub(crate) fn text(&self) -> &str {
        self.at.step.content.text()
    }

    pub(crate) fn context(&self) -> &str {
        self.at.step.content.context_message().unwrap_or_default()
    }

    pub(crate) fn score(&self) -> f64 {
        self.at.step.confidence.score()
    }
}

pub(crate) fn result(succeeded: bool) -> ActionResult {
    ActionResult { succeeded, details: None, next_hint: None }
}
