//! From which nearness on two texts are about the same, for each embedder: cosines of different models mean different things.

use crate::embedding::ModelId;
use crate::matching::{HASHING, MINILM};

/// The average cosine from which texts are about the same.
///
/// Measured on `domain/evaluation/problems.jsonl`, problems and questions in several wordings each, and on the intakes that
/// matching is evaluated with, of which two flows are never a pattern (`integrations/tests/embedders/gaps.rs`). all-MiniLM-L6-v2
/// finds every problem and question whole, and nothing else, from 0.46 to 0.50, but for German texts: to it they are like each
/// other. Hashing sees shared words only: from 0.29 on nothing wrong is put together, and at 0.3 it misses two wordings of 32 and
/// one question of 6. A model that was never measured gets a threshold that errs towards too little: a pattern that is missed is
/// found by people, one that is none misleads them.
pub fn alike_from(model: &ModelId) -> f32 {
    if model.as_str().starts_with(HASHING) {
        0.3
    } else if model.as_str() == MINILM {
        0.5
    } else {
        0.75
    }
}
