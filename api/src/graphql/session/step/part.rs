//! What only steps of one type have.

use async_graphql::{Context, Object, Result, SimpleObject};
use domain::id::{TemplateId, UserId};
use domain::session::view::{ActionPart as ActionView, OptionView, ScriptView};
use serde_json::Value;

use super::super::answer::StepOption;
use super::super::escalation::Escalation;
use crate::graphql::account::User;
use crate::graphql::scalar::Json;
use crate::graphql::script::{GeneratedScript, ScriptTemplate};

/// Of a question.
#[derive(SimpleObject, Clone)]
pub struct QuestionPart {
    /// Ready answers, likeliest first.
    options: Vec<StepOption>,
}

impl QuestionPart {
    pub(super) fn new(options: &[OptionView]) -> Self {
        Self { options: options.iter().map(StepOption::from).collect() }
    }
}

/// Of an action, a check or a request for facts.
#[derive(SimpleObject, Clone)]
pub struct ActionPart {
    /// What one sees when it worked.
    expected_outcome: Option<String>,
    /// Smaller steps.
    checklist: Vec<String>,
}

impl From<&ActionView> for ActionPart {
    fn from(view: &ActionView) -> Self {
        Self { expected_outcome: view.expected_outcome.clone(), checklist: view.checklist.clone() }
    }
}

/// Of a script.
#[derive(Clone)]
pub struct ScriptPart {
    instructions: Option<String>,
    template: TemplateId,
    prefilled: Json,
    script: Option<ScriptView>,
}

#[Object]
impl ScriptPart {
    /// How to run it.
    async fn instructions(&self) -> Option<&str> {
        self.instructions.as_deref()
    }

    /// What it is made from, in the newest version; null if that is not known (any more).
    async fn template(&self, ctx: &Context<'_>) -> Result<Option<ScriptTemplate>> {
        ScriptTemplate::named(ctx, self.template, None).await
    }

    /// Parameters that the assistant filled in, by key.
    async fn prefilled(&self) -> &Json {
        &self.prefilled
    }

    /// The script that was generated last for this step.
    async fn script(&self) -> Option<GeneratedScript> {
        self.script.clone().map(GeneratedScript::from)
    }
}

impl ScriptPart {
    pub(super) fn new(
        instructions: Option<String>,
        template: TemplateId,
        prefilled: &Value,
        script: Option<ScriptView>,
    ) -> Self {
        // The contract's JSON! is never null.
        let prefilled =
            if prefilled.is_null() { Value::Object(serde_json::Map::new()) } else { prefilled.clone() };
        Self { instructions, template, prefilled: Json(prefilled), script }
    }
}

/// Of a suggested resolution.
#[derive(SimpleObject, Clone)]
pub struct SuggestionPart {
    /// The solution in a sentence or two: a proposal for the resolution's summary.
    resolution_summary: String,
    /// What to do afterwards.
    follow_ups: Vec<String>,
}

impl SuggestionPart {
    pub(super) fn new(resolution_summary: String, follow_ups: Vec<String>) -> Self {
        Self { resolution_summary, follow_ups }
    }
}

/// Of a briefing.
#[derive(SimpleObject, Clone)]
pub struct BriefingPart {
    /// The escalation that was picked up.
    escalation: Escalation,
}

impl BriefingPart {
    pub(super) fn new(escalation: Escalation) -> Self {
        Self { escalation }
    }
}

/// Of a note.
#[derive(Clone)]
pub struct NotePart {
    author: Option<UserId>,
}

#[Object]
impl NotePart {
    /// Who wrote it; null if FlowPilot did.
    async fn author(&self, ctx: &Context<'_>) -> Result<Option<User>> {
        User::named_if(ctx, self.author).await
    }
}

impl NotePart {
    pub(super) fn new(author: Option<UserId>) -> Self {
        Self { author }
    }
}
