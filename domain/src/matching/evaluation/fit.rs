//! Fits what a score means: from what the best candidates' values were, and how often they were right.

use super::Trial;

/// Trials that are told together at least: fewer say too little.
const TOGETHER: usize = 8;

/// Points of a calibration, rising in both, from trials whose scores are values that were not calibrated yet.
///
/// Neighbours are pooled until the share of right ones rises with the value; each share is drawn towards a half by one trial,
/// so that no few of them promise certainty.
pub fn fit(trials: &[Trial]) -> Vec<(f64, f64)> {
    let mut sorted: Vec<_> = trials.iter().map(|trial| (trial.score, trial.is_right())).collect();
    sorted.sort_by(|a, b| a.0.total_cmp(&b.0));
    let mut pools: Vec<Pool> = Vec::new();
    for group in sorted.chunks(TOGETHER) {
        let mut pool = Pool::default();
        for (value, right) in group {
            pool.values += value;
            pool.right += if *right { 1.0 } else { 0.0 };
            pool.count += 1.0;
        }
        while pools.last().is_some_and(|before| before.share() >= pool.share()) {
            if let Some(before) = pools.pop() {
                pool = Pool {
                    values: pool.values + before.values,
                    right: pool.right + before.right,
                    count: pool.count + before.count,
                };
            }
        }
        pools.push(pool);
    }
    let points = pools.iter().map(|pool| (pool.values / pool.count, pool.share()));
    std::iter::once((0.0, 0.0)).chain(points).collect()
}

#[derive(Default)]
struct Pool {
    values: f64,
    right: f64,
    count: f64,
}

impl Pool {
    fn share(&self) -> f64 {
        (self.right + 0.5) / (self.count + 1.0)
    }
}
