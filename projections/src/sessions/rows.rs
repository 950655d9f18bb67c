//! Sessions in their tables: written in a statement for each table, whatever the size of a batch; read whole.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use domain::session::view::{EscalationView, SessionView, StepView};
use sqlx::postgres::PgRow;
use sqlx::types::Json;
use sqlx::{FromRow, PgConnection, Row};
use uuid::Uuid;

use super::{Folded, light};
use crate::error::ProjectionError;

/// What [`Whole`] is read from, of a table `sessions AS session`.
pub(super) const WHOLE: &str = "session.document, ARRAY(
    SELECT step.document FROM session_steps AS step
    WHERE step.account = session.account AND step.session = session.id ORDER BY step.ordinal) AS steps";

/// A session with its steps.
pub(super) struct Whole(pub(super) SessionView);

impl FromRow<'_, PgRow> for Whole {
    fn from_row(row: &PgRow) -> Result<Self, sqlx::Error> {
        let Json(mut view): Json<SessionView> = row.try_get("document")?;
        let steps: Vec<Json<StepView>> = row.try_get("steps")?;
        view.steps = steps.into_iter().map(|step| Arc::new(step.0)).collect();
        Ok(Self(view))
    }
}

/// The sessions of these ids, with when they were matched.
pub(super) async fn load(
    connection: &mut PgConnection,
    ids: &[Uuid],
) -> Result<Vec<(SessionView, Option<DateTime<Utc>>)>, ProjectionError> {
    let sql =
        format!("SELECT session.matched_at, {WHOLE} FROM sessions AS session WHERE session.id = ANY($1)");
    let rows = sqlx::query(&sql).bind(ids).fetch_all(connection).await?;
    let read = rows.iter().map(|row| Ok((Whole::from_row(row)?.0, row.try_get("matched_at")?)));
    Ok(read.collect::<Result<_, sqlx::Error>>()?)
}

/// The same without the steps that are over: most events need none of them, and they are most of a session.
pub(super) async fn load_light(
    connection: &mut PgConnection,
    ids: &[Uuid],
) -> Result<Vec<(SessionView, Option<DateTime<Utc>>)>, ProjectionError> {
    let rows = sqlx::query(
        "SELECT session.matched_at, session.document, open.ordinal, open.document AS step, coalesce((
             SELECT step.ordinal + 1 FROM session_steps AS step
             WHERE step.session = session.id ORDER BY step.ordinal DESC LIMIT 1), 0) AS steps
         FROM sessions AS session LEFT JOIN LATERAL (
             SELECT step.ordinal, step.document FROM session_steps AS step
             WHERE step.session = session.id AND step.document ->> 'id' = session.document ->> 'current'
             ORDER BY step.ordinal DESC LIMIT 1) AS open ON true
         WHERE session.id = ANY($1)",
    )
    .bind(ids)
    .fetch_all(connection)
    .await?;
    rows.iter()
        .map(|row| {
            let Json(mut view): Json<SessionView> = row.try_get("document")?;
            let steps: i32 = row.try_get("steps")?;
            let open: Option<Json<StepView>> = row.try_get("step")?;
            let ordinal: Option<i32> = row.try_get("ordinal")?;
            let place = ordinal.and_then(|ordinal| usize::try_from(ordinal).ok());
            view.steps =
                light::steps(usize::try_from(steps).unwrap_or(0), place.zip(open.map(|step| step.0)));
            Ok((view, row.try_get("matched_at")?))
        })
        .collect()
}

/// Writes the rows of a batch.
pub(super) async fn store(
    connection: &mut PgConnection,
    sessions: &mut [Folded],
) -> Result<(), ProjectionError> {
    if sessions.is_empty() {
        return Ok(());
    }
    store_intakes(connection, sessions).await?;
    store_steps(connection, sessions).await?;
    store_sessions(connection, sessions).await
}

async fn store_steps(connection: &mut PgConnection, sessions: &[Folded]) -> Result<(), ProjectionError> {
    let changed: Vec<(&SessionView, usize, &StepView)> = sessions
        .iter()
        .flat_map(|session| session.changed_steps().map(|(ordinal, step)| (&session.view, ordinal, step)))
        .collect();
    if changed.is_empty() {
        return Ok(());
    }
    let documents =
        changed.iter().map(|(.., step)| serde_json::to_string(step)).collect::<Result<Vec<_>, _>>()?;
    sqlx::query(
        "INSERT INTO session_steps (account, session, ordinal, document)
         SELECT account, session, ordinal, document::json
         FROM unnest($1::uuid[], $2::uuid[], $3::integer[], $4::text[]) AS row (account, session, ordinal, document)
         ON CONFLICT (session, ordinal) DO UPDATE SET document = excluded.document",
    )
    .bind(changed.iter().map(|(view, ..)| view.account.0).collect::<Vec<_>>())
    .bind(changed.iter().map(|(view, ..)| view.id.0).collect::<Vec<_>>())
    .bind(changed.iter().map(|(_, ordinal, _)| i32::try_from(*ordinal).unwrap_or(i32::MAX)).collect::<Vec<_>>())
    .bind(documents)
    .execute(connection)
    .await?;
    Ok(())
}

/// The session's document, without the steps.
pub(super) fn document(session: &mut Folded) -> Result<String, serde_json::Error> {
    let steps = std::mem::take(&mut session.view.steps);
    let document = serde_json::to_string(&session.view);
    session.view.steps = steps;
    session.bytes = document.as_ref().map_or(0, String::len);
    document
}

async fn store_sessions(
    connection: &mut PgConnection,
    sessions: &mut [Folded],
) -> Result<(), ProjectionError> {
    let documents = sessions.iter_mut().map(document).collect::<Result<Vec<_>, _>>()?;
    let views: Vec<&SessionView> = sessions.iter().map(|session| &session.view).collect();
    sqlx::query(
        "INSERT INTO sessions (account, id, team, opened_by, handler, past_handlers, escalated_by, target, status, domain,
             tier, matched_flow, matched_at, started_at, updated_at, closed_at, version, position, document, escalated_at)
         SELECT account, id, team, opened_by, handler, past_handlers::uuid[], escalated_by, target, status, domain,
             tier, matched_flow, matched_at, started_at, updated_at, closed_at, version, position, document::json, escalated_at
         FROM unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::uuid[], $5::uuid[], $6::text[], $7::uuid[], $8::uuid[],
             $9::text[], $10::text[], $11::text[], $12::uuid[], $13::timestamptz[], $14::timestamptz[],
             $15::timestamptz[], $16::timestamptz[], $17::bigint[], $18::bigint[], $19::text[], $20::timestamptz[])
           AS row (account, id, team, opened_by, handler, past_handlers, escalated_by, target, status, domain,
             tier, matched_flow, matched_at, started_at, updated_at, closed_at, version, position, document, escalated_at)
         ON CONFLICT (id) DO UPDATE SET handler = excluded.handler, past_handlers = excluded.past_handlers,
             escalated_by = excluded.escalated_by, target = excluded.target, status = excluded.status,
             domain = excluded.domain, tier = excluded.tier, matched_flow = excluded.matched_flow,
             matched_at = excluded.matched_at, updated_at = excluded.updated_at, closed_at = excluded.closed_at,
             version = excluded.version, position = excluded.position, document = excluded.document,
             escalated_at = excluded.escalated_at",
    )
    .bind(views.iter().map(|view| view.account.0).collect::<Vec<_>>())
    .bind(views.iter().map(|view| view.id.0).collect::<Vec<_>>())
    .bind(views.iter().map(|view| view.team.map(|team| team.0)).collect::<Vec<_>>())
    .bind(views.iter().map(|view| view.opened_by.0).collect::<Vec<_>>())
    .bind(views.iter().map(|view| view.handler.0).collect::<Vec<_>>())
    .bind(views.iter().map(|view| uuid_array(view)).collect::<Vec<_>>())
    .bind(views.iter().map(|view| waiting(view).map(|it| it.requested_by.0)).collect::<Vec<_>>())
    .bind(views.iter().map(|view| view.escalation().and_then(|it| it.target).map(|it| it.0)).collect::<Vec<_>>())
    .bind(views.iter().map(|view| view.status.as_str()).collect::<Vec<_>>())
    .bind(views.iter().map(|view| view.classification.as_ref().map(|it| it.domain.as_str())).collect::<Vec<_>>())
    .bind(views.iter().map(|view| view.tier.as_str()).collect::<Vec<_>>())
    .bind(views.iter().map(|view| chosen(view)).collect::<Vec<_>>())
    .bind(sessions.iter().map(|session| session.matched_at).collect::<Vec<_>>())
    .bind(views.iter().map(|view| view.created_at).collect::<Vec<_>>())
    .bind(views.iter().map(|view| view.updated_at).collect::<Vec<_>>())
    .bind(views.iter().map(|view| view.closed_at).collect::<Vec<_>>())
    .bind(views.iter().map(|view| i64::try_from(view.version).unwrap_or(i64::MAX)).collect::<Vec<_>>())
    .bind(views.iter().map(|view| view.last_position.0).collect::<Vec<_>>())
    .bind(documents)
    .bind(views.iter().map(|view| waiting(view).map(|it| it.requested_at)).collect::<Vec<_>>())
    .execute(connection)
    .await?;
    Ok(())
}

async fn store_intakes(connection: &mut PgConnection, sessions: &[Folded]) -> Result<(), ProjectionError> {
    let changed: Vec<_> = sessions
        .iter()
        .filter(|session| session.words_changed)
        .filter_map(|session| session.content.as_ref().map(|content| (session, content)))
        .collect();
    if changed.is_empty() {
        return Ok(());
    }
    let contents =
        changed.iter().map(|(_, content)| serde_json::to_string(content)).collect::<Result<Vec<_>, _>>()?;
    sqlx::query(
        "INSERT INTO session_intakes (account, id, content, words)
         SELECT account, id, content::json, array_to_tsvector(string_to_array(words, ' '))
         FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::text[]) AS row (account, id, content, words)
         ON CONFLICT (id) DO UPDATE SET content = excluded.content, words = excluded.words",
    )
    .bind(changed.iter().map(|(session, _)| session.view.account.0).collect::<Vec<_>>())
    .bind(changed.iter().map(|(session, _)| session.view.id.0).collect::<Vec<_>>())
    .bind(contents)
    .bind(changed.iter().map(|(session, _)| session.words()).collect::<Vec<_>>())
    .execute(connection)
    .await?;
    Ok(())
}

/// An array of arrays can't be unnested: it travels as PostgreSQL's own text form.
pub(super) fn uuid_array(view: &SessionView) -> String {
    let ids: Vec<_> = view.past_handlers.iter().map(ToString::to_string).collect();
    format!("{{{}}}", ids.join(","))
}

/// The escalation that waits for somebody.
pub(super) fn waiting(view: &SessionView) -> Option<&EscalationView> {
    view.escalation().filter(|escalation| escalation.is_waiting())
}

/// The flow that it follows.
pub(super) fn chosen(view: &SessionView) -> Option<uuid::Uuid> {
    view.matched.as_ref().and_then(|matched| matched.chosen.as_ref()).map(|chosen| chosen.flow.0)
}
