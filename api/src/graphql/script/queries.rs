//! The part of the query root that shows script templates.

use async_graphql::{Context, ID, Object, Result};
use domain::id::TemplateId;
use projections::script_templates::{self, queries};

use super::ScriptTemplate;
use crate::graphql::limits::list_cost;
use crate::graphql::page::{Page, PageRequest, wants_total};
use crate::graphql::request::{fresh, identity, pool, read_failed};
use crate::graphql::scalar::parse_id;

/// The part of the query root that shows script templates.
#[derive(Default)]
pub struct ScriptQueries;

/// Where a page of templates goes on: the last one's name and id.
type Key = (String, TemplateId);

#[Object]
impl ScriptQueries {
    /// A script template in its newest version, or in the one named; null if there is none that you may see.
    async fn script_template(
        &self,
        ctx: &Context<'_>,
        id: ID,
        version: Option<i32>,
    ) -> Result<Option<ScriptTemplate>> {
        let me = identity(ctx)?;
        fresh(ctx, &[script_templates::NAME]).await?;
        let version = version.map(u32::try_from).transpose();
        let (Some(id), Ok(version)) = (parse_id(&id).map(TemplateId), version) else { return Ok(None) };
        let found = queries::one(pool(ctx)?, me.account, &me.caller, id, version).await;
        Ok(found.map_err(|error| read_failed(&error))?.map(ScriptTemplate::from))
    }

    /// The script templates of the account and of your teams, by name.
    #[graphql(complexity = "list_cost(first, child_complexity)")]
    async fn script_templates(
        &self,
        ctx: &Context<'_>,
        #[graphql(default_with = "Some(true)")] active_only: Option<bool>,
        #[graphql(default = 20)] first: Option<i32>,
        after: Option<String>,
    ) -> Result<Page<ScriptTemplate>> {
        let me = identity(ctx)?;
        let request = PageRequest::<Key>::parse(first, after.as_deref())?;
        let active_only = active_only.unwrap_or(true);
        fresh(ctx, &[script_templates::NAME]).await?;
        let (pool, after) = (pool(ctx)?, request.after.clone());
        let rows = queries::page(pool, me.account, &me.caller, active_only, after, request.fetch()).await;
        let rows = rows.map_err(|error| read_failed(&error))?;
        let total = if wants_total(ctx) {
            let count = queries::count(pool, me.account, &me.caller, active_only).await;
            Some(count.map_err(|error| read_failed(&error))?)
        } else {
            None
        };
        request
            .page(rows.into_iter().map(|row| ((row.shown.content.name.clone(), row.id), row.into())), total)
    }
}
