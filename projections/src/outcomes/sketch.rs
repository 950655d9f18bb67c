//! Durations counted in logarithmic buckets: small, added up and taken back at will, percentiles within one percent.

use integer_encoding::VarInt;

use super::durations::Durations;

/// Each bucket reaches from `GAMMA^(k-1)` to `GAMMA^k` seconds, so that its representative is at most a hundredth of the
/// value away from each value in it.
const GAMMA: f64 = 1.01 / 0.99;
/// The bucket that ends at a second; those of a microsecond and less come right after bucket 0, which is of no time at all.
const SECOND: f64 = 691.0;
/// The bucket of the longest time that there is.
const LONGEST: u16 = 2_200;

/// How many durations fall into which bucket. What it holds follows from the durations alone, not from the order in which
/// they came and went, so that folding anew gives the same bytes. Counts below zero are changes to be added to another one.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Sketch {
    micros: i64,
    /// By bucket, as far as the last that counts something: adding up thousands of sketches is adding up arrays.
    counts: Vec<i64>,
}

impl Sketch {
    /// Counts a duration so many times.
    pub(super) fn count(&mut self, micros: i64, times: i64) {
        self.micros += micros * times;
        self.change(bucket(micros), times);
    }

    /// Adds all that another one holds.
    pub(super) fn add(&mut self, other: &Self) {
        self.micros += other.micros;
        for (bucket, times) in other.filled() {
            self.change(bucket, times);
        }
    }

    fn change(&mut self, bucket: u16, times: i64) {
        let at = usize::from(bucket);
        if self.counts.len() <= at {
            self.counts.resize(at + 1, 0);
        }
        self.counts[at] += times;
        while self.counts.last() == Some(&0) {
            self.counts.pop();
        }
    }

    /// The buckets that count something, shortest first.
    fn filled(&self) -> impl Iterator<Item = (u16, i64)> {
        (0..).zip(self.counts.iter().copied()).filter(|(_, times)| *times != 0)
    }

    /// How many durations it holds.
    pub(super) fn n(&self) -> i64 {
        self.counts.iter().sum()
    }

    /// It holds nothing, and changes nothing.
    pub(super) fn is_empty(&self) -> bool {
        self.counts.is_empty() && self.micros == 0
    }

    /// Its figures: the mean exact, the percentiles within one percent.
    pub(super) fn figures(&self) -> Durations {
        let places: Vec<(i64, f64)> = self
            .filled()
            .scan(0, |below, (bucket, times)| {
                *below += times;
                Some((*below, representative(bucket)))
            })
            .collect();
        let at = |rank: i64| {
            let place = places.partition_point(|(up_to, _)| *up_to <= rank);
            places.get(place).map_or(0.0, |(_, seconds)| *seconds)
        };
        Durations::of(self.n(), self.micros, at)
    }

    /// As it is stored: the sum, then for each bucket how far it is from the one before, and its count; nothing where it is
    /// empty.
    pub(super) fn to_bytes(&self) -> Vec<u8> {
        if self.is_empty() {
            return Vec::new();
        }
        let mut bytes = self.micros.to_le_bytes().to_vec();
        let mut before = 0;
        let mut number = [0; 5];
        for (bucket, times) in self.filled() {
            let taken = (bucket - before).encode_var(&mut number);
            bytes.extend(&number[..taken]);
            let taken = u32::try_from(times).unwrap_or(u32::MAX).encode_var(&mut number);
            bytes.extend(&number[..taken]);
            before = bucket;
        }
        bytes
    }

    /// Adds what is stored; false if it is no sketch.
    pub(super) fn add_bytes(&mut self, bytes: &[u8]) -> bool {
        let Some((micros, mut buckets)) = bytes.split_first_chunk() else { return bytes.is_empty() };
        self.micros += i64::from_le_bytes(*micros);
        let mut bucket = 0_u16;
        while !buckets.is_empty() {
            let Some((further, read)) = u16::decode_var(buckets) else { return false };
            let Some((times, more)) = u32::decode_var(&buckets[read..]) else { return false };
            let Some(next) = bucket.checked_add(further).filter(|next| *next <= LONGEST) else {
                return false;
            };
            self.change(next, times.into());
            (bucket, buckets) = (next, &buckets[read + more..]);
        }
        true
    }
}

#[expect(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "exact enough for a bucket"
)]
fn bucket(micros: i64) -> u16 {
    if micros <= 0 {
        return 0;
    }
    let above_a_second = ((micros as f64 / 1e6).ln() / GAMMA.ln()).ceil();
    (above_a_second + SECOND).clamp(1.0, f64::from(LONGEST)) as u16
}

/// The seconds that stand for a bucket's values.
fn representative(bucket: u16) -> f64 {
    if bucket == 0 { 0.0 } else { 2.0 * GAMMA.powf(f64::from(bucket) - SECOND) / (GAMMA + 1.0) }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn sketch(values: &[i64]) -> Sketch {
        let mut sketch = Sketch::default();
        for micros in values {
            sketch.count(*micros, 1);
        }
        sketch
    }

    fn duration() -> impl Strategy<Value = i64> {
        prop_oneof![Just(0_i64), 1..100_i64, 1..4_000_000_000_000_i64, 1..i64::MAX / 2_000]
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn percentiles_are_within_one_percent_and_the_mean_is_exact(
            values in prop::collection::vec(duration(), 1..600),
        ) {
            let (told, exact) = (sketch(&values).figures(), Durations::exact(values));
            prop_assert_eq!((told.n, told.mean), (exact.n, exact.mean));
            for (told, exact) in [(told.p50, exact.p50), (told.p90, exact.p90), (told.p95, exact.p95)] {
                let (told, exact) = (told.unwrap(), exact.unwrap());
                prop_assert!((told - exact).abs() <= exact * 0.010_001, "{told} for {exact}");
            }
        }

        #[test]
        fn what_was_added_and_taken_back_leaves_no_trace_and_bytes_tell_all(
            kept in prop::collection::vec(duration(), 0..50),
            gone in prop::collection::vec(duration(), 0..50),
        ) {
            let mut changing = sketch(&gone);
            changing.add(&sketch(&kept));
            for micros in &gone {
                changing.count(*micros, -1);
            }
            prop_assert_eq!(&changing, &sketch(&kept));
            let mut read = Sketch::default();
            prop_assert!(read.add_bytes(&changing.to_bytes()));
            prop_assert_eq!(&read, &changing);
            prop_assert_eq!(read.n(), i64::try_from(kept.len()).unwrap());
        }
    }

    #[test]
    fn bytes_that_are_no_sketch_are_refused() {
        for bytes in [&[1_u8][..], &[0; 9], &[255; 12], &[0, 0, 0, 0, 0, 0, 0, 0, 255, 255, 1, 1]] {
            assert!(!Sketch::default().add_bytes(bytes));
        }
        assert!(Sketch::default().add_bytes(&[]));
    }
}
