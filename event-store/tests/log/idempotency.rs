//! The same command id is carried out once, whatever happens in between.

use std::collections::HashSet;

use domain::id::CommandId;
use domain::stored_event::Subject;
use event_store::{ExecuteError, Outcome};

use crate::diary::{ACCOUNT, Diary, IsClosed, OTHER_ACCOUNT, Write, new_id, once, shelf, wide_shelf};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_same_start_twenty_times_at_once_makes_one_aggregate_and_gives_twenty_equal_answers() {
    let shelf = wide_shelf(20).await;
    let context = once();
    let starts = (0..20).map(|_| {
        let (store, mut context, id) = (shelf.store.clone(), context.clone(), new_id());
        context.is_new = true;
        context.keys = vec![store.fresh_subject(ACCOUNT, Subject::Session(id))];
        tokio::spawn(
            async move { store.execute::<Diary>(id, Write::Pages(3, "start"), context).await.unwrap() },
        )
    });
    let mut answers = Vec::new();
    for start in starts.collect::<Vec<_>>() {
        answers.push(start.await.unwrap());
    }
    let appended = answers.iter().filter(|answer| answer.outcome == Outcome::Appended).count();
    let distinct: HashSet<_> =
        answers.iter().map(|answer| (answer.aggregate, answer.version, answer.position)).collect();
    assert_eq!(appended, 1);
    assert_eq!(distinct.len(), 1);
    assert_eq!(shelf.count("events").await, 3);
    assert_eq!(shelf.count("data_keys").await, 1, "the losers' keys are dropped with their aggregates");
    assert_eq!(shelf.read(answers[0].aggregate).await.pages.len(), 3);
}

#[tokio::test]
async fn a_repeated_command_gets_the_first_result_also_when_it_would_be_refused_by_now() {
    let shelf = shelf().await;
    let (diary, mut context) = (new_id(), once());
    context.expected_version = Some(0);
    let first = shelf.write_as(diary, Write::Pages(1, "Monday"), context.clone()).await.unwrap();
    shelf.write(diary, Write::Close).await;
    let again = shelf.write_as(diary, Write::Pages(1, "Monday"), context.clone()).await.unwrap();
    assert_eq!(
        again.outcome,
        Outcome::Repeated,
        "neither the closed diary nor the version it expects is held against it"
    );
    assert_eq!((again.aggregate, again.version, again.position), (diary, 1, first.position));
    context.expected_version = None;
    let refused_by_itself = shelf.write_as(diary, Write::Pages(1, "Monday"), context).await.unwrap();
    assert_eq!(refused_by_itself.position, first.position);
    assert_eq!(shelf.count("events").await, 2);
}

#[tokio::test]
async fn another_input_under_the_same_id_is_refused_whatever_else_would_become_of_it() {
    let shelf = shelf().await;
    let (diary, context) = (new_id(), once());
    shelf.write_as(diary, Write::Close, context.clone()).await.unwrap();
    let mut other = context;
    other.input_hash = [8; 32];
    for (expected_version, command) in
        [(None, Write::Pages(1, "x")), (None, Write::Close), (Some(9), Write::Close)]
    {
        let refused = shelf.write_as(diary, command, {
            let mut context = other.clone();
            context.expected_version = expected_version;
            context
        });
        assert!(matches!(refused.await, Err(ExecuteError::KeyReused)));
    }
    let elsewhere = shelf.write_as(new_id(), Write::Pages(1, "x"), other).await;
    assert!(matches!(elsewhere, Err(ExecuteError::KeyReused)));
}

#[tokio::test]
async fn a_refused_command_may_be_given_again_under_its_id() {
    let shelf = shelf().await;
    let (diary, context) = (new_id(), once());
    shelf.write(diary, Write::Close).await;
    let refused = shelf.write_as(diary, Write::Label("x".to_owned()), context.clone()).await;
    assert!(matches!(refused, Err(ExecuteError::Domain(IsClosed))));
    assert!(shelf.write_as(new_id(), Write::Label("x".to_owned()), context).await.is_ok());
}

#[tokio::test]
async fn accounts_do_not_share_command_ids() {
    let shelf = shelf().await;
    let mine = once();
    let mut theirs = mine.clone();
    theirs.account = OTHER_ACCOUNT;
    theirs.input_hash = [8; 32];
    shelf.write_as(new_id(), Write::Close, mine).await.unwrap();
    let other = shelf.write_as(new_id(), Write::Close, theirs).await.unwrap();
    assert_eq!(other.outcome, Outcome::Appended);
}

#[tokio::test]
async fn a_command_with_nothing_to_do_is_remembered_and_says_since_when_it_is_so() {
    let shelf = shelf().await;
    let diary = new_id();
    let label = shelf.write(diary, Write::Label("x".to_owned())).await;
    let closed = shelf.write(diary, Write::Close).await;
    let context = once();
    let unchanged = shelf.write_as(diary, Write::Close, context.clone()).await.unwrap();
    assert_eq!(unchanged.outcome, Outcome::Unchanged);
    assert_eq!((unchanged.version, unchanged.position), (2, closed.position));

    let again = shelf.write_as(diary, Write::Close, context.clone()).await.unwrap();
    assert_eq!((again.outcome, again.position), (Outcome::Repeated, closed.position));
    let mut other = context;
    other.input_hash = [8; 32];
    assert!(matches!(shelf.write_as(diary, Write::Close, other).await, Err(ExecuteError::KeyReused)));

    let since =
        shelf.store.execute_with::<Diary, _>(diary, Write::Close, once(), |_, _| Some(1)).await.unwrap();
    assert_eq!((since.version, since.position), (1, label.position));
}

#[tokio::test]
async fn whoever_expects_another_version_is_told_the_present_one() {
    let shelf = shelf().await;
    let diary = new_id();
    shelf.write(diary, Write::Pages(3, "x")).await;
    let mut context = once();
    context.expected_version = Some(2);
    let refused = shelf.write_as(diary, Write::Close, context.clone()).await;
    assert!(matches!(refused, Err(ExecuteError::VersionConflict { current: 3 })), "{refused:?}");
    context.expected_version = Some(3);
    assert_eq!(shelf.write_as(diary, Write::Close, context).await.unwrap().version, 4);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_two_who_expect_the_same_version_one_wins() {
    let shelf = shelf().await;
    let diary = new_id();
    shelf.write(diary, Write::Pages(1, "x")).await;
    for version in 1..20 {
        let mut context = once();
        context.expected_version = Some(version);
        let mut other = context.clone();
        other.command = CommandId(new_id());
        let (one, two) = tokio::join!(
            shelf.write_as(diary, Write::Pages(1, "one"), context),
            shelf.write_as(diary, Write::Pages(1, "two"), other)
        );
        let (won, lost) = if one.is_ok() { (one, two) } else { (two, one) };
        assert_eq!(won.unwrap().version, version + 1);
        assert!(
            matches!(lost, Err(ExecuteError::VersionConflict { current }) if current == version + 1),
            "{lost:?}"
        );
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn writers_without_expectations_all_get_their_turn_at_one_aggregate() {
    let shelf = wide_shelf(20).await;
    let diary = new_id();
    let writers = (0..40).map(|_| {
        let store = shelf.store.clone();
        tokio::spawn(async move {
            store.execute::<Diary>(diary, Write::Pages(1, "x"), once()).await.unwrap().version
        })
    });
    let mut versions = HashSet::new();
    for writer in writers.collect::<Vec<_>>() {
        versions.insert(writer.await.unwrap());
    }
    assert_eq!(versions, (1..=40).collect());
}

#[tokio::test]
async fn the_digest_of_an_input_is_stored_under_a_key_and_tells_nobody_that_two_inputs_are_the_same() {
    let shelf = shelf().await;
    let (first, mut second) = (once(), once());
    second.input_hash = first.input_hash;
    let diary = shelf.write_as(new_id(), Write::Pages(1, "4711"), first.clone()).await.unwrap().aggregate;
    shelf.write_as(diary, Write::Close, second.clone()).await.unwrap();
    let mut nothing_to_do = once();
    nothing_to_do.input_hash = first.input_hash;
    shelf.write_as(diary, Write::Close, nothing_to_do.clone()).await.unwrap();
    let mut stored: Vec<Vec<u8>> =
        sqlx::query_scalar("SELECT input_hash FROM commands").fetch_all(&shelf.pool).await.unwrap();
    stored.push(first.input_hash.to_vec());
    let different: HashSet<_> = stored.iter().collect();
    assert_eq!(different.len(), 4);
    for context in [second, nothing_to_do] {
        let again = shelf.write_as(diary, Write::Close, context).await.unwrap();
        assert_eq!(again.outcome, Outcome::Repeated);
    }
}

#[tokio::test]
async fn a_command_whose_digest_was_stored_as_it_came_is_known_again() {
    let shelf = shelf().await;
    let (diary, context) = (new_id(), once());
    let first = shelf.write_as(diary, Write::Close, context.clone()).await.unwrap();
    sqlx::query("UPDATE commands SET input_hash = $1")
        .bind(context.input_hash.as_slice())
        .execute(&shelf.pool)
        .await
        .unwrap();
    let again = shelf.write_as(diary, Write::Close, context).await.unwrap();
    assert_eq!((again.outcome, again.position), (Outcome::Repeated, first.position));
}
