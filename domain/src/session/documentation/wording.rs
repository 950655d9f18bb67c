//! How documentation, briefings and analyses name things in English.

use chrono::{DateTime, TimeDelta, Utc};

use crate::problem::{ProblemDomain, Urgency};
use crate::session::status::{Confidence, ConfidenceTier, SessionStatus};
use crate::session::step::StepKind;

/// `<1m`, `42m`, `3h 5m`, `2d 3h 5m`: whole minutes, parts that are zero left out.
pub(crate) fn duration(span: TimeDelta) -> String {
    let minutes = span.num_minutes().max(0);
    let parts = [(minutes / 1440, "d"), (minutes / 60 % 24, "h"), (minutes % 60, "m")];
    let told: Vec<_> = parts.iter().filter(|(n, _)| *n > 0).map(|(n, unit)| format!("{n}{unit}")).collect();
    if told.is_empty() { "<1m".to_owned() } else { told.join(" ") }
}

/// To the minute, in UTC.
pub(crate) fn time(at: DateTime<Utc>) -> String {
    at.format("%Y-%m-%d %H:%M UTC").to_string()
}

/// In whole percent.
pub(crate) fn percent(confidence: Confidence) -> String {
    format!("{:.0} %", confidence.score() * 100.0)
}

pub(crate) fn domain(domain: ProblemDomain) -> &'static str {
    match domain {
        ProblemDomain::ActiveDirectory => "Active Directory",
        ProblemDomain::Networking => "Networking",
        ProblemDomain::M365 => "Microsoft 365",
        ProblemDomain::Hardware => "Hardware",
        ProblemDomain::Endpoint => "Endpoint",
        ProblemDomain::Virtualization => "Virtualization",
        ProblemDomain::Security => "Security",
        ProblemDomain::Backup => "Backup",
        ProblemDomain::Email => "E-mail",
        ProblemDomain::Printing => "Printing",
        ProblemDomain::Cloud => "Cloud",
        ProblemDomain::Other => "Other",
    }
}

pub(crate) fn urgency(urgency: Urgency) -> &'static str {
    match urgency {
        Urgency::Low => "Low",
        Urgency::Medium => "Medium",
        Urgency::High => "High",
        Urgency::Critical => "Critical",
    }
}

pub(crate) fn status(status: SessionStatus) -> &'static str {
    match status {
        SessionStatus::Active => "Active",
        SessionStatus::Paused => "Paused",
        SessionStatus::RequestingEscalation => "Waiting for pick-up",
        SessionStatus::Resolved => "Resolved",
        SessionStatus::Escalated => "Escalated",
        SessionStatus::Abandoned => "Abandoned",
    }
}

pub(crate) fn tier(tier: ConfidenceTier) -> &'static str {
    match tier {
        ConfidenceTier::Guided => "guided",
        ConfidenceTier::Exploring => "exploring",
        ConfidenceTier::Discovery => "discovery",
    }
}

pub(crate) fn kind(kind: StepKind) -> &'static str {
    match kind {
        StepKind::IntakeAnalysis => "Analysis",
        StepKind::Question => "Question",
        StepKind::Action => "Action",
        StepKind::Verification => "Check",
        StepKind::InfoRequest => "Information",
        StepKind::ScriptGeneration => "Script",
        StepKind::ResolutionSuggestion => "Suggested resolution",
        StepKind::Briefing => "Briefing",
        StepKind::Note => "Note",
    }
}
