//! The script templates that a session's assistant may name (rules 4.5 and 8.3).

use domain::assistant::contract::OfferedTemplate;
use domain::assistant::prompting::ScriptOffer;
use domain::assistant::prompting::limits::MAX_TEMPLATES;
use domain::id::{AccountId, TeamId};
use projections::script_templates::queries;

use super::WorkError;
use crate::app::App;

/// What is offered: as a prompt tells it, and as the check of a step wants it.
pub(super) struct Offered {
    pub(super) scripts: Vec<ScriptOffer>,
    pub(super) templates: Vec<OfferedTemplate>,
}

/// The active templates of the account and of the session's team, most used first.
pub(super) async fn to_session(
    app: &App,
    account: AccountId,
    team: Option<TeamId>,
) -> Result<Offered, WorkError> {
    let most = i64::try_from(MAX_TEMPLATES).unwrap_or(i64::MAX);
    let rows = queries::offered(&app.pool, account, team, most).await?;
    let scripts: Vec<_> = rows.iter().map(|row| ScriptOffer::of(row.id, &row.shown.content)).collect();
    let templates = scripts.iter().map(ScriptOffer::offered).collect();
    Ok(Offered { scripts, templates })
}
