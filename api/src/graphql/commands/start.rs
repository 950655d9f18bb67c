//! `startSession`: from an intake to the first step.

use async_graphql::{Context, ID, InputObject, Object, Result, SimpleObject};
use domain::access::Caller;
use domain::id::{AttachmentId, RequestId, SessionId, TeamId};
use domain::refusal::RefusalCode;
use domain::session::command::{SessionAct, Start};
use domain::session::intake::{Intake, MAX_ATTACHMENTS, MAX_LOG_BYTES, TicketRef};
use domain::session::lengths;
use domain::session::view::TicketContextStatus as DomainTicketContextStatus;
use projections::accounts;

use super::{Outcome, envelope, handler, settle, wants};
use crate::attachments::taking::{self, NotReserved};
use crate::commands::redacting::{Redacting, within};
use crate::commands::{self, Refusal};
use crate::graphql::request::{app, pool, read_failed};
use crate::graphql::scalar::{Position, parse_id};
use crate::graphql::session::step::Step;
use crate::graphql::session::{Session, TicketContextStatus};
use crate::graphql::user_error::UserError;
use crate::graphql::vocabulary::IntakeType;
use crate::quota;

/// The part of the mutation root that starts sessions.
#[derive(Default)]
pub struct StartCommands;

#[Object]
impl StartCommands {
    /// Opens a session. Returns as soon as the first step is there, or after a few seconds with the assistant THINKING.
    async fn start_session(
        &self,
        ctx: &Context<'_>,
        input: StartSessionInput,
    ) -> Result<StartSessionPayload> {
        StartSessionPayload::of(ctx, start(ctx, input).await?).await
    }
}

/// What a session begins with: at least one of text, log, attachment or ticket.
#[derive(InputObject)]
pub struct StartSessionInput {
    /// How the problem came in.
    #[graphql(default_with = "Some(IntakeType::FreeText)")]
    intake_type: Option<IntakeType>,
    /// The team that the session belongs to; needed only by members of several teams.
    team_id: Option<ID>,
    /// The problem in words, at most 20,000 characters.
    text: Option<String>,
    /// A pasted log, at most 1 MiB.
    log_content: Option<String>,
    /// Files that were uploaded before, at most five.
    attachment_ids: Option<Vec<ID>>,
    /// The ticket's id in the PSA.
    ticket_id: Option<String>,
    /// Through which connection the ticket is read.
    psa_connection_id: Option<ID>,
    /// Any UUID: the same key with the same input starts one session only.
    idempotency_key: Option<ID>,
}

/// A session that was started.
#[derive(SimpleObject)]
pub struct StartSessionPayload {
    /// The session as it stands now.
    session: Option<Session>,
    /// Its open step, if the assistant has made it already.
    first_step: Option<Step>,
    /// How far the ticket's context is.
    ticket_context: TicketContextStatus,
    /// Where the command's last event stands in the log.
    position: Option<Position>,
    /// Why it was refused; empty if it was not.
    user_errors: Vec<UserError>,
}

async fn start(ctx: &Context<'_>, input: StartSessionInput) -> Result<Outcome> {
    let (app, me) = (app(ctx)?, handler(ctx)?);
    let envelope = match envelope(ctx, "startSession", &input, input.idempotency_key.as_ref(), None)? {
        Ok(envelope) => envelope,
        Err(refusal) => return Ok(Err(refusal)),
    };
    let checked = team(&me.caller, input.team_id.as_ref()).and_then(|team| {
        no_connection(&input)?;
        not_too_long(&input)?;
        Ok((team, attachment_ids(&input)?))
    });
    let (team, files) = match checked {
        Ok(checked) => checked,
        // The caller's teams may be others than when the same command started a session.
        Err(refusal) => {
            return match commands::earlier_session(app, me, &envelope).await.transpose() {
                Some(earlier) => settle(app, me, earlier),
                None => Ok(Err(refusal)),
            };
        }
    };
    match quota::refusal(app, me, &envelope).await {
        Ok(None) => {}
        Ok(Some(refusal)) => return Ok(Err(refusal)),
        Err(error) => return Err(read_failed(&error)),
    }
    if !files.is_empty() {
        // The same command again would find its files taken, by itself.
        if let Some(earlier) = commands::earlier_session(app, me, &envelope).await.transpose() {
            return settle(app, me, earlier);
        }
    }
    let account = accounts::account(pool(ctx)?, me.account).await.map_err(|error| read_failed(&error))?;
    let command = envelope.command;
    // From here to its conclusion nothing returns: what is reserved would stay so.
    let reserved = match taking::reserve(app, me, &files, command).await {
        Ok(reserved) => reserved,
        Err(NotReserved::Refused(refusal)) => return Ok(Err(refusal)),
        Err(NotReserved::Fault(fault)) => return Err(read_failed(&fault)),
    };
    let session = SessionId::fresh(&*app.ids);
    let (mut redacting, key) = Redacting::of_new_session(app, me.account, session);
    redacting.add(&reserved.redactions);
    let text = redacting.personal_if(input.text.as_deref()).await;
    let log = redacting.personal_if(input.log_content.as_deref()).await;
    let ticket = match &input.ticket_id {
        Some(id) => Some(TicketRef { connection: None, ticket_id: redacting.text(id).await }),
        None => None,
    };
    let act = SessionAct::Start(Start {
        team,
        intake: Intake {
            kind: input.intake_type.unwrap_or(IntakeType::FreeText).into(),
            text,
            log,
            attachments: reserved.attachments,
            ticket,
            redactions: redacting.tallies(),
        },
        step_limit: account.map(|account| account.quotas).unwrap_or_default().step_limit,
        request: RequestId::fresh(&*app.ids),
    });
    let outcome = commands::session_with(app, me, session, act, envelope, Some(key)).await;
    taking::conclude(app, me.account, &files, command, &outcome).await;
    settle(app, me, outcome)
}

/// The team that a session belongs to: the caller's only one, or the one they name.
fn team(caller: &Caller, named: Option<&ID>) -> std::result::Result<Option<TeamId>, Refusal> {
    match (named, caller.teams.as_slice()) {
        (None, []) => Ok(None),
        (None, [only]) => Ok(Some(*only)),
        (None, _) => Err(Refusal::new(
            RefusalCode::InvalidInput,
            "You belong to several teams: say with teamId which one this session is for.",
            &["teamId"],
        )),
        (Some(id), teams) => {
            parse_id(id).map(TeamId).filter(|id| teams.contains(id)).map(Some).ok_or_else(|| {
                Refusal::new(RefusalCode::InvalidInput, "You do not belong to this team.", &["teamId"])
            })
        }
    }
}

/// PSA connections can't be made yet, so whatever is named is unknown.
fn no_connection(input: &StartSessionInput) -> std::result::Result<(), Refusal> {
    if input.psa_connection_id.is_some() {
        return Err(Refusal::new(
            RefusalCode::UnknownConnection,
            "The account has no such PSA connection.",
            &["psaConnectionId"],
        ));
    }
    Ok(())
}

/// The uploads that the session is to take, each once.
fn attachment_ids(input: &StartSessionInput) -> std::result::Result<Vec<AttachmentId>, Refusal> {
    let named = input.attachment_ids.as_deref().unwrap_or_default();
    let refused = |message: &str| Refusal::new(RefusalCode::InvalidInput, message, &["attachmentIds"]);
    if named.len() > MAX_ATTACHMENTS {
        return Err(refused("A session takes at most five attachments."));
    }
    let mut ids = Vec::with_capacity(named.len());
    for id in named {
        let id = parse_id(id).map(AttachmentId).ok_or_else(taking::unknown)?;
        if ids.contains(&id) {
            return Err(refused("An attachment is named twice."));
        }
        ids.push(id);
    }
    Ok(ids)
}

/// A log has its own bound; all of it is checked before work is put into it.
fn not_too_long(input: &StartSessionInput) -> std::result::Result<(), Refusal> {
    if input.log_content.as_ref().is_some_and(|log| log.len() > MAX_LOG_BYTES) {
        return Err(Refusal::new(
            RefusalCode::InvalidInput,
            "The log is longer than 1 MiB.",
            &["logContent"],
        ));
    }
    within(&[
        (input.text.as_deref(), lengths::INTAKE_TEXT, &["text"]),
        (input.ticket_id.as_deref(), lengths::TICKET_ID, &["ticketId"]),
    ])
}

impl StartSessionPayload {
    async fn of(ctx: &Context<'_>, outcome: Outcome) -> Result<Self> {
        let done = match outcome {
            Ok(done) => done,
            Err(refusal) => return Ok(Self::refused(refusal)),
        };
        let position = Some(done.position.into());
        if !wants(ctx, &["session", "firstStep", "ticketContext"]) {
            return Ok(Self { position, ..Self::empty() });
        }
        let Some(view) = done.view_with_step(ctx).await? else {
            return Ok(Self { position, ..Self::empty() });
        };
        Ok(Self {
            first_step: view.current_step().map(|step| Step::of(&view, step)),
            ticket_context: view.ticket_context.status().into(),
            session: Some(Session::from(view)),
            position,
            user_errors: Vec::new(),
        })
    }

    fn refused(refusal: Refusal) -> Self {
        Self { user_errors: vec![refusal.into()], ..Self::empty() }
    }

    fn empty() -> Self {
        Self {
            session: None,
            first_step: None,
            ticket_context: DomainTicketContextStatus::None.into(),
            position: None,
            user_errors: Vec::new(),
        }
    }
}
