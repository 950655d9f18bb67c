//! Processes of an earlier run that still hold the cluster: found by their command lines, ended in order.
//!
//! After a `kill -9` of the server its PostgreSQL is told to end by the operating system (on Linux) or runs on
//! (elsewhere); after a `kill -9` of PostgreSQL itself its backends need a moment to notice. A new PostgreSQL refuses
//! to start while any of them is there. `postmaster.pid` alone is no proof: its process id may be a stranger's by now.

use std::fs;
use std::path::Path;
#[cfg(not(target_os = "linux"))]
use std::process::Command;
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};

use super::error::{Doing, EmbeddedError};

const POLL: Duration = Duration::from_millis(10);
/// Signal, and how long it is given. Fast shutdown writes a checkpoint, hence the patience.
const STEPS: [(Signal, Duration); 3] = [
    (Signal::INT, Duration::from_secs(30)),
    (Signal::QUIT, Duration::from_secs(5)),
    (Signal::KILL, Duration::from_secs(5)),
];

/// Ends whatever still runs on the cluster, and clears the file that would keep a new server from starting.
pub(super) fn clear(cluster: &Path, name: &str) -> Result<(), EmbeddedError> {
    for (signal, patience) in STEPS {
        let Some(first) = processes(cluster, name).first().copied() else {
            return forget_stranger(cluster);
        };
        tracing::info!(
            pid = first.as_raw_nonzero().get(),
            ?signal,
            "ending the PostgreSQL of an earlier run"
        );
        signal_all(cluster, name, signal);
        let deadline = Instant::now() + patience;
        while Instant::now() < deadline && !processes(cluster, name).is_empty() {
            thread::sleep(POLL);
        }
    }
    match processes(cluster, name).first() {
        None => forget_stranger(cluster),
        Some(pid) => {
            Err(EmbeddedError::StillHeld { pid: pid.as_raw_nonzero().get(), folder: cluster.to_owned() })
        }
    }
}

/// Signals the postmaster, who tells its children; without one, the orphaned children themselves.
pub(super) fn signal_all(cluster: &Path, name: &str, signal: Signal) {
    let found = processes(cluster, name);
    let postmaster = recorded_pid(cluster).filter(|pid| found.contains(pid));
    let targets = match postmaster {
        Some(postmaster) if signal != Signal::KILL => vec![postmaster],
        // A backend takes INT for "cancel the query"; TERM is its word for "end".
        _ if signal == Signal::INT => return terminate(&found),
        _ => found,
    };
    for pid in targets {
        // One that has just ended cannot be signalled, which is what we want.
        let _ = kill_process(pid, signal);
    }
}

fn terminate(pids: &[Pid]) {
    for pid in pids {
        let _ = kill_process(*pid, Signal::TERM);
    }
}

/// With no process of this cluster left, a process id in `postmaster.pid` is a stranger's or nobody's. PostgreSQL
/// would take a living stranger for another postmaster, so the file goes.
fn forget_stranger(cluster: &Path) -> Result<(), EmbeddedError> {
    let Some(pid) = recorded_pid(cluster) else { return Ok(()) };
    if rustix::process::test_kill_process(pid).is_err_and(|error| error == rustix::io::Errno::SRCH) {
        return Ok(());
    }
    let file = cluster.join("postmaster.pid");
    fs::remove_file(&file).doing("remove", &file)
}

fn recorded_pid(cluster: &Path) -> Option<Pid> {
    let text = fs::read_to_string(cluster.join("postmaster.pid")).ok()?;
    Pid::from_raw(text.lines().next()?.trim().parse().ok()?)
}

/// All processes whose command line says that they are a postgres of this cluster.
fn processes(cluster: &Path, name: &str) -> Vec<Pid> {
    let title = format!("postgres: {name}: ");
    let cluster = cluster.display().to_string();
    command_lines()
        .into_iter()
        .filter(|(_, words)| {
            let is_server = words.iter().any(|word| word.ends_with("/postgres"))
                && words.windows(2).any(|pair| pair[0] == "-D" && pair[1] == cluster);
            is_server || words.join(" ").starts_with(&title)
        })
        .map(|(pid, _)| pid)
        .collect()
}

/// Process ids with their command lines. `/proc/<pid>/cmdline` may be read even where `cwd` may not.
#[cfg(target_os = "linux")]
fn command_lines() -> Vec<(Pid, Vec<String>)> {
    let Ok(entries) = fs::read_dir("/proc") else { return Vec::new() };
    entries
        .filter_map(|entry| {
            let pid = Pid::from_raw(entry.ok()?.file_name().to_str()?.parse().ok()?)?;
            let line = fs::read(format!("/proc/{}/cmdline", pid.as_raw_nonzero())).ok()?;
            let words = line.split(|byte| *byte == 0).map(|word| String::from_utf8_lossy(word).into_owned());
            Some((pid, words.collect()))
        })
        .collect()
}

/// Without `/proc`, `ps` knows. A folder with a blank in its name is found by the cluster name alone.
#[cfg(not(target_os = "linux"))]
fn command_lines() -> Vec<(Pid, Vec<String>)> {
    let Ok(output) = Command::new("ps").args(["-axww", "-o", "pid=,command="]).output() else {
        return Vec::new();
    };
    String::from_utf8_lossy(&output.stdout)
        .lines()
        .filter_map(|line| {
            let mut words = line.split_whitespace().map(str::to_owned);
            let pid = Pid::from_raw(words.next()?.parse().ok()?)?;
            Some((pid, words.collect()))
        })
        .collect()
}
