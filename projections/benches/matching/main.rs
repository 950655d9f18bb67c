//! How long the flows near an intake take to find among those of many accounts of very different sizes, and how many of the ten
//! nearest are found that comparing every document finds.
//!
//! `DATABASE_URL` names the server; a database is made there and dropped again. With `-- --large` there are a hundred thousand flows
//! of a hundred accounts, which take some minutes to write.
#![expect(
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a benchmark prints its table, and may fail loudly"
)]

mod crowd;

use std::collections::HashMap;
use std::time::{Duration, Instant};

use domain::embedding::{ModelId, Vector};
use domain::id::FlowId;
use event_store::testing::database;
use projections::flow_vectors::nearest::{EXACT_UP_TO, Search, nearest};
use projections::flow_vectors::signs::follow;
use sqlx::{Executor, PgPool};

use crate::crowd::{Crowd, DOCUMENTS};

/// Flows and accounts.
const SMALL: (u32, u32) = (10_000, 20);
const LARGE: (u32, u32) = (100_000, 100);
/// Searches in each account.
const SEARCHES: u32 = 20;
/// So many of the nearest flows are compared.
const NEAREST: usize = 10;

#[tokio::main]
async fn main() {
    let database = database().await;
    measure(&database.pool()).await;
}

async fn measure(pool: &PgPool) {
    let large = std::env::args().any(|argument| argument == "--large");
    let (flows, accounts) = if large { LARGE } else { SMALL };
    let crowd = Crowd::new(flows, accounts);
    let model = ModelId::new("bench/384");
    for account in 0..accounts {
        crowd.fill(pool, account, &model).await;
    }
    let begun = Instant::now();
    for account in 0..accounts {
        follow(pool, crowd.account(account)).await.unwrap();
    }
    let signed = begun.elapsed();
    pool.execute("VACUUM ANALYZE").await.unwrap();
    println!(
        "{} flows of {accounts} accounts, {DOCUMENTS} documents a flow; their signs took {:.1} s",
        crowd.flows(),
        signed.as_secs_f64()
    );

    let mut took = Vec::new();
    println!("{:>9} {:>9} {:>7} {:>9} {:>10}", "flows", "way", "p50 ms", "exact ms", "recall@10");
    let (mut sum, mut searches) = (0.0, 0.0);
    for account in 0..accounts {
        let documents = i64::from(crowd.size(account) * DOCUMENTS);
        let mut recall = 0.0;
        let mut exactly = Vec::new();
        for number in 0..SEARCHES {
            let vector = crowd.intake(account, number);
            let search = Search { model: &model, vector: &vector, documents, exact_up_to: EXACT_UP_TO };
            let begun = Instant::now();
            let found = nearest(pool, crowd.account(account), search).await.unwrap();
            took.push(begun.elapsed());
            let all = Search { exact_up_to: i64::MAX, ..search };
            let begun = Instant::now();
            let wanted = nearest(pool, crowd.account(account), all).await.unwrap();
            exactly.push(begun.elapsed());
            recall += share(&best(&found), &best(&wanted));
        }
        let mut here = took[took.len() - exactly.len()..].to_vec();
        sum += recall;
        searches += f64::from(SEARCHES);
        let way = if documents > EXACT_UP_TO { "signs" } else { "exact" };
        if account < 3 || account + 1 == accounts {
            let (flows, recall) = (crowd.size(account), recall / f64::from(SEARCHES));
            let (here, exactly) = (ms(at(&mut here, 50)), ms(at(&mut exactly, 50)));
            println!("{flows:>9} {way:>9} {here:>7.1} {exactly:>9.1} {recall:>10.3}");
        }
    }
    let (median, slowest) = (ms(at(&mut took, 50)), ms(at(&mut took, 99)));
    println!("recall@10 {:.3} of all; p50 {median:.1} ms, p99 {slowest:.1} ms", sum / searches);
}

/// What so many of a hundred took at most.
fn at(took: &mut [Duration], share: usize) -> Duration {
    took.sort_unstable();
    took[(took.len() * share / 100).min(took.len() - 1)]
}

/// The ten nearest, by their nearest document.
fn best(found: &HashMap<FlowId, Vec<f64>>) -> Vec<FlowId> {
    let mut flows: Vec<(f64, FlowId)> =
        found.iter().filter_map(|(flow, cosines)| Some((*cosines.first()?, *flow))).collect();
    flows.sort_by(|one, other| other.0.total_cmp(&one.0));
    flows.into_iter().take(NEAREST).map(|(_, flow)| flow).collect()
}

/// The share of the second that the first has.
fn share(found: &[FlowId], wanted: &[FlowId]) -> f64 {
    let count = |flows: usize| f64::from(u32::try_from(flows).unwrap());
    count(wanted.iter().filter(|flow| found.contains(flow)).count()) / count(wanted.len().max(1))
}

fn ms(duration: Duration) -> f64 {
    1_000.0 * duration.as_secs_f64()
}

/// A direction that is made, if numbers are not all nothing.
fn towards(numbers: Vec<f32>) -> Vector {
    Vector::towards(numbers).unwrap()
}
