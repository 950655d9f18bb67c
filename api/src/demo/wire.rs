//! What the demo asks of the API, and what it reads of the answers.

use serde::Deserialize;

/// A step, as every operation here selects it.
pub const STEP: &str = "fragment Step on Step {
  id ordinal kind text contextMessage allowFreeText allowSkip confidenceScore confidenceTier madeBy
  ... on QuestionStep { options { label value followupHint } }
  ... on ActionStep { expectedOutcome checklist }
  ... on SuggestionStep { resolutionSummary followUps }
}";

/// A session, as every operation here selects it; needs [`STEP`].
pub const SESSION: &str = "fragment Session on Session {
  id status problemSummary problemDomain keySymptoms urgency confidenceScore confidenceTier
  assistant assistantError stepCount
  intake { type text logContent redactions { kind count } }
  match { flow { id name } flowVersion score reason }
  currentStep { ...Step }
}";

/// From an intake to the first step.
pub const START: &str = "mutation Start($input: StartSessionInput!) {
  startSession(input: $input) { session { ...Session } position userErrors { code message path } }
}";

/// An answer, and the next step.
pub const ANSWER: &str = "mutation Answer($input: AnswerStepInput!) {
  answerStep(input: $input) { session { ...Session } resolutionSummary position userErrors { code message path } }
}";

/// The end, and what was written down.
pub const RESOLVE: &str = "mutation Resolve($input: ResolveSessionInput!) {
  resolveSession(input: $input) {
    session { ...Session }
    documentation { markdown resolutionSummary resolutionAction totalSteps duration }
    position
    userErrors { code message path }
  }
}";

/// A session that is still being worked on.
pub const LOOK: &str = "query Look($id: ID!) { session(id: $id) { ...Session } }";

/// A session.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Session {
    /// Its id.
    pub id: String,
    /// ACTIVE, RESOLVED, …
    pub status: String,
    /// The problem in a line.
    pub problem_summary: Option<String>,
    /// One of the twelve.
    pub problem_domain: Option<String>,
    /// What was complained of.
    pub key_symptoms: Vec<String>,
    /// LOW to CRITICAL.
    pub urgency: Option<String>,
    /// IDLE, THINKING, FAILED.
    pub assistant: String,
    /// Why it failed.
    pub assistant_error: Option<String>,
    /// Assistant steps so far.
    pub step_count: u32,
    /// What it began with, without its secrets.
    pub intake: Intake,
    /// The flow that fits.
    #[serde(rename = "match")]
    pub matched: Option<Match>,
    /// The open step.
    pub current_step: Option<Step>,
}

/// What a session began with, as it is stored.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Intake {
    /// The problem in words.
    pub text: Option<String>,
    /// A pasted log.
    pub log_content: Option<String>,
    /// What was replaced in both.
    pub redactions: Vec<Redaction>,
}

/// How many secrets of a kind were replaced.
#[derive(Debug, Clone, Deserialize)]
pub struct Redaction {
    /// The kind.
    pub kind: String,
    /// How many.
    pub count: u32,
}

/// The flow that fits, and how well.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Match {
    /// The flow.
    pub flow: Flow,
    /// Which of its versions.
    pub flow_version: u32,
    /// How likely it is right.
    pub score: f64,
    /// Why.
    pub reason: String,
}

/// A flow.
#[derive(Debug, Clone, Deserialize)]
pub struct Flow {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
}

/// A step of any kind.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Step {
    /// Its id.
    pub id: String,
    /// QUESTION, ACTION, …
    pub kind: String,
    /// What is asked.
    pub text: String,
    /// Why, and how.
    pub context_message: Option<String>,
    /// Own words are an answer.
    pub allow_free_text: bool,
    /// It may be skipped.
    pub allow_skip: bool,
    /// How sure the assistant is.
    pub confidence_score: f64,
    /// The same as a tier.
    pub confidence_tier: String,
    /// Who made it.
    pub made_by: String,
    /// A question's options.
    #[serde(default)]
    pub options: Vec<StepOption>,
    /// What an action should lead to.
    #[serde(default)]
    pub expected_outcome: Option<String>,
    /// An action, point by point.
    #[serde(default)]
    pub checklist: Vec<String>,
    /// A suggested solution.
    #[serde(default)]
    pub resolution_summary: Option<String>,
    /// What to do after it.
    #[serde(default)]
    pub follow_ups: Vec<String>,
}

/// An option of a question.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct StepOption {
    /// What it says.
    pub label: String,
    /// What is sent for it.
    pub value: String,
    /// More about it.
    pub followup_hint: Option<String>,
}

/// The part of a command's payload that is read here.
#[derive(Debug, Clone, Deserialize)]
pub struct Payload {
    /// The session as it stands now.
    pub session: Option<Session>,
}

/// What `resolveSession` gives back.
#[derive(Debug, Clone, Deserialize)]
pub struct Closed {
    /// The session as it stands now.
    pub session: Option<Session>,
    /// What was written down.
    pub documentation: Option<Documentation>,
}

/// A session's documentation.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Documentation {
    /// All of it, as Markdown.
    pub markdown: String,
    /// What it was and what helped.
    pub resolution_summary: Option<String>,
    /// What was done.
    pub resolution_action: Option<String>,
    /// How many steps it tells of.
    pub total_steps: u32,
    /// From start to close.
    pub duration: Option<String>,
}
