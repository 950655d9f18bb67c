//! Reading what a model wrote: a classification, a step, an insight or a flow, or else a fault in a sentence that the model can
//! mend in the one retry.
//!
//! The schema may have been enforced by the provider already; everything is checked here all the same.

mod json;
mod lesson;

use serde_json::{Map, Value};

pub use json::object;
pub use lesson::{WrittenFlow, lesson};

use crate::assistant::case::Case;
use crate::assistant::contract::{
    self, ContractFault, MAX_CONTEXT, MAX_LINE, OfferedTemplate, ProposedStep, ValidStep,
};
use crate::assistant::playbook;
use crate::assistant::prompting::limits::MAX_CANDIDATES;
use crate::id::FlowId;
use crate::matching::MatchableFlow;
use crate::problem::{Classification, ProblemDomain, Urgency};
use crate::session::event::TicketContext;
use crate::session::intake::Intake;
use crate::session::view::cut_at_word;

/// Longest summary, in characters (rule 2.3).
const MAX_SUMMARY: usize = 120;
/// Most symptoms that are kept, and the longest of one.
const MAX_SYMPTOMS: usize = 8;
const MAX_SYMPTOM: usize = 200;
/// Most entries of each list of an insight.
const MAX_ENTRIES: usize = 10;

/// Why an answer can't be used, in words for the model that wrote it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[expect(missing_docs, reason = "the sentences say it")]
pub enum OutputFault {
    #[error("There was no answer.")]
    Nothing,
    #[error("There is no complete JSON object in the answer.")]
    NoObject,
    #[error("The JSON object is broken at line {line}, column {column}.")]
    Broken { line: usize, column: usize },
    #[error("There is more than one JSON object in the answer.")]
    Several,
    #[error("`{0}` is missing.")]
    Missing(&'static str),
    #[error("`{0}` is empty.")]
    Empty(&'static str),
    #[error("`{field}` must be {form}.")]
    Form { field: &'static str, form: &'static str },
    #[error("`{field}` is \"{found}\", but must be one of: {allowed}.")]
    Unknown { field: &'static str, found: String, allowed: String },
    #[error("`{field}` has {count} entries; at most {most} are allowed.")]
    TooMany { field: &'static str, count: usize, most: usize },
    #[error("An entry of `{field}` has {length} characters; at most {most} are allowed.")]
    TooLong { field: &'static str, length: usize, most: usize },
    #[error("The tree can't be published. {0}")]
    Tree(String),
    #[error("The flow is the same as before: nothing of what the case adds is in it.")]
    Unchanged,
    #[error(transparent)]
    Contract(#[from] ContractFault),
}

/// An intake as a model read it.
#[derive(Debug, Clone, PartialEq)]
pub struct Classified {
    /// What it is about.
    pub classification: Classification,
    /// The candidate that was confirmed. None where none was, and in a fallback, which judged none.
    pub flow: Option<FlowId>,
    /// It is the fallback of rule 2.3.
    pub fallback: bool,
}

/// What the assistant adds to an escalation.
#[derive(Clone, PartialEq, Eq)]
pub struct EscalationInsight {
    /// What may still be the cause.
    pub hypotheses: Vec<String>,
    /// What to do next.
    pub next_steps: Vec<String>,
    /// What is ruled out.
    pub ruled_out: Vec<String>,
}

crate::session::view::hides_content!(EscalationInsight);

/// Reads a classification; `candidates` are those of the prompt. A summary that is too long is cut at a word.
///
/// # Errors
/// The first fault found.
pub fn classification(output: &Value, candidates: &[MatchableFlow]) -> Result<Classified, OutputFault> {
    let written = fields(output)?;
    let summary = one_line(text(written, "summary")?);
    if summary.is_empty() {
        return Err(OutputFault::Empty("summary"));
    }
    let mut symptoms: Vec<String> = Vec::new();
    for symptom in texts(written, "keySymptoms")? {
        let symptom = cut_at_word(&one_line(symptom), MAX_SYMPTOM);
        if !symptom.is_empty() && !symptoms.contains(&symptom) && symptoms.len() < MAX_SYMPTOMS {
            symptoms.push(symptom);
        }
    }
    let classification = Classification {
        summary: cut_at_word(&summary, MAX_SUMMARY).into(),
        domain: named(written, "domain", ProblemDomain::ALL.map(|domain| (domain.as_str(), domain)))?,
        key_symptoms: symptoms.into(),
        urgency: named(written, "urgency", URGENCIES)?,
    };
    Ok(Classified { classification, flow: confirmed(written, candidates)?, fallback: false })
}

/// What is recorded when no classification came: nothing is guessed (rule 2.3).
pub fn fallback(intake: &Intake, ticket: Option<&TicketContext>) -> Classified {
    let classification = playbook::fallback_classification(intake, ticket);
    Classified { classification, flow: None, fallback: true }
}

/// Reads a step and checks it against the contract (rule 4.3).
///
/// # Errors
/// The first fault found.
pub fn step(output: &Value, case: &Case, templates: &[OfferedTemplate]) -> Result<ValidStep, OutputFault> {
    let proposed = ProposedStep::parse(&proposal(fields(output)?.clone())?)?;
    Ok(contract::validate(&proposed, case, templates)?)
}

/// Reads an escalation's insight.
///
/// # Errors
/// The first fault found; that all three lists are empty is one.
pub fn insight(output: &Value) -> Result<EscalationInsight, OutputFault> {
    let written = fields(output)?;
    let insight = EscalationInsight {
        hypotheses: entries(written, "hypotheses")?,
        next_steps: entries(written, "nextSteps")?,
        ruled_out: entries(written, "ruledOut")?,
    };
    if insight.hypotheses.is_empty() && insight.next_steps.is_empty() && insight.ruled_out.is_empty() {
        return Err(OutputFault::Empty("hypotheses"));
    }
    Ok(insight)
}

const URGENCIES: [(&str, Urgency); 4] = [
    ("LOW", Urgency::Low),
    ("MEDIUM", Urgency::Medium),
    ("HIGH", Urgency::High),
    ("CRITICAL", Urgency::Critical),
];

/// The step in the contract's form: nulls left out, the analysis as its reasoning, a template's pairs as one object.
fn proposal(mut written: Map<String, Value>) -> Result<Value, OutputFault> {
    let analysis = written.remove("analysis");
    let mut step = match written.remove("step") {
        Some(Value::Object(step)) => step,
        Some(_) => return Err(OutputFault::Form { field: "step", form: "an object" }),
        // Without a schema to hold it some models leave the outer object away.
        None => written,
    };
    if let Some(Value::String(analysis)) = analysis.or_else(|| step.remove("reasoning")) {
        step.insert("reasoning".to_owned(), cut_at_word(analysis.trim(), MAX_CONTEXT).into());
    }
    if step.get("flowNode").is_some_and(|node| node == "") {
        step.remove("flowNode");
    }
    if step.get("template").is_some_and(|template| template["id"] == "") {
        step.remove("template");
    }
    if let Some(parameters) = step.get_mut("template").and_then(|template| template.get_mut("parameters")) {
        *parameters = keyed(parameters)?;
    }
    let mut step = Value::Object(step);
    without_nulls(&mut step);
    Ok(step)
}

/// `[{"name": "user", "value": "anna"}]` as `{"user": "anna"}`.
fn keyed(parameters: &Value) -> Result<Value, OutputFault> {
    const FORM: OutputFault = OutputFault::Form {
        field: "template.parameters",
        form: "a list of {\"name\", \"value\"}, each name once",
    };
    let Value::Array(pairs) = parameters else { return Ok(parameters.clone()) };
    let mut keyed = Map::new();
    for pair in pairs {
        let name = pair["name"].as_str().ok_or(FORM)?;
        if keyed.insert(name.to_owned(), pair["value"].clone()).is_some() {
            return Err(FORM);
        }
    }
    Ok(Value::Object(keyed))
}

fn without_nulls(value: &mut Value) {
    match value {
        Value::Object(fields) => {
            fields.retain(|_, field| !field.is_null());
            fields.values_mut().for_each(without_nulls);
        }
        Value::Array(items) => items.iter_mut().for_each(without_nulls),
        _ => {}
    }
}

/// The candidate of the number that was written.
fn confirmed(
    written: &Map<String, Value>,
    candidates: &[MatchableFlow],
) -> Result<Option<FlowId>, OutputFault> {
    let offered = candidates.iter().take(MAX_CANDIDATES);
    let numbers: Vec<String> = (1..=offered.len()).map(|number| number.to_string()).collect();
    let found = match written.get("flow").ok_or(OutputFault::Missing("flow"))? {
        Value::Null => return Ok(None),
        Value::String(number) => number.trim().to_owned(),
        Value::Number(number) => number.to_string(),
        _ => return Err(OutputFault::Form { field: "flow", form: "a candidate's number or \"none\"" }),
    };
    if found.eq_ignore_ascii_case("none") {
        return Ok(None);
    }
    let place = numbers.iter().position(|number| *number == found).ok_or_else(|| OutputFault::Unknown {
        field: "flow",
        found: clip(&found),
        allowed: numbers.iter().map(String::as_str).chain(["none"]).collect::<Vec<_>>().join(", "),
    })?;
    Ok(candidates.get(place).map(|flow| flow.flow))
}

fn named<T: Copy, const N: usize>(
    written: &Map<String, Value>,
    field: &'static str,
    allowed: [(&'static str, T); N],
) -> Result<T, OutputFault> {
    let name = text(written, field)?;
    let known = allowed.iter().find(|(known, _)| *known == name.trim());
    known.map(|(_, value)| *value).ok_or_else(|| OutputFault::Unknown {
        field,
        found: clip(name),
        allowed: allowed.map(|(name, _)| name).join(", "),
    })
}

fn fields(output: &Value) -> Result<&Map<String, Value>, OutputFault> {
    output.as_object().ok_or(OutputFault::NoObject)
}

fn text<'a>(written: &'a Map<String, Value>, field: &'static str) -> Result<&'a str, OutputFault> {
    let value = written.get(field).ok_or(OutputFault::Missing(field))?;
    value.as_str().ok_or(OutputFault::Form { field, form: "a text" })
}

fn texts<'a>(written: &'a Map<String, Value>, field: &'static str) -> Result<Vec<&'a str>, OutputFault> {
    const FORM: &str = "a list of texts";
    match written.get(field).ok_or(OutputFault::Missing(field))? {
        Value::Null => Ok(Vec::new()),
        Value::Array(items) => {
            items.iter().map(|item| item.as_str().ok_or(OutputFault::Form { field, form: FORM })).collect()
        }
        _ => Err(OutputFault::Form { field, form: FORM }),
    }
}

fn entries(written: &Map<String, Value>, field: &'static str) -> Result<Vec<String>, OutputFault> {
    let texts = texts(written, field)?;
    if texts.len() > MAX_ENTRIES {
        return Err(OutputFault::TooMany { field, count: texts.len(), most: MAX_ENTRIES });
    }
    let entries: Vec<String> =
        texts.iter().map(|text| text.trim().to_owned()).filter(|text| !text.is_empty()).collect();
    let length = |entry: &String| entry.chars().count();
    match entries.iter().map(length).find(|length| *length > MAX_LINE) {
        Some(length) => Err(OutputFault::TooLong { field, length, most: MAX_LINE }),
        None => Ok(entries),
    }
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// A fault quotes what it found, but not all of it.
fn clip(text: &str) -> String {
    text.chars().take(40).collect()
}

#[cfg(test)]
mod tests;
