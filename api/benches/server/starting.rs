//! How long the server takes from its start until it says that it is ready, with its own PostgreSQL.

use std::time::{Duration, Instant};

use crate::server::{end, free_address, serve, until_ready};

/// The first start on an empty data folder, and the median of three later ones.
pub(crate) async fn measure() -> (Duration, Duration) {
    let data = tempfile::tempdir().unwrap();
    let mut times = Vec::new();
    for _ in 0..4 {
        let address = free_address().await;
        let started = Instant::now();
        let process = serve(&data, None, &address);
        until_ready(&address).await;
        times.push(started.elapsed());
        end(process).await;
    }
    let cold = times.remove(0);
    times.sort();
    (cold, times[times.len() / 2])
}
