//! Loads the starter library into a new account: every flow and script template published, as the account's own.

use std::sync::Arc;

use domain::access::By;
use domain::flow::Flow;
use domain::flow::command::{FlowAct, FlowCommand, NewFlow};
use domain::flow::event::FlowOrigin;
use domain::flow::library::{LibraryFlow, starter_flow_id, starter_flows};
use domain::id::{AccountId, TemplateId};
use domain::script::ScriptTemplate;
use domain::script::command::{ScriptTemplateAct, ScriptTemplateCommand};
use domain::script::library::{LibraryScript, starter_scripts};
use projections::work_queue::Claim;
use projections::work_requests::STOCK_LIBRARY;

use super::{WorkError, Worker, context};
use crate::app::App;

/// The worker.
pub struct Library;

impl Worker for Library {
    fn kind(&self) -> &'static str {
        STOCK_LIBRARY
    }

    async fn work(&self, app: &Arc<App>, claim: &Claim) -> Result<(), WorkError> {
        for flow in starter_flows() {
            publish(app, claim, flow).await?;
        }
        for script in starter_scripts() {
            publish_script(app, claim, script).await?;
        }
        Ok(())
    }

    async fn give_up(&self, _app: &Arc<App>, _claim: &Claim, _error: &WorkError) -> Result<(), WorkError> {
        // The queue shows it; an account without starter flows works all the same.
        Ok(())
    }
}

/// The id of an account's copy of a starter script template.
pub fn template_id(account: AccountId, slug: &str) -> TemplateId {
    TemplateId::derived(account.0, &format!("starter-script/{slug}"))
}

async fn publish(app: &App, claim: &Claim, flow: &LibraryFlow) -> Result<(), WorkError> {
    let command = FlowCommand {
        by: By::System,
        act: FlowAct::CreateAndPublish(NewFlow {
            head: flow.head.clone(),
            nodes: flow.nodes.clone(),
            origin: FlowOrigin::Starter,
            from_proposal: None,
        }),
    };
    let id = starter_flow_id(claim.account, &flow.slug);
    app.store.execute::<Flow>(id.0, command, context(claim, "library", &flow.slug)).await?;
    Ok(())
}

async fn publish_script(app: &App, claim: &Claim, script: &LibraryScript) -> Result<(), WorkError> {
    let act = ScriptTemplateAct::Publish(script.content.clone());
    let command = ScriptTemplateCommand { by: By::System, act };
    let id = template_id(claim.account, &script.slug);
    let context = context(claim, "library", &format!("script/{}", script.slug));
    app.store.execute::<ScriptTemplate>(id.0, command, context).await?;
    Ok(())
}
