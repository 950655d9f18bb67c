//! The one way to an embedder: every call of it is counted.

use domain::embedding::{EmbedError, Embedder, Usage, Vector};
use tokio::time::Instant;

/// Embeds texts: a vector for each, in the same order.
///
/// # Errors
/// As [`Embedder::embed`], and where it gives another number of vectors.
pub async fn embed(
    embedder: &dyn Embedder,
    usage: Usage,
    texts: &[String],
) -> Result<Vec<Vector>, EmbedError> {
    let begun = Instant::now();
    let called = match usage {
        Usage::Query => "query",
        Usage::Document => "document",
    };
    // Before, because whoever waits may give up, and the texts were sent all the same.
    metrics::counter!("flowpilot_embedding_texts_total", "usage" => called).increment(texts.len() as u64);
    let made = embedder.embed(usage, texts).await.and_then(|made| {
        let whole = made.len() == texts.len();
        whole.then_some(made).ok_or(EmbedError::Invalid("another number of vectors"))
    });
    let fault = match &made {
        Ok(_) => "none",
        Err(EmbedError::Unavailable { .. }) => "unavailable",
        Err(EmbedError::Refused { .. }) => "refused",
        Err(EmbedError::Invalid(_)) => "invalid",
        Err(EmbedError::Unusable(_)) => "unusable",
    };
    metrics::histogram!("flowpilot_embedding_call_seconds", "usage" => called, "fault" => fault)
        .record(begun.elapsed().as_secs_f64());
    made
}
