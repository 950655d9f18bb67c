//! Looking through the log: pages by type, streams up to a moment, an account's events by what they are.

use std::collections::BTreeSet;

use domain::id::CorrelationId;
use domain::metadata::Actor;
use domain::recorded_event::Position;
use event_store::{EventQuery, Until};

use crate::diary::{ACCOUNT, OTHER_ACCOUNT, Write, new_id, once, shelf};

#[tokio::test]
async fn pages_follow_one_another_without_gaps_also_by_type() {
    let shelf = shelf().await;
    for _ in 0..5 {
        let diary = new_id();
        shelf.write(diary, Write::Pages(3, "x")).await;
        shelf.write(diary, Write::Close).await;
    }
    let log = shelf.store.log();
    for (types, expected) in [(&[][..], 20), (&["diary.closed"][..], 5), (&["diary.labelled"][..], 0)] {
        let (mut at, mut seen) = (Position::START, 0);
        loop {
            let page = log.page(at, 2, types).await.unwrap();
            seen += page.events.len();
            assert!(page.events.iter().all(|event| event.position > at));
            if page.up_to == at {
                break;
            }
            at = page.up_to;
        }
        assert_eq!(seen, expected);
        assert_eq!(
            at,
            log.ceiling().await.unwrap(),
            "whoever wants few types comes as far as everybody else"
        );
    }
}

#[tokio::test]
async fn streams_come_whole_in_ranges_up_to_a_position_and_those_of_another_type_not_at_all() {
    let shelf = shelf().await;
    let log = shelf.store.log();
    assert_eq!(log.stream_ranges("diary", 4).await.unwrap(), []);
    let diaries: BTreeSet<_> = (0..5).map(|_| new_id()).collect();
    for diary in diaries.iter().rev() {
        shelf.write(*diary, Write::Pages(3, "x")).await;
    }
    let upto = log.ceiling().await.unwrap();
    for diary in &diaries {
        shelf.write(*diary, Write::Close).await;
    }
    assert_eq!(log.stream_ranges("flow", 4).await.unwrap(), []);
    let ranges = log.stream_ranges("diary", 5).await.unwrap();
    assert_eq!(ranges.iter().map(|range| range.events).collect::<Vec<_>>(), [8, 8, 4]);
    for (upto, each) in [(upto, 3), (log.ceiling().await.unwrap(), 4)] {
        let mut read = Vec::new();
        for range in &ranges {
            let mut reader = log.read_range(range.clone(), upto);
            loop {
                let events = reader.next(2).await.unwrap();
                if events.is_empty() {
                    break;
                }
                read.extend(events.into_iter().map(|event| (event.aggregate_id, event.version)));
            }
        }
        let whole = diaries.iter().flat_map(|diary| (1..=each).map(|version| (*diary, version)));
        assert_eq!(read, whole.collect::<Vec<_>>());
    }
}

#[tokio::test]
async fn a_stream_is_read_up_to_a_version_a_position_or_an_instant() {
    let shelf = shelf().await;
    let diary = new_id();
    let first = shelf.write(diary, Write::Pages(2, "x")).await;
    shelf.write(new_id(), Write::Close).await;
    shelf.write(diary, Write::Close).await;
    let log = shelf.store.log();
    let instant = first.events[0].metadata.recorded_at;
    for (until, expected) in [
        (Until::Now, 3),
        (Until::Version(1), 1),
        (Until::Position(first.position), 2),
        (Until::Instant(instant), 2),
        (Until::Version(0), 0),
    ] {
        assert_eq!(log.stream_of(ACCOUNT, "diary", diary, until).await.unwrap().len(), expected, "{until:?}");
    }
    assert!(log.stream_of(OTHER_ACCOUNT, "diary", diary, Until::Now).await.unwrap().is_empty());
}

#[tokio::test]
async fn a_stream_is_read_in_pages_that_hold_no_more_than_is_wanted() {
    let shelf = shelf().await;
    let diary = new_id();
    shelf.write(diary, Write::Pages(4, "x")).await;
    shelf.write(new_id(), Write::Pages(2, "y")).await;
    shelf.write(diary, Write::Close).await;
    let log = shelf.store.log();
    let whole = log.stream_of(ACCOUNT, "diary", diary, Until::Now).await.unwrap();
    let page = async |account, until, after, limit| {
        log.page_of_stream(account, "diary", diary, until, after, limit).await.unwrap()
    };
    assert_eq!(page(ACCOUNT, Until::Now, Position::START, 2).await, whole[..2]);
    assert_eq!(page(ACCOUNT, Until::Now, whole[1].position, 2).await, whole[2..4]);
    assert_eq!(page(ACCOUNT, Until::Now, whole[3].position, 2).await, whole[4..]);
    assert_eq!(page(ACCOUNT, Until::Version(3), whole[1].position, 2).await, whole[2..3]);
    assert_eq!(page(ACCOUNT, Until::Now, whole[4].position, 2).await, []);
    assert_eq!(page(OTHER_ACCOUNT, Until::Now, Position::START, 2).await, []);
}

#[tokio::test]
async fn an_accounts_events_are_found_by_what_they_are_and_only_by_their_account() {
    let shelf = shelf().await;
    let (mine, other) = (new_id(), new_id());
    let first = shelf.write(mine, Write::Pages(2, "x")).await;
    let mut context = once();
    context.actor = Actor::Process("robot".to_owned());
    context.correlation = CorrelationId(new_id());
    let second = shelf.write_as(other, Write::Close, context.clone()).await.unwrap();
    let log = shelf.store.log();
    let all = EventQuery::default();
    let cases = [
        (all.clone(), 3),
        (EventQuery { aggregate_id: Some(mine), ..all.clone() }, 2),
        (EventQuery { aggregate_types: vec!["session".to_owned()], ..all.clone() }, 0),
        (EventQuery { types: vec!["diary.closed".to_owned()], ..all.clone() }, 1),
        (EventQuery { actor: Some(context.actor.clone()), ..all.clone() }, 1),
        (EventQuery { correlation: Some(context.correlation), ..all.clone() }, 1),
        (EventQuery { after: Some(first.position), ..all.clone() }, 1),
        (EventQuery { before: Some(second.position), ..all.clone() }, 2),
        (EventQuery { recorded_after: Some(second.events[0].metadata.recorded_at), ..all.clone() }, 1),
        (EventQuery { recorded_before: Some(first.events[0].metadata.recorded_at), ..all.clone() }, 0),
    ];
    for (query, expected) in cases {
        assert_eq!(log.query(ACCOUNT, &query, 10).await.unwrap().len(), expected, "{query:?}");
        assert!(log.query(OTHER_ACCOUNT, &query, 10).await.unwrap().is_empty());
    }
    let newest = log.query(ACCOUNT, &EventQuery { newest_first: true, ..all }, 1).await.unwrap();
    assert_eq!(newest[0].position, second.position);
}
