//! What texts are told to be about the same, with the embedders that are shipped: where the thresholds come from (rule 10.1).

use domain::embedding::{Embedder, Usage};
use domain::gaps::{Meanings, UnmatchedIntake, repeated_patterns};
use domain::id::SessionId;
use domain::matching::evaluation::shipped;
use integrations::embedding::hashing::Hashing;
use serde::Deserialize;

/// A text, and which others mean the same.
#[derive(Deserialize)]
struct Worded {
    kind: Kind,
    problem: String,
    text: String,
}

#[derive(Deserialize, PartialEq)]
#[serde(rename_all = "snake_case")]
enum Kind {
    Intake,
    Question,
}

/// Problems, and questions, that each stand there in several wordings.
fn worded(kind: &Kind) -> Vec<Worded> {
    let lines = include_str!("../../../domain/evaluation/problems.jsonl").lines();
    lines.map(|line| serde_json::from_str::<Worded>(line).unwrap()).filter(|it| it.kind == *kind).collect()
}

/// The patterns among these texts, as their places.
async fn patterns(embedder: &dyn Embedder, texts: &[String]) -> Vec<Vec<usize>> {
    let vectors = embedder.embed(Usage::Document, texts).await.unwrap();
    let meanings = Meanings::new(embedder.model(), texts.iter().cloned().zip(vectors));
    let intake = |(place, text): (usize, &String)| UnmatchedIntake {
        session: format!("00000000-0000-0000-0000-{place:012}").parse().unwrap(),
        domain: None,
        text: text.clone(),
        resolved: true,
    };
    let intakes: Vec<_> = texts.iter().enumerate().map(intake).collect();
    let place = |session: &SessionId| intakes.iter().position(|intake| intake.session == *session).unwrap();
    let patterns = repeated_patterns(&intakes, &meanings).into_iter();
    patterns.map(|pattern| pattern.gap.sessions.iter().map(place).collect()).collect()
}

/// How many patterns there are, and how many texts are in them; none of them holds texts of two problems.
async fn found(embedder: &dyn Embedder, kind: &Kind) -> (usize, usize) {
    let worded = worded(kind);
    let texts: Vec<String> = worded.iter().map(|it| it.text.clone()).collect();
    let patterns = patterns(embedder, &texts).await;
    for pattern in &patterns {
        let problems: Vec<&str> = pattern.iter().map(|place| worded[*place].problem.as_str()).collect();
        assert!(
            problems.iter().all(|it| *it == problems[0]),
            "two problems are told to be one: {problems:?}"
        );
    }
    (patterns.len(), patterns.iter().map(Vec::len).sum())
}

/// Patterns among the intakes that matching is evaluated with which are none: of two flows, or of intakes that no flow fits and
/// that were chosen to have nothing in common.
async fn misled(embedder: &dyn Embedder) -> usize {
    let shipped = shipped();
    let texts: Vec<String> = shipped.iter().map(|it| it.text.clone()).collect();
    let of_one_flow = |pattern: &Vec<usize>| {
        let first = &shipped[pattern[0]].flow;
        first.is_some() && pattern.iter().all(|place| shipped[*place].flow == *first)
    };
    patterns(embedder, &texts).await.iter().filter(|pattern| !of_one_flow(pattern)).count()
}

#[tokio::test]
async fn hashing_puts_together_what_shares_words_and_never_two_problems() {
    let hashing = Hashing::default();
    assert_eq!(found(&hashing, &Kind::Intake).await, (8, 31), "of 8 problems in 32 wordings");
    assert_eq!(found(&hashing, &Kind::Question).await, (5, 15), "of 6 questions in 18 wordings");
    assert_eq!(misled(&hashing).await, 0);
}

#[cfg(feature = "local-model")]
#[tokio::test]
async fn the_fetched_model_puts_together_all_that_means_the_same() {
    let Some(local) = crate::local::fetched() else { return };
    assert_eq!(found(&local, &Kind::Intake).await, (8, 32));
    assert_eq!(found(&local, &Kind::Question).await, (6, 18));
    // German texts, all of them: to a model that read English they are like each other.
    assert_eq!(misled(&local).await, 4);
}
