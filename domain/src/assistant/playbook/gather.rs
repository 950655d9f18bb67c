//! When no flow leads on: the facts that its domain always needs, then the honest end: escalate, or write down what helped.

use super::facts::{self, Fact};
use crate::assistant::case::Case;
use crate::assistant::contract::{
    ActionKind, ProposedAction, ProposedOption, ProposedQuestion, ProposedStep,
};
use crate::problem::ProblemDomain;

/// With no flow at all.
const WITHOUT_FLOW: f64 = 0.2;
/// When a flow was followed to its end without finding the cause.
const AFTER_FLOW: f64 = 0.3;

const NOTHING_FITS: &str = "No published flow fits this problem well enough to follow, so the facts come first that \
                            everybody who works on it will ask for.";
const END: &str = "There is nothing left to try from what is known. Escalate with what has been gathered, or tell \
                   what helped if it is solved by now.";
const END_AGAIN: &str =
    "Has anything new turned up? Tell what helped and resolve the session, or escalate it.";
const END_ONCE_MORE: &str = "What was seen or done since? If nothing moves it, escalate; if it is solved, resolve with \
                             what helped.";

/// The next fact that nobody has given yet; the end, once there is none or no room for it.
pub(super) fn next(case: &Case) -> ProposedStep {
    match missing(case).next().filter(|_| case.steps_left > 1) {
        Some(fact) => ask(fact, intro(case), confidence(case)),
        None => end(case),
    }
}

/// The facts that nobody has given yet.
pub(super) fn missing(case: &Case) -> impl Iterator<Item = &'static Fact> {
    let answered = |text: &str| {
        case.history.iter().any(|past| past.answer.is_some() && past.step.content.text() == text)
    };
    needed(case).iter().filter(move |fact| !answered(fact.text))
}

fn needed(case: &Case) -> &'static [Fact] {
    let classification = case.classification.as_ref();
    facts::of(classification.map_or(ProblemDomain::Other, |classification| classification.domain))
}

/// Said once, with the first fact.
fn intro(case: &Case) -> Option<String> {
    let begun = |fact: &Fact| case.history.iter().any(|past| past.step.content.text() == fact.text);
    if needed(case).iter().any(begun) {
        return None;
    }
    Some(match &case.flow {
        Some(flow) => format!(
            "Every branch of \"{}\" that fits was tried without finding the cause. Before it goes to somebody else, \
             the facts that they will ask for.",
            flow.head.name
        ),
        None => NOTHING_FITS.to_owned(),
    })
}

fn ask(fact: &Fact, intro: Option<String>, confidence: f64) -> ProposedStep {
    let context_message = Some(intro.map_or(fact.why.to_owned(), |intro| format!("{intro}\n\n{}", fact.why)));
    let reasoning = Some("No flow leads on: gathers a fact that the domain always needs.".to_owned());
    if fact.options.is_empty() {
        return ProposedStep::Action(ProposedAction {
            context_message,
            checklist: fact.look.iter().map(|line| (*line).to_owned()).collect(),
            reasoning,
            confidence,
            ..request(fact.text)
        });
    }
    let option = |label: &&str| ProposedOption { label: (*label).to_owned(), ..ProposedOption::default() };
    ProposedStep::Question(ProposedQuestion {
        text: fact.text.to_owned(),
        context_message,
        options: fact.options.iter().map(option).collect(),
        allow_free_text: true,
        allow_skip: true,
        reasoning,
        confidence,
        flow_node: None,
    })
}

/// Whether this is what the playbook says when it has nothing left: nothing that a flow would say.
pub(crate) fn is_end(text: &str) -> bool {
    [END, END_AGAIN, END_ONCE_MORE].contains(&text)
}

/// No solution is pretended: it is said that there is none.
pub(super) fn end(case: &Case) -> ProposedStep {
    let said = |text: &str| {
        case.history.iter().any(|past| past.answer.is_some() && past.step.content.text() == text)
    };
    let last = case.history.iter().rev().find(|past| past.step.kind().is_answerable());
    let text = if !said(END) {
        END
    } else if last.is_some_and(|past| past.step.content.text() == END_AGAIN && past.answer.is_some()) {
        END_ONCE_MORE
    } else {
        END_AGAIN
    };
    ProposedStep::Action(ProposedAction {
        context_message: Some(
            "Escalating hands over the problem, every step with its answer, and these facts; nobody has to ask again. \
             What helped, in a sentence or two, becomes the documentation and can become a flow."
                .into(),
        ),
        reasoning: Some("Nothing is left to try: recommends escalation, or to write down what helped.".into()),
        confidence: confidence(case),
        ..request(text)
    })
}

fn request(text: &str) -> ProposedAction {
    ProposedAction {
        action: ActionKind::InfoRequest,
        text: text.to_owned(),
        context_message: None,
        expected_outcome: None,
        checklist: Vec::new(),
        template: None,
        allow_free_text: true,
        allow_skip: true,
        reasoning: None,
        confidence: 0.0,
        flow_node: None,
    }
}

fn confidence(case: &Case) -> f64 {
    match &case.flow {
        Some(flow) => flow.score.score().min(AFTER_FLOW),
        None => WITHOUT_FLOW,
    }
}
