//! What a recorded match would have been under another policy: its candidates weighed anew by the signals that were stored.
//!
//! A candidate that was too far behind to be recorded can't come forward. What people or a model decided for stays theirs, as long
//! as it is a match at all.

use super::{MatchPolicy, choose, close};
use crate::session::event::{FlowMatched, MatchCandidate};

/// The match under another policy, its candidates best first.
pub fn again(recorded: &FlowMatched, policy: &MatchPolicy) -> FlowMatched {
    let weighed: Vec<Option<f64>> = recorded
        .candidates
        .iter()
        .map(|it| policy.weigh(it.semantic, it.keyword, it.recency, it.same_domain))
        .collect();
    let candidate = |(place, it): (usize, &MatchCandidate)| {
        let others = weighed.iter().enumerate().filter(|(other, _)| *other != place);
        let best_other = others.filter_map(|(_, value)| *value).fold(0.0, f64::max);
        let score = policy.calibrate(policy.apart(weighed[place]?, best_other));
        Some(MatchCandidate { score, ..it.clone() })
    };
    let mut candidates: Vec<_> = recorded.candidates.iter().enumerate().filter_map(candidate).collect();
    // Those of the same score keep their order.
    candidates.sort_by(|one, other| other.score.total_cmp(&one.score));
    let decided = recorded.chosen.as_ref().filter(|chosen| {
        // Not what ranking alone led to: another than the best, or one of several that were close. What counts as close is
        // the same in every policy that was ever in force.
        let first = recorded.candidates.first();
        first.is_none_or(|it| it.flow != chosen.flow)
            || !close(&recorded.candidates, &MatchPolicy::default()).is_empty()
    });
    let chosen = match decided {
        _ if recorded.declined => None,
        Some(by_others) => {
            let theirs = candidates.iter().find(|it| it.flow == by_others.flow);
            theirs.and_then(|it| choose(std::slice::from_ref(it), policy))
        }
        None => choose(&candidates, policy).filter(|_| close(&candidates, policy).is_empty()),
    };
    FlowMatched { candidates, chosen, policy_version: policy.version, declined: recorded.declined }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::id::FlowId;
    use crate::session::event::ChosenFlow;
    use crate::session::status::Confidence;

    fn candidate(flow: u128, keyword: f64, semantic: Option<f64>) -> MatchCandidate {
        MatchCandidate {
            flow: FlowId(Uuid::from_u128(flow)),
            version: 1,
            name: format!("Flow {flow}"),
            score: 0.0,
            semantic,
            keyword: Some(keyword),
            recency: None,
            same_domain: false,
            reason: String::new().into(),
        }
    }

    /// As it would have been recorded under the policy.
    fn recorded(candidates: Vec<MatchCandidate>, policy: &MatchPolicy) -> FlowMatched {
        again(&FlowMatched { candidates, chosen: None, policy_version: 0, declined: false }, policy)
    }

    fn chosen(matched: &FlowMatched) -> Option<u128> {
        matched.chosen.as_ref().map(|it| it.flow.0.as_u128())
    }

    #[test]
    fn under_its_own_policy_a_match_is_what_it_was() {
        let policy = MatchPolicy::default();
        let before = recorded(vec![candidate(1, 0.9, None), candidate(2, 0.2, None)], &policy);
        assert_eq!(chosen(&before), Some(1));
        assert_eq!(again(&before, &policy), before);
    }

    #[test]
    fn other_weights_put_another_flow_first_and_a_higher_threshold_none() {
        let policy = MatchPolicy::default();
        let candidates = vec![candidate(1, 1.0, Some(0.9)), candidate(2, 0.1, Some(1.0))];
        let before = recorded(candidates, &policy);
        assert_eq!(chosen(&before), Some(1));
        let by_meaning = MatchPolicy { keyword: 0.0, close_within: 0.0, ..policy.clone() };
        assert_eq!(chosen(&again(&before, &by_meaning)), Some(2));
        let strict = MatchPolicy { match_from: 0.99, ..policy };
        assert_eq!(chosen(&again(&before, &strict)), None);
    }

    #[test]
    fn flows_that_are_close_wait_for_the_question_that_tells_them_apart() {
        let policy = MatchPolicy::default();
        let before = recorded(vec![candidate(1, 0.9, None), candidate(2, 0.88, None)], &policy);
        assert_eq!(chosen(&before), None);
        let finer = MatchPolicy { close_within: 0.001, ..policy };
        assert_eq!(chosen(&again(&before, &finer)), Some(1));
    }

    #[test]
    fn what_others_decided_for_stays_as_long_as_it_is_a_match() {
        let policy = MatchPolicy::default();
        let mut before = recorded(vec![candidate(1, 0.9, None), candidate(2, 0.8, None)], &policy);
        let second = &before.candidates[1];
        before.chosen =
            Some(ChosenFlow { flow: second.flow, version: 1, score: Confidence::new(second.score) });
        assert_eq!(chosen(&again(&before, &policy)), Some(2));
        assert_eq!(chosen(&again(&before, &MatchPolicy { match_from: 0.95, ..policy.clone() })), None);
        let declined = FlowMatched { chosen: None, declined: true, ..before };
        assert_eq!(chosen(&again(&declined, &policy)), None, "a model saw the candidates and said none");
    }
}
