//! How good matching is with the embedders that are shipped, on the half that no policy was fitted on (rule 5.2).

use domain::embedding::{Embedder, Usage};
use domain::matching::MatchPolicy;
use domain::matching::evaluation::{Figures, Half, Labelled, Library, shipped};
use integrations::embedding::hashing::Hashing;

async fn figures(embedder: &dyn Embedder) -> Figures {
    let (library, policy) = (Library::default(), MatchPolicy::of(Some(embedder.model())));
    let set: Vec<Labelled> = shipped().into_iter().filter(|it| it.half() == Half::Reporting).collect();
    let texts: Vec<String> = set.iter().map(|intake| intake.text.clone()).collect();
    let documents: Vec<String> = library.documents().map(str::to_owned).collect();
    let intakes = embedder.embed(Usage::Query, &texts).await.unwrap();
    let documents = embedder.embed(Usage::Document, &documents).await.unwrap();
    let cosines: Vec<_> = intakes.iter().map(|intake| library.cosines(intake, &documents)).collect();
    Figures::of(&library.trials(&set, &cosines, &policy), &policy)
}

fn hold(figures: &Figures, top_1: f64, covered: f64) {
    assert!(figures.top_1.ratio() >= top_1, "{figures}");
    assert!(figures.covered.ratio() >= covered, "{figures}");
    assert!(figures.false_guided.of <= 1, "{figures}");
    let guided = figures.guided_right;
    assert!(guided.all >= 20 && guided.ratio() >= 0.9, "a score of 0.8 promises eight in ten: {figures}");
}

#[tokio::test]
async fn with_hashing_the_right_flow_leads_and_few_are_misled() {
    hold(&figures(&Hashing::default()).await, 0.78, 0.43);
}

#[cfg(feature = "local-model")]
#[tokio::test]
async fn with_the_fetched_model_more_lead_and_none_is_misled() {
    let Some(local) = crate::local::fetched() else { return };
    let figures = figures(&local).await;
    hold(&figures, 0.82, 0.47);
    assert_eq!(figures.false_guided.of, 0, "{figures}");
}
