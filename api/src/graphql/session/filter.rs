//! Which sessions a list shows.

use async_graphql::{ID, InputObject};
use domain::id::{TeamId, UserId};
use projections::sessions::queries::SessionFilter as Wanted;

use crate::graphql::scalar::{DateTime, parse_id};
use crate::graphql::vocabulary::{ConfidenceTier, ProblemDomain, SessionStatus};

/// Which sessions are wanted. What is null or an empty list asks for nothing.
#[derive(InputObject, Default)]
pub struct SessionFilter {
    /// With one of these stati.
    status: Option<Vec<SessionStatus>>,
    /// Of one of these areas.
    problem_domain: Option<Vec<ProblemDomain>>,
    /// With one of these tiers.
    confidence_tier: Option<Vec<ConfidenceTier>>,
    /// Handled by this member.
    handler_id: Option<ID>,
    /// Opened by this member.
    opened_by_id: Option<ID>,
    /// Of this team.
    team_id: Option<ID>,
    /// All of these words begin a word of the intake, the summary, the symptoms or the ticket id.
    search: Option<String>,
    /// Opened after this moment.
    started_after: Option<DateTime>,
    /// Opened before this moment.
    started_before: Option<DateTime>,
    /// True: only those that you opened or handle.
    mine: Option<bool>,
}

impl SessionFilter {
    /// For the query; none if an id in it is malformed, which reads like an unknown one: nothing is found.
    pub(super) fn parse(self) -> Option<Wanted> {
        Some(Wanted {
            status: all(self.status),
            domain: all(self.problem_domain),
            tier: all(self.confidence_tier),
            handler: id(self.handler_id.as_ref(), UserId)?,
            opened_by: id(self.opened_by_id.as_ref(), UserId)?,
            team: id(self.team_id.as_ref(), TeamId)?,
            search: self.search.filter(|search| !search.trim().is_empty()),
            started_after: self.started_after.map(|at| at.0),
            started_before: self.started_before.map(|at| at.0),
            mine: self.mine.unwrap_or(false),
        })
    }
}

/// The domain's values; null is an empty list, which asks for nothing.
pub(in crate::graphql) fn all<W: Into<D>, D>(wanted: Option<Vec<W>>) -> Vec<D> {
    wanted.unwrap_or_default().into_iter().map(Into::into).collect()
}

/// An optional id: the outer none if it is there and malformed.
#[expect(clippy::option_option, reason = "absent and malformed are told apart")]
pub(in crate::graphql) fn id<I>(
    given: Option<&ID>,
    typed: impl FnOnce(uuid::Uuid) -> I,
) -> Option<Option<I>> {
    match given {
        None => Some(None),
        Some(given) => parse_id(given).map(|id| Some(typed(id))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nulls_and_empty_lists_ask_for_nothing() {
        let filter =
            SessionFilter { status: Some(Vec::new()), search: Some("  ".to_owned()), ..Default::default() };
        assert_eq!(filter.parse(), Some(Wanted::default()));
    }

    #[test]
    fn a_malformed_id_finds_nothing_and_is_no_error() {
        let filter = SessionFilter { handler_id: Some(ID::from("me")), ..Default::default() };
        assert_eq!(filter.parse(), None);
    }
}
