//! Templates folded whole in memory, and their rows as PostgreSQL copies them.

use chrono::{DateTime, Utc};
use domain::id::AccountId;
use domain::recorded_event::RecordedEvent;
use domain::script::event::{ScriptTemplateEvent, ScriptTemplatePublished};
use event_store::copying::Rows;
use uuid::Uuid;

use super::{ScriptTemplates, not_the_next};
use crate::by_stream::{ByStream, OwnTable, StreamFold};
use crate::error::ProjectionError;

impl ByStream for ScriptTemplates {
    fn aggregate_type(&self) -> &'static str {
        "script_template"
    }

    fn tables(&self) -> &'static [OwnTable] {
        &[
            OwnTable {
                name: "script_templates",
                stream: "id",
                columns: "account, id, version, active, team, name, published_version, uses, created_at, updated_at",
            },
            OwnTable {
                name: "script_template_versions",
                stream: "template",
                columns: "account, template, version, content, published_at",
            },
        ]
    }

    fn begin(&self) -> Box<dyn StreamFold> {
        Box::new(Whole(None))
    }
}

/// A template, from its first version on.
struct Whole(Option<Template>);

struct Template {
    account: AccountId,
    id: Uuid,
    /// Of the stream.
    version: u64,
    active: bool,
    uses: u64,
    updated_at: DateTime<Utc>,
    /// What was published, oldest first, each with when.
    published: Vec<(ScriptTemplatePublished, DateTime<Utc>)>,
}

impl StreamFold for Whole {
    fn take(&mut self, event: &RecordedEvent) -> Result<(), ProjectionError> {
        let decoded: ScriptTemplateEvent = event.decode()?;
        let at = event.metadata.recorded_at;
        match (&mut self.0, decoded) {
            (None, ScriptTemplateEvent::Published(published)) => {
                self.0 = Some(Template {
                    account: event.metadata.account,
                    id: event.aggregate_id,
                    version: event.version,
                    active: true,
                    uses: 0,
                    updated_at: at,
                    published: vec![(published, at)],
                });
            }
            (Some(template), decoded) if template.version + 1 == event.version => {
                template.version = event.version;
                match decoded {
                    ScriptTemplateEvent::Published(published) => {
                        (template.active, template.updated_at) = (true, at);
                        template.published.push((published, at));
                    }
                    ScriptTemplateEvent::Deactivated(_) => {
                        (template.active, template.updated_at) = (false, at);
                    }
                    ScriptTemplateEvent::Generated(_) => template.uses += 1,
                }
            }
            _ => return Err(not_the_next(event)),
        }
        Ok(())
    }

    fn rows(self: Box<Self>, into: &mut [Rows]) -> Result<(), ProjectionError> {
        let Some(template) = self.0 else { return Ok(()) };
        let [templates, versions] = into else {
            unreachable!("invariant: there are as many as `tables` names")
        };
        for (published, at) in &template.published {
            versions
                .plain(template.account)
                .plain(template.id)
                .plain(published.version)
                .text(&serde_json::to_string(&published.content)?)
                .time(*at)
                .end();
        }
        let ([(_, created_at), ..], [.., (newest, _)]) = (&*template.published, &*template.published) else {
            return Ok(());
        };
        templates
            .plain(template.account)
            .plain(template.id)
            .plain(template.version)
            .plain(template.active)
            .plain_or_null(newest.content.team)
            .text(&newest.content.name)
            .plain(newest.version)
            .plain(template.uses)
            .time(*created_at)
            .time(template.updated_at)
            .end();
        Ok(())
    }
}
