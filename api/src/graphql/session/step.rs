//! Steps: one interface, and a type for each way in which steps differ.

pub mod part;

use std::sync::Arc;

use async_graphql::{ComplexObject, Context, Interface, OutputType, Result, SimpleObject};
use domain::session::step::MadeBy;
use domain::session::view::{SessionView, StepPart, StepView};

use self::part::{ActionPart, BriefingPart, NotePart, QuestionPart, ScriptPart, SuggestionPart};
use super::answer::Answer;
use super::escalation::Escalation;
use crate::graphql::account::User;
use crate::graphql::scalar::{DateTime, Id, clamp_count};
use crate::graphql::usage::TokenUsage;
use crate::graphql::vocabulary::{ConfidenceTier, StepKind};

/// One step of a session.
#[expect(clippy::duplicated_attributes, reason = "two fields may be of the same type")]
#[derive(Interface)]
#[graphql(
    field(name = "id", ty = "&Id", desc = "Its id."),
    field(name = "ordinal", ty = "&i32", desc = "Its number among all steps of the session, from 0."),
    field(name = "kind", ty = "&StepKind", desc = "Its kind; the type follows from it."),
    field(name = "text", ty = "&String", desc = "What it says."),
    field(name = "context_message", ty = "&Option<String>", desc = "Why it is asked or done."),
    field(name = "allow_free_text", ty = "&bool", desc = "Own words are taken as an answer."),
    field(name = "allow_skip", ty = "&bool", desc = "It may be skipped."),
    field(name = "confidence_score", ty = "&f64", desc = "How sure the assistant is, 0 to 1."),
    field(name = "confidence_tier", ty = "&ConfidenceTier", desc = "The same as a tier."),
    field(
        name = "made_by",
        ty = "String",
        desc = "Who made it: `playbook`, a provider and its model, `flowpilot`, or a person's name."
    ),
    field(name = "tokens", ty = "&TokenUsage", desc = "What making it took."),
    field(name = "answer", ty = "&Option<Answer>", desc = "Its answer."),
    field(
        name = "presented_at",
        ty = "&DateTime",
        desc = "When it was put before the engineer, or written."
    ),
    field(name = "answered_at", ty = "&Option<DateTime>", desc = "When it was answered."),
    field(name = "superseded_at", ty = "&Option<DateTime>", desc = "When it was closed without an answer.")
)]
pub enum Step {
    /// A question with ready answers.
    Question(StepOf<QuestionPart>),
    /// Something to do, to check or to find out.
    Action(StepOf<ActionPart>),
    /// A script to run.
    Script(StepOf<ScriptPart>),
    /// What may solve it.
    Suggestion(StepOf<SuggestionPart>),
    /// What a picker should know.
    Briefing(StepOf<BriefingPart>),
    /// A note, or what was made of the intake.
    Note(StepOf<NotePart>),
}

/// One step of a session.
#[derive(SimpleObject, Clone)]
#[graphql(
    complex,
    concrete(name = "QuestionStep", params(QuestionPart)),
    concrete(name = "ActionStep", params(ActionPart)),
    concrete(name = "ScriptStep", params(ScriptPart)),
    concrete(name = "SuggestionStep", params(SuggestionPart)),
    concrete(name = "BriefingStep", params(BriefingPart)),
    concrete(name = "NoteStep", params(NotePart))
)]
pub struct StepOf<P: OutputType + async_graphql::ContainerType> {
    /// Its id.
    id: Id,
    /// Its number among all steps of the session, from 0.
    ordinal: i32,
    /// Its kind; the type follows from it.
    kind: StepKind,
    /// What it says.
    text: String,
    /// Why it is asked or done.
    context_message: Option<String>,
    /// Own words are taken as an answer.
    allow_free_text: bool,
    /// It may be skipped.
    allow_skip: bool,
    /// How sure the assistant is, 0 to 1.
    confidence_score: f64,
    /// The same as a tier.
    confidence_tier: ConfidenceTier,
    /// What making it took.
    tokens: TokenUsage,
    /// Its answer.
    answer: Option<Answer>,
    /// When it was put before the engineer, or written.
    presented_at: DateTime,
    /// When it was answered.
    answered_at: Option<DateTime>,
    /// When it was closed without an answer.
    superseded_at: Option<DateTime>,
    #[graphql(flatten)]
    part: P,
    #[graphql(skip)]
    maker: MadeBy,
}

#[ComplexObject]
impl<P: OutputType + async_graphql::ContainerType> StepOf<P> {
    /// Who made it: `playbook`, a provider and its model, `flowpilot`, or a person's name.
    async fn made_by(&self, ctx: &Context<'_>) -> Result<String> {
        match &self.maker {
            MadeBy::Person(person) => Ok(User::named(ctx, *person).await?.into_display_name()),
            maker => Ok(maker_name(maker)),
        }
    }
}

/// What made a step, where it was no person.
fn maker_name(maker: &MadeBy) -> String {
    match maker {
        MadeBy::Playbook => "playbook".to_owned(),
        MadeBy::Model { provider, model } => format!("{provider} {model}"),
        MadeBy::Person(person) => person.to_string(),
        MadeBy::System => "flowpilot".to_owned(),
    }
}

impl Step {
    /// A step of a session as it is shown.
    pub fn of(session: &Arc<SessionView>, step: &StepView) -> Self {
        match &step.part {
            StepPart::Question { options } => Self::Question(StepOf::new(step, QuestionPart::new(options))),
            StepPart::Action(part) | StepPart::Verification(part) | StepPart::InfoRequest(part) => {
                Self::Action(StepOf::new(step, ActionPart::from(part)))
            }
            StepPart::ScriptGeneration { instructions, template, prefilled } => {
                let script = session.scripts.iter().rev().find(|script| script.step == Some(step.id));
                let part = ScriptPart::new(instructions.clone(), *template, prefilled, script.cloned());
                Self::Script(StepOf::new(step, part))
            }
            StepPart::ResolutionSuggestion { summary, follow_ups } => {
                Self::Suggestion(StepOf::new(step, SuggestionPart::new(summary.clone(), follow_ups.clone())))
            }
            StepPart::Briefing { escalation } => match Escalation::of(session, *escalation) {
                Some(escalation) => Self::Briefing(StepOf::new(step, BriefingPart::new(escalation))),
                // A briefing is only ever written for an escalation of its own session.
                None => Self::Note(StepOf::new(step, NotePart::new(None))),
            },
            StepPart::IntakeAnalysis => Self::Note(StepOf::new(step, NotePart::new(None))),
            StepPart::Note { author } => Self::Note(StepOf::new(step, NotePart::new(Some(*author)))),
        }
    }
}

impl<P: OutputType + async_graphql::ContainerType> StepOf<P> {
    fn new(step: &StepView, part: P) -> Self {
        Self {
            id: step.id.into(),
            ordinal: clamp_count(step.ordinal),
            kind: step.kind().into(),
            text: step.text.clone(),
            context_message: step.context_message.clone(),
            allow_free_text: step.allow_free_text,
            allow_skip: step.allow_skip,
            confidence_score: step.confidence.score(),
            confidence_tier: step.tier.into(),
            tokens: step.tokens.into(),
            answer: step.answer.as_ref().map(Answer::from),
            presented_at: step.presented_at.into(),
            answered_at: step.answered_at.map(DateTime::from),
            superseded_at: step.superseded_at.map(DateTime::from),
            part,
            maker: step.made_by.clone(),
        }
    }
}

#[cfg(test)]
mod tests;
