//! Nothing personal stands in the tables in clear, and what was changed or moved does not open.

use domain::recorded_event::Position;
use domain::stored_event::Subject;
use event_store::store::{EventStore, Place};
use event_store::{Catalog, MasterKey, StoreError};
use sqlx::{Executor, PgPool};

use crate::diary::{
    ACCOUNT, Diary, DiaryEvent, OTHER_ACCOUNT, Shelf, Write, new_id, once, shelf, store_on, store_with,
};

const PLANTED: &str = "Zwiebelkuchen at Maria's, phone 0170-5550199";

#[tokio::test]
async fn the_tables_read_raw_hold_no_word_of_what_is_personal() {
    let shelf = shelf().await;
    let diary = new_id();
    shelf.write(diary, Write::Pages(3, PLANTED)).await;
    shelf.write(diary, Write::Label("in clear".to_owned())).await;
    let mut everything = String::new();
    for table in ["events", "commands", "data_keys"] {
        let rows: Vec<String> = sqlx::query_scalar(&format!("SELECT t::text FROM {table} t"))
            .fetch_all(&shelf.pool)
            .await
            .unwrap();
        assert!(!rows.is_empty());
        everything.extend(rows);
    }
    assert!(everything.contains("in clear"), "this is how it would look");
    for word in ["Zwiebelkuchen", "Maria", "5550199"] {
        assert!(!everything.contains(word), "{word}");
    }
    assert_eq!(shelf.read(diary).await.pages[2], PLANTED);
}

#[tokio::test]
async fn a_changed_byte_is_noticed_when_loading_and_in_the_log_and_the_rest_stays_readable() {
    let shelf = shelf().await;
    let diary = new_id();
    shelf.write(diary, Write::Pages(3, PLANTED)).await;
    tamper(
        &shelf.pool,
        "UPDATE events SET payload = jsonb_set(payload, '{$sealed,b}', to_jsonb(overlay(payload#>>'{$sealed,b}'
             placing CASE substr(payload#>>'{$sealed,b}', 40, 1) WHEN 'A' THEN 'B' ELSE 'A' END from 40)))
          WHERE sequence = 2",
    )
    .await;
    let refused = shelf.store.load::<Diary>(ACCOUNT, diary).await.unwrap_err();
    let StoreError::Unreadable(unreadable) = refused else { panic!("{refused:?}") };
    assert_eq!(unreadable.event_type, "diary.written");
    let readable = readable(&shelf).await;
    assert_eq!(readable, [true, false, true]);
    let page = shelf.store.log().page(Position::START, 10, &[]).await.unwrap();
    assert_eq!(unreadable.position, page.events[1].position);
}

#[tokio::test]
async fn an_event_does_not_open_in_the_place_of_another() {
    let shelf = shelf().await;
    shelf.write(new_id(), Write::Pages(2, PLANTED)).await;
    tamper(&shelf.pool, "UPDATE events SET sequence = 3 - sequence + 10").await;
    assert_eq!(readable(&shelf).await, [false, false]);
}

#[tokio::test]
async fn an_event_does_not_open_in_another_account() {
    let shelf = shelf().await;
    shelf.write(new_id(), Write::Pages(1, PLANTED)).await;
    tamper(
        &shelf.pool,
        "UPDATE events SET metadata = jsonb_set(metadata, '{account}', '\"00000000-0000-0000-0000-000000000002\"')",
    )
    .await;
    assert_eq!(readable(&shelf).await, [false]);
}

#[tokio::test]
async fn without_its_data_key_an_event_is_unreadable_and_others_are_not() {
    let shelf = shelf().await;
    let erased = new_id();
    shelf.write(erased, Write::Pages(1, PLANTED)).await;
    shelf.write(new_id(), Write::Pages(1, PLANTED)).await;
    shelf.write(erased, Write::Label("x".to_owned())).await;
    sqlx::query("DELETE FROM data_keys WHERE subject_id = $1")
        .bind(erased)
        .execute(&shelf.pool)
        .await
        .unwrap();
    let afresh = Shelf { store: store_on(shelf.pool.clone()), ..shelf };
    assert_eq!(readable(&afresh).await, [false, true, true]);
}

#[tokio::test]
async fn with_another_master_key_nothing_sealed_can_be_read_or_written() {
    let shelf = shelf().await;
    let diary = new_id();
    shelf.write(diary, Write::Pages(1, PLANTED)).await;
    let catalog = Catalog::empty().with_events(DiaryEvent::STORED);
    let stranger = Shelf { store: store_with(shelf.pool.clone(), MasterKey::generate(), catalog), ..shelf };
    assert_eq!(readable(&stranger).await, [false]);
    assert!(stranger.write_as(diary, Write::Pages(1, "more"), once()).await.is_err());
    let key = stranger.store.prepare_subject(ACCOUNT, Subject::Session(diary)).await;
    assert!(matches!(key, Err(StoreError::ForeignKey(_))));
}

#[tokio::test]
async fn a_redaction_key_is_the_same_before_the_first_event_and_ever_after() {
    let shelf = shelf().await;
    let diary = new_id();
    let subject = Subject::Session(diary);
    let prepared = shelf.store.prepare_subject(ACCOUNT, subject).await.unwrap();
    let mut context = once();
    context.keys = vec![prepared.clone()];
    shelf.write_as(diary, Write::Pages(1, PLANTED), context).await.unwrap();

    let later = store_on(shelf.pool.clone());
    let found = later.prepare_subject(ACCOUNT, subject).await.unwrap();
    assert_eq!(found.redaction_key(), prepared.redaction_key());
    let other = later.fresh_subject(ACCOUNT, Subject::Session(new_id()));
    assert_ne!(other.redaction_key(), prepared.redaction_key());
    assert!(later.prepare_subject(OTHER_ACCOUNT, subject).await.is_err(), "a key is its account's alone");
}

#[tokio::test]
async fn a_key_that_somebody_else_stored_first_is_used_instead_of_the_prepared_one() {
    let shelf = shelf().await;
    let diary = new_id();
    let mut late = once();
    late.keys = vec![shelf.store.fresh_subject(ACCOUNT, Subject::Session(diary))];
    shelf.write(diary, Write::Pages(1, "first")).await;
    shelf.write_as(diary, Write::Pages(1, "second"), late).await.unwrap();
    let afresh = store_on(shelf.pool.clone()).load::<Diary>(ACCOUNT, diary).await.unwrap();
    assert_eq!(afresh.aggregate.pages, ["first", "second"]);
}

/// Changes what cannot be changed, as somebody might who owns the database.
async fn tamper(pool: &PgPool, statement: &str) {
    let mut connection = pool.acquire().await.unwrap();
    connection.execute("ALTER TABLE events DISABLE TRIGGER ALL").await.unwrap();
    connection.execute(statement).await.unwrap();
    connection.execute("ALTER TABLE events ENABLE TRIGGER ALL").await.unwrap();
}

async fn readable(shelf: &Shelf) -> Vec<bool> {
    let page = shelf.store.log().page(Position::START, 10, &[]).await.unwrap();
    page.events.iter().map(|event| event.payload.is_ok()).collect()
}

#[tokio::test]
async fn what_is_kept_apart_opens_in_its_place_only_and_is_gone_with_the_key() {
    let shelf = shelf().await;
    let (diary, other) = (new_id(), new_id());
    let (subject, stranger) = (Subject::Session(diary), Subject::Session(other));
    let place = |name| Place { kind: "letter", name };
    let seal = async |subject| {
        shelf.store.seal_apart(ACCOUNT, subject, place("one"), PLANTED.as_bytes()).await.unwrap()
    };
    assert_eq!(seal(subject).await, None, "nothing is sealed for whom the log does not know");
    shelf.write(diary, Write::Pages(1, "page")).await;
    shelf.write(other, Write::Pages(1, "page")).await;
    let sealed = seal(subject).await.unwrap();
    assert!(!String::from_utf8_lossy(&sealed).contains("Maria"));

    let later = store_on(shelf.pool.clone());
    let open = async |store: &EventStore, account, subject, place| {
        store.open_apart(account, subject, place, &sealed).await.unwrap()
    };
    assert_eq!(open(&later, ACCOUNT, subject, place("one")).await.as_deref(), Some(PLANTED.as_bytes()));
    assert_eq!(open(&later, ACCOUNT, subject, place("two")).await, None);
    assert_eq!(open(&later, ACCOUNT, subject, Place { kind: "note", name: "one" }).await, None);
    assert_eq!(open(&later, ACCOUNT, stranger, place("one")).await, None);
    assert_eq!(open(&later, OTHER_ACCOUNT, subject, place("one")).await, None);

    sqlx::query("DELETE FROM data_keys WHERE subject_id = $1")
        .bind(diary)
        .execute(&shelf.pool)
        .await
        .unwrap();
    assert_eq!(open(&store_on(shelf.pool.clone()), ACCOUNT, subject, place("one")).await, None);
}
