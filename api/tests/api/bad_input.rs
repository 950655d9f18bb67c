//! Whatever is sent: the contract's code, a sentence that helps, never a crash (every answer is checked for that by the
//! client itself).

use serde_json::{Value, json};

use crate::client::command;
use crate::play::{self, LOCKOUT, RIDDLE};
use crate::world::{World, token};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn intakes_that_cannot_be_taken_are_refused_with_the_field_they_are_about() {
    let world = World::start().await;
    let engineer = &world.firm.engineer;
    let foreign_team = world.rival.team.to_string();
    let cases = [
        ("nothing", json!({}), "text"),
        ("an empty text", json!({ "text": "" }), "text"),
        ("a blank text", json!({ "text": " \n\t " }), "text"),
        ("blanks everywhere", json!({ "text": " ", "logContent": "\n", "attachmentIds": [] }), "text"),
        ("a text too long", json!({ "text": "x".repeat(20_001) }), "text"),
        ("a long text of long characters", json!({ "text": "ß".repeat(20_001) }), "text"),
        ("a log too large", json!({ "logContent": "x".repeat(1024 * 1024 + 1) }), "logContent"),
        ("a NUL in the text", json!({ "text": "a\u{0}b" }), "text"),
        ("a NUL in the log", json!({ "logContent": "a\u{0}b" }), "logContent"),
        ("a NUL in the ticket", json!({ "text": "a", "ticketId": "1\u{0}" }), "ticketId"),
        ("an empty ticket", json!({ "ticketId": "" }), "ticketId"),
        ("a ticket too long", json!({ "ticketId": "9".repeat(101) }), "ticketId"),
        ("a foreign team", json!({ "text": "a", "teamId": foreign_team }), "teamId"),
        ("a malformed team", json!({ "text": "a", "teamId": "first line" }), "teamId"),
        ("an unknown attachment", json!({ "text": "a", "attachmentIds": ["x"] }), "attachmentIds"),
        ("a bad key", json!({ "text": "a", "idempotencyKey": "key-1" }), "idempotencyKey"),
        ("an empty key", json!({ "text": "a", "idempotencyKey": "" }), "idempotencyKey"),
        ("a key with NUL", json!({ "text": "a", "idempotencyKey": "\u{0}" }), "idempotencyKey"),
    ];
    for (what, input, field) in cases {
        let payload = engineer.command("startSession", input, "").await;
        let error = &payload["userErrors"][0];
        assert_eq!(
            (&error["code"], &error["path"][0]),
            (&json!("INVALID_INPUT"), &json!(field)),
            "{what}: {payload}"
        );
    }
    let connection = json!({ "text": "a", "psaConnectionId": "x" });
    assert_eq!(engineer.refused("startSession", connection).await, "UNKNOWN_CONNECTION");
    assert_eq!(world.count("SELECT count(*) FROM sessions").await, 0);

    // At the bounds it is taken.
    for input in [
        json!({ "text": "ß".repeat(20_000) }),
        json!({ "logContent": "x ".repeat(512 * 1024), "intakeType": "LOG_PASTE" }),
        json!({ "text": "\u{1}\u{feff}\u{202e}😀", "intakeType": null, "teamId": null }),
    ] {
        engineer.done("startSession", input, "").await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_text_is_as_long_as_it_was_written_whatever_becomes_of_its_secrets() {
    let world = World::start().await;
    let engineer = &world.firm.engineer;
    let ends_in =
        |length: usize, end: &str| format!("{}{end}", "x ".repeat(length).split_at(length - end.len()).0);
    let secret = " password=Winter!2026";
    let fits = json!({ "text": ends_in(20_000, secret) });
    engineer.done("startSession", fits, "").await;
    let key =
        format!("-----BEGIN PRIVATE KEY-----\n{}\n-----END PRIVATE KEY-----", "MIIEvQIBADAN".repeat(20));
    for end in [secret, key.as_str()] {
        let input = json!({ "text": ends_in(20_001, end) });
        let payload = engineer.command("startSession", input, "").await;
        let error = &payload["userErrors"][0];
        assert_eq!(
            (&error["code"], &error["path"]),
            (&json!("INVALID_INPUT"), &json!(["text"])),
            "{payload}"
        );
        assert_eq!(error["message"], "text: at most 20000 characters are taken.");
    }
    let id = play::start(engineer, RIDDLE).await.id;
    let commands = [
        ("addNote", "text", 10_000, json!({})),
        ("escalateSession", "reason", 2_000, json!({})),
        ("pickUpSession", "context", 10_000, json!({})),
        ("handOffSession", "to", 500, json!({})),
        ("resolveSession", "summary", 2_000, json!({})),
        ("resolveSession", "action", 2_000, json!({ "summary": "Solved." })),
        ("resolveSession", "feedback", 2_000, json!({ "summary": "Solved." })),
        ("reopenSession", "reason", 2_000, json!({})),
        ("rateSession", "feedback", 2_000, json!({ "rating": 5 })),
        ("redactSession", "reason", 2_000, json!({ "text": "hunter2" })),
    ];
    for (mutation, field, most, mut input) in commands {
        input["sessionId"] = json!(id);
        input[field] = json!(ends_in(most + 1, secret));
        assert_eq!(engineer.refused(mutation, input.clone()).await, "INVALID_INPUT", "{mutation} {field}");
    }
    for (mutation, field, most) in [
        ("addNote", "text", 10_000),
        ("resolveSession", "summary", 2_000),
        ("reopenSession", "reason", 2_000),
    ] {
        let input = json!({ "sessionId": id, field: ends_in(most, secret) });
        engineer.done(mutation, input, "").await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn answers_of_a_form_that_the_step_does_not_take_are_refused() {
    let world = World::stocked().await;
    let engineer = &world.firm.engineer;
    let session = play::start(engineer, LOCKOUT).await;
    let mut step = session.step.clone();
    let mut kinds = Vec::new();
    for _ in 0..30 {
        let kind = step["kind"].as_str().unwrap().to_owned();
        for (answer, code) in wrong_answers(&step) {
            let refused = play::answer(engineer, &session.id, &step, answer.clone()).await;
            assert_eq!(refused["userErrors"][0]["code"], code, "{kind} with {answer}: {refused}");
        }
        kinds.push(kind.clone());
        let mut payload = play::answer(engineer, &session.id, &step, play::obvious_answer(&step)).await;
        assert_eq!(payload["userErrors"], json!([]), "{payload}");
        if kind == "RESOLUTION_SUGGESTION" {
            break;
        }
        step = payload["nextStep"].take();
    }
    for kind in ["QUESTION", "ACTION", "RESOLUTION_SUGGESTION"] {
        assert!(kinds.iter().any(|seen| seen == kind), "the session had no {kind}: {kinds:?}");
    }
    // A step of another session, one that never was, and one that never takes an answer.
    let other = play::start(engineer, RIDDLE).await;
    let query = "query($id: ID!) { session(id: $id) { steps { id kind } } }";
    let steps = engineer.data(query, json!({ "id": other.id })).await;
    let analysis = steps["session"]["steps"][0].clone();
    assert_eq!(analysis["kind"], "INTAKE_ANALYSIS");
    for wrong in [step, analysis, json!({ "id": "no-id" }), json!({ "id": other.id })] {
        let refused = play::answer(engineer, &other.id, &wrong, json!({ "skip": true })).await;
        assert_eq!(refused["userErrors"][0]["code"], "STEP_NOT_OPEN", "{wrong}");
    }
}

fn wrong_answers(step: &Value) -> Vec<(Value, &'static str)> {
    let done = json!({ "actionResult": { "succeeded": true } });
    let mut wrong = vec![
        (json!({ "skip": false }), "INVALID_INPUT"),
        (json!({ "option": "x".repeat(501) }), "INVALID_INPUT"),
    ];
    let kind = step["kind"].as_str().unwrap();
    if kind == "QUESTION" {
        wrong.push((done, "INVALID_INPUT"));
        wrong.push((json!({ "option": "no such option" }), "UNKNOWN_OPTION"));
        wrong.push((json!({ "option": "" }), "UNKNOWN_OPTION"));
        wrong.push((json!({ "option": "\u{0}" }), "UNKNOWN_OPTION"));
    } else {
        wrong.push((json!({ "option": "yes" }), "INVALID_INPUT"));
        let details = "x".repeat(10_001);
        wrong.push((json!({ "actionResult": { "succeeded": false, "details": details } }), "INVALID_INPUT"));
        wrong.push((json!({ "actionResult": { "succeeded": false, "details": "\u{0}" } }), "INVALID_INPUT"));
    }
    if step["allowFreeText"] == true {
        wrong.push((json!({ "freeText": "" }), "INVALID_INPUT"));
        wrong.push((json!({ "freeText": "  " }), "INVALID_INPUT"));
        wrong.push((json!({ "freeText": "x".repeat(10_001) }), "INVALID_INPUT"));
        wrong.push((json!({ "freeText": "a\u{0}b" }), "INVALID_INPUT"));
    } else {
        wrong.push((json!({ "freeText": "In my own words." }), "FREE_TEXT_NOT_ALLOWED"));
    }
    if step["allowSkip"] != true {
        wrong.push((json!({ "skip": true }), "SKIP_NOT_ALLOWED"));
    }
    if kind == "RESOLUTION_SUGGESTION" {
        assert_eq!((&step["allowFreeText"], &step["allowSkip"]), (&json!(false), &json!(false)), "rule 2.8");
    }
    wrong
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn other_commands_bad_input_is_refused_too() {
    let world = World::start().await;
    let engineer = &world.firm.engineer;
    let id = play::start(engineer, RIDDLE).await.id;
    let long = |length: usize| "x".repeat(length);
    let cases = [
        ("addNote", json!({ "sessionId": id, "text": "" })),
        ("addNote", json!({ "sessionId": id, "text": "  " })),
        ("addNote", json!({ "sessionId": id, "text": long(10_001) })),
        ("addNote", json!({ "sessionId": id, "text": "a\u{0}" })),
        ("addNote", json!({ "sessionId": id, "text": "a", "idempotencyKey": "no" })),
        ("pauseSession", json!({ "sessionId": id, "expectedVersion": -1 })),
        ("abandonSession", json!({ "sessionId": id, "expectedVersion": i32::MIN })),
        ("retryStep", json!({ "sessionId": id, "idempotencyKey": "{}" })),
        ("resolveSession", json!({ "sessionId": id, "summary": "Four" })),
        ("resolveSession", json!({ "sessionId": id, "summary": long(2_001) })),
        ("resolveSession", json!({ "sessionId": id, "summary": "Five\u{0}" })),
        ("resolveSession", json!({ "sessionId": id, "summary": "Solved.", "rating": 0 })),
        ("resolveSession", json!({ "sessionId": id, "summary": "Solved.", "rating": 6 })),
        ("resolveSession", json!({ "sessionId": id, "summary": "Solved.", "rating": -1 })),
        ("resolveSession", json!({ "sessionId": id, "summary": "Solved.", "rating": 257 })),
        ("resolveSession", json!({ "sessionId": id, "summary": "Solved.", "action": "a\u{0}" })),
        ("resolveSession", json!({ "sessionId": id, "summary": "Solved.", "feedback": "a\u{0}" })),
        ("resolveSession", json!({ "sessionId": id, "summary": "Solved.", "expectedVersion": -5 })),
    ];
    for (mutation, input) in cases {
        assert_eq!(engineer.refused(mutation, input.clone()).await, "INVALID_INPUT", "{mutation} {input}");
    }
    engineer.done("abandonSession", json!({ "sessionId": id }), "").await;
    for (mutation, input) in [
        ("rateSession", json!({ "sessionId": id, "rating": 0 })),
        ("rateSession", json!({ "sessionId": id, "rating": 6 })),
        ("rateSession", json!({ "sessionId": id, "rating": 3, "feedback": "\u{0}" })),
        ("reopenSession", json!({ "sessionId": id, "reason": "" })),
        ("reopenSession", json!({ "sessionId": id, "reason": " \n" })),
        ("reopenSession", json!({ "sessionId": id, "reason": long(2_001) })),
        ("reopenSession", json!({ "sessionId": id, "reason": "again\u{0}" })),
    ] {
        assert_eq!(engineer.refused(mutation, input.clone()).await, "INVALID_INPUT", "{mutation} {input}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn reads_with_odd_arguments_find_nothing_or_are_refused_but_never_fail() {
    let world = World::start().await;
    let owner = &world.firm.owner;
    for id in ["", "no-id", "\u{0}", "00000000-0000-0000-0000-000000000000", "'; DROP TABLE events; --", "😀"]
    {
        let ids = json!({ "id": id });
        let query = "query($id: ID!) { session(id: $id) { id } flow(id: $id) { id } }";
        assert_eq!(owner.data(query, ids.clone()).await, json!({ "session": null, "flow": null }), "{id:?}");
        for filter in ["handlerId", "openedById", "teamId"] {
            let query = format!(
                "query($id: ID!) {{ sessions(filter: {{ {filter}: $id }}) {{ nodes {{ id }} totalCount }} }}"
            );
            let found = owner.data(&query, ids.clone()).await;
            assert_eq!(found["sessions"], json!({ "nodes": [], "totalCount": 0 }), "{filter}: {id:?}");
        }
        for filter in ["aggregateId", "actorId", "correlationId"] {
            let query = format!(
                "query($id: ID!) {{ events(filter: {{ {filter}: $id }}) {{ nodes {{ position }} }} }}"
            );
            assert_eq!(
                owner.data(&query, ids.clone()).await["events"]["nodes"],
                json!([]),
                "{filter}: {id:?}"
            );
        }
    }
    for text in ["", "\u{0}", "a\u{0}b", "%_\\", "' OR 1=1 --", "a & | ! <-> (", &"wort ".repeat(5_000)] {
        for query in [
            "query($t: String!) { sessions(filter: { search: $t }) { nodes { id } } }",
            "query($t: String!) { flows(filter: { search: $t }) { nodes { id } } }",
            "query($t: String!) { matchFlows(text: $t) { score } }",
            "query($t: String!) { events(filter: { type: [$t] }) { nodes { position } } }",
            "query($t: String!) { events(filter: { aggregateType: [$t] }) { nodes { position } } }",
        ] {
            let answer = owner.graphql(query, json!({ "t": text })).await;
            if answer.body.get("errors").is_some() {
                assert_eq!(
                    answer.code(),
                    "GRAPHQL_VALIDATION_FAILED",
                    "{query} with {text:?}: {}",
                    answer.text
                );
            }
        }
        for field in ["sessions", "flows", "events"] {
            let query = format!("query($t: String!) {{ {field}(after: $t) {{ nodes {{ __typename }} }} }}");
            let answer = owner.graphql(&query, json!({ "t": text })).await;
            assert_eq!(answer.code(), "GRAPHQL_VALIDATION_FAILED", "{field} after {text:?}");
        }
    }
    // Cursors that look like ours.
    for forged in [
        "WzEsIm5vLWlkIl0",
        "Wzk5OTk5OTk5OTk5OTk5OTk5OTksIjAwMDAwMDAwLTAwMDAtMDAwMC0wMDAwLTAwMDAwMDAwMDAwMCJd",
        "LTE",
        "MTIzNDU2Nzg5MDEyMzQ1Njc4",
        "bnVsbA",
    ] {
        for field in ["sessions", "flows", "events"] {
            let query = format!("query($t: String!) {{ {field}(after: $t) {{ nodes {{ __typename }} }} }}");
            let answer = owner.graphql(&query, json!({ "t": forged })).await;
            if answer.body.get("errors").is_some() {
                assert_eq!(
                    answer.code(),
                    "GRAPHQL_VALIDATION_FAILED",
                    "{field} after {forged:?}: {}",
                    answer.text
                );
            }
        }
    }
    for first in [0, -1, 101, i32::MAX, i32::MIN] {
        for field in ["sessions", "flows", "events"] {
            let query = format!("query($n: Int) {{ {field}(first: $n) {{ nodes {{ __typename }} }} }}");
            let answer = owner.graphql(&query, json!({ "n": first })).await;
            assert_eq!(answer.code(), "GRAPHQL_VALIDATION_FAILED", "{field} first {first}");
        }
        let answer = owner
            .graphql(
                "query($n: Int) { matchFlows(text: \"vpn\", limit: $n) { score } }",
                json!({ "n": first }),
            )
            .await;
        if answer.body.get("errors").is_some() {
            assert_eq!(answer.code(), "GRAPHQL_VALIDATION_FAILED", "limit {first}");
        }
    }
    for time in ["0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z", "-262143-01-01T00:00:00Z"] {
        let query = "query($t: DateTime) { sessions(filter: { startedAfter: $t, startedBefore: $t }) { nodes { id } } \
            events(filter: { recordedAfter: $t, recordedBefore: $t }) { nodes { position } } }";
        let answer = owner.graphql(query, json!({ "t": time })).await;
        if answer.body.get("errors").is_some() {
            assert_eq!(answer.code(), "GRAPHQL_VALIDATION_FAILED", "{time}: {}", answer.text);
        }
    }
    assert!(world.count("SELECT count(*) FROM events").await > 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn variables_of_the_wrong_type_are_refused_before_anything_runs() {
    let world = World::start().await;
    let engineer = &world.firm.engineer;
    let start = command("startSession", "");
    for variables in [
        Value::Null,
        json!({}),
        json!({ "input": null }),
        json!({ "input": "text" }),
        json!({ "input": [] }),
        json!({ "input": 5 }),
        json!({ "input": { "text": 5 } }),
        json!({ "input": { "text": ["a"] } }),
        json!({ "input": { "text": { "a": 1 } } }),
        json!({ "input": { "txt": "a" } }),
        json!({ "input": { "text": "a", "intakeType": "PHONE_CALL" } }),
        json!({ "input": { "text": "a", "intakeType": 1 } }),
        json!({ "input": { "text": "a", "idempotencyKey": { } } }),
        json!({ "input": { "text": "a", "attachmentIds": [null] } }),
    ] {
        let answer = engineer.graphql(&start, variables.clone()).await;
        assert_eq!((answer.status, answer.code()), (400, "GRAPHQL_VALIDATION_FAILED"), "{variables}");
    }
    let step = play::start(engineer, RIDDLE).await;
    for answer in [
        json!(null),
        json!({}),
        json!({ "option": "a", "skip": true }),
        json!({ "option": null }),
        json!({ "skip": "yes" }),
        json!({ "freeText": 1 }),
        json!({ "actionResult": {} }),
        json!({ "actionResult": { "succeeded": null } }),
        json!({ "other": true }),
    ] {
        let input = json!({ "sessionId": step.id, "stepId": step.step["id"], "answer": answer });
        let refused = engineer.graphql(&command("answerStep", ""), json!({ "input": input })).await;
        assert_eq!((refused.status, refused.code()), (400, "GRAPHQL_VALIDATION_FAILED"), "{answer}");
    }
    for version in [json!("1"), json!(1.5), json!(3_000_000_000_i64), json!(true)] {
        let input = json!({ "sessionId": step.id, "expectedVersion": version });
        let refused = engineer.graphql(&command("pauseSession", ""), json!({ "input": input })).await;
        assert_eq!(refused.code(), "GRAPHQL_VALIDATION_FAILED", "{version}");
    }
    assert_eq!(world.count("SELECT count(*) FROM sessions").await, 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn documents_that_are_wrong_deep_or_large_are_refused() {
    let world = World::start().await;
    let engineer = &world.firm.engineer;
    let nested = |depth: usize| {
        format!("{{ account {} {{ id }} {} }}", "{ members { teams ".repeat(depth), "} }".repeat(depth))
            .replace("account { members { teams  {", "account { members { teams {")
    };
    let wide = |fields: u32| {
        let aliased: Vec<_> = (0..fields).map(|n| format!("a{n}: viewer {{ role }}")).collect();
        format!("{{ {} }}", aliased.join(" "))
    };
    let wrong: [(&str, String); 9] = [
        ("empty", String::new()),
        ("blank", " # nothing".to_owned()),
        ("unbalanced", "{ viewer { role }".to_owned()),
        ("an unknown field", "{ viewer { shoeSize } }".to_owned()),
        ("an unknown root", "{ passwords }".to_owned()),
        ("a mutation that is none", "mutation { dropEverything }".to_owned()),
        ("an unknown fragment", "{ viewer { ...None } }".to_owned()),
        (
            "a circle",
            "{ viewer { ...A } } fragment A on Viewer { ...B } fragment B on Viewer { ...A }".to_owned(),
        ),
        ("NUL", "{ viewer { role \u{0} } }".to_owned()),
    ];
    for (what, document) in wrong {
        let answer = engineer.graphql(&document, Value::Null).await;
        assert_eq!(
            (answer.status, answer.code()),
            (400, "GRAPHQL_VALIDATION_FAILED"),
            "{what}: {}",
            answer.text
        );
        assert!(answer.body.get("data").is_none(), "{what}");
    }
    let too_much: [(&str, String); 6] = [
        ("deep", nested(10)),
        ("very deep", nested(5_000)),
        ("brackets", format!("{{ a{}{} }}", "(a:[".repeat(2_000), "])".repeat(2_000))),
        ("long", format!("{{ viewer {{ role }} }} #{}", "x".repeat(65 * 1024))),
        ("wide", wide(200)),
        (
            "costly",
            "{ sessions(first: 100) { nodes { events(first: 100) { nodes { payload } } steps { id } } } }"
                .to_owned(),
        ),
    ];
    for (what, document) in too_much {
        let answer = engineer.graphql(&document, Value::Null).await;
        assert_eq!((answer.status, answer.code()), (400, "COST_EXCEEDED"), "{what}: {}", answer.text);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn bodies_that_are_no_request_are_refused() {
    let world = World::start().await;
    let bearer = format!("Bearer {}", token(&world.firm.engineer.id.to_string()));
    let headers = [("authorization", bearer.as_str()), ("content-type", "application/json")];
    for body in ["", "null", "[]", "{", "5", "{\"query\": 5}", "{\"variables\": {}}", "query=%7Bviewer%7D"] {
        let answer = world.nobody.post(body, &headers).await;
        assert_eq!(
            (answer.status, answer.code()),
            (400, "GRAPHQL_VALIDATION_FAILED"),
            "{body}: {}",
            answer.text
        );
    }
    let batch = json!([{ "query": "{ viewer { role } }" }, { "query": "{ viewer { role } }" }]).to_string();
    assert_eq!(world.nobody.post(batch, &headers).await.status, 400);
    let invalid = world.nobody.post(vec![b'{', 0xff, 0xfe, b'}'], &headers).await;
    assert_eq!((invalid.status, invalid.code()), (400, "GRAPHQL_VALIDATION_FAILED"));
    let deep = "[".repeat(100_000);
    assert_eq!(world.nobody.post(deep, &headers).await.status, 400);

    let large = json!({ "query": "{ viewer { role } }", "variables": { "x": "x".repeat(6 * 1024 * 1024) } });
    let answer = world.nobody.post(large.to_string(), &headers).await;
    assert_eq!((answer.status, answer.code()), (413, "COST_EXCEEDED"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_admins_write_is_refused_where_it_cannot_be_stored() {
    let world = World::start().await;
    let owner = &world.firm.owner;
    let (nul, team) = ("a\u{0}b", world.firm.team.to_string());
    let node = |text: &str| json!([{ "id": "root", "type": "SOLUTION", "text": text }]);
    let events = world.count("SELECT count(*) FROM events").await;
    for (mutation, input) in [
        ("configureAccount", json!({ "name": nul })),
        ("configureAccount", json!({ "timeZone": nul })),
        ("configureAccount", json!({ "businessDays": [1], "businessStart": nul, "businessEnd": "17:00" })),
        ("createTeam", json!({ "name": nul })),
        ("configureTeam", json!({ "teamId": team, "name": nul })),
        ("configureTeam", json!({ "teamId": team, "context": nul })),
        ("addMember", json!({ "displayName": nul, "email": "nora@northwind.example", "role": "ENGINEER" })),
        (
            "addMember",
            json!({ "displayName": "Nora", "email": "n\u{0}@northwind.example", "role": "ENGINEER" }),
        ),
        ("publishScriptTemplate", json!({ "name": nul, "body": "1", "parameters": [] })),
        ("publishScriptTemplate", json!({ "name": "a", "body": nul, "parameters": [] })),
        ("publishScriptTemplate", json!({ "name": "a", "body": "1", "category": nul, "parameters": [] })),
        ("createFlow", json!({ "name": nul, "nodes": node("Look.") })),
        ("createFlow", json!({ "name": "Humming", "nodes": node(nul) })),
    ] {
        assert_eq!(owner.refused(mutation, input.clone()).await, "INVALID_INPUT", "{mutation} {input}");
    }
    assert_eq!(world.count("SELECT count(*) FROM events").await, events);
}
