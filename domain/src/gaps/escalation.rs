//! HIGH_ESCALATION: domains whose sessions are often handed on.

use super::gravity::Gravity;
use super::{DomainSample, GapKind, KnowledgeGap, examples, percent, sessions, spoken};

/// Of fewer closed sessions, a single one moves the share by more than a quarter.
const FEWEST_CLOSED: i64 = 5;
/// Rule 10.1: more than this share is a gap.
const TOLERATED: f64 = 0.4;
/// From here on severity rises.
const MANY: i64 = 10;
const LARGE: f64 = 0.6;

/// The domains where more than four in ten closed sessions ever requested escalation.
pub fn high_escalation(domains: &[DomainSample]) -> Vec<KnowledgeGap> {
    let gaps = domains.iter().filter(|it| it.of >= FEWEST_CLOSED && it.rate() > TOLERATED);
    gaps.map(gap).collect()
}

fn gap(sample: &DomainSample) -> KnowledgeGap {
    let (count, rate) = (sample.count, sample.rate());
    let gravity = Gravity { count, many_from: MANY, rate, large_from: LARGE };
    KnowledgeGap {
        kind: GapKind::HighEscalation,
        domain: Some(sample.domain),
        severity: gravity.severity(),
        title: format!("Many escalations in {}", spoken(sample.domain)),
        description: format!(
            "Of {} closed sessions in this domain, {count} ({}) requested escalation; above {} is a gap. {}",
            sample.of,
            percent(rate),
            percent(TOLERATED),
            gravity.explanation()
        ),
        suggested_action:
            "Look at where these sessions were escalated, and write down what the colleagues who took them \
            over knew: as flows, or as branches of the flows that ended there."
                .to_owned(),
        count,
        rate,
        examples: examples(sample.examples.iter().map(String::as_str)),
        sessions: sessions(sample.sessions.iter().copied()),
        nodes: Vec::new(),
    }
}
