//! The check itself.

use std::collections::HashSet;

use serde_json::Value;

use super::{
    ActionKind, ContractFault, MAX_CONTEXT, MAX_LINE, MAX_LINES, MAX_OPTIONS, MAX_PARAMETER, MAX_STEP_TEXT,
    MIN_OPTIONS, OfferedTemplate, ProposedAction, ProposedOption, ProposedQuestion, ProposedResolution,
    ProposedStep, ProposedTemplate, ValidStep,
};
use crate::assistant::case::Case;
use crate::flow::tree::Tree;
use crate::id::TemplateId;
use crate::personal::Personal;
use crate::session::answer::MAX_OPTION_VALUE;
use crate::session::status::Confidence;
use crate::session::step::{ActionContent, FlowNodeRef, StepContent, StepOption};

type Checked<T> = Result<T, ContractFault>;

/// Checks a proposed step against the contract, the case it is meant for and the templates that were offered.
///
/// # Errors
/// The first fault found.
pub fn validate(proposed: &ProposedStep, case: &Case, templates: &[OfferedTemplate]) -> Checked<ValidStep> {
    let (content, confidence, node, reasoning) = match proposed {
        ProposedStep::Question(question) => {
            (check_question(question, case)?, question.confidence, &question.flow_node, &question.reasoning)
        }
        ProposedStep::Action(action) => {
            (check_action(action, templates)?, action.confidence, &action.flow_node, &action.reasoning)
        }
        ProposedStep::Resolution(resolution) => {
            let content = check_resolution(resolution)?;
            (content, resolution.confidence, &resolution.flow_node, &resolution.reasoning)
        }
    };
    let flow_node = node.as_deref().map(|node| followed(node, case)).transpose()?;
    let reasoning = optional("reasoning", reasoning.as_deref(), MAX_CONTEXT)?.map(Personal::into_inner);
    Ok(ValidStep { content, confidence: Confidence::new(confidence), flow_node, reasoning })
}

fn check_question(question: &ProposedQuestion, case: &Case) -> Checked<StepContent> {
    let text = required("text", &question.text, MAX_STEP_TEXT)?;
    let context_message = optional("contextMessage", question.context_message.as_deref(), MAX_CONTEXT)?;
    if !(MIN_OPTIONS..=MAX_OPTIONS).contains(&question.options.len()) {
        return Err(ContractFault::OptionCount(question.options.len()));
    }
    let targets = targets(question.flow_node.as_deref(), case);
    let options = question
        .options
        .iter()
        .map(|option| check_option(option, &targets))
        .collect::<Checked<Vec<StepOption>>>()?;
    let mut values = HashSet::new();
    if let Some(twice) = options.iter().find(|option| !values.insert(option.value.as_str())) {
        return Err(ContractFault::DuplicateValue(twice.value.to_string()));
    }
    Ok(StepContent::Question {
        text,
        context_message,
        options,
        allow_free_text: question.allow_free_text,
        allow_skip: question.allow_skip,
    })
}

/// What options may lead to: the children of the followed node; off the flow, the flows that are still to be told apart.
fn targets(node: Option<&str>, case: &Case) -> HashSet<String> {
    match (node, &case.flow) {
        (Some(node), Some(flow)) => {
            Tree::new(&flow.nodes).children(node).map(|child| child.id.clone()).collect()
        }
        (None, None) => case.close.iter().map(|flow| flow.flow.to_string()).collect(),
        _ => HashSet::new(),
    }
}

fn check_option(option: &ProposedOption, targets: &HashSet<String>) -> Checked<StepOption> {
    let label = required("options.label", &option.label, MAX_LINE)?;
    let value = match &option.value {
        Some(value) => required("options.value", value, MAX_OPTION_VALUE)?,
        None => label.clone(),
    };
    let leads_to = option.leads_to.clone().filter(|target| !target.is_empty());
    if let Some(target) = leads_to.as_ref().filter(|target| !targets.contains(*target)) {
        return Err(ContractFault::NotAChild(target.clone()));
    }
    let followup_hint = optional("options.followupHint", option.followup_hint.as_deref(), MAX_LINE)?;
    Ok(StepOption { label, value, followup_hint, leads_to })
}

fn check_action(action: &ProposedAction, templates: &[OfferedTemplate]) -> Checked<StepContent> {
    let text = required("text", &action.text, MAX_STEP_TEXT)?;
    let context_message = optional("contextMessage", action.context_message.as_deref(), MAX_CONTEXT)?;
    let expected = optional("expectedOutcome", action.expected_outcome.as_deref(), MAX_STEP_TEXT)?;
    let checklist = lines("checklist", &action.checklist)?;
    if action.action == ActionKind::ScriptGeneration {
        let named = action.template.as_ref().ok_or(ContractFault::NoTemplate)?;
        let (template, prefilled) = check_template(named, templates)?;
        return Ok(StepContent::ScriptGeneration {
            text,
            context_message,
            instructions: expected,
            template,
            prefilled,
            allow_free_text: action.allow_free_text,
            allow_skip: action.allow_skip,
        });
    }
    if action.template.is_some() {
        return Err(ContractFault::TemplateWithoutScript);
    }
    let content = ActionContent {
        text,
        context_message,
        expected_outcome: expected,
        checklist,
        allow_free_text: action.allow_free_text,
        allow_skip: action.allow_skip,
    };
    Ok(match action.action {
        ActionKind::Verification => StepContent::Verification(content),
        ActionKind::InfoRequest => StepContent::InfoRequest(content),
        ActionKind::Instruction | ActionKind::ScriptGeneration => StepContent::Action(content),
    })
}

fn check_template(
    named: &ProposedTemplate,
    offered: &[OfferedTemplate],
) -> Checked<(TemplateId, Personal<Value>)> {
    let template = named
        .id
        .parse::<TemplateId>()
        .ok()
        .and_then(|id| offered.iter().find(|template| template.id == id))
        .ok_or_else(|| ContractFault::UnknownTemplate(clip(&named.id)))?;
    for (key, value) in &named.parameters {
        let parameter = template.parameters.iter().find(|parameter| parameter.key == *key);
        let parameter = parameter.ok_or_else(|| ContractFault::UnknownParameter(clip(key)))?;
        let text = match value {
            Value::String(text) if text.chars().count() <= MAX_PARAMETER => text.clone(),
            Value::Bool(_) | Value::Number(_) => value.to_string(),
            Value::String(_) | Value::Null | Value::Array(_) | Value::Object(_) => {
                return Err(ContractFault::ParameterForm(clip(key)));
            }
        };
        // What would be refused when the script is generated is better refused now (rule 8.3).
        if let Err(fault) = parameter.check(&text) {
            return Err(ContractFault::ParameterValue { key: clip(key), fault });
        }
    }
    Ok((template.id, Value::Object(named.parameters.clone()).into()))
}

fn check_resolution(resolution: &ProposedResolution) -> Checked<StepContent> {
    Ok(StepContent::ResolutionSuggestion {
        text: required("text", &resolution.text, MAX_STEP_TEXT)?,
        context_message: optional("contextMessage", resolution.context_message.as_deref(), MAX_CONTEXT)?,
        summary: required("summary", &resolution.summary, MAX_STEP_TEXT)?,
        follow_ups: lines("followUps", &resolution.follow_ups)?,
    })
}

fn followed(node: &str, case: &Case) -> Checked<FlowNodeRef> {
    let flow = case.flow.as_ref().filter(|flow| flow.nodes.iter().any(|known| known.id == node));
    let flow = flow.ok_or_else(|| ContractFault::NodeOutsideFlow(clip(node)))?;
    Ok(FlowNodeRef { flow: flow.flow, version: flow.version, node: node.to_owned() })
}

fn required(field: &'static str, text: &str, most: usize) -> Checked<Personal<String>> {
    optional(field, Some(text), most)?.ok_or(ContractFault::Empty(field))
}

/// Nothing but white space counts as nothing.
fn optional(field: &'static str, text: Option<&str>, most: usize) -> Checked<Option<Personal<String>>> {
    let Some(text) = text.map(str::trim).filter(|text| !text.is_empty()) else { return Ok(None) };
    let length = text.chars().count();
    if length > most {
        return Err(ContractFault::TooLong { field, length, most });
    }
    Ok(Some(text.into()))
}

fn lines(field: &'static str, given: &[String]) -> Checked<Personal<Vec<String>>> {
    if given.len() > MAX_LINES {
        return Err(ContractFault::TooMany { field, count: given.len(), most: MAX_LINES });
    }
    let lines = given.iter().map(|line| Ok(required(field, line, MAX_LINE)?.into_inner()));
    Ok(lines.collect::<Checked<Vec<String>>>()?.into())
}

/// A fault quotes what it found, but not all of it: it travels into a prompt and a message.
fn clip(text: &str) -> String {
    text.chars().take(80).collect()
}
