//! When flows last helped: a session matched one and was then resolved.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use domain::id::{AccountId, FlowId};
use sqlx::PgPool;
use uuid::Uuid;

use crate::error::ProjectionError;

/// When each of these flows last helped; those that never did are left out.
pub async fn last_helped(
    pool: &PgPool,
    account: AccountId,
    flows: &[FlowId],
) -> Result<HashMap<FlowId, DateTime<Utc>>, ProjectionError> {
    let rows: Vec<(Uuid, Option<DateTime<Utc>>)> = sqlx::query_as(
        "SELECT wanted.flow, (SELECT max(closed_at) FROM sessions
             WHERE account = $1 AND matched_flow = wanted.flow AND status = 'RESOLVED')
         FROM unnest($2::uuid[]) AS wanted (flow)",
    )
    .bind(account.0)
    .bind(flows.iter().map(|flow| flow.0).collect::<Vec<_>>())
    .fetch_all(pool)
    .await?;
    Ok(rows.into_iter().filter_map(|(flow, at)| Some((FlowId(flow), at?))).collect())
}
