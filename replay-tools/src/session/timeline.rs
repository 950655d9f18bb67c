//! `session timeline`: what happened, event by event, and which parts of the session each event changed.

use chrono::SecondsFormat;
use domain::session::view::SessionView;
use serde_json::{Map, Value, json};

use crate::arguments::Options;
use crate::output::row;
use crate::session::difference::Difference;
use crate::session::folding::History;

/// Parts that every event changes: they tell nothing.
const ALWAYS: &[&str] = &["version", "last_position", "updated_at"];

/// Writes one row for each event.
pub(super) fn write(options: &Options, history: &History) -> anyhow::Result<()> {
    let mut rows = options.output.rows(&["version", "position", "recordedAt", "actor", "type", "changed"]);
    let mut view: Option<SessionView> = None;
    let mut before = Value::Object(Map::new());
    for event in history.events() {
        match &mut view {
            None => view = SessionView::fold([event])?,
            Some(view) => view.apply(event, &event.decode()?),
        }
        let after = serde_json::to_value(&view)?;
        let changes: Vec<Difference> = Difference::between(&before, &after)
            .into_iter()
            .filter(|change| !ALWAYS.contains(&change.path()))
            .collect();
        let mut parts: Vec<&str> = changes.iter().map(|change| part(change.path())).collect();
        parts.dedup();
        let mut row = row(json!({
            "version": event.version,
            "position": event.position,
            "recordedAt": event.metadata.recorded_at.to_rfc3339_opts(SecondsFormat::Micros, true),
            "actor": event.metadata.actor,
            "type": event.event_type,
            "changed": if event.version == 1 { String::new() } else { parts.join(", ") },
        }));
        let changes = changes.into_iter().map(|change| Value::Object(change.row())).collect();
        row.insert("changes".to_owned(), Value::Array(changes));
        rows.write(&row)?;
        before = after;
    }
    Ok(rows.flush()?)
}

/// `steps[…].answer` belongs to `steps`.
fn part(path: &str) -> &str {
    path.split(['.', '[']).next().unwrap_or(path)
}
