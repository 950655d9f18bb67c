//! Prompts: what a model is told so that it classifies an intake, makes the next step, helps whoever takes a case over, or
//! writes down what a solved case teaches.
//!
//! Layers, the most stable first (rule 4.5): rules and form, then the team's context, the matched flow and the script
//! templates, all trusted and all in the system prompt; then one turn of the user with the case file, in which everything
//! that came from a customer or out of the session stands in escaped data blocks ([`data`]), and the task at its end.

mod case_file;
pub(in crate::assistant) mod clip;
mod correction;
mod course;
mod data;
mod flow;
pub mod limits;
mod offer;
mod schema;
mod task;

pub use correction::correct;
pub use offer::ScriptOffer;

use crate::assistant::case::Case;
use crate::assistant::prompt::{Part, Prompt, Role, SystemPart, Turn};
use crate::matching::MatchableFlow;
use crate::session::event::TicketContext;
use crate::session::intake::Intake;

/// The version of the wording of all prompts. Raise it with every change of a text or a layout, so that steps of different
/// wordings can be told apart afterwards.
pub const PROMPT_VERSION: u32 = 2;

const STEP_RULES: &str = include_str!("prompting/texts/step.md");
const STEP_FORM: &str = include_str!("prompting/texts/step_form.md");
const CLASSIFICATION_RULES: &str = include_str!("prompting/texts/classification.md");
const CLASSIFICATION_FORM: &str = include_str!("prompting/texts/classification_form.md");
const INSIGHT_RULES: &str = include_str!("prompting/texts/insight.md");
const INSIGHT_FORM: &str = include_str!("prompting/texts/insight_form.md");
const LESSON_RULES: &str = include_str!("prompting/texts/lesson.md");
const LESSON_FORM: &str = include_str!("prompting/texts/lesson_form.md");
const DATA_RULES: &str = include_str!("prompting/texts/data.md");

/// A screenshot of the intake with its content, which comes from where files are kept.
#[derive(Clone, PartialEq, Eq)]
pub struct Screenshot {
    /// `image/png`, `image/jpeg` or `image/webp`.
    pub media_type: &'static str,
    /// The file.
    pub bytes: Vec<u8>,
}

/// What a classification is made from.
#[derive(Clone, Copy)]
pub struct IntakeBrief<'a> {
    /// The problem.
    pub intake: &'a Intake,
    /// What the PSA said of the ticket.
    pub ticket: Option<&'a TicketContext>,
    /// What the team's admin set.
    pub team_context: Option<&'a str>,
    /// Flows that may fit, best first; the first five are shown, by the numbers 1 to 5.
    pub candidates: &'a [MatchableFlow],
    /// The intake's screenshots.
    pub screenshots: &'a [Screenshot],
}

/// What a step is made from.
#[derive(Clone, Copy)]
pub struct StepBrief<'a> {
    /// The whole course so far.
    pub case: &'a Case,
    /// What the team's admin set.
    pub team_context: Option<&'a str>,
    /// Active script templates, most used first; the first twenty are shown.
    pub scripts: &'a [ScriptOffer],
    /// The intake's screenshots.
    pub screenshots: &'a [Screenshot],
}

/// What an escalation's insight is made from.
#[derive(Clone, Copy)]
pub struct InsightBrief<'a> {
    /// The whole course so far.
    pub case: &'a Case,
    /// Why it was escalated.
    pub reason: &'a str,
    /// What the team's admin set.
    pub team_context: Option<&'a str>,
    /// The intake's screenshots.
    pub screenshots: &'a [Screenshot],
}

/// What the lesson of a solved case is made from.
#[derive(Clone, Copy)]
pub struct LessonBrief<'a> {
    /// The whole course, with the flow that it followed and left, if it did.
    pub case: &'a Case,
    /// How it was solved, and what is to be done afterwards.
    pub resolution: &'a str,
    /// What the team's admin set.
    pub team_context: Option<&'a str>,
    /// Active script templates, most used first; the first twenty are shown.
    pub scripts: &'a [ScriptOffer],
}

/// What is the intake about, and which of the candidate flows fits?
pub fn classification(brief: &IntakeBrief<'_>) -> Prompt {
    let mut system = rules(CLASSIFICATION_RULES, CLASSIFICATION_FORM);
    system.extend(team_context(brief.team_context));
    // Other candidates with every intake: no cache can hold them.
    system.push(SystemPart { text: flow::candidates(brief.candidates), cache: false });
    Prompt {
        system,
        turns: vec![turn(
            case_file::intake(brief.intake, brief.ticket, limits::QUICK_LOG_BUDGET),
            brief.screenshots,
            task::CLASSIFY.to_owned(),
        )],
        schema_name: "classification",
        schema: schema::classification(),
        max_output_tokens: limits::CLASSIFICATION_OUTPUT_TOKENS,
    }
}

/// What is the next step?
pub fn next_step(brief: &StepBrief<'_>) -> Prompt {
    let mut system = rules(STEP_RULES, STEP_FORM);
    system.extend(team_context(brief.team_context));
    let knowledge = format!("{}\n\n{}", flow::guiding(brief.case), offer::scripts(brief.scripts));
    system.push(SystemPart { text: knowledge, cache: true });
    let course = course::told(&brief.case.history);
    Prompt {
        system,
        turns: vec![turn(
            case_file::of(brief.case),
            brief.screenshots,
            format!("{course}\n\n{}", task::next_step(brief.case)),
        )],
        schema_name: "step",
        schema: schema::step(),
        max_output_tokens: limits::STEP_OUTPUT_TOKENS,
    }
}

/// What should whoever picks the session up know?
pub fn insight(brief: &InsightBrief<'_>) -> Prompt {
    let mut system = rules(INSIGHT_RULES, INSIGHT_FORM);
    system.extend(team_context(brief.team_context));
    if brief.case.flow.is_some() {
        system.push(SystemPart { text: flow::guiding(brief.case), cache: false });
    }
    let course = course::told(&brief.case.history);
    let reason = data::block("kind=\"reason-for-escalation\"", brief.reason);
    Prompt {
        system,
        turns: vec![turn(
            case_file::of(brief.case),
            brief.screenshots,
            format!("{course}\n\n{reason}\n\n{}", task::INSIGHT),
        )],
        schema_name: "insight",
        schema: schema::insight(),
        max_output_tokens: limits::INSIGHT_OUTPUT_TOKENS,
    }
}

/// What flow does a solved case teach, or what change of the one that it followed?
pub fn lesson(brief: &LessonBrief<'_>) -> Prompt {
    let mut system = rules(LESSON_RULES, LESSON_FORM);
    system.extend(team_context(brief.team_context));
    let knowledge = match &brief.case.flow {
        Some(flow) => flow::to_be_changed(flow),
        None => "No flow is given: write a new one.".to_owned(),
    };
    let knowledge = format!("{knowledge}\n\n{}", offer::scripts_of_flows(brief.scripts));
    system.push(SystemPart { text: knowledge, cache: false });
    let course = course::told(&brief.case.history);
    let resolution = clip::text(brief.resolution, limits::TEXT_BUDGET);
    let resolution = data::block("kind=\"resolution\"", &resolution);
    let wanted = if brief.case.flow.is_some() { task::LESSON_OF_A_FLOW } else { task::LESSON };
    Prompt {
        system,
        turns: vec![turn(
            case_file::of(brief.case),
            &[],
            format!("{course}\n\nHow it was solved.\n\n{resolution}\n\n{wanted}"),
        )],
        schema_name: "flow",
        schema: schema::lesson(),
        max_output_tokens: limits::FLOW_OUTPUT_TOKENS,
    }
}

fn rules(rules: &str, form: &str) -> Vec<SystemPart> {
    let text = [rules, DATA_RULES, form].map(str::trim_end).join("\n\n");
    vec![SystemPart { text, cache: true }]
}

fn team_context(context: Option<&str>) -> Option<SystemPart> {
    let context = context.map(str::trim).filter(|context| !context.is_empty())?;
    let context: String = context.chars().take(limits::MAX_TEAM_CONTEXT).collect();
    let text = format!(
        "The team's context, set by its admin (client configuration, naming conventions). Rely on it:\n{}",
        data::trusted("team-context", &context)
    );
    Some(SystemPart { text, cache: true })
}

/// One turn: the case file, the screenshots, and at the end what is wanted.
fn turn(case_file: String, screenshots: &[Screenshot], wanted: String) -> Turn {
    let mut parts = vec![Part::Text(case_file)];
    if !screenshots.is_empty() {
        parts.push(Part::Text(task::SCREENSHOTS.to_owned()));
        let image = |it: &Screenshot| Part::Image { media_type: it.media_type, bytes: it.bytes.clone() };
        parts.extend(screenshots.iter().map(image));
    }
    parts.push(Part::Text(wanted));
    Turn { role: Role::User, parts }
}

#[cfg(test)]
mod tests;
