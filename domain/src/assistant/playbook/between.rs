//! Telling close matches apart: one question before any flow is followed.

use super::fit;
use crate::assistant::case::{Case, GuidingFlow};
use crate::assistant::contract::{MAX_LINE, MAX_OPTIONS, ProposedOption, ProposedQuestion, ProposedStep};
use crate::flow::tree::{FlowNode, FlowNodeType};
use crate::session::answer::Answer;

const NONE_OF_THESE: &str = "None of these";

/// How far the question between close matches has come.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Decision<'a> {
    /// There is nothing to decide: a flow is followed already, or none was close.
    Needless,
    /// It is to be asked.
    Open,
    /// The engineer decided for this flow.
    For(&'a GuidingFlow),
    /// The engineer said that it is none of them.
    None,
}

/// Reads the decision from the course so far.
pub(super) fn decision(case: &Case) -> Decision<'_> {
    let close = &case.close[..case.close.len().min(MAX_OPTIONS - 1)];
    if case.flow.is_some() || close.len() < 2 {
        return Decision::Needless;
    }
    let leads_to = |id: Option<&str>| close.iter().find(|flow| id == Some(&flow.flow.to_string()));
    let is_it = |options: &[crate::session::step::StepOption]| {
        options.iter().any(|option| leads_to(option.leads_to.as_deref()).is_some())
    };
    let asked = case.history.iter().filter(|past| is_it(past.step.content.options()));
    let Some(answer) = asked.filter_map(|past| past.answer.as_ref()).next_back() else {
        return Decision::Open;
    };
    match answer {
        Answer::Option(option) => leads_to(option.leads_to.as_deref()).map_or(Decision::None, Decision::For),
        Answer::FreeText(words) => Decision::For(by_words(close, words)),
        Answer::Skipped | Answer::ActionResult(_) => Decision::For(&close[0]),
    }
}

/// The question.
pub(super) fn question(case: &Case) -> ProposedStep {
    let close = &case.close[..case.close.len().min(MAX_OPTIONS - 1)];
    let mut options: Vec<ProposedOption> = close
        .iter()
        .map(|flow| ProposedOption {
            label: clip(&flow.head.name),
            value: Some(flow.flow.to_string()),
            followup_hint: flow.head.description.as_deref().map(clip).filter(|hint| !hint.is_empty()),
            leads_to: Some(flow.flow.to_string()),
        })
        .collect();
    options.push(ProposedOption { label: NONE_OF_THESE.into(), ..ProposedOption::default() });
    ProposedStep::Question(ProposedQuestion {
        text: "Which of these describes the problem best?".into(),
        context_message: Some(
            "Several known problems fit what was written about equally well. The answer decides which of them is followed."
                .into(),
        ),
        options,
        allow_free_text: true,
        allow_skip: true,
        reasoning: Some("Close matches: asks what tells them apart before following one.".into()),
        confidence: close.first().map_or(0.0, |best| best.score.score()),
        flow_node: None,
    })
}

/// The flow whose name and description the words fit; the best match, if they fit none.
fn by_words<'a>(close: &'a [GuidingFlow], words: &str) -> &'a GuidingFlow {
    let as_nodes: Vec<FlowNode> = close
        .iter()
        .map(|flow| FlowNode {
            id: flow.flow.to_string(),
            parent_id: None,
            kind: FlowNodeType::Question,
            label: Some(format!("{} {}", flow.head.name, flow.head.keywords.join(" "))),
            text: flow.head.description.clone().unwrap_or_default(),
            details: None,
            script_template_id: None,
        })
        .collect();
    let fitting = fit::by_words(&as_nodes.iter().collect::<Vec<_>>(), words);
    close
        .iter()
        .find(|flow| fitting.is_some_and(|node| node.id == flow.flow.to_string()))
        .unwrap_or(&close[0])
}

fn clip(text: &str) -> String {
    text.trim().chars().take(MAX_LINE).collect()
}
