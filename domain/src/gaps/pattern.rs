//! REPEATED_PATTERN: intakes that no flow fits and that are about the same.

use super::gravity::Gravity;
use super::structure::structure;
use super::{
    GapKind, KnowledgeGap, LONGEST_SUBJECT, Meanings, counted, examples, percent, prevailing, sessions, share,
};
use crate::id::SessionId;
use crate::problem::ProblemDomain;
use crate::session::view::{SessionView, cut_at_word, hides_content};

/// Twice may be the same device again; the third time it is worth a flow.
const FEWEST_ALIKE: i64 = 3;
/// From here on severity rises.
const MANY: i64 = 10;
const LARGE: f64 = 0.2;
/// Resolved sessions that a structure is grown from; more hardly change it.
const GROWN_FROM: usize = 10;

/// An intake that no flow fits.
#[derive(Clone, PartialEq)]
pub struct UnmatchedIntake {
    /// Of which session.
    pub session: SessionId,
    /// What it is about.
    pub domain: Option<ProblemDomain>,
    /// What it says.
    pub text: String,
    /// The session is resolved: it shows what helps.
    pub resolved: bool,
}

hides_content!(UnmatchedIntake);

/// A gap for which sessions may show what helps.
#[derive(Debug, Clone, PartialEq)]
pub struct Pattern {
    /// The gap.
    pub gap: KnowledgeGap,
    /// Resolved sessions of it, the oldest first.
    pub solved: Vec<SessionId>,
}

/// The intakes, newest first, that are about the same.
pub fn repeated_patterns(intakes: &[UnmatchedIntake], meanings: &Meanings) -> Vec<Pattern> {
    let texts: Vec<&str> = intakes.iter().map(|intake| intake.text.as_str()).collect();
    let groups = meanings.groups(&texts).into_iter();
    let groups = groups.map(|group| group.into_iter().map(|place| &intakes[place]).collect::<Vec<_>>());
    groups.filter_map(|group| pattern(&group, counted(intakes.len()))).collect()
}

fn pattern(alike: &[&UnmatchedIntake], of: i64) -> Option<Pattern> {
    let count = counted(alike.len());
    let newest = alike.first().filter(|_| count >= FEWEST_ALIKE)?;
    let rate = share(count, of);
    let gravity = Gravity { count, many_from: MANY, rate, large_from: LARGE };
    let gap = KnowledgeGap {
        kind: GapKind::RepeatedPattern,
        domain: prevailing(alike.iter().map(|intake| intake.domain)),
        severity: gravity.severity(),
        title: format!("Comes again without a flow: {}", cut_at_word(newest.text.trim(), LONGEST_SUBJECT)),
        description: format!(
            "Of {of} intakes that no flow fits, {count} ({}) are about the same. {}",
            percent(rate),
            gravity.explanation()
        ),
        suggested_action: "Create a flow for it. None of these sessions shows a way to a solution yet."
            .to_owned(),
        count,
        rate,
        examples: examples(alike.iter().map(|intake| intake.text.as_str())),
        sessions: sessions(alike.iter().map(|intake| intake.session)),
        nodes: Vec::new(),
    };
    let solved = alike.iter().rev().filter(|intake| intake.resolved).map(|intake| intake.session);
    Some(Pattern { gap, solved: solved.take(GROWN_FROM).collect() })
}

impl Pattern {
    /// The gap, with the structure that its resolved sessions make.
    pub fn explained_by(self, solved: &[SessionView]) -> KnowledgeGap {
        let nodes = structure(solved);
        if nodes.is_empty() {
            return self.gap;
        }
        let suggested_action =
            "Create a flow for it. The suggested structure is the way on which such a session was resolved."
                .to_owned();
        KnowledgeGap { suggested_action, nodes, ..self.gap }
    }
}
