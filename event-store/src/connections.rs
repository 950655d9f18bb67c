//! Pools of connections as every program here uses them.

use std::time::Duration;

use sqlx::Connection;
use sqlx::postgres::PgPoolOptions;
use tokio::time::timeout;

/// How long a connection may have lain idle and still be used without a look at whether it is there.
///
/// Under load a connection is used again within milliseconds and no look is needed; where there is no load its round trip
/// does not count. It is shorter than the feed's first pause after a failure, so that its next look meets none of the
/// connections that broke off when the database was restarted, and not each of them in turn, with a longer pause after every one.
const TRUSTED: Duration = Duration::from_millis(100);
/// A connection that has not answered by then is given up for another: the other end may be gone without a word.
const ANSWERS: Duration = Duration::from_secs(1);

/// A pool of at most so many connections.
pub fn connections(most: u32) -> PgPoolOptions {
    PgPoolOptions::new().max_connections(most).test_before_acquire(false).before_acquire(
        |connection, known| {
            Box::pin(async move {
                if known.idle_for >= TRUSTED {
                    let late = |_| sqlx::Error::Io(std::io::ErrorKind::TimedOut.into());
                    timeout(ANSWERS, connection.ping()).await.map_err(late)??;
                }
                Ok(true)
            })
        },
    )
}
