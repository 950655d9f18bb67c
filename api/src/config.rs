//! Configuration: flags and environment, read once and checked as a whole.

mod assistant;
mod embedding;
mod key;
mod local_model;

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, bail};
pub use assistant::{AssistantKind, AssistantOptions};
use clap::{Args, ValueEnum};
pub use embedding::{EmbedderKind, EmbeddingOptions};
use event_store::sealing::MasterKey;

use crate::auth::token::Secret;
use crate::postgres_command::PostgresOptions;

/// Fewest bytes of a signing secret outside development mode.
const SHORTEST_SECRET: usize = 32;

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
    /// The private PostgreSQL and the data folder.
    #[command(flatten)]
    pub postgres: PostgresOptions,

    /// A PostgreSQL 15 or newer with pgvector. Without it a private one is started in the data folder.
    #[arg(long, env = "DATABASE_URL", value_name = "URL", hide_env_values = true)]
    pub database_url: Option<String>,

    /// Most connections to the database.
    #[arg(long, env = "FLOWPILOT_DATABASE_CONNECTIONS", default_value_t = 16, value_name = "N",
          value_parser = clap::value_parser!(u32).range(4..=500))]
    pub database_connections: u32,

    /// Development makes its own secrets and serves loopback only; production wants them given.
    #[arg(long, env = "FLOWPILOT_MODE", value_enum, default_value_t = Mode::Development)]
    pub mode: Mode,

    /// The secret that signs tokens (HS256), at least 32 bytes. In development made in the data folder.
    #[arg(long, env = "FLOWPILOT_JWT_SECRET", value_name = "SECRET", hide_env_values = true)]
    pub jwt_secret: Option<String>,

    /// The issuer that tokens must name (iss).
    #[arg(long, env = "FLOWPILOT_JWT_ISSUER", default_value = "flowpilot", value_name = "NAME")]
    pub jwt_issuer: String,

    /// The audience that tokens must name (aud).
    #[arg(long, env = "FLOWPILOT_JWT_AUDIENCE", default_value = "flowpilot", value_name = "NAME")]
    pub jwt_audience: String,

    /// The key that wraps all data keys: 32 bytes as hex or base64. In development made in the data folder.
    #[arg(
        long,
        env = "FLOWPILOT_MASTER_KEY",
        value_name = "KEY",
        hide_env_values = true,
        conflicts_with = "master_key_file"
    )]
    pub master_key: Option<String>,

    /// The same, from a file.
    #[arg(long, env = "FLOWPILOT_MASTER_KEY_FILE", value_name = "FILE")]
    pub master_key_file: Option<PathBuf>,

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

    /// Who turns texts into vectors.
    #[command(flatten)]
    pub embedding: EmbeddingOptions,
}

impl Options {
    /// The secret that signs tokens, and whom tokens must name.
    pub fn jwt_secret(&self) -> anyhow::Result<Secret> {
        let bytes = match (&self.jwt_secret, self.mode) {
            (Some(secret), Mode::Production) if secret.len() < SHORTEST_SECRET => {
                bail!(
                    "FLOWPILOT_JWT_SECRET has {} bytes; production wants at least {SHORTEST_SECRET}",
                    secret.len()
                )
            }
            (Some(secret), _) => secret.clone().into_bytes(),
            (None, Mode::Production) => {
                bail!("production needs FLOWPILOT_JWT_SECRET (at least {SHORTEST_SECRET} bytes)")
            }
            (None, Mode::Development) => development_secret(self.postgres.data_dir())?,
        };
        Ok(Secret { bytes, issuer: self.jwt_issuer.clone(), audience: self.jwt_audience.clone() })
    }

    /// The key that wraps all data keys.
    pub fn master_key(&self) -> anyhow::Result<MasterKey> {
        match (&self.master_key, &self.master_key_file, self.mode) {
            (Some(text), _, _) => MasterKey::parse(text).context("FLOWPILOT_MASTER_KEY"),
            (None, Some(file), _) => {
                let text = std::fs::read_to_string(file)
                    .with_context(|| format!("cannot read the master key from {}", file.display()))?;
                MasterKey::parse(text.trim()).with_context(|| format!("the master key in {}", file.display()))
            }
            (None, None, Mode::Development) => {
                private_folder(self.postgres.data_dir())?;
                Ok(MasterKey::load_or_create(&self.postgres.data_dir().join("master.key"))?)
            }
            (None, None, Mode::Production) => {
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

/// A secret of the data folder, made on first use.
fn development_secret(data_dir: &Path) -> anyhow::Result<Vec<u8>> {
    private_folder(data_dir)?;
    let file = data_dir.join("jwt.secret");
    MasterKey::load_or_create(&file)?;
    std::fs::read(&file).with_context(|| format!("cannot read {}", file.display()))
}

fn private_folder(folder: &Path) -> anyhow::Result<()> {
    std::fs::create_dir_all(folder)
        .with_context(|| format!("cannot make the data folder {}", folder.display()))
}
