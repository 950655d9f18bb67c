//! Flows: begin one, change its draft, publish the draft as the next version, offer it no longer.

use async_graphql::{Context, ID, InputObject, Object, Result, SimpleObject};
use domain::access::Role;
use domain::flow::command::FlowAct;
use domain::id::FlowId;
use event_store::executor::Committed;
use projections::{flows, sessions};

use super::flow_draft::{CreateFlowInput, SaveFlowDraftInput};
use super::{envelope, failed, wants};
use crate::auth::Identity;
use crate::commands::flows::{self as commands, FlowCommandError};
use crate::commands::{Envelope, Refusal};
use crate::graphql::error::Code;
use crate::graphql::flow::Flow;
use crate::graphql::request::{app, fresh_to, identity};
use crate::graphql::scalar::{Position, parse_id};
use crate::graphql::user_error::UserError;

/// The part of the mutation root that keeps flows.
#[derive(Default)]
pub struct FlowCommands;

#[Object]
impl FlowCommands {
    /// Begins a flow with a first draft, which may be invalid until it is published.
    async fn create_flow(&self, ctx: &Context<'_>, input: CreateFlowInput) -> Result<FlowPayload> {
        FlowPayload::of(ctx, create(ctx, input).await?).await
    }

    /// Changes a flow's draft: what is null stays as it is. Published versions are not touched.
    async fn save_flow_draft(&self, ctx: &Context<'_>, input: SaveFlowDraftInput) -> Result<FlowPayload> {
        FlowPayload::of(ctx, save(ctx, input).await?).await
    }

    /// Publishes the draft as the next version. An invalid tree is refused, with one error for each fault.
    async fn publish_flow(&self, ctx: &Context<'_>, input: FlowCommandInput) -> Result<FlowPayload> {
        FlowPayload::of(ctx, given(ctx, "publishFlow", FlowAct::Publish, input).await?).await
    }

    /// Offers a flow no longer. Its versions stay readable, and sessions that follow one go on.
    async fn retire_flow(&self, ctx: &Context<'_>, input: FlowCommandInput) -> Result<FlowPayload> {
        FlowPayload::of(ctx, given(ctx, "retireFlow", FlowAct::Retire, input).await?).await
    }
}

/// A command that needs no more than its flow.
#[derive(InputObject)]
pub struct FlowCommandInput {
    /// The flow.
    flow_id: ID,
    /// The version that the caller has seen.
    expected_version: Option<i32>,
    /// Any UUID: the same key with the same input does it once only.
    idempotency_key: Option<ID>,
}

/// A flow that was changed.
#[derive(SimpleObject)]
pub struct FlowPayload {
    /// The flow as it stands now.
    flow: Option<Flow>,
    /// Where the command's last event stands in the log.
    position: Option<Position>,
    /// Why it was refused, one for each fault; empty if it was not.
    user_errors: Vec<UserError>,
}

type Attempt = std::result::Result<Committed, Vec<Refusal>>;

async fn create(ctx: &Context<'_>, input: CreateFlowInput) -> Result<Attempt> {
    let me = drafter(ctx)?;
    let sealed = envelope(ctx, "createFlow", &input, input.idempotency_key.as_ref(), None)?;
    let parsed = match sealed {
        Ok(envelope) => input.parse(ctx, me).await?.map(|new| (new, envelope)),
        Err(refusal) => Err(vec![refusal]),
    };
    match parsed {
        Ok((new, envelope)) => {
            let id = FlowId(envelope.makes(me.account, "flow"));
            carry_out(ctx, me, id, FlowAct::Create(new), &envelope).await
        }
        Err(refusals) => Ok(Err(refusals)),
    }
}

async fn save(ctx: &Context<'_>, input: SaveFlowDraftInput) -> Result<Attempt> {
    let me = drafter(ctx)?;
    let key = input.idempotency_key.as_ref();
    let sealed = envelope(ctx, "saveFlowDraft", &input, key, input.expected_version)?;
    let (id, envelope) = match sealed.and_then(|envelope| Ok((flow_id(&input.flow_id)?, envelope))) {
        Ok(parsed) => parsed,
        Err(refusal) => return Ok(Err(vec![refusal])),
    };
    match input.parse(ctx, me).await? {
        Ok(change) => carry_out(ctx, me, id, FlowAct::SaveDraft(change), &envelope).await,
        Err(refusals) => Ok(Err(refusals)),
    }
}

async fn given(ctx: &Context<'_>, mutation: &str, act: FlowAct, input: FlowCommandInput) -> Result<Attempt> {
    let me = may(ctx, Role::publishes_flows, "Flows are published and retired by team admins and owners.")?;
    let sealed = envelope(ctx, mutation, &input, input.idempotency_key.as_ref(), input.expected_version)?;
    match sealed.and_then(|envelope| Ok((flow_id(&input.flow_id)?, envelope))) {
        Ok((id, envelope)) => carry_out(ctx, me, id, act, &envelope).await,
        Err(refusal) => Ok(Err(vec![refusal])),
    }
}

async fn carry_out(
    ctx: &Context<'_>,
    me: &Identity,
    id: FlowId,
    act: FlowAct,
    envelope: &Envelope,
) -> Result<Attempt> {
    match commands::flow(app(ctx)?, me, id, act, envelope).await {
        Ok(committed) => Ok(Ok(committed)),
        Err(FlowCommandError::Refused(refusals)) => Ok(Err(refusals)),
        Err(FlowCommandError::Store(error)) => Err(failed(&error)),
    }
}

fn drafter<'a>(ctx: &Context<'a>) -> Result<&'a Identity> {
    may(ctx, Role::drafts_flows, "Flows are drafted by engineers, team admins and owners.")
}

/// Whose role may do this at all (11.2). All of them may read every flow.
pub(super) fn may<'a>(ctx: &Context<'a>, allowed: fn(Role) -> bool, otherwise: &str) -> Result<&'a Identity> {
    let me = identity(ctx)?;
    if allowed(me.caller.role) { Ok(me) } else { Err(Code::Forbidden.error(otherwise)) }
}

/// A malformed id reads like an unknown one.
fn flow_id(id: &ID) -> std::result::Result<FlowId, Refusal> {
    parse_id(id).map(FlowId).ok_or_else(|| Refusal::not_found("flow", &["flowId"]))
}

impl FlowPayload {
    async fn of(ctx: &Context<'_>, attempt: Attempt) -> Result<Self> {
        let committed = match attempt {
            Ok(committed) => committed,
            Err(refusals) => {
                let user_errors = refusals.into_iter().map(UserError::from).collect();
                return Ok(Self { flow: None, position: None, user_errors });
            }
        };
        let flow = if wants(ctx, &["flow"]) {
            fresh_to(ctx, &[flows::NAME, sessions::NAME], committed.position).await?;
            Flow::named(ctx, FlowId(committed.aggregate), None).await?
        } else {
            None
        };
        Ok(Self { flow, position: Some(committed.position.into()), user_errors: Vec::new() })
    }
}
