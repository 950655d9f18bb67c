//! A circuit breaker: an endpoint that fails again and again is given a rest, so that a dead one stalls nobody. After the
//! rest a single call tries whether it is back.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

/// When it opens, and for how long.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BreakerSettings {
    /// Failures in a row that open it.
    pub failures: u32,
    /// How long the rest is.
    pub rest: Duration,
}

impl Default for BreakerSettings {
    fn default() -> Self {
        Self { failures: 5, rest: Duration::from_secs(15) }
    }
}

/// The breaker of one endpoint.
#[derive(Debug)]
pub struct Breaker {
    settings: BreakerSettings,
    state: Mutex<State>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    /// Calls pass; so many failed in a row.
    Closed { failures: u32 },
    /// No call passes until then; the first one after it tries.
    Open { until: Instant },
    /// One call tries, the others wait for what comes of it.
    Trying,
}

/// The endpoint rests for that long.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Resting(pub Duration);

/// Leave to make one call. Dropped without a word (the call was cancelled), it tells nothing about the endpoint.
#[derive(Debug)]
#[must_use = "what came of the call decides about the next"]
pub struct Permit {
    breaker: Arc<Breaker>,
    trying: bool,
    told: bool,
}

impl Breaker {
    /// A closed one.
    pub fn new(settings: BreakerSettings) -> Self {
        Self { settings, state: Mutex::new(State::Closed { failures: 0 }) }
    }

    /// Asks for leave to make a call.
    pub fn admit(self: &Arc<Self>) -> Result<Permit, Resting> {
        let mut state = self.state();
        let trying = match *state {
            State::Closed { .. } => false,
            State::Open { until } => {
                let left = until.saturating_duration_since(Instant::now());
                if !left.is_zero() {
                    return Err(Resting(left));
                }
                *state = State::Trying;
                true
            }
            State::Trying => return Err(Resting(Duration::from_secs(1).min(self.settings.rest))),
        };
        drop(state);
        Ok(Permit { breaker: Arc::clone(self), trying, told: false })
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Permit {
    /// The endpoint answered: it lives, whatever it said.
    pub fn answered(mut self) {
        self.told = true;
        *self.breaker.state() = State::Closed { failures: 0 };
    }

    /// The endpoint did not answer, or only that it is broken.
    pub fn failed(mut self) {
        self.told = true;
        let BreakerSettings { failures: most, rest } = self.breaker.settings;
        let mut state = self.breaker.state();
        let open = State::Open { until: Instant::now() + rest };
        *state = match *state {
            State::Closed { failures } if failures + 1 < most => State::Closed { failures: failures + 1 },
            State::Closed { .. } => open,
            State::Trying if self.trying => open,
            // A call from before the rest comes in late: nothing new.
            other => other,
        };
    }
}

impl Drop for Permit {
    fn drop(&mut self) {
        if self.trying && !self.told {
            let mut state = self.breaker.state();
            if *state == State::Trying {
                *state = State::Open { until: Instant::now() };
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SETTINGS: BreakerSettings = BreakerSettings { failures: 3, rest: Duration::from_secs(15) };

    fn opened() -> Arc<Breaker> {
        let breaker = Arc::new(Breaker::new(SETTINGS));
        for _ in 0..3 {
            breaker.admit().unwrap().failed();
        }
        breaker
    }

    #[tokio::test(start_paused = true)]
    async fn failures_in_a_row_open_it_and_an_answer_between_them_does_not() {
        let breaker = Arc::new(Breaker::new(SETTINGS));
        for _ in 0..10 {
            breaker.admit().unwrap().failed();
            breaker.admit().unwrap().failed();
            breaker.admit().unwrap().answered();
        }
        assert!(breaker.admit().is_ok());
        assert_eq!(opened().admit().err(), Some(Resting(SETTINGS.rest)));
    }

    #[tokio::test(start_paused = true)]
    async fn after_the_rest_one_call_alone_tries() {
        let breaker = opened();
        tokio::time::advance(SETTINGS.rest).await;
        let trying = breaker.admit().unwrap();
        assert!(breaker.admit().is_err());
        trying.failed();
        assert_eq!(breaker.admit().err(), Some(Resting(SETTINGS.rest)));
        tokio::time::advance(SETTINGS.rest).await;
        breaker.admit().unwrap().answered();
        assert!(breaker.admit().is_ok() && breaker.admit().is_ok());
    }

    #[tokio::test(start_paused = true)]
    async fn a_try_that_is_cancelled_leaves_the_next_call_to_try() {
        let breaker = opened();
        tokio::time::advance(SETTINGS.rest).await;
        drop(breaker.admit().unwrap());
        let trying = breaker.admit().unwrap();
        assert!(breaker.admit().is_err());
        trying.answered();
        assert!(breaker.admit().is_ok());
    }

    #[tokio::test(start_paused = true)]
    async fn a_failure_from_before_the_rest_does_not_lengthen_it() {
        let breaker = Arc::new(Breaker::new(SETTINGS));
        let late = breaker.admit().unwrap();
        for _ in 0..3 {
            breaker.admit().unwrap().failed();
        }
        tokio::time::advance(Duration::from_secs(10)).await;
        late.failed();
        assert_eq!(breaker.admit().err(), Some(Resting(Duration::from_secs(5))));
    }
}
