//! How many flows an account offers, by what they are about.

use domain::flow::event::FlowOrigin;
use domain::id::AccountId;
use domain::problem::ProblemDomain;
use serde_json::Value;
use sqlx::PgPool;

use crate::error::ProjectionError;

/// Published flows of a domain, or of none.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Offered {
    /// The domain.
    pub domain: Option<ProblemDomain>,
    /// All of them.
    pub flows: i64,
    /// Those that the flywheel made.
    pub generated: i64,
}

/// Published flows by the domain of their published version.
pub async fn offered(pool: &PgPool, account: AccountId) -> Result<Vec<Offered>, ProjectionError> {
    let rows: Vec<(Option<String>, i64, i64)> = sqlx::query_as(
        "SELECT shown.head ->> 'domain', count(*), count(*) FILTER (WHERE shown.origin = $2)
         FROM flows AS flow JOIN flow_versions AS shown
             ON shown.account = flow.account AND shown.flow = flow.id AND shown.version = flow.published_version
         WHERE flow.account = $1 AND flow.status = 'PUBLISHED' GROUP BY 1 ORDER BY 1",
    )
    .bind(account.0)
    .bind(FlowOrigin::AiGenerated.as_str())
    .fetch_all(pool)
    .await?;
    rows.into_iter()
        .map(|(domain, flows, generated)| {
            let domain = domain.map(|name| serde_json::from_value(Value::String(name))).transpose()?;
            Ok(Offered { domain, flows, generated })
        })
        .collect()
}
