//! Script templates: publish a version, offer it no longer.

use async_graphql::{Context, ID, InputObject, Object, Result, SimpleObject};
use domain::id::{TeamId, TemplateId};
use domain::refusal::RefusalCode;
use domain::script::Parameter;
use domain::script::command::ScriptTemplateAct;
use domain::script::template::TemplateContent;
use event_store::executor::Committed;
use projections::{accounts, script_templates};

use super::{envelope, failed, wants};
use crate::auth::Identity;
use crate::commands::redacting::bounded;
use crate::commands::scripts::{self, ScriptError};
use crate::commands::{Envelope, Refusal};
use crate::graphql::error::Code;
use crate::graphql::request::{app, fresh_to, identity, pool, read_failed};
use crate::graphql::scalar::{Position, parse_id};
use crate::graphql::script::ScriptTemplate;
use crate::graphql::user_error::UserError;
use crate::graphql::vocabulary::ParameterType;

/// The part of the mutation root that keeps script templates.
#[derive(Default)]
pub struct TemplateCommands;

#[Object]
impl TemplateCommands {
    /// Publishes a template, or the next version of one. The account's are for owners, a team's for its admins, too.
    async fn publish_script_template(
        &self,
        ctx: &Context<'_>,
        input: PublishScriptTemplateInput,
    ) -> Result<ScriptTemplatePayload> {
        ScriptTemplatePayload::of(ctx, publish(ctx, input).await?).await
    }

    /// Offers a template no longer. Publishing it again offers it again.
    async fn deactivate_script_template(
        &self,
        ctx: &Context<'_>,
        input: TemplateCommandInput,
    ) -> Result<ScriptTemplatePayload> {
        ScriptTemplatePayload::of(ctx, deactivate(ctx, input).await?).await
    }
}

/// A template to publish.
#[derive(InputObject)]
pub struct PublishScriptTemplateInput {
    /// Whose next version it is; a new template if null.
    template_id: Option<ID>,
    /// Its name, 1 to 255 characters.
    name: String,
    /// What it does, and what to know before it is run; at most 4,000 characters.
    description: Option<String>,
    /// Where it belongs.
    category: Option<String>,
    /// Whose it is; the account's if null.
    team_id: Option<ID>,
    /// PowerShell of up to 64 KiB, with `{{key}}` wherever a parameter's value stands: as an argument or behind an
    /// operator, never inside quotes, here-strings, comments or words.
    body: String,
    /// What it asks for, at most 32.
    parameters: Vec<ScriptParameterInput>,
    /// Any UUID: the same key with the same input publishes once only.
    idempotency_key: Option<ID>,
}

/// A parameter to declare.
#[derive(InputObject)]
pub struct ScriptParameterInput {
    /// Its name in the script: letters, digits and `_`, a letter first.
    key: String,
    /// Its name for people.
    label: String,
    /// How a value is read.
    #[graphql(name = "type")]
    kind: ParameterType,
    /// A value is needed, given or by default.
    #[graphql(default_with = "Some(true)")]
    required: Option<bool>,
    /// What is taken where nothing is given; never of a SECRET.
    default: Option<String>,
    /// What an ENUM may be, and only an ENUM.
    options: Option<Vec<String>>,
    /// What helps to find the value.
    help: Option<String>,
}

impl From<ScriptParameterInput> for Parameter {
    fn from(input: ScriptParameterInput) -> Self {
        Self {
            key: input.key,
            label: input.label,
            kind: input.kind.into(),
            required: input.required.unwrap_or(true),
            default: input.default.filter(|text| !text.is_empty()),
            options: input.options.unwrap_or_default(),
            help: input.help.filter(|text| !text.trim().is_empty()),
        }
    }
}

/// A command that needs no more than its template.
#[derive(InputObject)]
pub struct TemplateCommandInput {
    /// The template.
    template_id: ID,
    /// Any UUID: the same key with the same input does it once only.
    idempotency_key: Option<ID>,
}

/// A template that was changed.
#[derive(SimpleObject)]
pub struct ScriptTemplatePayload {
    /// The template as it stands now.
    template: Option<ScriptTemplate>,
    /// Where the command's last event stands in the log.
    position: Option<Position>,
    /// Why it was refused, one for each fault; empty if it was not.
    user_errors: Vec<UserError>,
}

type Attempt = std::result::Result<Committed, Vec<Refusal>>;

async fn publish(ctx: &Context<'_>, input: PublishScriptTemplateInput) -> Result<Attempt> {
    let me = keeper(ctx)?;
    let sealed = envelope(ctx, "publishScriptTemplate", &input, input.idempotency_key.as_ref(), None)?;
    let parsed = sealed.and_then(|envelope| {
        bounded(&[
            (Some(input.body.as_str()), &["body"]),
            (input.description.as_deref(), &["description"]),
            (Some(input.name.as_str()), &["name"]),
        ])?;
        Ok((input.template_id.as_ref().map(template_id).transpose()?, envelope))
    });
    let (id, envelope) = match parsed {
        Ok(parsed) => parsed,
        Err(refusal) => return Ok(Err(vec![refusal])),
    };
    let team = match team(ctx, me, input.team_id.as_ref()).await? {
        Ok(team) => team,
        Err(refusal) => return Ok(Err(vec![refusal])),
    };
    let content = TemplateContent {
        name: input.name,
        description: input.description,
        category: input.category,
        team,
        body: input.body,
        parameters: input.parameters.into_iter().map(Parameter::from).collect(),
    };
    let (id, act) = if let Some(id) = id {
        (id, ScriptTemplateAct::PublishAgain(content))
    } else {
        let id = TemplateId(envelope.makes(me.account, "script_template"));
        (id, ScriptTemplateAct::Publish(content))
    };
    given(ctx, me, id, act, &envelope).await
}

async fn deactivate(ctx: &Context<'_>, input: TemplateCommandInput) -> Result<Attempt> {
    let me = keeper(ctx)?;
    let sealed = envelope(ctx, "deactivateScriptTemplate", &input, input.idempotency_key.as_ref(), None)?;
    match sealed.and_then(|envelope| Ok((template_id(&input.template_id)?, envelope))) {
        Ok((id, envelope)) => given(ctx, me, id, ScriptTemplateAct::Deactivate, &envelope).await,
        Err(refusal) => Ok(Err(vec![refusal])),
    }
}

async fn given(
    ctx: &Context<'_>,
    me: &Identity,
    id: TemplateId,
    act: ScriptTemplateAct,
    envelope: &Envelope,
) -> Result<Attempt> {
    match scripts::template(app(ctx)?, me, id, act, envelope).await {
        Ok(committed) => Ok(Ok(committed)),
        Err(ScriptError::Refused(refusals)) => Ok(Err(refusals)),
        Err(ScriptError::Store(error)) => Err(failed(&error)),
    }
}

/// Whose role may keep templates at all, the account's or a team's (11.2). They all may read every one of them.
fn keeper<'a>(ctx: &Context<'a>) -> Result<&'a Identity> {
    let me = identity(ctx)?;
    let role = me.caller.role;
    if role.publishes_flows() || role.keeps_account_templates() {
        Ok(me)
    } else {
        Err(Code::Forbidden.error("Script templates are kept by team admins, owners and super admins."))
    }
}

/// A malformed id reads like an unknown one.
fn template_id(id: &ID) -> std::result::Result<TemplateId, Refusal> {
    parse_id(id).map(TemplateId).ok_or_else(|| Refusal::not_found("script template", &["templateId"]))
}

/// A team of the account.
async fn team(
    ctx: &Context<'_>,
    me: &Identity,
    named: Option<&ID>,
) -> Result<std::result::Result<Option<TeamId>, Refusal>> {
    let Some(named) = named else { return Ok(Ok(None)) };
    let teams = accounts::teams(pool(ctx)?, me.account).await.map_err(|error| read_failed(&error))?;
    let known = parse_id(named).map(TeamId).filter(|id| teams.iter().any(|team| team.id == *id));
    let unknown = || Refusal::new(RefusalCode::InvalidInput, "There is no such team.", &["teamId"]);
    Ok(known.map(Some).ok_or_else(unknown))
}

impl ScriptTemplatePayload {
    async fn of(ctx: &Context<'_>, attempt: Attempt) -> Result<Self> {
        let committed = match attempt {
            Ok(committed) => committed,
            Err(refusals) => {
                let user_errors = refusals.into_iter().map(UserError::from).collect();
                return Ok(Self { template: None, position: None, user_errors });
            }
        };
        let template = if wants(ctx, &["template"]) {
            fresh_to(ctx, &[script_templates::NAME], committed.position).await?;
            ScriptTemplate::named(ctx, TemplateId(committed.aggregate), None).await?
        } else {
            None
        };
        Ok(Self { template, position: Some(committed.position.into()), user_errors: Vec::new() })
    }
}
