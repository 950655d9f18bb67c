//! A session's documentation: what was wrong, what was tried and what helped, as a pure function of its view (2.15).

mod escape;
mod markdown;
mod outline;
pub(crate) mod wording;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::problem::{ProblemDomain, Urgency};
use crate::session::status::SessionStatus;
use crate::session::step::StepKind;
use crate::session::view::{
    EscalationOutcome, GivenResult, Insight, ScriptView, SessionView, StepView, cut_at_word,
};

/// Longest intake summary, in characters.
const MAX_INTAKE_SUMMARY: usize = 500;
/// Longest problem summary, in characters.
const MAX_PROBLEM_SUMMARY: usize = 120;

/// What a session's documentation says. Plain text: only [`Documentation::markdown`] escapes.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub struct Documentation {
    /// The problem in a line.
    pub problem_summary: String,
    /// The area it belongs to.
    pub problem_domain: Option<ProblemDomain>,
    /// How urgent it was.
    pub urgency: Option<Urgency>,
    /// Where the session stands.
    pub status: SessionStatus,
    /// The linked ticket's id.
    pub ticket: Option<String>,
    /// The flow that was followed, by name.
    pub flow: Option<String>,
    /// What it began with, in at most 500 characters.
    pub intake_summary: String,
    /// Every step, notes included.
    pub steps: Vec<DocumentationStep>,
    /// What it was and what helped.
    pub resolution_summary: Option<String>,
    /// What was done.
    pub resolution_action: Option<String>,
    /// What to do afterwards.
    pub follow_ups: Vec<String>,
    /// The latest escalation.
    pub escalation: Option<EscalationRecord>,
    /// Scripts that were generated.
    pub scripts: Vec<ScriptView>,
    /// Why it was opened again, each time.
    pub reopenings: Vec<String>,
    /// How many steps are documented, notes included.
    pub total_steps: u32,
    /// When the session started.
    pub started_at: DateTime<Utc>,
    /// When it was last closed; none while it is open.
    pub closed_at: Option<DateTime<Utc>>,
    /// From start to last close, e.g. `3h 5m`; none while it is open.
    pub duration: Option<String>,
    /// The recorded time of the last event that this covers.
    pub generated_at: DateTime<Utc>,
}

/// A documented step.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DocumentationStep {
    /// From 1, notes counted.
    pub number: u32,
    /// Its kind.
    pub kind: StepKind,
    /// What it said.
    pub description: String,
    /// The option's label, the free text, or `Skipped`.
    pub response: Option<String>,
    /// Whether it succeeded, with details.
    pub outcome: Option<String>,
}

/// A documented escalation.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EscalationRecord {
    /// Why.
    pub reason: String,
    /// When.
    pub requested_at: DateTime<Utc>,
    /// What became of it.
    pub outcome: String,
    /// What may still be the cause.
    pub hypotheses: Vec<String>,
    /// What to do next.
    pub next_steps: Vec<String>,
    /// What is ruled out.
    pub ruled_out: Vec<String>,
}

crate::session::view::hides_content!(Documentation, DocumentationStep, EscalationRecord);

impl Documentation {
    /// The documentation of a session as it stands; none before its first step.
    pub fn of(view: &SessionView) -> Option<Self> {
        if view.steps.is_empty() {
            return None;
        }
        let steps: Vec<_> = view.steps.iter().map(|step| DocumentationStep::of(step)).collect();
        let class = view.classification.as_ref();
        let chosen = view.matched.as_ref().and_then(|matched| matched.chosen_candidate());
        let resolution = view.resolution.as_ref();
        Some(Self {
            problem_summary: problem_summary(view),
            problem_domain: class.map(|it| it.domain),
            urgency: class.map(|it| it.urgency),
            status: view.status,
            ticket: view.ticket.as_ref().map(|ticket| ticket.ticket_id.clone()),
            flow: chosen.map(|candidate| candidate.name.clone()),
            intake_summary: intake_summary(view),
            total_steps: u32::try_from(steps.len()).unwrap_or(u32::MAX),
            steps,
            resolution_summary: resolution.map(|it| it.summary.clone()),
            resolution_action: resolution.and_then(|it| it.action.clone()),
            follow_ups: view.follow_ups.clone(),
            escalation: escalation(view),
            scripts: view.scripts.clone(),
            reopenings: view.reopenings.iter().map(|it| it.reason.clone()).collect(),
            started_at: view.created_at,
            closed_at: view.closed_at,
            duration: view.closed_at.map(|closed| wording::duration(closed - view.created_at)),
            generated_at: view.updated_at,
        })
    }

    /// The latest escalation's reason.
    pub fn escalation_reason(&self) -> Option<&str> {
        self.escalation.as_ref().map(|it| it.reason.as_str())
    }

    /// The same as Markdown. What was pasted into the session is escaped: it can't add links, images, HTML, headings,
    /// tables or code, whatever renders it.
    pub fn markdown(&self) -> String {
        markdown::render(self)
    }
}

impl DocumentationStep {
    /// A step, numbered from 1.
    pub fn of(step: &StepView) -> Self {
        let (response, outcome) = match step.answer.as_ref().map(|answer| &answer.given) {
            Some(GivenResult::Option(option)) => (Some(option.label.clone()), None),
            Some(GivenResult::FreeText(text)) => (Some(text.clone()), None),
            Some(GivenResult::Skipped) => (Some("Skipped".to_owned()), None),
            Some(GivenResult::ActionResult { succeeded, details, next_hint }) => {
                (None, Some(result(*succeeded, details.as_deref(), next_hint.as_deref())))
            }
            None => (None, step.superseded_at.map(|_| "Not answered".to_owned())),
        };
        let description = step.text.clone();
        Self { number: step.ordinal.saturating_add(1), kind: step.kind(), description, response, outcome }
    }
}

/// The classified summary, or else the intake's beginning.
pub(crate) fn problem_summary(view: &SessionView) -> String {
    let classified = view.classification.as_ref().map(|it| it.summary.trim()).filter(|it| !it.is_empty());
    classified.map_or_else(|| cut_at_word(&intake_summary(view), MAX_PROBLEM_SUMMARY), str::to_owned)
}

/// The intake's text, or else what the ticket says, or else its log's first telling line, or else its files' names.
pub(crate) fn intake_summary(view: &SessionView) -> String {
    let ticket = || {
        let facts = view.ticket_context.facts()?;
        let lines = std::iter::once(&facts.summary).chain(&facts.description);
        Some(lines.map(|line| line.trim()).filter(|line| !line.is_empty()).collect::<Vec<_>>().join("\n"))
    };
    let files = || {
        let names: Vec<_> = view.intake.attachments.iter().map(|it| it.file_name.as_str()).collect();
        (!names.is_empty()).then(|| names.join(", "))
    };
    let ticket_id = || view.ticket.as_ref().map(|ticket| format!("Ticket {}", ticket.ticket_id));
    let said = match &view.intake.excerpt {
        Some(excerpt) if !view.intake.excerpt_of_log => Some(excerpt.clone()),
        excerpt => ticket().filter(|text| !text.is_empty()).or_else(|| excerpt.clone()),
    };
    cut_at_word(&said.or_else(files).or_else(ticket_id).unwrap_or_default(), MAX_INTAKE_SUMMARY)
}

fn result(succeeded: bool, details: Option<&str>, next_hint: Option<&str>) -> String {
    let mut text = if succeeded { "Succeeded" } else { "Did not resolve" }.to_owned();
    if let Some(details) = details {
        text = format!("{text}: {details}");
    }
    match next_hint {
        Some(hint) => format!("{text}\nNext: {hint}"),
        None => text,
    }
}

fn escalation(view: &SessionView) -> Option<EscalationRecord> {
    let it = view.escalation()?;
    let outcome = match &it.outcome {
        EscalationOutcome::Waiting => "Waiting for pick-up".to_owned(),
        EscalationOutcome::PickedUp { at, .. } => format!("Picked up {}", wording::time(*at)),
        EscalationOutcome::Recalled { at } => format!("Recalled {}", wording::time(*at)),
        EscalationOutcome::Expired { at } => format!("Nobody picked it up until {}", wording::time(*at)),
        EscalationOutcome::HandedOff { at, to } => format!("Handed off {} to {to}", wording::time(*at)),
    };
    let (hypotheses, next_steps, ruled_out) = it.insight.parts();
    Some(EscalationRecord {
        reason: it.reason.clone(),
        requested_at: it.requested_at,
        outcome,
        hypotheses: hypotheses.to_vec(),
        next_steps: next_steps.to_vec(),
        ruled_out: ruled_out.to_vec(),
    })
}

impl Insight {
    /// Hypotheses, next steps and what is ruled out; empty while there are none.
    pub fn parts(&self) -> (&[String], &[String], &[String]) {
        match self {
            Self::Completed { hypotheses, next_steps, ruled_out } => (hypotheses, next_steps, ruled_out),
            Self::Pending | Self::Failed { .. } => (&[], &[], &[]),
        }
    }
}

#[cfg(test)]
mod tests;
