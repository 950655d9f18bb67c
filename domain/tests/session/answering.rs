//! Answers: which step takes which, once (rules 2.7, 2.8, 2.11, 2.13).

use domain::personal::Personal;
use domain::refusal::RefusalCode;
use domain::session::RepeatedAnswer;
use domain::session::answer::{ActionResult, Answer, GivenAnswer};
use domain::session::command::{SessionAct, SessionCommand};
use domain::session::event::{RequestCause, SessionEvent, StepAnswered, StepRequested};
use domain::session::status::SessionStatus;
use domain::session::step::StepKind;

use crate::people::{by, mate, opener, owner, request, step, stranger};
use crate::story::{
    Story, answer, content, draft, note, option, picked_up, question, resolve, result, suggestion, types,
};

fn free(text: &str) -> GivenAnswer {
    GivenAnswer::FreeText(text.into())
}

// Rule 2.8.
#[test]
fn every_kind_of_step_takes_the_forms_of_answer_that_the_table_says() {
    use RefusalCode::{FreeTextNotAllowed as NoText, InvalidInput as Invalid, SkipNotAllowed as NoSkip};
    type Expected = Result<(), RefusalCode>;
    // Option, free text, skip, action result: each where free text and skips are allowed, and where they aren't.
    let table: [(StepKind, [[Expected; 4]; 2]); 6] = [
        (
            StepKind::Question,
            [[Ok(()), Ok(()), Ok(()), Err(Invalid)], [Ok(()), Err(NoText), Err(NoSkip), Err(Invalid)]],
        ),
        (
            StepKind::Action,
            [[Err(Invalid), Ok(()), Ok(()), Ok(())], [Err(Invalid), Err(NoText), Err(NoSkip), Ok(())]],
        ),
        (
            StepKind::Verification,
            [[Err(Invalid), Ok(()), Ok(()), Ok(())], [Err(Invalid), Err(NoText), Err(NoSkip), Ok(())]],
        ),
        (
            StepKind::ScriptGeneration,
            [[Err(Invalid), Ok(()), Ok(()), Ok(())], [Err(Invalid), Err(NoText), Err(NoSkip), Ok(())]],
        ),
        (
            StepKind::InfoRequest,
            [[Err(Invalid), Ok(()), Ok(()), Ok(())], [Err(Invalid), Ok(()), Err(NoSkip), Ok(())]],
        ),
        (
            StepKind::ResolutionSuggestion,
            [
                [Err(Invalid), Err(NoText), Err(NoSkip), Ok(())],
                [Err(Invalid), Err(NoText), Err(NoSkip), Ok(())],
            ],
        ),
    ];
    for (kind, expected) in table {
        for (allowed, expected) in [true, false].into_iter().zip(expected) {
            let story = Story::with_step(content(kind, allowed, allowed));
            let forms = [option("yes"), free("On all of them"), GivenAnswer::Skip, result(false)];
            for (form, expected) in forms.into_iter().zip(expected) {
                let outcome = story.when(by(opener()), answer(1, form.clone()));
                let found = outcome.map(|_| ()).map_err(|error| error.code());
                assert_eq!(found, expected, "{kind:?} (allowed: {allowed}) answered with {form:?}");
            }
        }
    }
}

#[test]
fn an_option_is_recorded_whole_and_the_next_step_is_asked_for() {
    let story = Story::with_question();
    let content = question(false, false);
    let chosen = Answer::Option(content.options()[1].clone());
    let answered =
        StepAnswered { step: step(1), answered_by: opener().user, answer: chosen, redactions: vec![] };
    let asked = StepRequested { request: request(2), cause: RequestCause::Answer(step(1)) };
    let outcome = story.when(by(opener()), answer(1, option("no"))).unwrap();
    assert_eq!(outcome, [SessionEvent::StepAnswered(answered), SessionEvent::StepRequested(asked)]);
}

#[test]
fn a_value_that_is_no_option_is_unknown_and_one_too_long_for_any_is_invalid() {
    let story = Story::with_question();
    assert_eq!(story.refusal(by(opener()), answer(1, option("YES"))), RefusalCode::UnknownOption);
    assert_eq!(story.refusal(by(opener()), answer(1, option(""))), RefusalCode::UnknownOption);
    let endless = option(&"x".repeat(501));
    assert_eq!(story.invalid(by(opener()), answer(1, endless)), ["answer", "option"]);
}

#[test]
fn own_words_are_neither_empty_nor_endless_nor_hold_nul() {
    let story = Story::with_step(question(true, true));
    for text in ["", " \n", "a\0b", &"ü".repeat(10_001)] {
        let path = story.invalid(by(opener()), answer(1, free(text)));
        assert_eq!(path, ["answer", "freeText"]);
    }
    assert!(story.when(by(opener()), answer(1, free(&"ü".repeat(10_000)))).is_ok());
}

#[test]
fn details_of_a_result_are_bounded_and_blank_ones_count_as_none() {
    let story = Story::with_step(content(StepKind::Action, false, false));
    let with = |details: &str, hint: &str| {
        let (details, next_hint) = (Some(details.into()), Some(hint.into()));
        GivenAnswer::ActionResult(ActionResult { succeeded: true, details, next_hint })
    };
    let long = "x".repeat(10_001);
    assert_eq!(
        story.invalid(by(opener()), answer(1, with(&long, ""))),
        ["answer", "actionResult", "details"]
    );
    assert_eq!(
        story.invalid(by(opener()), answer(1, with("", "\0"))),
        ["answer", "actionResult", "nextHint"]
    );
    let outcome = story.when(by(opener()), answer(1, with(" ", "the DC"))).unwrap();
    let SessionEvent::StepAnswered(answered) = &outcome[0] else { panic!("{outcome:?}") };
    let expected: ActionResult =
        ActionResult { succeeded: true, details: None, next_hint: Some(Personal::from("the DC")) };
    assert_eq!(answered.answer, Answer::ActionResult(expected));
}

// Rule 2.8: no-op with the first position.
#[test]
fn the_identical_answer_again_changes_nothing_and_leads_back_to_the_first() {
    let story = Story::with_question().and(by(opener()), answer(1, option("yes")));
    let first = RepeatedAnswer { version: 4 };
    let repeat = || SessionCommand { by: by(opener()), act: answer(1, option("yes")) };
    assert_eq!(story.when(by(opener()), answer(1, option("yes"))), Ok(vec![]));
    assert_eq!(story.session().repeated_answer(&repeat()), Some(first));
    assert_eq!(story.session().answered_at(step(1)), Some(4));
    // Also when the session has moved on, even to its end.
    let closed = story.presenting(2, draft(2, suggestion())).and(by(opener()), resolve());
    assert_eq!(closed.when(by(opener()), answer(1, option("yes"))), Ok(vec![]));
    assert_eq!(closed.session().repeated_answer(&repeat()), Some(first));
}

#[test]
fn an_identical_answer_from_somebody_who_does_not_see_the_session_tells_nothing() {
    let story = Story::with_question().and(by(opener()), answer(1, option("yes")));
    let act = answer(1, option("yes"));
    assert_eq!(story.refusal(by(stranger()), act.clone()), RefusalCode::NotFound);
    let command = SessionCommand { by: by(stranger()), act };
    assert_eq!(story.session().repeated_answer(&command), None);
}

#[test]
fn every_form_of_answer_is_known_again() {
    let kinds = [
        (question(true, true), free("Only the phone")),
        (question(true, true), GivenAnswer::Skip),
        (
            content(StepKind::Action, false, false),
            GivenAnswer::ActionResult(ActionResult {
                succeeded: false,
                details: Some("  ".into()),
                next_hint: Some("the switch".into()),
            }),
        ),
    ];
    for (content, given) in kinds {
        let story = Story::with_step(content).and(by(opener()), answer(1, given.clone()));
        assert_eq!(story.when(by(opener()), answer(1, given.clone())), Ok(vec![]), "{given:?}");
    }
}

#[test]
fn another_answer_to_a_closed_step_is_refused() {
    let story = Story::with_question().and(by(opener()), answer(1, option("yes")));
    let code = story.refusal(by(opener()), answer(1, option("no")));
    assert_eq!(code, RefusalCode::StepNotOpen);
}

#[test]
fn steps_that_are_not_the_open_one_take_no_answer() {
    let story = Story::with_question().and(by(opener()), note(2, "By the way"));
    for other in [2, 77] {
        let code = story.refusal(by(opener()), answer(other, option("yes")));
        assert_eq!(code, RefusalCode::StepNotOpen);
    }
    // Superseded by the pick-up.
    let code = picked_up().refusal(by(mate()), answer(1, option("yes")));
    assert_eq!(code, RefusalCode::StepNotOpen);
}

// Rules 2.6, 11.3.
#[test]
fn only_the_handler_answers() {
    let story = Story::with_question();
    let code = story.refusal(by(owner()), answer(1, option("yes")));
    assert_eq!(code, RefusalCode::NotEntitled);
    assert_eq!(story.refusal(by(mate()), answer(1, option("yes"))), RefusalCode::NotFound);
    let handed_on = picked_up().presenting(50, draft(2, question(false, false)));
    let code = handed_on.refusal(by(opener()), answer(2, option("yes")));
    assert_eq!(code, RefusalCode::NotEntitled);
    assert!(handed_on.when(by(mate()), answer(2, option("yes"))).is_ok());
}

// Rule 2.13.
#[test]
fn a_solution_that_helped_leaves_the_closing_to_the_engineer() {
    let story = Story::with_step(suggestion());
    let helped = story.when(by(opener()), answer(1, result(true)));
    assert_eq!(types(&helped), ["session.step_answered"]);
    let session = story.clone().and(by(opener()), answer(1, result(true))).session();
    assert_eq!(session.status(), Some(SessionStatus::Active));
    let failed = story.when(by(opener()), answer(1, result(false)));
    assert_eq!(types(&failed), ["session.step_answered", "session.step_requested"]);
}

// A secret found late: who reads the masked value sends the masked value.
#[test]
fn an_option_is_known_by_its_masked_value_too() {
    let mut content = question(false, false);
    if let domain::session::step::StepContent::Question { options, .. } = &mut content {
        options[0].value = "use hunter2 again".into();
    }
    let redact = SessionAct::Redact {
        text: "hunter2".into(),
        placeholder: "[password]".into(),
        reason: "It is the customer's password".into(),
    };
    let story = Story::with_step(content).and(by(opener()), redact);
    let masked = answer(1, option("use [password] again"));
    let answered = story.clone().and(by(opener()), masked.clone());
    assert_eq!(answered.when(by(opener()), masked), Ok(vec![]));
}
