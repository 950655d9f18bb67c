//! The database cluster: how it is made and with which settings it runs.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use sqlx::postgres::{PgConnectOptions, PgSslMode};
use sqlx::{ConnectOptions, Connection, Executor, PgConnection};

use super::binaries::Programs;
use super::error::{Doing, EmbeddedError};
use super::folder;
use super::user::RunAs;

/// The superuser, and the database that is made for us.
pub(super) const USER: &str = "flowpilot";
pub(super) const DATABASE: &str = "flowpilot";
/// Names the socket's file; nothing listens on this port.
const PORT: u16 = 5432;

/// Whether what is committed must survive a crash.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Durability {
    /// Every commit is on disk before it is acknowledged.
    Durable,
    /// Quick and forgetful: for data that is thrown away anyhow.
    Throwaway,
}

/// Makes the cluster unless it is there. An interrupted making leaves nothing that would be taken for a cluster.
pub(super) fn make(
    programs: &Programs,
    cluster: &Path,
    run_as: &RunAs,
    durability: Durability,
) -> Result<(), EmbeddedError> {
    if let Ok(version) = fs::read_to_string(cluster.join("PG_VERSION")) {
        return check_version(version.trim(), programs.major, cluster);
    }
    let unfinished = cluster.with_extension("unfinished");
    if unfinished.exists() {
        fs::remove_dir_all(&unfinished).doing("remove", &unfinished)?;
    }
    fs::create_dir(&unfinished).doing("create", &unfinished)?;
    run_as.own(&unfinished)?;
    initdb(programs, &unfinished, run_as, durability)?;
    let access = unfinished.join("pg_hba.conf");
    // The socket's folder is the lock on the door: nobody else may enter it.
    fs::write(&access, "local all all trust\n").doing("write", &access)?;
    fs::rename(&unfinished, cluster).doing("create", cluster)
}

fn check_version(found: &str, installed: u32, cluster: &Path) -> Result<(), EmbeddedError> {
    if found == installed.to_string() {
        return Ok(());
    }
    Err(EmbeddedError::OtherVersion { folder: cluster.to_owned(), found: found.to_owned(), installed })
}

fn initdb(
    programs: &Programs,
    into: &Path,
    run_as: &RunAs,
    durability: Durability,
) -> Result<(), EmbeddedError> {
    let program = programs.bin.join("initdb");
    let mut command = Command::new(&program);
    command.arg("-D").arg(into).args([
        "--username",
        USER,
        "--auth",
        "trust",
        "--encoding",
        "UTF8",
        "--locale",
        "C",
    ]);
    if programs.major >= 17 {
        command.args(["--locale-provider", "builtin", "--builtin-locale", "C.UTF-8"]);
    }
    command.args(["--no-instructions", "--data-checksums"]);
    if durability == Durability::Throwaway {
        command.arg("--no-sync");
    }
    clean_environment(&mut command);
    run_as.apply(&mut command);
    let output = command.stdin(Stdio::null()).output().doing("run", &program)?;
    if output.status.success() {
        return Ok(());
    }
    let said = String::from_utf8_lossy(&output.stderr).trim().to_owned();
    Err(EmbeddedError::NotMade { folder: into.to_owned(), output: said })
}

/// Our environment may hold secrets, and PG… variables that would change what PostgreSQL does.
pub(super) fn clean_environment(command: &mut Command) {
    command.env_clear().env("PATH", "/usr/bin:/bin").env("LC_ALL", "C").env("TZ", "UTC").current_dir("/");
}

/// The arguments of `postgres`.
pub(super) fn arguments(cluster: &Path, socket: &Path, durability: Durability) -> Vec<String> {
    let mut arguments = vec![String::from("-D"), cluster.display().to_string()];
    let mut set = |name: &str, value: &str| arguments.extend([String::from("-c"), format!("{name}={value}")]);
    set("cluster_name", &folder::cluster_name(cluster));
    set("listen_addresses", "");
    set("unix_socket_directories", &socket.display().to_string());
    set("unix_socket_permissions", "0700");
    set("port", &PORT.to_string());
    set("timezone", "UTC");
    set("log_timezone", "UTC");
    set("shared_buffers", "128MB");
    set("min_wal_size", "80MB");
    // Short statements on small data: compiling them would cost more than it saves.
    set("jit", "off");
    // Standard error is our log file. Statements, and errors, which quote values, stay out of it: they hold what
    // people wrote.
    set("logging_collector", "off");
    set("log_min_messages", "log");
    set("log_min_error_statement", "panic");
    set("log_checkpoints", "off");
    set("log_error_verbosity", "terse");
    match durability {
        Durability::Durable => {
            set("max_connections", "100");
            set("max_wal_size", "1GB");
            for name in ["fsync", "synchronous_commit", "full_page_writes"] {
                set(name, "on");
            }
        }
        Durability::Throwaway => {
            set("max_connections", "300");
            set("max_wal_size", "256MB");
            for name in ["fsync", "synchronous_commit", "full_page_writes"] {
                set(name, "off");
            }
        }
    }
    arguments
}

/// How to reach a database of the cluster.
pub(super) fn connect_options(socket: &Path, database: &str) -> PgConnectOptions {
    PgConnectOptions::new_without_pgpass()
        .socket(socket)
        .port(PORT)
        .username(USER)
        .database(database)
        .ssl_mode(PgSslMode::Disable)
}

/// The same as an address that libpq's programs understand as well.
pub(super) fn url(socket: &Path, database: &str) -> String {
    let socket = socket.display().to_string().replace('%', "%25").replace(' ', "%20");
    format!("postgres:///{database}?host={socket}&port={PORT}&user={USER}&sslmode=disable")
}

/// Where the socket's file is.
pub(super) fn socket_file(socket: &Path) -> PathBuf {
    socket.join(format!(".s.PGSQL.{PORT}"))
}

/// One try to reach the server.
pub(super) async fn connect(socket: &Path, database: &str) -> Result<PgConnection, sqlx::Error> {
    connect_options(socket, database).disable_statement_logging().connect().await
}

/// Makes our database unless it is there.
pub(super) async fn make_database(socket: &Path) -> Result<(), sqlx::Error> {
    let mut connection = connect(socket, "postgres").await?;
    let there: bool = sqlx::query_scalar("SELECT EXISTS (SELECT 1 FROM pg_database WHERE datname = $1)")
        .bind(DATABASE)
        .fetch_one(&mut connection)
        .await?;
    if !there {
        connection.execute(format!("CREATE DATABASE {DATABASE}").as_str()).await?;
    }
    connection.close().await
}
