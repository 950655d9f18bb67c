//! Each kind of gap appears when it should, says why, and not below its smallest sample.

use uuid::Uuid;

use super::*;
use crate::embedding::{ModelId, Vector};
use crate::flow::event::FlowKind;
use crate::flow::validation::validate;
use crate::id::FlowId;
use crate::session::answer::Answer;
use crate::session::sample::{Log, acted, action, answered, option, presented, question, resolved, start};
use crate::session::step::StepContent;
use crate::session::view::SessionView;

fn session(n: u128) -> SessionId {
    SessionId(Uuid::from_u128(n))
}

/// Texts that share their first word mean the same.
fn meanings<'a>(texts: impl IntoIterator<Item = &'a str>) -> Meanings {
    const SPACE: u8 = 8;
    let vector = |text: &str| {
        let place = text.bytes().next().unwrap_or_default() % SPACE;
        Vector::towards((0..SPACE).map(|it| f32::from(u8::from(it == place))).collect()).unwrap()
    };
    Meanings::new(&ModelId::new("test/any"), texts.into_iter().map(|text| (text.to_owned(), vector(text))))
}

fn asked(n: u128, node: Option<&str>, text: &str, own_words: Option<&str>) -> AnsweredQuestion {
    AnsweredQuestion {
        session: session(n),
        domain: Some(ProblemDomain::Printing),
        node: node.map(|node| (FlowId(Uuid::from_u128(7)), node.to_owned())),
        text: text.to_owned(),
        own_words: own_words.map(str::to_owned),
    }
}

#[test]
fn a_flow_s_question_that_is_often_answered_in_own_words_has_weak_options_however_it_was_worded() {
    let own = ["It beeps.", "It beeps twice.", "It beeps."];
    let mut questions: Vec<_> =
        own.iter().zip(1..).map(|(it, n)| asked(n, Some("lamp"), "Which lamp?", Some(it))).collect();
    questions.push(asked(4, Some("lamp"), "Welche Lampe?", None));
    assert_eq!(weak_options(&questions, &meanings([])).len(), 0, "four answers are too few");
    questions.push(asked(5, Some("other"), "Which lamp?", None));
    assert_eq!(weak_options(&questions, &meanings([])).len(), 0, "another node is another question");
    questions.push(asked(6, Some("lamp"), "Which lamp, then?", None));
    let gaps = weak_options(&questions, &meanings([]));
    assert_eq!(gaps.len(), 1);
    let gap = &gaps[0];
    assert_eq!((gap.kind, gap.count, gap.domain), (GapKind::WeakOptions, 3, Some(ProblemDomain::Printing)));
    assert!((gap.rate - 0.6).abs() < 1e-9);
    assert_eq!(gap.examples, ["It beeps.", "It beeps twice."], "each once");
    assert_eq!(gap.sessions, [session(1), session(2), session(3)]);
    assert_eq!(gap.severity, Severity::Medium);
    assert_eq!(
        gap.description,
        "Of 5 answers to this question of a flow, 3 (60 %) were given in free text instead of by an option. Severity \
         MEDIUM: it was seen fewer than 10 times, but the share is large (60 % or more)."
    );
    assert_eq!(format!("{gap:?}"), "KnowledgeGap(…)");
}

#[test]
fn questions_that_no_flow_asked_are_one_if_they_mean_the_same() {
    let texts =
        ["since when?", "start of it?", "since Monday?", "seen first?", "since today?", "who?", "who else?"];
    let questions: Vec<_> =
        texts.iter().zip(1..).map(|(text, n)| asked(n, None, text, (n < 4).then_some("Long ago."))).collect();
    let gaps = weak_options(&questions, &meanings(texts));
    assert_eq!(gaps.len(), 1);
    assert_eq!((gaps[0].count, gaps[0].examples.len()), (3, 1));
    assert!(
        gaps[0]
            .description
            .starts_with("Of 5 answers to this question and others that mean the same, 3 (60 %)")
    );
    assert_eq!(
        weak_options(&questions, &meanings([])).len(),
        0,
        "without a meaning each text is one of its own"
    );
}

#[test]
fn options_that_are_seldom_passed_over_are_not_weak() {
    let mut questions: Vec<_> =
        (1..=3).map(|n| asked(n, Some("lamp"), "Which lamp?", Some("It beeps."))).collect();
    questions.extend((4..=10).map(|n| asked(n, Some("lamp"), "Which lamp?", None)));
    assert_eq!(weak_options(&questions, &meanings([])).len(), 1, "three of ten");
    questions.push(asked(11, Some("lamp"), "Which lamp?", None));
    assert_eq!(weak_options(&questions, &meanings([])).len(), 0, "three of eleven");
    let two: Vec<_> = (1..=5).map(|n| asked(n, Some("lamp"), "Which?", (n < 3).then_some("No."))).collect();
    assert_eq!(weak_options(&two, &meanings([])).len(), 0, "two special cases");
}

fn sample(count: i64, of: i64) -> DomainSample {
    let sessions = (1..=u128::try_from(count).unwrap()).map(session).collect();
    DomainSample {
        domain: ProblemDomain::Email,
        count,
        of,
        sessions,
        examples: vec!["Mail is late.".to_owned()],
    }
}

#[test]
fn a_domain_escalates_too_much_above_four_in_ten_of_five_or_more() {
    for (count, of, severity) in [
        (4, 4, None),
        (2, 5, None),
        (3, 5, Some(Severity::Medium)),
        (3, 6, Some(Severity::Low)),
        (4, 10, None),
        (10, 24, Some(Severity::Medium)),
        (12, 20, Some(Severity::High)),
    ] {
        let gaps = high_escalation(&[sample(count, of)]);
        assert_eq!(gaps.first().map(|gap| gap.severity), severity, "{count} of {of}");
    }
    let gap = &high_escalation(&[sample(12, 20)])[0];
    assert_eq!((gap.domain, gap.count, gap.sessions.len()), (Some(ProblemDomain::Email), 12, MOST_SESSIONS));
    assert!(
        gap.description.starts_with("Of 20 closed sessions in this domain, 12 (60 %) requested escalation")
    );
}

#[test]
fn a_domain_is_uncharted_from_the_third_session_that_was_resolved_in_discovery() {
    for (count, of, severity) in [
        (2, 2, None),
        (3, 3, Some(Severity::Medium)),
        (3, 30, Some(Severity::Low)),
        (10, 30, Some(Severity::Medium)),
        (10, 20, Some(Severity::High)),
    ] {
        let gaps = uncharted_territory(&[sample(count, of)]);
        assert_eq!(gaps.first().map(|gap| gap.severity), severity, "{count} of {of}");
    }
}

fn unmatched(n: u128, text: &str) -> UnmatchedIntake {
    let domain = Some(if n.is_multiple_of(2) { ProblemDomain::Printing } else { ProblemDomain::Other });
    UnmatchedIntake { session: session(n), domain, text: text.to_owned(), resolved: n > 2 }
}

#[test]
fn what_comes_for_the_third_time_without_a_flow_is_a_pattern() {
    let texts = ["blank labels", "badge refused", "but no print", "broken fan", "x-ray", "bright line"];
    let intakes: Vec<_> = texts.iter().zip(1..).map(|(text, n)| unmatched(n, text)).collect();
    let patterns = repeated_patterns(&intakes, &meanings(texts));
    assert_eq!(patterns.len(), 1);
    let gap = &patterns[0].gap;
    assert_eq!(
        (gap.kind, gap.count, gap.domain),
        (GapKind::RepeatedPattern, 5, Some(ProblemDomain::Printing))
    );
    assert_eq!(gap.examples, ["blank labels", "badge refused", "but no print", "broken fan", "bright line"]);
    assert_eq!(patterns[0].solved, [session(6), session(4), session(3)], "the oldest first");
    assert!(gap.description.starts_with("Of 6 intakes that no flow fits, 5 (83 %) are about the same."));
    assert_eq!(repeated_patterns(&intakes[..2], &meanings(texts)), []);
}

fn solved(answer: &str, solution: &str) -> SessionView {
    Log::new()
        .with(start(Some("Blank labels.")))
        .with(presented(1, question("Which lamp?", &["Red", "Green"]), 0.2, false))
        .with(answered(1, Answer::Option(option(answer))))
        .with(presented(2, StepContent::Action(action("Turn the ribbon")), 0.2, false))
        .with(answered(2, acted(true, "It prints.")))
        .with(resolved(solution, None))
        .view()
}

#[test]
fn a_pattern_suggests_the_structure_that_its_resolved_sessions_make() {
    let texts = ["b1", "b2", "b3"];
    let intakes: Vec<_> = texts.iter().zip(1..).map(|(text, n)| unmatched(n, text)).collect();
    let pattern = repeated_patterns(&intakes, &meanings(texts)).remove(0);
    let plain = pattern.clone().explained_by(&[]);
    assert_eq!((plain.nodes.len(), &plain.suggested_action), (0, &pattern.gap.suggested_action));
    let nothing = Log::started().with(resolved("It went away.", None)).view();
    let gap = pattern.explained_by(&[
        nothing,
        solved("Red", "Ribbon turned."),
        solved("Green", "Ribbon replaced."),
    ]);
    let texts: Vec<_> = gap.nodes.iter().map(|node| node.text.as_str()).collect();
    assert_eq!(
        texts,
        ["Which lamp?", "Turn the ribbon", "Ribbon turned.", "Turn the ribbon", "Ribbon replaced."],
        "a session without a course suggests nothing, two that went different ways make a branch"
    );
    assert_eq!(validate(FlowKind::Troubleshooting, &gap.nodes), Ok(()));
    assert!(gap.suggested_action.contains("suggested structure"));
}

#[test]
fn a_report_begins_with_the_gravest_and_holds_no_more_of_a_kind_than_can_be_worked_through() {
    let mut gaps = uncharted_territory(&[sample(3, 30), sample(10, 20)]);
    gaps.extend(high_escalation(&vec![sample(12, 20); 30]));
    let told = in_order(gaps);
    let kinds: Vec<_> = told.iter().map(|gap| (gap.severity, gap.kind)).collect();
    assert_eq!(kinds.len(), MOST_OF_A_KIND + 2);
    assert_eq!(kinds[0], (Severity::High, GapKind::HighEscalation));
    assert_eq!(kinds[MOST_OF_A_KIND], (Severity::High, GapKind::UnchartedTerritory));
    assert_eq!(kinds[MOST_OF_A_KIND + 1], (Severity::Low, GapKind::UnchartedTerritory));
}
