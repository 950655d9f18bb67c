//! How good matching is with the embedders that are shipped, on the half that no policy was fitted on (rule 5.2).

use domain::embedding::{Embedder, Usage};
use domain::matching::MatchPolicy;
use domain::matching::evaluation::{
    Cosines, Figures, Half, Labelled, Library, fit, for_calibration, shipped,
};
use integrations::embedding::hashing::Hashing;

async fn figures(embedder: &dyn Embedder) -> Figures {
    let (library, policy) = (Library::default(), MatchPolicy::of(Some(embedder.model())));
    let set: Vec<Labelled> = shipped().into_iter().filter(|it| it.half() == Half::Reporting).collect();
    let cosines = cosines(embedder, &library, &set).await;
    Figures::of(&library.trials(&set, &cosines, &policy), &policy)
}

async fn cosines(embedder: &dyn Embedder, library: &Library, set: &[Labelled]) -> Vec<Cosines> {
    let texts: Vec<String> = set.iter().map(|intake| intake.text.clone()).collect();
    let documents: Vec<String> = library.documents().map(str::to_owned).collect();
    let intakes = embedder.embed(Usage::Query, &texts).await.unwrap();
    let documents = embedder.embed(Usage::Document, &documents).await.unwrap();
    intakes.iter().map(|intake| library.cosines(intake, &documents)).collect()
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
    hold(&figures(&Hashing::default()).await, 0.83, 0.50);
}

#[cfg(feature = "local-model")]
#[tokio::test]
async fn with_the_fetched_model_more_lead_and_none_is_misled() {
    let Some(local) = crate::local::fetched() else { return };
    let figures = figures(&local).await;
    hold(&figures, 0.90, 0.58);
    assert_eq!(figures.false_guided.of, 0, "{figures}");
}

#[cfg(feature = "local-model")]
#[tokio::test]
async fn with_the_fetched_model_scores_promise_what_the_set_for_calibration_gives() {
    let Some(local) = crate::local::fetched() else { return };
    let (library, policy) = (Library::default(), MatchPolicy::of(Some(local.model())));
    let set = for_calibration();
    let cosines = cosines(&local, &library, &set).await;
    let raw = MatchPolicy { calibration: Vec::new(), ..policy.clone() };
    let fitted = MatchPolicy { calibration: fit(&library.trials(&set, &cosines, &raw)), ..policy.clone() };
    for value in (0..=20).map(|twentieth| f64::from(twentieth) / 20.0) {
        let (promised, found) = (policy.calibrate(value), fitted.calibrate(value));
        assert!((promised - found).abs() < 0.1, "{value}: {promised} promised, {found} found");
    }
}
