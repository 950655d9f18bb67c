//! The places of a private PostgreSQL: its data folder, the cluster in it, its socket, its log.
//!
//! Everything is in the data folder, with two exceptions: the socket, whose path may have no more than a hundred
//! characters, and, when we are root and the user PostgreSQL runs as cannot enter the data folder (it is below /root,
//! say), the cluster itself, to which a symbolic link then leads.

use std::fs::{self, DirBuilder, File};
use std::io;
use std::os::unix::fs::{DirBuilderExt, MetadataExt};
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

use super::error::{Doing, EmbeddedError};
use super::user::RunAs;

/// Where clusters go that cannot be in their data folder.
const ELSEWHERE: &str = "/var/lib/flowpilot";
/// The socket's file name takes another 14 of the 103 bytes that macOS, the strictest, allows.
const LONGEST_SOCKET_FOLDER: usize = 80;
const ENOUGH_MEMORY: u64 = 4 << 30;
const OLD_LOGS: usize = 3;

/// The data folder, made if need be.
pub(super) fn data_folder(path: &Path) -> Result<PathBuf, EmbeddedError> {
    fs::create_dir_all(path).doing("create", path)?;
    fs::canonicalize(path).doing("find", path)
}

/// Where the cluster is or shall be; the folder itself may not be there yet.
pub(super) fn cluster(data: &Path, run_as: &RunAs) -> Result<PathBuf, EmbeddedError> {
    let place = data.join("cluster");
    if let Ok(target) = fs::read_link(&place) {
        if target.parent().is_some_and(Path::is_dir) {
            return Ok(target);
        }
        fs::remove_file(&place).doing("remove", &place)?;
    }
    if run_as.may_enter(data) {
        return Ok(place);
    }
    if place.exists() {
        return Err(run_as.shut_out_of(data));
    }
    let elsewhere = Path::new(ELSEWHERE);
    fs::create_dir_all(elsewhere).doing("create", elsewhere)?;
    if !run_as.may_enter(elsewhere) {
        return Err(run_as.shut_out_of(elsewhere));
    }
    let home = fresh_folder(elsewhere, "cluster-", 0o711)?;
    let target = home.join("cluster");
    std::os::unix::fs::symlink(&target, &place).doing("create", &place)?;
    tracing::warn!(
        cluster = %target.display(), "the user PostgreSQL runs as may not enter the data folder; its files are elsewhere"
    );
    Ok(target)
}

/// A name for the cluster that its processes show in their titles.
pub(super) fn cluster_name(cluster: &Path) -> String {
    let hash = Sha256::digest(cluster.as_os_str().as_encoded_bytes());
    format!("flowpilot-{:02x}{:02x}{:02x}{:02x}", hash[0], hash[1], hash[2], hash[3])
}

/// A folder for the socket that only PostgreSQL's user and root may enter. It is used again at the next start.
pub(super) fn socket(data: &Path, run_as: &RunAs) -> Result<PathBuf, EmbeddedError> {
    let note = socket_note(data);
    if let Some(known) = recorded_socket(data)
        && is_private(&known, run_as.uid())
    {
        return Ok(known);
    }
    let folder = fresh_folder(&temporary_base(run_as), "flowpilot-", 0o700)?;
    run_as.own(&folder)?;
    fs::write(&note, folder.as_os_str().as_encoded_bytes()).doing("write", &note)?;
    Ok(folder)
}

/// The socket folder of the data folder's last start.
pub(super) fn recorded_socket(data: &Path) -> Option<PathBuf> {
    fs::read_to_string(socket_note(data)).ok().map(PathBuf::from)
}

/// Removes what a killed server left in its socket folder. The lock file there names its process id; PostgreSQL would
/// refuse to start while a stranger has that id, or the dead one keeps it because nobody reaps orphans.
pub(super) fn empty_socket(folder: &Path) -> Result<(), EmbeddedError> {
    for entry in fs::read_dir(folder).doing("read", folder)? {
        let file = entry.doing("read", folder)?.path();
        fs::remove_file(&file).doing("remove", &file)?;
    }
    Ok(())
}

/// Removes the socket folder when the server has ended in order.
pub(super) fn remove_socket(data: &Path, folder: &Path) {
    // What is left is found and used again at the next start.
    if fs::remove_dir(folder).is_ok() {
        let _ = fs::remove_file(socket_note(data));
    }
}

fn socket_note(data: &Path) -> PathBuf {
    data.join("socket-folder")
}

/// Anybody may make folders in the temporary folder; one found there is trusted only when nobody else may write in it.
pub(super) fn is_private(folder: &Path, owner: u32) -> bool {
    fs::symlink_metadata(folder)
        .is_ok_and(|found| found.is_dir() && found.uid() == owner && found.mode() & 0o066 == 0)
}

/// The system's folder for temporary files, unless its path is too long or PostgreSQL's user may not enter it.
pub(super) fn temporary_base(run_as: &RunAs) -> PathBuf {
    let usual = std::env::temp_dir();
    let fits = usual.as_os_str().len() + "/flowpilot-0000000-000".len() <= LONGEST_SOCKET_FOLDER;
    if fits && usual.is_absolute() && run_as.may_enter(&usual) { usual } else { PathBuf::from("/tmp") }
}

/// Linux's file system in memory, when it has room to spare (in a container it may be tiny). Making a database writes
/// three hundred files: there it takes 20 ms, on a disk easily 200.
pub(super) fn memory_base(run_as: &RunAs) -> Option<PathBuf> {
    let base = PathBuf::from("/dev/shm");
    let space = rustix::fs::statvfs(&base).ok()?;
    let roomy = space.f_bavail.saturating_mul(space.f_frsize) >= ENOUGH_MEMORY;
    (roomy && run_as.may_enter(&base)).then_some(base)
}

/// A new folder of ours with a name that nobody has taken.
pub(super) fn fresh_folder(parent: &Path, prefix: &str, mode: u32) -> Result<PathBuf, EmbeddedError> {
    let mut number = 0_u32;
    loop {
        let folder = parent.join(format!("{prefix}{}-{number}", std::process::id()));
        match DirBuilder::new().mode(mode).create(&folder) {
            Ok(()) => return Ok(folder),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists && number < 999 => number += 1,
            Err(error) => return Err(error).doing("create", &folder),
        }
    }
}

/// The log file of the present run.
pub(super) fn log_file(data: &Path) -> PathBuf {
    data.join("postgres.log")
}

/// Begins a new log; the last three are kept as `postgres.log.1` and so on.
pub(super) fn rotate_log(data: &Path) -> Result<PathBuf, EmbeddedError> {
    let log = log_file(data);
    let old = |number: usize| data.join(format!("postgres.log.{number}"));
    for number in (1..OLD_LOGS).rev() {
        let _ = fs::rename(old(number), old(number + 1));
    }
    let _ = fs::rename(&log, old(1));
    File::create(&log).doing("create", &log)?;
    Ok(log)
}

/// The last lines of the log, for an error message.
pub(super) fn end_of_log(log: &Path) -> String {
    let text = fs::read(log).map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).unwrap_or_default();
    let lines: Vec<&str> = text.lines().collect();
    lines[lines.len().saturating_sub(5)..].join("\n")
}
