//! Texts that mean the same, found by their vectors: clusters are joined, the nearest first, as long as they are near enough.
//!
//! How near two clusters are is the average over their members (average linkage): one odd text neither keeps a cluster apart
//! nor chains two of them together, and what comes out does not hang on which text came first.

use crate::embedding::Vector;

/// The places of vectors that belong together, each group in order, groups by their first member. Two groups are joined if
/// their members' average cosine is at least `from`.
pub(super) fn clusters(vectors: &[&Vector], from: f32) -> Vec<Vec<usize>> {
    let mut groups: Vec<Vec<usize>> = (0..vectors.len()).map(|place| vec![place]).collect();
    let mut near = Nearness::of(vectors);
    while let Some((one, other)) = near.nearest(from) {
        near.join(one, other, groups[one].len(), groups[other].len());
        let joined = std::mem::take(&mut groups[other]);
        groups[one].extend(joined);
    }
    groups.retain(|group| !group.is_empty());
    for group in &mut groups {
        group.sort_unstable();
    }
    groups
}

/// How near each two groups are, and whom each is nearest to among those behind it. A group bears the number of its first
/// member; one that was joined to another is gone.
struct Nearness {
    size: usize,
    cosines: Vec<f32>,
    gone: Vec<bool>,
    best: Vec<Option<usize>>,
}

impl Nearness {
    fn of(vectors: &[&Vector]) -> Self {
        let size = vectors.len();
        let mut cosines = vec![0.0; size * size];
        for one in 0..size {
            for other in one + 1..size {
                let cosine = vectors[one].cosine(vectors[other]);
                cosines[one * size + other] = cosine;
                cosines[other * size + one] = cosine;
            }
        }
        let mut near = Self { size, cosines, gone: vec![false; size], best: vec![None; size] };
        for one in 0..size {
            near.best[one] = near.best_behind(one);
        }
        near
    }

    fn cosine(&self, one: usize, other: usize) -> f32 {
        self.cosines[one * self.size + other]
    }

    /// The first of the nearest, so that the same input always gives the same.
    fn best_behind(&self, one: usize) -> Option<usize> {
        let others = (one + 1..self.size).filter(|other| !self.gone[*other]);
        others
            .reduce(|best, other| if self.cosine(one, other) > self.cosine(one, best) { other } else { best })
    }

    fn nearest(&self, from: f32) -> Option<(usize, usize)> {
        let pairs =
            (0..self.size).filter(|one| !self.gone[*one]).filter_map(|one| Some((one, self.best[one]?)));
        let nearest = pairs.reduce(|best, pair| {
            if self.cosine(pair.0, pair.1) > self.cosine(best.0, best.1) { pair } else { best }
        })?;
        (self.cosine(nearest.0, nearest.1) >= from).then_some(nearest)
    }

    /// `other`, which stands behind `one`, becomes part of it.
    fn join(&mut self, one: usize, other: usize, members: usize, joining: usize) {
        self.gone[other] = true;
        let (ours, theirs) = (weight(members), weight(joining));
        for third in (0..self.size).filter(|third| *third != one) {
            let cosine =
                (ours * self.cosine(one, third) + theirs * self.cosine(other, third)) / (ours + theirs);
            self.cosines[one * self.size + third] = cosine;
            self.cosines[third * self.size + one] = cosine;
        }
        for third in 0..other {
            let touched = third == one || self.best[third] == Some(other) || self.best[third] == Some(one);
            if self.gone[third] {
                continue;
            }
            let nearer = third < one
                && self.best[third].is_none_or(|best| self.cosine(third, one) > self.cosine(third, best));
            if touched || nearer {
                self.best[third] = self.best_behind(third);
            }
        }
    }
}

fn weight(members: usize) -> f32 {
    f32::from(u16::try_from(members).unwrap_or(u16::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A direction in the plane, in degrees.
    fn at(degrees: f32) -> Vector {
        Vector::towards(vec![degrees.to_radians().cos(), degrees.to_radians().sin()]).unwrap()
    }

    fn grouped(degrees: &[f32], from: f32) -> Vec<Vec<usize>> {
        let vectors: Vec<Vector> = degrees.iter().map(|it| at(*it)).collect();
        clusters(&vectors.iter().collect::<Vec<_>>(), from)
    }

    #[test]
    fn what_is_near_is_together_and_what_is_not_stays_alone() {
        assert_eq!(grouped(&[0.0, 90.0, 5.0, 95.0, 180.0], 0.9), [vec![0, 2], vec![1, 3], vec![4]]);
        assert_eq!(grouped(&[], 0.9), Vec::<Vec<usize>>::new());
        assert_eq!(grouped(&[7.0], 0.9), [vec![0]]);
    }

    #[test]
    fn a_chain_of_neighbours_is_not_one_cluster() {
        let chain: Vec<f32> = (0..10_u8).map(|it| f32::from(it) * 20.0).collect();
        let found = grouped(&chain, 0.9);
        assert!(found.len() >= 4, "each is near the next, the first is far from the last: {found:?}");
    }

    #[test]
    fn the_order_in_which_texts_come_does_not_change_what_belongs_together() {
        let degrees = [0.0, 12.0, 50.0, 61.0, 118.0, 3.0, 57.0, 121.0];
        let named = |found: Vec<Vec<usize>>, order: &[usize]| {
            let mut named: Vec<Vec<usize>> = found
                .into_iter()
                .map(|group| {
                    let mut group: Vec<usize> = group.into_iter().map(|place| order[place]).collect();
                    group.sort_unstable();
                    group
                })
                .collect();
            named.sort();
            named
        };
        let straight = named(grouped(&degrees, 0.9), &[0, 1, 2, 3, 4, 5, 6, 7]);
        assert_eq!(straight, [vec![0, 1, 5], vec![2, 3, 6], vec![4, 7]]);
        let order = [6, 2, 7, 0, 3, 5, 4, 1];
        let shuffled: Vec<f32> = order.iter().map(|place| degrees[*place]).collect();
        assert_eq!(named(grouped(&shuffled, 0.9), &order), straight);
    }
}
