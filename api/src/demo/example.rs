//! The examples: realistic intakes with the answers that an engineer gives, part of the program.

use anyhow::{Context, bail};
use serde::Deserialize;

/// Every file of `examples/`: its name without ending, and its text.
const FILES: &[(&str, &str)] = include!(concat!(env!("OUT_DIR"), "/examples.rs"));

/// An intake, the answers to what FlowPilot will ask, and how it ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Example {
    /// What it is called on the command line.
    pub name: &'static str,
    /// A headline.
    pub title: String,
    /// What the customer brought.
    pub intake: Intake,
    /// What the engineer answers.
    pub answers: Vec<ScriptedAnswer>,
    /// What the engineer resolves with.
    pub resolution: Resolution,
}

/// What the customer brought.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Intake {
    /// The problem in words.
    pub text: String,
    /// A pasted log.
    pub log: Option<String>,
}

/// How it ended.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Resolution {
    /// What it was and what helped.
    pub summary: String,
    /// What was done.
    pub action: String,
}

/// An answer that lies ready.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ScriptedAnswer {
    /// Words of the step that it answers; without them it answers the first step that can take it.
    pub when: Option<String>,
    /// The answer.
    pub given: Given,
}

/// What an engineer says to a step.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Given {
    /// The option with this label, or with a label that contains this.
    Option(String),
    /// Own words.
    Free(String),
    /// What came of an action.
    Result {
        /// It did what was expected.
        succeeded: bool,
        /// What was seen.
        details: Option<String>,
    },
    /// Nothing.
    Skip,
}

/// The names of all examples, in alphabetical order.
pub fn names() -> impl Iterator<Item = &'static str> {
    FILES.iter().map(|(name, _)| *name)
}

/// Reads an example by its name.
pub fn named(name: &str) -> anyhow::Result<Example> {
    match FILES.iter().find(|(known, _)| *known == name) {
        Some((name, text)) => read(name, text),
        None => bail!("there is no example {name:?}; there are: {}", names().collect::<Vec<_>>().join(", ")),
    }
}

fn read(name: &'static str, text: &str) -> anyhow::Result<Example> {
    let written: Written = serde_saphyr::from_str(text).with_context(|| format!("examples/{name}.yaml"))?;
    let answers: anyhow::Result<Vec<_>> = written.answers.into_iter().map(WrittenAnswer::checked).collect();
    Ok(Example {
        name,
        title: written.title,
        intake: written.intake,
        answers: answers.with_context(|| format!("examples/{name}.yaml"))?,
        resolution: written.resolution,
    })
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    title: String,
    intake: Intake,
    answers: Vec<WrittenAnswer>,
    resolution: Resolution,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenAnswer {
    when: Option<String>,
    option: Option<String>,
    free: Option<String>,
    succeeded: Option<bool>,
    details: Option<String>,
    skip: Option<bool>,
}

impl WrittenAnswer {
    /// Exactly one of option, free, succeeded (with details) and skip.
    fn checked(self) -> anyhow::Result<ScriptedAnswer> {
        let given = match self {
            Self { option: Some(label), free: None, succeeded: None, details: None, skip: None, .. } => {
                Given::Option(label)
            }
            Self { option: None, free: Some(text), succeeded: None, details: None, skip: None, .. } => {
                Given::Free(text)
            }
            Self { option: None, free: None, succeeded: Some(succeeded), details, skip: None, when: _ } => {
                return Ok(ScriptedAnswer { when: self.when, given: Given::Result { succeeded, details } });
            }
            Self { option: None, free: None, succeeded: None, details: None, skip: Some(true), .. } => {
                Given::Skip
            }
            odd => bail!(
                "an answer is one of option, free, succeeded (with details) and skip: true, not {odd:?}"
            ),
        };
        Ok(ScriptedAnswer { when: self.when, given })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_example_can_be_read() {
        assert!(names().count() >= 12, "a dozen examples at least");
        for name in names() {
            let example = named(name).unwrap();
            assert!(example.intake.text.len() > 100, "{name}: a realistic intake is longer");
            assert!(!example.answers.is_empty(), "{name}: somebody has to answer");
            assert!(
                example.resolution.summary.len() >= 5,
                "{name}: a session is resolved with five characters or more"
            );
        }
    }

    #[test]
    fn an_unknown_name_is_refused_with_those_that_there_are() {
        let error = named("account-lockdown").unwrap_err().to_string();
        assert!(error.contains("account-lockout"), "{error}");
    }

    #[test]
    fn an_answer_that_says_two_things_is_refused() {
        let text = "title: T\nintake: { text: x }\nresolution: { summary: s, action: a }\nanswers:\n  - { option: A, skip: true }\n";
        let error = format!("{:#}", read("odd", text).unwrap_err());
        assert!(error.contains("examples/odd.yaml") && error.contains("one of option"), "{error}");
    }
}
