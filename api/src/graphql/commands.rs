//! Mutations: each is a domain command. Parse, call, convert.

pub mod account;
pub mod analysis;
pub mod answer;
pub mod close;
pub mod course;
mod done;
pub mod escalate;
pub mod flow;
pub mod flow_draft;
pub mod member;
pub mod projection;
pub mod proposal;
pub mod redact;
pub mod script;
pub mod script_template;
pub mod start;
pub mod team;

use std::sync::Arc;
use std::time::Duration;

use async_graphql::{Context, ID, InputType, MergedObject, Result, SimpleObject};
use domain::id::SessionId;
use domain::recorded_event::Position as LogPosition;
use domain::session::view::SessionView;
use event_store::executor::Committed;
use projections::sessions;

use super::error::Code;
use super::rates::TOO_MANY;
use super::request::{app, fresh_to, identity, pool, read_failed};
use super::scalar::{Position, parse_id};
use super::session::Session;
use super::user_error::UserError;
use crate::app::App;
use crate::auth::Identity;
use crate::commands::{CommandError, Envelope, Refusal};
use crate::rates::RequestKind;
use done::Done;

/// The mutation root.
#[derive(MergedObject, Default)]
pub struct Mutation(
    start::StartCommands,
    answer::AnswerCommands,
    course::CourseCommands,
    close::CloseCommands,
    escalate::EscalateCommands,
    redact::RedactCommands,
    projection::ProjectionCommands,
    script::GenerateCommands,
    script_template::TemplateCommands,
    account::AccountCommands,
    team::TeamCommands,
    member::MemberCommands,
    flow::FlowCommands,
    proposal::ProposalCommands,
    analysis::AnalysisCommands,
);

/// What most commands on a session give back.
#[derive(SimpleObject)]
pub struct SessionPayload {
    /// The session as it stands now.
    session: Option<Session>,
    /// Where the command's last event stands in the log.
    position: Option<Position>,
    /// Why it was refused; empty if it was not.
    user_errors: Vec<UserError>,
}

impl SessionPayload {
    async fn of(ctx: &Context<'_>, outcome: Outcome) -> Result<Self> {
        Ok(match outcome {
            Ok(done) => Self {
                position: Some(done.position.into()),
                session: if wants(ctx, &["session"]) {
                    done.view(ctx).await?.map(Session::from)
                } else {
                    None
                },
                user_errors: Vec::new(),
            },
            Err(refusal) => Self::refused(refusal),
        })
    }

    /// The same with the next step, if it comes in time.
    async fn with_step(ctx: &Context<'_>, outcome: Outcome) -> Result<Self> {
        let done = match outcome {
            Ok(done) => done,
            Err(refusal) => return Ok(Self::refused(refusal)),
        };
        let position = Some(done.position.into());
        let view = if wants(ctx, &["session"]) { done.view_with_step(ctx).await? } else { None };
        Ok(Self { session: view.map(Session::from), position, user_errors: Vec::new() })
    }

    fn refused(refusal: Refusal) -> Self {
        Self { session: None, position: None, user_errors: vec![refusal.into()] }
    }
}

/// Whether the caller selected one of these fields of the payload: what nobody reads is neither awaited nor read.
fn wants(ctx: &Context<'_>, fields: &[&str]) -> bool {
    let selected = ctx.look_ahead();
    fields.iter().any(|field| selected.field(field).exists())
}

/// What a command on a session came to.
type Outcome = std::result::Result<Done, Refusal>;

/// Who gives a command: a member whose role handles sessions (11.2).
fn handler<'a>(ctx: &Context<'a>) -> Result<&'a Identity> {
    let me = identity(ctx)?;
    if me.caller.role.handles_sessions() {
        Ok(me)
    } else {
        Err(Code::Forbidden.error("Sessions are for engineers, team admins and owners."))
    }
}

/// The envelope of an input: the whole input counts for its digest. It takes from the member's bucket, once a mutation.
fn envelope<I: InputType>(
    ctx: &Context<'_>,
    mutation: &str,
    input: &I,
    key: Option<&ID>,
    expected_version: Option<i32>,
) -> Result<std::result::Result<Envelope, Refusal>> {
    let (app, me) = (app(ctx)?, identity(ctx)?);
    let kind = match mutation {
        "startSession" => RequestKind::Start,
        "answerStep" => RequestKind::Answer,
        _ => RequestKind::Other,
    };
    if let Err(after) = app.rates.take(me.caller.user, kind) {
        return Ok(Err(Refusal::rate_limited(TOO_MANY, after.max(Duration::from_millis(1)))));
    }
    let text = input.to_value().to_string();
    Ok(Envelope::seal(app, me, mutation, &text, key.map(|key| key.as_str()), expected_version))
}

/// A session's id; a malformed one reads like an unknown one.
fn session_id(id: &ID) -> std::result::Result<SessionId, Refusal> {
    parse_id(id).map(SessionId).ok_or_else(|| Refusal::not_found("session", &["sessionId"]))
}

/// Refusals are data, failures are errors.
fn settle(
    app: &Arc<App>,
    me: &Identity,
    committed: std::result::Result<Committed, CommandError>,
) -> Result<Outcome> {
    match committed {
        Ok(committed) => Ok(Ok(Done::of(app, me.account, committed))),
        Err(CommandError::Refused(refusal)) => Ok(Err(refusal)),
        Err(CommandError::Store(error)) => Err(failed(&error)),
    }
}

/// The store failed: the same command under the same key may be sent again.
fn failed(error: &event_store::error::StoreError) -> async_graphql::Error {
    tracing::error!(error = %error, "a command failed");
    Code::Unavailable
        .error("The command could not be carried out just now. Send it again with the same idempotencyKey.")
}

/// The session as it stands once the read model has come to `position`; none for who may not see it (any more).
async fn now(ctx: &Context<'_>, id: SessionId, position: LogPosition) -> Result<Option<Arc<SessionView>>> {
    let me = identity(ctx)?;
    fresh_to(ctx, &[sessions::NAME], position).await?;
    let view = sessions::queries::one(pool(ctx)?, me.account, &me.caller, id)
        .await
        .map_err(|error| read_failed(&error))?;
    Ok(view.map(Arc::new))
}
