//! What an assistant is given to make the next step from: the whole course of a session so far.

use crate::flow::event::FlowHead;
use crate::flow::tree::FlowNode;
use crate::id::FlowId;
use crate::problem::Classification;
use crate::session::answer::Answer;
use crate::session::event::{PickUpMode, TicketContext};
use crate::session::intake::Intake;
use crate::session::status::Confidence;
use crate::session::step::Step;

/// A session as the assistant sees it.
#[derive(Debug, Clone, PartialEq)]
pub struct Case {
    /// The problem.
    pub intake: Intake,
    /// What the PSA said of the ticket.
    pub ticket: Option<TicketContext>,
    /// What the intake is about; none until it was classified.
    pub classification: Option<Classification>,
    /// The flow that the session follows, in the version it was matched with.
    pub flow: Option<GuidingFlow>,
    /// Flows that matched nearly as well as the best, best first, the best included; empty when one clearly leads.
    pub close: Vec<GuidingFlow>,
    /// Every step so far in order, notes and briefings included.
    pub history: Vec<PastStep>,
    /// Steps that the limit still allows, this one included.
    pub steps_left: u32,
}

/// A published flow that may guide.
#[derive(Debug, Clone, PartialEq)]
pub struct GuidingFlow {
    /// The flow.
    pub flow: FlowId,
    /// The published version.
    pub version: u32,
    /// Its match score.
    pub score: Confidence,
    /// What it is about.
    pub head: FlowHead,
    /// Its tree.
    pub nodes: Vec<FlowNode>,
}

/// A step that was made, and what became of it.
#[derive(Debug, Clone, PartialEq)]
pub struct PastStep {
    /// The step.
    pub step: Step,
    /// Its answer.
    pub answer: Option<Answer>,
    /// It was closed without an answer.
    pub superseded: bool,
    /// How the session changed hands here; none for all but a briefing.
    pub pick_up: Option<PickUpMode>,
}
