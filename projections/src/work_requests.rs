//! Which events ask the outside world for something: a process manager that keeps no rows of its own.
//!
//! It is a projection apart, so that rebuilding a read model asks for nothing.

use std::collections::HashSet;
use std::sync::Arc;

use domain::account::event::AccountEvent;
use domain::analysis::event::AnalysisEvent;
use domain::flow::event::FlowEvent;
use domain::id::{AccountId, RequestId};
use domain::recorded_event::RecordedEvent;
use domain::session::event::SessionEvent;
use futures_util::future::BoxFuture;
use serde_json::{Value, json};
use sqlx::PgConnection;
use uuid::Uuid;

use crate::error::ProjectionError;
use crate::projection::Projection;
use crate::work_queue::{self, WorkItem};

/// The kind of work that makes a session's next step.
pub const DIAGNOSE: &str = "diagnose";
/// The kind of work that adds the assistant's insight to an escalation.
pub const ENRICH: &str = "enrich";
/// The kind of work that loads the starter library into a new account.
pub const STOCK_LIBRARY: &str = "stock_library";
/// The kind of work that opens escalations whose target has left, or handles sessions no more.
pub const RELEASE_TARGETS: &str = "release_targets";

/// The kind of work that embeds what a published flow is found by.
pub const EMBED: &str = "embed";
/// The kind of work that finds out what a resolved session teaches, and takes it back when the session is open again.
pub const ANALYSE: &str = "analyse";
/// The kind of work that marks proposals whose target has moved on, or was retired.
pub const OUTDATE: &str = "outdate_proposals";
/// The kind of work that publishes what a proposal says, if that was not done with the decision.
pub const PUBLISH_PROPOSAL: &str = "publish_proposal";
/// The kind of work that forgets the vectors of texts that were masked.
pub const FORGET_VECTORS: &str = "forget_vectors";

/// Events that ask for something.
const ASKING: [&str; 14] = [
    "session.step_requested",
    "session.escalation_requested",
    "session.resolved",
    "session.reopened",
    "session.content_redacted",
    "account.opened",
    "account.member_role_changed",
    "account.member_removed",
    "analysis.requested",
    "analysis.taken_up",
    "flow.published",
    "flow.retired",
    "proposal.approved",
    "proposal.modified",
];

/// Events that give what was asked for. A failure is none: whether the work is tried again or given up is for its worker to
/// say.
const ANSWERS: [&str; 2] = ["session.step_presented", "session.step_discarded"];

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

    fn tables(&self) -> &'static [&'static str] {
        &[]
    }

    fn takes(&self, event_type: &str) -> bool {
        ASKING.contains(&event_type) || ANSWERS.contains(&event_type)
    }

    fn apply<'a>(
        &'a self,
        connection: &'a mut PgConnection,
        events: &'a [Arc<RecordedEvent>],
        work: &'a mut Vec<WorkItem>,
    ) -> BoxFuture<'a, Result<(), ProjectionError>> {
        Box::pin(async move {
            let mut done: HashSet<String> = HashSet::new();
            for event in events.iter().filter(|event| ANSWERS.contains(&event.event_type.as_str())) {
                done.extend(answered_by(event)?);
            }
            for event in events {
                // What was done as soon as it was asked for never becomes work.
                work.extend(asked_by(event)?.filter(|item| !done.remove(&item.key)));
                work.extend(outdated_by(event)?);
            }
            work_queue::settle(connection, &done.into_iter().collect::<Vec<_>>()).await
        })
    }
}

/// What an event asks for.
///
/// # Errors
/// The event can't be read.
pub fn asked_by(event: &RecordedEvent) -> Result<Option<WorkItem>, ProjectionError> {
    // In most lanes what comes later waits for what came before.
    let mut lane = event.aggregate_id;
    let (kind, key, payload) = match event.event_type.as_str() {
        "session.step_requested" => {
            let SessionEvent::StepRequested(asked) = event.decode()? else { return Ok(None) };
            (DIAGNOSE, diagnose_key(asked.request), json!({ "request": asked.request }))
        }
        "session.escalation_requested" => {
            let SessionEvent::EscalationRequested(asked) = event.decode()? else { return Ok(None) };
            // A lane of its own: whoever picks the session up does not wait for its insight.
            lane = asked.escalation.0;
            let payload = json!({ "session": event.aggregate_id, "escalation": asked.escalation });
            (ENRICH, format!("{ENRICH}:{}", asked.escalation), payload)
        }
        "account.opened" => {
            let AccountEvent::Opened(_) = event.decode()? else { return Ok(None) };
            (STOCK_LIBRARY, format!("{STOCK_LIBRARY}:{}", event.aggregate_id), json!({}))
        }
        "session.resolved" | "session.reopened" => {
            lane = knowledge_lane(event.metadata.account);
            let (session, version) = (event.aggregate_id, event.version);
            let resolution = (event.event_type == "session.resolved").then_some(version);
            let payload = json!({ "session": session, "resolution": resolution });
            (ANALYSE, format!("{ANALYSE}:{session}:{version}"), payload)
        }
        "session.content_redacted" => {
            // After what is being learnt from the text as it was.
            lane = knowledge_lane(event.metadata.account);
            let key = format!("{FORGET_VECTORS}:{}:{}", event.aggregate_id, event.version);
            (FORGET_VECTORS, key, json!({ "position": event.position }))
        }
        "analysis.requested" | "analysis.taken_up" => {
            let (session, resolution) = match event.decode()? {
                AnalysisEvent::Requested(asked) => (asked.session, asked.resolution),
                AnalysisEvent::TakenUp(due) => (due.session, due.resolution),
                _ => return Ok(None),
            };
            lane = knowledge_lane(event.metadata.account);
            let key = format!("{ANALYSE}:{session}:{resolution}:again:{}", event.version);
            (ANALYSE, key, json!({ "session": session, "resolution": resolution }))
        }
        "account.member_role_changed" | "account.member_removed" => {
            let user = match event.decode()? {
                AccountEvent::MemberRoleChanged(changed) => changed.user,
                AccountEvent::MemberRemoved(removed) => removed.user,
                _ => return Ok(None),
            };
            let key = format!("{RELEASE_TARGETS}:{user}/{}", event.version);
            lane = user.0;
            (RELEASE_TARGETS, key, json!({ "position": event.position.0 }))
        }
        "flow.published" => {
            let FlowEvent::Published(published) = event.decode()? else { return Ok(None) };
            // The flows of an account are embedded one after the other: the first one finds most of what the next would.
            lane = event.metadata.account.0;
            let key = format!("{EMBED}:{}:{}", event.aggregate_id, published.version);
            (EMBED, key, json!({ "position": event.position }))
        }
        "proposal.approved" | "proposal.modified" => {
            let key = format!("{PUBLISH_PROPOSAL}:{}:{}", event.aggregate_id, event.version);
            (PUBLISH_PROPOSAL, key, json!({ "proposal": event.aggregate_id }))
        }
        _ => return Ok(None),
    };
    Ok(Some(item(event, kind, key, lane, payload)))
}

/// The proposals that a flow's next version, or its end, leaves behind: beside what else its publication asks for.
fn outdated_by(event: &RecordedEvent) -> Result<Option<WorkItem>, ProjectionError> {
    if !["flow.published", "flow.retired"].contains(&event.event_type.as_str()) {
        return Ok(None);
    }
    let since = match event.decode()? {
        FlowEvent::Published(published) if published.version > 1 => published.version.to_string(),
        FlowEvent::Retired(_) => "retired".to_owned(),
        _ => return Ok(None),
    };
    let key = format!("{OUTDATE}:{}:{since}", event.aggregate_id);
    let payload = json!({ "flow": event.aggregate_id });
    Ok(Some(item(event, OUTDATE, key, knowledge_lane(event.metadata.account), payload)))
}

fn item(event: &RecordedEvent, kind: &'static str, key: String, lane: Uuid, payload: Value) -> WorkItem {
    WorkItem {
        key,
        kind,
        account: event.metadata.account,
        lane,
        payload,
        correlation: event.metadata.correlation,
        causation: event.metadata.command,
    }
}

/// What is learnt in an account is learnt one after the other: two sessions of the same problem make one proposal.
fn knowledge_lane(account: AccountId) -> Uuid {
    Uuid::new_v5(&account.0, b"knowledge")
}

/// The work that an event shows to be done.
fn answered_by(event: &RecordedEvent) -> Result<Option<String>, ProjectionError> {
    let request = match event.decode()? {
        SessionEvent::StepPresented(presented) => presented.request,
        SessionEvent::StepDiscarded(discarded) => Some(discarded.request),
        _ => None,
    };
    Ok(request.map(diagnose_key))
}

fn diagnose_key(request: RequestId) -> String {
    format!("{DIAGNOSE}:{request}")
}
