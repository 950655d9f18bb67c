//! Configuration of rates: requests a minute and member, by kind.

use std::num::NonZeroU32;

use clap::Args;

use super::Mode;
use crate::rates::RateSettings;

/// Rates. Development knows none that were not set.
#[derive(Debug, Clone, Args)]
pub struct RateOptions {
    /// Sessions that a member may start a minute; 0 for no limit. Without it 5, in development no limit.
    #[arg(long, env = "FLOWPILOT_RATE_STARTS", value_name = "N")]
    pub rate_starts: Option<u32>,

    /// Answers that a member may give a minute; 0 for no limit. Without it 15, in development no limit.
    #[arg(long, env = "FLOWPILOT_RATE_ANSWERS", value_name = "N")]
    pub rate_answers: Option<u32>,

    /// Analytics and searches that a member may ask for a minute; 0 for no limit. Without it 30, in development no limit.
    #[arg(long, env = "FLOWPILOT_RATE_ANALYSES", value_name = "N")]
    pub rate_analyses: Option<u32>,

    /// Other requests that a member may send a minute; 0 for no limit. Without it 300, in development no limit.
    #[arg(long, env = "FLOWPILOT_RATE_OTHERS", value_name = "N")]
    pub rate_others: Option<u32>,
}

impl RateOptions {
    /// The rates as configured.
    pub fn settings(&self, mode: Mode) -> RateSettings {
        let rate = |set: Option<u32>, usual: u32| {
            let default = if mode == Mode::Development { 0 } else { usual };
            NonZeroU32::new(set.unwrap_or(default))
        };
        RateSettings {
            starts: rate(self.rate_starts, 5),
            answers: rate(self.rate_answers, 15),
            analyses: rate(self.rate_analyses, 30),
            others: rate(self.rate_others, 300),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const UNSET: RateOptions =
        RateOptions { rate_starts: None, rate_answers: None, rate_analyses: None, rate_others: None };

    #[test]
    fn production_has_rates_and_development_has_those_that_are_set() {
        let usual = UNSET.settings(Mode::Production);
        let rates = [usual.starts, usual.answers, usual.analyses, usual.others];
        assert_eq!(rates.map(|rate| rate.map(NonZeroU32::get)), [Some(5), Some(15), Some(30), Some(300)]);
        assert_eq!(UNSET.settings(Mode::Development), RateSettings::default());
        let set = RateOptions { rate_starts: Some(2), rate_others: Some(0), ..UNSET };
        assert_eq!(set.settings(Mode::Development).starts, NonZeroU32::new(2));
        assert_eq!(set.settings(Mode::Production).others, None);
    }
}
