//! What texts mean: their vectors by one embedder, and which of them are about the same.

use std::collections::HashMap;

use super::cluster::clusters;
use super::nearness::alike_from;
use crate::embedding::{ModelId, Vector};

/// The vectors of texts.
#[derive(Clone)]
pub struct Meanings {
    alike_from: f32,
    vectors: HashMap<String, Vector>,
}

impl Meanings {
    /// Texts with the vectors that a model made of them.
    pub fn new(model: &ModelId, vectors: impl IntoIterator<Item = (String, Vector)>) -> Self {
        Self { alike_from: alike_from(model), vectors: vectors.into_iter().collect() }
    }

    /// The places of texts that are about the same. The same text is in one group, however often it comes; a text without a
    /// vector is alike to itself alone.
    pub(super) fn groups(&self, texts: &[&str]) -> Vec<Vec<usize>> {
        let mut places: HashMap<&str, usize> = HashMap::new();
        let mut distinct: Vec<(&str, Vec<usize>)> = Vec::new();
        for (place, text) in texts.iter().enumerate() {
            let known = *places.entry(text).or_insert_with(|| {
                distinct.push((text, Vec::new()));
                distinct.len() - 1
            });
            distinct[known].1.push(place);
        }
        let (known, unknown): (Vec<_>, Vec<_>) =
            distinct.into_iter().partition(|(text, _)| self.vectors.contains_key(*text));
        let vectors: Vec<&Vector> = known.iter().filter_map(|(text, _)| self.vectors.get(*text)).collect();
        let alike = clusters(&vectors, self.alike_from).into_iter();
        let alike = alike.map(|group| {
            let mut places: Vec<usize> =
                group.into_iter().flat_map(|it| known[it].1.iter().copied()).collect();
            places.sort_unstable();
            places
        });
        let mut groups: Vec<Vec<usize>> =
            alike.chain(unknown.iter().map(|(_, places)| places.clone())).collect();
        groups.sort_unstable();
        groups
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_text_is_always_alike_and_one_without_a_vector_only_to_itself() {
        let vector = |numbers: [f32; 2]| Vector::towards(numbers.to_vec()).unwrap();
        let known = [("near", [1.0, 0.0]), ("nearby", [1.0, 0.1]), ("far", [0.0, 1.0])];
        let known = known.map(|(text, numbers)| (text.to_owned(), vector(numbers)));
        let meanings = Meanings::new(&ModelId::new("test/any"), known);
        let texts = ["unknown", "near", "far", "nearby", "near", "unknown"];
        assert_eq!(meanings.groups(&texts), [vec![0, 5], vec![1, 3, 4], vec![2]]);
    }
}
