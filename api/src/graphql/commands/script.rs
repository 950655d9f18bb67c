//! `generateScript`: PowerShell from a template and typed values, with a session or without.

use async_graphql::{Context, ID, InputObject, Object, Result, SimpleObject};
use domain::id::{SessionId, StepId, TemplateId};
use domain::recorded_event::Position as LogPosition;
use domain::refusal::RefusalCode;
use domain::script::generation::Argument;
use projections::script_templates;

use super::{envelope, failed, handler, now, session_id, wants};
use crate::commands::Refusal;
use crate::commands::redacting::bounded;
use crate::commands::scripts::{self, Generated, ScriptError, Wanted};
use crate::graphql::request::{app, fresh_to};
use crate::graphql::scalar::{Position, parse_id};
use crate::graphql::script::GeneratedScript;
use crate::graphql::session::Session;
use crate::graphql::user_error::UserError;

/// More values than any template has parameters.
const MAX_ARGUMENTS: usize = 100;

/// The part of the mutation root that generates scripts.
#[derive(Default)]
pub struct GenerateCommands;

#[Object]
impl GenerateCommands {
    /// Generates a script. With a session it is attached to it and stands in its documentation; its handler may do that.
    async fn generate_script(
        &self,
        ctx: &Context<'_>,
        input: GenerateScriptInput,
    ) -> Result<GenerateScriptPayload> {
        let session = input.session_id.as_ref().and_then(parse_id).map(SessionId);
        match generated(ctx, input).await? {
            Ok(generated) => GenerateScriptPayload::of(ctx, session, generated).await,
            Err(refusals) => Ok(GenerateScriptPayload {
                script: None,
                session: None,
                position: None,
                user_errors: refusals.into_iter().map(UserError::from).collect(),
            }),
        }
    }
}

/// A script that is wanted.
#[derive(InputObject)]
pub struct GenerateScriptInput {
    /// From this template, in its newest version.
    template_id: ID,
    /// The values, by key. What is not given has its default; a SECRET is never given.
    arguments: Vec<ScriptArgumentInput>,
    /// For this session.
    session_id: Option<ID>,
    /// For this step of it.
    step_id: Option<ID>,
    /// Any UUID: the same key with the same input generates once only.
    idempotency_key: Option<ID>,
}

/// A value of a parameter.
#[derive(InputObject)]
pub struct ScriptArgumentInput {
    /// The parameter's key.
    key: String,
    /// The value in text, up to 100,000 bytes; an empty one counts as none.
    value: String,
}

/// A script that was generated.
#[derive(SimpleObject)]
pub struct GenerateScriptPayload {
    /// The script.
    script: Option<GeneratedScript>,
    /// The session that it was attached to, as it stands now.
    session: Option<Session>,
    /// Where the command's last event stands in the log.
    position: Option<Position>,
    /// Why it was refused, one for each parameter that is not right; empty if it was not.
    user_errors: Vec<UserError>,
}

type Attempt = std::result::Result<Generated, Vec<Refusal>>;

async fn generated(ctx: &Context<'_>, input: GenerateScriptInput) -> Result<Attempt> {
    let (app, me) = (app(ctx)?, handler(ctx)?);
    let envelope = match envelope(ctx, "generateScript", &input, input.idempotency_key.as_ref(), None)? {
        Ok(envelope) => envelope,
        Err(refusal) => return Ok(Err(vec![refusal])),
    };
    let wanted = match wanted(input) {
        Ok(wanted) => wanted,
        Err(refusal) => return Ok(Err(vec![refusal])),
    };
    match scripts::generate(app, me, wanted, envelope).await {
        Ok(generated) => Ok(Ok(generated)),
        Err(ScriptError::Refused(refusals)) => Ok(Err(refusals)),
        Err(ScriptError::Store(error)) => Err(failed(&error)),
    }
}

fn wanted(input: GenerateScriptInput) -> std::result::Result<Wanted, Refusal> {
    let template = parse_id(&input.template_id).map(TemplateId).ok_or_else(|| {
        Refusal::new(RefusalCode::UnknownTemplate, "There is no such script template.", &["templateId"])
    })?;
    let session = input.session_id.as_ref().map(session_id).transpose()?;
    if input.step_id.is_some() && session.is_none() {
        let message = "A step belongs to a session: say with sessionId to which.";
        return Err(Refusal::new(RefusalCode::InvalidInput, message, &["stepId"]));
    }
    if input.arguments.len() > MAX_ARGUMENTS {
        let message = format!("At most {MAX_ARGUMENTS} values are taken.");
        return Err(Refusal::new(RefusalCode::InvalidInput, message, &["arguments"]));
    }
    for argument in &input.arguments {
        bounded(&[
            (Some(argument.key.as_str()), &["arguments"]),
            (Some(argument.value.as_str()), &["arguments"]),
        ])?;
    }
    let argument = |it: ScriptArgumentInput| Argument { key: it.key, value: it.value };
    Ok(Wanted {
        template,
        arguments: input.arguments.into_iter().map(argument).collect(),
        session,
        // A malformed id reads like that of a step that is not there.
        step: input.step_id.map(|id| parse_id(&id).map_or(StepId(uuid::Uuid::nil()), StepId)),
    })
}

impl GenerateScriptPayload {
    async fn of(ctx: &Context<'_>, session: Option<SessionId>, generated: Generated) -> Result<Self> {
        let position: LogPosition = generated.position;
        if wants(ctx, &["script", "session"]) {
            fresh_to(ctx, &[script_templates::NAME], position).await?;
        }
        let session = match session.filter(|_| wants(ctx, &["session"])) {
            Some(session) => now(ctx, session, position).await?.map(Session::from),
            None => None,
        };
        Ok(Self {
            script: Some(generated.script.into()),
            session,
            position: Some(position.into()),
            user_errors: Vec::new(),
        })
    }
}
