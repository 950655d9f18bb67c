//! A private PostgreSQL that lives in a data folder and ends with the program: the default, with nothing installed.
//!
//! It is a real server with real durability, on a Unix socket that nobody else may reach. One folder serves one
//! program at a time. As root, whom PostgreSQL refuses, it runs as an ordinary user.

mod binaries;
mod cluster;
mod error;
mod folder;
mod leftovers;
mod lock;
mod shim;
mod supervisor;
mod throwaway;
mod user;

use std::path::{Path, PathBuf};
use std::time::Duration;

use sqlx::postgres::PgConnectOptions;
use tokio::time::Instant;

pub use binaries::{Binaries, Programs};
pub use cluster::Durability;
pub use error::EmbeddedError;
pub use shim::{Shim, become_program};
pub use throwaway::Throwaway;

use lock::FolderLock;
use supervisor::{Job, Supervisor};
use user::RunAs;

/// Between two tries to reach the server that is coming up.
const POLL: Duration = Duration::from_millis(10);

/// What a private PostgreSQL needs to know.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Where it keeps its data, its log and its lock. Made if need be.
    pub data_dir: PathBuf,
    /// Where its programs come from.
    pub binaries: Binaries,
    /// How it is tied to our life.
    pub shim: Shim,
    /// Whether commits must survive a crash.
    pub durability: Durability,
    /// How long it may take to answer; after a crash of the machine it has to catch up first.
    pub patience: Duration,
}

impl Settings {
    /// Durable, tied to our life by `setpriv` where there is one.
    pub fn new(data_dir: impl Into<PathBuf>, binaries: Binaries) -> Self {
        Self {
            data_dir: data_dir.into(),
            binaries,
            shim: Shim::System,
            durability: Durability::Durable,
            patience: Duration::from_mins(5),
        }
    }
}

/// A running private PostgreSQL. Dropping it ends the server and waits for that; [`Embedded::stop`] does so without
/// blocking.
#[derive(Debug)]
pub struct Embedded {
    data: PathBuf,
    socket: PathBuf,
    log: PathBuf,
    programs: Programs,
    supervisor: Supervisor,
    // Last, so that the folder is free only when the server is gone.
    _lock: FolderLock,
}

impl Embedded {
    /// Starts the server on its folder, making the cluster and the database on the first start, and ends what an
    /// earlier, killed program may have left running there.
    pub async fn start(settings: Settings) -> Result<Self, EmbeddedError> {
        let patience = settings.patience;
        let embedded = off_the_runtime(move || Self::prepare(&settings)).await?;
        embedded.wait_until_up(patience).await?;
        Ok(embedded)
    }

    /// How to connect to the database made for us.
    pub fn connect_options(&self) -> PgConnectOptions {
        cluster::connect_options(&self.socket, cluster::DATABASE)
    }

    /// The same as an address, for `DATABASE_URL` and for `psql`.
    pub fn url(&self) -> String {
        cluster::url(&self.socket, cluster::DATABASE)
    }

    /// The folder it lives in.
    pub fn data_dir(&self) -> &Path {
        &self.data
    }

    /// The programs it runs with.
    pub fn programs(&self) -> &Programs {
        &self.programs
    }

    /// The process id of the server, unless it is just being started again.
    pub fn pid(&self) -> Option<i32> {
        self.supervisor.pid()
    }

    /// Waits until the server has ended for good although nobody asked: it is started again after an accident, but
    /// not for ever.
    pub async fn failed(&self) -> EmbeddedError {
        let why = self.supervisor.ended().await;
        self.not_up(why.unwrap_or_else(|| String::from("it was told to end")))
    }

    /// Ends the server in order.
    pub async fn stop(self) {
        // The only failure would be a panic of the closure, which the drop would have had as well.
        let _ = tokio::task::spawn_blocking(move || drop(self)).await;
    }

    fn prepare(settings: &Settings) -> Result<Self, EmbeddedError> {
        let run_as = RunAs::choose()?;
        let data = folder::data_folder(&settings.data_dir)?;
        let lock = FolderLock::take(&data)?;
        let programs = settings.binaries.ensure_for(&run_as)?;
        let cluster = folder::cluster(&data, &run_as)?;
        cluster::make(&programs, &cluster, &run_as, settings.durability)?;
        let socket = folder::socket(&data, &run_as)?;
        let log = folder::rotate_log(&data)?;
        let supervisor = Supervisor::begin(Job {
            program: programs.bin.join("postgres"),
            cluster,
            socket: socket.clone(),
            log: log.clone(),
            run_as,
            shim: settings.shim.clone(),
            durability: settings.durability,
        })?;
        Ok(Self { data, socket, log, programs, supervisor, _lock: lock })
    }

    async fn wait_until_up(&self, patience: Duration) -> Result<(), EmbeddedError> {
        let deadline = Instant::now() + patience;
        loop {
            let refusal = match cluster::make_database(&self.socket).await {
                Ok(()) => break,
                Err(refusal) => refusal,
            };
            if !is_coming_up(&refusal) {
                return Err(refusal.into());
            }
            tokio::select! {
                _ = self.supervisor.ended() => return Err(self.not_up(folder::end_of_log(&self.log))),
                () = tokio::time::sleep(POLL) => {}
            }
            if Instant::now() > deadline {
                return Err(self.not_up(format!("no answer after {} s ({refusal})", patience.as_secs())));
            }
        }
        self.supervisor.proven();
        Ok(())
    }

    fn not_up(&self, detail: String) -> EmbeddedError {
        EmbeddedError::NotUp { detail, log: self.log.clone() }
    }
}

impl Drop for Embedded {
    fn drop(&mut self) {
        self.supervisor.stop();
        folder::remove_socket(&self.data, &self.socket);
    }
}

/// The address of the server that runs on a data folder just now, whoever started it.
pub fn running_url(data_dir: &Path) -> Option<String> {
    let socket = folder::recorded_socket(data_dir)?;
    // The socket's file is there exactly as long as a server, unless that was killed.
    std::os::unix::net::UnixStream::connect(cluster::socket_file(&socket)).ok()?;
    Some(cluster::url(&socket, cluster::DATABASE))
}

/// No socket yet, nobody behind it yet, or "the database system is starting up".
fn is_coming_up(refusal: &sqlx::Error) -> bool {
    match refusal {
        sqlx::Error::Io(_) => true,
        sqlx::Error::Database(error) => error.code().is_some_and(|code| code == "57P03"),
        _ => false,
    }
}

async fn off_the_runtime<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, EmbeddedError> + Send + 'static,
) -> Result<T, EmbeddedError> {
    match tokio::task::spawn_blocking(work).await {
        Ok(result) => result,
        Err(error) => std::panic::resume_unwind(error.into_panic()),
    }
}
