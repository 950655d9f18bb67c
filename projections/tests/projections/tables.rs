//! Every table that projections write, read whole, so that two ways to the same state can be compared byte for byte.

use std::collections::{BTreeMap, BTreeSet};

use sqlx::PgPool;

use crate::world::World;

const OPEN_WORK: &str = "WHERE state = 'ready' ORDER BY sequence";

/// Projection, table, which rows in which order, and what of them is compared.
const TABLES: [(&str, &str, &str, &str); 22] = [
    ("accounts", "accounts", "ORDER BY id", "*"),
    ("accounts", "teams", "ORDER BY id", "*"),
    ("accounts", "members", "ORDER BY id", "*"),
    ("flows", "flows", "ORDER BY id", "*"),
    ("flows", "flow_versions", "ORDER BY flow, version", "*"),
    ("proposals", "proposals", "ORDER BY id", "*"),
    ("proposals", "proposal_supporters", "ORDER BY proposal, session", "*"),
    ("proposals", "session_analyses", "ORDER BY session", "*"),
    ("flow_vectors", "flow_documents", "ORDER BY account, flow, ordinal", "*"),
    ("script_templates", "script_templates", "ORDER BY id", "*"),
    ("script_templates", "script_template_versions", "ORDER BY template, version", "*"),
    ("sessions", "sessions", "ORDER BY id", "*"),
    ("sessions", "session_intakes", "ORDER BY id", "*"),
    ("sessions", "session_steps", "ORDER BY session, ordinal", "*"),
    ("outcomes", "outcome_calendars", "ORDER BY account", "*"),
    ("outcomes", "outcomes", "ORDER BY account, session", "*"),
    ("outcomes", "outcome_starts", "ORDER BY account, day", "*"),
    ("outcomes", "outcome_days", "ORDER BY account, slice, day", "*"),
    ("outcomes", "outcome_weeks", "ORDER BY account, slice, day", "*"),
    ("usage", "usage_zones", "ORDER BY account", "*"),
    ("usage", "usage_days", "ORDER BY account, day", "*"),
    // The rest is the workers' business. What was asked and answered in one batch was no work; in two, it is done work.
    ("work_requests", "work_items", OPEN_WORK, "key, kind, account, lane, payload, correlation, causation"),
];

/// The engine's, the log's, the workers', and the migrations' own.
const NO_READ_MODELS: [&str; 20] = [
    "_sqlx_migrations",
    "assistant_calls",
    "assistant_prompts",
    "assistant_quota_days",
    "assistant_quota_waits",
    "assistant_reservations",
    "commands",
    "data_keys",
    "document_coverage",
    "document_signs",
    "embeddings",
    "events",
    "ledger_blocks",
    "projection_checkpoints",
    "projection_nodes",
    "projection_readers",
    "projection_rebuilds",
    "quarantined_streams",
    "skipped_events",
    "uploads",
];

pub(crate) type Tables = BTreeMap<&'static str, Vec<String>>;

pub(crate) async fn read(pool: &PgPool) -> Tables {
    let mut tables = Tables::new();
    for (_, table, rows, columns) in TABLES {
        let sql = format!("SELECT row_to_json(row)::text FROM (SELECT {columns} FROM {table} {rows}) AS row");
        tables.insert(table, sqlx::query_scalar(&sql).fetch_all(pool).await.unwrap());
    }
    tables
}

/// As if nothing had ever been folded.
pub(crate) async fn forget(pool: &PgPool) {
    let names = TABLES.map(|(_, table, ..)| table).join(", ");
    let sql = format!("TRUNCATE {names}, projection_checkpoints, quarantined_streams RESTART IDENTITY");
    sqlx::query(&sql).execute(pool).await.unwrap();
}

pub(crate) fn assert_same(live: &Tables, anew: &Tables) {
    for (table, rows) in live {
        let other = &anew[table];
        for (one, two) in rows.iter().zip(other) {
            assert_eq!(one, two, "{table}");
        }
        assert_eq!(rows.len(), other.len(), "rows of {table}");
    }
}

#[tokio::test]
async fn every_table_of_the_database_is_compared_or_known_to_be_no_read_model() {
    let world = World::new().await;
    let tables: Vec<String> =
        sqlx::query_scalar("SELECT tablename::text FROM pg_tables WHERE schemaname = 'public'")
            .fetch_all(&world.pool)
            .await
            .unwrap();
    let tables: BTreeSet<&str> = tables.iter().map(String::as_str).collect();
    let known: BTreeSet<&str> = TABLES.iter().map(|(_, table, ..)| *table).chain(NO_READ_MODELS).collect();
    assert_eq!(tables, known);
    let owners: BTreeSet<&str> = TABLES.iter().map(|(projection, ..)| *projection).collect();
    let names = crate::process::names();
    assert_eq!(names.len(), owners.len(), "two projections of one name would share a checkpoint");
    assert_eq!(owners, names.into_iter().collect());
}

#[test]
fn every_read_model_tells_its_tables() {
    for projection in projections::all() {
        let told = projection.tables();
        let compared: Vec<&str> = TABLES
            .iter()
            .filter(|(name, ..)| *name == projection.name())
            .map(|(_, table, ..)| *table)
            .collect();
        // A process manager's rows are the queue's, which the workers change.
        let expected = if projection.name() == "work_requests" { Vec::new() } else { compared };
        assert_eq!(told, expected, "{}", projection.name());
        if let Some(by_stream) = projection.by_stream() {
            assert_eq!(by_stream.tables().iter().map(|table| table.name).collect::<Vec<_>>(), told);
        }
    }
}
