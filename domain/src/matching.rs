//! Which flow fits an intake (rule 5.2): words in common, nearness of meaning, what helped lately; then a probability.

pub(crate) mod words;
