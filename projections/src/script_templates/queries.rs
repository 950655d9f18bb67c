//! Reading script templates: one, a page, several by version, and those that a session's assistant may offer.

use chrono::{DateTime, Utc};
use domain::access::Caller;
use domain::id::{AccountId, TeamId, TemplateId};
use domain::script::TemplateVersion;
use domain::script::template::TemplateContent;
use sqlx::types::Json;
use sqlx::{FromRow, PgPool};
use uuid::Uuid;

use crate::error::ProjectionError;

/// A template as it is shown: in one version.
#[derive(Debug, Clone, PartialEq)]
pub struct TemplateRow {
    /// Its id.
    pub id: TemplateId,
    /// The version shown: the newest, or the one asked for.
    pub shown: TemplateVersion,
    /// It is offered.
    pub active: bool,
    /// Scripts generated from it, from all its versions.
    pub uses: u64,
    /// When this version was published.
    pub published_at: DateTime<Utc>,
}

/// The newest version, or the one named, of a template that the caller may see: the account's, one of their teams', or
/// any for those who read everything.
pub async fn one(
    pool: &PgPool,
    account: AccountId,
    caller: &Caller,
    id: TemplateId,
    version: Option<u32>,
) -> Result<Option<TemplateRow>, ProjectionError> {
    let row: Option<Stored> = sqlx::query_as(
        "SELECT template.id, template.active, template.uses, shown.version, shown.content, shown.published_at
         FROM script_templates AS template JOIN script_template_versions AS shown
              ON shown.template = template.id AND shown.version = coalesce($5, template.published_version)
         WHERE template.account = $1 AND template.id = $2
           AND ($3 OR template.team IS NULL OR template.team = ANY($4))",
    )
    .bind(account.0)
    .bind(id.0)
    .bind(caller.role.reads_everything())
    .bind(teams(caller))
    .bind(version.map(|version| i32::try_from(version).unwrap_or(i32::MAX)))
    .fetch_optional(pool)
    .await?;
    Ok(row.map(TemplateRow::from))
}

/// Several at once, each in the version named or the newest, whosever team's they are: what a session shows names them.
/// Unknown ones are left out.
pub async fn many(
    pool: &PgPool,
    account: AccountId,
    wanted: &[(TemplateId, Option<u32>)],
) -> Result<Vec<TemplateRow>, ProjectionError> {
    let rows: Vec<Stored> = sqlx::query_as(
        "SELECT template.id, template.active, template.uses, shown.version, shown.content, shown.published_at
         FROM unnest($2::uuid[], $3::int[]) AS wanted (id, version)
         JOIN script_templates AS template ON template.id = wanted.id AND template.account = $1
         JOIN script_template_versions AS shown
              ON shown.template = template.id AND shown.version = coalesce(wanted.version, template.published_version)",
    )
    .bind(account.0)
    .bind(wanted.iter().map(|(id, _)| id.0).collect::<Vec<_>>())
    .bind(wanted.iter().map(|(_, version)| version.and_then(|it| i32::try_from(it).ok())).collect::<Vec<_>>())
    .fetch_all(pool)
    .await?;
    Ok(rows.into_iter().map(TemplateRow::from).collect())
}

/// A page of the templates that the caller may see, by name, after the one with this name and id; one more than `limit`
/// tells of more.
pub async fn page(
    pool: &PgPool,
    account: AccountId,
    caller: &Caller,
    active_only: bool,
    after: Option<(String, TemplateId)>,
    limit: i64,
) -> Result<Vec<TemplateRow>, ProjectionError> {
    let (name, id) = after.map_or((None, None), |(name, id)| (Some(name), Some(id.0)));
    let rows: Vec<Stored> = sqlx::query_as(
        "SELECT template.id, template.active, template.uses, shown.version, shown.content, shown.published_at
         FROM script_templates AS template JOIN script_template_versions AS shown
              ON shown.template = template.id AND shown.version = template.published_version
         WHERE template.account = $1 AND ($2 OR template.team IS NULL OR template.team = ANY($3))
           AND (template.active OR NOT $4) AND ($5::text IS NULL OR (template.name, template.id) > ($5, $6))
         ORDER BY template.name, template.id LIMIT $7",
    )
    .bind(account.0)
    .bind(caller.role.reads_everything())
    .bind(teams(caller))
    .bind(active_only)
    .bind(name)
    .bind(id)
    .bind(limit)
    .fetch_all(pool)
    .await?;
    Ok(rows.into_iter().map(TemplateRow::from).collect())
}

/// How many templates the caller may see.
pub async fn count(
    pool: &PgPool,
    account: AccountId,
    caller: &Caller,
    active_only: bool,
) -> Result<i64, ProjectionError> {
    let count = sqlx::query_scalar(
        "SELECT count(*) FROM script_templates
         WHERE account = $1 AND ($2 OR team IS NULL OR team = ANY($3)) AND (active OR NOT $4)",
    )
    .bind(account.0)
    .bind(caller.role.reads_everything())
    .bind(teams(caller))
    .bind(active_only)
    .fetch_one(pool)
    .await?;
    Ok(count)
}

/// What may be offered in a session (rule 4.5): the active templates of the account and of the session's team, those first
/// that are used most.
pub async fn offered(
    pool: &PgPool,
    account: AccountId,
    team: Option<TeamId>,
    limit: i64,
) -> Result<Vec<TemplateRow>, ProjectionError> {
    let rows: Vec<Stored> = sqlx::query_as(
        "SELECT template.id, template.active, template.uses, shown.version, shown.content, shown.published_at
         FROM script_templates AS template JOIN script_template_versions AS shown
              ON shown.template = template.id AND shown.version = template.published_version
         WHERE template.account = $1 AND template.active AND (template.team IS NULL OR template.team = $2)
         ORDER BY template.uses DESC, template.name, template.id LIMIT $3",
    )
    .bind(account.0)
    .bind(team.map(|team| team.0))
    .bind(limit)
    .fetch_all(pool)
    .await?;
    Ok(rows.into_iter().map(TemplateRow::from).collect())
}

fn teams(caller: &Caller) -> Vec<Uuid> {
    caller.teams.iter().map(|team| team.0).collect()
}

#[derive(FromRow)]
struct Stored {
    id: Uuid,
    active: bool,
    uses: i64,
    version: i32,
    content: Json<TemplateContent>,
    published_at: DateTime<Utc>,
}

impl From<Stored> for TemplateRow {
    fn from(row: Stored) -> Self {
        Self {
            id: TemplateId(row.id),
            shown: TemplateVersion {
                version: u32::try_from(row.version).unwrap_or_default(),
                content: row.content.0,
            },
            active: row.active,
            uses: u64::try_from(row.uses).unwrap_or_default(),
            published_at: row.published_at,
        }
    }
}
