//! Flows as models write them: what is taken, and what is told to be wrong.

use serde_json::json;

use super::*;

fn node(id: &str, parent: Option<&str>, kind: &str, label: Option<&str>) -> Value {
    json!({
        "id": id, "parentId": parent, "type": kind, "label": label, "text": format!("Text of {id}"), "details": null,
        "scriptTemplateId": null,
    })
}

fn tree() -> Vec<Value> {
    vec![
        node("which", None, "QUESTION", None),
        node("look", Some("which"), "ACTION", Some("This one")),
        node("clear", Some("look"), "SOLUTION", None),
        node("ask", Some("which"), "SOLUTION", Some("That one")),
    ]
}

fn written(nodes: &[Value]) -> Value {
    json!({
        "analysis": "It was the cache.", "title": " Cache  is\nfull ", "description": "It fills.",
        "keywords": ["cache full", "", "cache  full", "slow"], "nodes": nodes,
    })
}

fn read(nodes: &[Value], base: &[FlowNode]) -> Result<WrittenFlow, OutputFault> {
    lesson(&written(nodes), (FlowKind::Troubleshooting, base), &[])
}

#[test]
fn a_flat_list_of_nodes_is_a_tree_with_a_head() {
    let flow = read(&tree(), &[]).unwrap();
    assert_eq!((flow.title.as_str(), flow.description.as_str()), ("Cache is full", "It fills."));
    assert_eq!(flow.keywords, ["cache full", "slow"]);
    assert_eq!(flow.nodes.len(), 4);
    assert_eq!(flow.nodes[1].label.as_deref(), Some("This one"));
    assert!(!format!("{flow:?}").contains("Cache"), "what a model writes is not for logs");
}

#[test]
fn every_fault_of_a_tree_is_named_at_once_for_the_one_retry() {
    let mut nodes = tree();
    nodes[1]["label"] = Value::Null;
    nodes[3]["parentId"] = "nowhere".into();
    let told = read(&nodes, &[]).unwrap_err().to_string();
    for named in ["\"look\"", "label", "\"ask\"", "\"nowhere\"", "\"which\""] {
        assert!(told.contains(named), "{named}: {told}");
    }
}

#[test]
fn what_is_missing_of_another_form_or_not_offered_is_named() {
    for (field, value, told) in [
        ("title", json!("  "), "`title` is empty."),
        ("description", Value::Null, "`description` must be a text."),
        ("nodes", json!({}), "`nodes` must be a list of nodes."),
        ("nodes", json!(["which"]), "There is no complete JSON object in the answer."),
        (
            "nodes",
            json!([]),
            "The tree can't be published. The tree: it has no nodes; a flow needs at least one.",
        ),
    ] {
        let mut said = written(&tree());
        said[field] = value;
        let fault = lesson(&said, (FlowKind::Troubleshooting, &[]), &[]).unwrap_err();
        assert!(fault.to_string().starts_with(told), "{field}: {fault}");
    }
    let mut nodes = tree();
    nodes[2]["id"] = "Jane's PC".into();
    assert!(matches!(read(&nodes, &[]), Err(OutputFault::Form { field: "id", .. })), "an id is no text");
    let mut nodes = tree();
    nodes[1]["scriptTemplateId"] = "0190c0de-0000-7000-8000-000000000001".into();
    assert!(matches!(read(&nodes, &[]), Err(OutputFault::Unknown { field: "scriptTemplateId", .. })));
}

#[test]
fn of_a_node_that_stays_only_what_was_shown_can_change() {
    let mut base = read(&tree(), &[]).unwrap().nodes;
    base[1].text = "Text of\n  look".to_owned();
    base[2].label = Some("It worked".to_owned());
    assert_eq!(read(&tree(), &base), Err(OutputFault::Unchanged));
    let mut nodes = tree();
    nodes.push(node("third", Some("which"), "SOLUTION", Some("A third one")));
    let changed = read(&nodes, &base).unwrap().nodes;
    assert_eq!(changed[..4], base, "what stays is as it was, to the letter");
    nodes[0]["text"] = "Which one is it?".into();
    assert_eq!(read(&nodes, &base).unwrap().nodes[0].text, "Which one is it?");
}
