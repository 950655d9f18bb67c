//! Holds matching against a labelled set of intakes: how often it is right, and how often it would mislead (rule 5.2).

use domain::flow::library::starter_flows;
use domain::id::FlowId;
use domain::matching::evaluation::{self, Library, Trial};
use domain::matching::{MatchIndex, MatchPolicy, MatchableFlow, choose};
use serde::Deserialize;
use uuid::Uuid;

#[derive(Deserialize)]
struct Labelled {
    flow: String,
    text: String,
}

fn labelled() -> Vec<Labelled> {
    serde_saphyr::from_str(include_str!("intakes.yaml")).expect("the set is valid YAML")
}

fn id(slug: &str) -> FlowId {
    FlowId::derived(Uuid::nil(), slug)
}

fn starter_index() -> MatchIndex {
    let flows: Vec<MatchableFlow> = starter_flows()
        .iter()
        .map(|flow| MatchableFlow {
            flow: id(&flow.slug),
            version: 1,
            head: flow.head.clone(),
            nodes: flow.nodes.clone(),
        })
        .collect();
    MatchIndex::build(&flows)
}

#[test]
fn the_right_flow_leads_and_problems_without_one_are_not_guided() {
    let (index, policy) = (starter_index(), MatchPolicy::default());
    let (mut with, mut first, mut matched, mut guided, mut guided_right) = (0, 0, 0, 0, 0);
    let (mut without, mut misled, mut false_match) = (0, 0, 0);
    let mut report = String::new();
    for Labelled { flow, text } in labelled() {
        let candidates = index.rank(&text, None, &policy);
        let best = candidates.first();
        let score = best.map_or(0.0, |best| best.score);
        let right = best.is_some_and(|best| best.flow == id(&flow));
        if flow == "none" {
            without += 1;
            misled += i32::from(score >= policy.guide_from);
            false_match += i32::from(choose(&candidates, &policy).is_some());
        } else {
            with += 1;
            first += i32::from(right);
            matched += i32::from(right && score >= policy.match_from);
            guided_right += i32::from(right && score >= policy.guide_from);
        }
        guided += i32::from(score >= policy.guide_from);
        let name = best.map_or("-", |best| &best.name);
        let keyword = best.and_then(|best| best.keyword).unwrap_or(0.0);
        let reason = best.map_or("", |best| best.reason.as_str());
        let mark = if right || flow == "none" { ' ' } else { '!' };
        let line = format!("{mark} {keyword:.2} {score:.2} {flow:32} {name:40} {text:.60} ({reason})");
        report.push_str(&line);
    }
    let figures = format!(
        "top-1 {first}/{with}, matched and right {matched}/{with}; without a flow: {misled}/{without} guided, \
         {false_match}/{without} matched; guided {guided}, of them right {guided_right}\n{report}"
    );
    assert!(with >= 45 && without >= 25);
    assert!(first * 100 >= with * 90, "{figures}");
    assert!(misled <= 1, "{figures}");
    assert!(guided_right * 10 >= guided * 8, "a score of 0.8 promises eight in ten: {figures}");
}

/// The examples were written without looking at the matching: a check that it was not fitted to its own set only.
#[test]
fn the_examples_find_their_flows_too() {
    let expected = [
        ("account-lockout", include_str!("../../examples/account-lockout.yaml"), "account-lockout-source"),
        ("azure", include_str!("../../examples/azure-server-unreachable.yaml"), "unreachable-cloud-vm"),
        ("backup", include_str!("../../examples/backup-sql-writer.yaml"), "backup-and-vss-failures"),
        ("badge", include_str!("../../examples/badge-encoder-wrong-numbers.yaml"), "none"),
        ("branch", include_str!("../../examples/branch-vpn-drops-hourly.yaml"), "site-to-site-vpn-drops"),
        ("bounce", include_str!("../../examples/invoices-bounce-at-gmail.yaml"), "mail-bounces-and-junk"),
        ("laptop", include_str!("../../examples/laptop-dead-at-the-desk.yaml"), "laptop-without-power"),
        (
            "paused",
            include_str!("../../examples/machines-paused-datastore-full.yaml"),
            "datastore-full-and-snapshots",
        ),
        (
            "training",
            include_str!("../../examples/no-address-in-training-room.yaml"),
            "dhcp-and-apipa-addresses",
        ),
        (
            "outlook",
            include_str!("../../examples/outlook-asks-again-and-again.yaml"),
            "outlook-password-prompts",
        ),
        ("printer", include_str!("../../examples/printer-0x0000011b.yaml"), "printer-queues-and-drivers"),
        (
            "ransom",
            include_str!("../../examples/ransom-note-on-file-server.yaml"),
            "ransomware-first-response",
        ),
        ("logon", include_str!("../../examples/slow-logon-after-server-move.yaml"), "slow-logon"),
        ("boss", include_str!("../../examples/strange-mails-from-the-boss.yaml"), "compromised-account"),
        ("trust", include_str!("../../examples/trust-lost-after-restore.yaml"), "broken-trust-relationship"),
        ("update", include_str!("../../examples/update-0x80070643.yaml"), "windows-update-errors"),
        ("voip", include_str!("../../examples/voip-one-way-audio.yaml"), "none"),
        ("website", include_str!("../../examples/website-not-found-inside.yaml"), "dns-resolution-fails"),
    ];
    let set = expected.map(|(_, file, flow)| {
        let example: serde_json::Value = serde_saphyr::from_str(file).expect("an example is valid YAML");
        let text = example["intake"]["text"].as_str().expect("an example has a text").to_owned();
        evaluation::Labelled { text, flow: (flow != "none").then(|| flow.to_owned()) }
    });
    let policy = MatchPolicy::default();
    let trials = Library::default().trials(&set, &[], &policy);
    let right = |trial: &Trial| {
        let matched = trial.score >= policy.match_from;
        if trial.has_flow { trial.is_right() && matched } else { !matched }
    };
    let told = expected.iter().map(|(name, ..)| name).zip(&trials);
    let wrong: Vec<_> = told.filter(|(_, trial)| !right(trial)).collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
}
