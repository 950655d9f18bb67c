//! Answering the open step (rules 2.8, 2.11, 2.13).

use super::{ACTIVE, Decision, asked};
use crate::access::By;
use crate::input::{InputFault, InvalidInput, Path};
use crate::session::answer::{ActionResult, Answer, GivenAnswer, MAX_OPTION_VALUE};
use crate::session::command::AnswerStep;
use crate::session::course::{Course, Trace};
use crate::session::error::SessionError;
use crate::session::event::{RequestCause, SessionEvent, StepAnswered};
use crate::session::lengths;
use crate::session::step::{Step, StepKind};

const ANSWER: Path = &["answer"];
const OPTION: Path = &["answer", "option"];
const FREE_TEXT: Path = &["answer", "freeText"];
const DETAILS: Path = &["answer", "actionResult", "details"];
const NEXT_HINT: Path = &["answer", "actionResult", "nextHint"];

impl Course {
    pub(super) fn answer_step(&self, by: &By, given: AnswerStep) -> Decision {
        if self.repeated_answer(&given).is_some() {
            return Ok(vec![]);
        }
        let answered_by = self.as_handler(by)?;
        self.require(ACTIVE)?;
        let step = self.open_step().filter(|open| open.id == given.step).ok_or(SessionError::StepNotOpen)?;
        let answer = self.accept(step, given.answer)?;
        let next = if is_accepted_solution(step, &answer) {
            None
        } else {
            self.ask(asked(given.next_request, RequestCause::Answer(step.id)))
        };
        let answered = StepAnswered { step: step.id, answered_by, answer, redactions: given.redactions };
        Ok(std::iter::once(SessionEvent::StepAnswered(answered)).chain(next).collect())
    }

    /// The version of the first answer, if this one is identical to it.
    pub(super) fn repeated_answer(&self, given: &AnswerStep) -> Option<u64> {
        match self.steps.get(&given.step) {
            Some(Trace::Answered { answer, version }) => {
                self.is_same(answer, &given.answer).then_some(*version)
            }
            Some(Trace::Unanswered) | None => None,
        }
    }

    fn is_same(&self, recorded: &Answer, given: &GivenAnswer) -> bool {
        match (recorded, given) {
            (Answer::Option(option), GivenAnswer::Option(value)) => self.names(&option.value, value),
            (Answer::FreeText(text), GivenAnswer::FreeText(given)) => text.as_str() == given,
            (Answer::Skipped, GivenAnswer::Skip) => true,
            (Answer::ActionResult(result), GivenAnswer::ActionResult(given)) => {
                checked(given.clone()).is_ok_and(|given| given == *result)
            }
            _ => false,
        }
    }

    /// The answer as it is recorded, if the step takes it.
    fn accept(&self, step: &Step, given: GivenAnswer) -> Result<Answer, SessionError> {
        match given {
            GivenAnswer::Option(value) if step.kind() == StepKind::Question => self.option(step, &value),
            GivenAnswer::Option(_) => Err(refused("this step has no options: it takes an action result")),
            GivenAnswer::FreeText(_) if !step.content.allows_free_text() => {
                Err(SessionError::FreeTextNotAllowed)
            }
            GivenAnswer::FreeText(text) => Ok(Answer::FreeText(lengths::ANSWER.of(text.into(), FREE_TEXT)?)),
            GivenAnswer::Skip if !step.content.allows_skip() => Err(SessionError::SkipNotAllowed),
            GivenAnswer::Skip => Ok(Answer::Skipped),
            GivenAnswer::ActionResult(_) if step.kind() == StepKind::Question => {
                Err(refused("a question takes one of its options, not an action result"))
            }
            GivenAnswer::ActionResult(result) => Ok(Answer::ActionResult(checked(result)?)),
        }
    }

    fn option(&self, step: &Step, value: &str) -> Result<Answer, SessionError> {
        if value.chars().count() > MAX_OPTION_VALUE {
            return Err(InvalidInput::new(OPTION, InputFault::TooLong { max: MAX_OPTION_VALUE }).into());
        }
        let chosen = step.content.options().iter().find(|option| self.names(&option.value, value));
        chosen.cloned().map(Answer::Option).ok_or(SessionError::UnknownOption)
    }

    /// Whoever reads a masked option sends its masked value back.
    fn names(&self, option: &str, value: &str) -> bool {
        option == value || (!self.masks.is_empty() && self.masked(option) == value)
    }
}

/// It never closes the session: that is the engineer's to do (rule 2.13).
fn is_accepted_solution(step: &Step, answer: &Answer) -> bool {
    step.kind() == StepKind::ResolutionSuggestion
        && matches!(answer, Answer::ActionResult(result) if result.succeeded)
}

fn checked(result: ActionResult) -> Result<ActionResult, InvalidInput> {
    Ok(ActionResult {
        succeeded: result.succeeded,
        details: lengths::ANSWER.of_optional(result.details, DETAILS)?,
        next_hint: lengths::ANSWER.of_optional(result.next_hint, NEXT_HINT)?,
    })
}

fn refused(why: &'static str) -> SessionError {
    InvalidInput::refused(ANSWER, why).into()
}
