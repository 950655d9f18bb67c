//! Whether every projection that is built anew has the rows that it had when it followed live.

use std::sync::Arc;

use projections::projection::Projection;
use sqlx::PgPool;

use crate::history::History;
use crate::{ours, rate};

/// A table's name, its rows, and a sum over what stands in them.
type Content = (String, i64, String);

/// Lets each projection follow the history, builds it anew, and compares.
pub(crate) async fn every_projection(pool: &PgPool, history: &History) {
    println!("{} events of {} sessions, simulated", history.events, history.sessions);
    let (live, anew) = (projections::all(), projections::all());
    for (live, anew) in live.iter().zip(&anew).filter(|(it, _)| !it.tables().is_empty()) {
        let followed = ours::follow_live(pool, history, live).await;
        let served = content(pool, live).await;
        let (rebuilt, _) = ours::rebuild(pool, history, anew).await;
        let serving = content(pool, anew).await;
        println!(
            "{:<18} live {}, anew {}, {} rows",
            live.name(),
            rate(history.events, followed),
            rate(history.events, rebuilt),
            serving.iter().map(|(_, rows, _)| rows).sum::<i64>()
        );
        assert_eq!(served, serving, "{} is not what it was", live.name());
    }
    println!("every projection has the same rows");
}

async fn content(pool: &PgPool, projection: &Arc<dyn Projection>) -> Vec<Content> {
    let mut content = Vec::new();
    for table in projection.tables() {
        let sql = format!(
            "SELECT count(*), coalesce(sum(hashtextextended(it::text, 0)), 0)::text FROM public.{table} AS it"
        );
        let (rows, sum) = sqlx::query_as(&sql).fetch_one(pool).await.unwrap();
        content.push(((*table).to_owned(), rows, sum));
    }
    content
}
