//! The reports once more, slowly: session by session, from what the events fold to.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use chrono::{DateTime, Utc};
use domain::id::FlowId;
use domain::recorded_event::RecordedEvent;
use domain::session::status::SessionStatus;
use domain::session::step::StepKind;
use domain::session::view::{GivenResult, SessionView, StepView};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::world::World;

/// Every session, by its start.
pub(super) fn sessions(events: &[Arc<RecordedEvent>]) -> Vec<SessionView> {
    let mut streams: BTreeMap<Uuid, Vec<&RecordedEvent>> = BTreeMap::new();
    for event in events.iter().filter(|event| event.aggregate_type == "session") {
        streams.entry(event.aggregate_id).or_default().push(event);
    }
    let mut sessions: Vec<_> =
        streams.into_values().map(|events| SessionView::fold(events).unwrap().unwrap()).collect();
    sessions.sort_by_key(|session| session.created_at);
    sessions
}

pub(super) fn starting_at(all: &[SessionView], within: impl Fn(DateTime<Utc>) -> bool) -> Vec<SessionView> {
    all.iter().filter(|session| within(session.created_at)).cloned().collect()
}

fn steps(session: &SessionView) -> Vec<&StepView> {
    session.steps.iter().map(|step| &**step).filter(|step| step.kind().is_answerable()).collect()
}

fn is_suggestion(step: &StepView) -> bool {
    step.kind() == StepKind::ResolutionSuggestion
}

fn is_resolved(session: &SessionView) -> bool {
    session.status == SessionStatus::Resolved
}

/// To four decimals, as JSON tells it: whole numbers without a point.
fn ratio(part: f64, whole: usize) -> Value {
    if whole == 0 {
        return Value::Null;
    }
    #[expect(clippy::cast_precision_loss, reason = "few")]
    number(part / whole as f64)
}

#[expect(clippy::cast_possible_truncation, reason = "-1 to 1")]
fn number(ratio: f64) -> Value {
    let rounded = (ratio * 1e4).round() / 1e4;
    if rounded.fract() == 0.0 { json!(rounded as i64) } else { json!(rounded) }
}

#[expect(clippy::cast_precision_loss, reason = "few")]
fn share(part: usize, whole: usize) -> Value {
    ratio(part as f64, whole)
}

/// Whether a session came to a stage.
type Came<'a> = &'a dyn Fn(&SessionView) -> bool;

pub(super) fn funnel(all: &[SessionView]) -> Vec<Value> {
    let answered = |session: &SessionView| session.steps.iter().any(|step| step.answered_at.is_some());
    let suggested = |session: &SessionView| session.steps.iter().any(|step| is_suggestion(step));
    let always = |_: &SessionView| true;
    let stages: [(&str, Came<'_>); 4] = [
        ("started", &always),
        ("first answer", &answered),
        ("suggestion", &suggested),
        ("resolved", &is_resolved),
    ];
    let (mut left, mut rows) = (all.iter().collect::<Vec<_>>(), Vec::new());
    for (number, (stage, came)) in stages.into_iter().enumerate() {
        let before = left.len();
        left.retain(|session| came(session));
        rows.push(json!({
            "stage": stage,
            "sessions": left.len(),
            "share": share(left.len(), all.len()),
            "ofPrevious": if number == 0 { Value::Null } else { share(left.len(), before) },
            "regardless": all.iter().filter(|session| came(session)).count(),
        }));
    }
    rows
}

pub(super) fn drop_off(all: &[SessionView]) -> Vec<Value> {
    let places: BTreeSet<usize> = all.iter().map(|session| steps(session).len()).collect();
    let row = |place: usize| {
        let here: Vec<_> = all.iter().filter(|session| steps(session).len() == place).collect();
        let count = |status| here.iter().filter(|session| session.status == status).count();
        json!({
            "step": place,
            "reached": all.iter().filter(|session| steps(session).len() >= place).count(),
            "here": here.len(),
            "resolved": count(SessionStatus::Resolved),
            "escalated": count(SessionStatus::Escalated),
            "abandoned": count(SessionStatus::Abandoned),
            "open": here.iter().filter(|session| !session.status.is_closed()).count(),
        })
    };
    places.into_iter().map(row).collect()
}

/// The simulation's steps are all the playbook's.
pub(super) fn suggestions(all: &[SessionView]) -> Vec<Value> {
    let made: Vec<_> = all.iter().flat_map(steps).filter(|step| is_suggestion(step)).collect();
    let with = |wanted: Option<bool>| {
        let given = |step: &StepView| match step.answer.as_ref().map(|answer| &answer.given) {
            Some(GivenResult::ActionResult { succeeded, .. }) => Some(*succeeded),
            _ => None,
        };
        made.iter().filter(|step| given(step) == wanted).count()
    };
    let accepted = with(Some(true));
    vec![json!({
        "madeBy": "PLAYBOOK", "model": null, "suggested": made.len(), "accepted": accepted, "tried": with(Some(false)),
        "unanswered": with(None), "acceptance": share(accepted, made.len()),
    })]
}

pub(super) fn calibration(all: &[SessionView]) -> Vec<Value> {
    let closed = all.iter().filter(|session| session.status.is_closed() && !steps(session).is_empty());
    let closed: Vec<_> = closed.collect();
    let row = |bin: u32| {
        let (from, to) = (f64::from(bin) / 10.0, f64::from(bin + 1) / 10.0);
        let within = |score: f64| from <= score && (score < to || bin == 9);
        let here: Vec<_> = closed.iter().filter(|session| within(session.confidence.score())).collect();
        let resolved = here.iter().filter(|session| is_resolved(session)).count();
        let stated: f64 = here.iter().map(|session| session.confidence.score()).sum();
        #[expect(clippy::cast_precision_loss, reason = "few")]
        let gap = stated - resolved as f64;
        json!({
            "from": number(from), "to": number(to), "sessions": here.len(), "resolved": resolved,
            "stated": ratio(stated, here.len()), "observed": share(resolved, here.len()), "gap": ratio(gap, here.len()),
        })
    };
    (0..10).map(row).collect()
}

/// The flows that were followed.
pub(super) fn flows(all: &[SessionView]) -> BTreeSet<FlowId> {
    all.iter().flat_map(steps).filter_map(|step| step.flow_node.as_ref()).map(|node| node.flow).collect()
}

pub(super) fn paths(all: &[SessionView], flow: FlowId) -> Vec<Value> {
    let mut edges: BTreeMap<(u32, String, String), u64> = BTreeMap::new();
    for session in all {
        let mut at: Option<(u32, String)> = None;
        for step in steps(session) {
            let to = step.flow_node.as_ref().filter(|node| node.flow == flow);
            let to = to.map(|node| (node.version, node.node.clone()));
            match (at.take(), &to) {
                (Some((was, from)), Some((version, node))) if was == *version => {
                    *edges.entry((was, from, node.clone())).or_default() += 1;
                }
                (from, to) => {
                    if let Some((version, node)) = from {
                        *edges.entry((version, node, "LEFT".to_owned())).or_default() += 1;
                    }
                    if let Some((version, node)) = to {
                        *edges.entry((*version, "START".to_owned(), node.clone())).or_default() += 1;
                    }
                }
            }
            at = to;
        }
        if let Some((version, node)) = at {
            *edges.entry((version, node, session.status.as_str().to_owned())).or_default() += 1;
        }
    }
    let mut edges: Vec<_> = edges.into_iter().collect();
    edges.sort_by_key(|((version, ..), passages)| (*version, std::cmp::Reverse(*passages)));
    edges
        .into_iter()
        .map(|((version, from, to), passages)| {
            json!({ "version": version, "from": from, "to": to, "passages": passages })
        })
        .collect()
}

pub(super) async fn flow_decay(world: &World, all: &[SessionView], by: &str) -> Vec<Value> {
    let mut spans: BTreeMap<(Uuid, String), (usize, usize)> = BTreeMap::new();
    for session in all {
        let chosen = session.matched.as_ref().and_then(|matched| matched.chosen.as_ref());
        let (Some(chosen), Some(closed)) = (chosen, session.closed_at) else { continue };
        let since: String = sqlx::query_scalar(
            "SELECT date_trunc($1, $2::timestamptz AT TIME ZONE time_zone)::date::text FROM accounts WHERE id = $3",
        )
        .bind(by)
        .bind(closed)
        .bind(session.account.0)
        .fetch_one(&world.pool)
        .await
        .unwrap();
        let (sessions, resolved) = spans.entry((chosen.flow.0, since)).or_default();
        *sessions += 1;
        *resolved += usize::from(is_resolved(session));
    }
    let (mut rows, mut before) = (Vec::new(), None);
    for ((flow, since), (sessions, resolved)) in spans {
        #[expect(clippy::cast_precision_loss, reason = "few")]
        let success = resolved as f64 / sessions as f64;
        let change =
            before.filter(|(of, _)| *of == flow).map(|(_, earlier): (_, f64)| number(success - earlier));
        rows.push(json!({
            "flow": flow, "since": since, "sessions": sessions, "resolved": resolved, "success": number(success),
            "change": change,
        }));
        before = Some((flow, success));
    }
    rows
}
