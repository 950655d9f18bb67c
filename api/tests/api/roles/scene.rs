//! What the rows of the table are asked about: a session of the engineer's in some status, templates, a flow, a member.

use api::cli::account::give;
use api::workers::library::template_id;
use domain::access::Role;
use domain::account::command::{AccountAct, AddMember};
use domain::flow::library::starter_flow_id;
use domain::flow::library::starter_flows;
use domain::id::{SystemIds, UserId};
use domain::script::library::starter_scripts;
use serde_json::{Value, json};

use crate::client::Client;
use crate::play::{self, RIDDLE};
use crate::world::World;

/// What there is before a field is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Given {
    /// The account as it is.
    Account,
    /// A script template of the account's.
    Template,
    /// A script template of the team's.
    TeamTemplate,
    /// A session at its first step.
    Active,
    /// A paused one.
    Paused,
    /// One that waits to be picked up.
    Escalated,
    /// One that was given up.
    Closed,
    /// A flow that was never published.
    DraftFlow,
    /// A flow that is offered.
    PublishedFlow,
    /// A member who has nothing to do with anything.
    Member,
}

/// What a row's inputs are made from.
pub(super) struct Scene {
    pub(super) session: String,
    pub(super) step: Value,
    pub(super) template: String,
    pub(super) team: String,
    pub(super) flow: String,
    pub(super) member: String,
}

impl Scene {
    /// Sets it, anew each time.
    pub(super) async fn set(world: &World, given: Given) -> Self {
        let firm = &world.firm;
        let starter = template_id(firm.account, &starter_scripts()[0].slug).to_string();
        let mut scene = Self {
            session: String::new(),
            step: Value::Null,
            template: starter,
            team: firm.team.to_string(),
            flow: starter_flow_id(firm.account, &starter_flows()[0].slug).to_string(),
            member: firm.loner.id.to_string(),
        };
        match given {
            Given::Account => {}
            Given::Member => scene.member = member(world).await,
            Given::DraftFlow | Given::PublishedFlow => {
                let create =
                    "mutation($input: CreateFlowInput!) { createFlow(input: $input) { flow { id } } }";
                let created = firm.owner.data(create, json!({ "input": flow() })).await;
                scene.flow = text(&created["createFlow"]["flow"]["id"]);
            }
            Given::Template => scene.template = published(&firm.owner, &template(None)).await,
            Given::TeamTemplate => {
                scene.template = published(&firm.owner, &template(Some(&scene.team))).await;
            }
            Given::Active | Given::Paused | Given::Escalated | Given::Closed => {
                let begun = play::start(&firm.engineer, RIDDLE).await;
                (scene.session, scene.step) = (begun.id, begun.step);
            }
        }
        let on_it = json!({ "sessionId": scene.session });
        match given {
            Given::PublishedFlow => {
                let publish =
                    "mutation($input: FlowCommandInput!) { publishFlow(input: $input) { position } }";
                firm.owner.data(publish, json!({ "input": { "flowId": scene.flow } })).await;
            }
            Given::Paused => drop(firm.engineer.done("pauseSession", on_it, "").await),
            Given::Closed => drop(firm.engineer.done("abandonSession", on_it, "").await),
            Given::Escalated => {
                let escalate = json!({ "sessionId": scene.session, "reason": "Pumps are beyond me." });
                firm.engineer.done("escalateSession", escalate, "session { version }").await;
            }
            _ => {}
        }
        scene
    }

    /// A document with the scene's ids.
    pub(super) fn named_in(&self, query: &str) -> String {
        [("$session", &self.session), ("$flow", &self.flow), ("$template", &self.template)]
            .into_iter()
            .fold(query.to_owned(), |query, (name, id)| query.replace(name, &format!("\"{id}\"")))
    }

    /// An input about the session, with more in it.
    pub(super) fn on_session(&self, more: Value) -> Value {
        let mut input = more;
        input["sessionId"] = json!(self.session);
        input
    }
}

/// A template of the account's, or of a team's.
pub(super) fn template(team: Option<&str>) -> Value {
    json!({
        "name": "Say it", "body": "Write-Output {{what}}", "teamId": team,
        "parameters": [{ "key": "what", "label": "What", "type": "STRING" }],
    })
}

/// A flow as small as one may be.
pub(super) fn flow() -> Value {
    json!({ "name": "The pump hums", "nodes": [{ "id": "only", "type": "SOLUTION", "text": "Switch it off." }] })
}

async fn member(world: &World) -> String {
    let id = UserId::fresh(&SystemIds);
    let member = AddMember {
        user: id,
        display_name: "Nobody in particular".to_owned().into(),
        email: format!("{id}@northwind-it.example").into(),
        role: Role::Engineer,
        teams: Vec::new(),
    };
    give(&world.app.store, world.firm.account, AccountAct::AddMember(member)).await.unwrap();
    id.to_string()
}

async fn published(keeper: &Client, template: &Value) -> String {
    let payload = keeper.done("publishScriptTemplate", template.clone(), "template { id }").await;
    text(&payload["template"]["id"])
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_else(|| panic!("no text: {value}")).to_owned()
}
