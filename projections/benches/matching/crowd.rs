//! Accounts of very different sizes, their flows, and intakes that are near one of them: always the same.

use domain::embedding::{ModelId, Vector};
use domain::id::{AccountId, FlowId};
use projections::flow_vectors::vectors::keep;
use sqlx::PgPool;
use uuid::Uuid;

use crate::towards;

/// Documents of a flow.
pub(crate) const DOCUMENTS: u32 = 4;
const DIMENSION: usize = 384;
/// The smallest account has so many flows.
const FEWEST: u32 = 20;
/// How far a document, and an intake, are from what their flow is about.
const OFF: f32 = 0.8;
/// How many directions all texts share.
const DIRECTIONS: u64 = 32;
/// What of a text lies in none of them.
const NOISE: f32 = 0.3;
/// Flows that are written at once.
const BATCH: u32 = 500;

/// The accounts by how many flows they have, the largest first.
pub(crate) struct Crowd(Vec<u32>);

impl Crowd {
    /// So many flows: each account has its share by its rank, the last ones the fewest.
    pub(crate) fn new(flows: u32, accounts: u32) -> Self {
        let weights: f64 = (1..=accounts).map(|rank| 1.0 / f64::from(rank)).sum();
        let share = |rank: u32| (f64::from(flows) / (f64::from(rank) * weights)).max(f64::from(FEWEST));
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "at most all flows")]
        let mut sizes: Vec<u32> = (1..=accounts).map(|rank| share(rank) as u32).collect();
        if let Some(last) = sizes.last_mut() {
            *last = FEWEST;
        }
        Self(sizes)
    }

    pub(crate) fn flows(&self) -> u32 {
        self.0.iter().sum()
    }

    pub(crate) fn size(&self, account: u32) -> u32 {
        self.0[account as usize]
    }

    pub(crate) fn account(&self, account: u32) -> AccountId {
        debug_assert!((account as usize) < self.0.len());
        AccountId(Uuid::from_u128(u128::from(account) + 1))
    }

    /// Writes an account's documents and their vectors.
    pub(crate) async fn fill(&self, pool: &PgPool, account: u32, model: &ModelId) {
        let id = self.account(account);
        for first in (0..self.size(account)).step_by(BATCH as usize) {
            let (mut flows, mut ordinals, mut hashes, mut made) = (vec![], vec![], vec![], vec![]);
            for flow in first..self.size(account).min(first + BATCH) {
                for ordinal in 0..DOCUMENTS {
                    let hash = [account, flow, ordinal].map(u32::to_be_bytes).concat();
                    flows.push(flow_id(account, flow).0);
                    ordinals.push(i32::try_from(ordinal).unwrap());
                    made.push((hash.clone(), near(account, flow, u64::from(ordinal) + 1)));
                    hashes.push(hash);
                }
            }
            sqlx::query(
                "INSERT INTO flow_documents (account, flow, ordinal, version, hash, content)
                 SELECT $1, made.flow, made.ordinal, 1, made.hash, '' FROM unnest($2::uuid[], $3::int[], $4::bytea[])
                     AS made (flow, ordinal, hash)",
            )
            .bind(id.0)
            .bind(flows)
            .bind(ordinals)
            .bind(hashes)
            .execute(pool)
            .await
            .unwrap();
            keep(pool, id, model, &made).await.unwrap();
        }
    }

    /// An intake that is about one of the account's flows.
    pub(crate) fn intake(&self, account: u32, number: u32) -> Vector {
        near(account, number.wrapping_mul(7_919) % self.size(account), 1_000 + u64::from(number))
    }
}

fn flow_id(account: u32, flow: u32) -> FlowId {
    FlowId(Uuid::from_u128((u128::from(account) + 1) << 64 | u128::from(flow)))
}

/// Something that is about this flow, in its own words. As texts' vectors do, all of them lie near few directions: in noise that
/// fills the whole space everything is as far from everything else, and nothing is near but by chance.
fn near(account: u32, flow: u32, which: u64) -> Vector {
    let about = u64::from(account) << 32 | u64::from(flow);
    let (mut about, mut own) = (Chance(about), Chance(about ^ which.rotate_left(40)));
    let mut numbers = vec![0.0; DIMENSION];
    for shared in 0..DIRECTIONS {
        let (weight, mut direction) = (about.next() + OFF * own.next(), Chance(u64::MAX - shared));
        for number in &mut numbers {
            *number += weight * direction.next();
        }
    }
    towards(numbers.into_iter().map(|number| number + NOISE * own.next()).collect())
}

/// Numbers that look like chance: splitmix64.
struct Chance(u64);

impl Chance {
    /// -1 to 1.
    fn next(&mut self) -> f32 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        #[expect(clippy::cast_precision_loss, reason = "the upper bits are enough")]
        let share = (mixed >> 40) as f32 / 8_388_608.0;
        share - 1.0
    }
}
