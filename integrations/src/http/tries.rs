//! How often and how long one call is tried: bounded in number and in time, with pauses that grow and scatter.

use std::hash::{BuildHasher, Hasher, RandomState};
use std::time::Duration;

use tokio::time::Instant;

/// How much is borne for one answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Patience {
    /// Longest time for one try.
    pub one: Duration,
    /// Longest time for all tries and the pauses between them.
    pub all: Duration,
    /// Most tries.
    pub tries: u32,
    /// The first pause; each further one is twice as long.
    pub pause: Duration,
    /// The longest pause of our own.
    pub longest_pause: Duration,
    /// The longest pause that the other side may ask for. If it asks for more, the call ends with that.
    pub longest_asked: Duration,
}

impl Patience {
    /// Three tries, pauses from half a second to eight, up to a minute if asked.
    pub const fn of(one: Duration, all: Duration) -> Self {
        Self {
            one,
            all,
            tries: 3,
            pause: Duration::from_millis(500),
            longest_pause: Duration::from_secs(8),
            longest_asked: Duration::from_mins(1),
        }
    }
}

/// What a try's failure says about the next one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Again {
    /// It would fail as well.
    Never,
    /// It may go better after a pause.
    Soon,
    /// The other side asks for that pause.
    After(Duration),
}

/// The tries of one call.
#[derive(Debug)]
pub struct Tries {
    patience: Patience,
    began: Instant,
    failed: u32,
}

impl Tries {
    /// Begins now.
    pub fn begin(patience: Patience) -> Self {
        Self { patience, began: Instant::now(), failed: 0 }
    }

    /// How long the next try may take.
    pub fn deadline(&self) -> Duration {
        self.patience.one.min(self.left())
    }

    /// How long to pause before the next try; none if there is none.
    pub fn pause(&mut self, again: Again) -> Option<Duration> {
        self.failed += 1;
        let pause = match again {
            Again::Never => return None,
            Again::Soon => scattered(self.own_pause()),
            Again::After(asked) if asked > self.patience.longest_asked => return None,
            // Everybody was told the same: a little more keeps them from coming back at once.
            Again::After(asked) => asked + scattered(self.patience.pause),
        };
        (self.failed < self.patience.tries && pause < self.left()).then_some(pause)
    }

    fn own_pause(&self) -> Duration {
        let doubled = 2_u32.saturating_pow(self.failed.saturating_sub(1));
        self.patience.pause.saturating_mul(doubled).min(self.patience.longest_pause)
    }

    fn left(&self) -> Duration {
        self.patience.all.saturating_sub(self.began.elapsed())
    }
}

/// Between half of it and all of it.
fn scattered(pause: Duration) -> Duration {
    // A hasher's random key is chance enough here.
    let chance = RandomState::new().build_hasher().finish() >> 32;
    #[expect(clippy::cast_precision_loss, reason = "32 bits fit")]
    let share = chance as f64 / f64::from(u32::MAX);
    pause.mul_f64(0.5 + share / 2.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    fn patience() -> Patience {
        Patience { tries: 5, ..Patience::of(30 * SECOND, 100 * SECOND) }
    }

    #[tokio::test(start_paused = true)]
    async fn pauses_grow_and_scatter_and_end() {
        let mut tries = Tries::begin(patience());
        for longest in [500, 1_000, 2_000, 4_000].map(Duration::from_millis) {
            let pause = tries.pause(Again::Soon).unwrap();
            assert!(longest / 2 <= pause && pause <= longest, "{pause:?} of {longest:?}");
        }
        assert_eq!(tries.pause(Again::Soon), None);
    }

    #[tokio::test(start_paused = true)]
    async fn what_was_asked_for_is_waited_up_to_a_minute() {
        let mut tries = Tries::begin(patience());
        let pause = tries.pause(Again::After(60 * SECOND)).unwrap();
        assert!(60 * SECOND <= pause && pause <= 61 * SECOND, "{pause:?}");
        assert_eq!(tries.pause(Again::After(61 * SECOND)), None);
        assert_eq!(Tries::begin(patience()).pause(Again::Never), None);
    }

    #[tokio::test(start_paused = true)]
    async fn no_try_goes_beyond_the_time_for_all() {
        let mut tries = Tries::begin(patience());
        assert_eq!(tries.deadline(), 30 * SECOND);
        tokio::time::advance(90 * SECOND).await;
        assert_eq!(tries.deadline(), 10 * SECOND);
        assert_eq!(tries.pause(Again::After(10 * SECOND)), None);
        assert!(tries.pause(Again::Soon).is_some());
    }

    #[test]
    fn pauses_differ() {
        let pauses: std::collections::HashSet<_> = (0..20).map(|_| scattered(SECOND)).collect();
        assert!(pauses.len() > 10, "{pauses:?}");
    }
}
