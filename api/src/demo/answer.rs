//! Chooses, for a step that FlowPilot asks, the answer that the example holds ready.

use std::collections::HashSet;

use serde_json::{Value, json};
use uuid::Uuid;

use super::example::{Example, Given, ScriptedAnswer};
use super::wire::{Step, StepOption};

/// Words shorter than this tell nothing apart.
const SHORTEST_WORD: usize = 3;

/// An answer that a step can take.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Choice {
    /// One of its options.
    Option {
        /// As it reads.
        label: String,
        /// As it is sent.
        value: String,
    },
    /// Own words.
    FreeText(String),
    /// What came of an action.
    ActionResult {
        /// It did what was expected.
        succeeded: bool,
        /// What was seen.
        details: Option<String>,
    },
    /// Skipped.
    Skip,
}

impl Choice {
    /// As the API's `StepAnswer`.
    pub fn to_input(&self) -> Value {
        match self {
            Self::Option { value, .. } => json!({ "option": value }),
            Self::FreeText(text) => json!({ "freeText": text }),
            Self::ActionResult { succeeded, details } => {
                json!({ "actionResult": { "succeeded": succeeded, "details": details } })
            }
            Self::Skip => json!({ "skip": true }),
        }
    }

    /// An action, or a suggested solution, did what was expected.
    pub fn is_success(&self) -> bool {
        matches!(self, Self::ActionResult { succeeded: true, .. })
    }
}

/// The answers of an example, each of which is given once.
pub struct Script<'a> {
    unused: Vec<&'a ScriptedAnswer>,
    intake: HashSet<String>,
}

impl<'a> Script<'a> {
    /// All answers of an example.
    pub fn of(example: &'a Example) -> Self {
        Self { unused: example.answers.iter().collect(), intake: words(&example.intake.text) }
    }

    /// Nothing is left of it.
    pub fn is_used_up(&self) -> bool {
        self.unused.is_empty()
    }

    /// How many answers were not given yet.
    pub fn left(&self) -> usize {
        self.unused.len()
    }

    /// The answer to a step: the one written for its words, else the first for any step that it can take, else whatever
    /// keeps the session going.
    pub fn choose(&mut self, step: &Step) -> Choice {
        let text = step.text.to_lowercase();
        let written_for_it = |answer: &ScriptedAnswer| {
            answer.when.as_ref().is_some_and(|when| text.contains(&when.to_lowercase()))
        };
        if let Some(choice) = self.take(step, written_for_it) {
            return choice;
        }
        if asks_which_flow(step) {
            return self.nearest_option(step);
        }
        self.take(step, |answer| answer.when.is_none()).unwrap_or_else(|| going_on(step))
    }

    fn take(&mut self, step: &Step, wanted: impl Fn(&ScriptedAnswer) -> bool) -> Option<Choice> {
        let mut found = self.unused.iter().enumerate().filter(|(_, answer)| wanted(answer));
        let (index, choice) = found.find_map(|(index, answer)| Some((index, fit(&answer.given, step)?)))?;
        self.unused.remove(index);
        Some(choice)
    }

    /// The option that shares most words with the intake; of equals the first.
    fn nearest_option(&self, step: &Step) -> Choice {
        let shared = |option: &StepOption| {
            let hint = option.followup_hint.as_deref().unwrap_or_default();
            words(&format!("{} {hint}", option.label)).intersection(&self.intake).count()
        };
        step.options.iter().rev().max_by_key(|option| shared(option)).map_or_else(|| going_on(step), taken)
    }
}

/// The answer, if this step can take it.
fn fit(given: &Given, step: &Step) -> Option<Choice> {
    match given {
        Given::Option(wanted) => option(step, wanted).map(taken),
        Given::Free(text) => takes_free_text(step).then(|| Choice::FreeText(text.clone())),
        Given::Result { succeeded, details } => takes_result(step)
            .then(|| Choice::ActionResult { succeeded: *succeeded, details: details.clone() }),
        Given::Skip => step.allow_skip.then_some(Choice::Skip),
    }
}

fn option<'s>(step: &'s Step, wanted: &str) -> Option<&'s StepOption> {
    let wanted = wanted.to_lowercase();
    let by = |fits: fn(&str, &str) -> bool| {
        step.options.iter().find(|option| fits(&option.label.to_lowercase(), &wanted))
    };
    by(|label, wanted| label == wanted).or_else(|| by(|label, wanted| label.contains(wanted)))
}

fn taken(option: &StepOption) -> Choice {
    Choice::Option { label: option.label.clone(), value: option.value.clone() }
}

/// Where nothing lies ready.
fn going_on(step: &Step) -> Choice {
    match step.options.first() {
        _ if step.allow_skip => Choice::Skip,
        _ if takes_free_text(step) => Choice::FreeText("I cannot say.".to_owned()),
        Some(option) => taken(option),
        None => Choice::ActionResult { succeeded: true, details: None },
    }
}

fn takes_free_text(step: &Step) -> bool {
    step.allow_free_text || step.kind == "INFO_REQUEST"
}

fn takes_result(step: &Step) -> bool {
    matches!(
        step.kind.as_str(),
        "ACTION" | "VERIFICATION" | "INFO_REQUEST" | "SCRIPT_GENERATION" | "RESOLUTION_SUGGESTION"
    )
}

/// The options of this one question are flows: their values are ids.
fn asks_which_flow(step: &Step) -> bool {
    step.options.iter().filter(|option| Uuid::parse_str(&option.value).is_ok()).count() >= 2
}

fn words(text: &str) -> HashSet<String> {
    text.split(|c: char| !c.is_alphanumeric())
        .filter(|word| word.chars().count() >= SHORTEST_WORD)
        .map(str::to_lowercase)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::demo::example::{Intake, Resolution};

    fn example(answers: Vec<(Option<&str>, Given)>) -> Example {
        Example {
            name: "test",
            title: "Test".into(),
            intake: Intake { text: "The printer prints nothing since the driver update".into(), log: None },
            answers: answers
                .into_iter()
                .map(|(when, given)| ScriptedAnswer { when: when.map(str::to_owned), given })
                .collect(),
            resolution: Resolution { summary: "Solved.".into(), action: "Done.".into() },
        }
    }

    fn step(kind: &str, text: &str, options: &[(&str, &str)]) -> Step {
        Step {
            id: "1".into(),
            kind: kind.into(),
            text: text.into(),
            context_message: None,
            allow_free_text: kind != "RESOLUTION_SUGGESTION",
            allow_skip: kind != "RESOLUTION_SUGGESTION",
            confidence_score: 0.9,
            confidence_tier: "GUIDED".into(),
            made_by: "playbook".into(),
            options: options
                .iter()
                .map(|(label, value)| StepOption {
                    label: (*label).into(),
                    value: (*value).into(),
                    followup_hint: None,
                })
                .collect(),
            expected_outcome: None,
            checklist: vec![],
            resolution_summary: None,
            follow_ups: vec![],
        }
    }

    fn chosen(label: &str, value: &str) -> Choice {
        Choice::Option { label: label.into(), value: value.into() }
    }

    #[test]
    fn the_answer_written_for_the_steps_words_comes_before_any_other() {
        let example = example(vec![
            (None, Given::Option("Yes".into())),
            (Some("WHO CANNOT"), Given::Option("several".into())),
        ]);
        let mut script = Script::of(&example);
        let question =
            step("QUESTION", "Who cannot print?", &[("Yes", "a"), ("One or several", "b"), ("Several", "c")]);
        assert_eq!(
            script.choose(&question),
            chosen("Several", "c"),
            "an equal label comes before one that contains it"
        );
        assert_eq!(script.choose(&question), chosen("Yes", "a"), "each answer is given once");
        assert!(script.is_used_up());
        assert_eq!(script.choose(&question), Choice::Skip, "with nothing left it is skipped");
    }

    #[test]
    fn an_answer_that_the_step_cannot_take_is_kept_for_later() {
        let result = Given::Result { succeeded: false, details: Some("no light".into()) };
        let example = example(vec![(None, result), (None, Given::Free("the display is dark".into()))]);
        let mut script = Script::of(&example);
        assert_eq!(
            script.choose(&step("QUESTION", "What is seen?", &[])),
            Choice::FreeText("the display is dark".into())
        );
        let tried = Choice::ActionResult { succeeded: false, details: Some("no light".into()) };
        assert_eq!(script.choose(&step("ACTION", "Try it.", &[])), tried);
    }

    #[test]
    fn a_suggestion_without_an_answer_is_taken_as_succeeded() {
        let example = example(vec![]);
        let choice =
            Script::of(&example).choose(&step("RESOLUTION_SUGGESTION", "The driver was wrong.", &[]));
        assert_eq!(choice, Choice::ActionResult { succeeded: true, details: None });
    }

    #[test]
    fn between_close_matches_the_option_nearest_to_the_intake_is_taken() {
        let flows = [
            ("Outlook asks for a password", "019a8f00-0000-7000-8000-000000000001"),
            ("Printer and driver", "019a8f00-0000-7000-8000-000000000002"),
            ("None of these", "None of these"),
        ];
        let example = example(vec![(None, Given::Free("for later".into()))]);
        let choice = Script::of(&example).choose(&step("QUESTION", "Which of these?", &flows));
        assert_eq!(choice, chosen(flows[1].0, flows[1].1));
    }
}
