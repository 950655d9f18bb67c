//! Proposals: approve one as it is, publish it edited, reject it, put it off.

use async_graphql::{Context, ID, InputObject, Object, Result, SimpleObject};
use domain::access::Role;
use domain::flow::command::DraftChange;
use domain::id::ProposalId;
use domain::proposal::NOTES;
use domain::proposal::command::{Modification, ProposalAct, Review};
use domain::refusal::RefusalCode;

use super::flow::may;
use super::flow_draft::{FlowNodeInput, read};
use super::{envelope, failed, wants};
use crate::auth::Identity;
use crate::commands::flows::FlowCommandError;
use crate::commands::proposals::{Decided, review};
use crate::commands::redacting::{Redacting, within};
use crate::commands::{Envelope, Refusal};
use crate::graphql::flow::Flow;
use crate::graphql::proposal::Proposal;
use crate::graphql::proposal::queries::READ;
use crate::graphql::request::{app, fresh_to};
use crate::graphql::scalar::{Position, parse_id};
use crate::graphql::user_error::UserError;

/// The part of the mutation root that decides on proposals.
#[derive(Default)]
pub struct ProposalCommands;

#[Object]
impl ProposalCommands {
    /// Publishes a new flow as it was proposed. A change of a flow has to be edited: NEEDS_EDIT.
    async fn approve_proposal(
        &self,
        ctx: &Context<'_>,
        input: ReviewProposalInput,
    ) -> Result<ProposalPayload> {
        reviewed(ctx, "approveProposal", ProposalAct::Approve, input).await
    }

    /// Publishes the edited nodes: as a new flow, or as the next version of the flow that they were edited from.
    async fn modify_proposal(
        &self,
        ctx: &Context<'_>,
        input: ModifyProposalInput,
    ) -> Result<ProposalPayload> {
        modified(ctx, input).await
    }

    /// It is bad; the same problem raises it no more.
    async fn reject_proposal(
        &self,
        ctx: &Context<'_>,
        input: ReviewProposalInput,
    ) -> Result<ProposalPayload> {
        reviewed(ctx, "rejectProposal", ProposalAct::Reject, input).await
    }

    /// Not now; it comes back when three more sessions support it.
    async fn dismiss_proposal(
        &self,
        ctx: &Context<'_>,
        input: ReviewProposalInput,
    ) -> Result<ProposalPayload> {
        reviewed(ctx, "dismissProposal", ProposalAct::Dismiss, input).await
    }
}

/// A decision on a proposal.
#[derive(InputObject)]
pub struct ReviewProposalInput {
    /// The proposal.
    proposal_id: ID,
    /// Why, at most 2,000 characters.
    notes: Option<String>,
    /// The version that the caller has seen.
    expected_version: Option<i32>,
    /// Any UUID: the same key with the same input does it once only.
    idempotency_key: Option<ID>,
}

/// An edited proposal, to be published. Secrets in its texts are replaced by placeholders before anything is stored.
#[derive(InputObject)]
pub struct ModifyProposalInput {
    /// The proposal.
    proposal_id: ID,
    /// The published version of the target that the nodes were edited from; needed when there is a target.
    base_version: Option<i32>,
    /// The flow's new name, at most 255 characters.
    title: Option<String>,
    /// What it is for, at most 4,000 characters.
    description: Option<String>,
    /// Words and symptom phrases that lead to it, at most 100 of 100 characters.
    keywords: Option<Vec<String>>,
    /// The whole tree.
    nodes: Vec<FlowNodeInput>,
    /// Why, at most 2,000 characters.
    notes: Option<String>,
    /// The version that the caller has seen.
    expected_version: Option<i32>,
    /// Any UUID: the same key with the same input does it once only.
    idempotency_key: Option<ID>,
}

/// A proposal that was decided.
#[derive(SimpleObject)]
pub struct ProposalPayload {
    /// The proposal as it stands now.
    proposal: Option<Proposal>,
    /// The flow in the version that it became.
    flow: Option<Flow>,
    /// Where the command's last event stands in the log.
    position: Option<Position>,
    /// Why it was refused, one for each fault; empty if it was not.
    user_errors: Vec<UserError>,
}

async fn reviewed(
    ctx: &Context<'_>,
    mutation: &str,
    act: fn(Review) -> ProposalAct,
    input: ReviewProposalInput,
) -> Result<ProposalPayload> {
    let me = reviewer(ctx)?;
    let sealed = envelope(ctx, mutation, &input, input.idempotency_key.as_ref(), input.expected_version)?;
    let parsed = sealed
        .and_then(|envelope| Ok((proposal_id(&input.proposal_id)?, envelope)))
        .and_then(|parsed| within(&[(input.notes.as_deref(), NOTES, &["notes"])]).map(|()| parsed));
    match parsed {
        Ok((id, envelope)) => {
            let mut redacting = Redacting::of_nothing_kept(app(ctx)?, me.account);
            let notes = redacting.personal_if(input.notes.as_deref()).await;
            ProposalPayload::of(ctx, me, id, act(Review { notes }), &envelope).await
        }
        Err(refusal) => Ok(ProposalPayload::refused(vec![refusal])),
    }
}

async fn modified(ctx: &Context<'_>, input: ModifyProposalInput) -> Result<ProposalPayload> {
    let me = reviewer(ctx)?;
    let key = input.idempotency_key.as_ref();
    let sealed = envelope(ctx, "modifyProposal", &input, key, input.expected_version)?;
    let parsed = sealed.and_then(|envelope| {
        within(&[(input.notes.as_deref(), NOTES, &["notes"])])?;
        Ok((proposal_id(&input.proposal_id)?, base_version(input.base_version)?, envelope))
    });
    let (id, base_version, envelope) = match parsed {
        Ok(parsed) => parsed,
        Err(refusal) => return Ok(ProposalPayload::refused(vec![refusal])),
    };
    let (description, keywords) = (input.description, input.keywords);
    let written = DraftChange { name: input.title, description, domain: None, keywords, nodes: None };
    let written = match read(ctx, me, written, Some(input.nodes)).await? {
        Ok(written) => written,
        Err(refusals) => return Ok(ProposalPayload::refused(refusals)),
    };
    let mut redacting = Redacting::of_nothing_kept(app(ctx)?, me.account);
    let edit = Modification {
        base_version,
        target: None,
        title: written.name,
        description: written.description,
        keywords: written.keywords,
        nodes: written.nodes.unwrap_or_default(),
        notes: redacting.personal_if(input.notes.as_deref()).await,
    };
    ProposalPayload::of(ctx, me, id, ProposalAct::Modify(Box::new(edit)), &envelope).await
}

/// Whose role reviews (11.2). All of them may read every proposal.
fn reviewer<'a>(ctx: &Context<'a>) -> Result<&'a Identity> {
    may(ctx, Role::publishes_flows, "Proposals are reviewed by team admins and owners.")
}

/// A malformed id reads like an unknown one.
fn proposal_id(id: &ID) -> std::result::Result<ProposalId, Refusal> {
    parse_id(id).map(ProposalId).ok_or_else(|| Refusal::not_found("proposal", &["proposalId"]))
}

fn base_version(version: Option<i32>) -> std::result::Result<Option<u32>, Refusal> {
    let refused =
        |_| Refusal::new(RefusalCode::InvalidInput, "A version is never negative.", &["baseVersion"]);
    version.map(u32::try_from).transpose().map_err(refused)
}

impl ProposalPayload {
    async fn of(
        ctx: &Context<'_>,
        me: &Identity,
        id: ProposalId,
        act: ProposalAct,
        envelope: &Envelope,
    ) -> Result<Self> {
        match review(app(ctx)?, me, id, act, envelope).await {
            Ok(decided) => Self::decided(ctx, id, decided).await,
            Err(FlowCommandError::Refused(refusals)) => Ok(Self::refused(refusals)),
            Err(FlowCommandError::Store(error)) => Err(failed(&error)),
        }
    }

    async fn decided(ctx: &Context<'_>, id: ProposalId, decided: Decided) -> Result<Self> {
        if wants(ctx, &["proposal", "flow"]) {
            fresh_to(ctx, &READ, decided.position).await?;
        }
        let proposal = if wants(ctx, &["proposal"]) { Proposal::named(ctx, id).await? } else { None };
        let flow = match decided.published.filter(|_| wants(ctx, &["flow"])) {
            Some(published) => Flow::named(ctx, published.flow, Some(published.version)).await?,
            None => None,
        };
        Ok(Self { proposal, flow, position: Some(decided.position.into()), user_errors: Vec::new() })
    }

    fn refused(refusals: Vec<Refusal>) -> Self {
        let user_errors = refusals.into_iter().map(UserError::from).collect();
        Self { proposal: None, flow: None, position: None, user_errors }
    }
}
