//! Proposals: what resolved sessions would add to the knowledge base, for people to decide on.

mod decide;

pub mod command;
pub mod error;
pub mod event;
pub mod status;

use std::collections::BTreeSet;

use cqrs_es::Aggregate;
use cqrs_es::event_sink::EventSink;
use serde::{Deserialize, Serialize};

use crate::flow::event::FlowOrigin;
use crate::id::{FlowId, ProposalId, SessionId};
use crate::input::Length;
use crate::personal::Personal;
use crate::proposal::command::ProposalCommand;
use crate::proposal::error::ProposalError;
use crate::proposal::event::{ProposalDraft, ProposalEvent, ProposalRaised, ProposalTarget};
use crate::proposal::status::{ProposalKind, ProposalStatus};

/// How long a reviewer's notes may be, as they are written.
pub const NOTES: Length = Length::up_to(2_000).redacted();

/// A proposal as its events have made it.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Proposal {
    version: u64,
    /// None until it was raised.
    case: Option<Case>,
}

/// A proposal that was raised.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Case {
    kind: ProposalKind,
    status: ProposalStatus,
    /// The flow that it would change, in the version that the session followed.
    target: Option<ProposalTarget>,
    source: SessionId,
    /// What would be published; none for a reinforcement.
    draft: Option<Personal<ProposalDraft>>,
    /// It was grown from its sessions, and grows with them; what a model or a person wrote does not.
    is_grown: bool,
    supporters: BTreeSet<SessionId>,
    /// How many supported it when it was dismissed.
    support_at_dismissal: usize,
    published: Option<Published>,
}

/// The version of a flow that a proposal became.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Published {
    /// The flow.
    pub flow: FlowId,
    /// Its version.
    pub version: u32,
}

/// What is to be published of a proposal that was decided for.
#[derive(Debug, Clone, PartialEq)]
pub struct Publication {
    /// The flow: the target, or a new one whose id follows from the proposal.
    pub flow: FlowId,
    /// The published version that it replaces; none for a new flow.
    pub base: Option<u32>,
    /// What the flow is.
    pub draft: ProposalDraft,
    /// Where this version comes from.
    pub origin: FlowOrigin,
    /// The session that it was learnt from.
    pub source: SessionId,
}

impl Aggregate for Proposal {
    const TYPE: &'static str = "proposal";
    type Command = ProposalCommand;
    type Event = ProposalEvent;
    type Error = ProposalError;
    type Services = ();

    async fn handle(
        &mut self,
        command: ProposalCommand,
        (): &(),
        sink: &EventSink<Self>,
    ) -> Result<(), ProposalError> {
        for event in self.decide(command)? {
            sink.write(event, self).await;
        }
        Ok(())
    }

    fn apply(&mut self, event: ProposalEvent) {
        self.version += 1;
        match (&mut self.case, event) {
            (case, ProposalEvent::Raised(raised)) => *case = Some(Case::raised(*raised)),
            (case, ProposalEvent::PathReinforced(path)) => {
                let target = Some(ProposalTarget { flow: path.flow, base_version: path.version });
                *case = Some(Case {
                    kind: ProposalKind::Reinforcement,
                    status: ProposalStatus::AutoReinforced,
                    target,
                    source: path.session,
                    draft: None,
                    is_grown: false,
                    supporters: BTreeSet::from([path.session]),
                    support_at_dismissal: 0,
                    published: None,
                });
            }
            (Some(case), event) => case.apply(event),
            // Nothing precedes a proposal's raising; should a log say so, there is still no proposal.
            (None, _) => {}
        }
    }
}

impl Case {
    fn raised(raised: ProposalRaised) -> Self {
        Self {
            kind: raised.kind,
            status: ProposalStatus::Pending,
            target: raised.target,
            source: raised.source,
            draft: Some(raised.draft),
            is_grown: raised.made_by.is_none(),
            supporters: BTreeSet::from([raised.source]),
            support_at_dismissal: 0,
            published: None,
        }
    }

    fn apply(&mut self, event: ProposalEvent) {
        match event {
            ProposalEvent::Raised(_) | ProposalEvent::PathReinforced(_) => {}
            ProposalEvent::Supported(supported) => {
                self.supporters.insert(supported.session);
                if let Some(draft) = supported.draft {
                    self.draft = Some(draft);
                }
            }
            ProposalEvent::SupportWithdrawn(withdrawn) => {
                self.supporters.remove(&withdrawn.session);
            }
            ProposalEvent::Regrown(regrown) => self.draft = Some(regrown.draft),
            ProposalEvent::Withdrawn(_) => self.status = ProposalStatus::Withdrawn,
            ProposalEvent::Resurfaced(_) => self.status = ProposalStatus::Pending,
            ProposalEvent::Stale(_) => self.status = ProposalStatus::Stale,
            ProposalEvent::Approved(_) => self.status = ProposalStatus::Approved,
            ProposalEvent::Modified(modified) => {
                self.status = ProposalStatus::Modified;
                self.draft = Some(modified.draft);
                if let (Some(target), Some(base)) = (&mut self.target, modified.base_version) {
                    target.base_version = base;
                }
            }
            ProposalEvent::Rejected(_) => self.status = ProposalStatus::Rejected,
            ProposalEvent::Dismissed(_) => {
                self.status = ProposalStatus::Dismissed;
                self.support_at_dismissal = self.supporters.len();
            }
            ProposalEvent::Published(published) => {
                self.published = Some(Published { flow: published.flow, version: published.version });
            }
        }
    }
}

impl Proposal {
    /// How many events it has: its version.
    pub fn version(&self) -> u64 {
        self.version
    }

    /// Where it stands; none until it was raised.
    pub fn status(&self) -> Option<ProposalStatus> {
        self.case.as_ref().map(|case| case.status)
    }

    /// The flow that it would change.
    pub fn target(&self) -> Option<ProposalTarget> {
        self.case.as_ref()?.target
    }

    /// The sessions that support it.
    pub fn supporters(&self) -> impl Iterator<Item = SessionId> + '_ {
        self.case.iter().flat_map(|case| case.supporters.iter().copied())
    }

    /// The session that it was learnt from.
    pub fn source(&self) -> Option<SessionId> {
        self.case.as_ref().map(|case| case.source)
    }

    /// What it would publish; none for a reinforcement.
    pub fn draft(&self) -> Option<&ProposalDraft> {
        self.case.as_ref()?.draft.as_deref()
    }

    /// Whether it was grown from its sessions, and so grows with each that supports it; what a model wrote does not.
    pub fn is_grown(&self) -> bool {
        self.case.as_ref().is_some_and(|case| case.is_grown)
    }

    /// The version of a flow that it became.
    pub fn published(&self) -> Option<Published> {
        self.case.as_ref()?.published
    }

    /// What is still to be published; none unless it was decided for.
    pub fn to_publish(&self, id: ProposalId) -> Option<Publication> {
        let case = self.case.as_ref().filter(|case| case.published.is_none())?;
        if !matches!(case.status, ProposalStatus::Approved | ProposalStatus::Modified) {
            return None;
        }
        Some(Publication {
            flow: case.target.map_or_else(|| FlowId::derived(id.0, "flow"), |target| target.flow),
            base: case.target.map(|target| target.base_version),
            draft: ProposalDraft::clone(case.draft.as_ref()?),
            origin: case.kind.origin(),
            source: case.source,
        })
    }
}
