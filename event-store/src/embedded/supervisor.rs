//! The thread that starts PostgreSQL, waits for its end, and starts it again when nobody asked for the end.
//!
//! It is a thread of its own, because on Linux a child's wish to end with its parent is about the *thread* that
//! started it.

use std::fs::OpenOptions;
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::path::PathBuf;
use std::process::{Child, ExitStatus, Stdio};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, WaitId, WaitIdOptions, kill_process, waitid};
use tokio::sync::watch;

use super::cluster::{self, Durability};
use super::error::{Doing, EmbeddedError};
use super::shim::Shim;
use super::user::RunAs;
use super::{folder, leftovers};

/// How long an orderly end may take before the next, ruder signal.
const PATIENCE: [(Signal, Duration); 3] = [
    (Signal::INT, Duration::from_secs(30)),
    (Signal::QUIT, Duration::from_secs(5)),
    (Signal::KILL, Duration::from_secs(5)),
];
/// So many ends in a row, each within a minute of its start, and we give up.
const MOST_FAILURES: u32 = 8;
const GOOD_RUN: Duration = Duration::from_mins(1);
const LONGEST_PAUSE: Duration = Duration::from_secs(5);

/// What it takes to run the server.
#[derive(Debug)]
pub(super) struct Job {
    pub(super) program: PathBuf,
    pub(super) cluster: PathBuf,
    pub(super) socket: PathBuf,
    pub(super) log: PathBuf,
    pub(super) run_as: RunAs,
    pub(super) shim: Shim,
    pub(super) durability: Durability,
}

/// The end of the supervision: `None` when it was asked for, otherwise why it was given up.
pub(super) type End = Option<String>;

#[derive(Debug)]
pub(super) struct Supervisor {
    shared: Arc<Shared>,
    end: watch::Receiver<Option<End>>,
    thread: Option<JoinHandle<()>>,
}

#[derive(Debug)]
struct Shared {
    job: Job,
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct State {
    /// The running server. It is not reaped while this is set, so the id cannot be a stranger's.
    pid: Option<Pid>,
    /// The server has answered once: from here on an end is an accident and not a mistake in the settings.
    proven: bool,
    stopping: bool,
    ended: bool,
}

impl Supervisor {
    pub(super) fn begin(job: Job) -> Result<Self, EmbeddedError> {
        let shared = Arc::new(Shared { job, state: Mutex::default(), changed: Condvar::new() });
        let (tell_end, end) = watch::channel(None);
        let ours = Arc::clone(&shared);
        let thread = thread::Builder::new()
            .name(String::from("postgres"))
            .spawn(move || {
                let why = ours.supervise();
                ours.lock().ended = true;
                ours.changed.notify_all();
                // Nobody listens when the server is going down; that is fine.
                let _ = tell_end.send(Some(why));
            })
            .doing("start a thread for", &shared.job.program)?;
        Ok(Self { shared, end, thread: Some(thread) })
    }

    /// The server has answered.
    pub(super) fn proven(&self) {
        self.shared.lock().proven = true;
    }

    pub(super) fn pid(&self) -> Option<i32> {
        self.shared.lock().pid.map(|pid| pid.as_raw_nonzero().get())
    }

    /// Waits for the end of the supervision, and says why.
    pub(super) async fn ended(&self) -> End {
        let mut end = self.end.clone();
        match end.wait_for(Option::is_some).await {
            Ok(end) => end.clone().flatten(),
            Err(_) => Some(String::from("the thread that watches PostgreSQL is gone")),
        }
    }

    /// Ends the server: in order, and if that takes too long, with less and less courtesy. Blocks.
    pub(super) fn stop(&mut self) {
        let Some(thread) = self.thread.take() else { return };
        for (signal, patience) in PATIENCE {
            self.shared.ask_to_end(signal);
            let deadline = Instant::now() + patience;
            let mut state = self.shared.lock();
            while !state.ended && Instant::now() < deadline {
                let left = deadline.saturating_duration_since(Instant::now());
                state = self.shared.wait(state, left);
            }
            if state.ended {
                break;
            }
            tracing::warn!(?signal, "PostgreSQL takes too long to end");
        }
        if self.shared.lock().ended {
            // It has nothing left to do, and panics of its own are in the log already.
            let _ = thread.join();
        }
    }
}

impl Shared {
    fn supervise(&self) -> End {
        let mut failures = 0_u32;
        loop {
            let began = Instant::now();
            let why = match self.run_once() {
                Ok(status) => describe(status),
                Err(error) => error.to_string(),
            };
            let state = self.lock();
            if state.stopping {
                return None;
            }
            failures = if began.elapsed() > GOOD_RUN { 1 } else { failures + 1 };
            if !state.proven || failures > MOST_FAILURES {
                return Some(why);
            }
            tracing::error!(why, failures, log = %self.job.log.display(), "PostgreSQL ended; starting it again");
            let pause = (Duration::from_millis(20) * 2_u32.pow(failures)).min(LONGEST_PAUSE);
            if self.wait(state, pause).stopping {
                return None;
            }
        }
    }

    /// From the start of the server to its end.
    fn run_once(&self) -> Result<ExitStatus, EmbeddedError> {
        let job = &self.job;
        leftovers::clear(&job.cluster, &folder::cluster_name(&job.cluster))?;
        folder::empty_socket(&job.socket)?;
        let mut child = self.spawn()?;
        let pid = Pid::from_child(&child);
        {
            let mut state = self.lock();
            state.pid = Some(pid);
            if state.stopping {
                let _ = kill_process(pid, Signal::INT);
            }
        }
        // Waits without reaping, so that the id stays ours until nobody can signal it any more.
        while waitid(WaitId::Pid(pid), WaitIdOptions::EXITED | WaitIdOptions::NOWAIT)
            .is_err_and(|error| error == rustix::io::Errno::INTR)
        {}
        let mut state = self.lock();
        state.pid = None;
        child.wait().doing("wait for", &job.program)
    }

    fn spawn(&self) -> Result<Child, EmbeddedError> {
        let job = &self.job;
        let log = OpenOptions::new().append(true).open(&job.log).doing("open", &job.log)?;
        let mut command = job.shim.command(&job.program);
        command.args(cluster::arguments(&job.cluster, &job.socket, job.durability));
        cluster::clean_environment(&mut command);
        job.run_as.apply(&mut command);
        // In a process group of its own: Ctrl-C in a terminal is for us, and we end PostgreSQL when we are done.
        command.process_group(0).stdin(Stdio::null()).stdout(Stdio::null()).stderr(log);
        command.spawn().doing("run", &job.program)
    }

    fn ask_to_end(&self, signal: Signal) {
        let mut state = self.lock();
        state.stopping = true;
        self.changed.notify_all();
        if let Some(pid) = state.pid {
            if signal == Signal::KILL {
                leftovers::signal_all(&self.job.cluster, &folder::cluster_name(&self.job.cluster), signal);
            }
            let _ = kill_process(pid, signal);
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn wait<'a>(&self, state: MutexGuard<'a, State>, at_most: Duration) -> MutexGuard<'a, State> {
        self.changed.wait_timeout(state, at_most).unwrap_or_else(PoisonError::into_inner).0
    }
}

fn describe(status: ExitStatus) -> String {
    match (status.code(), status.signal()) {
        (Some(code), _) => format!("it ended with exit code {code}"),
        (None, Some(signal)) => format!("it was ended by signal {signal}"),
        (None, None) => String::from("it ended"),
    }
}
