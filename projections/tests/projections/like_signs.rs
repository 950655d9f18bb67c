//! Comparing signs first loses next to nothing: many texts, of any dimension, and those that were there before there were signs.

use std::collections::HashMap;

use domain::embedding::{ModelId, Vector};
use domain::id::{AccountId, FlowId};
use event_store::migrations::MIGRATOR;
use event_store::testing::database;
use projections::flow_vectors::nearest::{Search, nearest};
use projections::flow_vectors::signs::{coverage, follow};
use projections::flow_vectors::vectors::keep;
use proptest::strategy::{Strategy, ValueTree};
use proptest::test_runner::TestRunner;
use sqlx::{Executor, PgPool};
use uuid::Uuid;

/// The step that made signs.
const STEP: i64 = 20_261_126_020_000;
/// Texts lie near few directions, however many numbers their vectors have.
const DIRECTIONS: usize = 12;
/// What of a text lies in none of them.
const NOISE: f32 = 0.3;
/// Searches, and the nearest that each should find.
const SEARCHES: usize = 20;
const NEAREST: usize = 10;

/// Texts' vectors by chance, the same in every run.
struct Texts {
    chance: TestRunner,
    directions: Vec<Vec<f32>>,
}

impl Texts {
    fn new(dimension: usize) -> Self {
        let mut chance = TestRunner::deterministic();
        let directions = (0..DIRECTIONS).map(|_| numbers(&mut chance, dimension)).collect();
        Self { chance, directions }
    }

    fn next(&mut self) -> Vector {
        let weights = numbers(&mut self.chance, DIRECTIONS);
        let mut vector = numbers(&mut self.chance, self.directions[0].len());
        for (place, number) in vector.iter_mut().enumerate() {
            *number *= NOISE;
            *number +=
                self.directions.iter().zip(&weights).map(|(it, weight)| it[place] * weight).sum::<f32>();
        }
        Vector::towards(vector).unwrap()
    }
}

fn numbers(chance: &mut TestRunner, count: usize) -> Vec<f32> {
    proptest::collection::vec(-1.0_f32..1.0, count).new_tree(chance).unwrap().current()
}

fn model() -> ModelId {
    ModelId::new("test/model")
}

fn account() -> AccountId {
    AccountId(Uuid::from_u128(7))
}

/// A flow for each of them, which is found by these vectors' documents.
async fn add(pool: &PgPool, made: &[Vec<Vector>]) -> Vec<FlowId> {
    let flows: Vec<Uuid> = (1..).map(Uuid::from_u128).take(made.len()).collect();
    let of_flows =
        flows.iter().zip(made).flat_map(|(flow, vectors)| vectors.iter().map(|it| (*flow, it.clone())));
    let documents: Vec<_> =
        (1..).zip(of_flows).map(|(ordinal, (flow, vector))| (ordinal, flow, vector)).collect();
    let hash = |ordinal: i32| ordinal.to_be_bytes().to_vec();
    sqlx::query(
        "INSERT INTO flow_documents (account, flow, ordinal, version, hash, content)
         SELECT $1, flow, ordinal, 1, hash, ''
         FROM unnest($2::uuid[], $3::int[], $4::bytea[]) AS made (flow, ordinal, hash)",
    )
    .bind(account().0)
    .bind(documents.iter().map(|(_, flow, _)| *flow).collect::<Vec<_>>())
    .bind(documents.iter().map(|(ordinal, ..)| *ordinal).collect::<Vec<_>>())
    .bind(documents.iter().map(|(ordinal, ..)| hash(*ordinal)).collect::<Vec<_>>())
    .execute(pool)
    .await
    .unwrap();
    let made: Vec<_> = documents.into_iter().map(|(ordinal, _, vector)| (hash(ordinal), vector)).collect();
    keep(pool, account(), &model(), &made).await.unwrap();
    flows.into_iter().map(FlowId).collect()
}

/// The flows that are near, with the cosines of their nearest documents.
async fn near(pool: &PgPool, vector: &Vector, exact_up_to: i64) -> HashMap<FlowId, Vec<f64>> {
    let search = Search { model: &model(), vector, documents: 1_000, exact_up_to };
    nearest(pool, account(), search).await.unwrap()
}

/// The flows by their nearest document, the nearest first.
async fn found(pool: &PgPool, vector: &Vector, exact_up_to: i64) -> Vec<FlowId> {
    let near = near(pool, vector, exact_up_to).await;
    let mut flows: Vec<_> = near.into_iter().map(|(flow, cosines)| (cosines[0], flow)).collect();
    flows.sort_by(|one, other| other.0.total_cmp(&one.0));
    flows.into_iter().map(|(_, flow)| flow).collect()
}

/// Of the nearest ten of each search, how many like signs find too.
async fn recall(dimension: usize) -> usize {
    let database = database().await;
    let pool = database.pool();
    let mut texts = Texts::new(dimension);
    let made: Vec<_> = (0..1_500).map(|_| vec![texts.next()]).collect();
    add(&pool, &made).await;
    follow(&pool, account()).await.unwrap();
    let mut both = 0;
    for _ in 0..SEARCHES {
        let vector = texts.next();
        let (exact, by_signs) = (found(&pool, &vector, i64::MAX).await, found(&pool, &vector, 0).await);
        assert_eq!((exact.len(), by_signs.len()), (1_500, 50));
        both += exact.iter().take(NEAREST).filter(|flow| by_signs.contains(flow)).count();
    }
    both
}

#[tokio::test]
async fn nearly_all_of_the_nearest_ten_are_among_those_of_like_signs_whatever_the_dimension() {
    for dimension in [64, 384, 1_024] {
        let both = recall(dimension).await;
        assert!(both * 100 >= SEARCHES * NEAREST * 98, "{both} in {dimension} dimensions");
    }
}

#[tokio::test]
async fn of_a_flow_that_is_found_all_documents_count_however_far_they_are() {
    let database = database().await;
    let pool = database.pool();
    let mut texts = Texts::new(64);
    let asked = texts.next();
    let away = Vector::towards(asked.numbers().iter().map(|number| -number).collect()).unwrap();
    let mut made: Vec<_> = (0..300).map(|_| vec![texts.next()]).collect();
    made.push(vec![asked.clone(), away.clone(), away]);
    let flows = add(&pool, &made).await;
    follow(&pool, account()).await.unwrap();
    let (exact, by_signs) = (near(&pool, &asked, i64::MAX).await, near(&pool, &asked, 0).await);
    let mixed = &by_signs[&flows[300]];
    assert!(mixed.len() == 3 && mixed[2] < -0.99, "{mixed:?}");
    assert!(by_signs.iter().all(|(flow, cosines)| exact[flow] == *cosines), "the same cosines either way");
}

#[tokio::test]
async fn a_vector_of_more_numbers_than_an_index_holds_is_found_all_the_same() {
    let database = database().await;
    let mut texts = Texts::new(12_000);
    let made = [vec![texts.next()], vec![texts.next()]];
    let flows = add(&database.pool(), &made).await;
    follow(&database.pool(), account()).await.unwrap();
    assert_eq!(found(&database.pool(), &made[1][0], 0).await, [flows[1], flows[0]]);
}

#[tokio::test]
async fn what_was_embedded_before_there_were_signs_is_found_by_them_after_the_migration() {
    let database = database().await;
    let pool = database.pool();
    pool.execute("DROP SCHEMA public, bi CASCADE; CREATE SCHEMA public").await.unwrap();
    for step in MIGRATOR.iter().filter(|step| step.version < STEP) {
        pool.execute(&*step.sql).await.unwrap();
    }
    let mut texts = Texts::new(384);
    let made = [vec![texts.next()], vec![texts.next()]];
    let flows = add(&pool, &made).await;
    keep(&pool, account(), &model(), &[(b"of no document".to_vec(), texts.next())]).await.unwrap();
    let step = MIGRATOR.iter().find(|step| step.version == STEP).unwrap();
    pool.execute(&*step.sql).await.unwrap();
    assert_eq!(found(&pool, &made[0][0], 0).await, [flows[0], flows[1]]);
    let known = coverage(&pool, account(), &[model()]).await.unwrap();
    assert_eq!((known[0].embedded, known[0].documents), (2, 2));
    let signs: i64 =
        sqlx::query_scalar("SELECT count(*) FROM document_signs").fetch_one(&pool).await.unwrap();
    assert_eq!(signs, 2, "a text that is no document needs none");
}
