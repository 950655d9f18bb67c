//! Ending in order, and not starting twice.

use rustix::process::{Pid, Signal, test_kill_process, test_kill_process_group};

use crate::load::{Load, holds, sessions};
use crate::server::{Installation, eventually};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn told_to_end_under_load_it_ends_in_order_and_leaves_no_process() {
    let installation = Installation::new();
    let mut sent = Vec::new();
    let mut ids = Vec::new();
    for signal in [Signal::TERM, Signal::INT] {
        let server = installation.serve();
        if ids.is_empty() {
            ids = sessions(&server.owner, 3).await;
        }
        let load = Load::on(&server.owner, &ids);
        load.reaches(20).await;
        let postgres = installation.postgres().unwrap();
        let group = Pid::from_raw(i32::try_from(server.pid()).unwrap()).unwrap();
        if signal == Signal::INT {
            // A terminal signals the whole group.
            server.signal_group(signal);
        } else {
            server.signal(signal);
        }
        sent.extend(load.ended().await);
        assert_eq!(server.ended().code(), Some(0));
        assert!(installation.postgres().is_none(), "PostgreSQL ended too");
        assert!(test_kill_process(postgres).is_err());
        eventually("nothing of it runs", async || test_kill_process_group(group).is_err()).await;
    }
    let server = installation.serve();
    holds(&server.owner, &ids, &sent).await;
}

#[test]
fn a_second_server_on_the_same_data_is_refused_and_told_why() {
    let installation = Installation::new();
    let server = installation.serve();
    let second = installation.serve_command().output().unwrap();
    assert_eq!(second.status.code(), Some(1));
    let message = String::from_utf8_lossy(&second.stderr);
    assert!(message.contains(&format!("process {}", server.pid())), "{message}");
}
