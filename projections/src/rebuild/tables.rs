//! The tables of a rebuild: the same as those that serve, name by name, in a schema of their own. Indexes come last.

use event_store::transaction;
use sqlx::{Executor, PgConnection, PgPool};

use super::schema;
use crate::error::ProjectionError;
use crate::projection::Projection;

/// Makes the tables, empty, without keys and indexes.
pub(super) async fn create(pool: &PgPool, projection: &dyn Projection) -> Result<(), ProjectionError> {
    let schema = schema(projection.name());
    end_others(pool, &schema).await?;
    let mut transaction = transaction::begin(pool).await?;
    transaction
        .execute(format!("DROP SCHEMA IF EXISTS {schema} CASCADE; CREATE SCHEMA {schema}").as_str())
        .await?;
    for table in projection.tables() {
        // Everything but indexes, and so but keys: these are made later, by their names.
        let like =
            format!("CREATE TABLE {schema}.{table} (LIKE public.{table} INCLUDING ALL EXCLUDING INDEXES)");
        transaction.execute(like.as_str()).await?;
        let settings: Option<(Option<String>,)> =
            sqlx::query_as("SELECT array_to_string(reloptions, ', ') FROM pg_class WHERE oid = format('public.%I', $1)::regclass")
                .bind(table)
                .fetch_optional(&mut *transaction)
                .await?;
        if let Some((Some(settings),)) = settings.filter(|(it,)| it.as_ref().is_some_and(|it| !it.is_empty()))
        {
            transaction.execute(format!("ALTER TABLE {schema}.{table} SET ({settings})").as_str()).await?;
        }
    }
    transaction.commit().await?;
    Ok(())
}

/// Ends the transactions of those who still write these tables: they lost the rebuild, may be frozen in the midst of a copy,
/// and would let nobody begin anew. Whoever reads them, a backup say, is waited for.
async fn end_others(pool: &PgPool, schema: &str) -> Result<(), ProjectionError> {
    let sql = "SELECT count(pg_terminate_backend(pid)) FROM (
                   SELECT DISTINCT pid FROM pg_locks JOIN pg_class ON pg_class.oid = relation
                   WHERE database = (SELECT oid FROM pg_database WHERE datname = current_database())
                     AND relnamespace = to_regnamespace($1) AND mode = 'RowExclusiveLock') AS other";
    let ended: i64 = sqlx::query_scalar(sql).bind(schema).fetch_one(pool).await?;
    if ended > 0 {
        tracing::warn!(schema, ended, "whoever had this rebuild before was still at it");
    }
    Ok(())
}

/// Gives the tables the keys that folding needs.
pub(super) async fn add_keys(pool: &PgPool, projection: &dyn Projection) -> Result<(), ProjectionError> {
    let schema = schema(projection.name());
    let mut transaction = transaction::begin(pool).await?;
    for table in projection.tables() {
        let keys: Vec<(String, String)> = sqlx::query_as(
            "SELECT conname::text, pg_get_constraintdef(oid) FROM pg_constraint
             WHERE conrelid = format('public.%I', $1)::regclass AND contype IN ('p', 'u') ORDER BY conname",
        )
        .bind(table)
        .fetch_all(&mut *transaction)
        .await?;
        for (name, definition) in keys {
            let key = format!("ALTER TABLE {schema}.{table} ADD CONSTRAINT \"{name}\" {definition}");
            transaction.execute(key.as_str()).await?;
        }
    }
    transaction.commit().await?;
    Ok(())
}

/// Whether a rebuild that broke off left its tables.
pub(super) async fn are_there(pool: &PgPool, projection: &dyn Projection) -> Result<bool, ProjectionError> {
    let sql = "SELECT count(*) FROM pg_tables WHERE schemaname = $1 AND tablename = ANY($2)";
    let there: i64 = sqlx::query_scalar(sql)
        .bind(schema(projection.name()))
        .bind(projection.tables())
        .fetch_one(pool)
        .await?;
    Ok(usize::try_from(there) == Ok(projection.tables().len()))
}

/// Makes the indexes that are not there yet, by the names that they have where the old rows are.
pub(super) async fn index(pool: &PgPool, projection: &dyn Projection) -> Result<(), ProjectionError> {
    let schema = schema(projection.name());
    let missing: Vec<(String, String)> = sqlx::query_as(
        "SELECT tablename::text, indexdef FROM pg_indexes AS old
         WHERE schemaname = 'public' AND tablename = ANY($2) AND NOT EXISTS (
             SELECT FROM pg_indexes AS new WHERE new.schemaname = $1 AND new.indexname = old.indexname)
         ORDER BY tablename, indexname",
    )
    .bind(&schema)
    .bind(projection.tables())
    .fetch_all(pool)
    .await?;
    for (table, definition) in missing {
        let definition =
            definition.replacen(&format!(" ON public.{table} "), &format!(" ON {schema}.{table} "), 1);
        pool.execute(definition.as_str()).await?;
    }
    for table in projection.tables() {
        pool.execute(format!("ANALYZE {schema}.{table}").as_str()).await?;
    }
    Ok(())
}

/// Throws the tables away.
pub(super) async fn drop(connection: &mut PgConnection, projection: &str) -> Result<(), ProjectionError> {
    connection.execute(format!("DROP SCHEMA IF EXISTS {} CASCADE", schema(projection)).as_str()).await?;
    Ok(())
}
