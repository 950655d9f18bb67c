//! Where knowledge is missing: each kind of gap appears when it should, of whom it should, and the report follows what happens
//! (rule 10.1).

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use api::guide::Fallback;
use chrono::Duration;
use domain::embedding::{Embedder, Embedding, ModelId, Usage};
use integrations::embedding::embedders::Embedders;
use integrations::embedding::hashing::Hashing;
use serde_json::{Value, json};

use crate::client::{Client, position};
use crate::firm::Firm;
use crate::flywheel::solved;
use crate::logs;
use crate::play::{self, RIDDLE, answer};
use crate::stand_in::{Answer, StandIn};
use crate::wire::{Asked, Wire, no_flow, question};
use crate::world::World;

/// One problem that no flow fits, in different words, and what solved it.
const BLANK: [(&str, &str); 4] = [
    (
        "The label printer at the packing station prints blank labels since the ribbon was changed.",
        "The ribbon was threaded the wrong way round; turned it over.",
    ),
    (
        "Blank labels from the label printer at the packing station after somebody changed the ribbon.",
        "Ribbon threaded the wrong way round; turned the ribbon over.",
    ),
    (
        "Packing station: since the ribbon change the label printer only prints blank labels.",
        "Turned the ribbon over, it was threaded the wrong way.",
    ),
    ("Label printer at the packing station: blank labels, and the ribbon was changed.", "Turned the ribbon."),
];
/// Two others of the same area.
const LANDSCAPE: (&str, &str) = (
    "Prints of invoices come out in landscape on the office printer in accounting.",
    "The printer driver's default orientation was changed; set it back to portrait.",
);
const JAM: (&str, &str) =
    ("Paper gets stuck in tray two of the copier on the third floor.", "A torn sheet lay under the roller.");

async fn report(client: &Client, at: i64, period: &str) -> Value {
    let query = format!(
        "{{ knowledgeGaps(period: {period}) {{ generatedAt position gaps {{ type problemDomain severity title description
            suggestedAction count rate examples sessions {{ id }} suggestedNodes {{ id parentId type label text }} }} }} }}"
    );
    client.data_at(at, &query, Value::Null).await["knowledgeGaps"].take()
}

/// The gaps of a kind at this position.
async fn gaps(client: &Client, at: i64, kind: &str) -> Vec<Value> {
    let mut report = report(client, at, "LAST_30_DAYS").await;
    let gaps = report["gaps"].as_array_mut().unwrap().drain(..);
    gaps.filter(|gap| gap["type"] == kind).collect()
}

/// Where the log of an account's sessions ends: after a note in this one.
async fn noted(client: &Client, session: &str) -> i64 {
    position(&client.done("addNote", json!({ "sessionId": session, "text": "Noted." }), "").await)
}

async fn start(client: &Client, text: &str) -> i64 {
    let begun = play::start(client, text).await;
    noted(client, &begun.id).await
}

/// After this session was resolved: the end of the log is read off another one.
async fn solve(client: &Client, problem: (&str, &str)) -> (String, i64) {
    let session = solved(client, problem).await;
    let rating = json!({ "sessionId": session, "rating": 4 });
    let at = position(&client.done("rateSession", rating, "").await);
    (session, at)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_comes_again_without_a_flow_is_a_pattern_whose_solutions_suggest_a_flow() {
    let world = World::start().await;
    let (firm, rival) = (&world.firm, &world.rival);
    for problem in [LANDSCAPE, JAM] {
        start(&firm.engineer, problem.0).await;
    }
    let (first, _) = solve(&firm.engineer, BLANK[0]).await;
    let (second, at) = solve(&firm.engineer, BLANK[1]).await;
    // Twins in another account count there.
    solve(&rival.engineer, BLANK[2]).await;
    let (_, theirs) = solve(&rival.engineer, BLANK[3]).await;
    let before = report(&firm.admin, at.max(theirs), "LAST_30_DAYS").await;
    assert_eq!(before["gaps"], json!([]), "twice is no pattern");

    let (third, at) = solve(&firm.engineer, BLANK[2]).await;
    let after = report(&firm.admin, at, "LAST_30_DAYS").await;
    assert!(after["position"].as_str().unwrap().parse::<i64>().unwrap() >= at, "{after}");
    let kinds: Vec<_> = after["gaps"].as_array().unwrap().iter().map(|gap| &gap["type"]).collect();
    assert_eq!(kinds, ["UNCHARTED_TERRITORY", "REPEATED_PATTERN"], "the same severity, in their order");
    let pattern = &after["gaps"][1];
    assert_eq!(json!([pattern["count"], pattern["rate"]]), json!([3, 0.6]), "three of five: {pattern}");
    assert_eq!(pattern["severity"], "MEDIUM");
    assert_eq!(pattern["problemDomain"], "PRINTING");
    assert_eq!(pattern["examples"], json!([BLANK[2].0, BLANK[1].0, BLANK[0].0]));
    assert_eq!(pattern["sessions"], json!([{ "id": third }, { "id": second }, { "id": first }]));
    let description = pattern["description"].as_str().unwrap();
    assert!(
        description.starts_with("Of 5 intakes that no flow fits, 3 (60 %) are about the same."),
        "{description}"
    );
    let nodes = pattern["suggestedNodes"].as_array().unwrap();
    assert!(nodes[0]["parentId"].is_null() && nodes.len() > 1, "{nodes:?}");
    assert_eq!(nodes.last().unwrap()["text"], BLANK[0].1);

    let uncharted = &after["gaps"][0];
    assert_eq!(json!([uncharted["count"], uncharted["rate"]]), json!([3, 1.0]), "{uncharted}");
    assert_eq!(uncharted["sessions"].as_array().unwrap().len(), 3);
    assert_eq!(uncharted["examples"].as_array().unwrap().len(), 3);
    let others = report(&rival.admin, at, "LAST_30_DAYS").await;
    assert_eq!(others["gaps"], json!([]), "two of theirs and three of ours are not five");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_report_quotes_no_secret_neither_found_at_once_nor_late() {
    let world = World::start().await;
    let firm = &world.firm;
    let text = format!("{} The admin password is Tr0ub4dor&3x.", BLANK[0].0);
    let begun = play::start(&firm.engineer, &text).await;
    for (text, _) in &BLANK[1..] {
        start(&firm.engineer, text).await;
    }
    let late = json!({ "sessionId": begun.id, "text": "packing station", "reason": "A secret place." });
    let at = noted(&firm.engineer, &begun.id).await;
    let quoted = async |at: i64| gaps(&firm.admin, at, "REPEATED_PATTERN").await[0]["examples"][3].take();
    let before = quoted(at).await;
    let before = before.as_str().unwrap();
    assert!(before.contains("packing station") && !before.contains("Tr0ub4dor"), "{before}");
    let at = position(&firm.engineer.done("redactSession", late, "").await);
    let after = quoted(at).await;
    assert!(!after.as_str().unwrap().contains("packing station"), "{after}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_report_serves_until_something_happens_in_the_account_or_a_new_day_begins_there() {
    let world = World::start().await;
    let (firm, rival) = (&world.firm, &world.rival);
    let at = start(&firm.engineer, BLANK[0].0).await.max(start(&firm.engineer, BLANK[1].0).await);
    let made = async |at: i64| report(&firm.analyst, at, "LAST_7_DAYS").await;
    let first = made(at).await;
    let elsewhere = start(&rival.engineer, BLANK[2].0).await;
    assert_eq!(made(elsewhere).await, first, "what happens in another account changes nothing");
    let year = report(&firm.analyst, elsewhere, "LAST_365_DAYS").await;
    assert_ne!(year["generatedAt"], first["generatedAt"], "another period is another report");

    let at = start(&firm.engineer, BLANK[2].0).await;
    let second = made(at).await;
    assert_eq!((first["gaps"].as_array().unwrap().len(), second["gaps"].as_array().unwrap().len()), (0, 1));
    assert_eq!(second["gaps"][0]["suggestedNodes"], json!([]), "nobody knows yet what helps");
    assert_eq!(made(at).await, second);

    world.clock.pass(Duration::days(8));
    let third = made(at).await;
    assert_eq!(third["gaps"], json!([]), "it was more than seven days ago");
    let month = report(&firm.analyst, at, "LAST_30_DAYS").await;
    assert_eq!(month["gaps"].as_array().unwrap().len(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_domain_that_escalates_more_than_four_in_ten_of_its_closed_sessions_is_a_gap() {
    let world = World::start().await;
    let firm = &world.firm;
    let closed = async |escalated: bool| {
        let begun = play::start(&firm.engineer, RIDDLE).await;
        let on = |mut input: Value| {
            input["sessionId"] = begun.id.clone().into();
            input
        };
        if escalated {
            firm.engineer.done("escalateSession", on(json!({ "reason": "Pumps are beyond me." })), "").await;
            return position(
                &firm.engineer.done("handOffSession", on(json!({ "to": "The vendor." })), "").await,
            );
        }
        position(&firm.engineer.done("abandonSession", on(json!({})), "").await)
    };
    for _ in 0..2 {
        closed(true).await;
    }
    let at = closed(false).await;
    assert_eq!(
        gaps(&firm.owner, at, "HIGH_ESCALATION").await,
        Vec::<Value>::new(),
        "two of three are too few to tell"
    );
    closed(false).await;
    let at = closed(false).await;
    assert_eq!(
        gaps(&firm.owner, at, "HIGH_ESCALATION").await,
        Vec::<Value>::new(),
        "two of five are not more than 0.4"
    );
    let at = closed(true).await;
    let found = gaps(&firm.owner, at, "HIGH_ESCALATION").await;
    assert_eq!(found.len(), 1);
    assert_eq!(json!([found[0]["count"], found[0]["rate"], found[0]["severity"]]), json!([3, 0.5, "LOW"]));
    assert_eq!(found[0]["sessions"].as_array().unwrap().len(), 3);
    assert!(found[0]["examples"][0].as_str().unwrap().contains("aquarium"), "{}", found[0]);
    assert_eq!(gaps(&world.rival.owner, at, "HIGH_ESCALATION").await, Vec::<Value>::new());
}

/// A flow that asks first.
async fn publish(firm: &Firm) {
    let node = |id: &str, parent: Option<&str>, kind: &str, label: Option<&str>, text: &str| json!({ "id": id, "parentId": parent, "type": kind, "label": label, "text": text });
    let flow = json!({ "name": "Aquarium pump hums", "description": "The pump of an aquarium hums or stands still.",
        "keywords": ["aquarium", "hums", "lobby"], "nodes": [
            node("lamp", None, "QUESTION", None, "Which lamp is lit on the pump?"),
            node("red", Some("lamp"), "SOLUTION", Some("The red one"), "Clean the impeller."),
            node("green", Some("lamp"), "SOLUTION", Some("The green one"), "Wait for an hour."),
        ] });
    let flow = firm.owner.done("createFlow", flow, "flow { id }").await["flow"]["id"].clone();
    // Shown, it is matched, too.
    firm.owner.done("publishFlow", json!({ "flowId": flow }), "flow { publishedVersion }").await;
}

/// Starts a session whose first step is a question, and answers it.
async fn answered(client: &Client, given: Value) -> i64 {
    let begun = play::start(client, RIDDLE).await;
    assert_eq!(begun.step["kind"], "QUESTION", "{}", begun.step);
    let given = if given.is_null() { json!({ "option": begun.step["options"][0]["value"] }) } else { given };
    let payload = answer(client, &begun.id, &begun.step, given).await;
    assert_eq!(payload["userErrors"], json!([]), "{payload}");
    position(&payload)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_flow_s_question_that_people_answer_in_their_own_words_has_weak_options() {
    let world = World::start().await;
    let firm = &world.firm;
    publish(firm).await;
    for words in ["Both blink in turn.", "None, it smells burnt."] {
        answered(&firm.engineer, json!({ "freeText": words })).await;
    }
    answered(&firm.engineer, Value::Null).await;
    answered(&firm.engineer, json!({ "skip": true })).await;
    let at = answered(&firm.engineer, json!({ "freeText": "Both blink in turn." })).await;
    assert_eq!(gaps(&firm.admin, at, "WEAK_OPTIONS").await, Vec::<Value>::new(), "a skip is no answer: four");
    let at = answered(&firm.engineer, Value::Null).await;
    let found = gaps(&firm.admin, at, "WEAK_OPTIONS").await;
    assert_eq!(found.len(), 1);
    assert_eq!(json!([found[0]["count"], found[0]["rate"], found[0]["severity"]]), json!([3, 0.6, "MEDIUM"]));
    assert!(found[0]["title"].as_str().unwrap().contains("Which lamp is lit on the pump?"));
    assert_eq!(found[0]["examples"], json!(["Both blink in turn.", "None, it smells burnt."]));
    assert_eq!(found[0]["sessions"].as_array().unwrap().len(), 3);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn questions_that_no_flow_asks_are_told_together_if_they_mean_the_same() {
    const WORDINGS: [&str; 3] =
        ["When did this start happening?", "When did this first start?", "When did it start happening?"];
    let (wire, asked) = (Wire::Anthropic, AtomicUsize::new(0));
    let said = Answer::by(move |call| match Asked::by(&call.body) {
        Asked::Classification => wire.says(&no_flow()),
        Asked::Step | Asked::Insight | Asked::Lesson => {
            let mut said = question();
            said["step"]["text"] = WORDINGS[asked.fetch_add(1, Ordering::SeqCst) % WORDINGS.len()].into();
            wire.says(&said)
        }
    });
    let stand_in = StandIn::new([said]).await;
    let world = World::unstocked(wire.guide(&stand_in, Fallback::None)).await;
    let firm = &world.firm;
    for _ in 0..3 {
        answered(&firm.engineer, json!({ "freeText": "After the move." })).await;
    }
    let at = answered(&firm.engineer, Value::Null).await;
    assert_eq!(gaps(&firm.admin, at, "WEAK_OPTIONS").await, Vec::<Value>::new());
    let at = answered(&firm.engineer, Value::Null).await;
    let found = gaps(&firm.admin, at, "WEAK_OPTIONS").await;
    assert_eq!(found.len(), 1, "{found:?}");
    assert_eq!(json!([found[0]["count"], found[0]["rate"]]), json!([3, 0.6]));
    assert!(found[0]["description"].as_str().unwrap().contains("others that mean the same"));
}

/// Hashing under another name, which counts what it is asked, or never answers.
struct Counting {
    id: ModelId,
    hashing: Hashing,
    answers: bool,
    asked: Mutex<BTreeMap<String, usize>>,
}

impl Counting {
    fn new(answers: bool) -> Arc<Self> {
        // A name that is measured as hashing is.
        let id = ModelId::new("hashing-1-test");
        Arc::new(Self { id, hashing: Hashing::default(), answers, asked: Mutex::default() })
    }

    /// How often it was asked for these texts, as documents.
    fn times(&self, texts: &[&str]) -> Vec<usize> {
        let asked = self.asked.lock().unwrap();
        texts.iter().map(|text| asked.get(*text).copied().unwrap_or(0)).collect()
    }
}

impl Embedder for Counting {
    fn embed<'a>(&'a self, usage: Usage, texts: &'a [String]) -> Embedding<'a> {
        Box::pin(async move {
            if usage == Usage::Document {
                for text in texts {
                    *self.asked.lock().unwrap().entry(text.clone()).or_default() += 1;
                }
                if !self.answers {
                    std::future::pending::<()>().await;
                }
            }
            self.hashing.embed(usage, texts).await
        })
    }

    fn model(&self) -> &ModelId {
        &self.id
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_embedder_is_asked_once_for_a_text_however_many_reports_compare_it() {
    let embedder = Counting::new(true);
    let world = World::embedding(Embedders::new(embedder.clone(), [])).await;
    let firm = &world.firm;
    for (text, _) in &BLANK[..2] {
        start(&firm.engineer, text).await;
    }
    let at = start(&firm.engineer, BLANK[2].0).await;
    assert_eq!(gaps(&firm.admin, at, "REPEATED_PATTERN").await[0]["count"], 3);
    let texts = BLANK.map(|(text, _)| text);
    assert_eq!(embedder.times(&texts), [1, 1, 1, 0]);
    let at = start(&firm.engineer, BLANK[3].0).await;
    assert_eq!(gaps(&firm.admin, at, "REPEATED_PATTERN").await[0]["count"], 4);
    report(&firm.admin, at, "LAST_365_DAYS").await;
    assert_eq!(embedder.times(&texts), [1, 1, 1, 1]);
    let crossed = format!("SELECT count(*) FROM embeddings WHERE account <> '{}'", firm.account);
    assert_eq!(world.count(&crossed).await, 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_embedder_that_does_not_answer_costs_its_part_and_not_the_report() {
    let embedder = Counting::new(false);
    let world = World::embedding(Embedders::new(embedder.clone(), [])).await;
    let firm = &world.firm;
    let mut at = 0;
    for (text, _) in BLANK {
        at = start(&firm.engineer, text).await;
    }
    assert_eq!(gaps(&firm.admin, at, "REPEATED_PATTERN").await[0]["count"], 4);
    gaps(&firm.admin, at, "REPEATED_PATTERN").await;
    assert_eq!(embedder.times(&[BLANK[0].0]), [2], "such a report is not kept: the next one tries again");
    let log = logs::so_far();
    assert!(log.contains("a report on gaps compares texts by hashing"));
    assert!(!log.contains("packing station"), "nothing of what people wrote is in it");
}
