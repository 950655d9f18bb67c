//! UNCHARTED_TERRITORY: domains where problems are solved without the knowledge base having known how.

use super::gravity::Gravity;
use super::{DomainSample, GapKind, KnowledgeGap, examples, percent, sessions, spoken};

/// One or two are chance: the third makes a habit of it.
const FEWEST_RESOLVED: i64 = 3;
/// From here on severity rises.
const MANY: i64 = 10;
const LARGE: f64 = 0.5;

/// The domains with sessions that were resolved while in DISCOVERY; the share is of all that were resolved there. No structure
/// is suggested: a domain is many problems, and the patterns among them are told apart.
pub fn uncharted_territory(domains: &[DomainSample]) -> Vec<KnowledgeGap> {
    domains.iter().filter(|it| it.count >= FEWEST_RESOLVED).map(gap).collect()
}

fn gap(sample: &DomainSample) -> KnowledgeGap {
    let (count, rate) = (sample.count, sample.rate());
    let gravity = Gravity { count, many_from: MANY, rate, large_from: LARGE };
    KnowledgeGap {
        kind: GapKind::UnchartedTerritory,
        domain: Some(sample.domain),
        severity: gravity.severity(),
        title: format!("Solved without guidance in {}", spoken(sample.domain)),
        description: format!(
            "Of {} resolved sessions in this domain, {count} ({}) were resolved in DISCOVERY, with no flow that knew the \
             way. {}",
            sample.of,
            percent(rate),
            gravity.explanation()
        ),
        suggested_action:
            "Review the proposals that these sessions led to, and publish flows for what comes back."
                .to_owned(),
        count,
        rate,
        examples: examples(sample.examples.iter().map(String::as_str)),
        sessions: sessions(sample.sessions.iter().copied()),
        nodes: Vec::new(),
    }
}
