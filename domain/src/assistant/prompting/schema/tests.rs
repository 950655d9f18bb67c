//! The schemas against the subset that providers take, and against what the contract reads.

use super::*;
use crate::assistant::contract::{ProposedAction, ProposedOption, ProposedQuestion, ProposedResolution};

/// Whether a value keeps a schema, for the few words that our schemas use; any other word is refused.
fn keeps(schema: &Value, value: &Value) -> bool {
    schema.as_object().expect("a schema").iter().all(|(word, meant)| match word.as_str() {
        "type" => match meant {
            Value::Array(kinds) => kinds.iter().any(|kind| is(kind, value)),
            kind => is(kind, value),
        },
        "enum" => meant.as_array().expect("values").contains(value),
        "anyOf" => meant.as_array().expect("schemas").iter().any(|one| keeps(one, value)),
        "items" => value.as_array().is_none_or(|items| items.iter().all(|item| keeps(meant, item))),
        "required" => value.as_object().is_none_or(|fields| {
            meant
                .as_array()
                .expect("names")
                .iter()
                .all(|name| fields.contains_key(name.as_str().expect("a name")))
        }),
        "properties" => value.as_object().is_none_or(|fields| {
            meant
                .as_object()
                .expect("fields")
                .iter()
                .all(|(name, field)| fields.get(name).is_none_or(|it| keeps(field, it)))
        }),
        "additionalProperties" => value
            .as_object()
            .is_none_or(|fields| fields.keys().all(|name| schema["properties"].get(name).is_some())),
        other => panic!("`{other}` is not in the subset that every provider takes"),
    })
}

fn is(kind: &Value, value: &Value) -> bool {
    match kind.as_str().expect("a kind") {
        "object" => value.is_object(),
        "array" => value.is_array(),
        "string" => value.is_string(),
        "number" => value.is_number(),
        "boolean" => value.is_boolean(),
        "null" => value.is_null(),
        other => panic!("{other}"),
    }
}

fn every_schema(schema: &Value, seen: &mut impl FnMut(&Value)) {
    seen(schema);
    let inner = schema.get("properties").and_then(Value::as_object).into_iter().flat_map(Map::values);
    let either = schema.get("anyOf").and_then(Value::as_array).into_iter().flatten();
    for schema in inner.chain(either).chain(schema.get("items")) {
        every_schema(schema, seen);
    }
}

fn question_sample() -> Value {
    json!({
        "type": "question", "text": "Who?", "contextMessage": "Scope first.", "allowFreeText": true, "allowSkip": false,
        "flowNode": null, "confidence": 0.2,
        "options": [{"label": "One", "value": "one", "followupHint": null, "leadsTo": "n1"}]
    })
}

fn action_sample() -> Value {
    json!({
        "type": "action", "action": "SCRIPT_GENERATION", "text": "Run", "contextMessage": "Why", "expectedOutcome": null,
        "checklist": ["a"], "allowFreeText": true, "allowSkip": true, "flowNode": "n1", "confidence": 1,
        "template": {"id": "x", "parameters": [{"name": "user", "value": "anna"}, {"name": "days", "value": 3}]}
    })
}

fn resolution_sample() -> Value {
    json!({
        "type": "resolution", "text": "Do", "contextMessage": "Why", "summary": "Done", "followUps": [],
        "flowNode": null, "confidence": 0.95
    })
}

fn whole(step: &Value) -> Value {
    json!({ "analysis": "…", "step": step })
}

#[test]
fn every_object_is_closed_and_all_its_fields_are_required() {
    for schema in [step(), classification(), insight(), lesson()] {
        let mut alternatives = 0;
        every_schema(&schema, &mut |one| {
            if one["type"] == "object" {
                assert_eq!(one["additionalProperties"], false, "{one}");
                let mut required: Vec<_> =
                    one["required"].as_array().expect("names").iter().filter_map(Value::as_str).collect();
                required.sort_unstable();
                let fields: Vec<_> =
                    one["properties"].as_object().expect("fields").keys().map(String::as_str).collect();
                assert_eq!(required, fields, "{one}");
            }
            alternatives += usize::from(one.get("anyOf").is_some() || one["type"].is_array());
        });
        assert_eq!(schema["type"], "object", "some providers take nothing else at the top");
        assert!(alternatives <= 16, "{alternatives} alternatives; a provider takes at most 16");
    }
}

#[test]
fn samples_of_each_kind_keep_the_schema_and_broken_ones_do_not() {
    let schema = step();
    for sample in [question_sample(), action_sample(), resolution_sample()] {
        assert!(keeps(&schema, &whole(&sample)), "{sample}");
        for field in sample.as_object().expect("fields").keys() {
            let mut broken = sample.clone();
            broken.as_object_mut().expect("fields").remove(field);
            assert!(!keeps(&schema, &whole(&broken)), "{field} may not be missing");
        }
        let mut broken = sample.clone();
        broken["extra"] = true.into();
        assert!(!keeps(&schema, &whole(&broken)));
        let mut broken = sample;
        broken["type"] = "poem".into();
        assert!(!keeps(&schema, &whole(&broken)));
    }
    let classified =
        json!({"summary": "x", "domain": "M365", "keySymptoms": ["a"], "urgency": "LOW", "flow": "5"});
    assert!(keeps(&classification(), &classified));
    assert!(keeps(&insight(), &json!({"hypotheses": [], "nextSteps": ["a"], "ruledOut": []})));
    let node = json!({"id": "a", "parentId": null, "type": "SOLUTION", "label": null, "text": "b", "details": null, "scriptTemplateId": null});
    let flow = json!({"analysis": "", "title": "a", "description": "b", "keywords": [], "nodes": [node]});
    assert!(keeps(&lesson(), &flow));
}

#[test]
fn the_schema_has_exactly_the_fields_that_the_contract_reads() {
    let written = |step: &dyn Fn() -> serde_json::Result<Value>| -> Vec<String> {
        let fields = step().expect("JSON");
        let names = fields.as_object().expect("fields").keys().cloned();
        names.filter(|name| name != "reasoning").collect()
    };
    let schema = |schema: &Value| -> Vec<String> {
        let names = schema["properties"].as_object().expect("fields").keys().cloned();
        names.filter(|name| name != "type").collect()
    };
    assert_eq!(written(&|| serde_json::to_value(ProposedQuestion::default())), schema(&question()));
    assert_eq!(written(&|| serde_json::to_value(ProposedResolution::default())), schema(&resolution()));
    let option = &question()["properties"]["options"]["items"];
    assert_eq!(written(&|| serde_json::to_value(ProposedOption::default())), schema(option));
    let read: ProposedAction =
        serde_json::from_value(json!({"action": "INSTRUCTION", "text": "x"})).expect("an action");
    assert_eq!(written(&|| serde_json::to_value(&read)), schema(&action()));
}

#[test]
fn what_keeps_the_schema_is_read_by_the_contract() {
    use crate::assistant::reading;
    use crate::assistant::reading::OutputFault;
    let case = crate::assistant::prompting::tests::empty_case();
    for sample in [question_sample(), action_sample(), resolution_sample()] {
        let fault = reading::step(&whole(&sample), &case, &[]).err();
        // Its form is right; only what no schema can say may be wrong.
        assert!(
            !matches!(
                fault,
                Some(OutputFault::Contract(
                    crate::assistant::contract::ContractFault::Malformed(_)
                        | crate::assistant::contract::ContractFault::Missing(_)
                ))
            ),
            "{sample}: {fault:?}"
        );
    }
}
