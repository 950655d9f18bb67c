//! Prompts as they are sent, in files that people read: a change of the wording shows as a difference there.
//!
//! After a change that is meant, write them anew and read the difference:
//! `cargo test -p domain --test prompts -- --ignored write_the_golden_prompts`
//! A change of the wording also raises `PROMPT_VERSION`.

use std::fmt::Write;
use std::path::PathBuf;

use domain::assistant::prompt::{Part, Prompt, Role};
use domain::assistant::prompting::{
    self, InsightBrief, IntakeBrief, LessonBrief, PROMPT_VERSION, Screenshot, StepBrief,
};
use domain::assistant::reading::OutputFault;

use crate::cases;

/// The digests of the stable layers by version, the latest last: a new wording has a new version.
const WORDINGS: &[(u32, &str)] = &[
    (1, "13f5e99e 3b72d529 b4e252a7"),
    // Lessons join: what was said before is said as before.
    (2, "13f5e99e 3b72d529 3e9bbf83 b4e252a7"),
];

fn prompts() -> Vec<(&'static str, Prompt)> {
    let (first, flow, late) = (cases::first(), cases::on_a_flow(), cases::late());
    let (candidates, scripts) = (cases::candidates(), cases::scripts());
    let team_context = Some(cases::TEAM_CONTEXT);
    let screenshots = [Screenshot { media_type: "image/png", bytes: vec![0; 48_213] }];
    let step = |case, team_context, scripts| {
        prompting::next_step(&StepBrief { case, team_context, scripts, screenshots: &[] })
    };
    let resolution = "A scheduled task ran under her name.\nWhat was done: Deleted the task & unlocked her.";
    let lesson = |case, team_context, scripts| {
        prompting::lesson(&LessonBrief { case, resolution, team_context, scripts })
    };
    let late_step = prompting::next_step(&StepBrief {
        case: &late,
        team_context,
        scripts: &scripts,
        screenshots: &screenshots,
    });
    let undecided = domain::assistant::case::Case {
        flow: None,
        close: flow.flow.iter().cloned().chain([other_flow()]).collect(),
        ..flow.clone()
    };
    let fault = OutputFault::NoObject.to_string();
    vec![
        ("first_step_without_flow", step(&first, None, &[])),
        ("first_step_between_close_flows", step(&undecided, None, &scripts)),
        ("first_step_on_a_flow", step(&flow, team_context, &scripts)),
        (
            "later_step_corrected",
            prompting::correct(&late_step, "Let me think: {\"analysis\": \"It is", &fault),
        ),
        ("later_step", late_step),
        (
            "classification",
            prompting::classification(&IntakeBrief {
                intake: &late.intake,
                ticket: late.ticket.as_ref(),
                team_context,
                candidates: &candidates,
                screenshots: &screenshots,
            }),
        ),
        (
            "insight",
            prompting::insight(&InsightBrief {
                case: &late,
                reason: "Month end is tomorrow and I have run out of ideas.",
                team_context,
                screenshots: &[],
            }),
        ),
        ("lesson_of_a_new_flow", lesson(&first, None, &[])),
        ("lesson_of_a_change", lesson(&late, team_context, &scripts)),
    ]
}

fn other_flow() -> domain::assistant::case::GuidingFlow {
    let candidate = cases::candidates().remove(1);
    domain::assistant::case::GuidingFlow {
        flow: candidate.flow,
        version: candidate.version,
        score: domain::session::status::Confidence::new(0.81),
        head: candidate.head,
        nodes: candidate.nodes,
    }
}

/// A prompt as a person reads it.
fn told(prompt: &Prompt) -> String {
    let mut text = format!(
        "version {PROMPT_VERSION}, schema {}, at most {} tokens\n",
        prompt.schema_name, prompt.max_output_tokens
    );
    for part in &prompt.system {
        let cached = if part.cache { ", cached up to here" } else { "" };
        write!(text, "\n################ system{cached}\n{}\n", part.text).unwrap();
    }
    for turn in &prompt.turns {
        let role = match turn.role {
            Role::User => "user",
            Role::Assistant => "assistant",
        };
        for part in &turn.parts {
            match part {
                Part::Text(said) => write!(text, "\n################ {role}\n{said}\n").unwrap(),
                Part::Image { media_type, bytes } => {
                    write!(text, "\n################ {role}: {media_type}, {} bytes\n", bytes.len()).unwrap();
                }
            }
        }
    }
    write!(text, "\n################ schema\n{}\n", serde_json::to_string_pretty(&prompt.schema).unwrap())
        .unwrap();
    text
}

fn file(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/golden/prompts").join(format!("{name}.txt"))
}

#[test]
fn prompts_read_as_their_golden_files() {
    for (name, prompt) in prompts() {
        let golden = std::fs::read_to_string(file(name)).unwrap_or_default();
        let told = told(&prompt);
        if let Some((line, (was, is))) =
            (1..).zip(golden.lines().zip(told.lines())).find(|(_, (was, is))| was != is)
        {
            panic!(
                "{name}, line {line}:\n  was {was}\n  is  {is}\nSee the head of {} to write it anew.",
                file!()
            );
        }
        assert_eq!(
            golden.len(),
            told.len(),
            "{name} is longer or shorter than its golden file; see {}",
            file!()
        );
    }
}

#[test]
#[ignore = "writes the golden files"]
fn write_the_golden_prompts() {
    std::fs::create_dir_all(file("").parent().unwrap()).unwrap();
    for (name, prompt) in prompts() {
        std::fs::write(file(name), told(&prompt)).unwrap();
    }
}

#[test]
fn a_changed_wording_has_a_new_version() {
    let mut stable: Vec<_> = prompts()
        .into_iter()
        .map(|(_, prompt)| Prompt { system: vec![prompt.system[0].clone()], turns: vec![], ..prompt })
        .map(|prompt| prompt.hash().to_string())
        .collect();
    stable.sort();
    stable.dedup();
    let digests = stable.iter().map(|digest| &digest[..8]).collect::<Vec<_>>().join(" ");
    let latest = WORDINGS.last().unwrap();
    assert_eq!(
        *latest,
        (PROMPT_VERSION, digests.as_str()),
        "raise PROMPT_VERSION and add a line to WORDINGS"
    );
}

#[test]
fn a_prompt_stays_within_what_a_model_of_modest_size_reads() {
    for (name, prompt) in prompts() {
        let characters = told(&prompt).chars().count();
        assert!(characters < 60_000, "{name} has {characters} characters");
    }
}
