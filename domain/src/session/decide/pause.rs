//! Putting a session aside and taking it up again (rules 2.5, 2.7).

use super::{ACTIVE, Decision, asked};
use crate::access::By;
use crate::id::RequestId;
use crate::session::course::Course;
use crate::session::event::{Nothing, RequestCause, SessionEvent};
use crate::session::status::SessionStatus;

impl Course {
    pub(super) fn pause(&self, by: &By) -> Decision {
        self.as_handler(by)?;
        self.require(ACTIVE)?;
        Ok(vec![SessionEvent::Paused(Nothing {})])
    }

    pub(super) fn resume(&self, by: &By, request: RequestId) -> Decision {
        self.as_handler(by)?;
        self.require(&[SessionStatus::Paused])?;
        let next = self.ask_unless_open(asked(request, RequestCause::Resume));
        Ok(std::iter::once(SessionEvent::Resumed(Nothing {})).chain(next).collect())
    }
}
