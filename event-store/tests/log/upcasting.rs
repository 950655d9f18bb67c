//! Older shapes are brought to the newest one wherever events are read; unknown ones are reported, never skipped.

use cqrs_es::persist::SemanticVersionEventUpcaster;
use domain::recorded_event::Position;
use event_store::{Catalog, StoreError, Until};

use crate::diary::{ACCOUNT, Diary, DiaryEvent, Shelf, Write, master_key, new_id, shelf, store_with};

#[tokio::test]
async fn an_upcaster_runs_on_load_in_the_log_and_in_streams_on_opened_content() {
    let shelf = shelf().await;
    let diary = new_id();
    shelf.write(diary, Write::Pages(1, "Monday")).await;
    let loud = SemanticVersionEventUpcaster::new(
        "diary.written",
        "2.0",
        Box::new(|mut payload| {
            let text = payload["text"]["$personal"].as_str().unwrap_or_default().to_uppercase();
            payload["text"]["$personal"] = text.into();
            payload
        }),
    );
    let catalog = Catalog::empty().with_events(&[("diary.written", "2.0.0")]).with_upcaster(loud);
    let newer = Shelf { store: store_with(shelf.pool.clone(), master_key(), catalog), ..shelf };
    assert_eq!(newer.read(diary).await.pages, ["MONDAY"]);
    let page = newer.store.log().page(Position::START, 10, &[]).await.unwrap().events;
    let stream = newer.store.log().stream_of(ACCOUNT, "diary", diary, Until::Now).await.unwrap();
    assert_eq!(page, stream);
    assert_eq!(page[0].event_version, "2.0.0");
    assert_eq!(page[0].payload.as_ref().unwrap()["text"]["$personal"], "MONDAY");
}

#[tokio::test]
async fn types_and_versions_that_nobody_knows_are_unreadable_and_what_follows_is_not() {
    let shelf = shelf().await;
    let diary = new_id();
    shelf.write(diary, Write::Pages(1, "Monday")).await;
    shelf.write(diary, Write::Label("x".to_owned())).await;
    shelf.write(diary, Write::Close).await;
    let catalog = Catalog::empty().with_events(&[("diary.written", "0.9"), ("diary.closed", "1.0")]);
    let older = store_with(shelf.pool.clone(), master_key(), catalog);
    let page = older.log().page(Position::START, 10, &[]).await.unwrap().events;
    let reasons: Vec<_> =
        page.iter().map(|event| event.payload.as_ref().err().map(|e| e.reason.as_str())).collect();
    assert_eq!(
        reasons,
        [
            Some("this program does not know this version of it"),
            Some("this program does not know this type"),
            None
        ]
    );
    assert!(matches!(older.load::<Diary>(ACCOUNT, diary).await, Err(StoreError::Unreadable(_))));
}

#[test]
fn the_current_catalog_knows_every_stored_event_of_the_domain() {
    let catalog = format!("{:?}", Catalog::current());
    let events = domain::session::event::SessionEvent::STORED.len()
        + domain::flow::event::FlowEvent::STORED.len()
        + domain::account::event::AccountEvent::STORED.len()
        + domain::script::event::ScriptTemplateEvent::STORED.len()
        + domain::proposal::event::ProposalEvent::STORED.len()
        + domain::analysis::event::AnalysisEvent::STORED.len();
    assert!(catalog.contains(&format!("known: {events}")), "{catalog}: are two stored names the same?");
    assert_eq!(DiaryEvent::STORED.len(), 3);
}
