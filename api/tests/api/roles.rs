//! Every field of the API against every role: rule 11.2's table, and 11.3 within a session.
//!
//! The table is checked against what the server says of itself: a field without a row fails the test.

mod scene;
mod table;

use std::collections::BTreeSet;

use serde_json::{Value, json};

use self::scene::{Given, Scene};
use self::table::TABLE;
use crate::client::{Answer, Client};
use crate::firm::Person;
use crate::watching::Socket;
use crate::world::World;

/// What a caller hears.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Hears {
    /// Yes: served, or carried out.
    Y,
    /// FORBIDDEN: the role never may.
    F,
    /// NOT_ENTITLED: seen, but not one's own.
    E,
    /// There is none for this caller: null, or NOT_FOUND.
    N,
    /// May, but not so: this refusal.
    Says(&'static str),
}

/// How a field is asked for.
enum Ask {
    /// A query; `$session`, `$flow` and `$template` stand for the scene's.
    Query(&'static str),
    /// A mutation's input.
    Command(fn(&Scene) -> Value),
    /// A subscription that says something at once.
    Follow(&'static str),
    /// A subscription that says nothing until something happens.
    Watch(&'static str),
}

/// A field, what it is asked about, how, and what each of [`people`] hears.
type Row = (&'static str, Given, Ask, [Hears; 7]);

/// The columns: the session's opener and handler; an engineer of the same team who has nothing to do with it; the team's
/// admin; analyst, owner and super admin of the account; and the owner of another account.
fn people(world: &World) -> [&Person; 7] {
    let firm = &world.firm;
    [
        &firm.engineer,
        &firm.engineer2,
        &firm.admin,
        &firm.analyst,
        &firm.owner,
        &firm.operator,
        &world.rival.owner,
    ]
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_field_of_the_api_answers_each_role_as_the_table_says() {
    let world = World::stocked().await;
    let fields = served(&world.firm.engineer).await;
    let rows: BTreeSet<&str> = TABLE.iter().map(|(field, ..)| *field).collect();
    let missing: Vec<_> = fields.iter().filter(|(field, _)| !rows.contains(field.as_str())).collect();
    assert!(missing.is_empty(), "fields without a row in the table of roles: {missing:?}");
    let mut wrong = Vec::new();
    for (field, given, ask, expected) in TABLE {
        // A row may be there before its field is.
        let Some((_, input)) = fields.iter().find(|(name, _)| name == field) else { continue };
        // Whoever may changes it: the others come before them, and each of them finds it as it was.
        let columns = || people(&world).into_iter().zip(expected);
        let (mut scene, mut is_as_it_was) = (Scene::set(&world, *given).await, true);
        let refused = columns().filter(|(_, expected)| **expected != Hears::Y);
        for (person, expected) in refused.chain(columns().filter(|(_, expected)| **expected == Hears::Y)) {
            if !is_as_it_was {
                scene = Scene::set(&world, *given).await;
            }
            let heard = heard(person, field, input, ask, &scene).await;
            is_as_it_was = *expected != Hears::Y || !matches!(ask, Ask::Command(_));
            if heard != format!("{expected:?}") {
                wrong.push(format!(
                    "{field} ({given:?}) by {}: {expected:?} expected, {heard} heard",
                    person.name
                ));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Every field of the three roots, and for a mutation its input's type.
async fn served(client: &Client) -> Vec<(String, String)> {
    let root = "{ fields { name args { type { ofType { name } } } } }";
    let query = format!("{{ __schema {{ queryType {root} mutationType {root} subscriptionType {root} }} }}");
    let schema = client.data(&query, Value::Null).await["__schema"].take();
    let roots = ["queryType", "mutationType", "subscriptionType"];
    let fields = roots.iter().flat_map(|root| schema[root]["fields"].as_array().unwrap());
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let fields: Vec<_> = fields
        .map(|field| (text(&field["name"]), text(&field["args"][0]["type"]["ofType"]["name"])))
        .collect();
    assert!(fields.len() > 30, "{fields:?}");
    fields
}

async fn heard(person: &Person, field: &str, input: &str, ask: &Ask, scene: &Scene) -> String {
    match ask {
        Ask::Query(query) => of_query(&person.graphql(&scene.named_in(query), Value::Null).await, field),
        Ask::Command(given) => {
            let query = format!(
                "mutation($input: {input}!) {{ {field}(input: $input) {{ userErrors {{ code message }} }} }}"
            );
            of_command(&person.graphql(&query, json!({ "input": given(scene) })).await, field)
        }
        Ask::Follow(query) => {
            let mut socket = Socket::following(person, &scene.named_in(query), Value::Null).await;
            of_message(&socket.next().await.unwrap())
        }
        Ask::Watch(query) => {
            let mut socket = Socket::following(person, query, Value::Null).await;
            socket.subscribe("2", "{ __typename }", Value::Null).await;
            let message = socket.next().await.unwrap();
            // What was asked later is answered first where the subscription was accepted and has nothing to say.
            if message["id"] == "2" { "Y".to_owned() } else { of_message(&message) }
        }
    }
}

fn of_query(answer: &Answer, field: &str) -> String {
    if answer.body["errors"].is_array() {
        return of_code(answer.code());
    }
    if answer.body["data"][field].is_null() { "N".to_owned() } else { "Y".to_owned() }
}

fn of_command(answer: &Answer, field: &str) -> String {
    if answer.body["errors"].is_array() {
        return of_code(answer.code());
    }
    match answer.body["data"][field]["userErrors"][0]["code"].as_str() {
        // Of the refusals that are data these two say who may; the contract keeps FORBIDDEN for top-level errors.
        Some(code @ ("NOT_ENTITLED" | "NOT_FOUND")) => of_code(code),
        Some(code) => format!("Says({code:?})"),
        None => "Y".to_owned(),
    }
}

fn of_message(message: &Value) -> String {
    let errors = if message["type"] == "error" { &message["payload"] } else { &message["payload"]["errors"] };
    errors[0]["extensions"]["code"].as_str().map_or_else(|| "Y".to_owned(), of_code)
}

fn of_code(code: &str) -> String {
    match code {
        "FORBIDDEN" => "F".to_owned(),
        "NOT_ENTITLED" => "E".to_owned(),
        "NOT_FOUND" => "N".to_owned(),
        other => format!("an error {other}"),
    }
}
