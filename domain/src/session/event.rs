//! What happens to a session. Stored names are stable: they are literals, never derived from Rust names.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::id::{
    ConnectionId, EscalationId, FlowId, RequestId, ScriptId, StepId, TeamId, TemplateId, UserId,
};
use crate::personal::Personal;
use crate::problem::Classification;
use crate::session::answer::Answer;
use crate::session::intake::{Intake, RedactionTally};
use crate::session::status::Confidence;
use crate::session::step::{MadeBy, Step, Tokens};
use crate::stored_event::{Sealable, Subject};

crate::stored_events! {
    /// An event of a session.
    pub enum SessionEvent {
        /// A session was opened.
        Started(SessionStarted) = "session.started", "1.0";
        /// The ticket's context was fetched.
        TicketContextCaptured(TicketContext) = "session.ticket_context_captured", "1.0";
        /// The ticket's context could not be had; the session goes on without.
        TicketContextUnavailable(Failure) = "session.ticket_context_unavailable", "1.0";
        /// The intake was classified.
        IntakeClassified(IntakeClassified) = "session.intake_classified", "1.0";
        /// Flows were looked for; one was chosen, or none.
        FlowMatched(FlowMatched) = "session.flow_matched", "1.0";
        /// A next step is wanted from the assistant.
        StepRequested(StepRequested) = "session.step_requested", "1.0";
        /// A step was put before the engineer, or written into the course (analysis, briefing).
        StepPresented(StepPresented) = "session.step_presented", "1.0";
        /// No step could be made for a request.
        StepGenerationFailed(StepGenerationFailed) = "session.step_generation_failed", "1.0";
        /// A step came too late and was thrown away; its tokens count.
        StepDiscarded(StepDiscarded) = "session.step_discarded", "1.0";
        /// The open step was answered.
        StepAnswered(StepAnswered) = "session.step_answered", "1.0";
        /// The open step was closed without an answer.
        StepSuperseded(StepSuperseded) = "session.step_superseded", "1.0";
        /// A person wrote a note.
        NoteAdded(NoteAdded) = "session.note_added", "1.0";
        /// A generated script was attached.
        ScriptAttached(ScriptAttached) = "session.script_attached", "1.0";
        /// A ticket was linked.
        TicketLinked(TicketLinked) = "session.ticket_linked", "1.0";
        /// Put aside.
        Paused(Nothing) = "session.paused", "1.0";
        /// Taken up again by its handler.
        Resumed(Nothing) = "session.resumed", "1.0";
        /// Someone else should take it.
        EscalationRequested(EscalationRequested) = "session.escalation_requested", "1.0";
        /// The assistant added its insight.
        EscalationEnriched(EscalationEnriched) = "session.escalation_enriched", "1.0";
        /// The assistant's insight failed; the escalation stands without it.
        EscalationEnrichmentFailed(EscalationFailure) = "session.escalation_enrichment_failed", "1.0";
        /// The named target left: whoever may handle sessions of the team may pick it up now.
        EscalationTargetReleased(EscalationRef) = "session.escalation_target_released", "1.0";
        /// Someone took it: they are the handler now.
        EscalationPickedUp(EscalationPickedUp) = "session.escalation_picked_up", "1.0";
        /// Who escalated took it back.
        EscalationRecalled(EscalationRef) = "session.escalation_recalled", "1.0";
        /// Nobody took it in time: it is its handler's again.
        EscalationExpired(EscalationRef) = "session.escalation_expired", "1.0";
        /// Handed to somebody outside; closed.
        HandedOff(HandedOff) = "session.handed_off", "1.0";
        /// The last step that the limit allows was answered.
        StepLimitReached(StepLimitReached) = "session.step_limit_reached", "1.0";
        /// Closed: solved.
        Resolved(SessionResolved) = "session.resolved", "1.0";
        /// Open again.
        Reopened(SessionReopened) = "session.reopened", "1.0";
        /// Closed: given up.
        Abandoned(SessionAbandoned) = "session.abandoned", "2.0";
        /// Rated by a person.
        Rated(SessionRated) = "session.rated", "1.0";
        /// A secret was found late: masked on every read from now on.
        ContentRedacted(ContentRedacted) = "session.content_redacted", "1.0";
    }
}

/// An event that needs no more words.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Nothing {}

/// A session was opened.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SessionStarted {
    /// Who opened it, and handles it first.
    pub opened_by: UserId,
    /// The team it belongs to, if its opener has one.
    pub team: Option<TeamId>,
    /// The problem.
    pub intake: Intake,
    /// At most this many assistant steps (2.11).
    pub step_limit: u32,
}

/// What the PSA said of the ticket.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TicketContext {
    /// Its summary line.
    pub summary: Personal<String>,
    /// Its description.
    pub description: Option<Personal<String>>,
    /// Further facts, as lines of text.
    pub facts: Personal<Vec<String>>,
    /// Secrets replaced in it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub redactions: Vec<RedactionTally>,
}

/// Something outside failed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failure {
    /// Why, in words for the engineer, without anything secret.
    pub reason: String,
}

/// The intake was classified.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct IntakeClassified {
    /// As what.
    pub classification: Classification,
    /// It is the fallback of rule 2.3, because a model's classification failed.
    pub fallback: bool,
    /// Who did it.
    pub made_by: MadeBy,
    /// What it cost.
    #[serde(default)]
    pub tokens: Tokens,
}

/// Flows were looked for.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FlowMatched {
    /// Every candidate with each signal, best first.
    pub candidates: Vec<MatchCandidate>,
    /// The one that the session follows.
    pub chosen: Option<ChosenFlow>,
    /// Which matching policy decided.
    pub policy_version: u32,
    /// A model looked at the candidates and said that it is none of them.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub declined: bool,
}

/// A flow that was looked at. Each signal is 0..1, null where it could not be computed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct MatchCandidate {
    /// The flow.
    pub flow: FlowId,
    /// Its published version then.
    pub version: u32,
    /// Its name then.
    pub name: String,
    /// The calibrated probability that this flow is right.
    pub score: f64,
    /// Nearness of meaning.
    pub semantic: Option<f64>,
    /// Shared words, rarer ones weigh more.
    pub keyword: Option<f64>,
    /// Matched and then resolved lately.
    pub recency: Option<f64>,
    /// The flow is of the intake's domain.
    pub same_domain: bool,
    /// Why, in words for a person; may quote the intake.
    pub reason: Personal<String>,
}

/// The flow that a session follows.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ChosenFlow {
    /// The flow.
    pub flow: FlowId,
    /// The published version, kept for the whole session.
    pub version: u32,
    /// Its score.
    pub score: Confidence,
}

/// A next step is wanted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StepRequested {
    /// The request: at most one result is recorded for it.
    pub request: RequestId,
    /// Why.
    pub cause: RequestCause,
}

/// Why a step was asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "the names say it")]
pub enum RequestCause {
    Start,
    Answer(StepId),
    Retry,
    Resume,
    PickUp,
    Recall,
    Expiry,
    Reopening,
}

/// A step was made.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct StepPresented {
    /// For this request; none for what FlowPilot writes by itself (analysis, briefing).
    pub request: Option<RequestId>,
    /// The step.
    pub step: Step,
}

/// No step could be made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StepGenerationFailed {
    /// For this request.
    pub request: RequestId,
    /// What kind of failure.
    pub reason: GenerationFailure,
    /// In words for the engineer.
    pub message: String,
    /// Tokens spent all the same.
    #[serde(default)]
    pub tokens: Tokens,
}

/// Why no step came.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "the names say it")]
pub enum GenerationFailure {
    ProviderUnavailable,
    InvalidOutput,
    Refused,
    QuotaExceeded,
    Internal,
}

/// A late step was thrown away.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StepDiscarded {
    /// The request that it answered.
    pub request: RequestId,
    /// Who made it.
    pub made_by: MadeBy,
    /// What it cost.
    pub tokens: Tokens,
}

/// The open step was answered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StepAnswered {
    /// Which.
    pub step: StepId,
    /// By whom.
    pub answered_by: UserId,
    /// With what.
    pub answer: Answer,
    /// Secrets replaced in it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub redactions: Vec<RedactionTally>,
}

/// The open step was closed without an answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StepSuperseded {
    /// Which.
    pub step: StepId,
}

/// A person wrote a note.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NoteAdded {
    /// The note's step.
    pub step: StepId,
    /// Its number among all steps.
    pub ordinal: u32,
    /// Who wrote it.
    pub author: UserId,
    /// The note.
    pub text: Personal<String>,
    /// Secrets replaced in it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub redactions: Vec<RedactionTally>,
}

/// A generated script was attached.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ScriptAttached {
    /// The script.
    pub script: ScriptId,
    /// From this template,
    pub template: TemplateId,
    /// in this version.
    pub template_version: u32,
    /// The template's name then.
    pub template_name: String,
    /// For this step.
    pub step: Option<StepId>,
    /// By whom.
    pub generated_by: UserId,
    /// What was generated; SECRET parameters are prompts, never values.
    pub body: Personal<String>,
}

/// A ticket was linked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TicketLinked {
    /// Through which connection.
    pub connection: ConnectionId,
    /// Its id there.
    pub ticket_id: String,
}

/// Someone else should take it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct EscalationRequested {
    /// The escalation.
    pub escalation: EscalationId,
    /// Who asks.
    pub requested_by: UserId,
    /// Why.
    pub reason: Personal<String>,
    /// Who should take it, if named.
    pub target: Option<UserId>,
    /// How sure the assistant was then.
    pub confidence: Confidence,
    /// Secrets replaced in it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub redactions: Vec<RedactionTally>,
}

/// The assistant's insight.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EscalationEnriched {
    /// Which escalation.
    pub escalation: EscalationId,
    /// What may still be the cause.
    pub hypotheses: Personal<Vec<String>>,
    /// What to do next.
    pub next_steps: Personal<Vec<String>>,
    /// What is ruled out.
    pub ruled_out: Personal<Vec<String>>,
    /// What it cost.
    #[serde(default)]
    pub tokens: Tokens,
}

/// The insight failed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EscalationFailure {
    /// Which escalation.
    pub escalation: EscalationId,
    /// Why.
    pub reason: String,
    /// What it cost all the same.
    #[serde(default, skip_serializing_if = "Tokens::are_none")]
    pub tokens: Tokens,
}

/// Names an escalation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct EscalationRef {
    /// Which.
    pub escalation: EscalationId,
}

/// Someone took it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EscalationPickedUp {
    /// Which.
    pub escalation: EscalationId,
    /// Who: the new handler.
    pub by: UserId,
    /// How they go on.
    pub mode: PickUpMode,
    /// What they know already; FRESH needs it.
    pub context: Option<Personal<String>>,
    /// Secrets replaced in the context.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub redactions: Vec<RedactionTally>,
}

/// How the picker goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum PickUpMode {
    /// Where the other left off.
    Continue,
    /// Anew, with context of their own.
    Fresh,
}

/// Handed to somebody outside.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HandedOff {
    /// Which escalation.
    pub escalation: EscalationId,
    /// To whom, in words.
    pub to: Personal<String>,
    /// Secrets replaced in it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub redactions: Vec<RedactionTally>,
}

/// The limit is reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct StepLimitReached {
    /// How many steps that is.
    pub limit: u32,
}

/// Closed: solved.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SessionResolved {
    /// By whom.
    pub resolved_by: UserId,
    /// What it was and what helped.
    pub summary: Personal<String>,
    /// What was done.
    pub action: Option<Personal<String>>,
    /// 1–5.
    pub rating: Option<u8>,
    /// In words.
    pub feedback: Option<Personal<String>>,
    /// Secrets replaced in these texts.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub redactions: Vec<RedactionTally>,
}

/// Open again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SessionReopened {
    /// By whom.
    pub by: UserId,
    /// Why.
    pub reason: Personal<String>,
    /// Secrets replaced in it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub redactions: Vec<RedactionTally>,
}

/// Closed: given up. Until 2.0 it was stored by whom alone, and nobody meant the timer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "cause", rename_all = "snake_case")]
pub enum SessionAbandoned {
    /// A person gave it up.
    Handler {
        /// Its handler then.
        by: UserId,
    },
    /// Nobody touched it for as long as the account says (2.16).
    Idle,
}

/// Rated by a person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SessionRated {
    /// By whom.
    pub by: UserId,
    /// 1–5.
    pub rating: u8,
    /// In words; a rating alone never wipes earlier feedback.
    pub feedback: Option<Personal<String>>,
    /// Secrets replaced in the feedback.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub redactions: Vec<RedactionTally>,
}

/// A secret was found late.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ContentRedacted {
    /// By whom.
    pub by: UserId,
    /// The text to mask wherever it stands.
    pub text: Personal<String>,
    /// The typed placeholder that stands in its place.
    pub placeholder: String,
    /// Why.
    pub reason: Personal<String>,
}

impl Sealable for SessionEvent {
    fn subject(&self, session: Uuid) -> Option<Subject> {
        Some(Subject::Session(session))
    }
}
