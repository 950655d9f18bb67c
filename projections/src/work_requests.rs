//! Which events ask the outside world for something: a process manager that keeps no rows of its own.
//!
//! It is a projection apart, so that rebuilding a read model asks for nothing.

use std::sync::Arc;

use domain::account::event::AccountEvent;
use domain::recorded_event::RecordedEvent;
use domain::session::event::SessionEvent;
use futures_util::future::BoxFuture;
use serde_json::json;
use sqlx::PgConnection;

use crate::error::ProjectionError;
use crate::projection::Projection;
use crate::work_queue::WorkItem;

/// The kind of work that makes a session's next step.
pub const DIAGNOSE: &str = "diagnose";
/// The kind of work that loads the starter library into a new account.
pub const STOCK_LIBRARY: &str = "stock_library";

/// The process manager.
#[derive(Debug, Clone, Copy)]
pub struct WorkRequests;

impl Projection for WorkRequests {
    fn name(&self) -> &'static str {
        "work_requests"
    }

    fn version(&self) -> i32 {
        1
    }

    fn takes(&self, event_type: &str) -> bool {
        matches!(event_type, "session.step_requested" | "account.opened")
    }

    fn apply<'a>(
        &'a self,
        _connection: &'a mut PgConnection,
        events: &'a [Arc<RecordedEvent>],
        work: &'a mut Vec<WorkItem>,
    ) -> BoxFuture<'a, Result<(), ProjectionError>> {
        Box::pin(async move {
            for event in events {
                work.extend(asked_by(event)?);
            }
            Ok(())
        })
    }
}

fn asked_by(event: &RecordedEvent) -> Result<Option<WorkItem>, ProjectionError> {
    let (kind, key, payload) = match event.event_type.as_str() {
        "session.step_requested" => {
            let SessionEvent::StepRequested(asked) = event.decode()? else { return Ok(None) };
            (DIAGNOSE, format!("{DIAGNOSE}:{}", asked.request), json!({ "request": asked.request }))
        }
        "account.opened" => {
            let AccountEvent::Opened(_) = event.decode()? else { return Ok(None) };
            (STOCK_LIBRARY, format!("{STOCK_LIBRARY}:{}", event.aggregate_id), json!({}))
        }
        _ => return Ok(None),
    };
    Ok(Some(WorkItem {
        key,
        kind,
        account: event.metadata.account,
        lane: event.aggregate_id,
        payload,
        correlation: event.metadata.correlation,
        causation: event.metadata.command,
    }))
}
