//! What models write, and what becomes of it.

use serde_json::json;
use uuid::Uuid;

use super::*;
use crate::flow::event::{FlowHead, FlowKind};
use crate::id::TemplateId;
use crate::script::{Parameter, ParameterType};
use crate::session::intake::IntakeType;
use crate::session::step::{StepContent, StepKind};

fn candidate(n: u128) -> MatchableFlow {
    MatchableFlow {
        flow: FlowId(Uuid::from_u128(n)),
        version: 1,
        head: FlowHead {
            name: "Flow".into(),
            description: None,
            kind: FlowKind::Troubleshooting,
            domain: None,
            keywords: vec![],
        },
        nodes: vec![],
    }
}

fn case() -> Case {
    Case {
        intake: intake("Printer prints nothing since the update"),
        ticket: None,
        classification: None,
        flow: None,
        close: vec![],
        history: vec![],
        steps_left: 30,
    }
}

fn intake(text: &str) -> Intake {
    Intake {
        kind: IntakeType::FreeText,
        text: Some(text.into()),
        log: None,
        attachments: vec![],
        ticket: None,
        redactions: vec![],
    }
}

fn template() -> OfferedTemplate {
    OfferedTemplate {
        id: TemplateId(Uuid::from_u128(42)),
        name: "Unlock".into(),
        parameters: vec![Parameter {
            key: "user".into(),
            label: "User".into(),
            kind: ParameterType::String,
            required: true,
            default: None,
            options: vec![],
            help: None,
        }],
    }
}

fn written(flow: &Value) -> Value {
    json!({
        "summary": "Prints nothing\n since the update", "domain": "PRINTING", "urgency": "HIGH", "flow": flow,
        "keySymptoms": ["queue is stuck", "queue is stuck", " ", "0x0000011b"],
    })
}

/// The same with one text in it replaced.
fn altered(from: &str, to: &str) -> Value {
    serde_json::from_str(&written(&json!("none")).to_string().replace(from, to)).expect("JSON")
}

fn read(flow: &Value) -> Result<Classified, OutputFault> {
    classification(&written(flow), &[candidate(1), candidate(2)])
}

#[test]
fn a_classification_is_read_and_the_candidate_of_its_number_confirmed() {
    let read = read(&json!("2")).unwrap();
    assert_eq!(*read.classification.summary, "Prints nothing since the update");
    assert_eq!(*read.classification.key_symptoms, ["queue is stuck", "0x0000011b"]);
    assert_eq!(
        (read.classification.domain, read.classification.urgency),
        (ProblemDomain::Printing, Urgency::High)
    );
    assert_eq!((read.flow, read.fallback), (Some(FlowId(Uuid::from_u128(2))), false));
}

#[test]
fn none_and_a_plain_number_are_understood_and_other_numbers_refused() {
    assert_eq!(read(&json!("none")).unwrap().flow, None);
    assert_eq!(read(&json!(1)).unwrap().flow, Some(FlowId(Uuid::from_u128(1))));
    let fault = read(&json!("3")).unwrap_err();
    assert_eq!(fault.to_string(), "`flow` is \"3\", but must be one of: 1, 2, none.");
    assert!(matches!(read(&json!(Uuid::from_u128(1))), Err(OutputFault::Unknown { .. })));
}

#[test]
fn a_long_summary_is_cut_at_a_word() {
    let output = altered("Prints nothing", &"word ".repeat(60));
    let read = classification(&output, &[]).unwrap();
    assert!(
        read.classification.summary.chars().count() <= 120 && read.classification.summary.ends_with("word…")
    );
}

#[test]
fn what_is_wrong_with_a_classification_is_said_in_a_sentence() {
    for (from, to, sentence) in [
        ("PRINTING", "PAPER", "`domain` is \"PAPER\", but must be one of: ACTIVE_DIRECTORY,"),
        ("HIGH", "URGENT", "`urgency` is \"URGENT\", but must be one of: LOW, MEDIUM, HIGH, CRITICAL."),
        ("\"summary\"", "\"title\"", "`summary` is missing."),
        ("\"queue is stuck\"", "7", "`keySymptoms` must be a list of texts."),
    ] {
        let fault = classification(&altered(from, to), &[]).unwrap_err().to_string();
        assert!(fault.starts_with(sentence), "{fault}");
    }
}

#[test]
fn the_fallback_guesses_nothing_and_says_that_it_is_one() {
    // Rule 2.3.
    let fallback = fallback(&intake("Printer prints nothing"), None);
    assert!(fallback.fallback && fallback.flow.is_none());
    assert_eq!(*fallback.classification.summary, "Printer prints nothing");
    assert_eq!(
        (fallback.classification.domain, fallback.classification.urgency),
        (ProblemDomain::Other, Urgency::Medium)
    );
    assert!(fallback.classification.key_symptoms.is_empty());
}

#[test]
fn a_step_in_the_wire_form_becomes_a_valid_one() {
    let output = json!({
        "analysis": "Nothing is known yet.",
        "step": {
            "type": "action", "action": "SCRIPT_GENERATION", "text": "Run it", "contextMessage": "Why",
            "expectedOutcome": null, "checklist": null, "allowFreeText": true, "allowSkip": false, "flowNode": "",
            "confidence": 0.4,
            "template": {"id": template().id, "parameters": [{"name": "user", "value": "anna"}]}
        }
    });
    let step = step(&output, &case(), &[template()]).unwrap();
    assert_eq!(step.reasoning.as_deref(), Some("Nothing is known yet."));
    let StepContent::ScriptGeneration { prefilled, .. } = step.content else { panic!("a script") };
    assert_eq!(*prefilled, json!({"user": "anna"}));
}

#[test]
fn a_step_without_its_outer_object_and_with_an_empty_template_is_read_too() {
    let output = json!({
        "type": "action", "action": "VERIFICATION", "text": "Look", "reasoning": "Because",
        "template": {"id": "", "parameters": []}
    });
    let step = step(&output, &case(), &[]).unwrap();
    assert_eq!((step.content.kind(), step.reasoning.as_deref()), (StepKind::Verification, Some("Because")));
}

#[test]
fn a_step_that_breaks_the_contract_is_refused_with_its_sentence() {
    let unknown = json!({"analysis": "", "step": {
        "type": "action", "action": "SCRIPT_GENERATION", "text": "x",
        "template": {"id": Uuid::nil(), "parameters": []}
    }});
    let fault = step(&unknown, &case(), &[template()]).unwrap_err();
    assert!(matches!(fault, OutputFault::Contract(ContractFault::UnknownTemplate(_))), "{fault}");
    let twice = json!({"step": {"type": "action", "action": "SCRIPT_GENERATION", "text": "x", "template": {
        "id": template().id, "parameters": [{"name": "user", "value": "a"}, {"name": "user", "value": "b"}]
    }}});
    assert!(matches!(step(&twice, &case(), &[template()]), Err(OutputFault::Form { .. })));
    assert_eq!(
        step(&json!({"step": [1]}), &case(), &[]),
        Err(OutputFault::Form { field: "step", form: "an object" })
    );
    assert_eq!(step(&json!({}), &case(), &[]), Err(ContractFault::Missing("type").into()));
}

#[test]
fn an_insight_is_read_within_its_bounds() {
    let output =
        |hypotheses: Value| json!({"hypotheses": hypotheses, "nextSteps": [" Look "], "ruledOut": null});
    let read = insight(&output(json!(["Cause", "  "]))).unwrap();
    assert_eq!((read.hypotheses, read.next_steps), (vec!["Cause".to_owned()], vec!["Look".to_owned()]));
    assert!(matches!(insight(&output(json!(vec!["x"; 11]))), Err(OutputFault::TooMany { count: 11, .. })));
    assert!(matches!(
        insight(&output(json!(["x".repeat(501)]))),
        Err(OutputFault::TooLong { length: 501, .. })
    ));
    assert_eq!(
        insight(&output(json!("x"))),
        Err(OutputFault::Form { field: "hypotheses", form: "a list of texts" })
    );
    assert_eq!(
        insight(&json!({"hypotheses": [], "nextSteps": [], "ruledOut": []})),
        Err(OutputFault::Empty("hypotheses"))
    );
}
