use serde_json::{Value, json};

use super::*;
use crate::assistant::case::{Case, GuidingFlow};
use crate::flow::event::{FlowHead, FlowKind};
use crate::flow::tree::{FlowNode, FlowNodeType};
use crate::id::FlowId;
use crate::script::{Parameter, ParameterType};
use crate::session::intake::{Intake, IntakeType};
use crate::session::step::StepKind;

fn flow() -> GuidingFlow {
    let node = |id: &str, parent: Option<&str>, kind| FlowNode {
        id: id.into(),
        parent_id: parent.map(Into::into),
        kind,
        label: Some(id.into()),
        text: id.into(),
        details: None,
        script_template_id: None,
    };
    GuidingFlow {
        flow: FlowId(uuid::Uuid::from_u128(7)),
        version: 3,
        score: Confidence::new(0.9),
        head: FlowHead {
            name: "Lockout".into(),
            description: None,
            kind: FlowKind::Troubleshooting,
            domain: None,
            keywords: vec![],
        },
        nodes: vec![
            node("root", None, FlowNodeType::Question),
            node("yes", Some("root"), FlowNodeType::Question),
            node("fix", Some("yes"), FlowNodeType::Solution),
            node("other", Some("yes"), FlowNodeType::Solution),
            node("no", Some("root"), FlowNodeType::Solution),
        ],
    }
}

fn case() -> Case {
    Case {
        intake: Intake {
            kind: IntakeType::FreeText,
            text: Some("help".into()),
            log: None,
            attachments: vec![],
            ticket: None,
            redactions: vec![],
        },
        ticket: None,
        classification: None,
        flow: Some(flow()),
        close: vec![],
        history: vec![],
        steps_left: 30,
    }
}

fn template() -> OfferedTemplate {
    OfferedTemplate {
        id: TemplateId(uuid::Uuid::from_u128(42)),
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

fn check(written: &Value) -> Result<ValidStep, ContractFault> {
    validate(&ProposedStep::parse(written)?, &case(), &[template()])
}

fn refused(written: &Value) -> ContractFault {
    check(written).expect_err("it breaks the contract")
}

fn question(options: &Value) -> Value {
    json!({"type": "question", "text": "Which?", "options": options, "confidence": 0.5})
}

#[test]
fn a_question_on_the_flow_keeps_its_node_and_where_its_options_lead() {
    let step = check(&json!({
        "type": "question", "text": " Is it locked? ", "contextMessage": "It decides all.", "flowNode": "root",
        "options": [{"label": "Yes", "value": "y", "leadsTo": "yes"}, {"label": "No", "leadsTo": "no"}],
        "allowFreeText": true, "confidence": 1.7, "reasoning": "rules of the house"
    }))
    .unwrap();
    let node = step.flow_node.unwrap();
    assert_eq!((node.node.as_str(), node.version), ("root", 3));
    assert!((step.confidence.score() - 1.0).abs() < f64::EPSILON, "confidence is clamped (2.10)");
    assert_eq!(step.content.text(), "Is it locked?");
    assert!(step.content.allows_free_text() && !step.content.allows_skip());
    let values: Vec<_> =
        step.content.options().iter().map(|o| (o.value.as_str(), o.leads_to.as_deref())).collect();
    assert_eq!(values, [("y", Some("yes")), ("No", Some("no"))]);
}

#[test]
fn each_kind_of_action_becomes_its_kind_of_step() {
    for (written, kind) in [
        ("INSTRUCTION", StepKind::Action),
        ("VERIFICATION", StepKind::Verification),
        ("INFO_REQUEST", StepKind::InfoRequest),
    ] {
        let step =
            check(&json!({"type": "action", "action": written, "text": "Look", "checklist": ["a"]})).unwrap();
        assert_eq!(step.content.kind(), kind);
    }
    let script = check(&json!({
        "type": "action", "action": "SCRIPT_GENERATION", "text": "Run",
        "template": {"id": template().id.to_string(), "parameters": {"user": "anna"}}
    }));
    assert_eq!(script.unwrap().content.kind(), StepKind::ScriptGeneration);
}

#[test]
fn a_resolution_becomes_a_suggestion() {
    let step =
        check(&json!({"type": "resolution", "text": "Do it", "summary": "Done", "followUps": ["Watch"]}));
    assert_eq!(step.unwrap().content.kind(), StepKind::ResolutionSuggestion);
}

#[test]
fn unknown_types_are_refused_by_name() {
    assert!(
        matches!(refused(&json!({"type": "poem", "text": "x"})), ContractFault::UnknownType { found, .. } if found == "poem")
    );
    assert!(matches!(
        refused(&json!({"type": "action", "action": "REBOOT", "text": "x"})),
        ContractFault::UnknownType { field: "action", .. }
    ));
    assert_eq!(refused(&json!({"text": "x"})), ContractFault::Missing("type"));
    assert_eq!(refused(&json!([1])), ContractFault::Missing("type"));
    assert!(matches!(refused(&json!({"type": "question", "text": "x"})), ContractFault::Malformed(_)));
}

#[test]
fn a_question_has_two_to_five_options_with_different_values() {
    let options = |n: usize| -> Value { (0..n).map(|n| json!({"label": n.to_string()})).collect() };
    assert_eq!(refused(&question(&options(1))), ContractFault::OptionCount(1));
    assert_eq!(refused(&question(&options(6))), ContractFault::OptionCount(6));
    assert!(check(&question(&options(5))).is_ok());
    let twice = json!([{"label": "a", "value": "x"}, {"label": "b", "value": "x "}]);
    assert_eq!(refused(&question(&twice)), ContractFault::DuplicateValue("x".into()));
}

#[test]
fn empty_and_too_long_texts_are_refused() {
    let empty = json!([{"label": "a"}, {"label": "  "}]);
    assert_eq!(refused(&question(&empty)), ContractFault::Empty("options.label"));
    assert_eq!(
        refused(&json!({"type": "resolution", "text": "x", "summary": "\n"})),
        ContractFault::Empty("summary")
    );
    assert_eq!(
        refused(&json!({"type": "action", "action": "INSTRUCTION", "text": "ü".repeat(2_001)})),
        ContractFault::TooLong { field: "text", length: 2_001, most: 2_000 }
    );
    let long = json!([{"label": "a", "value": "v".repeat(501)}, {"label": "b"}]);
    assert!(matches!(refused(&question(&long)), ContractFault::TooLong { field: "options.value", .. }));
    let many: Vec<_> = (0..21).map(|n| n.to_string()).collect();
    assert!(matches!(
        refused(&json!({"type": "action", "action": "INSTRUCTION", "text": "x", "checklist": many})),
        ContractFault::TooMany { count: 21, .. }
    ));
}

#[test]
fn only_offered_templates_and_their_parameters_may_be_named() {
    let script = |template: Value| json!({"type": "action", "action": "SCRIPT_GENERATION", "text": "Run", "template": template});
    let id = template().id.to_string();
    assert_eq!(refused(&script(Value::Null)), ContractFault::NoTemplate);
    assert_eq!(refused(&script(json!({"id": "rm -rf"}))), ContractFault::UnknownTemplate("rm -rf".into()));
    assert!(matches!(
        refused(&script(json!({"id": uuid::Uuid::nil().to_string()}))),
        ContractFault::UnknownTemplate(_)
    ));
    assert_eq!(
        refused(&script(json!({"id": id, "parameters": {"password": "x"}}))),
        ContractFault::UnknownParameter("password".into())
    );
    assert_eq!(
        refused(&script(json!({"id": id, "parameters": {"user": ["x"]}}))),
        ContractFault::ParameterForm("user".into())
    );
    // A value that the template would refuse is refused at once (rule 8.3).
    let broken = refused(&script(json!({"id": id, "parameters": {"user": "anna\ncalc"}})));
    assert_eq!(
        broken.to_string(),
        "The value of the parameter \"user\" holds a line break, another control character, or one that cannot be seen."
    );
    let named = json!({"type": "action", "action": "INSTRUCTION", "text": "Run", "template": {"id": id}});
    assert_eq!(refused(&named), ContractFault::TemplateWithoutScript);
}

#[test]
fn nodes_and_options_outside_the_flow_are_refused() {
    let off = json!({"type": "action", "action": "INSTRUCTION", "text": "x", "flowNode": "elsewhere"});
    assert_eq!(refused(&off), ContractFault::NodeOutsideFlow("elsewhere".into()));
    // A grandchild is in the flow, but no child of the node.
    let mut grandchild = question(&json!([{"label": "a", "leadsTo": "fix"}, {"label": "b"}]));
    grandchild["flowNode"] = "root".into();
    assert_eq!(refused(&grandchild), ContractFault::NotAChild("fix".into()));
    let no_node = question(&json!([{"label": "a", "leadsTo": "yes"}, {"label": "b"}]));
    assert_eq!(refused(&no_node), ContractFault::NotAChild("yes".into()));
    let without_flow = Case { flow: None, ..case() };
    let step = ProposedStep::parse(&off).unwrap();
    assert!(matches!(validate(&step, &without_flow, &[]), Err(ContractFault::NodeOutsideFlow(_))));
}

#[test]
fn between_close_matches_options_lead_to_flows() {
    let undecided = Case { flow: None, close: vec![flow(), flow()], ..case() };
    let id = flow().flow.to_string();
    let step =
        ProposedStep::parse(&question(&json!([{"label": "a", "leadsTo": id}, {"label": "b"}]))).unwrap();
    assert!(validate(&step, &undecided, &[]).is_ok());
    assert_eq!(validate(&step, &case(), &[]), Err(ContractFault::NotAChild(id)));
}

#[test]
fn a_proposal_reads_back_as_it_was_written() {
    let step = ProposedStep::parse(&question(&json!([{"label": "a"}, {"label": "b"}]))).unwrap();
    let written = serde_json::to_value(&step).unwrap();
    assert_eq!(written["type"], "question");
    assert_eq!(ProposedStep::parse(&written).unwrap(), step);
}
