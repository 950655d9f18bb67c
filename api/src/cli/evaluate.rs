//! Evaluates matching on labelled intakes, beside words alone and meaning alone; needs no database.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Context;
use clap::{Args, Subcommand};
use domain::embedding::{Embedder, Usage};
use domain::matching::MatchPolicy;
use domain::matching::evaluation::{Cosines, Figures, Half, Labelled, Library, fit, read, shipped};

use crate::config::EmbeddingOptions;

/// What is to be evaluated.
#[derive(Debug, Args)]
pub struct EvaluateArguments {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Hold matching against the starter library to intakes whose right flow is known.
    Matching(MatchingArguments),
}

#[derive(Debug, Args)]
struct MatchingArguments {
    /// A JSON object a line: `text`, and `flow`, the slug of a starter flow or null. Without it the set that is shipped.
    file: Option<PathBuf>,
    /// Print the calibration that the tuning half of the set gives.
    #[arg(long)]
    fit: bool,
    #[command(flatten)]
    embedding: EmbeddingOptions,
}

/// Evaluates and prints.
pub async fn run(arguments: EvaluateArguments) -> anyhow::Result<ExitCode> {
    let What::Matching(arguments) = arguments.what;
    let set = set(arguments.file.as_deref())?;
    let embedders = arguments.embedding.embedders()?;
    let library = Library::default();
    let (policy, cosines) = match embedders.in_force() {
        Some(embedder) => {
            println!("embedder {}", embedder.model());
            (MatchPolicy::of(Some(embedder.model())), compare(&**embedder, &library, &set).await?)
        }
        None => (MatchPolicy::default(), Vec::new()),
    };
    for half in [Half::Tuning, Half::Reporting] {
        let (intakes, near) = part(&set, &cosines, half);
        println!("\n{half:?} half: {} intakes", intakes.len());
        for (name, near, policy) in ways(&near, &policy) {
            println!("{name}, policy {}", policy.version);
            print!("{}", Figures::of(&library.trials(&intakes, near, &policy), &policy));
        }
        if arguments.fit && half == Half::Tuning {
            let raw = MatchPolicy { calibration: Vec::new(), ..policy.clone() };
            println!("calibration {:.3?}", fit(&library.trials(&intakes, &near, &raw)));
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn set(file: Option<&Path>) -> anyhow::Result<Vec<Labelled>> {
    let Some(file) = file else { return Ok(shipped()) };
    let text = std::fs::read_to_string(file).with_context(|| format!("cannot read {}", file.display()))?;
    read(&text).map_err(|fault| anyhow::anyhow!("{}: {fault}", file.display()))
}

async fn compare(
    embedder: &dyn Embedder,
    library: &Library,
    set: &[Labelled],
) -> anyhow::Result<Vec<Cosines>> {
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
    let mut ways = vec![("words alone", &[][..], MatchPolicy::default())];
    if !near.is_empty() {
        let meaning = MatchPolicy { keyword: 0.0, ..policy.clone() };
        ways.push(("meaning alone", near, meaning));
        ways.push(("words and meaning", near, policy.clone()));
    }
    ways
}
