use super::*;
use crate::flow::event::FlowKind;
use crate::id::FlowId;

fn flow(number: u128, name: &str, domain: ProblemDomain, keywords: &[&str]) -> MatchableFlow {
    MatchableFlow {
        flow: FlowId(uuid::Uuid::from_u128(number)),
        version: 2,
        head: FlowHead {
            name: name.into(),
            description: None,
            kind: FlowKind::Troubleshooting,
            domain: Some(domain),
            keywords: keywords.iter().map(|word| (*word).into()).collect(),
        },
        nodes: Vec::new(),
    }
}

fn flows() -> Vec<MatchableFlow> {
    vec![
        flow(
            1,
            "Account lockout",
            ProblemDomain::ActiveDirectory,
            &["keeps locking", "Konto gesperrt", "4740"],
        ),
        flow(2, "Printer is silent", ProblemDomain::Printing, &["printer", "does not print", "0x0000011b"]),
        flow(3, "Tunnel drops", ProblemDomain::Networking, &["vpn", "tunnel drops", "phase 1"]),
    ]
}

fn ranked(intake: &str) -> Vec<MatchCandidate> {
    rank(intake, None, &flows(), &MatchPolicy::default())
}

fn best(intake: &str) -> Option<u128> {
    ranked(intake).first().map(|best| best.flow.0.as_u128())
}

#[test]
fn forms_parts_and_other_languages_of_a_word_lead_to_its_flow() {
    for intake in [
        "account locked",
        "her account keeps locking",
        "lockouts of accounts",
        "Kontosperre",
        "gesperrtes Konto",
    ] {
        assert_eq!(best(intake), Some(1), "{intake}");
    }
    assert_eq!(best("Printers are dead"), Some(2));
    assert_eq!(best("nothing of this kind"), None);
    assert_eq!(best(""), None);
}

#[test]
fn a_rare_word_outweighs_one_that_every_flow_has() {
    let mut flows = flows();
    for flow in &mut flows {
        flow.head.keywords.push("server".into());
    }
    let candidates = rank("server with 0x0000011b", None, &flows, &MatchPolicy::default());
    assert_eq!(candidates[0].flow, flows[1].flow);
    assert!(candidates[0].score > candidates[1].score + 0.2, "{candidates:?}");
}

#[test]
fn a_candidate_carries_its_signals_and_a_reason_for_people() {
    let candidates = rank(
        "the tunnel drops at phase 1",
        Some(ProblemDomain::Networking),
        &flows(),
        &MatchPolicy::default(),
    );
    let best = &candidates[0];
    assert_eq!((best.version, best.name.as_str(), best.same_domain), (2, "Tunnel drops", true));
    assert!(best.keyword.is_some() && best.semantic.is_none() && best.recency.is_none());
    assert!(best.reason.contains("'tunnel drops'") && best.reason.contains("same area"), "{}", *best.reason);
}

#[test]
fn weights_are_renormalised_over_the_signals_that_exist() {
    let policy = MatchPolicy::default();
    let near = |found: Option<f64>, wanted: f64| (found.unwrap() - wanted).abs() < 1e-9;
    assert!(near(policy.weigh(Some(0.8), Some(0.4), Some(0.5), false), 0.4 + 0.12 + 0.1));
    assert!(near(policy.weigh(None, Some(0.4), None, false), 0.4));
    assert!(near(policy.weigh(Some(0.8), Some(0.4), None, false), (0.4 + 0.12) / 0.8));
    assert!(near(policy.weigh(None, Some(0.4), None, true), 0.45));
    assert!(near(policy.weigh(None, Some(1.0), None, true), 1.0));
    assert_eq!(policy.weigh(None, None, None, true), None);
    assert!(
        near(policy.weigh(None, Some(0.1), Some(1.0), false), 0.1),
        "what helped lately makes nothing fit"
    );
    assert!(near(policy.weigh(Some(0.6), Some(0.2), Some(1.0), false), 0.3 + 0.06 + 0.12));
}

#[test]
fn calibration_never_falls_and_stays_within_its_bounds() {
    let policy = MatchPolicy::default();
    let scores: Vec<f64> = (-10..=110).map(|n| policy.calibrate(f64::from(n) / 100.0)).collect();
    assert!(scores.windows(2).all(|pair| pair[0] <= pair[1]));
    assert!(scores.iter().all(|score| (0.0..=1.0).contains(score)));
    let halfway = MatchPolicy { calibration: vec![(0.0, 0.0), (0.4, 0.2), (0.6, 0.8)], ..policy };
    assert!((halfway.calibrate(0.5) - 0.5).abs() < 1e-9, "straight between the points");
}

#[test]
fn signals_from_outside_count_and_a_flow_without_any_sign_is_no_candidate() {
    let flows = flows();
    let lately = |flow: FlowId| OutsideSignals {
        semantic: Some(if flow == flows[2].flow { 0.9 } else { 0.0 }),
        recency: None,
    };
    let candidates =
        MatchIndex::build(&flows).rank_with("etwas ganz anderes", None, lately, &MatchPolicy::default());
    assert_eq!(candidates.len(), 1);
    assert_eq!(candidates[0].flow, flows[2].flow);
}

#[test]
fn the_nearest_documents_make_up_nearness_and_raw_cosines_are_no_scores() {
    let policy = MatchPolicy { nearest: vec![0.6, 0.4], cosines: (0.2, 0.7), ..MatchPolicy::default() };
    let near = |cosines: &[f64]| policy.nearness(cosines);
    assert_eq!(near(&[]), None);
    assert_eq!(near(&[0.1]), Some(0.0));
    assert_eq!(near(&[0.9, 0.95, 0.1]), Some(1.0));
    assert!((near(&[0.45]).unwrap() - 0.5).abs() < 1e-9, "with one document, that one is all");
    assert!((near(&[0.1, 0.2, 0.7]).unwrap() - 0.6).abs() < 1e-9);
}

#[test]
fn a_flow_that_stands_alone_scores_higher_than_one_with_a_twin() {
    let policy = MatchPolicy { margin: 0.5, ..MatchPolicy::default() };
    let alone = rank("the tunnel drops", None, &flows(), &policy);
    let mut twins = flows();
    twins.push(flow(4, "Tunnel drops as well", ProblemDomain::Networking, &["vpn", "tunnel drops"]));
    let among = rank("the tunnel drops", None, &twins, &policy);
    assert!(alone[0].score > among[0].score + 0.1, "{alone:?} {among:?}");
    assert!(alone[0].keyword > Some(0.0));
}

fn scored(scores: &[f64]) -> Vec<MatchCandidate> {
    let like = ranked("printer").remove(0);
    scores.iter().map(|score| MatchCandidate { score: *score, ..like.clone() }).collect()
}

#[test]
fn half_a_chance_is_a_match_and_less_is_none() {
    let policy = MatchPolicy::default();
    assert!(choose(&scored(&[0.5, 0.1]), &policy).is_some());
    assert!(choose(&scored(&[0.49]), &policy).is_none());
    assert!(choose(&[], &policy).is_none());
}

#[test]
fn matches_nearly_as_good_as_the_best_are_close_and_a_clear_leader_stands_alone() {
    let policy = MatchPolicy::default();
    assert_eq!(close(&scored(&[0.85, 0.8, 0.76, 0.6]), &policy).len(), 3);
    assert!(close(&scored(&[0.85, 0.6]), &policy).is_empty());
    assert!(close(&scored(&[0.45, 0.44]), &policy).is_empty(), "what is no match is not asked about");
    assert!(close(&[], &policy).is_empty());
}

#[test]
fn ranking_is_the_same_every_time() {
    let intake = "locked printer tunnel phase 1 Konto print vpn";
    assert_eq!(ranked(intake), ranked(intake));
}

#[test]
fn a_very_long_intake_is_ranked_as_well() {
    let intake = format!("{} 0x0000011b", "printer word ".repeat(5_000));
    assert_eq!(best(&intake), Some(2));
}
