//! Decides what a command to a proposal leads to (rules 6.1, 6.4, 6.7, 7.1, 7.2, 11.2).

use crate::access::{By, Role};
use crate::flow::decide::{check_storable, checked_head};
use crate::flow::validation::validate;
use crate::id::{SessionId, UserId};
use crate::input::{InvalidInput, Length};
use crate::proposal::command::{Modification, ProposalAct, ProposalCommand, Review, Support, TargetNow};
use crate::proposal::error::ProposalError;
use crate::proposal::event::{
    ProposalDraft, ProposalEvent, ProposalModified, ProposalPublished, ProposalRaised, ProposalRegrown,
    ProposalStale, ProposalSupported, Resurfaced, Reviewed, SupportWithdrawn, Withdrawn,
};
use crate::proposal::status::{ProposalKind, ProposalStatus};
use crate::proposal::{Case, NOTES, Proposal};

type Decision = Result<Vec<ProposalEvent>, ProposalError>;

const TITLE: Length = Length::up_to(255);
/// A dismissed proposal comes back when so many more sessions support it (6.4).
const RESURFACES_AFTER: usize = 3;

impl Proposal {
    /// The events that a command leads to; none if it changes nothing.
    pub fn decide(&self, command: ProposalCommand) -> Decision {
        let ProposalCommand { by, act } = command;
        let reviewer = match &act {
            ProposalAct::Approve(_)
            | ProposalAct::Modify(_)
            | ProposalAct::Reject(_)
            | ProposalAct::Dismiss(_) => Some(as_reviewer(&by)?),
            _ => {
                as_flowpilot(&by)?;
                None
            }
        };
        match (&self.case, act, reviewer) {
            (None, ProposalAct::Raise(raised), _) => raise(raised),
            (None, ProposalAct::Reinforce(path), _) => Ok(vec![ProposalEvent::PathReinforced(path)]),
            (None, _, _) => Err(ProposalError::NotFound),
            (Some(_), ProposalAct::Raise(_), _) => Err(ProposalError::AlreadyExists),
            // One record for each version and session (6.7).
            (Some(_), ProposalAct::Reinforce(_), _) => Ok(vec![]),
            (Some(case), ProposalAct::Support(support), _) => case.support(support),
            (Some(case), ProposalAct::WithdrawSupport(session), _) => Ok(case.withdraw(session)),
            (Some(case), ProposalAct::Regrow(draft), _) => case.regrow(*draft),
            (Some(case), ProposalAct::MarkStale(now), _) => Ok(case.mark_stale(now)),
            (Some(case), ProposalAct::RecordRefusal(now), _) => Ok(case.refused(now)),
            (Some(case), ProposalAct::RecordPublication(published), _) => case.record(published),
            (Some(case), ProposalAct::Approve(review), Some(by)) => case.approve(by, review),
            (Some(case), ProposalAct::Modify(edit), Some(by)) => case.modify(by, *edit),
            (Some(case), ProposalAct::Reject(review), Some(by)) => {
                Ok(vec![ProposalEvent::Rejected(case.reviewed(by, review)?)])
            }
            (Some(case), ProposalAct::Dismiss(review), Some(by)) => {
                Ok(vec![ProposalEvent::Dismissed(case.reviewed(by, review)?)])
            }
            (
                Some(_),
                ProposalAct::Approve(_)
                | ProposalAct::Modify(_)
                | ProposalAct::Reject(_)
                | ProposalAct::Dismiss(_),
                None,
            ) => Err(ProposalError::NotEntitled { who: REVIEWERS }),
        }
    }
}

impl Case {
    fn support(&self, support: Support) -> Decision {
        if self.supporters.contains(&support.session) {
            return Ok(vec![]);
        }
        if !self.status.is_open() && self.status != ProposalStatus::Dismissed {
            return Err(ProposalError::WrongStatus(self.status));
        }
        let draft = match support.draft {
            Some(draft) => Some(checked(draft)?.into()),
            None => None,
        };
        let supported = ProposalSupported {
            session: support.session,
            similarity: support.similarity,
            by: support.by,
            source: self.source,
            draft,
        };
        let grown = self.supporters.len() + 1 - self.support_at_dismissal.min(self.supporters.len());
        let resurfaces = self.status == ProposalStatus::Dismissed && grown >= RESURFACES_AFTER;
        let again = resurfaces.then_some(ProposalEvent::Resurfaced(Resurfaced {}));
        Ok(std::iter::once(ProposalEvent::Supported(supported)).chain(again).collect())
    }

    /// A proposal that nobody decided is withdrawn with its last supporter; what was decided stays (6.1).
    fn withdraw(&self, session: SessionId) -> Vec<ProposalEvent> {
        if !self.supporters.contains(&session) || self.kind == ProposalKind::Reinforcement {
            return vec![];
        }
        let left_alone = self.supporters.len() == 1 && self.status.is_open();
        let withdrawn = ProposalEvent::SupportWithdrawn(SupportWithdrawn { session });
        let last = left_alone.then_some(ProposalEvent::Withdrawn(Withdrawn {}));
        std::iter::once(withdrawn).chain(last).collect()
    }

    /// What was decided stays as it was decided; what a model or a person wrote was not grown.
    fn regrow(&self, draft: ProposalDraft) -> Decision {
        let undecided = self.status.is_open() || self.status == ProposalStatus::Dismissed;
        let draft = checked(draft)?;
        if !undecided || !self.is_grown || self.draft.as_deref() == Some(&draft) {
            return Ok(vec![]);
        }
        Ok(vec![ProposalEvent::Regrown(ProposalRegrown { source: self.source, draft: draft.into() })])
    }

    /// While nobody has decided: what was decided for is about to be published, or its flow refuses it.
    fn mark_stale(&self, now: TargetNow) -> Vec<ProposalEvent> {
        let Some(target) = self.target else { return vec![] };
        let moved_on = now.retired || target.base_version != now.version;
        if self.status == ProposalStatus::Pending && moved_on {
            return vec![ProposalEvent::Stale(ProposalStale { current: now.version })];
        }
        vec![]
    }

    /// One that was decided for and could not be published turns stale, too: its target was changed or retired in between.
    fn refused(&self, now: TargetNow) -> Vec<ProposalEvent> {
        if self.target.is_some() && self.status == ProposalStatus::Modified && self.published.is_none() {
            return vec![ProposalEvent::Stale(ProposalStale { current: now.version })];
        }
        vec![]
    }

    fn record(&self, published: ProposalPublished) -> Decision {
        match (self.status, self.published) {
            (ProposalStatus::Approved | ProposalStatus::Modified, None) => {
                Ok(vec![ProposalEvent::Published(published)])
            }
            (_, Some(_)) => Ok(vec![]),
            (status, None) => Err(ProposalError::WrongStatus(status)),
        }
    }

    fn approve(&self, by: UserId, review: Review) -> Decision {
        let reviewed = self.reviewed(by, review)?;
        if self.kind != ProposalKind::NewFlow {
            return Err(ProposalError::NeedsEdit);
        }
        Ok(vec![ProposalEvent::Approved(reviewed)])
    }

    fn modify(&self, by: UserId, edit: Modification) -> Decision {
        let Reviewed { by, notes, source } = self.reviewed(by, Review { notes: edit.notes })?;
        let proposed = self.draft.as_ref().ok_or(ProposalError::WrongStatus(self.status))?;
        let base_version = match self.target {
            None => None,
            Some(_) => Some(current_base(edit.base_version, edit.target)?),
        };
        let mut draft = ProposalDraft { nodes: edit.nodes, ..ProposalDraft::clone(proposed) };
        if let Some(title) = edit.title {
            title.trim().clone_into(&mut draft.title);
            draft.head.name = title;
        }
        if let Some(description) = edit.description {
            draft.description = Some(description.clone());
            draft.head.description = Some(description);
        }
        draft.head.keywords = edit.keywords.unwrap_or(draft.head.keywords);
        let draft = checked(draft)?.into();
        let modified = ProposalModified { by, notes, source, base_version, draft };
        Ok(vec![ProposalEvent::Modified(Box::new(modified))])
    }

    /// Decided once (7.1).
    fn reviewed(&self, by: UserId, review: Review) -> Result<Reviewed, ProposalError> {
        match self.status {
            ProposalStatus::Pending | ProposalStatus::Stale => {}
            ProposalStatus::Approved
            | ProposalStatus::Modified
            | ProposalStatus::Rejected
            | ProposalStatus::Dismissed => return Err(ProposalError::AlreadyDecided(self.status)),
            ProposalStatus::AutoReinforced | ProposalStatus::Withdrawn => {
                return Err(ProposalError::WrongStatus(self.status));
            }
        }
        let notes = NOTES.of_optional(review.notes, &["notes"])?;
        Ok(Reviewed { by, notes, source: self.source })
    }
}

fn raise(raised: Box<ProposalRaised>) -> Decision {
    let draft = checked(ProposalDraft::clone(&raised.draft))?.into();
    Ok(vec![ProposalEvent::Raised(Box::new(ProposalRaised { draft, ..*raised }))])
}

fn checked(draft: ProposalDraft) -> Result<ProposalDraft, ProposalError> {
    TITLE.check(&draft.title, &["title"])?;
    let head = checked_head(draft.head)?;
    check_storable(&draft.nodes)?;
    validate(head.kind, &draft.nodes).map_err(ProposalError::InvalidTree)?;
    Ok(ProposalDraft { head, ..draft })
}

/// The base version of an edit, if it is the one that the target has now.
fn current_base(base: Option<u32>, target: Option<TargetNow>) -> Result<u32, ProposalError> {
    if target.is_some_and(|now| now.retired) {
        return Err(ProposalError::TargetRetired);
    }
    let missing = || {
        InvalidInput::refused(
            &["baseVersion"],
            "say which published version of the flow the nodes were edited from",
        )
    };
    let base = base.ok_or_else(missing)?;
    match target {
        Some(now) if now.version != base => Err(ProposalError::StaleBaseVersion { current: now.version }),
        _ => Ok(base),
    }
}

const REVIEWERS: &str = "team admins and owners";

fn as_reviewer(by: &By) -> Result<UserId, ProposalError> {
    match by {
        By::Member(caller) if Role::publishes_flows(caller.role) => Ok(caller.user),
        By::Member(_) | By::System => Err(ProposalError::NotEntitled { who: REVIEWERS }),
    }
}

fn as_flowpilot(by: &By) -> Result<(), ProposalError> {
    match by {
        By::System => Ok(()),
        By::Member(_) => Err(ProposalError::NotEntitled { who: "FlowPilot itself" }),
    }
}

#[cfg(test)]
mod tests;
