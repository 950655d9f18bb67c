//! Loads the script templates that one request shows, at once.

use std::collections::HashMap;
use std::sync::Arc;

use async_graphql::dataloader::Loader;
use domain::id::{AccountId, TemplateId};
use projections::error::ProjectionError;
use projections::script_templates::queries::{self, TemplateRow};
use sqlx::PgPool;

/// Templates by id, each in a version or the newest. Made anew for each request.
pub struct TemplateLoader {
    /// The database.
    pub pool: PgPool,
    /// The caller's account.
    pub account: AccountId,
}

type Key = (TemplateId, Option<u32>);

impl Loader<Key> for TemplateLoader {
    type Value = Arc<TemplateRow>;
    type Error = Arc<ProjectionError>;

    async fn load(&self, wanted: &[Key]) -> Result<HashMap<Key, Arc<TemplateRow>>, Self::Error> {
        let found = queries::many(&self.pool, self.account, wanted).await.map_err(Arc::new)?;
        let found: Vec<_> = found.into_iter().map(Arc::new).collect();
        Ok(wanted.iter().filter_map(|key| Some((*key, pick(&found, *key)?.clone()))).collect())
    }
}

/// Rows don't say which wish they answer: the newest of a template is the one with the highest version.
fn pick(rows: &[Arc<TemplateRow>], (id, version): Key) -> Option<&Arc<TemplateRow>> {
    let of_template = rows.iter().filter(|row| row.id == id);
    match version {
        Some(version) => of_template.into_iter().find(|row| row.shown.version == version),
        None => of_template.max_by_key(|row| row.shown.version),
    }
}
