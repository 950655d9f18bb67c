//! Proposals decided by members, and what was decided for published.
//!
//! The decision comes first: it is what two reviewers meet at. Its publication follows under ids that follow from the proposal,
//! so that whoever does it after a crash does it once.

use domain::access::By;
use domain::flow::command::{FlowAct, FlowCommand, ProposedVersion};
use domain::flow::error::FlowError;
use domain::flow::{Flow, FlowStatus};
use domain::id::{AccountId, CommandId, CorrelationId, FlowId, ProposalId};
use domain::metadata::Actor;
use domain::proposal::command::{ProposalAct, ProposalCommand, TargetNow};
use domain::proposal::error::ProposalError;
use domain::proposal::event::ProposalPublished;
use domain::proposal::{Proposal, Publication, Published};
use domain::recorded_event::Position;
use domain::session::view::SessionView;
use event_store::error::{ExecuteError, StoreError};
use event_store::executor::CommandContext;
use event_store::log::Until;

use crate::app::App;
use crate::auth::Identity;
use crate::commands::flows::{FlowCommandError, of_fault};
use crate::commands::{CommandError, Envelope, Refusal, digest, refused};

/// Sessions that a proposal's texts may come from, beside its source.
const MASKED_BY: usize = 20;

/// What came of a decision.
#[derive(Debug, Clone, Copy)]
pub struct Decided {
    /// Where its last event stands.
    pub position: Position,
    /// The version of a flow that it became.
    pub published: Option<Published>,
}

/// A decision by a member.
pub async fn review(
    app: &App,
    me: &Identity,
    id: ProposalId,
    act: ProposalAct,
    envelope: &Envelope,
) -> Result<Decided, FlowCommandError> {
    let act = with_target(app, me.account, id, act).await?;
    let publishes = matches!(act, ProposalAct::Approve(_) | ProposalAct::Modify(_));
    let correlation = CorrelationId(envelope.command.0);
    let context = CommandContext {
        expected_version: envelope.expected_version,
        correlation,
        ..CommandContext::new(me.account, Actor::User(me.caller.user), envelope.command, envelope.input_hash)
    };
    let command = ProposalCommand { by: By::Member(me.caller.clone()), act };
    let committed = app.store.execute::<Proposal>(id.0, command, context).await.map_err(refusals)?;
    if publishes && let Some(published) = publish(app, me.account, id, correlation).await? {
        return Ok(published);
    }
    Ok(Decided { position: committed.position, published: None })
}

/// An edit is held against what its target is now.
async fn with_target(
    app: &App,
    account: AccountId,
    id: ProposalId,
    act: ProposalAct,
) -> Result<ProposalAct, StoreError> {
    let ProposalAct::Modify(mut edit) = act else { return Ok(act) };
    let proposal = app.store.load::<Proposal>(account, id.0).await?.aggregate;
    if let Some(target) = proposal.target() {
        edit.target = target_now(app, account, target.flow).await?;
    }
    Ok(ProposalAct::Modify(edit))
}

/// What a flow is now, as its own events say; none if it was never published.
pub(crate) async fn target_now(
    app: &App,
    account: AccountId,
    flow: FlowId,
) -> Result<Option<TargetNow>, StoreError> {
    let flow = app.store.load::<Flow>(account, flow.0).await?.aggregate;
    let retired = flow.status() == Some(FlowStatus::Retired);
    Ok(flow.published_version().map(|version| TargetNow { version, retired }))
}

/// Publishes what was decided for, if that was not done yet; none if nothing was decided for.
///
/// # Errors
/// The flow has moved on, or is retired: the proposal is STALE then, and can be decided again (of a retired one only against it).
pub async fn publish(
    app: &App,
    account: AccountId,
    id: ProposalId,
    correlation: CorrelationId,
) -> Result<Option<Decided>, FlowCommandError> {
    let proposal = app.store.load::<Proposal>(account, id.0).await?.aggregate;
    let telling = Telling { app, account, id, version: proposal.version(), correlation };
    if let Some(published) = proposal.published() {
        return telling.record(published).await.map(Some);
    }
    let Some(mut publication) = proposal.to_publish(id) else { return Ok(None) };
    mask(app, account, &proposal, &mut publication).await?;
    let published =
        Published { flow: publication.flow, version: publication.base.map_or(1, |base| base + 1) };
    match telling.flow(publication).await {
        Ok(()) => telling.record(published).await.map(Some),
        Err(ExecuteError::Domain(refusal)) => {
            let now = target_now(app, account, published.flow).await?;
            telling.refused(now.unwrap_or(TargetNow { version: 0, retired: false })).await?;
            let code = refusal.code();
            Err(FlowCommandError::Refused(vec![Refusal::new(code, refusal.to_string(), refusal.path())]))
        }
        Err(error) => Err(flow_refused(error)),
    }
}

/// Hides what was found in its sessions to be secret after the proposal was made of them.
async fn mask(
    app: &App,
    account: AccountId,
    proposal: &Proposal,
    publication: &mut Publication,
) -> Result<(), StoreError> {
    for session in std::iter::once(publication.source).chain(proposal.supporters().take(MASKED_BY)) {
        let events = app.store.log().stream_of(account, "session", session.0, Until::Now).await?;
        if let Some(view) = SessionView::fold(&events)?.filter(|view| !view.masks.is_empty()) {
            publication.draft.texts_mut().for_each(|text| view.mask_text(text));
        }
    }
    Ok(())
}

/// Commands that follow from a proposal.
struct Telling<'a> {
    app: &'a App,
    account: AccountId,
    id: ProposalId,
    /// How many events it has: what is told once of one decision is told anew of the next.
    version: u64,
    correlation: CorrelationId,
}

impl Telling<'_> {
    fn context(&self, part: &str) -> CommandContext {
        let command = CommandId::derived(self.id.0, part);
        let actor = Actor::Process("publish_proposal".to_owned());
        let hash = digest(&[&self.id.to_string(), part]);
        CommandContext {
            correlation: self.correlation,
            ..CommandContext::new(self.account, actor, command, hash)
        }
    }

    async fn flow(&self, publication: Publication) -> Result<(), ExecuteError<FlowError>> {
        let part = format!("publish/{}", publication.base.unwrap_or(0));
        let version = ProposedVersion {
            head: publication.draft.head,
            nodes: publication.draft.nodes,
            origin: publication.origin,
            base: publication.base,
            session: publication.source,
            proposal: self.id,
        };
        let command = FlowCommand { by: By::System, act: FlowAct::PublishProposal(Box::new(version)) };
        self.app.store.execute::<Flow>(publication.flow.0, command, self.context(&part)).await?;
        Ok(())
    }

    async fn record(&self, published: Published) -> Result<Decided, FlowCommandError> {
        let Published { flow, version } = published;
        let act = ProposalAct::RecordPublication(ProposalPublished { flow, version });
        let command = ProposalCommand { by: By::System, act };
        let context = self.context(&format!("published/{version}"));
        let committed = self.app.store.execute::<Proposal>(self.id.0, command, context).await;
        let position = committed.map_err(refusals)?.position;
        Ok(Decided { position, published: Some(published) })
    }

    async fn refused(&self, now: TargetNow) -> Result<(), FlowCommandError> {
        let command = ProposalCommand { by: By::System, act: ProposalAct::RecordRefusal(now) };
        let context = self.context(&format!("refused/{}", self.version));
        self.app.store.execute::<Proposal>(self.id.0, command, context).await.map_err(refusals)?;
        Ok(())
    }
}

fn flow_refused(error: ExecuteError<FlowError>) -> FlowCommandError {
    match refused(error, |error| Refusal::new(error.code(), error.to_string(), error.path())) {
        CommandError::Refused(refusal) => FlowCommandError::Refused(vec![refusal]),
        CommandError::Store(error) => error.into(),
    }
}

fn refusals(error: ExecuteError<ProposalError>) -> FlowCommandError {
    match error {
        ExecuteError::Domain(ProposalError::InvalidTree(faults)) => {
            FlowCommandError::Refused(faults.iter().map(of_fault).collect())
        }
        ExecuteError::Domain(ProposalError::NotFound) => {
            FlowCommandError::Refused(vec![Refusal::not_found("proposal", &["proposalId"])])
        }
        error => match refused(error, |error| Refusal::new(error.code(), error.to_string(), error.path())) {
            CommandError::Refused(refusal) => FlowCommandError::Refused(vec![refusal]),
            CommandError::Store(error) => error.into(),
        },
    }
}
