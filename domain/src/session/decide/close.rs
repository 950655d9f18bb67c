//! How a session ends, and begins anew (rules 2.5, 2.7, 2.14, 2.16).

use super::{ACTIVE_OR_PAUSED, CLOSED, Decision, asked};
use crate::access::By;
use crate::id::RequestId;
use crate::input::{InputFault, InvalidInput};
use crate::personal::Personal;
use crate::session::command::Resolve;
use crate::session::course::Course;
use crate::session::event::{
    RequestCause, SessionAbandoned, SessionEvent, SessionRated, SessionReopened, SessionResolved,
};
use crate::session::intake::RedactionTally;
use crate::session::lengths::{ACTION, FEEDBACK, REASON_TO_REOPEN, SUMMARY};

impl Course {
    pub(super) fn resolve(&self, by: &By, resolve: Resolve) -> Decision {
        let resolved_by = self.as_handler(by)?;
        self.require(ACTIVE_OR_PAUSED)?;
        let resolved = SessionResolved {
            resolved_by,
            summary: SUMMARY.of(resolve.summary, &["summary"])?,
            action: ACTION.of_optional(resolve.action, &["action"])?,
            rating: resolve.rating.map(stars).transpose()?,
            feedback: FEEDBACK.of_optional(resolve.feedback, &["feedback"])?,
            redactions: resolve.redactions,
        };
        Ok(self.supersede_open().into_iter().chain([SessionEvent::Resolved(resolved)]).collect())
    }

    /// Its handler, or the timer for sessions that nobody touched.
    pub(super) fn abandon(&self, by: &By) -> Decision {
        let abandoned = match by {
            By::System => SessionAbandoned::Idle,
            By::Member(_) => SessionAbandoned::Handler { by: self.as_handler(by)? },
        };
        self.require(ACTIVE_OR_PAUSED)?;
        Ok(self.supersede_open().into_iter().chain([SessionEvent::Abandoned(abandoned)]).collect())
    }

    /// The handler stays who it was: only pick-up changes that (rule 2.6).
    pub(super) fn reopen(
        &self,
        by: &By,
        reason: Personal<String>,
        request: RequestId,
        redactions: Vec<RedactionTally>,
    ) -> Decision {
        let by = self.as_opener_or_handler(by)?;
        self.require(CLOSED)?;
        let reason = REASON_TO_REOPEN.of(reason, &["reason"])?;
        let reopened = SessionEvent::Reopened(SessionReopened { by, reason, redactions });
        let next = self.ask_unless_open(asked(request, RequestCause::Reopening));
        Ok(std::iter::once(reopened).chain(next).collect())
    }

    pub(super) fn rate(
        &self,
        by: &By,
        rating: i32,
        feedback: Option<Personal<String>>,
        redactions: Vec<RedactionTally>,
    ) -> Decision {
        let by = self.as_opener_or_handler(by)?;
        self.require(CLOSED)?;
        let rating = stars(rating)?;
        let feedback = FEEDBACK.of_optional(feedback, &["feedback"])?;
        Ok(vec![SessionEvent::Rated(SessionRated { by, rating, feedback, redactions })])
    }
}

fn stars(rating: i32) -> Result<u8, InvalidInput> {
    u8::try_from(rating)
        .ok()
        .filter(|stars| (1..=5).contains(stars))
        .ok_or(InvalidInput::new(&["rating"], InputFault::OutOfRange { min: 1, max: 5 }))
}
