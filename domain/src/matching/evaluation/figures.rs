//! The figures that say how good matching is.

use std::collections::BTreeMap;
use std::fmt;

use super::Trial;
use crate::matching::MatchPolicy;

/// Scores from here to the next bound are told together.
const BANDS: [f64; 5] = [0.0, 0.2, 0.4, 0.6, 0.8];
/// How often the best candidate must be right among those that are covered.
const PRECISION: f64 = 0.9;

/// So many of so many.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Share {
    /// Those that are so.
    pub of: usize,
    /// All.
    pub all: usize,
}

impl Share {
    fn count<'a>(trials: impl IntoIterator<Item = &'a Trial>, is_so: impl Fn(&Trial) -> bool) -> Self {
        trials.into_iter().fold(Self::default(), |share, trial| Self {
            of: share.of + usize::from(is_so(trial)),
            all: share.all + 1,
        })
    }

    /// 0..1; 0 of none is 0.
    #[expect(clippy::cast_precision_loss, reason = "counts of intakes, far below 2^52")]
    pub fn ratio(self) -> f64 {
        if self.all == 0 { 0.0 } else { self.of as f64 / self.all as f64 }
    }
}

impl fmt::Display for Share {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:.2} ({}/{})", self.ratio(), self.of, self.all)
    }
}

/// One figure by its name.
#[derive(Debug, Clone, PartialEq)]
pub struct Figure {
    /// What it says.
    pub name: String,
    /// 0..1.
    pub value: f64,
    /// What it is the ratio of; a mean is none.
    pub share: Option<Share>,
}

/// How good matching was.
#[derive(Debug, Clone, PartialEq)]
pub struct Figures {
    /// Of those with a right flow, where it came first.
    pub top_1: Share,
    /// Of those with a right flow, the mean of 1 / its place, counted to the third place.
    pub mrr_3: f64,
    /// Of those without one, which would have been guided by one.
    pub false_guided: Share,
    /// Of those that would have been guided, where that was right.
    pub guided_right: Share,
    /// The share of all that the highest scores cover while nine in ten of them are right.
    pub covered: Share,
    /// The first figure, for each area.
    pub by_domain: BTreeMap<&'static str, Share>,
    /// For each band of scores, where the best candidate was right: what a score means.
    pub reliability: Vec<(f64, Share)>,
}

impl Figures {
    /// Of trials under a policy.
    pub fn of(trials: &[Trial], policy: &MatchPolicy) -> Self {
        let with = || trials.iter().filter(|trial| trial.has_flow);
        let guided = |trial: &Trial| trial.score >= policy.guide_from;
        let mut by_domain: BTreeMap<_, Share> = BTreeMap::new();
        for trial in with() {
            let share = by_domain.entry(trial.domain.map_or("none", |domain| domain.as_str())).or_default();
            share.of += usize::from(trial.is_right());
            share.all += 1;
        }
        let band = |place: usize| {
            let (from, to) = (BANDS[place], BANDS.get(place + 1).copied().unwrap_or(f64::INFINITY));
            let within = trials.iter().filter(|trial| trial.score >= from && trial.score < to);
            (from, Share::count(within, Trial::is_right))
        };
        Self {
            top_1: Share::count(with(), Trial::is_right),
            mrr_3: mrr_3(trials),
            false_guided: Share::count(trials.iter().filter(|trial| !trial.has_flow), guided),
            guided_right: Share::count(trials.iter().filter(|trial| guided(trial)), Trial::is_right),
            covered: covered(trials),
            by_domain,
            reliability: (0..BANDS.len()).map(band).collect(),
        }
    }

    /// All of them, the most telling first.
    pub fn told(&self) -> Vec<Figure> {
        let share = |name: String, share: Share| Figure { name, value: share.ratio(), share: Some(share) };
        let mut told = vec![
            share("top-1".to_owned(), self.top_1),
            Figure { name: "MRR@3".to_owned(), value: self.mrr_3, share: None },
            share("false-guided".to_owned(), self.false_guided),
            share("guided, of them right".to_owned(), self.guided_right),
            share("coverage at precision 0.9".to_owned(), self.covered),
        ];
        told.extend(self.by_domain.iter().map(|(domain, of)| share(format!("top-1, {domain}"), *of)));
        told.extend(
            self.reliability.iter().map(|(from, of)| share(format!("right from score {from:.1}"), *of)),
        );
        told
    }
}

fn mrr_3(trials: &[Trial]) -> f64 {
    let (sum, count) =
        trials.iter().filter(|trial| trial.has_flow).fold((0.0, 0.0), |(sum, count), trial| {
            let worth = match trial.place {
                Some(0) => 1.0,
                Some(1) => 1.0 / 2.0,
                Some(2) => 1.0 / 3.0,
                _ => 0.0,
            };
            (sum + worth, count + 1.0)
        });
    if count > 0.0 { sum / count } else { 0.0 }
}

fn covered(trials: &[Trial]) -> Share {
    let mut by_score: Vec<_> = trials.iter().collect();
    by_score.sort_by(|a, b| b.score.total_cmp(&a.score));
    let mut so_far = Share::default();
    let mut covered = 0;
    for (place, trial) in by_score.iter().enumerate() {
        so_far.all += 1;
        so_far.of += usize::from(trial.is_right());
        // Those of one score are covered together or not at all.
        let last = by_score.get(place + 1).is_none_or(|next| next.score < trial.score);
        if last && so_far.ratio() >= PRECISION {
            covered = so_far.all;
        }
    }
    Share { of: covered, all: trials.len() }
}

impl fmt::Display for Figures {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for Figure { name, value, share } in self.told() {
            match share {
                Some(share) => writeln!(f, "  {name:26} {share}")?,
                None => writeln!(f, "  {name:26} {value:.2}")?,
            }
        }
        Ok(())
    }
}
