//! Key symptoms: a few short observations in the words of the intake, error codes kept, secrets' placeholders left out.

use super::logs::telling_line;
use super::reading::{clauses, cut_at_words, sentences, word_count};
use super::telling::{self, FAULT};
use crate::matching::words::fold;

/// Most symptoms of a classification.
const MOST: usize = 5;
/// Fewer make way for what tells less.
const FEWEST: usize = 2;
/// What tells of a fault goes before all that only tells when and how often.
const OF_FAULT: i32 = 100;
/// Longest symptom, in characters and in words.
const LONGEST: usize = 120;
const MOST_WORDS: usize = 12;
const FEWEST_WORDS: usize = 3;
/// Codes that only a log tells.
const CODES_OF_LOG: usize = 2;
/// What stands for a secret; it is no observation.
const PLACEHOLDER: &str = "[REDACTED:";

struct Observation {
    words: String,
    weight: i32,
}

/// At most five, in the order told: what was written first, then the log's one telling line, then codes left over.
pub(super) fn of(said: &[&str], log: Option<&str>) -> Vec<String> {
    let of_log = log.and_then(telling_line).and_then(|line| of_log(&line));
    let room = MOST - usize::from(of_log.is_some());
    let mut symptoms = strongest(observations(said), room);
    symptoms.extend(of_log.filter(|line| !is_told(&symptoms, line)));
    let codes_said = said.iter().flat_map(|part| telling::codes(part)).filter(|code| !code.contains('['));
    let codes_of_log = log
        .map(telling::codes)
        .unwrap_or_default()
        .into_iter()
        .filter(|code| !said.iter().any(|part| part.contains(telling::bare_code(code))));
    let mut others = 0;
    for (code, of_log) in codes_said.map(|code| (code, false)).chain(codes_of_log.map(|code| (code, true))) {
        let bare = telling::bare_code(&code);
        let bare = bare.split_whitespace().next_back().unwrap_or(bare);
        let room = symptoms.len() < MOST && (!of_log || others < CODES_OF_LOG);
        if room && !symptoms.iter().any(|symptom| symptom.contains(bare)) {
            others += usize::from(of_log);
            symptoms.push(code);
        }
    }
    symptoms
}

/// The telling clauses of what was written, questions and secrets left out.
fn observations(said: &[&str]) -> Vec<Observation> {
    let mut found: Vec<Observation> = Vec::new();
    for sentence in said.iter().flat_map(|part| sentences(part)) {
        for clause in clauses(&sentence).into_iter().filter(|clause| is_observation(clause, &sentence)) {
            let words: String = cut_at_words(&clause, MOST_WORDS).chars().take(LONGEST).collect();
            let weight = telling::weight(&words);
            let weight = if telling::is_fault(&words) { weight + OF_FAULT } else { weight };
            // What says less than another in the same words is not told twice.
            let folded = plain(&words);
            if found.iter().any(|known| plain(&known.words).contains(&folded)) {
                continue;
            }
            found.retain(|known| !folded.contains(&plain(&known.words)));
            found.push(Observation { words, weight });
        }
    }
    found
}

fn is_observation(clause: &str, sentence: &str) -> bool {
    (word_count(clause) >= FEWEST_WORDS || telling::has_code(clause))
        && !clause.contains(PLACEHOLDER)
        && !(sentence.ends_with('?') && is_question(clause))
}

/// A real question observes nothing, unlike "slow since the move?".
fn is_question(clause: &str) -> bool {
    const ASKING: [&str; 35] = [
        "should", "shall", "can", "could", "do", "does", "did", "is", "are", "was", "will", "would", "what",
        "why", "how", "who", "when", "where", "which", "maybe", "any", "kann", "können", "soll", "sollen",
        "ist", "sind", "was", "warum", "wieso", "wie", "wer", "wann", "wo", "bitte",
    ];
    let first = clause.split_whitespace().next().unwrap_or_default().to_lowercase();
    ASKING.contains(&first.as_str()) || clause.to_lowercase().starts_with("since when")
}

/// Those that tell most, in the order told. What tells of no fault fills up to two.
fn strongest(mut found: Vec<Observation>, room: usize) -> Vec<String> {
    let faults = found.iter().filter(|it| it.weight >= OF_FAULT).count();
    let room = room.min(faults.max(FEWEST));
    let mut weights: Vec<i32> = found.iter().map(|it| it.weight).filter(|weight| *weight > 0).collect();
    weights.sort_unstable_by(|a, b| b.cmp(a));
    weights.truncate(room);
    found.retain(|it| {
        let place = weights.iter().position(|weight| *weight == it.weight);
        place.map(|place| weights.remove(place)).is_some()
    });
    found.into_iter().map(|it| it.words).collect()
}

/// A log's line, if it tells of a fault, cut to what a person reads at a glance.
fn of_log(line: &str) -> Option<String> {
    let told = telling::weight(line) >= FAULT && !line.contains(PLACEHOLDER);
    let sentence = sentences(line).into_iter().find(|sentence| telling::weight(sentence) >= FAULT);
    told.then(|| sentence.unwrap_or_else(|| line.to_owned())).map(|line| {
        let line = line.trim_end_matches(['.', ' ']);
        cut_at_words(line, MOST_WORDS).chars().take(LONGEST).collect()
    })
}

fn is_told(symptoms: &[String], line: &str) -> bool {
    let line = plain(line);
    symptoms.iter().any(|symptom| plain(symptom).contains(&line))
}

/// Words alone, folded: how two observations are compared.
fn plain(text: &str) -> String {
    let words = fold(text);
    words.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ")
}
