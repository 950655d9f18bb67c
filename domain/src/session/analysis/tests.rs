//! What FlowPilot writes by itself.

use super::*;
use crate::session::answer::Answer;
use crate::session::sample::*;

#[test]
fn the_analysis_names_what_was_understood_and_the_flow_with_its_reason_and_score() {
    // Rule 2.9.
    let text = intake_analysis(&classification(), &flow_match());
    let expected = "What I understood: Account locks every twenty minutes since a password change\n\
        Area: Active Directory · Urgency: High\n\
        Symptoms:\n- locked out\n- every twenty minutes\n\
        Flow: “Account lockout source”, 87 % sure. Why: It shares “locked out” and “password”.";
    assert_eq!(text, expected);
}

#[test]
fn the_analysis_says_that_no_flow_fits_and_which_was_nearest() {
    // Rule 2.9.
    let mut matched = flow_match();
    matched.chosen = None;
    matched.candidates[0].score = 0.31;
    let text = intake_analysis(&classification(), &matched);
    assert!(
        text.ends_with(
            "No flow fits. The nearest, “Account lockout source”, is not close enough (31 % sure)."
        )
    );
    matched.declined = true;
    assert!(
        intake_analysis(&classification(), &matched)
            .ends_with("\nNo flow fits; the nearest, “Account lockout source”, is another problem.")
    );
    matched.declined = false;
    matched.candidates.clear();
    assert!(intake_analysis(&classification(), &matched).ends_with("\nNo flow fits."));
}

#[test]
fn the_package_is_there_at_once_and_holds_the_tried_steps_with_responses_and_results() {
    // Rule 3.2.
    let view = Log::started()
        .with(classified())
        .with(presented(0, question("When did it start?", &["Today", "Monday"]), 0.55, false))
        .with(answered(0, Answer::Option(option("Monday"))))
        .with(presented(1, suggestion("Delete the stored credential."), 0.55, false))
        .with(answered(1, acted(false, "Locked again.")))
        .with(escalated(1, None))
        .view();
    let package = escalation_package(&view).expect("escalated");
    assert_eq!((package.original_engineer, package.confidence.score()), (OPENER, 0.55));
    assert_eq!(package.intake, "Locked out again since she changed her password.");
    assert!(package.problem.starts_with("Account locks") && package.hypotheses.is_empty());
    let tried: Vec<_> = package.steps_tried.iter().map(|it| (it.number, told(it))).collect();
    let expected = [
        (1, "When did it start? → Monday".to_owned()),
        (2, "Delete the stored credential. → Did not resolve: Locked again.".to_owned()),
    ];
    assert_eq!(tried, expected);
}

#[test]
fn without_an_escalation_there_is_no_package() {
    assert!(escalation_package(&Log::started().view()).is_none());
}

#[test]
fn a_briefing_tells_the_picker_all_that_the_package_holds() {
    // Rule 3.4.
    let text = briefing(&realistic().view());
    for part in [
        "Problem: Account locks",
        "Area: Active Directory",
        "Escalated because: Needs somebody",
        "Confidence then: 55 %",
        "It began with: Frau Yılmaz",
        "- When did it start? → After a password change",
        "Ruled out:\n- A wrong time",
        "May still be the cause:\n- A stored credential",
        "Suggested next:\n- Read event 4740",
        "What the new handler brings: I may read the DC's logs.",
    ] {
        assert!(text.contains(part), "{part} in {text}");
    }
    // What came after the escalation was not tried before it.
    assert!(!text.contains("Did not resolve") && !text.contains("NB-0417\nSource"), "{text}");
}
