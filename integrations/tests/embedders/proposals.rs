//! Which lessons are told to be of the same problem, with the embedders that are shipped: where the thresholds come from
//! (rule 6.4).

use std::collections::BTreeMap;

use domain::embedding::{Embedder, Usage, Vector};
use domain::matching::likeness::{SAME_BY_WORDS, by_words, same_by_meaning};
use integrations::embedding::hashing::Hashing;
use serde::Deserialize;

/// A solved session, and which others were about the same problem.
#[derive(Deserialize)]
struct Solved {
    set: Set,
    problem: String,
    domain: String,
    intake: String,
    solution: String,
}

/// The part that thresholds are fitted on, and the one that is reported.
#[derive(Deserialize, PartialEq, Clone, Copy)]
#[serde(rename_all = "snake_case")]
enum Set {
    Fit,
    Report,
}

fn solved(set: Set) -> Vec<Solved> {
    let lines = include_str!("../../../domain/evaluation/proposals.jsonl").lines();
    lines.map(|line| serde_json::from_str::<Solved>(line).unwrap()).filter(|it| it.set == set).collect()
}

/// As lessons are compared: title and description, of which the playbook makes the title from the intake.
fn text(of: &Solved) -> String {
    format!("{}. {}\nWhat solved it: {}", of.intake, of.intake, of.solution)
}

/// The share of pairs of one problem that are told to be, and how many pairs of two problems of one area are.
fn pairs(of: &[Solved], same: impl Fn(usize, usize) -> bool) -> (f64, usize) {
    let (mut found, mut all, mut wrong) = (0.0, 0.0, 0);
    for one in 0..of.len() {
        for other in one + 1..of.len() {
            if of[one].domain != of[other].domain {
                continue;
            }
            if of[one].problem == of[other].problem {
                all += 1.0;
                found += f64::from(u8::from(same(one, other)));
            } else {
                wrong += usize::from(same(one, other));
            }
        }
    }
    (found / all, wrong)
}

/// How many proposals each problem becomes, one session after the other, as the worker goes: each is held against those that
/// there are. A proposal that sessions of two problems support fails the test.
fn proposals(of: &[Solved], likeness: impl Fn(usize, usize) -> f64, from: f64) -> BTreeMap<&str, usize> {
    let mut raised: Vec<usize> = Vec::new();
    for (place, one) in of.iter().enumerate() {
        let near = raised.iter().copied().filter(|lead| of[*lead].domain == one.domain);
        let best = near.max_by(|a, b| likeness(*a, place).total_cmp(&likeness(*b, place)));
        match best.filter(|lead| likeness(*lead, place) >= from) {
            Some(lead) => assert_eq!(of[lead].problem, one.problem, "two problems are told to be one"),
            None => raised.push(place),
        }
    }
    let mut counts = BTreeMap::new();
    for lead in raised {
        *counts.entry(of[lead].problem.as_str()).or_default() += 1;
    }
    counts
}

async fn vectors(embedder: &dyn Embedder, of: &[Solved]) -> Vec<Vector> {
    let texts: Vec<String> = of.iter().map(text).collect();
    embedder.embed(Usage::Document, &texts).await.unwrap()
}

/// How many of a hundred pairs of one problem are found, and how many pairs of two problems are told to be one.
fn measured(fit: &[Solved], of_fit: impl Fn(usize, usize) -> bool) -> (f64, usize) {
    let (found, wrong) = pairs(fit, of_fit);
    ((100.0 * found).round(), wrong)
}

async fn by(embedder: &dyn Embedder) -> ((f64, usize), Vec<usize>) {
    let from = same_by_meaning(embedder.model());
    let (fit, report) = (solved(Set::Fit), solved(Set::Report));
    let of_fit = vectors(embedder, &fit).await;
    let fitted = measured(&fit, |one, other| f64::from(of_fit[one].cosine(&of_fit[other])) >= from);
    let of_report = vectors(embedder, &report).await;
    let cosine = |one: usize, other: usize| f64::from(of_report[one].cosine(&of_report[other]));
    (fitted, proposals(&report, cosine, from).into_values().collect())
}

/// The problems of the second part in the order of their names: twenty sessions about a dock, three about a fan, three about a
/// monitor, two about a restore, two about a tape.
#[tokio::test]
async fn hashing_makes_one_proposal_of_twenty_wordings_and_none_of_two_problems() {
    let hashing = Hashing::default();
    assert_eq!(by(&hashing).await, ((42.0, 0), vec![1, 3, 1, 2, 1]));
}

#[test]
fn words_alone_make_several_proposals_of_one_problem_and_none_of_two_problems() {
    let (fit, report) = (solved(Set::Fit), solved(Set::Report));
    let words = |of: &[Solved]| -> Vec<String> { of.iter().map(text).collect() };
    let (of_fit, of_report) = (words(&fit), words(&report));
    let same = |one: usize, other: usize| by_words(&of_fit[one], &of_fit[other]) >= SAME_BY_WORDS;
    assert_eq!(measured(&fit, same), (15.0, 0));
    let likeness = |one: usize, other: usize| by_words(&of_report[one], &of_report[other]);
    let counts: Vec<usize> = proposals(&report, likeness, SAME_BY_WORDS).into_values().collect();
    assert_eq!(counts, [6, 3, 3, 1, 2]);
}

#[cfg(feature = "local-model")]
#[tokio::test]
async fn the_fetched_model_makes_one_proposal_of_twenty_wordings_and_none_of_two_problems() {
    let Some(local) = crate::local::fetched() else { return };
    assert_eq!(by(&local).await, ((94.0, 0), vec![1, 2, 1, 1, 1]));
}
