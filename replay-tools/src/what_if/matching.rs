//! `what-if matching`: which recorded matches another policy would have decided otherwise.

use std::collections::BTreeMap;
use std::path::PathBuf;

use chrono::{DateTime, Utc};
use clap::Args;
use domain::id::AccountId;
use domain::matching::MatchPolicy;
use domain::matching::again::again;
use domain::recorded_event::Position;
use domain::session::event::{FlowMatched, SessionEvent};
use event_store::{EventQuery, Whose};
use serde_json::{Value, json};

use crate::arguments::Options;
use crate::connection::Connection;
use crate::failure::Failure;
use crate::moment::moment;
use crate::output::{self, row};
use crate::policy_file;
use crate::progress::{Far, Progress};

const PAGE: usize = 1000;
const COLUMNS: &[&str] = &[
    "position",
    "account",
    "session",
    "recordedAt",
    "policy",
    "change",
    "was",
    "wasScore",
    "would",
    "wouldScore",
];

#[derive(Debug, Args)]
pub(super) struct MatchingArguments {
    /// The policy, as JSON.
    #[arg(long, value_name = "FILE", required_unless_present = "print")]
    policy: Option<PathBuf>,

    /// Print the policy that is in force with an embedder, and do nothing else: none (words alone), hashing, local (the model that
    /// is fetched), or other.
    #[arg(long, value_name = "EMBEDDER", num_args = 0..=1, default_missing_value = "none", value_parser = shipped)]
    print: Option<Shipped>,

    /// Only matches that were recorded under this version of the policy: another embedder's signals are another measure.
    #[arg(long, value_name = "VERSION")]
    recorded_under: Option<u32>,

    /// Of this account alone.
    #[arg(long, value_name = "ID")]
    account: Option<AccountId>,

    /// Recorded at this time or later, e.g. 2026-11-01T00:00:00Z or 2026-11-01.
    #[arg(long, value_name = "TIME", value_parser = moment)]
    since: Option<DateTime<Utc>>,

    /// Recorded before this time.
    #[arg(long, value_name = "TIME", value_parser = moment)]
    until: Option<DateTime<Utc>>,
}

/// What is asked for.
pub(super) struct Asked {
    policy: MatchPolicy,
    recorded_under: Option<u32>,
    whose: Whose,
    since: Option<DateTime<Utc>>,
    until: Option<DateTime<Utc>>,
}

impl MatchingArguments {
    /// Reads the policy; none if one was printed instead.
    pub(super) fn read(self) -> anyhow::Result<Option<Asked>> {
        let file = match (self.print, self.policy) {
            (Some(Shipped(policy)), _) => {
                output::text(&format!("{}\n", serde_json::to_string_pretty(&policy)?))?;
                return Ok(None);
            }
            (None, Some(file)) => file,
            (None, None) => return Err(Failure::Usage("--policy is missing".to_owned()).into()),
        };
        let policy = policy_file::read(&file)?;
        let whose = self.account.map_or(Whose::Everybody, Whose::Account);
        let recorded_under = self.recorded_under;
        Ok(Some(Asked { policy, recorded_under, whose, since: self.since, until: self.until }))
    }
}

/// Lists the matches that change, and says at the end how many of how many do.
pub(super) async fn run(connection: &Connection, options: &Options, asked: &Asked) -> anyhow::Result<()> {
    let log = connection.log();
    let ceiling = log.ceiling().await?;
    let mut query = EventQuery {
        types: vec!["session.flow_matched".to_owned()],
        recorded_after: asked.since,
        recorded_before: asked.until,
        ..EventQuery::default()
    };
    let (mut rows, mut progress) = (options.output.rows(COLUMNS), Progress::beside_data());
    let (mut matches, mut unreadable) = (0_usize, 0_usize);
    let mut changes: BTreeMap<&'static str, usize> = BTreeMap::new();
    loop {
        let page = log.query_upto(asked.whose, &query, ceiling, PAGE).await?;
        for event in &page {
            let Ok(SessionEvent::FlowMatched(recorded)) = event.decode() else {
                unreadable += 1;
                continue;
            };
            if asked.recorded_under.is_some_and(|version| version != recorded.policy_version) {
                continue;
            }
            matches += 1;
            let would = again(&recorded, &asked.policy);
            let Some(change) = change(&recorded, &would, &asked.policy) else { continue };
            *changes.entry(change).or_default() += 1;
            let (was, was_score) = told(&recorded);
            let (would, would_score) = told(&would);
            rows.write(&row(json!({
                "position": event.position, "account": event.metadata.account, "session": event.aggregate_id,
                "recordedAt": event.metadata.recorded_at, "policy": recorded.policy_version, "change": change,
                "was": was, "wasScore": was_score, "would": would, "wouldScore": would_score,
            })))?;
        }
        if page.len() < PAGE {
            break;
        }
        let at = page.last().map_or(Position::START, |event| event.position);
        query.after = Some(at);
        if let Some(progress) = &mut progress {
            progress.show(Far::positions("matches", at, ceiling));
        }
    }
    drop(progress);
    rows.flush()?;
    let in_all: usize = changes.values().sum();
    let kinds: Vec<_> = changes.iter().map(|(change, count)| format!("{count} {change}")).collect();
    let kinds = if kinds.is_empty() { String::new() } else { format!(" ({})", kinds.join(", ")) };
    output::told(&format!(
        "{in_all} of {matches} matches change under policy {}{kinds}",
        asked.policy.version
    ));
    if unreadable > 0 {
        output::told(&format!("{unreadable} cannot be read: without their key, or erased"));
    }
    Ok(())
}

/// A policy that is shipped.
#[derive(Debug, Clone)]
struct Shipped(MatchPolicy);

fn shipped(embedder: &str) -> Result<Shipped, String> {
    let found = MatchPolicy::shipped().into_iter().find(|(name, _)| *name == embedder);
    found
        .map(|(_, policy)| Shipped(policy))
        .ok_or_else(|| format!("it is one of {}", MatchPolicy::shipped().map(|(name, _)| name).join(", ")))
}

/// What becomes of a decision; none if it stays. Where the flow is the same, whether it guides may not be; from where on it does
/// was the same in every policy that was ever in force.
fn change(recorded: &FlowMatched, would: &FlowMatched, policy: &MatchPolicy) -> Option<&'static str> {
    match (&recorded.chosen, &would.chosen) {
        (Some(was), Some(now)) if was.flow != now.flow => Some("other"),
        (Some(_), None) => Some("lost"),
        (None, Some(_)) => Some("gained"),
        (Some(was), Some(now)) => {
            let guided = was.score.score() >= MatchPolicy::default().guide_from;
            match (guided, now.score.score() >= policy.guide_from) {
                (false, true) => Some("guiding"),
                (true, false) => Some("no-longer-guiding"),
                _ => None,
            }
        }
        (None, None) => None,
    }
}

/// The flow that was chosen, by name, and its score.
fn told(matched: &FlowMatched) -> (Value, Value) {
    let Some(chosen) = &matched.chosen else { return (Value::Null, Value::Null) };
    let named = matched.candidates.iter().find(|it| it.flow == chosen.flow);
    let name = named.map_or_else(|| chosen.flow.to_string(), |it| it.name.clone());
    (json!(name), json!(chosen.score.score()))
}
