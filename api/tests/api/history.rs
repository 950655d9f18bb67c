//! A history of sessions of several kinds: what each of them teaches is what the decision table says, one by one, and the read
//! model that was built anew says the same (rule 6.2).

use serde_json::{Value, json};

use crate::client::Client;
use crate::flywheel::{analysed, resolve, solved};
use crate::play::{self, LOCKOUT, answer};
use crate::world::{World, eventually};

/// How often each kind comes.
const ROUNDS: usize = 6;

/// One novel problem in several words, and another one.
const HUM: [&str; 3] = [
    "The aquarium in the lobby hums in B flat.",
    "In the lobby the aquarium hums, in B flat again.",
    "Hum in B flat from the aquarium in the lobby.",
];
const COFFEE: [&str; 2] = [
    "The coffee machine of the third floor orders its beans in Portuguese.",
    "Beans are ordered in Portuguese by the coffee machine of the third floor.",
];
const QUIET: &str = "The aquarium's pump touched the glass; moved the pump away.";
const ENGLISH: &str = "The coffee machine's language had been reset; set it to English.";

/// How a session goes.
#[derive(Debug, Clone, Copy)]
enum Kind {
    Followed,
    Diverged,
    Hum,
    Coffee,
    Unanswered,
    Unfinished,
    Abandoned,
}

const KINDS: [Kind; 7] = [
    Kind::Followed,
    Kind::Diverged,
    Kind::Hum,
    Kind::Coffee,
    Kind::Unanswered,
    Kind::Unfinished,
    Kind::Abandoned,
];

/// What the table says of the session of this kind in this round; none of one that is not resolved.
fn predicted(kind: Kind, round: usize) -> Option<&'static str> {
    let first_or_again = if round == 0 { "raised" } else { "supported" };
    match kind {
        Kind::Followed => Some("reinforced"),
        Kind::Diverged | Kind::Hum | Kind::Coffee => Some(first_or_again),
        Kind::Unanswered => Some("no_path"),
        Kind::Unfinished => Some("unfinished"),
        Kind::Abandoned => None,
    }
}

/// Leads a session of this kind; gives its id.
async fn lead(client: &Client, kind: Kind, round: usize) -> String {
    let text = match kind {
        Kind::Hum => return solved(client, (HUM[round % HUM.len()], QUIET)).await,
        Kind::Coffee => return solved(client, (COFFEE[round % COFFEE.len()], ENGLISH)).await,
        _ => LOCKOUT,
    };
    let begun = play::start(client, text).await;
    match kind {
        Kind::Followed => {
            play::to_solution(client, &begun).await;
        }
        Kind::Diverged => {
            let words = json!({ "freeText": "A forgotten tablet in the warehouse keeps the old password." });
            answer(client, &begun.id, &begun.step, words).await;
        }
        Kind::Unfinished => {
            answer(client, &begun.id, &begun.step, play::obvious_answer(&begun.step)).await;
        }
        _ => {}
    }
    if matches!(kind, Kind::Abandoned) {
        client.done("abandonSession", json!({ "sessionId": begun.id }), "").await;
    } else {
        resolve(client, &begun.id, "Took the tablet out of service.").await;
    }
    begun.id
}

/// What was found of a session: its outcome, or why there was none.
async fn found(world: &World, session: &str) -> Option<String> {
    let query = "SELECT coalesce(finding ->> 'reason', finding ->> 'outcome') FROM session_analyses
        WHERE session = $1::uuid";
    sqlx::query_scalar(query).bind(session).fetch_optional(&world.pool).await.unwrap()
}

async fn rows(world: &World) -> Vec<String> {
    let query = "SELECT row_to_json(row)::text AS text FROM proposals AS row
        UNION ALL SELECT row_to_json(row)::text FROM proposal_supporters AS row
        UNION ALL SELECT row_to_json(row)::text FROM session_analyses AS row ORDER BY text";
    sqlx::query_scalar(query).fetch_all(&world.pool).await.unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_session_of_a_history_teaches_what_the_table_predicts_and_a_rebuild_says_the_same() {
    let world = World::stocked().await;
    let engineer = &world.firm.engineer;
    let mut led = Vec::new();
    for round in 0..ROUNDS {
        for kind in KINDS {
            led.push((kind, round, lead(engineer, kind, round).await));
        }
    }
    analysed(&world).await;
    for (kind, round, session) in &led {
        let found = found(&world, session).await;
        assert_eq!(found.as_deref(), predicted(*kind, *round), "{kind:?} {round}");
    }
    let pending = "SELECT count(*) FROM proposals WHERE status = 'PENDING'";
    assert_eq!(world.count(pending).await, 3, "one for each problem and one for the flow that was left");
    let supported = "SELECT count(*) FROM proposals WHERE status = 'PENDING' AND supporters = ";
    assert_eq!(world.count(&format!("{supported}{ROUNDS}")).await, 3);

    let before = rows(&world).await;
    let rebuild = "mutation { rebuildProjection(input: { name: \"proposals\" }) { userErrors { code } } }";
    let asked = world.firm.operator.data(rebuild, Value::Null).await;
    assert_eq!(asked["rebuildProjection"]["userErrors"], json!([]));
    let done = "SELECT count(*) FROM projection_rebuilds WHERE state = 'done'";
    eventually("the rebuild is done", async || world.count(done).await == 1).await;
    assert_eq!(rows(&world).await, before);
}
