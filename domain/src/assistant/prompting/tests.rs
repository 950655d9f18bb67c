//! The layers of prompts: what stands where, and what is cut.

use super::*;
use crate::personal::Personal;
use crate::script::ParameterType;
use crate::script::template::TemplateContent;
use crate::session::answer::Answer;
use crate::session::intake::IntakeType;
use crate::session::status::Confidence;
use crate::session::step::{MadeBy, Step, StepContent, Tokens};

/// A case with nothing but a few words.
pub(super) fn empty_case() -> Case {
    Case {
        intake: Intake {
            kind: IntakeType::FreeText,
            text: Some("It does not print.".into()),
            log: None,
            attachments: vec![],
            ticket: None,
            redactions: vec![],
        },
        ticket: None,
        classification: None,
        flow: None,
        close: vec![],
        history: vec![],
        steps_left: 30,
    }
}

fn brief(case: &Case) -> StepBrief<'_> {
    StepBrief { case, team_context: Some("Sites: Ulm"), scripts: &[], screenshots: &[] }
}

fn texts(prompt: &Prompt) -> String {
    let parts = prompt.turns.iter().flat_map(|turn| &turn.parts);
    let texts: Vec<_> = parts
        .map(|part| match part {
            Part::Text(text) => text.as_str(),
            Part::Image { .. } => "[image]",
        })
        .collect();
    texts.join("\n")
}

fn asked(ordinal: u32, text: &str, answer: Option<Answer>) -> crate::assistant::case::PastStep {
    let content = StepContent::Question {
        text: text.into(),
        context_message: None,
        options: vec![],
        allow_free_text: true,
        allow_skip: true,
    };
    crate::assistant::case::PastStep {
        pick_up: None,
        step: Step {
            id: crate::id::StepId(uuid::Uuid::from_u128(u128::from(ordinal))),
            ordinal,
            content,
            confidence: Confidence::new(0.3),
            flow_node: None,
            made_by: MadeBy::Playbook,
            tokens: Tokens::default(),
            reasoning: Some(Personal::new("secret reasoning".to_owned())),
        },
        answer,
        superseded: false,
    }
}

#[test]
fn the_first_layer_is_the_same_for_every_case_and_may_be_cached() {
    let (one, mut other) = (empty_case(), empty_case());
    other.steps_left = 2;
    other.intake.text = Some("Another problem.".into());
    let (one, other) = (next_step(&brief(&one)), next_step(&brief(&other)));
    assert_eq!(one.system[0], other.system[0]);
    assert!(one.system[0].cache && one.system[1].text.contains("Sites: Ulm"));
    assert_ne!(texts(&one), texts(&other));
}

#[test]
fn no_more_than_four_layers_ask_for_the_cache() {
    let case = empty_case();
    assert!(next_step(&brief(&case)).system.iter().filter(|part| part.cache).count() <= 4);
}

#[test]
fn screenshots_stand_in_the_user_turn_before_the_task() {
    let case = empty_case();
    let screenshots = [Screenshot { media_type: "image/png", bytes: vec![1, 2, 3] }];
    let prompt = next_step(&StepBrief { screenshots: &screenshots, ..brief(&case) });
    let parts = &prompt.turns[0].parts;
    assert_eq!(parts[2], Part::Image { media_type: "image/png", bytes: vec![1, 2, 3] });
    assert!(matches!(&parts[3], Part::Text(text) if text.ends_with("in the agreed form.")));
}

#[test]
fn a_prompt_never_holds_the_reasoning_of_earlier_steps() {
    let case = Case { history: vec![asked(0, "Who?", Some(Answer::Skipped))], ..empty_case() };
    assert!(!texts(&next_step(&brief(&case))).contains("secret reasoning"));
}

#[test]
fn a_long_course_keeps_its_latest_entries_whole() {
    let long = |n: u32| {
        asked(
            n,
            &format!("Question {n}?"),
            Some(Answer::FreeText(format!("{n}: {}", "x".repeat(9_000)).into())),
        )
    };
    let case = Case { history: (0..300).map(long).collect(), ..empty_case() };
    let told = texts(&next_step(&brief(&case)));
    assert!(told.chars().count() < 2 * limits::COURSE_BUDGET, "{}", told.chars().count());
    assert!(told.contains("Question 299?") && told.contains("oldest entries are left out"));
    assert!(!told.contains("Question 0?"));
}

#[test]
fn the_team_context_is_cut_at_its_limit() {
    let case = empty_case();
    let context = "c".repeat(5_000);
    let prompt = next_step(&StepBrief { team_context: Some(&context), ..brief(&case) });
    assert!(prompt.system[1].text.contains(&"c".repeat(limits::MAX_TEAM_CONTEXT)));
    assert!(!prompt.system[1].text.contains(&"c".repeat(limits::MAX_TEAM_CONTEXT + 1)));
}

#[test]
fn at_most_twenty_templates_and_five_candidates_are_shown() {
    let offer = |n: u128| {
        let content = TemplateContent {
            name: format!("Script number {n}."),
            description: None,
            category: None,
            team: None,
            body: String::new(),
            parameters: vec![],
        };
        ScriptOffer::of(crate::id::TemplateId(uuid::Uuid::from_u128(n)), &content)
    };
    let case = empty_case();
    let scripts: Vec<_> = (1..=30).map(offer).collect();
    let prompt = next_step(&StepBrief { scripts: &scripts, ..brief(&case) });
    assert_eq!(prompt.system[2].text.matches("Script number").count(), 20);
    let library = crate::flow::library::starter_flows();
    let candidates: Vec<_> = library
        .iter()
        .zip(1..)
        .map(|(flow, n)| MatchableFlow {
            flow: crate::id::FlowId(uuid::Uuid::from_u128(n)),
            version: 1,
            head: flow.head.clone(),
            nodes: flow.nodes.clone(),
        })
        .collect();
    let brief = IntakeBrief {
        intake: &case.intake,
        ticket: None,
        team_context: None,
        candidates: &candidates,
        screenshots: &[],
    };
    let prompt = classification(&brief);
    assert_eq!(prompt.system[1].text.matches("<candidate number=").count(), 5);
}

#[test]
fn a_correction_repeats_the_answer_and_names_the_fault() {
    let case = empty_case();
    let prompt = next_step(&brief(&case));
    let corrected = correct(&prompt, "{\"step\": 1} <|im_end|>", "`step` must be an object.");
    assert_eq!((corrected.system.clone(), &corrected.turns[0]), (prompt.system.clone(), &prompt.turns[0]));
    assert_eq!(corrected.turns[1], Turn::assistant("{\"step\": 1} &lt;|im_end|>"));
    assert_eq!(corrected.turns[2].role, Role::User);
    assert!(texts(&corrected).contains("`step` must be an object."));
    let silent = correct(&prompt, " ", "There was no answer.");
    assert_eq!((silent.turns.len(), silent.turns[0].parts.len()), (1, prompt.turns[0].parts.len() + 1));
}

#[test]
fn a_secret_parameter_is_neither_shown_nor_offered() {
    let scripts: Vec<_> = crate::script::library::starter_scripts()
        .iter()
        .filter(|script| script.content.parameters.iter().any(|it| it.kind == ParameterType::Secret))
        .map(|script| ScriptOffer::of(crate::id::TemplateId(uuid::Uuid::from_u128(1)), &script.content))
        .collect();
    assert!(!scripts.is_empty(), "the library has a script that asks for a secret");
    let case = empty_case();
    let prompt = next_step(&StepBrief { scripts: &scripts, ..brief(&case) });
    assert!(!prompt.system[2].text.contains("SECRET"));
    for script in crate::script::library::starter_scripts() {
        let offered = ScriptOffer::of(crate::id::TemplateId(uuid::Uuid::nil()), &script.content).offered();
        for parameter in &script.content.parameters {
            assert_eq!(offered.parameters.contains(parameter), parameter.kind != ParameterType::Secret);
        }
    }
}
