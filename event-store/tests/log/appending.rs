//! Appending, loading, and what the database itself refuses.

use domain::recorded_event::Position;
use event_store::{ExecuteError, Outcome, StoreError, Until};
use sqlx::Executor;

use crate::diary::{ACCOUNT, Diary, OTHER_ACCOUNT, Write, new_id, once, shelf, store_on};

#[tokio::test]
async fn what_is_appended_is_loaded_and_stands_in_the_log_in_the_same_order() {
    let shelf = shelf().await;
    let diary = new_id();
    let first = shelf.write(diary, Write::Pages(2, "Monday")).await;
    let second = shelf.write(diary, Write::Label("blue".to_owned())).await;
    assert_eq!((first.version, second.version), (2, 3));
    assert_eq!(first.outcome, Outcome::Appended);
    assert!(second.position > first.position);

    let loaded = store_on(shelf.pool.clone()).load::<Diary>(ACCOUNT, diary).await.unwrap();
    assert_eq!(loaded.version, 3);
    assert_eq!(loaded.aggregate.pages, ["Monday", "Monday"]);
    assert_eq!(loaded.aggregate.labels, ["blue"]);

    let page = shelf.store.log().page(Position::START, 10, &[]).await.unwrap();
    let recorded = [first.events, second.events].concat();
    assert_eq!(page.events, recorded, "the events that a command gives back are those of the log");
    assert_eq!(page.up_to, second.position);
}

#[tokio::test]
async fn ten_thousand_events_are_appended_at_once() {
    let shelf = shelf().await;
    let diary = new_id();
    let committed = shelf.write(diary, Write::Pages(10_000, "x")).await;
    assert_eq!(committed.version, 10_000);
    let stream = shelf.store.log().stream_of(ACCOUNT, "diary", diary, Until::Now).await.unwrap();
    assert!(stream.iter().zip(1..).all(|(event, version)| event.version == version));
    assert!(stream.is_sorted_by(|one, next| one.position < next.position));
    assert_eq!(stream.len(), 10_000);
    assert_eq!(shelf.read(diary).await.pages.len(), 10_000);
}

#[tokio::test]
async fn the_database_refuses_to_change_or_delete_events() {
    let shelf = shelf().await;
    shelf.write(new_id(), Write::Close).await;
    for statement in [
        "UPDATE events SET event_type = 'other'",
        "UPDATE events SET event_type = 'other' WHERE false",
        "DELETE FROM events",
        "TRUNCATE events",
        "SET session_replication_role = replica; DELETE FROM events",
    ] {
        let error = shelf.pool.execute(statement).await.unwrap_err().to_string();
        assert!(error.contains("only ever appended"), "{statement}: {error}");
    }
    assert_eq!(shelf.count("events").await, 1);
}

#[tokio::test]
async fn another_accounts_aggregate_reads_as_one_that_does_not_exist() {
    let shelf = shelf().await;
    let diary = new_id();
    shelf.write(diary, Write::Label("theirs".to_owned())).await;
    let loaded = shelf.store.load::<Diary>(OTHER_ACCOUNT, diary).await.unwrap();
    assert_eq!(loaded.version, 0);
    assert!(loaded.aggregate.labels.is_empty());

    let mut foreign = once();
    foreign.account = OTHER_ACCOUNT;
    let refused = shelf.write_as(diary, Write::Label("mine".to_owned()), foreign).await;
    assert!(matches!(refused, Err(ExecuteError::VersionConflict { .. })), "{refused:?}");
    assert_eq!(shelf.read(diary).await.labels, ["theirs"]);
}

#[tokio::test]
async fn a_null_character_is_refused_by_name_where_it_would_stand_in_clear() {
    let shelf = shelf().await;
    let refused = shelf.write_as(new_id(), Write::Label("a\0b".to_owned()), once()).await;
    assert!(matches!(refused, Err(ExecuteError::Store(StoreError::Unstorable))), "{refused:?}");
    let diary = new_id();
    shelf.write(diary, Write::Pages(1, "a\0b")).await;
    assert_eq!(shelf.read(diary).await.pages, ["a\0b"], "sealed content may hold any text");
}

#[tokio::test]
async fn the_stores_cqrs_es_side_loads_and_commits_too() {
    use cqrs_es::{AggregateError, EventStore as _};
    let shelf = shelf().await;
    let diary = new_id();
    let committed = shelf.write(diary, Write::Pages(1, "Monday")).await;
    let metadata = |command| {
        let mut metadata = committed.events[0].metadata.clone();
        metadata.command = domain::id::CommandId(command);
        metadata.to_map()
    };
    let labelled = || vec![crate::diary::DiaryEvent::Closed(crate::diary::Closed {})];
    let load = || async {
        let context: event_store::Loaded<Diary> =
            shelf.store.load_aggregate(&diary.to_string()).await.unwrap();
        context
    };
    let (stale, fresh) = (load().await, load().await);
    let envelopes = shelf.store.commit(labelled(), fresh, metadata(new_id())).await.unwrap();
    assert_eq!(envelopes[0].sequence, 2);
    let conflict = shelf.store.commit(labelled(), stale, metadata(new_id())).await;
    assert!(matches!(conflict, Err(AggregateError::AggregateConflict)));
    assert!(shelf.read(diary).await.closed);
}
