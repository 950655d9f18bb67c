//! The index over an account's flows: built once per set of flows, asked for every intake.

use std::collections::{HashMap, HashSet};

use super::reason::{self, Evidence};
use super::weighing::Scales;
use super::words::{self, Word};
use super::{MatchPolicy, MatchableFlow};
use crate::flow::tree::FlowNodeType;
use crate::id::FlowId;
use crate::problem::ProblemDomain;
use crate::session::event::MatchCandidate;

/// What a word is worth by where it stands in a flow.
const IN_NAME: f64 = 1.0;
const IN_KEYWORDS: f64 = 1.0;
const IN_DESCRIPTION: f64 = 0.45;
const IN_QUESTIONS: f64 = 0.3;
/// A word of a keyword of several words says less without the others.
const IN_PHRASE: f64 = 0.6;
/// A word of a sentence says still less: most of them stand in any other one, too.
const IN_SENTENCE: f64 = 0.3;
/// A phrase that stands in the intake as a whole is worth this much more for each of its words, up to the most.
const WHOLE_PHRASE: f64 = 0.25;
const MOST_PHRASE: f64 = 1.2;
/// A long error code among the keywords; short numbers may be anything.
const CODE: f64 = 1.2;
const SHORT_CODE: f64 = 0.5;
/// How quickly evidence saturates: with this much, the signal is 0.63.
const SATURATION: f64 = 1.7;
/// How much of its signal a flow keeps when others have far more evidence.
const WHEN_DOMINATED: f64 = 0.5;
/// Word parts: from this share of common trigrams on, words count as related.
const RELATED: f64 = 0.72;
/// More different words of an intake add cost, but no evidence.
const MOST_WORDS: usize = 400;
/// Candidates beyond these are not worth recording.
const MOST_CANDIDATES: usize = 10;

/// Signals that others compute.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct OutsideSignals {
    /// Nearness of meaning, 0..1.
    pub semantic: Option<f64>,
    /// Matched and then resolved lately, 0..1.
    pub recency: Option<f64>,
}

/// Flows, indexed by their words and word parts.
#[derive(Debug, Clone)]
pub struct MatchIndex {
    flows: Vec<Indexed>,
    terms: Vec<Term>,
    by_stem: HashMap<String, usize>,
    by_gram: HashMap<Gram, Vec<usize>>,
    /// Phrases by that of their terms that the fewest flows have: the flow, and the place among its phrases.
    by_rarest: HashMap<usize, Vec<(usize, usize)>>,
}

type Gram = [char; 3];

#[derive(Debug, Clone)]
struct Indexed {
    flow: FlowId,
    version: u32,
    name: String,
    domain: Option<ProblemDomain>,
    phrases: Vec<Phrase>,
}

#[derive(Debug, Clone)]
struct Phrase {
    written: String,
    worth: f64,
    terms: Vec<usize>,
}

#[derive(Debug, Clone)]
struct Term {
    /// 0..1: 1 for a word of one flow only.
    rarity: f64,
    grams: usize,
    /// Which flows have it, and what it is worth there.
    flows: Vec<(usize, f64)>,
}

impl MatchIndex {
    /// Indexes the flows.
    pub fn build(flows: &[MatchableFlow]) -> Self {
        let mut index = Self {
            flows: Vec::new(),
            terms: Vec::new(),
            by_stem: HashMap::new(),
            by_gram: HashMap::new(),
            by_rarest: HashMap::new(),
        };
        for (place, flow) in flows.iter().enumerate() {
            index.add_words(place, &flow.head.name, IN_NAME);
            index.add_words(place, flow.head.description.as_deref().unwrap_or_default(), IN_DESCRIPTION);
            for node in flow.nodes.iter().filter(|node| node.kind == FlowNodeType::Question) {
                index.add_words(place, &node.text, IN_QUESTIONS);
            }
            let mut phrases: Vec<Phrase> = Vec::new();
            for keyword in &flow.head.keywords {
                let worth = match words::words(keyword).len() {
                    1 => IN_KEYWORDS,
                    _ if words::is_sentence(keyword) => IN_SENTENCE,
                    _ => IN_PHRASE,
                };
                let terms = index.add_words(place, keyword, worth);
                if terms.len() > 1 || keyword.len() > 3 && is_code(keyword) {
                    phrases.push(Phrase {
                        worth: phrase_worth(keyword, terms.len()),
                        written: keyword.clone(),
                        terms,
                    });
                }
            }
            index.flows.push(Indexed {
                flow: flow.flow,
                version: flow.version,
                name: flow.head.name.clone(),
                domain: flow.head.domain,
                phrases,
            });
        }
        index.settle_rarity();
        index.settle_phrases();
        index
    }

    fn add_words(&mut self, flow: usize, text: &str, worth: f64) -> Vec<usize> {
        let mut found = Vec::new();
        for word in words::words(text) {
            let term = self.term(&word.stem);
            let flows = &mut self.terms[term].flows;
            match flows.last_mut().filter(|(last, _)| *last == flow) {
                Some((_, known)) => *known = known.max(worth),
                None => flows.push((flow, worth)),
            }
            if !found.contains(&term) {
                found.push(term);
            }
        }
        found
    }

    fn term(&mut self, stem: &str) -> usize {
        if let Some(term) = self.by_stem.get(stem) {
            return *term;
        }
        let term = self.terms.len();
        let grams = grams(stem);
        self.terms.push(Term { rarity: 0.0, grams: grams.len(), flows: Vec::new() });
        self.by_stem.insert(stem.to_owned(), term);
        for gram in grams {
            self.by_gram.entry(gram).or_default().push(term);
        }
        term
    }

    /// Inverse document frequency, scaled so that a word of a single flow has 1 whatever the number of flows.
    fn settle_rarity(&mut self) {
        let flows = as_f64(self.flows.len());
        let inverse = |having: f64| (1.0 + (flows - having + 0.5) / (having + 0.5)).ln();
        let most = inverse(1.0);
        for term in &mut self.terms {
            term.rarity = if most > 0.0 { inverse(as_f64(term.flows.len())) / most } else { 1.0 };
        }
    }

    fn settle_phrases(&mut self) {
        for (flow, Indexed { phrases, .. }) in self.flows.iter().enumerate() {
            for (which, phrase) in phrases.iter().enumerate() {
                let rarest = phrase.terms.iter().min_by_key(|term| self.terms[**term].flows.len());
                if let Some(rarest) = rarest {
                    self.by_rarest.entry(*rarest).or_default().push((flow, which));
                }
            }
        }
    }

    /// Ranks by words alone, best first.
    pub fn rank(
        &self,
        intake: &str,
        domain: Option<ProblemDomain>,
        policy: &MatchPolicy,
    ) -> Vec<MatchCandidate> {
        self.rank_with(intake, domain, |_| OutsideSignals::default(), policy)
    }

    /// Ranks by words and by the signals that others computed, best first; at most ten, none without any sign.
    pub fn rank_with(
        &self,
        intake: &str,
        domain: Option<ProblemDomain>,
        outside: impl Fn(FlowId) -> OutsideSignals,
        policy: &MatchPolicy,
    ) -> Vec<MatchCandidate> {
        let intake = words::words(intake);
        let scales = self.weigh(&intake);
        let most = scales.weights().iter().copied().fold(0.0, f64::max);
        let weighed = |(flow, found): (&Indexed, &f64)| {
            let outside = outside(flow.flow);
            let OutsideSignals { semantic, recency } = outside;
            let keyword = signal(*found, most);
            let nothing = *found <= 0.0 && semantic.unwrap_or(0.0) <= 0.0 && recency.unwrap_or(0.0) <= 0.0;
            let same_domain = domain.is_some() && domain == flow.domain;
            let weighted = policy.weigh(semantic, Some(keyword), recency, same_domain);
            weighted.filter(|_| !nothing).map(|weighted| Weighed { weighted, keyword, outside, same_domain })
        };
        let weighed: Vec<_> = self.flows.iter().zip(scales.weights()).map(weighed).collect();
        let best = Best::of(weighed.iter().flatten().map(|weighed| weighed.weighted));
        let score = |weighted: f64| policy.calibrate(policy.apart(weighted, best.beside(weighted)));
        let scored = |(place, weighed): (usize, Option<Weighed>)| {
            weighed.map(|weighed| (score(weighed.weighted), weighed, place))
        };
        let mut scored: Vec<_> = weighed.into_iter().enumerate().filter_map(scored).collect();
        let order = |a: &(f64, Weighed, usize), b: &(f64, Weighed, usize)| {
            let by_words = b.1.keyword.total_cmp(&a.1.keyword);
            b.0.total_cmp(&a.0).then(by_words).then_with(|| self.flows[a.2].flow.cmp(&self.flows[b.2].flow))
        };
        // Of many flows only the best are sorted, and told why.
        if scored.len() > MOST_CANDIDATES {
            scored.select_nth_unstable_by(MOST_CANDIDATES, order);
            scored.truncate(MOST_CANDIDATES);
        }
        scored.sort_by(order);
        let evidence = scales.evidence(&scored.iter().map(|(_, _, place)| *place).collect::<Vec<_>>());
        let candidate = |((score, weighed, place), found): ((f64, Weighed, usize), Evidence<'_>)| {
            let Weighed { keyword, outside: OutsideSignals { semantic, recency }, same_domain, .. } = weighed;
            let flow = &self.flows[place];
            MatchCandidate {
                flow: flow.flow,
                version: flow.version,
                name: flow.name.clone(),
                score,
                semantic,
                keyword: Some(keyword),
                recency,
                same_domain,
                reason: reason::in_words(&found, semantic, recency, same_domain).into(),
            }
        };
        scored.into_iter().zip(evidence).map(candidate).collect()
    }

    /// What speaks for each flow.
    fn weigh<'a>(&'a self, intake: &'a [Word]) -> Scales<'a> {
        let mut scales = Scales::of(self.flows.len());
        let mut positions: HashMap<usize, Vec<usize>> = HashMap::new();
        let mut seen = HashSet::new();
        let mut shared = vec![0; self.terms.len()];
        for (position, word) in intake.iter().enumerate() {
            if let Some(term) = self.by_stem.get(&word.stem) {
                positions.entry(*term).or_default().push(position);
            }
            if seen.len() >= MOST_WORDS || !seen.insert(word.stem.as_str()) {
                continue;
            }
            for (term, likeness) in self.related(&word.stem, &mut shared) {
                let Term { rarity, flows, .. } = &self.terms[term];
                scales.may_mean(term, flows.iter().map(|(flow, worth)| (*flow, rarity * worth * likeness)));
            }
            scales.take_word(&word.surface);
        }
        let begun = positions.keys().filter_map(|term| self.by_rarest.get(term)).flatten();
        let stands =
            |(flow, phrase): &(usize, usize)| self.flows[*flow].phrases[*phrase].stands_in(&positions);
        let mut standing: Vec<(usize, usize)> = begun.copied().filter(stands).collect();
        standing.sort_unstable();
        for (flow, phrase) in standing {
            let phrase = &self.flows[flow].phrases[phrase];
            let rarity: f64 = phrase.terms.iter().map(|term| self.terms[*term].rarity).sum();
            scales.add_phrase(flow, phrase.worth * rarity / as_f64(phrase.terms.len()), &phrase.written);
        }
        scales
    }

    /// The terms that a word is, or shares most of its parts with, each with how alike they are. `shared` counts for it, and is all
    /// nothing before and after.
    fn related(&self, stem: &str, shared: &mut [usize]) -> Vec<(usize, f64)> {
        let exact = self.by_stem.get(stem).copied();
        let mut related: Vec<(usize, f64)> = exact.map(|term| (term, 1.0)).into_iter().collect();
        // Codes are the same or they are not.
        if stem.chars().count() < 4 || is_code(stem) {
            return related;
        }
        let own = grams(stem);
        let mut touched = Vec::new();
        for term in own.iter().filter_map(|gram| self.by_gram.get(gram)).flatten() {
            if shared[*term] == 0 {
                touched.push(*term);
            }
            shared[*term] += 1;
        }
        for term in touched {
            let common = std::mem::take(&mut shared[term]);
            let theirs = self.terms[term].grams;
            let (fewer, sum) = (own.len().min(theirs), own.len() + theirs);
            if Some(term) == exact || fewer < 4 {
                continue;
            }
            let contained = as_f64(common) / as_f64(fewer);
            let alike = 2.0 * as_f64(common) / as_f64(sum);
            if contained >= RELATED {
                related.push((term, 0.4 * contained + 0.4 * alike));
            }
        }
        related
    }
}

/// What speaks for a flow, weighed.
#[derive(Clone, Copy)]
struct Weighed {
    weighted: f64,
    keyword: f64,
    outside: OutsideSignals,
    same_domain: bool,
}

/// The two highest of all weighted values.
struct Best(f64, f64);

impl Best {
    fn of(values: impl Iterator<Item = f64>) -> Self {
        values.fold(Self(0.0, 0.0), |Self(first, second), value| {
            if value > first { Self(value, first) } else { Self(first, second.max(value)) }
        })
    }

    /// The highest of the others.
    fn beside(&self, value: f64) -> f64 {
        if value >= self.0 { self.1 } else { self.0 }
    }
}

impl Phrase {
    /// All its words stand close to each other.
    fn stands_in(&self, positions: &HashMap<usize, Vec<usize>>) -> bool {
        let Some((first, others)) = self.terms.split_first() else { return false };
        let reach = self.terms.len() + 2;
        let near = |start: usize, term: &usize| {
            positions
                .get(term)
                .is_some_and(|places| places.iter().any(|place| place.abs_diff(start) <= reach))
        };
        positions
            .get(first)
            .is_some_and(|starts| starts.iter().any(|start| others.iter().all(|term| near(*start, term))))
    }
}

fn phrase_worth(keyword: &str, words: usize) -> f64 {
    match words {
        1 if keyword.len() > 5 => CODE,
        1 => SHORT_CODE,
        _ => (WHOLE_PHRASE * as_f64(words)).min(MOST_PHRASE),
    }
}

/// From evidence to 0..1.
fn signal(weight: f64, most: f64) -> f64 {
    if weight <= 0.0 {
        return 0.0;
    }
    let saturated = 1.0 - (-weight / SATURATION).exp();
    saturated * (WHEN_DOMINATED + (1.0 - WHEN_DOMINATED) * weight / most)
}

/// The word's parts of three letters; its beginning is a part of its own.
fn grams(stem: &str) -> Vec<Gram> {
    let letters: Vec<char> = std::iter::once('^').chain(stem.chars()).collect();
    let mut grams: Vec<Gram> = letters.windows(3).map(|part| [part[0], part[1], part[2]]).collect();
    grams.sort_unstable();
    grams.dedup();
    grams
}

fn is_code(word: &str) -> bool {
    word.chars().any(|c| c.is_ascii_digit())
}

#[expect(clippy::cast_precision_loss, reason = "counts of words and flows, far below 2^52")]
fn as_f64(count: usize) -> f64 {
    count as f64
}
