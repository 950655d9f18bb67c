//! Nothing personal stands in the events in clear, and secrets stand nowhere at all (rule 2.2).

use serde_json::{Value, json};

use crate::client::Client;
use crate::logs;
use crate::play::{self, LOCKOUT};
use crate::watching::Socket;
use crate::world::World;

/// Texts with a secret in them, and the secret.
const PLANTED: [(&str, &str); 24] = [
    ("password=Tr0ub4dor&3-assign", "Tr0ub4dor&3-assign"),
    ("The password is Sommer!2026-prosa and it does not work", "Sommer!2026-prosa"),
    ("Das Passwort lautet Regen!9482-deutsch seit gestern", "Regen!9482-deutsch"),
    (r#"{"user": "svc", "password": "Js0n!geheim-4711"}"#, "Js0n!geheim-4711"),
    ("<add key=\"pw\"/><Password>Xml!geheim-0815</Password>", "Xml!geheim-0815"),
    ("sqlcmd -S db01 -U sa -P Sw1tch!geheim-22", "Sw1tch!geheim-22"),
    ("net use Z: \\\\fs01\\share N3tUse!geheim-33 /user:corp\\jane", "N3tUse!geheim-33"),
    ("https://admin:Url!geheim-44@vpn.example.com/login", "Url!geheim-44"),
    ("Authorization: Bearer 8f14e45fceea167a5a36dedd4bea2543beef", "8f14e45fceea167a5a36dedd4bea2543beef"),
    ("Authorization: Basic amFuZTpCYXNpYyFnZWhlaW0tNTU=", "amFuZTpCYXNpYyFnZWhlaW0tNTU="),
    ("Cookie: sessionid=c00kie5geheim66aabbccddeeff; theme=dark", "c00kie5geheim66aabbccddeeff"),
    (
        "token eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJzdWIiOiJwbGFudGVkIn0.c2lnbmF0dXJlLXBsYW50ZWQtc2VjcmV0LTEyMzQ",
        "c2lnbmF0dXJlLXBsYW50ZWQtc2VjcmV0LTEyMzQ",
    ),
    ("aws_access_key_id AKIAQ7PLANTED7KEY4XZ", "AKIAQ7PLANTED7KEY4XZ"),
    ("ghp_PlantedTokenA1b2C3d4E5f6G7h8I9j0KLmn", "ghp_PlantedTokenA1b2C3d4E5f6G7h8I9j0KLmn"),
    ("xoxb-123456789012-123456789012-PlantedSlackTok3nAbCdEf", "PlantedSlackTok3nAbCdEf"),
    ("Server=db01;Database=crm;User Id=sa;Password=C0nn!geheim-77;", "C0nn!geheim-77"),
    (
        "DefaultEndpointsProtocol=https;AccountName=x;AccountKey=UGxhbnRlZEF6dXJlU3RvcmFnZUtleUZvclRlc3RzMTIzNDU2Nzg5MA==;",
        "UGxhbnRlZEF6dXJlU3RvcmFnZUtleUZvclRlc3RzMTIzNDU2Nzg5MA==",
    ),
    ("snmp-server community Snmp!geheim88 RO", "Snmp!geheim88"),
    ("crypto isakmp key Psk!geheim-99 address 203.0.113.7", "Psk!geheim-99"),
    ("username admin privilege 15 secret 0 Ci5co!geheim-10", "Ci5co!geheim-10"),
    (
        "Recovery key: 135795-246807-112233-445566-314159-271821-161803-577214",
        "135795-246807-112233-445566-314159-271821-161803-577214",
    ),
    ("card 4111 1111 1111 1111 was charged", "4111 1111 1111 1111"),
    (
        "-----BEGIN RSA PRIVATE KEY-----\nMIIPlantedKeyMaterialAbCdEf0123456789\n-----END RSA PRIVATE KEY-----",
        "MIIPlantedKeyMaterialAbCdEf0123456789",
    ),
    ("$env:API_KEY = 'sk-planted-A1b2C3d4E5f6G7h8I9j0K1l2M3n4'", "sk-planted-A1b2C3d4E5f6G7h8I9j0K1l2M3n4"),
];

/// A session with this in every text that a person can give; gives its id and all that the server answered.
async fn led_with(client: &Client, text: &str) -> (String, String) {
    let mut heard = String::new();
    let mut tell = |payload: &Value| heard.push_str(&payload.to_string());
    let all = "session { id intake { text logContent redactions { kind count } } problemSummary keySymptoms \
        steps { text contextMessage answer { freeText actionResult { details nextHint } } } feedback \
        resolution { summary action } documentation { markdown intakeSummary steps { response outcome } } }";
    let selection = format!("{all} firstStep {{ {} }}", play::STEP);
    let intake = format!("{LOCKOUT}\n{text}");
    let mut started =
        client.done("startSession", json!({ "text": intake, "logContent": text }), &selection).await;
    tell(&started);
    let id = started["session"]["id"].as_str().unwrap().to_owned();
    tell(&client.done("addNote", json!({ "sessionId": id, "text": text }), all).await);
    let mut step = started["firstStep"].take();
    let selection = format!("{all} nextStep {{ {} }} resolutionSummary", play::STEP);
    for _ in 0..30 {
        let answer = if step["kind"] == "QUESTION" {
            json!({ "option": step["options"][0]["value"] })
        } else {
            json!({ "actionResult": { "succeeded": true, "details": text, "nextHint": text } })
        };
        let input = json!({ "sessionId": id, "stepId": step["id"], "answer": answer });
        let mut payload = client.done("answerStep", input, &selection).await;
        tell(&payload);
        if step["kind"] == "RESOLUTION_SUGGESTION" {
            break;
        }
        step = payload["nextStep"].take();
    }
    let free = client.done("retryStep", json!({ "sessionId": id }), all).await;
    tell(&free);
    let step = crate::course::wait_for_step(client, &id).await;
    if step["allowFreeText"] == true {
        let input = json!({ "sessionId": id, "stepId": step["id"], "answer": { "freeText": text } });
        tell(&client.done("answerStep", input, &selection).await);
    }
    let short: String = text.chars().take(1_500).collect();
    let resolve =
        json!({ "sessionId": id, "summary": short, "action": short, "feedback": short, "rating": 2 });
    tell(&client.done("resolveSession", resolve, all).await);
    tell(&client.done("reopenSession", json!({ "sessionId": id, "reason": short }), all).await);
    tell(&client.done("abandonSession", json!({ "sessionId": id }), all).await);
    tell(&client.done("rateSession", json!({ "sessionId": id, "rating": 1, "feedback": short }), all).await);
    (id, heard)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_replaced_in_any_text_of_a_session_counts() {
    let world = World::start().await;
    let (opener, taker) = (&world.firm.engineer, &world.firm.engineer2);
    let id = play::start(opener, play::RIDDLE).await.id;
    let text = "His password is Winter!2026.";
    let story = [
        (opener, "addNote", json!({ "text": text }), 1),
        (opener, "escalateSession", json!({ "reason": text }), 2),
        (taker, "pickUpSession", json!({ "context": text }), 3),
        (taker, "resolveSession", json!({ "summary": text, "action": text, "feedback": text }), 6),
        (taker, "reopenSession", json!({ "reason": text }), 7),
        (taker, "escalateSession", json!({ "reason": text }), 8),
        (taker, "handOffSession", json!({ "to": text }), 9),
        (taker, "rateSession", json!({ "rating": 5, "feedback": text }), 10),
    ];
    for (client, mutation, mut input, count) in story {
        input["sessionId"] = json!(id);
        let done = client.done(mutation, input, "session { intake { redactions { kind count } } }").await;
        let redactions = &done["session"]["intake"]["redactions"];
        assert_eq!(*redactions, json!([{ "kind": "password", "count": count }]), "{mutation}");
    }
}

/// Every row of every table, as text.
pub(crate) async fn everything_stored(world: &World) -> Vec<(String, String)> {
    let tables: Vec<String> =
        sqlx::query_scalar("SELECT tablename::text FROM pg_tables WHERE schemaname = 'public'")
            .fetch_all(&world.pool)
            .await
            .unwrap();
    assert!(tables.len() > 10, "{tables:?}");
    let mut rows = Vec::new();
    for table in tables {
        let texts: Vec<String> =
            sqlx::query_scalar(&format!("SELECT stored::text FROM \"{table}\" AS stored"))
                .fetch_all(&world.pool)
                .await
                .unwrap();
        rows.extend(texts.into_iter().map(|text| (table.clone(), text)));
    }
    rows
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn planted_secrets_reach_no_table_no_log_line_and_no_answer() {
    let world = World::stocked().await;
    let engineer = &world.firm.engineer;
    let text: Vec<&str> = PLANTED.iter().map(|(text, _)| *text).collect();
    let (id, mut heard) = led_with(engineer, &text.join("\n")).await;
    // In one piece a secret may hide in the shadow of another: each alone, too.
    for (text, _) in PLANTED {
        let mut intake = json!({ "text": format!("Customer writes: {text}") });
        if text.len() < 60 {
            intake["ticketId"] = json!(text);
        }
        let started = engineer
            .done("startSession", intake, "session { intake { text } documentation { markdown } }")
            .await;
        heard.push_str(&started.to_string());
    }
    // What others read of it: the log of events, live and in lists, as those who see most.
    let owner = &world.firm.owner;
    let query = "query($id: ID!) { session(id: $id) { events(first: 100) { nodes { payload } } } \
        events(first: 100) { nodes { payload } } sessions(first: 100) { nodes { problemSummary keySymptoms } } }";
    heard.push_str(&owner.data(query, json!({ "id": id })).await.to_string());
    let follow = "subscription($id: ID!) { sessionEvents(sessionId: $id) { type payload } }";
    let mut socket = Socket::following(owner, follow, json!({ "id": id })).await;
    loop {
        let event = socket.item().await;
        heard.push_str(&event.to_string());
        if event["sessionEvents"]["type"] == "session.rated" {
            break;
        }
    }
    // A malformed request echoes nothing either.
    let body = json!({ "query": "{ nothing }", "variables": { "password": PLANTED[0].1 } });
    heard.push_str(&engineer.try_send(&body, None).await.unwrap().text);

    let stored = everything_stored(&world).await;
    let (lines, metrics) = (logs::so_far(), world.nobody.get("/metrics").await.text().await.unwrap());
    assert!(lines.lines().count() > 10, "logging was kept");
    let mut found = Vec::new();
    for (_, secret) in PLANTED {
        let escaped = json!(secret).to_string();
        for form in [secret, escaped.trim_matches('"')] {
            found.extend(
                stored
                    .iter()
                    .filter(|(_, row)| row.contains(form))
                    .map(|(table, _)| format!("{secret} in {table}")),
            );
            for (place, text) in
                [("the answers", &heard), ("the log lines", &lines), ("the metrics", &metrics)]
            {
                found.extend(text.contains(form).then(|| format!("{secret} in {place}")));
            }
        }
    }
    found.sort();
    found.dedup();
    assert_eq!(found, Vec::<String>::new());

    let query = "query($id: ID!) { session(id: $id) { intake { redactions { kind count } } } }";
    let told = engineer.data(query, json!({ "id": id })).await;
    let kinds = told["session"]["intake"]["redactions"].as_array().unwrap();
    assert!(kinds.len() >= 10, "the session tells what was replaced: {told}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_events_read_raw_hold_no_word_of_an_intake_an_answer_or_a_name() {
    let world = World::stocked().await;
    let engineer = &world.firm.engineer;
    let words = "Wolpertinger Quastenflosser Zwiebelfisch Eiersollbruchstelle";
    let (id, heard) = led_with(engineer, words).await;
    assert!(heard.contains("Quastenflosser"), "those who may see it do");
    // Without what is sealed, in whose letters a short name stands by chance once in a hundred runs.
    let raw: Vec<String> = sqlx::query_scalar(
        r#"SELECT event_type || regexp_replace(payload::text, '"b": "[A-Za-z0-9+/=]{24,}"', '"b": ""', 'g') || metadata::text
           FROM events"#,
    )
    .fetch_all(&world.pool)
    .await
    .unwrap();
    assert!(raw.iter().any(|row| row.contains(r#""b": """#)), "something is sealed");
    let mut hidden: Vec<String> = words.split(' ').map(str::to_owned).collect();
    // The intake's own words, and what the assistant made of them.
    hidden.extend(
        ["locked out again", "changed her password", "every twenty minutes", "Bad password"]
            .map(str::to_owned),
    );
    for firm in [&world.firm, &world.rival] {
        for person in [
            &firm.engineer,
            &firm.engineer2,
            &firm.loner,
            &firm.admin,
            &firm.analyst,
            &firm.owner,
            &firm.operator,
        ] {
            hidden.extend([
                person.name.clone(),
                person.email.clone(),
                person.name.split(' ').next().unwrap().to_owned(),
            ]);
        }
    }
    let query =
        format!("query($id: ID!) {{ session(id: $id) {{ problemSummary steps {{ {} }} }} }}", play::STEP);
    let view = engineer.data(&query, json!({ "id": id })).await;
    for step in view["session"]["steps"].as_array().unwrap() {
        hidden.push(step["text"].as_str().unwrap().to_owned());
        hidden.extend(step["answer"]["option"]["label"].as_str().map(str::to_owned));
    }
    let starter = |row: &&String| row.starts_with("flow.");
    let sessions: Vec<_> = raw.iter().filter(|row| !starter(row)).collect();
    assert!(sessions.len() > 20);
    for text in hidden {
        let inside = json!(text).to_string();
        let holder =
            sessions.iter().find(|row| row.contains(&text) || row.contains(inside.trim_matches('"')));
        assert!(holder.is_none(), "{text:?} stands in {}", holder.unwrap());
    }
}
