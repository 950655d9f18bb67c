//! `flowpilot-replay what-if matching`.

use domain::access::By;
use domain::id::{CommandId, FlowId, IdSource, SessionId, SystemIds};
use domain::matching::MatchPolicy;
use domain::matching::again::again;
use domain::metadata::Actor;
use domain::session::Session;
use domain::session::command::{SessionAct, SessionCommand};
use domain::session::event::{FlowMatched, MatchCandidate};
use event_store::CommandContext;
use serde_json::{Value, json};

use crate::world::World;

/// A session that was matched, under the policy for words alone: each flow with its nearness of meaning and its words.
async fn matched(world: &World, signals: &[(f64, f64)]) -> SessionId {
    let session = world.start("It does not print").await;
    let candidate = |(place, (semantic, keyword)): (usize, &(f64, f64))| MatchCandidate {
        flow: FlowId(SystemIds.next()),
        version: 1,
        name: format!("Flow {}", place + 1),
        score: 0.0,
        semantic: Some(*semantic),
        keyword: Some(*keyword),
        recency: None,
        same_domain: false,
        reason: "same words: 'print'".to_owned().into(),
    };
    let candidates = signals.iter().enumerate().map(candidate).collect();
    let matched = again(
        &FlowMatched { candidates, chosen: None, policy_version: 1, declined: false },
        &MatchPolicy::default(),
    );
    let act = SessionAct::RecordMatch { matched, analysis: None };
    let context = CommandContext::new(world.account, Actor::System, CommandId(SystemIds.next()), [7; 32]);
    let command = SessionCommand { by: By::System, act };
    world.store.execute::<Session>(session.0, command, context).await.unwrap();
    session
}

#[tokio::test]
async fn another_policy_is_held_against_every_match_and_what_changes_is_listed_and_counted() {
    let world = World::new().await;
    let by_words = matched(&world, &[(0.9, 1.0), (1.0, 0.1)]).await;
    let alone = matched(&world, &[(1.0, 1.0), (0.1, 0.1)]).await;
    let nothing = matched(&world, &[(0.3, 0.1)]).await;
    let folder = tempfile::tempdir().unwrap();
    let what_if = |policy: &MatchPolicy, more: &[&str]| {
        let file = folder.path().join("policy.json");
        std::fs::write(&file, serde_json::to_string(policy).unwrap()).unwrap();
        world.run(&[&["what-if", "matching", "--policy", file.to_str().unwrap()], more].concat())
    };
    let own = what_if(&MatchPolicy::default(), &[]).well();
    assert_eq!(own.lines(), Vec::<Value>::new());
    assert!(own.complained.contains("0 of 3 matches change under policy 5"), "{}", own.complained);

    let by_meaning = MatchPolicy { version: 9, keyword: 0.0, close_within: 0.0, ..MatchPolicy::default() };
    let changed = what_if(&by_meaning, &[]).well();
    let lines = changed.lines();
    assert_eq!(lines.len(), 1, "{}", changed.said);
    assert_eq!(
        json!([lines[0]["session"], lines[0]["change"], lines[0]["was"], lines[0]["would"]]),
        json!([by_words, "other", "Flow 1", "Flow 2"])
    );
    assert!(changed.complained.contains("1 of 3 matches change under policy 9 (1 other)"));
    assert!(!changed.said.contains("same words"), "a reason quotes the intake");

    let lenient = MatchPolicy { match_from: 0.0, ..MatchPolicy::default() };
    let gained = what_if(&lenient, &[]).well().lines();
    assert_eq!((gained[0]["session"].clone(), &gained[0]["change"]), (json!(nothing), &json!("gained")));
    let strict = MatchPolicy { match_from: 1.1, ..MatchPolicy::default() };
    let lost = what_if(&strict, &[]).well().lines();
    let sessions: Vec<_> = lost.iter().map(|line| &line["session"]).collect();
    assert_eq!(sessions, [&json!(by_words), &json!(alone)]);
    assert_eq!(what_if(&strict, &["--since", "2200-01-01T00:00:00Z"]).well().said, "");
    assert_eq!(what_if(&strict, &["--recorded-under", "2"]).well().said, "");
    let cautious = MatchPolicy { guide_from: 1.1, ..MatchPolicy::default() };
    let cautious = what_if(&cautious, &[]).well().lines();
    let listed: Vec<_> = cautious.iter().map(|line| (&line["session"], &line["change"])).collect();
    let ceases = json!("no-longer-guiding");
    assert_eq!(listed, [(&json!(by_words), &ceases), (&json!(alone), &ceases)]);
    let other = SystemIds.next().to_string();
    assert_eq!(what_if(&strict, &["--account", &other]).well().said, "");
}

#[tokio::test]
async fn a_policy_that_is_none_is_a_usage_error_and_the_one_in_force_can_be_printed() {
    let world = World::new().await;
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("policy.json");
    std::fs::write(&file, "{\"version\": 9}").unwrap();
    let refused = world.run(&["what-if", "matching", "--policy", file.to_str().unwrap()]);
    assert_eq!(refused.code, 2);
    assert!(refused.complained.contains("policy.json"), "{}", refused.complained);
    assert_eq!(world.run(&["what-if", "matching"]).code, 2);
    let printed = world.run(&["what-if", "matching", "--print"]).well();
    assert_eq!(serde_json::from_str::<MatchPolicy>(&printed.said).unwrap(), MatchPolicy::default());
    let of_hashing = world.run(&["what-if", "matching", "--print", "hashing"]).well();
    assert_eq!(serde_json::from_str::<MatchPolicy>(&of_hashing.said).unwrap(), MatchPolicy::shipped()[1].1);
    assert_eq!(world.run(&["what-if", "matching", "--print", "nobody"]).code, 2);
}
