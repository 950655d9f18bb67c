//! Scripts: generated from templates with typed values, attached to sessions, never with a secret in them (section 8, 11.2).

use api::workers::library::template_id;
use domain::script::library::starter_scripts;
use futures_util::future::join_all;
use serde_json::{Value, json};

use crate::client::{Client, position};
use crate::firm::Firm;
use crate::play::{self, RIDDLE};
use crate::world::{World, new_key};

const SCRIPT: &str = "script { id script templateVersion generatedAt generatedBy { id } template { id version name usageCount } }";

fn starter(firm: &Firm, slug: &str) -> String {
    template_id(firm.account, slug).to_string()
}

fn queue(firm: &Firm, server: &str) -> Value {
    let arguments = [("server", server), ("printer", "O'Brien's “LaserJet” $(calc) `n")];
    let arguments = arguments.map(|(key, value)| json!({ "key": key, "value": value }));
    json!({ "templateId": starter(firm, "clear-print-queue"), "arguments": arguments })
}

fn with(mut input: Value, fields: Value) -> Value {
    let Value::Object(fields) = fields else { panic!("no fields: {fields}") };
    input.as_object_mut().unwrap().extend(fields);
    input
}

#[expect(clippy::needless_pass_by_value, reason = "json! makes it in place")]
fn template(name: &str, body: &str, parameters: Value) -> Value {
    json!({ "name": name, "body": body, "parameters": parameters })
}

fn text(key: &str) -> Value {
    json!({ "key": key, "label": key, "type": "STRING" })
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_account_begins_with_the_starter_scripts() {
    let world = World::stocked().await;
    let query = "query($first: Int, $after: String) { scriptTemplates(first: $first, after: $after) { totalCount \
        pageInfo { hasNextPage endCursor } nodes { id version name description category active body usageCount \
        team { id } parameters { key label type required default options help } } } }";
    let all = world.firm.analyst.data(query, json!({ "first": 100 })).await["scriptTemplates"].take();
    assert_eq!(all["totalCount"], starter_scripts().len());
    let names: Vec<_> = all["nodes"].as_array().unwrap().iter().map(|it| it["name"].clone()).collect();
    let mut after = Value::Null;
    for name in &names {
        let page =
            world.firm.engineer.data(query, json!({ "first": 1, "after": after })).await["scriptTemplates"]
                .take();
        assert_eq!(page["nodes"][0]["name"], *name, "page by page in the order of names");
        after = page["pageInfo"]["endCursor"].clone();
    }
    let queue =
        all["nodes"].as_array().unwrap().iter().find(|it| it["name"] == "Clear a print queue").unwrap();
    assert_eq!(
        (&queue["version"], &queue["active"], &queue["usageCount"]),
        (&json!(1), &json!(true), &json!(0))
    );
    let scope = queue["parameters"].as_array().unwrap().iter().find(|it| it["key"] == "scope").unwrap();
    assert_eq!(scope["options"], json!(["Jobs of this printer", "Whole spooler"]));
    let server = queue["parameters"].as_array().unwrap().iter().find(|it| it["key"] == "server").unwrap();
    assert_eq!((&server["options"], &server["type"]), (&Value::Null, &json!("HOSTNAME")));
    let one = "query($id: ID!) { scriptTemplate(id: $id) { name } }";
    let id = json!({ "id": queue["id"] });
    assert_eq!(world.firm.loner.data(one, id.clone()).await["scriptTemplate"]["name"], "Clear a print queue");
    assert_eq!(world.rival.owner.data(one, id).await["scriptTemplate"], Value::Null, "another account's");
    assert_eq!(world.firm.owner.data(one, json!({ "id": "x" })).await["scriptTemplate"], Value::Null);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_script_in_a_session_stands_in_its_documentation_and_is_counted() {
    let world = World::stocked().await;
    let engineer = &world.firm.engineer;
    let session = play::start(engineer, RIDDLE).await;
    let input =
        with(queue(&world.firm, "print01"), json!({ "sessionId": session.id, "stepId": session.step["id"] }));
    let documentation =
        "documentation { markdown scripts { id script template { name } generatedBy { id } } }";
    let payload =
        engineer.done("generateScript", input, &format!("{SCRIPT} session {{ id {documentation} }}")).await;
    let script = payload["script"]["script"].as_str().unwrap();
    assert!(script.contains("$server = 'print01'"), "{script}");
    assert!(script.contains("$printerName = 'O''Brien''s “LaserJet” $(calc) `n'"), "{script}");
    assert!(script.contains("$whatIf = $true") && !script.contains("{{"), "{script}");
    assert_eq!(payload["script"]["generatedBy"]["id"], engineer.id.to_string());
    assert_eq!(payload["script"]["template"]["usageCount"], 1);
    let documentation = &payload["session"]["documentation"];
    assert_eq!(documentation["scripts"][0]["id"], payload["script"]["id"]);
    assert_eq!(documentation["scripts"][0]["script"], script);
    assert_eq!(documentation["scripts"][0]["template"]["name"], "Clear a print queue");
    assert!(documentation["markdown"].as_str().unwrap().contains("```powershell\n"), "{documentation}");
    // The values are sealed with the session.
    for column in ["payload", "metadata"] {
        let clear = format!("SELECT count(*) FROM events WHERE {column}::text LIKE '%LaserJet%'");
        assert_eq!(world.count(&clear).await, 0);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_same_key_gives_the_same_script_whatever_became_of_the_template() {
    let world = World::stocked().await;
    let (engineer, owner) = (&world.firm.engineer, &world.firm.owner);
    let session = play::start(engineer, RIDDLE).await;
    let published = owner
        .done(
            "publishScriptTemplate",
            template("Say it", "Write-Output {{what}}", json!([text("what")])),
            "template { id }",
        )
        .await;
    let id = published["template"]["id"].clone();
    let wanted = |session: Option<&str>| json!({ "templateId": id, "arguments": [{ "key": "what", "value": "it's" }], "sessionId": session, "idempotencyKey": new_key() });
    let (alone, attached) = (wanted(None), wanted(Some(&session.id)));
    let mut first = Vec::new();
    for input in [&alone, &attached] {
        let at_once =
            (0..5).map(async |_| engineer.elsewhere().done("generateScript", input.clone(), SCRIPT).await);
        let answers = join_all(at_once).await;
        for answer in &answers {
            assert_eq!(answer["script"]["id"], answers[0]["script"]["id"]);
            assert_eq!(answer["script"]["script"], "Write-Output 'it''s'\n".trim_end());
            assert_eq!(answer["script"]["generatedAt"], answers[0]["script"]["generatedAt"]);
        }
        first.push(answers[0].clone());
    }
    let generated = "SELECT count(*) FROM events WHERE event_type = 'script_template.generated'";
    assert_eq!(world.count(generated).await, 2);
    assert_eq!(
        world.count("SELECT count(*) FROM events WHERE event_type = 'session.script_attached'").await,
        1
    );

    let next =
        with(template("Say it", "Write-Host {{other}}", json!([text("other")])), json!({ "templateId": id }));
    owner.done("publishScriptTemplate", next, "").await;
    owner.done("deactivateScriptTemplate", json!({ "templateId": id }), "").await;
    engineer.done("abandonSession", json!({ "sessionId": session.id }), "").await;
    for (input, first) in [&alone, &attached].into_iter().zip(first) {
        let again = engineer.done("generateScript", input.clone(), SCRIPT).await;
        assert_eq!(again["position"], first["position"]);
        for field in ["id", "script", "templateVersion", "generatedAt"] {
            assert_eq!(again["script"][field], first["script"][field], "{field}");
        }
        assert_eq!(again["script"]["template"]["version"], 1);
    }
    assert_eq!(world.count(generated).await, 2);
    let other = with(alone, json!({ "arguments": [] }));
    assert_eq!(engineer.refused("generateScript", other).await, "IDEMPOTENCY_KEY_REUSED");
    assert_eq!(engineer.refused("generateScript", wanted(None)).await, "WRONG_STATUS");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_cannot_be_taken_is_refused_with_the_parameter_and_never_repeated() {
    let world = World::stocked().await;
    let engineer = &world.firm.engineer;
    let generate = async |slug: &str, arguments: &[(&str, &str)]| {
        let arguments: Vec<_> =
            arguments.iter().map(|(key, value)| json!({ "key": key, "value": value })).collect();
        let input = json!({ "templateId": starter(&world.firm, slug), "arguments": arguments });
        engineer.command("generateScript", input, "script { id }").await
    };
    let payload = generate(
        "clear-print-queue",
        &[("server", "print01; calc"), ("scope", "Everything"), ("whatIf", "$false"), ("nothing", "1")],
    )
    .await;
    let errors = payload["userErrors"].as_array().unwrap();
    let paths: Vec<_> = errors.iter().map(|it| it["path"][1].as_str().unwrap()).collect();
    assert_eq!(paths, ["nothing", "server", "printer", "scope", "whatIf"]);
    assert!(errors.iter().all(|it| it["code"] == "INVALID_PARAMETER"), "{payload}");
    assert!(!payload.to_string().contains("calc") && payload["script"].is_null(), "{payload}");

    let newline = generate("clear-print-queue", &[("server", "print01"), ("printer", "a\nb")]).await;
    assert_eq!(newline["userErrors"][0]["path"], json!(["arguments", "printer"]));
    let secret =
        generate("ad-reset-password", &[("user", "anna@contoso.com"), ("password", "hunter2")]).await;
    assert_eq!(secret["userErrors"][0]["code"], "INVALID_PARAMETER");
    assert!(!secret.to_string().contains("hunter2"));
    // Rule 2.2: a secret does not come in by another door.
    let pasted = [("server", "print01"), ("printer", "password=Tr0ub4dor&3-pasted")];
    let pasted = generate("clear-print-queue", &pasted).await;
    assert_eq!(pasted["userErrors"][0]["path"], json!(["arguments", "printer"]), "{pasted}");
    assert!(!pasted.to_string().contains("Tr0ub4dor"));

    let asked = generate("ad-reset-password", &[("user", "o'brien@contoso.com")]).await;
    assert_eq!(asked["userErrors"], json!([]));
    assert_eq!(
        world.count("SELECT count(*) FROM events WHERE event_type = 'script_template.generated'").await,
        1
    );
    for id in ["x".to_owned(), new_key(), starter(&world.rival, "clear-print-queue")] {
        let unknown = json!({ "templateId": id, "arguments": [] });
        assert_eq!(engineer.refused("generateScript", unknown).await, "UNKNOWN_TEMPLATE");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn only_a_session_s_handler_attaches_scripts_to_it_and_a_refused_one_is_not_counted() {
    let world = World::stocked().await;
    let firm = &world.firm;
    let session = play::start(&firm.engineer, RIDDLE).await;
    let input = with(queue(firm, "print01"), json!({ "sessionId": session.id }));
    for (who, code) in [
        (&firm.engineer2, "NOT_FOUND"),
        (&firm.admin, "NOT_ENTITLED"),
        (&world.rival.engineer, "UNKNOWN_TEMPLATE"),
    ] {
        assert_eq!(who.refused("generateScript", input.clone()).await, code, "{}", who.name);
    }
    for who in [&firm.analyst, &firm.operator] {
        let document = crate::client::command("generateScript", "");
        assert_eq!(who.graphql(&document, json!({ "input": input.clone() })).await.code(), "FORBIDDEN");
    }
    let foreign_step = with(input.clone(), json!({ "stepId": new_key() }));
    assert_eq!(firm.engineer.refused("generateScript", foreign_step).await, "INVALID_INPUT");
    let step_alone = with(queue(firm, "print01"), json!({ "stepId": session.step["id"] }));
    assert_eq!(firm.engineer.refused("generateScript", step_alone).await, "INVALID_INPUT");
    firm.engineer.done("abandonSession", json!({ "sessionId": session.id }), "").await;
    assert_eq!(firm.engineer.refused("generateScript", input).await, "WRONG_STATUS");
    assert_eq!(world.count("SELECT count(*) FROM events WHERE event_type LIKE '%script%' AND event_type NOT LIKE '%published'").await, 0);
}

// Rule 11.2.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn templates_are_kept_by_owners_and_a_team_s_by_its_admins() {
    let world = World::start().await;
    let firm = &world.firm;
    let document = crate::client::command("publishScriptTemplate", "template { id }");
    let outcome = async |who: &Client, team: Option<String>| {
        let input = with(
            template("Say it", "Write-Output {{what}}", json!([text("what")])),
            json!({ "teamId": team }),
        );
        let answer = who.graphql(&document, json!({ "input": input })).await;
        if answer.body.get("errors").is_some() {
            return answer.code().to_owned();
        }
        let payload = answer.data()["publishScriptTemplate"].take();
        match payload["userErrors"][0]["code"].as_str() {
            Some(code) => code.to_owned(),
            None => payload["template"]["id"].as_str().unwrap().to_owned(),
        }
    };
    let ours = || Some(firm.team.to_string());
    for (who, account, team) in [
        (&firm.engineer, "FORBIDDEN", "FORBIDDEN"),
        (&firm.analyst, "FORBIDDEN", "FORBIDDEN"),
        (&firm.admin, "NOT_ENTITLED", ""),
        (&firm.owner, "", ""),
        (&firm.operator, "", "NOT_ENTITLED"),
    ] {
        for (expected, team) in [(account, None), (team, ours())] {
            let got = outcome(who, team.clone()).await;
            let is_id = got.len() == 36;
            assert!(
                if expected.is_empty() { is_id } else { got == expected },
                "{} {team:?}: {got}",
                who.name
            );
        }
    }
    assert_eq!(outcome(&firm.owner, Some(world.rival.team.to_string())).await, "INVALID_INPUT");
    assert_eq!(outcome(&firm.owner, Some("x".into())).await, "INVALID_INPUT");

    // A team's template is for its members, and for those who read everything.
    let id = outcome(&firm.admin, ours()).await;
    let one = "query($id: ID!) { scriptTemplate(id: $id) { team { name } } }";
    let generate = json!({ "templateId": id, "arguments": [{ "key": "what", "value": "x" }] });
    assert_eq!(
        firm.engineer.data(one, json!({ "id": id })).await["scriptTemplate"]["team"]["name"],
        "First line"
    );
    assert_eq!(firm.loner.data(one, json!({ "id": id })).await["scriptTemplate"], Value::Null);
    assert_eq!(
        firm.analyst.data(one, json!({ "id": id })).await["scriptTemplate"]["team"]["name"],
        "First line"
    );
    firm.engineer.done("generateScript", generate.clone(), "").await;
    assert_eq!(firm.loner.refused("generateScript", generate).await, "UNKNOWN_TEMPLATE");
    let foreign = json!({ "templateId": id });
    assert_eq!(world.rival.owner.refused("deactivateScriptTemplate", foreign).await, "NOT_FOUND");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_template_is_published_in_versions_and_every_fault_is_named() {
    let world = World::start().await;
    let owner = &world.firm.owner;
    let shown = "template { id version name active usageCount parameters { key required } }";
    let key = json!({ "idempotencyKey": new_key() });
    let input = with(template("Say it", "Write-Output {{what}}", json!([text("what")])), key);
    let first = owner.done("publishScriptTemplate", input.clone(), shown).await;
    assert_eq!(first["template"]["parameters"], json!([{ "key": "what", "required": true }]));
    let again = owner.done("publishScriptTemplate", input, shown).await;
    assert_eq!((&again["template"], position(&again)), (&first["template"], position(&first)));
    let id = first["template"]["id"].clone();
    let second = with(
        template("Say it twice", "Write-Output {{a}} {{b}}", json!([text("a"), text("b")])),
        json!({ "templateId": id }),
    );
    let second = owner.done("publishScriptTemplate", second, shown).await;
    assert_eq!(
        (&second["template"]["version"], &second["template"]["name"]),
        (&json!(2), &json!("Say it twice"))
    );
    let versions = "query($id: ID!) { old: scriptTemplate(id: $id, version: 1) { name body } none: scriptTemplate(id: $id, version: 3) { name } }";
    let versions = owner.data_at(position(&second), versions, json!({ "id": id })).await;
    assert_eq!(versions["old"], json!({ "name": "Say it", "body": "Write-Output {{what}}" }));
    assert_eq!(versions["none"], Value::Null);
    let gone = owner.done("deactivateScriptTemplate", json!({ "templateId": id }), shown).await;
    assert_eq!(gone["template"]["active"], false);
    let listed = "query($all: Boolean) { scriptTemplates(activeOnly: $all) { nodes { id } } }";
    let has = async |all| {
        let nodes = owner.data_at(position(&gone), listed, json!({ "all": all })).await.to_string();
        nodes.contains(id.as_str().unwrap())
    };
    assert!(!has(Some(true)).await && has(Some(false)).await && !has(None).await);

    let faulty = template(
        " ",
        "Write-Output \"{{what}}\" # {{other}}",
        json!([text("what"), text("what"), text("un-used")]),
    );
    let refused = owner.command("publishScriptTemplate", faulty, "template { id }").await;
    let errors = refused["userErrors"].as_array().unwrap();
    let fields: Vec<_> = errors.iter().map(|it| it["path"][0].as_str().unwrap()).collect();
    assert_eq!(
        fields,
        ["name", "parameters", "parameters", "body", "body", "body", "parameters"],
        "{refused}"
    );
    assert!(errors.iter().all(|it| it["code"] == "INVALID_INPUT"), "{refused}");
    for id in ["x".to_owned(), new_key()] {
        let unknown = with(template("a", "b", json!([])), json!({ "templateId": id }));
        assert_eq!(owner.refused("publishScriptTemplate", unknown).await, "NOT_FOUND");
    }
}
