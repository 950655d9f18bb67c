//! Rates (rule 11.7): how many requests of a kind a member may send a minute, in token buckets of this process.

use std::num::NonZeroU32;
use std::time::Duration;

use domain::id::UserId;
use governor::clock::{Clock as _, DefaultClock};
use governor::state::keyed::HashMapStateStore;
use governor::{Quota, RateLimiter};

/// What kind of request it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RequestKind {
    /// A session is started.
    Start,
    /// A step is answered.
    Answer,
    /// Figures, or a search.
    Analysis,
    /// Anything else.
    Other,
}

/// So many requests a minute, by kind; none for as many as one likes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct RateSettings {
    /// Sessions that are started.
    pub starts: Option<NonZeroU32>,
    /// Answers.
    pub answers: Option<NonZeroU32>,
    /// Analytics and searches.
    pub analyses: Option<NonZeroU32>,
    /// Everything else.
    pub others: Option<NonZeroU32>,
}

type Buckets = RateLimiter<UserId, HashMapStateStore<UserId>, DefaultClock>;

/// The buckets of every member.
pub struct Rates {
    starts: Option<Buckets>,
    answers: Option<Buckets>,
    analyses: Option<Buckets>,
    others: Option<Buckets>,
    clock: DefaultClock,
}

impl Rates {
    /// Full buckets for everybody.
    pub fn new(settings: RateSettings) -> Self {
        let buckets = |a_minute: Option<NonZeroU32>| {
            a_minute.map(|a_minute| RateLimiter::hashmap(Quota::per_minute(a_minute)))
        };
        Self {
            starts: buckets(settings.starts),
            answers: buckets(settings.answers),
            analyses: buckets(settings.analyses),
            others: buckets(settings.others),
            clock: DefaultClock::default(),
        }
    }

    /// Takes a request from a member's bucket; if it is empty, says when to come back.
    pub fn take(&self, user: UserId, kind: RequestKind) -> Result<(), Duration> {
        let buckets = match kind {
            RequestKind::Start => &self.starts,
            RequestKind::Answer => &self.answers,
            RequestKind::Analysis => &self.analyses,
            RequestKind::Other => &self.others,
        };
        let Some(buckets) = buckets else { return Ok(()) };
        buckets.check_key(&user).map_err(|until| until.wait_time_from(self.clock.now()))
    }

    /// Forgets the buckets that are full again.
    pub fn forget_the_full(&self) {
        for buckets in [&self.starts, &self.answers, &self.analyses, &self.others].into_iter().flatten() {
            buckets.retain_recent();
            buckets.shrink_to_fit();
        }
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    #[test]
    fn each_member_has_a_bucket_of_each_kind_and_an_empty_one_says_when_to_come_back() {
        let one = NonZeroU32::new(1);
        let settings = RateSettings { starts: one, answers: NonZeroU32::new(2), ..RateSettings::default() };
        let rates = Rates::new(settings);
        let (ada, bob) = (UserId(Uuid::from_u128(1)), UserId(Uuid::from_u128(2)));
        assert_eq!(rates.take(ada, RequestKind::Start), Ok(()));
        let after = rates.take(ada, RequestKind::Start).unwrap_err();
        assert!(!after.is_zero() && after <= Duration::from_mins(1), "{after:?}");
        assert_eq!(rates.take(bob, RequestKind::Start), Ok(()));
        assert_eq!(rates.take(ada, RequestKind::Answer), Ok(()));
        assert_eq!(rates.take(ada, RequestKind::Answer), Ok(()));
        assert!(rates.take(ada, RequestKind::Answer).is_err());
        rates.forget_the_full();
        assert!(rates.take(ada, RequestKind::Start).is_err(), "what is not full is kept");
        assert!((0..1_000).all(|_| rates.take(ada, RequestKind::Other).is_ok()), "no limit was set");
    }
}
