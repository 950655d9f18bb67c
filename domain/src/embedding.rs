//! The port that embedders stand behind: texts go in, a vector for each comes out; near vectors mean near meanings.

use std::fmt;
use std::pin::Pin;
use std::time::Duration;

use thiserror::Error;

/// A provider of embeddings. It is chosen when the program starts, hence behind a `dyn`.
///
/// An implementation repeats by itself what may pass soon, within bounds of its own, and always comes back. Dropping the
/// future ends the call.
pub trait Embedder: Send + Sync {
    /// A vector for each text, in the same order. A text that is too long for the model is cut.
    fn embed<'a>(&'a self, usage: Usage, texts: &'a [String]) -> Embedding<'a>;

    /// The model whose vectors they are.
    fn model(&self) -> &ModelId;
}

/// Vectors on their way.
pub type Embedding<'a> = Pin<Box<dyn Future<Output = Result<Vec<Vector>, EmbedError>> + Send + 'a>>;

/// What a text is embedded for: some models tell questions from what answers them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Usage {
    /// Something is looked for: an intake.
    Query,
    /// It may be found: a flow's documents.
    Document,
}

/// Names a model so that two vectors of the same name can be compared: whoever changes what comes out changes the name.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct ModelId(String);

impl ModelId {
    /// A name such as `voyage/voyage-3.5@1024`.
    pub fn new(name: impl Into<String>) -> Self {
        Self(name.into())
    }

    /// As it is stored.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for ModelId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A direction: a vector of length 1.
#[derive(Clone, PartialEq)]
pub struct Vector(Vec<f32>);

impl Vector {
    /// The direction of these numbers; none where they have none: all are 0, or one is no number.
    pub fn towards(mut numbers: Vec<f32>) -> Option<Self> {
        let length = numbers.iter().map(|number| number * number).sum::<f32>().sqrt();
        if !length.is_finite() || length <= f32::EPSILON {
            return None;
        }
        for number in &mut numbers {
            *number /= length;
        }
        Some(Self(numbers))
    }

    /// Its numbers.
    pub fn numbers(&self) -> &[f32] {
        &self.0
    }

    /// The cosine of the angle between two directions, -1 to 1; 0 where they are of different spaces.
    pub fn cosine(&self, other: &Self) -> f32 {
        if self.0.len() != other.0.len() {
            return 0.0;
        }
        self.0.iter().zip(&other.0).map(|(one, other)| one * other).sum()
    }
}

impl fmt::Debug for Vector {
    /// Much of a text can be told from its vector: it is not shown.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Vector({} numbers)", self.0.len())
    }
}

/// Why there are no vectors. The messages are safe to log.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum EmbedError {
    /// It can't be reached, is overloaded or broken, or is given a rest after many failures.
    #[error("the embedder is unavailable ({why})")]
    Unavailable {
        /// What was seen, in constant words.
        why: &'static str,
        /// When to come back, if that is known.
        after: Option<Duration>,
    },
    /// It refuses what is asked for: a wrong key, a wrong model's name, a missing feature.
    #[error("the embedder refuses what it is asked for ({code})")]
    Refused {
        /// The HTTP status.
        code: String,
    },
    /// What came back is not a vector for each text.
    #[error("the embedder's answer has not the wanted form ({0})")]
    Invalid(&'static str),
    /// A local model can't be used as it lies there.
    #[error("the local model cannot be used: {0}")]
    Unusable(String),
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_vector_has_length_one_and_says_nothing_of_itself() {
        let vector = Vector::towards(vec![3.0, 4.0]).unwrap();
        assert_eq!(vector.numbers(), [0.6, 0.8]);
        assert_eq!(format!("{vector:?}"), "Vector(2 numbers)");
        assert!((vector.cosine(&vector) - 1.0).abs() < 1e-6);
    }

    #[test]
    fn what_has_no_direction_is_no_vector_and_different_spaces_have_nothing_in_common() {
        for numbers in [vec![], vec![0.0, 0.0], vec![1.0, f32::NAN], vec![f32::INFINITY]] {
            assert_eq!(Vector::towards(numbers), None);
        }
        let (flat, deep) = (Vector::towards(vec![1.0]).unwrap(), Vector::towards(vec![1.0, 0.0]).unwrap());
        assert!(flat.cosine(&deep).abs() < f32::EPSILON);
    }
}
