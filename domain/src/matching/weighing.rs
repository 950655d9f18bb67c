//! What an intake's words and phrases weigh for each flow: many are weighed, few are told why.

use std::collections::HashMap;

use super::reason::Evidence;

/// Weighs the words of one intake.
pub(super) struct Scales<'a> {
    weights: Vec<f64>,
    found: Vec<Found<'a>>,
    /// For each flow, the term that the word on the scales means most.
    meant: Vec<Meant>,
    /// The flows that it means anything in.
    touched: Vec<usize>,
    /// What terms have counted for already, by their place among a term's flows.
    counted: Vec<Vec<f64>>,
    /// Where that stands for a term.
    slots: HashMap<usize, usize>,
}

struct Found<'a> {
    flow: usize,
    weight: f64,
    quote: &'a str,
    is_phrase: bool,
}

#[derive(Clone, Copy, Default)]
struct Meant {
    worth: f64,
    slot: usize,
    place: usize,
}

impl<'a> Scales<'a> {
    /// Nothing weighs anything yet.
    pub(super) fn of(flows: usize) -> Self {
        Self {
            weights: vec![0.0; flows],
            found: Vec::new(),
            meant: vec![Meant::default(); flows],
            touched: Vec::new(),
            counted: Vec::new(),
            slots: HashMap::new(),
        }
    }

    /// The word on the scales may mean this term, which is worth so much in each of its flows.
    pub(super) fn may_mean(&mut self, term: usize, worths: impl ExactSizeIterator<Item = (usize, f64)>) {
        let slot = *self.slots.entry(term).or_insert_with(|| {
            self.counted.push(vec![0.0; worths.len()]);
            self.counted.len() - 1
        });
        for (place, (flow, worth)) in worths.enumerate() {
            let meant = &mut self.meant[flow];
            if worth > meant.worth {
                if meant.worth <= 0.0 {
                    self.touched.push(flow);
                }
                *meant = Meant { worth, slot, place };
            }
        }
    }

    /// The word is taken off the scales. A term of a flow counts once, with the best of the words that mean it.
    pub(super) fn take_word(&mut self, word: &'a str) {
        for flow in self.touched.drain(..) {
            let Meant { worth, slot, place } = std::mem::take(&mut self.meant[flow]);
            let before = &mut self.counted[slot][place];
            if worth > *before {
                let weight = worth - *before;
                *before = worth;
                self.weights[flow] += weight;
                self.found.push(Found { flow, weight, quote: word, is_phrase: false });
            }
        }
    }

    /// A phrase of the flow stands in the intake.
    pub(super) fn add_phrase(&mut self, flow: usize, weight: f64, phrase: &'a str) {
        self.weights[flow] += weight;
        self.found.push(Found { flow, weight, quote: phrase, is_phrase: true });
    }

    /// What was found for each flow, without bound.
    pub(super) fn weights(&self) -> &[f64] {
        &self.weights
    }

    /// What was found for these flows, in words.
    pub(super) fn evidence(&self, flows: &[usize]) -> Vec<Evidence<'a>> {
        let mut places: Vec<Option<usize>> = vec![None; self.weights.len()];
        for (place, flow) in flows.iter().enumerate() {
            places[*flow] = Some(place);
        }
        let mut evidence = vec![Evidence::default(); flows.len()];
        for found in &self.found {
            let Some(place) = places[found.flow] else { continue };
            if found.is_phrase {
                evidence[place].add_phrase(found.weight, found.quote);
            } else {
                evidence[place].add_word(found.weight, found.quote);
            }
        }
        evidence
    }
}
