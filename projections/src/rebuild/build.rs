//! One rebuild: rows beside those that serve, from the log's beginning to its end, then indexes, then the swap.

use std::sync::Arc;

use event_store::transaction;
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;

use super::{LOOK, State, checkpoint_of, comparing, in_bulk, of, swap, tables, way_back};
use crate::checkpoint;
use crate::error::ProjectionError;
use crate::projection::Projection;
use crate::runner::{Engine, Following, Runner};
use crate::target::Target;

/// Goes on with a rebuild, whoever began it, until it is done, cancelled or failed. Does nothing while another process has it.
pub(super) async fn go_on(
    engine: &Engine,
    projection: &Arc<dyn Projection>,
    strict: bool,
    stop: &CancellationToken,
) {
    let name = projection.name();
    let ended = tokio::select! {
        ended = build(engine, projection, strict, stop) => ended,
        cancelled = cancelled(engine, name) => {
            clear(engine, name).await;
            tracing::info!(projection.name = name, "a rebuild was cancelled; the old rows serve on");
            cancelled
        }
    };
    match ended {
        Ok(()) => {}
        Err(error) if error.is_passing() || matches!(error, ProjectionError::Fenced(_)) => {
            tracing::warn!(projection.name = name, error = %error, "a rebuild broke off, goes on");
        }
        Err(error) => {
            tracing::error!(projection.name = name, error = %error, "a rebuild failed; the old rows serve on");
            if let Err(error) = fail(engine, name, &error).await {
                tracing::warn!(projection.name = name, error = %error, "that it failed cannot be recorded");
            }
            clear(engine, name).await;
        }
    }
}

async fn build(
    engine: &Engine,
    projection: &Arc<dyn Projection>,
    strict: bool,
    stop: &CancellationToken,
) -> Result<(), ProjectionError> {
    let target = Target::anew(&**projection, strict);
    let Some(mut runner) = Runner::start(engine, projection.clone(), target).await? else {
        return Ok(());
    };
    let renewing = runner.renewing();
    let ended = tokio::select! {
        ended = fold_and_swap(&mut runner, stop) => ended,
        lost = renewing => Err(lost),
    };
    runner.let_go(ended.as_ref().err()).await;
    ended
}

async fn fold_and_swap(runner: &mut Runner<'_>, stop: &CancellationToken) -> Result<(), ProjectionError> {
    let (pool, projection) = (&runner.engine.pool, runner.projection.clone());
    if runner.checkpoint.position.0 == 0 || !tables::are_there(pool, &*projection).await? {
        runner.begin_again().await?;
        tables::create(pool, &*projection).await?;
        match projection.by_stream() {
            Some(by_stream) => in_bulk::fold(runner, by_stream, stop).await?,
            None => tables::add_keys(pool, &*projection).await?,
        }
        if stop.is_cancelled() {
            return Ok(());
        }
    }
    runner.follow(stop, Following::ToTheEnd).await?;
    tables::index(&runner.engine.pool, &*projection).await?;
    let back = of(pool, projection.name()).await?.is_some_and(|rebuild| rebuild.back);
    if !back && !stop.is_cancelled() {
        runner.follow(stop, Following::ToTheEnd).await?;
        comparing::compare(runner, stop).await?;
    }
    while !stop.is_cancelled() {
        // What came in while the indexes were made, or since the last attempt.
        runner.follow(stop, Following::ToTheEnd).await?;
        if swap::try_to(runner).await? {
            return Ok(());
        }
        sleep(LOOK).await;
    }
    Ok(())
}

/// Ends once the rebuild was cancelled.
async fn cancelled(engine: &Engine, name: &str) -> Result<(), ProjectionError> {
    loop {
        sleep(LOOK).await;
        if let Ok(Some(rebuild)) = of(&engine.pool, name).await
            && rebuild.state == State::Cancelled
        {
            return Ok(());
        }
    }
}

async fn fail(engine: &Engine, name: &str, error: &ProjectionError) -> Result<(), ProjectionError> {
    let sql = "UPDATE projection_rebuilds SET state = 'failed', error = $2, ended_at = now()
               WHERE projection = $1 AND state = 'running'";
    sqlx::query(sql).bind(name).bind(error.to_string()).execute(&engine.pool).await?;
    Ok(())
}

/// Throws away what was built; keeps aside what was on its way back.
async fn clear(engine: &Engine, name: &str) {
    let cleared = async {
        let mut transaction = transaction::begin(&engine.pool).await?;
        // Whoever asked anew meanwhile goes on with what is there: it is not to be cleared any more.
        let sql =
            "SELECT back FROM projection_rebuilds WHERE projection = $1 AND state <> 'running' FOR UPDATE";
        let ended: Option<(bool,)> = sqlx::query_as(sql).bind(name).fetch_optional(&mut *transaction).await?;
        match ended {
            Some((true,)) => way_back::put_aside(&mut transaction, name).await?,
            Some((false,)) => {
                tables::drop(&mut transaction, name).await?;
                checkpoint::forget(&mut transaction, &checkpoint_of(name)).await?;
            }
            None => {}
        }
        Ok::<_, ProjectionError>(transaction.commit().await?)
    };
    if let Err(error) = cleared.await {
        tracing::warn!(projection.name = name, error = %error, "what a rebuild left is thrown away by the next one");
    }
}
