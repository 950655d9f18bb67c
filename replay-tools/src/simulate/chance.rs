//! Chance that is the same for the same seed, on every machine and with every version: SplitMix64.

use chrono::{DateTime, TimeDelta, Utc};
use uuid::{Builder, Uuid};

/// A source of chance.
pub(super) struct Chance {
    state: u64,
}

impl Chance {
    /// The one of a seed.
    pub(super) fn of(seed: u64) -> Self {
        Self { state: seed }
    }

    /// Any number.
    pub(super) fn number(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mixed = (self.state ^ (self.state >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    /// A number below another one, which is at least 1.
    pub(super) fn below(&mut self, limit: u64) -> u64 {
        self.number() % limit.max(1)
    }

    /// True in so many of a hundred cases.
    pub(super) fn percent(&mut self, cases: u64) -> bool {
        self.below(100) < cases
    }

    /// One of these.
    pub(super) fn one<'a, T>(&mut self, of: &'a [T]) -> &'a T {
        let place = usize::try_from(self.below(of.len() as u64)).unwrap_or_default();
        &of[place]
    }

    /// A span between two numbers of seconds.
    pub(super) fn seconds(&mut self, least: u32, most: u32) -> TimeDelta {
        let span = u64::from(most.saturating_sub(least)) + 1;
        TimeDelta::seconds(i64::from(least) + i64::try_from(self.below(span)).unwrap_or_default())
    }

    /// An id as the server would have made it at that time.
    pub(super) fn id(&mut self, at: DateTime<Utc>) -> Uuid {
        let mut bytes = [0; 10];
        bytes[..8].copy_from_slice(&self.number().to_be_bytes());
        bytes[8..].copy_from_slice(&self.number().to_be_bytes()[..2]);
        let millis = u64::try_from(at.timestamp_millis()).unwrap_or_default();
        Builder::from_unix_timestamp_millis(millis, &bytes).into_uuid()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_seed_gives_the_same_chance_and_another_one_another() {
        let drawn = |seed| {
            let mut chance = Chance::of(seed);
            (chance.number(), chance.id(DateTime::UNIX_EPOCH), chance.below(7))
        };
        assert_eq!(drawn(1), drawn(1));
        assert_ne!(drawn(1), drawn(2));
        assert_eq!(Chance::of(0).number(), 0xE220_A839_7B1D_CDAF, "as SplitMix64 is defined");
    }

    #[test]
    fn ids_are_of_version_7_and_in_the_order_of_time() {
        let mut chance = Chance::of(3);
        let (early, late) = (DateTime::UNIX_EPOCH, DateTime::UNIX_EPOCH + TimeDelta::days(9));
        let (later, earlier) = (chance.id(late), chance.id(early));
        assert_eq!(later.get_version_num(), 7);
        assert!(earlier < later);
    }
}
