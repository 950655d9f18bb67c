//! What FlowPilot itself writes into a session: the analysis of an intake, and the briefing for who picks it up.
//! Plain text; whoever shows it escapes it.

use std::fmt::Write;

use crate::id::UserId;
use crate::matching::{MatchPolicy, close};
use crate::problem::{Classification, ProblemDomain, Urgency};
use crate::session::documentation::{DocumentationStep, intake_summary, problem_summary, wording};
use crate::session::event::FlowMatched;
use crate::session::status::{Confidence, ConfidenceTier};
use crate::session::view::{EscalationOutcome, EscalationView, SessionView};

/// What the picker of an escalation is given (3.2). What the assistant adds comes later and may stay empty.
#[derive(Clone, PartialEq)]
pub struct EscalationPackage {
    /// Who escalated.
    pub original_engineer: UserId,
    /// The problem in a line.
    pub problem: String,
    /// The area it belongs to.
    pub domain: Option<ProblemDomain>,
    /// How urgent it is.
    pub urgency: Option<Urgency>,
    /// What was observed.
    pub symptoms: Vec<String>,
    /// What it began with, in at most 500 characters.
    pub intake: String,
    /// How sure the assistant was when it was escalated.
    pub confidence: Confidence,
    /// Why it was escalated.
    pub reason: String,
    /// What had been tried by then.
    pub steps_tried: Vec<DocumentationStep>,
    /// What may still be the cause.
    pub hypotheses: Vec<String>,
    /// What to do next.
    pub next_steps: Vec<String>,
    /// What is ruled out.
    pub ruled_out: Vec<String>,
}

crate::session::view::hides_content!(EscalationPackage);

/// What was understood of an intake, and which flow was found for it (2.9).
pub fn intake_analysis(classification: &Classification, matched: &FlowMatched) -> String {
    let mut text = format!(
        "What I understood: {}\nArea: {} · Urgency: {}",
        *classification.summary,
        wording::domain(classification.domain),
        wording::urgency(classification.urgency),
    );
    bullets(&mut text, "Symptoms", &classification.key_symptoms);
    let best = matched.candidates.first();
    let chosen = matched.chosen.as_ref();
    let followed = chosen.and_then(|it| matched.candidates.iter().find(|other| other.flow == it.flow));
    let found = match (chosen, followed, best) {
        (Some(chosen), Some(flow), _) => {
            format!("Flow: “{}”, {}.{}", flow.name, fit(chosen.score), because(&flow.reason))
        }
        (Some(chosen), None, _) => format!("A flow fits ({}).", fit(chosen.score)),
        (None, _, Some(near)) if matched.declined => {
            format!("No flow fits; the nearest, “{}”, is another problem.", near.name)
        }
        (None, _, Some(_)) if !close(&matched.candidates, &MatchPolicy::default()).is_empty() => {
            let close = close(&matched.candidates, &MatchPolicy::default());
            let names: Vec<_> = close.iter().map(|flow| format!("“{}”", flow.name)).collect();
            format!(
                "Several flows fit nearly as well: {}. The first question tells them apart.",
                names.join(", ")
            )
        }
        (None, _, Some(near)) => format!(
            "No flow fits. The nearest, “{}”, is not close enough ({}).",
            near.name,
            fit(Confidence::new(near.score)),
        ),
        (None, _, None) => "No flow fits.".to_owned(),
    };
    text.push('\n');
    text.push_str(&found);
    text
}

/// What a picker should know, from the latest escalation (3.4).
pub fn briefing(view: &SessionView) -> String {
    let Some(escalation) = view.escalation() else { return problem_summary(view) };
    let package = package_of(view, escalation);
    let mut text = format!("Problem: {}", package.problem);
    if let (Some(domain), Some(urgency)) = (package.domain, package.urgency) {
        line(
            &mut text,
            &format!("Area: {} · Urgency: {}", wording::domain(domain), wording::urgency(urgency)),
        );
    }
    line(&mut text, &format!("Escalated because: {}", package.reason));
    line(&mut text, &format!("Confidence then: {}", confidence_of(view, &package)));
    if package.intake != package.problem && !package.intake.is_empty() {
        line(&mut text, &format!("It began with: {}", package.intake));
    }
    bullets(&mut text, "Symptoms", &package.symptoms);
    let tried: Vec<_> = package.steps_tried.iter().map(told).collect();
    if tried.is_empty() {
        line(&mut text, "Nothing has been tried yet.");
    }
    bullets(&mut text, "Tried so far", &tried);
    bullets(&mut text, "Ruled out", &package.ruled_out);
    bullets(&mut text, "May still be the cause", &package.hypotheses);
    bullets(&mut text, "Suggested next", &package.next_steps);
    if let EscalationOutcome::PickedUp { context: Some(context), .. } = &escalation.outcome {
        line(&mut text, &format!("What the new handler brings: {context}"));
    }
    text
}

/// The package of the latest escalation; none without one.
pub fn escalation_package(view: &SessionView) -> Option<EscalationPackage> {
    view.escalation().map(|escalation| package_of(view, escalation))
}

/// The package of one of the view's escalations.
pub fn package_of(view: &SessionView, escalation: &EscalationView) -> EscalationPackage {
    let class = view.classification.as_ref();
    let (hypotheses, next_steps, ruled_out) = escalation.insight.parts();
    EscalationPackage {
        original_engineer: escalation.requested_by,
        problem: problem_summary(view),
        domain: class.map(|it| it.domain),
        urgency: class.map(|it| it.urgency),
        symptoms: class.map(|it| it.key_symptoms.clone()).unwrap_or_default(),
        intake: intake_summary(view),
        confidence: escalation.confidence,
        reason: escalation.reason.clone(),
        steps_tried: steps_tried(view, escalation),
        hypotheses: hypotheses.to_vec(),
        next_steps: next_steps.to_vec(),
        ruled_out: ruled_out.to_vec(),
    }
}

/// The steps that had been answered when it was escalated.
pub fn steps_tried(view: &SessionView, escalation: &EscalationView) -> Vec<DocumentationStep> {
    let tried = view.steps.iter().filter(|step| escalation.tried.contains(&step.id));
    tried.map(|step| DocumentationStep::of(step)).collect()
}

fn confidence_of(view: &SessionView, package: &EscalationPackage) -> String {
    let then = package.confidence;
    // The tier may have changed since; it is told only where the score hasn't.
    let tier: Option<ConfidenceTier> = (then == view.confidence).then_some(view.tier);
    tier.map_or_else(
        || wording::percent(then),
        |tier| format!("{} ({})", wording::percent(then), wording::tier(tier)),
    )
}

fn fit(score: Confidence) -> String {
    format!("{} sure", wording::percent(score))
}

fn because(reason: &str) -> String {
    if reason.trim().is_empty() { String::new() } else { format!(" Why: {}", reason.trim()) }
}

fn told(step: &DocumentationStep) -> String {
    let result = step.response.iter().chain(&step.outcome).map(String::as_str).collect::<Vec<_>>().join("; ");
    format!("{} → {result}", step.description)
}

fn line(text: &mut String, line: &str) {
    text.push('\n');
    text.push_str(line);
}

fn bullets(text: &mut String, title: &str, items: &[String]) {
    if items.is_empty() {
        return;
    }
    line(text, &format!("{title}:"));
    for item in items {
        // Writing to a String can't fail.
        let _ = write!(text, "\n- {item}");
    }
}

#[cfg(test)]
mod tests;
