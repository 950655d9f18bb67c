//! `flowpilot-replay evaluate …`: how good FlowPilot is at what it does, on examples whose answer is known.

use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};
use domain::embedding::{EmbedError, Embedder, Usage};
use domain::matching::MatchPolicy;
use domain::matching::evaluation::{
    Cosines, Figure, Figures, Half, Labelled, Library, Trial, fit, for_calibration, read, shipped,
};
use integrations::embedding::options::EmbeddingOptions;
use serde_json::json;

use crate::arguments::Options;
use crate::failure::Failure;
use crate::output::{self, row};
use crate::policy_file;

const FIGURES: &[&str] = &["half", "way", "policy", "figure", "value", "of", "all"];
const CALIBRATIONS: &[&str] = &["way", "policy", "calibration"];
const MISSES: &[&str] = &["half", "way", "flow", "place", "best", "score", "text"];

/// `flowpilot-replay evaluate`
#[derive(Debug, Args)]
pub(crate) struct EvaluateArguments {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Hold matching against the starter library to intakes whose right flow is known.
    ///
    /// Beside what is in force stands what words alone and meaning alone would do. The starter flows' keywords were written with
    /// the tuning half of the shipped set in sight; the reporting half says how good they are.
    Matching(MatchingArguments),
}

#[derive(Debug, Args)]
struct MatchingArguments {
    /// A JSON object a line: `text`, and `flow`, the slug of a starter flow or null. Without it the set that is shipped.
    file: Option<PathBuf>,

    /// Of this half alone: tuning or reporting.
    #[arg(long, value_name = "HALF", value_parser = half)]
    half: Option<Half>,

    /// Instead of figures, tell the calibration that the whole set gives; without a file the one that is shipped for that.
    #[arg(long, conflicts_with_all = ["half", "missed"])]
    fit: bool,

    /// Under this policy, as JSON, instead of the one in force (`what-if matching --print` writes one to begin from).
    #[arg(long, value_name = "FILE")]
    policy: Option<PathBuf>,

    /// Instead of figures, list the intakes whose right flow does not come first, and those without one that would be guided.
    #[arg(long)]
    missed: bool,

    #[command(flatten)]
    embedding: EmbeddingOptions,
}

/// Evaluates, and lists the figures.
pub(crate) async fn run(options: &Options, arguments: EvaluateArguments) -> anyhow::Result<()> {
    let What::Matching(arguments) = arguments.what;
    let set = set(arguments.file.as_deref(), arguments.fit)?;
    let given = arguments.policy.as_deref().map(policy_file::read).transpose()?;
    let embedders = arguments.embedding.embedders().map_err(|error| Failure::Usage(error.to_string()))?;
    let library = Library::default();
    let (in_force, cosines) = match embedders.in_force() {
        Some(embedder) => {
            output::told(&format!("embedder {}", embedder.model()));
            let cosines = compare(&**embedder, &library, &set).await;
            let cosines = cosines.map_err(|error| Failure::Failed(error.to_string()))?;
            (MatchPolicy::of(Some(embedder.model())), cosines)
        }
        None => (MatchPolicy::default(), Vec::new()),
    };
    let policy = given.unwrap_or(in_force);
    if arguments.fit {
        return fitted(options, &library, (&set, &cosines), &policy);
    }
    let mut rows = options.output.rows(if arguments.missed { MISSES } else { FIGURES });
    for half in [Half::Tuning, Half::Reporting] {
        if arguments.half.is_some_and(|wanted| wanted != half) {
            continue;
        }
        let (intakes, near) = part(&set, &cosines, half);
        for (way, near, policy) in ways(&near, &policy) {
            let trials = library.trials(&intakes, near, &policy);
            if arguments.missed {
                let missed = |trial: &Trial| {
                    if trial.has_flow { !trial.is_right() } else { trial.score >= policy.guide_from }
                };
                for (trial, intake) in trials.iter().zip(&intakes).filter(|(trial, _)| missed(trial)) {
                    rows.write(&row(json!({
                        "half": named(half), "way": way, "flow": intake.flow, "place": trial.place.map(|place| place + 1),
                        "best": trial.best, "score": trial.score, "text": intake.text,
                    })))?;
                }
                continue;
            }
            for Figure { name, value, share } in Figures::of(&trials, &policy).told() {
                rows.write(&row(json!({
                    "half": named(half), "way": way, "policy": policy.version, "figure": name, "value": value,
                    "of": share.map(|share| share.of), "all": share.map(|share| share.all),
                })))?;
            }
        }
    }
    rows.flush()?;
    Ok(())
}

/// The calibrations that a set gives: of words alone, and of what is in force.
fn fitted(
    options: &Options,
    library: &Library,
    (set, cosines): (&[Labelled], &[Cosines]),
    policy: &MatchPolicy,
) -> anyhow::Result<()> {
    let mut rows = options.output.rows(CALIBRATIONS);
    for (way, near, policy) in ways(cosines, policy) {
        let raw = MatchPolicy { calibration: Vec::new(), ..policy };
        let points = fit(&library.trials(set, near, &raw));
        rows.write(&row(json!({ "way": way, "policy": raw.version, "calibration": points })))?;
    }
    rows.flush()?;
    Ok(())
}

fn half(text: &str) -> Result<Half, &'static str> {
    let halves = [Half::Tuning, Half::Reporting];
    halves.into_iter().find(|half| named(*half) == text).ok_or("it is tuning or reporting")
}

fn named(half: Half) -> &'static str {
    match half {
        Half::Tuning => "tuning",
        Half::Reporting => "reporting",
    }
}

fn set(file: Option<&Path>, fit: bool) -> anyhow::Result<Vec<Labelled>> {
    let Some(file) = file else { return Ok(if fit { for_calibration() } else { shipped() }) };
    let fault = |why: String| Failure::Usage(format!("{}: {why}", file.display()));
    let text = std::fs::read_to_string(file).map_err(|error| fault(error.to_string()))?;
    Ok(read(&text).map_err(fault)?)
}

async fn compare(
    embedder: &dyn Embedder,
    library: &Library,
    set: &[Labelled],
) -> Result<Vec<Cosines>, EmbedError> {
    let documents: Vec<String> = library.documents().map(str::to_owned).collect();
    let texts: Vec<String> = set.iter().map(|intake| intake.text.clone()).collect();
    let documents = embedder.embed(Usage::Document, &documents).await?;
    let intakes = embedder.embed(Usage::Query, &texts).await?;
    Ok(intakes.iter().map(|intake| library.cosines(intake, &documents)).collect())
}

fn part(set: &[Labelled], cosines: &[Cosines], half: Half) -> (Vec<Labelled>, Vec<Cosines>) {
    let places = || (0..set.len()).filter(|place| set[*place].half() == half);
    let intakes = places().map(|place| set[place].clone()).collect();
    (intakes, places().filter_map(|place| cosines.get(place).cloned()).collect())
}

/// As it is in force, and beside it what each signal would do alone; the score of meaning alone was never calibrated.
fn ways<'a>(near: &'a [Cosines], policy: &MatchPolicy) -> Vec<(&'static str, &'a [Cosines], MatchPolicy)> {
    if near.is_empty() {
        return vec![("words alone", near, policy.clone())];
    }
    let meaning = MatchPolicy { keyword: 0.0, ..policy.clone() };
    vec![
        ("words alone", &[][..], MatchPolicy::default()),
        ("meaning alone", near, meaning),
        ("words and meaning", near, policy.clone()),
    ]
}
