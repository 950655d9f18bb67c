//! The database: the one that was named, or the private one of the data folder, which is started if it is not running.

use std::sync::Arc;
use std::time::Duration;

use domain::clock::SystemClock;
use event_store::embedded::{Embedded, running_url};
use event_store::options::DatabaseOptions;
use event_store::{EventStore, Log, MasterKey};
use sqlx::PgPool;
use sqlx::postgres::PgConnectOptions;

use crate::failure::Failure;

const MOST_CONNECTIONS: u32 = 4;
const ACQUIRE: Duration = Duration::from_secs(10);

/// An open database.
pub(crate) struct Connection {
    /// Its connections.
    pub(crate) pool: PgPool,
    /// The key that opens what is personal; none if none was given and none lies in the data folder.
    pub(crate) master: Option<MasterKey>,
    own: Option<Embedded>,
}

/// What a command may do to the database.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Access {
    /// Look. The database itself refuses everything else.
    Read,
    /// Change it.
    Write,
}

impl Connection {
    /// Opens the database that the options name.
    pub(crate) async fn open(options: &DatabaseOptions, access: Access) -> anyhow::Result<Self> {
        let (connect, own) = find(options).await?;
        let connect = connect.application_name("flowpilot-replay");
        let connect = match access {
            Access::Read => connect.options([("default_transaction_read_only", "on")]),
            Access::Write => connect,
        };
        let pool = event_store::connections(MOST_CONNECTIONS)
            .acquire_timeout(ACQUIRE)
            .connect_with(connect)
            .await
            .map_err(|error| if is_pooler_refusal(&error) { pooled().into() } else { error.into() })
            .map_err(|error: anyhow::Error| error.context("the database can't be opened"))?;
        if access == Access::Read && !is_read_only(&pool).await? {
            return Err(pooled().into());
        }
        Ok(Self { pool, master: master_key(options)?, own })
    }

    /// The store; without a master key it opens nothing that is personal.
    pub(crate) fn store(&self) -> EventStore {
        let master = self.master.clone().unwrap_or_else(MasterKey::generate);
        EventStore::new(self.pool.clone(), master, Arc::new(SystemClock))
    }

    /// The log.
    pub(crate) fn log(&self) -> Log {
        self.store().log()
    }

    /// Lets the connections go and ends the private server, if it was started here.
    pub(crate) async fn close(self) {
        self.pool.close().await;
        if let Some(own) = self.own {
            own.stop().await;
        }
    }
}

/// A pooler in between may leave out what was asked of the connection, and the database would no longer refuse to change.
async fn is_read_only(pool: &PgPool) -> Result<bool, sqlx::Error> {
    let sql = "SELECT current_setting('default_transaction_read_only')::boolean";
    sqlx::query_scalar(sql).fetch_one(pool).await
}

/// `PgBouncer` does not know the parameter by which a connection is made read-only.
fn is_pooler_refusal(error: &sqlx::Error) -> bool {
    error.as_database_error().is_some_and(|error| error.message().contains("startup parameter"))
}

fn pooled() -> Failure {
    Failure::Usage(
        "behind this address is a connection pooler such as PgBouncer, through which nothing keeps this tool from changing \
         what it only reads: let DATABASE_URL name PostgreSQL itself"
            .to_owned(),
    )
}

async fn find(options: &DatabaseOptions) -> anyhow::Result<(PgConnectOptions, Option<Embedded>)> {
    if let Some(url) = &options.url {
        let connect = url.parse().map_err(|_| {
            Failure::Usage("DATABASE_URL is no address like postgres://user@host/name".to_owned())
        })?;
        return Ok((connect, None));
    }
    let folder = options.postgres.postgres_dir();
    if let Some(url) = running_url(&folder) {
        return Ok((url.parse()?, None));
    }
    if !folder.exists() {
        let folder = folder.display();
        return Err(Failure::NotFound(format!(
            "there is no database in {folder}: name one with DATABASE_URL, or its data folder with --data-dir"
        ))
        .into());
    }
    let own = Embedded::start(options.postgres.settings()).await?;
    Ok((own.connect_options(), Some(own)))
}

/// As the server finds it, except that none is made here: a new one would open nothing.
fn master_key(options: &DatabaseOptions) -> anyhow::Result<Option<MasterKey>> {
    if let Some(key) = options.given_master_key()? {
        return Ok(Some(key));
    }
    let file = options.development_master_key();
    Ok(if file.exists() { Some(MasterKey::load(&file)?) } else { None })
}
