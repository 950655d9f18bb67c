//! Who may see a session (rule 11.4). The account is checked before, in SQL.

use super::SessionView;
use crate::access::Caller;
use crate::session::status::SessionStatus;

impl SessionView {
    /// Whether the caller, a member of the session's account, may see it: opener, handlers past and present, the
    /// latest escalation's target, whoever may pick it up now, and the roles that read everything.
    pub fn visible_to(&self, caller: &Caller) -> bool {
        let target = self.escalation().and_then(|escalation| escalation.target);
        caller.role.reads_everything()
            || [Some(self.opened_by), Some(self.handler), target].contains(&Some(caller.user))
            || self.past_handlers.contains(&caller.user)
            || self.may_be_picked_up_by(caller)
    }

    /// Whether the caller could pick it up now (3.3): the target alone if one is named, otherwise whoever handles
    /// sessions in its team, or in the account if it has no team; never the one who escalated.
    pub fn may_be_picked_up_by(&self, caller: &Caller) -> bool {
        let waiting = self.status == SessionStatus::RequestingEscalation;
        let Some(escalation) = self.escalation().filter(|_| waiting) else { return false };
        caller.role.handles_sessions()
            && escalation.requested_by != caller.user
            && match (escalation.target, self.team) {
                (Some(target), _) => target == caller.user,
                (None, Some(team)) => caller.teams.contains(&team),
                (None, None) => true,
            }
    }
}
