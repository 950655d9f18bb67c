//! How an account's events change its rows.

use domain::access::Role;
use domain::account::event::{
    AccountConfigured, AccountEvent, AccountOpened, MemberAdded, MemberRoleChanged, TeamConfigured,
    TeamCreated,
};
use domain::id::{TeamId, UserId};
use domain::recorded_event::RecordedEvent;
use sqlx::postgres::{PgArguments, PgQueryResult};
use sqlx::query::Query;
use sqlx::types::Json;
use sqlx::{PgConnection, Postgres};
use uuid::Uuid;

use crate::error::ProjectionError;

type Statement<'q> = Query<'q, Postgres, PgArguments>;

/// Accounts change seldom: a statement an event will do, and one for the account's version.
pub(super) async fn fold(
    connection: &mut PgConnection,
    event: &RecordedEvent,
) -> Result<(), ProjectionError> {
    let account = event.metadata.account.0;
    let change = match event.decode::<AccountEvent>()? {
        AccountEvent::Opened(opened) => open(event, opened),
        AccountEvent::Configured(configured) => configure(account, configured),
        AccountEvent::TeamCreated(created) => create_team(event, created),
        AccountEvent::TeamConfigured(configured) => configure_team(account, configured),
        AccountEvent::MemberAdded(added) => add_member(event, added),
        AccountEvent::MemberRoleChanged(changed) => change_role(account, &changed),
        AccountEvent::MemberRemoved(removed) => remove_member(account, removed.user),
    };
    one_row(&change.execute(&mut *connection).await?, event)?;
    let version = sqlx::query("UPDATE accounts SET version = $2 WHERE id = $1 AND version = $2 - 1")
        .bind(account)
        .bind(i64::try_from(event.version).unwrap_or(i64::MAX));
    one_row(&version.execute(connection).await?, event)
}

fn one_row(result: &PgQueryResult, event: &RecordedEvent) -> Result<(), ProjectionError> {
    if result.rows_affected() == 1 {
        return Ok(());
    }
    Err(ProjectionError::Inconsistent(format!("no account that account event {} follows on", event.version)))
}

fn open(event: &RecordedEvent, opened: AccountOpened) -> Statement<'static> {
    sqlx::query(
        "INSERT INTO accounts (id, version, name, time_zone, quotas, created_at) VALUES ($1, 0, $2, $3, $4, $5)",
    )
    .bind(event.metadata.account.0)
    .bind(opened.name)
    .bind(opened.time_zone)
    .bind(Json(opened.quotas))
    .bind(event.metadata.recorded_at)
}

fn configure(account: Uuid, configured: AccountConfigured) -> Statement<'static> {
    sqlx::query(
        "UPDATE accounts SET name = $2, time_zone = $3, business_hours = $4, quotas = $5 WHERE id = $1",
    )
    .bind(account)
    .bind(configured.name)
    .bind(configured.time_zone)
    .bind(configured.business_hours.map(Json))
    .bind(Json(configured.quotas))
}

fn create_team(event: &RecordedEvent, created: TeamCreated) -> Statement<'static> {
    sqlx::query("INSERT INTO teams (account, id, name, created_at) VALUES ($1, $2, $3, $4)")
        .bind(event.metadata.account.0)
        .bind(created.team.0)
        .bind(created.name)
        .bind(event.metadata.recorded_at)
}

fn configure_team(account: Uuid, configured: TeamConfigured) -> Statement<'static> {
    sqlx::query("UPDATE teams SET name = $3, context = $4 WHERE account = $1 AND id = $2")
        .bind(account)
        .bind(configured.team.0)
        .bind(configured.name)
        .bind(configured.context.map(domain::personal::Personal::into_inner))
}

fn add_member(event: &RecordedEvent, added: MemberAdded) -> Statement<'static> {
    sqlx::query(
        "INSERT INTO members (account, id, display_name, email, role, teams, active, created_at)
         VALUES ($1, $2, $3, $4, $5, $6, true, $7)",
    )
    .bind(event.metadata.account.0)
    .bind(added.user.0)
    .bind(added.display_name.into_inner())
    .bind(added.email.into_inner())
    .bind(role_name(added.role))
    .bind(ids(&added.teams))
    .bind(event.metadata.recorded_at)
}

fn change_role(account: Uuid, changed: &MemberRoleChanged) -> Statement<'static> {
    sqlx::query("UPDATE members SET role = $3, teams = $4 WHERE account = $1 AND id = $2")
        .bind(account)
        .bind(changed.user.0)
        .bind(role_name(changed.role))
        .bind(ids(&changed.teams))
}

/// The row stays: sessions name whoever has left.
fn remove_member(account: Uuid, user: UserId) -> Statement<'static> {
    sqlx::query("UPDATE members SET active = false, teams = '{}' WHERE account = $1 AND id = $2")
        .bind(account)
        .bind(user.0)
}

fn ids(teams: &[TeamId]) -> Vec<Uuid> {
    teams.iter().map(|team| team.0).collect()
}

/// The stored name of a role.
fn role_name(role: Role) -> &'static str {
    match role {
        Role::Engineer => "ENGINEER",
        Role::TeamAdmin => "TEAM_ADMIN",
        Role::Analyst => "ANALYST",
        Role::Owner => "OWNER",
        Role::SuperAdmin => "SUPER_ADMIN",
    }
}
