//! `answerStep`: the answer is stored before anything else happens; then the next step, if it comes in time.

use async_graphql::{Context, ID, InputObject, Object, OneofObject, Result, SimpleObject};
use domain::id::{RequestId, StepId};
use domain::refusal::RefusalCode;
use domain::session::answer::{ActionResult, GivenAnswer};
use domain::session::command::{AnswerStep, SessionAct};
use domain::session::lengths;
use domain::session::step::StepKind;
use domain::session::view::{GivenResult, SessionView, StepPart, StepView};

use super::{Outcome, envelope, failed, handler, session_id, settle, wants};
use crate::commands::redacting::{Redacting, bounded, within};
use crate::commands::{self, Refusal};
use crate::graphql::request::app;
use crate::graphql::scalar::{Position, parse_id};
use crate::graphql::session::Session;
use crate::graphql::session::step::Step;
use crate::graphql::user_error::UserError;

/// The part of the mutation root that answers steps.
#[derive(Default)]
pub struct AnswerCommands;

#[Object]
impl AnswerCommands {
    /// Answers the open step. The answer is stored either way; the next step comes with it if it is made in time.
    async fn answer_step(&self, ctx: &Context<'_>, input: AnswerStepInput) -> Result<AnswerStepPayload> {
        let answered = parse_id(&input.step_id).map(StepId);
        AnswerStepPayload::of(ctx, answered, answer(ctx, input).await?).await
    }
}

/// An answer to a step.
#[derive(InputObject)]
pub struct AnswerStepInput {
    /// The session.
    session_id: ID,
    /// Its open step.
    step_id: ID,
    /// The answer.
    answer: StepAnswer,
    /// The version of the session that was seen.
    expected_version: Option<i32>,
    /// Any UUID: the same key with the same input answers once only.
    idempotency_key: Option<ID>,
}

/// Exactly one of the four; which of them a step takes follows from its kind.
#[derive(OneofObject)]
pub enum StepAnswer {
    /// The value of one of the options.
    Option(String),
    /// Own words.
    FreeText(String),
    /// Skip it: true.
    Skip(bool),
    /// What came of an action.
    ActionResult(ActionResultInput),
}

/// What came of an action.
#[derive(InputObject)]
pub struct ActionResultInput {
    /// It did what was expected.
    succeeded: bool,
    /// What was seen.
    details: Option<String>,
    /// What you would look at next.
    next_hint: Option<String>,
}

/// An answer that was stored.
#[derive(SimpleObject)]
pub struct AnswerStepPayload {
    /// The session as it stands now.
    session: Option<Session>,
    /// The next open step; null while the assistant is still thinking, and when none follows.
    next_step: Option<Step>,
    /// A solution is suggested: by the next step, or by the one just answered with success.
    resolution_suggested: bool,
    /// That solution: a proposal for the resolution's summary.
    resolution_summary: Option<String>,
    /// Where the command's last event stands in the log.
    position: Option<Position>,
    /// Why it was refused; empty if it was not.
    user_errors: Vec<UserError>,
}

async fn answer(ctx: &Context<'_>, input: AnswerStepInput) -> Result<Outcome> {
    let (app, me) = (app(ctx)?, handler(ctx)?);
    let parsed = (|| {
        let session = session_id(&input.session_id)?;
        // A malformed id reads like that of a step that is not there: it is not the open one.
        let step = parse_id(&input.step_id).map_or(StepId(uuid::Uuid::nil()), StepId);
        Ok::<_, Refusal>((session, step))
    })();
    let (session, step) = match parsed {
        Ok(ids) => ids,
        Err(refusal) => return Ok(Err(refusal)),
    };
    let envelope =
        match envelope(ctx, "answerStep", &input, input.idempotency_key.as_ref(), input.expected_version)? {
            Ok(envelope) => envelope,
            Err(refusal) => return Ok(Err(refusal)),
        };
    let mut redacting =
        Redacting::of_session(app, me.account, session).await.map_err(|error| failed(&error))?;
    let answer = match given(input.answer, &mut redacting).await {
        Ok(answer) => answer,
        Err(refusal) => return Ok(Err(refusal)),
    };
    let act = SessionAct::AnswerStep(AnswerStep {
        step,
        answer,
        redactions: redacting.tallies(),
        next_request: RequestId::fresh(&*app.ids),
    });
    settle(app, me, commands::session(app, me, session, act, envelope).await)
}

async fn given(answer: StepAnswer, redacting: &mut Redacting) -> std::result::Result<GivenAnswer, Refusal> {
    not_too_long(&answer)?;
    Ok(match answer {
        StepAnswer::Option(value) => GivenAnswer::Option(value),
        StepAnswer::FreeText(text) => GivenAnswer::FreeText(redacting.text(&text).await),
        StepAnswer::Skip(true) => GivenAnswer::Skip,
        StepAnswer::Skip(false) => {
            let message = "`skip: false` is no answer: skip with true, or answer in another way.";
            return Err(Refusal::new(RefusalCode::InvalidInput, message, &["answer", "skip"]));
        }
        StepAnswer::ActionResult(result) => GivenAnswer::ActionResult(ActionResult {
            succeeded: result.succeeded,
            details: redacting.personal_if(result.details.as_deref()).await,
            next_hint: redacting.personal_if(result.next_hint.as_deref()).await,
        }),
    })
}

fn not_too_long(answer: &StepAnswer) -> std::result::Result<(), Refusal> {
    match answer {
        StepAnswer::Option(text) => bounded(&[(Some(text.as_str()), &["answer", "option"])]),
        StepAnswer::FreeText(text) => {
            within(&[(Some(text.as_str()), lengths::ANSWER, &["answer", "freeText"])])
        }
        StepAnswer::Skip(_) => Ok(()),
        StepAnswer::ActionResult(result) => within(&[
            (result.details.as_deref(), lengths::ANSWER, &["answer", "actionResult", "details"]),
            (result.next_hint.as_deref(), lengths::ANSWER, &["answer", "actionResult", "nextHint"]),
        ]),
    }
}

impl AnswerStepPayload {
    /// The same with something to add that kept nothing from being done.
    pub(super) fn but(mut self, refusal: Option<Refusal>) -> Self {
        self.user_errors.extend(refusal.map(UserError::from));
        self
    }

    pub(super) async fn of(ctx: &Context<'_>, answered: Option<StepId>, outcome: Outcome) -> Result<Self> {
        let done = match outcome {
            Ok(done) => done,
            Err(refusal) => {
                return Ok(Self { user_errors: vec![refusal.into()], ..Self::empty(None) });
            }
        };
        let position = Some(done.position.into());
        if !wants(ctx, &["session", "nextStep", "resolutionSuggested", "resolutionSummary"]) {
            return Ok(Self::empty(position));
        }
        let Some(view) = done.view_with_step(ctx).await? else { return Ok(Self::empty(position)) };
        let suggestion = suggested(&view, answered);
        Ok(Self {
            next_step: view.current_step().map(|step| Step::of(&view, step)),
            resolution_suggested: suggestion.is_some(),
            resolution_summary: suggestion,
            session: Some(Session::from(view)),
            position,
            user_errors: Vec::new(),
        })
    }

    fn empty(position: Option<Position>) -> Self {
        Self {
            session: None,
            next_step: None,
            resolution_suggested: false,
            resolution_summary: None,
            position,
            user_errors: Vec::new(),
        }
    }
}

/// The solution on the table: the open step's, or that of the step just answered with success.
fn suggested(view: &SessionView, answered: Option<StepId>) -> Option<String> {
    let open = view.current_step().filter(|step| step.kind() == StepKind::ResolutionSuggestion);
    let confirmed = || answered.and_then(|id| view.step(id)).filter(|step| succeeded(step));
    match &open.or_else(confirmed)?.part {
        StepPart::ResolutionSuggestion { summary, .. } => Some(summary.clone()),
        _ => None,
    }
}

fn succeeded(step: &StepView) -> bool {
    step.answer
        .as_ref()
        .is_some_and(|answer| matches!(answer.given, GivenResult::ActionResult { succeeded: true, .. }))
}
