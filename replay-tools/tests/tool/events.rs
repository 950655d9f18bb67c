//! `flowpilot-replay events list|show|tail|count`.

use std::io::{BufRead, BufReader};
use std::process::Stdio;

use domain::access::By;
use domain::flow::event::{FlowHead, FlowKind};
use domain::flow::tree::{FlowNode, FlowNodeType};
use domain::id::{CommandId, IdSource, SessionId, SystemIds};
use domain::matching::likeness::Means;
use domain::metadata::Actor;
use domain::proposal::Proposal;
use domain::proposal::command::{ProposalAct, ProposalCommand, Support};
use domain::proposal::event::{ProposalDraft, ProposalRaised};
use domain::proposal::status::ProposalKind;
use domain::session::command::SessionAct;
use event_store::{CommandContext, Committed};
use uuid::Uuid;

use crate::world::{Ran, World, program};

#[tokio::test]
async fn a_list_holds_every_event_once_in_order_opened() {
    let world = World::new().await;
    let session = world.start("Locked out of the terminal server").await;
    world.note(session, "Called back").await;
    let listed = world.run(&["events", "list"]).well();
    let types: Vec<_> = listed.lines().iter().map(|line| line["type"].as_str().unwrap().to_owned()).collect();
    assert_eq!(types, ["session.started", "session.step_requested", "session.note_added"]);
    let lines = listed.lines();
    assert_eq!(lines[0]["payload"]["intake"]["text"], "Locked out of the terminal server");
    assert_eq!(lines[2]["actor"], format!("user:{}", world.anna.user));
    assert!(lines.windows(2).all(|pair| pair[0]["position"].as_i64() < pair[1]["position"].as_i64()));
    assert_eq!(listed.said, world.run(&["events", "list"]).said, "the same log gives the same bytes");
}

#[tokio::test]
async fn filters_narrow_and_a_position_resumes() {
    let world = World::new().await;
    let (first, second) = (world.start("First").await, world.start("Second").await);
    world.note(first, "A note").await;
    let positions = |arguments: &[&str]| -> Vec<i64> {
        let ran = world.run(&[&["events", "list"], arguments].concat()).well();
        ran.lines().iter().map(|line| line["position"].as_i64().unwrap()).collect()
    };
    let all = positions(&[]);
    assert_eq!(all.len(), 5);
    assert_eq!(positions(&["--after", &all[1].to_string()]), all[2..]);
    assert_eq!(positions(&["--before", &all[3].to_string()]), all[..3]);
    assert_eq!(positions(&["--aggregate", &second.to_string()]), all[2..4]);
    assert_eq!(positions(&["--type", "session.note_added,session.paused"]), all[4..]);
    assert_eq!(positions(&["--account", &world.account.to_string()]), all);
    assert_eq!(positions(&["--account", &second.to_string()]), Vec::<i64>::new(), "another account's");
    assert_eq!(positions(&["--actor", "system"]), Vec::<i64>::new());
    assert_eq!(positions(&["--since", "2200-01-01T00:00:00Z"]), Vec::<i64>::new());
    assert_eq!(
        (positions(&["--since", "2020-01-01"]), positions(&["--until", "2020-01-01"])),
        (all.clone(), vec![])
    );
    assert_eq!(positions(&["--newest-first", "--limit", "2"]), [all[4], all[3]]);
}

#[tokio::test]
async fn csv_and_tables_show_columns_without_content() {
    let world = World::new().await;
    world.start("Nobody reads this in a column").await;
    let csv = world.run(&["events", "list", "-o", "csv"]).well().said;
    assert!(csv.starts_with("position,recordedAt,type,"), "{csv}");
    assert_eq!(csv.lines().count(), 3);
    let table = world.run(&["events", "list", "--output", "table"]).well().said;
    assert!(table.starts_with("position  recordedAt"), "{table}");
    assert!(!csv.contains("Nobody reads") && !table.contains("Nobody reads"));
}

#[tokio::test]
async fn without_the_master_key_content_stays_sealed_and_says_so() {
    let world = World::new().await;
    world.start("Sealed words").await;
    let listed =
        Ran::of(world.command(&["events", "list"]).env_remove("FLOWPILOT_MASTER_KEY").output().unwrap());
    let lines = listed.well().lines();
    assert!(lines[0]["payload"].is_null() && lines[0]["unreadable"].as_str().unwrap().contains("key"));
    assert_eq!(lines[1]["payload"]["type"], "session.step_requested", "what is not personal is read");
}

#[tokio::test]
async fn one_event_is_shown_and_one_that_is_not_there_is_not_found() {
    let world = World::new().await;
    world.start("One").await;
    let first = world.run(&["events", "list", "--limit", "1"]).lines()[0].clone();
    let shown = world.run(&["events", "show", &first["position"].to_string()]).well();
    assert_eq!(shown.lines(), [first]);
    let missing = world.run(&["events", "show", "999999"]);
    assert_eq!((missing.code, missing.said.as_str()), (3, ""));
    assert!(missing.complained.contains("999999"));
}

#[tokio::test]
async fn a_type_that_nobody_knows_is_told_of_with_the_nearest_and_looked_for_all_the_same() {
    let world = World::new().await;
    world.start("One").await;
    for command in ["list", "count", "tail"] {
        let ran = world.run(&["events", command, "--type", "session.start,session.step_requested"]).well();
        let told =
            "this program knows no event type session.start: session.started is the nearest that it knows\n";
        assert_eq!(ran.complained, told, "{command}");
        assert_eq!(ran.lines().len(), 1, "{command}");
    }
}

#[tokio::test]
async fn csv_without_rows_has_its_columns() {
    let world = World::new().await;
    let said = world.run(&["events", "list", "-o", "csv"]).well().said;
    assert_eq!(said, "position,recordedAt,type,aggregateType,aggregateId,version,actor,account\n");
}

#[tokio::test]
async fn counts_are_by_what_was_asked_for() {
    let world = World::new().await;
    let session = world.start("One").await;
    world.note(session, "Two").await;
    assert_eq!(world.run(&["events", "count"]).well().lines()[0]["events"], 3);
    let by_type = world.run(&["events", "count", "--by", "type"]).well().lines();
    let groups: Vec<_> =
        by_type.iter().map(|line| (line["group"].as_str().unwrap(), &line["events"])).collect();
    assert_eq!(groups.len(), 3);
    assert!(groups.iter().all(|(_, events)| **events == 1), "{groups:?}");
    let none = world.run(&["events", "count", "--type", "session.rated"]).well();
    assert_eq!(none.lines()[0]["events"], 0);
}

#[tokio::test]
async fn a_tail_shows_the_newest_and_follows_those_that_come() {
    let world = World::new().await;
    let session = world.start("One").await;
    let newest = world.run(&["events", "tail", "-n", "1"]).well().lines();
    assert_eq!(newest.len(), 1);
    assert_eq!(newest[0]["type"], "session.step_requested");

    let mut follower =
        world.command(&["events", "tail", "-n", "1", "--follow"]).stdout(Stdio::piped()).spawn().unwrap();
    let mut lines = BufReader::new(follower.stdout.take().unwrap()).lines();
    assert!(lines.next().unwrap().unwrap().contains("session.step_requested"));
    world.note(session, "While it follows").await;
    assert!(lines.next().unwrap().unwrap().contains("While it follows"));
    follower.kill().unwrap();
    follower.wait().unwrap();
}

#[tokio::test]
async fn a_reader_that_has_enough_is_no_failure() {
    let world = World::new().await;
    world.start("One").await;
    let mut lister =
        world.command(&["events", "list"]).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    drop(lister.stdout.take());
    let ran = lister.wait_with_output().unwrap();
    assert!(ran.status.success(), "{}", String::from_utf8_lossy(&ran.stderr));
    assert!(ran.stderr.is_empty());
}

#[test]
fn exit_codes_tell_usage_from_a_database_that_is_missing_or_does_not_answer() {
    let run = |arguments: &[&str]| Ran::of(program(arguments).output().unwrap());
    let wrong = run(&["events", "list", "--after", "x"]);
    assert_eq!((wrong.code, wrong.complained.contains("a whole number, like 1234")), (2, true));
    let wrong = run(&["events", "list", "--since", "yesterday"]);
    assert_eq!((wrong.code, wrong.complained.contains("a day like 2026-11-25")), (2, true));
    assert_eq!(run(&["--database-url", "nonsense", "events", "list"]).code, 2);
    let folder = tempfile::tempdir().unwrap();
    let missing = run(&["--data-dir", folder.path().join("none").to_str().unwrap(), "events", "list"]);
    assert_eq!(missing.code, 3, "{}", missing.complained);
    assert!(missing.complained.contains("DATABASE_URL"));
    let silent = run(&["--database-url", "postgres://nobody@127.0.0.1:9/none", "events", "list"]);
    assert_eq!(silent.code, 6, "{}", silent.complained);
    assert!(run(&["--help"]).said.contains("Exit codes"));
}

#[tokio::test]
async fn a_secret_that_was_masked_late_is_in_no_list() {
    let world = World::new().await;
    let session = world.start("The word is opensesame").await;
    let first = world.run(&["events", "list", "--limit", "1"]).well().lines()[0]["position"].to_string();
    let redact = SessionAct::Redact {
        text: "opensesame".into(),
        placeholder: "[REDACTED:password:0badcafe]".to_owned(),
        reason: "A password was pasted".into(),
    };
    // The proposal tells in the words of one that joined it, not of its source.
    let source = world.start("A door").await;
    let raised = tell(&world, SystemIds.next(), raise(source, "Say opensesame")).await;
    let support = Support { session, similarity: 0.9, by: Means::Words, draft: None };
    tell(&world, raised.aggregate, ProposalAct::Support(support)).await;
    let learnt = raised.position.0.to_string();
    world.ask(session, redact).await;
    for arguments in
        [&["list"][..], &["list", "--limit", "1"], &["tail"], &["show", &first], &["show", &learnt]]
    {
        let said = world.run(&[&["events"], arguments].concat()).well().said;
        assert!(!said.contains("opensesame") && said.contains("0badcafe"), "{arguments:?}: {said}");
    }
}

/// A proposal of one solution that a session taught.
fn raise(source: SessionId, text: &str) -> ProposalAct {
    let solution = FlowNode {
        id: "step-1".to_owned(),
        parent_id: None,
        kind: FlowNodeType::Solution,
        label: None,
        text: text.to_owned(),
        details: None,
        script_template_id: None,
    };
    let head = FlowHead {
        name: "A door".to_owned(),
        description: None,
        kind: FlowKind::Troubleshooting,
        domain: None,
        keywords: vec![],
    };
    let draft = ProposalDraft { title: head.name.clone(), description: None, head, nodes: vec![solution] };
    ProposalAct::Raise(Box::new(ProposalRaised {
        kind: ProposalKind::NewFlow,
        target: None,
        team: None,
        source,
        draft: draft.into(),
        diff: None,
        made_by: None,
        topic: None,
    }))
}

async fn tell(world: &World, id: Uuid, act: ProposalAct) -> Committed {
    let context = CommandContext::new(world.account, Actor::System, CommandId(SystemIds.next()), [7; 32]);
    let command = ProposalCommand { by: By::System, act };
    world.store.execute::<Proposal>(id, command, context).await.unwrap()
}
