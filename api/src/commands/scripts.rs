//! Script templates told what to do, and scripts generated from them: with a session, attached to it.

use std::collections::HashSet;

use domain::access::{By, Caller};
use domain::id::{CommandId, CorrelationId, ScriptId, SessionId, StepId, TemplateId};
use domain::metadata::Actor;
use domain::personal::Personal;
use domain::recorded_event::{Position, RecordedEvent};
use domain::refusal::RefusalCode;
use domain::script::command::{RecordGeneration, ScriptTemplateAct, ScriptTemplateCommand};
use domain::script::error::ScriptTemplateError;
use domain::script::event::{ScriptGenerated, ScriptTemplateEvent};
use domain::script::generation::{Argument, GeneratedText, ParameterFault, generate as generate_text};
use domain::script::{ParameterType, ScriptTemplate, TemplateVersion};
use domain::session::command::{AttachScript, SessionAct};
use domain::session::view::{ScriptView, SessionView};
use event_store::error::{ExecuteError, StoreError};
use event_store::executor::{CommandContext, Committed, Outcome};
use event_store::log::Until;

use crate::app::App;
use crate::auth::Identity;
use crate::commands::redacting::Redacting;
use crate::commands::{self, CommandError, Envelope, Refusal};

/// A command was not carried out: for every reason at once, or because the store could not do it now.
#[derive(Debug, thiserror::Error)]
pub enum ScriptError {
    /// The caller can act on it.
    #[error("refused: {0:?}")]
    Refused(Vec<Refusal>),
    /// Nothing is lost, and the same command id may be sent again.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<Refusal> for ScriptError {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(vec![refusal])
    }
}

impl From<CommandError> for ScriptError {
    fn from(error: CommandError) -> Self {
        match error {
            CommandError::Refused(refusal) => refusal.into(),
            CommandError::Store(error) => error.into(),
        }
    }
}

/// A template's command by a member.
pub async fn template(
    app: &App,
    me: &Identity,
    id: TemplateId,
    act: ScriptTemplateAct,
    envelope: &Envelope,
) -> Result<Committed, ScriptError> {
    let context = CommandContext {
        is_new: matches!(act, ScriptTemplateAct::Publish(_)),
        ..context(me, envelope, envelope.command)
    };
    let command = ScriptTemplateCommand { by: By::Member(me.caller.clone()), act };
    app.store.execute::<ScriptTemplate>(id.0, command, context).await.map_err(refusals)
}

/// A script that is wanted.
#[derive(Debug, Clone)]
pub struct Wanted {
    /// From this template.
    pub template: TemplateId,
    /// With these values.
    pub arguments: Vec<Argument>,
    /// For this session,
    pub session: Option<SessionId>,
    /// and this step of it.
    pub step: Option<StepId>,
}

/// A script that was generated.
#[derive(Clone)]
pub struct Generated {
    /// The script.
    pub script: ScriptView,
    /// Where its last event stands.
    pub position: Position,
}

/// Generates a script. With a session it is attached first, which the session may refuse, and counted then: a crash in
/// between is mended by the same command sent again.
pub async fn generate(
    app: &App,
    me: &Identity,
    wanted: Wanted,
    envelope: Envelope,
) -> Result<Generated, ScriptError> {
    // The same key again gives the same script, whatever has become of the template since.
    let earlier = app.store.earlier(&context(me, &envelope, envelope.command)).await.map_err(refusals)?;
    if let Some(done) = earlier {
        return again(app, me, wanted, &envelope, done.position).await;
    }
    let template = app.store.load::<ScriptTemplate>(me.account, wanted.template.0).await?.aggregate;
    let Some(current) = template.current().filter(|current| may_see(&me.caller, current)) else {
        return Err(unknown_template().into());
    };
    refuse_secrets(app, me, current, &wanted.arguments).await?;
    let generated = template.generate(&wanted.arguments).map_err(refusals_of)?;
    let mut script = view(me, &wanted, &envelope, current, &generated);
    if let Some(session) = wanted.session {
        let attach = SessionAct::AttachScript(AttachScript {
            script: script.id,
            template: script.template,
            template_version: script.template_version,
            template_name: script.template_name.clone(),
            step: script.step,
            body: Personal::new(script.body.clone()),
        });
        let attached = commands::session(app, me, session, attach, envelope.clone()).await?;
        if attached.outcome != Outcome::Appended {
            return again(app, me, wanted, &envelope, attached.position).await;
        }
        script.generated_at = at(&attached, script.generated_at);
        let position = record(app, me, &wanted, &envelope, generated).await?.position;
        return Ok(Generated { script, position });
    }
    let recorded = record(app, me, &wanted, &envelope, generated).await?;
    if recorded.outcome != Outcome::Appended {
        return again(app, me, wanted, &envelope, recorded.position).await;
    }
    script.generated_at = at(&recorded, script.generated_at);
    Ok(Generated { script, position: recorded.position })
}

/// Counts a generation, once. Without a session it is the command itself, with one it follows from it.
async fn record(
    app: &App,
    me: &Identity,
    wanted: &Wanted,
    envelope: &Envelope,
    generated: GeneratedText,
) -> Result<Committed, ScriptError> {
    let (command, causation) = match wanted.session {
        None => (envelope.command, None),
        Some(_) => (CommandId::derived(envelope.command.0, "generation"), Some(envelope.command)),
    };
    let context = CommandContext { causation, ..context(me, envelope, command) };
    let act = ScriptTemplateAct::RecordGeneration(RecordGeneration {
        script: script_id(envelope),
        generated,
        session: wanted.session,
        step: wanted.step,
        account: me.account,
    });
    let command = ScriptTemplateCommand { by: By::Member(me.caller.clone()), act };
    app.store.execute::<ScriptTemplate>(wanted.template.0, command, context).await.map_err(refusals)
}

/// A script that was generated before: as it was, from the version that it was generated from.
async fn again(
    app: &App,
    me: &Identity,
    wanted: Wanted,
    envelope: &Envelope,
    position: Position,
) -> Result<Generated, ScriptError> {
    let id = script_id(envelope);
    let history =
        app.store.log().stream_of(me.account, "script_template", wanted.template.0, Until::Now).await?;
    if let Some(session) = wanted.session {
        let events = app.store.log().stream_of(me.account, "session", session.0, Until::Now).await?;
        let seen = SessionView::fold(&events).map_err(StoreError::from)?;
        let script = seen
            .filter(|view| view.visible_to(&me.caller))
            .and_then(|view| view.scripts.into_iter().find(|script| script.id == id))
            .ok_or_else(|| Refusal::not_found("session", &["sessionId"]))?;
        let version = published(&history, script.template_version).ok_or_else(unknown_template)?;
        let generated = generate_text(&version, &wanted.arguments).map_err(|faults| invalid(&faults))?;
        let recorded = record(app, me, &wanted, envelope, generated).await?;
        return Ok(Generated { script, position: recorded.position.max(position) });
    }
    let noted = history.iter().find_map(|event| {
        generation(event).filter(|noted| noted.script == id).map(|noted| (noted, event.metadata.recorded_at))
    });
    let (noted, generated_at) = noted.ok_or_else(unknown_template)?;
    let version = published(&history, noted.template_version).ok_or_else(unknown_template)?;
    let generated = generate_text(&version, &wanted.arguments).map_err(|faults| invalid(&faults))?;
    let script = ScriptView { generated_at, ..view(me, &wanted, envelope, &version, &generated) };
    Ok(Generated { script, position })
}

fn generation(event: &RecordedEvent) -> Option<ScriptGenerated> {
    match event.decode().ok()? {
        ScriptTemplateEvent::Generated(noted) => Some(noted),
        ScriptTemplateEvent::Published(_) | ScriptTemplateEvent::Deactivated(_) => None,
    }
}

fn published(history: &[RecordedEvent], version: u32) -> Option<TemplateVersion> {
    history.iter().find_map(|event| match event.decode().ok()? {
        ScriptTemplateEvent::Published(it) if it.version == version => {
            Some(TemplateVersion { version, content: it.content })
        }
        _ => None,
    })
}

fn view(
    me: &Identity,
    wanted: &Wanted,
    envelope: &Envelope,
    template: &TemplateVersion,
    generated: &GeneratedText,
) -> ScriptView {
    ScriptView {
        id: script_id(envelope),
        template: wanted.template,
        template_version: generated.version(),
        template_name: template.content.name.clone(),
        step: wanted.step,
        generated_by: me.caller.user,
        // Until the log says when.
        generated_at: chrono::DateTime::UNIX_EPOCH,
        body: generated.text().to_owned(),
    }
}

fn at(committed: &Committed, otherwise: chrono::DateTime<chrono::Utc>) -> chrono::DateTime<chrono::Utc> {
    committed.events.first().map_or(otherwise, |event| event.metadata.recorded_at)
}

/// It follows from the command: the same command is the same script.
fn script_id(envelope: &Envelope) -> ScriptId {
    ScriptId::derived(envelope.command.0, "script")
}

/// The account's templates are everybody's to read, a team's its members' and theirs who read everything.
fn may_see(caller: &Caller, template: &TemplateVersion) -> bool {
    let team = template.content.team;
    caller.role.reads_everything() || team.is_none_or(|team| caller.teams.contains(&team))
}

/// A secret that is typed into an ordinary parameter would be kept with the script. It is refused rather than replaced: a
/// script with a placeholder in it does something else than was meant.
async fn refuse_secrets(
    app: &App,
    me: &Identity,
    template: &TemplateVersion,
    arguments: &[Argument],
) -> Result<(), ScriptError> {
    let parameters = template.content.parameters.iter();
    let texts: HashSet<_> =
        parameters.filter(|it| it.kind == ParameterType::String).map(|it| it.key.as_str()).collect();
    let mut refused = Vec::new();
    for argument in arguments.iter().filter(|it| texts.contains(it.key.as_str())) {
        let mut redacting = Redacting::of_nothing_kept(app, me.account);
        redacting.text(&argument.value).await;
        if !redacting.tallies().is_empty() {
            let message = format!(
                "\"{}\" looks like a secret. A script asks for secrets when it runs; they are never given to FlowPilot.",
                argument.key
            );
            refused.push(Refusal::new(
                RefusalCode::InvalidParameter,
                message,
                &["arguments", argument.key.as_str()],
            ));
        }
    }
    if refused.is_empty() { Ok(()) } else { Err(ScriptError::Refused(refused)) }
}

fn context(me: &Identity, envelope: &Envelope, command: CommandId) -> CommandContext {
    CommandContext {
        correlation: CorrelationId(envelope.command.0),
        expected_version: envelope.expected_version,
        ..CommandContext::new(me.account, Actor::User(me.caller.user), command, envelope.input_hash)
    }
}

fn unknown_template() -> Refusal {
    Refusal::new(RefusalCode::UnknownTemplate, "There is no such script template.", &["templateId"])
}

fn refusals(error: ExecuteError<ScriptTemplateError>) -> ScriptError {
    match error {
        ExecuteError::Domain(error) => refusals_of(error),
        other => commands::refused(other, |error: ScriptTemplateError| {
            Refusal::new(error.code(), error.to_string(), &[])
        })
        .into(),
    }
}

/// One refusal for each fault, each with the field that it is about.
fn refusals_of(error: ScriptTemplateError) -> ScriptError {
    let code = error.code();
    match error {
        ScriptTemplateError::InvalidTemplate(faults) => ScriptError::Refused(
            faults.iter().map(|fault| Refusal::new(code, fault.to_string(), &[fault.field()])).collect(),
        ),
        ScriptTemplateError::InvalidParameters(faults) => invalid(&faults),
        ScriptTemplateError::NotFound
        | ScriptTemplateError::AlreadyExists
        | ScriptTemplateError::NotEntitled { .. }
        | ScriptTemplateError::Deactivated => Refusal::new(code, error.to_string(), &["templateId"]).into(),
    }
}

fn invalid(faults: &[ParameterFault]) -> ScriptError {
    let refusal = |fault: &ParameterFault| {
        Refusal::new(RefusalCode::InvalidParameter, fault.to_string(), &["arguments", fault.key.as_str()])
    };
    ScriptError::Refused(faults.iter().map(refusal).collect())
}
