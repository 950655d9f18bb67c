//! The embedder that needs nothing: words and parts of words, hashed into a vector, rarer ones weighing more.
//!
//! It sees that texts share words, also in other forms or run together, never that different words mean the same. How rare a
//! word is among problems of this trade it reads off the starter library.

use std::collections::{BTreeMap, HashSet};

use domain::embedding::{Embedder, Embedding, ModelId, Usage, Vector};
use domain::flow::library::starter_flows;
use domain::matching::words::{is_sentence, words};

/// How many numbers a vector has.
const DIMENSION: usize = 512;
/// Raised whenever the same text would give another vector.
const VERSION: u32 = 1;
/// What a word's parts weigh together, against the word itself.
const PARTS: f32 = 0.6;
/// What two words in a row weigh, against the words themselves.
const PAIR: f32 = 0.4;
/// Length of a part, in characters.
const PART: usize = 4;
/// Most words of a text that count.
const MOST_WORDS: usize = 400;

/// The built-in embedder.
#[derive(Debug, Clone)]
pub struct Hashing {
    id: ModelId,
    /// What a word weighs that the starter library knows; any other word weighs 1.
    weights: BTreeMap<String, f32>,
}

impl Default for Hashing {
    fn default() -> Self {
        let weights = weights();
        let mut digest = Hash::default();
        for (word, weight) in &weights {
            digest.take(word.bytes());
            digest.take(weight.to_le_bytes());
        }
        // Another library, another space.
        let id = ModelId::new(format!("hashing-{VERSION}-{:08x}@{DIMENSION}", digest.0 >> 32));
        Self { id, weights }
    }
}

impl Hashing {
    /// The vector of a text.
    pub fn vector(&self, text: &str) -> Vector {
        let mut numbers = vec![0.0; DIMENSION];
        let mut seen = HashSet::new();
        let words = words(text);
        for word in words.iter().take(MOST_WORDS).filter(|word| seen.insert(word.stem.as_str())) {
            let weight = self.weight(&word.stem);
            add(&mut numbers, "word", &word.stem, weight);
            let parts = parts(&word.stem);
            for part in &parts {
                add(&mut numbers, "part", part, weight * PARTS / root(parts.len()));
            }
        }
        for pair in words.windows(2).take(MOST_WORDS) {
            let weight = self.weight(&pair[0].stem).min(self.weight(&pair[1].stem));
            add(&mut numbers, "pair", &format!("{} {}", pair[0].stem, pair[1].stem), weight * PAIR);
        }
        Vector::towards(numbers).unwrap_or_else(nothing)
    }

    fn weight(&self, stem: &str) -> f32 {
        self.weights.get(stem).copied().unwrap_or(1.0)
    }
}

impl Embedder for Hashing {
    fn embed<'a>(&'a self, _usage: Usage, texts: &'a [String]) -> Embedding<'a> {
        Box::pin(async move { Ok(texts.iter().map(|text| self.vector(text)).collect()) })
    }

    fn model(&self) -> &ModelId {
        &self.id
    }
}

/// Inverse document frequency over the starter flows, 1 for a word of a single one. Their sentences are left out: people's own
/// words would make common what tells problems apart.
fn weights() -> BTreeMap<String, f32> {
    let mut flows: BTreeMap<String, u16> = BTreeMap::new();
    for flow in starter_flows() {
        let head = &flow.head;
        let named = head.keywords.iter().filter(|keyword| !is_sentence(keyword));
        let texts = std::iter::once(&head.name).chain(&head.description).chain(named);
        let texts = texts.chain(flow.nodes.iter().map(|node| &node.text));
        let stems: HashSet<_> = texts.flat_map(|text| words(text)).map(|word| word.stem).collect();
        for stem in stems {
            *flows.entry(stem).or_default() += 1;
        }
    }
    let all = f32::from(u16::try_from(starter_flows().len()).unwrap_or(u16::MAX));
    let inverse = |having: f32| (1.0 + (all - having + 0.5) / (having + 0.5)).ln();
    let most = inverse(1.0);
    flows.into_iter().map(|(stem, having)| (stem, inverse(f32::from(having)) / most)).collect()
}

/// The parts of a word, its beginning and its end marked. Codes have none: they are the same or they are not.
fn parts(stem: &str) -> Vec<String> {
    if stem.chars().any(|c| c.is_ascii_digit()) {
        return Vec::new();
    }
    let letters: Vec<char> = "^".chars().chain(stem.chars()).chain("$".chars()).collect();
    letters.windows(PART).map(|part| part.iter().collect()).collect()
}

fn add(numbers: &mut [f32], kind: &str, feature: &str, weight: f32) {
    let mut hash = Hash::default();
    hash.take(kind.bytes().chain([0]).chain(feature.bytes()));
    let hash = hash.settled();
    let place = usize::try_from(hash % numbers.len() as u64).unwrap_or(0);
    // Half of the features count downwards, so that those which meet by chance cancel out on the whole.
    numbers[place] += if hash >> 63 == 0 { weight } else { -weight };
}

/// The direction of a text without words.
fn nothing() -> Vector {
    let mut numbers = vec![0.0; DIMENSION];
    numbers[0] = 1.0;
    Vector::towards(numbers).expect("invariant: a single 1 is a direction")
}

fn root(count: usize) -> f32 {
    f32::from(u16::try_from(count).unwrap_or(u16::MAX)).max(1.0).sqrt()
}

/// FNV-1a, which gives the same on every machine and for ever.
struct Hash(u64);

impl Default for Hash {
    fn default() -> Self {
        Self(0xcbf2_9ce4_8422_2325)
    }
}

impl Hash {
    fn take(&mut self, bytes: impl IntoIterator<Item = u8>) {
        for byte in bytes {
            self.0 = (self.0 ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
        }
    }

    /// Its high bits depend on all of the input only after some more mixing.
    fn settled(&self) -> u64 {
        let mixed = (self.0 ^ (self.0 >> 33)).wrapping_mul(0xff51_afd7_ed55_8ccd);
        mixed ^ (mixed >> 33)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn near(one: &str, other: &str) -> f32 {
        let hashing = Hashing::default();
        hashing.vector(one).cosine(&hashing.vector(other))
    }

    #[test]
    fn forms_and_parts_of_a_word_are_near_and_other_words_are_not() {
        assert!(near("printer offline", "Printers are offline") > 0.8);
        assert!(near("Drucker", "Netzwerkdrucker") > near("Drucker", "Netzwerkkarte").abs() + 0.1);
        assert!(near("printer offline", "tunnel drops").abs() < 0.15);
    }

    #[test]
    fn a_rare_word_draws_nearer_than_a_frequent_one() {
        let (rare, frequent) = ("vssadmin", "server");
        assert!(
            near(&format!("{rare} {frequent}"), rare) > near(&format!("{rare} {frequent}"), frequent) + 0.1
        );
    }

    #[test]
    fn codes_are_the_same_or_they_are_not() {
        assert!(near("0x0000011b", "0x0000011b") > 0.99);
        assert!(near("0x0000011b", "0x00000709").abs() < 0.2);
    }

    #[test]
    fn the_same_text_gives_the_same_vector_and_one_without_words_gives_one_too() {
        let (one, other) = (Hashing::default(), Hashing::default());
        assert_eq!(one.model(), other.model());
        assert_eq!(one.vector("Outlook keeps asking"), other.vector("Outlook keeps asking"));
        assert_eq!(one.vector("").numbers().len(), DIMENSION);
    }
}
