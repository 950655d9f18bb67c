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

    /// Print the policy that is in force without an embedder, and do nothing else.
    #[arg(long)]
    print: bool,

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
    whose: Whose,
    since: Option<DateTime<Utc>>,
    until: Option<DateTime<Utc>>,
}

impl MatchingArguments {
    /// Reads the policy; none if one was printed instead.
    pub(super) fn read(self) -> anyhow::Result<Option<Asked>> {
        let Some(file) = self.policy.filter(|_| !self.print) else {
            output::text(&format!("{}\n", serde_json::to_string_pretty(&MatchPolicy::default())?))?;
            return Ok(None);
        };
        let fault = |error: &dyn std::fmt::Display| Failure::Usage(format!("{}: {error}", file.display()));
        let text = std::fs::read_to_string(&file).map_err(|error| fault(&error))?;
        let policy = serde_json::from_str(&text).map_err(|error| fault(&error))?;
        let whose = self.account.map_or(Whose::Everybody, Whose::Account);
        Ok(Some(Asked { policy, whose, since: self.since, until: self.until }))
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
            matches += 1;
            let would = again(&recorded, &asked.policy);
            let Some(change) = change(&recorded, &would) else { continue };
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

/// What becomes of a decision; none if it stays.
fn change(recorded: &FlowMatched, would: &FlowMatched) -> Option<&'static str> {
    match (&recorded.chosen, &would.chosen) {
        (Some(was), Some(now)) if was.flow != now.flow => Some("other"),
        (Some(_), None) => Some("lost"),
        (None, Some(_)) => Some("gained"),
        (Some(_), Some(_)) | (None, None) => None,
    }
}

/// The flow that was chosen, by name, and its score.
fn told(matched: &FlowMatched) -> (Value, Value) {
    let Some(chosen) = &matched.chosen else { return (Value::Null, Value::Null) };
    let named = matched.candidates.iter().find(|it| it.flow == chosen.flow);
    let name = named.map_or_else(|| chosen.flow.to_string(), |it| it.name.clone());
    (json!(name), json!(chosen.score.score()))
}
