//! How well the knowledge base covers a problem domain, and how much a gap there matters.

/// How much a gap matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[expect(missing_docs, reason = "the names say it")]
pub enum Severity {
    High,
    Medium,
    Low,
}

/// A domain in a period.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Coverage {
    /// Published flows.
    pub flows: i64,
    /// Sessions closed in the period.
    pub sessions: i64,
    /// Of those, closed while GUIDED.
    pub guided: i64,
}

/// Fewer sessions tell nothing.
const FEWEST: i64 = 5;
/// From here on they are many.
const MANY: i64 = 20;
/// Where more sessions come on a flow, flows are few.
const SESSIONS_A_FLOW: i64 = 10;

impl Coverage {
    /// None where there is no gap: half of the sessions or more were guided, or there were too few of them to tell. Otherwise
    /// each of these makes it graver: many sessions (20 or more), few flows (none, or one for more than ten sessions), few
    /// guided (less than a fifth).
    pub fn severity(self) -> Option<Severity> {
        if self.sessions < FEWEST || self.guided * 2 >= self.sessions {
            return None;
        }
        Some(match self.reasons().len() {
            0 | 1 => Severity::Low,
            2 => Severity::Medium,
            _ => Severity::High,
        })
    }

    /// Why it is as grave as it is, in a sentence; none where there is no gap.
    pub fn explanation(self) -> Option<String> {
        self.severity()?;
        let counted = |n: i64, one: &str| format!("{n} {one}{}", if n == 1 { "" } else { "s" });
        let figures = format!(
            "{}, {}, {} guided",
            counted(self.sessions, "session"),
            counted(self.flows, "published flow"),
            self.guided
        );
        let reasons = self.reasons();
        let why =
            if reasons.is_empty() { "less than half were guided".to_owned() } else { reasons.join(", ") };
        Some(format!("{figures}: {why}."))
    }

    fn reasons(self) -> Vec<&'static str> {
        [
            (self.sessions >= MANY, "many sessions"),
            (self.flows == 0 || self.sessions > self.flows * SESSIONS_A_FLOW, "few flows"),
            (self.guided * 5 < self.sessions, "few guided"),
        ]
        .into_iter()
        .filter_map(|(holds, reason)| holds.then_some(reason))
        .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_gap_is_the_graver_the_more_sessions_the_fewer_flows_and_the_fewer_guided_there_are() {
        for (sessions, flows, guided, severity) in [
            (0, 0, 0, None),
            (4, 0, 0, None),
            (5, 0, 3, None),
            (40, 1, 20, None),
            (5, 1, 2, Some(Severity::Low)),
            (10, 1, 4, Some(Severity::Low)),
            (5, 1, 0, Some(Severity::Low)),
            (5, 0, 0, Some(Severity::Medium)),
            (11, 1, 1, Some(Severity::Medium)),
            (20, 2, 0, Some(Severity::Medium)),
            (20, 0, 4, Some(Severity::Medium)),
            (20, 1, 3, Some(Severity::High)),
            (500, 0, 0, Some(Severity::High)),
        ] {
            let coverage = Coverage { flows, sessions, guided };
            assert_eq!(coverage.severity(), severity, "{coverage:?}");
            assert_eq!(coverage.explanation().is_some(), severity.is_some());
        }
    }

    #[test]
    fn a_gap_says_why_it_matters() {
        let told = |sessions, flows, guided| Coverage { flows, sessions, guided }.explanation().unwrap();
        assert_eq!(
            told(24, 1, 2),
            "24 sessions, 1 published flow, 2 guided: many sessions, few flows, few guided."
        );
        assert_eq!(told(8, 2, 3), "8 sessions, 2 published flows, 3 guided: less than half were guided.");
    }
}
