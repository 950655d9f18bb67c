//! Who belongs to which account: accounts, teams and members, with the queries that authenticate and show them.

mod fold;

use std::sync::Arc;

use chrono::{DateTime, Utc};
use domain::access::{Caller, Role};
use domain::account::business_hours::BusinessHours;
use domain::account::event::Quotas;
use domain::id::{AccountId, TeamId, UserId};
use domain::recorded_event::RecordedEvent;
use futures_util::future::BoxFuture;
use serde_json::Value;
use sqlx::types::Json;
use sqlx::{FromRow, PgConnection, PgPool};
use uuid::Uuid;

use crate::error::ProjectionError;
use crate::projection::Projection;
use crate::work_queue::WorkItem;

/// The projection.
#[derive(Debug, Clone, Copy)]
pub struct Accounts;

/// Its name.
pub const NAME: &str = "accounts";

impl Projection for Accounts {
    fn name(&self) -> &'static str {
        NAME
    }

    fn version(&self) -> i32 {
        1
    }

    fn tables(&self) -> &'static [&'static str] {
        &["accounts", "teams", "members"]
    }

    fn takes(&self, event_type: &str) -> bool {
        event_type.starts_with("account.")
    }

    fn apply<'a>(
        &'a self,
        connection: &'a mut PgConnection,
        events: &'a [Arc<RecordedEvent>],
        _work: &'a mut Vec<WorkItem>,
    ) -> BoxFuture<'a, Result<(), ProjectionError>> {
        Box::pin(async move {
            for event in events {
                fold::fold(connection, event).await?;
            }
            Ok(())
        })
    }
}

/// An account as it is shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccountRow {
    /// Its id.
    pub id: AccountId,
    /// Its version.
    pub version: u64,
    /// The MSP's name.
    pub name: String,
    /// Its IANA time zone.
    pub time_zone: String,
    /// When it works, if it has said so.
    pub business_hours: Option<BusinessHours>,
    /// Its settings.
    pub quotas: Quotas,
}

/// A team as it is shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TeamRow {
    /// Its id.
    pub id: TeamId,
    /// Its name.
    pub name: String,
    /// What the assistant may rely on in its sessions.
    pub context: Option<String>,
}

/// A member as they are shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MemberRow {
    /// Their account.
    pub account: AccountId,
    /// Their id.
    pub id: UserId,
    /// Their name.
    pub display_name: String,
    /// Their e-mail address.
    pub email: String,
    /// Their role.
    pub role: Role,
    /// Their teams.
    pub teams: Vec<TeamId>,
    /// They have not left.
    pub active: bool,
    /// When they joined.
    pub created_at: DateTime<Utc>,
}

impl MemberRow {
    /// This member, as somebody who calls.
    pub fn caller(&self) -> Caller {
        Caller { user: self.id, role: self.role, teams: self.teams.clone() }
    }
}

/// Whether the installation has no account but this one.
pub async fn is_only(pool: &PgPool, account: AccountId) -> Result<bool, ProjectionError> {
    let sql = "SELECT NOT EXISTS (SELECT FROM accounts WHERE id <> $1)";
    Ok(sqlx::query_scalar(sql).bind(account.0).fetch_one(pool).await?)
}

/// An account.
pub async fn account(pool: &PgPool, account: AccountId) -> Result<Option<AccountRow>, ProjectionError> {
    type Row = (i64, String, String, Option<Json<BusinessHours>>, Json<Quotas>);
    let row: Option<Row> =
        sqlx::query_as("SELECT version, name, time_zone, business_hours, quotas FROM accounts WHERE id = $1")
            .bind(account.0)
            .fetch_optional(pool)
            .await?;
    Ok(row.map(|(version, name, time_zone, business_hours, quotas)| AccountRow {
        id: account,
        version: version.unsigned_abs(),
        name,
        time_zone,
        business_hours: business_hours.map(|hours| hours.0),
        quotas: quotas.0,
    }))
}

/// Every account with its settings: for timers, which go by them.
pub async fn all_settings(pool: &PgPool) -> Result<Vec<(AccountId, Quotas)>, ProjectionError> {
    let rows: Vec<(Uuid, Json<Quotas>)> =
        sqlx::query_as("SELECT id, quotas FROM accounts ORDER BY id").fetch_all(pool).await?;
    Ok(rows.into_iter().map(|(account, quotas)| (AccountId(account), quotas.0)).collect())
}

/// An account's teams by name, at most 1,000.
pub async fn teams(pool: &PgPool, account: AccountId) -> Result<Vec<TeamRow>, ProjectionError> {
    let rows: Vec<(Uuid, String, Option<String>)> =
        sqlx::query_as("SELECT id, name, context FROM teams WHERE account = $1 ORDER BY name, id LIMIT 1000")
            .bind(account.0)
            .fetch_all(pool)
            .await?;
    Ok(rows.into_iter().map(|(id, name, context)| TeamRow { id: TeamId(id), name, context }).collect())
}

/// What the assistant may rely on in a team's sessions.
pub async fn team_context(
    pool: &PgPool,
    account: AccountId,
    team: Option<TeamId>,
) -> Result<Option<String>, ProjectionError> {
    let row: Option<(Option<String>,)> =
        sqlx::query_as("SELECT context FROM teams WHERE account = $1 AND id = $2")
            .bind(account.0)
            .bind(team.map(|team| team.0))
            .fetch_optional(pool)
            .await?;
    Ok(row.and_then(|(context,)| context))
}

/// An account's members by name, those who left included, at most 10,000.
pub async fn members(pool: &PgPool, account: AccountId) -> Result<Vec<MemberRow>, ProjectionError> {
    let rows: Vec<StoredMember> = sqlx::query_as(
        "SELECT account, id, display_name, email, role, teams, active, created_at FROM members
         WHERE account = $1 ORDER BY display_name, id LIMIT 10000",
    )
    .bind(account.0)
    .fetch_all(pool)
    .await?;
    rows.into_iter().map(MemberRow::try_from).collect()
}

/// Who belongs to at least one of these teams of an account, by name, at most 10,000; nobody who left does.
pub async fn members_of_teams(
    pool: &PgPool,
    account: AccountId,
    teams: &[TeamId],
) -> Result<Vec<MemberRow>, ProjectionError> {
    let rows: Vec<StoredMember> = sqlx::query_as(
        "SELECT account, id, display_name, email, role, teams, active, created_at FROM members
         WHERE account = $1 AND teams && $2 ORDER BY display_name, id LIMIT 10000",
    )
    .bind(account.0)
    .bind(teams.iter().map(|team| team.0).collect::<Vec<_>>())
    .fetch_all(pool)
    .await?;
    rows.into_iter().map(MemberRow::try_from).collect()
}

/// Members by id, whoever of them belongs to the account.
pub async fn members_by_id(
    pool: &PgPool,
    account: AccountId,
    ids: &[UserId],
) -> Result<Vec<MemberRow>, ProjectionError> {
    let rows: Vec<StoredMember> = sqlx::query_as(
        "SELECT account, id, display_name, email, role, teams, active, created_at FROM members
         WHERE account = $1 AND id = ANY($2)",
    )
    .bind(account.0)
    .bind(ids.iter().map(|id| id.0).collect::<Vec<_>>())
    .fetch_all(pool)
    .await?;
    rows.into_iter().map(MemberRow::try_from).collect()
}

/// The active member with this id, in whichever account: for a token's `sub`.
pub async fn member(pool: &PgPool, id: UserId) -> Result<Option<MemberRow>, ProjectionError> {
    let row: Option<StoredMember> = sqlx::query_as(
        "SELECT account, id, display_name, email, role, teams, active, created_at FROM members
         WHERE id = $1 AND active",
    )
    .bind(id.0)
    .fetch_optional(pool)
    .await?;
    row.map(MemberRow::try_from).transpose()
}

/// The active members with this e-mail address, in whichever account, at most two: one is an answer, two are not.
pub async fn members_by_email(pool: &PgPool, email: &str) -> Result<Vec<MemberRow>, ProjectionError> {
    let rows: Vec<StoredMember> = sqlx::query_as(
        "SELECT account, id, display_name, email, role, teams, active, created_at FROM members
         WHERE email = $1 AND active LIMIT 2",
    )
    .bind(email.to_lowercase())
    .fetch_all(pool)
    .await?;
    rows.into_iter().map(MemberRow::try_from).collect()
}

#[derive(FromRow)]
struct StoredMember {
    account: Uuid,
    id: Uuid,
    display_name: String,
    email: String,
    role: String,
    teams: Vec<Uuid>,
    active: bool,
    created_at: DateTime<Utc>,
}

impl TryFrom<StoredMember> for MemberRow {
    type Error = ProjectionError;
    fn try_from(row: StoredMember) -> Result<Self, ProjectionError> {
        Ok(Self {
            account: AccountId(row.account),
            id: UserId(row.id),
            display_name: row.display_name,
            email: row.email,
            role: serde_json::from_value(Value::String(row.role))?,
            teams: row.teams.into_iter().map(TeamId).collect(),
            active: row.active,
            created_at: row.created_at,
        })
    }
}
