//! Opening a session (rules 2.1, 2.4).

use super::{Decision, asked};
use crate::access::{By, Caller};
use crate::id::TeamId;
use crate::input::{InputFault, InvalidInput, Length, Path, is_blank, refuse_nul};
use crate::personal::Personal;
use crate::redaction::shortened;
use crate::session::command::Start;
use crate::session::entitlement::as_member;
use crate::session::error::SessionError;
use crate::session::event::{RequestCause, SessionEvent, SessionStarted};
use crate::session::intake::{
    AttachmentRef, Intake, MAX_ATTACHMENT_BYTES, MAX_ATTACHMENTS, MAX_FILE_NAME, MAX_LOG_BYTES,
};
use crate::session::lengths::{self, INTAKE_TEXT};

const TEXT: Path = &["text"];
const LOG: Path = &["logContent"];
const ATTACHMENTS: Path = &["attachmentIds"];
pub(super) const TICKET_ID: Path = &["ticketId"];
const TEAM: Path = &["teamId"];
const MEDIA_TYPES: [&str; 3] = ["image/png", "image/jpeg", "image/webp"];

/// The session exists, and its first step is asked for: everything else follows.
pub(super) fn start(by: &By, start: Start) -> Decision {
    let caller = as_member(by)?;
    if !caller.role.handles_sessions() {
        return Err(SessionError::NotEntitled { who: "engineers, team admins and owners" });
    }
    let started = SessionStarted {
        opened_by: caller.user,
        team: team_of(caller, start.team)?,
        intake: checked(start.intake)?,
        step_limit: start.step_limit.max(1),
    };
    Ok(vec![
        SessionEvent::Started(started),
        SessionEvent::StepRequested(asked(start.request, RequestCause::Start)),
    ])
}

fn team_of(caller: &Caller, named: Option<TeamId>) -> Result<Option<TeamId>, InvalidInput> {
    match (named, caller.teams.as_slice()) {
        (Some(team), teams) if teams.contains(&team) => Ok(Some(team)),
        (Some(_), _) => Err(InvalidInput::refused(TEAM, "you are not a member of such a team")),
        (None, []) => Ok(None),
        (None, [only]) => Ok(Some(*only)),
        (None, _) => Err(InvalidInput::refused(TEAM, "you are in several teams: name the one it belongs to")),
    }
}

fn checked(mut intake: Intake) -> Result<Intake, InvalidInput> {
    intake.text = INTAKE_TEXT.of_optional(intake.text, TEXT)?;
    intake.log = checked_log(intake.log)?;
    check_attachments(&intake.attachments)?;
    if let Some(ticket) = &intake.ticket {
        lengths::TICKET_ID.check(&ticket.ticket_id, TICKET_ID)?;
    }
    if intake.text.is_none()
        && intake.log.is_none()
        && intake.attachments.is_empty()
        && intake.ticket.is_none()
    {
        return Err(InvalidInput::refused(TEXT, "a text, a log, an attachment or a ticket is needed"));
    }
    Ok(intake)
}

fn checked_log(log: Option<Personal<String>>) -> Result<Option<Personal<String>>, InvalidInput> {
    let Some(log) = log.filter(|log| !is_blank(log)) else { return Ok(None) };
    refuse_nul(&log, LOG)?;
    if log.len() > MAX_LOG_BYTES && shortened(&log).len() > MAX_LOG_BYTES {
        return Err(InvalidInput::new(LOG, InputFault::TooLarge { max: MAX_LOG_BYTES as u64 }));
    }
    Ok(Some(log))
}

fn check_attachments(attachments: &[AttachmentRef]) -> Result<(), InvalidInput> {
    if attachments.len() > MAX_ATTACHMENTS {
        return Err(InvalidInput::new(ATTACHMENTS, InputFault::TooMany { max: MAX_ATTACHMENTS }));
    }
    for attachment in attachments {
        Length::up_to(MAX_FILE_NAME).check(&attachment.file_name, ATTACHMENTS)?;
        if attachment.size_bytes == 0 {
            return Err(InvalidInput::new(ATTACHMENTS, InputFault::Empty));
        }
        if attachment.size_bytes > MAX_ATTACHMENT_BYTES {
            return Err(InvalidInput::new(ATTACHMENTS, InputFault::TooLarge { max: MAX_ATTACHMENT_BYTES }));
        }
        if !MEDIA_TYPES.contains(&attachment.media_type.as_str()) {
            return Err(InvalidInput::refused(ATTACHMENTS, "only PNG, JPEG and WebP pictures are taken"));
        }
    }
    Ok(())
}
