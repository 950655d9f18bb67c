//! How like a lesson is to the proposals that there are: by meaning where an embedder answers, by words otherwise (rule 6.4).

use std::time::Duration;

use domain::embedding::Vector;
use domain::id::AccountId;
use domain::matching::likeness::{self, Means};
use projections::proposals::queries::Twin;

use crate::app::App;
use crate::kept_vectors::{self, Without};

/// The account's other lessons wait meanwhile: an embedder that takes longer is done without.
const LONGEST: Duration = Duration::from_secs(30);

/// A proposal of the same problem.
pub(super) struct Alike {
    /// Which.
    pub(super) twin: Twin,
    /// How alike they are, 0 to 1.
    pub(super) similarity: f64,
    /// By what that was found.
    pub(super) by: Means,
}

/// Those that are of the same problem as a text. All are compared by the same means: what one finds is no measure for another.
pub(super) async fn alike(app: &App, account: AccountId, text: &str, twins: Vec<Twin>) -> Vec<Alike> {
    if twins.is_empty() {
        return Vec::new();
    }
    match by_meaning(app, account, text, &twins).await {
        Ok(Some((similarities, same_from, by))) => chosen(twins, &similarities, same_from, &by),
        Ok(None) => by_words(text, twins),
        Err(error) => {
            tracing::warn!(error = %error, "a lesson is compared by words alone");
            metrics::counter!("flowpilot_lessons_by_words_alone_total").increment(1);
            by_words(text, twins)
        }
    }
}

type Found = (Vec<f64>, f64, Means);

/// How alike each of them is, and from where on that is the same; none without an embedder.
async fn by_meaning(
    app: &App,
    account: AccountId,
    text: &str,
    twins: &[Twin],
) -> Result<Option<Found>, Without> {
    let Some(embedder) = app.matching.embedders().in_force() else { return Ok(None) };
    let mut texts: Vec<String> = twins.iter().flat_map(|twin| twin.texts.iter().cloned()).collect();
    texts.push(text.to_owned());
    texts.sort_unstable();
    texts.dedup();
    let vectors = kept_vectors::within(LONGEST, &app.background, account, &**embedder, &texts).await?;
    let nearness = |other: &String| {
        let cosine = |own: &Vector| vectors.get(other).map(|other| f64::from(own.cosine(other)));
        vectors.get(text).and_then(cosine).unwrap_or(0.0).clamp(0.0, 1.0)
    };
    let similarities = twins.iter().map(|twin| twin.texts.iter().map(nearness).fold(0.0, f64::max)).collect();
    let model = embedder.model();
    Ok(Some((similarities, likeness::same_by_meaning(model), Means::Meaning(model.to_string()))))
}

fn by_words(text: &str, twins: Vec<Twin>) -> Vec<Alike> {
    let nearness = |other: &String| likeness::by_words(text, other);
    let similarities: Vec<_> =
        twins.iter().map(|twin| twin.texts.iter().map(nearness).fold(0.0, f64::max)).collect();
    chosen(twins, &similarities, likeness::SAME_BY_WORDS, &Means::Words)
}

fn chosen(twins: Vec<Twin>, similarities: &[f64], same_from: f64, by: &Means) -> Vec<Alike> {
    let alike = twins.into_iter().zip(similarities).filter(|(_, similarity)| **similarity >= same_from);
    alike.map(|(twin, similarity)| Alike { twin, similarity: *similarity, by: by.clone() }).collect()
}
