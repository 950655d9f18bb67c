//! Who sees a session, and whose it is to act in it (rules 3.3, 11.3, 11.4).

use crate::access::{By, Caller};
use crate::id::UserId;
use crate::session::course::{Course, Escalation};
use crate::session::error::SessionError;
use crate::session::status::SessionStatus;

impl Course {
    /// Whether a member may know of this session.
    pub(super) fn visible_to(&self, caller: &Caller) -> bool {
        caller.role.reads_everything()
            || caller.user == self.opened_by
            || self.handlers.contains(&caller.user)
            || self.escalations.last().is_some_and(|latest| latest.target == Some(caller.user))
            || self.status == SessionStatus::RequestingEscalation && self.may_take_latest(caller)
    }

    /// Whether a member may pick up the latest escalation, or might have while it waited.
    pub(super) fn may_take_latest(&self, caller: &Caller) -> bool {
        self.escalations.last().is_some_and(|latest| self.may_take(caller, latest))
    }

    /// The handler, who still has a role that handles sessions.
    pub(super) fn as_handler(&self, by: &By) -> Result<UserId, SessionError> {
        let who = "the session's handler";
        acting_member(by, who, |caller| caller.user == self.handler)
    }

    /// The opener or the last handler.
    pub(super) fn as_opener_or_handler(&self, by: &By) -> Result<UserId, SessionError> {
        let who = "the session's opener or its last handler";
        acting_member(by, who, |caller| caller.user == self.opened_by || caller.user == self.handler)
    }

    /// Who asked for the latest escalation.
    pub(super) fn as_escalator(&self, by: &By) -> Result<UserId, SessionError> {
        // Without any escalation it is the handler who hears that the status is wrong.
        let escalator = self.escalations.last().map_or(self.handler, |latest| latest.requested_by);
        acting_member(by, "who escalated the session", |caller| caller.user == escalator)
    }

    fn may_take(&self, caller: &Caller, escalation: &Escalation) -> bool {
        let addressed = match escalation.target {
            Some(target) => target == caller.user,
            None => self.team.is_none_or(|team| caller.teams.contains(&team)),
        };
        addressed && caller.user != escalation.requested_by && caller.role.handles_sessions()
    }
}

/// FlowPilot itself.
pub(super) fn as_system(by: &By) -> Result<(), SessionError> {
    match by {
        By::System => Ok(()),
        By::Member(_) => Err(SessionError::NotEntitled { who: "FlowPilot itself" }),
    }
}

/// A person, whatever their role.
pub(super) fn as_member(by: &By) -> Result<&Caller, SessionError> {
    match by {
        By::Member(caller) => Ok(caller),
        By::System => Err(SessionError::NotEntitled { who: "a member" }),
    }
}

fn acting_member(
    by: &By,
    who: &'static str,
    is_theirs: impl FnOnce(&Caller) -> bool,
) -> Result<UserId, SessionError> {
    match by {
        By::Member(caller) if caller.role.handles_sessions() && is_theirs(caller) => Ok(caller.user),
        By::Member(_) | By::System => Err(SessionError::NotEntitled { who }),
    }
}
