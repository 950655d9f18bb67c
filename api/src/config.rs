//! Configuration: flags and environment, read once and checked as a whole.

mod assistant;
mod attachments;
mod rates;
mod tokens;

use std::net::SocketAddr;
use std::path::Path;
use std::time::Duration;

use anyhow::{Context, bail};
pub use assistant::{AssistantKind, AssistantOptions};
pub use attachments::AttachmentOptions;
use clap::{Args, ValueEnum};
use event_store::options::DatabaseOptions;
use event_store::sealing::MasterKey;
use integrations::embedding::options::EmbeddingOptions;
pub use rates::RateOptions;
pub use tokens::TokenOptions;

use crate::auth::token::Secret;
use crate::auth::trust::Trust;

/// What everybody may do without a word, and what must be said.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Mode {
    /// On one's own machine: secrets are made in the data folder, and only loopback is served.
    Development,
    /// For others: every secret must be given.
    Production,
}

/// How log lines look.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum LogFormat {
    /// For people.
    Text,
    /// One object a line.
    Json,
}

/// Where the data is, and how the program behaves: common to all sub-commands that need the database.
#[derive(Debug, Clone, Args)]
pub struct Options {
    /// The database and its key.
    #[command(flatten)]
    pub database: DatabaseOptions,

    /// Most connections to the database.
    #[arg(long, env = "FLOWPILOT_DATABASE_CONNECTIONS", default_value_t = 16, value_name = "N",
          value_parser = clap::value_parser!(u32).range(4..=500))]
    pub database_connections: u32,

    /// Development makes its own secrets and serves loopback only; production wants them given.
    #[arg(long, env = "FLOWPILOT_MODE", value_enum, default_value_t = Mode::Development)]
    pub mode: Mode,

    /// Whose tokens are believed.
    #[command(flatten)]
    pub tokens: TokenOptions,

    /// Log lines for people or for machines; they go to standard error.
    #[arg(long, env = "FLOWPILOT_LOG_FORMAT", value_enum, default_value_t = LogFormat::Text)]
    pub log_format: LogFormat,

    /// What is logged, e.g. `info` or `warn,api=debug`.
    #[arg(long, env = "FLOWPILOT_LOG", default_value = "info,sqlx=warn", value_name = "FILTER")]
    pub log: String,
}

/// What `serve` and `demo` need beyond that.
#[derive(Debug, Clone, Args)]
pub struct ServeOptions {
    /// Where to listen.
    #[arg(long, env = "FLOWPILOT_ADDR", default_value = "127.0.0.1:8080", value_name = "ADDRESS")]
    pub addr: SocketAddr,

    /// How long startSession and answerStep wait for the next step before they return with THINKING.
    #[arg(long, env = "FLOWPILOT_STEP_WAIT_MS", default_value_t = 5000, value_name = "MS",
          value_parser = clap::value_parser!(u64).range(0..=30_000))]
    pub step_wait_ms: u64,

    /// How long a request waits for the projections that its X-Min-Position asks for.
    #[arg(long, env = "FLOWPILOT_FRESHNESS_WAIT_MS", default_value_t = 2000, value_name = "MS",
          value_parser = clap::value_parser!(u64).range(0..=30_000))]
    pub freshness_wait_ms: u64,

    /// How many steps may be made at once. Without it 32, or 256 with a model, which is mostly waited for.
    #[arg(long, env = "FLOWPILOT_DIAGNOSE_WORKERS", value_name = "N",
          value_parser = clap::value_parser!(u32).range(1..=1000))]
    pub diagnose_workers: Option<u32>,

    /// Who makes the steps.
    #[command(flatten)]
    pub assistant: AssistantOptions,

    /// Requests a minute.
    #[command(flatten)]
    pub rates: RateOptions,

    /// Where attachments are kept.
    #[command(flatten)]
    pub attachments: AttachmentOptions,

    /// Who turns texts into vectors.
    #[command(flatten)]
    pub embedding: EmbeddingOptions,
}

impl Options {
    /// The folder of everything that is kept on this machine.
    pub fn data_dir(&self) -> &Path {
        self.database.postgres.data_dir()
    }

    /// Whose tokens are believed.
    pub fn trust(&self) -> anyhow::Result<Trust> {
        self.tokens.trust(self.mode, self.data_dir())
    }

    /// The secret that signs tokens, and whom tokens must name.
    pub fn jwt_secret(&self) -> anyhow::Result<Secret> {
        self.tokens.secret(self.mode, self.data_dir())
    }

    /// The key that wraps all data keys.
    pub fn master_key(&self) -> anyhow::Result<MasterKey> {
        match (self.database.given_master_key()?, self.mode) {
            (Some(key), _) => Ok(key),
            (None, Mode::Development) => {
                private_folder(self.database.postgres.data_dir())?;
                Ok(MasterKey::load_or_create(&self.database.development_master_key())?)
            }
            (None, Mode::Production) => {
                bail!(
                    "production needs FLOWPILOT_MASTER_KEY or FLOWPILOT_MASTER_KEY_FILE (32 bytes, e.g. openssl rand -hex 32)"
                )
            }
        }
    }
}

impl ServeOptions {
    /// Development serves loopback only: its secrets lie in a folder, and anybody there can make tokens.
    pub fn check(&self, mode: Mode) -> anyhow::Result<()> {
        if mode == Mode::Development && !self.addr.ip().is_loopback() {
            bail!(
                "development mode serves loopback only, not {}; set FLOWPILOT_MODE=production for more",
                self.addr
            );
        }
        Ok(())
    }

    /// How many steps may be made at once.
    pub fn diagnose_workers(&self) -> u32 {
        let default = if self.assistant.assistant == AssistantKind::Playbook { 32 } else { 256 };
        self.diagnose_workers.unwrap_or(default)
    }

    /// How long to wait for a step.
    pub fn step_wait(&self) -> Duration {
        Duration::from_millis(self.step_wait_ms)
    }

    /// How long to wait for projections.
    pub fn freshness_wait(&self) -> Duration {
        Duration::from_millis(self.freshness_wait_ms)
    }
}

/// Makes the data folder.
fn private_folder(folder: &Path) -> anyhow::Result<()> {
    std::fs::create_dir_all(folder)
        .with_context(|| format!("cannot make the data folder {}", folder.display()))
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Parser)]
    struct Line {
        #[command(flatten)]
        options: Options,
        #[command(flatten)]
        serve: ServeOptions,
    }

    fn line(arguments: &[&str]) -> Line {
        Line::try_parse_from(std::iter::once(&"flowpilot").chain(arguments)).unwrap()
    }

    // Rule 11.6.
    #[test]
    fn development_serves_loopback_only() {
        let addresses = [
            ("127.0.0.1:80", true),
            ("[::1]:80", true),
            ("0.0.0.0:80", false),
            ("[::]:80", false),
            ("192.0.2.1:80", false),
        ];
        for (address, is_loopback) in addresses {
            let serve = line(&["--addr", address]).serve;
            assert_eq!(serve.check(Mode::Development).is_ok(), is_loopback, "{address}");
            assert!(serve.check(Mode::Production).is_ok(), "{address}");
        }
    }

    #[test]
    fn production_makes_no_key_of_its_own() {
        let options = line(&["--mode", "production"]).options;
        let refused = options.master_key().err().unwrap().to_string();
        assert!(refused.contains("FLOWPILOT_MASTER_KEY"), "{refused}");
    }
}
