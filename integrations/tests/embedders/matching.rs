//! How good matching is with the embedders that are shipped, on the half that no policy was fitted on (rule 5.2).

use domain::embedding::{Embedder, Usage, Vector};
use domain::matching::MatchPolicy;
use domain::matching::evaluation::{
    Cosines, Figures, Half, Labelled, Library, fit, for_calibration, shipped,
};
use integrations::embedding::hashing::Hashing;

/// The library, with a vector for each of its documents.
struct Embedded<'a> {
    embedder: &'a dyn Embedder,
    library: Library,
    documents: Vec<Vector>,
}

impl<'a> Embedded<'a> {
    async fn by(embedder: &'a dyn Embedder) -> Self {
        let library = Library::default();
        let documents: Vec<String> = library.documents().map(str::to_owned).collect();
        let documents = embedder.embed(Usage::Document, &documents).await.unwrap();
        Self { embedder, library, documents }
    }

    fn policy(&self) -> MatchPolicy {
        MatchPolicy::of(Some(self.embedder.model()))
    }

    async fn figures(&self) -> Figures {
        let set: Vec<Labelled> = shipped().into_iter().filter(|it| it.half() == Half::Reporting).collect();
        let (cosines, policy) = (self.cosines(&set).await, self.policy());
        Figures::of(&self.library.trials(&set, &cosines, &policy), &policy)
    }

    async fn cosines(&self, set: &[Labelled]) -> Vec<Cosines> {
        let texts: Vec<String> = set.iter().map(|intake| intake.text.clone()).collect();
        let intakes = self.embedder.embed(Usage::Query, &texts).await.unwrap();
        intakes.iter().map(|intake| self.library.cosines(intake, &self.documents)).collect()
    }
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
    hold(&Embedded::by(&Hashing::default()).await.figures().await, 0.83, 0.50);
}

#[cfg(feature = "local-model")]
#[tokio::test]
async fn with_the_fetched_model_more_lead_none_is_misled_and_scores_promise_what_calibration_gives() {
    let Some(local) = crate::local::fetched() else { return };
    // Both in one test, because embedding the documents is most of either.
    let embedded = Embedded::by(&local).await;
    let figures = embedded.figures().await;
    hold(&figures, 0.90, 0.58);
    assert_eq!(figures.false_guided.of, 0, "{figures}");

    let set = for_calibration();
    let (cosines, policy) = (embedded.cosines(&set).await, embedded.policy());
    let raw = MatchPolicy { calibration: Vec::new(), ..policy.clone() };
    let trials = embedded.library.trials(&set, &cosines, &raw);
    let fitted = MatchPolicy { calibration: fit(&trials), ..policy.clone() };
    for value in (0..=20).map(|twentieth| f64::from(twentieth) / 20.0) {
        let (promised, found) = (policy.calibrate(value), fitted.calibrate(value));
        assert!((promised - found).abs() < 0.1, "{value}: {promised} promised, {found} found");
    }
}
