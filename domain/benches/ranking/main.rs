//! How long it takes to hold an intake against the words of an account's flows, by how many there are.
//!
//! Flows and intakes are made up, always the same: words by a law like that of natural ones, where few stand everywhere and most in
//! one flow or two.
#![expect(
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a benchmark prints its table, and may fail loudly"
)]

use std::time::{Duration, Instant};

use domain::flow::event::{FlowHead, FlowKind};
use domain::flow::tree::{FlowNode, FlowNodeType};
use domain::id::FlowId;
use domain::matching::{MatchIndex, MatchPolicy, MatchableFlow, OutsideSignals};
use uuid::Uuid;

/// Flows of an account; so many are matched at most.
const FLOWS: [u32; 4] = [20, 500, 5_000, 10_000];
/// Intakes each is asked for.
const INTAKES: u32 = 200;
/// Words of an intake, and how many of them are one flow's own.
const WORDS: (u32, u32) = (30, 8);
/// Different words that there are.
const VOCABULARY: f64 = 20_000.0;
/// Flows that an embedder would find to be near.
const NEAR: u32 = 50;

fn main() {
    println!("{:>8} {:>10} {:>8} {:>8}", "flows", "index ms", "p50 ms", "p99 ms");
    let policy = MatchPolicy::shipped().into_iter().find(|(name, _)| *name == "local").unwrap().1;
    for count in FLOWS {
        let flows: Vec<MatchableFlow> = (0..count).map(flow).collect();
        let begun = Instant::now();
        let index = MatchIndex::build(&flows);
        let built = begun.elapsed();
        let mut took: Vec<Duration> = (0..INTAKES)
            .map(|number| {
                let about = number.wrapping_mul(7_919) % count;
                let text = intake(about, number);
                let near = |flow: FlowId| OutsideSignals {
                    semantic: match place(flow).abs_diff(about) {
                        0 => Some(0.9),
                        apart => (apart < NEAR).then_some(0.4),
                    },
                    recency: None,
                };
                let begun = Instant::now();
                let found = index.rank_with(&text, None, near, &policy);
                let took = begun.elapsed();
                assert!(found.iter().any(|candidate| place(candidate.flow) == about), "{text}");
                took
            })
            .collect();
        took.sort_unstable();
        let at = |share: usize| ms(took[took.len() * share / 100]);
        println!("{count:>8} {:>10.0} {:>8.2} {:>8.2}", ms(built), at(50), at(99));
    }
}

fn ms(duration: Duration) -> f64 {
    1_000.0 * duration.as_secs_f64()
}

fn place(flow: FlowId) -> u32 {
    u32::try_from(flow.0.as_u128() & u128::from(u32::MAX)).unwrap()
}

/// As large as a starter flow: forty keywords of one to three words, twenty sentences, ten questions.
fn flow(number: u32) -> MatchableFlow {
    let mut chance = Chance(u64::from(number));
    let keywords = (0..40).map(|which| words(&mut chance, 1 + which % 3)).collect::<Vec<_>>();
    let sentences = (0..20).map(|_| words(&mut chance, 12)).collect::<Vec<_>>();
    let question = |ordinal: u32, text: String| FlowNode {
        id: ordinal.to_string(),
        parent_id: None,
        kind: FlowNodeType::Question,
        label: None,
        text,
        details: None,
        script_template_id: None,
    };
    MatchableFlow {
        flow: FlowId(Uuid::from_u128(u128::from(number))),
        version: 1,
        head: FlowHead {
            name: words(&mut chance, 4),
            description: Some(words(&mut chance, 25)),
            kind: FlowKind::Troubleshooting,
            domain: None,
            keywords: keywords.into_iter().chain(sentences).collect(),
        },
        nodes: (0..10).map(|ordinal| question(ordinal, words(&mut chance, 10))).collect(),
    }
}

/// Some words of the flow's own keywords, and others.
fn intake(about: u32, number: u32) -> String {
    let (all, own) = WORDS;
    let keywords = flow(about).head.keywords.join(" ");
    let keywords: Vec<&str> = keywords.split(' ').collect();
    let mut chance = Chance(u64::from(number) | 1 << 40);
    let from = number as usize * 7 % (keywords.len() - own as usize);
    let own = keywords[from..from + own as usize].join(" ");
    format!("{} {own}", words(&mut chance, all - WORDS.1))
}

fn words(chance: &mut Chance, count: u32) -> String {
    (0..count).map(|_| chance.word()).collect::<Vec<_>>().join(" ")
}

/// Numbers that look like chance: splitmix64.
struct Chance(u64);

impl Chance {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A word: the tenth is ten times as rare as the first.
    #[expect(
        clippy::cast_precision_loss,
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a rank below 2^32"
    )]
    fn word(&mut self) -> String {
        let share = (self.next() >> 11) as f64 / (1_u64 << 53) as f64;
        let mut letters = Chance(VOCABULARY.powf(share) as u64 + 1_000_000);
        (0..4).map(|_| SYLLABLES[(letters.next() % 16) as usize]).collect()
    }
}

const SYLLABLES: [&str; 16] =
    ["ba", "ko", "mi", "tu", "re", "sa", "lo", "ni", "de", "fu", "ga", "pi", "vo", "ze", "hu", "ja"];
