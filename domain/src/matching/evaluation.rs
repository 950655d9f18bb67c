//! Matching held against intakes whose right flow is known: pure, so that a test, a command and whoever fits a policy see the
//! same figures.

mod figures;
mod fit;

use std::collections::HashMap;

pub use figures::{Figure, Figures, Share};
pub use fit::fit;
use serde::Deserialize;
use sha2::{Digest, Sha256};
use uuid::Uuid;

use super::documents::documents;
use super::{MatchIndex, MatchPolicy, MatchableFlow, OutsideSignals};
use crate::assistant::playbook;
use crate::embedding::Vector;
use crate::flow::library::starter_flows;
use crate::id::FlowId;
use crate::problem::ProblemDomain;
use crate::session::intake::{Intake, IntakeType};

/// The set that is shipped: intakes as engineers hear them, a third of them without a flow that fits.
const SHIPPED: &str = include_str!("../../evaluation/intakes.jsonl");
/// Intakes that nothing in the library was written by, so that they tell what a score promises.
const CALIBRATION: &str = include_str!("../../evaluation/calibration.jsonl");

/// An intake and the starter flow that is right for it.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Labelled {
    /// What somebody wrote.
    pub text: String,
    /// The slug of the right flow; none if no flow is right.
    pub flow: Option<String>,
}

/// What a part of the set is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Half {
    /// Flows' keywords are written with it in sight.
    Tuning,
    /// It says how good they are.
    Reporting,
}

impl Labelled {
    /// Which half an intake belongs to follows from its text: adding one moves no other.
    pub fn half(&self) -> Half {
        if Sha256::digest(&self.text)[0].is_multiple_of(2) { Half::Tuning } else { Half::Reporting }
    }
}

/// The set that is shipped.
///
/// # Panics
/// Never: the set is part of the program, and a test reads it.
pub fn shipped() -> Vec<Labelled> {
    read(SHIPPED).expect("invariant: the set that is part of the program is valid")
}

/// The set that calibrations are fitted on.
///
/// # Panics
/// Never: the set is part of the program, and a test reads it.
pub fn for_calibration() -> Vec<Labelled> {
    read(CALIBRATION).expect("invariant: the set that is part of the program is valid")
}

/// Reads a set: a JSON object a line.
///
/// # Errors
/// The line and what is wrong with it, or a flow that the starter library does not have.
pub fn read(lines: &str) -> Result<Vec<Labelled>, String> {
    let line = |(number, line): (usize, &str)| {
        let read: Labelled =
            serde_json::from_str(line).map_err(|error| format!("line {}: {error}", number + 1))?;
        match &read.flow {
            Some(slug) if starter_flows().iter().all(|flow| flow.slug != *slug) => {
                Err(format!("line {}: there is no starter flow \"{slug}\"", number + 1))
            }
            _ => Ok(read),
        }
    };
    lines.lines().enumerate().filter(|(_, text)| !text.trim().is_empty()).map(line).collect()
}

/// The starter library, ready to be matched.
pub struct Library {
    index: MatchIndex,
    slugs: HashMap<FlowId, (&'static str, Option<ProblemDomain>)>,
    documents: Vec<(FlowId, String)>,
}

impl Default for Library {
    fn default() -> Self {
        let id = |slug: &str| FlowId::derived(Uuid::nil(), slug);
        let flows: Vec<_> = starter_flows()
            .iter()
            .map(|flow| MatchableFlow {
                flow: id(&flow.slug),
                version: 1,
                head: flow.head.clone(),
                nodes: flow.nodes.clone(),
            })
            .collect();
        let texts = |flow: &MatchableFlow| {
            documents(&flow.head, &flow.nodes).into_iter().map(|text| (flow.flow, text)).collect::<Vec<_>>()
        };
        Self {
            index: MatchIndex::build(&flows),
            slugs: starter_flows()
                .iter()
                .map(|flow| (id(&flow.slug), (flow.slug.as_str(), flow.head.domain)))
                .collect(),
            documents: flows.iter().flat_map(texts).collect(),
        }
    }
}

/// What matching said to an intake.
#[derive(Debug, Clone, PartialEq)]
pub struct Trial {
    /// A flow is right for it.
    pub has_flow: bool,
    /// The area of the right flow.
    pub domain: Option<ProblemDomain>,
    /// The place of the right flow among the candidates, from 0; none if it is not among them.
    pub place: Option<usize>,
    /// The slug of the best candidate.
    pub best: Option<&'static str>,
    /// The best candidate's score; 0 without one.
    pub score: f64,
}

impl Trial {
    /// The best candidate is the right flow.
    pub fn is_right(&self) -> bool {
        self.place == Some(0)
    }
}

/// The cosines between one intake and the documents of each flow; empty where only words are compared.
pub type Cosines = HashMap<FlowId, Vec<f64>>;

impl Library {
    /// What of the library is embedded, in a fixed order.
    pub fn documents(&self) -> impl Iterator<Item = &str> {
        self.documents.iter().map(|(_, text)| text.as_str())
    }

    /// The cosines between an intake and each flow's documents, given their vectors in the order of [`Self::documents`].
    pub fn cosines(&self, intake: &Vector, documents: &[Vector]) -> Cosines {
        let mut cosines = Cosines::new();
        for ((flow, _), vector) in self.documents.iter().zip(documents) {
            cosines.entry(*flow).or_default().push(f64::from(intake.cosine(vector)));
        }
        cosines
    }

    /// Matches intakes as sessions without a model do: the playbook finds the area.
    pub fn trials(&self, intakes: &[Labelled], cosines: &[Cosines], policy: &MatchPolicy) -> Vec<Trial> {
        let nothing = Cosines::new();
        let trial = |(place, intake): (usize, &Labelled)| {
            let cosines = cosines.get(place).unwrap_or(&nothing);
            let outside = |flow| OutsideSignals {
                semantic: cosines.get(&flow).and_then(|found| policy.nearness(found)),
                recency: None,
            };
            let area = playbook::classify(&free_text(&intake.text), None).domain;
            let candidates = self.index.rank_with(&intake.text, Some(area), outside, policy);
            let right = |flow: FlowId| intake.flow.as_deref().is_some_and(|slug| self.slugs[&flow].0 == slug);
            Trial {
                has_flow: intake.flow.is_some(),
                domain: self
                    .slugs
                    .values()
                    .find(|(slug, _)| Some(*slug) == intake.flow.as_deref())
                    .and_then(|it| it.1),
                place: candidates.iter().position(|candidate| right(candidate.flow)),
                best: candidates.first().map(|best| self.slugs[&best.flow].0),
                score: candidates.first().map_or(0.0, |best| best.score),
            }
        };
        intakes.iter().enumerate().map(trial).collect()
    }
}

fn free_text(text: &str) -> Intake {
    Intake {
        kind: IntakeType::FreeText,
        text: Some(text.to_owned().into()),
        log: None,
        attachments: Vec::new(),
        ticket: None,
        redactions: Vec::new(),
    }
}

#[cfg(test)]
mod tests;
