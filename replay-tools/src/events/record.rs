//! One event as a row: the names are those of the GraphQL API.

use chrono::SecondsFormat;
use domain::recorded_event::RecordedEvent;
use domain::session::public_form::full_payload;
use serde_json::{Map, Value, json};

use crate::output;

/// What a table and CSV show of it.
pub(crate) const COLUMNS: &[&str] =
    &["position", "recordedAt", "type", "aggregateType", "aggregateId", "version", "actor", "account"];

/// The row. Keys come in order, so that the same event always gives the same line; a payload that can't be opened says why.
pub(crate) fn row(event: RecordedEvent) -> Map<String, Value> {
    let metadata = event.metadata;
    let (payload, unreadable) = match event.payload {
        Ok(payload) => (full_payload(payload), None),
        Err(unreadable) => (Value::Null, Some(unreadable.reason)),
    };
    let mut row = output::row(json!({
        "position": event.position,
        "recordedAt": metadata.recorded_at.to_rfc3339_opts(SecondsFormat::Micros, true),
        "account": metadata.account,
        "aggregateType": event.aggregate_type,
        "aggregateId": event.aggregate_id,
        "version": event.version,
        "type": event.event_type,
        "typeVersion": event.event_version,
        "actor": metadata.actor,
        "commandId": metadata.command,
        "correlationId": metadata.correlation,
        "causationId": metadata.causation,
        "payload": payload,
    }));
    if let Some(reason) = unreadable {
        row.insert("unreadable".to_owned(), Value::String(reason));
    }
    row
}
