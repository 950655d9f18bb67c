use super::*;

fn trial(place: Option<usize>, score: f64, has_flow: bool) -> Trial {
    Trial { has_flow, domain: has_flow.then_some(ProblemDomain::Email), place, best: None, score }
}

#[test]
fn the_shipped_set_is_large_varied_and_its_halves_are_about_as_large() {
    let set = shipped();
    assert!(set.len() >= 240, "{}", set.len());
    let none = |set: &[Labelled]| set.iter().filter(|intake| intake.flow.is_none()).count();
    assert!(none(&set) * 3 >= set.len() - 2, "a third has no flow");
    for flow in starter_flows() {
        let count = set.iter().filter(|intake| intake.flow.as_deref() == Some(&flow.slug)).count();
        assert!(count >= 5, "{}: {count}", flow.slug);
    }
    let tuning = set.iter().filter(|intake| intake.half() == Half::Tuning).count();
    assert!((0.4..=0.7).contains(&Share { of: tuning, all: set.len() }.ratio()), "{tuning}");
}

#[test]
fn the_set_for_calibration_has_every_flow_and_shares_no_intake_with_the_other() {
    let (set, shipped) = (for_calibration(), shipped());
    assert!(set.len() >= 150, "{}", set.len());
    assert!(
        set.iter().filter(|intake| intake.flow.is_none()).count() * 4 >= set.len(),
        "a quarter has no flow"
    );
    for flow in starter_flows() {
        let count = set.iter().filter(|intake| intake.flow.as_deref() == Some(&flow.slug)).count();
        assert!(count >= 4, "{}: {count}", flow.slug);
    }
    assert!(!set.iter().any(|intake| shipped.iter().any(|other| other.text == intake.text)));
}

#[test]
fn a_line_that_cannot_be_read_is_named() {
    let read = |text| read(text).unwrap_err();
    assert!(read("{\"text\": \"a\", \"flow\": null}\nnot json").starts_with("line 2"));
    assert!(read("{\"text\": \"a\", \"flow\": \"no-such-flow\"}").contains("no-such-flow"));
}

#[test]
fn figures_count_what_they_say() {
    let trials = [
        trial(Some(0), 0.9, true),
        trial(Some(1), 0.85, true),
        trial(None, 0.3, true),
        trial(None, 0.8, false),
        trial(None, 0.0, false),
    ];
    let figures = Figures::of(&trials, &MatchPolicy::default());
    assert_eq!(figures.top_1, Share { of: 1, all: 3 });
    assert!((figures.mrr_3 - 0.5).abs() < 1e-9);
    assert_eq!(figures.false_guided, Share { of: 1, all: 2 });
    assert_eq!(figures.guided_right, Share { of: 1, all: 3 });
    assert_eq!(figures.covered, Share { of: 1, all: 5 });
    assert_eq!(figures.by_domain["EMAIL"], Share { of: 1, all: 3 });
    assert_eq!(figures.reliability[4], (0.8, Share { of: 1, all: 3 }));
    let told = figures.told();
    let of = |name: &str| told.iter().find(|figure| figure.name == name).unwrap().share;
    assert_eq!((of("top-1"), of("MRR@3")), (Some(figures.top_1), None));
    assert_eq!(
        (of("top-1, EMAIL"), of("right from score 0.8")),
        (Some(figures.top_1), Some(Share { of: 1, all: 3 }))
    );
}

#[test]
fn what_is_fitted_rises_and_promises_no_certainty() {
    let trials: Vec<_> = (0..64_u8)
        .map(|n| {
            let right = n > 40 || n % 5 == 0;
            trial(right.then_some(0), f64::from(n) / 64.0, true)
        })
        .collect();
    let points = fit(&trials);
    assert!(points.windows(2).all(|pair| pair[0].0 < pair[1].0 && pair[0].1 < pair[1].1), "{points:?}");
    assert!(points.last().is_some_and(|last| last.1 > 0.8 && last.1 < 1.0), "{points:?}");
}
