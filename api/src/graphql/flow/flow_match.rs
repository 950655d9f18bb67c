//! A flow that fits a problem, with the signals that say so.

use async_graphql::{Context, Result, SimpleObject};
use domain::session::event::MatchCandidate;
use domain::session::view::SessionView;

use super::Flow;
use crate::graphql::scalar::clamp_count;

/// A flow that fits. Each signal is 0 to 1, null where it could not be computed.
#[derive(SimpleObject)]
pub struct FlowMatch {
    /// The flow, in the version that matched.
    flow: Flow,
    /// That version.
    flow_version: i32,
    /// The calibrated probability that this flow is right.
    score: f64,
    /// Nearness of meaning.
    semantic: Option<f64>,
    /// Words in common; rarer ones weigh more.
    keyword: Option<f64>,
    /// Matched and then resolved lately.
    recency: Option<f64>,
    /// The flow is of the problem's area.
    same_domain: bool,
    /// Why, in words.
    reason: String,
    /// The matching policy that decided.
    policy_version: i32,
}

impl FlowMatch {
    /// The flow that a session follows; none if none fitted.
    pub async fn chosen_in(ctx: &Context<'_>, session: &SessionView) -> Result<Option<Self>> {
        let Some(matched) = &session.matched else { return Ok(None) };
        let Some(candidate) = matched.chosen_candidate() else { return Ok(None) };
        let flow = Flow::named(ctx, candidate.flow, Some(candidate.version)).await?;
        Ok(flow.map(|flow| Self {
            flow,
            flow_version: clamp_count(candidate.version),
            score: candidate.score,
            semantic: candidate.semantic,
            keyword: candidate.keyword,
            recency: candidate.recency,
            same_domain: candidate.same_domain,
            reason: candidate.reason.clone(),
            policy_version: clamp_count(matched.policy_version),
        }))
    }

    /// A candidate for a problem; none if the flow is not there any more.
    pub(super) async fn of(
        ctx: &Context<'_>,
        candidate: &MatchCandidate,
        policy: u32,
    ) -> Result<Option<Self>> {
        let flow = Flow::named(ctx, candidate.flow, Some(candidate.version)).await?;
        Ok(flow.map(|flow| Self {
            flow,
            flow_version: clamp_count(candidate.version),
            score: candidate.score,
            semantic: candidate.semantic,
            keyword: candidate.keyword,
            recency: candidate.recency,
            same_domain: candidate.same_domain,
            reason: candidate.reason.to_string(),
            policy_version: clamp_count(policy),
        }))
    }
}
