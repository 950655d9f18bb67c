use std::pin::pin;
use std::sync::Mutex;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use serde_json::json;

use super::*;
use crate::assistant::port::{Generated, Generating};
use crate::assistant::prompt::{Part, Role, Turn};
use crate::session::step::Tokens;

/// Answers what it was given, in order, and remembers what it was asked.
struct Scripted {
    answers: Mutex<Vec<Result<Value, AssistantError>>>,
    asked: Mutex<Vec<Prompt>>,
}

impl Scripted {
    fn new(mut answers: Vec<Result<Value, AssistantError>>) -> Self {
        answers.reverse();
        Self { answers: Mutex::new(answers), asked: Mutex::default() }
    }
}

impl Assistant for Scripted {
    fn generate<'a>(&'a self, size: Size, prompt: &'a Prompt) -> Generating<'a> {
        self.asked.lock().unwrap().push(prompt.clone());
        let answer = self.answers.lock().unwrap().pop().expect("one call too many");
        let call = CallRecord {
            model: self.model(size),
            size,
            prompt: prompt.hash(),
            tokens: Tokens { input: 10, output: 1, cached: 0, calls: 0 },
            cache_written: 0,
            estimated: false,
            latency: Duration::ZERO,
            status: Some(200),
            fault: answer.as_ref().err().map(AssistantError::code),
        };
        let made = match answer {
            Ok(json) => {
                Ok(Generated { json, model: self.model(size), prompt: prompt.hash(), calls: vec![call] })
            }
            Err(error) => Err(Failure { error, calls: vec![call] }),
        };
        Box::pin(std::future::ready(made))
    }

    fn model(&self, _size: Size) -> ModelName {
        ModelName { provider: "scripted", model: "m".to_owned() }
    }
}

fn prompt() -> Prompt {
    Prompt {
        system: vec![],
        turns: vec![Turn::user("The printer is jammed.")],
        schema_name: "step",
        schema: json!({}),
        max_output_tokens: 512,
    }
}

fn even(value: &Value) -> Result<u64, String> {
    match value["n"].as_u64() {
        Some(n) if n % 2 == 0 => Ok(n),
        _ => Err("n is odd".to_owned()),
    }
}

fn run(scripted: &Scripted) -> Result<Checked<u64>, Unchecked> {
    let prompt = prompt();
    let mut future = pin!(generate_checked(scripted, Size::Deep, &prompt, even));
    match future.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(done) => done,
        Poll::Pending => panic!("nothing here waits"),
    }
}

fn texts(prompt: &Prompt) -> Vec<(Role, Vec<String>)> {
    let text = |part: &Part| match part {
        Part::Text(text) => text.clone(),
        Part::Image { .. } => "image".to_owned(),
    };
    prompt.turns.iter().map(|turn| (turn.role, turn.parts.iter().map(text).collect())).collect()
}

#[test]
fn a_good_answer_takes_one_call() {
    let scripted = Scripted::new(vec![Ok(json!({ "n": 2 }))]);
    let checked = run(&scripted).unwrap();
    assert_eq!((checked.value, checked.calls.len(), checked.correction), (2, 1, None));
}

#[test]
fn an_answer_that_fails_the_check_is_corrected_once_and_both_calls_count() {
    let scripted = Scripted::new(vec![Ok(json!({ "n": 1 })), Ok(json!({ "n": 4 }))]);
    let checked = run(&scripted).unwrap();
    assert_eq!(checked.value, 4);
    assert_eq!(checked.calls.iter().map(|call| call.fault).collect::<Vec<_>>(), [Some("invalid"), None]);
    let asked = scripted.asked.lock().unwrap();
    assert_eq!(checked.correction.as_deref(), Some(&asked[1]));
    let turns = texts(&asked[1]);
    assert_eq!(turns[1].0, Role::Assistant);
    assert!(turns[2].0 == Role::User && turns[2].1[0].contains("n is odd"), "{turns:?}");
}

#[test]
fn a_second_fault_is_a_failure_after_two_calls() {
    let scripted = Scripted::new(vec![Ok(json!({ "n": 1 })), Ok(json!({ "n": 3 }))]);
    let failed = run(&scripted).unwrap_err();
    assert_eq!((failed.error.code(), failed.calls.len()), ("invalid", 2));
}

#[test]
fn an_answer_that_was_cut_off_is_asked_for_in_brief() {
    let scripted = Scripted::new(vec![Err(AssistantError::Truncated), Ok(json!({ "n": 0 }))]);
    assert_eq!(run(&scripted).unwrap().calls.len(), 2);
    let turns = texts(&scripted.asked.lock().unwrap()[1]);
    let (last, words) = turns.last().unwrap();
    assert!(*last == Role::User && words.concat().contains("longer than 512 tokens"), "{turns:?}");
}

#[test]
fn what_correcting_cannot_help_is_not_asked_again() {
    for error in [AssistantError::Refused, AssistantError::SpendCap, AssistantError::Timeout] {
        let scripted = Scripted::new(vec![Err(error.clone())]);
        let failed = run(&scripted).unwrap_err();
        assert_eq!((failed.error, failed.calls.len()), (error, 1));
    }
}
