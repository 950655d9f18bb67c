//! How much a gap matters, and why, in words: by how often it was seen and how large a share that is.

use super::percent;
use crate::coverage::Severity;

/// What was seen, and from where on that is much.
#[derive(Debug, Clone, Copy)]
pub(super) struct Gravity {
    pub(super) count: i64,
    pub(super) many_from: i64,
    pub(super) rate: f64,
    pub(super) large_from: f64,
}

impl Gravity {
    /// HIGH if it was seen often and is a large share, MEDIUM if one of them holds, LOW otherwise.
    pub(super) fn severity(self) -> Severity {
        match (self.count >= self.many_from, self.rate >= self.large_from) {
            (true, true) => Severity::High,
            (true, false) | (false, true) => Severity::Medium,
            (false, false) => Severity::Low,
        }
    }

    /// Why, in a sentence.
    pub(super) fn explanation(self) -> String {
        let many = if self.count >= self.many_from {
            format!("it was seen often ({} times or more)", self.many_from)
        } else {
            format!("it was seen fewer than {} times", self.many_from)
        };
        let large = if self.rate >= self.large_from {
            format!("the share is large ({} or more)", percent(self.large_from))
        } else {
            format!("the share is below {}", percent(self.large_from))
        };
        let (severity, link) = match self.severity() {
            Severity::High => ("HIGH", "and"),
            Severity::Medium => ("MEDIUM", "but"),
            Severity::Low => ("LOW", "and"),
        };
        format!("Severity {severity}: {many}, {link} {large}.")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_gap_is_grave_if_it_is_seen_often_and_in_a_large_share_and_says_so() {
        let of = |count, rate| Gravity { count, many_from: 10, rate, large_from: 0.7 };
        for (count, rate, severity, why) in [
            (10, 0.7, Severity::High, "HIGH: it was seen often (10 times or more), and the share is large"),
            (
                10,
                0.6,
                Severity::Medium,
                "MEDIUM: it was seen often (10 times or more), but the share is below 70 %.",
            ),
            (
                9,
                0.9,
                Severity::Medium,
                "MEDIUM: it was seen fewer than 10 times, but the share is large (70 % or more).",
            ),
            (9, 0.6, Severity::Low, "LOW: it was seen fewer than 10 times, and the share is below 70 %."),
        ] {
            assert_eq!(of(count, rate).severity(), severity);
            assert!(of(count, rate).explanation().contains(why), "{}", of(count, rate).explanation());
        }
    }
}
