//! What stands beside the diagnosis: notes, tickets, scripts, secrets found late.

use super::start::TICKET_ID;
use super::{Decision, OPEN};
use crate::access::By;
use crate::id::{ConnectionId, StepId};
use crate::input::{InvalidInput, Length};
use crate::personal::Personal;
use crate::session::command::AttachScript;
use crate::session::course::Course;
use crate::session::entitlement::as_member;
use crate::session::error::SessionError;
use crate::session::event::{ContentRedacted, NoteAdded, ScriptAttached, SessionEvent, TicketLinked};
use crate::session::intake::RedactionTally;
use crate::session::lengths::{self, NOTE, REASON_TO_MASK};

/// Longest text that can be masked at once, in characters.
const MAX_SECRET: usize = 10_000;
/// Shorter ones would mask half of every text.
const MIN_SECRET: usize = 4;

impl Course {
    /// Whoever sees the session may write one, while it isn't closed (rule 11.3).
    pub(super) fn add_note(
        &self,
        by: &By,
        step: StepId,
        text: Personal<String>,
        redactions: Vec<RedactionTally>,
    ) -> Decision {
        let author = as_member(by)?.user;
        self.require(OPEN)?;
        let text = NOTE.of(text, &["text"])?;
        self.check_fresh(step)?;
        let ordinal = self.next_ordinal();
        Ok(vec![SessionEvent::NoteAdded(NoteAdded { step, ordinal, author, text, redactions })])
    }

    /// Linking the linked ticket again changes nothing.
    pub(super) fn link_ticket(&self, by: &By, connection: ConnectionId, ticket_id: String) -> Decision {
        self.as_handler(by)?;
        self.require(OPEN)?;
        lengths::TICKET_ID.check(&ticket_id, TICKET_ID)?;
        let is_linked = self
            .ticket_link
            .as_ref()
            .is_some_and(|linked| linked.connection == Some(connection) && linked.ticket_id == ticket_id);
        if is_linked {
            return Ok(vec![]);
        }
        Ok(vec![SessionEvent::TicketLinked(TicketLinked { connection, ticket_id })])
    }

    pub(super) fn attach_script(&self, by: &By, attach: AttachScript) -> Decision {
        let generated_by = self.as_handler(by)?;
        self.require(OPEN)?;
        if attach.step.is_some_and(|step| !self.steps.contains_key(&step)) {
            return Err(InvalidInput::refused(&["stepId"], "the session has no such step").into());
        }
        let AttachScript { script, template, template_version, template_name, step, body } = attach;
        Ok(vec![SessionEvent::ScriptAttached(ScriptAttached {
            script,
            template,
            template_version,
            template_name,
            step,
            generated_by,
            body,
        })])
    }

    /// At any time: a secret doesn't become harmless by a session's end.
    pub(super) fn redact(
        &self,
        by: &By,
        text: Personal<String>,
        placeholder: String,
        reason: Personal<String>,
    ) -> Decision {
        let caller = as_member(by)?;
        let may = caller.user == self.opened_by
            || caller.user == self.handler
            || caller.role.publishes_flows()
            || caller.role.administers_account();
        if !may {
            let who = "the session's opener, its handler, team admins and owners";
            return Err(SessionError::NotEntitled { who });
        }
        let text = Length::between(MIN_SECRET, MAX_SECRET).of(text, &["text"])?;
        let reason = REASON_TO_MASK.of(reason, &["reason"])?;
        if self.masks.iter().any(|(masked, _)| *masked == text) {
            return Ok(vec![]);
        }
        let by = caller.user;
        Ok(vec![SessionEvent::ContentRedacted(ContentRedacted { by, text, placeholder, reason })])
    }
}
