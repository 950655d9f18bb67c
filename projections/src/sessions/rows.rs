//! Writing sessions: a batch in two statements, whatever its size.

use domain::session::view::{EscalationView, SessionView};
use sqlx::PgConnection;

use super::Folded;
use crate::error::ProjectionError;

/// Writes the rows of a batch.
pub(super) async fn store(connection: &mut PgConnection, sessions: &[Folded]) -> Result<(), ProjectionError> {
    if sessions.is_empty() {
        return Ok(());
    }
    store_intakes(connection, sessions).await?;
    store_sessions(connection, sessions).await
}

async fn store_sessions(connection: &mut PgConnection, sessions: &[Folded]) -> Result<(), ProjectionError> {
    let views: Vec<&SessionView> = sessions.iter().map(|session| &session.view).collect();
    let documents = views.iter().map(serde_json::to_string).collect::<Result<Vec<_>, _>>()?;
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
fn uuid_array(view: &SessionView) -> String {
    let ids: Vec<_> = view.past_handlers.iter().map(ToString::to_string).collect();
    format!("{{{}}}", ids.join(","))
}

fn waiting(view: &SessionView) -> Option<&EscalationView> {
    view.escalation().filter(|escalation| escalation.is_waiting())
}

fn chosen(view: &SessionView) -> Option<uuid::Uuid> {
    view.matched.as_ref().and_then(|matched| matched.chosen.as_ref()).map(|chosen| chosen.flow.0)
}
