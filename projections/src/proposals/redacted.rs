//! A secret found late in a session is masked in the proposals that were learnt from it, too.

use domain::id::SessionId;
use domain::recorded_event::RecordedEvent;
use domain::session::event::{ContentRedacted, SessionEvent};
use sqlx::PgConnection;
use sqlx::types::Json;
use uuid::Uuid;

use super::Document;
use crate::error::ProjectionError;

type Row = (Uuid, String, Option<String>, Json<Document>);

/// Masks what the event names, wherever it stands in proposals that the session supports or is the source of.
pub(super) async fn mask(
    connection: &mut PgConnection,
    event: &RecordedEvent,
) -> Result<(), ProjectionError> {
    let SessionEvent::ContentRedacted(redacted) = event.decode()? else { return Ok(()) };
    let session = SessionId(event.aggregate_id);
    let rows: Vec<Row> = sqlx::query_as(
        "SELECT id, title, description, document FROM proposals WHERE account = $1 AND (source_session = $2
             OR id IN (SELECT proposal FROM proposal_supporters WHERE account = $1 AND session = $2))",
    )
    .bind(event.metadata.account.0)
    .bind(session.0)
    .fetch_all(&mut *connection)
    .await?;
    for (id, mut title, mut description, Json(mut document)) in rows {
        let texts = std::iter::once(&mut title).chain(&mut description).chain(document.texts());
        texts.for_each(|text| hide(&redacted, text));
        sqlx::query("UPDATE proposals SET title = $2, description = $3, document = $4 WHERE id = $1")
            .bind(id)
            .bind(title)
            .bind(description)
            .bind(Json(document))
            .execute(&mut *connection)
            .await?;
    }
    Ok(())
}

fn hide(redacted: &ContentRedacted, text: &mut String) {
    if !redacted.text.is_empty() && text.contains(redacted.text.as_str()) {
        *text = text.replace(redacted.text.as_str(), &redacted.placeholder);
    }
}

impl Document {
    /// Everything that was said in a session.
    fn texts(&mut self) -> impl Iterator<Item = &mut String> {
        let nodes = self.nodes.iter_mut().flat_map(|node| {
            let texts = [Some(&mut node.text), node.label.as_mut(), node.details.as_mut()];
            texts.into_iter().flatten()
        });
        let sentences = self.diff.iter_mut().flat_map(|diff| &mut diff.summary);
        self.keywords.iter_mut().chain(&mut self.topic).chain(nodes).chain(sentences)
    }
}
