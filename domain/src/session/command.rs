//! What a session can be told: by people, and by FlowPilot with what the outside world said.
//!
//! Ids come in with the command; texts are already redacted.

use crate::access::By;
use crate::account::EscalationTarget;
use crate::id::{ConnectionId, EscalationId, RequestId, ScriptId, StepId, TeamId, TemplateId};
use crate::personal::Personal;
use crate::session::answer::GivenAnswer;
use crate::session::event::{
    EscalationEnriched, EscalationFailure, Failure, FlowMatched, GenerationFailure, IntakeClassified,
    PickUpMode, TicketContext,
};
use crate::session::intake::{Intake, RedactionTally};
use crate::session::status::Confidence;
use crate::session::step::{FlowNodeRef, MadeBy, StepContent, Tokens};

/// A command: who wants what.
#[derive(Debug, Clone, PartialEq)]
pub struct SessionCommand {
    /// Who.
    pub by: By,
    /// What.
    pub act: SessionAct,
}

/// What is wanted.
#[derive(Debug, Clone, PartialEq)]
pub enum SessionAct {
    /// Open a session. By a member.
    Start(Start),
    /// What became of fetching the ticket's context. By FlowPilot; only the first counts.
    RecordTicketContext(TicketOutcome),
    /// What the intake is about. By FlowPilot; only the first counts.
    RecordClassification(IntakeClassified),
    /// Which flow fits. By FlowPilot; again after a question that told close matches apart.
    RecordMatch {
        /// What was found.
        matched: FlowMatched,
        /// The intake analysis for the course; written once.
        analysis: Option<StepText>,
    },
    /// The assistant's step. By FlowPilot; discarded, not refused, when it comes too late.
    PresentStep {
        /// The request that it answers.
        request: RequestId,
        /// The step.
        step: DraftStep,
    },
    /// No step could be made. By FlowPilot; nothing happens when it comes too late.
    FailStep(FailStep),
    /// Answer the open step. By the handler.
    AnswerStep(AnswerStep),
    /// Ask for a step where none is open. By the handler.
    RetryStep {
        /// The new request.
        request: RequestId,
    },
    /// Write a note. By whoever sees the session.
    AddNote {
        /// The note's step.
        step: StepId,
        /// The note.
        text: Personal<String>,
        /// Secrets replaced in it.
        redactions: Vec<RedactionTally>,
    },
    /// Link a ticket. By the handler.
    LinkTicket {
        /// Through which connection.
        connection: ConnectionId,
        /// Its id there.
        ticket_id: String,
    },
    /// Attach a generated script. By the handler.
    AttachScript(AttachScript),
    /// Put aside. By the handler.
    Pause,
    /// Take up again. By the handler.
    Resume {
        /// For the step to ask for, if none is open.
        request: RequestId,
    },
    /// Ask for somebody else. By the handler.
    Escalate {
        /// The new escalation.
        escalation: EscalationId,
        /// Why.
        reason: Personal<String>,
        /// Who should take it, if named.
        target: Option<EscalationTarget>,
        /// Secrets replaced in it.
        redactions: Vec<RedactionTally>,
    },
    /// The assistant's insight. By FlowPilot; only the first of an escalation counts.
    EnrichEscalation(EscalationEnriched),
    /// The insight failed. By FlowPilot.
    FailEnrichment(EscalationFailure),
    /// Take an escalated session. By whoever may pick it up.
    PickUp(PickUp),
    /// Take an escalation back. By who escalated.
    RecallEscalation {
        /// For the step to ask for, if none is open.
        request: RequestId,
    },
    /// Nobody took it in time. By FlowPilot.
    ExpireEscalation {
        /// Which: an older timer must not end a newer escalation.
        escalation: EscalationId,
        /// For the step to ask for, if none is open.
        request: RequestId,
    },
    /// The named target left. By FlowPilot.
    ReleaseEscalationTarget {
        /// Which.
        escalation: EscalationId,
    },
    /// Hand to somebody outside. By who escalated.
    HandOff {
        /// To whom, in words.
        to: Personal<String>,
        /// Secrets replaced in it.
        redactions: Vec<RedactionTally>,
    },
    /// Close: solved. By the handler.
    Resolve(Resolve),
    /// Open again. By the opener or the last handler.
    Reopen {
        /// Why.
        reason: Personal<String>,
        /// For the step to ask for.
        request: RequestId,
        /// Secrets replaced in it.
        redactions: Vec<RedactionTally>,
    },
    /// Close: given up. By the handler, or by FlowPilot's idle timer.
    Abandon,
    /// Rate a closed session. By the opener or the last handler.
    Rate {
        /// 1–5.
        rating: i32,
        /// In words.
        feedback: Option<Personal<String>>,
        /// Secrets replaced in it.
        redactions: Vec<RedactionTally>,
    },
    /// Mask a secret that was found late. By the opener, the handler, or who administers teams or the account.
    Redact {
        /// The text to mask wherever it stands.
        text: Personal<String>,
        /// What stands in its place.
        placeholder: String,
        /// Why.
        reason: Personal<String>,
    },
}

/// Open a session; its opener is who gives the command.
#[derive(Debug, Clone, PartialEq)]
pub struct Start {
    /// The team it belongs to; needed only by members of several teams.
    pub team: Option<TeamId>,
    /// The problem.
    pub intake: Intake,
    /// At most this many assistant steps: the account's setting.
    pub step_limit: u32,
    /// For the first step.
    pub request: RequestId,
}

/// What became of fetching a ticket's context.
#[derive(Debug, Clone, PartialEq)]
pub enum TicketOutcome {
    /// Here it is.
    Captured(TicketContext),
    /// It could not be had.
    Unavailable(Failure),
}

/// A step that FlowPilot writes by itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StepText {
    /// The step's id.
    pub step: StepId,
    /// What it says.
    pub text: Personal<String>,
}

/// A step as the assistant made it, validated, not yet numbered.
#[derive(Debug, Clone, PartialEq)]
pub struct DraftStep {
    /// Its id.
    pub id: StepId,
    /// What it says.
    pub content: StepContent,
    /// How sure the assistant is.
    pub confidence: Confidence,
    /// The node that it follows.
    pub flow_node: Option<FlowNodeRef>,
    /// Who made it.
    pub made_by: MadeBy,
    /// What it cost.
    pub tokens: Tokens,
    /// Why, for reviewers only.
    pub reasoning: Option<Personal<String>>,
}

/// No step could be made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FailStep {
    /// For this request.
    pub request: RequestId,
    /// What kind of failure.
    pub reason: GenerationFailure,
    /// In words for the engineer.
    pub message: String,
    /// Who tried.
    pub made_by: MadeBy,
    /// Tokens spent all the same.
    pub tokens: Tokens,
}

/// An answer to a step.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AnswerStep {
    /// Which step.
    pub step: StepId,
    /// The answer.
    pub answer: GivenAnswer,
    /// Secrets replaced in it.
    pub redactions: Vec<RedactionTally>,
    /// For the next step.
    pub next_request: RequestId,
}

/// A generated script.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AttachScript {
    /// The script.
    pub script: ScriptId,
    /// From this template,
    pub template: TemplateId,
    /// in this version.
    pub template_version: u32,
    /// The template's name.
    pub template_name: String,
    /// For this step.
    pub step: Option<StepId>,
    /// What was generated; SECRET parameters are prompts, never values.
    pub body: Personal<String>,
}

/// Take an escalated session.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PickUp {
    /// How to go on.
    pub mode: PickUpMode,
    /// What the picker knows already; FRESH needs it.
    pub context: Option<Personal<String>>,
    /// What the picker should know, composed by the caller.
    pub briefing: StepText,
    /// For the next step.
    pub request: RequestId,
    /// Secrets replaced in the context.
    pub redactions: Vec<RedactionTally>,
}

/// Close: solved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Resolve {
    /// What it was and what helped.
    pub summary: Personal<String>,
    /// What was done.
    pub action: Option<Personal<String>>,
    /// 1–5.
    pub rating: Option<i32>,
    /// In words.
    pub feedback: Option<Personal<String>>,
    /// Secrets replaced in these texts.
    pub redactions: Vec<RedactionTally>,
}
