//! Script templates, and scripts that were generated from them.

pub mod loader;
pub mod queries;

use std::sync::Arc;

use async_graphql::dataloader::DataLoader;
use async_graphql::{Context, Object, Result, SimpleObject};
use domain::id::TemplateId;
use domain::script::template::TemplateContent;
use domain::script::{Parameter, TemplateVersion};
use domain::session::view::ScriptView;
use projections::script_templates::queries::TemplateRow;

use self::loader::TemplateLoader;
use super::account::{Team, User};
use super::limits::list_cost_or;
use super::request::read_failed;
use super::scalar::{DateTime, Id, clamp_count};
use super::vocabulary::ParameterType;

/// A template's parameters as its cost counts them.
const USUAL_PARAMETERS: i32 = 6;

/// PowerShell with typed parameters, from which scripts are generated.
#[derive(Clone)]
pub struct ScriptTemplate(Arc<TemplateRow>);

impl ScriptTemplate {
    /// A template of the caller's account, in the version named or the newest, whosever team's it is.
    pub async fn named(ctx: &Context<'_>, id: TemplateId, version: Option<u32>) -> Result<Option<Self>> {
        let found = ctx.data::<DataLoader<TemplateLoader>>()?.load_one((id, version)).await;
        Ok(found.map_err(|error| read_failed(&*error))?.map(Self))
    }

    /// What a script says of its template, where that is not known (any more).
    fn unknown(script: &ScriptView) -> Self {
        let content = TemplateContent {
            name: script.template_name.clone(),
            description: None,
            category: None,
            team: None,
            body: String::new(),
            parameters: Vec::new(),
        };
        Self(Arc::new(TemplateRow {
            id: script.template,
            shown: TemplateVersion { version: script.template_version, content },
            active: false,
            uses: 0,
            published_at: script.generated_at,
        }))
    }

    fn content(&self) -> &TemplateContent {
        &self.0.shown.content
    }
}

impl From<TemplateRow> for ScriptTemplate {
    fn from(row: TemplateRow) -> Self {
        Self(Arc::new(row))
    }
}

/// PowerShell with typed parameters, from which scripts are generated.
#[Object]
impl ScriptTemplate {
    /// Its id.
    async fn id(&self) -> Id {
        self.0.id.into()
    }

    /// The published version that is shown.
    async fn version(&self) -> i32 {
        clamp_count(self.0.shown.version)
    }

    /// Its name.
    async fn name(&self) -> &str {
        &self.content().name
    }

    /// What it does, and what to know before it is run.
    async fn description(&self) -> Option<&str> {
        self.content().description.as_deref()
    }

    /// Where it belongs.
    async fn category(&self) -> Option<&str> {
        self.content().category.as_deref()
    }

    /// Whose it is; null for the account's.
    async fn team(&self, ctx: &Context<'_>) -> Result<Option<Team>> {
        match self.content().team {
            Some(team) => Team::named(ctx, team).await,
            None => Ok(None),
        }
    }

    /// It is offered.
    async fn active(&self) -> bool {
        self.0.active
    }

    /// The script, with `{{key}}` where a parameter's value stands.
    async fn body(&self) -> &str {
        &self.content().body
    }

    /// What it asks for.
    #[graphql(complexity = "list_cost_or(USUAL_PARAMETERS, None, child_complexity)")]
    async fn parameters(&self) -> Vec<ScriptParameter> {
        self.content().parameters.iter().cloned().map(ScriptParameter::from).collect()
    }

    /// How many scripts were generated from it, from all its versions.
    async fn usage_count(&self) -> i32 {
        clamp_count(self.0.uses)
    }
}

/// One thing that a template asks for.
#[derive(SimpleObject, Debug, Clone, PartialEq, Eq)]
pub struct ScriptParameter {
    /// Its name in the script: `{{key}}`.
    key: String,
    /// Its name for people.
    label: String,
    /// How a value is read. A SECRET is asked for when the script runs, and never given to FlowPilot.
    #[graphql(name = "type")]
    kind: ParameterType,
    /// A value is needed, given or by default.
    required: bool,
    /// What is taken where nothing is given.
    default: Option<String>,
    /// What an ENUM may be; null for any other type.
    options: Option<Vec<String>>,
    /// What helps to find the value.
    help: Option<String>,
}

impl From<Parameter> for ScriptParameter {
    fn from(parameter: Parameter) -> Self {
        let Parameter { key, label, kind, required, default, options, help } = parameter;
        let options = (kind == domain::script::ParameterType::Enum).then_some(options);
        Self { key, label, kind: kind.into(), required, default, options, help }
    }
}

/// A script that was generated from a template.
#[derive(Clone)]
pub struct GeneratedScript(ScriptView);

impl From<ScriptView> for GeneratedScript {
    fn from(script: ScriptView) -> Self {
        Self(script)
    }
}

/// A script that was generated from a template.
#[Object]
impl GeneratedScript {
    /// Its id.
    async fn id(&self) -> Id {
        self.0.id.into()
    }

    /// What it was made from, in the version it was made from.
    async fn template(&self, ctx: &Context<'_>) -> Result<ScriptTemplate> {
        let found = ScriptTemplate::named(ctx, self.0.template, Some(self.0.template_version)).await?;
        Ok(found.unwrap_or_else(|| ScriptTemplate::unknown(&self.0)))
    }

    /// That version.
    async fn template_version(&self) -> i32 {
        clamp_count(self.0.template_version)
    }

    /// The script: PowerShell, ready to run. What is secret is asked for when it runs.
    async fn script(&self) -> &str {
        &self.0.body
    }

    /// Who generated it.
    async fn generated_by(&self, ctx: &Context<'_>) -> Result<User> {
        User::named(ctx, self.0.generated_by).await
    }

    /// When.
    async fn generated_at(&self) -> DateTime {
        self.0.generated_at.into()
    }
}
