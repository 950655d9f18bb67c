//! A private PostgreSQL for one run of something, gone without a trace afterwards.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use sqlx::postgres::PgConnectOptions;

use super::user::RunAs;
use super::{Binaries, Durability, Embedded, EmbeddedError, Settings, Shim};
use super::{folder, leftovers, lock::FolderLock, off_the_runtime};

const PREFIX: &str = "flowpilot-throwaway-";
/// A folder whose lock is younger may be about to be locked.
const SETTLED: Duration = Duration::from_mins(1);

/// A private PostgreSQL in a temporary folder, in memory when it need not be durable and there is room. Dropping it ends the server and removes the folder.
#[derive(Debug)]
pub struct Throwaway {
    // In this order: first the server ends, then its folder goes.
    server: Embedded,
    _folder: Folder,
}

impl Throwaway {
    /// Starts one. Also clears away those whose program was killed.
    pub async fn start(
        binaries: Binaries,
        shim: Shim,
        durability: Durability,
    ) -> Result<Self, EmbeddedError> {
        let folder = off_the_runtime(move || {
            let run_as = RunAs::choose()?;
            let on_disk = folder::temporary_base(&run_as);
            let in_memory = folder::memory_base(&run_as);
            for base in in_memory.iter().chain([&on_disk]) {
                clear_abandoned(base, &run_as);
            }
            let base = in_memory.filter(|_| durability == Durability::Throwaway).unwrap_or(on_disk);
            // Ours, and PostgreSQL's user may pass through to the cluster.
            let mode = if matches!(run_as, RunAs::Ourselves) { 0o700 } else { 0o711 };
            Ok(Folder(folder::fresh_folder(&base, PREFIX, mode)?))
        })
        .await?;
        let settings = Settings { shim, durability, ..Settings::new(&folder.0, binaries) };
        Ok(Self { server: Embedded::start(settings).await?, _folder: folder })
    }

    /// How to connect to its database.
    pub fn connect_options(&self) -> PgConnectOptions {
        self.server.connect_options()
    }

    /// The same as an address, for `DATABASE_URL`.
    pub fn url(&self) -> String {
        self.server.url()
    }

    /// The server itself.
    pub fn server(&self) -> &Embedded {
        &self.server
    }

    /// Ends the server and removes everything.
    pub async fn stop(self) {
        // The only failure would be a panic of the closure, which the drop would have had as well.
        let _ = tokio::task::spawn_blocking(move || drop(self)).await;
    }
}

#[derive(Debug)]
struct Folder(PathBuf);

impl Drop for Folder {
    fn drop(&mut self) {
        if let Err(error) = fs::remove_dir_all(&self.0) {
            tracing::warn!(folder = %self.0.display(), %error, "the throwaway PostgreSQL's folder is still there");
        }
    }
}

fn clear_abandoned(base: &Path, run_as: &RunAs) {
    let Ok(entries) = fs::read_dir(base) else { return };
    for folder in entries.filter_map(|entry| entry.ok().map(|entry| entry.path())) {
        let ours = folder.file_name().is_some_and(|name| name.to_string_lossy().starts_with(PREFIX))
            && folder::is_private(&folder, rustix::process::geteuid().as_raw());
        if ours {
            clear_if_abandoned(&folder, run_as);
        }
    }
}

/// Best effort: what is in use, or cannot be removed, stays.
fn clear_if_abandoned(folder: &Path, run_as: &RunAs) {
    let settled = fs::metadata(folder.join("flowpilot.lock"))
        .and_then(|lock| lock.modified())
        .is_ok_and(|time| time.elapsed().is_ok_and(|age| age > SETTLED));
    if !settled {
        return;
    }
    let Ok(_lock) = FolderLock::take(folder) else { return };
    let cluster = folder.join("cluster");
    if leftovers::clear(&cluster, &folder::cluster_name(&cluster)).is_ok() {
        if let Some(socket) = folder::recorded_socket(folder)
            && folder::is_private(&socket, run_as.uid())
        {
            let _ = fs::remove_dir_all(socket);
        }
        let _ = fs::remove_dir_all(folder);
    }
}
