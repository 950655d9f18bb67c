//! The JSON schemas of answers, in the subset that every provider's structured output takes: each object closed and all its
//! fields required, no recursion, no bounds on numbers, lengths or counts. Those are checked afterwards, by
//! [`crate::assistant::reading`] and [`crate::assistant::contract`].
//!
//! Some providers write fields in the order of their names; `analysis` stands beside `step` so that thinking comes first.

use serde_json::{Map, Value, json};

use super::limits::MAX_CANDIDATES;
use crate::problem::{ProblemDomain, Urgency};

/// Of a classification.
pub(super) fn classification() -> Value {
    let domains = ProblemDomain::ALL.map(ProblemDomain::as_str);
    let urgencies = [Urgency::Low, Urgency::Medium, Urgency::High, Urgency::Critical];
    let numbers = (1..=MAX_CANDIDATES).map(|number| number.to_string());
    let flows: Vec<_> = numbers.chain(["none".to_owned()]).collect();
    object([
        ("summary", text()),
        ("domain", json!({ "type": "string", "enum": domains })),
        ("keySymptoms", texts()),
        ("urgency", json!({ "type": "string", "enum": urgencies })),
        ("flow", json!({ "type": "string", "enum": flows })),
    ])
}

/// Of a step: `step` is what [`crate::assistant::contract::ProposedStep`] reads, but for its reasoning, which is
/// `analysis`, and a template's parameters, which are pairs because a closed object can't have fields of any name.
pub(super) fn step() -> Value {
    object([("analysis", text()), ("step", json!({ "anyOf": [question(), action(), resolution()] }))])
}

/// Of an escalation's insight.
pub(super) fn insight() -> Value {
    object([("hypotheses", texts()), ("nextSteps", texts()), ("ruledOut", texts())])
}

/// Of a lesson: a tree as a flat list, for no provider's structured output takes every recursion.
pub(super) fn lesson() -> Value {
    let node = object([
        ("id", text()),
        ("parentId", nullable_text()),
        ("type", one_of(&["QUESTION", "ACTION", "SOLUTION"])),
        ("label", nullable_text()),
        ("text", text()),
        ("details", nullable_text()),
        ("scriptTemplateId", nullable_text()),
    ]);
    object([
        ("analysis", text()),
        ("title", text()),
        ("description", text()),
        ("keywords", texts()),
        ("nodes", json!({ "type": "array", "items": node })),
    ])
}

fn question() -> Value {
    let option = object([
        ("label", text()),
        ("value", text()),
        ("followupHint", nullable_text()),
        ("leadsTo", nullable_text()),
    ]);
    object([
        ("type", one_of(&["question"])),
        ("text", text()),
        ("contextMessage", text()),
        ("options", json!({ "type": "array", "items": option })),
        ("allowFreeText", json!({ "type": "boolean" })),
        ("allowSkip", json!({ "type": "boolean" })),
        ("flowNode", nullable_text()),
        ("confidence", json!({ "type": "number" })),
    ])
}

fn action() -> Value {
    let value = ["string", "number", "boolean"].map(|kind| json!({ "type": kind }));
    let parameter = object([("name", text()), ("value", json!({ "anyOf": value }))]);
    let template = object([("id", text()), ("parameters", json!({ "type": "array", "items": parameter }))]);
    object([
        ("type", one_of(&["action"])),
        ("action", one_of(&["INSTRUCTION", "VERIFICATION", "INFO_REQUEST", "SCRIPT_GENERATION"])),
        ("text", text()),
        ("contextMessage", text()),
        ("expectedOutcome", nullable_text()),
        ("checklist", texts()),
        ("template", json!({ "anyOf": [template, { "type": "null" }] })),
        ("allowFreeText", json!({ "type": "boolean" })),
        ("allowSkip", json!({ "type": "boolean" })),
        ("flowNode", nullable_text()),
        ("confidence", json!({ "type": "number" })),
    ])
}

fn resolution() -> Value {
    object([
        ("type", one_of(&["resolution"])),
        ("text", text()),
        ("contextMessage", text()),
        ("summary", text()),
        ("followUps", texts()),
        ("flowNode", nullable_text()),
        ("confidence", json!({ "type": "number" })),
    ])
}

/// A closed object, all its fields required.
fn object<const N: usize>(fields: [(&str, Value); N]) -> Value {
    let names = fields.each_ref().map(|(name, _)| *name).to_vec();
    let properties: Map<String, Value> =
        fields.into_iter().map(|(name, field)| (name.to_owned(), field)).collect();
    json!({ "type": "object", "properties": properties, "required": names, "additionalProperties": false })
}

fn text() -> Value {
    json!({ "type": "string" })
}

fn nullable_text() -> Value {
    json!({ "type": ["string", "null"] })
}

fn texts() -> Value {
    json!({ "type": "array", "items": { "type": "string" } })
}

fn one_of(names: &[&str]) -> Value {
    json!({ "type": "string", "enum": names })
}

#[cfg(test)]
mod tests;
