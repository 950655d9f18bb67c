//! The feed: in order, complete, awake at once, and patient with a database that comes and goes.

use std::time::Duration;

use domain::recorded_event::Position;
use event_store::{EventStore, LogFeed};
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

use crate::diary::{Write, new_id, shelf, store_on};

const PATIENCE: Duration = Duration::from_mins(1);

#[tokio::test]
async fn it_starts_at_the_end_and_gives_what_is_older_from_the_database() {
    let shelf = shelf().await;
    let old = shelf.write(new_id(), Write::Pages(5, "old")).await;
    let feed = follow(&shelf.store);
    let mut head = feed.head();
    reaches(&mut head, old.position).await;
    let new = shelf.write(new_id(), Write::Pages(5, "new")).await;
    reaches(&mut head, new.position).await;

    let (mut at, mut seen) = (Position::START, Vec::new());
    while at < new.position {
        let stretch = feed.after(at, 3).await.unwrap();
        assert!(!stretch.events.is_empty());
        seen.extend(stretch.events.iter().map(|event| (**event).clone()));
        at = stretch.up_to;
    }
    assert_eq!(seen, [old.events, new.events].concat());
    assert!(feed.after(at, 3).await.unwrap().events.is_empty());
}

#[tokio::test]
async fn it_sees_what_another_process_writes() {
    let shelf = shelf().await;
    let feed = follow(&shelf.store);
    let elsewhere = store_on(shelf.pool.clone());
    let written =
        elsewhere.execute::<crate::diary::Diary>(new_id(), Write::Close, crate::diary::once()).await.unwrap();
    reaches(&mut feed.head(), written.position).await;
}

#[tokio::test]
async fn it_ends_when_it_is_cancelled() {
    let shelf = shelf().await;
    let cancel = CancellationToken::new();
    let feed = LogFeed::start(&shelf.store, cancel.clone());
    let mut head = feed.head();
    cancel.cancel();
    let ended = async { while head.changed().await.is_ok() {} };
    timeout(PATIENCE, ended).await.unwrap();
}

fn follow(store: &EventStore) -> LogFeed {
    LogFeed::start(store, CancellationToken::new())
}

async fn reaches(head: &mut tokio::sync::watch::Receiver<Position>, position: Position) {
    timeout(PATIENCE, head.wait_for(|head| *head >= position)).await.unwrap().unwrap();
}
