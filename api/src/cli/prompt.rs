//! `flowpilot prompt`: shows an operator what a model was asked, by the digest that stands with its calls.
#![expect(clippy::print_stdout, reason = "this is the command line; the prompt is its output")]

use std::process::ExitCode;
use std::sync::Arc;

use anyhow::{Context, bail};
use clap::Args;
use domain::assistant::prompt::PromptHash;
use domain::clock::SystemClock;
use domain::id::AccountId;
use domain::session::view::SessionView;
use event_store::log::Until;
use event_store::store::EventStore;
use projections::assistant_prompts;
use serde_json::Value;
use sqlx::PgPool;

use crate::app::Database;
use crate::config::Options;
use crate::workers::remembering;

/// `flowpilot prompt`
#[derive(Debug, Args)]
pub struct PromptArguments {
    #[command(flatten)]
    options: Options,
    /// The account's id.
    #[arg(long)]
    account: AccountId,
    /// The prompt's digest, as it stands in the table `assistant_calls`.
    hash: PromptHash,
}

impl PromptArguments {
    /// Where the data is.
    pub fn options(&self) -> &Options {
        &self.options
    }
}

/// Runs the sub-command.
pub async fn run(arguments: PromptArguments) -> anyhow::Result<ExitCode> {
    let PromptArguments { options, account, hash } = arguments;
    let database = Database::connect(&options).await?;
    let pool = database.pools.requests.clone();
    let store = EventStore::new(pool.clone(), options.master_key()?, Arc::new(SystemClock));
    let prompt = shown(&pool, &store, account, hash).await;
    database.close().await;
    println!("{:#}", prompt?);
    Ok(ExitCode::SUCCESS)
}

/// The prompt, unless its session hides something since: it would stand here in clear.
pub async fn shown(
    pool: &PgPool,
    store: &EventStore,
    account: AccountId,
    hash: PromptHash,
) -> anyhow::Result<Value> {
    let kept = assistant_prompts::find(pool, account, hash).await?;
    let kept = kept.context("the account has no such prompt")?;
    let events = store.log().stream_of(account, "session", kept.session.0, Until::Now).await?;
    if SessionView::fold(&events)?.is_some_and(|view| !view.masks.is_empty()) {
        bail!("a text was redacted in the prompt's session since; the prompt is not shown any more");
    }
    let prompt = remembering::opened(store, account, hash, &kept).await?;
    prompt.context("the prompt can't be opened: its session's key is gone")
}
